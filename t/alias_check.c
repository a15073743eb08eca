/*
 * What "outbox check" tells of an aliases file: circles above all.
 */
#include <config.h>

#include <string.h>

#include "queue/alias.h"
#include "queue/buffer.h"
#include "queue/recipients.h"
#include "t/scratch.h"
#include "t/tap.h"

#define LONG 100000		/* aliases in a row */

/* What is told of circles: "line: (names);", of the rest "line: !;". */
static const struct {
	const char *rule, *file, *told;
} cases[] = {
	{ "no alias of an alias", "a: x@y\nb: c\n", "" },
	{ "a chain is no circle", "a: b\nb: c\nc: x@y\n", "" },
	{ "two ways to one alias", "a: b, c\nb: d\nc: d\nd: x@y\n", "" },
	{ "two aliases", "b: x@y\nA: c\nc: a\n", "2: (A, c, A);" },
	{ "three aliases", "c: a\nb: c\na: b\n", "3: (a, b, c, a);" },
	{ "with a way out", "a: b, x@y\nb: z@y, a\n", "1: (a, b, a);" },
	{ "the way into it is no part of it", "a: b\nb: c\nc: b\n",
	    "2: (b, c, b);" },
	{ "each circle", "a: b\nb: a\nc: d\nd: c\n",
	    "1: (a, b, a);3: (c, d, c);" },
	{ "each circle through one alias", "a: b, c\nb: a\nc: a\n",
	    "1: (a, b, a);1: (a, c, a);" },
	{ "once, however it is written", "a: b, B, b@localhost\n"
	    "b: a, \"a\", A@host.example.net, a@host, a@example.com\n",
	    "1: (a, b, a);" },
	{ "names of elsewhere", "a: b@x\nb: a\n", "" },
	{ "a name that is not looked up", "a: \\b\nb: a\n", "" },
	{ "an alias with its own name", "a: a, x@y\nb: \\b\nc: c@localhost\n",
	    "" },
	{ "the default", "*: a\na: b\n", "" },
	{ "what is named by the second of two", "a: x@y\na: b\nb: a\n", "" },
	{ "in a line of which something is ignored", "a: |cmd, b\nb: a\n",
	    "1: !;1: (a, b, a);" },
	{ "in one that is half an address", "a: b c, b\nb: a\n",
	    "1: !;1: (a, b, a);" },
};

static void
report(void *arg, const char *file, int line, const char *text)
{
	const char *names = strstr(text, " leads back to itself (");
	const char *end = names != NULL ? strchr(names, ')') : NULL;

	if (strcmp(file, scratch_path("aliases")) != 0)
		buffer_adds(arg, "another file, ");
	if (end == NULL) {
		buffer_addf(arg, "%d: !;", line);
		return;
	}
	names = strchr(names, '(');
	buffer_addf(arg, "%d: %.*s;", line, (int)(end + 1 - names), names);
}

static void
check_file(const char *text, struct buffer *told)
{
	const struct recipients_rules rules = {
		.domain = "example.com", .host = "host.example.net",
		.aliases = scratch_path("aliases"),
		.passwd = "/nonexistent" };

	scratch_text("aliases", text);
	buffer_reset(told);
	if (alias_check(&rules, report, told) != 0)
		buffer_adds(told, "no memory");
}

static void
check_cases(struct buffer *told)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_file(cases[i].file, told);
		is_str(buffer_string(told), cases[i].told, "%s",
		    cases[i].rule);
	}
}

/* The stack is not what limits it. */
static void
check_long(struct buffer *told)
{
	struct buffer text = BUFFER_INIT;
	int i;

	for (i = 0; i < LONG; i++)
		buffer_addf(&text, "a%d: a%d\n", i, (i + 1) % LONG);
	check_file(buffer_string(&text), told);
	ok(strncmp(buffer_string(told), "1: (a0, a1, a2, ", 16) == 0,
	    "a circle of %d", LONG);
	buffer_free(&text);
}

int
main(void)
{
	struct buffer told = BUFFER_INIT;

	check_cases(&told);
	check_long(&told);
	buffer_free(&told);
	return done();
}
