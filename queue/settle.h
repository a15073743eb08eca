/*
 * What settle.c and settle_end.c share.  Private to them; flush.h has what they
 * do for the others.
 */
#ifndef QUEUE_SETTLE_H
#define QUEUE_SETTLE_H

#include <stdint.h>

struct flush;
struct job;
struct verdict;

/* The log lines of a verdict. */
void settle_log(struct flush *f, const struct job *j, uint32_t rcpt,
    const struct verdict *v, const char *relay);

/* v for all recipients of j that have none. */
void settle_fill(struct flush *f, struct job *j, const struct verdict *v);

/* Release the message of j, too. */
void settle_free(struct job *j);

#endif
