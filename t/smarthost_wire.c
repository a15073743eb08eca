/*
 * smarthost_wire.c - one connection of the scripted smarthost.
 *
 * Replies are collected and written when the input is used up: one write per
 * group of pipelined commands.  With --delay-ms each reply has a due time,
 * counted from the arrival of its command, and input is read on while
 * replies wait, like on a line with latency.
 *
 * The main thread ends a connection by shutdown(2): all waits here notice.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_wire.h"

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "smarthost.h"
#include "smarthost_buf.h"
#include "smarthost_report.h"
#include "smarthost_tls.h"

#define IN_SIZE 65536
#define OUT_LIMIT 16384 /* do not let replies pile up beyond this */
#define POLITE_MS 2000 /* how long an orderly end waits for the peer */

/* Replies up to this offset of the output are due at this time. */
struct due {
	size_t end;
	int64_t when;
};

struct wire {
	unsigned long number;
	int fd;
	struct tls *tls;
	char *in;
	size_t in_pos, in_len, scanned;
	struct buf out;
	size_t out_pos;
	struct due *dues; /* only with --delay-ms */
	size_t n_dues, cap_dues;
	int64_t arrival;
	unsigned long drip; /* bytes in a second, or 0 */
	int64_t next_drop; /* when more may be read */
	int ended;
};

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct wire *
wire_new(int fd, unsigned long number)
{
	struct wire *w = xalloc(sizeof(*w));

	w->fd = fd;
	w->number = number;
	w->in = xalloc(IN_SIZE + 1);
	w->arrival = now_ns();
	return w;
}

void
wire_free(struct wire *w)
{

	if (w == NULL)
		return;
	tls_free(w->tls);
	close(w->fd);
	free(w->in);
	free(w->dues);
	buf_free(&w->out);
	free(w);
}

unsigned long
wire_number(const struct wire *w)
{

	return w->number;
}

int
wire_is_tls(const struct wire *w)
{

	return w->tls != NULL;
}

const char *
wire_protocol(const struct wire *w)
{

	return w->tls != NULL ? tls_protocol(w->tls) : "none";
}

struct tls *
wire_tls(struct wire *w)
{

	return w->tls;
}

int
wire_start_tls(struct wire *w)
{
	const char *why = "";

	wire_flush(w);
	w->tls =
	    tls_accept(w->fd, w->in + w->in_pos, w->in_len - w->in_pos, &why);
	w->in_pos = w->in_len = w->scanned = 0;
	if (w->tls == NULL) {
		count_add(COUNT_TLS_FAILED, 1);
		report_event(w->number, 0, "tls failed %s", why);
		w->ended = 1;
		return -1;
	}
	count_add(tls_resumed(w->tls) ? COUNT_TLS_RESUMED : COUNT_TLS_FULL, 1);
	count_add(COUNT_TLS_EARLY, (unsigned long)tls_early(w->tls));
	report_event(w->number, 1, "tls ok %s %s%s", tls_protocol(w->tls),
	    tls_resumed(w->tls) ? "resumed" : "full",
	    tls_has_client_certificate(w->tls) ? " client-certificate" : "");
	w->arrival = now_ns();
	return 0;
}

static void
write_out(struct wire *w, size_t end)
{
	ssize_t k;

	if (w->ended || end == w->out_pos)
		goto done;
	count_add(COUNT_WRITES, 1);
	if (w->tls != NULL) {
		if (tls_write(
			w->tls, w->out.data + w->out_pos, end - w->out_pos) < 0)
			w->ended = 1;
		goto done;
	}
	while (w->out_pos < end) {
		k = send(w->fd, w->out.data + w->out_pos, end - w->out_pos,
		    MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {
			w->ended = 1;
			break;
		}
		w->out_pos += (size_t)k;
	}
done:
	w->out_pos = end;
	if (w->out_pos == w->out.len) {
		buf_reset(&w->out);
		w->out_pos = 0;
	}
}

/* Write what is due.  Returns ns until the next reply is, -1: none is left. */
static int64_t
write_due(struct wire *w)
{
	int64_t now;
	size_t i, end;

	if (w->n_dues == 0) {
		if (w->out.len > 0)
			write_out(w, w->out.len);
		return -1;
	}
	now = now_ns();
	for (i = 0; i < w->n_dues && w->dues[i].when <= now; i++)
		continue;
	if (i > 0) {
		end = w->dues[i - 1].end;
		memmove(
		    w->dues, w->dues + i, (w->n_dues - i) * sizeof(*w->dues));
		w->n_dues -= i;
		write_out(w, end);
	}
	return w->n_dues > 0 ? w->dues[0].when - now : -1;
}

void
wire_flush(struct wire *w)
{
	struct timespec ts;
	int64_t left;

	while ((left = write_due(w)) >= 0) {
		ts.tv_sec = left / 1000000000;
		ts.tv_nsec = left % 1000000000;
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	}
}

static void
add_due(struct wire *w)
{
	int64_t when = w->arrival + (int64_t)conf.delay_ms * 1000000;

	if (w->n_dues > 0 && w->dues[w->n_dues - 1].when == when) {
		w->dues[w->n_dues - 1].end = w->out.len;
		return;
	}
	if (w->n_dues == w->cap_dues) {
		w->cap_dues = w->cap_dues ? w->cap_dues * 2 : 16;
		w->dues = realloc(w->dues, w->cap_dues * sizeof(*w->dues));
		if (w->dues == NULL)
			abort();
	}
	w->dues[w->n_dues].end = w->out.len;
	w->dues[w->n_dues++].when = when;
}

void
wire_send(struct wire *w, const void *p, size_t n)
{

	if (w->ended)
		return;
	buf_add(&w->out, p, n);
	if (conf.delay_ms > 0)
		add_due(w);
	else if (w->out.len > OUT_LIMIT)
		write_out(w, w->out.len);
}

/* Wait for input for at most ns.  Is there any? */
static int
wait_for_input(struct wire *w, int64_t ns)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	struct timespec ts = { .tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000 };

	if (w->tls != NULL && tls_pending(w->tls))
		return 1;
	return ppoll(&p, 1, &ts, NULL) > 0;
}

void
wire_drip(struct wire *w, unsigned long bytes)
{

	w->drip = bytes;
	w->next_drop = now_ns();
}

/* Wait until it is time to read again, and say how much of size. */
static size_t
next_drop(struct wire *w, size_t size)
{
	struct pollfd p = { .fd = w->fd, .events = POLLRDHUP };
	int64_t left;

	/* To the end without delay, when that is near. */
	if (w->drip == 0 || ((left = w->next_drop - now_ns()) > 0 &&
				poll(&p, 1, (int)(left / 1000000) + 1) > 0))
		return size;
	return size < w->drip / 20 + 1 ? size : w->drip / 20 + 1;
}

int
wire_fill(struct wire *w)
{
	int64_t left;
	size_t size;
	ssize_t k;

	if (w->in_pos > 0) {
		memmove(w->in, w->in + w->in_pos, w->in_len - w->in_pos);
		w->in_len -= w->in_pos;
		w->scanned -= w->in_pos < w->scanned ? w->in_pos : w->scanned;
		w->in_pos = 0;
	}
	while ((left = write_due(w)) >= 0)
		if (wait_for_input(w, left))
			break;
	if (w->ended || w->in_len == IN_SIZE)
		return 0;
	size = next_drop(w, IN_SIZE - w->in_len);
	do
		k = w->tls != NULL ? tls_read(w->tls, w->in + w->in_len, size)
				   : recv(w->fd, w->in + w->in_len, size, 0);
	while (k < 0 && w->tls == NULL && errno == EINTR);
	if (k <= 0) {
		wire_flush(w);
		w->ended = 1;
		return 0;
	}
	if (conf.delay_ms > 0)
		w->arrival = now_ns();
	if (w->drip > 0)
		w->next_drop += (int64_t)k * 1000000000 / (int64_t)w->drip;
	w->in_len += (size_t)k;
	return 1;
}

/* Throw the line away up to its end. */
static enum wire_line
skip_line(struct wire *w)
{
	char *nl;

	for (;;) {
		nl = memchr(w->in + w->in_pos, '\n', w->in_len - w->in_pos);
		if (nl != NULL)
			break;
		w->in_pos = w->in_len = w->scanned = 0;
		if (!wire_fill(w))
			return WIRE_EOF;
	}
	w->in_pos = w->scanned = (size_t)(nl - w->in) + 1;
	return WIRE_LINE_TOO_LONG;
}

enum wire_line
wire_get_line(struct wire *w, char **line, size_t *len)
{
	char *start, *nl;

	for (;;) {
		nl = memchr(w->in + w->scanned, '\n', w->in_len - w->scanned);
		if (nl != NULL)
			break;
		w->scanned = w->in_len;
		if (w->in_len - w->in_pos == IN_SIZE)
			return skip_line(w);
		if (!wire_fill(w))
			return WIRE_EOF;
	}
	start = w->in + w->in_pos;
	w->in_pos = w->scanned = (size_t)(nl - w->in) + 1;
	*line = start;
	if (nl > start && nl[-1] == '\r') {
		nl[-1] = '\0';
		*len = (size_t)(nl - start) - 1;
		return WIRE_LINE;
	}
	*nl = '\0';
	*len = (size_t)(nl - start);
	return WIRE_LINE_BARE;
}

size_t
wire_peek(struct wire *w, const char **p)
{

	*p = w->in + w->in_pos;
	return w->in_len - w->in_pos;
}

void
wire_take(struct wire *w, size_t n)
{

	w->in_pos += n;
	w->scanned = w->in_pos;
}

void
wire_pause(struct wire *w, long ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLRDHUP };

	if (w->ended)
		return;
	if (poll(&p, 1, ms < 0 || ms > INT_MAX ? -1 : (int)ms) > 0 && ms < 0)
		w->ended = 1;
}

/* Read until the peer has closed too: a close with unread input is a RST. */
static void
drain(struct wire *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	int64_t left, end = now_ns() + (int64_t)POLITE_MS * 1000000;

	if (shutdown(w->fd, SHUT_WR) != 0)
		return;
	while ((left = end - now_ns()) > 0)
		if (poll(&p, 1, (int)(left / 1000000) + 1) <= 0 ||
		    recv(w->fd, w->in, IN_SIZE, 0) <= 0)
			return;
}

void
wire_end(struct wire *w, enum wire_end how)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };

	if (w->ended)
		return;
	wire_flush(w);
	if (w->tls != NULL && !conf.no_close_notify &&
	    (how == WIRE_END_POLITE || how == WIRE_END_NOW))
		tls_bye(w->tls);
	if (how == WIRE_END_POLITE)
		drain(w);
	if (how == WIRE_END_RESET)
		(void)setsockopt(
		    w->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	w->ended = 1;
}

int
wire_ended(const struct wire *w)
{

	return w->ended;
}
