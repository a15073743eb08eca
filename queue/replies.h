/*
 * What the configuration says of replies: [replies], and soft_bounce.
 */
#ifndef QUEUE_REPLIES_H
#define QUEUE_REPLIES_H

#include "queue/verdict.h"

/* Patterns with * ? [abc] for the whole reply in any case, one a line. */
struct replies {
	const char *retry;	/* later */
	const char *slow;	/* later, and less at once */
	const char *hold;	/* not from this sender, for hours */
	const char *bounce;	/* never */
	int soft;		/* nothing fails before its time */
};

/* Judge v anew; the site still never ends a message. */
void replies_apply(const struct replies *r, struct verdict *v);

#endif
