/*
 * Dots: see unstuff.h.  Between the starts of lines nothing is looked at one
 * byte at a time.
 */
#include <config.h>

#include "sendmail/unstuff.h"

#include <string.h>

void
unstuff_init(struct unstuff *u, int crlf)
{
	u->crlf = crlf;
	u->ended = 0;
	u->state = UNSTUFF_START;
}

/* Behind the next line end from p on, or end; the state follows. */
static const char *
skip_line(struct unstuff *u, const char *p, const char *end)
{
	const char *eol = p;

	while ((eol = memchr(eol, '\n', (size_t)(end - eol))) != NULL) {
		int cr = eol > p ? eol[-1] == '\r' :
		    u->state == UNSTUFF_CR;

		eol++;
		if (cr || !u->crlf) {
			u->state = UNSTUFF_START;
			return eol;
		}
		u->state = UNSTUFF_MIDDLE;
	}
	if (end > p)
		u->state = end[-1] == '\r' ? UNSTUFF_CR : UNSTUFF_MIDDLE;
	return end;
}

/* One byte behind a dot that was held back; the dot is gone. */
static void
after_dot(struct unstuff *u, char c,
    void (*put)(void *arg, const char *data, size_t len), void *arg)
{
	int was_cr = u->state == UNSTUFF_DOT_CR;

	if (c == '\n' && (was_cr || !u->crlf)) {
		u->ended = 1;
		return;
	}
	if (c == '\r' && !was_cr) {
		u->state = UNSTUFF_DOT_CR;
		return;
	}
	if (was_cr)
		put(arg, "\r", 1);
	put(arg, &c, 1);
	u->state = c == '\r' ? UNSTUFF_CR : UNSTUFF_MIDDLE;
}

size_t
unstuff_feed(struct unstuff *u, const char *data, size_t len,
    void (*put)(void *arg, const char *data, size_t len), void *arg)
{
	const char *p = data, *end = data + len, *from = data;

	while (p < end && !u->ended) {
		if (u->state == UNSTUFF_DOT || u->state == UNSTUFF_DOT_CR) {
			after_dot(u, *p++, put, arg);
			from = p;
		} else if (u->state == UNSTUFF_START && *p == '.') {
			if (p > from)
				put(arg, from, (size_t)(p - from));
			from = ++p;
			u->state = UNSTUFF_DOT;
		} else {
			p = skip_line(u, p, end);
		}
	}
	if (p > from)
		put(arg, from, (size_t)(p - from));
	return (size_t)(p - data);
}
