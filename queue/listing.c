/*
 * Looking at the queue: see listing.h.
 */
#include <config.h>

#include "queue/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/privilege.h"

struct listing {
	struct spool *spool;
	const struct listing_calls *calls;
	void *arg;
	struct error *e;
	time_t now;
	int others;		/* what is no message is told of */
	uint64_t *locked;	/* inodes, sorted */
	size_t nlocked;
};

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The inode of a flock in a line of /proc/locks; 0: it is another lock. */
static uint64_t
locked_inode(char *line)
{
	char *type = strstr(line, "FLOCK"), *inode = strrchr(line, ':');

	if (type == NULL || inode == NULL || strstr(line, "WRITE") == NULL)
		return 0;
	return strtoull(inode + 1, NULL, 10);
}

/* Without /proc nothing is shown as being delivered. */
static void
read_locks(struct listing *l)
{
	FILE *file = fopen("/proc/locks", "re");
	char *line = NULL;
	size_t size = 0, room = 0;
	uint64_t inode;
	void *grown;

	if (file == NULL)
		return;
	while (getline(&line, &size, file) > 0) {
		if ((inode = locked_inode(line)) == 0)
			continue;
		if (l->nlocked == room) {
			room = room == 0 ? 64 : room * 2;
			grown = reallocarray(l->locked, room, sizeof(inode));
			if (grown == NULL)
				break;
			l->locked = grown;
		}
		l->locked[l->nlocked++] = inode;
	}
	free(line);
	fclose(file);
	if (l->nlocked > 0)
		qsort(l->locked, l->nlocked, sizeof(inode), compare);
}

static int
take_group(struct error *e)
{
	return privilege_raise() == 0 ? 0 :
	    error_sys(e, "cannot use the queue's group");
}

static enum listing_state
state_of(const struct listing *l, const struct spool_message *m)
{
	const struct envelope_retry *retry = &m->env.retry;
	uint64_t inode = (uint64_t)m->ino;

	if (l->nlocked > 0 && bsearch(&inode, l->locked, l->nlocked,
	    sizeof(inode), compare) != NULL)
		return LISTING_ACTIVE;
	if (retry->held)
		return LISTING_HELD;
	return retry->next > l->now ? LISTING_DEFERRED : LISTING_DUE;
}

/* The group is for opening files, not for what is done with them. */
static int
hand_over(const struct listing *l, const struct spool_message *m)
{
	if (privilege_lower() != 0)
		return error_sys(l->e, "cannot give up the queue's group");
	l->calls->message(l->arg, m, state_of(l, m));
	return take_group(l->e);
}

static int
each(void *arg, const char *id)
{
	struct listing *l = arg;
	struct spool_message m;
	enum spool_result result;
	struct error e = { 0, "" };
	int failed = 0;

	result = spool_peek(l->spool, id, &m, &e);
	if (result == SPOOL_OK) {
		failed = hand_over(l, &m);
		spool_release(&m);
	} else if (result == SPOOL_ERROR && e.number == ENOMEM) {
		/* Not a list of fewer messages than there are. */
		*l->e = e;
		failed = -1;
	} else if (result != SPOOL_GONE && (l->others ||
	    (l->calls->other != NULL && result == SPOOL_ERROR &&
	    e.number != EACCES)))
		l->calls->other(l->arg, id, result, &e);
	return failed;
}

static void
stray(void *arg, const char *name)
{
	struct listing *l = arg;
	struct error e;

	error_set(&e, "not a message");
	if (l->others)
		l->calls->other(l->arg, name, SPOOL_BAD, &e);
}

int
listing_run(struct spool *s, const struct listing_calls *calls, void *arg,
    struct error *e)
{
	struct listing l = { .spool = s, .calls = calls, .arg = arg, .e = e,
		.now = clock_wall(),
		.others = calls->other != NULL && privilege_owns(s) };
	int result;

	read_locks(&l);
	if ((result = take_group(e)) == 0)
		result = spool_scan(s, each, stray, &l, e);
	if (privilege_lower() != 0)
		result = error_sys(e, "cannot give up the queue's group");
	free(l.locked);
	return result;
}
