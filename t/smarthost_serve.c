/*
 * smarthost_serve.c - listen, one thread for each connection, and the end.
 *
 * A connection is in the list as long as its descriptor is open, so that the
 * main thread can end it by shutdown(2).
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_serve.h"

#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smarthost_buf.h"
#include "smarthost_report.h"
#include "smarthost_session.h"
#include "smarthost_wire.h"

#define THREAD_STACK (512 * 1024)

struct listener {
	int fd;
	enum tls_mode mode;
	const char *path; /* of a unix socket */
};

struct connection {
	struct connection *next;
	unsigned long number;
	int fd;
	enum tls_mode mode;
	int refuse;
};

static struct listener listeners[SERVE_MAX];
static int n_listeners;
static struct connection *connections;
static unsigned long n_connections, last_number;
static int ending;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_less = PTHREAD_COND_INITIALIZER;

static int
fail(const char *what, const char *why)
{

	fprintf(stderr, "smarthost: %s: %s\n", what, why);
	return -1;
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return fail(path, "path too long");
	memcpy(sa.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return fail(path, strerror(errno));
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		close(fd);
		return fail(path, strerror(errno));
	}
	return fd;
}

/* "host", "host:port", "[v6]", "[v6]:port".  *host is the caller's. */
static int
split_address(const char *addr, char **host, const char **port)
{
	const char *start = addr + (*addr == '[');
	const char *end = start + strcspn(start, *addr == '[' ? "]" : ":");

	*host = xstrndup(start, (size_t)(end - start));
	if (*end == ']')
		end++;
	*port = *end == ':' ? end + 1 : "0";
	return *end == ':' || *end == '\0' ? 0 : -1;
}

/* --narrow: connections inherit it, and it keeps the peer's buffer small, too.
 * The system makes the least of the window that it can. */
static void
make_narrow(int fd)
{
	const int segment = 536, window = 1;

	(void)setsockopt(
	    fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
}

static int
bind_and_listen(const struct addrinfo *ai)
{
	int fd, on = 1;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (conf.narrow)
		make_narrow(fd);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
listen_tcp(const char *addr)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *ai = NULL;
	const char *port;
	char *host;
	int fd = -1;

	if (split_address(addr, &host, &port) != 0 ||
	    getaddrinfo(host, port, &hints, &ai) != 0)
		(void)fail(addr, "not an address");
	else if ((fd = bind_and_listen(ai)) < 0)
		(void)fail(addr, strerror(errno));
	if (ai != NULL)
		freeaddrinfo(ai);
	free(host);
	return fd;
}

int
serve_listen(const char *addr, enum tls_mode mode)
{
	struct listener *l = &listeners[n_listeners++];

	l->mode = mode;
	if (strncmp(addr, "unix:", 5) == 0)
		l->path = addr + 5;
	l->fd = l->path != NULL ? listen_unix(l->path) : listen_tcp(addr);
	return l->fd < 0 ? -1 : 0;
}

static void
print_listeners(void)
{
	struct sockaddr_storage sa;
	char port[NI_MAXSERV];
	socklen_t len;
	int i;

	for (i = 0; i < n_listeners; i++) {
		if (listeners[i].path != NULL) {
			puts(listeners[i].path);
			continue;
		}
		len = sizeof(sa);
		if (getsockname(
			listeners[i].fd, (struct sockaddr *)&sa, &len) == 0 &&
		    getnameinfo((struct sockaddr *)&sa, len, NULL, 0, port,
			sizeof(port), NI_NUMERICSERV) == 0)
			puts(port);
	}
	fflush(stdout);
}

static void
enlist(struct connection *c)
{

	pthread_mutex_lock(&lock);
	c->next = connections;
	connections = c;
	n_connections++;
	count_add(COUNT_CONNECTIONS, 1);
	count_max(COUNT_PEAK, n_connections);
	c->refuse =
	    conf.max_connections > 0 && n_connections > conf.max_connections;
	if (c->refuse)
		count_add(COUNT_CONNECTIONS_REFUSED, 1);
	pthread_mutex_unlock(&lock);
}

/* Close it and forget it. */
static void
delist(struct connection *c, struct wire *w)
{
	struct connection **p;

	pthread_mutex_lock(&lock);
	report_event(c->number, wire_is_tls(w), "closed");
	for (p = &connections; *p != c; p = &(*p)->next)
		continue;
	*p = c->next;
	wire_free(w);
	n_connections--;
	report_notify("closed %lu", c->number);
	pthread_cond_signal(&one_less);
	pthread_mutex_unlock(&lock);
	free(c);
}

static void *
serve_one(void *arg)
{
	struct connection *c = arg;
	struct wire *w = wire_new(c->fd, c->number);

	report_event(c->number, 0, "connected");
	session_run(w, c->mode, c->refuse);
	delist(c, w);
	return NULL;
}

static void
start(int fd, enum tls_mode mode, const pthread_attr_t *attr)
{
	struct connection *c = xalloc(sizeof(*c));
	pthread_t thread;
	int on = 1, rc;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->fd = fd;
	c->mode = mode;
	c->number = ++last_number;
	enlist(c);
	if ((rc = pthread_create(&thread, attr, serve_one, c)) != 0) {
		(void)fail("thread", strerror(rc));
		delist(c, wire_new(fd, c->number));
	}
}

static void
accept_on(const struct listener *l, const pthread_attr_t *attr)
{
	int fd;

	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		start(fd, l->mode, attr);
	else if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
		(void)fail("accept", strerror(errno));
}

static void
on_signal(int fd)
{
	struct signalfd_siginfo si;

	if (read(fd, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	if (si.ssi_signo == SIGUSR1)
		count_write();
	else
		ending = 1;
}

static int
block_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		abort();
	return fd;
}

static void
poll_loop(int signals, const pthread_attr_t *attr)
{
	struct pollfd p[SERVE_MAX + 2];
	char waste[512];
	int i;

	for (i = 0; i < n_listeners; i++)
		p[i] = (struct pollfd){ listeners[i].fd, POLLIN, 0 };
	p[i++] = (struct pollfd){ signals, POLLIN, 0 };
	p[i] = (struct pollfd){ conf.until_eof ? 0 : -1, POLLIN, 0 };
	while (!ending) {
		if (poll(p, (nfds_t)n_listeners + 2, -1) < 0)
			continue;
		for (i = 0; i < n_listeners; i++)
			if (p[i].revents != 0)
				accept_on(&listeners[i], attr);
		if (p[i].revents != 0)
			on_signal(signals);
		if (p[i + 1].revents != 0 && read(0, waste, sizeof(waste)) <= 0)
			ending = 1;
	}
}

static void
end_connections(void)
{
	struct connection *c;

	pthread_mutex_lock(&lock);
	for (c = connections; c != NULL; c = c->next)
		(void)shutdown(c->fd, SHUT_RDWR);
	while (n_connections > 0)
		pthread_cond_wait(&one_less, &lock);
	pthread_mutex_unlock(&lock);
}

void
serve_run(void)
{
	pthread_attr_t attr;
	int signals, i;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	signals = block_signals();
	print_listeners();
	poll_loop(signals, &attr);
	for (i = 0; i < n_listeners; i++) {
		close(listeners[i].fd);
		if (listeners[i].path != NULL)
			(void)unlink(listeners[i].path);
	}
	end_connections();
	close(signals);
	pthread_attr_destroy(&attr);
}
