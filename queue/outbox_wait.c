/*
 * outbox retry --wait: until flush has tried what was retried.
 */
#include <config.h>

#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/outbox.h"
#include "queue/state.h"

struct tally {
	size_t sent, waiting, failed, pending;
};

/* What became of it; one that flush has is tried again and again. */
static void
look(struct tool *t, struct target *g, struct tally *tally)
{
	struct spool_message m;
	struct error e;

	switch (select_peek(t, t->spool, g->name, &m, &e)) {
	case SPOOL_OK:
		if (m.env.retry.attempts <= g->attempts &&
		    !m.env.retry.held) {
			tally->pending++;
		} else {
			tally->waiting++;
			g->changed = 0;
		}
		spool_release(&m);
		break;
	case SPOOL_GONE:
		if (t->failed != NULL && select_peek(t, t->failed, g->name,
		    &m, &e) == SPOOL_OK) {
			tally->failed++;
			spool_release(&m);
		} else
			tally->sent++;
		g->changed = 0;
		break;
	default:
		g->changed = 0;
	}
}

/* Why waiting is of no use, in e; 0: it may be. */
static int
is_stuck(struct tool *t, time_t since, struct error *e)
{
	int runs = tool_flush_runs(t);
	struct state st;

	if (runs <= 0) {
		error_set(e, runs == 0 ? "outbox-flush does not run: the "
		    "messages wait for it" : "whether outbox-flush runs "
		    "cannot be told");
		return 1;
	}
	if (*t->settings.host == '\0') {
		error_set(e, "no smarthost is configured: mail is kept");
		return 1;
	}
	if (state_read(t->spool, &st) != 0 || !st.down || st.probed < since)
		return 0;
	error_set(e, "the smarthost cannot be used: %s", st.why);
	return 1;
}

void
outbox_wait(struct tool *t, const struct targets *targets)
{
	const struct timespec pause = { 0, 100000000 };
	time_t since = clock_wall();
	struct tally tally = { 0, 0, 0, 0 };
	struct error e;
	size_t i;

	for (;;) {
		tally.pending = 0;
		for (i = 0; i < targets->n; i++)
			if (targets->list[i].changed)
				look(t, &targets->list[i], &tally);
		tool_progress(t, "tried", targets->n - tally.pending,
		    targets->n);
		if (tally.pending == 0 || is_stuck(t, since, &e))
			break;
		nanosleep(&pause, NULL);
	}
	tool_progress_end(t);
	printf("%zu gone, %zu deferred, %zu in failed/, %zu not tried\n",
	    tally.sent, tally.waiting, tally.failed, tally.pending);
	if (tally.pending > 0)
		tool_fail(t, EX_TEMPFAIL, e.text);
	else if (tally.waiting + tally.failed > 0 && t->status == 0)
		t->status = EX_TEMPFAIL;
}
