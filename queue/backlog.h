/*
 * The messages that flush knows of, and when each is due: heaps by time and
 * a table by ID, a few dozen bytes a message.
 *
 * Of those that are due the users take turns, so that whoever queues much
 * waits for it alone; the mail of one user goes in order.  Users share a
 * turn whose IDs are the same modulo BACKLOG_TURNS.
 */
#ifndef QUEUE_BACKLOG_H
#define QUEUE_BACKLOG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "queue/spool.h"

struct backlog;

enum backlog_cause {
	BACKLOG_ITSELF,
	BACKLOG_SITE,
	BACKLOG_SENDER,
	BACKLOG_HEAVY,		/* another one: see heavy.c */
	BACKLOG_SUBMITTER	/* which has it locked yet */
};

#define BACKLOG_TURNS 256

#define BACKLOG_NEVER INT64_MAX		/* due: held, or in flight */

struct backlog_message {
	uint64_t arrival;	/* microseconds since 1970: of the ID */
	uint32_t random;	/* the rest of the ID */
	uint8_t turn;		/* of its user */
	uint8_t in_flight : 1;	/* a worker has it */
	uint8_t asked : 1;	/* someone asked: do not wait for its time */
	uint8_t wished : 1;	/* the same, if its file does not say "now" */
	uint8_t patient : 1;	/* asking often for it does harm */
	uint8_t ready : 1;	/* it was due, and is in its user's heap */
	uint8_t told : 1;	/* the log has what it is */
	uint8_t seen : 1;	/* see dispatch_scan() */
	uint8_t cause;		/* enum backlog_cause: what it waits for */
	uint8_t put_off;	/* see aside_put_off() */
	uint8_t home;		/* which backlog it is in: the owner's own */
	uint32_t place;		/* in that heap, or of those that wait */
	int64_t due;		/* milliseconds of clock_now() */
	char *delivered;	/* who has it, where the file could not be made
				 * to say so: "+-", for each recipient; or
				 * NULL */
};

struct backlog *backlog_new(void);	/* NULL: memory ran out */
void backlog_free(struct backlog *b);	/* b may be NULL */

/* NULL: unknown. */
struct backlog_message *backlog_find(struct backlog *b, const char *id);

/* The message, of this user, which lives until backlog_remove(); due at once
 * when it is new.  NULL: memory ran out. */
struct backlog_message *backlog_add(struct backlog *b, const char *id,
    uid_t user);
void backlog_remove(struct backlog *b, struct backlog_message *m);

void backlog_set_due(struct backlog *b, struct backlog_message *m,
    int64_t due);

/*
 * The message whose turn it is of those due by now: of the next user, the one
 * that was due first, the oldest of those due at once.  None is due: the first
 * that will be.  NULL: none at all.  Its turn ends when it is given another
 * time, or removed.
 */
struct backlog_message *backlog_first(struct backlog *b, int64_t now);

size_t backlog_count(const struct backlog *b);

void backlog_id(const struct backlog_message *m, char id[SPOOL_ID + 1]);

/* Remove each message for which keep() returns 0. */
void backlog_sweep(struct backlog *b,
    int (*keep)(void *arg, struct backlog_message *m), void *arg);

/* Each message in no order; it may be given another time, not removed. */
void backlog_each(struct backlog *b,
    void (*each)(void *arg, struct backlog_message *m), void *arg);

#endif
