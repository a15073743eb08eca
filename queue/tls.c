/*
 * GnuTLS behind tls.h.  Verification is part of the handshake: a peer that
 * does not prove its name never gets a byte of ours.
 */
#include <config.h>

#include "queue/tls.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "queue/tls_private.h"

static int
is_address(const char *name)
{
	return strchr(name, ':') != NULL ||
	    name[strspn(name, "0123456789.")] == '\0';
}

char *
tls_ascii_name(const char *name, struct error *e)
{
	gnutls_datum_t out = { NULL, 0 };
	int rc = 0;
	char *copy;

	if (*name != '\0' && strncmp(name, "unix:", 5) != 0)
		rc = gnutls_idna_map(name, (unsigned)strlen(name), &out, 0);
	if (rc < 0) {
		error_set(e, "%.200s is no host name: %s", name,
		    gnutls_strerror(rc));
		return NULL;
	}
	copy = strdup(out.data != NULL ? (char *)out.data : name);
	if (copy == NULL)
		error_sys(e, "cannot start");
	gnutls_free(out.data);
	return copy;
}

struct tls *
tls_new(struct tls_context *c, int fd, const char *name,
    const struct buffer *ticket, struct error *e)
{
	static const struct buffer none = BUFFER_INIT;
	struct tls *t;
	int rc;

	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->name = strdup(name)) == NULL) {
		error_sys(e, "cannot start TLS");
		goto fail;
	}
	rc = gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
	    GNUTLS_NO_SIGNAL);
	if (rc >= 0)
		rc = gnutls_priority_set(t->session, c->priority);
	if (rc >= 0)
		rc = gnutls_credentials_set(t->session,
		    GNUTLS_CRD_CERTIFICATE, c->credentials);
	if (rc >= 0 && !is_address(name))
		rc = gnutls_server_name_set(t->session, GNUTLS_NAME_DNS,
		    name, strlen(name));
	if (rc < 0) {
		error_set(e, "cannot start TLS: %s", gnutls_strerror(rc));
		goto fail;
	}
	t->verify[0].type = GNUTLS_DT_DNS_HOSTNAME;
	t->verify[0].data = (void *)t->name;
	t->verify[1].type = GNUTLS_DT_KEY_PURPOSE_OID;
	t->verify[1].data = (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER;
	t->pins = c->pins;
	t->dane = c->dane;
	gnutls_session_set_ptr(t->session, t);
	gnutls_session_set_verify_function(t->session, tls_check_peer);
	gnutls_transport_set_int(t->session, fd);
	gnutls_handshake_set_timeout(t->session, 0);
	if (ticket->len == 0 || gnutls_session_set_data(t->session,
	    ticket->data, ticket->len) >= 0)
		return t;
	/* Half of it is in the session now, which is not safe to use. */
	tls_free(t);
	return tls_new(c, fd, name, &none, e);
fail:
	tls_free(t);
	return NULL;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (t->session != NULL)
		gnutls_deinit(t->session);
	free(t->name);
	free(t);
}

/* A negative code of GnuTLS, in terms of enum tls_result. */
static int
fail(const struct tls *t, int rc, const char *what, struct error *e)
{
	int alert;

	if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED)
		return TLS_WAIT;
	if (rc == GNUTLS_E_CERTIFICATE_ERROR) {
		tls_explain_refusal(t, e);
	} else if (rc == GNUTLS_E_UNEXPECTED_PACKET ||
	    rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET ||
	    rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH ||
	    rc == GNUTLS_E_RECORD_OVERFLOW) {
		error_set(e, "%s: the server does not speak TLS here: check "
		    "port and tls", what);
	} else if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		alert = gnutls_alert_get(t->session);
		error_set(e, "%s: the server refuses: %s", what,
		    gnutls_alert_get_name((gnutls_alert_description_t)alert));
	} else
		error_set(e, "%s: %s", what, gnutls_strerror(rc));
	return TLS_FAILED;
}

void
tls_save(const struct tls *t, struct buffer *out)
{
	gnutls_datum_t data = { NULL, 0 };

	buffer_wipe(out);
	/* With TLS 1.3 GnuTLS would wait for one. */
	if (gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3 &&
	    (gnutls_session_get_flags(t->session) &
	    GNUTLS_SFLAGS_SESSION_TICKET) == 0)
		return;
	if (gnutls_session_get_data2(t->session, &data) < 0)
		return;
	buffer_add(out, data.data, data.size);
	explicit_bzero(data.data, data.size);
	gnutls_free(data.data);
}

int
tls_handshake(struct tls *t, struct error *e)
{
	int rc;

	do
		rc = gnutls_handshake(t->session);
	while (rc < 0 && rc != GNUTLS_E_AGAIN &&
	    rc != GNUTLS_E_INTERRUPTED && !gnutls_error_is_fatal(rc));
	/* A session that goes on shows no certificate: judge what is known of
	 * it by what is wanted, and the date, now. */
	if (rc == GNUTLS_E_SUCCESS && gnutls_session_is_resumed(t->session))
		rc = tls_check_peer(t->session);
	return rc == GNUTLS_E_SUCCESS ? 1 : fail(t, rc, "TLS handshake", e);
}

ssize_t
tls_recv(struct tls *t, void *data, size_t len, struct error *e)
{
	ssize_t n;

	do
		n = gnutls_record_recv(t->session, data, len);
	while (n < 0 && n != GNUTLS_E_AGAIN && n != GNUTLS_E_INTERRUPTED &&
	    n != GNUTLS_E_REHANDSHAKE && !gnutls_error_is_fatal((int)n));
	return n >= 0 ? n : fail(t, (int)n, "TLS", e);
}

ssize_t
tls_send(struct tls *t, const void *data, size_t len, struct error *e)
{
	ssize_t n;

	/* What GnuTLS could not send it keeps, and wants to be asked for
	 * without data; the result counts the bytes it was given then. */
	if (t->sending)
		n = gnutls_record_send(t->session, NULL, 0);
	else
		n = gnutls_record_send(t->session, data, len);
	t->sending = n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED;
	return n >= 0 ? n : fail(t, (int)n, "TLS", e);
}

int
tls_wants_write(const struct tls *t)
{
	return gnutls_record_get_direction(t->session) == 1;
}

void
tls_bye(struct tls *t)
{
	gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

char *
tls_describe(const struct tls *t)
{
	struct buffer out = BUFFER_INIT;

	buffer_addf(&out, "%s %s%s", gnutls_protocol_get_name(
	    gnutls_protocol_get_version(t->session)),
	    gnutls_cipher_get_name(gnutls_cipher_get(t->session)),
	    gnutls_session_is_resumed(t->session) ? " resumed" : "");
	return buffer_steal(&out);
}

const char *
tls_binding(const struct tls *t, struct buffer *out)
{
	int has_exporter = gnutls_protocol_get_version(t->session) ==
	    GNUTLS_TLS1_3;
	gnutls_datum_t data = { NULL, 0 };
	const char *type;

	if (gnutls_session_channel_binding(t->session, has_exporter ?
	    GNUTLS_CB_TLS_EXPORTER : GNUTLS_CB_TLS_SERVER_END_POINT,
	    &data) < 0)
		return NULL;
	type = has_exporter ? "tls-exporter" : "tls-server-end-point";
	if (buffer_add(out, data.data, data.size) != 0)
		type = NULL;
	gnutls_free(data.data);
	return type;
}
