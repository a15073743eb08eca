/*
 * The workers: started when something is due, one connection each, growing
 * only with the backlog, ended when idle.  A worker that crashes, hangs or
 * talks nonsense costs a retry of what it had.
 */
#include <config.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/flush.h"
#include "queue/process.h"
#include "queue/shared.h"
#include "queue/submit.h"

#define OPEN_TIME INT64_C(300000)	/* to find and connect to a host */
#define OPEN_STEPS 10			/* waits of that length until there is
					 * a session, whatever it says */
#define HANG_TIME INT64_C(30000)	/* of silence: workers tick while they
					 * wait for the server */
#define STUCK_TIME INT64_C(10000)	/* without a verdict */
#define LATE INT64_C(5000)
#define CLOSE_TIME INT64_C(30000)	/* to say QUIT and end */
#define LOAD_SIZE 65536			/* bytes that weigh like a message */
#define LOAD_MAX 10000
#define YIELD_TIME INT64_C(60000)	/* with the connections that we have */
#define LEAVE_DELAY INT64_C(1000)	/* until the one that comes after */
#define READ_MAX 256			/* reports of one, before the others */
#define LOCAL_MAX 4			/* processes for local mail */
#define LOCAL_TIME INT64_C(120000)	/* of their silence: a slow disk */

static struct worker *
start(struct flush *f, int local)
{
	struct worker *w;
	struct error e;
	int fds[2];

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    handover_pair(fds, &e) != 0) {
		log_event(f->log, LOG_ERR, "%s", w == NULL ?
		    "out of memory" : e.text);
		free(w);
		return NULL;
	}
	w->pid = process_start(f, fds[1], local);
	close(fds[1]);
	if (w->pid < 0) {
		log_event(f->log, LOG_ERR, "cannot start a worker: %s",
		    strerror(errno));
		close(fds[0]);
		free(w);
		return NULL;
	}
	w->fd = fds[0];
	w->heard = w->since = w->moved = clock_now();
	w->local = local;
	w->opened = local;	/* it needs no session */
	w->opening = !local;
	snprintf(w->relay, sizeof(w->relay), "%s", local ? "local" : "");
	w->next = f->workers;
	f->workers = w;
	f->nworkers++;
	f->nlocal += (unsigned)local;
	return w;
}

/* Messages that a worker is given ahead: twice what is in flight, so that it
 * never waits for us. */
static unsigned
room(const struct flush *f)
{
	return (unsigned)f->settings.window * 2;
}

/* What j costs a connection: a large message as much as many small ones. */
static unsigned
load(const struct job *j)
{
	uint64_t n = 1 + j->message.env.message / LOAD_SIZE;

	return n < LOAD_MAX ? (unsigned)n : LOAD_MAX;
}

/* Connections that may be open: one, where the smarthost asks for less. */
static unsigned
connections(const struct flush *f)
{
	return throttle_is_slow(&f->throttle) ? 1 :
	    (unsigned)f->settings.connections;
}

static int
is_usable(const struct worker *w, int local)
{
	return w->local == local && w->fd >= 0 && !w->closing && !w->failed &&
	    !w->full;
}

/* A large message, or a server that takes its time with one: what is to be
 * sent beside that is not to wait for it. */
static int
is_stuck(const struct worker *w)
{
	return w->njobs > 0 && !w->opening &&
	    clock_now() - w->moved >= STUCK_TIME;
}

/* The usable worker with the fewest messages, best one that is not stuck;
 * NULL: none. */
static struct worker *
least_busy(const struct flush *f, int local)
{
	struct worker *w, *best = NULL;

	for (w = f->workers; w != NULL; w = w->next)
		if (is_usable(w, local) && (best == NULL ||
		    is_stuck(w) < is_stuck(best) ||
		    (is_stuck(w) == is_stuck(best) && w->load < best->load)))
			best = w;
	return best;
}

/* 1: another worker may be started, beside best. */
static int
may_start(const struct flush *f, const struct worker *best)
{
	return f->nworkers - f->nlocal < connections(f) &&
	    (best == NULL || clock_now() >= f->more_after);
}

/* The same for local mail: one does, unless something hangs. */
static int
may_start_local(const struct flush *f, const struct worker *best)
{
	return f->nlocal < LOCAL_MAX && (best == NULL || is_stuck(best));
}

int
pool_has_local_room(const struct flush *f)
{
	const struct worker *w = least_busy(f, 1);

	return (w != NULL && w->njobs == 0) || may_start_local(f, w);
}

int64_t
pool_more_local(const struct flush *f)
{
	int64_t next = INT64_MAX;
	const struct worker *w;

	for (w = f->workers; w != NULL && f->nlocal < LOCAL_MAX; w = w->next)
		if (is_usable(w, 1) && !is_stuck(w) &&
		    w->moved + STUCK_TIME < next)
			next = w->moved + STUCK_TIME;
	return next;
}

int
pool_has_room(const struct flush *f)
{
	unsigned all = room(f) * connections(f), n = 0;
	const struct worker *w;

	for (w = f->workers; w != NULL; w = w->next)
		n += w->local ? 0 : w->njobs;
	if (n >= schedule_site_allows(&f->site, clock_now(), all))
		return 0;
	w = least_busy(f, 0);
	return (w != NULL && w->njobs < room(f)) || may_start(f, w);
}

static struct job **
find_job(struct worker *w, uint32_t number)
{
	struct job **j;

	for (j = &w->jobs; *j != NULL && (*j)->number != number;
	    j = &(*j)->next)
		continue;
	return j;
}

/* Its side is closed: what it still had goes back. */
static void
lose(struct flush *f, struct worker *w)
{
	int attempted = w->opened && !w->failed && !w->closing &&
	    !f->stopping;
	struct verdict v;
	struct job *j;

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
	while ((j = w->jobs) != NULL) {
		w->jobs = j->next;
		w->njobs--;
		w->load -= load(j);
		settle_job(f, j, attempted, "the delivery process ended "
		    "unexpectedly");
	}
}

/* Job *place has no more verdicts. */
static void
end_job(struct flush *f, struct worker *w, struct job **place)
{
	struct job *j = *place;

	*place = j->next;
	w->njobs--;
	w->load -= load(j);
	w->full = 0;
	/* Undone by a session that goes on, it was tried. */
	settle_job(f, j, !w->failed && !w->closing && !f->stopping,
	    "the delivery process could not send it: see its log");
}

/*
 * Worker w has no session.  While another one has, that does not mean that the
 * site is down: it takes no more connections than these.
 */
static void
fail(struct flush *f, struct worker *w, const struct verdict *v)
{
	const struct worker *other;

	w->failed = 1;
	for (other = f->workers; other != NULL; other = other->next)
		if (other->opened && is_usable(other, 0))
			break;
	if (other == NULL || (v->flags & VERDICT_LONG) != 0) {
		site_down(f, v);
		return;
	}
	log_event(f->log, LOG_NOTICE, "smarthost %s: %s; going on with fewer "
	    "connections", f->settings.host, v->text);
	f->more_after = clock_now() + YIELD_TIME;
}

/* "relay=host[address]:port, tls=..." */
static void
take_session(struct worker *w, const char *text)
{
	if (strncmp(text, "relay=", 6) == 0)
		text += 6;
	snprintf(w->relay, sizeof(w->relay), "%.*s",
	    (int)strcspn(text, ","), text);
}

/* w is to end, once it is through with what it has. */
static void
dismiss(struct worker *w)
{
	w->closing = 1;
	if (handover_send_word(w->fd, HANDOVER_END) != 0)
		shutdown(w->fd, SHUT_WR);
}

/* All that w said so far is to be on disk before it says QUIT. */
static void
record_all(struct flush *f, struct worker *w)
{
	struct job *j;

	for (j = w->jobs; j != NULL; j = j->next)
		settle_record(f, j);
	settle_sync(f);
	if (handover_send_word(w->fd, HANDOVER_RECORDED) != 0)
		dismiss(w);
}

/* w ends of its own will, and can be replaced by one that can do more. */
static void
let_go(struct flush *f, struct worker *w)
{
	dismiss(w);
	/* If they all go, then not in a circle. */
	if (!f->once)
		f->blocked[HOME_SITE] = clock_now() + LEAVE_DELAY;
}

/* 1: outbox-local may say this; it knows of no site and of no replies. */
static int
is_of_local(const struct handover_report *r)
{
	return r->type == HANDOVER_PROGRESS || r->type == HANDOVER_DONE ||
	    (r->type == HANDOVER_VERDICT && r->verdict.code == 0 &&
	    r->verdict.flags == 0 &&
	    r->verdict.scope == VERDICT_RECIPIENT);
}

/* -1: no worker in its right mind says this now, or of that job. */
static int
take_report(struct flush *f, struct worker *w,
    const struct handover_report *r)
{
	struct job **place = find_job(w, r->job);

	if (w->local && !is_of_local(r))
		return -1;
	switch (r->type) {
	case HANDOVER_OPENING:
		if (!w->opening)
			w->since = clock_now();
		w->opening = 1;
		return w->failed ? -1 : 0;
	case HANDOVER_OPENED:
		if (!w->opening || w->failed)
			return -1;
		w->opening = 0;
		w->opened = 1;
		w->moved = clock_now();
		take_session(w, r->verdict.text);
		f->utf8 = (r->verdict.flags & VERDICT_UTF8) != 0;
		site_up(f, w->relay, r->verdict.text);
		break;
	case HANDOVER_PROGRESS:
		break;
	case HANDOVER_SITE:
		if (w->failed)
			return -1;
		fail(f, w, &r->verdict);
		break;
	case HANDOVER_VERDICT:
		if (*place == NULL || (((*place)->changed ||
		    settle_verdict(f, *place, r->rcpt, &r->verdict,
		    w->relay) != 0) && !settle_is_changed(f, *place)))
			return -1;
		w->moved = clock_now();
		if (r->last)
			end_job(f, w, place);
		break;
	case HANDOVER_DONE:
		if (*place == NULL)
			return -1;
		w->moved = clock_now();
		end_job(f, w, place);
		break;
	case HANDOVER_QUITTING:
		record_all(f, w);
		break;
	case HANDOVER_LEAVING:
		let_go(f, w);
		break;
	}
	return 0;
}

/* 1: there may be more. */
static int
read_reports(struct flush *f, struct worker *w)
{
	struct handover_report r;
	int i, rc;

	for (i = 0; i < READ_MAX; i++) {
		if ((rc = handover_receive_report(w->fd, &r)) == 0)
			return 0;
		if (rc < 0) {
			lose(f, w);
			return 0;
		}
		w->heard = clock_now();
		if (take_report(f, w, &r) != 0) {
			log_event(f->log, LOG_ERR, "worker %ld is not in its "
			    "right mind: killed", (long)w->pid);
			lose(f, w);
			return 0;
		}
	}
	return 1;
}

void
pool_read(struct flush *f, struct worker *w)
{
	if (w->fd >= 0)
		read_reports(f, w);
}

/* It has ended: what it said last, and what it still had. */
static void
part(struct flush *f, struct worker *w)
{
	/* Should someone else have its side now, no more is heard of them. */
	if (w->fd >= 0)
		shutdown(w->fd, SHUT_RD);
	while (w->fd >= 0 && read_reports(f, w))
		continue;
	if (w->fd >= 0)
		lose(f, w);
}

/* Who gets the next message; NULL: nobody can be had. */
static struct worker *
choose(struct flush *f, int local)
{
	struct worker *w = least_busy(f, local);

	if (local)
		return (w == NULL || w->njobs > 0) && may_start_local(f, w) ?
		    start(f, 1) : w;
	/* Another connection only when those there are have enough. */
	if ((w == NULL || w->load >= f->settings.window || is_stuck(w)) &&
	    may_start(f, w))
		w = start(f, 0);
	return w;
}

/* Give message number, which is fd, to w or, where that does not read what it
 * is given, to another one; NULL: nobody can be had, or w was gone. */
static struct worker *
hand(struct flush *f, struct worker *w, uint32_t number, int fd, int *gone)
{
	struct error e;

	while (w != NULL && handover_send_job(w->fd, number, fd, &e) != 0) {
		if (e.number == EPIPE || e.number == ECONNRESET) {
			part(f, w);
			*gone = 1;
			return NULL;
		}
		if (e.number != EAGAIN)
			log_event(f->log, LOG_ERR, "%s", e.text);
		w->full = 1;
		w = choose(f, w->local);
	}
	return w;
}

int
pool_give(struct flush *f, struct job *j)
{
	struct worker *w;
	struct error e;
	int fd, gone = 0;

	if ((w = choose(f, j->part == PART_LOCAL)) == NULL)
		return -1;
	if ((fd = spool_reader(f->spool, &j->message, &e)) < 0) {
		log_event(f->log, LOG_ERR, "%s", e.text);
		return -1;
	}
	j->number = ++f->number;
	w = hand(f, w, j->number, fd, &gone);
	close(fd);
	if (w == NULL)
		return gone ? 1 : -1;
	if (w->njobs == 0)
		w->heard = w->moved = w->since = clock_now();
	j->next = w->jobs;
	w->jobs = j;
	w->njobs++;
	w->load += load(j);
	return 0;
}

static void
free_worker(struct flush *f, struct worker *w)
{
	struct worker **p;

	for (p = &f->workers; *p != w; p = &(*p)->next)
		continue;
	*p = w->next;
	f->nworkers--;
	f->nlocal -= (unsigned)w->local;
	free(w);
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
		if (WIFSIGNALED(status) && !w->closing)
			log_event(f->log, LOG_ERR, "worker %ld was killed by "
			    "signal %d", (long)pid, WTERMSIG(status));
		else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			log_event(f->log, LOG_ERR, "worker %ld ended with "
			    "status %d", (long)pid, WEXITSTATUS(status));
		w->pid = 0;
		part(f, w);
		free_worker(f, w);
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
		return !w->local && f->nworkers - f->nlocal > connections(f) ?
		    0 : f->settings.idle * 1000;
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
		if (!w->closing && (all || (w->njobs == 0 &&
		    now >= w->heard + patience(f, w)))) {
			dismiss(w);
			w->heard = now;
			/* Nothing is in flight: no need to wait for it. */
			if (w->opening) {
				lose(f, w);
				continue;
			}
		}
		when = hangs_at(f, w);
		if (now >= when) {
			log_event(f->log, LOG_ERR, "worker %ld hangs: killed",
			    (long)w->pid);
			lose(f, w);
		} else if (when < next)
			next = when;
	}
	f->tend_by = next < INT64_MAX ? next : 0;
	return next;
}

void
pool_kill(struct flush *f)
{
	struct worker *w;

	for (w = f->workers; w != NULL; w = w->next)
		if (w->fd >= 0)
			lose(f, w);
}
