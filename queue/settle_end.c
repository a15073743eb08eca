/*
 * The end of a delivery: verdicts become marks, reports and removals.  What is
 * not certain stays in the queue.
 */
#include <config.h>

#include "queue/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/event.h"
#include "queue/flush.h"

#define REMOVED_MAX 64		/* removals that a power cut may undo */
#define LOST_FEW 3		/* each may have been a copy more: go slow */
#define LOST_MAX 5		/* and then stop: it has very likely arrived */
#define LATE "not delivered in time"
#define RETRY_LATER 60000	/* milliseconds, after a fault of our own */

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
		    spool_mark(&j->message, i, as, &e) != 0) {
			log_event(f->log, LOG_ERR, "%s", e.text);
			j->unmarked |= as == ENVELOPE_DELIVERED;
		}
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

/* v, which is not last: what last deferred has failed. */
static void
end_deferred(struct verdict *v, const struct verdict *last,
    const char *status, const char *why)
{
	verdict_set(v, VERDICT_FAILED, VERDICT_RECIPIENT, 0, status,
	    "%s; last: %.400s", why, last->text);
}

/* 1: v only defers, and has these flags. */
static int
defers(const struct verdict *v, unsigned flags)
{
	return v != NULL && v->action == VERDICT_DEFERRED &&
	    (v->flags & flags) == flags;
}

/* Such verdicts of j are final, and the log says so of each recipient. */
static void
fail(struct flush *f, struct job *j, unsigned flags, const char *status,
    const char *why)
{
	struct verdict v;
	struct said *said;
	uint32_t i;

	for (i = 0; i < j->nverdicts; i++) {
		if (!defers(j->verdicts[i], flags))
			continue;
		end_deferred(&v, j->verdicts[i], status, why);
		settle_log(f, j, i, &v, "");
		site_count(f, STATE_FAILED);
	}
	for (said = j->said; said != NULL; said = said->next)
		if (defers(&said->verdict, flags)) {
			end_deferred(&v, &said->verdict, status, why);
			said->verdict = v;
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
	fail(f, j, VERDICT_LOST, "5.4.2", "sent several times without an "
	    "answer, and not again: it may have arrived, more than once");
	j->message.env.retry.lost = 0;	/* for who is left */
}

/* Too old: what is deferred has failed. */
static void
expire(struct flush *f, struct job *j)
{
	const struct event_message m = { .id = j->message.id,
		.sender = j->message.env.sender };

	if (count_action(j, VERDICT_DEFERRED) == 0 || clock_wall() <
	    settle_expiry(f, j->part, j->message.env.arrival))
		return;
	event_expired(f->log, &m);
	fail(f, j, 0, "5.4.7", LATE);
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

/* What entry knows of who has it, rest knows too. */
static void
pass_on(struct backlog_message *entry, struct backlog_message *rest)
{
	char *from = entry->delivered, *to = rest->delivered;
	size_t i;

	if (to == NULL) {
		rest->delivered = from;
		entry->delivered = NULL;
	} else if (from != NULL)
		for (i = 0; from[i] != '\0' && to[i] != '\0'; i++)
			if (from[i] == '+')
				to[i] = '+';
}

/* There are recipients of the other part; todo are left of this one. */
static void
leave_rest(struct flush *f, struct job *j, size_t todo)
{
	struct backlog_message *rest = dispatch_bring(f, j->message.id,
	    j->entry->turn, j->part == PART_LOCAL ? HOME_SITE : HOME_LOCAL);

	if (todo > 0)
		return;
	if (rest == NULL) {
		dispatch_set_due(f, j->entry, clock_now() + RETRY_LATER);
		return;
	}
	pass_on(j->entry, rest);
	backlog_remove(f->backlogs[j->entry->home], j->entry);
}

/* The file does not say who has it: they are not to get it again. */
static void
remember(struct job *j)
{
	const struct envelope *env = &j->message.env;
	char *list = malloc(env->nrcpts + 1);
	size_t i;

	for (i = 0; list != NULL && i < env->nrcpts; i++)
		list[i] = env->rcpts[i].mark == ENVELOPE_DELIVERED ? '+' : '-';
	if (list == NULL)
		return;
	list[i] = '\0';
	free(j->entry->delivered);
	j->entry->delivered = list;
}

int
settle_recall(struct flush *f, struct backlog_message *entry,
    struct spool_message *m)
{
	const char *list = entry->delivered;
	struct error e;
	int rc = 0;
	size_t i;

	for (i = 0; i < m->env.nrcpts && list[i] != '\0'; i++)
		if (list[i] == '+' && m->env.rcpts[i].mark == ENVELOPE_TODO &&
		    spool_mark(m, i, ENVELOPE_DELIVERED, &e) != 0)
			rc = -1;
	if (rc == 0 && (rc = spool_sync(m, &e)) == 0) {
		free(entry->delivered);
		entry->delivered = NULL;
	}
	if (rc != 0)
		log_event(f->log, LOG_ERR, "%s", e.text);
	return rc;
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
		settle_free(j);
		return;
	}
	mark(f, j, VERDICT_DELIVERED, ENVELOPE_DELIVERED);
	if (j->unmarked)
		remember(j);
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
	settle_free(j);
}

void
settle_all(struct flush *f, struct job *j, const struct verdict *v)
{
	settle_fill(f, j, v);
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
