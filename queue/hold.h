/*
 * Senders that the smarthost does not accept.  Asking on harms the account
 * (some block it), so all their mail waits for hours, one message of it being
 * tried from time to time; everyone else's flows.  A sender is an address
 * together with the user who writes it: no one stops the mail of another by
 * taking that one's name.
 */
#ifndef QUEUE_HOLD_H
#define QUEUE_HOLD_H

#include <stdint.h>
#include <sys/types.h>

#include "queue/verdict.h"

#define HOLD_MAX 32		/* at once; the one that ends first goes */

struct hold {
	char *sender;
	uid_t uid;
	unsigned failures;
	int64_t until;		/* of clock_now() */
	struct verdict why;
};

struct holds {
	struct hold list[HOLD_MAX];
	size_t n;
};

/* The hold that a message of this sender falls under now; NULL: send it.  At
 * its end one message passes, and decides about the others. */
const struct hold *hold_find(struct holds *h, uid_t uid, const char *sender,
    int64_t now);

/* The smarthost refuses it.  NULL: that was known, or memory ran out. */
const struct hold *hold_add(struct holds *h, uid_t uid, const char *sender,
    const struct verdict *why, int64_t now, uint32_t chance);

/* The smarthost accepts it.  1: it was held. */
int hold_lift(struct holds *h, uid_t uid, const char *sender);

void hold_clear(struct holds *h);

#endif
