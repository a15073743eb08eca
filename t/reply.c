/*
 * Replies of a server that may be hostile: bounded, printable, and nothing
 * that is no reply passes for one.
 */
#include <config.h>

#include "queue/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/chance.h"
#include "t/tap.h"

/* Lines divided by '\n'; result is that of the last one. */
static const struct {
	const char *rule, *lines;
	int result, code;
	const char *status, *text;
} cases[] = {
	{ "one line", "250 ok", 1, 250, "", "ok" },
	{ "a code alone", "250", 1, 250, "", "" },
	{ "a code and a blank", "250 ", 1, 250, "", "" },
	{ "a code and a hyphen", "250-", 0, 250, "", "" },
	{ "several lines", "250-a\n250-b\n250 c", 1, 250, "", "a\nb\nc" },
	{ "the last line empty", "250-a\n250", 1, 250, "", "a\n" },
	{ "not yet complete", "250-a\n250-b", 0, 250, "", "a\nb" },
	{ "an intermediate reply", "354 go on", 1, 354, "", "go on" },
	{ "the least code", "200 a", 1, 200, "", "a" },
	{ "the largest code", "599 a", 1, 599, "", "a" },

	/* no replies */
	{ "an empty line", "", -1, 0, "", "" },
	{ "one digit", "2", -1, 0, "", "" },
	{ "two digits", "25", -1, 0, "", "" },
	{ "two digits and text", "25 ok", -1, 0, "", "" },
	{ "four digits", "2500 ok", -1, 0, "", "" },
	{ "a code of 000", "000 a", -1, 0, "", "" },
	{ "a code of 1yz", "150 a", -1, 0, "", "" },
	{ "a code of 6yz", "600 a", -1, 0, "", "" },
	{ "a code of 999", "999 a", -1, 0, "", "" },
	{ "letters for a code", "abc", -1, 0, "", "" },
	{ "a letter in a code", "2a0 ok", -1, 0, "", "" },
	{ "a letter behind a code", "250ok", -1, 0, "", "" },
	{ "a tab behind a code", "250\tok", -1, 0, "", "" },
	{ "a blank before a code", " 250 ok", -1, 0, "", "" },
	{ "a negative code", "-250 ok", -1, 0, "", "" },
	{ "HTTP", "HTTP/1.1 400 Bad Request", -1, 0, "", "" },
	{ "another protocol", "+OK POP3 ready", -1, 0, "", "" },
	{ "another code in a later line", "250-a\n550 b", -1, 250, "", "a" },
	{ "rubbish in a later line", "250-a\nrubbish", -1, 250, "", "a" },
	{ "an empty later line", "250-a\n", -1, 250, "", "a" },

	/* enhanced status */
	{ "a status", "250 2.1.5 ok", 1, 250, "2.1.5", "2.1.5 ok" },
	{ "a status alone", "250 2.0.0", 1, 250, "2.0.0", "2.0.0" },
	{ "a status of three digits each", "550 5.123.456 x", 1, 550,
	    "5.123.456", "5.123.456 x" },
	{ "a status of four digits", "550 5.1234.1 x", 1, 550, "",
	    "5.1234.1 x" },
	{ "a status of four digits at the end", "550 5.1.1234 x", 1, 550, "",
	    "5.1.1234 x" },
	{ "only two numbers", "550 5.1 x", 1, 550, "", "5.1 x" },
	{ "only two numbers at the end", "550 5.1", 1, 550, "", "5.1" },
	{ "only two numbers, long enough for three", "550 5.123", 1, 550, "",
	    "5.123" },
	{ "two numbers and a dot", "550 5.1.", 1, 550, "", "5.1." },
	{ "a dot and no number", "550 5..1 x", 1, 550, "", "5..1 x" },
	{ "four numbers", "550 5.1.1.1 x", 1, 550, "", "5.1.1.1 x" },
	{ "a letter behind it", "550 5.1.1x", 1, 550, "", "5.1.1x" },
	{ "a comma behind it", "550 5.1.1, x", 1, 550, "", "5.1.1, x" },
	{ "one class for another: success", "550 2.1.1 x", 1, 550, "",
	    "2.1.1 x" },
	{ "one class for another: temporary", "550 4.1.1 x", 1, 550, "",
	    "4.1.1 x" },
	{ "one class for another: permanent", "450 5.1.1 x", 1, 450, "",
	    "5.1.1 x" },
	{ "no status of class 3", "354 3.1.1 x", 1, 354, "", "3.1.1 x" },
	{ "that of the first line counts", "550-5.1.1 a\n550 5.2.2 b", 1,
	    550, "5.1.1", "5.1.1 a\n5.2.2 b" },
	{ "or of the first that has one", "550-a\n550 5.2.2 b", 1, 550,
	    "5.2.2", "a\n5.2.2 b" },
	{ "behind a bracket it is text", "550 [5.1.1] x", 1, 550, "",
	    "[5.1.1] x" },

	/* what is kept is printable */
	{ "control bytes", "250 a\001\033[2J\177b", 1, 250, "",
	    "a??[2J?b" },
	{ "a tab", "250 a\tb", 1, 250, "", "a?b" },
	{ "a lone CR", "250 a\rb", 1, 250, "", "a?b" },
	{ "8-bit text", "250 J\303\266rg", 1, 250, "", "J\303\266rg" },
};

/* One line, of its own size, so that a sanitizer sees who reads on. */
static int
feed_line(struct reply *r, const char *line, size_t len)
{
	char *copy = malloc(len + (len == 0));
	int rc;

	if (copy == NULL)
		return -2;
	memcpy(copy, line, len);
	rc = reply_line(r, copy, len);
	free(copy);
	return rc;
}

static int
feed(struct reply *r, const char *lines)
{
	size_t len;
	int rc;

	for (;;) {
		len = strcspn(lines, "\n");
		rc = feed_line(r, lines, len);
		if (rc != 0 || lines[len] == '\0')
			return rc;
		lines += len + 1;
	}
}

static void
test_cases(void)
{
	struct reply r = { .text = BUFFER_INIT };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reply_reset(&r);
		is_int(feed(&r, cases[i].lines), cases[i].result, "%s: '%s'",
		    cases[i].rule, cases[i].lines);
		is_int(r.code, cases[i].code, "... code");
		is_str(r.status, cases[i].status, "... status");
		is_str(buffer_string(&r.text), cases[i].text, "... text");
	}
	reply_free(&r);
}

static void
test_bounds(void)
{
	static char line[REPLY_LINE + 2];
	struct reply r = { .text = BUFFER_INIT };
	int i, rc = 0;

	memset(line, 'x', sizeof(line));
	memcpy(line, "250 ", 4);
	is_int(reply_line(&r, line, REPLY_LINE), 1, "the longest line");
	is_int(r.text.len, REPLY_LINE - 4, "... all of it");
	reply_reset(&r);
	is_int(reply_line(&r, line, REPLY_LINE + 1), -1, "a longer line");
	reply_reset(&r);
	for (i = 0; i < REPLY_LINES && rc == 0; i++)
		rc = reply_line(&r, "250-", 4);
	is_int(rc, 0, "as many lines as are accepted");
	is_int(reply_line(&r, "250 end", 7), -1, "one more");
	reply_reset(&r);
	is_int(reply_line(&r, "250 a\0b", 7), 1, "a NUL in a line");
	is_str(buffer_string(&r.text), "a?b", "... is not kept");
	reply_reset(&r);
	is_int(reply_line(&r, "2\0000 a", 6), -1, "a NUL in a code");
	reply_free(&r);
}

static void
described(const char *lines, const char *want, const char *rule)
{
	struct reply r = { .text = BUFFER_INIT };
	char *text;

	feed(&r, lines);
	text = reply_describe(&r);
	is_str(text, want, "describe: %s", rule);
	free(text);
	reply_free(&r);
}

/* Random bytes with something of a reply in them: whatever the result, what
 * is kept is printable. */
static void
test_rubbish(void)
{
	static const char alphabet[] = "0123456789.- \r\t\001\377a";
	struct reply r = { .text = BUFFER_INIT };
	char line[40];
	size_t i, j, len, bad = 0;
	int rc;

	for (i = 0; i < 20000; i++) {
		len = chance_below(sizeof(line) + 1);
		for (j = 0; j < len; j++)
			line[j] = alphabet[chance_below(sizeof(alphabet))];
		if (len >= 4 && !chance_of(4))
			memcpy(line, chance_of(2) ? "550-" : "550 ", 4);
		rc = reply_line(&r, line, len);
		for (j = 0; j < r.text.len; j++)
			bad += (unsigned char)r.text.data[j] < ' ' &&
			    r.text.data[j] != '\n';
		bad += strlen(r.status) >= REPLY_STATUS ||
		    (rc >= 0 && (r.code < 200 || r.code > 599));
		if (rc != 0)
			reply_reset(&r);
	}
	is_int((long long)bad, 0, "rubbish leaves nothing unprintable");
	reply_free(&r);
}

int
main(void)
{
	struct reply r = { .text = BUFFER_INIT };

	test_cases();
	test_bounds();
	described("250 2.0.0 ok", "250 2.0.0 ok", "one line");
	described("250-a\n250-b\n250 c", "250 a b c", "several lines");
	described("250", "250", "a code alone");
	described("550-\n550 x", "550  x", "an empty line in it");
	test_rubbish();
	reply_free(&r);
	reply_free(&r);
	ok(r.code == 0 && r.status[0] == '\0', "free: as at first");
	return done();
}
