/*
 * A session with the smarthost up to the first MAIL: connect, TLS, greeting,
 * EHLO, AUTH.  Whatever fails here is the site's: the verdict only defers.
 *
 * Mail goes out only after TLS where TLS is configured: there is no way back
 * to clear text in this file.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/smtp_private.h"
#include "queue/tls.h"
#include "queue/trace.h"

/* RFC 5321, 4.5.3.2; the others have no limit there. */
#define GREETING_LIMIT 300000
#define COMMAND_LIMIT 300000
#define HANDSHAKE_LIMIT 60000
#define CONNECT_LIMIT 30000
#define QUIT_LIMIT 2000

int64_t
smtp_limit(const struct smtp *s, int64_t rfc)
{
	return s->p->timeout > 0 ? s->p->timeout : rfc;
}

void
smtp_failed(struct smtp *s, const struct error *e, struct verdict *v)
{
	s->broken = e->number == 0 || e->number == ECONNRESET ||
	    e->number == EPIPE;
	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0,
	    e->number == ETIMEDOUT ? "4.4.2" : "4.4.1", "%.300s: %s",
	    s->relay, e->text);
}

int
smtp_read(struct smtp *s, int64_t deadline, uint64_t *sent,
    struct verdict *v)
{
	const char *line;
	struct error e;
	uint64_t later;
	size_t len;
	int rc;

	reply_reset(&s->reply);
	for (;;) {
		rc = stream_getline(s->stream, deadline, &line, &len, sent,
		    &e);
		sent = &later;
		if (rc == 0)
			error_set(&e, "the server closed the connection");
		if (rc <= 0) {
			smtp_failed(s, &e, v);
			return -1;
		}
		if ((rc = reply_line(&s->reply, line, len)) > 0)
			return 0;
		if (rc < 0) {
			verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0,
			    "4.5.0", "%.300s: not an SMTP reply: %.*s",
			    s->relay, len < 100 ? (int)len : 100, line);
			return -1;
		}
	}
}

/* The reply to a command of the opening, as smtp_command() gives it. */
static int
expect(struct smtp *s, int class, enum verdict_phase phase, int64_t limit,
    struct verdict *v)
{
	uint64_t sent, written = stream_written(s->stream);

	if (smtp_read(s, clock_now() + smtp_limit(s, limit), &sent, v) != 0)
		return SMTP_FAILED;
	if (sent < written) {
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.5.0",
		    "%.300s: the server replied before it was asked",
		    s->relay);
		return SMTP_FAILED;
	}
	if (s->reply.code / 100 == class)
		return 0;
	verdict_judge(v, phase, &s->reply);
	return SMTP_REFUSED;
}

int
smtp_command(struct smtp *s, const char *line, int class,
    enum verdict_phase phase, struct verdict *v)
{
	struct error e;

	if (stream_printf(s->stream, &e, "%s\r\n", line) != 0 ||
	    stream_flush(s->stream, clock_now() +
	    smtp_limit(s, COMMAND_LIMIT), &e) != 0) {
		smtp_failed(s, &e, v);
		return SMTP_FAILED;
	}
	return expect(s, class, phase, COMMAND_LIMIT, v);
}

static void
begin(const struct smtp *s, const char *step)
{
	trace(s->p->to.trace, TRACE_BEGIN, step, "");
}

/* Who watches hears how a step ended. */
static void
tell(const struct smtp *s, const char *step, const char *text)
{
	trace(s->p->to.trace, TRACE_DONE, step, text);
}

static void
tell_tls(const struct smtp *s)
{
	struct buffer text = BUFFER_INIT;
	char *session;

	if (s->p->to.trace == NULL)
		return;
	session = tls_describe(stream_tls(s->stream));
	buffer_addf(&text, "%s\n", session != NULL ? session : "");
	tls_describe_peer(stream_tls(s->stream), &text);
	tell(s, "TLS", buffer_string(&text));
	buffer_free(&text);
	free(session);
}

/* Before anything is sent there: what may the server be? */
static int
ask_dane(struct smtp *s, struct verdict *v)
{
	struct error e;
	char text[64];
	int n;

	if (!s->p->dane)
		return 0;
	begin(s, "DANE");
	n = tls_dane(s->p->trust, s->p->to.host, s->p->to.port, &e);
	if (n < 0) {
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.7.5",
		    "%s", e.text);
		return -1;
	}
	snprintf(text, sizeof(text), "%d TLSA record%s", n,
	    n == 1 ? "" : "s");
	tell(s, "DANE", text);
	return 0;
}

static int
secure(struct smtp *s, struct verdict *v)
{
	struct error e;
	struct tls *t;

	begin(s, "TLS");
	t = tls_new(s->p->trust, stream_fd(s->stream), s->p->tls_name,
	    s->p->ticket, &e);
	if (t == NULL)
		goto fail;
	if (stream_handshake(s->stream, t, clock_now() +
	    smtp_limit(s, HANDSHAKE_LIMIT), &e) != 0) {
		tls_free(t);
		goto fail;
	}
	if (stream_secure(s->stream, t, &e) == 0) {
		tell_tls(s);
		return 0;
	}
fail:
	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.7.5",
	    "%.300s: %s", s->relay, e.text);
	return -1;
}

/* One line of the answer to EHLO. */
static void
take_offer(struct smtp_offers *o, const char *line)
{
	static const struct {
		const char *keyword;
		size_t offset;
	} flags[] = {
		{ "PIPELINING", offsetof(struct smtp_offers, pipelining) },
		{ "CHUNKING", offsetof(struct smtp_offers, chunking) },
		{ "STARTTLS", offsetof(struct smtp_offers, starttls) },
		{ "8BITMIME", offsetof(struct smtp_offers, eightbit) },
		{ "SMTPUTF8", offsetof(struct smtp_offers, smtputf8) },
		{ "DSN", offsetof(struct smtp_offers, dsn) },
		{ "SIZE", offsetof(struct smtp_offers, has_size) },
		{ "REQUIRETLS", offsetof(struct smtp_offers, requiretls) },
	};
	size_t len = strcspn(line, " =\n"), i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strlen(flags[i].keyword) == len &&
		    strncasecmp(flags[i].keyword, line, len) == 0)
			*(int *)(void *)((char *)o + flags[i].offset) = 1;
	/* A number in the next line is not one of this. */
	if (len == 4 && strncasecmp(line, "SIZE", 4) == 0 &&
	    line[4] == ' ' && strspn(line + 5, "0123456789") > 0)
		o->size = strtoull(line + 5, NULL, 10);
	/* "AUTH=" is an old form that some servers send beside the other. */
	if (len == 4 && strncasecmp(line, "AUTH", 4) == 0 &&
	    line[4] != '\0' && line[4] != '\n') {
		buffer_addc(&o->auth, ' ');
		buffer_add(&o->auth, line + 5, strcspn(line + 5, "\n"));
	}
}

/* Forget what was offered and ask anew. */
static int
hello(struct smtp *s, struct verdict *v)
{
	struct buffer line = BUFFER_INIT;
	const char *name = s->p->helo, *p;
	char literal[80];
	int rc;

	buffer_free(&s->offers.auth);
	memset(&s->offers, 0, sizeof(s->offers));
	connect_literal(stream_fd(s->stream), literal, sizeof(literal));
	begin(s, "EHLO");
	buffer_addf(&line, "EHLO %s", *name != '\0' ? name : literal);
	rc = smtp_command(s, buffer_string(&line), 2, VERDICT_EHLO, v);
	/* Old servers know HELO only; they have neither TLS nor AUTH. */
	if (rc == SMTP_REFUSED && s->reply.code / 100 == 5 &&
	    s->p->tls != SMTP_TLS_STARTTLS && !s->p->login) {
		memcpy(line.data, "HELO", 4);
		rc = smtp_command(s, buffer_string(&line), 2, VERDICT_EHLO, v);
		reply_reset(&s->reply);
	}
	buffer_free(&line);
	if (rc != 0)
		return -1;
	for (p = strchr(buffer_string(&s->reply.text), '\n'); p != NULL;
	    p = strchr(p, '\n'))
		take_offer(&s->offers, ++p);
	if (s->p->classic)
		s->offers.pipelining = s->offers.chunking = 0;
	tell(s, "EHLO", buffer_string(&s->reply.text));
	return 0;
}

static int
start_tls(struct smtp *s, struct verdict *v)
{
	begin(s, "STARTTLS");
	if (!s->offers.starttls) {
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.7.4",
		    "%.300s: STARTTLS is not offered, and nothing is sent in "
		    "the clear", s->relay);
		return -1;
	}
	if (smtp_command(s, "STARTTLS", 2, VERDICT_STARTTLS, v) != 0)
		return -1;
	tell(s, "STARTTLS", buffer_string(&s->reply.text));
	if (secure(s, v) != 0)
		return -1;
	return hello(s, v);
}

static int
log_in(struct smtp *s, struct verdict *v)
{
	size_t before = s->description.len;

	begin(s, "AUTH");
	if (smtp_log_in(s, v) != 0)
		return -1;
	tell(s, "AUTH", buffer_string(&s->description) + before + 2);
	return 0;
}

static int
converse(struct smtp *s, struct verdict *v)
{
	char *tls;

	if (s->p->tls == SMTP_TLS_IMPLICIT && secure(s, v) != 0)
		return -1;
	s->elsewhere = 1;
	begin(s, "greeting");
	if (expect(s, 2, VERDICT_GREETING, GREETING_LIMIT, v) != 0)
		return -1;
	tell(s, "greeting", buffer_string(&s->reply.text));
	if (hello(s, v) != 0)
		return -1;
	s->elsewhere = 0;
	if (s->p->tls == SMTP_TLS_STARTTLS && start_tls(s, v) != 0)
		return -1;
	buffer_addf(&s->description, "relay=%s", s->relay);
	if (stream_tls(s->stream) != NULL &&
	    (tls = tls_describe(stream_tls(s->stream))) != NULL) {
		buffer_addf(&s->description, ", tls=%s", tls);
		free(tls);
	}
	return s->p->login ? log_in(s, v) : 0;
}

int
smtp_probe(struct smtp *s, const char *sender, struct verdict *v)
{
	struct buffer line = BUFFER_INIT;
	int rc;

	begin(s, "MAIL FROM");
	buffer_addf(&line, "MAIL FROM:<%s>", sender);
	rc = smtp_command(s, buffer_string(&line), 2, VERDICT_MAIL, v);
	if (rc == 0) {
		buffer_addf(&line, ": %d %s", s->reply.code,
		    buffer_string(&s->reply.text));
		tell(s, "MAIL FROM", buffer_string(&line) + 10);
		begin(s, "RSET");
		rc = smtp_command(s, "RSET", 2, VERDICT_MAIL, v);
	}
	if (rc == 0)
		tell(s, "RSET", buffer_string(&s->reply.text));
	buffer_free(&line);
	return rc == 0 ? 0 : -1;
}

/* With QUIT, and a short wait for its reply. */
static void
quit(struct smtp *s)
{
	int64_t deadline = clock_now() + QUIT_LIMIT;
	struct verdict ignored;
	struct error e;
	uint64_t sent;

	/* What the server says changes nothing, but closing before it answers
	 * looks like an accident to it. */
	if (stream_printf(s->stream, &e, "QUIT\r\n") == 0 &&
	    stream_flush(s->stream, deadline, &e) == 0 &&
	    smtp_read(s, deadline, &sent, &ignored) == 0)
		stream_bye(s->stream);
}

/* A session with an address that is left.  0; -1 and v; with s->elsewhere the
 * next address may do better. */
static int
open_at(struct smtp *s, struct connect *where, struct verdict *v)
{
	struct error e;
	int fd;

	s->elsewhere = 0;
	error_memory(&e);
	if ((fd = connect_next(where, s->relay, &e)) < 0 ||
	    (s->stream = stream_new(fd, &e)) == NULL) {
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.4.1",
		    "%s", e.text);
		return -1;
	}
	stream_on_wait(s->stream, s->p->waiting, s->p->arg);
	if (converse(s, v) == 0)
		return 0;
	if (v->code != 0)
		quit(s);
	stream_free(s->stream);
	s->stream = NULL;
	return -1;
}

struct smtp *
smtp_open(const struct smtp_params *p, struct verdict *v)
{
	struct connect_params to = p->to;
	struct connect *where;
	struct error e;
	struct smtp *s;
	int rc = -1;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.3.0",
		    "out of memory");
		return NULL;
	}
	s->p = p;
	to.timeout = smtp_limit(s, CONNECT_LIMIT);
	if (ask_dane(s, v) != 0) {
		smtp_close(s, 0);
		return NULL;
	}
	if ((where = connect_start(&to, NULL, &e)) == NULL)
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.4.1",
		    "%s", e.text);
	else
		while ((rc = open_at(s, where, v)) != 0 && s->elsewhere &&
		    connect_is_left(where))
			trace(p->to.trace, TRACE_FAILED, "greeting", v->text);
	connect_end(where);
	if (rc == 0)
		return s;
	smtp_close(s, 0);
	return NULL;
}

const char *
smtp_relay(const struct smtp *s)
{
	return s->relay;
}

int
smtp_takes_utf8(const struct smtp *s)
{
	return s->offers.smtputf8;
}

const char *
smtp_describe(const struct smtp *s)
{
	return buffer_string(&s->description);
}

void
smtp_ticket(const struct smtp *s, struct buffer *out)
{
	if (stream_tls(s->stream) != NULL)
		tls_save(stream_tls(s->stream), out);
	else
		buffer_wipe(out);
}

int
smtp_fd(const struct smtp *s)
{
	return stream_fd(s->stream);
}

void
smtp_close(struct smtp *s, int polite)
{
	if (s == NULL)
		return;
	if (polite && s->stream != NULL && !s->torn)
		quit(s);
	stream_free(s->stream);
	buffer_free(&s->offers.auth);
	buffer_free(&s->description);
	reply_free(&s->reply);
	free(s->owed);
	free(s);
}
