/*
 * A server that is slow, in simulated time: what is waited for, how long, and
 * what is said then.  The connection is played: queue/stream.c is compiled
 * here with calls of its own, and a clock that runs only while they wait.
 */
#include <config.h>

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/smtp.h"
#include "t/scratch.h"
#include "t/tap.h"

#define PIECE 4096	/* bytes that it takes at once */
#define KIB 1024
#define START 1000000	/* when a server is first heard of */

/* In what the server says: wait for a command, or for the end of a content. */
#define HEAR "\1"
#define TAKE "\2"

static struct {
	const char *says;
	int pace;		/* milliseconds for each byte that it says */
	int64_t next_byte;
	int rate;		/* bytes that it takes in a second; 0: all */
	int64_t next_piece;
	int64_t noise;	/* until then it sends what is no data, as TLS can */
	int heard;
	uint64_t taken;		/* bytes */
	uint64_t chunk;		/* where the first BDAT says that it ends */
	const char *end;	/* of a content */
	char last[8];		/* bytes that it took */
} server;

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

/* The next byte that the server says, or -1: it waits. */
static int
next_byte(void)
{
	size_t len = strlen(server.end);

	if ((*server.says == *HEAR && server.heard) ||
	    (*server.says == *TAKE && memcmp(server.last +
	    sizeof(server.last) - len, server.end, len) == 0)) {
		server.says++;
		server.heard = 0;
	}
	return *server.says == *HEAR || *server.says == *TAKE ||
	    *server.says == '\0' || now < server.next_byte ? -1 :
	    *server.says;
}

static ssize_t
play_recv(int fd, void *data, size_t len, int flags)
{
	char *out = data;
	size_t n = 0;
	int c;

	(void)fd;
	(void)flags;
	while (n < len && (c = next_byte()) > 0) {
		out[n++] = (char)c;
		server.says++;
		server.next_byte = now + server.pace;
	}
	if (n > 0)
		return (ssize_t)n;
	now += now < server.noise;	/* to see that it is nothing */
	errno = EAGAIN;
	return -1;
}

static void
note_chunk(const char *data, size_t len)
{
	const char *p = memmem(data, len, "BDAT ", 5), *end;

	if (p == NULL || server.chunk > 0)
		return;
	end = memchr(p, '\n', len - (size_t)(p - data));
	server.chunk = strtoull(p + 5, NULL, 10) + server.taken +
	    (size_t)(end + 1 - data);
}

static ssize_t
play_send(int fd, const void *data, size_t len, int flags)
{
	size_t keep;

	(void)fd;
	(void)flags;
	if (now < server.next_piece) {
		errno = EAGAIN;
		return -1;
	}
	if (len > PIECE)
		len = PIECE;
	if (server.rate > 0)
		server.next_piece = now + (int64_t)len * 1000 / server.rate;
	keep = len < sizeof(server.last) ? len : sizeof(server.last);
	memmove(server.last, server.last + keep, sizeof(server.last) - keep);
	memcpy(server.last + sizeof(server.last) - keep,
	    (const char *)data + len - keep, keep);
	server.heard = 1;
	note_chunk(data, len);
	server.taken += len;
	return (ssize_t)len;
}

static int
play_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	int64_t when = (fds->events & POLLOUT) != 0 ? server.next_piece :
	    server.next_byte;

	(void)n;
	if ((fds->events & POLLOUT) == 0 && next_byte() < 0 &&
	    now >= server.next_byte)
		when = now < server.noise ? now : INT64_MAX;
	if (when > now + timeout) {
		now += timeout;
		return 0;
	}
	if (when > now)
		now = when;
	fds->revents = fds->events;
	return 1;
}

#define recv play_recv
#define send play_send
#define poll play_poll
#include "queue/stream.c"
#undef recv
#undef send
#undef poll

/* In place of queue/connect.c. */
struct connect *
connect_start(const struct connect_params *p, const struct addrinfo *list,
    struct error *e)
{
	(void)p;
	(void)list;
	(void)e;
	return (struct connect *)(void *)&server;
}

int
connect_next(struct connect *c, char name[CONNECT_NAME], struct error *e)
{
	(void)c;
	(void)e;
	snprintf(name, CONNECT_NAME, "host.example[played]:25");
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int
connect_is_left(const struct connect *c)
{
	(void)c;
	return 0;
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

/* One message, and what became of it. */
static struct {
	struct smtp_job smtp;
	struct envelope_rcpt rcpt;
	enum smtp_rcpt state;
	int given;
	char text[VERDICT_TEXT + 16];
} job;

/* One that is sent before it, if cut is set: then the other becomes shorter
 * while it is sent. */
static struct smtp_job before;
static enum smtp_rcpt state_before;
static int cut;

/* What its lines are made of while it is sent, or 0; before, it is "a". */
static char filling;

static void
fill_job(char c)
{
	char line[2 * KIB];
	size_t i;

	memset(line, c, sizeof(line));
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	for (i = 2; i < job.smtp.env.message; i += sizeof(line))
		if (pwrite(job.smtp.fd, line, sizeof(line), (off_t)i) !=
		    sizeof(line))
			scratch_fail("pwrite");
}

static struct smtp_job *
give(void *arg)
{
	int n = job.given++ - cut;

	(void)arg;
	return n < 0 ? &before : n == 0 ? &job.smtp : NULL;
}

static void
settle(void *arg, struct smtp_job *smtp, size_t rcpt,
    const struct verdict *v)
{
	size_t len = smtp == &job.smtp ? strlen(job.text) : 0;

	(void)arg;
	(void)rcpt;
	snprintf(job.text + len, sizeof(job.text) - len, "%s %s",
	    v->action == VERDICT_DELIVERED ? "sent" : v->status, v->text);
}

static void
finished(void *arg, struct smtp_job *smtp)
{
	(void)arg;
	(void)smtp;
}

/* What its facts say of it. */
static int has_8bit;

/* Signs of life before anything of a message was sent. */
static unsigned early;

static void
progress(void *arg)
{
	(void)arg;
	early += server.taken <= strlen("EHLO [192.0.2.1]\r\n");
	if (server.chunk == 0)
		return;		/* it is not being sent yet */
	if (cut && ftruncate(job.smtp.fd, 2 * KIB) != 0)
		scratch_fail("ftruncate");
	if (filling != 0)
		fill_job(filling);
}

static const struct smtp_calls calls = { give, settle, finished, progress };

static void
make_job(size_t kib)
{
	static const char line[64 + 1] = "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcd\r\n";
	size_t i;

	memset(&job, 0, sizeof(job));
	job.smtp.fd = memfd_create("content", MFD_CLOEXEC);
	if (job.smtp.fd < 0 || write(job.smtp.fd, "\r\n", 2) != 2)
		scratch_fail("memfd_create");
	for (i = 1; i < kib * KIB / 64; i++)
		if (write(job.smtp.fd, line, 64) != 64)
			scratch_fail("write");
	job.smtp.env.message = 2 + (i - 1) * 64;
	job.smtp.env.sender = (char *)(uintptr_t)"a@x.example";
	job.smtp.env.rcpts = &job.rcpt;
	job.smtp.env.nrcpts = job.smtp.todo = 1;
	job.smtp.rcpts = &job.state;
	job.rcpt.address = (char *)(uintptr_t)"b@x.example";
	job.rcpt.mark = ENVELOPE_TODO;
	job.smtp.env.facts.body_8bit = has_8bit;
	if (filling != 0) {
		job.smtp.env.facts.longest = 2 * KIB;
		fill_job('a');
	}
	before = job.smtp;
	before.env.message = KIB;
	before.rcpts = &state_before;
	state_before = SMTP_RCPT_TODO;
}

/* Send a message of this size; what became of it, or of the session. */
static const char *
attempt(const char *says, size_t kib, int64_t timeout)
{
	struct smtp_params p = { .to = { .host = "x.example", .port = 25,
		.source = "" }, .tls = SMTP_TLS_NONE, .tls_name = "x.example",
		.helo = "", .user = "", .mechanisms = "auto",
		.recipients = 100, .window = 16, .timeout = timeout };
	struct verdict v = { .text = "" };
	struct smtp *s;

	now = START;
	early = 0;
	server.says = says;
	server.next_byte = server.next_piece = server.heard = 0;
	server.taken = server.chunk = 0;
	memset(server.last, 0, sizeof(server.last));
	make_job(kib);
	if ((s = smtp_open(&p, &v)) == NULL)
		snprintf(job.text, sizeof(job.text), "%s %s", v.status,
		    v.text);
	else
		smtp_run(s, &calls, NULL, &v);
	smtp_close(s, 0);
	close(job.smtp.fd);
	return job.text;
}

#define OPENING "220 x\r\n" HEAR "250-x\r\n"
#define CLASSIC OPENING "250 SIZE\r\n" HEAR "250 a\r\n" HEAR "250 b\r\n" HEAR \
	"354 c\r\n" TAKE "250 d\r\n"
#define CHUNKING OPENING "250-PIPELINING\r\n250 CHUNKING\r\n" HEAR \
	"250 a\r\n250 b\r\n" TAKE "250 d\r\n"

#define SENT "sent 250 d"
#define TOO_SLOW "4.4.2 host.example[played]:25: the server takes the " \
	"message too slowly: Connection timed out"
#define SILENT "4.4.2 host.example[played]:25: the server does not answer: " \
	"Connection timed out"

static void
test_content(void)
{
	static const struct {
		const char *name;
		size_t kib;
		int timeout;	/* seconds */
		int rate;
		const char *result;
	} cases[] = {
		{ "as fast as it comes", 2048, 0, 0, SENT },
		/* 600 s and 2048 s */
		{ "slow, and in time", 2048, 0, 800, SENT },
		{ "a little too slow", 2048, 0, 780, TOO_SLOW },
		/* 65536 bytes in 180 s are 364 a second. */
		{ "a block takes nearly too long", 2048, 0, 370, TOO_SLOW },
		{ "a block takes too long", 2048, 0, 350, SILENT },
		{ "a small message has no less than a block", 64, 0, 370,
		    SENT },
		/* 60 s and 2048 / 3 s */
		{ "timeout: in time", 2048, 60, 2900, SENT },
		{ "timeout: a little too slow", 2048, 60, 2800, TOO_SLOW },
		{ "timeout: a block takes too long", 2048, 60, 1050, SILENT },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server.rate = cases[i].rate;
		server.end = "\r\n.\r\n";
		is_str(attempt(CLASSIC, cases[i].kib,
		    cases[i].timeout * 1000), cases[i].result,
		    "DATA: %s", cases[i].name);
		server.end = "bcd\r\n";
		is_str(attempt(CHUNKING, cases[i].kib,
		    cases[i].timeout * 1000), cases[i].result,
		    "BDAT: %s", cases[i].name);
	}
	server.rate = 0;
}

/* A reply must be there as a whole in its time, whatever comes of it. */
static void
test_replies(void)
{
#define LINES "250-x\r\n250-x\r\n250-x\r\n250-x\r\n250-x\r\n250-x\r\n"
	static const struct {
		const char *name, *says;
		int pace;
		const char *result;
	} cases[] = {
		{ "a slow dialogue", CLASSIC, 1000, SENT },
		{ "a byte a minute", CLASSIC, 60000, SILENT },
		{ "many lines of a greeting", "220-x\r\n220-x\r\n220-x\r\n"
		    "220-x\r\n220-x\r\n220-x\r\n220 x\r\n", 10000, SILENT },
		{ "many lines for EHLO", OPENING LINES LINES "250 x\r\n",
		    5000, SILENT },
		{ "many lines for MAIL", OPENING "250 x\r\n" HEAR LINES LINES
		    "250 x\r\n", 5000, SILENT },
	};
	size_t i;

	server.end = "\r\n.\r\n";
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server.pace = cases[i].pace;
		is_str(attempt(cases[i].says, 1, 0), cases[i].result, "%s",
		    cases[i].name);
	}
	server.pace = 0;
	server.noise = START + 3600000;
	is_str(attempt("", 1, 0), SILENT, "noise for an hour");
	is_int(now - START, 300000, "... is not waited for");
	server.noise = 0;
}

/* The file of a message is its submitter's, who can cut it short: that is not
 * to cost the mail of others their replies. */
static void
test_cut(void)
{
	server.end = "";
	cut = 1;
	is_str(attempt(CHUNKING, 200, 0), SENT
	    "4.3.0 the queue file was cut short", "a message that is cut "
	    "short: what was sent before it has its reply");
	cut = 0;
}

/* Nor is what it becomes to be read as commands. */
static void
test_change(void)
{
	server.end = "never";
	filling = '=';
	is_str(attempt(CHUNKING, 400, 0), "4.3.0 the queue file was changed "
	    "while it was sent", "a message that becomes longer");
	ok(server.taken <= server.chunk, "... nothing follows its chunk: "
	    "%llu bytes of %llu", (unsigned long long)server.taken,
	    (unsigned long long)server.chunk);
	filling = 0;
}

/* It refuses MAIL and accepts what came behind: an empty message is none. */
static void
test_step(void)
{
	server.end = ".\r\n";
	is_str(attempt(OPENING "250 PIPELINING\r\n" HEAR "450 a\r\n250 b\r\n"
	    "354 c\r\n" TAKE "250 d\r\n", 1, 0), "4.0.0 450 a",
	    "MAIL is refused, and content expected");
	ok(memcmp(server.last + sizeof(server.last) - 3, ".\r\n", 3) != 0,
	    "... it gets none");
}

/* What is to be sent is read first, and a large file takes long: whoever waits
 * for us must not take that for the end. */
static void
test_preparation(void)
{
	server.end = "bcd\r\n";
	is_str(attempt(CHUNKING, 1024, 0), SENT, "BDAT: a large message");
	ok(early >= 15, "... signs of life while it is read first: %u", early);
	server.end = "\r\n.\r\n";
	has_8bit = 1;
	is_str(attempt(CLASSIC, 1024, 0), SENT, "DATA: one to be converted");
	ok(early >= 30, "... signs of life while it is read twice: %u", early);
	has_8bit = 0;
}

int
main(void)
{
	test_content();
	test_replies();
	test_cut();
	test_change();
	test_step();
	test_preparation();
	return done();
}
