/*
 * What a reply of the smarthost means for the mail: judged by the phase of
 * the session first, then by the code, the enhanced status and known texts.
 *
 * The site never ends a message: whatever comes before MAIL FROM, and any
 * reply that speaks of the connection, the login or a quota, only defers.
 */
#ifndef QUEUE_VERDICT_H
#define QUEUE_VERDICT_H

#include "queue/reply.h"

enum verdict_phase {
	VERDICT_GREETING = 1,
	VERDICT_EHLO = 2,
	VERDICT_STARTTLS = 4,
	VERDICT_AUTH = 8,
	VERDICT_MAIL = 16,
	VERDICT_RCPT = 32,
	VERDICT_DATA = 64,	/* the reply to DATA */
	VERDICT_END = 128	/* the reply to the content */
};

enum verdict_action {
	VERDICT_DELIVERED,
	VERDICT_DEFERRED,
	VERDICT_FAILED
};

/* How far it reaches. */
enum verdict_scope {
	VERDICT_RECIPIENT,
	VERDICT_MESSAGE,
	VERDICT_SENDER,		/* the smarthost does not accept this sender */
	VERDICT_SITE
};

/* What else it says. */
enum verdict_flags {
	VERDICT_SLOW = 1,	/* the smarthost asks for less */
	VERDICT_LONG = 2,	/* asking again soon does harm */
	VERDICT_AGAIN = 4,	/* too many recipients: the rest at once */
	VERDICT_BARE = 8,	/* try without ESMTP parameters */
	VERDICT_RELAY = 16,	/* no permission to relay: if all recipients
				 * say so, it is the login and not they */
	VERDICT_LOST = 32,	/* the content was sent, no reply read */
	VERDICT_RELAYED = 64,	/* to where no reports come from: RFC 3461 */
	VERDICT_UTF8 = 128	/* of a session: the server takes SMTPUTF8 */
};

#define VERDICT_FLAGS 255	/* all of them */
#define VERDICT_TEXT 512

struct verdict {
	enum verdict_action action;
	enum verdict_scope scope;
	unsigned flags;
	int code;			/* SMTP reply; 0: there was none */
	char status[REPLY_STATUS];	/* RFC 3463, never empty */
	char text[VERDICT_TEXT];	/* one line; the reply, or the reason */
};

/* The meaning of reply r, which is not a 3yz, in a phase. */
void verdict_judge(struct verdict *v, enum verdict_phase phase,
    const struct reply *r);

/* Another meaning for the same reply. */
void verdict_change(struct verdict *v, enum verdict_action action,
    enum verdict_scope scope, unsigned flags);

int verdict_is_same(const struct verdict *a, const struct verdict *b);

/* A verdict without a reply: status such as "4.4.1". */
void verdict_set(struct verdict *v, enum verdict_action action,
    enum verdict_scope scope, unsigned flags, const char *status,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
