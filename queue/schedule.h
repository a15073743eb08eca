/*
 * When to try again.  Pure: time and chance are parameters.
 *
 * Back-off belongs to the site first: while it is down one probe goes out
 * per interval, and when it answers everything due goes at once.  A message
 * that the site refused for now backs off by itself.
 */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include <stdint.h>

struct schedule_limits {
	int64_t min, max;	/* milliseconds of the first and the longest
				 * wait */
};

/*
 * Milliseconds to wait after attempts (at least 1) failed: min, doubled for
 * each further one up to max, less up to a fifth by chance.  chance is any
 * number.
 */
int64_t schedule_delay(const struct schedule_limits *limits,
    unsigned attempts, uint32_t chance);

/* For what does harm when it is asked often: half an hour to six hours. */
extern const struct schedule_limits schedule_long;

enum schedule_state {
	SCHEDULE_UNKNOWN,	/* no attempt yet: one probe first */
	SCHEDULE_UP,
	SCHEDULE_DOWN		/* not before next; then one probe */
};

struct schedule_site {
	enum schedule_state state;
	unsigned failures;	/* since it worked */
	int long_wait;		/* asking too often does harm: a login was
				 * refused, or a quota used up */
	int64_t next;
	int64_t extra;		/* an attempt before that, for which someone
				 * asked; 0: none */
	int64_t asked;		/* the last one of these */
};

/* It answered, and let us in. */
void schedule_site_up(struct schedule_site *site);

/* And it took a message, or refused that one: what fails after this is
 * another matter.  Before, the waits go on to grow. */
void schedule_site_works(struct schedule_site *site);

/* It did not.  long_wait: wait as schedule_long says.  What comes of an extra
 * attempt leaves the series as it is. */
void schedule_site_down(struct schedule_site *site,
    const struct schedule_limits *limits, int long_wait, int64_t now,
    uint32_t chance);

/* Someone asks for an attempt now.  It is granted, but asking again and again
 * does not turn into a flood: there is this pause between two grants, or five
 * minutes where asking does harm and the pause is shorter.  Without a pause it
 * is granted now, and not when those who asked before are to get it. */
void schedule_site_ask(struct schedule_site *site, int64_t pause,
    int64_t now);

/* While it is down: the time of the next attempt. */
int64_t schedule_site_due(const struct schedule_site *site);

/* Messages that may be in flight now, of at most all. */
unsigned schedule_site_allows(const struct schedule_site *site, int64_t now,
    unsigned all);

#endif
