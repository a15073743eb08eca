/*
 * Reports: see bounce.h.  What the smarthost said and what the addresses hold
 * is outside text: it goes in by bounce_text.h.
 */
#include <config.h>

#include "queue/bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "queue/bounce_text.h"
#include "queue/error.h"
#include "queue/utf8.h"

#define BLOCK 65536
#define HEADER_MAX 65536	/* bytes of the original that are returned */
#define TO_MAX 50		/* addresses that are named in To: */
#define FULL_MAX (1024 * 1024)	/* RET=FULL is honoured up to this size */

int
bounce_is_wanted(const struct envelope_rcpt *r, enum bounce_kind kind)
{
	static const char *const words[] = { "failure", "delay", "success",
		"success" };

	if (r->notify == NULL)
		return kind == BOUNCE_FAILED || kind == BOUNCE_DELAYED;
	return strcasestr(r->notify, words[kind]) != NULL;
}

/* The report under way. */
struct report {
	const struct bounce *b;
	const char *id;
	int full;	/* all of the original is returned */
	int global;	/* in the form of RFC 6533: it is UTF-8 */
	int words;	/* an address that is named in words is UTF-8 */
	struct buffer out;
};

#define EIGHT_BIT "Content-Transfer-Encoding: 8bit\r\n"

/* 1: what is returned of the original holds 8-bit bytes. */
static int
is_8bit(const struct report *r)
{
	const struct envelope_facts *f = &r->b->message->env.facts;

	return f->header_8bit || (r->full && f->body_8bit);
}

static void
add_header(struct buffer *out, const struct bounce *b, const char *id)
{
	static const char *const subjects[] = {
		"Undelivered Mail Returned to Sender",
		"Delayed Mail (still being retried)",
		"Mail Was Passed On (no further report)",
		"Mail Was Delivered",
		"Undelivered Mail (summary)" };
	size_t i;

	bounce_text_date(out, "Date: ", b->now);
	buffer_adds(out, "From: Mail Delivery System <");
	bounce_text_add(out, b->from, bounce_text_is_utf8(b->from));
	buffer_adds(out, ">\r\n");
	for (i = 0; i < b->nto && i < TO_MAX; i++) {
		buffer_adds(out, i == 0 ? "To: " : ",\r\n\t");
		bounce_text_add(out, b->to[i], bounce_text_is_utf8(b->to[i]));
	}
	buffer_addf(out, "\r\nSubject: %s\r\n", subjects[b->kind]);
	buffer_addf(out, "Message-ID: <%s@", id);
	bounce_text_add(out, b->domain, 0);
	buffer_adds(out, ">\r\nAuto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n");
}

static void
add_multipart(struct report *r)
{
	buffer_addf(&r->out, "Content-Type: multipart/report; "
	    "report-type=%sdelivery-status;\r\n\tboundary=\"=_%s\"\r\n%s\r\n"
	    "This is a MIME-encapsulated message.\r\n",
	    r->global ? "global-" : "", r->id,
	    is_8bit(r) || r->words || r->global ? EIGHT_BIT : "");
}

static void
add_part(struct report *r, const char *type, int eight_bit)
{
	buffer_addf(&r->out, "\r\n--=_%s\r\nContent-Type: %s\r\n%s\r\n", r->id,
	    type, eight_bit ? EIGHT_BIT : "");
}

/* 1: the original must not be seen on the way, and the way is open. */
static int
is_redacted(const struct bounce *b)
{
	return b->clear && b->message->env.require_tls;
}

static void
add_words(struct report *r)
{
	const struct bounce *b = r->b;
	const struct envelope *env = &b->message->env;
	struct buffer *out = &r->out;
	size_t i;

	buffer_adds(out, "This is the mail system at ");
	bounce_text_add(out, b->host, 0);
	buffer_adds(out, ".\r\n\r\n");
	if (b->kind == BOUNCE_RELAYED) {
		buffer_adds(out, "The mail system of the next hop has your "
		    "message.  It makes no reports of\r\nsuccess: this one is "
		    "the last.\r\n");
	} else if (b->kind == BOUNCE_DELIVERED) {
		buffer_adds(out, "Your message was delivered.\r\n");
	} else if (b->kind == BOUNCE_FAILED) {
		buffer_adds(out, "Your message could not be delivered to one "
		    "or more recipients.\r\n");
		if (!is_redacted(b))
			buffer_adds(out, "Its beginning is attached below."
			    "\r\n");
	} else {
		buffer_adds(out, "Your message could not be delivered yet.  "
		    "You need not send it again:\r\nit will be tried until ");
		bounce_text_date(out, "", b->until);
	}
	for (i = 0; i < env->nrcpts; i++) {
		if (b->verdicts[i] == NULL)
			continue;
		buffer_adds(out, "\r\n<");
		bounce_text_add(out, env->rcpts[i].address, r->words);
		buffer_adds(out, ">: ");
		bounce_text_add(out, b->verdicts[i]->text, r->global);
		buffer_adds(out, "\r\n");
	}
}

static void
add_recipient(struct report *r, size_t i)
{
	static const char *const actions[] = { "failed", "delayed",
		"relayed", "delivered" };
	const struct bounce *b = r->b;
	const struct envelope_rcpt *rcpt = &b->message->env.rcpts[i];
	const struct verdict *v = b->verdicts[i];
	struct buffer *out = &r->out;

	buffer_adds(out, "\r\n");
	if (rcpt->orcpt != NULL)
		bounce_text_original(out, "Original-Recipient: ",
		    rcpt->orcpt, r->global);
	bounce_text_address(out, "Final-Recipient: ", rcpt->address,
	    r->global);
	buffer_addf(out, "Action: %s\r\n", actions[b->kind]);
	bounce_text_field(out, "Status: ", v->status, 0);
	bounce_text_field(out, v->code != 0 ? "Diagnostic-Code: smtp; " :
	    "Diagnostic-Code: X-Outbox; ", v->text, r->global);
	bounce_text_date(out, "Last-Attempt-Date: ", b->now);
	if (b->kind == BOUNCE_DELAYED)
		bounce_text_date(out, "Will-Retry-Until: ", b->until);
}

static void
add_status(struct report *r)
{
	const struct bounce *b = r->b;
	const struct envelope *env = &b->message->env;
	struct buffer *out = &r->out;
	size_t i;

	bounce_text_field(out, "Reporting-MTA: dns; ", b->host, 0);
	if (env->envid != NULL)
		bounce_text_original(out, "Original-Envelope-Id: ",
		    env->envid, 0);
	bounce_text_field(out, "X-Outbox-Queue-ID: ", b->message->id, 0);
	bounce_text_address(out, "X-Outbox-Sender: ", env->sender, r->global);
	bounce_text_date(out, "Arrival-Date: ", env->arrival);
	for (i = 0; i < env->nrcpts; i++)
		if (b->verdicts[i] != NULL)
			add_recipient(r, i);
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

/* 1: the part before the @ is UTF-8: the message needed SMTPUTF8. */
static int
is_beyond(const char *address)
{
	const char *at = strrchr(address, '@'), *p;

	if (!bounce_text_is_utf8(address))
		return 0;
	for (p = address; *p != '\0' && (at == NULL || p < at); p++)
		if ((unsigned char)*p > 0x7f)
			return 1;
	return 0;
}

/* 1: the header of the original, as far as it is returned, is UTF-8. */
static int
has_utf8_header(const struct bounce *b)
{
	const struct envelope *env = &b->message->env;
	char *head;
	ssize_t len;
	size_t n, i;

	if (!env->facts.header_8bit || (head = malloc(HEADER_MAX + 1)) == NULL)
		return 0;
	len = pread(b->message->fd, head, env->message < HEADER_MAX ?
	    (size_t)env->message : HEADER_MAX, (off_t)env->head);
	len = len > 0 ? (ssize_t)header_length(head, (size_t)len) : 0;
	head[len] = '\0';
	for (i = 0; i < (size_t)len; i += n)
		if (head[i] == '\0' || (n = utf8_length(head + i)) == 0)
			break;
	free(head);
	return i == (size_t)len;
}

/* The form that the addresses and the smarthost call for. */
static void
choose_form(struct report *r)
{
	const struct bounce *b = r->b;
	const struct envelope *env = &b->message->env;
	int beyond = is_beyond(env->sender);
	size_t i;

	/* With REQUIRETLS never: RFC 8689, 5. */
	r->full = env->ret != NULL && strcasecmp(env->ret, "full") == 0 &&
	    !env->require_tls && env->message <= FULL_MAX &&
	    b->kind == BOUNCE_FAILED;
	for (i = 0; i < env->nrcpts; i++)
		if (b->verdicts[i] != NULL) {
			beyond |= is_beyond(env->rcpts[i].address);
			r->words |= bounce_text_is_utf8(
			    env->rcpts[i].address);
		}
	r->global = beyond && b->utf8;
	r->words |= r->global;
}

/* The type of the part with the original. */
static const char *
original_type(const struct report *r)
{
	if (r->global && has_utf8_header(r->b))
		return r->full ? "message/global" : "message/global-headers";
	return r->full ? "message/rfc822" : "text/rfc822-headers";
}

static int
flush(struct report *r, struct spool_draft *d, struct error *e)
{
	int rc = r->out.failed ? error_memory(e) :
	    spool_write(d, r->out.data, r->out.len, e);

	buffer_reset(&r->out);
	return rc;
}

static int
write_report(struct report *r, struct spool_draft *d, struct error *e)
{
	int rc;

	add_header(&r->out, r->b, r->id);
	add_multipart(r);
	add_part(r, r->words ? "text/plain; charset=utf-8" :
	    "text/plain; charset=us-ascii", r->words);
	add_words(r);
	add_part(r, r->global ? "message/global-delivery-status" :
	    "message/delivery-status", r->global);
	add_status(r);
	if (!is_redacted(r->b))
		add_part(r, original_type(r), is_8bit(r));
	rc = flush(r, d, e);
	if (rc == 0 && !is_redacted(r->b))
		rc = copy_original(d, r->b, r->full, e);
	buffer_addf(&r->out, "\r\n--=_%s--\r\n", r->id);
	return rc == 0 ? flush(r, d, e) : rc;
}

void
bounce_add_line(struct buffer *out, const struct spool_message *m, size_t i,
    const struct verdict *v)
{
	struct buffer line = BUFFER_INIT;

	buffer_addf(&line, "%s: from <%.200s> to <%.200s>: %.300s", m->id,
	    m->env.sender, m->env.rcpts[i].address, v->text);
	out->failed |= line.failed;
	bounce_text_add(out, buffer_string(&line), 0);
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
	bounce_text_add(&out, b->host, 0);
	buffer_addf(&out, ".\r\n\r\n%u messages could not be delivered, and "
	    "their senders were not told,\r\nsince there were too many "
	    "reports.  The messages are kept in failed/ in the\r\nqueue.  "
	    "Among them are:\r\n\r\n", b->count);
	buffer_add(&out, b->summary->data, b->summary->len);
	rc = out.failed || b->summary->failed ?
	    error_memory(e) :
	    spool_write(d, out.data, out.len, e);
	buffer_free(&out);
	return rc;
}

/* The recipients of a report; beyond: one of them is not ASCII.  -1: no
 * memory. */
static int
address_to(const struct bounce *b, struct envelope *env, int *beyond)
{
	size_t i;

	if ((env->rcpts = calloc(b->nto, sizeof(*env->rcpts))) == NULL)
		return -1;
	env->nrcpts = b->nto;
	for (i = 0; i < b->nto; i++) {
		env->rcpts[i].address = b->to[i];
		env->rcpts[i].mark = ENVELOPE_TODO;
		*beyond |= bounce_text_is_utf8(b->to[i]);
	}
	return 0;
}

int
bounce_queue(struct spool *s, const struct bounce *b, char id[SPOOL_ID + 1],
    struct error *e)
{
	struct envelope env = { .arrival = b->now, .uid = getuid(),
		.sender = "" };
	struct envelope_facts facts = { .longest = 0 };
	struct report r = { .b = b, .out = BUFFER_INIT };
	struct spool_draft *d;
	int rc, beyond = 0;

	if (address_to(b, &env, &beyond) != 0)
		return error_memory(e);
	if (b->message != NULL) {
		facts = b->message->env.facts;
		env.require_tls = b->message->env.require_tls;
		choose_form(&r);
	}
	/* The original is part of the body now. */
	facts.body_8bit |= facts.header_8bit | r.words;
	facts.header_8bit = beyond || bounce_text_is_utf8(b->from);
	if (facts.longest < 998)
		facts.longest = 998;
	d = spool_begin(s, &env, e);
	free(env.rcpts);
	if (d == NULL)
		return -1;
	r.id = spool_draft_id(d);
	rc = b->kind == BOUNCE_SUMMARY ? write_summary(d, b, e) :
	    write_report(&r, d, e);
	buffer_free(&r.out);
	if (rc != 0) {
		spool_abort(d);
		return -1;
	}
	memcpy(id, spool_draft_id(d), SPOOL_ID + 1);
	return spool_commit(d, &facts, e);
}
