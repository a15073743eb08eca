/*
 * What an operator does while mail is under way, in simulated time: another
 * configuration.
 */
#include <config.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "t/chance.h"
#include "t/scratch.h"
#include "t/simulation.h"
#include "t/tap.h"

static void
reload(const char *more)
{
	simulation_configure(more);
	simulation_signal(SIGHUP);
}

/* What a rate has cost is not paid in the money of another. */
static void
test_rate(void)
{
	simulation_begin(&simulation_plain, "[smarthost]\nrate = 10/1d\n");
	mail_at_once(20, "anna@example.org");
	letters_send("bert@example.org", 4);
	simulation_run(MINUTE);
	is_int(letters_count().delivered, 1, "10 a day: one goes");
	reload("[smarthost]\nrate = 1000/1h\n");
	simulation_run(MINUTE);
	is_int(letters_count().delivered, 24, "1000 an hour: all go at once");
	reload("[smarthost]\nrate = 4/1h\n");
	mail_at_once(20, "anna@example.org");
	simulation_run(4 * HOUR);
	at_most(letters_count().delivered, 24 + 16, "delivered, 4 an hour");
	ok(letters_count().delivered > 24, "and it goes on");
	reload("");
	simulation_run(MINUTE);
	is_int(letters_count().delivered, 44, "no rate: all go");
	reload("[smarthost]\nrate = 4/1h\n");
	mail_at_once(2, "anna@example.org");
	simulation_run(MINUTE);
	is_int(letters_count().delivered, 45, "and 4 an hour again");
	simulation_end("another rate");
}

static const char *
end_slow(const char *sender)
{
	return strcmp(sender, "slow@example.org") == 0 ?
	    "421 4.3.2 shutting down" : NULL;
}

/* A worker that was begun with another configuration finds its server down:
 * that says nothing of the new one. */
static void
test_other_host(void)
{
	struct smarthost s = simulation_plain;

	s.tarpit = "slow@example.org";
	s.content = end_slow;
	simulation_begin(&s, "[smarthost]\nconnections = 1\n");
	letters_send("slow@example.org", 1);
	simulation_run(10 * SECOND);
	reload("[smarthost]\nconnections = 1\nport = 2525\n");
	s.tarpit = NULL;
	letters_send("anna@example.org", 1);
	simulation_run(10 * SECOND);
	is_int(letters_count().delivered, 1,
	    "another host: mail does not wait for the old one");
	s.tarpit = "slow@example.org";
	simulation_run(10 * MINUTE);
	simulation_end("another host");
}

/* A window that is larger than what may be open. */
static void
test_files(void)
{
	struct rlimit few = { 256, 256 };

	simulation_begin(&simulation_plain,
	    "[smarthost]\nconnections = 1\nwindow = 1000\n");
	/* Here the worker's are open in the same process. */
	setrlimit(RLIMIT_NOFILE, &few);
	scheduler.files = 128;
	mail_at_once(200, "anna@example.org");
	simulation_run(9 * SECOND);
	is_int(simulation_end("few descriptors").delivered, 200,
	    "few descriptors: all goes, and nothing is put off");
}

static int unwilling;

static const char *
take_first(const char *sender, const char *rcpt)
{
	(void)sender;
	return unwilling && strncmp(rcpt, "r0.", 3) != 0 ?
	    "450 4.2.0 later" : NULL;
}

/* A disk on which nothing can be written any more.  The log is not there. */
static void
test_unwritable(void)
{
	struct smarthost s = simulation_plain;
	struct rlimit was, none;

	s.rcpt = take_first;
	unwilling = 1;
	simulation_begin(&s, "");
	letters_send("anna@example.org", 3);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	none = was;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_FSIZE, &none);
	simulation_run(6 * HOUR);
	is_int(letters_count().delivered, 1, "one of three has it");
	is_int(letters_count().twice, 0,
	    "nobody gets it again, though its file does not say so");
	setrlimit(RLIMIT_FSIZE, &was);
	unwilling = 0;
	simulation_run(2 * HOUR);
	is_int(simulation_end("a full disk").delivered, 3,
	    "the disk is well: the others have it, too");
}

static void
move(const char *from, const char *to)
{
	if (rename(scratch_path(from), scratch_path(to)) != 0)
		scratch_fail(from);
}

/* The queue cannot be listed for some minutes: that is no reason to wait for
 * the scan of the next hour. */
static void
test_scan(void)
{
	struct rlimit was, none;

	simulation_begin(&simulation_plain, "");
	simulation_run(MINUTE);
	move("wake", "aside");
	letters_send("anna@example.org", 1);	/* nobody is told */
	move("aside", "wake");
	simulation_run(50 * MINUTE);
	getrlimit(RLIMIT_NOFILE, &was);
	none = was;
	none.rlim_cur = (rlim_t)dup(STDIN_FILENO);
	close((int)none.rlim_cur);
	setrlimit(RLIMIT_NOFILE, &none);
	simulation_run(20 * MINUTE);
	setrlimit(RLIMIT_NOFILE, &was);
	ok(simulated_lines("cannot list the queue") > 0, "a scan that fails");
	is_int(letters_count().delivered, 0, "finds no mail");
	simulation_run(2 * MINUTE);
	is_int(simulation_end("a scan that failed").delivered, 1,
	    "the next does, soon");
}

int
main(void)
{
	umask(077);
	chance();
	test_rate();
	test_other_host();
	test_unwritable();
	test_scan();
	test_files();	/* last: the limit stays */
	return done();
}
