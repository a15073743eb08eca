/*
 * A message that flush queues for us: the client of the submit socket, see
 * queue/submit.h.
 *
 * The calls return 0, or an exit status of sysexits.h and e; after that only
 * handoff_end() may follow.
 */
#ifndef SENDMAIL_HANDOFF_H
#define SENDMAIL_HANDOFF_H

#include <stddef.h>

struct envelope;
struct envelope_facts;
struct error;
struct handoff;

/* origin is what the log is to say of the message's.  EX_UNAVAILABLE: nobody
 * can be reached at path. */
int handoff_begin(struct handoff **h, const char *path,
    const struct envelope *env, const char *origin, struct error *e);

/* The queue ID: in force after handoff_begin(), final after the commit. */
const char *handoff_id(const struct handoff *h);

int handoff_write(struct handoff *h, const void *data, size_t len,
    struct error *e);

/* 0: the message is durable. */
int handoff_commit(struct handoff *h, const struct envelope_facts *facts,
    struct error *e);

void handoff_end(struct handoff *h);	/* h may be NULL */

#endif
