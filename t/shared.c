/*
 * What workers share: it is there for the next one, or it is not, and nobody
 * can put in more.
 */
#include <config.h>

#include "queue/shared.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "t/scratch.h"
#include "t/tap.h"

static char big[SHARED_MAX + 1];

/* The length of the one thing that another process sees. */
static int
seen(int fd)
{
	struct buffer b = BUFFER_INIT;
	int status;
	pid_t child = fork();

	if (child == 0) {
		shared_read(fd, SHARED_TICKET, &b);
		_exit(b.len == 0 ? 1 : b.len == 3 &&
		    memcmp(b.data, "a\0b", 3) == 0 ? 3 : 2);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		scratch_fail("fork");
	return WEXITSTATUS(status);
}

/* A process that holds the lock while this one reads and writes. */
static void
test_lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct buffer b = BUFFER_INIT;
	int locked[2], over[2];
	char c;
	pid_t child;

	if (pipe(locked) != 0 || pipe(over) != 0 || (child = fork()) < 0)
		scratch_fail("fork");
	if (child == 0) {
		close(over[1]);
		_exit(fcntl(fd, F_SETLK, &whole) != 0 ||
		    write(locked[1], "x", 1) != 1 || read(over[0], &c, 1) != 0);
	}
	close(locked[1]);
	is_int(read(locked[0], &c, 1), 1, "another has the lock");
	shared_write(fd, SHARED_TICKET, "other", 5);
	shared_read(fd, SHARED_TICKET, &b);
	is_int((long long)b.len, 0, "... nobody waits for it");
	close(over[1]);
	waitpid(child, NULL, 0);
	shared_read(fd, SHARED_TICKET, &b);
	ok(b.len == 3 && memcmp(b.data, "a\0b", 3) == 0,
	    "... and it still has what it had");
	buffer_wipe(&b);
}

int
main(void)
{
	struct buffer b = BUFFER_INIT;
	uint32_t len = SHARED_MAX + 1;
	int fd = shared_open();

	ok(fd >= 0, "shared memory");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "... closes on exec");
	is_int(seen(fd), 1, "it is empty");
	shared_write(fd, SHARED_TICKET, "a\0b", 3);
	is_int(seen(fd), 3, "what one writes another reads");
	buffer_adds(&b, "old");
	shared_read(fd, SHARED_TICKET, &b);
	is_int((long long)b.len, 3, "... in place of what it had");
	test_lock(fd);
	memset(big, 'x', sizeof(big));
	shared_write(fd, SHARED_TICKET, big, SHARED_MAX);
	shared_read(fd, SHARED_TICKET, &b);
	ok(b.len == SHARED_MAX && memcmp(b.data, big, SHARED_MAX) == 0,
	    "the largest");
	shared_write(fd, SHARED_TICKET, big, SHARED_MAX + 1);
	is_int(seen(fd), 1, "a larger one is none");
	shared_write(fd, SHARED_TICKET, "abc", 3);
	shared_write(fd, SHARED_TICKET, NULL, 0);
	is_int(seen(fd), 1, "forgotten");
	is_int(pwrite(fd, &len, sizeof(len), 0), sizeof(len),
	    "a length of too much");
	is_int(seen(fd), 1, "... is none");
	ok(pwrite(fd, big, 1, 4 * (SHARED_MAX + 4)) < 0 &&
	    ftruncate(fd, 4) != 0, "its size cannot be changed");
	shared_write(fd, SHARED_TICKET, "a\0b", 3);
	shared_write(fd, SHARED_TOKEN, "other", 5);
	is_int(seen(fd), 3, "slots do not touch each other");
	shared_read(fd, SHARED_TOKEN, &b);
	is_str(buffer_string(&b), "other", "... neither of them");
	shared_clear(fd);
	is_int(seen(fd), 1, "all is forgotten");
	shared_read(fd, SHARED_TOKEN, &b);
	is_int((long long)b.len, 0, "... in both");
	close(fd);
	shared_write(-1, SHARED_TICKET, "a", 1);
	shared_read(-1, SHARED_TICKET, &b);
	is_int((long long)b.len, 0, "no memory, nothing in it");
	return done();
}
