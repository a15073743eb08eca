/*
 * Is the peer whom it should be, and if not, why: see tls.h.
 *
 * Pins are of public keys, so they outlive the certificates.  Where there are
 * any the authorities do not count: the handshake proves that the peer has the
 * key.  Nor do they where the DNS says what the peer is, unless it says that
 * they do.
 */
#include <config.h>

#include <string.h>
#include <strings.h>
#include <time.h>

#include <gnutls/x509.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "queue/tls.h"
#include "queue/tls_private.h"

/* Certificate number i of the peer; NULL: there is none.  The caller frees. */
static gnutls_x509_crt_t
peer_certificate(const struct tls *t, unsigned i)
{
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t crt;
	unsigned count = 0;

	chain = gnutls_certificate_get_peers(t->session, &count);
	if (chain == NULL || i >= count || gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &chain[i], GNUTLS_X509_FMT_DER) >= 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

/* "sha256:" and the hash of the peer's public key (SPKI). */
static void
add_pin(struct buffer *out, const struct tls *t)
{
	gnutls_x509_crt_t crt = peer_certificate(t, 0);
	unsigned char id[32];
	size_t i, len = sizeof(id);

	if (crt == NULL)
		return;
	if (gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id,
	    &len) >= 0) {
		buffer_adds(out, "sha256:");
		for (i = 0; i < len; i++)
			buffer_addf(out, "%02x", id[i]);
	}
	gnutls_x509_crt_deinit(crt);
}

static int
has_pin(const struct tls *t)
{
	struct buffer pin = BUFFER_INIT;
	const char *p;
	size_t len;
	int found = 0;

	add_pin(&pin, t);
	for (p = t->pins; *p != '\0' && pin.len > 0; p += len) {
		p += strspn(p, " \t\n");
		len = strcspn(p, " \t\n");
		if (len == pin.len && strncasecmp(p, pin.data, len) == 0)
			found = 1;
	}
	buffer_free(&pin);
	return found;
}

int
tls_is_certified(struct tls *t)
{
	t->status = GNUTLS_CERT_INVALID;
	return gnutls_certificate_verify_peers(t->session, t->verify, 2,
	    &t->status) >= 0 && t->status == 0;
}

int
tls_check_peer(gnutls_session_t session)
{
	struct tls *t = gnutls_session_get_ptr(session);

	if (*t->pins != '\0' && !has_pin(t))
		t->why = "the key of the server is none of fingerprint ";
	else if (t->dane != NULL && !dane_matches(t->dane, t))
		t->why = "it is none that the TLSA records allow ";
	else if (*t->pins != '\0' || t->dane != NULL || tls_is_certified(t))
		return 0;
	return GNUTLS_E_CERTIFICATE_ERROR;
}

static void
add_date(struct buffer *out, const char *before, time_t when)
{
	char text[32] = "?";
	struct tm tm;

	if (gmtime_r(&when, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	buffer_addf(out, "%s%s", before, text);
}

/* "CN=a.example, by CN=ca, valid 2020-01-01 to 2021-01-01" */
static void
add_certificate(struct buffer *out, gnutls_x509_crt_t crt)
{
	gnutls_datum_t subject = { NULL, 0 }, issuer = { NULL, 0 };

	gnutls_x509_crt_get_dn3(crt, &subject, 0);
	gnutls_x509_crt_get_issuer_dn3(crt, &issuer, 0);
	buffer_addf(out, "%.100s, by %.100s",
	    subject.data != NULL ? (char *)subject.data : "?",
	    issuer.data != NULL ? (char *)issuer.data : "?");
	add_date(out, ", valid ", gnutls_x509_crt_get_activation_time(crt));
	add_date(out, " to ", gnutls_x509_crt_get_expiration_time(crt));
	gnutls_free(subject.data);
	gnutls_free(issuer.data);
}

void
tls_describe_peer(const struct tls *t, struct buffer *out)
{
	gnutls_x509_crt_t crt;
	unsigned i;

	for (i = 0; (crt = peer_certificate(t, i)) != NULL; i++) {
		add_certificate(out, crt);
		buffer_addc(out, '\n');
		gnutls_x509_crt_deinit(crt);
	}
	buffer_adds(out, "fingerprint ");
	add_pin(out, t);
}

/* Has certificate crt of the chain, which goes on with more, this fault? */
static int
is_at_fault(gnutls_x509_crt_t crt, int more, unsigned status)
{
	time_t now = time(NULL);

	if ((status & GNUTLS_CERT_EXPIRED) != 0)
		return gnutls_x509_crt_get_expiration_time(crt) < now;
	if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0)
		return gnutls_x509_crt_get_activation_time(crt) > now;
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0)
		return !more;
	return 1;
}

/* The certificate that is at fault. */
static void
add_culprit(struct buffer *out, const struct tls *t)
{
	gnutls_x509_crt_t crt = peer_certificate(t, 0), next;
	unsigned i;
	int found = 0;

	for (i = 1; crt != NULL; i++, crt = next) {
		next = peer_certificate(t, i);
		if (!found && is_at_fault(crt, next != NULL, t->status)) {
			add_certificate(out, crt);
			found = 1;
		}
		gnutls_x509_crt_deinit(crt);
	}
}

void
tls_explain_refusal(const struct tls *t, struct error *e)
{
	struct buffer peer = BUFFER_INIT, pin = BUFFER_INIT;
	gnutls_datum_t why = { NULL, 0 };

	add_culprit(&peer, t);
	add_pin(&pin, t);
	if (t->why == NULL && gnutls_certificate_verification_status_print(
	    t->status, GNUTLS_CRT_X509, &why, 0) < 0)
		why.data = NULL;
	error_set(e, "certificate is not accepted for %.100s: %s(%s; "
	    "fingerprint %s)", t->name, t->why != NULL ? t->why :
	    why.data != NULL ? (char *)why.data : "not trusted ",
	    buffer_string(&peer), buffer_string(&pin));
	gnutls_free(why.data);
	buffer_free(&peer);
	buffer_free(&pin);
}
