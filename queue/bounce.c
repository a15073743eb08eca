/*
 * Reports: see bounce.h.  What the smarthost said and what the addresses hold
 * is outside text: it goes in as one printable 7-bit line.
 */
#include <config.h>

#include "queue/bounce.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "queue/error.h"

#define BLOCK 65536
#define HEADER_MAX 65536	/* bytes of the original that are returned */
#define TEXT_MAX 900		/* of outside text in a line: it may have 998 */
#define FULL_MAX (1024 * 1024)	/* RET=FULL is honoured up to this size */

int
bounce_is_wanted(const struct envelope_rcpt *r, enum bounce_kind kind)
{
	static const char *const words[] = { "failure", "delay", "success" };

	if (r->notify == NULL)
		return kind != BOUNCE_RELAYED;
	return strcasestr(r->notify, words[kind]) != NULL;
}

/* Outside text as one line of printable ASCII that SMTP can carry. */
static void
add_text(struct buffer *out, const char *text)
{
	size_t n;

	for (n = 0; *text != '\0' && n < TEXT_MAX; text++, n++)
		buffer_addc(out, *text >= ' ' && *text <= '~' ? *text : '?');
	if (*text != '\0')
		buffer_adds(out, "...");
}

static void
add_field(struct buffer *out, const char *name, const char *text)
{
	buffer_adds(out, name);
	add_text(out, text);
	buffer_adds(out, "\r\n");
}

/* The same from xtext (RFC 3461, 4): a report shows what was meant. */
static void
add_xtext(struct buffer *out, const char *name, const char *text)
{
	struct buffer plain = BUFFER_INIT;
	unsigned byte;

	for (; *text != '\0'; text++) {
		if (*text == '+' && isxdigit((unsigned char)text[1]) &&
		    sscanf(text + 1, "%2x", &byte) == 1 && text[2] != '\0' &&
		    byte != 0) {
			buffer_addc(&plain, (char)byte);
			text += 2;
		} else
			buffer_addc(&plain, *text);
	}
	out->failed |= plain.failed;
	add_field(out, name, buffer_string(&plain));
	buffer_free(&plain);
}

/* RFC 5322 date in UTC. */
static void
add_date(struct buffer *out, const char *name, time_t when)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed",
		"Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		return;
	buffer_addf(out, "%s%s, %d %s %d %02d:%02d:%02d +0000\r\n", name,
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* 1: what is returned of the original holds 8-bit bytes. */
static int
is_8bit(const struct bounce *b, int full)
{
	const struct envelope_facts *f = &b->message->env.facts;

	return f->header_8bit || (full && f->body_8bit);
}

#define EIGHT_BIT "Content-Transfer-Encoding: 8bit\r\n"

static void
add_header(struct buffer *out, const struct bounce *b, const char *id)
{
	static const char *const subjects[] = {
		"Undelivered Mail Returned to Sender",
		"Delayed Mail (still being retried)",
		"Mail Was Passed On (no further report)",
		"Undelivered Mail (summary)" };

	add_date(out, "Date: ", b->now);
	buffer_adds(out, "From: Mail Delivery System <");
	add_text(out, b->from);
	buffer_adds(out, ">\r\n");
	add_field(out, "To: ", b->to);
	buffer_addf(out, "Subject: %s\r\n", subjects[b->kind]);
	buffer_addf(out, "Message-ID: <%s@", id);
	add_text(out, b->domain);
	buffer_adds(out, ">\r\nAuto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n");
}

static void
add_multipart(struct buffer *out, const char *id, int eight_bit)
{
	buffer_addf(out, "Content-Type: multipart/report; "
	    "report-type=delivery-status;\r\n\tboundary=\"=_%s\"\r\n%s\r\n"
	    "This is a MIME-encapsulated message.\r\n", id,
	    eight_bit ? EIGHT_BIT : "");
}

static void
add_part(struct buffer *out, const char *id, const char *type, int eight_bit)
{
	buffer_addf(out, "\r\n--=_%s\r\nContent-Type: %s\r\n%s\r\n", id, type,
	    eight_bit ? EIGHT_BIT : "");
}

/* 1: the original must not be seen on the way, and the way is open. */
static int
is_redacted(const struct bounce *b)
{
	return b->clear && b->message->env.require_tls;
}

static void
add_words(struct buffer *out, const struct bounce *b)
{
	const struct envelope *env = &b->message->env;
	size_t i;

	buffer_adds(out, "This is the mail system at ");
	add_text(out, b->host);
	buffer_adds(out, ".\r\n\r\n");
	if (b->kind == BOUNCE_RELAYED) {
		buffer_adds(out, "The mail system of the next hop has your "
		    "message.  It makes no reports of\r\nsuccess: this one is "
		    "the last.\r\n");
	} else if (b->kind == BOUNCE_FAILED) {
		buffer_adds(out, "Your message could not be delivered to one "
		    "or more recipients.\r\n");
		if (!is_redacted(b))
			buffer_adds(out, "Its beginning is attached below."
			    "\r\n");
	} else {
		buffer_adds(out, "Your message could not be delivered yet.  "
		    "You need not send it again:\r\nit will be tried until ");
		add_date(out, "", b->until);
	}
	for (i = 0; i < env->nrcpts; i++) {
		if (b->verdicts[i] == NULL)
			continue;
		buffer_adds(out, "\r\n<");
		add_text(out, env->rcpts[i].address);
		buffer_adds(out, ">: ");
		add_text(out, b->verdicts[i]->text);
		buffer_adds(out, "\r\n");
	}
}

static void
add_recipient(struct buffer *out, const struct bounce *b, size_t i)
{
	static const char *const actions[] = { "failed", "delayed",
		"relayed" };
	const struct envelope_rcpt *r = &b->message->env.rcpts[i];
	const struct verdict *v = b->verdicts[i];

	buffer_adds(out, "\r\n");
	if (r->orcpt != NULL)
		add_xtext(out, "Original-Recipient: ", r->orcpt);
	add_field(out, "Final-Recipient: rfc822; ", r->address);
	buffer_addf(out, "Action: %s\r\n", actions[b->kind]);
	add_field(out, "Status: ", v->status);
	add_field(out, v->code != 0 ? "Diagnostic-Code: smtp; " :
	    "Diagnostic-Code: X-Outbox; ", v->text);
	add_date(out, "Last-Attempt-Date: ", b->now);
	if (b->kind == BOUNCE_DELAYED)
		add_date(out, "Will-Retry-Until: ", b->until);
}

static void
add_status(struct buffer *out, const struct bounce *b)
{
	const struct envelope *env = &b->message->env;
	size_t i;

	add_field(out, "Reporting-MTA: dns; ", b->host);
	if (env->envid != NULL)
		add_xtext(out, "Original-Envelope-Id: ", env->envid);
	add_field(out, "X-Outbox-Queue-ID: ", b->message->id);
	add_field(out, "X-Outbox-Sender: rfc822; ", env->sender);
	add_date(out, "Arrival-Date: ", env->arrival);
	for (i = 0; i < env->nrcpts; i++)
		if (b->verdicts[i] != NULL)
			add_recipient(out, b, i);
}

/* Bytes of the header, or of those of its lines that are in len bytes. */
static size_t
header_length(const char *data, size_t len)
{
	const char *end;

	if (len >= 2 && memcmp(data, "\r\n", 2) == 0)
		return 0;
	if ((end = memmem(data, len, "\r\n\r\n", 4)) != NULL)
		return (size_t)(end - data) + 2;
	return (end = memrchr(data, '\n', len)) != NULL ?
	    (size_t)(end - data) + 1 : 0;
}

static int
copy_original(struct spool_draft *d, const struct bounce *b, int full,
    struct error *e)
{
	const struct envelope *env = &b->message->env;
	uint64_t left = env->message, done = 0;
	char *block;
	ssize_t n;
	int rc = 0;

	if ((block = malloc(BLOCK)) == NULL)
		return error_sys(e, "cannot report");
	if (!full && left > HEADER_MAX)
		left = HEADER_MAX;
	while (left > 0 && rc == 0) {
		n = pread(b->message->fd, block, left < BLOCK ? (size_t)left :
		    BLOCK, (off_t)(env->head + done));
		if (n <= 0)
			break;	/* the report matters more than this part */
		if (!full)
			left = header_length(block, (size_t)n);
		rc = spool_write(d, block, full ? (size_t)n : (size_t)left, e);
		left = full ? left - (uint64_t)n : 0;
		done += (uint64_t)n;
	}
	free(block);
	return rc;
}

static int
write_report(struct spool_draft *d, const struct bounce *b, struct error *e)
{
	const struct envelope *env = &b->message->env;
	const char *id = spool_draft_id(d);
	struct buffer out = BUFFER_INIT;
	int full, rc;

	/* With REQUIRETLS never: RFC 8689, 5.  Only a summary is about no message.
	 * NOLINTNEXTLINE(*NullDeref*) */
	full = env->ret != NULL && strcasecmp(env->ret, "full") == 0 &&
	    !env->require_tls && env->message <= FULL_MAX &&
	    b->kind == BOUNCE_FAILED;
	add_header(&out, b, id);
	add_multipart(&out, id, is_8bit(b, full));
	add_part(&out, id, "text/plain; charset=us-ascii", 0);
	add_words(&out, b);
	add_part(&out, id, "message/delivery-status", 0);
	add_status(&out, b);
	if (!is_redacted(b))
		add_part(&out, id, full ? "message/rfc822" :
		    "text/rfc822-headers", is_8bit(b, full));
	rc = out.failed ? error_set(e, "out of memory") :
	    spool_write(d, out.data, out.len, e);
	if (rc == 0 && !is_redacted(b))
		rc = copy_original(d, b, full, e);
	buffer_reset(&out);
	buffer_addf(&out, "\r\n--=_%s--\r\n", id);
	if (rc == 0)
		rc = out.failed ? error_set(e, "out of memory") :
		    spool_write(d, out.data, out.len, e);
	buffer_free(&out);
	return rc;
}

void
bounce_add_line(struct buffer *out, const struct spool_message *m, size_t i,
    const struct verdict *v)
{
	struct buffer line = BUFFER_INIT;

	buffer_addf(&line, "%s: from <%.200s> to <%.200s>: %.300s", m->id,
	    m->env.sender, m->env.rcpts[i].address, v->text);
	out->failed |= line.failed;
	add_text(out, buffer_string(&line));
	buffer_adds(out, "\r\n");
	buffer_free(&line);
}

static int
write_summary(struct spool_draft *d, const struct bounce *b, struct error *e)
{
	struct buffer out = BUFFER_INIT;
	int rc;

	add_header(&out, b, spool_draft_id(d));
	buffer_adds(&out, "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
	    "This is the mail system at ");
	add_text(&out, b->host);
	buffer_addf(&out, ".\r\n\r\n%u messages could not be delivered, and "
	    "their senders were not told,\r\nsince there were too many "
	    "reports.  The messages are kept in failed/ in the\r\nqueue.  "
	    "Among them are:\r\n\r\n", b->count);
	buffer_add(&out, b->summary->data, b->summary->len);
	rc = out.failed || b->summary->failed ?
	    error_set(e, "out of memory") :
	    spool_write(d, out.data, out.len, e);
	buffer_free(&out);
	return rc;
}

int
bounce_queue(struct spool *s, const struct bounce *b, char id[SPOOL_ID + 1],
    struct error *e)
{
	struct envelope_rcpt rcpt = { .address = b->to,
		.mark = ENVELOPE_TODO };
	struct envelope env = { .arrival = b->now, .uid = getuid(),
		.sender = "", .rcpts = &rcpt, .nrcpts = 1 };
	struct envelope_facts facts = { .longest = 0 };
	struct spool_draft *d;

	if (b->message != NULL) {
		facts = b->message->env.facts;
		env.require_tls = b->message->env.require_tls;
	}
	/* The original is part of the body now. */
	facts.body_8bit |= facts.header_8bit;
	facts.header_8bit = 0;
	if (facts.longest < 998)
		facts.longest = 998;
	if ((d = spool_begin(s, &env, e)) == NULL)
		return -1;
	if ((b->kind == BOUNCE_SUMMARY ? write_summary(d, b, e) :
	    write_report(d, b, e)) != 0) {
		spool_abort(d);
		return -1;
	}
	memcpy(id, spool_draft_id(d), SPOOL_ID + 1);
	return spool_commit(d, &facts, e);
}
