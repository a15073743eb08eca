/*
 * smarthost_scram.c - SCRAM-SHA-1 and SCRAM-SHA-256, with and without
 * channel binding, against the one password of the command line.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_scram.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "smarthost.h"
#include "smarthost_tls.h"

#define ITERATIONS 4096
#define SALT_LEN 16
#define HASH_MAX 32

struct scram {
	gnutls_mac_algorithm_t mac;
	gnutls_digest_algorithm_t digest;
	unsigned int len; /* of the hash */
	int plus;
	struct tls *peer;
	int round;
	unsigned char salt[SALT_LEN];
	struct buf gs2; /* header, and the binding: what c= must be */
	struct buf nonce;
	struct buf signed_text; /* AuthMessage, as far as it is known */
};

struct scram *
scram_new(int sha256, int plus, struct tls *peer)
{
	struct scram *s = xalloc(sizeof(*s));

	s->mac = sha256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA1;
	s->digest = sha256 ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_SHA1;
	s->len = gnutls_hmac_get_len(s->mac);
	s->plus = plus;
	s->peer = peer;
	return s;
}

void
scram_free(struct scram *s)
{

	if (s == NULL)
		return;
	buf_free(&s->gs2);
	buf_free(&s->nonce);
	buf_free(&s->signed_text);
	free(s);
}

/* "n,,", "y,a=x," or "p=tls-exporter,,": check it; its length, 0: bad. */
static size_t
take_gs2(struct scram *s, const char *in)
{
	const char *comma = strchr(in, ','), *end;
	struct buf type = { 0 };
	int rc = 0;

	if (comma == NULL || (end = strchr(comma + 1, ',')) == NULL)
		return 0;
	end++;
	buf_add(&s->gs2, in, (size_t)(end - in));
	if (strncmp(in, "p=", 2) == 0) {
		buf_add(&type, in + 2, (size_t)(comma - in) - 2);
		rc = s->plus && s->peer != NULL
			 ? tls_binding(s->peer, buf_text(&type), &s->gs2)
			 : -1;
		buf_free(&type);
	} else if (s->plus || comma != in + 1 || (*in != 'n' && *in != 'y'))
		rc = -1;
	else if (*in == 'y' && strstr(conf.auth, "-PLUS") != NULL)
		rc = -1; /* RFC 5802, 6: somebody hid our -PLUS */
	return rc == 0 ? (size_t)(end - in) : 0;
}

/* "n=user" with =2C and =3D. */
static void
take_user(const char *p, size_t n, struct buf *user)
{

	for (; n > 0; p++, n--) {
		if (*p != '=' || n < 3) {
			buf_add(user, p, 1);
			continue;
		}
		buf_adds(user, strncmp(p, "=2C", 3) == 0 ? "," : "=");
		p += 2;
		n -= 2;
	}
}

static enum sasl_result
first(struct scram *s, const char *in, struct buf *out, struct buf *user)
{
	const char *bare, *nonce;
	unsigned char random[12];
	size_t n;

	if ((n = take_gs2(s, in)) == 0)
		return SASL_FAIL;
	bare = in + n;
	n = strcspn(bare, ",");
	if (strncmp(bare, "n=", 2) != 0 || strncmp(bare + n, ",r=", 3) != 0)
		return SASL_FAIL;
	take_user(bare + 2, n - 2, user);
	nonce = bare + n + 3;
	buf_add(&s->nonce, nonce, strcspn(nonce, ","));
	if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random)) < 0 ||
	    gnutls_rnd(GNUTLS_RND_NONCE, s->salt, SALT_LEN) < 0)
		abort();
	base64_add(&s->nonce, random, sizeof(random));
	buf_addf(out, "r=%s,s=", s->nonce.data);
	base64_add(out, s->salt, SALT_LEN);
	buf_addf(out, ",i=%d", ITERATIONS);
	buf_addf(&s->signed_text, "%s,%s", bare, out->data);
	return SASL_MORE;
}

static void
hmac(const struct scram *s, const void *key, const char *text, size_t n,
    unsigned char *out)
{

	if (gnutls_hmac_fast(s->mac, key, s->len, text, n, out) < 0)
		abort();
}

/* RFC 5802, 3: is the proof right?  The server's signature goes to out. */
static int
verify(const struct scram *s, const struct buf *proof, struct buf *out)
{
	unsigned char salted[HASH_MAX], key[HASH_MAX], stored[HASH_MAX];
	unsigned char sig[HASH_MAX], hash[HASH_MAX];
	gnutls_datum_t password = { (unsigned char *)(uintptr_t)conf.password,
		(unsigned int)strlen(conf.password) };
	gnutls_datum_t salt = { (unsigned char *)(uintptr_t)s->salt, SALT_LEN };
	unsigned int i;

	if (gnutls_pbkdf2(
		s->mac, &password, &salt, ITERATIONS, salted, s->len) < 0)
		abort();
	hmac(s, salted, "Client Key", 10, key);
	if (gnutls_hash_fast(s->digest, key, s->len, stored) < 0)
		abort();
	hmac(s, stored, s->signed_text.data, s->signed_text.len, sig);
	if (proof->len != s->len)
		return 0;
	for (i = 0; i < s->len; i++)
		key[i] = sig[i] ^ (unsigned char)proof->data[i];
	if (gnutls_hash_fast(s->digest, key, s->len, hash) < 0)
		abort();
	hmac(s, salted, "Server Key", 10, key);
	hmac(s, key, s->signed_text.data, s->signed_text.len, sig);
	buf_adds(out, "v=");
	base64_add(out, sig, s->len);
	return memcmp(hash, stored, s->len) == 0;
}

/* "c=binding,r=nonce[,ext],p=proof" */
static enum sasl_result
final(struct scram *s, const char *in, struct buf *out)
{
	struct buf want = { 0 }, proof = { 0 };
	const char *p = strstr(in, ",p=");
	enum sasl_result result = SASL_FAIL;

	if (p == NULL)
		return SASL_FAIL;
	buf_adds(&want, "c=");
	base64_add(&want, s->gs2.data, s->gs2.len);
	buf_addf(&want, ",r=%s", s->nonce.data);
	buf_adds(&s->signed_text, ",");
	buf_add(&s->signed_text, in, (size_t)(p - in));
	if (strncmp(in, want.data, want.len) == 0 &&
	    base64_decode(&proof, p + 3, strlen(p + 3)) == 0 &&
	    verify(s, &proof, out))
		result = SASL_MORE;
	buf_free(&want);
	buf_free(&proof);
	return result;
}

enum sasl_result
scram_step(struct scram *s, const char *in, size_t len, struct buf *out,
    struct buf *user)
{

	if (in == NULL)
		return SASL_MORE;
	if (strlen(in) != len)
		return SASL_FAIL;
	switch (s->round++) {
	case 0:
		return first(s, in, out, user);
	case 1:
		return conf.user != NULL &&
			       strcmp(buf_text(user), conf.user) == 0
			   ? final(s, in, out)
			   : SASL_FAIL;
	default: /* the empty answer to the server's signature */
		return len == 0 ? SASL_OK : SASL_FAIL;
	}
}
