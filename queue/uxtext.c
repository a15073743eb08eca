/*
 * Addresses beyond ASCII in ASCII: see uxtext.h.
 */
#include <config.h>

#include "queue/uxtext.h"

#include <stdlib.h>
#include <string.h>

#include "queue/utf8.h"

/* The character of n octets, valid UTF-8, at s. */
static unsigned long
character(const char *s, size_t n)
{
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned long c = (unsigned char)s[0] & first[n];
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

int
uxtext_encode(struct buffer *out, const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		if ((n = utf8_length(text)) == 0)
			return -1;
		if (*text > ' ' && *text <= '~' && strchr("+=\\", *text) == NULL)
			buffer_addc(out, *text);
		else
			buffer_addf(out, "\\x{%02lX}", character(text, n));
	}
	return out->failed ? -1 : 0;
}

static void
add_character(struct buffer *out, unsigned long c)
{
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		buffer_addc(out, (char)c);
		return;
	}
	buffer_addc(out, (char)(first[n] | c >> 6 * (n - 1)));
	while (--n > 0)
		buffer_addc(out, (char)(0x80 | (c >> 6 * (n - 1) & 0x3f)));
}

/* Octets of the escape at s, and its character; 0: there is none that may
 * be. */
static size_t
escape(const char *s, unsigned long *c)
{
	size_t n;

	if (strncmp(s, "\\x{", 3) != 0)
		return 0;
	n = strspn(s + 3, "0123456789ABCDEFabcdef");
	if (n < 2 || n > 6 || s[3 + n] != '}')
		return 0;
	*c = strtoul(s + 3, NULL, 16);
	if (*c < ' ' || (*c >= 0x7f && *c < 0xa0) || *c > 0x10ffff ||
	    (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return n + 4;
}

int
uxtext_decode(struct buffer *out, const char *text)
{
	unsigned long c;
	size_t n;

	while (*text != '\0') {
		if ((n = escape(text, &c)) > 0) {
			add_character(out, c);
			text += n;
		} else
			buffer_addc(out, *text++);
	}
	return out->failed ? -1 : 0;
}
