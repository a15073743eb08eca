/*
 * See setup_write.h.
 */
#include <config.h>

#include "queue/setup_write.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/error.h"

#define OLD_MAX 1000		/* copies that are kept of one file */

int
write_read(const char *path, size_t limit, struct buffer *out,
    struct error *e)
{
	size_t begin = out->len;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_sys(e, "cannot open %s", path);
	while (n > 0 && out->len - begin <= limit) {
		if (buffer_reserve(out, 4096) != 0) {
			n = -1;
			errno = ENOMEM;
			break;
		}
		n = read(fd, out->data + out->len, 4096);
		out->len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		error_sys(e, "cannot read %s", path);
	close(fd);
	if (n < 0)
		return -1;
	out->data[out->len] = '\0';
	if (out->len - begin > limit ||
	    strlen(out->data + begin) != out->len - begin)
		return error_set(e, "%s is too long, or not a text", path);
	return 0;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n)
		if ((n = write(fd, data, len)) < 0)
			return -1;
	return 0;
}

/* A new file of this name, complete and durable. */
static int
write_new(const char *name, const char *data, size_t len,
    const struct write_owner *owner)
{
	int why, fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if ((geteuid() == 0 && fchown(fd, owner->uid, owner->gid) != 0) ||
	    fchmod(fd, owner->mode) != 0 || write_all(fd, data, len) != 0 ||
	    fsync(fd) != 0) {
		why = errno;
		unlink(name);
		close(fd);
		errno = why;
		return -1;
	}
	close(fd);		/* it is on the disk, whatever that says */
	return 0;
}

/* Another name for the file at path, so that the new one can take its place.
 * 0: *kept is that, or NULL: there is no file.  kept may be NULL. */
static int
keep(const char *path, char **kept)
{
	unsigned i;
	char *name;

	if (kept == NULL)
		return 0;
	*kept = NULL;
	for (i = 1; i < OLD_MAX; i++) {
		if ((i == 1 ? asprintf(&name, "%s.old", path) :
		    asprintf(&name, "%s.old.%u", path, i)) < 0)
			return -1;
		if (link(path, name) == 0) {
			*kept = name;
			return 0;
		}
		free(name);
		if (errno != EEXIST)
			return errno == ENOENT ? 0 : -1;
	}
	return -1;
}

/* Of the directory that holds path: make it, or make durable what it has. */
static int
with_directory(const char *path, int (*act)(const char *directory))
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? strdup(".") : slash == path ?
	    strdup("/") : strndup(path, (size_t)(slash - path));
	int why, result = directory != NULL ? act(directory) : -1;

	why = errno;
	free(directory);
	errno = why;
	return result;
}

static int
make(const char *directory)
{
	if (mkdir(directory, 0755) != 0)
		return errno == EEXIST ? 0 : -1;
	return chmod(directory, 0755);	/* whatever the umask */
}

static int
sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return result;
}

void
write_undo(const char *path, char **kept)
{
	if (kept == NULL)
		return;
	/* Of two names of one file rename() leaves both. */
	if (*kept != NULL) {
		if (rename(*kept, path) == 0)
			unlink(*kept);
	} else {
		unlink(path);
	}
	with_directory(path, sync_directory);
	free(*kept);
	*kept = NULL;
}

static int
replace(const char *path, const void *data, size_t len,
    const struct write_owner *owner, char **kept, struct error *e)
{
	char *draft = NULL;

	if (with_directory(path, make) != 0 ||
	    asprintf(&draft, "%s.new-%ld", path, (long)getpid()) < 0)
		return error_sys(e, "cannot make the directory of %s", path);
	if (write_new(draft, data, len, owner) != 0) {
		error_sys(e, "cannot write %s", draft);
		free(draft);
		return -1;
	}
	if (keep(path, kept) != 0)
		error_sys(e, "cannot keep the old %s", path);
	else if (rename(draft, path) != 0)
		error_sys(e, "cannot put %s in its place", path);
	else {
		free(draft);
		if (with_directory(path, sync_directory) == 0)
			return 0;
		error_sys(e, "cannot make %s durable", path);
		write_undo(path, kept);
		return -1;
	}
	unlink(draft);
	free(draft);
	if (kept != NULL && *kept != NULL) {
		unlink(*kept);
		free(*kept);
		*kept = NULL;
	}
	return -1;
}

int
write_whole(const char *path, const void *data, size_t len,
    const struct write_owner *owner, char **kept, struct error *e)
{
	sigset_t all, before;
	int result;

	if (kept != NULL)
		*kept = NULL;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	result = replace(path, data, len, owner, kept, e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* A part of the queue: a directory, or the fifo. */
static int
make_part(int dir, const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	int made = S_ISDIR(mode) ? mkdirat(dir, name, 0700) :
	    mkfifoat(dir, name, 0600);

	if (made != 0)
		return -1;
	/* Nobody but us can write to the directory yet. */
	if (geteuid() == 0 && fchownat(dir, name, uid, gid,
	    AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return fchmodat(dir, name, mode & 07777, 0);
}

static int
make_parts(int dir, const struct write_owner *o, gid_t drop)
{
	int root = geteuid() == 0 && o->uid != 0;

	if (make_part(dir, "queue", S_IFDIR | (root ? 01770 : 0700), o->uid,
	    root ? drop : o->gid) != 0 ||
	    make_part(dir, "failed", S_IFDIR | 0700, o->uid, o->gid) != 0 ||
	    make_part(dir, "wake", S_IFIFO | (root ? 0620 : 0600), o->uid,
	    root ? drop : o->gid) != 0)
		return -1;
	if (geteuid() == 0 && fchown(dir, o->uid, o->gid) != 0)
		return -1;
	return fchmod(dir, root ? 0755 : 0700) != 0 ? -1 : fsync(dir);
}

int
write_queue(const char *directory, const struct write_owner *owner,
    gid_t drop, struct error *e)
{
	struct stat st;
	int dir, result;

	if (stat(directory, &st) == 0)
		return 0;	/* what is in there is not touched */
	if (errno != ENOENT || mkdir(directory, 0700) != 0)
		return error_sys(e, "cannot make the queue %s", directory);
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	result = dir < 0 ? -1 : make_parts(dir, owner, drop);
	/* Mail that is on the disk is there only if its directory is. */
	if (result == 0)
		result = with_directory(directory, sync_directory);
	if (result != 0)
		error_sys(e, "cannot make the queue %s", directory);
	if (dir >= 0)
		close(dir);
	return result == 0 ? 1 : -1;
}
