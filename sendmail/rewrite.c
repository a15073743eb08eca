/*
 * Header rules: see rewrite.h.  RFC 5322, 3.6; RFC 6409, 8.
 */
#include <config.h>

#include "sendmail/rewrite.h"

#include <string.h>
#include <strings.h>

#include "config/settings.h"
#include "config/value.h"
#include "queue/address.h"
#include "sendmail/forced.h"
#include "sendmail/phrase.h"
#include "sendmail/stamp.h"

struct writer {
	const struct rewrite *r;
	struct buffer *out;
	unsigned seen;		/* a bit for each field_id */
	struct buffer from;	/* the domain of From: */
	struct forced_rules forced;
	int author;		/* From: is written */
};

static int
has(const struct writer *w, enum field_id id)
{
	return (w->seen & 1u << id) != 0;
}

/* The domain that a Message-ID can have: that of the first author, if it
 * says more than "this machine". */
static void
note_domain(struct writer *w, const char *domain)
{
	size_t len = strlen(domain);

	if (w->from.len == 0 && value_is_domain(domain, len) &&
	    !body_is_8bit(domain, len) && strcasecmp(domain,
	    "localhost") != 0)
		buffer_adds(&w->from, domain);
}

static int
is_author(const struct field *f)
{
	return f->id == FIELD_FROM || f->id == FIELD_RESENT_FROM;
}

/* Who else it is from than the field may say; replies go there still. */
static int
write_forced(struct writer *w, const struct field *f,
    const struct address_list *list)
{
	const char *text = f->text + f->body;
	size_t len = f->len - f->body;
	int reply = 0;

	buffer_add(w->out, f->text, f->body);
	forced_add(&w->forced, list, text, len, w->out);
	if (f->id == FIELD_FROM && !has(w, FIELD_REPLY_TO))
		reply = forced_can_reply(&w->forced, list);
	if (reply > 0) {
		buffer_adds(w->out, "Reply-To:");
		address_qualify(list, text, len, w->r->domain, w->out);
	}
	if (is_author(f))
		note_domain(w, strrchr(w->r->settings->from, '@') + 1);
	return reply < 0 ? -1 : 0;
}

/* As it is but for bare names; one that cannot be read passes. */
static void
write_qualified(struct writer *w, const struct field *f,
    const struct address_list *list)
{
	size_t i;

	for (i = 0; is_author(f) && i < list->n; i++)
		if (list->items[i].domain != 0)
			note_domain(w, address_text(list, i) +
			    list->items[i].domain + 1);
	if (list->bad) {
		buffer_add(w->out, f->text, f->len);
	} else {
		buffer_add(w->out, f->text, f->body);
		address_qualify(list, f->text + f->body, f->len - f->body,
		    w->r->domain, w->out);
	}
}

static int
write_addresses(struct writer *w, const struct field *f)
{
	struct address_list list = ADDRESS_LIST_INIT;
	int result;

	result = address_parse(&list, f->text + f->body, f->len - f->body);
	if (result == 0 && (f->flags & FIELD_ORIGIN) != 0)
		result = forced_applies(&w->forced, &list);
	if (result > 0)
		result = write_forced(w, f, &list);
	else if (result == 0)
		write_qualified(w, f, &list);
	address_free(&list);
	return result;
}

/* Servers refuse a field of addresses that has none (RFC 5322, 3.6.3). */
static int
is_written(const struct writer *w, const struct field *f)
{
	return (f->flags & FIELD_DROPPED) == 0 &&
	    !(f->id == FIELD_SCRIPT && w->r->settings->hide_script) &&
	    !((f->flags & (FIELD_FILLED | FIELD_ADDRESSES)) != 0 &&
	    field_is_empty(f));
}

static int
note_field(void *arg, const struct field *f)
{
	struct writer *w = arg;

	if (is_written(w, f))
		w->seen |= 1u << f->id;
	return 0;
}

static int
write_field(void *arg, const struct field *f)
{
	struct writer *w = arg;

	if (!is_written(w, f))
		return 0;
	if (f->id == FIELD_FROM && w->author++ > 0 &&
	    *w->r->settings->from != '\0') {
		/* A server that checks From: wants one of them. */
		buffer_adds(w->out, "X-Original-From:");
		return buffer_add(w->out, f->text + f->body, f->len - f->body);
	}
	if ((f->flags & FIELD_ADDRESSES) != 0)
		return write_addresses(w, f);
	return buffer_add(w->out, f->text, f->len);
}

static int
write_received(struct writer *w)
{
	const struct rewrite *r = w->r;

	buffer_addf(w->out, "Received: by %s (outbox, from userid %lu)\r\n"
	    "\tid %s; ", r->host, r->uid, r->id);
	if (stamp_date(w->out, r->now) != 0)
		return -1;
	return buffer_adds(w->out, "\r\n");
}

static int
write_date(struct writer *w, const char *prefix)
{
	buffer_addf(w->out, "%sDate: ", prefix);
	if (stamp_date(w->out, w->r->now) != 0)
		return -1;
	return buffer_adds(w->out, "\r\n");
}

static int
write_from(struct writer *w, const char *prefix)
{
	const char *address = w->r->address(w->r->arg);
	const char *name = w->r->name(w->r->arg);
	struct buffer text = BUFFER_INIT;
	struct field f;
	size_t start, pos = 0;
	int result = -1;

	if (address == NULL || name == NULL)
		return -1;
	buffer_addf(&text, "%sFrom: ", prefix);
	start = text.len;
	phrase_add(&text, name);
	buffer_addf(&text, text.len > start ? " <%s>\r\n" : "%s\r\n",
	    address);
	if (!text.failed && field_next(text.data, text.len, &pos, &f))
		result = write_addresses(w, &f);
	buffer_free(&text);
	return result;
}

static int
write_message_id(struct writer *w, const char *prefix)
{
	buffer_addf(w->out, "%sMessage-ID: ", prefix);
	if (stamp_message_id(w->out, w->from.len > 0 ?
	    buffer_string(&w->from) : w->r->domain) != 0)
		return -1;
	return buffer_adds(w->out, "\r\n");
}

/* Of a message that is sent once more, above what it had. */
static int
write_resent(struct writer *w)
{
	int result = 0;

	if (!has(w, FIELD_RESENT_DATE))
		result |= write_date(w, "Resent-");
	if (!has(w, FIELD_RESENT_FROM))
		result |= write_from(w, "Resent-");
	if (!has(w, FIELD_RESENT_MESSAGE_ID))
		result |= write_message_id(w, "Resent-");
	return result;
}

static int
write_missing(struct writer *w)
{
	int result = 0;

	if (!has(w, FIELD_DATE))
		result |= write_date(w, "");
	if (!has(w, FIELD_FROM))
		result |= write_from(w, "");
	if (!has(w, FIELD_MESSAGE_ID))
		result |= write_message_id(w, "");
	return result;
}

int
rewrite_header(const struct rewrite *r, const struct header *h,
    struct buffer *out)
{
	struct writer w = { .r = r, .out = out,
		.forced = { r->settings, r->host, r->domain } };
	int result;

	header_each(h, 0, note_field, &w);
	result = write_received(&w);
	if (header_is_resent(h))
		result |= write_resent(&w);
	result |= header_each(h, 0, write_field, &w);
	result |= write_missing(&w);
	result |= w.from.failed || out->failed;
	buffer_free(&w.from);
	return result != 0 ? -1 : 0;
}
