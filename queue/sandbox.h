/*
 * What a worker gives up before it hears a byte of the network, so that
 * whoever takes it over there has little: the file system, other processes and
 * most of the network with Landlock where the kernel has that, and with limits
 * always.  What was opened before stays open.
 */
#ifndef QUEUE_SANDBOX_H
#define QUEUE_SANDBOX_H

#include <stdint.h>

struct error;
struct sandbox;

struct sandbox_rules {
	const char *own[2];	/* what is still to be read, beside what a
				 * resolver and libraries need: files or
				 * directories; NULL or "": none */
	unsigned port;		/* TCP leads there and to the DNS only */
	uint64_t descriptors;	/* as many may be open */
	uint64_t file_size;	/* no file is written beyond */
	/* NULL, or the directory of the queue: a library that nobody knows
	 * does its work here.  All but this stays open, the network too. */
	const char *queue;
};

enum sandbox_result {
	SANDBOX_CLOSED,
	SANDBOX_LIMITS,		/* the kernel has no Landlock: only those */
	SANDBOX_FAILED		/* only those, and e says why */
};

/*
 * For this process and what it starts; there is no way back.  The process has
 * set no_new_privs.  r->own is borrowed until sandbox_free().  *s may be NULL
 * afterwards, which is fine.
 */
enum sandbox_result sandbox_enter(struct sandbox **s,
    const struct sandbox_rules *r, struct error *e);

/* 1: something that may be read was replaced, by another file of that name,
 * and can be read no more. */
int sandbox_is_stale(const struct sandbox *s);

void sandbox_free(struct sandbox *s);		/* s may be NULL */

#endif
