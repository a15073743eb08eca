/*
 * The value of Content-Type and its like (RFC 2045, 5.1): a word, then
 * parameters.  Pure.
 */
#ifndef QUEUE_PARAMETER_H
#define QUEUE_PARAMETER_H

#include <stddef.h>

#include "queue/buffer.h"

struct parameter {
	const char *name;	/* borrowed */
	size_t len;		/* of it */
	struct buffer value;	/* without quotes */
};

/* Octets of the unfolded value that come before its first parameter. */
size_t parameter_first(const char *value);

/*
 * The parameter at *pos, which starts with ';' and is moved past it.  The
 * caller frees p->value, which is new each time.  0: there is none left.
 */
int parameter_next(const char **pos, struct parameter *p);

/* 1 when it has this name, in any case. */
int parameter_is(const struct parameter *p, const char *name);

#endif
