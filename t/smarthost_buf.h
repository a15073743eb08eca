/*
 * smarthost_buf.h - growable bytes.  data is NULL or has a NUL after len.
 * Out of memory ends the program: this is a test tool.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_BUF_H
#define T_SMARTHOST_BUF_H

#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
};

void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Control bytes, 8-bit bytes and the backslash become \xHH or \\. */
void buf_add_escaped(struct buf *b, const void *p, size_t n);

void buf_reset(struct buf *b); /* keeps the memory */
void buf_free(struct buf *b);
const char *buf_text(const struct buf *b); /* never NULL */

void *xalloc(size_t n); /* zeroed, never NULL */
char *xstrndup(const char *s, size_t n);

#endif
