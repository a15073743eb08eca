/*
 * Landlock: a process names the files that it still opens, by what they are
 * and not by name; everything else is closed to it and to what it starts, and
 * so are other processes and TCP as far as the kernel can do that.  What was
 * opened before stays open.
 */
#ifndef QUEUE_FENCE_H
#define QUEUE_FENCE_H

#include <stdint.h>

/* What may be done with a file, or in a directory, as the kernel has it. */
#define FENCE_EXECUTE	(UINT64_C(1) << 0)
#define FENCE_WRITE	(UINT64_C(1) << 1)
#define FENCE_READ	(UINT64_C(1) << 2)
#define FENCE_LIST	(UINT64_C(1) << 3)
#define FENCE_REMOVE	(UINT64_C(1) << 5)	/* a file */
#define FENCE_MAKE	(UINT64_C(1) << 8)	/* a regular one */
#define FENCE_TRUNCATE	(UINT64_C(1) << 14)

struct fence {
	int set;
	uint64_t files;		/* all that it forbids */
	uint64_t net;		/* 0: it cannot forbid TCP */
};

/*
 * Begin; narrow: no TCP and no abstract sockets but what is allowed.  1; 0:
 * this kernel has no Landlock; -1 and errno.  End it with fence_enter() or
 * fence_drop().
 */
int fence_begin(struct fence *f, int narrow);

/* Allow that of path, seen from the directory at, and of all below it.  What
 * cannot be opened stays closed.  flags: of openat().  0, or -1 and errno. */
int fence_allow(const struct fence *f, int at, const char *path, int flags,
    uint64_t access);

/* TCP to this port, and from any. */
void fence_allow_port(const struct fence *f, unsigned port);
void fence_allow_bind(const struct fence *f);

/* There is no way back.  The process has set no_new_privs.  0, or -1 and
 * errno. */
int fence_enter(struct fence *f);
void fence_drop(struct fence *f);

#endif
