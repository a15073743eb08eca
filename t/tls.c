/*
 * TLS sessions that go on from others: what was saved is good for that, and
 * for nothing that would not be accepted anew.
 */
#include <config.h>

#include "queue/tls.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* A server for this priority; it ends with us. */
static void
start(const char *priority)
{
	char path[4096], text[16] = "";
	int in[2], out[2];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/t/smarthost", environment("BUILD"));
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
	    (server = fork()) < 0)
		scratch_fail("fork");
	if (server == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(path, path, "--stdin", "--tls", "implicit", "--cert",
		    cert("good.pem"), "--key", cert("good.key"),
		    "--tls-priority", priority, (char *)NULL);
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

	if ((c = tls_context_new(p, &e)) == NULL ||
	    (t = tls_new(c, fd, name, ticket, &e)) == NULL)
		scratch_fail(e.text);
	while ((rc = tls_handshake(t, &e)) == TLS_WAIT)
		await(t, fd);
	while (rc == 1 && (rc = (int)tls_recv(t, data, sizeof(data), &e)) ==
	    TLS_WAIT) {
		await(t, fd);
		rc = 1;
	}
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

int
main(void)
{
	make_certificates();
	test_version("TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3");
	test_version("TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2");
	return done();
}
