/*
 * One message on its way from bytes to the queue: the header is collected,
 * the envelope made, the body streams.  Nothing is in the queue before
 * message_commit() returns 0.
 *
 * The calls return 0, or an exit status of sysexits.h and e; after that only
 * message_free() may follow.
 */
#ifndef SENDMAIL_MESSAGE_H
#define SENDMAIL_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "config/host.h"

struct error;
struct log;
struct message;
struct recipient_report;
struct settings;
struct spool;

/* Where messages go, for the whole run.  Borrowed. */
struct message_site {
	const struct settings *settings;
	struct spool *spool;	/* NULL: it cannot be opened, */
	const struct error *no_spool;	/* and this is why; see store.h */
	struct log *log;
	struct host host;
	uid_t uid;		/* the real user */
};

/* 1: a message that requires TLS (RFC 8689) can be passed on so. */
int message_can_require_tls(const struct message_site *site);

/* Texts as they were given; NULL: not given. */
struct message_params {
	const char *sender;	/* NULL: the caller */
	const char *name;	/* full name for a missing From: */
	const char *ret;	/* DSN: as in envelope.h */
	const char *envid;
	const char *notify;	/* of recipients from the header */
	int from_header;	/* add those */
	int dots;		/* a lone dot is data */
	int require_tls;	/* as in envelope.h */
};

int message_new(struct message **m, const struct message_site *site,
    const struct message_params *params, struct error *e);
void message_free(struct message *m);	/* m may be NULL */

/* Add the recipients of a list; report may be NULL. */
int message_recipients(struct message *m, const char *text,
    const struct recipient_report *report, struct error *e);

int message_feed(struct message *m, const char *data, size_t len,
    struct error *e);

/* 1 when a lone dot has ended it: the rest of the input is not read. */
int message_ended(const struct message *m);

/* The input is over: make the message durable, log it and wake flush. */
int message_commit(struct message *m, int wake, struct error *e);

/* 1: it was refused since it has passed so many servers that it is going
 * round in a circle. */
int message_is_looping(const struct message *m);

/* Of a message that was committed. */
const char *message_id(const struct message *m);

#endif
