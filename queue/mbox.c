/*
 * Appending to a mailbox: see mbox.h.
 *
 * A message that was cut off when the machine or this process died stays in
 * the mailbox as it is; what is appended next begins behind an empty line, so
 * that it is a message of its own all the same.
 */
#include <config.h>

#include "queue/mbox.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/mbox_lock.h"
#include "queue/mbox_share.h"

#define REOPEN_MAX 10		/* when others replace it at the same time */

/* The directory of path, and the name in it. */
static int
open_directory(struct mbox *b, const char *path, struct error *e)
{
	const char *name = strrchr(path, '/') + 1;
	char *parent = strndup(path, (size_t)(name - path));
	struct stat st;

	b->name = strdup(name);
	if (parent == NULL || b->name == NULL) {
		free(parent);
		return error_memory(e);
	}
	b->directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	if (b->directory < 0)
		return error_sys(e, "cannot open the directory of %s", path);
	if (fstat(b->directory, &st) != 0)
		return error_sys(e, "cannot inspect the directory of %s",
		    path);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0))
		return error_set(e, "the directory of %s is not safe: others "
		    "can write to it", path);
	return 0;
}

/* Made here, it is its reader's too. */
static int
make(struct mbox *b, const struct mbox_params *p, struct error *e)
{
	b->fd = openat(b->directory, b->name, O_RDWR | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->fd < 0)
		return error_sys(e, "cannot make %s", p->path);
	return 0;
}

static int
open_file(struct mbox *b, const struct mbox_params *p, struct error *e)
{
	struct stat st;

	b->fd = openat(b->directory, b->name, O_RDWR | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (b->fd < 0 && errno == ENOENT && make(b, p, e) != 0)
		return -1;
	if (b->fd < 0 && errno == ELOOP)
		return error_set(e, "%s is a symbolic link", p->path);
	if (b->fd < 0)
		return error_sys(e, "cannot open %s", p->path);
	if (fstat(b->fd, &st) != 0)
		return error_sys(e, "cannot inspect %s", p->path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, "%s is not a file", p->path);
	if (st.st_nlink > 1)
		return error_set(e, "%s has more than one name", p->path);
	if (st.st_uid == geteuid() && p->reader != 0 &&
	    p->reader != geteuid() &&
	    mbox_share(b->fd, p->reader, e) != 0)
		return -1;
	return 0;
}

static void
close_file(struct mbox *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

static void
end(struct mbox *b)
{
	close_file(b);
	if (b->directory >= 0)
		close(b->directory);
	b->directory = -1;
	free(b->name);
	b->name = NULL;
}

/* What is there ends with an empty line. */
static int
separate(struct mbox *b, struct error *e)
{
	char last[2] = "\n\n";
	size_t n = b->size < 2 ? (size_t)b->size : 2;

	if (n > 0 && pread(b->fd, last + 2 - n, n, b->size - (off_t)n) !=
	    (ssize_t)n)
		return error_sys(e, "cannot read %s", b->name);
	n = last[1] != '\n' ? 2 : last[0] != '\n';
	return n > 0 ? mbox_write(b, "\n\n", n, e) : 0;
}

int
mbox_open(struct mbox *b, const struct mbox_params *p, struct error *e)
{
	int i, rc = 1;

	*b = (struct mbox){ .directory = -1, .fd = -1 };
	if (open_directory(b, p->path, e) != 0)
		goto fail;
	for (i = 0; rc == 1 && i < REOPEN_MAX; i++) {
		close_file(b);
		if (open_file(b, p, e) != 0)
			goto fail;
		rc = mbox_lock(b, p, e);
	}
	if (rc > 0)
		error_set(e, "%s is replaced again and again", p->path);
	if (rc != 0)
		goto fail;
	if ((b->size = lseek(b->fd, 0, SEEK_END)) < 0) {
		error_sys(e, "cannot read %s", p->path);
		mbox_unlock(b);
		goto fail;
	}
	if (separate(b, e) != 0) {
		mbox_abort(b);
		return -1;
	}
	return 0;
fail:
	end(b);
	return -1;
}

int
mbox_write(struct mbox *b, const void *data, size_t len, struct error *e)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(b->fd, p, len);
		if (n < 0 && errno != EINTR)
			return error_sys(e, "cannot write %s", b->name);
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int
mbox_commit(struct mbox *b, struct error *e)
{
	/* The name of one that is new, too. */
	if (fsync(b->fd) != 0 || (b->size == 0 && fsync(b->directory) != 0)) {
		error_sys(e, "cannot write %s", b->name);
		mbox_abort(b);
		return -1;
	}
	mbox_unlock(b);
	end(b);
	return 0;
}

void
mbox_abort(struct mbox *b)
{
	/* Should this fail too, it is one that was cut off. */
	if (ftruncate(b->fd, b->size) == 0)
		fsync(b->fd);
	mbox_unlock(b);
	end(b);
}
