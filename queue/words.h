/*
 * The encoded words of RFC 2047.
 */
#ifndef QUEUE_WORDS_H
#define QUEUE_WORDS_H

#include "queue/buffer.h"

/* 1 when text is valid UTF-8. */
int words_is_utf8(const char *text);

/* 1 when the len bytes are one encoded word (RFC 2047, 2). */
int words_is_encoded(const char *s, size_t len);

/*
 * Append text as encoded words, which may stand wherever RFC 2047 allows one,
 * folded.  What is not UTF-8 is taken for Latin-1.
 */
void words_encode(struct buffer *out, const char *text);

#endif
