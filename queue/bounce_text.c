/*
 * What comes from outside in a report: see bounce_text.h.
 */
#include <config.h>

#include "queue/bounce_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "queue/utf8.h"
#include "queue/uxtext.h"

#define TEXT_MAX 900		/* of outside text in a line: it may have 998 */

int
bounce_text_is_utf8(const char *text)
{
	size_t n, len = strlen(text);
	int ascii = 1;

	for (; *text != '\0'; text += n) {
		if ((n = utf8_length(text)) == 0)
			return 0;
		ascii &= n == 1;
	}
	return !ascii && len <= TEXT_MAX;
}

static void
add_ascii(struct buffer *out, const char *text)
{
	size_t n;

	for (n = 0; *text != '\0' && n < TEXT_MAX; text++, n++)
		buffer_addc(out, *text >= ' ' && *text <= '~' ? *text : '?');
	if (*text != '\0')
		buffer_adds(out, "...");
}

static void
add_utf8(struct buffer *out, const char *text)
{
	struct buffer part = BUFFER_INIT;
	size_t n, len = 0;

	for (; text[len] != '\0'; len += n) {
		if ((n = utf8_length(text + len)) == 0)
			n = 1;
		if (len + n > TEXT_MAX)
			break;
	}
	buffer_add(&part, text, len);
	out->failed |= part.failed;
	utf8_add_printable(out, buffer_string(&part));
	buffer_free(&part);
	if (text[len] != '\0')
		buffer_adds(out, "...");
}

void
bounce_text_add(struct buffer *out, const char *text, int utf8)
{
	if (utf8)
		add_utf8(out, text);
	else
		add_ascii(out, text);
}

void
bounce_text_field(struct buffer *out, const char *name, const char *text,
    int utf8)
{
	buffer_adds(out, name);
	bounce_text_add(out, text, utf8);
	buffer_adds(out, "\r\n");
}

void
bounce_text_address(struct buffer *out, const char *name,
    const char *address, int utf8)
{
	struct buffer encoded = BUFFER_INIT;
	int beyond = bounce_text_is_utf8(address);

	if (beyond && !utf8) {
		beyond = uxtext_encode(&encoded, address) == 0 &&
		    encoded.len <= TEXT_MAX;
		out->failed |= encoded.failed;
		if (beyond)
			address = buffer_string(&encoded);
	}
	buffer_adds(out, name);
	buffer_adds(out, beyond ? "utf-8; " : "rfc822; ");
	bounce_text_add(out, address, beyond && utf8);
	buffer_adds(out, "\r\n");
	buffer_free(&encoded);
}

static void
decode_xtext(struct buffer *out, const char *text)
{
	unsigned byte;

	for (; *text != '\0'; text++) {
		if (*text == '+' && isxdigit((unsigned char)text[1]) &&
		    sscanf(text + 1, "%2x", &byte) == 1 && text[2] != '\0' &&
		    byte != 0) {
			buffer_addc(out, (char)byte);
			text += 2;
		} else
			buffer_addc(out, *text);
	}
}

void
bounce_text_original(struct buffer *out, const char *name, const char *text,
    int utf8)
{
	struct buffer plain = BUFFER_INIT;

	if (strncasecmp(text, "utf-8;", 6) != 0)
		decode_xtext(&plain, text);
	else if (utf8)
		uxtext_decode(&plain, text);
	else
		buffer_adds(&plain, text);
	out->failed |= plain.failed;
	bounce_text_field(out, name, buffer_string(&plain), utf8);
	buffer_free(&plain);
}

void
bounce_text_date(struct buffer *out, const char *name, time_t when)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed",
		"Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		return;
	buffer_addf(out, "%s%s, %d %s %d %02d:%02d:%02d +0000\r\n", name,
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
