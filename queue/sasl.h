/*
 * SASL mechanisms (RFC 4422) as steps, from a challenge to a response.  Pure:
 * no network; base64 is the caller's.
 */
#ifndef QUEUE_SASL_H
#define QUEUE_SASL_H

#include <stddef.h>

#include "queue/buffer.h"

struct sasl;

/* All is borrowed while the struct sasl lives. */
struct sasl_login {
	const char *mechanisms;	/* allowed, in order of preference; "auto" */
	const char *user;
	const char *secret;	/* wanted by the first step only where
				 * sasl_wants_secret() says so */
	int is_token;		/* that is a token, else a password */
	int private;		/* the channel keeps secrets */
	int certificate;	/* the channel proves who we are */
	const char *binding_type;	/* RFC 5056; NULL: it has none */
	struct buffer binding;
	const char *host;	/* the server's, for OAUTHBEARER */
	unsigned port;
	const char *nonce;	/* NULL: a random one, as it must be; tests
				 * have those of the RFCs */
};

/*
 * Choose a mechanism that login allows and the server offers (words between
 * blanks).  NULL: there is none, or memory ran out.
 */
struct sasl *sasl_new(const struct sasl_login *login, const char *offered);
void sasl_free(struct sasl *s);		/* s may be NULL */

/* The server has something against the mechanism: take the next one, from
 * its beginning.  -1: there is none. */
int sasl_next(struct sasl *s);

/* The same mechanism from its beginning, with another secret. */
void sasl_restart(struct sasl *s);

const char *sasl_name(const struct sasl *s);
int sasl_wants_secret(const struct sasl *s);

/* 1: the mechanism begins with a response of ours. */
int sasl_is_client_first(const struct sasl *s);

/*
 * Append to response the answer to a challenge (len 0 for the first one of a
 * client-first mechanism).  0, or -1: what the server asks for, or says of
 * itself, is not what the mechanism allows.
 */
int sasl_step(struct sasl *s, const void *challenge, size_t len,
    struct buffer *response);

/* 1: the server may say that we are in.  Before, it has not proved what it
 * has to, and is not to be believed. */
int sasl_is_complete(const struct sasl *s);

/* Why a step failed, or what the server gave as its reason: one line of
 * printable text, or "". */
const char *sasl_why(const struct sasl *s);

#endif
