/*
 * Writing a message: nothing of it can be found until it is complete, and
 * everything of it is durable before spool_commit() returns 0.
 *
 * The inode has no name while it is written, so a crash leaves nothing.  It
 * is named first and synced then: one journal commit carries data, inode and
 * name.  Until the outcome is known the lock hides it, and the seal tells a
 * whole file from one that a crash cut short.
 */
#include <config.h>

#include "queue/spool.h"

#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/quota.h"
#include "queue/spool_private.h"

#define ATTEMPTS 8	/* names tried when one is taken */
#define STEP (1024 * 1024)	/* bytes from one look at the room to the next */
#define LATE UINT64_C(60000000)	/* microseconds: what takes longer to come */

struct spool_draft {
	struct spool *spool;
	int fd;
	char dot[SPOOL_ID + 2];	/* its name, "." and its first ID, where there
				 * is no O_TMPFILE; or "" */
	char id[SPOOL_ID + 1];
	uint64_t id_at;		/* where the message has it; or 0 */
	time_t arrival;
	uint64_t envelope;	/* bytes of each */
	uint64_t message;
	uint64_t written;	/* bytes of both that are in the file */
	struct buffer pending;	/* bytes that are not */
	struct quota quota;	/* of uid */
	uid_t uid;
	uint64_t min_free;
	uint64_t measured;	/* of what is written, when there was room */
};

static int
make_id(char id[SPOOL_ID + 1], struct error *e)
{
	int64_t now = clock_micro();
	uint32_t random;

	if (now < 0 ||
	    getrandom(&random, sizeof(random), 0) != sizeof(random))
		return error_sys(e, "cannot make a queue ID");
	snprintf(id, SPOOL_ID + 1, SPOOL_ID_FORMAT, (uint64_t)now, random);
	return 0;
}

/* Without O_TMPFILE, or without /proc to name such a file by. */
static int
open_named(struct spool_draft *d)
{
	char name[SPOOL_ID + 2];

	snprintf(name, sizeof(name), ".%s", d->id);
	d->fd = openat(d->spool->queue, name, O_RDWR | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d->fd < 0)
		return -1;
	memcpy(d->dot, name, sizeof(d->dot));
	/* A dot file whose lock is free is dead. */
	return flock(d->fd, LOCK_EX);
}

/* -1 and errno, ENOENT without /proc. */
static int
open_nameless(const struct spool *s)
{
#ifdef O_TMPFILE
	if (access("/proc/self/fd", F_OK) == 0)
		return openat(s->queue, ".", O_TMPFILE | O_RDWR | O_CLOEXEC,
		    0600);
#else
	(void)s;
#endif
	errno = ENOENT;
	return -1;
}

int
spool_reserve(struct spool *s)
{
	if (s->ready < 0)
		s->ready = open_nameless(s);
	return s->ready >= 0;
}

static int
open_draft(struct spool_draft *d)
{
	if (spool_reserve(d->spool)) {
		d->fd = d->spool->ready;
		d->spool->ready = -1;
		return 0;
	}
	/* EISDIR and EINVAL: the kernel or the file system is old. */
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL &&
	    errno != ENOENT)
		return -1;
	return open_named(d);
}

/*
 * The group may not read or write what it holds: that keeps a set-group-ID
 * sendmail from the mail of others.  flush is owner of the directory and,
 * for the file, someone else.  A queue of one's own needs none of that.
 */
static int
set_mode(const struct spool_draft *d)
{
	int own = d->spool->owner == geteuid();
	mode_t mode = own ? 0600 : 0606;
	struct stat st;

	if (fstat(d->fd, &st) != 0)
		return -1;
	if (!own && st.st_gid != d->spool->group &&
	    fchown(d->fd, (uid_t)-1, d->spool->group) != 0)
		return -1;
	if ((st.st_mode & 07777) != mode && fchmod(d->fd, mode) != 0)
		return -1;
	return 0;
}

struct spool_draft *
spool_begin(struct spool *s, const struct envelope *env, struct error *e)
{
	struct spool_draft *d;

	if ((d = calloc(1, sizeof(*d))) == NULL) {
		error_sys(e, "cannot queue");
		return NULL;
	}
	d->spool = s;
	d->fd = -1;
	if (envelope_encode(env, &d->pending, e) != 0)
		goto fail;
	d->envelope = d->pending.len;
	d->arrival = env->arrival;
	if (make_id(d->id, e) != 0)
		goto fail;
	if (open_draft(d) != 0 || set_mode(d) != 0) {
		error_sys(e, "cannot create a file in the queue");
		goto fail;
	}
	return d;
fail:
	spool_abort(d);
	return NULL;
}

const char *
spool_draft_id(const struct spool_draft *d)
{
	return d->id;
}

void
spool_id_at(struct spool_draft *d, uint64_t offset)
{
	d->id_at = offset;
}

void
spool_limit(struct spool_draft *d, const struct quota *q, uid_t uid)
{
	d->quota = *q;
	d->uid = uid;
}

void
spool_keep_free(struct spool_draft *d, uint64_t min_free)
{
	d->min_free = min_free;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, data, len)) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
flush(struct spool_draft *d)
{
	if (write_all(d->fd, d->pending.data, d->pending.len) != 0)
		return -1;
	d->written += d->pending.len;
	buffer_reset(&d->pending);
	return 0;
}

/* What has no name yet counts for no limit, and may be there for days. */
static int
has_room(struct spool_draft *d, struct error *e)
{
	if (d->written - d->measured < STEP)
		return 1;
	d->measured = d->written;
	return spool_check_room(d->spool, d->min_free, e) == 0;
}

int
spool_write(struct spool_draft *d, const void *data, size_t len,
    struct error *e)
{
	if (!has_room(d, e))
		return -1;
	d->message += len;
	if (d->pending.len + len > SPOOL_BLOCK && d->pending.len > 0 &&
	    flush(d) != 0)
		return error_sys(e, "cannot write to the queue");
	if (len >= SPOOL_BLOCK) {
		if (write_all(d->fd, data, len) != 0)
			return error_sys(e, "cannot write to the queue");
		d->written += len;
		return 0;
	}
	if (buffer_add(&d->pending, data, len) != 0)
		return error_memory(e);
	return 0;
}

/* Put text over what is written from there on. */
static int
patch(struct spool_draft *d, uint64_t at, const char *text, size_t len)
{
	if (d->written == 0) {
		memcpy(d->pending.data + at, text, len);
		return 0;
	}
	if (flush(d) != 0)
		return -1;
	return pwrite(d->fd, text, len, (off_t)at) == (ssize_t)len ? 0 : -1;
}

/*
 * Put the seal over the zeros, in memory while they are still there.  What
 * took more than one write is on the disk before it: the kernel writes a large
 * file in parts, in any order, and one that has its seal and its length must
 * not lack some between.
 */
static int
seal(struct spool_draft *d, const struct envelope_facts *facts)
{
	char text[ENVELOPE_SEAL + 1];

	envelope_seal(text, d->envelope, d->message, facts);
	if (d->written > 0 && (flush(d) != 0 || fdatasync(d->fd) != 0))
		return -1;
	return patch(d, 0, text, ENVELOPE_SEAL) != 0 ? -1 : flush(d);
}

/* Another ID, also where the message has it. */
static int
change_id(struct spool_draft *d, struct error *e)
{
	if (make_id(d->id, e) != 0)
		return -1;
	if (d->id_at != 0 && patch(d, d->envelope + d->id_at, d->id,
	    SPOOL_ID) != 0)
		return error_sys(e, "cannot write to the queue");
	return 0;
}

/* Of a program that runs for hours and writes as it goes: its message is not
 * hours old, nor one of those that were sent hours ago. */
static int
arrive(struct spool_draft *d, struct error *e)
{
	char before[ENVELOPE_ARRIVAL + 1], now[ENVELOPE_ARRIVAL + 1];
	uint64_t begun;
	uint32_t random;
	size_t len;

	spool_split_id(d->id, &begun, &random);
	if (d->id_at == 0 || (uint64_t)clock_micro() - begun <= LATE)
		return 0;
	envelope_arrival(before, d->arrival);
	envelope_arrival(now, clock_wall());
	len = strlen(now);
	if (len == strlen(before) && patch(d, ENVELOPE_SEAL, now, len) != 0)
		return error_sys(e, "cannot write to the queue");
	return change_id(d, e);
}

/* Give it the name id. */
static int
name_it(struct spool_draft *d, struct error *e)
{
	char path[64];
	int i;

	if (*d->dot != '\0') {
		if (renameat(d->spool->queue, d->dot, d->spool->queue,
		    d->id) != 0)
			return error_sys(e, "cannot name the message");
		*d->dot = '\0';
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", d->fd);
	for (i = 0; i < ATTEMPTS; i++) {
		if (linkat(AT_FDCWD, path, d->spool->queue, d->id,
		    AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != EEXIST)
			break;
		if (change_id(d, e) != 0)
			return -1;
	}
	return error_sys(e, "cannot name the message");
}

/* Cut short it is no message, even where the name cannot be undone. */
static void
unname(struct spool_draft *d)
{
	if (ftruncate(d->fd, 0) != 0)
		d->written = 0;
	if (unlinkat(d->spool->queue, d->id, 0) != 0)
		d->written = 0;
}

int
spool_store(struct spool_draft *d, const struct envelope_facts *facts,
    struct error *e)
{
	if (arrive(d, e) != 0)
		goto fail;
	if (seal(d, facts) != 0) {
		error_sys(e, "cannot write to the queue");
		goto fail;
	}
	if (*d->dot == '\0' && flock(d->fd, LOCK_EX) != 0) {
		error_sys(e, "cannot lock the message");
		goto fail;
	}
	if (name_it(d, e) != 0)
		goto fail;
	/* It counts itself now, so no two can both be the last. */
	if (quota_check(d->spool, &d->quota, d->uid, 0, e) != 0)
		goto unname;
	if (fsync(d->fd) != 0 || fsync(d->spool->queue) != 0) {
		error_sys(e, "cannot make the message durable");
		goto unname;
	}
	return 0;
unname:
	unname(d);
fail:
	spool_abort(d);
	return -1;
}

int
spool_status(const struct error *e)
{
	return error_status(e, e->number != 0 ? EX_IOERR : EX_CANTCREAT);
}

void
spool_abort(struct spool_draft *d)
{
	if (d == NULL)
		return;
	if (*d->dot != '\0')
		unlinkat(d->spool->queue, d->dot, 0);
	if (d->fd >= 0)
		close(d->fd);
	buffer_free(&d->pending);
	free(d);
}

void
spool_show(struct spool_draft *d)
{
	spool_abort(d);		/* closing it drops the lock: now it is mail */
}

void
spool_withdraw(struct spool_draft *d)
{
	unname(d);
	/* It has not failed if it comes back after a power cut. */
	if (fsync(d->fd) != 0 || fsync(d->spool->queue) != 0)
		d->written = 0;
	spool_abort(d);
}

int
spool_commit(struct spool_draft *d, const struct envelope_facts *facts,
    struct error *e)
{
	if (spool_store(d, facts, e) != 0)
		return -1;
	spool_show(d);
	return 0;
}
