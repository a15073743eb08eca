/*
 * Where a program reports: syslog, the journal, or standard error for a
 * foreground run.  One call is one line; control bytes of outside text are
 * escaped here and nowhere else.
 *
 * In syslog and the journal a line begins with NAME/PART, where Postfix has
 * postfix/smtp: programs for mail logs go by that.  So they do by "warning:",
 * which begins a line without fields that is a warning or worse; the program
 * follows it, and then the ID of a message if it is about one.
 */
#ifndef QUEUE_LOG_H
#define QUEUE_LOG_H

#include "queue/journal.h"

struct log;

/*
 * Report as program (kept) to the syslog facility (LOG_MAIL, ...) under the
 * name "outbox", or to standard error.  NULL when memory ran out: the other
 * calls accept that and stay silent.
 */
struct log *log_open(const char *program, int facility, int to_stderr);
void log_close(struct log *log);

/* Another name than "outbox"; without memory for it, the old one. */
void log_rename(struct log *log, const char *name);

/* priority is one of syslog(3). */
void log_event(struct log *log, int priority, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An error of the configuration: a settings_report, whose argument is the
 * log. */
void log_setting(void *log, const char *file, int line, const char *text);

/* More of one event. */
struct log_about {
	const char *part;	/* NULL: the program's */
	const struct journal_field *fields;	/* for the journal */
	size_t count;		/* LOG_FIELDS at most */
};

#define LOG_FIELDS 8

void log_about(struct log *log, int priority, const struct log_about *about,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
