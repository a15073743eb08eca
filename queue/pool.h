/*
 * What the parts of the pool of workers (pool.c, pool_report.c, pool_end.c)
 * share.  Private to them; flush.h has what it does for the others.
 */
#ifndef QUEUE_POOL_H
#define QUEUE_POOL_H

struct flush;
struct job;
struct worker;

/* 1: w can be given more messages. */
int pool_is_usable(const struct worker *w, int local);

/* Connections that may be open: one, where the smarthost asks for less. */
unsigned pool_connections(const struct flush *f);

/* Connections that are open, or may be soon. */
unsigned pool_count(const struct flush *f);

/* Job *place of w is the caller's now. */
struct job *pool_take_back(struct worker *w, struct job **place);

/* Forget w, which has ended and has no jobs. */
void pool_free(struct flush *f, struct worker *w);

/* pool_end.c: w is to end, once it is through with what it has. */
void pool_dismiss(struct worker *w);

/* Its side is closed: what it still had goes back. */
void pool_lose(struct flush *f, struct worker *w);

/* It has ended: what it said last, and what it still had. */
void pool_part(struct flush *f, struct worker *w);

#endif
