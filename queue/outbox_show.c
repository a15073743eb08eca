/*
 * outbox show: the envelope, what became of it, and the message.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/outbox.h"
#include "queue/utf8.h"

static void
print_date(const char *name, time_t when)
{
	char text[64] = "?";
	struct tm tm;

	if (localtime_r(&when, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm);
	printf("%s: %s\n", name, text);
}

/* Outside text, which must not control a terminal. */
static void
print_text(struct tool *t, const char *before, const char *text,
    const char *after)
{
	struct buffer line = BUFFER_INIT;

	utf8_add_printable(&line, text);
	if (line.failed)
		tool_fail(t, EX_OSERR, "out of memory");
	printf("%s%s%s\n", before, buffer_string(&line), after);
	buffer_free(&line);
}

static void
print_recipient(struct tool *t, const struct envelope_rcpt *r)
{
	char before[32];

	snprintf(before, sizeof(before), "Recipient: %c <", r->mark);
	print_text(t, before, r->address, ">");
	if (r->notify != NULL)
		print_text(t, "  Notify: ", r->notify, "");
	if (r->orcpt != NULL)
		print_text(t, "  Original: ", r->orcpt, "");
}

static void
print_envelope(struct tool *t, const struct spool_message *m,
    const struct target *g)
{
	const struct envelope *env = &m->env;
	const struct envelope_retry *retry = &env->retry;
	size_t i;

	printf("Queue-ID: %s\n", m->id);
	if (g->failed)
		puts("Parked: yes");
	print_date("Arrival", env->arrival);
	printf("User: %lu\nSize: %" PRIu64 "\n", (unsigned long)env->uid,
	    env->message);
	print_text(t, "Sender: <", env->sender, ">");
	if (env->envid != NULL)
		print_text(t, "Envelope-ID: ", env->envid, "");
	if (env->ret != NULL)
		print_text(t, "Return: ", env->ret, "");
	if (env->require_tls)
		puts("Require-TLS: yes");
	for (i = 0; i < env->nrcpts; i++)
		print_recipient(t, &env->rcpts[i]);
	printf("Attempts: %u\n", retry->attempts);
	if (retry->lost > 0)
		printf("Lost-Replies: %u\n", retry->lost);
	if (retry->attempts > 0 && retry->next > 0)
		print_date("Next", retry->next);
	printf("Held: %s\n", retry->held ? "yes" : "no");
	if (retry->warned)
		puts("Delay-Warning: sent");
	print_text(t, "Last-Reply: ", retry->reply, "");
}

/* The message as it is; for a terminal, lines that cannot control it. */
static int
print_message(struct tool *t, const struct spool_message *m, int header,
    struct error *e)
{
	int tty = isatty(STDOUT_FILENO), copy = dup(m->fd), rc = 0;
	FILE *in = copy >= 0 ? fdopen(copy, "r") : NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t n = -1;

	if (in == NULL || fseeko(in, (off_t)m->env.head, SEEK_SET) != 0)
		rc = error_sys(e, "cannot read %s", m->id);
	while (rc == 0 && (n = getline(&line, &size, in)) > 0) {
		if (header && *line == '\r')
			break;
		if (!tty) {
			fwrite(line, 1, (size_t)n, stdout);
			continue;
		}
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		while (n-- > 0)
			if (line[n] == '\t')
				line[n] = ' ';
		print_text(t, "", line, "");
	}
	/* Neither is so when there is no memory for a line. */
	if (rc == 0 && n < 0 && !feof(in))
		rc = error_sys(e, "cannot read %s", m->id);
	free(line);
	if (in != NULL)
		fclose(in);
	else if (copy >= 0)
		close(copy);
	return rc;
}

static void
show(struct tool *t, const struct target *g)
{
	struct spool_message m;
	enum spool_result result;
	struct error e;

	result = select_peek(t, select_spool(t, g), g->name, &m, &e);
	if (result != SPOOL_OK) {
		select_complain(t, g->name, result, &e);
		return;
	}
	print_envelope(t, &m, g);
	putchar('\n');
	if (print_message(t, &m, t->options.header, &e) != 0)
		tool_fail(t, EX_IOERR, e.text);
	spool_release(&m);
}

void
outbox_show(struct tool *t)
{
	struct targets targets;
	size_t i;

	if (!select_is_given(&t->options)) {
		tool_fail(t, EX_USAGE, "show which message? see outbox list");
		return;
	}
	select_collect(t, &targets);
	for (i = 0; i < targets.n; i++)
		show(t, &targets.list[i]);
	select_free(&targets);
}
