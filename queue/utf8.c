/*
 * UTF-8: see utf8.h.
 */
#include <config.h>

#include "queue/utf8.h"

size_t
utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* C0, DEL and, in UTF-8, C1. */
static int
is_control(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	return s[0] < ' ' || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

size_t
utf8_printable(const char *text)
{
	if (*text >= ' ' && *text <= '~')
		return 1;
	return is_control(text) ? 0 : utf8_length(text);
}

int
utf8_add_printable(struct buffer *out, const char *text)
{
	const char *start = text;	/* of what goes out as it is */
	size_t n;

	for (; *text != '\0'; text += n) {
		if ((n = utf8_printable(text)) != 0)
			continue;
		if ((n = utf8_length(text)) == 0)
			n = 1;
		buffer_add(out, start, (size_t)(text - start));
		buffer_addc(out, '?');
		start = text + n;
	}
	buffer_add(out, start, (size_t)(text - start));
	return out->failed ? -1 : 0;
}
