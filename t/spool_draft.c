/*
 * Writing a message: nothing of it can be seen before it is whole, all of it
 * is there afterwards, and no one else may touch it.
 */
#include <config.h>

#include "queue/spool.h"

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"
#include "t/chance.h"
#include "t/sample.h"
#include "t/scratch.h"
#include "t/tap.h"

#define BIG (256 * 1024)
#define OWNER 12345		/* of a queue that is not the submitter's */
#define GROUP 54321

static char big[BIG];

/* Stands in for that of libc: without /proc a draft needs a name. */
static int no_proc;

int
access(const char *path, int mode)
{
	if (no_proc && strncmp(path, "/proc/", 6) == 0) {
		errno = ENOENT;
		return -1;
	}
	return faccessat(AT_FDCWD, path, mode, 0);
}

/* So does this: it counts, and fails or looks when it is told to. */
static struct {
	int calls, fail_at;
	int directory;		/* of the calls: they were for one */
	struct spool *watch;	/* the message is in there, */
	const char *id;
	int busy;		/* but locked: so often */
} syncs;

int
fsync(int fd)
{
	struct spool_message m;
	struct error e;
	struct stat st;

	syncs.calls++;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		syncs.directory = syncs.calls;
	if (syncs.watch != NULL && spool_take(syncs.watch, syncs.id, &m,
	    &e) == SPOOL_BUSY)
		syncs.busy++;
	if (syncs.calls == syncs.fail_at) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/* And these: the wall clock, which the test moves. */
static int64_t later;		/* seconds */

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, t);

	if (clock == CLOCK_REALTIME)
		t->tv_sec += (time_t)later;
	return rc;
}

time_t
time(time_t *result)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (result != NULL)
		*result = t.tv_sec;
	return t.tv_sec;
}

/* And this: a file system that is full when so much is written. */
static uint64_t disk;

int
fstatvfs(int fd, struct statvfs *st)
{
	(void)fd;
	memset(st, 0, sizeof(*st));
	st->f_frsize = 1024;
	st->f_bavail = disk / 1024;
	return 0;
}

static struct spool_draft *
begin(struct spool *s)
{
	struct envelope_rcpt rcpt = { .address = "bob@example.net",
		.mark = ENVELOPE_TODO };
	struct envelope env = { .arrival = 1763925180, .uid = 1000,
		.sender = "alice@example.org", .rcpts = &rcpt, .nrcpts = 1 };
	struct error e;
	struct spool_draft *d = spool_begin(s, &env, &e);

	if (d == NULL)
		scratch_fail(e.text);
	return d;
}

/* The message with this ID is just these bytes. */
static int
holds(struct spool *s, const char *id, const char *data, size_t len)
{
	static char back[BIG + 1];
	struct spool_message m;
	ssize_t n;

	sample_take(s, id, &m);
	n = pread(m.fd, back, sizeof(back), (off_t)m.env.head);
	spool_release(&m);
	return n == (ssize_t)len && memcmp(back, data, len) == 0;
}

static void
test_lengths(struct spool *s)
{
	static const size_t lengths[] = { 0, 1, 100, 4096, 65535, 65536,
		65537, 65536 - 280, 131072, 200000, BIG };
	static const size_t pieces[] = { 1, 997, 65535, 65536, 65537, BIG };
	struct envelope_facts facts = { .longest = 4711, .body_8bit = 1 };
	char id[SPOOL_ID + 1];
	struct spool_draft *d;
	size_t i, j, at, n;
	struct error e;
	int good;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		good = 1;
		for (j = i > 3 ? 1 : 0; j < sizeof(pieces) /
		    sizeof(pieces[0]); j++) {
			d = begin(s);
			for (at = 0; at < lengths[i]; at += n) {
				n = lengths[i] - at < pieces[j] ?
				    lengths[i] - at : pieces[j];
				good &= spool_write(d, big + at, n, &e) == 0;
			}
			memcpy(id, spool_draft_id(d), sizeof(id));
			good &= spool_commit(d, &facts, &e) == 0 &&
			    holds(s, id, big, lengths[i]);
		}
		ok(good, "%zu bytes, in pieces of many lengths", lengths[i]);
	}
	is_int(scratch_count("queue"), 59, "... each is one file");
}

static void
test_facts(struct spool *s)
{
	struct envelope_facts facts = { .longest = 998, .header_8bit = 1,
		.dots = 1 };
	struct spool_draft *d = begin(s);
	struct spool_message m;
	char id[SPOOL_ID + 1];
	struct error e;
	struct stat st;

	memcpy(id, spool_draft_id(d), sizeof(id));
	ok(spool_is_id(id), "a draft has an ID");
	spool_write(d, "x\r\n", 3, &e);
	is_int(spool_commit(d, &facts, &e), 0, "commit");
	sample_take(s, id, &m);
	is_str(m.id, id, "... under this ID");
	ok(memcmp(&m.env.facts, &facts, sizeof(facts)) == 0,
	    "... with its facts");
	is_int((long long)m.env.message, 3, "... with its length");
	is_str(m.env.sender, "alice@example.org", "... and its envelope");
	fstat(m.fd, &st);
	is_int(st.st_mode, S_IFREG | 0600, "one's own queue: mode 0600");
	is_int((long long)st.st_nlink, 1, "... one link");
	spool_release(&m);
}

static void
test_abort(void)
{
	struct spool *s = sample_open();
	struct spool_draft *d = begin(s);
	struct error e;

	is_int(scratch_count("queue"), 0, "a draft has no name");
	spool_write(d, big, BIG, &e);
	is_int(scratch_count("queue"), 0, "... while it grows");
	spool_abort(d);
	is_int(scratch_count("queue"), 0, "abort leaves nothing");
	spool_abort(NULL);
	spool_close(s);
}

/* A file system that takes no more: an error, and nothing in the queue. */
static void
test_full(int named)
{
	struct spool *s = sample_open();
	struct rlimit old, limit;
	struct envelope_facts facts = { .longest = 1 };
	const char *how = named ? "with a name" : "without a name";
	struct spool_draft *d;
	struct error e;

	no_proc = named;
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 100000;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	d = begin(s);
	is_int(spool_write(d, big, BIG, &e), -1, "full, %s: write fails",
	    how);
	is_int(e.number, EFBIG, "... and says why");
	spool_abort(d);
	is_int(scratch_count("queue"), 0, "... nothing is left");
	d = begin(s);
	is_int(spool_write(d, big, 60000, &e), 0, "full, %s: enough", how);
	is_int(spool_write(d, big, 60000, &e), 0, "... still in memory");
	is_int(spool_commit(d, &facts, &e), -1, "... commit fails");
	is_int(scratch_count("queue"), 0, "... nothing is left");
	setrlimit(RLIMIT_FSIZE, &old);
	no_proc = 0;
	spool_close(s);
}

/* Others write as well, and so does the message itself. */
static void
test_room(void)
{
	struct spool *s = sample_open();
	struct spool_draft *d = begin(s);
	size_t n = 0, most = 4 * 1024 * 1024;
	struct error e = { .number = EIO };

	spool_keep_free(d, 1000);
	disk = 1024;
	while (n < most && spool_write(d, big, BIG, &e) == 0)
		n += BIG;
	is_int((long long)n, (long long)most, "room: all of it is taken");
	disk = 0;
	for (n = 0; n < most && spool_write(d, big, BIG, &e) == 0;)
		n += BIG;
	ok(n <= most / 4, "... of less than min_free one MiB at most");
	ok(e.number == 0 && strstr(e.text, "min_free") != NULL,
	    "... and that is why");
	is_int(spool_status(&e), EX_CANTCREAT, "... status 73");
	spool_abort(d);
	is_int(scratch_count("queue"), 0, "... nothing is left");
	d = begin(s);
	for (n = 0; n < most && spool_write(d, big, BIG, &e) == 0;)
		n += BIG;
	is_int((long long)n, (long long)most, "... a report goes on");
	spool_abort(d);
	e.number = ENOSPC;
	is_int(spool_status(&e), EX_IOERR, "a disk that is full: status 74");
	spool_close(s);
}

/* Named first, then the file is synced, then the directory; all the time it
 * is locked. */
static void
test_durable(int named)
{
	struct spool *s = sample_open();
	struct envelope_facts facts = { .longest = 1 };
	const char *how = named ? "with a name" : "without a name";
	char id[SPOOL_ID + 1];
	struct spool_draft *d;
	struct error e;
	int i;

	no_proc = named;
	d = begin(s);
	memcpy(id, spool_draft_id(d), sizeof(id));
	memset(&syncs, 0, sizeof(syncs));
	syncs.watch = s;
	syncs.id = id;
	is_int(spool_commit(d, &facts, &e), 0, "durable, %s", how);
	is_int(syncs.calls, 2, "... by two syncs");
	is_int(syncs.directory, 2, "... the second of the directory");
	is_int(syncs.busy, 2, "... with its name, but locked");
	syncs.watch = NULL;
	ok(holds(s, id, "", 0), "... and free afterwards");
	unlink(sample_path("queue", id));
	for (i = 1; i <= 2; i++) {
		d = begin(s);
		syncs.calls = 0;
		syncs.fail_at = i;
		is_int(spool_commit(d, &facts, &e), -1,
		    "sync %d fails, %s", i, how);
		is_int(e.number, EIO, "... says why");
		is_int(scratch_count("queue"), 0, "... nothing is left");
	}
	syncs.fail_at = 0;
	no_proc = 0;
	spool_close(s);
}

/* Without O_TMPFILE or /proc. */
static void
test_fallback(void)
{
	struct spool *s = sample_open();
	struct envelope_facts facts = { .longest = 1 };
	char id[SPOOL_ID + 1], dot[SPOOL_ID + 2];
	struct spool_draft *d;
	struct error e;
	struct stat st;
	int fd;

	no_proc = 1;
	d = begin(s);
	memcpy(id, spool_draft_id(d), sizeof(id));
	snprintf(dot, sizeof(dot), ".%s", id);
	is_int(stat(sample_path("queue", dot), &st), 0,
	    "fallback: the draft is .ID");
	is_int(st.st_mode, S_IFREG | 0600, "... mode 0600");
	fd = open(sample_path("queue", dot), O_RDONLY | O_CLOEXEC);
	is_int(flock(fd, LOCK_EX | LOCK_NB), -1, "... locked");
	is_int(spool_discard_short(s, dot, &e), -1, "... and no dead one");
	spool_write(d, big, BIG, &e);
	is_int(spool_commit(d, &facts, &e), 0, "... commit");
	is_int(scratch_count("queue"), 1, "... renames it");
	is_int(flock(fd, LOCK_EX | LOCK_NB), 0, "... and drops the lock");
	close(fd);
	ok(holds(s, id, big, BIG), "... all of it is there");
	d = begin(s);
	is_int(scratch_count("queue"), 2, "fallback: another");
	spool_abort(d);
	is_int(scratch_count("queue"), 1, "... abort takes its name away");
	no_proc = 0;
	spool_close(s);
}

static void
test_umask(void)
{
	static const mode_t masks[] = { 0, 077, 0177, 0777 };
	struct spool *s;
	struct spool_message m;
	mode_t old = umask(0);
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		umask(022);
		s = sample_open();
		umask(masks[i]);
		sample_take(s, sample_put_one(s), &m);
		fstat(m.fd, &st);
		is_int(st.st_mode, S_IFREG | 0600, "umask %03o: mode 0600",
		    (unsigned)masks[i]);
		spool_release(&m);
		spool_close(s);
	}
	umask(old);
}

static void
become(uid_t uid, gid_t gid)
{
	if (seteuid(0) != 0 || setegid(gid) != 0 || seteuid(uid) != 0)
		scratch_fail("cannot change the user");
}

/*
 * The queue of another: what a set-group-ID sendmail writes, its group can
 * neither read nor remove, and flush can do both.
 */
static void
test_shared(void)
{
	struct spool *s;
	struct stat st;
	const char *path;

	if (geteuid() != 0) {
		diag("not root: a queue of another is not tested");
		return;
	}
	s = sample_open();
	chmod(scratch(), 0755);
	if (chown(scratch_path("queue"), OWNER, GROUP) != 0 ||
	    chmod(scratch_path("queue"), 01770) != 0)
		scratch_fail("cannot change the owner");
	spool_close(s);
	become(1111, GROUP);
	s = spool_open(scratch(), &(struct error){ .number = 0 });
	path = sample_path("queue", sample_put_one(s));
	stat(path, &st);
	is_int(st.st_mode, S_IFREG | 0606, "a queue of another: mode 0606");
	is_int(st.st_uid, 1111, "... owned by its submitter");
	is_int(st.st_gid, GROUP, "... with the group of the queue");
	become(2222, GROUP);
	is_int(open(path, O_RDONLY | O_CLOEXEC), -1,
	    "another submitter cannot read it");
	is_int(open(path, O_WRONLY | O_CLOEXEC), -1, "... nor change it");
	is_int(unlink(path), -1, "... nor remove it");
	is_int(link(path, sample_path("queue", "x")), -1, "... nor link it");
	become(OWNER, OWNER);
	close(open(path, O_RDWR | O_CLOEXEC));
	is_int(unlink(path), 0, "the owner of the queue removes it");
	become(0, 0);
	path = sample_path("queue", sample_put_one(s));
	stat(path, &st);
	is_int(st.st_mode, S_IFREG | 0606, "root's own: mode 0606");
	is_int(st.st_gid, GROUP, "... with the group of the queue");
	become(OWNER, OWNER);
	path = sample_path("queue", sample_put_one(s));
	stat(path, &st);
	is_int(st.st_mode, S_IFREG | 0600, "that of flush: mode 0600");
	become(0, 0);
	spool_close(s);
}

/* A message whose input takes so many seconds, with its ID in it, of which the
 * draft knows if told; the length of the rest.  1: it has the time of the
 * end. */
static int
arrives_late(struct spool *s, int64_t seconds, int told, size_t len)
{
	struct envelope_facts facts = { .longest = 1 };
	char id[SPOOL_ID + 1], text[SPOOL_ID + 1] = "";
	struct spool_draft *d = begin(s);
	struct spool_message m;
	struct error e;
	time_t end;
	int late;

	memcpy(id, spool_draft_id(d), sizeof(id));
	spool_write(d, "id ", 3, &e);
	spool_write(d, id, SPOOL_ID, &e);
	if (told)
		spool_id_at(d, 3);
	spool_write(d, big, len, &e);
	later += seconds;
	end = time(NULL);
	if (spool_store(d, &facts, &e) != 0)
		scratch_fail(e.text);
	late = strcmp(spool_draft_id(d), id) != 0;
	memcpy(id, spool_draft_id(d), sizeof(id));
	spool_show(d);
	sample_take(s, id, &m);
	if ((late ? m.env.arrival < end || m.env.arrival > time(NULL) :
	    m.env.arrival != 1763925180) ||
	    m.env.message != 3 + SPOOL_ID + len ||
	    pread(m.fd, text, SPOOL_ID, (off_t)m.env.head + 3) != SPOOL_ID ||
	    strcmp(text, id) != 0)
		late = -1;
	spool_remove(s, &m, &e);
	spool_release(&m);
	if (scratch_count("queue") != 0)
		late = -1;
	later = 0;
	return late;
}

static void
test_late(int named)
{
	static const size_t lengths[] = { 0, 65536 - 280, BIG };
	struct spool *s = sample_open();
	const char *how = named ? "with a name" : "without a name";
	size_t i;

	no_proc = named;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		is_int(arrives_late(s, 59, 1, lengths[i]), 0,
		    "%zu bytes in a minute, %s: they came at its beginning",
		    lengths[i], how);
		is_int(arrives_late(s, 7200, 1, lengths[i]), 1,
		    "... in two hours: at the end, by another ID");
		is_int(arrives_late(s, -7200, 1, lengths[i]), 1,
		    "... and when the clock was set back");
		is_int(arrives_late(s, 7200, 0, lengths[i]), 0,
		    "... but not what says its arrival itself");
	}
	no_proc = 0;
	spool_close(s);
}

static void
test_ids(void)
{
	struct spool *s = sample_open();
	char last[SPOOL_ID + 1] = "", id[SPOOL_ID + 1];
	struct spool_draft *d;
	int ordered = 1, valid = 1, i;

	for (i = 0; i < 1000; i++) {
		d = begin(s);
		memcpy(id, spool_draft_id(d), sizeof(id));
		spool_abort(d);
		valid &= spool_is_id(id);
		/* The first 16 digits are the time. */
		ordered &= memcmp(id, last, 16) >= 0;
		memcpy(last, id, sizeof(last));
	}
	ok(valid, "IDs have their form");
	ok(ordered, "... and the order of time");
	spool_close(s);
}

static void
test_refused(struct spool *s)
{
	struct envelope_rcpt rcpt = { .address = "a\nR-b",
		.mark = ENVELOPE_TODO };
	struct envelope env = { .sender = "", .rcpts = &rcpt, .nrcpts = 1 };
	struct error e;

	ok(spool_begin(s, &env, &e) == NULL,
	    "an address with a line end begins nothing");
	ok(strstr(e.text, "must not") != NULL, "... and says why");
}

int
main(void)
{
	struct spool *s = sample_open();

	umask(022);
	chance_fill(big, sizeof(big));
	test_lengths(s);
	test_facts(s);
	test_refused(s);
	spool_close(s);
	test_abort();
	test_full(0);
	test_full(1);
	test_room();
	test_durable(0);
	test_durable(1);
	test_late(0);
	test_late(1);
	test_fallback();
	test_umask();
	test_shared();
	test_ids();
	return done();
}
