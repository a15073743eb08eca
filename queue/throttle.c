/*
 * The throttle: see throttle.h.
 */
#include <config.h>

#include "queue/throttle.h"

#define SECOND INT64_C(1000)
#define MICRO INT64_C(1000)	/* microseconds in one of our units */
#define GAP_MIN (1 * SECOND)
#define GAP_MAX (60 * SECOND)
#define GAP_LEAST 16		/* milliseconds: 60 messages a second */
#define TRIAL (4 * SECOND)	/* of a gap, until a shorter one */
#define CALM (60 * SECOND)

/* Recipients that can go at once. */
static int64_t
burst(const struct throttle_rate *rate)
{
	return rate->count < 20 ? 1 : rate->count / 10;
}

/* Microseconds that one recipient costs.  With the burst, count of them fit
 * in a period. */
static int64_t
cost(const struct throttle_rate *rate)
{
	return rate->period * 1000000 / (rate->count - burst(rate) + 1) + 1;
}

/* A quiet minute.  Two in a row below the edge: there is none any more. */
static void
calm_down(struct throttle *t)
{
	t->calm += CALM;
	t->gap = t->edge > 0 || t->gap > GAP_MIN ? t->gap / 2 : 0;
	t->taken = 0;
	if (t->gap * 2 <= t->edge)
		t->edge = 0;
}

int64_t
throttle_ready(struct throttle *t, const struct throttle_rate *rate,
    int64_t now)
{
	int64_t ready = now, most;

	while (t->gap > 0 && now - t->calm >= CALM)
		calm_down(t);
	if (t->gap > 0 && t->next > ready)
		ready = t->next;
	if (rate->count == 0)
		return ready;
	most = (t->paid - (burst(rate) - 1) * cost(rate) + MICRO - 1) / MICRO;
	return most > ready ? most : ready;
}

void
throttle_take(struct throttle *t, const struct throttle_rate *rate,
    int64_t recipients, int64_t now)
{
	t->next = now + t->gap;
	if (recipients > 0)
		t->given++;
	else if (t->given > 0)
		t->given--;
	if (rate->count == 0)
		return;
	if (t->paid < now * MICRO)
		t->paid = now * MICRO;
	t->paid += recipients * cost(rate);
}

void
throttle_change(struct throttle *t, const struct throttle_rate *from,
    const struct throttle_rate *to, int64_t now)
{
	int64_t owed = t->paid - now * MICRO;

	if (from->count == 0 || to->count == 0)
		t->paid = 0;
	else if (owed > 0 && (from->count != to->count ||
	    from->period != to->period))
		t->paid = now * MICRO + (owed + cost(from) - 1) / cost(from) *
		    cost(to);
}

void
throttle_restore(struct throttle *t, int64_t left,
    const struct throttle_rate *from, const struct throttle_rate *to,
    int64_t now)
{
	t->paid = (now + (left < from->period ? left : from->period) *
	    SECOND) * MICRO;
	throttle_change(t, from, to, now);
}

void
throttle_slow(struct throttle *t, int64_t now)
{
	/* Those that were on their way say the same. */
	if (t->gap > 0 && now < t->asked + GAP_MIN)
		return;
	/* If it takes nothing, that is not for how fast it comes. */
	if (t->works)
		t->edge = t->gap;
	t->gap = t->gap < GAP_MIN ? GAP_MIN : t->gap * 2;
	if (t->gap > GAP_MAX)
		t->gap = GAP_MAX;
	t->given = t->taken = 0;
	t->works = 0;
	t->asked = t->calm = now;
	t->next = now + t->gap;
}

void
throttle_works(struct throttle *t, int64_t now)
{
	/* Of those given before it asked for less nothing is to be learnt. */
	if (t->gap == 0 || t->given == 0)
		return;
	t->given--;
	t->taken++;
	t->works = 1;
	if (t->gap <= GAP_LEAST || t->gap / 2 <= t->edge ||
	    t->taken * t->gap < TRIAL)
		return;
	t->taken = 0;
	t->calm = now;
	t->gap = t->gap / 2 > GAP_LEAST ? t->gap / 2 : GAP_LEAST;
	if (t->next > now + t->gap)
		t->next = now + t->gap;
}

void
throttle_resume(struct throttle *t, int64_t now)
{
	t->calm = now;
}

int
throttle_is_slow(const struct throttle *t)
{
	return t->gap > 0;
}
