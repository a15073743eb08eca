/*
 * What the verbs of outbox share: complaints, progress, the queue's group.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/outbox.h"
#include "queue/privilege.h"
#include "queue/utf8.h"
#include "queue/wake.h"

#define NO_MEMORY "out of memory"
#define PROGRESS_AFTER 500	/* milliseconds: what is quick needs none */
#define PROGRESS_EVERY 100

void
tool_complain(void *arg, const char *file, int line, const char *text)
{
	struct buffer out = BUFFER_INIT;

	(void)arg;
	utf8_add_printable(&out, file);
	if (line > 0)
		buffer_addf(&out, ":%d", line);
	buffer_adds(&out, ": ");
	utf8_add_printable(&out, text);
	fprintf(stderr, "%s\n", out.failed ? NO_MEMORY : buffer_string(&out));
	buffer_free(&out);
}

void
tool_fail(struct tool *t, int status, const char *text)
{
	struct buffer line = BUFFER_INIT;

	tool_progress_end(t);
	fflush(stdout);
	/* It may have come from anywhere. */
	utf8_add_printable(&line, text);
	fprintf(stderr, "outbox: %s\n", line.failed ? NO_MEMORY :
	    buffer_string(&line));
	buffer_free(&line);
	t->status = status;
}

void
tool_progress(struct tool *t, const char *doing, size_t done, size_t all)
{
	int64_t now = clock_now();

	if (now < t->progress_next || !isatty(STDERR_FILENO))
		return;
	if (t->progress_next != 0) {
		fprintf(stderr, "\r%s %zu of %zu\033[K", doing, done, all);
		t->progress = 1;
	}
	t->progress_next = now + (t->progress ? PROGRESS_EVERY :
	    PROGRESS_AFTER);
}

void
tool_progress_end(struct tool *t)
{
	if (t->progress)
		fputs("\r\033[K", stderr);
	t->progress = 0;
}

void
tool_raise(struct tool *t)
{
	if (privilege_raise() != 0)
		tool_fail(t, EX_OSERR, "cannot use the queue's group");
}

void
tool_lower(struct tool *t)
{
	if (privilege_lower() == 0)
		return;
	tool_fail(t, EX_OSERR, "cannot give up the queue's group");
	exit(t->status);
}

int
tool_flush_runs(struct tool *t)
{
	int runs = spool_is_locked(t->spool);

	/* The lock is its owner's; users have the fifo. */
	if (runs >= 0)
		return runs;
	tool_raise(t);
	runs = wake_is_heard(t->spool);
	tool_lower(t);
	return runs;
}
