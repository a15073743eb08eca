/*
 * Changes of files, by inotify: see watch.h.
 */
#include <config.h>

#include "queue/watch.h"

#include <sys/inotify.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Not when a file is made: it is empty then, and closed after it is written. */
#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB)

/* The directory, for what is moved there; and the file itself, which may be
 * somewhere else: a link, or mounted. */
static int
add(int fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	int len = slash != NULL ? (int)(slash - path) : 0;

	if (len >= PATH_MAX)
		return -1;
	snprintf(directory, sizeof(directory), "%.*s%s", len, path,
	    slash == NULL ? "." : len == 0 ? "/" : "");
	if (inotify_add_watch(fd, directory, EVENTS | IN_ONLYDIR) < 0)
		return -1;
	return inotify_add_watch(fd, path, EVENTS) >= 0 || errno == ENOENT ?
	    0 : -1;
}

int
watch_open(const char *const *paths, size_t n)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	size_t i;

	for (i = 0; fd >= 0 && i < n; i++) {
		if (*paths[i] == '\0' || add(fd, paths[i]) == 0)
			continue;
		close(fd);
		fd = -1;
	}
	return fd;
}

void
watch_drain(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		continue;
}
