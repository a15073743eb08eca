/*
 * A simulated world: see simulated.h.  What it defines stands in the place of
 * clock.c, log.c, netlink.c and a few functions of the C library.
 */
#include <config.h>

#include "t/simulated.h"

#include <sys/eventfd.h>
#include <sys/random.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/log.h"
#include "queue/netlink.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/tap.h"

#define BOOTED (10 * DAY)		/* before the test began */
#define EPOCH INT64_C(1780000000000)	/* of the wall clock, as it began */
#define SPINS_MAX 10000			/* in a row: it would never end */

struct event {
	struct event *next;
	int64_t at;
	void (*happen)(void *arg);
	void *arg;
};

static struct {
	int64_t now;
	int64_t wall;		/* ahead of now */
	int64_t slept;
	int64_t until;
	int64_t micro;		/* names made in this millisecond */
	struct event *events;	/* by time */
	int news;
	long spins;		/* in a row */
	long told;		/* lines, when it waited last */
	void (*look)(void);
	struct simulated_counts counts;
	struct buffer log;
	int network;		/* what netlink_open() gave a copy of, or -1 */
	int talk;		/* the log goes to the output, too */
} world = { .now = BOOTED, .wall = EPOCH - BOOTED, .network = -1 };

struct log {
	int unused;
};

void
simulated_end(void)
{
	struct event *e;

	while ((e = world.events) != NULL) {
		world.events = e->next;
		free(e);
	}
	if (world.network >= 0)
		close(world.network);
	world.network = -1;
	buffer_free(&world.log);
}

void
simulated_begin(void)
{
	simulated_end();
	world.until = INT64_MAX;
	world.news = 0;
	world.counts = (struct simulated_counts){ 0, 0, 0, 0 };
	world.told = 0;
	world.talk = getenv("T_LOG") != NULL;
}

void
simulated_at(int64_t when, void (*happen)(void *arg), void *arg)
{
	struct event **p, *e = malloc(sizeof(*e));

	if (e == NULL)
		scratch_fail("no memory");
	*e = (struct event){ NULL, when, happen, arg };
	for (p = &world.events; *p != NULL && (*p)->at <= when;
	    p = &(*p)->next)
		continue;
	e->next = *p;
	*p = e;
}

void
simulated_news(void)
{
	world.news = 1;
}

void
simulated_look(void (*look)(void))
{
	world.look = look;
}

void
simulated_until(int64_t when)
{
	world.until = when;
}

void
simulated_jump(int64_t milliseconds)
{
	world.wall += milliseconds;
}

void
simulated_sleep(int64_t milliseconds)
{
	struct event *e;

	world.now += milliseconds;
	world.slept += milliseconds;
	for (e = world.events; e != NULL; e = e->next)
		e->at += milliseconds;
}

const struct simulated_counts *
simulated_counts(void)
{
	return &world.counts;
}

long
simulated_lines(const char *part)
{
	const char *p = buffer_string(&world.log);
	long n = 0;

	while ((p = strstr(p, part)) != NULL) {
		n++;
		p += strcspn(p, "\n");
	}
	return n;
}

/* The clock: see clock.h. */

int64_t
clock_now(void)
{
	return world.now;
}

int64_t
clock_awake(void)
{
	return world.now - world.slept;
}

time_t
clock_wall(void)
{
	return (time_t)((world.now + world.wall) / 1000);
}

/* Later with each call, as it is on a machine. */
int64_t
clock_micro(void)
{
	return (world.now + world.wall) * 1000 + world.micro++ % 1000;
}

static void
move(int64_t when)
{
	if (when <= world.now)
		return;
	world.now = when;
	world.micro = 0;
	world.spins = 0;
}

/* The scheduler waits: things happen, until one concerns it. */
static void
pass_time(int64_t deadline)
{
	struct event *e;

	if (world.until < deadline)
		deadline = world.until;
	while (!world.news) {
		e = world.events;
		if (e == NULL || e->at > deadline) {
			move(deadline);
			return;
		}
		world.events = e->next;
		move(e->at);
		e->happen(e->arg);
		free(e);
	}
}

int
clock_left(int64_t deadline)
{
	int64_t began = world.now;

	world.counts.waits++;
	if (world.look != NULL)
		world.look();
	/* It may have more of the same to do, and says so. */
	if (!world.news && deadline <= world.now &&
	    world.counts.lines == world.told) {
		world.counts.spins++;
		if (++world.spins > SPINS_MAX)
			scratch_fail("the scheduler spins");
	}
	world.told = world.counts.lines;
	pass_time(deadline);
	world.news = 0;
	if (world.now < began)
		scratch_fail("time went backwards");
	return 0;
}

/* The log: see log.h. */

struct log *
log_open(const char *name, int facility, int to_stderr)
{
	(void)name;
	(void)facility;
	(void)to_stderr;
	return calloc(1, sizeof(struct log));
}

void
log_close(struct log *log)
{
	free(log);
}

void
log_rename(struct log *log, const char *name)
{
	(void)log;
	(void)name;
}

static void __attribute__((format(printf, 1, 0)))
take_line(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		scratch_fail("no memory");
	world.counts.lines++;
	if (world.talk)
		diag("%lld.%03d %s", (long long)(world.now / 1000),
		    (int)(world.now % 1000), text);
	buffer_addf(&world.log, "%s\n", text);
	if (world.log.failed)
		scratch_fail("no memory");
	free(text);
}

void
log_event(struct log *log, int priority, const char *fmt, ...)
{
	va_list ap;

	(void)log;
	(void)priority;
	va_start(ap, fmt);
	take_line(fmt, ap);
	va_end(ap);
}

void
log_setting(void *log, const char *file, int line, const char *text)
{
	log_event(log, 0, "%s:%d: %s", file, line, text);
}

void
log_about(struct log *log, int priority, const struct log_about *about,
    const char *fmt, ...)
{
	va_list ap;

	(void)log;
	(void)priority;
	(void)about;
	va_start(ap, fmt);
	take_line(fmt, ap);
	va_end(ap);
}

/* The network: see netlink.h. */

int
netlink_open(void)
{
	if (world.network >= 0)
		close(world.network);
	world.network = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return dup(world.network);
}

int
netlink_read(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) == sizeof(n);
}

void
simulated_link(void)
{
	uint64_t one = 1;

	if (world.network >= 0 &&
	    write(world.network, &one, sizeof(one)) == sizeof(one))
		simulated_news();
}

/* Of the C library. */

ssize_t
getrandom(void *data, size_t len, unsigned flags)
{
	(void)flags;
	chance_fill(data, len);
	return (ssize_t)len;
}

int
fsync(int fd)
{
	(void)fd;
	world.counts.syncs++;
	return 0;
}

int
fdatasync(int fd)
{
	return fsync(fd);
}
