/*
 * DANE (RFC 6698, RFC 7671): the DNS says what the peer is, and DNSSEC proves
 * that.  See tls.h.
 *
 * libgnutls-dane brings a resolver along, which triples the time that the
 * worker takes to start: it is loaded where it is asked for, and not linked.
 */
#include <config.h>

#include "queue/tls.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "queue/error.h"
#include "queue/tls_private.h"

#ifdef HAVE_GNUTLS_DANE_H

#include <gnutls/dane.h>
#include <gnutls/x509.h>

#define LIBRARY "libgnutls-dane.so.0"
#define CHAIN_MAX 16		/* certificates of a peer that are looked at */

#define FUNCTION(name) __typeof__(name) *name
#define SYMBOL(name) { #name, offsetof(struct dane, name) }

struct dane {
	void *library;
	dane_state_t state;
	dane_query_t found;	/* NULL: not asked yet */
	FUNCTION(dane_state_init);
	FUNCTION(dane_state_deinit);
	FUNCTION(dane_query_tlsa);
	FUNCTION(dane_query_status);
	FUNCTION(dane_query_entries);
	FUNCTION(dane_query_data);
	FUNCTION(dane_query_deinit);
	FUNCTION(dane_raw_tlsa);
	FUNCTION(dane_verify_crt_raw);
	FUNCTION(dane_strerror);
};

static int
load(struct dane *d, struct error *e)
{
	static const struct {
		const char *name;
		size_t offset;
	} symbols[] = {
		SYMBOL(dane_state_init), SYMBOL(dane_state_deinit),
		SYMBOL(dane_query_tlsa), SYMBOL(dane_query_status),
		SYMBOL(dane_query_entries), SYMBOL(dane_query_data),
		SYMBOL(dane_query_deinit), SYMBOL(dane_raw_tlsa),
		SYMBOL(dane_verify_crt_raw), SYMBOL(dane_strerror),
	};
	void *symbol = d->library = dlopen(LIBRARY, RTLD_NOW);
	size_t i;

	for (i = 0; symbol != NULL && i < sizeof(symbols) /
	    sizeof(symbols[0]); i++) {
		symbol = dlsym(d->library, symbols[i].name);
		memcpy((char *)d + symbols[i].offset, &symbol, sizeof(symbol));
	}
	return symbol != NULL ? 0 : error_set(e, "dane = required needs a "
	    "library that is not installed here: %s", dlerror());
}

struct dane *
dane_new(struct error *e)
{
	struct dane *d;
	int rc;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		error_sys(e, "cannot start TLS");
	else if (load(d, e) == 0) {
		/* load() set it: NOLINTNEXTLINE(*CallAndMessage) */
		if ((rc = d->dane_state_init(&d->state, 0)) >= 0)
			return d;
		error_set(e, "cannot use DANE: %s", d->dane_strerror(rc));
	}
	dane_free(d);
	return NULL;
}

void
dane_free(struct dane *d)
{
	if (d == NULL)
		return;
	if (d->found != NULL)
		d->dane_query_deinit(d->found);
	if (d->state != NULL)
		d->dane_state_deinit(d->state);
	if (d->library != NULL)
		dlclose(d->library);
	free(d);
}

int
tls_dane(struct tls_context *c, const char *host, unsigned port,
    struct error *e)
{
	struct dane *d = c->dane;
	int rc;

	if (d->found != NULL)
		d->dane_query_deinit(d->found);
	d->found = NULL;
	rc = d->dane_query_tlsa(d->state, &d->found, host, "tcp", port);
	if (rc >= 0 && d->dane_query_status(d->found) ==
	    DANE_QUERY_DNSSEC_VERIFIED)
		return (int)d->dane_query_entries(d->found);
	return error_set(e, "DNSSEC proves no TLSA records for "
	    "_%u._tcp.%.200s: %s", port, host, rc == DANE_E_NO_DANE_DATA ||
	    rc == DANE_E_REQUESTED_DATA_NOT_AVAILABLE ?
	    "there are none, or the DNS does not answer" :
	    d->dane_strerror(rc));
}

/* A record of the DNS: its three numbers and its data, as it travels. */
struct record {
	unsigned usage, selector, type;
	gnutls_datum_t data;
};

/* Is certs[0] what r says or, with a record of an authority, is it signed by
 * certs[1], and that what r says? */
static int
is_meant(const struct dane *d, const struct record *r,
    const gnutls_datum_t *certs, unsigned count)
{
	int len = 3 + (int)r->data.size, rc;
	char *raw[2] = { malloc((size_t)len), NULL };
	unsigned status = ~0U;
	dane_query_t q;

	if (raw[0] == NULL)
		return 0;
	raw[0][0] = (char)r->usage;
	raw[0][1] = (char)r->selector;
	raw[0][2] = (char)r->type;
	memcpy(raw[0] + 3, r->data.data, r->data.size);
	rc = d->dane_raw_tlsa(d->state, &q, raw, &len, 1, 0);
	if (rc >= 0) {
		rc = d->dane_verify_crt_raw(d->state, certs, count,
		    GNUTLS_CRT_X509, q, 0, DANE_VFLAG_FAIL_IF_NOT_CHECKED,
		    &status);
		d->dane_query_deinit(q);
	}
	free(raw[0]);		/* q pointed into it */
	return rc >= 0 && status == 0;
}

/* Would t's peer be certified, were chain[anchor] all that is trusted? */
static int
is_certified_by(struct tls *t, const gnutls_datum_t *chain, unsigned anchor)
{
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t certs[CHAIN_MAX];
	unsigned i, n = 0, status = ~0U;

	if (gnutls_x509_trust_list_init(&list, 0) < 0)
		return 0;
	for (; n < anchor && gnutls_x509_crt_init(&certs[n]) >= 0; n++)
		if (gnutls_x509_crt_import(certs[n], &chain[n],
		    GNUTLS_X509_FMT_DER) < 0) {
			gnutls_x509_crt_deinit(certs[n]);
			break;
		}
	if (n < anchor ||
	    gnutls_x509_trust_list_add_trust_mem(list, &chain[anchor], NULL,
	    GNUTLS_X509_FMT_DER, 0, 0) != 1 ||
	    gnutls_x509_trust_list_verify_crt2(list, certs, n, t->verify, 2,
	    0, &status, NULL) < 0)
		status = ~0U;
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(certs[i]);
	gnutls_x509_trust_list_deinit(list, 1);
	return status == 0;
}

/* One record, by its usage (RFC 7671, 5). */
static int
holds(const struct dane *d, const struct record *r, struct tls *t,
    const gnutls_datum_t *chain, unsigned count)
{
	unsigned i;

	switch (r->usage) {
	case DANE_CERT_USAGE_LOCAL_EE:
		return is_meant(d, r, chain, 1);
	case DANE_CERT_USAGE_EE:
		return is_meant(d, r, chain, 1) && tls_is_certified(t);
	case DANE_CERT_USAGE_LOCAL_CA:
	case DANE_CERT_USAGE_CA:
		for (i = 1; i < count && i < CHAIN_MAX; i++)
			if (is_meant(d, r, chain + i - 1, 2) &&
			    is_certified_by(t, chain, i))
				return r->usage == DANE_CERT_USAGE_LOCAL_CA ||
				    tls_is_certified(t);
		return 0;
	default:
		return 0;
	}
}

int
dane_matches(const struct dane *d, struct tls *t)
{
	const gnutls_datum_t *chain;
	struct record r;
	unsigned i, count = 0;

	chain = gnutls_certificate_get_peers(t->session, &count);
	for (i = 0; chain != NULL && d->found != NULL &&
	    i < d->dane_query_entries(d->found); i++)
		if (d->dane_query_data(d->found, i, &r.usage, &r.selector,
		    &r.type, &r.data) >= 0 && holds(d, &r, t, chain, count))
			return 1;
	return 0;
}

#else	/* settings_load() takes no configuration that gets here */

struct dane *
dane_new(struct error *e)
{
	error_set(e, "DANE is not part of this build of outbox");
	return NULL;
}

void
dane_free(struct dane *d)
{
	(void)d;
}

int
tls_dane(struct tls_context *c, const char *host, unsigned port,
    struct error *e)
{
	(void)c, (void)host, (void)port;
	return error_set(e, "DANE is not part of this build of outbox");
}

int
dane_matches(const struct dane *d, struct tls *t)
{
	(void)d, (void)t;
	return 0;
}

#endif
