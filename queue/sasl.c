/*
 * SASL mechanisms: see sasl.h.  One table, strongest first.
 */
#include <config.h>

#include "queue/sasl_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHALLENGE_MAX 8192	/* bytes */

int
sasl_fail(struct sasl *s, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	for (p = s->why; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return -1;
}

void
sasl_add_name(struct buffer *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ',')
			buffer_adds(out, "=2C");
		else if (*name == '=')
			buffer_adds(out, "=3D");
		else
			buffer_addc(out, *name);
	}
}

/* RFC 4616. */
static int
plain(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response)
{
	(void)challenge;
	(void)len;
	if (s->steps > 0)
		return sasl_fail(s, "the server asks on");
	buffer_addc(response, '\0');
	buffer_adds(response, s->login->user);
	buffer_addc(response, '\0');
	s->complete = 1;
	return buffer_adds(response, s->login->secret);
}

/* No RFC: the server asks for the name, then for the password, in words that
 * nobody should look at. */
static int
login(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response)
{
	(void)challenge;
	(void)len;
	if (s->steps > 1)
		return sasl_fail(s, "the server asks on");
	s->complete = s->steps == 1;
	return buffer_adds(response, s->steps == 0 ? s->login->user :
	    s->login->secret);
}

/* RFC 2195. */
static int
cram_md5(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response)
{
	unsigned char mac[CRYPTO_HASH_MAX];
	size_t i;

	if (s->steps > 0 || len == 0)
		return sasl_fail(s, s->steps > 0 ? "the server asks on" :
		    "the challenge is empty");
	if (crypto_hmac(CRYPTO_MD5, s->login->secret,
	    strlen(s->login->secret), challenge, len, mac) != 0)
		return sasl_fail(s, "no HMAC-MD5 can be computed here");
	buffer_addf(response, "%s ", s->login->user);
	for (i = 0; i < crypto_hash_length(CRYPTO_MD5); i++)
		buffer_addf(response, "%02x", mac[i]);
	s->complete = 1;
	return 0;
}

/* RFC 4422, A.  The user is who we want to be, if it is not evident. */
static int
external(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response)
{
	(void)challenge;
	(void)len;
	if (s->steps > 0)
		return sasl_fail(s, "the server asks on");
	s->complete = 1;
	return buffer_adds(response, s->login->user);
}

/*
 * A second challenge is the server's reason for a refusal, in JSON, and waits
 * for this answer of ours before the refusal itself comes.
 */
static int
take_reason(struct sasl *s, const char *challenge, size_t len,
    const char *answer, struct buffer *response)
{
	if (s->steps > 1)
		return sasl_fail(s, "the server asks on");
	s->complete = 0;
	sasl_fail(s, "%.*s", (int)len, challenge);
	return buffer_adds(response, answer);
}

/* Google's and Microsoft's; in use before RFC 7628. */
static int
xoauth2(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response)
{
	if (s->steps > 0)
		return take_reason(s, challenge, len, "", response);
	s->complete = 1;
	buffer_adds(response, "user=");
	buffer_adds(response, s->login->user);
	buffer_adds(response, "\1auth=Bearer ");
	buffer_adds(response, s->login->secret);
	return buffer_adds(response, "\1\1");
}

/* RFC 7628. */
static int
oauthbearer(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response)
{
	if (s->steps > 0)
		return take_reason(s, challenge, len, "\1", response);
	s->complete = 1;
	buffer_adds(response, "n,a=");
	sasl_add_name(response, s->login->user);
	buffer_addf(response, ",\1host=%s\1port=%u\1auth=Bearer ",
	    s->login->host, s->login->port);
	buffer_adds(response, s->login->secret);
	return buffer_adds(response, "\1\1");
}

/*
 * Strongest first.  CRAM-MD5 comes last: it hides the password from a server
 * that has been verified, but not from one that records it, and servers that
 * store passwords as hashes offer it in vain.
 */
static const struct sasl_mechanism mechanisms[] = {
	{ "EXTERNAL", SASL_CERTIFICATE, SASL_FIRST | SASL_HIDDEN, 0,
	    external },
	{ "SCRAM-SHA-256-PLUS", SASL_PASSWORD, SASL_FIRST | SASL_HIDDEN |
	    SASL_BOUND, CRYPTO_SHA256, scram_step },
	{ "SCRAM-SHA-1-PLUS", SASL_PASSWORD, SASL_FIRST | SASL_HIDDEN |
	    SASL_BOUND, CRYPTO_SHA1, scram_step },
	{ "SCRAM-SHA-256", SASL_PASSWORD, SASL_FIRST | SASL_HIDDEN,
	    CRYPTO_SHA256, scram_step },
	{ "SCRAM-SHA-1", SASL_PASSWORD, SASL_FIRST | SASL_HIDDEN,
	    CRYPTO_SHA1, scram_step },
	{ "OAUTHBEARER", SASL_TOKEN, SASL_FIRST, 0, oauthbearer },
	{ "XOAUTH2", SASL_TOKEN, SASL_FIRST, 0, xoauth2 },
	{ "PLAIN", SASL_PASSWORD, SASL_FIRST, 0, plain },
	{ "LOGIN", SASL_PASSWORD, 0, 0, login },
	{ "CRAM-MD5", SASL_PASSWORD, 0, 0, cram_md5 },
};

#define COUNT (sizeof(mechanisms) / sizeof(mechanisms[0]))

/* Where in list the word stands; the end of it: nowhere. */
static const char *
find(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (; *list != '\0'; list += n) {
		list += strspn(list, " \t,");
		n = strcspn(list, " \t,");
		if (n == len && strncasecmp(list, word, len) == 0)
			break;
	}
	return list;
}

int
sasl_offers_bound(const struct sasl *s)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if ((mechanisms[i].flags & SASL_BOUND) != 0 &&
		    *find(s->offered, mechanisms[i].name) != '\0')
			return 1;
	return 0;
}

/* Can m be used with what there is?  Who names EXTERNAL knows what it is
 * that proves the client; by itself it is taken with a certificate. */
static int
is_possible(const struct sasl_login *l, const struct sasl_mechanism *m,
    int automatic)
{
	if ((m->flags & SASL_HIDDEN) == 0 && !l->private)
		return 0;
	if ((m->flags & SASL_BOUND) != 0 && l->binding_type == NULL)
		return 0;
	if (m->needs == SASL_CERTIFICATE)
		return !automatic || l->certificate;
	return *l->user != '\0' && l->is_token == (m->needs == SASL_TOKEN);
}

int
sasl_next(struct sasl *s)
{
	const struct sasl_mechanism *best = NULL, *m;
	const char *allowed = s->login->mechanisms, *place;
	const char *best_place = NULL;
	int automatic = *find(allowed, "auto") != '\0';
	size_t i;

	for (i = 0; i < COUNT; i++) {
		m = &mechanisms[i];
		place = find(allowed, m->name);
		if ((s->tried & 1u << i) != 0 ||
		    *find(s->offered, m->name) == '\0' ||
		    (!automatic && *place == '\0') ||
		    !is_possible(s->login, m, automatic))
			continue;
		if (best == NULL || (!automatic && place < best_place)) {
			best = m;
			best_place = place;
		}
	}
	if (best == NULL)
		return -1;
	s->mechanism = best;
	s->tried |= 1u << (best - mechanisms);
	sasl_restart(s);
	return 0;
}

void
sasl_restart(struct sasl *s)
{
	s->steps = 0;
	s->complete = 0;
	*s->why = '\0';
}

struct sasl *
sasl_new(const struct sasl_login *login, const char *offered)
{
	struct sasl *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->login = login;
	s->offered = offered;
	if (sasl_next(s) == 0)
		return s;
	free(s);
	return NULL;
}

void
sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	buffer_free(&s->header);
	buffer_free(&s->nonce);
	buffer_free(&s->message);
	free(s);
}

const char *
sasl_name(const struct sasl *s)
{
	return s->mechanism->name;
}

int
sasl_wants_secret(const struct sasl *s)
{
	return s->mechanism->needs != SASL_CERTIFICATE;
}

int
sasl_is_client_first(const struct sasl *s)
{
	return (s->mechanism->flags & SASL_FIRST) != 0;
}

int
sasl_step(struct sasl *s, const void *challenge, size_t len,
    struct buffer *response)
{
	int result;

	if (len > CHALLENGE_MAX)
		return sasl_fail(s, "the challenge is too long");
	result = s->mechanism->step(s, len > 0 ? challenge : "", len,
	    response);
	s->steps++;
	return result;
}

int
sasl_is_complete(const struct sasl *s)
{
	return s->complete;
}

const char *
sasl_why(const struct sasl *s)
{
	return s->why;
}
