/*
 * UTF-8, and text from outside on a terminal.
 */
#ifndef QUEUE_UTF8_H
#define QUEUE_UTF8_H

#include <stddef.h>

#include "queue/buffer.h"

/* Octets of the character at s, which ends with a NUL; 0: it is not valid
 * UTF-8 (RFC 3629, 4). */
size_t utf8_length(const char *s);

/* The same of one that a terminal or a log may be given; 0: it is not UTF-8, or
 * controls (C0, DEL, C1). */
size_t utf8_printable(const char *s);

/* Append text, "?" in place of each byte that controls a terminal or is not
 * UTF-8. */
int utf8_add_printable(struct buffer *out, const char *text);

#endif
