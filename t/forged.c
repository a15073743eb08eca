/*
 * What someone with the queue's group can do to the scheduler by what lies in
 * queue/ and by the fifo: it remembers, reads, tells and waits no more than it
 * must, and mail goes beside it.  In simulated time.
 */
#include <config.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/wake.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/simulation.h"
#include "t/tap.h"

#define STRAYS 1200
#define RCPTS 40
#define ADDRESS 30000	/* bytes: what counts is those of the envelope */

static const char *
queue_stray(unsigned n)
{
	char name[64];

	snprintf(name, sizeof(name), "queue/x%u", n);
	return scratch_path(name);
}

static const char *
failed_stray(unsigned n)
{
	char name[64];

	snprintf(name, sizeof(name), "failed/x%u", n);
	return scratch_path(name);
}

/* An ID of long ago, and where it would be. */
static const char *
id_of(unsigned n)
{
	static char path[64];

	snprintf(path, sizeof(path), "queue/" SPOOL_ID_FORMAT,
	    (uint64_t)n + 1, (uint32_t)n);
	return path + 6;
}

/* The one file in the queue. */
static int
open_only(void)
{
	DIR *dir = opendir(scratch_path("queue"));
	struct dirent *d;
	int fd = -1;

	while (dir != NULL && fd < 0 && (d = readdir(dir)) != NULL)
		if (*d->d_name != '.')
			fd = openat(dirfd(dir), d->d_name, O_RDWR | O_CLOEXEC);
	closedir(dir);
	if (fd < 0)
		scratch_fail("there is no message");
	return fd;
}

static void
test_strays(void)
{
	unsigned n;

	simulation_begin(&simulation_plain, "");
	for (n = 0; n < STRAYS; n++)
		close(open(queue_stray(n), O_CREAT | O_WRONLY, 0600));
	letters_send("anna@example.org", 1);
	loop_round(&scheduler);
	is_int(scratch_count("failed"), 500,
	    "so many names are moved, then mail has its turn");
	simulation_run(SECOND);
	is_int(letters_count().delivered, 1, "it goes");
	is_int(scratch_count("failed"), STRAYS, "and then the other names");
	is_int(simulated_lines("moved to failed/"), 100, "with a line for some");
	is_int(simulated_lines("the log has their number"), 1, "and one more");
	simulation_run(2 * MINUTE);
	is_int(simulated_lines("1100 more times"), 1,
	    "and their number when the minute is over");
	for (n = 0; n < STRAYS; n++)
		unlink(failed_stray(n));
	simulation_end("names that are no ID");
}

static void
test_strays_once(void)
{
	unsigned n;

	simulation_begin(&simulation_plain, "");
	simulation_stop();
	for (n = 0; n < STRAYS; n++)
		close(open(queue_stray(n), O_CREAT | O_WRONLY, 0600));
	letters_send("anna@example.org", 1);
	simulation_once();
	is_int(scratch_count("failed"), STRAYS, "--once: all are moved");
	is_int(simulated_lines("1100 more times"), 1,
	    "and their number told at the end");
	for (n = 0; n < STRAYS; n++)
		unlink(failed_stray(n));
	simulation_start();
	simulation_end("names that are no ID, with --once");
}

/* A message that everybody hears of and nobody finds. */
static void
test_nothing_there(void)
{
	unsigned n;

	simulation_begin(&simulation_plain, "");
	site.down = 1;
	letters_send("anna@example.org", 1);
	simulation_run(SECOND);
	for (n = 0; n < 1000; n++)
		wake_message(scheduler.spool, id_of(n));
	simulated_news();
	simulation_run(SECOND);
	is_int((long long)backlog_count(scheduler.backlogs[HOME_SITE]), 1,
	    "what is not there is not remembered");
	site.down = 0;
	simulation_run(HOUR);
	simulation_end("IDs of no message");
}

/* One that is there until it was heard of. */
static void
test_come_and_go(void)
{
	const char *name;
	unsigned n, i;
	int failed;

	simulation_begin(&simulation_plain, "");
	failed = open(scratch_path("failed"), O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	site.wrong = 1;	/* no attempt for half an hour */
	letters_send("anna@example.org", 1);
	simulation_run(SECOND);
	for (n = 0; n < 11500; n++) {
		name = id_of(n) - 6;
		scratch_text(name, "forged");
		wake_message(scheduler.spool, id_of(n));
		if (n % 500 != 499)
			continue;
		simulated_news();
		simulation_run(SECOND);
		for (i = n - 499; i <= n; i++) {
			name = id_of(i) - 6;
			unlink(scratch_path(name));
			/* Should the site have been tried with it. */
			unlinkat(failed, name + 6, 0);
		}
	}
	close(failed);
	simulation_run(10 * SECOND);
	at_most((int64_t)backlog_count(scheduler.backlogs[HOME_SITE]), 10500,
	    "messages are remembered of 11,500 that came and went");
	dispatch_scan(&scheduler);
	is_int((long long)backlog_count(scheduler.backlogs[HOME_SITE]), 1,
	    "and after a scan, those that are there");
	site.wrong = 0;
	simulation_signal(SIGHUP);
	simulation_run(HOUR);
	simulation_end("messages that come and go");
}

/* Someone keeps it locked: nobody looks each second for days. */
static void
test_locked(void)
{
	long waits;
	int fd;

	simulation_begin(&simulation_plain, "");
	letters_send("anna@example.org", 1);
	fd = open_only();
	flock(fd, LOCK_EX);
	simulation_run(HOUR);
	waits = simulated_counts()->waits;
	simulation_run(HOUR);
	at_most(simulated_counts()->waits - waits, 70,
	    "waits in an hour with a message that someone has locked");
	is_int(letters_count().delivered, 0, "it is not sent");
	close(fd);
	simulation_run(65 * SECOND);
	is_int(letters_count().delivered, 1, "it is, not long after");
	simulation_end("a locked message");
}

static void
test_too_large(void)
{
	char seal[ENVELOPE_SEAL + 1];
	struct envelope env;
	struct error e;
	int fd;

	simulation_begin(&simulation_plain, "max_size = 1G\n");
	letters_send("anna@example.org", 1);
	fd = open_only();
	if (spool_read(fd, &env, &e) != SPOOL_OK)
		scratch_fail(e.text);
	envelope_seal(seal, env.head, UINT64_C(1) << 40, &env.facts);
	if (pwrite(fd, seal, ENVELOPE_SEAL, 0) != ENVELOPE_SEAL ||
	    ftruncate(fd, (off_t)env.head + (INT64_C(1) << 40)) != 0)
		scratch_fail("no sparse file");
	envelope_free(&env);
	close(fd);
	simulation_run(MINUTE);
	is_int(workers_counts()->mails, 1,
	    "a sparse terabyte is not sent, but a report");
	is_int(letters_count().returned, 1, "its sender hears of it");
	simulation_end("a message larger than max_size");
}

/* A message that is as large as one for very many. */
static void
send_heavy(const char *sender)
{
	static struct envelope_rcpt rcpts[RCPTS];
	static char address[ADDRESS + 1];
	struct envelope env = { .arrival = clock_wall(), .uid = geteuid(),
		.sender = sender, .rcpts = rcpts, .nrcpts = RCPTS };
	struct envelope_facts facts = { .longest = 1 };
	struct spool_draft *d;
	struct error e;
	size_t i;

	memset(address, 'x', ADDRESS);
	for (i = 0; i < RCPTS; i++)
		rcpts[i] = (struct envelope_rcpt){ .address = address,
			.mark = ENVELOPE_TODO };
	if ((d = spool_begin(scheduler.spool, &env, &e)) == NULL ||
	    spool_write(d, "\r\nx\r\n", 5, &e) != 0 ||
	    spool_commit(d, &facts, &e) != 0)
		scratch_fail(e.text);
}

static int
count_heavy(void)
{
	const struct worker *w;
	const struct job *j;
	int n = 0;

	for (w = scheduler.workers; w != NULL; w = w->next)
		for (j = w->jobs; j != NULL; j = j->next)
			n += j->nverdicts == RCPTS;
	return n;
}

static void
test_heavy(void)
{
	int i, n, most = 0, left = -1;

	simulation_begin(&simulation_plain, "");
	send_heavy("bert@example.org");
	send_heavy("bert@example.org");
	send_heavy("bert@example.org");
	letters_send("anna@example.org", 1);
	dispatch_scan(&scheduler);
	for (i = 0; i < 600; i++) {
		simulation_run(5 * MILLI);
		n = count_heavy();
		most = n > most ? n : most;
		if (left < 0 && letters_count().delivered > 0)
			left = scratch_count("queue");
	}
	is_int(left, 2, "large envelopes: other mail goes after the first");
	is_int(scratch_count("queue"), 0, "all of them go");
	is_int(most, 1, "one after the other");
	simulation_end("large envelopes");
}

static void
test_heavy_once(void)
{
	simulation_begin(&simulation_plain, "");
	letters_send("anna@example.org", 1);
	send_heavy("bert@example.org");
	send_heavy("bert@example.org");
	simulation_stop();
	simulation_once();
	is_int(scratch_count("queue"), 0, "--once: all of them go");
	simulation_start();
	simulation_end("large envelopes, with --once");
}

int
main(void)
{
	umask(077);
	chance();
	test_strays();
	test_strays_once();
	test_nothing_there();
	test_come_and_go();
	test_locked();
	test_too_large();
	test_heavy();
	test_heavy_once();
	return done();
}
