/*
 * Messages for programs of this machine: line ends and quoted lines, in pieces
 * of any size.
 */
#include <config.h>

#include "queue/unixtext.h"

#include <string.h>

#include "queue/buffer.h"
#include "t/tap.h"

static const struct {
	const char *rule;
	int quote;
	const char *in, *out;
} cases[] = {
	{ "CRLF becomes LF", 0, "a\r\n\r\nb\r\n", "a\n\nb\n" },
	{ "LF stays", 0, "a\nb\n", "a\nb\n" },
	{ "a CR that stands alone stays", 0, "a\rb\r\r\n", "a\rb\r\n" },
	{ "... at the end", 0, "a\r", "a\r\n" },
	{ "a line end at the end", 1, "a", "a\n" },
	{ "... and one only", 1, "a\r\n", "a\n" },
	{ "nothing stays nothing", 1, "", "" },
	{ "a line that begins a message is quoted", 1,
	    "From a\r\nb From c\r\nFrom d\r\n",
	    ">From a\nb From c\n>From d\n" },
	{ "one more time", 1, ">From a\r\n>>>From b\r\n",
	    ">>From a\n>>>>From b\n" },
	{ "also without an end", 1, "a\r\nFrom ", "a\n>From \n" },
	{ "what is like it is not", 1, "From\r\nFromage\r\nfrom a\r\n From "
	    "b\r\n> From c\r\n>Fro\r\nFr", "From\nFromage\nfrom a\n From b\n"
	    "> From c\n>Fro\nFr\n" },
	{ "a CR within it", 1, "Fro\rm a\r\nFrom \r\n", "Fro\rm a\n>From \n" },
	{ ">F>From", 1, ">F>From \r\n", ">F>From \n" },
	{ "without quotes", 0, "From a\r\n>From b\r\n", "From a\n>From b\n" },
};

/* In pieces of this size. */
static int
becomes(int quote, const char *in, const char *want, size_t piece)
{
	struct unixtext u = UNIXTEXT_INIT(quote);
	struct buffer out = BUFFER_INIT;
	size_t len = strlen(in), n;
	int same;

	for (; len > 0; in += n, len -= n) {
		n = len < piece ? len : piece;
		unixtext_add(&u, &out, in, n);
	}
	unixtext_end(&u, &out);
	same = out.len == strlen(want) &&
	    memcmp(buffer_string(&out), want, out.len) == 0;
	if (!same)
		diag("%s", buffer_string(&out));
	buffer_free(&out);
	return same;
}

int
main(void)
{
	size_t i, piece;
	int good;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good = 1;
		for (piece = 1; piece <= 12; piece++)
			good &= becomes(cases[i].quote, cases[i].in,
			    cases[i].out, piece);
		ok(good, "%s", cases[i].rule);
	}
	return done();
}
