/*
 * smarthost_sasl.h - the server side of the SASL mechanisms, and base64.
 * Knows no SMTP.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_SASL_H
#define T_SMARTHOST_SASL_H

#include <stddef.h>

#include "smarthost_buf.h"

struct sasl; /* one exchange */
struct tls;

enum sasl_result { SASL_MORE, SASL_OK, SASL_FAIL };

/* NULL: not in conf.auth.  peer is borrowed, NULL without TLS. */
struct sasl *sasl_new(const char *mechanism, struct tls *peer);
void sasl_free(struct sasl *s);

/*
 * One message of the client; in is NULL when it has not sent an initial
 * response.  SASL_MORE: send out (not encoded yet).
 */
enum sasl_result sasl_step(
    struct sasl *s, const char *in, size_t len, struct buf *out);
const char *sasl_user(const struct sasl *s); /* after SASL_OK */

void base64_add(struct buf *b, const void *p, size_t n);
int base64_decode(struct buf *b, const char *text, size_t n); /* -1: bad */

#endif
