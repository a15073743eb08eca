/*
 * smarthost_report.c - transcript, notifications, counters.
 *
 * Every line is one write(2), so that readers never see half of one and
 * nothing is lost when the process is killed.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_report.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smarthost.h"
#include "smarthost_buf.h"

static const char *const names[COUNT_LAST] = {
	[COUNT_CONNECTIONS] = "connections",
	[COUNT_PEAK] = "connections_peak",
	[COUNT_CONNECTIONS_REFUSED] = "connections_refused",
	[COUNT_COMMANDS] = "commands",
	[COUNT_MESSAGES] = "messages",
	[COUNT_MESSAGES_REFUSED] = "messages_refused",
	[COUNT_RECIPIENTS] = "recipients",
	[COUNT_BYTES] = "bytes",
	[COUNT_TLS_FULL] = "tls_full",
	[COUNT_TLS_RESUMED] = "tls_resumed",
	[COUNT_TLS_FAILED] = "tls_failed",
	[COUNT_TLS_EARLY] = "tls_early",
	[COUNT_AUTH_OK] = "auth_ok",
	[COUNT_AUTH_FAILED] = "auth_failed",
	[COUNT_VIOLATIONS] = "violations",
	[COUNT_WRITES] = "writes",
};

static atomic_ulong counters[COUNT_LAST];
static int log_fd = -1, notify_fd = -1;
static pthread_mutex_t notify_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t stats_lock = PTHREAD_MUTEX_INITIALIZER;

static void
write_all(int fd, const char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return;
		p += k;
		n -= (size_t)k;
	}
}

static int
open_for_append(const char *path)
{
	struct stat st;
	int fd, how = O_WRONLY;

	/* Both ends of a fifo: neither we nor the lines wait for a reader. */
	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		how = O_RDWR;
	fd = open(path, how | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		fprintf(stderr, "smarthost: %s: %s\n", path, strerror(errno));
	return fd;
}

int
report_open(void)
{

	if (conf.log != NULL && (log_fd = open_for_append(conf.log)) < 0)
		return -1;
	if (conf.notify != NULL &&
	    (notify_fd = open_for_append(conf.notify)) < 0)
		return -1;
	return 0;
}

void
report_close(void)
{

	if (log_fd >= 0)
		close(log_fd);
	if (notify_fd >= 0)
		close(notify_fd);
	log_fd = notify_fd = -1;
}

void
report_line(unsigned long conn, int tls, char who, const char *text, size_t len)
{
	struct buf b = { 0 };

	if (log_fd < 0)
		return;
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	buf_addf(&b, "%lu %s %c: ", conn, tls ? "tls" : "clear", who);
	buf_add_escaped(&b, text, len);
	buf_add(&b, "\n", 1);
	write_all(log_fd, b.data, b.len);
	buf_free(&b);
}

static void add_va(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
add_va(struct buf *b, const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	buf_add_escaped(b, text, strlen(text));
	buf_add(b, "\n", 1);
	free(text);
}

void
report_event(unsigned long conn, int tls, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;

	if (log_fd < 0)
		return;
	buf_addf(&b, "%lu %s event ", conn, tls ? "tls" : "clear");
	va_start(ap, fmt);
	add_va(&b, fmt, ap);
	va_end(ap);
	write_all(log_fd, b.data, b.len);
	buf_free(&b);
}

void
report_violation(unsigned long conn, int tls, const char *what)
{

	count_add(COUNT_VIOLATIONS, 1);
	report_event(conn, tls, "violation %s", what);
}

void
report_notify(const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;

	if (notify_fd < 0)
		return;
	va_start(ap, fmt);
	add_va(&b, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&notify_lock);
	write_all(notify_fd, b.data, b.len);
	pthread_mutex_unlock(&notify_lock);
	buf_free(&b);
}

void
count_add(enum counter which, unsigned long n)
{

	atomic_fetch_add_explicit(&counters[which], n, memory_order_relaxed);
}

void
count_max(enum counter which, unsigned long n)
{
	unsigned long old = atomic_load(&counters[which]);

	while (
	    old < n && !atomic_compare_exchange_weak(&counters[which], &old, n))
		continue;
}

void
count_write(void)
{
	struct buf text = { 0 }, tmp = { 0 };
	int fd, i;

	if (conf.stats == NULL)
		return;
	for (i = 0; i < COUNT_LAST; i++)
		buf_addf(
		    &text, "%s %lu\n", names[i], atomic_load(&counters[i]));
	buf_addf(&tmp, "%s.tmp", conf.stats);
	pthread_mutex_lock(&stats_lock);
	fd = open(tmp.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0) {
		write_all(fd, text.data, text.len);
		close(fd);
		(void)rename(tmp.data, conf.stats);
	} else
		fprintf(
		    stderr, "smarthost: %s: %s\n", tmp.data, strerror(errno));
	pthread_mutex_unlock(&stats_lock);
	report_notify("stats");
	buf_free(&text);
	buf_free(&tmp);
}
