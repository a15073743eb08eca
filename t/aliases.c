/*
 * The aliases file: its syntax, case by case.
 */
#include <config.h>

#include "config/aliases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "t/tap.h"

static char path[] = "/tmp/outbox-aliases-XXXXXX";

static void
write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/* Errors as "line: text;" */
static void
report(void *arg, const char *file, int line, const char *text)
{
	(void)file;
	buffer_addf(arg, "%d: %s;", line, text);
}

/* The targets of name with '|' between them, or "-". */
static void
show(const struct aliases *a, const char *name, struct buffer *out)
{
	const struct alias *alias = aliases_find(a, name);
	char **t;

	if (alias == NULL) {
		buffer_adds(out, "-");
		return;
	}
	for (t = alias->targets; *t != NULL; t++)
		buffer_addf(out, "%s%s", t > alias->targets ? "|" : "", *t);
}

static const struct {
	const char *rule, *file, *name, *targets, *errors;
} cases[] = {
	{ "name: target", "root: a@b\n", "root", "a@b", "" },
	{ "no such name", "root: a@b\n", "toor", "-", "" },
	{ "names in any case", "Root: a@b\n", "rOOT", "a@b", "" },
	{ "several targets", "root: a@b, c ,d@e\n", "root", "a@b|c|d@e", "" },
	{ "no blank after the colon", "root:a@b\n", "root", "a@b", "" },
	{ "blanks before the colon", "root \t: a@b\n", "root", "a@b", "" },
	{ "a line without its end", "root: a@b", "root", "a@b", "" },
	{ "CRLF", "root: a@b\r\nx: y\r\n", "root", "a@b", "" },
	{ "continuation lines", "root: a@b,\n  c@d,\n\te@f\nx: y\n", "root",
	    "a@b|c@d|e@f", "" },
	{ "all on the continuation line", "root:\n a@b\n", "root", "a@b",
	    "" },
	{ "comments", "# x: y\nroot: a@b\n  # more\n", "root", "a@b", "" },
	{ "a comment is no alias", "#x: y\n", "#x", "-", "" },
	{ "comments and empty lines between continuations",
	    "root: a@b,\n# c\n\n  c@d\n", "root", "a@b|c@d", "" },
	{ "a quoted name", "\"joe user\": a@b\n", "joe user", "a@b", "" },
	{ "with a colon in it", "\"a:b\": c@d\n", "a:b", "c@d", "" },
	{ "with a quote in it", "\"a\\\"b\": c@d\n", "a\"b", "c@d", "" },
	{ "quoted targets keep their commas", "x: \"a,b\"@c, d\n", "x",
	    "\"a,b\"@c|d", "" },
	{ "a command is a target like any other", "x: \"|cmd a, b\", c\n",
	    "x", "\"|cmd a, b\"|c", "" },
	{ "so are files and lists", "x: /dev/null, :include:/l\n", "x",
	    "/dev/null|:include:/l", "" },
	{ "\\name", "root: \\root, a@b\n", "root", "\\root|a@b", "" },
	{ "the default", "*: a@b\n", "*", "a@b", "" },
	{ "empty targets are none", "root: , a@b,,\n", "root", "a@b", "" },
	{ "the first of two counts", "root: a@b\nROOT: c@d\n", "root", "a@b",
	    "" },
	{ "an empty file", "", "root", "-", "" },
	{ "no colon", "root a@b\nx: y\n", "x", "y",
	    "1: an alias is written 'name: target';" },
	{ "no name", ": a@b\nx: y\n", "x", "y",
	    "1: the alias has no name;" },
	{ "no target", "root:\nx: y\n", "root", "-",
	    "1: the alias has no target;" },
	{ "a continuation of nothing", "  a@b\nx: y\n", "x", "y",
	    "1: a continuation of nothing;" },
	{ "an open quote", "\"root: a@b\nx: y\n", "x", "y",
	    "1: an alias is written 'name: target';" },
	{ "errors have the line where they start",
	    "a: b\n\nroot a@b\n c\nx: y\n", "x", "y",
	    "3: an alias is written 'name: target';" },
};

static void
check_many(void)
{
	struct buffer file = BUFFER_INIT, got = BUFFER_INIT;
	struct aliases *a;
	int i;

	for (i = 0; i < 5000; i++)
		buffer_addf(&file, "user%d: target%d@x\n", i * 7919 % 5000,
		    i * 7919 % 5000);
	write_file(file.data);
	a = aliases_load(path, NULL, NULL);
	is_int((long long)aliases_count(a), 5000, "5,000 aliases");
	show(a, "user4711", &got);
	is_str(buffer_string(&got), "target4711@x", "are found");
	for (i = 0; i < 5000; i++) {
		char name[32];
		const struct alias *alias;

		snprintf(name, sizeof(name), "USER%d", i);
		if ((alias = aliases_find(a, name)) == NULL ||
		    strncmp(alias->targets[0], "target", 6) != 0 ||
		    atoi(alias->targets[0] + 6) != i)
			break;
	}
	is_int(i, 5000, "each of them");
	aliases_free(a);
	buffer_free(&file);
	buffer_free(&got);
}

int
main(void)
{
	struct buffer got = BUFFER_INIT, errors = BUFFER_INIT;
	struct aliases *a;
	size_t i;
	int fd = mkstemp(path);

	if (fd < 0)
		return 99;
	close(fd);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buffer_reset(&got);
		buffer_reset(&errors);
		write_file(cases[i].file);
		a = aliases_load(path, report, &errors);
		show(a, cases[i].name, &got);
		is_str(buffer_string(&got), cases[i].targets, "%s",
		    cases[i].rule);
		is_str(buffer_string(&errors), cases[i].errors,
		    "... errors");
		aliases_free(a);
	}
	check_many();
	unlink(path);
	buffer_reset(&errors);
	a = aliases_load(path, report, &errors);
	is_int((long long)aliases_count(a), 0, "a missing file is empty");
	is_str(buffer_string(&errors), "", "and no error");
	aliases_free(a);
	a = aliases_load("/tmp/x/y/\377", report, &errors);
	aliases_free(a);
	buffer_reset(&errors);
	a = aliases_load("/dev/null/x", report, &errors);
	ok(errors.len > 0, "one that cannot be opened is");
	is_int((long long)aliases_count(a), 0, "and has no aliases");
	aliases_free(a);
	aliases_free(NULL);
	buffer_free(&got);
	buffer_free(&errors);
	return done();
}
