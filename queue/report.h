/*
 * Reports as the configuration wants them: who gets them, and from whom they
 * are.
 */
#ifndef QUEUE_REPORT_H
#define QUEUE_REPORT_H

#include "queue/bounce.h"

struct host;
struct settings;

/* Who is told of a message from sender; borrowed.  NULL: nobody can be. */
const char *report_to(const struct settings *s, const char *sender);

/* Queue the report b, whose host, domain, from, now and clear are set here.
 * 0, or -1 and e. */
int report_queue(struct spool *spool, const struct settings *s,
    const struct host *h, struct bounce *b, char id[SPOOL_ID + 1],
    struct error *e);

#endif
