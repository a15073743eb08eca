/*
 * Into DATA: whatever the file holds and however it is cut up, the server
 * sees one message, and its end where we put it.
 */
#include <config.h>

#include "queue/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/chance.h"
#include "t/tap.h"

/* A text and what goes out for it, the end included. */
static const struct {
	const char *rule;
	const char *text;
	size_t len;
	const char *want;
} cases[] = {
#define CASE(rule, text, want) { rule, text, sizeof(text) - 1, want }
	CASE("nothing", "", ".\r\n"),
	CASE("lines", "a\r\nb\r\n", "a\r\nb\r\n.\r\n"),
	CASE("an empty line", "\r\n", "\r\n.\r\n"),
	CASE("no line end at the end", "a", "a\r\n.\r\n"),
	CASE("half a line end at the end", "a\r", "a\r\n.\r\n"),
	CASE("a CR alone", "\r", "\r\n.\r\n"),
	CASE("a dot", ".\r\n", "..\r\n.\r\n"),
	CASE("a dot without its line end", ".", "..\r\n.\r\n"),
	CASE("two dots", "..\r\n", "...\r\n.\r\n"),
	CASE("a line with a dot first", ".a\r\n", "..a\r\n.\r\n"),
	CASE("a dot elsewhere", "a.b\r\n", "a.b\r\n.\r\n"),
	CASE("a dot in a later line", "a\r\n.b\r\n", "a\r\n..b\r\n.\r\n"),
	CASE("a dot behind an empty line", "\r\n.\r\n", "\r\n..\r\n.\r\n"),

	/* each would end the message for some server */
	CASE("LF.LF", "a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
	CASE("LF.CRLF", "a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"),
	CASE("LF.CR", "a\n.\rb", "a\r\n.. b\r\n.\r\n"),
	CASE("CR.CR", "a\r.\rb", "a . b\r\n.\r\n"),
	CASE("CR.LF", "a\r.\nb", "a .\r\nb\r\n.\r\n"),
	CASE("CR.CRLF", "a\r.\r\nb", "a .\r\nb\r\n.\r\n"),
	CASE("CRLF.CR", "a\r\n.\rb", "a\r\n.. b\r\n.\r\n"),
	CASE("CRLF.LF", "a\r\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
	CASE("CRLF.CRLF", "a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"),
	CASE("CRCRLF", "a\r\r\n.\r\r\nb", "a \r\n.. \r\nb\r\n.\r\n"),
	CASE("LFCR", "a\n\r.\n\rb", "a\r\n .\r\n b\r\n.\r\n"),
	CASE("a NUL round the dot", "a\r\n\0.\0\r\nb",
	    "a\r\n..\r\nb\r\n.\r\n"),
	CASE("a NUL in a line end", "a\r\0\n.\r\0\nb",
	    "a\r\n..\r\nb\r\n.\r\n"),
	CASE("a NUL behind a CR", "a\r\0.\r\0b", "a . b\r\n.\r\n"),
	CASE("CR at the end, behind a dot", "a\r\n.\r", "a\r\n..\r\n.\r\n"),
	CASE("a NUL alone", "\0", ".\r\n"),
	CASE("only CRs", "\r\r\r", "  \r\n.\r\n"),
	CASE("a whole dialogue", "a\r\n.\r\nMAIL FROM:<x@y>\r\n",
	    "a\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n"),
#undef CASE
};

/* As simple as it can be: lines first, then dots. */
static void
reference(const char *text, size_t len, struct buffer *out)
{
	struct buffer lines = BUFFER_INIT;
	const char *p;
	size_t i, cr = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '\0')
			continue;
		if (text[i] == '\n') {
			buffer_addc(&lines, '\n');
			cr = 0;
			continue;
		}
		if (cr)
			buffer_addc(&lines, ' ');
		if (!(cr = text[i] == '\r'))
			buffer_addc(&lines, text[i]);
	}
	if (cr || (lines.len > 0 && lines.data[lines.len - 1] != '\n'))
		buffer_addc(&lines, '\n');
	for (p = buffer_string(&lines); *p != '\0'; p++) {
		if (*p == '.' && (p == lines.data || p[-1] == '\n'))
			buffer_addc(out, '.');
		if (*p == '\n')
			buffer_addc(out, '\r');
		buffer_addc(out, *p);
	}
	buffer_adds(out, ".\r\n");
	buffer_free(&lines);
}

/* In pieces that end where cut says: bit i, behind byte i. */
static void
stuff(const char *text, size_t len, uint64_t cut, struct buffer *out)
{
	struct content c;
	size_t i, from = 0;

	content_begin(&c, 1);
	for (i = 0; i < len; i++) {
		if ((cut >> i % 64 & 1) != 0 || i + 1 == len) {
			content_add(&c, text + from, i + 1 - from, out);
			from = i + 1;
		}
	}
	content_end(&c, out);
}

static int
equal(const struct buffer *a, const struct buffer *b)
{
	return a->len == b->len && (a->len == 0 ||
	    memcmp(a->data, b->data, a->len) == 0);
}

static void
test_cases(void)
{
	struct buffer out = BUFFER_INIT, want = BUFFER_INIT;
	uint64_t cut;
	size_t i;
	int same;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buffer_reset(&out);
		buffer_reset(&want);
		buffer_adds(&want, cases[i].want);
		stuff(cases[i].text, cases[i].len, 0, &out);
		is_str(buffer_string(&out), cases[i].want, "%s",
		    cases[i].rule);
		same = 1;
		for (cut = 0; cut < UINT64_C(1) << (cases[i].len < 12 ?
		    cases[i].len : 12); cut++) {
			buffer_reset(&out);
			stuff(cases[i].text, cases[i].len, cut, &out);
			same &= equal(&out, &want);
		}
		ok(same, "... however it is cut up");
	}
	buffer_free(&out);
	buffer_free(&want);
}

/* 1: the text goes without change where dots are not stuffed. */
static int
needs_nothing(const char *text, size_t len)
{
	struct buffer out = BUFFER_INIT;
	struct content c;
	int same;

	content_begin(&c, 0);
	content_add(&c, text, len, &out);
	content_end(&c, &out);
	same = out.len == len && (len == 0 ||
	    memcmp(out.data, text, len) == 0);
	buffer_free(&out);
	return same;
}

static int
is_clean(const char *text, size_t len, size_t cut)
{
	char last = '\n';

	return content_is_clean(&last, text, cut) &&
	    content_is_clean(&last, text + cut, len - cut) && last == '\n';
}

/* Every text of some length over the bytes that matter. */
static void
test_all_short(void)
{
	static const char alphabet[] = { '\r', '\n', '.', 'a', '\0' };
	struct buffer out = BUFFER_INIT, want = BUFFER_INIT;
	size_t len, n, total, i, rest, bad = 0, unclean = 0;
	char text[8];

	for (len = 0, total = 1; len <= 6; len++, total *= 5) {
		for (n = 0; n < total; n++) {
			for (i = 0, rest = n; i < len; i++, rest /= 5)
				text[i] = alphabet[rest % 5];
			buffer_reset(&out);
			buffer_reset(&want);
			stuff(text, len, chance(), &out);
			reference(text, len, &want);
			bad += !equal(&out, &want);
			for (i = 0; i <= len; i++)
				unclean += is_clean(text, len, i) !=
				    needs_nothing(text, len);
		}
	}
	is_int((long long)bad, 0, "all texts of 6 bytes");
	is_int((long long)unclean, 0, "... and clean is what stays the same");
	buffer_free(&out);
	buffer_free(&want);
}

/* The rule of RFC 5321, 4.5.2, seen from the server: only CRLF ends a line,
 * a dot first is doubled, the end is a dot alone, and it is at the end. */
static int
is_one_message(const struct buffer *b)
{
	size_t i;
	const char *p = b->data;

	for (i = 0; i < b->len; i++) {
		if (p[i] == '\0' || (p[i] == '\r') !=
		    (i + 1 < b->len && p[i + 1] == '\n'))
			return 0;
		if (p[i] == '.' && (i == 0 || p[i - 1] == '\n') &&
		    p[i + 1] != '.' && i + 3 != b->len)
			return 0;
	}
	return b->len >= 3 && memcmp(p + b->len - 3, ".\r\n", 3) == 0 &&
	    (b->len == 3 || p[b->len - 4] == '\n');
}

static void
test_random(void)
{
	static const char alphabet[] = "\r\r\n\n..\0ab \200";
	struct buffer out = BUFFER_INIT, want = BUFFER_INIT;
	size_t n, i, len, bad = 0, open = 0;
	char text[300];

	for (n = 0; n < 20000; n++) {
		len = chance_below(sizeof(text) + 1);
		for (i = 0; i < len; i++)
			text[i] = chance_of(2) ? 'x' :
			    alphabet[chance_below(sizeof(alphabet) - 1)];
		buffer_reset(&out);
		buffer_reset(&want);
		stuff(text, len, chance() & chance(), &out);
		reference(text, len, &want);
		bad += !equal(&out, &want);
		open += !is_one_message(&out);
	}
	is_int((long long)bad, 0, "random texts are as the reference says");
	is_int((long long)open, 0, "... and one message to a server");
	buffer_free(&out);
	buffer_free(&want);
}

int
main(void)
{
	test_cases();
	test_all_short();
	test_random();
	return done();
}
