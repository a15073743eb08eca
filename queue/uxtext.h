/*
 * Addresses beyond ASCII in ASCII: utf-8-addr-xtext of RFC 6533, 3, where a
 * character is \x{F6}.  It stands in ORCPT and in reports for those who read
 * no UTF-8.
 */
#ifndef QUEUE_UXTEXT_H
#define QUEUE_UXTEXT_H

#include "queue/buffer.h"

/* Append text so.  -1: it is not UTF-8, or memory ran out; out may have a part
 * of it then. */
int uxtext_encode(struct buffer *out, const char *text);

/* Append what is meant.  What is none of its escapes, or one of a control
 * character, stays as it is.  -1: memory ran out. */
int uxtext_decode(struct buffer *out, const char *text);

#endif
