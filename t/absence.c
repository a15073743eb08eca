/*
 * Mail is returned when attempts went on for its lifetime, and not because the
 * machine was off or asleep, or its clock was set: in simulated time.
 */
#include <config.h>

#include <stdio.h>

#include "t/scratch.h"
#include "t/simulation.h"
#include "t/tap.h"

#define WEEK (7 * DAY)

/* A week goes by while the scheduler runs, or does not. */
static void
sleep_through(void)
{
	simulated_sleep(WEEK);
}

static void
be_off(void)
{
	simulation_stop();
	simulated_sleep(WEEK);
	simulation_start();
}

static void
be_set(void)
{
	simulated_jump(WEEK);
}

static const struct way {
	const char *name;
	void (*pass)(void);
} ways[] = {
	{ "asleep for a week", sleep_through },
	{ "off for a week", be_off },
	{ "a clock that was a week behind", be_set },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* Before, and for so long after, the site is down. */
static struct letters
away(const struct way *way, int64_t down)
{
	simulation_begin(&simulation_plain, "");
	site.down = 1;
	mail_at_once(20, "anna@example.org");
	simulation_run(10 * MINUTE);
	way->pass();
	simulation_run(down);
	site.down = 0;
	simulation_run(2 * HOUR);
	return simulation_end(way->name);
}

static void
test_site(const struct way *way)
{
	is_int(away(way, 50 * MINUTE).delivered, 20,
	    "the smarthost answers within retry_max: mail is delivered");
	is_int(away(way, 3 * HOUR).returned, 20,
	    "... and not after hours: it is returned");
}

/* The same of a message that the site defers. */
static void
test_message(const struct way *way)
{
	struct letters all;

	simulation_begin(&simulation_plain, "");
	site.delay = WEEK + 50 * MINUTE;
	mail_at_once(20, "anna@example.org");
	simulation_run(10 * MINUTE);
	way->pass();
	if (way->pass == be_set)
		site.delay = HOUR;
	simulation_run(4 * HOUR);
	all = simulation_end(way->name);
	is_int(all.delivered, 20, "messages that wait get attempts first");
}

/* A worker that has a message while the machine sleeps. */
static void
test_in_flight(void)
{
	struct smarthost slow = simulation_plain;

	slow.to_connect = 20 * SECOND;
	simulation_begin(&slow, "");
	site.down = 1;
	mail_at_once(20, "anna@example.org");
	simulation_run(5 * SECOND);
	simulated_sleep(WEEK);
	simulation_run(50 * MINUTE);
	site.down = 0;
	simulation_run(2 * HOUR);
	is_int(simulation_end("asleep in an attempt").delivered, 20,
	    "its end does not return the message");
}

/* cron runs it every four days. */
static void
test_seldom(void)
{
	struct letters all;
	int i;

	simulation_begin(&simulation_plain, "");
	simulation_stop();
	site.down = 1;
	mail_at_once(20, "anna@example.org");
	for (i = 0; i < 20; i++) {
		simulated_sleep(4 * DAY);
		simulation_once();
	}
	site.down = 0;
	simulation_start();
	simulation_run(HOUR);
	all = simulation_end("runs that come seldom");
	is_int(all.returned, 20, "what is old is returned all the same");
}

/* A pass is the first after a week, another comes soon. */
static void
test_passes(void)
{
	simulation_begin(&simulation_plain, "");
	simulation_stop();
	site.down = 1;
	mail_at_once(20, "anna@example.org");
	simulation_once();
	simulated_sleep(10 * MINUTE);
	simulation_once();
	simulated_sleep(WEEK);
	simulation_once();
	simulated_sleep(20 * MINUTE);
	simulation_once();
	site.down = 0;
	simulated_sleep(70 * MINUTE);
	simulation_once();
	simulation_start();
	is_int(simulation_end("runs from cron, and a week without").delivered,
	    20, "the second of them returns nothing either");
}

/* A clock was years ahead, and is right again: mail is not kept for years. */
static void
test_age(const char *what)
{
	site.down = 1;
	mail_at_once(20, "anna@example.org");
	simulation_run(6 * DAY);
	site.down = 0;
	simulation_run(2 * HOUR);
	is_int(simulation_end(what).returned, 20, "mail is returned in time");
}

static void
test_ahead(void)
{
	simulation_begin(&simulation_plain, "");
	site.down = 1;
	simulation_run(MINUTE);
	simulated_jump(10 * YEAR);
	simulation_run(MINUTE);
	simulated_jump(-10 * YEAR);
	test_age("a clock that was ahead for a moment");
}

static void
test_kept_ahead(void)
{
	char text[1000];

	simulation_begin(&simulation_plain, "");
	simulation_stop();
	snprintf(text, sizeof(text), "[queue]\ndirectory = %s\n"
	    "submit_socket =\n", scratch());
	scratch_text("outbox.conf", text);
	simulated_jump(10 * YEAR);
	simulation_start();
	simulation_run(MINUTE);
	simulation_stop();
	simulated_jump(-10 * YEAR);
	simulation_configure("");
	simulation_start();
	test_age("no smarthost, and a clock that was ahead");
}

/* A lifetime that the clocks are not exact enough for. */
static void
test_short(void)
{
	simulation_begin(&simulation_plain, "lifetime = 1s\n");
	site.delay = HOUR;
	mail_at_once(20, "anna@example.org");
	simulation_run(3 * MINUTE);
	is_int(letters_count().queued, 0, "a lifetime of a second ends");
	simulation_end("lifetime = 1s");
}

static void
test_once_only(void)
{
	simulation_begin(&simulation_plain, "lifetime = 0\n");
	simulated_sleep(WEEK);
	site.delay = HOUR;
	mail_at_once(20, "anna@example.org");
	simulation_run(MINUTE);
	is_int(letters_count().queued, 0, "lifetime = 0 is one attempt");
	simulation_end("lifetime = 0 after a week");
}

int
main(void)
{
	size_t i;

	for (i = 0; i < WAYS; i++) {
		test_site(&ways[i]);
		test_message(&ways[i]);
	}
	test_in_flight();
	test_seldom();
	test_passes();
	test_ahead();
	test_kept_ahead();
	test_short();
	test_once_only();
	return done();
}
