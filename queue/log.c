/*
 * Logging: see log.h.  The line is made whole before it is written, in one
 * write, so that lines of several processes do not mix.
 */
#include <config.h>

#include "queue/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/spool.h"
#include "queue/utf8.h"

#define NAME "outbox"
#define ID_DIGITS "0123456789ABCDEF"

struct log {
	const char *program;
	char *name;		/* NULL: NAME */
	const char *part;
	int to_stderr;
	int facility;
	long pid;
	struct journal *journal;
	char tag[64];		/* syslog(3) keeps a pointer */
};

static const char no_memory[] = "out of memory\n";

/* What programs for mail logs take them for. */
static const struct {
	const char *program, *part;
} parts[] = {
	{ "sendmail", "pickup" },
	{ "outbox-flush", "qmgr" },
	{ "outbox-smtp", "smtp" },
	{ "outbox-local", "local" },
	{ "outbox", "postsuper" },
};

static const char *
part_of(const char *program)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].program, program) == 0)
			return parts[i].part;
	return program;
}

struct log *
log_open(const char *program, int facility, int to_stderr)
{
	struct log *log;

	if ((log = calloc(1, sizeof(*log))) == NULL)
		return NULL;
	log->program = program;
	log->part = part_of(program);
	log->to_stderr = to_stderr;
	log->facility = facility;
	log->pid = getpid();
	if (!to_stderr)
		log->journal = journal_open(&journal_system);
	return log;
}

void
log_rename(struct log *log, const char *name)
{
	char *copy;

	if (log == NULL || (copy = strdup(name)) == NULL)
		return;
	free(log->name);
	log->name = copy;
}

void
log_close(struct log *log)
{
	if (log == NULL)
		return;
	if (!log->to_stderr) {
		closelog();
		journal_close(log->journal);
	}
	free(log->name);
	free(log);
}

static void
escape(struct buffer *out, const char *text)
{
	const char *start = text;	/* of what goes out as it is */
	size_t n;

	for (; *text != '\0'; text += n) {
		if ((n = utf8_printable(text)) != 0)
			continue;
		buffer_add(out, start, (size_t)(text - start));
		buffer_addf(out, "\\x%02x", (unsigned char)*text);
		n = 1;
		start = text + n;
	}
	buffer_add(out, start, (size_t)(text - start));
}

/* A line about a message begins with its ID: that to id, which is left alone
 * otherwise. */
static void
copy_id(const char *text, char id[SPOOL_ID + 1])
{
	if (strspn(text, ID_DIGITS) != SPOOL_ID || text[SPOOL_ID] != ':')
		return;
	memcpy(id, text, SPOOL_ID);
	id[SPOOL_ID] = '\0';
}

static int
to_journal(struct log *log, int priority, const struct log_about *about,
    const char *text, const char *id)
{
	struct journal_field fields[6 + LOG_FIELDS];
	char level[16], facility[16], pid[24];
	size_t n = 0, i;

	snprintf(level, sizeof(level), "%d", priority);
	snprintf(facility, sizeof(facility), "%d", log->facility >> 3);
	snprintf(pid, sizeof(pid), "%ld", log->pid);
	fields[n++] = (struct journal_field){ "MESSAGE", text };
	fields[n++] = (struct journal_field){ "PRIORITY", level };
	fields[n++] = (struct journal_field){ "SYSLOG_FACILITY", facility };
	fields[n++] = (struct journal_field){ "SYSLOG_IDENTIFIER", log->tag };
	fields[n++] = (struct journal_field){ "SYSLOG_PID", pid };
	if (*id != '\0')
		fields[n++] = (struct journal_field){ "OUTBOX_ID", id };
	for (i = 0; i < about->count && i < LOG_FIELDS; i++)
		fields[n++] = about->fields[i];
	return journal_send(log->journal, fields, n);
}

static void
to_system(struct log *log, int priority, const struct log_about *about,
    const char *text)
{
	struct buffer line = BUFFER_INIT;
	char id[SPOOL_ID + 1] = "";

	snprintf(log->tag, sizeof(log->tag), "%s/%s",
	    log->name != NULL ? log->name : NAME,
	    about->part != NULL ? about->part : log->part);
	copy_id(text, id);
	/* What has fields is read by their names in the line. */
	if (about->count == 0 && priority <= LOG_WARNING)
		/* The bracket keeps fail2ban, with log.name = postfix, from
		 * finding its own in what a client or a server said. */
		buffer_addf(&line, "warning: [%s] ", log->program);
	escape(&line, text);
	text = line.failed ? no_memory : buffer_string(&line);
	if (log->journal == NULL ||
	    to_journal(log, priority, about, text, id) != 0) {
		/* Only the name changes: the connection stays. */
		openlog(log->tag, LOG_PID, log->facility);
		syslog(priority, "%s", text);
	}
	buffer_free(&line);
}

static void
to_stderr(const struct log *log, const char *text)
{
	struct buffer line = BUFFER_INIT;

	buffer_addf(&line, "%s[%ld]: ", log->program, log->pid);
	escape(&line, text);
	buffer_addc(&line, '\n');
	if (write(STDERR_FILENO, line.failed ? no_memory : line.data,
	    line.failed ? sizeof(no_memory) - 1 : line.len) < 0)
		line.failed = 1;	/* nobody is left to tell */
	buffer_free(&line);
}

static void __attribute__((format(printf, 4, 0)))
put(struct log *log, int priority, const struct log_about *about,
    const char *fmt, va_list ap)
{
	char *text = NULL;
	const char *line;

	if (log == NULL)
		return;
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	line = text != NULL ? text : "out of memory";
	if (log->to_stderr)
		to_stderr(log, line);
	else
		to_system(log, priority, about, line);
	free(text);
}

void
log_about(struct log *log, int priority, const struct log_about *about,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(log, priority, about, fmt, ap);
	va_end(ap);
}

void
log_event(struct log *log, int priority, const char *fmt, ...)
{
	const struct log_about nothing = { NULL, NULL, 0 };
	va_list ap;

	va_start(ap, fmt);
	put(log, priority, &nothing, fmt, ap);
	va_end(ap);
}

void
log_setting(void *log, const char *file, int line, const char *text)
{
	if (line > 0)
		log_event(log, LOG_ERR, "%s:%d: %s", file, line, text);
	else
		log_event(log, LOG_ERR, "%s: %s", file, text);
}
