/*
 * Where a message goes: into the queue, with the group of a set-group-ID
 * sendmail, or, where we may not write there, to flush by its socket.
 *
 * The calls return 0, or an exit status of sysexits.h and e; after that only
 * store_end() may follow.
 */
#ifndef SENDMAIL_STORE_H
#define SENDMAIL_STORE_H

#include <stddef.h>
#include <stdint.h>

struct envelope;
struct envelope_facts;
struct error;
struct settings;
struct spool;
struct store;

/*
 * spool is NULL where the queue cannot be opened, why says so then.  Where we
 * may not write there and there is a socket, nothing is begun: another process
 * must not wait for our input, so it is handed over when that is complete.
 */
int store_begin(struct store **st, const struct settings *s,
    struct spool *spool, const struct error *why, const struct envelope *env,
    struct error *e);
int store_is_begun(const struct store *st);

/* Begin it there, then.  origin is for the log of flush.  EX_NOPERM,
 * EX_CANTCREAT: flush cannot be reached, either. */
int store_hand_over(struct store *st, const char *path,
    const struct envelope *env, const char *origin, struct error *e);

/* The queue ID of what is begun, final after store_commit(). */
const char *store_id(const struct store *st);

int store_write(struct store *st, const void *data, size_t len,
    struct error *e);

/* The message has the ID there, in what is written by now: should it change
 * with the commit, it does so there, too. */
void store_id_at(struct store *st, uint64_t offset);

/* 0: the message is durable; flush does nothing with it before store_show(),
 * unless it has it from its socket, and has logged it. */
int store_commit(struct store *st, const struct envelope_facts *facts,
    struct error *e);
int store_is_logged(const struct store *st);
void store_show(struct store *st, int wake);

/* Abandon what is not committed, and free st, which may be NULL. */
void store_end(struct store *st);

#endif
