/*
 * GnuTLS behind crypto.h.
 */
#include <config.h>

#include "queue/crypto.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

static const struct {
	gnutls_digest_algorithm_t digest;
	gnutls_mac_algorithm_t mac;
} algorithms[] = {
	[CRYPTO_MD5] = { GNUTLS_DIG_MD5, GNUTLS_MAC_MD5 },
	[CRYPTO_SHA1] = { GNUTLS_DIG_SHA1, GNUTLS_MAC_SHA1 },
	[CRYPTO_SHA256] = { GNUTLS_DIG_SHA256, GNUTLS_MAC_SHA256 },
};

/* What GnuTLS only reads, in the form it wants. */
static gnutls_datum_t
datum(const void *data, size_t len)
{
	union {
		const void *in;
		unsigned char *out;
	} bytes = { data };
	gnutls_datum_t d = { bytes.out, (unsigned)len };

	return d;
}

/* Append what GnuTLS made, and leave no copy. */
static int
take(gnutls_datum_t *d, struct buffer *out)
{
	int result = buffer_add(out, d->data, d->size);

	explicit_bzero(d->data, d->size);
	gnutls_free(d->data);
	return result;
}

size_t
crypto_hash_length(enum crypto_hash h)
{
	return gnutls_hash_get_len(algorithms[h].digest);
}

int
crypto_hash(enum crypto_hash h, const void *data, size_t len,
    unsigned char *out)
{
	return gnutls_hash_fast(algorithms[h].digest, data, len, out) < 0 ?
	    -1 : 0;
}

int
crypto_hmac(enum crypto_hash h, const void *key, size_t key_len,
    const void *data, size_t len, unsigned char *out)
{
	return gnutls_hmac_fast(algorithms[h].mac, key, key_len, data, len,
	    out) < 0 ? -1 : 0;
}

int
crypto_pbkdf2(enum crypto_hash h, const char *password, const void *salt,
    size_t salt_len, unsigned iterations, unsigned char *out)
{
	gnutls_datum_t key = datum(password, strlen(password));
	gnutls_datum_t grain = datum(salt, salt_len);

	return gnutls_pbkdf2(algorithms[h].mac, &key, &grain, iterations,
	    out, crypto_hash_length(h)) < 0 ? -1 : 0;
}

int
crypto_random(void *out, size_t len)
{
	return gnutls_rnd(GNUTLS_RND_NONCE, out, len) < 0 ? -1 : 0;
}

int
crypto_is_equal(const void *a, const void *b, size_t len)
{
	return gnutls_memcmp(a, b, len) == 0;
}

char *
crypto_prepare(const char *text)
{
	gnutls_datum_t in = datum(text, strlen(text)), out = { NULL, 0 };
	char *result = NULL;

	if (gnutls_utf8_password_normalize(in.data, in.size, &out, 0) < 0)
		return strdup(text);
	if (out.data != NULL) {
		result = strdup((char *)out.data);
		explicit_bzero(out.data, out.size);
		gnutls_free(out.data);
	}
	return result;
}

void
crypto_forget(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

int
crypto_base64_encode(const void *data, size_t len, struct buffer *out)
{
	gnutls_datum_t in = datum(data, len), text;

	if (len == 0)
		return 0;
	if (gnutls_base64_encode2(&in, &text) < 0)
		return -1;
	return take(&text, out);
}

int
crypto_base64_decode(const char *text, size_t len, struct buffer *out)
{
	gnutls_datum_t in = datum(text, len), data;

	if (len == 0)
		return 0;
	if (gnutls_base64_decode2(&in, &data) < 0)
		return -1;
	return take(&data, out);
}
