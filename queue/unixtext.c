/*
 * Messages with LF line ends: see unixtext.h.
 */
#include <config.h>

#include "queue/unixtext.h"

#include "queue/buffer.h"

static const char mark[] = "From ";
#define MARK (sizeof(mark) - 1)

static void
put(struct unixtext *u, struct buffer *out, const char *data, size_t len)
{
	if (len == 0)
		return;
	buffer_add(out, data, len);
	u->ended = data[len - 1] == '\n';
}

/* The line does not begin as it might have: what was kept back is text. */
static void
release(struct unixtext *u, struct buffer *out)
{
	put(u, out, mark, u->from);
	u->from = 0;
	u->inside = 1;
}

/* A byte at the start of a line, behind any number of '>'. */
static void
take_start(struct unixtext *u, struct buffer *out, char c)
{
	if (c == '>' && u->from == 0) {
		put(u, out, &c, 1);
		return;
	}
	if (c == mark[u->from]) {
		if (++u->from == MARK) {
			/* One more of these, no matter in which place. */
			put(u, out, ">", 1);
			release(u, out);
		}
		return;
	}
	release(u, out);
	put(u, out, &c, 1);
}

static void
take(struct unixtext *u, struct buffer *out, char c)
{
	if (c == '\n') {
		release(u, out);
		put(u, out, "\n", 1);
		u->inside = !u->quote;
	} else if (u->inside) {
		put(u, out, &c, 1);
	} else
		take_start(u, out, c);
}

/* The bytes up to the next CR, or in a line up to its end: mostly all of it
 * can go at once. */
static size_t
plain(const struct unixtext *u, const char *data, size_t len)
{
	size_t n = 0;

	if (!u->inside || u->cr)
		return 0;
	while (n < len && data[n] != '\r' && data[n] != '\n')
		n++;
	return n;
}

void
unixtext_add(struct unixtext *u, struct buffer *out, const char *data,
    size_t len)
{
	size_t n;

	for (; len > 0; data += n, len -= n) {
		if ((n = plain(u, data, len)) > 0) {
			put(u, out, data, n);
			continue;
		}
		n = 1;
		if (u->cr && *data != '\n')
			take(u, out, '\r');
		u->cr = *data == '\r';
		if (!u->cr)
			take(u, out, *data);
	}
}

void
unixtext_end(struct unixtext *u, struct buffer *out)
{
	if (u->cr)
		take(u, out, '\r');
	u->cr = 0;
	release(u, out);
	if (!u->ended)
		put(u, out, "\n", 1);
}
