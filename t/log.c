/*
 * The log: one call is one line, whatever the text holds.  The journal is here:
 * it keeps the fields of what was logged last.
 */
#include <config.h>

#include "queue/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "t/scratch.h"
#include "t/tap.h"

struct journal {
	struct buffer seen;
};

static struct journal journal;
const struct journal_paths journal_system;

struct journal *
journal_open(const struct journal_paths *paths)
{
	(void)paths;
	return &journal;
}

void
journal_close(struct journal *j)
{
	buffer_free(&j->seen);
}

int
journal_send(struct journal *j, const struct journal_field *fields, size_t n)
{
	size_t i;

	buffer_reset(&j->seen);
	for (i = 0; i < n; i++)
		if (strcmp(fields[i].name, "SYSLOG_PID") != 0)
			buffer_addf(&j->seen, "%s%s=%s", i > 0 ? "; " : "",
			    fields[i].name, fields[i].value);
	return 0;
}

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

#define ID "00066106B2E7F3A3DCE5801E"
#define REST "; SYSLOG_FACILITY=2; SYSLOG_IDENTIFIER="

static void
test_journal(void)
{
	const struct journal_field fields[] = {
		{ "OUTBOX_SENDER", "a\nb" }, { "OUTBOX_SIZE", "5" } };
	const struct log_about about = { "bounce", fields, 2 };
	static const struct {
		const char *rule, *program, *name;
		int priority;
		const char *text, *want;
	} lines[] = {
		{ "the scheduler", "outbox-flush", NULL, LOG_INFO, "x",
		    "MESSAGE=x; PRIORITY=6" REST "outbox/qmgr" },
		{ "the worker", "outbox-smtp", NULL, LOG_INFO, "x",
		    "MESSAGE=x; PRIORITY=6" REST "outbox/smtp" },
		{ "sendmail", "sendmail", NULL, LOG_INFO, "x",
		    "MESSAGE=x; PRIORITY=6" REST "outbox/pickup" },
		{ "the tool", "outbox", NULL, LOG_INFO, "x",
		    "MESSAGE=x; PRIORITY=6" REST "outbox/postsuper" },
		{ "any other", "outbox-token", NULL, LOG_INFO, "x",
		    "MESSAGE=x; PRIORITY=6" REST "outbox/outbox-token" },
		{ "another name", "outbox-smtp", "postfix", LOG_INFO, "x",
		    "MESSAGE=x; PRIORITY=6" REST "postfix/smtp" },
		{ "an error", "sendmail", NULL, LOG_ERR, "x[1.2.3.4]: y",
		    "MESSAGE=warning: [sendmail] x[1.2.3.4]: y; PRIORITY=3"
		    REST "outbox/pickup" },
		{ "a message", "sendmail", NULL, LOG_NOTICE, ID ": x",
		    "MESSAGE=" ID ": x; PRIORITY=5" REST
		    "outbox/pickup; OUTBOX_ID=" ID },
		{ "a warning about one", "sendmail", NULL, LOG_WARNING, ID ": x",
		    "MESSAGE=warning: [sendmail] " ID ": x; PRIORITY=4" REST
		    "outbox/pickup; OUTBOX_ID=" ID },
		{ "less than an ID", "sendmail", NULL, LOG_INFO, "0006: x",
		    "MESSAGE=0006: x; PRIORITY=6" REST "outbox/pickup" },
		{ "more than an ID", "sendmail", NULL, LOG_INFO, ID "0: x",
		    "MESSAGE=" ID "0: x; PRIORITY=6" REST "outbox/pickup" },
		{ "a line end", "sendmail", NULL, LOG_INFO, "x\ny",
		    "MESSAGE=x\\x0ay; PRIORITY=6" REST "outbox/pickup" },
	};
	struct log *log;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		log = log_open(lines[i].program, LOG_MAIL, 0);
		if (lines[i].name != NULL)
			log_rename(log, lines[i].name);
		log_event(log, lines[i].priority, "%s", lines[i].text);
		is_str(buffer_string(&journal.seen), lines[i].want,
		    "the journal: %s", lines[i].rule);
		log_close(log);
	}
	log = log_open("outbox-flush", LOG_MAIL, 0);
	log_about(log, LOG_WARNING, &about, ID ": x");
	is_str(buffer_string(&journal.seen), "MESSAGE=" ID ": x; PRIORITY=4"
	    REST "outbox/bounce; OUTBOX_ID=" ID "; OUTBOX_SENDER=a\nb; "
	    "OUTBOX_SIZE=5", "the journal: fields as they are, another part");
	log_close(log);
}

int
main(void)
{
	test_cases();
	test_journal();
	test_long();
	test_none();
	return done();
}
