/*
 * What a session may be: whom it trusts, which versions and ciphers it takes,
 * and what we show of ourselves.  See tls.h.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "queue/tls.h"
#include "queue/tls_private.h"

/* The priority of p without the versions that are too old. */
static int
set_priority(struct tls_context *c, const struct tls_params *p,
    struct error *e)
{
	static const char *const versions[] = { "TLS1.0", "TLS1.1", "TLS1.2" };
	const char *base = *p->priority != '\0' ? p->priority : "NORMAL";
	struct buffer text = BUFFER_INIT;
	const char *where = NULL;
	unsigned i;
	int rc;

	buffer_adds(&text, base);
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]) &&
	    i < (unsigned)p->min; i++)
		buffer_addf(&text, ":-VERS-%s", versions[i]);
	if (text.failed)
		rc = GNUTLS_E_MEMORY_ERROR;
	else
		rc = gnutls_priority_init(&c->priority, buffer_string(&text),
		    &where);
	if (rc == GNUTLS_E_INVALID_REQUEST && where != NULL)
		error_set(e, "priority = %.200s: not understood from '%.*s'",
		    base, (int)strcspn(where, ":"), where);
	else if (rc < 0)
		error_set(e, "priority = %.200s: %s", base,
		    gnutls_strerror(rc));
	buffer_free(&text);
	return rc < 0 ? -1 : 0;
}

static int
set_trust(struct tls_context *c, const struct tls_params *p, struct error *e)
{
	int n, system = strcmp(p->ca_file, "system") == 0;

	/* Pins say whom to trust. */
	if (*p->pins != '\0')
		return 0;
	if (system)
		n = gnutls_certificate_set_x509_system_trust(c->credentials);
	else
		n = gnutls_certificate_set_x509_trust_file(c->credentials,
		    p->ca_file, GNUTLS_X509_FMT_PEM);
	if (n > 0 || (p->dane && system))
		return 0;
	if (system)
		return error_set(e, "the system trusts no certificates: "
		    "install ca-certificates, or set ca_file");
	return error_set(e, "no certificates in ca_file %s: %s", p->ca_file,
	    n < 0 ? gnutls_strerror(n) : "the file is empty");
}

static int
set_own(struct tls_context *c, const struct tls_params *p, struct error *e)
{
	const char *key = *p->key != '\0' ? p->key : p->certificate;
	int rc;

	if (*p->certificate == '\0')
		return 0;
	rc = gnutls_certificate_set_x509_key_file(c->credentials,
	    p->certificate, key, GNUTLS_X509_FMT_PEM);
	if (rc >= 0)
		return 0;
	return error_set(e, "cannot use client_certificate %.150s with the "
	    "key in %.150s: %s", p->certificate, key, gnutls_strerror(rc));
}

struct tls_context *
tls_context_new(const struct tls_params *p, struct error *e)
{
	struct tls_context *c;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->pins = strdup(p->pins)) == NULL ||
	    gnutls_certificate_allocate_credentials(&c->credentials) < 0)
		error_set(e, "cannot start TLS: out of memory");
	else if (set_priority(c, p, e) == 0 && set_trust(c, p, e) == 0 &&
	    set_own(c, p, e) == 0 &&
	    (!p->dane || (c->dane = dane_new(e)) != NULL))
		return c;
	tls_context_free(c);
	return NULL;
}

void
tls_context_free(struct tls_context *c)
{
	if (c == NULL)
		return;
	if (c->priority != NULL)
		gnutls_priority_deinit(c->priority);
	if (c->credentials != NULL)
		gnutls_certificate_free_credentials(c->credentials);
	dane_free(c->dane);
	free(c->pins);
	free(c);
}
