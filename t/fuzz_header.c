/*
 * Any bytes as a message, cut up as the first byte says: the header is the
 * same as of the whole, every line of it ends with CRLF, and what comes out
 * of the rewriting is a header without bare CR, NUL, or Bcc.
 */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/settings.h"
#include "queue/address.h"
#include "sendmail/header.h"
#include "sendmail/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int holds)
{
	if (!holds)
		abort();
}

/* The header and, behind it, the body. */
static void
process(struct header *h, struct buffer *body, const char *text, size_t len,
    size_t chunk)
{
	size_t at = 0, n;
	struct body b;

	header_init(h);
	body_init(&b, 0);
	while (at < len) {
		n = len - at < chunk ? len - at : chunk;
		if (h->state == HEADER_OPEN)
			n = header_feed(h, &b, text + at, n);
		else
			body_feed(&b, text + at, n, body);
		at += n;
	}
	header_finish(h, &b);
	body_finish(&b, body);
}

static void
check_canonical(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		check(text[i] != '\0');
		check(text[i] != '\n' || (i > 0 && text[i - 1] == '\r'));
		check(text[i] != '\r' || (i + 1 < len &&
		    text[i + 1] == '\n'));
	}
}

/* It holds the one address that it may. */
static void
check_forced(const struct field *f, const char *forced)
{
	struct address_list list = ADDRESS_LIST_INIT;

	check(address_parse(&list, f->text + f->body, f->len - f->body) == 0);
	check(!list.bad && list.n == 1);
	check(strcasecmp(address_text(&list, 0), forced) == 0);
	address_free(&list);
}

static const char *
address(void *arg)
{
	return arg;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char me[] = "me@dom.ain", forced[] = "forced@dom.ain", none[] = "";
	struct settings settings = { .from = size % 2 ? forced : none,
		.allowed = none };
	struct rewrite r = { .host = "h", .id = "ID", .uid = 1, .now = 0,
		.domain = "dom.ain", .settings = &settings, .address = address, .name = address,
		.arg = me };
	struct header whole, cut;
	struct buffer body = BUFFER_INIT, body2 = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;
	const char *text = (const char *)data + 1;
	size_t pos = 0;
	struct field f;

	if (size == 0)
		return 0;
	process(&whole, &body, text, size - 1, size);
	process(&cut, &body2, text, size - 1, *data % 8 + 1);
	check(whole.state == cut.state);
	if (whole.state == HEADER_COMPLETE) {
		/* Where the body starts in it depends on the cuts. */
		check(whole.fields == cut.fields && memcmp(
		    buffer_string(&whole.text), buffer_string(&cut.text),
		    cut.fields) == 0);
		check(whole.text.len + body.len == cut.text.len + body2.len);
		check_canonical(buffer_string(&whole.text), whole.fields);
		check(rewrite_header(&r, &whole, &out) == 0);
		check_canonical(out.data, out.len);
		while (field_next(out.data, out.len, &pos, &f)) {
			check((f.flags & FIELD_DROPPED) == 0);
			if ((f.flags & FIELD_ORIGIN) != 0 && *settings.from)
				check_forced(&f, forced);
		}
	}
	header_free(&whole);
	header_free(&cut);
	buffer_free(&out);
	buffer_free(&body);
	buffer_free(&body2);
	return 0;
}
