/*
 * Where a program reports: syslog, or standard error for a foreground run.
 * One call is one line; control bytes of outside text are escaped here and
 * nowhere else.
 */
#ifndef QUEUE_LOG_H
#define QUEUE_LOG_H

struct log;

/*
 * Report as name (kept) to the syslog facility (LOG_MAIL, ...), or to
 * standard error.  NULL when memory ran out: the other calls accept that
 * and stay silent.
 */
struct log *log_open(const char *name, int facility, int to_stderr);
void log_close(struct log *log);

/* priority is one of syslog(3). */
void log_event(struct log *log, int priority, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
