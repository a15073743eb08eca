/*
 * smarthost_content.c - message content: RFC 5321, 4.5.2 (transparency) and
 * 2.3.8 (CR and LF only together).
 *
 * Only CRLF ends a line here.  LF.CRLF and the like are content, counted as
 * bare LF, so that a client that lets them through is found out.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_content.h"

#include <stdint.h>
#include <string.h>

#define LINE_LIMIT 998 /* without CRLF: RFC 5321, 4.5.3.1.6 */

static int
has_eight_bit(const char *p, size_t n)
{
	uint64_t word, all = 0;
	unsigned char rest = 0;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		all |= word;
	}
	for (; n > 0; p++, n--)
		rest |= (unsigned char)*p;
	return (all & UINT64_C(0x8080808080808080)) != 0 || rest >= 0x80;
}

static unsigned long
count_byte(const char *p, const char *end, int byte)
{
	unsigned long n = 0;

	while (p < end && (p = memchr(p, byte, (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

/* One line, or the part of it that is here; the LF of a full line included. */
static void
check_line(struct content *c, const char *p, size_t n)
{
	int full = p[n - 1] == '\n';
	int crlf = full && (n > 1 ? p[n - 2] == '\r' : c->last_cr);
	size_t text = n - (size_t)full - (size_t)(crlf && n > 1);

	if (c->last_cr && p[0] != '\n')
		c->bare_cr++;
	c->bare_cr += count_byte(p, p + text, '\r');
	/* A CR at the very end is judged when its neighbour arrives. */
	c->last_cr = p[n - 1] == '\r';
	if (c->last_cr)
		c->bare_cr--;
	c->line_len += text;
	c->in_line = !crlf;
	if (!full)
		return;
	c->bare_lf += !crlf;
	/* The CR of a CRLF that was split between two calls was counted. */
	if (crlf && n == 1)
		c->line_len--;
	if (c->line_len > LINE_LIMIT)
		c->long_lines++;
	c->line_len = 0;
}

void
content_check(struct content *c, const char *p, size_t n)
{
	const char *nl;
	size_t len;

	c->bytes += n;
	c->eight_bit |= has_eight_bit(p, n);
	c->nul += count_byte(p, p + n, '\0');
	while (n > 0) {
		nl = memchr(p, '\n', n);
		len = nl != NULL ? (size_t)(nl - p) + 1 : n;
		check_line(c, p, len);
		p += len;
		n -= len;
	}
}

enum content_found
content_unstuff(struct content *c, const char *p, size_t n, struct piece *out)
{
	static const char last[] = ".\r\n";
	const char *s, *nl, *end = p + n;

	if (n == 0)
		return CONTENT_MORE;
	out->start = p;
	if (!c->data_line && p[0] == '.') {
		if (memcmp(p, last, n < 3 ? n : 3) == 0) {
			out->used = 3;
			return n < 3 ? CONTENT_MORE : CONTENT_END;
		}
		out->start++;
	}
	/* As many lines as need no change. */
	for (s = out->start;; s = nl + 1) {
		if ((nl = memchr(s, '\n', (size_t)(end - s))) == NULL) {
			c->data_line = 1;
			break;
		}
		if (nl == p || nl[-1] != '\r')
			continue; /* bare */
		if (nl + 1 == end || nl[1] == '.') {
			c->data_line = 0;
			end = nl + 1;
			break;
		}
	}
	/* Keep a CR back, so that it is seen together with its LF. */
	if (end[-1] == '\r')
		end--;
	out->used = (size_t)(end - p);
	if (out->start > end)
		out->start = end;
	out->len = (size_t)(end - out->start);
	return out->used > 0 ? CONTENT_PIECE : CONTENT_MORE;
}
