/*
 * Canonical lines: see body.h.  Each byte is looked at a few times by
 * memchr() and never one at a time; a block without CR and NUL, the usual
 * one, is only searched for its line ends.
 */
#include <config.h>

#include "sendmail/body.h"

#include <string.h>

void
body_init(struct body *b, int dots)
{
	memset(b, 0, sizeof(*b));
	b->dots = dots;
}

int
body_is_8bit(const char *data, size_t len)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t word[4];
	size_t i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(word, data + i, sizeof(word));
		if (((word[0] | word[1] | word[2] | word[3]) & high) != 0)
			return 1;
	}
	for (; i < len; i++)
		if (((unsigned char)data[i] & 0x80) != 0)
			return 1;
	return 0;
}

/* There is room for it: see body_feed(). */
static void
put(struct buffer *out, const char *text, size_t len)
{
	memcpy(out->data + out->len, text, len);
	out->len += len;
}

/* Bytes of a line, without CR, LF and NUL. */
static void
add_text(struct body *b, const char *text, size_t len, struct buffer *out)
{
	if (len == 0)
		return;
	if (b->held) {
		put(out, ".", 1);
		b->held = 0;
		b->facts.dots = 1;
	}
	if (b->cr) {
		put(out, " ", 1);
		b->line++;
		b->cr = 0;
	}
	if (b->line == 0 && *text == '.') {
		if (!b->dots && len == 1) {
			b->held = 1;
			b->line = 1;
			return;
		}
		b->facts.dots = 1;
	}
	put(out, text, len);
	b->line += len;
}

/* The same, where CR and NUL are possible. */
static void
add_mixed(struct body *b, const char *p, size_t len, struct buffer *out)
{
	const char *end = p + len, *cr, *nul;

	while (p < end) {
		if ((cr = memchr(p, '\r', (size_t)(end - p))) == NULL)
			cr = end;
		while ((nul = memchr(p, '\0', (size_t)(cr - p))) != NULL) {
			add_text(b, p, (size_t)(nul - p), out);
			p = nul + 1;
		}
		add_text(b, p, (size_t)(cr - p), out);
		if (cr == end)
			break;
		b->cr = 1;
		p = cr + 1;
	}
}

static void
end_line(struct body *b, struct buffer *out)
{
	b->cr = 0;
	if (b->held) {
		b->held = 0;
		b->ended = 1;
		return;
	}
	if (b->line > b->facts.longest)
		b->facts.longest = b->line;
	b->line = 0;
	put(out, "\r\n", 2);
}

int
body_feed(struct body *b, const char *data, size_t len, struct buffer *out)
{
	const char *p = data, *end = data + len, *eol;
	int plain;

	if (len == 0 || b->ended)
		return 0;
	/* Two bytes for one at most, and what the line before held back. */
	if (len > SIZE_MAX / 2 - 4 || buffer_reserve(out, 2 * len + 4) != 0)
		return -1;
	plain = memchr(data, '\r', len) == NULL &&
	    memchr(data, '\0', len) == NULL;
	while (p < end && !b->ended) {
		eol = memchr(p, '\n', (size_t)(end - p));
		len = (size_t)((eol != NULL ? eol : end) - p);
		if (plain)
			add_text(b, p, len, out);
		else
			add_mixed(b, p, len, out);
		p += len;
		if (eol != NULL) {
			end_line(b, out);
			p++;
		}
	}
	out->data[out->len] = '\0';
	if (!b->facts.body_8bit)
		b->facts.body_8bit = body_is_8bit(data, (size_t)(p - data));
	return 0;
}

int
body_finish(struct body *b, struct buffer *out)
{
	if (b->ended || b->line == 0)
		return 0;
	if (buffer_reserve(out, 2) != 0)
		return -1;
	end_line(b, out);
	out->data[out->len] = '\0';
	return 0;
}

void
body_restart(struct body *b, const char *text, size_t len)
{
	memset(&b->facts, 0, sizeof(b->facts));
	b->facts.body_8bit = body_is_8bit(text, len);
	b->facts.dots = len > 0 && *text == '.';
	if (b->line == 0 && len >= 2)
		b->facts.longest = len - 2;
}
