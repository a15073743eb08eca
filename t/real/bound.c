/*
 * A mail server for logins that Postfix cannot have, as it tells no SASL of
 * its TLS: by a client certificate, and by SCRAM bound to the channel.  It is
 * Cyrus SASL and OpenSSL, with as little between them as will do.
 *
 *	bound VERSION ADDRESS CERTIFICATE CA MAILDIR [hide]
 *
 * TLS of that version (1.2 or 1.3) on port 465; users are those of sasldb.
 * Mail from those who logged in goes to MAILDIR, with a field that says how.
 * "hide": EHLO names no mechanism that is bound, as if someone were in the
 * way.
 */
#define _GNU_SOURCE

#include <sys/socket.h>

#include <err.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sasl/sasl.h>
#include <sasl/saslutil.h>

#define REALM "smarthost.example"
#define LINE 65536

struct session {
	SSL *ssl;
	BIO *io;
	sasl_conn_t *sasl;
	sasl_channel_binding_t binding;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char line[LINE];
	char mechanism[50];
	char how[1000];		/* the login; "": none yet */
	char to[1000];
};

static const char *maildir;
static int hide;

static int
option(void *context, const char *plugin, const char *name,
    const char **value, unsigned *len)
{
	static const char *const options[][2] = {
		{ "mech_list", "EXTERNAL SCRAM-SHA-1 SCRAM-SHA-256" },
		{ "pwcheck_method", "auxprop" },
		{ "auxprop_plugin", "sasldb" },
	};
	size_t i;

	(void)context;
	(void)plugin;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(name, options[i][0]) == 0) {
			*value = options[i][1];
			if (len != NULL)
				*len = (unsigned)strlen(*value);
			return SASL_OK;
		}
	return SASL_FAIL;
}

/* RFC 9266 with TLS 1.3, RFC 5929, 4 with TLS 1.2. */
static void
bind_channel(struct session *s)
{
	X509 *own = SSL_get_certificate(s->ssl);
	unsigned len = 32;
	int digest;

	s->binding.data = s->bytes;
	if (SSL_version(s->ssl) == TLS1_3_VERSION) {
		s->binding.name = "tls-exporter";
		if (SSL_export_keying_material(s->ssl, s->bytes, len,
		    "EXPORTER-Channel-Binding", 24, NULL, 0, 0) != 1)
			errx(1, "nothing can be exported");
	} else {
		s->binding.name = "tls-server-end-point";
		if (OBJ_find_sigid_algs(X509_get_signature_nid(own), &digest,
		    NULL) != 1 || X509_digest(own, EVP_get_digestbynid(digest),
		    s->bytes, &len) != 1)
			errx(1, "the certificate has no hash");
	}
	s->binding.len = len;
}

static void
open_sasl(struct session *s)
{
	X509 *peer = SSL_get1_peer_certificate(s->ssl);
	char name[100];

	bind_channel(s);
	if (sasl_server_new("smtp", REALM, REALM, NULL, NULL, NULL, 0,
	    &s->sasl) != SASL_OK || sasl_setprop(s->sasl,
	    SASL_CHANNEL_BINDING, &s->binding) != SASL_OK)
		errx(1, "no SASL");
	if (peer != NULL && X509_NAME_get_text_by_NID(
	    X509_get_subject_name(peer), NID_commonName, name,
	    sizeof(name)) > 0)
		sasl_setprop(s->sasl, SASL_AUTH_EXTERNAL, name);
	X509_free(peer);
}

static void
reply(struct session *s, const char *text)
{
	BIO_printf(s->io, "%s\r\n", text);
	if (BIO_flush(s->io) != 1)
		exit(0);
}

static void
next_line(struct session *s)
{
	if (BIO_gets(s->io, s->line, LINE) <= 0)
		exit(0);
	s->line[strcspn(s->line, "\r\n")] = '\0';
}

static void
offer(struct session *s)
{
	const char *list = "", *word;
	char *copy, *rest;

	sasl_listmech(s->sasl, NULL, "", " ", "", &list, NULL, NULL);
	BIO_printf(s->io, "250-" REALM "\r\n250 AUTH");
	rest = copy = strdup(list);
	while ((word = strsep(&rest, " ")) != NULL)
		if (!hide || strstr(word, "-PLUS") == NULL)
			BIO_printf(s->io, " %s", word);
	free(copy);
	reply(s, "");
}

static unsigned
decode(const char *text, char *out)
{
	unsigned len;

	if (strcmp(text, "=") == 0)
		return 0;
	return sasl_decode64(text, (unsigned)strlen(text), out, LINE,
	    &len) == SASL_OK ? len : 0;
}

/* AUTH, with what follows it. */
static void
log_in(struct session *s, char *initial)
{
	static char in[LINE], text[LINE];
	char *name = strsep(&initial, " ");
	const char *out = NULL;
	const void *user = "";
	unsigned len = 0, text_len;
	int rc;

	*s->how = '\0';
	snprintf(s->mechanism, sizeof(s->mechanism), "%s", name);
	if (initial != NULL)
		len = decode(initial, in);
	rc = sasl_server_start(s->sasl, s->mechanism, initial != NULL ? in : NULL,
	    len, &out, &len);
	while (rc == SASL_CONTINUE) {
		strcpy(text, "334 ");
		sasl_encode64(out, len, text + 4, LINE - 4, &text_len);
		reply(s, text);
		next_line(s);
		rc = sasl_server_step(s->sasl, in, decode(s->line, in), &out,
		    &len);
	}
	if (rc != SASL_OK) {
		fprintf(stderr, "%s: %s\n", s->mechanism,
		    sasl_errdetail(s->sasl));
		reply(s, "535 5.7.8 no");
		return;
	}
	sasl_getprop(s->sasl, SASL_USERNAME, &user);
	snprintf(s->how, sizeof(s->how), "%s, %s, %s", s->mechanism,
	    (const char *)user, strstr(s->mechanism, "-PLUS") != NULL ?
	    s->binding.name : "not bound");
	reply(s, "235 2.7.0 in");
}

static void
take_mail(struct session *s)
{
	static unsigned number;
	char name[1000], there[1000];
	FILE *f;

	snprintf(name, sizeof(name), "%s/tmp/%d.%u", maildir, (int)getpid(),
	    ++number);
	snprintf(there, sizeof(there), "%s/new/%d.%u", maildir, (int)getpid(),
	    number);
	if ((f = fopen(name, "w")) == NULL)
		err(1, "%s", name);
	fprintf(f, "Delivered-To: %s\nLogin: %s\n", s->to, s->how);
	reply(s, "354 go on");
	for (next_line(s); strcmp(s->line, ".") != 0; next_line(s))
		fprintf(f, "%s\n", s->line + (*s->line == '.'));
	if (fclose(f) != 0 || rename(name, there) != 0)
		err(1, "%s", there);
	reply(s, "250 2.0.0 taken");
}

static void
serve(struct session *s)
{
	char *p;

	reply(s, "220 " REALM " ESMTP");
	for (;;) {
		next_line(s);
		p = s->line;
		if (strncasecmp(p, "EHLO ", 5) == 0)
			offer(s);
		else if (strncasecmp(p, "AUTH ", 5) == 0)
			log_in(s, p + 5);
		else if (strcasecmp(p, "QUIT") == 0)
			break;
		else if (*s->how == '\0')
			reply(s, "530 5.7.0 log in first");
		else if (strncasecmp(p, "RCPT TO:<", 9) == 0) {
			snprintf(s->to, sizeof(s->to), "%.*s",
			    (int)strcspn(p + 9, ">"), p + 9);
			reply(s, "250 2.1.5 ok");
		} else if (strcasecmp(p, "DATA") == 0)
			take_mail(s);
		else
			reply(s, "250 2.0.0 ok");
	}
	reply(s, "221 2.0.0 bye");
	SSL_shutdown(s->ssl);
}

static SSL_CTX *
context(const char *version, const char *certificate, const char *ca)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());
	int v = strcmp(version, "1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;

	if (c == NULL || SSL_CTX_set_min_proto_version(c, v) != 1 ||
	    SSL_CTX_set_max_proto_version(c, v) != 1 ||
	    SSL_CTX_use_certificate_chain_file(c, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(c, certificate,
	    SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_locations(c, ca, NULL) != 1) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_id_context(c, (const unsigned char *)"bound", 5);
	return c;
}

static int
listen_at(const char *address)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM }, *ai;
	int fd, on = 1;

	if (getaddrinfo(address, "465", &hints, &ai) != 0)
		errx(1, "%s is no address", address);
	fd = socket(ai->ai_family, ai->ai_socktype, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, 9) != 0)
		err(1, "%s", address);
	freeaddrinfo(ai);
	return fd;
}

static void
greet(SSL_CTX *c, int fd)
{
	struct session *s = calloc(1, sizeof(*s));
	BIO *tls = BIO_new(BIO_f_ssl());

	alarm(300);
	s->ssl = SSL_new(c);
	SSL_set_fd(s->ssl, fd);
	if (SSL_accept(s->ssl) != 1) {
		ERR_print_errors_fp(stderr);
		exit(0);
	}
	BIO_set_ssl(tls, s->ssl, BIO_NOCLOSE);
	s->io = BIO_push(BIO_new(BIO_f_buffer()), tls);
	open_sasl(s);
	serve(s);
	exit(0);
}

int
main(int argc, char **argv)
{
	static const sasl_callback_t callbacks[] = {
		{ SASL_CB_GETOPT, (int (*)(void))(void (*)(void))option,
		    NULL },
		{ SASL_CB_LIST_END, NULL, NULL } };
	SSL_CTX *c;
	int listener, fd;

	if (argc < 6)
		errx(64, "usage: bound VERSION ADDRESS CERTIFICATE CA MAILDIR "
		    "[hide]");
	maildir = argv[5];
	hide = argc > 6;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	c = context(argv[1], argv[3], argv[4]);
	listener = listen_at(argv[2]);
	if (sasl_server_init(callbacks, "bound") != SASL_OK)
		errx(1, "no SASL");
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (fork() == 0)
			greet(c, fd);
		close(fd);
	}
	err(1, "accept");
}
