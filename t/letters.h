/*
 * The mail of a simulation: each recipient of each message is accounted for.
 * Recipients are called "r1.7@example.net", the second of message 7.
 */
#ifndef T_LETTERS_H
#define T_LETTERS_H

#include "queue/spool.h"

#define LETTERS_RCPTS 4		/* of a message, at most */

/* Recipients, and what became of them. */
struct letters {
	long submitted;
	long delivered;
	long returned;		/* a report says that they failed */
	long parked;		/* in failed/ */
	long queued;
	/* Of these each recipient has one, and none of the following. */
	long lost;
	long twice;		/* delivered or returned, more than once */
	long torn;		/* delivered and returned, parked or queued */
	/* In place of the last two, after a lost reply: */
	long doubtful;
	/* Reports that were delivered, of each kind: */
	long reports, delays, summaries;
	/* Files that belong to no message: */
	long strays;
};

/* No messages, an empty queue in the scratch directory. */
void letters_begin(void);
void letters_end(void);

/* Someone submits a message for so many recipients, and wakes flush. */
void letters_send(const char *sender, unsigned nrcpts);

/* Recipient i of the queue file fd is given to the smarthost, which takes it;
 * in_doubt: nobody will know. */
void letters_take(int fd, const struct envelope *env, size_t i,
    int in_doubt);

/* Of everything, as it is now. */
struct letters letters_count(void);

/* Recipients in the queue whose message is older than that; of those that
 * letters_count() found last. */
long letters_waiting(int64_t age);

/* The longest that a recipient waited to be delivered, or to be returned, in
 * milliseconds. */
int64_t letters_longest(void);

#endif
