/*
 * Delivery reports (RFC 3464 in RFC 6522) as new messages of the queue, from
 * the null sender: what was not delivered and why, or that it takes longer.
 * Where the part of an address before the @ is not ASCII they are in the form
 * of RFC 6533, if the smarthost can pass that on.
 */
#ifndef QUEUE_BOUNCE_H
#define QUEUE_BOUNCE_H

#include <time.h>

#include "queue/spool.h"
#include "queue/verdict.h"

struct error;

enum bounce_kind {
	BOUNCE_FAILED,
	BOUNCE_DELAYED,
	BOUNCE_RELAYED,		/* no further report will come */
	BOUNCE_DELIVERED,	/* on this machine */
	BOUNCE_SUMMARY		/* of failures that were not reported */
};

struct bounce {
	enum bounce_kind kind;
	const char *const *to;		/* who gets the report, */
	size_t nto;			/* at least one */
	const char *host;		/* this machine: Reporting-MTA */
	const char *domain;		/* of Message-ID: */
	const char *from;		/* of From: */
	const struct spool_message *message;
	/* Of each recipient of the message; NULL: it is not reported. */
	struct verdict *const *verdicts;
	time_t now;
	time_t until;			/* BOUNCE_DELAYED: then we give up */
	int clear;			/* it will leave without TLS */
	int utf8;			/* the smarthost takes SMTPUTF8 */
	/* Only BOUNCE_SUMMARY, which has no message and verdicts. */
	unsigned count;			/* of messages */
	const struct buffer *summary;	/* lines of bounce_add_line() */
};

/*
 * 1: the recipient wants to hear of such a fate: its NOTIFY (RFC 3461, 4.1),
 * or the default of failures and delays.
 */
int bounce_is_wanted(const struct envelope_rcpt *r, enum bounce_kind kind);

/* Recipient i of m and its verdict, as a line of a summary. */
void bounce_add_line(struct buffer *out, const struct spool_message *m,
    size_t i, const struct verdict *v);

/* Queue the report, durably; id is that of the new message.  0, or -1 and
 * e. */
int bounce_queue(struct spool *s, const struct bounce *b,
    char id[SPOOL_ID + 1], struct error *e);

#endif
