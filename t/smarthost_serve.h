/*
 * smarthost_serve.h - addresses, connections and their threads, signals.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_SERVE_H
#define T_SMARTHOST_SERVE_H

#include "smarthost.h"

#define SERVE_MAX 16 /* addresses */

/* See --listen.  addr is kept.  -1 after a message on stderr. */
int serve_listen(const char *addr, enum tls_mode mode);

/*
 * Print the addresses, then serve until a signal or the end of standard input
 * (with conf.until_eof).  When it returns all connections are closed.
 */
void serve_run(void);

#endif
