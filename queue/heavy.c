/*
 * Messages with very many recipients: their envelopes take memory while they
 * are in flight, here and in a worker.  One is, at a time; the others wait, and
 * of these the users take turns.  All other mail goes beside them.
 */
#include <config.h>

#include "queue/flush.h"

#define HEAVY 1048576			/* bytes of an envelope in flight */
#define DELAY INT64_C(10000)		/* should nobody wake it */

int
heavy_is(const struct envelope *env)
{
	return env->head + env->nrcpts * (sizeof(*env->rcpts) +
	    sizeof(struct verdict *)) > HEAVY;
}

void
heavy_wait(struct flush *f, struct backlog_message *m)
{
	m->cause = BACKLOG_HEAVY;
	aside_put_off(f, m, DELAY);
}

struct next {
	unsigned turn;			/* that has just ended */
	struct backlog_message *first;
};

static unsigned
distance(const struct next *next, const struct backlog_message *m)
{
	return (m->turn + 2 * BACKLOG_TURNS - next->turn - 1) % BACKLOG_TURNS;
}

static void
look(void *arg, struct backlog_message *m)
{
	struct next *next = arg;

	if (m->cause != BACKLOG_HEAVY || m->in_flight)
		return;
	if (next->first == NULL ||
	    distance(next, m) < distance(next, next->first) ||
	    (m->turn == next->first->turn &&
	    m->arrival < next->first->arrival))
		next->first = m;
}

void
heavy_ended(struct flush *f, const struct backlog_message *entry)
{
	struct next next = { entry->turn, NULL };

	f->heavy--;
	backlog_each(f->backlogs[HOME_SITE], look, &next);
	backlog_each(f->backlogs[HOME_LOCAL], look, &next);
	if (next.first != NULL) {
		next.first->cause = BACKLOG_ITSELF;
		dispatch_set_due(f, next.first, 0);
	}
}
