/*
 * The queue directory: what is in it and in what order, who holds it, and
 * what is put aside.
 */
#include <config.h>

#include "queue/spool.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "t/sample.h"
#include "t/scratch.h"
#include "t/tap.h"

#define ID "0123456789ABCDEF01234567"

static void
test_ids(void)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = {
		{ ID, 1 }, { "000000000000000000000000", 1 },
		{ "FFFFFFFFFFFFFFFFFFFFFFFF", 1 }, { "", 0 }, { ".", 0 },
		{ "..", 0 }, { "." ID, 0 }, { ID "0", 0 }, { ID ".", 0 },
		{ "0123456789ABCDEF0123456", 0 },
		{ "0123456789abcdef01234567", 0 },
		{ "0123456789ABCDEG01234567", 0 },
		{ "0123456789ABCDEF.0123456", 0 },
		{ "0123456789ABCDEF.01234567", 0 },
		{ "0123456789ABCDEF0123456/", 0 },
		{ "../../../../etc/password", 0 },
		{ "0123456789ABCDEF0123456\n", 0 },
		{ "                        ", 0 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(spool_is_id(cases[i].text), cases[i].want,
		    "an ID: '%s'", cases[i].text);
}

static void
refused(const char *path, const char *rule)
{
	struct error e = { 0, "" };
	struct spool *s = spool_open(path, &e);

	ok(s == NULL && *e.text != '\0', "open: %s", rule);
	spool_close(s);
}

static void
test_open(void)
{
	struct spool *s;

	refused(scratch_path("nowhere"), "no directory");
	scratch_text("file", "");
	refused(scratch_path("file"), "a file for a directory");
	refused(scratch(), "no queue in it");
	scratch_directory("elsewhere");
	if (symlink(scratch_path("elsewhere"), scratch_path("queue")) != 0)
		scratch_fail("symlink");
	refused(scratch(), "a link in place of the queue");
	unlink(scratch_path("queue"));
	scratch_text("queue", "");
	refused(scratch(), "a file in place of the queue");
	unlink(scratch_path("queue"));
	s = sample_open();
	ok(s != NULL, "open: a queue");
	is_int(fcntl(spool_directory(s), F_GETFD), FD_CLOEXEC,
	    "... closes on exec");
	spool_close(s);
	spool_close(NULL);
}

static int
add_name(void *arg, const char *id)
{
	buffer_addf(arg, "%s ", id);
	return 0;
}

static void
add_stray(void *arg, const char *name)
{
	buffer_addf(arg, "(%s) ", name);
}

static int
stop_at_second(void *arg, const char *id)
{
	add_name(arg, id);
	return ((struct buffer *)arg)->len > SPOOL_ID + 1 ? 42 : 0;
}

static void
test_scan(struct spool *s)
{
	struct buffer out = BUFFER_INIT;
	struct error e;

	is_int(spool_scan(s, add_name, add_stray, &out, &e), 0,
	    "scan: an empty queue");
	is_str(buffer_string(&out), "", "... has nothing");
	scratch_text("queue/FFFFFFFFFFFFFFFF00000000", "");
	scratch_text("queue/0000000000000001FFFFFFFF", "");
	scratch_text("queue/000000000000000100000000", "");
	scratch_text("queue/0123456789ABCDEF00000000", "");
	is_int(spool_scan(s, add_name, add_stray, &out, &e), 0, "scan");
	is_str(buffer_string(&out), "000000000000000100000000 "
	    "0000000000000001FFFFFFFF 0123456789ABCDEF00000000 "
	    "FFFFFFFFFFFFFFFF00000000 ", "... by arrival, nothing twice");
	buffer_reset(&out);
	is_int(spool_scan(s, stop_at_second, NULL, &out, &e), 42,
	    "scan: a result ends it");
	is_int((long long)out.len, 2 * (SPOOL_ID + 1), "... at once");
	scratch_text("queue/.hidden", "");
	buffer_reset(&out);
	spool_scan(s, add_name, add_stray, &out, &e);
	ok(strncmp(buffer_string(&out), "(.hidden) ", 10) == 0,
	    "scan: a stray");
	is_int((long long)out.len, 10 + 4 * (SPOOL_ID + 1),
	    "... beside the others");
	buffer_reset(&out);
	spool_scan(s, add_name, NULL, &out, &e);
	is_int((long long)out.len, 4 * (SPOOL_ID + 1),
	    "scan: nobody asks for strays");
	buffer_reset(&out);
	is_int(spool_names(s, add_name, &out, &e), 0, "names");
	is_int((long long)out.len, 4 * (SPOOL_ID + 1),
	    "... each once, and no strays");
	buffer_reset(&out);
	is_int(spool_names(s, stop_at_second, &out, &e), 42,
	    "names: a result ends it");
	is_int((long long)out.len, 2 * (SPOOL_ID + 1), "... at once");
	buffer_free(&out);
}

/* More than one block of the directory. */
static int
in_order(void *arg, const char *id)
{
	char *last = arg;
	int wrong = strcmp(last, id) >= 0;

	memcpy(last, id, SPOOL_ID + 1);
	return wrong;
}

static void
test_scan_many(void)
{
	struct spool *s = sample_open();
	char name[64], last[SPOOL_ID + 1] = "";
	struct error e;
	unsigned i;

	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "queue/%016X%08X",
		    i * 2654435761u, i);
		scratch_text(name, "");
	}
	is_int(spool_scan(s, in_order, NULL, last, &e), 0,
	    "scan: 3,000 in order");
	spool_close(s);
}

static void
test_lock(void)
{
	struct error e;
	struct spool *a = sample_open(), *b = spool_open(scratch(), &e);
	struct stat st;

	is_int(spool_lock(a, &e), 0, "lock");
	stat(scratch_path("lock"), &st);
	is_int(st.st_mode, S_IFREG | 0600, "... mode 0600");
	is_int(spool_lock(b, &e), -1, "another cannot have it");
	is_int(e.number, EWOULDBLOCK, "... and sees why");
	is_int(spool_lock(b, &e), -1, "... nor when it asks again");
	is_int(spool_lock(a, &e), 0, "... the holder may ask again");
	spool_unlock(a);
	is_int(spool_lock(b, &e), 0, "given back, it is free");
	is_int(spool_lock(a, &e), -1, "... for one");
	spool_close(b);
	is_int(spool_lock(a, &e), 0, "closed, it is free");
	spool_close(a);
	a = sample_open();
	if (symlink(scratch_path("elsewhere"), scratch_path("lock")) != 0)
		scratch_fail("symlink");
	is_int(spool_lock(a, &e), -1, "a link in place of the lock");
	spool_close(a);
}

static void
test_park(void)
{
	struct spool *s = sample_open();
	struct error e;
	struct stat st;
	char id[SPOOL_ID + 1];

	memcpy(id, sample_put_one(s), sizeof(id));
	is_int(spool_park(s, id, &e), 0, "park");
	is_int(stat(sample_path("queue", id), &st), -1, "... not in queue/");
	is_int(stat(sample_path("failed", id), &st), 0, "... but in failed/");
	is_int(spool_park(s, ID, &e), -1, "park: not there");
	is_int(e.number, ENOENT, "... why");
	scratch_text("queue/x", "second");
	scratch_text("failed/x", "first");
	is_int(spool_park(s, "x", &e), -1, "park: the name is taken");
	is_int(e.number, EEXIST, "... why");
	stat(scratch_path("failed/x"), &st);
	is_int(st.st_size, 5, "... and what was there stays");
	stat(scratch_path("queue/x"), &st);
	is_int(st.st_size, 6, "... so does what was to come");
	scratch_text("queue/a b\n\033[2J", "");
	is_int(spool_park(s, "a b\n\033[2J", &e), 0, "park: an odd name");
	scratch_directory("queue/dir");
	scratch_text("queue/dir/x", "");
	is_int(spool_park(s, "dir", &e), 0, "park: a directory, not empty");
	unlink(scratch_path("failed/dir/x"));
	rmdir(scratch_path("failed/dir"));
	unlink(scratch_path("failed/x"));
	unlink(scratch_path("failed/a b\n\033[2J"));
	unlink(sample_path("failed", id));
	rmdir(scratch_path("failed"));
	is_int(spool_park(s, "x", &e), -1, "park: failed/ is gone");
	stat(scratch_path("queue/x"), &st);
	is_int(st.st_size, 6, "... nothing is lost");
	spool_close(s);
}

/* A dot file of this age in seconds; -1: there is none any more. */
static int
discard(struct spool *s, const char *name, time_t age, int locked)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - age }, { 0 } };
	const char *path = sample_path("queue", name);
	struct error e;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc;

	times[1] = times[0];
	futimens(fd, times);
	if (locked)
		flock(fd, LOCK_EX);
	rc = spool_discard_short(s, name, &e);
	close(fd);
	fd = access(path, F_OK);
	unlink(path);
	return rc == 0 && fd != 0 ? 1 : rc != 0 && fd == 0 ? 0 : -1;
}

static void
test_drafts(void)
{
	struct spool *s = sample_open();
	struct error e;

	is_int(discard(s, "." ID, 0, 0), 0,
	    "a draft: new, its lock may come yet");
	is_int(discard(s, "." ID, 0, 1), 0, "... new and locked");
	is_int(discard(s, "." ID, 7200, 1), 0, "... old and locked");
	is_int(discard(s, "." ID, 7200, 0), 1, "... old and dead: removed");
	is_int(discard(s, ID, 0, 0), 1, "cut short: removed at once");
	is_int(discard(s, ID, 7200, 1), 0, "... not while it is locked");
	is_int(discard(s, ".nfs0123456789", 7200, 0), 0,
	    "a dot file of someone else: kept");
	is_int(discard(s, "." ID "~", 7200, 0), 0, "... with a longer name");
	is_int(spool_discard_short(s, ID, &e), -1, "no such file");
	scratch_text("target", "");
	if (symlink(scratch_path("target"), scratch_path("queue/." ID)) != 0)
		scratch_fail("symlink");
	is_int(spool_discard_short(s, "." ID, &e), -1, "a link");
	is_int(access(scratch_path("target"), F_OK), 0, "... its end stays");
	spool_close(s);
}

/* The modes of queue/ and of wake, and whether they are well. */
static void
check_modes(const struct spool *s)
{
	static const struct {
		mode_t queue, wake;
		const char *said;
	} cases[] = {
		{ 0700, 0600, NULL }, { 01770, 0620, NULL },
		{ 01770, 0600, "within the hour" },
		{ 01777, 0622, "all users" }, { 0777, 0620, "all users" },
	};
	struct error e;
	size_t i;
	int rc;

	unlink(scratch_path("wake"));
	is_int(mkfifo(scratch_path("wake"), 0600), 0, "modes: wake");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		chmod(scratch_path("queue"), cases[i].queue);
		chmod(scratch_path("wake"), cases[i].wake);
		rc = spool_check_modes(s, &e);
		ok(cases[i].said == NULL ? rc == 0 :
		    rc == -1 && strstr(e.text, cases[i].said) != NULL,
		    "modes: queue/ %o, wake %o", cases[i].queue,
		    cases[i].wake);
	}
	chmod(scratch_path("queue"), 0700);
}

/* What flush needs before it starts. */
static void
test_check(void)
{
	struct spool *s = sample_open();
	struct error e;
	struct stat st;

	is_int(spool_check(s, &e), 0, "check: one's own queue");
	rmdir(scratch_path("failed"));
	is_int(spool_check(s, &e), 0, "check: failed/ is made");
	stat(scratch_path("failed"), &st);
	is_int(st.st_mode, S_IFDIR | 0700, "... mode 0700");
	check_modes(s);
	spool_close(s);
	if (geteuid() != 0) {
		diag("not root: a queue of another is not tested");
		return;
	}
	if (chown(scratch_path("queue"), 12345, 0) != 0)
		scratch_fail("chown");
	s = spool_open(scratch(), &e);
	is_int(spool_check(s, &e), -1, "check: the queue of another");
	ok(strstr(e.text, "12345") != NULL, "... says whose it is");
	spool_close(s);
}

static void
test_space(struct spool *s)
{
	struct error e;

	is_int(spool_check_room(s, 1, &e), 0, "there is room");
	is_int(spool_check_room(s, UINT64_MAX, &e), -1, "not that much");
	ok(strstr(e.text, "min_free") != NULL, "... and why");
}

int
main(void)
{
	struct spool *s;

	test_ids();
	test_open();
	s = sample_open();
	test_scan(s);
	test_space(s);
	spool_close(s);
	test_scan_many();
	test_lock();
	test_park();
	test_drafts();
	test_check();
	return done();
}
