/*
 * smarthost_report.h - what a test can see of a run besides the messages:
 * the transcript (--log), the notifications (--notify), and the counters
 * (--stats).  All functions may be called from any thread.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_REPORT_H
#define T_SMARTHOST_REPORT_H

#include <stddef.h>

enum counter {
	COUNT_CONNECTIONS,
	COUNT_PEAK, /* at once */
	COUNT_CONNECTIONS_REFUSED,
	COUNT_COMMANDS,
	COUNT_MESSAGES,
	COUNT_MESSAGES_REFUSED, /* the whole content had arrived */
	COUNT_RECIPIENTS, /* of accepted messages */
	COUNT_BYTES, /* of accepted messages */
	COUNT_TLS_FULL,
	COUNT_TLS_RESUMED,
	COUNT_TLS_FAILED,
	COUNT_TLS_EARLY,
	COUNT_AUTH_OK,
	COUNT_AUTH_FAILED,
	COUNT_VIOLATIONS, /* of the protocol, by the client */
	COUNT_WRITES, /* groups of replies */
	COUNT_LAST
};

/* Open what conf names.  -1 after a message on stderr. */
int report_open(void);
void report_close(void);

/* who is 'C' or 'S'.  text is one line, with or without its line end. */
void report_line(
    unsigned long conn, int tls, char who, const char *text, size_t len);
void report_event(unsigned long conn, int tls, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An event that also counts as a violation. */
void report_violation(unsigned long conn, int tls, const char *what);

void report_notify(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void count_add(enum counter which, unsigned long n);
void count_max(enum counter which, unsigned long n);
void count_write(void); /* to --stats, by rename */

#endif
