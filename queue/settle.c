/*
 * The end of a delivery: verdicts become marks, log lines and removals.  What
 * is not certain stays in the queue.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "config/mailbox.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/event.h"
#include "queue/flush.h"

#define REMOVED_MAX 64		/* removals that a power cut may undo */
#define LOST_FEW 3		/* each may have been a copy more: go slow */
#define LOST_MAX 5		/* and then stop: it has very likely arrived */
#define LATE "not delivered in time"
#define RETRY_LATER 60000	/* milliseconds, after a fault of our own */

/* Once, however often it is tried, and not while the site is down. */
static void
log_active(struct flush *f, const struct job *j)
{
	const struct envelope *env = &j->message.env;
	const struct event_message m = { .id = j->message.id,
		.sender = env->sender, .size = env->message,
		.nrcpts = env->nrcpts };

	if (j->entry->told)
		return;
	j->entry->told = 1;
	event_active(f->log, &m);
}

static void
log_verdict(struct flush *f, const struct job *j, uint32_t rcpt,
    const struct verdict *v, const char *relay)
{
	static const char *const names[] = { "sent", "deferred", "bounced" };
	const struct envelope *env = &j->message.env;
	long long delay = (long long)(clock_wall() - env->arrival);

	const struct event_delivery d = { j->message.id,
		env->rcpts[rcpt].address, relay, delay > 0 ? delay : 0,
		v->status, (v->flags & VERDICT_LOST) != 0 ? "unknown" :
		names[v->action], v->text };

	log_active(f, j);
	event_delivery(f->log, v->action == VERDICT_DELIVERED ? LOG_INFO :
	    LOG_WARNING, &d);
}

/* 1: it is to do, and of this part. */
static int
is_todo(const struct envelope_rcpt *r, enum part part)
{
	return r->mark == ENVELOPE_TODO && part != PART_NONE &&
	    (part == PART_ALL || mailbox_is_local(r->address) ==
	    (part == PART_LOCAL));
}

static int
is_open(const struct job *j, size_t i)
{
	return is_todo(&j->message.env.rcpts[i], j->part) &&
	    j->verdicts[i] == NULL;
}

/* The copy that recipients with the same verdict share: mostly the next have
 * that of the one before. */
static struct verdict *
keep(struct job *j, const struct verdict *v)
{
	struct said *said = j->said;

	if (said != NULL && verdict_is_same(&said->verdict, v))
		return &said->verdict;
	if ((said = j->spare) == NULL &&
	    (said = malloc(sizeof(*said))) == NULL)
		return NULL;
	j->spare = NULL;
	said->verdict = *v;
	said->next = j->said;
	j->said = said;
	return &said->verdict;
}

static void
record(struct flush *f, struct job *j, uint32_t rcpt,
    const struct verdict *v, const char *relay)
{
	struct error e;
	int at_once;

	log_verdict(f, j, rcpt, v, relay);
	site_count(f, v->action == VERDICT_DELIVERED ? STATE_DELIVERED :
	    v->action == VERDICT_DEFERRED ? STATE_DEFERRED : STATE_FAILED);
	j->verdicts[rcpt] = keep(j, v);
	j->forgotten |= j->verdicts[rcpt] == NULL;
	/* It takes several transactions, or as many mailboxes, or there was no
	 * memory: should we be killed on the way, those who have it must not
	 * get it again. */
	at_once = j->verdicts[rcpt] == NULL || j->part == PART_LOCAL ||
	    (int64_t)j->nverdicts > f->settings.recipients_per_message;
	if (at_once && v->action == VERDICT_DELIVERED &&
	    spool_mark(&j->message, rcpt, ENVELOPE_DELIVERED, &e) != 0)
		log_event(f->log, LOG_ERR, "%s", e.text);
}

int
settle_verdict(struct flush *f, struct job *j, uint32_t rcpt,
    const struct verdict *reported, const char *relay)
{
	struct verdict v = *reported;

	if (rcpt >= j->message.env.nrcpts || !is_open(j, rcpt))
		return -1;
	replies_apply(&f->replies, &v);
	if (v.code != 0 && v.scope != VERDICT_SITE)
		schedule_site_works(&f->site);
	if ((v.flags & VERDICT_SLOW) != 0)
		throttle_slow(&f->throttle, clock_now());
	if (v.scope == VERDICT_SENDER)
		site_hold(f, &j->message, &v);
	else if (v.action == VERDICT_DELIVERED && j->part != PART_LOCAL)
		site_lift(f, &j->message);
	record(f, j, rcpt, &v, relay);
	return 0;
}

int
settle_is_changed(struct flush *f, struct job *j)
{
	const struct envelope *ours = &j->message.env;
	struct envelope env;
	struct error e;
	size_t i;

	if (j->changed)
		return 1;
	if (spool_read(j->message.fd, &env, &e) == SPOOL_OK) {
		j->changed = env.nrcpts != ours->nrcpts;
		for (i = 0; !j->changed && i < env.nrcpts; i++)
			j->changed = strcmp(env.rcpts[i].address,
			    ours->rcpts[i].address) != 0;
		envelope_free(&env);
	}
	if (j->changed)
		log_event(f->log, LOG_ERR, "%s: its recipients were changed "
		    "while it was sent", j->message.id);
	return j->changed;
}

static void
job_free(struct job *j)
{
	struct said *said;

	while ((said = j->said) != NULL) {
		j->said = said->next;
		free(said);
	}
	free(j->spare);
	free(j->verdicts);
	spool_release(&j->message);
	free(j);
}

struct job *
settle_new_job(struct flush *f, struct backlog_message *entry,
    struct spool_message *m)
{
	struct job *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return NULL;
	/* What is heard of it, too, has to be kept: no memory means that
	 * nothing is sent. */
	j->verdicts = calloc(m->env.nrcpts, sizeof(*j->verdicts));
	j->spare = malloc(sizeof(*j->spare));
	if (j->verdicts == NULL || j->spare == NULL) {
		free(j->verdicts);
		free(j->spare);
		free(j);
		return NULL;
	}
	j->nverdicts = m->env.nrcpts;
	j->heavy = heavy_is(&m->env);
	f->heavy += (unsigned)j->heavy;
	j->entry = entry;
	j->part = settle_part(f, (enum home)entry->home);
	j->message = *m;
	m->fd = -1;
	memset(&m->env, 0, sizeof(m->env));
	entry->in_flight = 1;
	dispatch_set_due(f, entry, BACKLOG_NEVER);
	return j;
}

void
settle_sync(struct flush *f)
{
	struct error e;

	if (f->removed == 0)
		return;
	if (spool_sync_directory(f->spool, &e) != 0)
		log_event(f->log, LOG_ERR, "%s", e.text);
	f->removed = 0;
}

void
settle_removed(struct flush *f)
{
	if (f->removed++ == 0)
		f->removed_since = clock_now();
	if (f->removed >= REMOVED_MAX)
		settle_sync(f);
}

void
settle_finished(struct flush *f, struct backlog_message *entry,
    struct spool_message *m)
{
	struct quota q = quota_of(&f->settings);
	struct error e;
	int rc;

	/* Before it goes: nobody is to find it in neither place. */
	quota_leaves(f->usage, &q, m);
	if (m->env.retry.park) {
		rc = spool_park_mail(f->spool, m, &e);
		if (rc == 0)
			log_event(f->log, LOG_ERR, "%s: parked in failed/: "
			    "its sender cannot be told", m->id);
	} else
		rc = spool_remove(f->spool, m, &e);
	if (rc == 0) {
		spool_release(m);
		backlog_remove(f->backlogs[entry->home], entry);
		settle_removed(f);
		return;
	}
	/* Its marks say that it is done: it will not be sent again. */
	log_event(f->log, LOG_ERR, "%s; trying again later", e.text);
	dispatch_set_due(f, entry, clock_now() + RETRY_LATER);
}

static void
mark(struct flush *f, struct job *j, enum verdict_action action,
    enum envelope_mark as)
{
	struct envelope *env = &j->message.env;
	struct error e;
	size_t i;

	for (i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].mark == ENVELOPE_TODO &&
		    j->verdicts[i] != NULL &&
		    j->verdicts[i]->action == action &&
		    spool_mark(&j->message, i, as, &e) != 0)
			log_event(f->log, LOG_ERR, "%s", e.text);
}

static size_t
count_action(const struct job *j, enum verdict_action action)
{
	size_t i, n = 0;

	for (i = 0; i < j->message.env.nrcpts; i++)
		n += j->verdicts[i] != NULL &&
		    j->verdicts[i]->action == action;
	return n;
}

void
settle_record(struct flush *f, struct job *j)
{
	size_t todo = envelope_todo(&j->message.env);
	struct error e;

	mark(f, j, VERDICT_DELIVERED, ENVELOPE_DELIVERED);
	/* A worker may ask again and again. */
	if (envelope_todo(&j->message.env) < todo &&
	    spool_sync(&j->message, &e) != 0)
		log_event(f->log, LOG_ERR, "%s", e.text);
}

/* 1: all that were still to do have it now. */
static int
all_delivered(const struct job *j)
{
	size_t i;

	for (i = 0; i < j->message.env.nrcpts; i++)
		if (j->message.env.rcpts[i].mark == ENVELOPE_TODO &&
		    (j->verdicts[i] == NULL ||
		    j->verdicts[i]->action != VERDICT_DELIVERED))
			return 0;
	return 1;
}

size_t
settle_open(const struct job *j)
{
	size_t i, n = 0;

	for (i = 0; i < j->nverdicts; i++)
		n += is_open(j, i);
	return n;
}

size_t
settle_todo(const struct envelope *env, enum part part)
{
	size_t i, n = 0;

	for (i = 0; i < env->nrcpts; i++)
		n += is_todo(&env->rcpts[i], part);
	return n;
}

enum part
settle_part(const struct flush *f, enum home home)
{
	if (settings_has_local(&f->settings))
		return home == HOME_LOCAL ? PART_LOCAL : PART_SITE;
	return home == HOME_LOCAL ? PART_NONE : PART_ALL;
}

time_t
settle_expiry(const struct flush *f, enum part part, time_t arrival)
{
	if (part != PART_LOCAL && arrival < f->known.kept)
		arrival = (time_t)f->known.kept;
	return arrival + (time_t)f->settings.lifetime;
}

int
settle_is_expired(const struct flush *f, time_t arrival)
{
	return clock_wall() >= settle_expiry(f, PART_SITE, arrival);
}

/* v, which is not last: what last deferred has failed. */
static void
end_deferred(struct verdict *v, const struct verdict *last,
    const char *status, const char *why)
{
	verdict_set(v, VERDICT_FAILED, VERDICT_RECIPIENT, 0, status,
	    "%s; last: %.400s", why, last->text);
}

/* The verdicts of j that only defer, and have these flags, are final. */
static void
fail(struct job *j, unsigned flags, const char *status, const char *why)
{
	struct verdict last;
	struct said *said;
	struct verdict *v;

	for (said = j->said; said != NULL; said = said->next) {
		v = &said->verdict;
		if (v->action != VERDICT_DEFERRED ||
		    (v->flags & flags) != flags)
			continue;
		last = *v;
		end_deferred(v, &last, status, why);
	}
}

/* Sent again and again without an answer: each time may have been a copy. */
static void
give_up_lost(struct flush *f, struct job *j)
{
	const struct said *said = j->said;

	while (said != NULL && (said->verdict.flags & VERDICT_LOST) == 0)
		said = said->next;
	if (said == NULL || j->message.env.retry.lost + 1 < LOST_MAX)
		return;
	log_event(f->log, LOG_ERR, "%s: was sent %d times without an answer: "
	    "not again; it may have arrived, more than once", j->message.id,
	    LOST_MAX);
	fail(j, VERDICT_LOST, "5.4.2", "sent several times without an "
	    "answer, and not again: it may have arrived, more than once");
	j->message.env.retry.lost = 0;	/* for who is left */
}

/* Too old: what is deferred has failed. */
static void
expire(struct flush *f, struct job *j)
{
	const struct event_message m = { .id = j->message.id,
		.sender = j->message.env.sender };
	struct verdict v;
	uint32_t i;

	if (clock_wall() < settle_expiry(f, j->part,
	    j->message.env.arrival))
		return;
	event_expired(f->log, &m);
	for (i = 0; i < j->message.env.nrcpts; i++) {
		if (j->verdicts[i] == NULL ||
		    j->verdicts[i]->action != VERDICT_DEFERRED)
			continue;
		end_deferred(&v, j->verdicts[i], "5.4.7", LATE);
		log_verdict(f, j, i, &v, "");
	}
	fail(j, 0, "5.4.7", LATE);
}

/* Put the message back, for another attempt later. */
static void
put_back(struct flush *f, struct job *j)
{
	struct schedule_limits limits = flush_limits(f);
	struct envelope_retry retry = j->message.env.retry;
	const struct verdict *v = NULL;
	struct error e;
	int64_t delay;
	int lost = 0;
	size_t i;
	/* Its time is that of the recipients elsewhere, if it has some. */
	int own = j->part != PART_LOCAL ||
	    settle_todo(&j->message.env, PART_SITE) == 0;

	for (i = 0; i < j->message.env.nrcpts; i++)
		if (j->verdicts[i] != NULL &&
		    j->verdicts[i]->action == VERDICT_DEFERRED) {
			v = j->verdicts[i];
			lost |= (v->flags & VERDICT_LOST) != 0;
		}
	retry.attempts += (unsigned)own;
	if (v != NULL) {
		retry.lost += (unsigned)lost;
		j->entry->cause = v->scope == VERDICT_SITE ? BACKLOG_SITE :
		    v->scope == VERDICT_SENDER ? BACKLOG_SENDER :
		    BACKLOG_ITSELF;
		snprintf(retry.reply, sizeof(retry.reply), "%.*s",
		    ENVELOPE_REPLY, v->text);
		j->entry->patient = ((v->flags & VERDICT_LONG) != 0 &&
		    v->scope != VERDICT_SITE) || retry.lost > LOST_FEW;
		if (j->entry->patient)
			limits = schedule_long;
		tell_delay(f, j, &retry);
	}
	delay = schedule_delay(&limits, retry.attempts, flush_chance());
	if (own)
		retry.next = clock_wall() + delay / 1000;
	if (spool_retry(&j->message, &retry, &e) != 0)
		log_event(f->log, LOG_ERR, "%s", e.text);
	dispatch_set_due(f, j->entry, clock_now() + delay);
	f->deferred = 1;
}

/* There are recipients of the other part; todo are left of this one. */
static void
leave_rest(struct flush *f, struct job *j, size_t todo)
{
	dispatch_bring(f, j->message.id, j->entry->turn,
	    j->part == PART_LOCAL ? HOME_SITE : HOME_LOCAL);
	if (todo == 0)
		backlog_remove(f->backlogs[j->entry->home], j->entry);
}

/* All that there is to know of j is known. */
static void
finish(struct flush *f, struct job *j)
{
	struct envelope *env = &j->message.env;
	size_t sent, failed, deferred, todo;
	struct error e;
	int whole;

	j->entry->in_flight = 0;
	if (j->heavy)
		heavy_ended(f, j->entry);
	give_up_lost(f, j);
	expire(f, j);
	sent = count_action(j, VERDICT_DELIVERED);
	failed = count_action(j, VERDICT_FAILED);
	deferred = count_action(j, VERDICT_DEFERRED);
	if (sent > 0 && j->part != PART_LOCAL)
		throttle_works(&f->throttle, clock_now());
	if (sent > 0)
		tell_success(f, j);
	/* The usual end needs no marks: the file goes.  If it stays, they tell
	 * that it is done. */
	whole = all_delivered(j) && !env->retry.park;
	if (whole)
		settle_finished(f, j->entry, &j->message);
	if (j->message.fd < 0) {
		job_free(j);
		return;
	}
	mark(f, j, VERDICT_DELIVERED, ENVELOPE_DELIVERED);
	/* Marked only when it is durable that the sender is told; else they
	 * stay as they are, to be tried and told again. */
	if (failed > 0 && tell_failures(f, j) == 0)
		mark(f, j, VERDICT_FAILED, ENVELOPE_FAILED);
	todo = settle_todo(env, j->part);
	if (todo > 0 && (sent + failed + deferred > 0 || j->forgotten))
		put_back(f, j);
	else if (todo > 0)
		dispatch_set_due(f, j->entry, 0);
	if ((sent + failed > 0 || j->forgotten) &&
	    spool_sync(&j->message, &e) != 0)
		log_event(f->log, LOG_ERR, "%s", e.text);
	if (envelope_todo(env) == 0 && !whole)
		settle_finished(f, j->entry, &j->message);
	else if (envelope_todo(env) > todo)
		leave_rest(f, j, todo);
	job_free(j);
}

void
settle_all(struct flush *f, struct job *j, const struct verdict *v)
{
	size_t i;

	for (i = 0; i < j->nverdicts; i++)
		if (is_open(j, i))
			record(f, j, (uint32_t)i, v, "");
	finish(f, j);
}

void
settle_job(struct flush *f, struct job *j, int attempted, const char *why)
{
	struct verdict v;

	verdict_set(&v, VERDICT_DEFERRED, VERDICT_MESSAGE, 0, "4.3.0", "%s",
	    why);
	if (attempted) {
		settle_all(f, j, &v);
		return;
	}
	/* What was not tried does not count for the rate. */
	if (j->part != PART_LOCAL)
		throttle_take(&f->throttle, &f->rate, -(int64_t)settle_open(j),
		    clock_now());
	finish(f, j);
}
