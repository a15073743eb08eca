/*
 * smarthost_sasl.c - SASL mechanisms for the scripted smarthost.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_sasl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "smarthost.h"
#include "smarthost_scram.h"
#include "smarthost_tls.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

typedef enum sasl_result step(
    struct sasl *, const char *in, size_t len, struct buf *out);

struct sasl {
	step *step;
	int round;
	struct tls *peer;
	struct scram *scram;
	struct buf user;
	struct buf text;
};

void
base64_add(struct buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;
	uint32_t v;
	char out[4];

	for (; n > 0; s += 3, n -= n < 3 ? n : 3) {
		v = (uint32_t)s[0] << 16;
		v |= n > 1 ? (uint32_t)s[1] << 8 : 0;
		v |= n > 2 ? s[2] : 0;
		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = n > 1 ? digits[v >> 6 & 63] : '=';
		out[3] = n > 2 ? digits[v & 63] : '=';
		buf_add(b, out, 4);
	}
}

int
base64_decode(struct buf *b, const char *text, size_t n)
{
	const char *d;
	unsigned char out[3];
	uint32_t v;
	size_t i, pad;

	if (n % 4 != 0)
		return -1;
	for (; n > 0; text += 4, n -= 4) {
		for (v = 0, pad = 0, i = 0; i < 4; i++) {
			d = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
			if (text[i] == '=' && n == 4 && i >= 2)
				pad++;
			else if (d == NULL || pad > 0)
				return -1;
			v = v << 6 | (uint32_t)(d != NULL ? d - digits : 0);
		}
		out[0] = (unsigned char)(v >> 16);
		out[1] = (unsigned char)(v >> 8);
		out[2] = (unsigned char)v;
		/* RFC 4648, 3.5: the unused bits must be zero. */
		if ((pad > 0 && out[2] != 0) || (pad > 1 && out[1] != 0))
			return -1;
		buf_add(b, out, 3 - pad);
	}
	return 0;
}

static int
same(const char *want, const char *p, size_t n)
{

	return want != NULL && strlen(want) == n && memcmp(want, p, n) == 0;
}

/* RFC 4616: [authzid] NUL authcid NUL password */
static enum sasl_result
step_plain(struct sasl *s, const char *in, size_t len, struct buf *out)
{
	const char *user, *password, *end;

	(void)out;
	if (in == NULL)
		return SASL_MORE;
	end = in + len;
	if ((user = memchr(in, '\0', len)) == NULL)
		return SASL_FAIL;
	user++;
	password = memchr(user, '\0', (size_t)(end - user));
	if (password == NULL)
		return SASL_FAIL;
	password++;
	buf_add(&s->user, user, (size_t)(password - 1 - user));
	if (!same(conf.user, buf_text(&s->user), s->user.len) ||
	    !same(conf.password, password, (size_t)(end - password)))
		return SASL_FAIL;
	return SASL_OK;
}

static enum sasl_result
step_login(struct sasl *s, const char *in, size_t len, struct buf *out)
{

	if (in == NULL) {
		buf_adds(out, "Username:");
		return SASL_MORE;
	}
	if (s->round++ == 0) {
		buf_add(&s->user, in, len);
		buf_adds(out, "Password:");
		return SASL_MORE;
	}
	if (!same(conf.user, buf_text(&s->user), s->user.len) ||
	    !same(conf.password, in, len))
		return SASL_FAIL;
	return SASL_OK;
}

/* RFC 2195: "user digest" for "<random@name>" */
static enum sasl_result
step_cram_md5(struct sasl *s, const char *in, size_t len, struct buf *out)
{
	unsigned char random[8], mac[16];
	struct buf want = { 0 };
	enum sasl_result result;
	size_t i;

	if (s->round++ == 0) {
		if (in != NULL)
			return SASL_FAIL;
		if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random)) < 0)
			abort();
		buf_adds(&s->text, "<");
		for (i = 0; i < sizeof(random); i++)
			buf_addf(&s->text, "%02x", random[i]);
		buf_addf(&s->text, "@%s>", conf.name);
		buf_add(out, s->text.data, s->text.len);
		return SASL_MORE;
	}
	if (gnutls_hmac_fast(GNUTLS_MAC_MD5, conf.password,
		strlen(conf.password), s->text.data, s->text.len, mac) < 0)
		abort();
	buf_addf(&want, "%s ", conf.user);
	for (i = 0; i < sizeof(mac); i++)
		buf_addf(&want, "%02x", mac[i]);
	buf_adds(&s->user, conf.user);
	result = same(want.data, in, len) ? SASL_OK : SASL_FAIL;
	buf_free(&want);
	return result;
}

/* The client answers the error text, and only then comes the 535. */
static enum sasl_result
token_step(struct sasl *s, const struct buf *want, const char *in, size_t len,
    struct buf *out)
{
	const char *end;

	if (in == NULL)
		return SASL_MORE;
	if (s->round++ > 0)
		return SASL_FAIL;
	buf_adds(&s->user, conf.user);
	/* OAUTHBEARER has host= and port= between the two. */
	end = memmem(in, len, "\1auth=", 6);
	if (conf.token != NULL && end != NULL &&
	    strncmp(in, buf_text(want), want->len) == 0 &&
	    memmem(end, len - (size_t)(end - in), buf_text(&s->text),
		s->text.len) == end)
		return SASL_OK;
	buf_adds(out, "{\"status\":\"401\",\"schemes\":\"bearer\"}");
	return SASL_MORE;
}

static enum sasl_result
step_xoauth2(struct sasl *s, const char *in, size_t len, struct buf *out)
{
	struct buf want = { 0 };
	enum sasl_result result;

	buf_addf(&want, "user=%s\1auth=", conf.user);
	buf_reset(&s->text);
	buf_addf(&s->text, "\1auth=Bearer %s\1\1",
	    conf.token != NULL ? conf.token : "");
	result = token_step(s, &want, in, len, out);
	buf_free(&want);
	return result;
}

/* RFC 7628 */
static enum sasl_result
step_oauthbearer(struct sasl *s, const char *in, size_t len, struct buf *out)
{
	struct buf want = { 0 };
	enum sasl_result result;

	buf_addf(&want, "n,a=%s,\1", conf.user);
	buf_reset(&s->text);
	buf_addf(&s->text, "\1auth=Bearer %s\1",
	    conf.token != NULL ? conf.token : "");
	result = token_step(s, &want, in, len, out);
	buf_free(&want);
	return result;
}

static enum sasl_result
step_external(struct sasl *s, const char *in, size_t len, struct buf *out)
{

	(void)out;
	if (in == NULL)
		return SASL_MORE;
	buf_adds(&s->user, conf.user);
	return s->peer != NULL && tls_has_client_certificate(s->peer) &&
		       (len == 0 || same(conf.user, in, len))
		   ? SASL_OK
		   : SASL_FAIL;
}

static enum sasl_result
step_scram(struct sasl *s, const char *in, size_t len, struct buf *out)
{

	return scram_step(s->scram, in, len, out, &s->user);
}

static const struct {
	const char *name;
	step *step;
} mechanisms[] = {
	{ "PLAIN", step_plain },
	{ "LOGIN", step_login },
	{ "CRAM-MD5", step_cram_md5 },
	{ "XOAUTH2", step_xoauth2 },
	{ "OAUTHBEARER", step_oauthbearer },
	{ "EXTERNAL", step_external },
	{ "SCRAM-SHA-1", step_scram },
	{ "SCRAM-SHA-1-PLUS", step_scram },
	{ "SCRAM-SHA-256", step_scram },
	{ "SCRAM-SHA-256-PLUS", step_scram },
};

static int
is_offered(const char *name)
{
	const char *p = conf.auth;
	size_t n = strlen(name), k;

	for (; *p != '\0'; p += k) {
		p += strspn(p, " ");
		k = strcspn(p, " ");
		if (k == n && strncasecmp(p, name, n) == 0)
			return 1;
	}
	return 0;
}

struct sasl *
sasl_new(const char *mechanism, struct tls *peer)
{
	struct sasl *s;
	size_t i;

	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (strcasecmp(mechanism, mechanisms[i].name) == 0 &&
		    is_offered(mechanism)) {
			s = xalloc(sizeof(*s));
			s->step = mechanisms[i].step;
			s->peer = peer;
			if (s->step == step_scram)
				s->scram = scram_new(
				    strcasestr(mechanism, "-256") != NULL,
				    strcasestr(mechanism, "-PLUS") != NULL,
				    peer);
			return s;
		}
	return NULL;
}

void
sasl_free(struct sasl *s)
{

	if (s == NULL)
		return;
	scram_free(s->scram);
	buf_free(&s->user);
	buf_free(&s->text);
	free(s);
}

enum sasl_result
sasl_step(struct sasl *s, const char *in, size_t len, struct buf *out)
{

	return s->step(s, in, len, out);
}

const char *
sasl_user(const struct sasl *s)
{

	return buf_text(&s->user);
}
