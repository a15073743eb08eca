/*
 * The client's side of -bs: see dialogue.h.
 */
#include <config.h>

#include "sendmail/dialogue.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/utf8.h"
#include "sendmail/input.h"

#define BLOCK 65536		/* bytes read at a time */
#define LINE_MAX_SMTP 4096	/* octets of a command */
#define REPLIES 1024		/* octets of them that need no more memory */
#define REPLY_SHORT 256
#define SILENCE 300000		/* milliseconds: RFC 5321, 4.5.3.2.7 */

struct dialogue {
	int in, out;
	int crlf;
	int dead;		/* nothing can be read, or written, any more */
	int starved;		/* a reply did not fit into memory */
	struct buffer replies;
	struct buffer line;
	char *data;		/* BLOCK bytes */
	size_t start, end;	/* of what is in it */
};

static void
send_replies(struct dialogue *d)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < d->replies.len && !d->dead) {
		n = write(d->out, d->replies.data + sent,
		    d->replies.len - sent);
		if (n < 0 && errno != EINTR)
			d->dead = 1;
		else if (n > 0)
			sent += (size_t)n;
	}
	buffer_reset(&d->replies);
	d->dead |= d->starved;
}

void
dialogue_free(struct dialogue *d)
{
	if (d == NULL)
		return;
	send_replies(d);
	buffer_free(&d->replies);
	buffer_free(&d->line);
	free(d->data);
	free(d);
}

struct dialogue *
dialogue_new(int in, int out)
{
	const struct timeval limit = { SILENCE / 1000, 0 };
	struct dialogue *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->in = in;
	d->out = out;
	/* A connection whose client does not read; pipes have no limit. */
	setsockopt(out, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	/* Not later: a reply that cannot be given makes the client repeat
	 * what it has done. */
	if ((d->data = malloc(BLOCK)) != NULL &&
	    buffer_reserve(&d->line, LINE_MAX_SMTP) == 0 &&
	    buffer_reserve(&d->replies, REPLIES) == 0)
		return d;
	dialogue_free(d);
	return NULL;
}

void
dialogue_reply(struct dialogue *d, const char *fmt, ...)
{
	char room[REPLY_SHORT], *text = room;
	size_t before = d->replies.len;
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(room, sizeof(room), fmt, ap);
	if ((size_t)n >= sizeof(room) && vasprintf(&text, fmt, again) < 0)
		text = NULL;
	va_end(again);
	va_end(ap);
	if (text != NULL) {
		utf8_add_printable(&d->replies, text);
		buffer_adds(&d->replies, "\r\n");
	}
	/* What was said before still goes, and then the session ends: another
	 * reply would answer something else. */
	if (text == NULL || d->replies.failed) {
		d->replies.len = before;
		d->starved = 1;
	}
	if (text != room)
		free(text);
}

int
dialogue_is_starved(const struct dialogue *d)
{
	return d->starved;
}

/* Wait for more; 0: there is none. */
static int
fill(struct dialogue *d)
{
	struct pollfd p = { .fd = d->in, .events = POLLIN };
	ssize_t n;
	int ready;

	send_replies(d);
	if (d->dead)
		return 0;
	do
		ready = poll(&p, 1, SILENCE);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		dialogue_reply(d, "421 4.4.2 silent for too long");
	n = ready > 0 ? input_read(d->in, d->data, BLOCK) : 0;
	if (n <= 0) {
		d->dead = 1;
		send_replies(d);
		return 0;
	}
	d->start = 0;
	d->end = (size_t)n;
	return 1;
}

size_t
dialogue_data(struct dialogue *d, const char **data)
{
	if (d->start == d->end && !fill(d))
		return 0;
	*data = d->data + d->start;
	return d->end - d->start;
}

void
dialogue_used(struct dialogue *d, size_t len)
{
	d->start += len;
}

/* Collect a line in d->line.  0: there is none; -1: it is too long, or not a
 * text. */
static int
collect(struct dialogue *d)
{
	const char *data, *eol = NULL;
	size_t len, n;
	int result = 1;

	buffer_reset(&d->line);
	while (eol == NULL) {
		if ((len = dialogue_data(d, &data)) == 0)
			return 0;
		eol = memchr(data, '\n', len);
		n = eol != NULL ? (size_t)(eol - data) + 1 : len;
		if (d->line.len + n > LINE_MAX_SMTP ||
		    memchr(data, '\0', n) != NULL)
			result = -1;
		if (result > 0 && buffer_add(&d->line, data, n) != 0)
			return 0;
		dialogue_used(d, n);
	}
	return result;
}

char *
dialogue_line(struct dialogue *d)
{
	int got;

	while ((got = collect(d)) < 0)
		dialogue_reply(d, "500 5.5.2 the line is too long, or no "
		    "text");
	if (got == 0)
		return NULL;
	d->line.len--;
	d->crlf = d->line.len > 0 && d->line.data[d->line.len - 1] == '\r';
	d->line.len -= (size_t)d->crlf;
	d->line.data[d->line.len] = '\0';
	return d->line.data;
}

int
dialogue_crlf(const struct dialogue *d)
{
	return d->crlf;
}
