/*
 * smarthost_tls.c - GnuTLS for the scripted smarthost.
 *
 * Reads pass through a buffer of our own, so that a record costs less than
 * the two system calls that GnuTLS would make for it.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_tls.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "smarthost.h"
#include "smarthost_buf.h"

#define RAW_SIZE 65536

struct tls {
	gnutls_session_t session;
	int fd;
	char *raw;
	size_t raw_pos, raw_len;
};

static gnutls_certificate_credentials_t credentials;
static gnutls_priority_t priority;
static gnutls_datum_t ticket_key;
static gnutls_anti_replay_t replay;

static int
fail(const char *what, int rc)
{

	fprintf(stderr, "smarthost: %s: %s\n", what, gnutls_strerror(rc));
	return -1;
}

/* To see a client that sends early data, it must be let do it. */
static int
not_replayed(void *arg, time_t expires, const gnutls_datum_t *key,
    const gnutls_datum_t *data)
{

	(void)arg, (void)expires, (void)key, (void)data;
	return 0;
}

int
tls_setup(void)
{
	const char *where = NULL;
	int rc;

	if ((rc = gnutls_certificate_allocate_credentials(&credentials)) < 0)
		return fail("credentials", rc);
	rc = gnutls_certificate_set_x509_key_file(
	    credentials, conf.cert, conf.key, GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		return fail(conf.cert, rc);
	if (conf.ocsp != NULL) {
		gnutls_certificate_set_flags(credentials,
		    GNUTLS_CERTIFICATE_SKIP_OCSP_RESPONSE_CHECK);
		rc = gnutls_certificate_set_ocsp_status_request_file(
		    credentials, conf.ocsp, 0);
		if (rc < 0)
			return fail(conf.ocsp, rc);
	}
	if (conf.client_ca != NULL) {
		rc = gnutls_certificate_set_x509_trust_file(
		    credentials, conf.client_ca, GNUTLS_X509_FMT_PEM);
		if (rc < 0)
			return fail(conf.client_ca, rc);
	}
	rc = gnutls_priority_init(&priority,
	    conf.tls_priority != NULL ? conf.tls_priority : "NORMAL", &where);
	if (rc < 0)
		return fail(where != NULL ? where : "priority", rc);
	if ((rc = gnutls_session_ticket_key_generate(&ticket_key)) < 0)
		return fail("ticket key", rc);
	if ((rc = gnutls_anti_replay_init(&replay)) < 0)
		return fail("early data", rc);
	gnutls_anti_replay_set_add_function(replay, not_replayed);
	return 0;
}

void
tls_teardown(void)
{

	if (credentials == NULL)
		return;
	gnutls_certificate_free_credentials(credentials);
	gnutls_priority_deinit(priority);
	gnutls_anti_replay_deinit(replay);
	gnutls_memset(ticket_key.data, 0, ticket_key.size);
	gnutls_free(ticket_key.data);
}

static ssize_t
pull(gnutls_transport_ptr_t arg, void *p, size_t n)
{
	struct tls *t = arg;
	ssize_t k;

	if (t->raw_pos == t->raw_len) {
		k = recv(t->fd, t->raw, RAW_SIZE, 0);
		if (k <= 0) {
			gnutls_transport_set_errno(t->session, errno);
			return k;
		}
		t->raw_pos = 0;
		t->raw_len = (size_t)k;
	}
	if (n > t->raw_len - t->raw_pos)
		n = t->raw_len - t->raw_pos;
	memcpy(p, t->raw + t->raw_pos, n);
	t->raw_pos += n;
	return (ssize_t)n;
}

static ssize_t
push(gnutls_transport_ptr_t arg, const void *p, size_t n)
{
	struct tls *t = arg;
	ssize_t k;

	k = send(t->fd, p, n, MSG_NOSIGNAL);
	if (k < 0)
		gnutls_transport_set_errno(t->session, errno);
	return k;
}

static int
prepare(struct tls *t)
{
	unsigned int flags = GNUTLS_SERVER | GNUTLS_ENABLE_EARLY_DATA;
	int rc;

	if (conf.tickets != TICKETS_AUTO)
		flags |= GNUTLS_NO_AUTO_SEND_TICKET;
	if ((rc = gnutls_init(&t->session, flags)) < 0)
		return rc;
	gnutls_anti_replay_enable(t->session, replay);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_pull_function(t->session, pull);
	gnutls_transport_set_push_function(t->session, push);
	if ((rc = gnutls_priority_set(t->session, priority)) < 0 ||
	    (rc = gnutls_credentials_set(
		 t->session, GNUTLS_CRD_CERTIFICATE, credentials)) < 0)
		return rc;
	if (conf.client_ca != NULL) {
		gnutls_certificate_server_set_request(t->session,
		    conf.client_cert_required ? GNUTLS_CERT_REQUIRE
					      : GNUTLS_CERT_REQUEST);
		if (conf.client_cert_required)
			gnutls_session_set_verify_cert(t->session, NULL, 0);
	}
	if (conf.tickets == TICKETS_OFF)
		return 0;
	return gnutls_session_ticket_enable_server(t->session, &ticket_key);
}

struct tls *
tls_accept(int fd, const void *early, size_t n, const char **why)
{
	struct tls *t = xalloc(sizeof(*t));
	int rc;

	t->fd = fd;
	t->raw = xalloc(RAW_SIZE);
	memcpy(t->raw, early, n);
	t->raw_len = n;
	if ((rc = prepare(t)) == 0)
		do
			rc = gnutls_handshake(t->session);
		while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc == 0)
		return t;
	*why = rc == GNUTLS_E_FATAL_ALERT_RECEIVED
		   ? gnutls_alert_get_name(gnutls_alert_get(t->session))
		   : gnutls_strerror(rc);
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
	free(t->raw);
	free(t);
}

ssize_t
tls_read(struct tls *t, void *p, size_t n)
{
	ssize_t k;

	do
		k = gnutls_record_recv(t->session, p, n);
	while (k < 0 && !gnutls_error_is_fatal((int)k));
	return k < 0 ? -1 : k;
}

ssize_t
tls_write(struct tls *t, const void *p, size_t n)
{
	const char *s = p;
	size_t done = 0;
	ssize_t k;

	if (conf.tickets == TICKETS_LATE &&
	    gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3)
		(void)gnutls_session_ticket_send(t->session, 1, 0);
	while (done < n) {
		k = gnutls_record_send(t->session, s + done, n - done);
		if (k < 0 && gnutls_error_is_fatal((int)k))
			return -1;
		if (k > 0)
			done += (size_t)k;
	}
	return (ssize_t)n;
}

int
tls_pending(const struct tls *t)
{

	return t->raw_pos < t->raw_len ||
	       gnutls_record_check_pending(t->session) > 0;
}

void
tls_bye(struct tls *t)
{

	(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

const char *
tls_protocol(const struct tls *t)
{

	return gnutls_protocol_get_name(
	    gnutls_protocol_get_version(t->session));
}

int
tls_resumed(const struct tls *t)
{

	return gnutls_session_is_resumed(t->session);
}

/* RFC 5929, 4, for certificates that are signed with SHA-256.  GnuTLS does not
 * know it for a session that was resumed. */
static int
end_point(struct buf *out)
{
	gnutls_datum_t own;
	char hash[32];

	if (gnutls_certificate_get_crt_raw(credentials, 0, 0, &own) < 0 ||
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, own.data, own.size, hash) < 0)
		return -1;
	buf_add(out, hash, sizeof(hash));
	return 0;
}

int
tls_early(const struct tls *t)
{

	return (gnutls_session_get_flags(t->session) &
	    GNUTLS_SFLAGS_EARLY_DATA) != 0;
}

int
tls_binding(struct tls *t, const char *type, struct buf *out)
{
	gnutls_datum_t d = { NULL, 0 };
	char secret[32];
	int rc = -1;

	if (strcmp(type, "tls-exporter") == 0) {
		rc = gnutls_prf_rfc5705(t->session, 24,
		    "EXPORTER-Channel-Binding", 0, NULL, sizeof(secret),
		    secret);
		if (rc >= 0)
			buf_add(out, secret, sizeof(secret));
		return rc < 0 ? -1 : 0;
	}
	if (strcmp(type, "tls-server-end-point") == 0)
		return end_point(out);
	if (strcmp(type, "tls-unique") == 0)
		rc = gnutls_session_channel_binding(
		    t->session, GNUTLS_CB_TLS_UNIQUE, &d);
	if (rc < 0)
		return -1;
	buf_add(out, d.data, d.size);
	gnutls_free(d.data);
	return 0;
}

int
tls_has_client_certificate(const struct tls *t)
{
	unsigned int status = 1, n = 0;

	if (conf.client_ca == NULL)
		return 0;
	if (gnutls_certificate_get_peers(t->session, &n) == NULL || n == 0)
		return 0;
	return gnutls_certificate_verify_peers2(t->session, &status) == 0 &&
	       status == 0;
}
