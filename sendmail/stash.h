/*
 * Bytes that wait for the end of the input, however long that takes: a little
 * in memory, and more in a file without a name.
 */
#ifndef SENDMAIL_STASH_H
#define SENDMAIL_STASH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "queue/buffer.h"

struct error;

struct stash {
	struct buffer memory;	/* what came last */
	FILE *file;		/* what came before; NULL: nothing did */
	uint64_t len;		/* bytes of it that count */
};

#define STASH_INIT { BUFFER_INIT, NULL, 0 }

/* Append.  -1: there is no room, and s has what it had before. */
int stash_add(struct stash *s, const void *data, size_t len);

/* Put out all, in order, while put() returns 0; else what it returned, or
 * EX_IOERR or EX_OSERR and e. */
int stash_each(const struct stash *s,
    int (*put)(void *arg, const void *data, size_t len, struct error *e),
    void *arg, struct error *e);

void stash_free(struct stash *s);	/* may be used again */

#endif
