/*
 * A message as programs of this machine have it: with LF as line end and one
 * at its end, and in a mailbox with its lines quoted that look like the
 * beginning of another message (the form "mboxrd").  Pure.
 */
#ifndef QUEUE_UNIXTEXT_H
#define QUEUE_UNIXTEXT_H

#include <stddef.h>

struct buffer;

struct unixtext {
	int quote;		/* for a mailbox */
	int inside;		/* of a line, behind where it could be quoted */
	int cr;			/* one came last, and may be a line end */
	size_t from;		/* bytes of "From " that came and are not out */
	int ended;		/* the last byte out was a line end */
};

#define UNIXTEXT_INIT(quote) { quote, !(quote), 0, 0, 1 }

/* The next len bytes of the message; what can be said of them is added to out,
 * at most one and a half times as much and a few bytes. */
void unixtext_add(struct unixtext *u, struct buffer *out, const char *data,
    size_t len);

/* The rest, at the end of the message. */
void unixtext_end(struct unixtext *u, struct buffer *out);

#endif
