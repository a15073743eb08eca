/*
 * The head of a queue file, for tests of it.
 */
#ifndef T_HEAD_H
#define T_HEAD_H

#include <stddef.h>

#include "queue/envelope.h"

/* What encode and seal make of env again; nothing, if they refuse it. */
void head_encode(const struct envelope *env, struct buffer *out);

/* 1: data is refused, or is just what the encoder would write. */
int head_is_strict(const char *data, size_t len);

#endif
