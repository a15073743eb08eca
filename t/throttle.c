/*
 * The rate: never more than count in any period, and nearly that much; less
 * when the smarthost asks for it, and more again when it does not.
 */
#include <config.h>

#include "queue/throttle.h"

#include <string.h>

#include "t/tap.h"

#define SECOND INT64_C(1000)
#define T0 (1000 * SECOND)
#define SENT_MAX 20000

static int64_t sent[SENT_MAX];

/* Send as fast as it lets us for a time: how many, and how many were the most
 * in one period. */
static void
flood(const char *name, struct throttle_rate rate, int64_t time,
    long long least)
{
	struct throttle t = { .paid = 0 };
	int64_t now = T0, ready, most = 0;
	size_t n = 0, first = 0;

	while (now < T0 + time && n < SENT_MAX) {
		ready = throttle_ready(&t, &rate, now);
		if (ready > now) {
			now = ready;
			continue;
		}
		throttle_take(&t, &rate, 1, now);
		sent[n++] = now;
		while (sent[first] <= now - rate.period * SECOND)
			first++;
		if ((int64_t)(n - first) > most)
			most = (int64_t)(n - first);
	}
	ok(most <= rate.count, "%s: %lld in one period", name,
	    (long long)most);
	ok((long long)n >= least, "... and %zu in all", n);
}

static void
test_rate(void)
{
	static const struct throttle_rate hourly = { 80, 3600 },
	    none = { 0, 0 };
	struct throttle t = { .paid = 0 };
	int64_t now = T0;
	int i;

	flood("80/h for a day", hourly, 86400 * SECOND, 72 * 24);
	flood("14/s for a minute", (struct throttle_rate){ 14, 1 },
	    60 * SECOND, 14 * 60 * 9 / 10);
	flood("1/m for an hour", (struct throttle_rate){ 1, 60 },
	    3600 * SECOND, 59);
	flood("2000/d for two", (struct throttle_rate){ 2000, 86400 },
	    2 * 86400 * SECOND, 3600);
	for (i = 0; i < 8; i++)
		throttle_take(&t, &hourly, 1, now);
	is_int(throttle_ready(&t, &hourly, now) > now, 1,
	    "a tenth goes at once, then there is a wait");
	throttle_take(&t, &hourly, -1, now);
	is_int(throttle_ready(&t, &hourly, now), now,
	    "what was not sent is given back");
	t.paid = 0;
	throttle_take(&t, &hourly, 74, now);
	ok(throttle_ready(&t, &hourly, now) > now + 3000 * SECOND,
	    "many recipients are paid for afterwards");
	is_int(throttle_ready(&t, &none, now), now, "no rate: no wait");
}

static void
test_slow(void)
{
	static const struct throttle_rate none = { 0, 0 };
	struct throttle t = { .paid = 0 };
	int64_t now = T0;
	int i;

	ok(!throttle_is_slow(&t), "at first it is not slow");
	throttle_slow(&t, now);
	throttle_slow(&t, now + 10);
	is_int(throttle_ready(&t, &none, now), now + SECOND,
	    "asked for less: a pause, however many say so at once");
	ok(throttle_is_slow(&t), "... and one connection");
	throttle_take(&t, &none, 1, now + SECOND);
	is_int(throttle_ready(&t, &none, now + SECOND), now + 2 * SECOND,
	    "... after each message");
	for (i = 0; i < 20; i++)
		throttle_slow(&t, now += 2 * SECOND);
	is_int(throttle_ready(&t, &none, now), now + 60 * SECOND,
	    "asked again: twice as long, up to a minute");
	throttle_ready(&t, &none, now += 60 * SECOND);
	throttle_take(&t, &none, 1, now);
	is_int(throttle_ready(&t, &none, now), now + 30 * SECOND,
	    "a quiet minute: half as long");
	throttle_resume(&t, now += 120 * SECOND);
	throttle_take(&t, &none, 1, now);
	is_int(throttle_ready(&t, &none, now), now + 30 * SECOND,
	    "while it was away it was not quiet");
	for (i = 0; i < 6; i++)
		throttle_ready(&t, &none, now += 60 * SECOND);
	ok(!throttle_is_slow(&t), "quiet for minutes: as fast as before");
	throttle_take(&t, &none, 1, now);
	is_int(throttle_ready(&t, &none, now), now, "... without a pause");
}

/* Send as fast as it lets us to a smarthost that takes a message each pace
 * milliseconds at most, 0: all: when n were taken, and how often it asked for
 * less. */
static int64_t
drain(struct throttle *t, int64_t now, unsigned n, int64_t pace,
    unsigned *asked)
{
	static const struct throttle_rate none = { 0, 0 };
	int64_t free = now;

	for (*asked = 0; n > 0; ) {
		now = throttle_ready(t, &none, now);
		throttle_take(t, &none, 1, now);
		if (now < free) {
			throttle_slow(t, now);
			++*asked;
			now++;
			continue;
		}
		throttle_works(t, now);
		free = now + pace;
		n--;
	}
	return now;
}

static void
test_recovery(void)
{
	static const int64_t paces[] = { 70, 500, 2000, 7000 };
	struct throttle t = { .paid = 0 };
	int64_t now = T0, time;
	unsigned asked;
	size_t i;

	for (i = 0; i < 9; i++, now += 60 * SECOND)
		throttle_slow(&t, now);
	time = drain(&t, now, 1000, 0, &asked) - now;
	ok(time < 120 * SECOND, "it takes nothing for minutes, then all: "
	    "1000 go in %lld s", (long long)time / SECOND);
	ok(throttle_is_slow(&t), "... by one connection");
	throttle_ready(&t, &(struct throttle_rate){ 0, 0 },
	    now + time + 60 * SECOND);
	ok(!throttle_is_slow(&t), "... and after a quiet minute as before");
	for (i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		memset(&t, 0, sizeof(t));
		time = drain(&t, T0, 1000, paces[i], &asked) - T0;
		ok(time < 1000 * paces[i] * 4, "it takes one each %lld ms: "
		    "1000 go in %lld s", (long long)paces[i],
		    (long long)time / SECOND);
		ok(asked < 10 + time / (40 * SECOND),
		    "... and it asks %u times for less", asked);
	}
}

/* What was on its way when it asked for less says nothing of the pause. */
static void
test_on_the_way(void)
{
	static const struct throttle_rate none = { 0, 0 };
	struct throttle t = { .paid = 0 };
	int i;

	for (i = 0; i < 20; i++)
		throttle_take(&t, &none, 1, T0);
	throttle_slow(&t, T0);
	for (i = 0; i < 19; i++)
		throttle_works(&t, T0);
	throttle_take(&t, &none, 1, T0 + SECOND);
	is_int(throttle_ready(&t, &none, T0 + SECOND), T0 + 2 * SECOND,
	    "messages that were on their way do not shorten the pause");
}

/* Seconds until the next may go. */
static int64_t
left_after(int64_t left, struct throttle_rate from, struct throttle_rate to)
{
	struct throttle t = { .paid = 0 };

	throttle_restore(&t, left, &from, &to, T0);
	return (throttle_ready(&t, &to, T0) - T0) / SECOND;
}

static void
test_restore(void)
{
	const struct throttle_rate none = { 0, 0 }, daily = { 1, 86400 },
	    hourly = { 1, 3600 }, most = { 1000000, 1 },
	    least = { 1, 7 * 86400 };

	is_int(left_after(1800, hourly, hourly), 1800,
	    "a restart: the rest of the time");
	is_int(left_after(-5, hourly, hourly), 0, "... which is over");
	is_int(left_after(9999, hourly, hourly), 3600,
	    "... and no more than a period");
	is_int(left_after(86400, daily, hourly), 3600,
	    "another rate: one costs what it costs now");
	is_int(left_after(3600, hourly, daily), 86400,
	    "... also where that is more");
	is_int(left_after(86400, daily, none), 0, "no rate any more");
	is_int(left_after(3600, none, daily), 0, "no rate before");
	ok(left_after(1, most, least) > 0 &&
	    left_after(INT64_C(1) << 40, most, least) > 0,
	    "the extremes are no more than there is room for");
}

int
main(void)
{
	test_rate();
	test_restore();
	test_slow();
	test_recovery();
	test_on_the_way();
	return done();
}
