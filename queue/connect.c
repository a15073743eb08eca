/*
 * Connecting: see connect.h.
 */
#include <config.h>

#include "queue/connect.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/trace.h"

#define STAGGER 250	/* milliseconds: RFC 8305, 5 */
#define ADDRESSES 32	/* of a host that are tried */

enum state { UNTRIED, UNDER_WAY, TRIED };

struct target {
	const struct addrinfo *to;
	enum state state;
	int64_t deadline;	/* of UNDER_WAY */
};

struct connect {
	const struct connect_params *p;
	struct addrinfo *found;		/* of getaddrinfo() */
	struct sockaddr_un sun;		/* of a unix socket, and its */
	struct addrinfo local;
	struct target targets[ADDRESSES];
	struct pollfd fds[ADDRESSES];	/* of them; -1: not UNDER_WAY */
	size_t n;
};

static void
describe(const struct connect_params *p, const struct addrinfo *to,
    char name[CONNECT_NAME])
{
	char address[NI_MAXHOST] = "?";

	if (to->ai_family == AF_UNIX) {
		snprintf(name, CONNECT_NAME, "%.300s", p->host);
		return;
	}
	getnameinfo(to->ai_addr, to->ai_addrlen, address, sizeof(address),
	    NULL, 0, NI_NUMERICHOST);
	snprintf(name, CONNECT_NAME, "%.200s[%.64s]:%u", p->host, address,
	    p->port);
}

static int
bind_source(int fd, const struct addrinfo *to, const char *source)
{
	struct addrinfo hints = { .ai_family = to->ai_family,
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *from;
	int result;

	if (*source == '\0')
		return 0;
	if (getaddrinfo(source, NULL, &hints, &from) != 0) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	result = bind(fd, from->ai_addr, from->ai_addrlen);
	freeaddrinfo(from);
	return result;
}

/* A socket on its way to to.  -1: errno; or it is connected, *done. */
static int
begin(const struct connect_params *p, const struct addrinfo *to, int *done)
{
	int fd, why, yes = 1;

	*done = 0;
	fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* Every write is a whole group of commands: nothing to wait for. */
	if (to->ai_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes,
		    sizeof(yes));
	if (to->ai_family == AF_UNIX || bind_source(fd, to, p->source) == 0) {
		*done = connect(fd, to->ai_addr, to->ai_addrlen) == 0;
		if (*done || errno == EINPROGRESS)
			return fd;
	}
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* What poll() says of target i.  0: it is connected; EINPROGRESS: not yet;
 * else why it failed. */
static int
outcome(const struct connect *c, size_t i, int64_t now)
{
	socklen_t len = sizeof(int);
	int why = 0;

	if (c->fds[i].revents == 0)
		return now < c->targets[i].deadline ? EINPROGRESS : ETIMEDOUT;
	if (getsockopt(c->fds[i].fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0)
		return errno;
	return why;
}

static void
tell_addresses(const struct connect_params *p, const struct addrinfo *to)
{
	struct buffer text = BUFFER_INIT;
	char name[CONNECT_NAME];

	for (; p->trace != NULL && to != NULL; to = to->ai_next) {
		describe(p, to, name);
		buffer_addf(&text, "%s%s", text.len > 0 ? "\n" : "", name);
	}
	trace(p->trace, TRACE_DONE, "DNS", buffer_string(&text));
	buffer_free(&text);
}

/* Its addresses in the order of getaddrinfo() (RFC 6724), but families by
 * turns: one that leads nowhere costs little then (RFC 8305, 4). */
static void
arrange(struct connect *c, const struct addrinfo *list)
{
	const struct addrinfo *to, *rest[ADDRESSES];
	size_t n = 0, i;
	int last = AF_UNSPEC;

	for (to = list; to != NULL && n < ADDRESSES; to = to->ai_next)
		rest[n++] = to;
	while (n > 0) {
		for (i = 0; i < n && rest[i]->ai_family == last; i++)
			continue;
		if (i == n)
			i = 0;
		last = rest[i]->ai_family;
		c->fds[c->n].fd = -1;
		c->fds[c->n].events = POLLOUT;
		c->targets[c->n++].to = rest[i];
		memmove(&rest[i], &rest[i + 1], (--n - i) * sizeof(rest[0]));
	}
}

static const struct addrinfo *
unix_address(struct connect *c, struct error *e)
{
	const char *path = c->p->host + 5;

	if (strlen(path) >= sizeof(c->sun.sun_path)) {
		error_set(e, "%s: the path is too long", c->p->host);
		return NULL;
	}
	c->sun.sun_family = AF_UNIX;
	memcpy(c->sun.sun_path, path, strlen(path));
	c->local.ai_family = AF_UNIX;
	c->local.ai_addr = (struct sockaddr *)&c->sun;
	c->local.ai_addrlen = sizeof(c->sun);
	return &c->local;
}

static const struct addrinfo *
look_up(struct connect *c, struct error *e)
{
	static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };
	const struct connect_params *p = c->p;
	struct addrinfo hints = { .ai_family = families[p->family],
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char port[8];
	int rc;

	snprintf(port, sizeof(port), "%u", p->port);
	trace(p->trace, TRACE_BEGIN, "DNS", "");
	if ((rc = getaddrinfo(p->host, port, &hints, &c->found)) != 0) {
		error_set(e, "cannot find host %s: %s", p->host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		c->found = NULL;
		return NULL;
	}
	tell_addresses(p, c->found);
	return c->found;
}

struct connect *
connect_start(const struct connect_params *p, const struct addrinfo *list,
    struct error *e)
{
	struct connect *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		error_sys(e, "cannot connect");
		return NULL;
	}
	c->p = p;
	if (list == NULL)
		list = strncmp(p->host, "unix:", 5) == 0 ?
		    unix_address(c, e) : look_up(c, e);
	if (list == NULL) {
		connect_end(c);
		return NULL;
	}
	arrange(c, list);
	return c;
}

void
connect_end(struct connect *c)
{
	if (c != NULL && c->found != NULL)
		freeaddrinfo(c->found);
	free(c);
}

static size_t
find(const struct connect *c, enum state state)
{
	size_t i;

	for (i = 0; i < c->n && c->targets[i].state != state; i++)
		continue;
	return i;
}

int
connect_is_left(const struct connect *c)
{
	return find(c, UNTRIED) < c->n;
}

/* Target i failed with why, which goes to e. */
static void
fail(struct connect *c, size_t i, int why, char name[CONNECT_NAME],
    struct error *e)
{
	describe(c->p, c->targets[i].to, name);
	errno = why;
	error_sys(e, "cannot connect to %s", name);
	c->targets[i].state = TRIED;
	if (c->fds[i].fd >= 0)
		close(c->fds[i].fd);
	c->fds[i].fd = -1;
	trace(c->p->trace, TRACE_FAILED, "connect", e->text);
	if (find(c, UNTRIED) < c->n || find(c, UNDER_WAY) < c->n)
		trace(c->p->trace, TRACE_BEGIN, "connect", "");
}

/* Target i won; what else is under way is for another time. */
static int
win(struct connect *c, size_t i, char name[CONNECT_NAME])
{
	int fd = c->fds[i].fd;
	size_t k;

	c->fds[i].fd = -1;
	c->targets[i].state = TRIED;
	for (k = 0; k < c->n; k++)
		if (c->targets[k].state == UNDER_WAY) {
			close(c->fds[k].fd);
			c->fds[k].fd = -1;
			c->targets[k].state = UNTRIED;
		}
	describe(c->p, c->targets[i].to, name);
	trace(c->p->trace, TRACE_DONE, "connect", name);
	return fd;
}

/* Wait until next, or until something can be said of a target.  One that is
 * connected, or n. */
static size_t
watch(struct connect *c, int64_t next, char name[CONNECT_NAME],
    int *failed, struct error *e)
{
	int64_t now;
	size_t i;
	int why;

	for (i = 0; i < c->n; i++)
		if (c->targets[i].state == UNDER_WAY &&
		    c->targets[i].deadline < next)
			next = c->targets[i].deadline;
	if (poll(c->fds, c->n, clock_left(next)) < 0)
		return c->n;	/* a signal */
	now = clock_now();
	for (i = 0; i < c->n; i++) {
		if (c->targets[i].state != UNDER_WAY ||
		    (why = outcome(c, i, now)) == EINPROGRESS)
			continue;
		if (why == 0)
			return i;
		fail(c, i, why, name, e);
		*failed = 1;
	}
	return c->n;
}

int
connect_next(struct connect *c, char name[CONNECT_NAME], struct error *e)
{
	int64_t next = clock_now();	/* the time to try one more */
	int done, failed = 1;
	size_t i;

	if (find(c, UNTRIED) == c->n)
		return -1;
	trace(c->p->trace, TRACE_BEGIN, "connect", "");
	for (;;) {
		i = find(c, UNTRIED);
		if (i < c->n && (failed || clock_now() >= next)) {
			c->fds[i].fd = begin(c->p, c->targets[i].to, &done);
			failed = c->fds[i].fd < 0;
			if (failed) {
				fail(c, i, errno, name, e);
				continue;
			}
			if (done)
				return win(c, i, name);
			next = clock_now() + STAGGER;
			c->targets[i].state = UNDER_WAY;
			c->targets[i].deadline = clock_now() + c->p->timeout;
			continue;
		}
		if (i == c->n && find(c, UNDER_WAY) == c->n)
			return -1;
		if ((i = watch(c, i < c->n ? next : INT64_MAX, name, &failed,
		    e)) < c->n)
			return win(c, i, name);
	}
}

void
connect_literal(int fd, char *literal, size_t size)
{
	struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(own);
	char address[NI_MAXHOST];

	if (getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
	    (own.ss_family == AF_INET || own.ss_family == AF_INET6) &&
	    getnameinfo((struct sockaddr *)&own, len, address,
	    sizeof(address), NULL, 0, NI_NUMERICHOST) == 0) {
		address[strcspn(address, "%")] = '\0';
		snprintf(literal, size, "[%s%s]",
		    own.ss_family == AF_INET6 ? "IPv6:" : "", address);
	} else
		snprintf(literal, size, "[127.0.0.1]");
}
