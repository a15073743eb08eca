/*
 * TLS sessions over a non-blocking descriptor.  Nothing of GnuTLS is seen
 * outside of this and crypto.h.
 */
#ifndef QUEUE_TLS_H
#define QUEUE_TLS_H

#include <stddef.h>
#include <sys/types.h>

struct buffer;
struct error;
struct tls_context;	/* what is trusted; serves many sessions */
struct tls;		/* a session */

enum tls_result {
	TLS_CLOSED = 0,		/* the peer said that it ends here */
	TLS_WAIT = -1,		/* wait as tls_wants_write() says, and repeat */
	TLS_FAILED = -2		/* e says why; nothing more can be done */
};

enum tls_version { TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

/* "" is "not set". */
struct tls_params {
	enum tls_version min;
	const char *priority;		/* of GnuTLS; "": NORMAL */
	const char *ca_file;		/* "system": those of the system */
	const char *pins;		/* "sha256:HEX" of public keys, words;
					 * with them the certificate of the
					 * peer does not count */
	const char *certificate;	/* ours: a file or a PKCS#11 URI */
	const char *key;		/* "": it is in certificate */
	int dane;			/* the peer must be what tls_dane()
					 * finds, too */
};

/* Keeps nothing of p.  NULL and e: something of it cannot be used, or ca_file
 * holds no certificate. */
struct tls_context *tls_context_new(const struct tls_params *p,
    struct error *e);
void tls_context_free(struct tls_context *c);

/*
 * Ask the DNS for the TLSA records (RFC 6698) of the server at host, a name in
 * ASCII, and port: how many there are.  From now on a peer must be what one of
 * them says.  Anything but an answer that DNSSEC proves, such as that there are
 * none, is -1 and e.  It may take as long as resolvers do, and sends to port
 * 53 over UDP and TCP.
 *
 * It and tls_context_new() with dane open the library libgnutls-dane and those
 * that it needs, /etc/resolv.conf, /etc/hosts, and the root key at the place
 * that the library was built for: on Debian /usr/share/dns/root.key.
 */
int tls_dane(struct tls_context *c, const char *host, unsigned port,
    struct error *e);

/* name as the DNS and certificates have it (IDNA), freed by the caller.  An
 * address is its own name, so is a path.  NULL and e. */
char *tls_ascii_name(const char *name, struct error *e);

/*
 * Begin a session on the connected, non-blocking fd, which the caller keeps
 * open.  The peer must prove that it is name, a host name or an IP address.
 * With a ticket it offers to go on where another session ended, but what is
 * known of the peer is judged anew; an empty or unusable one changes nothing.
 * NULL and e.
 */
struct tls *tls_new(struct tls_context *c, int fd, const char *name,
    const struct buffer *ticket, struct error *e);
void tls_free(struct tls *t);	/* t may be NULL */

/* After the handshake: a ticket, which is a secret, in place of what is in out.
 * Nothing, as long as the peer gave nothing. */
void tls_save(const struct tls *t, struct buffer *out);

/* 1: the handshake is complete and the peer is verified; else TLS_WAIT or
 * TLS_FAILED. */
int tls_handshake(struct tls *t, struct error *e);

/* Bytes moved, or a result.  After TLS_WAIT, tls_send() takes the same bytes
 * again.  A stream cut off without a closure alert is TLS_FAILED. */
ssize_t tls_recv(struct tls *t, void *data, size_t len, struct error *e);
ssize_t tls_send(struct tls *t, const void *data, size_t len,
    struct error *e);
int tls_wants_write(const struct tls *t);

/* Announce the end, once and without waiting. */
void tls_bye(struct tls *t);

/*
 * What only the two ends of this session know of it (RFC 5056), appended; its
 * type is returned: "tls-exporter" (RFC 9266) of TLS 1.3, for which the
 * exporter is safe by itself, else "tls-server-end-point" (RFC 5929).  NULL:
 * it cannot be had.
 */
const char *tls_binding(const struct tls *t, struct buffer *out);

/* The chain that the peer showed, a line for each certificate, and the
 * fingerprint of its key; appended. */
void tls_describe_peer(const struct tls *t, struct buffer *out);

/* "TLS1.3 AES-256-GCM resumed", for the log; freed by the caller; NULL:
 * memory. */
char *tls_describe(const struct tls *t);

#endif
