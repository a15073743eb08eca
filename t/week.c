/*
 * The whole scheduler through days and weeks of bad times, in simulated time:
 * nothing is lost or sent twice, nothing is stuck, and what it costs in
 * attempts, log lines, reports, files and rounds of the loop has a bound.
 */
#include <config.h>

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "queue/wake.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/simulation.h"
#include "t/tap.h"

#define LIFETIME (5 * DAY)

static void
test_quiet(void)
{
	simulation_begin(&simulation_plain, "");
	letters_send("anna@example.org", 1);
	simulation_run(7 * DAY);
	at_most(simulated_counts()->waits, 7 * 24 + 20,
	    "waits in a week with one message");
	is_int(simulation_end("a quiet week").delivered, 1, "it is delivered");
}

static void
test_outage(void)
{
	struct letters all;
	int day;

	simulation_begin(&simulation_plain, "");
	site.down = 1;
	mail_every(12 * MINUTE, 7 * DAY);
	for (day = 0; day < 7; day++) {
		simulation_run(DAY);
		simulation_stop();
		simulation_start();
	}
	all = letters_count();
	at_most(workers_counts()->connects, 7 * 24 * 7,
	    "attempts in a week without smarthost");
	at_most(simulated_counts()->lines, 7 * 24 * 20, "lines in its log");
	at_most(simulated_counts()->waits, 7 * DAY / (4 * SECOND),
	    "waits: each 5 seconds it looks for a mended configuration");
	ok(all.returned > 200 && all.parked == 0 && all.delivered == 0,
	    "what is older than lifetime is returned");
	is_int(letters_waiting(LIFETIME + HOUR), 0, "within the hour");
	ok(scratch_count("queue") <= 1 + all.queued + 2 * all.returned,
	    "the queue has a file for each message and report");
	simulation_run(SECOND);
	site.down = 0;
	simulated_link();
	simulation_run(MINUTE);
	all = letters_count();
	is_int(all.queued, 0, "a link comes up: all that waits goes at once");
	at_most(workers_counts()->at_once, 2, "connections then");
	all = simulation_end("a week without smarthost");
	ok(all.reports > 0 && all.delivered + all.returned == all.submitted,
	    "all is delivered or returned");
}

static void
test_greylist(void)
{
	struct letters all;
	unsigned i;

	simulation_begin(&simulation_plain, "");
	site.delay = 15 * MINUTE;
	for (i = 0; i < 200; i++)
		letters_send(i % 2 ? "anna@example.org" : "bert@example.org",
		    2);
	simulation_run(2 * HOUR);
	all = simulation_end("a greylist of 15 minutes");
	is_int(all.delivered, 400, "all is delivered");
	at_most(letters_longest() / MINUTE, 32, "minutes late");
	at_most(workers_counts()->mails, 200 * 6, "transactions");
	at_most(simulated_counts()->lines, 400 * 7, "lines in its log");
	is_int(all.reports + all.delays, 0, "nobody is told of a delay");
}

static void
test_throttle(const char *what, const char *too_many, long attempts)
{
	struct letters all;

	simulation_begin(&simulation_plain, "");
	site.most = 30;
	site.too_many = too_many;
	mail_at_once(600, "anna@example.org");
	simulation_run(4 * HOUR);
	all = simulation_end(what);
	is_int(all.delivered, 600, "all is delivered");
	at_most(letters_longest() / MINUTE, 60, "minutes late");
	at_most(workers_counts()->mails, attempts, "transactions");
	at_most(workers_counts()->connects, attempts / 3, "attempts");
}

/* Workers have 64 messages by then; a site is tried after 1, 2, 4 minutes. */
static void
test_recovery(const char *too_many, long attempts, int64_t minutes)
{
	simulation_begin(&simulation_plain, "");
	site.most = -1;
	site.too_many = too_many;
	mail_at_once(1000, "anna@example.org");
	simulation_run(5 * MINUTE);
	at_most(workers_counts()->mails, attempts, "attempts in five minutes");
	site.most = 0;
	simulation_run(minutes * MINUTE);
	at_most(letters_count().queued, attempts, "wait a few minutes later");
	simulation_run(HOUR);
	is_int(simulation_end(too_many).delivered, 1000, "all is delivered");
}

static void
test_busy(void)
{
	struct letters all;

	simulation_begin(&simulation_plain, "");
	site.most = -1;
	site.too_many = "421 4.3.2 shutting down";
	mail_at_once(10, "anna@example.org");
	simulation_run(8 * HOUR);
	at_most(workers_counts()->connects, 20,
	    "attempts in 8 hours without service");
	site.most = 0;
	simulation_signal(SIGHUP);
	letters_send("bert@example.org", 1);
	simulation_run(2 * MINUTE);
	all = simulation_end("a smarthost that shuts down");
	is_int(all.delivered, 11, "it is back: all goes at once");

	/* What its file says to wait for is not looked at before. */
	simulation_begin(&simulation_plain, "");
	site.most = -1;
	site.too_many = "421 4.3.2 shutting down";
	mail_at_once(10, "anna@example.org");
	simulation_run(8 * HOUR);
	site.most = 0;
	letters_send("bert@example.org", 1);
	simulation_run(3 * MINUTE);
	all = simulation_end("the same, without a signal");
	is_int(all.delivered, 11, "new mail finds it back: all goes at once");
}

static void
test_refusal(void)
{
	struct letters all;

	simulation_begin(&simulation_plain,
	    "reports_per_hour = 50\nbounce_to = root@example.org\n");
	site.refusal = "550 5.7.1 go away";
	mail_every(MINUTE, 3 * HOUR);
	simulation_run(6 * HOUR);
	at_most(simulated_lines("sender non-delivery notification"), 3 * 50,
	    "reports in three hours");
	all = simulation_end("a smarthost that refuses every recipient");
	is_int(all.delivered + all.queued, 0, "nothing is tried again");
	ok(all.parked > 0, "the others are parked");
	is_int(all.reports, 0, "reports are refused, too: parked");
	at_most(workers_counts()->mails, 180 + 4 * 50 + 4, "transactions");

	simulation_begin(&simulation_plain, "");
	site.refusal = "550 5.7.1 go away";
	mail_at_once(20, "root@localhost");
	simulation_run(HOUR);
	all = simulation_end("nobody to tell");
	is_int(all.parked, 20, "all is parked");
}

static void
test_password(void)
{
	struct letters all;
	int i;

	simulation_begin(&simulation_plain, "");
	site.wrong = 1;
	mail_every(10 * MINUTE, DAY);
	simulation_run(DAY);
	at_most(workers_counts()->connects, 10,
	    "logins in a day with a wrong password");
	at_most(simulated_counts()->lines, 20, "lines in its log");
	for (i = 0; i < 360; i++) {
		simulation_run(10 * SECOND);
		if (wake_flush(scheduler.spool) == 0)
			simulated_news();
	}
	at_most(workers_counts()->connects, 10 + 13,
	    "of them, and an hour of \"sendmail -q\"");
	site.wrong = 0;
	scratch_text("password", "the right one\n");
	simulation_run(MINUTE);
	all = letters_count();
	is_int(all.queued, 0, "the password is mended: all goes at once");
	all = simulation_end("a wrong password");
	is_int(all.delivered, all.submitted, "all is delivered");
}

static void
test_disliked(void)
{
	struct letters all;

	simulation_begin(&simulation_plain, "");
	site.disliked = "bert@example.org";
	mail_every(10 * MINUTE, DAY);
	simulation_run(DAY);
	all = letters_count();
	at_most(all.queued, all.submitted / 3, "wait for their sender");
	at_most(workers_counts()->mails, 24 * 6 + 10,
	    "transactions: its mail is tried at times");
	site.disliked = NULL;
	simulation_run(7 * HOUR);
	all = simulation_end("a sender that is not accepted");
	is_int(all.delivered, all.submitted, "accepted again, all goes");
}

static void
test_jumps(void)
{
	struct letters all;

	/* Forward: what waits is old then, and has an hour. */
	simulation_begin(&simulation_plain, "");
	site.delay = 2 * HOUR;
	mail_at_once(20, "anna@example.org");
	simulation_run(10 * MINUTE);
	simulated_jump(YEAR);
	mail_at_once(20, "bert@example.org");
	simulation_run(4 * HOUR);
	all = letters_count();
	is_int(all.returned, 20, "a year forward: what is old is returned");
	is_int(all.delivered, 20, "and what is new is delivered");
	all = simulation_end("a jump forward");

	/* Back: what is put off until then does not wait for it. */
	simulation_begin(&simulation_plain, "");
	site.delay = 2 * HOUR;
	mail_at_once(20, "anna@example.org");
	simulation_run(10 * MINUTE);
	simulated_jump(-YEAR);
	mail_at_once(20, "bert@example.org");
	simulation_run(4 * HOUR);
	all = simulation_end("a jump back");
	is_int(all.delivered, 40, "a year back: all is delivered");

	/* The same, read from the files. */
	simulation_begin(&simulation_plain, "");
	site.delay = 2 * HOUR;
	mail_at_once(20, "anna@example.org");
	simulation_run(10 * MINUTE);
	simulation_stop();
	simulated_jump(-YEAR);
	simulation_start();
	simulation_run(7 * HOUR);
	all = simulation_end("a jump back between two runs");
	is_int(all.delivered, 20, "all is delivered");

	/* And of what is known of the site. */
	simulation_begin(&simulation_plain, "");
	site.down = 1;
	mail_at_once(20, "anna@example.org");
	simulation_run(3 * HOUR);
	simulation_stop();
	simulated_jump(-YEAR);
	simulation_start();
	site.down = 0;
	simulation_run(2 * HOUR);
	simulation_stop();
	site.down = 1;
	simulation_start();
	mail_at_once(20, "anna@example.org");
	simulation_run(3 * HOUR);
	simulated_jump(YEAR);
	simulation_run(HOUR);
	simulated_jump(-YEAR);
	site.down = 0;
	simulation_run(2 * HOUR);
	all = simulation_end("jumps while the smarthost is away");
	is_int(all.delivered, 40, "all is delivered");
}

static void
test_crashes(void)
{
	struct smarthost bad = simulation_plain;
	struct letters all;

	bad.crash_before = 20;
	bad.crash_after = 30;
	bad.hang = 100;
	bad.lose = 30;
	simulation_begin(&bad, "");
	mail_every(2 * MINUTE, DAY);
	simulation_run(2 * DAY);
	all = letters_count();
	is_int(all.queued, 0, "workers that crash and hang: all goes");
	at_most(all.doubtful, workers_counts()->mails / 10,
	    "copies, of which the smarthost's replies were lost");
	all = simulation_end("workers that crash");
	is_int(all.delivered, all.submitted, "all is delivered");
}

static void
test_wakes(void)
{
	struct letters all;
	int i;

	simulation_begin(&simulation_plain, "");
	site.down = 1;
	mail_at_once(10, "anna@example.org");
	for (i = 0; i < 600; i++) {
		simulation_run(SECOND);
		simulated_link();
	}
	at_most(workers_counts()->connects, 70,
	    "attempts, with a link that flaps for 10 minutes");
	simulation_run(HOUR);
	for (i = 0; i < 600; i++) {
		simulation_run(SECOND);
		wake_flush(scheduler.spool);
		simulated_news();
	}
	simulation_run(HOUR);
	site.down = 0;
	simulation_signal(SIGUSR1);
	simulation_run(2 * SECOND);
	all = letters_count();
	is_int(all.delivered, 10, "SIGUSR1: all goes at once");
	simulation_end("wake-ups");
}

static void
test_link(void)
{
	int again;

	for (again = 0; again < 2; again++) {
		simulation_begin(&simulation_plain, "");
		site.down = 1;
		mail_at_once(10, "anna@example.org");
		simulation_run(DAY);
		if (again) {
			simulation_stop();
			simulation_start();
		}
		simulation_run(SECOND);
		site.down = 0;
		simulated_link();
		simulation_run(2 * SECOND);
		is_int(letters_count().delivered, 10,
		    "a link comes up%s: all goes at once",
		    again ? " after a restart" : "");
		simulation_end("a link");
	}
}

static void
test_rate(void)
{
	struct letters all;
	int i;

	simulation_begin(&simulation_plain,
	    "[smarthost]\nrate = 60/1h\n");
	mail_at_once(200, "anna@example.org");
	for (i = 1; i <= 3; i++) {
		simulation_run(HOUR);
		all = letters_count();
		at_most(all.delivered, 60 * i, "delivered so far, 60 an hour");
		simulation_stop();
		simulation_start();
	}
	simulation_run(2 * HOUR);
	all = simulation_end("a rate of 60 an hour, and restarts");
	is_int(all.delivered, 200, "all is delivered");
}

static void
test_broken(void)
{
	struct smarthost broken = simulation_plain;
	struct letters all;

	broken.broken = 1;
	simulation_begin(&broken, "");
	mail_every(HOUR, DAY);
	simulation_run(DAY);
	at_most(workers_counts()->started, 24 * 3,
	    "workers in a day that cannot start");
	at_most(simulated_counts()->lines, 24 * 3 * 3, "lines in its log");
	broken.broken = 0;
	simulation_run(HOUR);
	all = simulation_end("workers that cannot start");
	is_int(all.delivered, all.submitted, "all is delivered");
}

static void
test_busy_worker(void)
{
	struct smarthost busy = simulation_plain;
	struct letters all;

	busy.busy = 1;
	simulation_begin(&busy, "");
	mail_at_once(10, "anna@example.org");
	simulation_run(51 * MINUTE);
	ok(workers_counts()->killed > 0,
	    "a worker that connects for ever, and says so, is killed");
	busy.busy = 0;
	simulation_run(2 * HOUR);
	all = simulation_end("workers that only say that they connect");
	is_int(all.delivered, 10, "all is delivered");
}

static void
test_sleep(void)
{
	struct smarthost slow = simulation_plain;
	struct letters all;

	slow.to_connect = slow.to_send = 10 * SECOND;
	simulation_begin(&slow, "");
	mail_at_once(20, "anna@example.org");
	simulation_run(5 * SECOND);
	simulated_sleep(8 * HOUR);
	simulation_run(35 * SECOND);
	simulated_sleep(8 * HOUR);
	simulation_run(10 * MINUTE);
	is_int(workers_counts()->killed, 0,
	    "the machine sleeps: no worker is taken for hung");
	is_int(workers_counts()->mails, 20, "and no message is sent again");
	all = simulation_end("a machine that sleeps");
	is_int(all.delivered, 20, "all is delivered");
}

static void
test_tarpit(void)
{
	struct smarthost sticky = simulation_plain;
	struct letters all;

	sticky.tarpit = "slow@example.org";
	simulation_begin(&sticky, "");
	letters_send("slow@example.org", 1);
	simulation_run(15 * SECOND);
	mail_at_once(8, "anna@example.org");
	simulation_run(5 * SECOND);
	is_int(letters_count().delivered, 8,
	    "one message takes minutes: others do not wait for it");
	is_int(workers_counts()->at_once, 2, "... they have a connection");
	simulation_run(10 * MINUTE);
	all = simulation_end("a tarpit");
	is_int(all.delivered, 9, "all is delivered");
}

/* Every ten minutes, for a day. */
static void
run_by_cron(void)
{
	int i;

	for (i = 0; i < 24 * 6; i++) {
		simulation_once();
		simulated_sleep(10 * MINUTE);
	}
}

static void
test_cron(void)
{
	struct letters all;

	simulation_begin(&simulation_plain, "");
	simulation_stop();
	site.down = 1;
	mail_at_once(20, "anna@example.org");
	run_by_cron();
	at_most(workers_counts()->connects, 24 + 8,
	    "attempts in a day of runs from cron");
	site.down = 0;
	site.wrong = 1;
	run_by_cron();
	at_most(workers_counts()->connects, 2 * (24 + 8),
	    "with a wrong password after that");
	site.wrong = 0;
	site.delay = 15 * MINUTE;
	scratch_text("password", "the right one\n");
	run_by_cron();
	simulation_start();
	all = simulation_end("runs from cron");
	is_int(all.delivered, all.submitted, "all is delivered");
}

/* An hour of one kind of trouble or another. */
static void
trouble(void)
{
	static const char *const too_many[] = {
		"450 4.7.1 too many messages, slow down",
		"421 4.7.0 too many connections",
		"451 4.3.0 try again later", "432 4.7.12 busy" };

	site.down = chance_of(4);
	site.wrong = chance_of(10);
	site.delay = chance_of(3) ? 15 * MINUTE : 0;
	site.most = chance_of(4) ? 1 + (int)chance_below(30) : 0;
	site.too_many = too_many[chance_below(4)];
	site.mixed = chance_of(8);
	site.refusal = chance_of(12) ? "550 5.1.1 unknown" : NULL;
	site.disliked = chance_of(8) ? "bert@example.org" : NULL;
	if (chance_of(6))
		simulated_jump((int64_t)chance_below(4 * HOUR) - 2 * HOUR);
	if (chance_of(50))
		simulated_jump((int64_t)chance_below(60 * DAY) - 30 * DAY);
	if (chance_of(6)) {
		simulation_stop();
		simulation_start();
	}
	if (chance_of(6))
		simulation_signal(chance_of(2) ? SIGUSR1 : SIGHUP);
	if (chance_of(4))
		simulated_link();
	if (chance_of(4) && wake_flush(scheduler.spool) == 0)
		simulated_news();
	if (chance_of(6))
		scratch_file("password", "a new password\n",
		    1 + chance_below(14), 0600);
	if (chance_of(10))
		simulated_sleep((int64_t)chance_below(8 * HOUR));
	if (chance_of(10))
		letters_send("root@localhost", 1 + chance_below(4));
	simulation_run((int64_t)chance_below(2 * HOUR));
}

static void
test_trouble(void)
{
	struct smarthost bad = simulation_plain;
	struct letters all;
	int i;

	bad.crash_before = 50;
	bad.crash_after = 70;
	bad.hang = 100;
	bad.lose = 70;
	simulation_begin(&bad, "");
	mail_every(7 * MINUTE, 4 * DAY);
	for (i = 0; i < 100; i++)
		trouble();
	memset(&site, 0, sizeof(site));
	bad = simulation_plain;
	simulation_run(13 * HOUR);
	all = simulation_end("days of trouble");
	is_int(all.queued, 0, "when it is over, all goes");
}

int
main(void)
{
	umask(077);
	chance();
	test_quiet();
	test_outage();
	test_greylist();
	test_throttle("a smarthost that takes 30 a minute",
	    "450 4.7.1 too many messages, slow down", 1200);
	test_recovery("450 4.7.1 too many messages", 80, 3);
	test_recovery("421 4.7.0 too many messages", 4, 5);
	test_throttle("one that ends the session then",
	    "421 4.7.0 too many messages, slow down", 1200);
	test_busy();
	test_refusal();
	test_password();
	test_disliked();
	test_jumps();
	test_crashes();
	test_wakes();
	test_link();
	test_rate();
	test_broken();
	test_busy_worker();
	test_sleep();
	test_tarpit();
	test_cron();
	test_trouble();
	return done();
}
