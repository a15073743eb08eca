/*
 * Reading standard input, whatever was made of the descriptor.
 */
#include <config.h>

#include "sendmail/input.h"

#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/tap.h"

static int fds[2];

/* A writer who is late, and interrupts. */
static void
write_late(int number)
{
	static int calls;
	int saved = errno;

	(void)number;
	if (++calls > 2 && write(fds[1], "text", 4) != 4)
		abort();
	errno = saved;
}

int
main(void)
{
	const struct itimerval soon = { { 0, 10000 }, { 0, 10000 } },
	    never = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = write_late };
	char data[64] = "";
	ssize_t n;

	if (pipe(fds) != 0 || fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0 ||
	    sigaction(SIGALRM, &act, NULL) != 0 ||
	    setitimer(ITIMER_REAL, &soon, NULL) != 0)
		return 99;
	n = input_read(fds[0], data, 4);
	setitimer(ITIMER_REAL, &never, NULL);
	is_int(n, 4, "a descriptor that does not wait is waited for");
	is_str(data, "text", "... and read");

	close(fds[1]);
	while ((n = input_read(fds[0], data, sizeof(data))) > 0)
		continue;
	is_int(n, 0, "the end of it");
	close(fds[0]);
	is_int(input_read(fds[0], data, sizeof(data)), -1, "an error");
	is_int(errno, EBADF, "... and which");
	return done();
}
