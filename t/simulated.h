/*
 * The scheduler in a world of the test's making: whatever links simulated.c
 * has a clock that moves only when the scheduler waits, and then at once to
 * the next thing that happens; chance that comes again (chance.h); a log that
 * can be counted; a network that changes when the test says so; and a disk
 * that need not be waited for.
 */
#ifndef T_SIMULATED_H
#define T_SIMULATED_H

#include <stdint.h>

#define MILLI INT64_C(1)
#define SECOND (1000 * MILLI)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

struct simulated_counts {
	long waits;		/* of the scheduler */
	long spins;		/* of them, with nothing to do and no pause */
	long lines;		/* of the log */
	long syncs;		/* of files and directories */
};

/* A new world, with nothing to come and an empty log; its clocks go on. */
void simulated_begin(void);
void simulated_end(void);	/* what is counted stays, but the log */

/* Call happen(arg) when it is so late by clock_now(), while the scheduler
 * waits. */
void simulated_at(int64_t when, void (*happen)(void *arg), void *arg);

/* The scheduler has something to read: it wakes up. */
void simulated_news(void);

/* Call look() whenever the scheduler begins to wait. */
void simulated_look(void (*look)(void));

/* The scheduler does not wait longer than until then. */
void simulated_until(int64_t when);

/* Someone sets the wall clock forward, or back. */
void simulated_jump(int64_t milliseconds);

/* The machine sleeps for so long, and all that is to come. */
void simulated_sleep(int64_t milliseconds);

/* A link comes up: news for whom is waiting for that. */
void simulated_link(void);

const struct simulated_counts *simulated_counts(void);

/* Lines of the log with this part in them. */
long simulated_lines(const char *part);

#endif
