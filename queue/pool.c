/*
 * The workers: started when something is due, one connection each, growing
 * only with the backlog.  Here: how many there are, and who of them gets a
 * message.  pool_report.c is what they say, pool_end.c how they end.
 */
#include <config.h>

#include "queue/pool.h"

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

#define STUCK_TIME INT64_C(10000)	/* without a verdict */
#define LOAD_SIZE 65536			/* bytes that weigh like a message */
#define LOAD_MAX 10000
#define FILES 64			/* of ours, beside messages and workers */
#define LOCAL_MAX 4			/* processes for local mail */

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

unsigned
pool_connections(const struct flush *f)
{
	return throttle_is_slow(&f->throttle) ? 1 :
	    (unsigned)f->settings.connections;
}

/* 1: it has to do with the smarthost. */
static int
is_for_site(const struct worker *w)
{
	return !w->local && !w->elsewhere;
}

unsigned
pool_count(const struct flush *f)
{
	const struct worker *w;
	unsigned n = 0;

	for (w = f->workers; w != NULL; w = w->next)
		n += (unsigned)is_for_site(w);
	return n;
}

int
pool_is_usable(const struct worker *w, int local)
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
		if (pool_is_usable(w, local) && (best == NULL ||
		    is_stuck(w) < is_stuck(best) ||
		    (is_stuck(w) == is_stuck(best) && w->load < best->load)))
			best = w;
	return best;
}

/* 1: another worker may be started, beside best. */
static int
may_start(const struct flush *f, const struct worker *best)
{
	return pool_count(f) < pool_connections(f) &&
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
		if (pool_is_usable(w, 1) && !is_stuck(w) &&
		    w->moved + STUCK_TIME < next)
			next = w->moved + STUCK_TIME;
	return next;
}

int
pool_has_room(const struct flush *f)
{
	unsigned all = room(f) * pool_connections(f), n = 0;
	const struct worker *w;

	for (w = f->workers; w != NULL; w = w->next)
		n += is_for_site(w) ? w->njobs : 0;
	if (n >= schedule_site_allows(&f->site, clock_now(), all) ||
	    (n > 0 && n + f->nworkers + FILES >= f->files))
		return 0;
	w = least_busy(f, 0);
	return (w != NULL && w->njobs < room(f)) || may_start(f, w);
}

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
			pool_part(f, w);
			*gone = 1;
			return NULL;
		}
		/* The latter: too many are under way to all workers. */
		if (e.number != EAGAIN && e.number != ETOOMANYREFS)
			log_event(f->log, LOG_ERR, "%s", e.text);
		w->full = 1;
		w = choose(f, w->local);
	}
	return w;
}

/* 1: a worker that does not read what it is given has mail, and will read when
 * it is through with some. */
static int
is_crowded(const struct flush *f, int local)
{
	const struct worker *w;

	for (w = f->workers; w != NULL; w = w->next)
		if (w->local == local && w->full && w->njobs > 0)
			return 1;
	return 0;
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
		return gone || is_crowded(f, j->part == PART_LOCAL) ? 1 : -1;
	if (w->njobs == 0)
		w->heard = w->moved = w->since = clock_now();
	j->next = w->jobs;
	w->jobs = j;
	w->njobs++;
	w->load += load(j);
	return 0;
}

struct job *
pool_take_back(struct worker *w, struct job **place)
{
	struct job *j = *place;

	*place = j->next;
	w->njobs--;
	w->load -= load(j);
	return j;
}

void
pool_free(struct flush *f, struct worker *w)
{
	struct worker **p;

	for (p = &f->workers; *p != w; p = &(*p)->next)
		continue;
	*p = w->next;
	f->nworkers--;
	f->nlocal -= (unsigned)w->local;
	free(w);
}
