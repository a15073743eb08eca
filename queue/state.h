/*
 * What flush found out about the site, in DIRECTORY/state: so that a run from
 * cron does not repeat a login that was refused, the rate holds over a
 * restart, and mailq and "outbox status" can say why mail waits.  It can be
 * missing or broken at any time without harm.
 */
#ifndef QUEUE_STATE_H
#define QUEUE_STATE_H

#include <stdint.h>

struct error;
struct spool;

#define STATE_WHY 512

/* Recipients that it counts. */
enum state_count { STATE_DELIVERED, STATE_DEFERRED, STATE_FAILED };
#define STATE_COUNTS 3

/* Times are seconds since 1970; 0: never. */
struct state {
	int64_t down;		/* 1: the last attempt failed */
	int64_t long_wait;	/* of struct schedule_site */
	int64_t failures;
	int64_t next;		/* attempt, not before */
	int64_t probed;		/* the last attempt */
	int64_t asked;		/* the last that someone asked for */
	int64_t paid;		/* of struct throttle */
	int64_t seen;		/* what configuration this was with */
	int64_t fell;		/* it is down since then */
	int64_t opened;		/* the last session, */
	int64_t delivered;	/* and the last success */
	int64_t slow;		/* 1: it asks for less */
	int64_t pass;		/* the end of the last "--once", */
	int64_t interval;	/* and how long after the one before it; 0:
				 * a service was the last, or it is the first */
	int64_t kept;		/* until then there was no smarthost */
	int64_t spared;		/* and until then no mail is too old */
	int64_t hour;		/* of the counts, since 1970 */
	int64_t counts[STATE_COUNTS];	/* of all time, */
	int64_t now[STATE_COUNTS];	/* in hour, */
	int64_t before[STATE_COUNTS];	/* and in the hour before */
	int64_t rate;		/* of struct throttle_rate, with which paid */
	int64_t period;		/* was reckoned: count, 0: none, and period */
	char why[STATE_WHY];	/* it is down, or was the last time */
	char session[STATE_WHY];	/* the last one, as the log has it */
};

/* One more recipient. */
void state_add(struct state *st, enum state_count what, int64_t now);

/* Recipients in about the last hour. */
int64_t state_rate(const struct state *st, enum state_count what,
    int64_t now);

/* 0, or -1: there is none, or none that flush can have written. */
int state_read(const struct spool *s, struct state *st);

/* Replace it.  Not synced: after a crash the old one or none does too. */
int state_write(const struct spool *s, const struct state *st,
    struct error *e);

#endif
