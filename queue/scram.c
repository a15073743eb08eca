/*
 * SCRAM (RFC 5802, 7677), with and without channel binding (RFC 9266, 5929).
 *
 * The server proves that it knows the password, too: until then
 * sasl_is_complete() is not true.  What it asks of us is bounded.
 */
#include <config.h>

#include "queue/sasl_private.h"

#include <stdlib.h>
#include <string.h>

#define NONCE 18		/* random bytes */
#define SALT_MAX 1024		/* bytes */
#define ITERATIONS_MIN 4096	/* RFC 7677, 4: fewer make guessing cheap */
#define ITERATIONS_MAX 1000000	/* about a second */

/*
 * "y" tells a server that does offer a bound mechanism, which someone must
 * have hidden from us then: it refuses.  "n": we could not, or may not.
 */
static void
add_gs2_header(struct sasl *s)
{
	buffer_reset(&s->header);
	if ((s->mechanism->flags & SASL_BOUND) != 0)
		buffer_addf(&s->header, "p=%s,,", s->login->binding_type);
	else if (s->login->binding_type != NULL && !sasl_offers_bound(s))
		buffer_adds(&s->header, "y,,");
	else
		buffer_adds(&s->header, "n,,");
}

static int
client_first(struct sasl *s, struct buffer *response)
{
	unsigned char random[NONCE];
	char *user;

	buffer_reset(&s->nonce);
	if (s->login->nonce != NULL)
		buffer_adds(&s->nonce, s->login->nonce);
	else if (crypto_random(random, sizeof(random)) != 0 ||
	    crypto_base64_encode(random, sizeof(random), &s->nonce) != 0)
		return sasl_fail(s, "no random bytes can be had");
	if ((user = crypto_prepare(s->login->user)) == NULL)
		return sasl_fail(s, "out of memory");
	add_gs2_header(s);
	buffer_reset(&s->message);
	buffer_adds(&s->message, "n=");
	sasl_add_name(&s->message, user);
	buffer_addf(&s->message, ",r=%s", buffer_string(&s->nonce));
	crypto_forget(user);
	buffer_add(response, s->header.data, s->header.len);
	return buffer_add(response, s->message.data, s->message.len);
}

/* What the server says of how to hash. */
struct terms {
	const char *nonce;
	size_t nonce_len;
	struct buffer salt;
	unsigned iterations;
};

/* The value of attribute name at *p, up to a comma, which *p goes beyond.
 * NULL: another one stands there. */
static const char *
attribute(const char **p, char name, size_t *len)
{
	const char *value = *p + 2;

	if ((*p)[0] != name || (*p)[1] != '=')
		return NULL;
	*len = strcspn(value, ",");
	*p = value + *len + (value[*len] == ',');
	return value;
}

static int
parse_iterations(const char *text, size_t len, unsigned *n)
{
	size_t i;

	for (*n = 0, i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || i > 9 ||
		    *n > ITERATIONS_MAX)
			return -1;
		*n = *n * 10 + (unsigned)(text[i] - '0');
	}
	return len > 0 && text[0] != '0' ? 0 : -1;
}

/* "r=nonce,s=salt,i=count", and what may follow. */
static int
parse_terms(struct sasl *s, const char *p, struct terms *t)
{
	const char *salt, *count;
	size_t salt_len, count_len;

	if (strncmp(p, "m=", 2) == 0)
		return sasl_fail(s, "the server wants an extension of SCRAM");
	if ((t->nonce = attribute(&p, 'r', &t->nonce_len)) == NULL ||
	    (salt = attribute(&p, 's', &salt_len)) == NULL ||
	    (count = attribute(&p, 'i', &count_len)) == NULL ||
	    salt_len > SALT_MAX ||
	    crypto_base64_decode(salt, salt_len, &t->salt) != 0 ||
	    t->salt.len == 0)
		return sasl_fail(s, "the challenge is no SCRAM");
	if (t->nonce_len <= s->nonce.len ||
	    memcmp(t->nonce, s->nonce.data, s->nonce.len) != 0)
		return sasl_fail(s, "the server's nonce is not based on "
		    "ours: this is an answer to someone else");
	if (parse_iterations(count, count_len, &t->iterations) != 0 ||
	    t->iterations < ITERATIONS_MIN || t->iterations > ITERATIONS_MAX)
		return sasl_fail(s, "the server wants %.*s iterations; from "
		    "%d to %d are accepted", count_len < 20 ?
		    (int)count_len : 20, count, ITERATIONS_MIN,
		    ITERATIONS_MAX);
	return 0;
}

/* RFC 5802, 3: our proof, and the signature that the server must give. */
static int
sign(struct sasl *s, const struct terms *t, unsigned char *proof)
{
	enum crypto_hash h = s->mechanism->hash;
	unsigned char salted[CRYPTO_HASH_MAX], key[CRYPTO_HASH_MAX];
	unsigned char stored[CRYPTO_HASH_MAX];
	size_t len = crypto_hash_length(h), i;
	char *password = crypto_prepare(s->login->secret);
	int rc;

	if (password == NULL)
		return -1;
	rc = crypto_pbkdf2(h, password, t->salt.data, t->salt.len,
	    t->iterations, salted);
	crypto_forget(password);
	if (rc == 0)
		rc = crypto_hmac(h, salted, len, "Client Key", 10, key);
	if (rc == 0)
		rc = crypto_hash(h, key, len, stored);
	if (rc == 0)
		rc = crypto_hmac(h, stored, len, s->message.data,
		    s->message.len, proof);
	for (i = 0; rc == 0 && i < len; i++)
		proof[i] ^= key[i];
	if (rc == 0)
		rc = crypto_hmac(h, salted, len, "Server Key", 10, key);
	if (rc == 0)
		rc = crypto_hmac(h, key, len, s->message.data,
		    s->message.len, s->signature);
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(key, sizeof(key));
	explicit_bzero(stored, sizeof(stored));
	return rc;
}

/* "c=binding,r=nonce,p=proof" */
static int
client_final(struct sasl *s, const char *challenge, const struct terms *t,
    struct buffer *response)
{
	unsigned char proof[CRYPTO_HASH_MAX];
	const struct buffer *binding = &s->login->binding;
	struct buffer bound = BUFFER_INIT;
	int rc;

	buffer_add(&bound, s->header.data, s->header.len);
	if ((s->mechanism->flags & SASL_BOUND) != 0)
		buffer_add(&bound, binding->data, binding->len);
	buffer_adds(response, "c=");
	rc = crypto_base64_encode(bound.data, bound.len, response);
	buffer_adds(response, ",r=");
	buffer_add(response, t->nonce, t->nonce_len);
	buffer_addf(&s->message, ",%s,", challenge);
	buffer_add(&s->message, response->data, response->len);
	if (rc == 0 && (bound.failed || s->message.failed ||
	    sign(s, t, proof) != 0))
		rc = -1;
	buffer_adds(response, ",p=");
	if (rc != 0 || crypto_base64_encode(proof,
	    crypto_hash_length(s->mechanism->hash), response) != 0)
		rc = sasl_fail(s, "the response cannot be computed");
	buffer_free(&bound);
	return rc;
}

static int
answer(struct sasl *s, const char *challenge, struct buffer *response)
{
	struct terms t = { .salt = BUFFER_INIT };
	int rc;

	rc = parse_terms(s, challenge, &t);
	if (rc == 0)
		rc = client_final(s, challenge, &t, response);
	buffer_free(&t.salt);
	return rc;
}

/* "v=signature", or "e=reason". */
static int
verify(struct sasl *s, const char *p)
{
	size_t len = crypto_hash_length(s->mechanism->hash), n;
	struct buffer signature = BUFFER_INIT;
	const char *text;
	int good;

	if ((text = attribute(&p, 'e', &n)) != NULL)
		return sasl_fail(s, "the server says: %.*s",
		    n < 100 ? (int)n : 100, text);
	good = (text = attribute(&p, 'v', &n)) != NULL &&
	    crypto_base64_decode(text, n, &signature) == 0 &&
	    signature.len == len &&
	    crypto_is_equal(signature.data, s->signature, len);
	buffer_free(&signature);
	if (!good)
		return sasl_fail(s, "the server cannot prove that it knows "
		    "the password: someone may be in the way");
	s->complete = 1;
	return 0;
}

int
scram_step(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response)
{
	struct buffer text = BUFFER_INIT;
	int rc = -1;

	if (s->steps == 0)
		return client_first(s, response);
	if (buffer_add(&text, challenge, len) == 0 &&
	    strlen(text.data) == len && s->steps == 1)
		rc = answer(s, text.data, response);
	else if (!text.failed && strlen(text.data) == len && s->steps == 2)
		rc = verify(s, text.data);
	else
		sasl_fail(s, "the challenge is no SCRAM");
	buffer_free(&text);
	return rc;
}
