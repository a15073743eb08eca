/*
 * smarthost_tls.h - the server side of TLS: credentials, tickets, one
 * session over a socket.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_TLS_H
#define T_SMARTHOST_TLS_H

#include <sys/types.h>

#include <stddef.h>

struct buf;
struct tls;

/* Read certificate and key.  -1 after a message on stderr. */
int tls_setup(void);
void tls_teardown(void);

/*
 * Do the handshake on fd, which stays the caller's.  The first n bytes that
 * the peer sent were read already; they are at early.  NULL: it failed, *why
 * is a constant text.
 */
struct tls *tls_accept(int fd, const void *early, size_t n, const char **why);
void tls_free(struct tls *t);

/* Like recv() and send(), but they block and send all.  -1: broken. */
ssize_t tls_read(struct tls *t, void *p, size_t n);
ssize_t tls_write(struct tls *t, const void *p, size_t n);

int tls_pending(const struct tls *t); /* is something buffered? */
void tls_bye(struct tls *t); /* send close_notify */

const char *tls_protocol(const struct tls *t); /* e.g. TLS1.3 */
int tls_resumed(const struct tls *t);
int tls_early(const struct tls *t); /* did the client send early data? */

/* Add the channel binding of this type (RFC 5929, 9266).  -1: none. */
int tls_binding(struct tls *t, const char *type, struct buf *out);
int tls_has_client_certificate(const struct tls *t);

#endif
