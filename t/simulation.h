/*
 * A case of simulated time: the scheduler, a smarthost with bad habits, mail
 * that comes, and what each case must leave behind.
 */
#ifndef T_SIMULATION_H
#define T_SIMULATION_H

#include <stdint.h>

#include "queue/flush.h"
#include "t/letters.h"
#include "t/simulated.h"
#include "t/simulated_worker.h"

#define SITE_SEEN 4096

/* What the smarthost has in mind: nothing, as a case begins. */
struct site {
	int down;		/* it does not answer */
	int wrong;		/* the password */
	int64_t delay;		/* of its greylist */
	int64_t seen[SITE_SEEN];	/* by it, each recipient */
	int most;		/* messages in a minute */
	const char *too_many;	/* what it says then */
	int64_t minute;
	int in_minute;
	const char *refusal;	/* of each recipient */
	int mixed;		/* what it says of recipients */
	const char *disliked;	/* a sender */
};
extern struct site site;

/* It, and workers that are well. */
extern const struct smarthost simulation_plain;

/* The one that runs. */
extern struct flush scheduler;

/* An empty queue and a scheduler that works for it, with more lines in the
 * section [queue] of its configuration. */
void simulation_begin(const struct smarthost *s, const char *more);

/* The configuration from now on, when the scheduler reads it again. */
void simulation_configure(const char *more);

void simulation_run(int64_t time);

/* End the scheduler, as a service manager does; and start it. */
void simulation_stop(void);
void simulation_start(void);

/* What cron does: "outbox-flush --once", with the scheduler stopped. */
void simulation_once(void);

/* The scheduler gets this signal. */
void simulation_signal(int number);

/* It ends; tests of what must be so after each case, and its account. */
struct letters simulation_end(const char *what);

/* A test: got is within what. */
void at_most(int64_t got, int64_t most, const char *what);

/* So much mail: now, or one after the other. */
void mail_at_once(unsigned n, const char *sender);
void mail_every(int64_t pause, int64_t time);

#endif
