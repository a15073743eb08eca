/*
 * smarthost_mail.c - the mail transaction: MAIL, RCPT, DATA, BDAT, RSET.
 *
 * RFC 5321, 4.1.4: MAIL is refused while a transaction is open.  After the
 * final dot it is over, whatever the verdict; after a refused BDAT LAST too,
 * unless --need-rset asks for the harshest reading of RFC 3030.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_session.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "smarthost.h"
#include "smarthost_path.h"
#include "smarthost_report.h"
#include "smarthost_store.h"

static const char no_mail[] = "503 5.5.1 Send MAIL first";
static const char no_rcpt[] = "554 5.5.1 No valid recipients";
static const char too_big[] = "552 5.3.4 Message too big";

void
mail_clear(struct session *s)
{
	struct transaction *tx = &s->tx;

	store_drop(&tx->draft);
	buf_free(&tx->mail);
	buf_free(&tx->rcpts);
	buf_free(&tx->notes);
	buf_free(&tx->about);
	memset(tx, 0, sizeof(*tx));
	s->close_after = -1;
}

/* Remember an accepted command for the .env file and for match=. */
static void
remember(
    struct session *s, struct buf *b, const char *word, const struct path *p)
{

	buf_addf(b, "%s %s\n", word, p->text);
	if (conf.script != NULL)
		buf_addf(&s->tx.about, "%s %s\n", word, p->text);
}

void
mail_mail(struct session *s, const char *arg)
{
	struct path p;
	const char *why;

	if (s->helo == NULL)
		session_say(s, "503 5.5.1 Send EHLO first");
	else if (conf.require_tls && !wire_is_tls(s->w))
		session_say(s, "530 5.7.0 Must issue a STARTTLS command first");
	else if (conf.user != NULL && s->user == NULL)
		session_say(s, "530 5.7.0 Authentication required");
	else if (s->tx.open)
		session_say(s, "503 5.5.1 A transaction is open");
	else if ((why = path_parse_mail(arg, &p)) != NULL)
		session_say(s, "%s", why);
	else if (p.requiretls && !wire_is_tls(s->w))
		session_say(s, "555 5.5.4 REQUIRETLS is for TLS");
	else if (conf.max_size > 0 && p.size > conf.max_size)
		session_say(s, "%s", too_big);
	else {
		s->tx.open = 1;
		s->tx.utf8 = p.smtputf8;
		s->tx.binarymime = p.binarymime;
		s->tx.eight_bit = p.eight_bit;
		remember(s, &s->tx.mail, "mail", &p);
		session_say(s, "250 2.1.0 Ok");
	}
}

void
mail_rcpt(struct session *s, const char *arg)
{
	struct path p;
	const char *why;

	if (!s->tx.open || s->tx.bdat)
		session_say(s, "%s", no_mail);
	else if ((why = path_parse_rcpt(arg, s->tx.utf8, &p)) != NULL)
		session_say(s, "%s", why);
	else if (conf.max_recipients > 0 &&
		 s->tx.n_rcpts >= conf.max_recipients)
		session_say(s, "452 4.5.3 Too many recipients");
	else {
		s->tx.n_rcpts++;
		remember(s, &s->tx.rcpts, "rcpt", &p);
		session_say(s, "250 2.1.5 Ok");
	}
}

void
mail_rset(struct session *s, const char *arg)
{

	if (*arg != '\0') {
		session_say(s, "501 5.5.4 RSET takes no argument");
		return;
	}
	mail_clear(s);
	session_say(s, "250 2.0.0 Ok");
}

/* Why DATA or BDAT cannot be taken now; NULL: it can. */
static const char *
why_no_content(const struct session *s)
{

	if (!s->tx.open)
		return no_mail;
	if (s->tx.failed)
		return "503 5.5.1 A chunk was refused, send RSET";
	return s->tx.n_rcpts == 0 ? no_rcpt : NULL;
}

static void
begin_data(struct session *s, const char *arg)
{
	const char *why = why_no_content(s);
	int forced =
	    s->rule != NULL && s->rule->effect == EFFECT_ACCEPT &&
	    (s->rule->code / 100 == 3 || act_has(s->rule, ACTION_EARLY));

	/* A rule that answers 250: the content will come as commands. */
	if (s->rule != NULL && s->rule->code / 100 == 2)
		return;
	if (*arg != '\0')
		why = "501 5.5.4 DATA takes no argument";
	else if (why == NULL && s->tx.bdat)
		why = "503 5.5.1 DATA after BDAT";
	else if (why == NULL && s->tx.binarymime)
		why = "503 5.5.1 BINARYMIME needs BDAT";
	if (why != NULL) {
		session_say(s, "%s", why);
		if (!forced)
			return;
		s->tx.discard = 1;
	} else
		session_say(s, "354 End data with <CR><LF>.<CR><LF>");
	s->in_data = 1;
}

static void
note(struct buf *env, const char *what, unsigned long n)
{

	if (n > 0)
		buf_addf(env, "note %s %lu\n", what, n);
}

static void
describe(struct session *s, struct buf *env)
{
	const struct content *c = &s->tx.content;

	buf_addf(env, "connection %lu\nmessage %lu\nhelo %s\ntls %s\n",
	    s->number, s->messages, s->helo != NULL ? s->helo : "none",
	    wire_protocol(s->w));
	buf_addf(env, "auth %s\n", s->user != NULL ? s->user : "none");
	buf_add(env, s->tx.mail.data, s->tx.mail.len);
	buf_add(env, s->tx.rcpts.data, s->tx.rcpts.len);
	buf_addf(
	    env, "how %s\nbytes %lu\n", s->tx.bdat ? "BDAT" : "DATA", c->bytes);
	note(env, "bare-lf", c->bare_lf);
	note(env, "bare-cr", c->bare_cr + (unsigned long)c->last_cr);
	note(env, "nul", c->nul);
	note(env, "long-line",
	    c->long_lines + (unsigned long)(c->line_len > 998));
	note(env, "no-final-crlf", (unsigned long)c->in_line);
	note(env, "8bit-not-declared", c->eight_bit && !s->tx.eight_bit);
	buf_add(env, s->tx.notes.data, s->tx.notes.len);
}

/* The whole content is here: take it, or say why not. */
static void
end_of_message(struct session *s, const char *arg)
{
	struct buf env = { 0 };
	unsigned long number;
	struct timespec now;

	(void)arg;
	if (s->tx.discard) {
		session_say(s, "%s", no_rcpt);
		count_add(COUNT_MESSAGES_REFUSED, 1);
		return;
	}
	if (conf.max_size > 0 && s->tx.content.bytes > conf.max_size) {
		session_say(s, "%s", too_big);
		count_add(COUNT_MESSAGES_REFUSED, 1);
		return;
	}
	s->messages++;
	if (conf.dir != NULL && !conf.count)
		describe(s, &env);
	number = store_keep(&s->tx.draft, env.data, env.len);
	buf_free(&env);
	count_add(COUNT_MESSAGES, 1);
	count_add(COUNT_RECIPIENTS, s->tx.n_rcpts);
	count_add(COUNT_BYTES, s->tx.content.bytes);
	report_event(s->number, wire_is_tls(s->w),
	    "accepted %04lu %s %lu bytes", number, s->tx.bdat ? "BDAT" : "DATA",
	    s->tx.content.bytes);
	clock_gettime(CLOCK_MONOTONIC, &now);
	report_notify("accepted %04lu connection=%lu message=%lu rcpts=%lu "
		      "bytes=%lu ms=%ld",
	    number, s->number, s->messages, s->tx.n_rcpts,
	    s->tx.content.bytes,
	    (long)(now.tv_sec * 1000 + now.tv_nsec / 1000000));
	session_say(
	    s, "250 2.0.0 Ok: queued as %lu.%lu", s->number, s->messages);
}

/* "BDAT 10 LAST" or "DATA", and the envelope: what match= looks at. */
static void
add_about(const struct session *s, struct buf *b, const char *line)
{

	buf_addf(b, "%s\n%s", line, buf_text(&s->tx.about));
}

void
mail_data(struct session *s, const char *line, const char *arg)
{
	struct buf about = { 0 };

	add_about(s, &about, line);
	session_answer(s, PHASE_DATA, buf_text(&about), begin_data, arg);
	buf_free(&about);
}

/* After the final dot or BDAT LAST: the verdict. */
static void
verdict(struct session *s)
{
	struct buf about = { 0 };
	const struct rule *r;
	unsigned int i;

	add_about(s, &about, ".");
	r = script_match(PHASE_DOT, s->number, buf_text(&about));
	buf_free(&about);
	i = r != NULL ? act_delays(s, r) : 0;
	buf_reset(&s->reply);
	if (r == NULL && s->tx.early && !s->tx.early_ok)
		count_add(COUNT_MESSAGES_REFUSED, 1);
	else if (r == NULL || r->effect != EFFECT_REFUSE)
		end_of_message(s, "");
	else
		count_add(COUNT_MESSAGES_REFUSED, 1);
	if (r != NULL && r->effect != EFFECT_DEFAULT)
		act_run(s, r, i);
	else if (!s->tx.early)
		session_reply(s);
	mail_clear(s);
}

/* Content has begun to arrive. */
static void
body_rule(struct session *s)
{
	struct buf about = { 0 };
	const struct rule *r;

	if (s->tx.body_seen || conf.script == NULL)
		return;
	s->tx.body_seen = 1;
	add_about(s, &about, "");
	r = script_match(PHASE_BODY, s->number, buf_text(&about));
	buf_free(&about);
	if (r != NULL)
		act_run(s, r, 0);
}

static void
take_content(struct session *s, const char *p, size_t n, int keep)
{
	int closing = 0;

	if (s->close_after >= 0) {
		closing = n >= (unsigned long long)s->close_after;
		if (closing)
			n = (size_t)s->close_after;
		s->close_after -= (long long)n;
	}
	if (keep && n > 0) {
		content_check(&s->tx.content, p, n);
		if (conf.max_size == 0 || s->tx.content.bytes <= conf.max_size)
			store_add(&s->tx.draft, p, n);
	}
	if (closing) {
		report_event(s->number, wire_is_tls(s->w),
		    "close-after, %lu bytes of the message",
		    s->tx.content.bytes);
		wire_end(s->w, WIRE_END_NOW);
	}
}

static void
gone_in_content(struct session *s)
{

	report_event(s->number, wire_is_tls(s->w),
	    "peer gone in content after %lu bytes", s->tx.content.bytes);
}

void
mail_read_data(struct session *s)
{
	struct piece piece;
	const char *p;
	size_t n;

	while (!wire_ended(s->w)) {
		if ((n = wire_peek(s->w, &p)) > 0)
			body_rule(s);
		switch (content_unstuff(&s->tx.content, p, n, &piece)) {
		case CONTENT_PIECE:
			take_content(s, piece.start, piece.len, 1);
			wire_take(s->w, piece.used);
			break;
		case CONTENT_MORE:
			if (!wire_fill(s->w))
				gone_in_content(s);
			break;
		case CONTENT_END:
			wire_take(s->w, piece.used);
			s->in_data = 0;
			verdict(s);
			return;
		}
	}
}

/* "SIZE" or "SIZE LAST". */
static int
parse_bdat(const char *arg, unsigned long *size, int *last)
{
	char *end;

	if (*arg < '0' || *arg > '9')
		return -1;
	*size = strtoul(arg, &end, 10);
	*last = strcasecmp(end, " LAST") == 0;
	return (*end == '\0' || *last) && *size < LONG_MAX ? 0 : -1;
}

/* -1: the connection ended. */
static int
read_chunk(struct session *s, unsigned long left, int keep)
{
	const char *p;
	size_t n;

	if (left == 0 && s->close_after == 0)
		take_content(s, "", 0, 0);
	while (left > 0 && !wire_ended(s->w)) {
		if ((n = wire_peek(s->w, &p)) == 0) {
			if (!wire_fill(s->w))
				gone_in_content(s);
			continue;
		}
		if (keep)
			body_rule(s);
		if (n > left)
			n = left;
		take_content(s, p, n, keep);
		wire_take(s->w, n);
		left -= n;
	}
	return wire_ended(s->w) ? -1 : 0;
}

/* Those actions that cannot wait for the chunk. */
static void
before_chunk(struct session *s, const struct rule *r)
{
	struct rule one = { .n_actions = 1 };
	unsigned int i;

	for (i = 0; r != NULL && i < r->n_actions; i++)
		if (r->actions[i].kind == ACTION_EARLY ||
		    r->actions[i].kind == ACTION_CLOSE_AFTER) {
			one.actions = &r->actions[i];
			act_run(s, &one, 0);
		}
}

/* The rest; 0: there is nothing in it that answers. */
static int
after_chunk(struct session *s, const struct rule *r, int keep)
{
	struct rule one = { .n_actions = 1 };
	unsigned int i;
	int answered = 0;

	for (i = 0; r != NULL && i < r->n_actions; i++) {
		enum action_kind k = r->actions[i].kind;

		if (k == ACTION_EARLY || k == ACTION_CLOSE_AFTER)
			continue;
		if (k != ACTION_DELAY && !answered++ && keep)
			end_of_message(s, "");
		one.actions = &r->actions[i];
		act_run(s, &one, 0);
	}
	return answered;
}

static void
end_chunk(struct session *s, int last, int refused)
{

	if (refused && (!last || conf.need_rset))
		s->tx.failed = s->tx.open;
	else if (last)
		mail_clear(s);
	s->tx.early = 0;
}

void
mail_bdat(struct session *s, const char *line, const char *arg)
{
	struct buf about = { 0 };
	const struct rule *r;
	const char *why = why_no_content(s);
	unsigned long size;
	int last, refused;

	if (parse_bdat(arg, &size, &last) != 0) {
		session_say(s, "501 5.5.4 Syntax: BDAT size [LAST]");
		session_reply(s);
		return;
	}
	add_about(s, &about, line);
	r = script_match(PHASE_BDAT, s->number, buf_text(&about));
	buf_free(&about);
	s->tx.bdat = s->tx.open;
	before_chunk(s, r);
	if (read_chunk(s, size, why == NULL) != 0)
		return;
	if (why == NULL && conf.max_size > 0 &&
	    s->tx.content.bytes > conf.max_size)
		why = too_big;
	refused = why != NULL || (r != NULL && r->effect == EFFECT_REFUSE);
	if (!after_chunk(s, r, last && !refused)) {
		if (why == NULL && last) {
			verdict(s);
			return;
		}
		refused = why != NULL;
		session_say(s, "250 2.0.0 Ok, %lu octets", size);
		if (why != NULL)
			session_say(s, "%s", why);
		if (!s->tx.early)
			session_reply(s);
	}
	end_chunk(s, last, refused);
}
