/*
 * Any text in what is printed: JSON is an object of printable UTF-8 that says
 * the same again, except for what is no UTF-8; a line for a terminal has
 * nothing that controls it; and encoded words are such, and give the text back.
 */
#include <config.h>

#include "queue/json.h"

#include <ctype.h>
#include <string.h>

#include "queue/utf8.h"
#include "queue/words.h"
#include "t/fuzz.h"

static unsigned
hex(const char *p, int digits)
{
	static const char all[] = "0123456789abcdef";
	unsigned value = 0;
	const char *at;

	while (digits-- > 0) {
		at = strchr(all, tolower((unsigned char)*p));
		check(*p != '\0' && at != NULL);
		value = value * 16 + (unsigned)(at - all);
		p++;
	}
	return value;
}

/* Read a string at p, strictly; behind it. */
static const char *
read_string(const char *p, struct buffer *out)
{
	size_t n;

	check(*p++ == '"');
	for (; *p != '"'; p += n) {
		n = utf8_length(p);
		check(n > 0 && (unsigned char)*p >= ' ' && *p != 0x7f);
		if (*p != '\\') {
			buffer_add(out, p, n);
			continue;
		}
		n = 2;
		if (p[1] == 'u') {
			unsigned c = hex(p + 2, 4);

			check(c < ' ' || c == 0x7f || c == 0xfffd);
			if (c == 0xfffd)
				buffer_adds(out, "\xef\xbf\xbd");
			else
				buffer_addc(out, (char)c);
			n = 6;
		} else {
			check(p[1] == '"' || p[1] == '\\');
			buffer_addc(out, p[1]);
		}
	}
	return p + 1;
}

/* The text with U+FFFD for each byte that is no UTF-8. */
static void
repair(const char *text, struct buffer *out)
{
	size_t n;

	for (; *text != '\0'; text += n == 0 ? 1 : n) {
		n = utf8_length(text);
		buffer_add(out, n == 0 ? "\xef\xbf\xbd" : text,
		    n == 0 ? 3 : n);
	}
}

static void
check_object(const char *text)
{
	struct buffer out = BUFFER_INIT, name = BUFFER_INIT;
	struct buffer value = BUFFER_INIT, want = BUFFER_INIT;
	const char *p;

	buffer_addc(&out, '{');
	json_text(&out, text, text);
	json_number(&out, "n", -12);
	buffer_addc(&out, '}');
	p = out.data + 1;
	p = read_string(p, &name);
	check(*p++ == ':');
	p = read_string(p, &value);
	check(strcmp(p, ",\"n\":-12}") == 0);
	repair(text, &want);
	check(strcmp(buffer_string(&want), buffer_string(&name)) == 0 &&
	    strcmp(buffer_string(&want), buffer_string(&value)) == 0);
	buffer_free(&out);
	buffer_free(&name);
	buffer_free(&value);
	buffer_free(&want);
}

static void
check_line(const char *text)
{
	struct buffer out = BUFFER_INIT;
	const char *p;
	size_t n;

	utf8_add_printable(&out, text);
	for (p = buffer_string(&out); *p != '\0'; p += n) {
		n = utf8_length(p);
		check(n > 0 && (unsigned char)*p >= ' ' && *p != 0x7f);
		/* The controls of Latin-1 */
		check(n != 2 || (unsigned char)p[0] != 0xc2 ||
		    (unsigned char)p[1] >= 0xa0);
	}
	buffer_free(&out);
}

/* Every word of it is one, and what they hold is the text. */
static void
check_words(const char *text)
{
	struct buffer out = BUFFER_INIT, back = BUFFER_INIT;
	const char *p, *end;
	size_t len;

	if (*text == '\0')
		return;
	words_encode(&out, text);
	for (p = out.data; *p != '\0'; p += len) {
		p += strspn(p, "\r\n ");
		len = strcspn(p, "\r\n ");
		check(words_is_encoded(p, len));
		end = p + len - 2;
		for (p = strstr(p, "?Q?") + 3, len = 2; p < end; p++)
			if (*p == '=') {
				buffer_addc(&back, (char)hex(p + 1, 2));
				p += 2;
			} else
				buffer_addc(&back, *p == '_' ? ' ' : *p);
	}
	check(strcmp(buffer_string(&back), text) == 0);
	buffer_free(&out);
	buffer_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	check(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	check_object(text);
	check_line(text);
	check_words(text);
	free(text);
	return 0;
}
