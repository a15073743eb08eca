/*
 * What the parts of TLS share: see tls.h.
 */
#ifndef QUEUE_TLS_PRIVATE_H
#define QUEUE_TLS_PRIVATE_H

#include <gnutls/gnutls.h>

struct dane;			/* what the DNS says of the peer */
struct error;

struct tls_context {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	char *pins;		/* of tls_params; "": certificates count */
	struct dane *dane;	/* NULL: is not asked */
};

struct tls {
	gnutls_session_t session;
	gnutls_typed_vdata_st verify[2];
	char *name;
	const char *pins;	/* of the context */
	const struct dane *dane;	/* also */
	const char *why;	/* the peer was refused; NULL: see status */
	unsigned status;	/* of GnuTLS, for that */
	int sending;		/* GnuTLS keeps a record that was not sent */
};

/* Within the handshake: 0, or a negative code that ends it. */
int tls_check_peer(gnutls_session_t session);

/* 1: some authority that is trusted says that this is the peer. */
int tls_is_certified(struct tls *t);

/* NULL and e: this build or this system cannot do it. */
struct dane *dane_new(struct error *e);
void dane_free(struct dane *d);	/* d may be NULL */

/* 1: t's peer is what a record says. */
int dane_matches(const struct dane *d, struct tls *t);

/* Why it did, and what certificate that was, in one line. */
void tls_explain_refusal(const struct tls *t, struct error *e);

#endif
