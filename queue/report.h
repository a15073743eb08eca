/*
 * Reports as the configuration wants them: who gets them, and from whom they
 * are.
 */
#ifndef QUEUE_REPORT_H
#define QUEUE_REPORT_H

#include "queue/bounce.h"

struct host;
struct log;
struct recipients;
struct settings;

/* Who is told. */
struct report_to {
	const char **list;		/* borrowed */
	size_t n;			/* 0: nobody can be */
	struct recipients *resolved;
};

/*
 * Who is told of a message from sender: as mail to it would go from this
 * machine, by aliases and recipients.local; or else, where that can leave the
 * machine nowhere, bounce_to, by which no alias is asked.  The null sender has
 * nobody: no report makes a report, whoever got it.  log hears of aliases that
 * lead nowhere.  All is borrowed until report_free().  0, or -1 and e: memory
 * ran out.
 */
int report_to(struct report_to *to, const struct settings *s,
    const struct host *h, struct log *log, const char *sender,
    struct error *e);
void report_free(struct report_to *to);

/* Queue the report b, whose host, domain, from, now and clear are set here.
 * 0, or -1 and e. */
int report_queue(struct spool *spool, const struct settings *s,
    const struct host *h, struct bounce *b, char id[SPOOL_ID + 1],
    struct error *e);

#endif
