/*
 * TLS sessions that go on from others: what was saved is good for that, and
 * for nothing that would not be accepted anew.  Streams that are cut off.  What
 * the DNS may say of a server.
 */
#include <config.h>

#include "queue/tls.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_GNUTLS_DANE_H
#include <gnutls/dane.h>
#endif
#include <gnutls/gnutls.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/tap.h"

static char certs[4096];
static int port, hold;
static pid_t server;

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : ".";
}

static const char *
cert(const char *name)
{
	static char path[3][4200];
	static int n;

	snprintf(path[++n % 3], sizeof(path[0]), "%s/%s", certs, name);
	return path[n % 3];
}

static void
make_certificates(void)
{
	char script[4096];
	pid_t child;
	int status;

	snprintf(certs, sizeof(certs), "%s/certs", scratch());
	snprintf(script, sizeof(script), "%s/t/certificates",
	    environment("srcdir"));
	if ((child = fork()) == 0) {
		execlp("sh", "sh", script, certs, (char *)NULL);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child || status != 0)
		scratch_fail("certificates");
}

/* A server with chain, a file, and the key of certificate name; it ends with
 * us. */
static void
start_as(const char *chain, const char *name, const char *priority)
{
	char path[4096], text[16] = "", key[64];
	int in[2], out[2];
	ssize_t n;

	snprintf(key, sizeof(key), "%s.key", name);
	snprintf(path, sizeof(path), "%s/t/smarthost", environment("BUILD"));
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
	    (server = fork()) < 0)
		scratch_fail("fork");
	if (server == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(path, path, "--stdin", "--tls", "implicit", "--cert",
		    chain, "--key", cert(key), "--tls-priority", priority,
		    "--script", scratch_path("script"), (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	n = read(out[0], text, sizeof(text) - 1);
	if (n <= 0)
		scratch_fail("smarthost");
	close(out[0]);
	port = (int)strtol(text, NULL, 10);
	hold = in[1];
}

static void
start(const char *priority)
{
	start_as(cert("good.pem"), "good", priority);
}

static void
stop(void)
{
	close(hold);
	waitpid(server, NULL, 0);
}

static int
dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		scratch_fail("connect");
	return fd;
}

static void
await(const struct tls *t, int fd)
{
	struct pollfd p = { .fd = fd,
		.events = tls_wants_write(t) ? POLLOUT : POLLIN };

	poll(&p, 1, 30000);
}

static struct tls_params
usual(void)
{
	struct tls_params p = { TLS_1_2, "", cert("ca.pem"), "", "", "", 0 };

	return p;
}

/*
 * A session with what is in ticket, by p, until the server has greeted; its
 * description, or why there was none, and what was saved of it.
 */
static const char *
talk(const struct tls_params *p, const char *name, struct buffer *ticket)
{
	static char said[512];
	char data[512], *text;
	struct tls_context *c;
	struct error e;
	struct tls *t;
	int fd = dial(), rc;

	if ((c = tls_context_new(p, &e)) == NULL)
		scratch_fail(e.text);
	if (p->dane && tls_dane(c, name, 465, &e) != 1) {
		snprintf(said, sizeof(said), "%s", e.text);
		tls_context_free(c);
		close(fd);
		return said;
	}
	if ((t = tls_new(c, fd, name, ticket, &e)) == NULL)
		scratch_fail(e.text);
	while ((rc = tls_handshake(t, &e)) == TLS_WAIT)
		await(t, fd);
	while (rc == 1 && (rc = (int)tls_recv(t, data, sizeof(data), &e)) ==
	    TLS_WAIT) {
		await(t, fd);
		rc = 1;
	}
	if (rc == 0)
		error_set(&e, "closed");
	snprintf(said, sizeof(said), "%s", e.text);
	if (rc > 0) {
		text = tls_describe(t);
		snprintf(said, sizeof(said), "%s", text);
		free(text);
		tls_save(t, ticket);
	}
	tls_free(t);
	tls_context_free(c);
	close(fd);
	return said;
}

static int
goes_on(const char *said)
{
	return strstr(said, " resumed") != NULL;
}

/* What was saved is no way round what is asked for now. */
static void
test_judged_again(const struct buffer *ticket, const char *version)
{
	static const char good[] = "sha256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct tls_params p = usual();
	struct buffer b = BUFFER_INIT;
	size_t i;
	struct {
		const char *rule, *name, *ca, *pins;
	} cases[] = {
		{ "another name", "elsewhere.example", "ca.pem", "" },
		{ "another CA", "localhost", "foreign-ca.pem", "" },
		{ "another pin", "localhost", "ca.pem", good },
	};

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buffer_reset(&b);
		buffer_add(&b, ticket->data, ticket->len);
		p.ca_file = cert(cases[i].ca);
		p.pins = cases[i].pins;
		if (!ok(strstr(talk(&p, cases[i].name, &b),
		    "certificate is not accepted") != NULL,
		    "%s: judged again by %s", version, cases[i].rule))
			diag("%s", talk(&p, cases[i].name, &b));
	}
	buffer_wipe(&b);
}

/* What is no ticket, or half of one. */
static void
test_damage(const struct buffer *ticket, const char *version)
{
	struct tls_params p = usual();
	struct buffer b = BUFFER_INIT;
	size_t i, bad = 0;
	const char *said;

	for (i = 0; i < 10; i++) {
		buffer_reset(&b);
		buffer_add(&b, ticket->data, ticket->len / 10 * i);
		said = talk(&p, "localhost", &b);
		bad += strncmp(said, version, strlen(version)) != 0 ||
		    goes_on(said);
	}
	is_int((long long)bad, 0, "%s: tickets cut short", version);
	buffer_reset(&b);
	for (i = 0; i < 16380; i++)
		buffer_addc(&b, (char)chance());
	said = talk(&p, "localhost", &b);
	ok(strncmp(said, version, strlen(version)) == 0 && !goes_on(said),
	    "%s: a ticket of nonsense", version);
	buffer_wipe(&b);
}

static void
test_version(const char *version, const char *priority)
{
	struct buffer ticket = BUFFER_INIT, copy = BUFFER_INIT;
	struct tls_params p = usual();

	start(priority);
	ok(!goes_on(talk(&p, "localhost", &ticket)), "%s: the first is new",
	    version);
	ok(ticket.len > 0 && ticket.len <= 16380, "%s: there is a ticket, of "
	    "%zu bytes", version, ticket.len);
	buffer_add(&copy, ticket.data, ticket.len);
	ok(goes_on(talk(&p, "localhost", &ticket)), "%s: the second is not",
	    version);
	ok(goes_on(talk(&p, "localhost", &ticket)), "%s: nor the third",
	    version);
	test_judged_again(&copy, version);
	test_damage(&copy, version);
	stop();
	start(priority);
	ok(!goes_on(talk(&p, "localhost", &copy)) && copy.len > 0,
	    "%s: a server that does not know the ticket", version);
	stop();
	buffer_wipe(&ticket);
	buffer_wipe(&copy);
}

/* An end that nobody announced may be somebody else's doing. */
static void
test_closure(void)
{
	static const struct {
		const char *rule, *script, *want;
	} cases[] = {
		{ "announced", "greeting * close\n", "closed" },
		{ "cut off", "greeting * truncate\n", "TLS: " },
	};
	struct tls_params p = usual();
	struct buffer ticket = BUFFER_INIT;
	const char *said;
	size_t i;

	start("NORMAL");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scratch_text("script", cases[i].script);
		said = talk(&p, "localhost", &ticket);
		ok(strncmp(said, cases[i].want, strlen(cases[i].want)) == 0,
		    "an end that is %s: %s", cases[i].rule, said);
	}
	stop();
	scratch_text("script", "");
	buffer_wipe(&ticket);
}

#ifdef HAVE_GNUTLS_DANE_H

/* What the DNS says: one record, of a whole certificate. */
static struct {
	char *data;
	int len;
	int proven;
} dns;

static __typeof__(dane_raw_tlsa) *raw_tlsa;

/* In place of the library's, which would ask. */
static int
query_tlsa(dane_state_t s, dane_query_t *q, const char *host,
    const char *proto, unsigned number)
{
	char *all[] = { dns.data, NULL };

	(void)host, (void)proto, (void)number;
	return raw_tlsa(s, q, all, &dns.len, dns.proven, 0);
}

/* The linker makes these two of dlsym() in the library. */
void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name);

static void *
exchange(void *symbol, const char *name)
{
	__typeof__(dane_query_tlsa) *ours = query_tlsa;

	if (strcmp(name, "dane_raw_tlsa") == 0)
		memcpy(&raw_tlsa, &symbol, sizeof(symbol));
	if (strcmp(name, "dane_query_tlsa") == 0)
		memcpy(&symbol, &ours, sizeof(symbol));
	return symbol;
}

/* A sanitizer calls it, too, before anything else of it works. */
__attribute__((no_sanitize_address)) void *
__wrap_dlsym(void *library, const char *name)
{
	void *symbol = __real_dlsym(library, name);

	if (name[0] != 'd' || name[1] != 'a' || name[2] != 'n')
		return symbol;
	return exchange(symbol, name);
}

/* From now on it says this of the certificate name. */
static void
publish(unsigned usage, const char *name, int proven)
{
	gnutls_datum_t text, der;

	if (gnutls_load_file(cert(name), &text) < 0 ||
	    gnutls_pem_base64_decode2(NULL, &text, &der) < 0)
		scratch_fail(name);
	free(dns.data);
	if ((dns.data = malloc(der.size + 3)) == NULL)
		scratch_fail("malloc");
	dns.data[0] = (char)usage;
	dns.data[1] = dns.data[2] = 0;
	memcpy(dns.data + 3, der.data, der.size);
	dns.len = (int)der.size + 3;
	dns.proven = proven;
	gnutls_free(text.data);
	gnutls_free(der.data);
}

static const struct {
	const char *rule, *server, *ca, *of;
	unsigned usage;
	int proven;
	const char *want;
} records[] = {
	{ "its certificate", "good", "foreign-ca.pem", "good.pem", 3, 1,
	    "TLS1" },
	{ "another one", "good", "ca.pem", "foreign.pem", 3, 1, "none that" },
	{ "its certificate, without proof", "good", "ca.pem", "good.pem", 3,
	    0, "DNSSEC proves no" },
	{ "its certificate, certified", "good", "ca.pem", "good.pem", 1, 1,
	    "TLS1" },
	{ "its certificate, not certified", "good", "foreign-ca.pem",
	    "good.pem", 1, 1, "none that" },
	{ "its authority", "good", "foreign-ca.pem", "ca.pem", 2, 1, "TLS1" },
	{ "another authority", "good", "ca.pem", "foreign-ca.pem", 2, 1,
	    "none that" },
	{ "its authority, for another name", "wronghost", "foreign-ca.pem",
	    "ca.pem", 2, 1, "none that" },
	{ "its authority, too late", "expired", "foreign-ca.pem", "ca.pem", 2,
	    1, "none that" },
	{ "its authority, trusted", "good", "ca.pem", "ca.pem", 0, 1,
	    "TLS1" },
	{ "its authority, not trusted", "good", "foreign-ca.pem", "ca.pem",
	    0, 1, "none that" },
	{ "a usage that nobody knows", "good", "ca.pem", "good.pem", 9, 1,
	    "none that" },
};

/* The certificate name and the authority's, as a server shows them. */
static const char *
chain_of(const char *name)
{
	char file[64];
	gnutls_datum_t own, ca;
	char *both;

	snprintf(file, sizeof(file), "%s.pem", name);
	if (gnutls_load_file(cert(file), &own) < 0 ||
	    gnutls_load_file(cert("ca.pem"), &ca) < 0 ||
	    asprintf(&both, "%s%s", own.data, ca.data) < 0)
		scratch_fail(name);
	scratch_text("chain.pem", both);
	free(both);
	gnutls_free(own.data);
	gnutls_free(ca.data);
	return scratch_path("chain.pem");
}

static void
test_dane(void)
{
	struct tls_params p = usual();
	struct buffer ticket = BUFFER_INIT;
	void *library = dlopen("libgnutls-dane.so.0", RTLD_NOW);
	const char *said;
	size_t i;

	if (library == NULL) {
		diag("no libgnutls-dane: DANE is not tested");
		return;
	}
	p.dane = 1;
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		start_as(chain_of(records[i].server), records[i].server,
		    "NORMAL");
		publish(records[i].usage, records[i].of, records[i].proven);
		p.ca_file = cert(records[i].ca);
		buffer_reset(&ticket);
		said = talk(&p, "localhost", &ticket);
		ok(strstr(said, records[i].want) != NULL, "usage %u, %s: %s",
		    records[i].usage, records[i].rule, said);
		stop();
	}
	free(dns.data);
	dlclose(library);
	buffer_wipe(&ticket);
}

#endif

int
main(void)
{
	scratch_text("script", "");
	make_certificates();
	test_version("TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3");
	test_version("TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2");
	test_closure();
#ifdef HAVE_GNUTLS_DANE_H
	test_dane();
#endif
	return done();
}
