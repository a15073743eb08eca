/*
 * What SASL needs of cryptography, from GnuTLS: hashes, keys, random bytes,
 * base64.  Functions that can fail return 0 or -1: memory ran out, or the
 * library refuses (no MD5 in a FIPS mode).
 */
#ifndef QUEUE_CRYPTO_H
#define QUEUE_CRYPTO_H

#include <stddef.h>

#include "queue/buffer.h"

enum crypto_hash { CRYPTO_MD5, CRYPTO_SHA1, CRYPTO_SHA256 };

#define CRYPTO_HASH_MAX 32	/* bytes of the longest */

size_t crypto_hash_length(enum crypto_hash h);
int crypto_hash(enum crypto_hash h, const void *data, size_t len,
    unsigned char *out);
int crypto_hmac(enum crypto_hash h, const void *key, size_t key_len,
    const void *data, size_t len, unsigned char *out);

/* RFC 8018, 5.2, with HMAC of h; as many bytes as h has. */
int crypto_pbkdf2(enum crypto_hash h, const char *password, const void *salt,
    size_t salt_len, unsigned iterations, unsigned char *out);

int crypto_random(void *out, size_t len);

/* 1: the same bytes; how long it takes does not tell where they differ. */
int crypto_is_equal(const void *a, const void *b, size_t len);

/*
 * A name or password in the form that both sides hash (RFC 8265, 4.2; it took
 * the place of SASLprep, RFC 4013), freed by crypto_forget().  What is no
 * UTF-8, or may not be in a password, stays as it is.  NULL: memory.
 */
char *crypto_prepare(const char *text);
void crypto_forget(char *text);		/* may be NULL */

/* Base64 without line breaks (RFC 4648), appended.  -1 also: not base64. */
int crypto_base64_encode(const void *data, size_t len, struct buffer *out);
int crypto_base64_decode(const char *text, size_t len, struct buffer *out);

#endif
