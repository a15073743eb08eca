/*
 * Encoded words: see words.h.
 */
#include <config.h>

#include "queue/words.h"

#include <string.h>

#include "queue/utf8.h"

#define WORD_MAX 75		/* octets of an encoded word: RFC 2047, 2 */

int
words_is_utf8(const char *text)
{
	size_t n;

	while (*text != '\0' && (n = utf8_length(text)) > 0)
		text += n;
	return *text == '\0';
}

static int
is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

/* "Q" encoded words; characters are never split. */
void
words_encode(struct buffer *out, const char *text)
{
	size_t i, j, n, width = 0;
	int utf8 = words_is_utf8(text);

	for (i = 0; text[i] != '\0'; i += n) {
		n = utf8 ? utf8_length(text + i) : 1;
		/* Each octet takes three at most. */
		if (width == 0 || width + 3 * n + 2 > WORD_MAX) {
			buffer_adds(out, width == 0 ? "" : "?=\r\n ");
			width = out->len;
			buffer_addf(out, "=?%s?Q?", utf8 ? "utf-8" :
			    "iso-8859-1");
			width = out->len - width;
		}
		for (j = i; j < i + n; j++) {
			unsigned char c = (unsigned char)text[j];

			if (c == ' ')
				buffer_addc(out, '_');
			else if (is_plain(c))
				buffer_addc(out, text[j]);
			else
				buffer_addf(out, "=%02X", c);
			width += c == ' ' || is_plain(c) ? 1 : 3;
		}
	}
	buffer_adds(out, "?=");
}

int
words_is_encoded(const char *s, size_t len)
{
	size_t i, marks = 0;

	if (len < 8 || len > WORD_MAX || memcmp(s, "=?", 2) != 0 ||
	    memcmp(s + len - 2, "?=", 2) != 0)
		return 0;
	for (i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] > '~' ||
		    strchr("()<>[]:;@\\,.\"", s[i]) != NULL)
			return 0;
		marks += s[i] == '?';
	}
	return marks == 4;
}
