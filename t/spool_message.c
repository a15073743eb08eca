/*
 * Reading a message back: only what is one is taken, whatever its owner put
 * there, and nothing in the queue can make the reader wait.
 */
#include <config.h>

#include "queue/spool.h"

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/spool_private.h"
#include "t/sample.h"
#include "t/scratch.h"
#include "t/tap.h"

#define ID "0123456789ABCDEF01234567"
#define MESSAGE "hello\r\n"

static const char *const rcpts[] = { "bob@example.net", "eve@example.net",
	"\"a b\"@example.net", NULL };

/* A good file, of which bad ones are made. */
static char good[1000];
static size_t good_len;

static void
make_good(struct spool *s)
{
	const char *id = sample_put(s, rcpts, MESSAGE, strlen(MESSAGE));
	int fd = open(sample_path("queue", id), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, good, sizeof(good));

	if (n <= 0 || n == (ssize_t)sizeof(good))
		scratch_fail("read");
	good_len = (size_t)n;
	close(fd);
	unlink(sample_path("queue", id));
}

static void
taken(struct spool *s, enum spool_result want, const char *rule)
{
	static const char *const names[] = { "OK", "BUSY", "GONE", "SHORT",
		"BAD", "ERROR" };
	struct spool_message m;
	struct error e = { 0, "" };
	enum spool_result got;

	got = spool_take(s, ID, &m, &e);
	if (!is_str(names[got], names[want], "%s", rule))
		diag("%s", e.text);
	if (got == SPOOL_OK)
		spool_release(&m);
	else
		ok(*e.text != '\0' || got == SPOOL_GONE, "... with a reason");
	got = spool_peek(s, ID, &m, &e);
	is_str(names[got], names[want], "... the same for a look");
	if (got == SPOOL_OK)
		spool_release(&m);
}

static const char *
place(void)
{
	return sample_path("queue", ID);
}

static void
put(const void *data, size_t len)
{
	scratch_file("queue/" ID, data, len, 0600);
}

static void
test_short(struct spool *s)
{
	static const size_t lengths[] = { 0, 1, 28, 29, 45, 46, 200 };
	static const char blank[SPOOL_BLOCK + 1];
	char zeros[sizeof(good)];
	struct spool_message m;
	struct error e;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		put(good, lengths[i]);
		taken(s, SPOOL_SHORT, "cut short");
	}
	put(good, good_len - 1);
	taken(s, SPOOL_SHORT, "cut short by a byte");
	is_int(spool_discard_short(s, ID, &e), 0, "... is discarded");
	taken(s, SPOOL_GONE, "... and gone");
	memcpy(zeros, good, good_len);
	memcpy(zeros, "OB1 00000000 000000000000000\nF0000000000 ---\n", 45);
	put(zeros, good_len);
	taken(s, SPOOL_SHORT, "a draft without its seal");
	memset(zeros, 0, good_len);
	put(zeros, good_len);
	taken(s, SPOOL_SHORT, "zeros of the right length");
	zeros[good_len - 1] = '\n';
	put(zeros, good_len);
	taken(s, SPOOL_BAD, "... but for the last byte");
	put(blank, SPOOL_BLOCK);
	taken(s, SPOOL_SHORT, "zeros, as many as are written at once");
	put(blank, SPOOL_BLOCK + 1);
	taken(s, SPOOL_BAD, "... and one more");
	/* Half a file that is locked: someone is at it. */
	put(good, good_len - 1);
	m.fd = open(place(), O_RDONLY | O_CLOEXEC);
	flock(m.fd, LOCK_EX);
	is_int(spool_discard_short(s, ID, &e), -1,
	    "cut short and locked: not discarded");
	close(m.fd);
	unlink(place());
}

/* What this process has read; -1: the kernel does not tell. */
static long long
bytes_read(void)
{
	FILE *f = fopen("/proc/self/io", "re");
	long long n;

	if (f == NULL || fscanf(f, "rchar: %lld", &n) != 1)
		n = -1;
	if (f != NULL)
		fclose(f);
	return n;
}

static void
test_bytes(struct spool *s)
{
	char text[sizeof(good) + 1];
	long long was_read;

	put(good, good_len);
	taken(s, SPOOL_OK, "a good one");
	memcpy(text, good, good_len);
	text[good_len] = 'x';
	put(text, good_len + 1);
	taken(s, SPOOL_BAD, "longer than it says");
	memset(text, 'x', 100);
	put(text, 100);
	taken(s, SPOOL_BAD, "rubbish");
	memcpy(text, good, good_len);
	text[2] = '2';
	put(text, good_len);
	taken(s, SPOOL_BAD, "another version");
	memcpy(text, good, good_len);
	*strchr(text, 'T') = 'X';
	put(text, good_len);
	taken(s, SPOOL_BAD, "an unknown record");
	memcpy(text, "OB1 99999999", 12);
	put(text, good_len);
	taken(s, SPOOL_BAD, "an envelope of 99 MB");
	memcpy(text, "OB1 30000000 000000000000000", 28);
	put(text, good_len);
	was_read = bytes_read();
	if (truncate(place(), 30000000) == 0)
		taken(s, SPOOL_BAD, "a sparse envelope");
	if (was_read >= 0)
		ok(bytes_read() - was_read < 1000000,
		    "... is not read to its end");
	memcpy(text, "OB1 33554432 999999999999999", 28);
	put(text, good_len);
	taken(s, SPOOL_SHORT, "a message of a petabyte that is not there");
	unlink(place());
}

static void
bind_there(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%.100s", place());
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		scratch_fail("bind");
	close(fd);
}

static void
test_kinds(struct spool *s)
{
	struct error e;

	unlink(place());
	taken(s, SPOOL_GONE, "no file");
	scratch_file("elsewhere", good, good_len, 0600);
	if (symlink(scratch_path("elsewhere"), place()) != 0)
		scratch_fail("symlink");
	taken(s, SPOOL_BAD, "a link to a good one");
	is_int(spool_park(s, ID, &e), 0, "... is parked");
	unlink(sample_path("failed", ID));
	if (symlink("/dev/zero", place()) != 0)
		scratch_fail("symlink");
	taken(s, SPOOL_BAD, "a link to /dev/zero");
	unlink(place());
	if (symlink(ID, place()) != 0)
		scratch_fail("symlink");
	taken(s, SPOOL_BAD, "a link to itself");
	unlink(place());
	if (link(scratch_path("elsewhere"), place()) != 0)
		scratch_fail("link");
	taken(s, SPOOL_BAD, "a second link to a good one");
	unlink(place());
	if (mkfifo(place(), 0600) != 0)
		scratch_fail("mkfifo");
	taken(s, SPOOL_BAD, "a fifo, without waiting");
	is_int(spool_park(s, ID, &e), 0, "... is parked");
	unlink(sample_path("failed", ID));
	bind_there();
	taken(s, SPOOL_BAD, "a socket");
	unlink(place());
	scratch_directory("queue/" ID);
	taken(s, SPOOL_BAD, "a directory");
	is_int(spool_park(s, ID, &e), 0, "... is parked");
	rmdir(sample_path("failed", ID));
}

/* A fault of this machine is no fault of the message. */
static void
test_faults(struct spool *s)
{
	struct rlimit old, none;

	put(good, good_len);
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	taken(s, SPOOL_ERROR, "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &old);
	unlink(place());
}

static void
test_locks(struct spool *s)
{
	struct spool_message a, b;
	struct error e;

	put(good, good_len);
	sample_take(s, ID, &a);
	is_int(spool_take(s, ID, &b, &e), SPOOL_BUSY, "taken: busy");
	is_int(spool_peek(s, ID, &b, &e), SPOOL_OK, "... a look is free");
	spool_release(&b);
	is_int(spool_take(s, ID, &b, &e), SPOOL_BUSY,
	    "... and drops no lock");
	spool_release(&a);
	is_int(spool_take(s, ID, &b, &e), SPOOL_OK, "released: not busy");
	is_int(spool_remove(s, &b, &e), 0, "removed");
	is_int(spool_take(s, ID, &a, &e), SPOOL_GONE, "... gone");
	is_int(spool_read(b.fd, &a.env, &e), SPOOL_GONE,
	    "... also for those who have it open");
	is_int(spool_remove(s, &b, &e), -1, "... once");
	spool_release(&b);
	is_int(b.fd, -1, "release: no descriptor");
	spool_release(&b);
	is_int(spool_sync_directory(s, &e), 0, "sync of the directory");
}

/* How many bytes of the file are not as they were. */
static size_t
changed(void)
{
	char now[sizeof(good)];
	int fd = open(place(), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, now, sizeof(now));
	size_t i, count = 0;

	close(fd);
	if (n != (ssize_t)good_len)
		return sizeof(good);
	for (i = 0; i < good_len; i++)
		count += now[i] != good[i];
	return count;
}

/* The C library's counts here, and fails when it is told to. */
static int syncs, sync_fails;

int
fdatasync(int fd)
{
	syncs++;
	if (sync_fails) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

static void
test_marks(struct spool *s)
{
	struct envelope_retry retry = { .attempts = 3, .lost = 1,
		.next = 1763925180, .warned = 1, .park = 1,
		.reply = "450 4.2.0 later\r\nR-eve" };
	struct spool_message m;
	struct error e;

	put(good, good_len);
	sample_take(s, ID, &m);
	is_int((long long)envelope_todo(&m.env), 3, "three are to do");
	is_int(spool_mark(&m, 1, ENVELOPE_DELIVERED, &e), 0, "mark one");
	is_int((long long)changed(), 1, "... is one byte of the file");
	is_int((long long)envelope_todo(&m.env), 2, "... two are to do");
	is_int(spool_mark(&m, 2, ENVELOPE_FAILED, &e), 0, "mark another");
	is_int(spool_sync(&m, &e), 0, "sync");
	is_int(syncs, 1, "... is one of the file");
	sync_fails = 1;
	is_int(spool_sync(&m, &e), -1, "... and may fail");
	sync_fails = 0;
	is_int(spool_retry(&m, &retry, &e), 0, "the retry record");
	ok(changed() < 60, "... is written in place");
	spool_release(&m);
	sample_take(s, ID, &m);
	is_int((long long)envelope_todo(&m.env), 1, "read again: one to do");
	is_int(m.env.rcpts[0].mark, ENVELOPE_TODO, "... the first");
	is_int(m.env.rcpts[1].mark, ENVELOPE_DELIVERED, "... not the second");
	is_int(m.env.rcpts[2].mark, ENVELOPE_FAILED, "... nor the third");
	is_int(m.env.retry.attempts, 3, "... attempts");
	is_int(m.env.retry.lost, 1, "... lost replies");
	is_int(m.env.retry.next, 1763925180, "... the next one");
	ok(m.env.retry.warned && m.env.retry.park && !m.env.retry.held,
	    "... flags");
	is_str(m.env.retry.reply, "450 4.2.0 later  R-eve",
	    "... the last reply, as one line");
	spool_release(&m);
	unlink(place());
}

static void
test_reader(struct spool *s)
{
	struct spool_message m, other;
	char text[16] = "";
	struct error e;
	int fd;

	put(good, good_len);
	sample_take(s, ID, &m);
	fd = spool_reader(s, &m, &e);
	ok(fd >= 0, "a reader");
	ok(pread(fd, text, sizeof(text), (off_t)m.env.head) ==
	    (ssize_t)strlen(MESSAGE) && strcmp(text, MESSAGE) == 0,
	    "... reads the message");
	is_int(write(fd, "x", 1), -1, "... and cannot write");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "... closes on exec");
	close(fd);
	is_int(spool_take(s, ID, &other, &e), SPOOL_BUSY,
	    "... its end drops no lock");
	put(good, good_len);
	is_int(spool_reader(s, &m, &e), -1, "a file that was replaced");
	ok(strstr(e.text, "was replaced") != NULL, "... why");
	unlink(place());
	is_int(spool_reader(s, &m, &e), -1, "a file that is gone");
	spool_release(&m);
}

/* An envelope that is longer than what is read at first. */
static void
test_long_envelope(struct spool *s)
{
	struct envelope_rcpt list[1000];
	struct envelope env = { .sender = "", .rcpts = list, .nrcpts = 1000 };
	struct envelope_facts facts = { .longest = 1 };
	struct spool_message m;
	struct spool_draft *d;
	char id[SPOOL_ID + 1];
	struct error e;
	size_t i;

	memset(list, 0, sizeof(list));
	for (i = 0; i < 1000; i++) {
		list[i].address = "somebody@example.net";
		list[i].mark = ENVELOPE_TODO;
	}
	d = spool_begin(s, &env, &e);
	spool_write(d, MESSAGE, strlen(MESSAGE), &e);
	memcpy(id, spool_draft_id(d), sizeof(id));
	is_int(spool_commit(d, &facts, &e), 0, "1,000 recipients");
	sample_take(s, id, &m);
	is_int((long long)m.env.nrcpts, 1000, "... come back");
	is_int(spool_mark(&m, 999, ENVELOPE_DELIVERED, &e), 0,
	    "... and the last one is marked");
	spool_release(&m);
	sample_take(s, id, &m);
	is_int((long long)envelope_todo(&m.env), 999, "... as it should");
	spool_release(&m);
}

int
main(void)
{
	struct spool *s = sample_open();

	alarm(60);
	make_good(s);
	test_short(s);
	test_bytes(s);
	test_kinds(s);
	test_faults(s);
	test_locks(s);
	test_marks(s);
	test_reader(s);
	test_long_envelope(s);
	spool_close(s);
	return done();
}
