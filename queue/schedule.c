/*
 * Back-off: see schedule.h.
 */
#include <config.h>

#include "queue/schedule.h"

#define SECOND INT64_C(1000)
#define LONG_MIN_WAIT (1800 * SECOND)
#define LONG_MAX_WAIT (6 * 3600 * SECOND)
#define LONG_ASK_PAUSE (300 * SECOND)

const struct schedule_limits schedule_long = { LONG_MIN_WAIT, LONG_MAX_WAIT };

int64_t
schedule_delay(const struct schedule_limits *limits, unsigned attempts,
    uint32_t chance)
{
	int64_t delay = limits->min;

	while (attempts-- > 1 && delay < limits->max)
		delay *= 2;
	if (delay > limits->max)
		delay = limits->max;
	return delay - delay / 5 * (chance % 1000) / 1000;
}

void
schedule_site_up(struct schedule_site *site)
{
	site->state = SCHEDULE_UP;
	site->extra = 0;
}

void
schedule_site_works(struct schedule_site *site)
{
	site->failures = 0;
	site->long_wait = 0;
}

void
schedule_site_down(struct schedule_site *site,
    const struct schedule_limits *limits, int long_wait, int64_t now,
    uint32_t chance)
{
	int extra = site->extra != 0 && now >= site->extra;

	if (extra)
		site->extra = 0;
	if (extra && site->state == SCHEDULE_DOWN && now < site->next &&
	    long_wait == site->long_wait)
		return;
	/* Another kind of failure starts its own series. */
	if (long_wait != site->long_wait)
		site->failures = 0;
	site->state = SCHEDULE_DOWN;
	site->long_wait = long_wait;
	site->failures++;
	site->next = now + schedule_delay(long_wait ? &schedule_long : limits,
	    site->failures, chance);
}

void
schedule_site_ask(struct schedule_site *site, int64_t pause, int64_t now)
{
	int64_t grant = now;

	if (site->long_wait && pause < LONG_ASK_PAUSE)
		pause = LONG_ASK_PAUSE;
	if (pause > 0 && site->asked != 0 && site->asked + pause > now)
		grant = site->asked + pause;
	if (site->state != SCHEDULE_DOWN ||
	    schedule_site_due(site) <= grant)
		return;
	site->extra = grant;
	site->asked = grant;
}

int64_t
schedule_site_due(const struct schedule_site *site)
{
	return site->extra != 0 && site->extra < site->next ? site->extra :
	    site->next;
}

unsigned
schedule_site_allows(const struct schedule_site *site, int64_t now,
    unsigned all)
{
	switch (site->state) {
	case SCHEDULE_UP:
		return all;
	case SCHEDULE_UNKNOWN:
		return 1;
	case SCHEDULE_DOWN:
		break;
	}
	return now >= schedule_site_due(site);
}
