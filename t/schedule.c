/*
 * Back-off: doubling with a cap, jitter within its bounds, one probe while
 * the site is down; and a week of outage in a second.
 */
#include <config.h>

#include "queue/schedule.h"

#include "t/chance.h"
#include "t/tap.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define WEEK (7 * 24 * HOUR)

static const struct schedule_limits usual = { MINUTE, HOUR };

static void
test_delay(void)
{
	static const struct {
		const char *rule;
		struct schedule_limits limits;
		unsigned attempts;
		int64_t want;
	} cases[] = {
		{ "the first wait", { MINUTE, HOUR }, 1, MINUTE },
		{ "none yet counts as one", { MINUTE, HOUR }, 0, MINUTE },
		{ "doubled", { MINUTE, HOUR }, 2, 2 * MINUTE },
		{ "and again", { MINUTE, HOUR }, 5, 16 * MINUTE },
		{ "capped", { MINUTE, HOUR }, 7, HOUR },
		{ "for ever", { MINUTE, HOUR }, 4000000000u, HOUR },
		{ "no room to grow", { MINUTE, MINUTE }, 9, MINUTE },
		{ "a second", { SECOND, SECOND }, 3, SECOND },
		{ "a day", { 24 * HOUR, 24 * HOUR }, 3, 24 * HOUR },
	};
	int64_t delay;
	size_t i, n, bad;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(schedule_delay(&cases[i].limits, cases[i].attempts,
		    0), cases[i].want, "delay: %s", cases[i].rule);
		for (n = bad = 0; n < 2000; n++) {
			delay = schedule_delay(&cases[i].limits,
			    cases[i].attempts, (uint32_t)chance());
			bad += delay > cases[i].want ||
			    delay < cases[i].want - cases[i].want / 5;
		}
		is_int((long long)bad, 0, "... less a fifth at most");
	}
	for (i = 0, bad = 0; i < 1000; i++)
		bad += schedule_delay(&usual, 7, (uint32_t)i) ==
		    schedule_delay(&usual, 7, (uint32_t)(i + 1));
	ok(bad == 0, "delay: chance makes a difference");
}

static void
test_states(void)
{
	struct schedule_site site = { .state = SCHEDULE_UNKNOWN };

	is_int(schedule_site_allows(&site, 0, 32), 1,
	    "unknown: one probe");
	schedule_site_down(&site, &usual, 0, 0, 0);
	is_int(site.state, SCHEDULE_DOWN, "down");
	is_int(site.next, MINUTE, "... for the first wait");
	is_int(schedule_site_allows(&site, MINUTE - 1, 32), 0,
	    "... nothing before");
	is_int(schedule_site_allows(&site, MINUTE, 32), 1,
	    "... then one probe");
	schedule_site_down(&site, &usual, 0, MINUTE, 0);
	is_int(site.next, 3 * MINUTE, "still down: twice the wait");
	schedule_site_up(&site);
	is_int(schedule_site_allows(&site, MINUTE, 32), 32,
	    "up: all at once");
	schedule_site_down(&site, &usual, 0, 0, 0);
	is_int(site.next, 4 * MINUTE, "down again, and it did no work: the "
	    "waits go on to grow");
	schedule_site_up(&site);
	schedule_site_works(&site);
	schedule_site_down(&site, &usual, 0, 0, 0);
	is_int(site.next, MINUTE, "it did: from the first wait on");
	schedule_site_down(&site, &usual, 1, 0, 0);
	is_int(site.next, 30 * MINUTE, "where asking does harm: half an hour");
	schedule_site_down(&site, &usual, 1, 0, 0);
	is_int(site.next, HOUR, "... doubled");
	schedule_site_down(&site, &usual, 1, 0, 0);
	schedule_site_down(&site, &usual, 1, 0, 0);
	schedule_site_down(&site, &usual, 1, 0, 0);
	schedule_site_down(&site, &usual, 1, 0, 0);
	is_int(site.next, 6 * HOUR, "... up to six hours");
	schedule_site_down(&site, &usual, 0, 0, 0);
	is_int(site.next, MINUTE, "another fault: a series of its own");
}

static void
test_ask(void)
{
	struct schedule_site site = { .state = SCHEDULE_UNKNOWN };
	int64_t now, t0 = 100 * HOUR;
	unsigned grants = 0;

	schedule_site_ask(&site, 5 * SECOND, t0);
	is_int(schedule_site_allows(&site, t0, 32), 1,
	    "ask: changes nothing while unknown");
	schedule_site_up(&site);
	schedule_site_ask(&site, 5 * SECOND, t0);
	is_int(schedule_site_allows(&site, t0, 32), 32,
	    "ask: changes nothing while up");
	schedule_site_down(&site, &usual, 0, t0, 0);
	schedule_site_ask(&site, 5 * SECOND, t0 + SECOND);
	is_int(schedule_site_allows(&site, t0 + SECOND, 32), 1,
	    "ask: granted at once");
	schedule_site_down(&site, &usual, 0, t0 + SECOND, 0);
	schedule_site_ask(&site, 5 * SECOND, t0 + 2 * SECOND);
	is_int(schedule_site_allows(&site, t0 + 2 * SECOND, 32), 0,
	    "ask: not again within five seconds");
	is_int(schedule_site_allows(&site, t0 + 6 * SECOND, 32), 1,
	    "... but then");
	schedule_site_down(&site, &usual, 0, t0 + 6 * SECOND, 0);
	is_int(site.next, t0 + MINUTE, "ask: in vain, and the next attempt "
	    "comes when it would have come");
	is_int(site.failures, 1, "... the series is as it was");
	is_int(schedule_site_due(&site), site.next, "... and nothing before");
	schedule_site_down(&site, &usual, 0, t0 + MINUTE, 0);
	is_int(site.failures, 2, "... but that one counts");
	/* Someone asks all the time, and every attempt fails. */
	for (now = t0 + HOUR; now < t0 + 2 * HOUR; now += 100) {
		schedule_site_ask(&site, 5 * SECOND, now);
		if (schedule_site_allows(&site, now, 32) > 0) {
			grants++;
			schedule_site_down(&site, &usual, 0, now, 0);
		}
	}
	schedule_site_down(&site, &usual, 0, now = 3 * HOUR, 0);
	schedule_site_ask(&site, 5 * SECOND, now);
	schedule_site_up(&site);
	is_int(site.extra, 0, "ask: forgotten when it is up");
	ok(grants > 600 && grants <= 726, "ask: no flood: %u in an hour",
	    grants);
}

/*
 * The login is refused, and a user runs "sendmail -q" in a loop: that must
 * not lock the account.
 */
static void
test_ask_in_vain(void)
{
	struct schedule_site site = { .state = SCHEDULE_UNKNOWN };
	int64_t now;
	unsigned grants = 0;

	schedule_site_down(&site, &usual, 1, HOUR, 0);
	for (now = HOUR; now < 2 * HOUR; now += SECOND) {
		schedule_site_ask(&site, 5 * SECOND, now);
		if (schedule_site_allows(&site, now, 32) > 0) {
			grants++;
			schedule_site_down(&site, &usual, 1, now, 0);
		}
	}
	ok(grants >= 1 && grants <= 13, "ask: refused logins are few: %u "
	    "in an hour", grants);
	/* The next one is granted for later; then the password is mended. */
	site.long_wait = 0;
	schedule_site_ask(&site, 0, now);
	is_int(schedule_site_allows(&site, now, 32), 1,
	    "ask: what is mended does not wait for it");
}

/* A week without the site, and 1,000 messages waiting: how often is it asked,
 * and is the first attempt after its return late? */
static void
outage(int long_wait, unsigned least, unsigned most, int64_t longest)
{
	struct schedule_site site = { .state = SCHEDULE_UNKNOWN };
	int64_t now, last = 0, gap = 0;
	unsigned attempts = 0, beyond = 0, allowed;

	for (now = SECOND; now < WEEK; now += SECOND) {
		allowed = schedule_site_allows(&site, now, 1000);
		if (allowed == 0)
			continue;
		beyond += allowed > 1;
		attempts++;
		if (now - last > gap)
			gap = now - last;
		last = now;
		schedule_site_down(&site, &usual, long_wait, now,
		    (uint32_t)chance());
	}
	ok(attempts >= least && attempts <= most, "a week of outage%s: "
	    "%u attempts", long_wait ? ", login refused" : "", attempts);
	is_int(beyond, 0, "... one message each");
	ok(gap <= longest, "... and none waits longer than the cap: %llds",
	    (long long)(gap / SECOND));
	schedule_site_up(&site);
	is_int(schedule_site_allows(&site, now, 1000), 1000,
	    "... and then all at once");
}

/* A message that the site puts off by itself, for as long as it lives. */
static void
test_message(void)
{
	int64_t now = 0, lifetime = 5 * 24 * HOUR;
	unsigned attempts = 0;

	while (now < lifetime)
		now += schedule_delay(&usual, ++attempts,
		    (uint32_t)chance());
	ok(attempts >= 120 && attempts <= 170, "a message of five days: %u "
	    "attempts", attempts);
}

int
main(void)
{
	test_delay();
	test_states();
	test_ask();
	test_ask_in_vain();
	outage(0, 168, 220, HOUR + SECOND);
	outage(1, 28, 40, 6 * HOUR + SECOND);
	test_message();
	return done();
}
