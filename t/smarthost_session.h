/*
 * smarthost_session.h - one SMTP session, and what its three files share:
 * smarthost_session.c (loop, greeting to AUTH), smarthost_mail.c (the
 * transaction) and smarthost_act.c (the actions of a rule).
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_SESSION_H
#define T_SMARTHOST_SESSION_H

#include "smarthost.h"
#include "smarthost_buf.h"
#include "smarthost_content.h"
#include "smarthost_script.h"
#include "smarthost_wire.h"

struct draft;
struct sasl;

/* A mail transaction; all zeros when none is open. */
struct transaction {
	int open;
	int failed; /* a chunk was refused: nothing but RSET helps */
	int bdat; /* the content comes by BDAT */
	int discard; /* DATA was answered 354 by a rule, but is not valid */
	int early, early_ok; /* the verdict was sent before the content */
	int body_seen;
	int utf8, binarymime, eight_bit;
	unsigned long n_rcpts;
	struct buf mail, rcpts; /* lines of the .env file */
	struct buf notes;
	struct buf about; /* commands, for match= */
	struct content content;
	struct draft *draft;
};

struct session {
	struct wire *w;
	enum tls_mode mode;
	unsigned long number; /* of the connection */
	unsigned long messages; /* accepted ones */
	char *helo;
	int esmtp;
	char *user;
	struct sasl *sasl;
	int sasl_scripted; /* a rule sent 334 */
	int rejected; /* the greeting was a refusal */
	int want_tls;
	int in_data;
	long long close_after; /* content bytes, or -1 */
	const struct rule *rule; /* the one that answers, or NULL */
	struct buf reply; /* what a handler wants to say */
	struct transaction tx;
};

typedef void session_handler(struct session *, const char *arg);

/* Serve w until it ends.  refuse: say 421 only. */
void session_run(struct wire *w, enum tls_mode mode, int refuse);

/* Replace the reply of the handler that runs.  Without line end. */
void session_say(struct session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Send the bytes of a reply, and log its lines. */
void session_send(struct session *s, const struct buf *text);

/* Send s->reply. */
void session_reply(struct session *s);

/*
 * Answer an event: by the rule for it, or by what handler says.  about is
 * for match=.
 */
void session_answer(struct session *s, enum phase phase, const char *about,
    session_handler *handler, const char *arg);

/* smarthost_mail.c */
session_handler mail_mail, mail_rcpt, mail_rset;
void mail_data(struct session *s, const char *line, const char *arg);
void mail_bdat(struct session *s, const char *line, const char *arg);
void mail_read_data(struct session *s);
void mail_clear(struct session *s); /* end the transaction */

/* smarthost_act.c */

/* Run the delays at the start of r; the index of the first other action. */
unsigned int act_delays(struct session *s, const struct rule *r);
void act_run(struct session *s, const struct rule *r, unsigned int from);
int act_has(const struct rule *r, enum action_kind kind);

#endif
