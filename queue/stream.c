/*
 * A connection as a stream: see stream.h.
 */
#include <config.h>

#include "queue/stream.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/tls.h"

#define READ_SIZE 16384
#define UNREAD_MAX (1024 * 1024)	/* replies that nobody asked for */
#define LINE_LIMIT 65536

/* Up to in-byte end, what came had been read when sent bytes were out. */
struct mark {
	uint64_t end;
	uint64_t sent;
};

struct stream {
	int fd;
	struct tls *tls;
	int ended;		/* the peer sends no more */
	struct buffer in;
	size_t used;		/* bytes of in that were given out */
	size_t searched;	/* bytes of in without a line end */
	uint64_t in_base;	/* bytes of the peer before in */
	struct mark *marks;
	size_t nmarks, first, size;
	struct buffer out;
	size_t flushed;		/* bytes of out that were sent */
	uint64_t out_base;	/* bytes sent before out */
	void (*tick)(void *arg);
	void *tick_arg;
};

struct stream *
stream_new(int fd, struct error *e)
{
	struct stream *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		error_sys(e, "cannot use the connection");
		close(fd);
		return NULL;
	}
	s->fd = fd;
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	tls_free(s->tls);
	close(s->fd);
	buffer_wipe(&s->in);
	buffer_wipe(&s->out);
	free(s->marks);
	free(s);
}

struct tls *
stream_tls(const struct stream *s)
{
	return s->tls;
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

uint64_t
stream_sent(const struct stream *s)
{
	return s->out_base + s->flushed;
}

uint64_t
stream_written(const struct stream *s)
{
	return s->out_base + s->out.len;
}

size_t
stream_pending(const struct stream *s)
{
	return s->out.len - s->flushed;
}

void
stream_on_wait(struct stream *s, void (*tick)(void *arg), void *arg)
{
	s->tick = tick;
	s->tick_arg = arg;
}

/* Wait until fd is ready.  -1 and e: the deadline passed.  A peer that keeps it
 * ready, and sends nothing that is of use, gains no time. */
static int
wait_for(const struct stream *s, short events, int64_t deadline,
    struct error *e)
{
	struct pollfd p = { .fd = s->fd, .events = events };
	int left, n;

	while ((left = clock_left(deadline)) > 0) {
		n = poll(&p, 1, left < STREAM_TICK ? left : STREAM_TICK);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return error_sys(e, "poll");
		if (n == 0 && s->tick != NULL)
			s->tick(s->tick_arg);
	}
	errno = ETIMEDOUT;
	return error_sys(e, "the server does not answer");
}

int
stream_handshake(struct stream *s, struct tls *t, int64_t deadline,
    struct error *e)
{
	int rc;

	while ((rc = tls_handshake(t, e)) == TLS_WAIT)
		if (wait_for(s, tls_wants_write(t) ? POLLOUT : POLLIN,
		    deadline, e) != 0)
			return -1;
	return rc == 1 ? 0 : -1;
}

int
stream_secure(struct stream *s, struct tls *t, struct error *e)
{
	if (s->in.len > s->used) {
		tls_free(t);
		return error_set(e, "the server sent data before TLS: "
		    "someone may be in the way");
	}
	s->tls = t;
	return 0;
}

int
stream_write(struct stream *s, const void *data, size_t len,
    struct error *e)
{
	if (buffer_add(&s->out, data, len) != 0)
		return error_memory(e);
	return 0;
}

int
stream_printf(struct stream *s, struct error *e, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n, result;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_memory(e);
	result = stream_write(s, text, (size_t)n, e);
	explicit_bzero(text, (size_t)n);
	free(text);
	return result;
}

/* What a call returned, as those of tls.h would. */
static ssize_t
without_tls(ssize_t n, struct error *e)
{
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return TLS_WAIT;
	error_sys(e, "lost the connection");
	return TLS_FAILED;
}

/* Bytes, 0: the end, TLS_WAIT, or TLS_FAILED and e. */
static ssize_t
receive(struct stream *s, void *data, size_t len, struct error *e)
{
	ssize_t n;

	if (s->tls != NULL)
		return tls_recv(s->tls, data, len, e);
	do
		n = recv(s->fd, data, len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return without_tls(n, e);
}

static ssize_t
transmit(struct stream *s, const void *data, size_t len, struct error *e)
{
	ssize_t n;

	if (s->tls != NULL)
		return tls_send(s->tls, data, len, e);
	do
		n = send(s->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return without_tls(n, e);
}

static int
add_mark(struct stream *s, struct error *e)
{
	uint64_t end = s->in_base + s->in.len, sent = stream_sent(s);

	if (s->nmarks > s->first && s->marks[s->nmarks - 1].sent == sent) {
		s->marks[s->nmarks - 1].end = end;
		return 0;
	}
	if (s->nmarks == s->size && s->first > 0) {
		s->nmarks -= s->first;
		memmove(s->marks, s->marks + s->first,
		    s->nmarks * sizeof(*s->marks));
		s->first = 0;
	}
	if (s->nmarks == s->size) {
		size_t size = s->size == 0 ? 16 : s->size * 2;
		void *marks = reallocarray(s->marks, size,
		    sizeof(*s->marks));

		if (marks == NULL)
			return error_sys(e, "cannot read");
		s->marks = marks;
		s->size = size;
	}
	s->marks[s->nmarks].end = end;
	s->marks[s->nmarks++].sent = sent;
	return 0;
}

/* Read what is there.  1: something, or the end; 0: nothing yet; -1 and e. */
static int
fill(struct stream *s, struct error *e)
{
	ssize_t n;

	if (s->ended)
		return 1;
	if (s->used > 0 && (s->used == s->in.len || s->used > READ_SIZE)) {
		s->in_base += s->used;
		s->searched -= s->used < s->searched ? s->used : s->searched;
		buffer_drop(&s->in, s->used);
		s->used = 0;
	}
	if (s->in.len - s->used > UNREAD_MAX)
		return error_set(e, "the server sends without end");
	if (buffer_reserve(&s->in, READ_SIZE) != 0)
		return error_memory(e);
	n = receive(s, s->in.data + s->in.len, READ_SIZE, e);
	if (n == TLS_WAIT)
		return 0;
	if (n < 0)
		return -1;
	if (n == 0) {
		s->ended = 1;
		return 1;
	}
	s->in.len += (size_t)n;
	s->in.data[s->in.len] = '\0';
	return add_mark(s, e) == 0 ? 1 : -1;
}

int
stream_flush(struct stream *s, int64_t deadline, struct error *e)
{
	struct error lost;
	ssize_t n;
	short events;
	int failed = 0;

	while (stream_pending(s) > 0) {
		/* What came before this was sent cannot be its answer.  If
		 * reading fails, writing will say so too. */
		if (!failed && fill(s, &lost) < 0)
			failed = 1;
		n = transmit(s, s->out.data + s->flushed, stream_pending(s),
		    e);
		if (n >= 0) {
			s->flushed += (size_t)n;
			continue;
		}
		if (n == TLS_FAILED)
			return -1;
		events = POLLOUT;
		if (!s->ended && !failed)
			events |= POLLIN;
		if (wait_for(s, events, deadline, e) != 0)
			return -1;
	}
	s->out_base += s->flushed;
	s->flushed = 0;
	buffer_reset(&s->out);
	return 0;
}

/* A line of in, if there is a whole one. */
static char *
find_end(struct stream *s)
{
	size_t from = s->searched > s->used ? s->searched : s->used;
	char *end = NULL;

	if (s->in.len > from)
		end = memchr(s->in.data + from, '\n', s->in.len - from);
	s->searched = end != NULL ? (size_t)(end - s->in.data) : s->in.len;
	return end;
}

/* What was sent when the byte before position end was read. */
static uint64_t
sent_at(struct stream *s, uint64_t end)
{
	while (s->first + 1 < s->nmarks && s->marks[s->first].end < end)
		s->first++;
	return s->marks[s->first].sent;
}

int
stream_has_line(struct stream *s)
{
	struct error lost;

	if (find_end(s) != NULL || s->ended)
		return 1;
	return fill(s, &lost) != 0 && (find_end(s) != NULL || s->ended);
}

int
stream_getline(struct stream *s, int64_t deadline, const char **line,
    size_t *len, uint64_t *sent, struct error *e)
{
	char *end;
	int rc;

	while ((end = find_end(s)) == NULL) {
		if (s->ended)
			return 0;
		if (s->in.len - s->used > LINE_LIMIT)
			return error_set(e, "the server sends a line without "
			    "end");
		if ((rc = fill(s, e)) < 0)
			return -1;
		if (rc == 0 && wait_for(s, POLLIN, deadline, e) != 0)
			return -1;
	}
	*line = s->in.data + s->used;
	*len = (size_t)(end - *line);
	*sent = sent_at(s, s->in_base + s->used + 1);
	s->used += *len + 1;
	s->searched = s->used;
	if (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	return 1;
}

void
stream_forget(struct stream *s)
{
	if (s->out.data != NULL && s->out.len == 0)
		explicit_bzero(s->out.data, s->out.size);
}

void
stream_bye(struct stream *s)
{
	if (s->tls != NULL)
		tls_bye(s->tls);
}
