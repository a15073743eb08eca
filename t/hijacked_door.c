/*
 * outbox-flush as it is, but for the processes at its submit socket, which are
 * taken over when a client is there, and do what hijacked_try.h says: by
 * $HIJACKED
 *
 *	door	the one that takes clients
 *	client	the one that serves a client, with the first that it reads
 *
 * The calls of the C library are wrapped when it is linked.
 */
#include <config.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/hijacked_try.h"

int __real_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);
ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);

static int
is(const char *what)
{
	const char *text = getenv("HIJACKED");

	return text != NULL && strcmp(text, what) == 0;
}

static void
try_all(void)
{
	try_world();
	try_queue();
	try_others();
	try_open("make a file elsewhere", in_queue("failed/x"), O_WRONLY |
	    O_CREAT);
	tell("end", 0);
	_exit(0);
}

int
__wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int client = __real_accept4(fd, sa, len, flags);

	if (client >= 0 && is("door"))
		try_all();
	return client;
}

ssize_t
__wrap_read(int fd, void *data, size_t size)
{
	struct sockaddr_un sa = { .sun_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);

	/* Of all that outbox-flush reads, only clients come by a name. */
	if (is("client") && getsockname(fd, (struct sockaddr *)&sa,
	    &len) == 0 && sa.sun_family == AF_UNIX &&
	    len > sizeof(sa.sun_family))
		try_all();
	return __real_read(fd, data, size);
}
