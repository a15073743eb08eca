/*
 * Limits for each user: see quota.h.
 */
#include <config.h>

#include "queue/quota.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/settings.h"
#include "config/value.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "queue/spool_private.h"

#define USAGE ".usage"
#define LOCK_TRIES 5

/*
 * What left in the period that number says (of those since 1970), and in the
 * one before.  The file has one for each user ID, at its place; it is sparse.
 */
struct usage {
	int64_t number;
	uint32_t now, before;
};

struct quota
quota_of(const struct settings *s)
{
	struct quota q = { s->user_queue, s->user_queue_size, 0, 1 };

	value_rate(s->user_rate, &q.count, &q.period);
	return q;
}

static off_t
place(uid_t uid)
{
	return (off_t)uid * (off_t)sizeof(struct usage);
}

/* The record of uid as it is at this time. */
static struct usage
read_usage(int fd, uid_t uid, int64_t number)
{
	struct usage u;

	if (fd < 0 || pread(fd, &u, sizeof(u), place(uid)) != sizeof(u) ||
	    u.number > number || u.number < number - 1)
		return (struct usage){ number, 0, 0 };
	if (u.number < number)
		return (struct usage){ number, 0, u.now };
	return u;
}

static int
open_usage(const struct spool *s, int flags)
{
	struct stat st;
	int fd = openat(s->queue, USAGE, flags | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);

	/* Whoever had the group could have made another. */
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == s->owner && st.st_nlink == 1))
		return fd;
	close(fd);
	return -1;
}

/* Of the period before counts what is left of it. */
static int64_t
left_recently(const struct spool *s, const struct quota *q, uid_t uid,
    time_t now)
{
	struct usage u;
	int fd;

	if (q->count == 0)
		return 0;
	fd = open_usage(s, O_RDONLY);
	u = read_usage(fd, uid, now / q->period);
	if (fd >= 0)
		close(fd);
	return u.now + u.before * (q->period - now % q->period) / q->period;
}

int
quota_open(struct spool *s, struct error *e)
{
	int fd = open_usage(s, O_RDWR);

	if (fd >= 0)
		return fd;
	if (unlinkat(s->queue, USAGE, 0) != 0 && errno != ENOENT)
		return error_sys(e, "cannot replace queue/" USAGE);
	fd = openat(s->queue, USAGE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	/* The directory keeps everyone out but the group. */
	if (fd >= 0 && fchmod(fd, 0644) == 0)
		return fd;
	error_sys(e, "cannot make queue/" USAGE);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* It may not be in there any more: a limit that is newer, or another period. */
static void
change(uint32_t *count, int n)
{
	if (n >= 0 || *count >= (uint32_t)-n)
		*count += (uint32_t)n;
}

/*
 * The scheduler and the doorkeeper of its socket change it, in no time.  Who
 * has the group can lock it too, for ever: that must not hold up the mail, so
 * better a count that is wrong by one.
 */
static void
lock(int usage, short type, uid_t uid)
{
	const struct timespec moment = { 0, 1000000 };
	struct flock l = { .l_type = type, .l_whence = SEEK_SET,
		.l_start = place(uid), .l_len = sizeof(struct usage) };
	int i;

	for (i = 0; i < LOCK_TRIES && fcntl(usage, F_SETLK, &l) != 0; i++)
		nanosleep(&moment, NULL);
}

void
quota_add(int usage, const struct quota *q, uid_t uid, time_t arrival, int n)
{
	int64_t number;
	struct usage u;

	if (usage < 0 || q->count == 0 || !quota_applies(q, uid))
		return;
	number = clock_wall() / q->period;
	lock(usage, F_WRLCK, uid);
	u = read_usage(usage, uid, number);
	if (arrival / q->period >= number)
		change(&u.now, n);
	else if (arrival / q->period == number - 1)
		change(&u.before, n);
	/* Unwritten it allows one more: no reason to stop. */
	if (pwrite(usage, &u, sizeof(u), place(uid)) < 0)
		u.now = 0;
	lock(usage, F_UNLCK, uid);
}

static time_t
arrived(const char *id)
{
	uint64_t arrival;
	uint32_t random;

	spool_split_id(id, &arrival, &random);
	return (time_t)(arrival / 1000000);
}

void
quota_leaves(int usage, const struct quota *q, const struct spool_message *m)
{
	struct stat st;

	/* From the socket: its client has been counted. */
	if (q->count > 0 && fstat(m->fd, &st) == 0 &&
	    (st.st_uid != geteuid() || m->env.uid == st.st_uid))
		quota_add(usage, q, st.st_uid, arrived(m->id), 1);
}

struct count {
	struct spool *spool;
	uid_t uid;
	char since[SPOOL_ID + 1];	/* the least ID that is recent */
	int64_t messages, bytes, recent;
	const struct quota *limits;
	int old;		/* what is older than since counts, too */
};

/* By its name: IDs sort by arrival. */
static int
is_recent(const struct count *c, const char *id)
{
	return memcmp(id, c->since, SPOOL_ID) >= 0;
}

/* Whosever it is.  1: that are more than one user may have. */
static int
count_name(void *arg, const char *id)
{
	struct count *c = arg;

	c->messages++;
	c->recent += is_recent(c, id);
	c->old = c->limits->messages > 0 && c->messages > c->limits->messages;
	return c->old;
}

/* Does a file that is ours hold mail of the user?  It is in the queue; when it
 * came was counted when it did. */
static int
is_held(const struct count *c, const char *id, const struct stat *st)
{
	struct spool_message m;
	struct error e;
	int held;

	if (!c->old || st->st_uid != c->spool->owner ||
	    geteuid() != c->spool->owner ||
	    spool_peek(c->spool, id, &m, &e) != SPOOL_OK)
		return 0;
	held = m.env.uid == c->uid;
	spool_release(&m);
	return held;
}

static int
count_one(void *arg, const char *id)
{
	struct count *c = arg;
	struct stat st;

	if (!c->old && !is_recent(c, id))
		return 0;
	if (fstatat(c->spool->queue, id, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    (st.st_uid != c->uid && !is_held(c, id, &st)))
		return 0;
	c->messages++;
	c->bytes += st.st_size;
	c->recent += st.st_uid == c->uid && is_recent(c, id);
	return 0;
}

int
quota_applies(const struct quota *q, uid_t uid)
{
	return uid != 0 && (q->messages > 0 || q->bytes > 0 || q->count > 0);
}

/*
 * Count what c asks for.  Nobody has more than all have together: while that
 * is within the limits, which names alone tell, no file is looked at.  What
 * left is read last: on its way out a message is in both places.
 */
static int
count_all(struct count *c, time_t now, struct error *e)
{
	const struct quota *q = c->limits;
	struct count all = *c;

	all.old = q->bytes > 0;
	if (!all.old && spool_names(c->spool, count_name, &all, e) < 0)
		return -1;
	if (!all.old && (q->count == 0 || all.recent +
	    left_recently(c->spool, q, c->uid, now) <= q->count))
		return 0;
	c->old = all.old;
	if (spool_names(c->spool, count_one, c, e) != 0)
		return -1;
	c->recent += left_recently(c->spool, q, c->uid, now);
	return 0;
}

int
quota_check(struct spool *s, const struct quota *q, uid_t uid, int64_t more,
    struct error *e)
{
	time_t now = clock_wall();
	int64_t since = now - q->period + 1;
	/* What comes by the socket is counted already. */
	struct count c = { s, uid, "", more, more,
		uid == geteuid() ? more : 0, q, 0 };
	unsigned long user = uid;

	if (!quota_applies(q, uid))
		return 0;
	snprintf(c.since, sizeof(c.since), SPOOL_ID_FORMAT,
	    (uint64_t)(since > 0 ? since : 0) * 1000000, 0U);
	if (count_all(&c, now, e) != 0)
		return -1;
	if (q->messages > 0 && c.messages > q->messages)
		return error_set(e, "user %lu has %lld messages in the queue, "
		    "all that user_queue allows: wait until they have gone",
		    user, (long long)c.messages - 1);
	if (q->bytes > 0 && c.bytes > q->bytes)
		return error_set(e, "user %lu would have %lld bytes in the "
		    "queue, and user_queue_size allows %lld: wait until they "
		    "have gone", user, (long long)c.bytes,
		    (long long)q->bytes);
	if (q->count > 0 && c.recent > q->count)
		return error_set(e, "user %lu has sent all that user_rate "
		    "allows, %lld messages in %lld seconds: try again later",
		    user, (long long)q->count, (long long)q->period);
	return 0;
}
