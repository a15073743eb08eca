/*
 * A temporary directory: see scratch.h.
 */
#include <config.h>

#include "t/scratch.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[256];
static pid_t owner;

void
scratch_fail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(99);
}

static int
remove_one(const char *path, const struct stat *st, int flag,
    struct FTW *place)
{
	(void)st;
	(void)place;
	if (flag == FTW_DP || flag == FTW_D || flag == FTW_DNR)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
clean(void)
{
	if (getpid() == owner)
		remove_tree(directory);
}

const char *
scratch(void)
{
	const char *base = getenv("TMPDIR");

	if (*directory != '\0')
		return directory;
	snprintf(directory, sizeof(directory), "%.200s/outbox-unit.XXXXXX",
	    base != NULL && *base != '\0' ? base : "/tmp");
	if (mkdtemp(directory) == NULL)
		scratch_fail("cannot make a temporary directory");
	owner = getpid();
	atexit(clean);
	return directory;
}

const char *
scratch_path(const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch(), name);
	return path;
}

void
scratch_file(const char *name, const void *data, size_t len, mode_t mode)
{
	const char *path = scratch_path(name);
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len ||
	    fchmod(fd, mode) != 0)
		scratch_fail(path);
	close(fd);
}

void
scratch_text(const char *name, const char *text)
{
	scratch_file(name, text, strlen(text), 0600);
}

void
scratch_directory(const char *name)
{
	if (mkdir(scratch_path(name), 0700) != 0)
		scratch_fail(name);
}

const char *
scratch_queue(void)
{
	static const char *const names[] = { "queue", "failed", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		remove_tree(scratch_path(names[i]));
		scratch_directory(names[i]);
	}
	unlink(scratch_path("lock"));
	unlink(scratch_path("wake"));
	return scratch();
}

int
scratch_count(const char *name)
{
	DIR *dir = opendir(scratch_path(name));
	int n = 0;

	if (dir == NULL)
		scratch_fail(name);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}
