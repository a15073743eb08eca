/*
 * The log: one call is one line, whatever the text holds.
 */
#include <config.h>

#include "queue/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "t/scratch.h"
#include "t/tap.h"

static const struct {
	const char *rule, *text, *want;
} cases[] = {
	{ "plain text", "250 2.0.0 ok", "250 2.0.0 ok" },
	{ "nothing", "", "" },
	{ "a line end", "a\nDec 24 00:00:00 host forged: b",
	    "a\\x0aDec 24 00:00:00 host forged: b" },
	{ "a CR", "a\rb", "a\\x0db" },
	{ "a tab", "a\tb", "a\\x09b" },
	{ "an escape sequence", "\033]0;title\007\033[2J",
	    "\\x1b]0;title\\x07\\x1b[2J" },
	{ "DEL", "\177", "\\x7f" },
	{ "UTF-8 goes through", "J\303\266rg \342\202\254 \360\237\230\200",
	    "J\303\266rg \342\202\254 \360\237\230\200" },
	{ "CSI in UTF-8", "a\302\233b", "a\\xc2\\x9bb" },
	{ "CSI as one byte", "a\233" "2Jb", "a\\x9b2Jb" },
	{ "Latin-1", "J\366rg", "J\\xf6rg" },
	{ "UTF-8 cut short", "a\342\202", "a\\xe2\\x82" },
	{ "UTF-8 too long", "a\300\212b", "a\\xc0\\x8ab" },
	{ "half of a surrogate pair", "\355\240\200", "\\xed\\xa0\\x80" },
	{ "above U+10FFFF", "\364\220\200\200", "\\xf4\\x90\\x80\\x80" },
	{ "percent signs", "100%s%n", "100%s%n" },
};

/* What log_event() writes to standard error for text. */
static const char *
logged(struct log *log, const char *text)
{
	static char line[20000];
	int kept = dup(STDERR_FILENO), fd;
	ssize_t n;

	fd = open(scratch_path("log"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND,
	    0600);
	if (kept < 0 || fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		scratch_fail("standard error");
	log_event(log, LOG_INFO, "%s", text);
	dup2(kept, STDERR_FILENO);
	n = pread(fd, line, sizeof(line) - 1, 0);
	line[n > 0 ? n : 0] = '\0';
	close(kept);
	close(fd);
	return line;
}

static void
test_cases(void)
{
	struct log *log = log_open("name", LOG_MAIL, 1);
	char want[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(want, sizeof(want), "name[%ld]: %s\n",
		    (long)getpid(), cases[i].want);
		is_str(logged(log, cases[i].text), want, "%s",
		    cases[i].rule);
	}
	log_close(log);
}

static void
test_long(void)
{
	struct log *log = log_open("name", LOG_MAIL, 1);
	char *text = malloc(10001);
	const char *line;

	if (text == NULL)
		scratch_fail("malloc");
	memset(text, 'x', 10000);
	text[10000] = '\0';
	line = logged(log, text);
	ok(strlen(line) > 10000 && strchr(line, '\n') == strchr(line, '\0') -
	    1, "a long line is one line");
	free(text);
	log_close(log);
}

static void
test_none(void)
{
	is_str(logged(NULL, "x"), "", "without a log: silence");
	log_close(NULL);
	log_close(log_open("outbox-unit", LOG_MAIL, 0));
	ok(1, "closing");
}

int
main(void)
{
	test_cases();
	test_long();
	test_none();
	return done();
}
