/*
 * Reading standard input: see input.h.
 */
#include <config.h>

#include "sendmail/input.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define IDLE 1000		/* milliseconds without a byte that end it */
#define LONGEST 30		/* seconds that draining may take */

ssize_t
input_read(int fd, char *data, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while ((n = read(fd, data, size)) < 0) {
		if (errno == EAGAIN) {
			if (poll(&p, 1, -1) < 0 && errno != EINTR)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return n;
}

static time_t
seconds(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? now.tv_sec : 0;
}

void
input_drain(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	time_t end = seconds() + LONGEST;
	char data[16384];

	if (isatty(fd))
		return;
	while (seconds() < end && poll(&p, 1, IDLE) > 0 &&
	    read(fd, data, sizeof(data)) > 0)
		continue;
}
