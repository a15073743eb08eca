/*
 * What the scheduler knows of the site, kept from one run to the next: to the
 * state file (state.h) and back, where clocks of another kind run.
 */
#include <config.h>

#include "queue/flush.h"

#include <string.h>
#include <syslog.h>
#include <time.h>

#include "queue/clock.h"
#include "queue/error.h"

#define SECOND INT64_C(1000)
#define SAVE_INTERVAL (5 * SECOND)	/* of the state file */

/* The look of the configuration, as a number (FNV-1a). */
static int64_t
fingerprint(const struct flush *f)
{
	uint64_t n = UINT64_C(0xcbf29ce484222325);
	const struct stat *st;

	for (st = f->seen; st < f->seen + 2; st++) {
		n = (n ^ (uint64_t)st->st_ino) * UINT64_C(0x100000001b3);
		n = (n ^ (uint64_t)st->st_mode) * UINT64_C(0x100000001b3);
		n = (n ^ (uint64_t)st->st_uid) * UINT64_C(0x100000001b3);
		n = (n ^ (uint64_t)st->st_size) * UINT64_C(0x100000001b3);
		n = (n ^ (uint64_t)st->st_ctim.tv_sec) *
		    UINT64_C(0x100000001b3);
		n = (n ^ (uint64_t)st->st_ctim.tv_nsec) *
		    UINT64_C(0x100000001b3);
	}
	return (int64_t)(n >> 1);
}

/* Milliseconds of clock_now() for a time of the other clock, which may have
 * jumped: not later than most from now. */
static int64_t
to_clock(int64_t wall, int64_t most)
{
	int64_t wait = (wall - (int64_t)clock_wall()) * SECOND;

	return clock_now() + (wait < most ? wait : most);
}

static int64_t
to_wall(int64_t when)
{
	int64_t wall = (int64_t)clock_wall() + (when - clock_now()) / SECOND;

	return wall > 0 ? wall : 0;
}

void
site_kept(struct flush *f)
{
	if (*f->settings.host != '\0')
		return;
	f->known.kept = clock_wall();
	f->unsaved = 1;
}

void
site_load(struct flush *f)
{
	struct schedule_limits limits = flush_limits(f);
	struct throttle_rate was;
	struct state st;

	if (state_read(f->spool, &st) != 0)
		return;
	was = (struct throttle_rate){ st.rate, st.period };
	throttle_restore(&f->throttle, st.paid - (int64_t)clock_wall(), &was,
	    &f->rate, clock_now());
	f->known = st;
	f->last_pass = st.pass;
	if (!st.down)
		return;
	f->unsaved = 1;
	if (st.seen != fingerprint(f) || f->all)
		return;
	f->site.state = SCHEDULE_DOWN;
	f->site.failures = (unsigned)st.failures;
	f->site.long_wait = (int)st.long_wait;
	f->site.next = to_clock(st.next, st.long_wait ? schedule_long.max :
	    limits.max);
	if (st.asked != 0)
		f->site.asked = to_clock(st.asked, 0);
	f->site_probed = (time_t)st.probed;
	memcpy(f->site_why, st.why, sizeof(f->site_why));
	f->site_news = 1;
}

void
site_save(struct flush *f)
{
	struct state *st = &f->known;
	struct error e;

	if (!f->unsaved)
		return;
	st->down = f->site.state == SCHEDULE_DOWN;
	st->long_wait = f->site.long_wait;
	st->failures = f->site.failures < 1000 ? f->site.failures : 1000;
	st->next = to_wall(f->site.next);
	st->asked = f->site.asked != 0 ? to_wall(f->site.asked) : 0;
	st->paid = to_wall(f->throttle.paid / 1000) + 1;
	st->rate = f->rate.count;
	st->period = f->rate.period;
	st->seen = fingerprint(f);
	st->slow = throttle_is_slow(&f->throttle);
	if (*f->site_why != '\0') {
		st->probed = f->site_probed;
		memcpy(st->why, f->site_why, sizeof(st->why));
	}
	if (state_write(f->spool, st, &e) != 0)
		log_event(f->log, LOG_ERR, "%s", e.text);
	f->unsaved = 0;
	f->next_save = clock_now() + SAVE_INTERVAL;
}

void
site_note_pass(struct flush *f)
{
	struct state *st = &f->known;
	int64_t now = clock_wall(), last = f->last_pass;

	st->interval = last > 0 && last < now ? now - last : 0;
	st->pass = now;
	f->unsaved = 1;
}

void
site_note_service(struct flush *f)
{
	if (f->known.pass == 0)
		return;
	f->known.pass = f->known.interval = 0;
	f->unsaved = 1;
}
