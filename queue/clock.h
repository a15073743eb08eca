/*
 * Monotonic milliseconds, which go on while the machine sleeps.
 */
#ifndef QUEUE_CLOCK_H
#define QUEUE_CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_now(void);

/* The same, but it stands while the machine sleeps. */
int64_t clock_awake(void);

/* Seconds since 1970, for what must outlive the machine's uptime; this clock
 * can jump. */
time_t clock_wall(void);

/* The same in microseconds, for names.  -1: errno. */
int64_t clock_micro(void);

/* What poll(2) takes to wait until deadline, rounded up. */
int clock_left(int64_t deadline);

#endif
