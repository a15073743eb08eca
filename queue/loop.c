/*
 * The scheduler's loop: do what is due, then wait for a signal, a wake-up, a
 * worker or the next thing that is due.
 */
#include <config.h>

#include "queue/flush.h"

#include <sys/signalfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/event.h"
#include "queue/netlink.h"
#include "queue/notify.h"
#include "queue/submit.h"
#include "queue/watch.h"

#define SECOND INT64_C(1000)
#define SYNC_DELAY (1 * SECOND)		/* of removals */
#define STOP_DELAY (30 * SECOND)	/* for replies in flight at SIGTERM */
#define LOOK_INTERVAL (30 * SECOND)	/* to see that a cause was mended */
#define WATCH_INTERVAL (3600 * SECOND)	/* the same where we hear of it */
#define WATCH_DELAY (1 * SECOND)	/* for who changes more than one */
#define NETWORK_PAUSE (10 * SECOND)	/* between two attempts for its sake */
#define FIXED 4				/* descriptors beside the workers' */

static int
is_idle(const struct flush *f)
{
	const struct worker *w;

	for (w = f->workers; w != NULL; w = w->next)
		if (w->njobs > 0)
			return 0;
	return 1;
}

static void
stop(struct flush *f)
{
	if (!f->stopping) {
		notify_send("STOPPING=1");
		f->stopping = 1;
		f->patience = clock_now() + STOP_DELAY;
	}
}

/* With --once: is everything that was due dealt with? */
static void
check_once(struct flush *f)
{
	if (!f->once || !is_idle(f) || dispatch_has_work(f) ||
	    aside_has_more(f))
		return;
	/* What is due and cannot go counts as deferred. */
	if (dispatch_is_due(f))
		f->deferred = 1;
	stop(f);
}

static void
earlier(int64_t *next, int64_t when)
{
	if (when < *next)
		*next = when;
}

/* When the first message can go that is due by now. */
static int64_t
when_due(struct flush *f, int64_t now)
{
	struct backlog_message *m = backlog_first(f->backlogs[HOME_SITE], now);
	int64_t when;

	if (m == NULL || m->due > now)
		return m == NULL ? INT64_MAX : m->due;
	if (f->site.state == SCHEDULE_DOWN &&
	    (when = schedule_site_due(&f->site)) > now)
		return when;
	when = throttle_ready(&f->throttle, &f->rate, now);
	return when > now ? when : INT64_MAX;	/* it waits for a worker */
}

/* While the site is down: what may have ended that, and what ends then. */
static int64_t
tend_down(struct flush *f, int64_t now)
{
	if (now >= f->next_look) {
		/* First the watch, that nothing is missed between the two. */
		site_watch(f);
		f->next_look = now + (f->watch >= 0 ? WATCH_INTERVAL :
		    LOOK_INTERVAL);
		if (site_is_changed(f)) {
			flush_reload(f);
			site_mended(f);
		}
	}
	if (f->network < 0 && !f->once)
		f->network = netlink_open();
	/* When the message that found it down is back, and not before an attempt
	 * that is due. */
	if (f->site_news && is_idle(f) && schedule_site_due(&f->site) > now &&
	    site_end_expired(f))
		return now;
	return f->next_look;
}

/* Do what is due now; the time when the next thing is. */
static int64_t
tend(struct flush *f)
{
	int64_t now = clock_now(), next, listen = submit_tend(f, now);
	int home;

	if (now >= f->next_scan)
		dispatch_scan(f);
	next = f->next_scan;
	earlier(&next, listen);
	if (f->site.state == SCHEDULE_DOWN)
		earlier(&next, tend_down(f, now));
	if (f->next_ask != 0 && now >= f->next_ask)
		site_ask_all(f);
	if (f->next_ask != 0)
		earlier(&next, f->next_ask);
	if (dispatch_sort(f))
		earlier(&next, now);
	dispatch_due(f);
	if (f->unfinished)
		earlier(&next, now);
	check_once(f);
	earlier(&next, pool_tend(f, now, f->stopping));
	if (f->removed > 0 && (is_idle(f) ||
	    now >= f->removed_since + SYNC_DELAY))
		settle_sync(f);
	if (f->removed > 0)
		earlier(&next, f->removed_since + SYNC_DELAY);
	earlier(&next, when_due(f, now));
	earlier(&next, dispatch_when_local(f, now));
	earlier(&next, tell_tend(f, 0));
	earlier(&next, aside_tend(f, 0));
	earlier(&next, metrics_tend(f, now));
	earlier(&next, failed_tend(f, now));
	if (f->unsaved && now >= f->next_save)
		site_save(f);
	if (f->unsaved)
		earlier(&next, f->next_save);
	for (home = 0; home < HOMES; home++)
		if (f->blocked[home] > now)
			earlier(&next, f->blocked[home]);
	if (f->watchdog > 0 && now >= f->next_watchdog) {
		notify_send("WATCHDOG=1");
		f->next_watchdog = now + f->watchdog;
	}
	if (f->watchdog > 0)
		earlier(&next, f->next_watchdog);
	return next;
}

static void
take_signals(struct flush *f)
{
	struct signalfd_siginfo info;

	while (read(f->signals, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			pool_reap(f);
			break;
		case SIGHUP:
			notify_send("RELOADING=1");
			flush_reload(f);
			site_mended(f);
			notify_send("READY=1");
			break;
		case SIGUSR1:
			site_mended(f);
			break;
		default:
			event_terminated(f->log, (int)info.ssi_signo);
			f->terminated = 1;
			stop(f);
		}
	}
}

static void
hear_network(struct flush *f)
{
	if (netlink_read(f->network))
		site_try(f, NETWORK_PAUSE);
}

static void
hear_watch(struct flush *f)
{
	watch_drain(f->watch);
	earlier(&f->next_look, clock_now() + WATCH_DELAY);
}

/* What a descriptor belongs to: a worker, or who hears of the other ones. */
struct source {
	struct worker *worker;
	void (*hear)(struct flush *f);
};

struct sources {
	struct pollfd *fds;	/* none is -1: poll() takes no more than a
				 * process may have open */
	struct source *list;
	nfds_t n, size;
};

/* Have room for so many workers.  It is kept, so that a lack of memory stops
 * nothing that goes on. */
static int
make_room(struct sources *s, nfds_t workers)
{
	nfds_t size = workers + FIXED;
	void *fds, *list;

	if (size <= s->size)
		return 0;
	if ((fds = reallocarray(s->fds, size, sizeof(*s->fds))) == NULL)
		return -1;
	s->fds = fds;
	if ((list = reallocarray(s->list, size, sizeof(*s->list))) == NULL)
		return -1;
	s->list = list;
	s->size = size;
	return 0;
}

int
loop_open(struct flush *f)
{
	f->sources = calloc(1, sizeof(*f->sources));
	return f->sources == NULL ? -1 : make_room(f->sources,
	    (nfds_t)f->settings.connections);
}

void
loop_free(struct flush *f)
{
	if (f->sources == NULL)
		return;
	free(f->sources->fds);
	free(f->sources->list);
	free(f->sources);
	f->sources = NULL;
}

static void
add(struct sources *s, int fd, struct worker *w, void (*hear)(struct flush *))
{
	/* One for whom there is no room waits until there is. */
	if (fd < 0 || (w != NULL && s->n + FIXED >= s->size))
		return;
	s->fds[s->n].fd = fd;
	s->fds[s->n].events = POLLIN;
	s->list[s->n].hear = hear;
	s->list[s->n++].worker = w;
}

/* Wait for something to do, until next. */
static void
wait_for_events(struct flush *f, int64_t next)
{
	const struct timespec pause = { 0, 100000000 };
	struct sources *s = f->sources;
	struct worker *w;
	nfds_t i;
	int n;

	make_room(s, f->nworkers);	/* or add() goes without some */
	s->n = 0;
	for (w = f->workers; w != NULL; w = w->next)
		add(s, w->fd, w, NULL);
	add(s, f->wake, NULL, dispatch_wake);
	add(s, f->network, NULL, hear_network);
	add(s, f->watch, NULL, hear_watch);
	/* Last: it frees workers. */
	add(s, f->signals, NULL, take_signals);
	n = poll(s->fds, s->n, clock_left(next));
	if (n < 0 && errno != EINTR)
		nanosleep(&pause, NULL);	/* not again at once */
	absence_look(f);
	for (i = 0; n > 0 && i < s->n; i++) {
		if (s->fds[i].revents == 0)
			continue;
		if (s->list[i].worker != NULL)
			pool_read(f, s->list[i].worker);
		else
			s->list[i].hear(f);
	}
}

int
loop_round(struct flush *f)
{
	int64_t next = tend(f);

	if (f->stopping) {
		if (f->nworkers == 0)
			return 0;
		if (clock_now() >= f->patience)
			pool_kill(f);
		else
			earlier(&next, f->patience);
	}
	wait_for_events(f, next);
	return 1;
}

void
loop_run(struct flush *f)
{
	while (loop_round(f))
		continue;
	tell_tend(f, 1);
	aside_tend(f, 1);
	settle_sync(f);
}
