/*
 * Mail is old when attempts went on for its lifetime.  While the machine was
 * off or asleep, or nobody ran the scheduler, there were none, and a clock that
 * is set makes mail old at once: then there is some time for attempts first,
 * since the network may be the last to come back.
 */
#include <config.h>

#include "queue/flush.h"

#include <stdlib.h>

#include "queue/clock.h"

#define SECOND INT64_C(1000)

/* 1: more than half of a lifetime went by, and not only the second by which
 * the clocks are apart. */
static int
is_long(int64_t absent, int64_t lifetime)
{
	return lifetime > 0 && absent > lifetime / 2 + 1;
}

/* What was noted by a clock that was ahead must not count for years. */
static void
put_right(int64_t *noted, int64_t latest)
{
	if (*noted > latest)
		*noted = latest;
}

/* So many seconds went by unused, by the wall clock; fewer than 0: it was set
 * back. */
static void
notice(struct flush *f, int64_t absent)
{
	const struct settings *s = &f->settings;
	int64_t now = clock_wall(), spared = now +
	    (s->retry_max < s->lifetime ? s->retry_max : s->lifetime);

	put_right(&f->known.kept, now);
	put_right(&f->known.spared, spared);
	if (is_long(absent, s->lifetime)) {
		f->known.spared = spared;
		f->unsaved = 1;
	}
	if (is_long(llabs(absent), s->failed_lifetime)) {
		f->failed_anew = 1;
		f->next_clean = 0;
	}
}

void
absence_begin(struct flush *f)
{
	const struct state *st = &f->known;
	int64_t last = st->probed, absent;

	if (last < st->opened)
		last = st->opened;
	if (last < st->pass)
		last = st->pass;
	f->looked_wall = clock_wall();
	f->looked_awake = clock_awake();
	if (last == 0)
		return;		/* nothing is known */
	absent = f->looked_wall - last;
	/* Passes that come once in a while miss nothing between them. */
	if (absent > 0)
		absent = absent > st->interval ? absent - st->interval : 0;
	notice(f, absent);
}

void
absence_look(struct flush *f)
{
	int64_t wall = clock_wall(), awake = clock_awake();
	int64_t absent = wall - f->looked_wall -
	    (awake - f->looked_awake) / SECOND;

	f->looked_wall = wall;
	f->looked_awake = awake;
	notice(f, absent);
}
