/*
 * Workers that are no processes: they live in the test, speak to the
 * scheduler as handover.h says and behave as worker.c does, with a smarthost
 * behind them that is a few functions.
 */
#ifndef T_SIMULATED_WORKER_H
#define T_SIMULATED_WORKER_H

#include <stdint.h>

/*
 * Each returns NULL for yes, or the reply: "450 4.2.0 later".  From
 * welcome(), what does not start with a digit came in place of a reply, and a
 * 53x answers the login.  NULL in place of a function: always yes.
 */
struct smarthost {
	const char *(*welcome)(void);
	const char *(*mail)(const char *sender);
	const char *(*rcpt)(const char *sender, const char *rcpt);
	const char *(*content)(const char *sender);
	int64_t to_connect;		/* how long each takes */
	int64_t to_send;
	const char *tarpit;	/* mail of this sender takes five minutes */
	int broken;			/* a worker ends as it begins, */
	int busy;			/* or says for ever that it connects */
	/* One in so many messages, or none with 0, and the worker: */
	unsigned crash_before;		/* crashes, */
	unsigned crash_after;		/* when the smarthost has it, */
	unsigned hang;			/* or does nothing more, */
	unsigned lose;			/* or does not get the last reply */
};

struct worker_counts {
	long started;
	long connects;		/* attempts */
	long sessions;		/* that came of them */
	long mails;		/* transactions */
	long crashes;
	long killed;		/* by the scheduler */
	long at_once;		/* sessions, at most */
};

/* From now on it is this one; the caller keeps it. */
void workers_begin(const struct smarthost *s);

const struct worker_counts *workers_counts(void);

/* Workers that were not reaped yet. */
unsigned workers_left(void);

#endif
