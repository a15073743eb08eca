/*
 * Canonical lines: one case per rule, each with the input cut up in several
 * ways, then every short input against a slow and plain reading of the rules.
 */
#include <config.h>

#include "sendmail/body.h"

#include <stdio.h>
#include <string.h>

#include "t/tap.h"

static const struct {
	const char *rule;
	const char *in;
	size_t len;		/* 0: up to the NUL */
	const char *out;
	int dots;		/* -i */
	int ended;
	const char *facts;	/* longest, 8 for 8-bit, '.' for dots */
} cases[] = {
	{ "LF becomes CRLF", "a\nb\n", 0, "a\r\nb\r\n", 0, 0, "1" },
	{ "CRLF stays", "a\r\nb\r\n", 0, "a\r\nb\r\n", 0, 0, "1" },
	{ "line ends may be mixed", "a\r\nb\nc\r\n", 0, "a\r\nb\r\nc\r\n", 0,
	    0, "1" },
	{ "all CRs before a LF go", "a\r\r\r\nb\n", 0, "a\r\nb\r\n", 0, 0,
	    "1" },
	{ "a CR inside a line becomes a space", "a\rb\n", 0, "a b\r\n", 0, 0,
	    "3" },
	{ "several become one", "a\r\r\rb\n", 0, "a b\r\n", 0, 0, "3" },
	{ "a CR at the start of a line too", "\rb\n", 0, " b\r\n", 0, 0,
	    "2" },
	{ "NUL is removed", "a\0b\n", 4, "ab\r\n", 0, 0, "2" },
	{ "NUL does not hide a line end", "a\r\0\nb\n", 6, "a\r\nb\r\n", 0,
	    0, "1" },
	{ "the last line gets its end", "a\nb", 0, "a\r\nb\r\n", 0, 0, "1" },
	{ "a CR at the end belongs to it", "a\r", 0, "a\r\n", 0, 0, "1" },
	{ "nothing stays nothing", "", 0, "", 0, 0, "0" },
	{ "empty lines stay", "\n\r\n\n", 0, "\r\n\r\n\r\n", 0, 0, "0" },
	{ "a lone dot ends the message", "a\n.\nb\n", 0, "a\r\n", 0, 1,
	    "1" },
	{ "with CRLF too", "a\r\n.\r\nb\r\n", 0, "a\r\n", 0, 1, "1" },
	{ "and at the end of the input", "a\n.", 0, "a\r\n", 0, 1, "1" },
	{ "and when it is all", ".\n", 0, "", 0, 1, "0" },
	{ "with -i it is data", "a\n.\nb\n", 0, "a\r\n.\r\nb\r\n", 1, 0,
	    "1." },
	{ "with -i at the end", "a\n.", 0, "a\r\n.\r\n", 1, 0, "1." },
	{ "dots are not unstuffed", "..\n..a\n.b\n", 0,
	    "..\r\n..a\r\n.b\r\n", 0, 0, "3." },
	{ "a dot and a blank end nothing", ". \n", 0, ". \r\n", 0, 0, "2." },
	{ "a dot and a CR inside the line neither", ".\rx\n", 0,
	    ". x\r\n", 0, 0, "3." },
	{ "a CR before the dot neither", "\r.\n", 0, " .\r\n", 0, 0, "2" },
	{ "8-bit is noticed", "a\n\303\251\n", 0, "a\r\n\303\251\r\n", 0, 0,
	    "2 8" },
	{ "but not behind the end", "a\n.\n\303\251\n", 0, "a\r\n", 0, 1,
	    "1" },
	{ "the longest line counts", "a\nabcdefgh\nabc", 0,
	    "a\r\nabcdefgh\r\nabc\r\n", 0, 0, "8" },
	{ "the last line too", "a\nabcdefgh", 0, "a\r\nabcdefgh\r\n", 0, 0,
	    "8" },
};

static void
run(struct body *b, int dots, const char *in, size_t len, size_t chunk,
    struct buffer *out)
{
	size_t i, n;

	body_init(b, dots);
	for (i = 0; i < len; i += n) {
		n = len - i < chunk ? len - i : chunk;
		body_feed(b, in + i, n, out);
	}
	body_finish(b, out);
}

static const char *
show_facts(const struct body *b, char *text, size_t size)
{
	snprintf(text, size, "%llu%s%s", (unsigned long long)b->facts.longest,
	    b->facts.body_8bit ? " 8" : "", b->facts.dots ? "." : "");
	return text;
}

static void
check_cases(void)
{
	static const size_t chunks[] = { 4096, 1, 2, 3 };
	char facts[64];
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = cases[i].len != 0 ? cases[i].len :
		    strlen(cases[i].in);

		for (j = 0; j < sizeof(chunks) / sizeof(chunks[0]); j++) {
			struct buffer out = BUFFER_INIT;
			struct body b;

			run(&b, cases[i].dots, cases[i].in, len, chunks[j],
			    &out);
			is_str(buffer_string(&out), cases[i].out,
			    "%s (%zu at a time)", cases[i].rule, chunks[j]);
			is_str(show_facts(&b, facts, sizeof(facts)),
			    cases[i].facts, "... facts");
			is_int(b.ended, cases[i].ended, "... end");
			buffer_free(&out);
		}
	}
}

/* The rules read plainly: without NULs, line by line. */
static int
reference(const char *in, size_t len, int dots, struct buffer *out)
{
	char text[16], line[16];
	size_t n = 0, i, j, k;

	for (i = 0; i < len; i++)
		if (in[i] != '\0')
			text[n++] = in[i];
	for (i = 0; i < n; i = j + 1) {
		for (j = i; j < n && text[j] != '\n'; j++)
			continue;
		for (k = 0; i + k < j; k++)
			line[k] = text[i + k];
		while (k > 0 && line[k - 1] == '\r')
			k--;
		if (j == n && k == 0)
			break;		/* only CRs at the end */
		if (!dots && k == 1 && line[0] == '.')
			return 1;
		for (i = 0; i < k; i++) {
			if (line[i] != '\r')
				buffer_addc(out, line[i]);
			else if (line[i + 1] != '\r')
				buffer_addc(out, ' ');
		}
		buffer_adds(out, "\r\n");
	}
	return 0;
}

#define LONGEST 6

static void
check_exhaustively(void)
{
	static const char alphabet[] = { '\r', '\n', '.', '\0', 'a', '\377' };
	unsigned long total = 1, i, v, bad = 0;
	char in[LONGEST];
	size_t len, k, chunk;
	int dots;

	for (len = 0; len <= LONGEST; len++, total *= sizeof(alphabet)) {
		for (i = 0; i < total; i++) {
			for (k = 0, v = i; k < len; k++) {
				in[k] = alphabet[v % sizeof(alphabet)];
				v /= sizeof(alphabet);
			}
			for (chunk = 1; chunk <= 4; chunk++) {
				struct buffer out = BUFFER_INIT;
				struct buffer want = BUFFER_INIT;
				struct body b;
				int ended;

				dots = (int)(chunk & 1);
				ended = reference(in, len, dots, &want);
				run(&b, dots, in, len, chunk < 4 ? chunk :
				    LONGEST, &out);
				bad += ended != b.ended || strcmp(
				    buffer_string(&want),
				    buffer_string(&out)) != 0;
				buffer_free(&out);
				buffer_free(&want);
			}
		}
	}
	is_int((long long)bad, 0, "every input of up to %d bytes", LONGEST);
}

static void
check_constant_memory(void)
{
	struct buffer out = BUFFER_INIT;
	static char crs[65536];
	struct body b;
	int i;

	memset(crs, '\r', sizeof(crs));
	body_init(&b, 0);
	for (i = 0; i < 1000; i++)
		body_feed(&b, crs, sizeof(crs), &out);
	body_feed(&b, "x\n", 2, &out);
	is_str(buffer_string(&out), " x\r\n", "65 MB of CR are one space");
	ok(out.size < 1000000, "... in constant memory");
	buffer_free(&out);
}

static void
check_restart(void)
{
	struct buffer out = BUFFER_INIT;
	struct body b;
	char facts[64];

	body_init(&b, 1);
	body_feed(&b, "a long header line\n.\303\251", 22, &out);
	body_restart(&b, out.data + 20, out.len - 20);
	body_feed(&b, "x\n", 2, &out);
	is_str(show_facts(&b, facts, sizeof(facts)), "4 8.",
	    "facts start again in the middle of a line");
	body_restart(&b, "..\r\n", 4);
	is_str(show_facts(&b, facts, sizeof(facts)), "2.",
	    "and at the end of one");
	buffer_free(&out);
}

int
main(void)
{
	char wide[100];
	size_t i;
	unsigned bad = 0;

	check_cases();
	check_exhaustively();
	check_constant_memory();
	check_restart();
	for (i = 0; i < sizeof(wide); i++) {
		memset(wide, 'a', sizeof(wide));
		bad += body_is_8bit(wide, sizeof(wide)) != 0;
		wide[i] = '\200';
		bad += body_is_8bit(wide, sizeof(wide)) != 1;
		bad += body_is_8bit(wide, i) != 0;
	}
	is_int(bad, 0, "an 8-bit byte is seen wherever it stands");
	return done();
}
