/*
 * The clock that no one can set: see clock.h.
 */
#include <config.h>

#include "queue/clock.h"

#include <limits.h>
#include <time.h>

int64_t
clock_now(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_awake(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

time_t
clock_wall(void)
{
	return time(NULL);
}

int64_t
clock_micro(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int
clock_left(int64_t deadline)
{
	int64_t left = deadline - clock_now() + 1;

	if (left < 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}
