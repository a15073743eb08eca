/*
 * outbox retry --wait: until flush has tried what was retried, or it is known
 * that it will not do so soon.
 */
#include <config.h>

#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "config/mailbox.h"
#include "config/value.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/outbox.h"
#include "queue/state.h"
#include "queue/throttle.h"
#include "queue/wake.h"

#define LOOKS_PER_SECOND 10
#define DEAF_WAIT 20		/* seconds that flush may be busy */
#define RATE_WAIT 60		/* seconds that a rate is waited for */

struct tally {
	size_t sent, waiting, failed;
	size_t unknown;		/* what became of them */
	size_t pending;		/* not tried yet, */
	size_t elsewhere;	/* and they need the smarthost */
	const char *next;	/* one of those that are not tried */
	unsigned deaf;		/* looks in a row at what flush did not read */
	struct error why;	/* one of those that wait does so */
};

/* 1: someone who does not have it is not of this machine. */
static int
needs_smarthost(const struct tool *t, const struct envelope *env)
{
	size_t i;

	for (i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].mark == ENVELOPE_TODO &&
		    !(settings_has_local(&t->settings) &&
		    mailbox_is_local(env->rcpts[i].address)))
			return 1;
	return 0;
}

static void
explain(struct tally *tally, const struct spool_message *m)
{
	const struct envelope_retry *retry = &m->env.retry;
	char age[TEXT_NUMBER];

	if (retry->held) {
		error_set(&tally->why, "%s is held: outbox release %s lets "
		    "it go", m->id, m->id);
		return;
	}
	text_age(age, retry->next - clock_wall());
	error_set(&tally->why, "%s waits %s: %.300s", m->id, age,
	    *retry->reply != '\0' ? retry->reply : "mailq says why");
}

/* One that is in the queue. */
static void
look_at(struct tool *t, struct target *g, const struct spool_message *m,
    struct tally *tally)
{
	const struct envelope_retry *retry = &m->env.retry;

	/* What was retried is due since ever, until it is put off. */
	if (retry->attempts <= g->attempts && retry->next == 0 &&
	    !retry->held) {
		tally->pending++;
		tally->next = g->name;
		tally->elsewhere += (size_t)needs_smarthost(t, &m->env);
		return;
	}
	if (tally->waiting++ == 0)
		explain(tally, m);
	g->changed = 0;
}

/* What became of it; one that flush has is tried again and again. */
static void
look(struct tool *t, struct target *g, struct tally *tally)
{
	struct spool_message m;
	enum spool_result result;
	struct error e;

	result = select_peek(t, t->spool, g->name, &m, &e);
	if (result == SPOOL_OK) {
		look_at(t, g, &m, tally);
		spool_release(&m);
		return;
	}
	g->changed = 0;
	if (result != SPOOL_GONE) {
		tally->unknown++;
		select_complain(t, g->name, result, &e);
	} else if (t->failed != NULL && select_peek(t, t->failed, g->name,
	    &m, &e) == SPOOL_OK) {
		tally->failed++;
		spool_release(&m);
	} else
		tally->sent++;
}

/* Why waiting for the smarthost is of no use, in e; 0: it may be.  begun: when
 * that began. */
static int
is_down(const struct state *st, time_t begun, unsigned looks,
    struct error *e)
{
	int64_t now = clock_wall(), when = st->next;
	char age[TEXT_NUMBER];

	if (!st->down)
		return 0;
	if (st->asked > st->probed && st->asked < when)
		when = st->asked;	/* someone asked for it before */
	/* Its turn, or the answer is on the way to us. */
	if (st->probed < begun && (when <= now || looks < LOOKS_PER_SECOND))
		return 0;
	text_age(age, when > now ? when - now : 0);
	error_set(e, "the smarthost cannot be used, next attempt in %s "
	    "(\"sendmail -q\" asks at once): %.300s", age, st->why);
	return 1;
}

static int
is_throttled(const struct tool *t, const struct state *st, struct error *e)
{
	struct throttle paid = { .paid = 0 };
	struct throttle_rate rate = { 0, 0 }, was = { st->rate, st->period };
	int64_t now = (int64_t)clock_wall() * 1000, wait;
	char age[TEXT_NUMBER];

	if (*t->settings.rate == '\0' || value_rate(t->settings.rate,
	    &rate.count, &rate.period) != 0)
		return 0;
	throttle_restore(&paid, st->paid - now / 1000, &was, &rate, now);
	wait = (throttle_ready(&paid, &rate, now) - now) / 1000;
	if (wait <= RATE_WAIT)
		return 0;
	text_age(age, wait);
	error_set(e, "rate = %s lets the next message go in %s",
	    t->settings.rate, age);
	return 1;
}

/* A flush that is stopped, or hangs, does not read what it is told: it is told
 * now and then.  That it sends no message says nothing: a slow server has its
 * time. */
static int
is_deaf(struct tool *t, struct tally *tally, unsigned looks, struct error *e)
{
	tool_raise(t);
	if (looks % (DEAF_WAIT * LOOKS_PER_SECOND / 4) == 1)
		wake_message(t->spool, tally->next);
	tally->deaf = wake_is_pending(t->spool) ? tally->deaf + 1 : 0;
	tool_lower(t);
	if (tally->deaf < DEAF_WAIT * LOOKS_PER_SECOND)
		return 0;
	error_set(e, "outbox-flush does not answer for %d seconds: it is "
	    "stopped, or hangs; the messages wait for it", DEAF_WAIT);
	return 1;
}

/* Why waiting is of no use, in e; 0: it may be. */
static int
is_stuck(struct tool *t, struct tally *tally, time_t begun,
    unsigned looks, struct error *e)
{
	int runs = tool_flush_runs(t);
	struct state st;

	/* One that was started for this has ended: with what it found. */
	if (runs == 0 && t->settings.flush == SETTINGS_ON_DEMAND &&
	    tally->elsewhere > 0 && state_read(t->spool, &st) == 0 &&
	    is_down(&st, 0, looks, e))
		return 1;
	if (runs <= 0) {
		error_set(e, runs == 0 ? "outbox-flush does not run: the "
		    "messages wait for it" : "whether outbox-flush runs "
		    "cannot be told");
		return 1;
	}
	if (is_deaf(t, tally, looks, e))
		return 1;
	/* First what stays here: it waits for nothing of this. */
	if (tally->pending > tally->elsewhere)
		return 0;
	if (*t->settings.host == '\0') {
		error_set(e, "no smarthost is configured: mail is kept");
		return 1;
	}
	return state_read(t->spool, &st) == 0 &&
	    (is_down(&st, begun, looks, e) || is_throttled(t, &st, e));
}

static void
tell(struct tool *t, const struct tally *tally, const struct error *stuck)
{
	printf("%zu gone, %zu deferred, %zu in failed/, %zu not tried\n",
	    tally->sent, tally->waiting, tally->failed,
	    tally->pending + tally->unknown);
	if (tally->pending > 0)
		tool_fail(t, EX_TEMPFAIL, stuck->text);
	else if (tally->waiting > 0)
		tool_fail(t, EX_TEMPFAIL, tally->why.text);
	else if (tally->failed > 0 && t->status == 0)
		t->status = EX_TEMPFAIL;
}

void
outbox_wait(struct tool *t, const struct targets *targets)
{
	const struct timespec pause = { 0, 1000000000 / LOOKS_PER_SECOND };
	time_t begun = clock_wall();
	struct tally tally = { .sent = 0 };
	unsigned looks;
	struct error e;
	size_t i;

	for (looks = 0;; looks++) {
		tally.pending = tally.elsewhere = 0;
		for (i = 0; i < targets->n; i++)
			if (targets->list[i].changed)
				look(t, &targets->list[i], &tally);
		tool_progress(t, "tried", targets->n - tally.pending,
		    targets->n);
		if (tally.pending == 0 ||
		    is_stuck(t, &tally, begun, looks, &e))
			break;
		nanosleep(&pause, NULL);
	}
	tool_progress_end(t);
	tell(t, &tally, &e);
}
