/*
 * What the mechanisms share: see sasl.h.
 */
#ifndef QUEUE_SASL_PRIVATE_H
#define QUEUE_SASL_PRIVATE_H

#include "queue/crypto.h"
#include "queue/sasl.h"

enum sasl_needs { SASL_PASSWORD, SASL_TOKEN, SASL_CERTIFICATE };

enum sasl_flags {
	SASL_FIRST = 1,		/* the client begins */
	SASL_HIDDEN = 2,	/* shows the secret to nobody */
	SASL_BOUND = 4		/* to the channel (RFC 5056) */
};

struct sasl_mechanism {
	const char *name;
	enum sasl_needs needs;
	unsigned flags;
	enum crypto_hash hash;
	/* One step; s->steps were answered before.  As sasl_step(). */
	int (*step)(struct sasl *s, const char *challenge, size_t len,
	    struct buffer *response);
};

struct sasl {
	const struct sasl_mechanism *mechanism;
	const struct sasl_login *login;
	const char *offered;
	unsigned tried;		/* of the table, as bits */
	int steps;
	int complete;
	char why[300];
	/* SCRAM */
	struct buffer header;	/* of GS2 */
	struct buffer nonce;	/* ours */
	struct buffer message;	/* what is signed, as far as it is known */
	unsigned char signature[CRYPTO_HASH_MAX];	/* the server's to be */
};

/* Fill s->why, once and printable; -1. */
int sasl_fail(struct sasl *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* 1: the server offers a mechanism that is bound to the channel. */
int sasl_offers_bound(const struct sasl *s);

/* Append name with its ',' and '=' as RFC 5801, 4 has them. */
void sasl_add_name(struct buffer *out, const char *name);

/* scram.c: RFC 5802 and 7677. */
int scram_step(struct sasl *s, const char *challenge, size_t len,
    struct buffer *response);

#endif
