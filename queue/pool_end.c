/*
 * How workers end: when they are idle, hang, crash or are no longer wanted.
 */
#include <config.h>

#include "queue/pool.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <syslog.h>
#include <unistd.h>

#include "queue/flush.h"
#include "queue/process.h"
#include "queue/shared.h"
#include "queue/submit.h"

#define OPEN_TIME INT64_C(300000)	/* to find and connect to a host */
#define OPEN_STEPS 10			/* waits of that length until there is
					 * a session, whatever it says */
#define HANG_TIME INT64_C(30000)	/* of silence: workers tick while they
					 * wait for the server */
#define LATE INT64_C(5000)
#define CLOSE_TIME INT64_C(30000)	/* to say QUIT and end */
#define LOCAL_TIME INT64_C(120000)	/* of their silence: a slow disk */

void
pool_dismiss(struct worker *w)
{
	w->closing = 1;
	if (handover_send_word(w->fd, HANDOVER_END) != 0)
		shutdown(w->fd, SHUT_WR);
}

void
pool_lose(struct flush *f, struct worker *w)
{
	int attempted = w->opened && !w->failed && !w->closing &&
	    !f->stopping;
	struct verdict v;

	close(w->fd);
	w->fd = -1;
	/* Nonsense, or a hang: the process may still be there. */
	if (w->pid > 0)
		process_kill(w->pid);
	if (!w->opened && !w->failed && !w->closing && !f->stopping) {
		verdict_set(&v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.3.0",
		    "the delivery process ended before it had a session: "
		    "see its log");
		site_down(f, &v);
	}
	while (w->jobs != NULL)
		settle_job(f, pool_take_back(w, &w->jobs), attempted,
		    "the delivery process ended unexpectedly");
}

void
pool_part(struct flush *f, struct worker *w)
{
	/* Should someone else have its side now, no more is heard of them. */
	if (w->fd >= 0)
		shutdown(w->fd, SHUT_RD);
	while (pool_read(f, w))
		continue;
	if (w->fd >= 0)
		pool_lose(f, w);
}

static void
log_end(struct flush *f, const struct worker *w, int status)
{
	if (WIFSIGNALED(status) && !w->closing)
		log_event(f->log, LOG_ERR, "worker %ld was killed by signal "
		    "%d", (long)w->pid, WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		log_event(f->log, LOG_ERR, "worker %ld ended with status %d",
		    (long)w->pid, WEXITSTATUS(status));
}

void
pool_reap(struct flush *f)
{
	struct worker *w;
	int status;
	pid_t pid;

	while ((pid = process_ended(&status)) > 0) {
		for (w = f->workers; w != NULL && w->pid != pid; w = w->next)
			continue;
		if (w == NULL) {
			/* Or, as process 1, one that we inherit. */
			if (!metrics_ended(f, pid, status))
				submit_ended(f, pid);
			continue;
		}
		/* In case that what it found there was why. */
		if (WIFSIGNALED(status))
			shared_clear(f->shared);
		log_end(f, w, status);
		w->pid = 0;
		pool_part(f, w);
		pool_free(f, w);
	}
}

/* How long w may be silent. */
static int64_t
patience(const struct flush *f, const struct worker *w)
{
	int64_t hang = HANG_TIME;

	if (w->closing)
		return CLOSE_TIME;
	if (w->njobs == 0)
		return !w->local && pool_count(f) > pool_connections(f) ? 0 :
		    f->settings.idle * 1000;
	if (w->local)
		return LOCAL_TIME;
	if (w->opening)
		return OPEN_TIME;
	/* A short timeout: whoever set it wants to see things move. */
	if (f->settings.timeout > 0 && f->settings.timeout * 10000 < hang)
		hang = f->settings.timeout * 10000;
	return hang;
}

/* When w is taken for hung, unless more is heard of it. */
static int64_t
hangs_at(const struct flush *f, const struct worker *w)
{
	int64_t when = w->heard + patience(f, w), step = OPEN_TIME, end;

	if (!w->opening || w->closing || w->njobs == 0)
		return when;
	if (f->settings.timeout * 1000 > step)
		step = f->settings.timeout * 1000;
	end = w->since + OPEN_STEPS * step;
	return end < when ? end : when;
}

/* 1: w is to be told to end. */
static int
is_to_end(const struct flush *f, const struct worker *w, int64_t now, int all)
{
	return !w->closing && (all || (w->njobs == 0 &&
	    now >= w->heard + patience(f, w)));
}

int64_t
pool_tend(struct flush *f, int64_t now, int all)
{
	int64_t next = INT64_MAX, when;
	struct worker *w;
	int late;

	/* The machine slept, and they did too. */
	late = f->tend_by > 0 && now > f->tend_by + LATE;
	for (w = f->workers; w != NULL; w = w->next) {
		if (w->fd < 0)
			continue;
		if (late)
			w->heard = w->since = now;
		if (is_to_end(f, w, now, all)) {
			pool_dismiss(w);
			w->heard = now;
			/* Nothing is in flight: no need to wait for it.  One
			 * that found no session ends of itself. */
			if (w->opening && !w->failed) {
				pool_lose(f, w);
				continue;
			}
		}
		when = hangs_at(f, w);
		if (now >= when) {
			log_event(f->log, LOG_ERR, "worker %ld hangs: killed",
			    (long)w->pid);
			pool_lose(f, w);
		} else if (when < next)
			next = when;
	}
	f->tend_by = next < INT64_MAX ? next : 0;
	return next;
}

void
pool_forsake(struct flush *f)
{
	struct worker *w;

	for (w = f->workers; w != NULL; w = w->next)
		w->elsewhere = !w->local;
}

void
pool_kill(struct flush *f)
{
	struct worker *w;

	for (w = f->workers; w != NULL; w = w->next)
		if (w->fd >= 0)
			pool_lose(f, w);
}
