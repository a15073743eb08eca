/*
 * The queue as those who only look see it: mailq, "outbox list" and "outbox
 * status".  One open for each message, and no look at its lock, which would
 * disturb the flush: the kernel's table of locks says which are in use.  The
 * group of a set-group-ID program is taken up for that, and only for that.
 */
#ifndef QUEUE_LISTING_H
#define QUEUE_LISTING_H

#include "queue/spool.h"

enum listing_state {
	LISTING_ACTIVE,		/* being delivered, or changed */
	LISTING_HELD,
	LISTING_DEFERRED,	/* not to be tried before a time */
	LISTING_DUE
};

struct listing_calls {
	void (*message)(void *arg, const struct spool_message *m,
	    enum listing_state state);
	/* What cannot be read, or is no message; NULL: passed over.  It is for
	 * root and the owner of the queue: users are told of their own mail
	 * and, as SPOOL_ERROR, of what keeps it from being read. */
	void (*other)(void *arg, const char *name, enum spool_result result,
	    const struct error *e);
};

/*
 * Call calls for everything in s, in order of arrival; names that are no ID
 * come first, as SPOOL_BAD.  What goes while we look is passed over.  -1 and
 * e: the queue cannot be listed.
 */
int listing_run(struct spool *s, const struct listing_calls *calls, void *arg,
    struct error *e);

#endif
