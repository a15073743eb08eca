/*
 * What the parts of the SMTP client share: see smtp.h.
 */
#ifndef QUEUE_SMTP_PRIVATE_H
#define QUEUE_SMTP_PRIVATE_H

#include "queue/buffer.h"
#include "queue/reply.h"
#include "queue/smtp.h"
#include "queue/stream.h"

/* What the server offers, from its answer to EHLO. */
struct smtp_offers {
	int pipelining, chunking, starttls, eightbit, smtputf8, dsn, has_size;
	int requiretls;
	uint64_t size;		/* 0: no limit */
	struct buffer auth;	/* words */
};

struct transaction;

enum smtp_command { SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_END, SMTP_RSET };

/* A reply that the server owes. */
struct smtp_owed {
	enum smtp_command command;
	struct transaction *t;	/* NULL with SMTP_RSET */
	size_t rcpt;		/* of t */
	uint64_t end;		/* of the command, in bytes of the stream */
};

struct smtp {
	const struct smtp_params *p;
	struct stream *stream;
	struct smtp_offers offers;
	struct reply reply;
	char relay[CONNECT_NAME];
	struct buffer description;
	int elsewhere;			/* another address may do better */
	int used;			/* a transaction ended in it */

	/* The run: see smtp_send.c. */
	const struct smtp_calls *calls;
	void *arg;
	struct smtp_owed *owed;		/* a ring */
	size_t first_owed, nowed, owed_size;
	struct transaction *flights;	/* oldest first */
	size_t nflights;
	uint64_t bytes;			/* of content in flight */
	struct transaction *sending;	/* not wholly written, the newest */
	struct smtp_job *job;		/* taken, to be begun */
	struct smtp_job *again;		/* a list: their rest goes out next */
	size_t most;			/* recipients with which a message may
					 * be taken; 0: not known */
	int reset;			/* RSET before the next MAIL */
	int unfit;			/* see smtp_is_unfit() */
	int broken;			/* by the server, not by a time-out or
					 * the network */
	int dropped;			/* see smtp_is_dropped() */
	int answered;			/* a reply came in this run */
	int torn;			/* it ended while replies were owed */
	int64_t content_until;		/* what is written of a content must
					 * be sent by then; 0: it is */
};

/* Milliseconds to wait: the configured limit, or that of the RFC. */
int64_t smtp_limit(const struct smtp *s, int64_t rfc);

/*
 * Read one reply into s->reply by deadline.  *sent as in stream_getline(), of
 * its first line.  0, or -1 and v, of scope VERDICT_SITE.
 */
int smtp_read(struct smtp *s, int64_t deadline, uint64_t *sent,
    struct verdict *v);

/*
 * Send one command of the opening and read its reply.  0: that has this class;
 * SMTP_REFUSED: it has another, and is judged; SMTP_FAILED: there is none.
 */
enum { SMTP_REFUSED = -1, SMTP_FAILED = -2 };
int smtp_command(struct smtp *s, const char *line, int class,
    enum verdict_phase phase, struct verdict *v);

/* smtp_auth.c: log in.  0, or -1 and v, of scope VERDICT_SITE. */
int smtp_log_in(struct smtp *s, struct verdict *v);

/* 1: content goes out in BDAT, several messages back to back. */
int smtp_is_chunking(const struct smtp *s);

/* 1: the session is over TLS, so the server is verified, and it takes
 * REQUIRETLS (RFC 8689, 4.2.1). */
int smtp_can_require_tls(const struct smtp *s);

/* Record why a stream call failed: a VERDICT_SITE deferral. */
void smtp_failed(struct smtp *s, const struct error *e, struct verdict *v);

#endif
