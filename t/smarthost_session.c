/*
 * smarthost_session.c - the SMTP session: commands outside the transaction,
 * and who answers them.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_session.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "smarthost.h"
#include "smarthost_report.h"
#include "smarthost_sasl.h"

/* With CRLF: RFC 5321, 4.5.3.1.4; more for the extensions' parameters. */
#define COMMAND_LIMIT 512
#define PATH_LIMIT 2048
#define AUTH_LIMIT 65536

void
session_say(struct session *s, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	buf_reset(&s->reply);
	buf_adds(&s->reply, text);
	free(text);
}

void
session_send(struct session *s, const struct buf *text)
{
	const char *p = text->data, *nl;
	size_t left = text->len, n;

	if (left == 0 || wire_ended(s->w))
		return;
	for (; conf.log != NULL && left > 0; p += n, left -= n) {
		nl = memchr(p, '\n', left);
		n = nl != NULL ? (size_t)(nl - p) + 1 : left;
		report_line(s->number, wire_is_tls(s->w), 'S', p, n);
	}
	wire_send(s->w, text->data, text->len);
}

/* "250 2.1.0 Ok" has no place in a session that was not told of RFC 2034. */
static void
drop_enhanced(struct buf *b)
{
	char *p = b->data + 4;
	size_t n;

	if (b->len < 10 || !isdigit((unsigned char)p[0]) || p[1] != '.')
		return;
	n = strcspn(p, " ") + 1;
	if (n > b->len - 4)
		return;
	memmove(p, p + n, b->len - 4 - n + 1);
	b->len -= n;
}

void
session_reply(struct session *s)
{

	if (s->reply.len == 0)
		return;
	if ((s->helo != NULL && !s->esmtp) || (conf.caps & CAP_ENHANCED) == 0)
		drop_enhanced(&s->reply);
	buf_adds(&s->reply, "\r\n");
	session_send(s, &s->reply);
}

static void
end_auth(struct session *s)
{

	sasl_free(s->sasl);
	s->sasl = NULL;
	s->sasl_scripted = 0;
}

void
session_answer(struct session *s, enum phase phase, const char *about,
    session_handler *handler, const char *arg)
{
	const struct rule *r;
	unsigned int i;

	r = script_match(phase, s->number, about);
	i = r != NULL ? act_delays(s, r) : 0;
	buf_reset(&s->reply);
	s->rule = r;
	if (r == NULL || r->effect != EFFECT_REFUSE)
		handler(s, arg);
	else if (phase == PHASE_AUTH || phase == PHASE_AUTHDATA) {
		count_add(COUNT_AUTH_FAILED, 1);
		end_auth(s);
	}
	s->rule = NULL;
	if (r != NULL && r->effect != EFFECT_DEFAULT)
		act_run(s, r, i);
	else
		session_reply(s);
}

static void
greet(struct session *s, const char *arg)
{

	(void)arg;
	session_say(s, "220 %s ESMTP outbox test", conf.name);
}

static void
greeting(struct session *s, int refuse)
{
	const struct rule *r;

	if (refuse) {
		session_say(s, "421 4.7.0 Too many connections");
		session_reply(s);
		wire_end(s->w, WIRE_END_POLITE);
		return;
	}
	r = script_match(PHASE_GREETING, s->number, "");
	s->rejected = r != NULL && r->code >= 400;
	if (r != NULL)
		act_run(s, r, 0);
	if (r == NULL || r->effect == EFFECT_DEFAULT) {
		greet(s, "");
		session_reply(s);
	}
}

/* A domain or an address literal: RFC 5321, 4.1.1.1. */
static int
helo_is_valid(const char *arg)
{
	const char *more = *arg == '[' ? "[]:.-" : ".-";

	if (*arg == '\0' || *arg == '.' || *arg == '-')
		return 0;
	for (; *arg != '\0'; arg++)
		if (!isalnum((unsigned char)*arg) && strchr(more, *arg) == NULL)
			return 0;
	return 1;
}

static int
set_helo(struct session *s, const char *arg, int esmtp)
{

	if (!helo_is_valid(arg)) {
		session_say(s, "501 5.5.4 Give your domain name");
		return -1;
	}
	mail_clear(s);
	free(s->helo);
	s->helo = xstrndup(arg, strlen(arg));
	s->esmtp = esmtp;
	return 0;
}

static void
cmd_helo(struct session *s, const char *arg)
{

	if (set_helo(s, arg, 0) == 0)
		session_say(s, "250 %s", conf.name);
}

static int
auth_is_offered(const struct session *s)
{

	return conf.user != NULL && (wire_is_tls(s->w) || conf.auth_clear);
}

static void
cmd_ehlo(struct session *s, const char *arg)
{
	struct buf b = { 0 };
	const char *p;
	size_t n;

	if (set_helo(s, arg, 1) != 0)
		return;
	buf_addf(&b, "250-%s\r\n", conf.name);
	for (p = conf.ehlo; *p != '\0'; p += n) {
		p += strspn(p, ",");
		n = strcspn(p, ",");
		/* RFC 8689, 2: inside of TLS only. */
		if (n > 0 && (wire_is_tls(s->w) ||
			      strncasecmp(p, "REQUIRETLS", 10) != 0))
			buf_addf(&b, "250-%.*s\r\n", (int)n, p);
	}
	if (s->mode == TLS_STARTTLS && !wire_is_tls(s->w))
		buf_adds(&b, "250-STARTTLS\r\n");
	if (auth_is_offered(s))
		buf_addf(&b, "250-AUTH %s\r\n", conf.auth);
	/* The last line has a blank in place of the hyphen. */
	b.len -= 2;
	b.data[b.len] = '\0';
	for (n = b.len; n > 0 && b.data[n - 1] != '\n'; n--)
		continue;
	b.data[n + 3] = ' ';
	session_say(s, "%s", b.data);
	buf_free(&b);
}

static void
cmd_starttls(struct session *s, const char *arg)
{
	const char *rest;

	if (s->mode != TLS_STARTTLS)
		session_say(s, "502 5.5.1 STARTTLS is not offered");
	else if (wire_is_tls(s->w))
		session_say(s, "503 5.5.1 TLS is active");
	else if (*arg != '\0')
		session_say(s, "501 5.5.4 STARTTLS takes no argument");
	else if (wire_peek(s->w, &rest) > 0)
		session_say(s, "503 5.5.1 Bytes after STARTTLS");
	else {
		session_say(s, "220 2.0.0 Ready to start TLS");
		s->want_tls = 1;
	}
}

/* What a rule has said is what counts.  0: it has said nothing. */
static int
scripted_auth(struct session *s)
{

	if (s->rule == NULL || s->rule->code == 0)
		return 0;
	end_auth(s);
	if (s->rule->code / 100 == 3)
		s->sasl_scripted = 1;
	if (s->rule->code / 100 == 2) {
		free(s->user);
		s->user = xstrndup("scripted", 8);
		count_add(COUNT_AUTH_OK, 1);
	}
	return 1;
}

static void
auth_step(struct session *s, const char *in, size_t len)
{
	struct buf out = { 0 }, text = { 0 };

	switch (sasl_step(s->sasl, in, len, &out)) {
	case SASL_MORE:
		base64_add(&text, out.data, out.len);
		session_say(s, "334 %s", buf_text(&text));
		break;
	case SASL_OK:
		free(s->user);
		s->user =
		    xstrndup(sasl_user(s->sasl), strlen(sasl_user(s->sasl)));
		session_say(s, "235 2.7.0 Authentication successful");
		report_event(
		    s->number, wire_is_tls(s->w), "auth ok %s", s->user);
		count_add(COUNT_AUTH_OK, 1);
		end_auth(s);
		break;
	case SASL_FAIL:
		session_say(s, "535 5.7.8 Authentication failed");
		report_event(s->number, wire_is_tls(s->w), "auth failed");
		count_add(COUNT_AUTH_FAILED, 1);
		end_auth(s);
		break;
	}
	buf_free(&out);
	buf_free(&text);
}

/* text is base64, or "=" for an empty initial response. */
static void
auth_decode(struct session *s, const char *text)
{
	struct buf in = { 0 };

	if (base64_decode(&in, text, strlen(text)) != 0) {
		session_say(s, "501 5.5.2 This is not base64");
		count_add(COUNT_AUTH_FAILED, 1);
		end_auth(s);
	} else
		auth_step(s, buf_text(&in), in.len);
	buf_free(&in);
}

static void
cmd_auth(struct session *s, const char *arg)
{
	size_t n = strcspn(arg, " ");
	char *mechanism;

	if (scripted_auth(s))
		return;
	if (!s->esmtp || s->user != NULL || s->tx.open) {
		session_say(s, "503 5.5.1 AUTH is not allowed now");
		return;
	}
	if (!auth_is_offered(s)) {
		session_say(s, conf.user == NULL
				   ? "502 5.5.1 AUTH is not offered"
				   : "538 5.7.11 Encryption required for AUTH");
		return;
	}
	mechanism = xstrndup(arg, n);
	s->sasl = sasl_new(mechanism, wire_tls(s->w));
	free(mechanism);
	if (s->sasl == NULL)
		session_say(s, "504 5.5.4 Unknown mechanism");
	else if (arg[n] == '\0')
		auth_step(s, NULL, 0);
	else
		auth_decode(s, strcmp(arg + n, " =") == 0 ? "" : arg + n + 1);
}

static void
auth_data(struct session *s, const char *line)
{

	if (scripted_auth(s))
		return;
	if (strcmp(line, "*") == 0) {
		session_say(s, "501 5.7.0 Authentication cancelled");
		count_add(COUNT_AUTH_FAILED, 1);
		end_auth(s);
	} else if (s->sasl == NULL) {
		session_say(s, "535 5.7.8 Authentication failed");
		count_add(COUNT_AUTH_FAILED, 1);
		end_auth(s);
	} else
		auth_decode(s, line);
}

static void
cmd_noop(struct session *s, const char *arg)
{

	(void)arg;
	session_say(s, "250 2.0.0 Ok");
}

static void
cmd_quit(struct session *s, const char *arg)
{

	if (*arg != '\0')
		session_say(s, "501 5.5.4 QUIT takes no argument");
	else
		session_say(s, "221 2.0.0 Bye");
}

static void
cmd_vrfy(struct session *s, const char *arg)
{

	session_say(s, *arg != '\0' ? "252 2.1.5 Send some mail, then we see"
				    : "501 5.5.4 VRFY takes an argument");
}

static void
cmd_unknown(struct session *s, const char *arg)
{

	(void)arg;
	session_say(s, "500 5.5.2 Unknown command");
}

#define LAST_IN_GROUP 1 /* RFC 2920, 3.1 */
#define BAD_GUESTS 2 /* after a refused greeting too */

static const struct command {
	const char *verb;
	enum phase phase;
	session_handler *handler;
	int flags;
	size_t limit;
} commands[] = {
	{ "MAIL", PHASE_MAIL, mail_mail, 0, PATH_LIMIT },
	{ "RCPT", PHASE_RCPT, mail_rcpt, 0, PATH_LIMIT },
	{ "BDAT", PHASE_BDAT, NULL, 0, COMMAND_LIMIT },
	{ "DATA", PHASE_DATA, NULL, LAST_IN_GROUP, COMMAND_LIMIT },
	{ "RSET", PHASE_RSET, mail_rset, 0, COMMAND_LIMIT },
	{ "EHLO", PHASE_EHLO, cmd_ehlo, LAST_IN_GROUP, COMMAND_LIMIT },
	{ "HELO", PHASE_HELO, cmd_helo, LAST_IN_GROUP, COMMAND_LIMIT },
	{ "STARTTLS", PHASE_STARTTLS, cmd_starttls, LAST_IN_GROUP,
	    COMMAND_LIMIT },
	{ "AUTH", PHASE_AUTH, cmd_auth, LAST_IN_GROUP, AUTH_LIMIT },
	{ "NOOP", PHASE_NOOP, cmd_noop, LAST_IN_GROUP, COMMAND_LIMIT },
	{ "QUIT", PHASE_QUIT, cmd_quit, LAST_IN_GROUP | BAD_GUESTS,
	    COMMAND_LIMIT },
	{ "VRFY", PHASE_OTHER, cmd_vrfy, LAST_IN_GROUP, COMMAND_LIMIT },
	{ "", PHASE_OTHER, cmd_unknown, 0, COMMAND_LIMIT },
};

static const struct command *
find_command(const struct session *s, const char *line)
{
	const struct command *c = commands;
	size_t n = strcspn(line, " ");

	while (*c->verb != '\0' &&
	       (strlen(c->verb) != n || strncasecmp(line, c->verb, n) != 0))
		c++;
	if (c->phase == PHASE_BDAT &&
	    (!s->esmtp || (conf.caps & CAP_CHUNKING) == 0))
		while (*c->verb != '\0')
			c++;
	return c;
}

static void
violation(struct session *s, const char *what)
{

	report_violation(s->number, wire_is_tls(s->w), what);
	if (s->tx.open)
		buf_addf(&s->tx.notes, "note violation %s\n", what);
}

/* Something is wrong with the line itself: the reply, or NULL. */
static const char *
bad_line(
    struct session *s, const struct command *c, const char *line, size_t len)
{
	const char *rest;
	size_t more = wire_peek(s->w, &rest);

	if (strlen(line) != len || strchr(line, '\r') != NULL) {
		violation(s, "NUL or CR in a command");
		return "500 5.5.2 NUL or CR in a command";
	}
	if (len + 2 > c->limit) {
		violation(s, "command too long");
		return "500 5.5.2 Line too long";
	}
	if (conf.eager)
		more = 0;
	if (more > 0 && c->phase != PHASE_BDAT &&
	    (!s->esmtp || (conf.caps & CAP_PIPELINING) == 0)) {
		violation(s, "pipelining was not offered");
		return "503 5.5.0 Pipelining was not offered";
	}
	if (more > 0 && (c->flags & LAST_IN_GROUP) != 0)
		violation(s, "command must be the last of its group");
	return s->rejected && (c->flags & BAD_GUESTS) == 0 ? "503 5.5.1 Go away"
							   : NULL;
}

static void
start_tls(struct session *s)
{
	const struct rule *r;

	s->want_tls = 0;
	wire_flush(s->w);
	if ((r = script_match(PHASE_HANDSHAKE, s->number, "")) != NULL) {
		act_run(s, r, 0);
		if (wire_ended(s->w))
			return;
	}
	if (wire_start_tls(s->w) != 0)
		return;
	/* RFC 3207, 4.2: forget what was said in clear. */
	mail_clear(s);
	free(s->helo);
	free(s->user);
	s->helo = s->user = NULL;
	s->esmtp = 0;
}

static void
command(struct session *s, char *line, size_t len)
{
	const struct command *c = find_command(s, line);
	const char *why, *arg = line + strcspn(line, " ");

	count_add(COUNT_COMMANDS, 1);
	report_line(s->number, wire_is_tls(s->w), 'C', line, len);
	arg += *arg == ' ';
	if ((why = bad_line(s, c, line, len)) != NULL) {
		session_say(s, "%s", why);
		session_reply(s);
		return;
	}
	if (c->phase == PHASE_BDAT)
		mail_bdat(s, line, arg);
	else if (c->phase == PHASE_DATA)
		mail_data(s, line, arg);
	else
		session_answer(s, c->phase, line, c->handler, arg);
	if (s->want_tls)
		start_tls(s);
	else if (c->phase == PHASE_QUIT && s->reply.len > 0 && *arg == '\0')
		wire_end(s->w, WIRE_END_POLITE);
	else if (c->phase == PHASE_STARTTLS && !wire_is_tls(s->w) &&
		 wire_peek(s->w, &arg) > 0)
		wire_end(s->w, WIRE_END_POLITE);
}

static void
auth_line(struct session *s, const char *line, size_t len)
{

	report_line(s->number, wire_is_tls(s->w), 'C', line, len);
	session_answer(s, PHASE_AUTHDATA, line, auth_data, line);
}

static void
one_line(struct session *s)
{
	char *line;
	size_t len;

	switch (wire_get_line(s->w, &line, &len)) {
	case WIRE_EOF:
		break;
	case WIRE_LINE_TOO_LONG:
		violation(s, "line too long");
		session_say(s, "500 5.5.2 Line too long");
		session_reply(s);
		break;
	case WIRE_LINE_BARE:
		report_line(s->number, wire_is_tls(s->w), 'C', line, len);
		violation(s, "LF without CR");
		session_say(s, "500 5.5.2 Lines end in CRLF");
		session_reply(s);
		break;
	case WIRE_LINE:
		if (s->sasl != NULL || s->sasl_scripted)
			auth_line(s, line, len);
		else
			command(s, line, len);
		break;
	}
}

void
session_run(struct wire *w, enum tls_mode mode, int refuse)
{
	struct session s = { .w = w,
		.mode = mode,
		.number = wire_number(w),
		.close_after = -1 };

	if (mode == TLS_IMPLICIT)
		start_tls(&s);
	if (!wire_ended(w))
		greeting(&s, refuse);
	while (!wire_ended(w)) {
		if (s.in_data)
			mail_read_data(&s);
		else
			one_line(&s);
	}
	mail_clear(&s);
	end_auth(&s);
	free(s.helo);
	free(s.user);
	buf_free(&s.reply);
}
