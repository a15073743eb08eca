/*
 * The stream over a socket: lines however they are cut, no wait beyond the
 * deadline, no deadlock, and replies that come before they are asked for.
 */
#include <config.h>

#include "queue/stream.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/tap.h"

#define SOON 50			/* milliseconds, where nothing comes */
#define LONG 30000		/* where all must come */
#define MIB (1024 * 1024)

/* A stream; *peer is the other end. */
static struct stream *
pair(int *peer)
{
	struct stream *s;
	struct error e;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0 ||
	    fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0 ||
	    (s = stream_new(fds[0], &e)) == NULL)
		scratch_fail("socketpair");
	*peer = fds[1];
	return s;
}

static void
say(int peer, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = send(peer, text, len, MSG_NOSIGNAL)) < 0)
			scratch_fail("send");
}

/* The next line: its length, -1, or -2 for the end; the text in *line. */
static long
next(struct stream *s, int wait, const char **line)
{
	struct error e;
	uint64_t sent;
	size_t len = 0;
	int rc;

	*line = "";
	rc = stream_getline(s, clock_now() + wait, line, &len, &sent, &e);
	return rc == 1 ? (long)len : rc == 0 ? -2 : -1;
}

static int
is_next(struct stream *s, const char *want, size_t len)
{
	const char *line;

	return next(s, LONG, &line) == (long)len &&
	    memcmp(line, want, len) == 0;
}

static void
test_lines(void)
{
	static const char text[] = "250-a\r\n250 b c\r\n\r\nx\n\n\rz\ry\r\n"
	    "n\0l\r\r\n";
	const size_t len = sizeof(text) - 1;
	struct stream *s;
	const char *line;
	size_t cut;
	int peer, good = 1;

	for (cut = 0; cut <= len; cut++) {
		s = pair(&peer);
		say(peer, text, cut);
		/* Look at what there is before the rest comes. */
		while (stream_has_line(s) && next(s, 0, &line) >= 0)
			continue;
		say(peer, text + cut, len - cut);
		shutdown(peer, SHUT_WR);
		while (next(s, LONG, &line) >= 0)
			continue;
		good &= stream_has_line(s);
		close(peer);
		stream_free(s);
	}
	ok(good, "lines cut anywhere: all are read");
	for (cut = 0, good = 1; cut <= len; cut++) {
		s = pair(&peer);
		say(peer, text, cut);
		good &= stream_has_line(s) == (memchr(text, '\n', cut) !=
		    NULL);
		say(peer, text + cut, len - cut);
		good &= is_next(s, "250-a", 5) && is_next(s, "250 b c", 7) &&
		    is_next(s, "", 0) && is_next(s, "x", 1) &&
		    is_next(s, "", 0) && is_next(s, "\rz\ry", 4) &&
		    is_next(s, "n\0l\r", 4) && !stream_has_line(s);
		close(peer);
		stream_free(s);
	}
	ok(good, "... and are what they were, without their line ends");
}

static void
test_ends(void)
{
	struct stream *s;
	const char *line;
	int peer;

	s = pair(&peer);
	say(peer, "250 a\r\n250 b", 12);
	close(peer);
	is_int(next(s, LONG, &line), 5, "a line before the end");
	is_int(next(s, LONG, &line), -2, "a line without its end is none");
	is_int(next(s, LONG, &line), -2, "... and asked again");
	is_int(stream_has_line(s), 1, "the end is there without waiting");
	stream_free(s);
	s = pair(&peer);
	close(peer);
	is_int(next(s, LONG, &line), -2, "an end at once");
	stream_free(s);
	stream_free(NULL);
}

static void
test_long_lines(void)
{
	static char text[200000];
	struct error e = { 0, "" };
	struct stream *s;
	const char *line;
	uint64_t sent;
	size_t len;
	int peer;

	memset(text, 'x', sizeof(text));
	s = pair(&peer);
	say(peer, text, 60000);
	say(peer, "\r\n", 2);
	is_int(next(s, LONG, &line), 60000, "a line of 60,000");
	say(peer, text, 65536 + 20000);
	is_int(stream_getline(s, clock_now() + LONG, &line, &len, &sent, &e),
	    -1, "one without end");
	is_str(e.text, "the server sends a line without end",
	    "... is noticed before the deadline");
	close(peer);
	stream_free(s);
}

/* 1: it took about as long as it was told, and said why. */
static int
timed_out(const struct error *e, int64_t start)
{
	int64_t took = clock_now() - start;

	return e->number == ETIMEDOUT && took >= SOON - 1 && took < LONG / 2;
}

static void
test_deadlines(void)
{
	struct error e = { 0, "" };
	struct stream *s;
	int64_t start;
	const char *line;
	char *data = calloc(4, MIB);
	uint64_t sent;
	size_t len;
	int peer;

	if (data == NULL)
		scratch_fail("calloc");
	s = pair(&peer);
	start = clock_now();
	is_int(stream_getline(s, start + SOON, &line, &len, &sent, &e), -1,
	    "no line");
	ok(timed_out(&e, start), "... by the deadline");
	say(peer, "250 x", 5);
	start = clock_now();
	is_int(stream_getline(s, start + SOON, &line, &len, &sent, &e), -1,
	    "half a line");
	ok(timed_out(&e, start), "... by the deadline");
	is_int(stream_getline(s, 0, &line, &len, &sent, &e), -1,
	    "a deadline that has passed");
	say(peer, "\n", 1);
	is_int(stream_getline(s, 0, &line, &len, &sent, &e), 1,
	    "... but what is there is taken");
	stream_write(s, data, 4 * MIB, &e);
	start = clock_now();
	is_int(stream_flush(s, start + SOON, &e), -1,
	    "a peer that does not read");
	ok(timed_out(&e, start), "... by the deadline");
	ok(stream_pending(s) > 0 && stream_sent(s) > 0 && stream_sent(s) +
	    stream_pending(s) == stream_written(s), "... some went out");
	close(peer);
	is_int(stream_flush(s, clock_now() + LONG, &e), -1,
	    "a peer that is gone");
	stream_free(s);
	free(data);
}

/* The next reply was complete when this much had been sent. */
static void
replied_at(struct stream *s, uint64_t want, const char *rule)
{
	struct error e;
	const char *line;
	uint64_t sent = UINT64_MAX;
	size_t len;

	if (stream_getline(s, clock_now() + LONG, &line, &len, &sent, &e) !=
	    1)
		sent = UINT64_MAX;
	is_int((long long)sent, (long long)want, "%s", rule);
}

static void
test_marks(void)
{
	struct stream *s;
	const char *line;
	struct error e;
	unsigned i;
	char heard;
	int peer;

	s = pair(&peer);
	say(peer, "220 a\r\n", 7);
	replied_at(s, 0, "the greeting: nothing was sent");
	stream_printf(s, &e, "EHLO %s\r\n", "x");
	is_int((long long)stream_written(s), 8, "8 bytes were written");
	is_int((long long)stream_sent(s), 0, "... and not yet sent");
	is_int((long long)stream_pending(s), 8, "... they wait");
	stream_flush(s, clock_now() + LONG, &e);
	is_int((long long)stream_sent(s), 8, "... now they were");
	is_int((long long)stream_pending(s), 0, "... and none waits");
	say(peer, "250 b\r\n", 7);
	replied_at(s, 8, "a reply to it");
	say(peer, "250 early\r\n", 11);
	stream_write(s, "MAIL\r\n", 6, &e);
	stream_flush(s, clock_now() + LONG, &e);
	say(peer, "250 late\r\n", 10);
	replied_at(s, 8, "a reply that was there before the command");
	replied_at(s, 14, "... and one that came after it");
	/* All read before any is asked for: each keeps its own mark. */
	say(peer, "250 1\r\n", 7);
	stream_write(s, "a", 1, &e);
	stream_flush(s, clock_now() + LONG, &e);
	say(peer, "250 2\r\n250 3\r\n", 14);
	stream_write(s, "b", 1, &e);
	stream_flush(s, clock_now() + LONG, &e);
	say(peer, "250 4\r\n", 7);
	stream_write(s, "c", 1, &e);
	stream_flush(s, clock_now() + LONG, &e);
	replied_at(s, 14, "the first of four that wait");
	replied_at(s, 15, "... the second");
	replied_at(s, 15, "... the third, which came with it");
	replied_at(s, 16, "... the fourth");
	say(peer, "250 ea", 6);
	stream_write(s, "RCPT\r\n", 6, &e);
	stream_flush(s, clock_now() + LONG, &e);
	say(peer, "rly\r\n", 5);
	replied_at(s, 17, "half before, half after: its beginning counts");
	/* Many of both, so that the marks grow and move. */
	while (recv(peer, &heard, 1, MSG_DONTWAIT) == 1)
		continue;
	for (i = 0; i < 300; i++) {
		say(peer, "250 x\r\n", 7);
		stream_write(s, "y", 1, &e);
		stream_flush(s, clock_now() + LONG, &e);
		if (read(peer, &heard, 1) != 1)
			break;
	}
	for (i = 0; i < 299 && next(s, LONG, &line) == 5; i++)
		continue;
	replied_at(s, 23 + 299, "the 300th of many");
	close(peer);
	stream_free(s);
}

/* Run peer(fd) in a child, which ends with its result. */
static pid_t
child(int fd, int (*peer)(int fd), struct stream *s)
{
	pid_t pid = fork();

	if (pid < 0)
		scratch_fail("fork");
	if (pid == 0) {
		stream_free(s);
		alarm(60);
		_exit(peer(fd));
	}
	close(fd);
	return pid;
}

static int
status_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Say 1 MB before hearing anything; then hear 4 MiB. */
static int
talker(int fd)
{
	char text[1000], got[4096];
	size_t i, total = 0;
	ssize_t n;

	memset(text, 'x', sizeof(text));
	memcpy(text, "250 ", 4);
	memcpy(text + 998, "\r\n", 2);
	for (i = 0; i < 1000; i++)
		if (send(fd, text, sizeof(text), MSG_NOSIGNAL) != 1000)
			return 1;
	while ((n = read(fd, got, sizeof(got))) > 0)
		total += (size_t)n;
	return total == 4 * MIB ? 0 : 2;
}

static void
test_both_ways(void)
{
	char *data = calloc(4, MIB);
	struct stream *s;
	const char *line;
	struct error e;
	int peer, i;
	pid_t pid;

	if (data == NULL)
		scratch_fail("calloc");
	s = pair(&peer);
	pid = child(peer, talker, s);
	stream_write(s, data, 4 * MIB, &e);
	is_int(stream_flush(s, clock_now() + LONG, &e), 0,
	    "a peer that says 1 MB before it reads: no deadlock");
	for (i = 0; i < 1000 && next(s, LONG, &line) == 998; i++)
		continue;
	is_int(i, 1000, "... and all of it was kept");
	stream_free(s);
	is_int(status_of(pid), 0, "... and it got all of ours");
	free(data);
}

/* Says lines as long as anyone listens. */
static int
babbler(int fd)
{
	char text[1000];

	memset(text, '\n', sizeof(text));
	while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		continue;
	return 0;
}

static void
test_endless(void)
{
	char *data = calloc(4, MIB);
	struct stream *s;
	struct error e;
	int peer;
	pid_t pid;

	if (data == NULL)
		scratch_fail("calloc");
	s = pair(&peer);
	pid = child(peer, babbler, s);
	stream_write(s, data, 4 * MIB, &e);
	is_int(stream_flush(s, clock_now() + 300, &e), -1,
	    "a peer that never reads and never stops talking");
	stream_free(s);
	is_int(status_of(pid), 0, "... is left");
	free(data);
}

/* Echo in pieces of many sizes. */
static int
echo(int fd)
{
	char got[5000];
	size_t at, part;
	ssize_t n;

	while ((n = read(fd, got, 1 + chance_below(sizeof(got)))) > 0) {
		for (at = 0; at < (size_t)n; at += part) {
			part = 1 + chance_below((size_t)n - at);
			if (send(fd, got + at, part, MSG_NOSIGNAL) !=
			    (ssize_t)part)
				return 1;
		}
	}
	return 0;
}

static void
test_echo(void)
{
	struct buffer want = BUFFER_INIT;
	struct stream *s;
	struct error e;
	size_t i, lines = 0, len;
	int peer, good = 1;
	pid_t pid;

	s = pair(&peer);
	pid = child(peer, echo, s);
	for (i = 0; i < 3000 && good; i++) {
		buffer_reset(&want);
		for (len = chance_below(chance_of(20) ? 5000 : 80); len > 0;
		    len--)
			buffer_addc(&want, (char)(' ' + chance_below(90)));
		good &= stream_write(s, buffer_string(&want), want.len,
		    &e) == 0 && stream_write(s, "\r\n", 2, &e) == 0;
		if (chance_of(3))
			good &= stream_flush(s, clock_now() + LONG, &e) == 0;
		lines++;
		if (stream_pending(s) == 0) {
			const char *line;

			for (; lines > 1 && next(s, LONG, &line) >= 0;
			    lines--)
				continue;
			good &= is_next(s, buffer_string(&want), want.len);
			lines = 0;
		}
	}
	ok(good, "3,000 lines there and back");
	stream_free(s);
	is_int(status_of(pid), 0, "... to the end");
	buffer_free(&want);
}

static void
count(void *arg)
{
	++*(int *)arg;
}

/* Someone wants to know that we are alive, not only that nothing comes. */
static void
test_ticks(void)
{
	struct stream *s;
	const char *line;
	int peer, ticks = 0;

	s = pair(&peer);
	stream_on_wait(s, count, &ticks);
	say(peer, "250 x\r\n", 7);
	is_int(next(s, LONG, &line), 5, "a line that is there");
	is_int(ticks, 0, "... without a tick");
	is_int(next(s, STREAM_TICK + SOON, &line), -1, "a longer wait");
	ok(ticks >= 1 && ticks <= 3, "... with one, and at its end");
	close(peer);
	stream_free(s);
}

/* What came before TLS must not be taken for what comes in it. */
static void
test_secure(void)
{
	struct stream *s;
	const char *line;
	struct error e;
	int peer;

	s = pair(&peer);
	say(peer, "220 go\r\n", 8);
	next(s, LONG, &line);
	is_int(stream_secure(s, NULL, &e), 0, "nothing is left: TLS");
	say(peer, "220 go\r\n250 slipped in\r\n", 24);
	next(s, LONG, &line);
	is_int(stream_secure(s, NULL, &e), -1, "a line is left: no TLS");
	next(s, LONG, &line);
	say(peer, "220 go\r\n2", 9);
	next(s, LONG, &line);
	is_int(stream_secure(s, NULL, &e), -1, "a byte is left: no TLS");
	close(peer);
	stream_free(s);
}

static void
test_printf(void)
{
	struct stream *s;
	struct error e;
	char text[3000], got[3010];
	int peer;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	s = pair(&peer);
	is_int(stream_printf(s, &e, "%d %s\r\n", 42, text), 0, "printf");
	stream_flush(s, clock_now() + LONG, &e);
	stream_forget(s);
	is_int(read(peer, got, sizeof(got)), 3 + 2999 + 2, "... of any length");
	is_int(stream_flush(s, 0, &e), 0, "flush nothing");
	close(peer);
	stream_free(s);
}

int
main(void)
{
	alarm(120);
	test_lines();
	test_ends();
	test_long_lines();
	test_deadlines();
	test_marks();
	test_both_ways();
	test_endless();
	test_echo();
	test_ticks();
	test_secure();
	test_printf();
	return done();
}
