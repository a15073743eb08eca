/*
 * smarthost_store.h - accepted messages as files in --dir.
 *
 * A draft exists only in --dir mode; with --count or without --dir all
 * functions are cheap no-ops.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_STORE_H
#define T_SMARTHOST_STORE_H

#include <stddef.h>

struct draft;

int store_open(void); /* -1 after a message on stderr */

/* Add content; *d is made at the first call. */
void store_add(struct draft **d, const char *p, size_t n);

/* Throw *d away; it may be NULL. */
void store_drop(struct draft **d);

/*
 * Give the message its name: content first, env last.  Ends *d.  The number
 * it got, 0 when nothing is stored.  A file system error ends the program.
 */
unsigned long store_keep(struct draft **d, const char *env, size_t env_len);

#endif
