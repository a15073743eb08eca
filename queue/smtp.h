/*
 * The SMTP client: open a session, send messages through it, close it.  It
 * knows no queue: messages come as jobs, and every recipient of a job leaves
 * with exactly one verdict, or with none when nothing was decided.
 */
#ifndef QUEUE_SMTP_H
#define QUEUE_SMTP_H

#include <stddef.h>
#include <stdint.h>

#include "queue/connect.h"
#include "queue/envelope.h"
#include "queue/verdict.h"

struct buffer;
struct error;
struct smtp;		/* a session */
struct tls_context;

enum smtp_tls { SMTP_TLS_IMPLICIT, SMTP_TLS_STARTTLS, SMTP_TLS_NONE };

/* All is borrowed while the session lives. */
struct smtp_params {
	struct connect_params to;
	enum smtp_tls tls;
	const char *tls_name;		/* what the certificate must name */
	struct tls_context *trust;	/* NULL only with SMTP_TLS_NONE */
	int dane;			/* the trust is by tls_dane() */
	const struct buffer *ticket;	/* of a session that ended; may be
					 * empty; NULL only with
					 * SMTP_TLS_NONE */
	const char *helo;		/* "": the address literal */
	int login;			/* AUTH is to be done */
	const char *user;
	const char *mechanisms;		/* of sasl_new() */
	int is_token;			/* the secret is; else a password */
	int certificate;		/* TLS proves who we are */
	int local;			/* the host is this machine: a secret
					 * may go without TLS */
	/* The secret, late.  refused: another than the last one, if that can
	 * be.  forget() wipes it; NULL is fine.  NULL and e. */
	char *(*secret)(void *arg, int refused, struct error *e);
	void (*forget)(char *secret);
	/* Called about every second that the session waits for the server. */
	void (*waiting)(void *arg);
	void *arg;
	size_t recipients;		/* in one transaction, at most */
	size_t window;			/* messages in flight with CHUNKING */
	int classic;			/* no PIPELINING and CHUNKING, though
					 * the server offers them */
	int careful;			/* content only for recipients that
					 * were accepted, one message after
					 * the other: see smtp_run() */
	int64_t timeout;		/* milliseconds of every wait; 0: as
					 * RFC 5321, 4.5.3.2 says */
};

/*
 * Connect, greet, secure and log in.  NULL and v, of scope VERDICT_SITE: that
 * failed.
 */
struct smtp *smtp_open(const struct smtp_params *p, struct verdict *v);

/*
 * Would the server take mail from sender?  It is asked, and told to forget it.
 * 0, or -1 and v.
 */
int smtp_probe(struct smtp *s, const char *sender, struct verdict *v);

/* "host[address]:port", and the session for the log; borrowed. */
const char *smtp_relay(const struct smtp *s);
const char *smtp_describe(const struct smtp *s);

/* 1: the server offers SMTPUTF8. */
int smtp_takes_utf8(const struct smtp *s);

/* What the next session needs to go on from this one, in place of what is in
 * out; empty: nothing helps. */
void smtp_ticket(const struct smtp *s, struct buffer *out);

/* The descriptor, for poll: what comes unasked ends an idle session. */
int smtp_fd(const struct smtp *s);

/* What became of a recipient in this run. */
enum smtp_rcpt { SMTP_RCPT_TODO, SMTP_RCPT_SENT, SMTP_RCPT_SETTLED };

/* Parameters that are left out, since they were refused: all, or those of RCPT
 * only. */
enum smtp_bare { SMTP_BARE = 1, SMTP_BARE_RCPT = 2 };

struct smtp_job {
	int fd;				/* of the queue file */
	struct envelope env;
	enum smtp_rcpt *rcpts;		/* env.nrcpts of them */
	size_t todo;			/* that are SMTP_RCPT_TODO */
	unsigned flights;		/* transactions under way */
	unsigned bare;			/* enum smtp_bare */
	int waiting;			/* its rest goes out next: smtp's */
	struct smtp_job *next;		/* the owner's, unless it waits */
};

struct smtp_calls {
	/* The next message, or NULL: there is none now. */
	struct smtp_job *(*next)(void *arg);
	/* A recipient was decided. */
	void (*settle)(void *arg, struct smtp_job *job, size_t rcpt,
	    const struct verdict *v);
	/* The session has no more use for job: all is decided, or the rest
	 * cannot be in this session. */
	void (*done)(void *arg, struct smtp_job *job);
	/* A part of a long message went out. */
	void (*progress)(void *arg);
};

enum smtp_result {
	SMTP_IDLE,	/* all jobs are done, the session lives */
	SMTP_STALE,	/* the server ended it between two messages: open
			 * another */
	SMTP_LOST	/* the session is over; v says why */
};

/*
 * Send until next() gives nothing and every reply is in.
 *
 * When the connection breaks, whatever content was under way is in doubt.  A
 * message that was lost so before is therefore sent alone, and so are all with
 * params->careful.
 */
enum smtp_result smtp_run(struct smtp *s, const struct smtp_calls *calls,
    void *arg, struct verdict *v);

/* 1: the server offers PIPELINING or CHUNKING, and its replies show that it
 * cannot do it. */
int smtp_is_unfit(const struct smtp *s);

/* 1: the server hung up while it owed replies, and it might not have done so
 * in the classic way. */
int smtp_is_dropped(const struct smtp *s);

/* With QUIT, and a short wait for its reply, when the session lives and the
 * server has answered all.  s may be NULL. */
void smtp_close(struct smtp *s, int polite);

#endif
