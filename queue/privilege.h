/*
 * The group that a set-group-ID program gets: held back while outside data
 * is read, taken up for what only it may do, in the queue.  Without such a
 * privilege nothing here has an effect.
 */
#ifndef QUEUE_PRIVILEGE_H
#define QUEUE_PRIVILEGE_H

#include <sys/types.h>

struct error;
struct spool;

/*
 * The first thing in main: undo what a caller can do to a program that has
 * more rights than the caller, and hold the group back.  0, or -1 and errno:
 * the program must not go on.
 */
int privilege_begin(void);

/* 1 when the program has more rights than its caller. */
int privilege_is_set(void);

/* 0, or -1 and errno: then the program must not go on. */
int privilege_lower(void);
int privilege_raise(void);
int privilege_drop(void);	/* for good: to raise it has no effect then */

/* Why the queue could not be opened, in e, was a lack of rights: add how
 * program gets them. */
void privilege_explain(struct error *e, const char *program);

/*
 * Root that serves another user becomes that user for good, with the group of
 * the queue and no other.  A queue that no group may write to is served as
 * root.  -1 and errno: the program must not go on; ESRCH: uid is -1, nobody.
 */
int privilege_become(const struct spool *s, uid_t uid);

/* 1 when the caller, by its own rights, may do everything with the queue:
 * root and its owner. */
int privilege_owns(const struct spool *s);

#endif
