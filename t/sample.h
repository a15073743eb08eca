/*
 * Messages for tests of the queue.
 */
#ifndef T_SAMPLE_H
#define T_SAMPLE_H

#include "queue/spool.h"

/* A new, empty queue in the scratch directory; what was open stays so. */
struct spool *sample_open(void);

/*
 * Queue data for the recipients (ended by NULL) from alice@example.org; its
 * ID is good until the next call.  What fails ends the test.
 */
const char *sample_put(struct spool *s, const char *const *rcpts,
    const void *data, size_t len);

/* The same for one recipient, bob@example.net, and a short text. */
const char *sample_put_one(struct spool *s);

/* Take it, or end the test. */
void sample_take(struct spool *s, const char *id, struct spool_message *m);

/* queue/NAME or failed/NAME in the scratch directory. */
const char *sample_path(const char *directory, const char *name);

#endif
