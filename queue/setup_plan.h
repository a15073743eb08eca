/*
 * What "outbox setup" is going to write: settings, the secret, and what it has
 * to say about them.  Pure.
 */
#ifndef QUEUE_SETUP_PLAN_H
#define QUEUE_SETUP_PLAN_H

#include <stddef.h>

#include "queue/buffer.h"

struct plan_key {
	char *section, *name;
	char *value;		/* NULL: not set any more */
};

struct plan {
	struct plan_key *keys;	/* in the order in which they were set */
	size_t n, size;
	char *secret;		/* of secret_new(); NULL: none */
	struct buffer notes;	/* for a person, a line each */
	int failed;		/* memory ran out */
};

#define PLAN_INIT { NULL, 0, 0, NULL, BUFFER_INIT, 0 }

/* Set a key, in place of what it was set to before.  A value that cannot stand
 * on a line of the configuration becomes a note. */
void plan_set(struct plan *p, const char *section, const char *name,
    const char *value);

/* The key shall not be set: what the configuration has is taken out. */
void plan_unset(struct plan *p, const char *section, const char *name);

/* What it was set to; "": nothing. */
const char *plan_get(const struct plan *p, const char *section,
    const char *name);
int plan_has(const struct plan *p, const char *section, const char *name);

/* Keep a copy of the secret, in place of the one before; "": none.  -1: it is
 * too long, or memory ran out. */
int plan_set_secret(struct plan *p, const char *text);

/* A line for a person. */
void plan_note(struct plan *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void plan_free(struct plan *p);

#endif
