/*
 * Growable bytes.  Running out of memory is remembered, so that a series of
 * additions is checked once, at its end.
 */
#ifndef QUEUE_BUFFER_H
#define QUEUE_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data;	/* a NUL follows the len bytes; NULL while empty */
	size_t len;
	size_t size;
	int failed;	/* memory ran out: the content is not complete */
};

#define BUFFER_INIT { NULL, 0, 0, 0 }

/* 0, or -1 when memory ran out, now or earlier.  b keeps a copy. */
int buffer_add(struct buffer *b, const void *data, size_t len);
int buffer_adds(struct buffer *b, const char *text);
int buffer_addc(struct buffer *b, char c);
int buffer_addf(struct buffer *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for len more bytes at data + len, which the caller fills. */
int buffer_reserve(struct buffer *b, size_t len);

/* Forget the first len bytes. */
void buffer_drop(struct buffer *b, size_t len);

/* The content as a string, never NULL; borrowed until the next change. */
const char *buffer_string(const struct buffer *b);

/* The content as a string that the caller frees; b is empty then.  NULL
 * when memory ran out. */
char *buffer_steal(struct buffer *b);

void buffer_reset(struct buffer *b);	/* empty it and keep the memory */
void buffer_free(struct buffer *b);	/* may be used again */
void buffer_wipe(struct buffer *b);	/* overwrite, then free */

#endif
