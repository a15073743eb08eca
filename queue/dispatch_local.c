/*
 * Mail for users of this machine, where it is delivered here: which it is, and
 * when it goes.  A message that has other recipients too is in both backlogs,
 * so that neither waits for what the other does.
 */
#include <config.h>

#include "queue/flush.h"

#include "queue/clock.h"
#include "queue/error.h"

#define SORT_MAX 256		/* in a row, before workers are heard */

/* Where m has to go to: a file that cannot be read is for who takes it. */
static void
sort(struct flush *f, const struct backlog_message *m)
{
	int local = 0, elsewhere = 1, report = 0;
	struct backlog_message *new;
	struct spool_message message;
	char id[SPOOL_ID + 1];
	struct error e;

	backlog_id(m, id);
	if (settings_has_local(&f->settings) &&
	    spool_peek(f->spool, id, &message, &e) == SPOOL_OK) {
		local = settle_todo(&message.env, PART_LOCAL) > 0;
		elsewhere = !local ||
		    settle_todo(&message.env, PART_SITE) > 0;
		report = *message.env.sender == '\0';
		spool_release(&message);
	}
	if (local)
		dispatch_bring(f, id, m->turn, HOME_LOCAL);
	new = elsewhere ? dispatch_bring(f, id, m->turn, HOME_SITE) : NULL;
	if (!report)
		dispatch_try(f, new);
}

int
dispatch_sort(struct flush *f)
{
	struct backlog *b = f->backlogs[HOME_NEW];
	struct backlog_message *m;
	int n;

	for (n = 0; (m = backlog_first(b, clock_now())) != NULL; n++) {
		if (n == SORT_MAX)
			return 1;
		sort(f, m);
		backlog_remove(b, m);
	}
	return 0;
}

int64_t
dispatch_when_local(const struct flush *f, int64_t now)
{
	struct backlog_message *m = backlog_first(f->backlogs[HOME_LOCAL],
	    now);

	if (m == NULL)
		return INT64_MAX;
	return m->due > now ? m->due : pool_more_local(f);
}

static void
look_again(void *arg, struct backlog_message *m)
{
	struct flush *f = arg;
	char id[SPOOL_ID + 1];

	backlog_id(m, id);
	dispatch_bring(f, id, m->turn, HOME_NEW);
}

/* Whoever takes it finds that it is for the smarthost. */
static void
give_up(void *arg, struct backlog_message *m)
{
	if (!m->in_flight)
		dispatch_set_due(arg, m, 0);
}

void
dispatch_sort_again(struct flush *f)
{
	if (settings_has_local(&f->settings))
		backlog_each(f->backlogs[HOME_SITE], look_again, f);
	else
		backlog_each(f->backlogs[HOME_LOCAL], give_up, f);
}
