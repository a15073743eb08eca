/*
 * How much goes out: the configured rate, and less when the smarthost asks
 * for it.  Pure: time is a parameter, in milliseconds of clock_now().
 */
#ifndef QUEUE_THROTTLE_H
#define QUEUE_THROTTLE_H

#include <stdint.h>

struct throttle_rate {
	int64_t count;		/* recipients, 0: no limit, in any */
	int64_t period;		/* of so many seconds */
};

struct throttle {
	int64_t paid;		/* microseconds: what was taken is paid for
				 * then (the bucket is full) */
	int64_t gap;		/* between two messages; 0: none */
	int64_t next;		/* of them */
	int64_t asked;		/* for less, the last time */
	int64_t calm;		/* since then all was well */
	int64_t edge;		/* the gap with which messages were taken, and
				 * then it was too much; 0: none is known */
	unsigned given;		/* messages since asked, without an answer */
	unsigned taken;		/* of them, with this gap */
	int works;		/* one was taken since asked */
};

/* When the next message may go: it is now, or was, when not later than now. */
int64_t throttle_ready(struct throttle *t, const struct throttle_rate *rate,
    int64_t now);

/*
 * A message for so many recipients goes out; or, with a negative number, did
 * not.  A tenth of the rate can go at once, and no period ever sees more than
 * count, one message's recipients aside: they are paid for afterwards.
 */
void throttle_take(struct throttle *t, const struct throttle_rate *rate,
    int64_t recipients, int64_t now);

/* The rate is to from now on: what is not paid yet costs what it costs then. */
void throttle_change(struct throttle *t, const struct throttle_rate *from,
    const struct throttle_rate *to, int64_t now);

/*
 * As an earlier run left it, with the rate from: all is paid for in so many
 * seconds.  It is a period at most, as the clock may have jumped.
 */
void throttle_restore(struct throttle *t, int64_t left,
    const struct throttle_rate *from, const struct throttle_rate *to,
    int64_t now);

/*
 * The smarthost asks for less: one connection and a pause after each message,
 * of a second, or twice as long as before up to a minute.
 */
void throttle_slow(struct throttle *t, int64_t now);

/*
 * The smarthost took a message.  Then the pause gets shorter, by half with the
 * first or after 4 seconds of them, down to what was too much before; and to
 * that, and to none, with a quiet minute, whether there is mail or not.
 */
void throttle_works(struct throttle *t, int64_t now);

/* The site was away: only from now on silence means consent. */
void throttle_resume(struct throttle *t, int64_t now);

int throttle_is_slow(const struct throttle *t);

#endif
