/*
 * smarthost_scram.h - the server side of SCRAM (RFC 5802, 7677).
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_SCRAM_H
#define T_SMARTHOST_SCRAM_H

#include "smarthost_sasl.h"

struct scram;

/* plus: channel binding, of peer's TLS.  peer is borrowed, may be NULL. */
struct scram *scram_new(int sha256, int plus, struct tls *peer);
void scram_free(struct scram *s);

/* As sasl_step(); the user's name is added to user. */
enum sasl_result scram_step(struct scram *s, const char *in, size_t len,
    struct buf *out, struct buf *user);

#endif
