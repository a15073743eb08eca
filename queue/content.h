/*
 * A message on its way out: no byte of it can end it early or begin another,
 * whatever the queue file holds.  Each line ends in CRLF, a lone CR becomes a
 * blank and a NUL is dropped; for DATA, dots are stuffed (RFC 5321, 4.5.2).
 * Pure.
 */
#ifndef QUEUE_CONTENT_H
#define QUEUE_CONTENT_H

#include <stddef.h>

#include "queue/buffer.h"

struct content {
	int stuff;		/* for DATA */
	int in_line;		/* the last byte was not a line end */
	int cr;			/* a CR is held back */
};

void content_begin(struct content *c, int stuff);

/* Append what data becomes to out. */
void content_add(struct content *c, const char *data, size_t len,
    struct buffer *out);

/* Append the end of the message: its last CRLF if that lacks, and the dot. */
void content_end(struct content *c, struct buffer *out);

/*
 * 1: bytes of a message need none of this, but for dots.  *last is the byte
 * before them, '\n' at first; at the end it must be '\n'.
 */
int content_is_clean(char *last, const char *data, size_t len);

#endif
