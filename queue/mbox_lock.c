/*
 * The locks of a mailbox: see mbox.h.  Who has one of them tries the other
 * without waiting and lets go of both, so that no two programs wait for each
 * other, in whichever order they take them.
 */
#include <config.h>

#include "queue/mbox_lock.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/mbox.h"

#define PAUSE 100		/* milliseconds between two attempts */
#define STALE 300		/* seconds: what is older was left behind */

/* NULL: memory ran out. */
static char *
dot_name(const struct mbox *b)
{
	char *name;

	return asprintf(&name, "%s.lock", b->name) < 0 ? NULL : name;
}

/* Remove a lock that a program left behind when it died. */
static void
remove_stale(const struct mbox *b, const char *name)
{
	struct stat st;

	if (fstatat(b->directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_mtime <= clock_wall() - STALE)
		unlinkat(b->directory, name, 0);
}

/* 0: it is ours, or cannot be had in this directory; -1: errno. */
static int
lock_dot(struct mbox *b)
{
	char *name = dot_name(b);
	int fd;

	if (name == NULL)
		return -1;
	remove_stale(b, name);
	fd = openat(b->directory, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0) {
		/* Who it is, as liblockfile writes it. */
		dprintf(fd, "%ld\n", (long)getpid());
		close(fd);
		b->dotted = 1;
	}
	free(name);
	return fd >= 0 || errno == EACCES || errno == EPERM ||
	    errno == EROFS || errno == ENAMETOOLONG ? 0 : -1;
}

static int
lock_file(const struct mbox *b, short type)
{
	struct flock whole = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(b->fd, F_OFD_SETLK, &whole);
}

/* 0; -1: errno, EWOULDBLOCK when someone else has one of them. */
static int
try(struct mbox *b)
{
	int why;

	if (lock_file(b, F_WRLCK) != 0) {
		if (errno == EACCES)
			errno = EWOULDBLOCK;
		return -1;
	}
	if (lock_dot(b) == 0)
		return 0;
	why = errno;
	lock_file(b, F_UNLCK);
	errno = why == EEXIST ? EWOULDBLOCK : why;
	return -1;
}

/* A program that rewrites mailboxes may have put another one in its place. */
static int
is_same(const struct mbox *b)
{
	struct stat ours, named;

	return fstat(b->fd, &ours) == 0 && fstatat(b->directory, b->name,
	    &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

int
mbox_lock(struct mbox *b, const struct mbox_params *p, struct error *e)
{
	int64_t until = clock_now() + p->wait;

	while (try(b) != 0) {
		if (errno != EWOULDBLOCK)
			return error_sys(e, "cannot lock %s", p->path);
		if (clock_now() >= until) {
			error_set(e, "%s is locked by another program",
			    p->path);
			e->number = EWOULDBLOCK;
			return -1;
		}
		poll(NULL, 0, PAUSE);
		if (p->tick != NULL)
			p->tick(p->arg);
	}
	if (is_same(b))
		return 0;
	mbox_unlock(b);
	return 1;
}

void
mbox_unlock(struct mbox *b)
{
	char *name;

	if (b->dotted && (name = dot_name(b)) != NULL) {
		unlinkat(b->directory, name, 0);
		free(name);
	}
	b->dotted = 0;
	lock_file(b, F_UNLCK);
}
