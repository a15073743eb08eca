/*
 * Collecting the header: see header.h.
 */
#include <config.h>

#include "sendmail/header.h"

#include <string.h>

void
header_init(struct header *h)
{
	memset(h, 0, sizeof(*h));
}

void
header_free(struct header *h)
{
	buffer_free(&h->text);
	memset(h, 0, sizeof(*h));
}

static void
complete(struct header *h, struct body *b)
{
	const char *text = buffer_string(&h->text);

	h->state = HEADER_COMPLETE;
	body_restart(b, text + h->fields, h->text.len - h->fields);
}

/* Look at the last line, of which a part or all is there. */
static void
look(struct header *h, struct body *b, int whole)
{
	const char *line = buffer_string(&h->text) + h->fields;
	size_t len = h->text.len - h->fields;

	if (whole && len == 2) {
		h->text.len = h->fields;	/* the empty line */
		complete(h, b);
		return;
	}
	if (h->line == FIELD_UNDECIDED)
		h->line = field_classify(line, whole ? len - 2 : len, whole);
	if (h->line == FIELD_NONE || (h->fields == 0 &&
	    h->line == FIELD_CONTINUED) || (h->fields > 0 &&
	    h->line == FIELD_POSTMARK)) {
		complete(h, b);
	} else if (whole) {
		if (h->line == FIELD_POSTMARK)
			h->text.len = 0;
		h->fields = h->text.len;
		h->line = FIELD_UNDECIDED;
	}
}

size_t
header_feed(struct header *h, struct body *b, const char *data, size_t len)
{
	size_t used = 0, n;
	const char *eol;

	while (used < len && h->state == HEADER_OPEN) {
		eol = memchr(data + used, '\n', len - used);
		n = eol != NULL ? (size_t)(eol - data) + 1 - used :
		    len - used;
		if (n > HEADER_MAX)
			n = HEADER_MAX;
		if (body_feed(b, data + used, n, &h->text) != 0) {
			h->state = HEADER_NO_MEMORY;
			break;
		}
		used += n;
		if (b->ended)		/* by a lone dot */
			complete(h, b);
		else if (h->text.len > h->fields)
			look(h, b, b->line == 0);
		if (h->state == HEADER_OPEN && h->text.len > HEADER_MAX)
			h->state = HEADER_TOO_LONG;
	}
	return used;
}

void
header_finish(struct header *h, struct body *b)
{
	if (h->state != HEADER_OPEN)
		return;
	if (body_finish(b, &h->text) != 0) {
		h->state = HEADER_NO_MEMORY;
		return;
	}
	if (h->text.len > h->fields)
		look(h, b, 1);
	if (h->state == HEADER_OPEN)
		complete(h, b);
}

int
header_each(const struct header *h, unsigned flags,
    int (*each)(void *arg, const struct field *f), void *arg)
{
	const char *text = buffer_string(&h->text);
	struct field f;
	size_t pos = 0;
	int result;

	while (field_next(text, h->fields, &pos, &f))
		if ((f.flags & flags) == flags &&
		    (result = each(arg, &f)) != 0)
			return result;
	return 0;
}

static int
found(void *arg, const struct field *f)
{
	(void)arg;
	(void)f;
	return 1;
}

static int
count_hop(void *arg, const struct field *f)
{
	unsigned *hops = arg;

	*hops += f->id == FIELD_RECEIVED;
	return 0;
}

unsigned
header_hops(const struct header *h)
{
	unsigned hops = 0;

	header_each(h, 0, count_hop, &hops);
	return hops;
}

int
header_is_resent(const struct header *h)
{
	return header_each(h, FIELD_RESENT | FIELD_RECIPIENTS, found, NULL);
}
