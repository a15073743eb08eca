/*
 * Any bytes as a server: a whole session with it, from the greeting to QUIT.
 * No recipient is decided twice, none is forgotten, and no password goes
 * where it must not.
 *
 * The first two bytes choose the settings and the messages; the rest is what
 * the server says, and at each '\1' it waits until it has heard something.
 * The connection is played: queue/stream.c is compiled here with calls of its
 * own.
 */
#include <config.h>

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/smtp.h"
#include "t/fuzz.h"

#define JOBS 4
#define RCPTS 4
#define PASSWORD "s3cret-w0rd"
#define PASSWORD_BASE64 "czNjcmV0LXcwcmQ="
#define PLAIN_BASE64 "AHVzZXIAczNjcmV0LXcwcmQ="

/* The server. */
static struct {
	const uint8_t *script;
	size_t left;
	int heard;		/* something, since the last wait */
	struct buffer got;
	size_t known;		/* of got, when it spoke last */
} server;

static ssize_t
play_recv(int fd, void *data, size_t len, int flags)
{
	const uint8_t *end;

	(void)fd;
	(void)flags;
	if (server.left > 0 && *server.script == 1) {
		if (!server.heard) {
			errno = EAGAIN;
			return -1;
		}
		server.heard = 0;
		server.script++;
		server.left--;
		errno = EAGAIN;
		return -1;
	}
	if (len > server.left)
		len = server.left;
	if ((end = memchr(server.script, 1, len)) != NULL)
		len = (size_t)(end - server.script);
	server.known = server.got.len;
	memcpy(data, server.script, len);
	server.script += len;
	server.left -= len;
	return (ssize_t)len;
}

static ssize_t
play_send(int fd, const void *data, size_t len, int flags)
{
	(void)fd;
	(void)flags;
	if (len > 1000)
		len = 1000;
	server.heard = 1;
	buffer_add(&server.got, data, len);
	return (ssize_t)len;
}

/* Time passes only while both sides wait. */
static int64_t now;

int64_t
clock_now(void)
{
	return now;
}

int
clock_left(int64_t deadline)
{
	return deadline > now ? (int)(deadline - now) : 0;
}

static int
play_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)n;
	fds->revents = fds->events;
	if ((fds->events & POLLOUT) != 0 || server.left == 0 ||
	    *server.script != 1 || server.heard)
		return 1;
	now += timeout;
	return 0;
}

#define recv play_recv
#define send play_send
#define poll play_poll
#include "queue/stream.c"
#undef recv
#undef send
#undef poll

struct connect {
	int given;
};

struct connect *
connect_start(const struct connect_params *p, const struct addrinfo *list,
    struct error *e)
{
	static struct connect one;

	(void)p;
	(void)list;
	(void)e;
	one.given = 0;
	return &one;
}

int
connect_next(struct connect *c, char name[CONNECT_NAME], struct error *e)
{
	(void)e;
	c->given = 1;
	snprintf(name, CONNECT_NAME, "host.example[played]:25");
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int
connect_is_left(const struct connect *c)
{
	return !c->given;
}

void
connect_end(struct connect *c)
{
	(void)c;
}

void
connect_literal(int fd, char *literal, size_t size)
{
	(void)fd;
	snprintf(literal, size, "[192.0.2.1]");
}

/* The messages. */
struct job {
	struct smtp_job smtp;	/* first */
	struct envelope_rcpt rcpts[RCPTS];
	enum smtp_rcpt states[RCPTS];
	int settled[RCPTS];
	int given, done, delivered;
};

static struct job jobs[JOBS];
static size_t njobs, next_job, ndelivered;
static int content = -1;

static const char text[] = "Subject: t\r\n\r\n.dot\r\n..\r\nJ\303\266rg\r\n"
    "last\r\n";

static void
make_jobs(uint8_t flags, uint8_t counts)
{
	static const char *const addresses[RCPTS] = { "a@x.example",
		"\"b c\"@x.example", "d@x.example", "J\303\266@x.example" };
	size_t i, j;
	struct job *job;

	memset(jobs, 0, sizeof(jobs));
	njobs = 1 + counts % JOBS;
	next_job = ndelivered = 0;
	for (i = 0; i < njobs; i++) {
		job = &jobs[i];
		job->smtp.fd = content;
		job->smtp.rcpts = job->states;
		job->smtp.env.message = sizeof(text) - 1;
		job->smtp.env.sender = i == 1 ? "" : "s@x.example";
		job->smtp.env.envid = i == 2 ? "id" : NULL;
		job->smtp.env.ret = i == 2 ? "hdrs" : NULL;
		job->smtp.env.require_tls = i == 1;	/* a report */
		job->smtp.env.facts.body_8bit = (flags & 8) != 0;
		job->smtp.env.retry.lost = i == 3;
		job->smtp.env.rcpts = job->rcpts;
		job->smtp.env.nrcpts = 1 + counts / JOBS % RCPTS;
		job->smtp.todo = job->smtp.env.nrcpts;
		for (j = 0; j < job->smtp.env.nrcpts; j++) {
			job->rcpts[j].address = addresses[j];
			job->rcpts[j].mark = ENVELOPE_TODO;
			job->rcpts[j].notify = j == 1 ? "NEVER" : NULL;
		}
	}
}

static struct smtp_job *
give(void *arg)
{
	(void)arg;
	if (next_job == njobs)
		return NULL;
	jobs[next_job].given = 1;
	jobs[next_job].done = 0;
	return &jobs[next_job++].smtp;
}

/* Whole messages that the server had when it spoke last. */
static size_t
count_known(void)
{
	static const char last[] = "\r\nlast\r\n";
	const char *p = server.got.data, *end = p + server.known;
	size_t n = 0;

	while (p != NULL && (p = memmem(p, (size_t)(end - p), last,
	    sizeof(last) - 1)) != NULL) {
		p += sizeof(last) - 1;
		n++;
	}
	return n;
}

static void
settle(void *arg, struct smtp_job *smtp, size_t rcpt,
    const struct verdict *v)
{
	struct job *job = (struct job *)(void *)smtp;

	(void)arg;
	check(job->given && !job->done && rcpt < smtp->env.nrcpts);
	check(!job->settled[rcpt]++);
	if (v->action == VERDICT_DELIVERED) {
		ndelivered += !job->delivered++;
		check(v->code / 100 == 2 && ndelivered <= count_known());
	}
	check(v->action != VERDICT_FAILED || (v->scope != VERDICT_SITE &&
	    (v->code == 0 || v->code >= 500)));
	check(v->status[0] == "245"[v->action]);
}

static void
done(void *arg, struct smtp_job *smtp)
{
	struct job *job = (struct job *)(void *)smtp;
	size_t i, todo = 0;

	(void)arg;
	check(job->given && !job->done++);
	check(smtp->flights == 0 && !smtp->waiting);
	for (i = 0; i < smtp->env.nrcpts; i++) {
		check(job->states[i] != SMTP_RCPT_SENT);
		check((job->states[i] == SMTP_RCPT_SETTLED) ==
		    (job->settled[i] == 1));
		todo += job->states[i] == SMTP_RCPT_TODO;
	}
	check(todo == smtp->todo);
}

static void
progress(void *arg)
{
	(void)arg;
}

static const struct smtp_calls calls = { give, settle, done, progress };

static char *
password(void *arg, int refused, struct error *e)
{
	(void)arg;
	(void)refused;
	(void)e;
	return strdup(PASSWORD);
}

static void
forget(char *secret)
{
	free(secret);
}

static int
got(const char *words)
{
	return server.got.len > 0 && memmem(server.got.data, server.got.len,
	    words, strlen(words)) != NULL;
}

/* What was said is whole lines, and no secret in the clear. */
static void
check_said(const struct smtp_params *p)
{
	size_t i;

	for (i = 0; i < server.got.len; i++)
		check(server.got.data[i] != '\n' ||
		    (i > 0 && server.got.data[i - 1] == '\r'));
	check(!got(PASSWORD));
	if (!p->local)
		check(!got(PASSWORD_BASE64) && !got(PLAIN_BASE64));
}

static void
run(struct smtp *s)
{
	enum smtp_result result;
	struct verdict v;
	size_t i;

	result = smtp_run(s, &calls, NULL, &v);
	for (i = 0; i < njobs; i++) {
		check(jobs[i].given == jobs[i].done);
		if (result == SMTP_IDLE && jobs[i].given)
			check(jobs[i].smtp.todo == 0);
	}
	check(result != SMTP_IDLE || next_job == njobs);
	if (result == SMTP_LOST)
		check(v.action == VERDICT_DEFERRED);
	smtp_close(s, result == SMTP_IDLE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_params p = { .to = { .host = "x.example", .port = 25,
		.source = "" }, .tls = SMTP_TLS_NONE, .tls_name = "x.example",
		.helo = "", .user = "user", .mechanisms = "auto",
		.secret = password, .forget = forget, .window = 16 };
	struct verdict v;
	struct smtp *s;

	if (size < 2)
		return 0;
	if (content < 0) {
		content = memfd_create("content", MFD_CLOEXEC);
		check(pwrite(content, text, sizeof(text) - 1, 0) ==
		    sizeof(text) - 1);
	}
	p.login = (data[0] & 1) != 0;
	p.local = (data[0] & 2) != 0;
	p.careful = (data[0] & 4) != 0;
	p.recipients = (data[0] & 16) != 0 ? 1 : 100;
	make_jobs(data[0], data[1]);
	server.script = data + 2;
	server.left = size - 2;
	server.heard = 0;
	server.known = 0;
	if ((s = smtp_open(&p, &v)) != NULL)
		run(s);
	else
		check(v.action == VERDICT_DEFERRED &&
		    v.scope == VERDICT_SITE);
	check_said(&p);
	buffer_free(&server.got);
	return 0;
}
