/*
 * Transfer encodings: see encode.h.
 */
#include <config.h>

#include "queue/encode.h"

#include <string.h>

#include "queue/crypto.h"

#define WIDTH 76		/* of a line: RFC 2045, 6.7 and 6.8 */

void
encode_begin(struct encode *e, enum encode_way way)
{
	memset(e, 0, sizeof(*e));
	e->way = way;
}

static void
fold(struct encode *e, const char *text, size_t len, struct buffer *out)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		/* Not within a character, where it is UTF-8.  The rest of the
		 * line must not become a delimiter of parts. */
		if (e->column == ENCODE_LINE ||
		    (e->column > ENCODE_LINE - 4 && c >= 0xc0)) {
			buffer_add(out, "\r\n ", c == '-' ? 3 : 2);
			e->column = c == '-';
		}
		buffer_addc(out, e->way == ENCODE_ASCII && c > 0x7f ? '?' :
		    text[i]);
		e->column++;
	}
}

/* 1: no room for so many octets and a '=' behind them. */
static int
is_full(const struct encode *e, size_t width)
{
	return e->column + width >= WIDTH;
}

static void
make_room(struct encode *e, size_t width, struct buffer *out)
{
	if (is_full(e, width)) {
		buffer_add(out, "=\r\n", 3);
		e->column = 0;
	}
	e->column += width;
}

static void
quote(struct encode *e, unsigned char c, struct buffer *out)
{
	static const char hex[] = "0123456789ABCDEF";

	make_room(e, 3, out);
	buffer_addc(out, '=');
	buffer_addc(out, hex[c >> 4]);
	buffer_addc(out, hex[c & 15]);
}

/* 1: c would begin a line that its source did not begin, and make a delimiter
 * of parts of what follows. */
static int
is_false_start(const struct encode *e, unsigned char c)
{
	return c == '-' && is_full(e, 1);
}

/* The blank that is held did not end its line. */
static void
release_blank(struct encode *e, struct buffer *out)
{
	if (e->blank == '\0')
		return;
	make_room(e, 1, out);
	buffer_addc(out, e->blank);
	e->blank = '\0';
}

static void
add_quoted(struct encode *e, const char *text, size_t len,
    struct buffer *out)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		release_blank(e, out);
		if (c == ' ' || c == '\t')
			e->blank = text[i];
		else if (c < ' ' || c > '~' || c == '=' ||
		    is_false_start(e, c))
			quote(e, c, out);
		else {
			make_room(e, 1, out);
			buffer_addc(out, text[i]);
		}
	}
}

/* What it quotes stays quoted, and stays together. */
static void
add_quoted_again(struct encode *e, const char *text, size_t len,
    struct buffer *out)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c > 0x7f || (e->glued == 0 && is_false_start(e, c))) {
			e->glued = 0;
			quote(e, c, out);
			continue;
		}
		if (c == '=')
			e->glued = 3;
		if (e->glued == 0 || c == '=')
			make_room(e, c == '=' ? 3 : 1, out);
		if (e->glued > 0)
			e->glued--;
		buffer_addc(out, text[i]);
	}
}

static void
put_base64_line(struct encode *e, struct buffer *out)
{
	if (e->column > 0)
		buffer_add(out, "\r\n", 2);
	e->column = e->nheld;
	if (e->nheld > 0 && crypto_base64_encode(e->held, e->nheld, out) != 0)
		out->failed = 1;
	e->nheld = 0;
}

static void
add_base64(struct encode *e, const char *text, size_t len,
    struct buffer *out)
{
	size_t n;

	for (; len > 0; text += n, len -= n) {
		if (e->nheld == sizeof(e->held))
			put_base64_line(e, out);
		n = sizeof(e->held) - e->nheld;
		n = n < len ? n : len;
		memcpy(e->held + e->nheld, text, n);
		e->nheld += n;
	}
}

static void
add_base64_again(struct encode *e, const char *text, size_t len,
    struct buffer *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/=";
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '\0' || strchr(alphabet, text[i]) == NULL)
			continue;
		if (e->column == WIDTH) {
			buffer_add(out, "\r\n", 2);
			e->column = 0;
		}
		buffer_addc(out, text[i]);
		e->column++;
	}
}

void
encode_text(struct encode *e, const char *text, size_t len,
    struct buffer *out)
{
	switch (e->way) {
	case ENCODE_KEEP:
		buffer_add(out, text, len);
		break;
	case ENCODE_FOLD:
	case ENCODE_ASCII:
		fold(e, text, len, out);
		break;
	case ENCODE_QUOTED:
		add_quoted(e, text, len, out);
		break;
	case ENCODE_BASE64:
		add_base64(e, text, len, out);
		break;
	case ENCODE_QUOTED_AGAIN:
		add_quoted_again(e, text, len, out);
		break;
	case ENCODE_BASE64_AGAIN:
		add_base64_again(e, text, len, out);
		break;
	}
}

/* A blank at the end of a line would be lost. */
static void
end_quoted(struct encode *e, struct buffer *out)
{
	if (e->blank != '\0')
		quote(e, (unsigned char)e->blank, out);
	e->blank = '\0';
}

void
encode_newline(struct encode *e, struct buffer *out)
{
	if (e->way == ENCODE_BASE64) {
		add_base64(e, "\r\n", 2, out);
		return;
	}
	if (e->way == ENCODE_BASE64_AGAIN)
		return;
	end_quoted(e, out);
	buffer_add(out, "\r\n", 2);
	e->column = 0;
	e->glued = 0;
}

void
encode_end(struct encode *e, struct buffer *out)
{
	end_quoted(e, out);
	if (e->way == ENCODE_BASE64 && e->nheld > 0)
		put_base64_line(e, out);
}
