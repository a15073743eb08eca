/*
 * What workers leave to each other, in memory that the scheduler makes for
 * them: a TLS ticket, so that one can go on where the session of another ended,
 * an access token until it expires, that the server is to be spoken to in the
 * classic way, and a byte for each time in a row that it hung up otherwise.
 *
 * The first two are secrets.  The scheduler never reads them; for a worker
 * they are what anybody may have written: some bytes, SHARED_MAX at most.
 */
#ifndef QUEUE_SHARED_H
#define QUEUE_SHARED_H

#include <stddef.h>

struct buffer;

enum shared_slot { SHARED_TICKET, SHARED_TOKEN, SHARED_CLASSIC,
	SHARED_DROPS };

#define SHARED_MAX (69632 - 4)	/* bytes in a slot */
#define SHARED_SLOTS 4
#define SHARED_SIZE (SHARED_SLOTS * (SHARED_MAX + 4))	/* of it all */
#define SHARED_FD 3		/* where a worker finds it */

/* The memory, empty; it closes on exec.  -1: there is none to be had, and
 * the other functions do nothing with it. */
int shared_open(void);

/* What is in the slot, or nothing, in place of what is in out. */
void shared_read(int fd, enum shared_slot slot, struct buffer *out);

/* Replace it; nothing, or too much, is none. */
void shared_write(int fd, enum shared_slot slot, const void *data,
    size_t len);

/* Empty all slots. */
void shared_clear(int fd);

#endif
