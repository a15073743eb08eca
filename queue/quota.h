/*
 * What one user may have in the queue, and put into it in a time.
 *
 * What is in the queue is counted by its inodes, which nobody can give away;
 * what has left it is remembered by flush in queue/.usage: a record for each
 * user ID, which only flush can write and only the queue's group can read.
 */
#ifndef QUEUE_QUOTA_H
#define QUEUE_QUOTA_H

#include <sys/types.h>

#include <stdint.h>

struct error;
struct settings;
struct spool;
struct spool_message;

/* 0: no limit. */
struct quota {
	int64_t messages, bytes;	/* in the queue at once */
	int64_t count, period;		/* so many in so many seconds */
};

/* The limits that are configured. */
struct quota quota_of(const struct settings *s);

/* 1: there is a limit, and it is for uid: root has none. */
int quota_applies(const struct quota *q, uid_t uid);

/*
 * Is uid within the limits with so many messages more than are in the queue?
 * 0, or -1 and e; e->number is 0 when a limit is why.  A process that owns
 * the queue counts what uid gave to the submit socket too.
 */
int quota_check(struct spool *s, const struct quota *q, uid_t uid,
    int64_t more, struct error *e);

/* For flush: the record, made where there is none that it can trust.  -1 and
 * e.  With -1 the calls below do nothing. */
int quota_open(struct spool *s, struct error *e);

/* n messages of uid are counted whose inodes do not show them.  A negative
 * number takes back what was counted with the same arrival, if it still is. */
void quota_add(int usage, const struct quota *q, uid_t uid, time_t arrival,
    int n);

/* m, whose submitter its inode tells, leaves the queue. */
void quota_leaves(int usage, const struct quota *q,
    const struct spool_message *m);

#endif
