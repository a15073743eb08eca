/*
 * Logging: see log.h.  The line is made whole before it is written, in one
 * write, so that lines of several processes do not mix.
 */
#include <config.h>

#include "queue/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "queue/buffer.h"

struct log {
	const char *name;
	int to_stderr;
	long pid;
};

struct log *
log_open(const char *name, int facility, int to_stderr)
{
	struct log *log;

	if ((log = calloc(1, sizeof(*log))) == NULL)
		return NULL;
	log->name = name;
	log->to_stderr = to_stderr;
	log->pid = getpid();
	if (!to_stderr)
		openlog(name, LOG_PID, facility);
	return log;
}

void
log_close(struct log *log)
{
	if (log != NULL && !log->to_stderr)
		closelog();
	free(log);
}

/* Bytes of the character at p, which ends in NUL somewhere; 0: it is a control
 * character, also of those above 0x7f, or not UTF-8. */
static size_t
printable(const unsigned char *p)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (*p < 0x80)
		return *p >= ' ' && *p != 0x7f;
	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	len = *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	if (*p == 0xc2 || *p == 0xe0)
		low = 0xa0;
	else if (*p == 0xf0)
		low = 0x90;
	else if (*p == 0xed)
		high = 0x9f;
	else if (*p == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++, low = 0x80, high = 0xbf)
		if (p[i] < low || p[i] > high)
			return 0;
	return len;
}

static void
escape(struct buffer *out, const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		n = printable((const unsigned char *)text);
		if (n > 0) {
			buffer_add(out, text, n);
		} else {
			buffer_addf(out, "\\x%02x", (unsigned char)*text);
			n = 1;
		}
	}
}

void
log_event(struct log *log, int priority, const char *fmt, ...)
{
	static const char none[] = "out of memory\n";
	struct buffer line = BUFFER_INIT;
	char *text = NULL;
	va_list ap;

	if (log == NULL)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (log->to_stderr)
		buffer_addf(&line, "%s[%ld]: ", log->name, log->pid);
	escape(&line, text != NULL ? text : none);
	if (log->to_stderr)
		buffer_addc(&line, '\n');
	if (!log->to_stderr)
		syslog(priority, "%s", line.failed ? none :
		    buffer_string(&line));
	else if (write(STDERR_FILENO, line.failed ? none : line.data,
	    line.failed ? sizeof(none) - 1 : line.len) < 0)
		line.failed = 1;	/* nobody is left to tell */
	buffer_free(&line);
	free(text);
}
