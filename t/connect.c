/*
 * Connecting: to addresses, to unix sockets, to nobody, and what the other
 * end then sees of us.
 */
#include <config.h>

#include "queue/connect.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "t/scratch.h"
#include "t/tap.h"

#define LONG 20000

/* The first connection that can be had. */
static int
connect_open(const struct connect_params *p, char name[CONNECT_NAME],
    struct error *e)
{
	struct connect *c = connect_start(p, NULL, e);
	int fd = c != NULL ? connect_next(c, name, e) : -1;

	connect_end(c);
	return fd;
}

/* A socket on a port of its own; -1: this machine has no such address. */
static int
serve(const char *address, unsigned *port, int backlog)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST }, *to;
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	char text[16];
	int fd;

	if (getaddrinfo(address, "0", &hints, &to) != 0)
		scratch_fail(address);
	fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, to->ai_addr, to->ai_addrlen) != 0) {
		freeaddrinfo(to);
		close(fd);
		return -1;
	}
	freeaddrinfo(to);
	if ((backlog >= 0 && listen(fd, backlog) != 0) ||
	    getsockname(fd, (struct sockaddr *)&own, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&own, len, NULL, 0, text,
	    sizeof(text), NI_NUMERICSERV) != 0 ||
	    sscanf(text, "%u", port) != 1)
		scratch_fail("cannot listen");
	return fd;
}

static void
test_literal(const char *host, const char *want)
{
	struct connect_params p = { .host = host, .family = CONNECT_ANY,
		.source = "", .timeout = LONG };
	int server = serve(host, &p.port, 5), fd, nodelay = 0;
	char name[CONNECT_NAME] = "", expected[CONNECT_NAME], literal[80];
	socklen_t len = sizeof(nodelay);
	struct error e = { 0, "" };

	if (server < 0) {
		diag("no %s here", host);
		return;
	}
	fd = connect_open(&p, name, &e);
	if (!ok(fd >= 0, "%s", host))
		diag("%s", e.text);
	snprintf(expected, sizeof(expected), "%s[%s]:%u", host, host, p.port);
	is_str(name, expected, "... its name in logs");
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, "... does not block");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "... closes on exec");
	getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &len);
	is_int(nodelay, 1, "... sends at once");
	connect_literal(fd, literal, sizeof(literal));
	is_str(literal, want, "... and we are");
	close(fd);
	close(server);
}

/* It fails, soon, and the reason has both parts. */
static void
refused(const struct connect_params *p, const char *where, const char *why)
{
	char name[CONNECT_NAME] = "";
	struct error e = { 0, "" };
	int64_t start = clock_now();

	is_int(connect_open(p, name, &e), -1, "no connection to %s",
	    p->host);
	if (!ok(strstr(e.text, where) != NULL && strstr(e.text, why) !=
	    NULL, "... says where and why"))
		diag("%s", e.text);
	ok(clock_now() - start < LONG / 2, "... soon");
}

static void
test_refused(void)
{
	struct connect_params p = { .host = "127.0.0.1",
		.family = CONNECT_ANY, .source = "", .timeout = LONG };
	int closed = serve("127.0.0.1", &p.port, -1);

	refused(&p, "127.0.0.1[127.0.0.1]:", "Connection refused");
	p.family = CONNECT_IPV6;
	refused(&p, "127.0.0.1", "cannot find host");
	p.family = CONNECT_IPV4;
	p.host = "::1";
	refused(&p, "::1", "cannot find host");
	p.host = "";
	p.family = CONNECT_ANY;
	refused(&p, "cannot", "");
	close(closed);
}

/* A server whose queue is full drops what comes: that must not take longer
 * than the limit. */
static void
test_timeout(void)
{
	struct connect_params p = { .host = "127.0.0.1",
		.family = CONNECT_ANY, .source = "", .timeout = 300 };
	int server = serve("127.0.0.1", &p.port, 0), fds[8], n = 0;
	char name[CONNECT_NAME];
	int64_t start = 0;
	struct error e = { 0, "" };

	while (n < 8) {
		start = clock_now();
		if ((fds[n] = connect_open(&p, name, &e)) < 0)
			break;
		n++;
	}
	ok(n < 8 && e.number == ETIMEDOUT, "nobody answers: %s", e.text);
	ok(clock_now() - start >= 299 && clock_now() - start < LONG / 2,
	    "... for as long as was set");
	while (n > 0)
		close(fds[--n]);
	close(server);
}

static void
test_source(void)
{
	struct connect_params p = { .host = "127.0.0.1",
		.family = CONNECT_ANY, .source = "127.0.0.2",
		.timeout = LONG };
	int server = serve("127.0.0.1", &p.port, 5), fd;
	char name[CONNECT_NAME], literal[80];
	struct error e;

	fd = connect_open(&p, name, &e);
	connect_literal(fd, literal, sizeof(literal));
	is_str(literal, "[127.0.0.2]", "from a source address");
	close(fd);
	p.source = "::1";
	refused(&p, "127.0.0.1", "Address family not supported");
	p.source = "192.0.2.1";
	refused(&p, "127.0.0.1", "Cannot assign requested address");
	p.source = "no address";
	refused(&p, "127.0.0.1", "");
	close(server);
}

/* Every address of a name is tried: ::1 refuses, 127.0.0.1 answers. */
static void
test_name(void)
{
	struct connect_params p = { .host = "localhost",
		.family = CONNECT_ANY, .source = "", .timeout = LONG };
	int server = serve("127.0.0.1", &p.port, 5), fd;
	char name[CONNECT_NAME], want[64];
	struct error e;

	fd = connect_open(&p, name, &e);
	if (fd < 0 && strstr(e.text, "cannot find host") != NULL) {
		diag("no localhost here");
	} else {
		ok(fd >= 0, "a name");
		snprintf(want, sizeof(want), "localhost[127.0.0.1]:%u",
		    p.port);
		is_str(name, want, "... and the address that answered");
		close(fd);
	}
	close(server);
}

/* An address that swallows what is sent to it, filled until nothing is
 * answered: the one after it is tried beside it, and then given first. */
static void
test_beside(void)
{
	struct connect_params p = { .host = "many.example",
		.family = CONNECT_ANY, .source = "", .timeout = LONG };
	struct sockaddr_in to[3];
	struct addrinfo list[3];
	struct connect *c;
	unsigned port;
	int full = serve("127.0.0.1", &port, 0), server, fds[8], n, fd;
	char name[CONNECT_NAME] = "", want[CONNECT_NAME];
	struct error e = { 0, "" };
	int64_t start;

	memset(list, 0, sizeof(list));
	for (n = 0; n < 3; n++) {
		to[n] = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons((uint16_t)port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		list[n].ai_family = AF_INET;
		list[n].ai_addr = (struct sockaddr *)&to[n];
		list[n].ai_addrlen = sizeof(to[n]);
		list[n].ai_next = n < 2 ? &list[n + 1] : NULL;
	}
	server = serve("127.0.0.1", &p.port, 5);
	to[1].sin_port = htons((uint16_t)p.port);
	to[2].sin_port = to[1].sin_port;
	to[2].sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	for (n = 0; n < 8; n++) {
		fds[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[n], (struct sockaddr *)&to[0], sizeof(to[0]));
	}
	start = clock_now();
	c = connect_start(&p, list, &e);
	fd = connect_next(c, name, &e);
	snprintf(want, sizeof(want), "many.example[127.0.0.1]:%u", p.port);
	ok(fd >= 0, "an address beside one that does not answer");
	is_str(name, want, "... its name");
	ok(clock_now() - start < LONG / 2, "... soon");
	close(fd);
	ok(connect_is_left(c), "what was under way is left");
	p.timeout = 300;
	fd = connect_next(c, name, &e);
	ok(fd < 0 && !connect_is_left(c), "then the rest is tried: %s",
	    e.text);
	close(fd);
	connect_end(c);
	for (n = 0; n < 8; n++)
		close(fds[n]);
	close(full);
	close(server);
}

static void
test_unix(void)
{
	struct sockaddr_un own = { .sun_family = AF_UNIX };
	struct connect_params p = { .family = CONNECT_ANY, .source = "",
		.timeout = LONG };
	char host[200], name[CONNECT_NAME], literal[80];
	struct error e = { 0, "" };
	int server, fd;

	snprintf(host, sizeof(host), "unix:%.100s", scratch_path("socket"));
	p.host = host;
	refused(&p, host, "No such file");
	snprintf(own.sun_path, sizeof(own.sun_path), "%.100s", host + 5);
	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server, (struct sockaddr *)&own, sizeof(own)) != 0)
		scratch_fail("bind");
	refused(&p, host, "Connection refused");
	listen(server, 5);
	fd = connect_open(&p, name, &e);
	if (!ok(fd >= 0, "a unix socket"))
		diag("%s", e.text);
	is_str(name, host, "... its name in logs");
	connect_literal(fd, literal, sizeof(literal));
	is_str(literal, "[127.0.0.1]", "... and we are");
	close(fd);
	close(server);
	memset(host + 5, '/', sizeof(host) - 6);
	host[sizeof(host) - 1] = '\0';
	refused(&p, "unix:", "too long");
}

int
main(void)
{
	alarm(120);
	test_literal("127.0.0.1", "[127.0.0.1]");
	test_literal("::1", "[IPv6:::1]");
	test_refused();
	test_timeout();
	test_source();
	test_name();
	test_beside();
	test_unix();
	return done();
}
