/*
 * The site as the scheduler sees it: up, or down and probed from time to time.
 * What it says of itself only defers mail; age alone ends it.
 */
#include <config.h>

#include "queue/flush.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/watch.h"

#define SECOND INT64_C(1000)
#define ASK_PAUSE (5 * SECOND)		/* between attempts that users want */
#define EXPIRE_MAX 100		/* reports that are made in one go */

/* A message comes up at once, whatever its file says. */
static void
ask(void *arg, struct backlog_message *m)
{
	struct flush *f = arg;

	if (m->in_flight)
		return;
	m->asked = 1;
	m->cause = BACKLOG_ITSELF;
	dispatch_set_due(f, m, 0);
}

static void
ask_if_by_site(void *arg, struct backlog_message *m)
{
	struct flush *f = arg;

	if (m->cause != BACKLOG_SITE || m->in_flight)
		return;
	ask(f, m);
	dispatch_set_due(f, m, clock_now());
}

void
site_waits(struct flush *f, struct backlog_message *m)
{
	m->cause = BACKLOG_SITE;
	if (f->site.state == SCHEDULE_UP)
		ask_if_by_site(f, m);
}

static void
ask_if_by_sender(void *arg, struct backlog_message *m)
{
	if (m->cause == BACKLOG_SENDER)
		ask(arg, m);
}

static void
ask_if_harmless(void *arg, struct backlog_message *m)
{
	if (!m->patient)
		ask(arg, m);
}

void
site_up(struct flush *f, const char *relay, const char *session)
{
	snprintf(f->known.session, sizeof(f->known.session), "%s", session);
	f->known.opened = clock_wall();
	f->unsaved = 1;
	if (f->site.state == SCHEDULE_UP)
		return;
	if (f->site.state == SCHEDULE_DOWN) {
		log_event(f->log, LOG_NOTICE, "smarthost %s answers again",
		    relay);
		f->next_save = clock_now();
		backlog_each(f->backlogs[HOME_SITE], ask_if_by_site, f);
	}
	schedule_site_up(&f->site);
	throttle_resume(&f->throttle, clock_now());
	if (f->network >= 0)
		close(f->network);
	if (f->watch >= 0)
		close(f->watch);
	f->network = f->watch = -1;
	f->next_look = 0;
}

struct expired {
	struct flush *f;
	struct backlog_message *list[EXPIRE_MAX];
	size_t n;
};

static void
add_expired(void *arg, struct backlog_message *m)
{
	struct expired *x = arg;

	if (x->n < EXPIRE_MAX && !m->in_flight && m->due <= clock_now() &&
	    settle_is_expired(x->f, (time_t)(m->arrival / 1000000)))
		x->list[x->n++] = m;
}

int
site_end_expired(struct flush *f)
{
	struct expired x = { .f = f };
	struct spool_message message;
	char id[SPOOL_ID + 1];
	struct error e;
	struct job *j;
	size_t i, ended = 0;

	backlog_each(f->backlogs[HOME_SITE], add_expired, &x);
	for (i = 0; i < x.n; i++) {
		backlog_id(x.list[i], id);
		if (spool_take(f->spool, id, &message, &e) != SPOOL_OK)
			continue;
		if (!message.env.retry.held &&
		    settle_is_expired(f, message.env.arrival) &&
		    envelope_todo(&message.env) > 0 &&
		    (j = settle_new_job(f, x.list[i], &message)) != NULL) {
			settle_job(f, j, 1, f->site_why);
			ended++;
		} else
			spool_release(&message);
	}
	f->site_news = ended == EXPIRE_MAX;
	return f->site_news;
}

void
site_down(struct flush *f, const struct verdict *reported)
{
	struct schedule_limits limits = flush_limits(f);
	struct verdict v = *reported;
	int64_t now = clock_now();

	if (f->stopping)
		return;
	/* Several workers tell of the same fault. */
	if (f->site.state == SCHEDULE_DOWN &&
	    schedule_site_due(&f->site) > now)
		return;
	replies_apply(&f->replies, &v);
	if ((v.flags & VERDICT_SLOW) != 0)
		throttle_slow(&f->throttle, now);
	if (f->site.failures == 0)
		f->known.fell = clock_wall();
	schedule_site_down(&f->site, &limits,
	    (v.flags & VERDICT_LONG) != 0, now, flush_chance());
	f->deferred = 1;
	log_event(f->log, LOG_ERR, "smarthost %s: %s; mail waits, next "
	    "attempt in %llds", f->settings.host, v.text,
	    (long long)(schedule_site_due(&f->site) - now + SECOND - 1) /
	    SECOND);
	memcpy(f->site_why, v.text, sizeof(f->site_why));
	f->site_probed = clock_wall();
	f->site_news = 1;
	f->unsaved = 1;
	f->next_save = now;
}

void
site_count(struct flush *f, enum state_count what)
{
	int64_t now = clock_wall();

	state_add(&f->known, what, now);
	if (what == STATE_DELIVERED)
		f->known.delivered = now;
	f->unsaved = 1;
}

/* An attempt soon: who waits for it reads that in the state. */
static void
ask_site(struct flush *f, int64_t pause)
{
	int64_t now = clock_now(), before = f->site.asked;

	schedule_site_ask(&f->site, pause, now);
	if (f->site.asked == before)
		return;
	f->unsaved = 1;
	f->next_save = now;
}

void
site_try(struct flush *f, int64_t pause)
{
	if (!f->site.long_wait)
		ask_site(f, pause);
}

void
site_mended(struct flush *f)
{
	f->site.long_wait = 0;
	hold_clear(&f->holds);
	ask_site(f, 0);
	backlog_each(f->backlogs[HOME_SITE], ask, f);
	backlog_each(f->backlogs[HOME_LOCAL], ask, f);
}

void
site_ask_all(struct flush *f)
{
	int64_t now = clock_now();

	/* Not more often than mail would be tried anyway. */
	f->next_ask = f->asked + f->settings.retry_min * SECOND;
	if (f->asked != 0 && f->next_ask > now)
		return;
	f->asked = now;
	f->next_ask = 0;
	ask_site(f, ASK_PAUSE);
	backlog_each(f->backlogs[HOME_SITE], ask_if_harmless, f);
	backlog_each(f->backlogs[HOME_LOCAL], ask_if_harmless, f);
}

void
site_ask_one(struct flush *f, struct backlog_message *m)
{
	int64_t now = clock_now();

	if (m->in_flight || m->asked || m->due <= now)
		return;
	/* First its file: "outbox retry" writes that it is due.  It alone
	 * decides where asking does harm, and for what was not read yet. */
	if (m->patient || m->cause == BACKLOG_SUBMITTER)
		m->cause = BACKLOG_ITSELF;
	else
		m->wished = 1;
	dispatch_set_due(f, m, 0);
}

void
site_grant(struct flush *f, struct backlog_message *m)
{
	int64_t now = clock_now();

	m->wished = 0;
	m->asked = 1;
	dispatch_set_due(f, m, f->next_ask_one > now ?
	    f->next_ask_one : 0);
	f->next_ask_one = (f->next_ask_one > now ? f->next_ask_one : now) +
	    SECOND;
}

/* Who submitted m.  What a user's file says of that is the user's word. */
static uid_t
submitter(const struct spool_message *m)
{
	struct stat st;

	return fstat(m->fd, &st) != 0 || st.st_uid == geteuid() ?
	    m->env.uid : st.st_uid;
}

void
site_hold(struct flush *f, const struct spool_message *m,
    const struct verdict *v)
{
	const struct hold *hold = hold_add(&f->holds, submitter(m),
	    m->env.sender, v, clock_now(), flush_chance());

	if (hold != NULL)
		log_event(f->log, LOG_ERR, "the smarthost does not accept the "
		    "sender <%s> of user %lu: all its mail waits %llds",
		    hold->sender, (unsigned long)hold->uid,
		    (long long)(hold->until - clock_now()) / SECOND);
}

void
site_lift(struct flush *f, const struct spool_message *m)
{
	if (f->holds.n > 0 &&
	    hold_lift(&f->holds, submitter(m), m->env.sender)) {
		log_event(f->log, LOG_NOTICE, "the smarthost accepts the "
		    "sender <%s> again", m->env.sender);
		backlog_each(f->backlogs[HOME_SITE], ask_if_by_sender, f);
	}
}

const struct verdict *
site_held(struct flush *f, const struct spool_message *m)
{
	const struct hold *hold = NULL;

	if (f->holds.n > 0)
		hold = hold_find(&f->holds, submitter(m), m->env.sender,
		    clock_now());
	return hold != NULL ? &hold->why : NULL;
}

/* What a fault of the account is mended in. */
static void
get_paths(const struct flush *f, const char *paths[2])
{
	paths[0] = f->path != NULL ? f->path : SETTINGS_FILE;
	paths[1] = f->settings.password_file;
}

void
site_watch(struct flush *f)
{
	const char *paths[2];

	get_paths(f, paths);
	if (f->watch >= 0)
		close(f->watch);
	f->watch = watch_open(paths, 2);
}

int
site_is_changed(struct flush *f)
{
	const char *paths[2];
	int changed = 0;
	struct stat st;
	size_t i;

	get_paths(f, paths);
	for (i = 0; i < 2; i++) {
		if (stat(paths[i], &st) != 0)
			memset(&st, 0, sizeof(st));
		changed |= st.st_ino != f->seen[i].st_ino ||
		    st.st_mode != f->seen[i].st_mode ||
		    st.st_uid != f->seen[i].st_uid ||
		    st.st_size != f->seen[i].st_size ||
		    st.st_ctim.tv_sec != f->seen[i].st_ctim.tv_sec ||
		    st.st_ctim.tv_nsec != f->seen[i].st_ctim.tv_nsec;
		f->seen[i] = st;
	}
	return changed;
}
