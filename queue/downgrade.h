/*
 * Header fields for servers that take ASCII only: encoded words (RFC 2047) in
 * text, names and comments, RFC 2231 in parameters; an address of the header
 * that is not ASCII becomes a group without members that shows it, and a field
 * that has no place for such text becomes Downgraded-NAME (both RFC 6857).
 * Pure.
 */
#ifndef QUEUE_DOWNGRADE_H
#define QUEUE_DOWNGRADE_H

#include <stddef.h>

#include "queue/buffer.h"

/* Append a field of len bytes, up to its last CRLF, in ASCII.  1: an address
 * in it could only be shown; else 0. */
int downgrade_field(const char *field, size_t len, struct buffer *out);

/* Append lines with each that is longer than limit folded at blanks, or where
 * there are none at what SMTP can carry. */
void downgrade_fold(const char *text, size_t len, size_t limit,
    struct buffer *out);

/* The value of a field, unfolded, without the blanks at its start. */
void downgrade_unfold(const char *field, size_t len, struct buffer *value);

/* 1 when a byte is not ASCII. */
int downgrade_is_8bit(const char *text, size_t len);

#endif
