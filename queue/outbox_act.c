/*
 * The verbs that change messages.  Each takes the lock of a message first, so
 * that nothing is changed under the hands of flush; what was selected is
 * looked at again then, since the queue moves on.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "queue/background.h"
#include "queue/error.h"
#include "queue/log.h"
#include "queue/outbox.h"
#include "queue/privilege.h"
#include "queue/wake.h"

#define PATIENCE 100	/* looks at what is locked, 10 ms apart */

int
act_retry(struct tool *t, struct spool_message *m, struct error *e)
{
	struct envelope_retry retry = m->env.retry;

	(void)t;
	retry.next = 0;
	return spool_retry(m, &retry, e);
}

/* What was done to m, and who did it. */
static void
note(struct tool *t, const struct spool_message *m, const char *done)
{
	log_event(t->log, LOG_NOTICE, "%s: from=<%s>, %s by uid=%lu", m->id,
	    m->env.sender, done, (unsigned long)getuid());
}

static int
set_held(struct tool *t, struct spool_message *m, int held, struct error *e)
{
	struct envelope_retry retry = m->env.retry;

	retry.held = held;
	if (!held)
		retry.next = 0;
	if (spool_retry(m, &retry, e) != 0 || spool_sync(m, e) != 0)
		return -1;
	note(t, m, held ? "placed on hold" : "released from hold");
	return 0;
}

int
act_hold(struct tool *t, struct spool_message *m, struct error *e)
{
	return set_held(t, m, 1, e);
}

int
act_release(struct tool *t, struct spool_message *m, struct error *e)
{
	return set_held(t, m, 0, e);
}

static int
delete(struct tool *t, struct spool *s, struct spool_message *m,
    struct error *e)
{
	int result;

	tool_raise(t);
	result = spool_remove(s, m, e);
	tool_lower(t);
	if (result != 0)
		return -1;
	note(t, m, "deleted");
	return 0;
}

int
act_delete(struct tool *t, struct spool_message *m, struct error *e)
{
	return delete(t, t->spool, m, e);
}

int
act_delete_failed(struct tool *t, struct spool_message *m, struct error *e)
{
	return delete(t, t->failed, m, e);
}

/*
 * Back into the queue, for those who do not have it.  The file says so before
 * it moves: found half done in failed/, it is just done again.
 */
int
act_requeue(struct tool *t, struct spool_message *m, struct error *e)
{
	struct envelope_retry retry = { .warned = m->env.retry.warned };
	size_t i;

	snprintf(retry.reply, sizeof(retry.reply), "%s", m->env.retry.reply);
	for (i = 0; i < m->env.nrcpts; i++)
		if (m->env.rcpts[i].mark == ENVELOPE_FAILED &&
		    spool_mark(m, i, ENVELOPE_TODO, e) != 0)
			return -1;
	if (spool_retry(m, &retry, e) != 0 || spool_sync(m, e) != 0 ||
	    spool_unpark(t->failed, t->spool, m->id, e) != 0)
		return -1;
	note(t, m, "requeued");
	return 0;
}

/* 1: done. */
static int
act_on_damaged(struct tool *t, const struct target *g)
{
	struct error e;

	if ((t->verb->flags & VERB_DESTROYS) == 0)
		error_set(&e, "%s is damaged: it can only be deleted",
		    g->name);
	else if (spool_remove_name(t->failed, g->name, &e) == 0) {
		log_event(t->log, LOG_NOTICE, "%s: deleted by uid=%lu",
		    g->name, (unsigned long)getuid());
		return 1;
	}
	tool_fail(t, EX_IOERR, e.text);
	return 0;
}

/* Take target g.  What flush only looks at is free again at once: that is
 * waited for, as long as the run has patience left. */
static enum spool_result
take(struct tool *t, const struct target *g, struct spool_message *m,
    struct error *e)
{
	const struct timespec pause = { 0, 10000000 };
	enum spool_result result;

	for (;;) {
		tool_raise(t);
		result = spool_take(select_spool(t, g), g->name, m, e);
		tool_lower(t);
		if (result != SPOOL_BUSY || t->patience == 0)
			return result;
		t->patience--;
		nanosleep(&pause, NULL);
	}
}

/* 1: done. */
static int
act_on(struct tool *t, struct target *g)
{
	int (*act)(struct tool *, struct spool_message *, struct error *) =
	    g->failed ? t->verb->act_failed : t->verb->act;
	struct spool_message m;
	enum spool_result result;
	struct error e;
	int done;

	if (g->damaged)
		return act_on_damaged(t, g);
	if (act == NULL) {
		error_set(&e, "%s is in failed/: retry or delete it", g->name);
		tool_fail(t, EX_USAGE, e.text);
		return 0;
	}
	result = take(t, g, &m, &e);
	if (result != SPOOL_OK) {
		/* Sent meanwhile, if it was not named. */
		if (result != SPOOL_GONE || *t->options.words != NULL)
			select_complain(t, g->name, result, &e);
		return 0;
	}
	done = select_matches(&t->options, &m);
	if (done && act(t, &m, &e) != 0) {
		tool_fail(t, EX_IOERR, e.text);
		done = 0;
	}
	g->changed = done;
	g->attempts = m.env.retry.attempts;
	spool_release(&m);
	if (done && (t->verb->flags & VERB_DESTROYS) == 0) {
		tool_raise(t);
		wake_message(t->spool, g->name);
		tool_lower(t);
	}
	return done;
}

/* A terminal is asked before anything is destroyed. */
static int
is_confirmed(const struct tool *t, size_t n)
{
	char *line = NULL;
	size_t size = 0;
	int yes = 1;

	if ((t->verb->flags & VERB_DESTROYS) == 0 || t->options.yes ||
	    !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return 1;
	fprintf(stderr, "%s %zu message%s for good? [y/N] ", t->verb->name, n,
	    n == 1 ? "" : "s");
	yes = getline(&line, &size, stdin) > 0 &&
	    (*line == 'y' || *line == 'Y');
	free(line);
	return yes;
}

/* What was changed, on stdout. */
static void
print_count(const char *before, const char *what, size_t n)
{
	printf("%s%s %zu message%s\n", before, what, n, n == 1 ? "" : "s");
}

/* What programs for mail logs count is the number, as postsuper has it. */
static void
log_count(struct tool *t, size_t n)
{
	if (t->verb->counted != NULL && n > 0)
		log_event(t->log, LOG_NOTICE, "%s: %zu message%s",
		    t->verb->counted, n, n == 1 ? "" : "s");
}

/* Where no flush runs that could be woken, who may run one starts it; to be
 * waited for, if the run waits. */
static void
start_flush(struct tool *t)
{
	struct error e;
	int (*start)(const char *, int) = t->options.wait ?
	    background_wait_flush : background_flush;

	if (start(t->path, t->options.all) == 0)
		return;
	error_sys(&e, "cannot run outbox-flush");
	tool_fail(t, EX_UNAVAILABLE, e.text);
}

static void
act_on_all(struct tool *t, struct targets *targets)
{
	size_t i, done = 0;
	struct error e;

	t->progress_next = 0;
	t->patience = PATIENCE;
	for (i = 0; i < targets->n; i++) {
		tool_progress(t, t->verb->doing, i, targets->n);
		done += act_on(t, &targets->list[i]);
	}
	if (spool_sync_directory(t->spool, &e) != 0 ||
	    (t->failed != NULL && spool_sync_directory(t->failed, &e) != 0))
		tool_fail(t, EX_IOERR, e.text);
	tool_progress_end(t);
	print_count("", t->verb->done, done);
	log_count(t, done);
	if (done > 0 && (t->verb->flags & VERB_SENDS) != 0 &&
	    t->settings.flush == SETTINGS_ON_DEMAND &&
	    privilege_owns(t->spool))
		start_flush(t);
	if (t->options.wait)
		outbox_wait(t, targets);
}

void
outbox_act(struct tool *t)
{
	struct targets targets;
	size_t i;

	if (!select_is_given(&t->options)) {
		tool_fail(t, EX_USAGE, "name the messages, or say --all");
		return;
	}
	select_collect(t, &targets);
	if (t->options.dry_run) {
		for (i = 0; i < targets.n; i++)
			puts(targets.list[i].name);
		print_count("would have ", t->verb->done, targets.n);
	} else if (targets.n == 0) {
		if (t->status == 0)
			printf("No message%s fits.\n",
			    privilege_owns(t->spool) ? "" : " of yours");
	} else if (is_confirmed(t, targets.n))
		act_on_all(t, &targets);
	else {
		fputs("Nothing was changed.\n", stderr);
		t->status = 1;
	}
	select_free(&targets);
}
