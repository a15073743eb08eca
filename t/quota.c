/*
 * Limits for each user: counted are inodes and what flush remembers; nobody
 * counts for another, and nothing in the queue changes that.
 */
#include <config.h>

#include "queue/quota.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/spool.h"
#include "t/sample.h"
#include "t/scratch.h"
#include "t/tap.h"

#define HOUR 3600

static uid_t user;		/* not root */

/* A message of the user that arrived so many seconds ago. */
static const char *
put(struct spool *s, int64_t age)
{
	static char id[SPOOL_ID + 1];
	static unsigned n;
	const char *given = sample_put_one(s);
	char path[4096];

	snprintf(path, sizeof(path), "%s", sample_path("queue", given));
	snprintf(id, sizeof(id), "%016llX%08X",
	    (unsigned long long)(time(NULL) - age) * 1000000, n++);
	if (rename(path, sample_path("queue", id)) != 0 ||
	    chown(sample_path("queue", id), user, (gid_t)-1) != 0)
		scratch_fail("rename");
	return id;
}

static const char *
check(struct spool *s, const struct quota *q, uid_t uid, int64_t more)
{
	static struct error e;

	memset(&e, 0, sizeof(e));
	if (quota_check(s, q, uid, more, &e) == 0)
		return "within";
	if (e.number != 0)
		scratch_fail(e.text);
	return strstr(e.text, "user_rate") != NULL ? "rate" :
	    strstr(e.text, "user_queue_size") != NULL ? "size" : "queue";
}

static void
test_queue(void)
{
	const struct quota two = { .messages = 2, .period = 1 };
	struct quota bytes = { .period = 1 };
	struct spool *s = sample_open();
	struct stat st;

	is_str(check(s, &two, user, 1), "within", "the first message");
	put(s, 2 * HOUR);
	is_str(check(s, &two, user, 1), "within", "the second");
	stat(sample_path("queue", put(s, 0)), &st);
	is_str(check(s, &two, user, 0), "within", "two are two");
	is_str(check(s, &two, user, 1), "queue", "not the third");
	is_str(check(s, &two, user + 1, 1), "within", "another user has none");
	is_str(check(s, &two, 0, 100), "within", "root has no limit");
	bytes.bytes = 2 * st.st_size;
	is_str(check(s, &bytes, user, 0), "within", "bytes: as many as allowed");
	is_str(check(s, &bytes, user, 1), "size", "bytes: not one more");
	spool_close(s);
}

static void
test_rate(void)
{
	struct quota q = { .count = 3, .period = HOUR };
	struct spool_message m;
	struct spool *s = sample_open();
	struct error e;
	char id[SPOOL_ID + 1];
	int usage = quota_open(s, &e);

	ok(usage >= 0, "rate: the record is made");
	put(s, 2 * HOUR);
	put(s, 0);
	snprintf(id, sizeof(id), "%s", put(s, 0));
	is_str(check(s, &q, user, 0), "within",
	    "rate: what is older does not count");
	put(s, 0);
	is_str(check(s, &q, user, 0), "within", "rate: three are three");
	sample_take(s, id, &m);
	/* The inode tells, whatever the envelope says. */
	m.env.uid = user + 1;
	if (geteuid() != 0)
		m.env.uid = user;
	quota_leaves(usage, &q, &m);
	spool_remove(s, &m, &e);
	spool_release(&m);
	is_str(check(s, &q, user, 0), "within",
	    "rate: what has gone counts as before");
	quota_add(usage, &q, user, time(NULL), 1);
	is_str(check(s, &q, user, 0), "rate", "rate: not the fourth");
	is_str(check(s, &q, user + 1, 1), "within", "rate: of another");
	quota_add(usage, &q, user, time(NULL), -1);
	is_str(check(s, &q, user, 0), "within", "rate: taken back");
	quota_add(usage, &q, user + 2, time(NULL), -1);
	quota_add(usage, &q, user + 2, time(NULL) - HOUR, -1);
	is_str(check(s, &q, user + 2, 1), "within",
	    "rate: what was never counted cannot be taken back");
	quota_add(usage, &q, user, time(NULL) - 3 * HOUR, 5);
	is_str(check(s, &q, user, 0), "within",
	    "rate: what arrived long ago and goes now");
	q.count = 2;
	is_str(check(s, &q, user, 0), "rate", "rate: a lower limit");
	q.period = 7;
	is_str(check(s, &q, user, 0), "within",
	    "rate: with another period the count begins anew");
	close(usage);
	spool_close(s);
}

/* Each limit by itself, where all users together are within the other. */
static void
test_both(void)
{
	/* So long that none ends under our hands. */
	struct quota q = { .messages = 3, .count = 3, .period = 9999 * HOUR };
	struct spool *s = sample_open();
	struct error e;
	int usage = quota_open(s, &e);

	put(s, 2 * q.period);
	put(s, 0);
	put(s, 0);
	is_str(check(s, &q, user, 0), "within", "both: within both");
	is_str(check(s, &q, user, 1), "queue", "both: too many in the queue");
	is_str(check(s, &q, user + 1, 1), "within",
	    "both: as many of another user");
	q.messages = 100;
	quota_add(usage, &q, user, time(NULL), 2);
	is_str(check(s, &q, user, 0), "rate", "both: too many in the time");
	is_str(check(s, &q, user + 1, 0), "within",
	    "both: another has sent as many");
	quota_add(usage, &q, user + 1, time(NULL), 3);
	is_str(check(s, &q, user + 1, 0), "within",
	    "both: more only together with another");
	quota_add(usage, &q, user + 1, time(NULL), 1);
	is_str(check(s, &q, user + 1, 0), "rate", "both: more alone");
	close(usage);
	spool_close(s);
}

/* A million messages of the user, in this period. */
static void
put_usage(int fd, int64_t number)
{
	const struct {
		int64_t number;
		uint32_t now, before;
	} u = { number, 1000000, 0 };

	if (pwrite(fd, &u, sizeof(u), (off_t)user * (off_t)sizeof(u)) !=
	    sizeof(u))
		scratch_fail("pwrite");
}

/* The period before fades; the clock goes where it wants. */
static void
test_periods(void)
{
	const struct quota q = { .count = 100, .period = 24 * HOUR };
	struct spool *s = sample_open();
	int64_t number = time(NULL) / q.period, left;
	struct error e;
	int usage = quota_open(s, &e);

	left = q.period - time(NULL) % q.period;
	put_usage(usage, number - 1);
	is_str(check(s, &q, user, 0), left > 10 ? "rate" : "within",
	    "the period before counts by what is left of it");
	put_usage(usage, number - 2);
	is_str(check(s, &q, user, 0), "within", "one before that does not");
	put_usage(usage, number + 5);
	is_str(check(s, &q, user, 0), "within",
	    "a clock that was set back locks nobody out");
	quota_add(usage, &q, user, time(NULL), 101);
	is_str(check(s, &q, user, 0), "rate", "... for long");
	close(usage);
	spool_close(s);
}

/* What someone with the group could have put there. */
static void
test_record(void)
{
	const struct quota q = { .count = 1, .period = HOUR };
	struct spool *s = sample_open();
	const char *path = sample_path("queue", ".usage");
	struct error e;
	struct stat st;
	int usage;

	is_str(check(s, &q, user, 0), "within", "no record: nothing has gone");
	scratch_text("elsewhere", "x");
	if (symlink(scratch_path("elsewhere"), path) != 0)
		scratch_fail("symlink");
	usage = quota_open(s, &e);
	ok(usage >= 0 && lstat(path, &st) == 0 && S_ISREG(st.st_mode),
	    "a link in its place is replaced");
	is_int(st.st_mode & 07777, 0644, "... and the group can read it");
	stat(scratch_path("elsewhere"), &st);
	is_int(st.st_size, 1, "... what it pointed to is as it was");
	quota_add(usage, &q, (uid_t)-2, time(NULL), 2);
	is_str(check(s, &q, (uid_t)-2, 0), "rate", "the highest user ID");
	fstat(usage, &st);
	ok(st.st_blocks < 1000, "... fills no disk");
	close(usage);
	usage = quota_open(s, &e);
	is_str(check(s, &q, (uid_t)-2, 0), "rate", "a good one is kept");
	close(usage);
	unlink(path);
	if (mkfifo(path, 0644) != 0)
		scratch_fail("mkfifo");
	is_str(check(s, &q, user, 0), "within", "a fifo is not waited for");
	quota_add(-1, &q, user, time(NULL), 1);
	spool_close(s);
}

/* Two that are written at once cannot both be the last. */
static void
test_race(void)
{
	static const char text[] = "x\r\n";
	const char *address = "bob@example.net";
	struct envelope_rcpt rcpt = { .address = address,
		.mark = ENVELOPE_TODO };
	const struct envelope env = { .uid = user, .sender = "",
		.rcpts = &rcpt, .nrcpts = 1 };
	const struct envelope_facts facts = { 0, 0, 0, 0 };
	const struct quota one = { .messages = 1, .period = 1 };
	struct spool *s = sample_open();
	struct spool_draft *d[2];
	struct error e = { 0, "" };
	int i;

	if (geteuid() == 0) {
		diag("root has no limits: a race is not tested");
		spool_close(s);
		return;
	}
	for (i = 0; i < 2; i++) {
		d[i] = spool_begin(s, &env, &e);
		spool_limit(d[i], &one, user);
		spool_write(d[i], text, strlen(text), &e);
	}
	is_int(spool_commit(d[0], &facts, &e), 0, "race: the first is taken");
	e.number = 1;
	is_int(spool_commit(d[1], &facts, &e), -1, "race: the second is not");
	ok(e.number == 0 && strstr(e.text, "user_queue") != NULL,
	    "... for the limit");
	is_int(scratch_count("queue"), 1, "... and nothing of it is there");
	spool_close(s);
}

/* Who has the group can read the record, and so lock it for as long as it
 * likes: 200 changes would take as many times the patience. */
static void
test_locked(void)
{
	const struct quota q = { .count = 100, .period = HOUR };
	struct spool *s = sample_open();
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct error e;
	int usage = quota_open(s, &e), ready[2], i, fd;
	char c;
	pid_t pid;

	if (pipe(ready) != 0 || (pid = fork()) < 0)
		scratch_fail("fork");
	if (pid == 0) {
		fd = open(sample_path("queue", ".usage"), O_RDONLY);
		_exit(fd < 0 || fcntl(fd, F_SETLK, &whole) != 0 ||
		    write(ready[1], "x", 1) != 1 || pause());
	}
	close(ready[1]);
	is_int(read(ready[0], &c, 1), 1, "someone has locked the record");
	for (i = 0; i < 200; i++)
		quota_add(usage, &q, user, time(NULL), 1);
	is_str(check(s, &q, user, 1), "rate", "... it is written all the same");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(usage);
	spool_close(s);
}

int
main(void)
{
	user = geteuid() != 0 ? geteuid() : 12345;
	test_queue();
	test_rate();
	test_both();
	test_periods();
	test_record();
	test_race();
	test_locked();
	return done();
}
