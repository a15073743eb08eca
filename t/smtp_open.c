/*
 * Opening a session with a host of several addresses: a greeting or EHLO that
 * is refused is a matter of the address, and the next one is asked.
 */
#include <config.h>

#include "queue/smtp.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/connect.h"
#include "queue/error.h"
#include "t/scratch.h"
#include "t/tap.h"

/* What each address says to a connection, and to EHLO; NULL: it closes. */
struct address {
	const char *greeting, *ehlo;
};

struct connect {
	const struct address *list;
	size_t n, next;
};
static struct connect played;

/* In place of queue/connect.c. */
struct connect *
connect_start(const struct connect_params *p, const struct addrinfo *list,
    struct error *e)
{
	(void)p;
	(void)list;
	(void)e;
	return &played;
}

void
connect_end(struct connect *c)
{
	(void)c;
}

int
connect_is_left(const struct connect *c)
{
	return c->next < c->n;
}

void
connect_literal(int fd, char *literal, size_t size)
{
	(void)fd;
	snprintf(literal, size, "[192.0.2.1]");
}

static void
say(int fd, const char *text)
{
	if (text == NULL || write(fd, text, strlen(text)) < 0)
		_exit(0);
}

/* The other end, in a process of its own. */
static void
serve(int fd, const struct address *a)
{
	char line[512];

	alarm(60);
	say(fd, a->greeting);
	while (read(fd, line, sizeof(line)) > 0)
		say(fd, *line == 'E' ? a->ehlo : "221 2.0.0 bye\r\n");
	_exit(0);
}

int
connect_next(struct connect *c, char name[CONNECT_NAME], struct error *e)
{
	int fds[2];

	if (c->next == c->n)
		return error_set(e, "no address is left");
	snprintf(name, CONNECT_NAME, "many[%zu]:25", c->next);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0 ||
	    fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0)
		scratch_fail("socketpair");
	if (fork() == 0) {
		close(fds[0]);
		serve(fds[1], &c->list[c->next]);
	}
	close(fds[1]);
	c->next++;
	return fds[0];
}

static const char good[] = "220 many.example\r\n", hello[] = "250 many\r\n";

/* relay: whom the session is with; "": nobody. */
static const struct {
	const char *name;
	struct address list[3];
	size_t n, asked;
	const char *relay;
} cases[] = {
	{ "the first takes it", { { good, hello }, { good, hello } }, 2, 1,
	    "many[0]:25" },
	{ "a greeting of 554", { { "554 no\r\n", NULL }, { good, hello } }, 2,
	    2, "many[1]:25" },
	{ "a greeting of 421", { { "421 busy\r\n", NULL }, { good, hello } },
	    2, 2, "many[1]:25" },
	{ "no greeting", { { NULL, NULL }, { good, hello } }, 2, 2,
	    "many[1]:25" },
	{ "a greeting that is none", { { "hi\r\n", NULL }, { good, hello } },
	    2, 2, "many[1]:25" },
	{ "EHLO refused for now", { { good, "421 busy\r\n" },
	    { good, hello } }, 2, 2, "many[1]:25" },
	{ "closed after EHLO", { { good, NULL }, { good, hello } }, 2, 2,
	    "many[1]:25" },
	{ "two of three", { { "554 no\r\n", NULL }, { NULL, NULL },
	    { good, hello } }, 3, 3, "many[2]:25" },
	{ "none", { { "554 no\r\n", NULL }, { "554 no\r\n", NULL } }, 2, 2,
	    "" },
};

static char *
get_secret(void *arg, int refused, struct error *e)
{
	(void)refused;
	(void)e;
	++*(int *)arg;
	return strdup("hunter2");
}

/* Without TLS a password is not even asked for, unless the host is here. */
static void
test_clear(void)
{
	static const struct address shows = { good, "250-many\r\n"
	    "250 AUTH PLAIN LOGIN CRAM-MD5\r\n" };
	int asked = 0;
	struct smtp_params p = { .to = { .host = "many", .port = 25,
		.source = "" }, .tls = SMTP_TLS_NONE, .helo = "client.example",
		.login = 1, .user = "alice", .mechanisms = "auto",
		.tls_name = "", .secret = get_secret, .forget =
		(void (*)(char *))free, .arg = &asked, .recipients = 1,
		.window = 1, .timeout = 60000 };
	struct verdict v;
	struct smtp *s;

	for (; p.local < 2; p.local++) {
		played = (struct connect){ &shows, 1, 0 };
		s = smtp_open(&p, &v);
		is_int(s != NULL, p.local, "a login in the clear, to this "
		    "machine itself: %d", p.local);
		is_int(asked, p.local, "... the password is wanted");
		smtp_close(s, 0);
	}
}

int __wrap_tls_dane(struct tls_context *c, const char *host, unsigned port,
    struct error *e);

/* The linker makes this of tls_dane() in the library. */
int
__wrap_tls_dane(struct tls_context *c, const char *host, unsigned port,
    struct error *e)
{
	(void)c;
	return error_set(e, "no answer for %s, %u", host, port);
}

/* Where the DNS is to say what the host is, it is asked first. */
static void
test_dane(void)
{
	const struct smtp_params p = { .to = { .host = "many", .port = 25,
		.source = "" }, .tls = SMTP_TLS_NONE, .helo = "client.example",
		.mechanisms = "", .user = "", .tls_name = "", .dane = 1,
		.recipients = 1, .window = 1, .timeout = 60000 };
	struct verdict v;
	struct smtp *s;

	played = (struct connect){ cases[0].list, 1, 0 };
	s = smtp_open(&p, &v);
	ok(s == NULL && v.scope == VERDICT_SITE && strcmp(v.text,
	    "no answer for many, 25") == 0, "without an answer of the DNS "
	    "there is no session");
	is_int((long long)played.next, 0, "... and no connection");
	smtp_close(s, 0);
}

int
main(void)
{
	const struct smtp_params p = { .to = { .host = "many", .port = 25,
		.source = "" }, .tls = SMTP_TLS_NONE, .helo = "client.example",
		.mechanisms = "", .user = "", .tls_name = "",
		.recipients = 1, .window = 1, .timeout = 60000 };
	struct verdict v;
	struct smtp *s;
	size_t i;

	alarm(120);
	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		played = (struct connect){ cases[i].list, cases[i].n, 0 };
		s = smtp_open(&p, &v);
		is_str(s != NULL ? smtp_relay(s) : "", cases[i].relay,
		    "%s: the session", cases[i].name);
		is_int((long long)played.next, (long long)cases[i].asked,
		    "... and so many addresses were asked");
		if (s == NULL)
			ok(v.scope == VERDICT_SITE && v.action ==
			    VERDICT_DEFERRED && v.code == 554,
			    "... it only defers: %s", v.text);
		smtp_close(s, 0);
	}
	test_clear();
	test_dane();
	return done();
}
