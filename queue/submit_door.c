/*
 * The doorkeeper of the submit socket: it greets who connects, at once, and
 * gives each a process that serves it (submit.c), so that no client can hold
 * up another one for long.  When as many are served as may be, the next ones
 * wait their turn.  It never waits for a disk itself, so what it says from
 * time to time to those who wait means that their mail is in good hands.
 */
#include <config.h>

#include "queue/submit.h"

#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/flush.h"
#include "queue/program.h"
#include "queue/quota.h"

#define PAUSE INT64_C(1000)	/* when no client can be had */
#define TICK INT64_C(10000)	/* between two signs of life */
#define SERVED 64		/* clients at once, */
#define SERVED_OF_USER 16	/* of them; root may have all */
#define KNOWN 256		/* with those that wait */
#define KNOWN_OF_USER 64

struct client {
	struct client *next;
	int fd;
	pid_t pid;		/* of who serves it; 0: it waits */
	int stopped;		/* that process is */
	uid_t uid;
	time_t since;
};

struct door {
	int listening, signals, usage;
	const struct settings *settings;
	int to_stderr;
	struct log *log;
	struct client *clients;	/* in the order in which they came */
	int64_t after;		/* no client before */
	int64_t next_tick;
	int ending;		/* no more clients, */
	int at_once;		/* and none of those who wait */
};

/* Keep what a doorkeeper needs and nothing of the scheduler's, whose locks
 * and descriptors must end with it. */
static int
open_door(struct door *d, const struct flush *f)
{
	int fds[] = { f->submit, f->usage }, low, high;
	sigset_t set;

	low = fds[0] < fds[1] ? fds[0] : fds[1];
	high = fds[0] < fds[1] ? fds[1] : fds[0];
	if (low > STDERR_FILENO + 1)
		program_close(STDERR_FILENO + 1, (unsigned)low - 1);
	if (high > (low < 0 ? STDERR_FILENO : low) + 1)
		program_close((unsigned)(low < 0 ? STDERR_FILENO : low) + 1,
		    (unsigned)high - 1);
	program_close((unsigned)high + 1, ~0U);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	*d = (struct door){ .listening = f->submit, .usage = f->usage,
		.settings = &f->settings, .to_stderr = f->to_stderr };
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	d->log = log_open("outbox-flush", d->settings->facility,
	    d->to_stderr);
	log_rename(d->log, d->settings->log_name);
	if (d->log != NULL)
		submit_confine_door(d->settings, d->log);
	return d->signals >= 0 && d->log != NULL ? 0 : -1;
}

static int
say(const struct client *c, const char *line)
{
	return send(c->fd, line, strlen(line), MSG_NOSIGNAL |
	    MSG_DONTWAIT) < 0 && errno != EAGAIN ? -1 : 0;
}

static void
refuse(const struct door *d, const struct client *c, const char *why)
{
	char line[SUBMIT_REPLY];

	snprintf(line, sizeof(line), "-%d %s\n", EX_CANTCREAT, why);
	if (say(c, line) != 0)
		why = "the client went away";
	log_event(d->log, LOG_WARNING, "not queued: %s, uid=%lu, by socket",
	    why, (unsigned long)c->uid);
}

/* What it brings will be ours, and its inode will not tell whose it was: count
 * it in advance, so that no number of clients gets around a limit. */
static void
count(const struct door *d, const struct client *c, int n)
{
	struct quota q = quota_of(d->settings);

	if (c->uid != geteuid())
		quota_add(d->usage, &q, c->uid, c->since, n);
}

static void
forget(struct door *d, struct client *c)
{
	struct client **p;

	for (p = &d->clients; *p != c; p = &(*p)->next)
		continue;
	*p = c->next;
	close(c->fd);
	free(c);
}

/* In the child: keep the client only. */
static void
serve(const struct door *d, const struct client *c)
{
	sigset_t none;
	struct log *log;

	if (c->fd > STDERR_FILENO + 1)
		program_close(STDERR_FILENO + 1, (unsigned)c->fd - 1);
	program_close((unsigned)c->fd + 1, ~0U);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	log = log_open("outbox-flush", d->settings->facility, d->to_stderr);
	log_rename(log, d->settings->log_name);
	_exit(log == NULL ? EX_OSERR :
	    submit_serve(c->fd, c->uid, d->settings, log));
}

/* Clients that are served, or all of them, and those of uid among them. */
static void
number(const struct door *d, uid_t uid, int all, unsigned n[2])
{
	const struct client *c;

	n[0] = n[1] = 0;
	for (c = d->clients; c != NULL; c = c->next)
		if (all || c->pid > 0) {
			n[0]++;
			n[1] += c->uid == uid;
		}
}

static int
has_turn(const struct door *d, const struct client *c)
{
	unsigned n[2];

	number(d, c->uid, 0, n);
	return c->pid == 0 && n[0] < SERVED &&
	    (c->uid == 0 || n[1] < SERVED_OF_USER);
}

/* Serve those whose turn it is. */
static void
serve_next(struct door *d)
{
	struct client *c, *next;

	for (c = d->clients; c != NULL; c = next) {
		next = c->next;
		if (d->at_once && c->pid == 0) {
			refuse(d, c, "outbox-flush ends: try again");
			forget(d, c);
			continue;
		}
		if (!has_turn(d, c))
			continue;
		c->since = clock_wall();
		count(d, c, 1);
		if ((c->pid = fork()) == 0)
			serve(d, c);
		if (c->pid < 0) {
			refuse(d, c, strerror(errno));
			count(d, c, -1);
			forget(d, c);
		}
	}
}

static const char *
too_many(const struct door *d, uid_t uid)
{
	unsigned n[2];

	number(d, uid, 1, n);
	if (n[0] >= KNOWN)
		return "too many clients at once: try again";
	if (uid != 0 && n[1] >= KNOWN_OF_USER)
		return "too many clients of this user at once: try again";
	return NULL;
}

static void
let_in(struct door *d, int fd)
{
	struct client **end, *c, stranger = { .fd = fd };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	const char *why;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
		close(fd);
		return;
	}
	stranger.uid = peer.uid;
	why = too_many(d, peer.uid);
	c = why == NULL ? calloc(1, sizeof(*c)) : NULL;
	if (c == NULL) {
		refuse(d, &stranger, why != NULL ? why : strerror(errno));
		close(fd);
		return;
	}
	*c = stranger;
	if (say(c, SUBMIT_ALIVE) != 0) {
		close(fd);
		free(c);
		return;
	}
	for (end = &d->clients; *end != NULL; end = &(*end)->next)
		continue;
	*end = c;
}

static void
accept_them(struct door *d)
{
	int fd, i;

	/* Not for ever: there is other work. */
	for (i = 0; i < SERVED; i++) {
		fd = accept4(d->listening, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED) {
			/* It is still there, and poll() would say so at
			 * once. */
			log_event(d->log, LOG_ERR, "cannot take a client of "
			    "the submit socket: %s", strerror(errno));
			d->after = clock_now() + PAUSE;
		}
		if (fd < 0)
			return;
		let_in(d, fd);
	}
}

static void
reap(struct door *d)
{
	struct client *c;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED |
	    WCONTINUED)) > 0) {
		for (c = d->clients; c != NULL && c->pid != pid; c = c->next)
			continue;
		if (c == NULL)
			continue;
		c->stopped = WIFSTOPPED(status);
		if (WIFSTOPPED(status) || WIFCONTINUED(status))
			continue;
		if (status != 0)
			count(d, c, -1);
		forget(d, c);
	}
}

static void
take_signals(struct door *d)
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		d->ending = 1;
		d->at_once |= info.ssi_signo == SIGTERM;
	}
	reap(d);
}

/* Whoever does not take it reads no answer either. */
static void
tick(struct door *d)
{
	struct client *c, *next;

	for (c = d->clients; c != NULL; c = next) {
		next = c->next;
		if (!c->stopped && say(c, SUBMIT_ALIVE) != 0 && c->pid == 0)
			forget(d, c);
	}
}

static void
wait_for_events(struct door *d)
{
	struct pollfd fds[2] = { { d->signals, POLLIN, 0 },
		{ -1, POLLIN, 0 } };
	int64_t now = clock_now(), next = INT64_MAX;

	if (d->clients == NULL)
		d->next_tick = now + TICK;
	else
		next = d->next_tick;
	if (!d->ending && now >= d->after)
		fds[1].fd = d->listening;
	else if (!d->ending && d->after < next)
		next = d->after;
	if (poll(fds, 2, clock_left(next)) < 0)
		return;
	if (fds[1].revents != 0)
		accept_them(d);
	take_signals(d);
	if (clock_now() >= d->next_tick) {
		tick(d);
		d->next_tick = clock_now() + TICK;
	}
}

void
submit_door(const struct flush *f)
{
	struct door d;

	if (open_door(&d, f) != 0)
		_exit(EX_OSERR);
	while (!d.ending || (d.clients != NULL && !d.at_once)) {
		wait_for_events(&d);
		serve_next(&d);
	}
	_exit(EX_OK);
}
