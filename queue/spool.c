/*
 * The queue directory as a whole: open, list, lock, park.  Messages are
 * written by spool_draft.c and read by spool_message.c.
 */
#include <config.h>

#include "queue/spool.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/spool_private.h"

#define DRAFT_AGE 3600	/* a dot file this old, in seconds, is dead */

struct spool *
spool_open(const char *directory, struct error *e)
{
	struct spool *s;
	struct stat st;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		error_sys(e, "cannot open %s", directory);
		return NULL;
	}
	s->queue = s->lock = s->ready = -1;
	s->base = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->base < 0) {
		error_sys(e, "cannot open %s", directory);
		goto fail;
	}
	s->queue = openat(s->base, "queue", O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	if (s->queue < 0 || fstat(s->queue, &st) != 0) {
		error_sys(e, "cannot open %s/queue", directory);
		goto fail;
	}
	s->owner = st.st_uid;
	s->group = st.st_gid;
	return s;
fail:
	spool_close(s);
	return NULL;
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	if (s->ready >= 0)
		close(s->ready);
	if (s->lock >= 0)
		close(s->lock);
	if (s->queue >= 0)
		close(s->queue);
	if (s->base >= 0)
		close(s->base);
	free(s);
}

int
spool_make(const char *directory, struct error *e)
{
	int base = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int result = 0;

	if (base < 0 || fstat(base, &st) != 0)
		result = error_sys(e, "cannot open %s", directory);
	else if (geteuid() == 0 && st.st_uid != 0)
		result = error_set(e, "%s has no queue/, and belongs to user "
		    "%lu, who is to make it", directory,
		    (unsigned long)st.st_uid);
	/* Mail that is on the disk is there only if its directory is. */
	else if ((mkdirat(base, "queue", 0700) != 0 && errno != EEXIST) ||
	    fsync(base) != 0)
		result = error_sys(e, "cannot make %s/queue", directory);
	if (base >= 0)
		close(base);
	return result;
}

int
spool_check(struct spool *s, struct error *e)
{
	if (s->owner != geteuid())
		return error_set(e, "queue/ belongs to user %lu: this must "
		    "run as that user, not as %lu", (unsigned long)s->owner,
		    (unsigned long)geteuid());
	/* What is parked is on the disk only if its directory is. */
	if (mkdirat(s->base, "failed", 0700) == 0 ? fsync(s->base) != 0 :
	    errno != EEXIST)
		return error_sys(e, "cannot make failed/");
	if (faccessat(s->queue, ".", R_OK | W_OK | X_OK, 0) != 0)
		return error_sys(e, "cannot change queue/");
	return 0;
}

int
spool_check_modes(const struct spool *s, struct error *e)
{
	struct stat queue, wake;

	if (fstat(s->queue, &queue) != 0 ||
	    fstatat(s->base, "wake", &wake, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if ((queue.st_mode & S_IWOTH) != 0)
		return error_set(e, "all users can change what is in queue/: "
		    "chmod 1770, or systemd-tmpfiles --create");
	/* With mode 0700 nobody but its owner puts mail there. */
	if ((queue.st_mode & S_IWGRP) != 0 &&
	    ((wake.st_mode & S_IWGRP) == 0 || wake.st_gid != queue.st_gid))
		return error_set(e, "mail of users is found within the hour "
		    "only: give wake the group of queue/ and mode 620, or "
		    "systemd-tmpfiles --create");
	return 0;
}

int
spool_directory(const struct spool *s)
{
	return s->base;
}

uid_t
spool_user(const struct spool *s)
{
	return s->owner;
}

int
spool_is_id(const char *text)
{
	size_t i;

	for (i = 0; i < SPOOL_ID; i++) {
		char c = text[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F')))
			return 0;
	}
	return text[i] == '\0';
}

/* So many digits of an ID. */
static uint64_t
hex(const char *text, size_t len)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < len; i++)
		value = value << 4 | (uint64_t)(text[i] <= '9' ?
		    text[i] - '0' : text[i] - 'A' + 10);
	return value;
}

void
spool_split_id(const char *id, uint64_t *arrival, uint32_t *random)
{
	*arrival = hex(id, 16);
	*random = (uint32_t)hex(id + 16, SPOOL_ID - 16);
}

int
spool_check_room(const struct spool *s, uint64_t min_free, struct error *e)
{
	struct statvfs st;
	uint64_t bytes;

	if (min_free == 0)
		return 0;
	if (fstatvfs(s->queue, &st) != 0)
		return error_sys(e, "cannot measure the queue's file system");
	bytes = (uint64_t)st.f_bavail * st.f_frsize;
	/* Some file systems have no such number. */
	if (bytes >= min_free && st.f_files > 0 &&
	    st.f_favail < min_free / SPOOL_INODE)
		return error_set(e, "only %" PRIu64 " more files can be made "
		    "in the queue, and min_free keeps %" PRIu64,
		    (uint64_t)st.f_favail, min_free / SPOOL_INODE);
	if (bytes >= min_free)
		return 0;
	return error_set(e, "only %" PRIu64 " MiB are free for the queue, and "
	    "min_free keeps %" PRIu64 " MiB", bytes >> 20, min_free >> 20);
}

struct list {
	char (*ids)[SPOOL_ID + 1];
	size_t n, size;
	struct error *e;
};

static int
list_add(void *arg, const char *id)
{
	struct list *list = arg;

	if (list->n == list->size) {
		size_t size = list->size == 0 ? 64 : list->size * 2;
		void *ids = reallocarray(list->ids, size, sizeof(*list->ids));

		if (ids == NULL)
			return error_sys(list->e, "cannot list the queue");
		list->ids = ids;
		list->size = size;
	}
	memcpy(list->ids[list->n++], id, SPOOL_ID + 1);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, SPOOL_ID);
}

/* Who gets the names of the directory as they come. */
struct readers {
	int (*id)(void *arg, const char *id);	/* else 0: the end */
	void *id_arg;
	void (*stray)(void *arg, const char *name);	/* or NULL */
	void *stray_arg;
};

static int
read_names(DIR *dir, const struct readers *r, struct error *e)
{
	struct dirent *entry;
	int result;

	for (;;) {
		errno = 0;
		if ((entry = readdir(dir)) == NULL)
			return errno == 0 ? 0 :
			    error_sys(e, "cannot list the queue");
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (!spool_is_id(entry->d_name)) {
			if (r->stray != NULL)
				r->stray(r->stray_arg, entry->d_name);
		} else if ((result = r->id(r->id_arg, entry->d_name)) != 0)
			return result;
	}
}

static int
read_queue(const struct spool *s, const struct readers *r, struct error *e)
{
	int fd = openat(s->queue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;
	DIR *dir;

	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		error_sys(e, "cannot list the queue");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	result = read_names(dir, r, e);
	closedir(dir);
	return result;
}

int
spool_names(struct spool *s, int (*each)(void *arg, const char *id),
    void *arg, struct error *e)
{
	const struct readers r = { each, arg, NULL, NULL };

	return read_queue(s, &r, e);
}

int
spool_scan(struct spool *s, int (*each)(void *arg, const char *id),
    void (*stray)(void *arg, const char *name), void *arg, struct error *e)
{
	struct list list = { NULL, 0, 0, e };
	const struct readers r = { list_add, &list, stray, arg };
	int result = read_queue(s, &r, e);
	size_t i;

	if (result == 0 && list.n > 0)
		qsort(list.ids, list.n, sizeof(*list.ids), compare);
	for (i = 0; i < list.n && result == 0; i++)
		result = each(arg, list.ids[i]);
	free(list.ids);
	return result;
}

static int
open_failed(const struct spool *s, struct error *e)
{
	int fd = openat(s->base, "failed", O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		error_sys(e, "cannot open failed/");
	return fd;
}

int
spool_sync_directory(struct spool *s, struct error *e)
{
	int failed, result;

	/* First where it is now: it must not be in neither. */
	if (s->parked) {
		if ((failed = open_failed(s, e)) < 0)
			return -1;
		if ((result = fsync(failed)) != 0)
			error_sys(e, "cannot sync failed/");
		close(failed);
		if (result != 0)
			return -1;
		s->parked = 0;
	}
	if (fsync(s->queue) != 0)
		return error_sys(e, "cannot sync the queue directory");
	return 0;
}

struct spool *
spool_open_failed(const struct spool *s, struct error *e)
{
	struct spool *failed;

	if ((failed = calloc(1, sizeof(*failed))) == NULL) {
		error_sys(e, "cannot open failed/");
		return NULL;
	}
	*failed = *s;
	failed->lock = failed->base = failed->ready = -1;
	if ((failed->queue = open_failed(s, e)) >= 0)
		return failed;
	spool_close(failed);
	return NULL;
}

/* 1: a power cut came when it had both names. */
static int
is_in_both(int from, int to, const char *name)
{
	struct stat a, b;

	return fstatat(from, name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(to, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Only flush and the operator's tool write to failed/: no race. */
static int
move(int from, int to, const char *name)
{
	if (is_in_both(from, to, name))
		return unlinkat(from, name, 0);
	if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from, name, to, name);
}

/*
 * The same of a message: whatever else is synced meanwhile, and by whom, it is
 * durable there before it is gone here.  A rename may come to the disk by
 * halves where there is no journal.
 */
static int
move_mail(int from, int to, const char *name)
{
	if (linkat(from, name, to, name, 0) != 0 && (errno != EEXIST ||
	    !is_in_both(from, to, name)))
		/* Perhaps no links can be made here, or not of this file. */
		return move(from, to, name) != 0 || fsync(to) != 0 ? -1 : 0;
	if (fsync(to) != 0) {
		unlinkat(to, name, 0);
		return -1;
	}
	return unlinkat(from, name, 0);
}

int
spool_touch(struct spool *s, const char *name)
{
	return utimensat(s->queue, name, NULL, AT_SYMLINK_NOFOLLOW);
}

static int
park(struct spool *s, const char *name,
    int (*mover)(int from, int to, const char *name), struct error *e)
{
	int failed = open_failed(s, e), result;

	if (failed < 0)
		return -1;
	spool_touch(s, name);
	if ((result = mover(s->queue, failed, name)) != 0)
		error_sys(e, "cannot move %s to failed/", name);
	close(failed);
	return result;
}

int
spool_park(struct spool *s, const char *name, struct error *e)
{
	if (park(s, name, move, e) != 0)
		return -1;
	s->parked = 1;
	return 0;
}

int
spool_park_mail(struct spool *s, const struct spool_message *m,
    struct error *e)
{
	return park(s, m->id, move_mail, e);
}

int
spool_unpark(struct spool *failed, struct spool *s, const char *name,
    struct error *e)
{
	if (move_mail(failed->queue, s->queue, name) != 0 ||
	    fsync(failed->queue) != 0)
		return error_sys(e, "cannot move %s back to queue/", name);
	return 0;
}

int
spool_remove_directory(struct spool *s, const char *name)
{
	return unlinkat(s->queue, name, AT_REMOVEDIR);
}

int
spool_remove_name(struct spool *s, const char *name, struct error *e)
{
	if (unlinkat(s->queue, name, 0) != 0)
		return error_sys(e, "cannot remove %s", name);
	return 0;
}

int
spool_discard_short(struct spool *s, const char *name, struct error *e)
{
	struct stat st;
	int fd, result = -1;

	/* Other programs have dot files too, and nobody asked us. */
	if (!spool_is_id(*name == '.' ? name + 1 : name))
		return error_set(e, "%s is no draft", name);
	fd = openat(s->queue, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		error_sys(e, "cannot open %s", name);
		goto done;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || (*name == '.' &&
	    st.st_mtime > clock_wall() - DRAFT_AGE)) {
		result = error_set(e, "%s is still being written", name);
		goto done;
	}
	result = unlinkat(s->queue, name, 0);
	if (result != 0)
		error_sys(e, "cannot remove %s", name);
done:
	if (fd >= 0)
		close(fd);
	return result;
}

int
spool_lock(struct spool *s, struct error *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (s->lock < 0)
		s->lock = openat(s->base, "lock", O_RDWR | O_CREAT |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return error_sys(e, "cannot open the queue's lock");
	if (fcntl(s->lock, F_OFD_SETLK, &lock) != 0) {
		if (errno == EACCES)
			errno = EWOULDBLOCK;
		return error_sys(e, "cannot lock the queue");
	}
	return 0;
}

void
spool_unlock(struct spool *s)
{
	close(s->lock);
	s->lock = -1;
}

int
spool_is_locked(const struct spool *s)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(s->base, "lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC), rc = -1;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fcntl(fd, F_OFD_GETLK, &lock) == 0)
		rc = lock.l_type != F_UNLCK;
	close(fd);
	return rc;
}
