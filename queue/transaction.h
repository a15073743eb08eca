/*
 * What one MAIL transaction learns from the replies to it, and the verdicts
 * of its recipients.  A part of the SMTP client: see smtp.h.
 */
#ifndef QUEUE_TRANSACTION_H
#define QUEUE_TRANSACTION_H

#include "queue/convert.h"
#include "queue/smtp_private.h"

enum smtp_stage {
	SMTP_SEND_MAIL,
	SMTP_SEND_RCPT,
	SMTP_SEND_DATA,
	SMTP_SEND_CONTENT,
	SMTP_SENT		/* or no longer to be sent */
};

struct transaction {
	struct transaction *next;
	struct smtp_job *job;
	size_t *rcpts;			/* indices of job->env.rcpts */
	size_t nrcpts;
	struct verdict **refused;	/* of each; NULL: accepted, or not yet
					 * known */
	struct convert content;
	int utf8;			/* it needs SMTPUTF8 */
	unsigned bare;			/* as its job was when it began */
	enum smtp_stage stage;
	size_t written;			/* RCPT commands */
	size_t accepted;
	unsigned owed;			/* replies */
	unsigned replies;		/* that came */
	uint64_t end;			/* of the content in the stream; 0: it
					 * was not written */
	int undone;			/* refused for what came before it */
	int decided;
	struct verdict verdict;		/* of those not refused */
};

/*
 * Begin with recipients of job that are to do; those that this server cannot
 * take are settled at once.  NULL: none is left, or memory ran out.
 */
struct transaction *transaction_new(struct smtp *s, struct smtp_job *job);

/* Let the rest of job go out next. */
void transaction_queue_again(struct smtp *s, struct smtp_job *job);

/* 1: all of t is on its way, so it may have been delivered. */
int transaction_is_sent(const struct smtp *s, const struct transaction *t);

/* The reply in s to o.  -1 and v: it ends the session. */
int transaction_reply(struct smtp *s, const struct smtp_owed *o,
    struct verdict *v);

/* How a session ended. */
struct smtp_ending {
	struct verdict why;
	int stale;		/* between two messages: no fault of those in
				 * flight */
	int doubt;		/* what was all sent may have been taken */
	int blame;		/* the oldest one unanswered may be why */
};

/* The session is over: settle what is known, give back what is not. */
void transaction_give_up(struct smtp *s, const struct smtp_ending *end);

#endif
