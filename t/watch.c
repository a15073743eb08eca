/*
 * To hear of changed files: of each way to change one, and not of others.
 */
#include <config.h>

#include "queue/watch.h"

#include <sys/stat.h>

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "t/scratch.h"
#include "t/tap.h"

static char path[4096], other[4096], far[4096];
static int fd = -1;

static int
heard(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Watch anew, as it is done after each change. */
static void
watch(void)
{
	const char *const paths[] = { path, "" };

	if (fd >= 0)
		close(fd);
	fd = watch_open(paths, 2);
}

static void
write_to(const char *name)
{
	FILE *file = fopen(name, "a");

	if (file == NULL || fputs("x\n", file) < 0 || fclose(file) != 0)
		scratch_fail(name);
}

int
main(void)
{
	const char *const nowhere[] = { "/no/such/directory/file" };

	snprintf(path, sizeof(path), "%s", scratch_path("a/file"));
	snprintf(other, sizeof(other), "%s", scratch_path("b/file"));
	snprintf(far, sizeof(far), "%s", scratch_path("b/target"));
	scratch_directory("a");
	scratch_directory("b");

	watch();
	ok(fd >= 0, "a file that is not there yet");
	ok(!heard(), "nothing happened");
	write_to(path);
	ok(heard(), "it is made and written");
	watch_drain(fd);
	ok(!heard(), "... and that is said once");
	write_to(path);
	ok(heard(), "it is written");
	watch();
	chmod(path, 0600);
	ok(heard(), "it has other rights");
	watch();
	write_to(other);
	ok(!heard(), "a file somewhere else is none of it");
	ok(rename(other, path) == 0 && heard(), "another takes its place");
	unlink(path);
	write_to(far);
	ok(symlink(far, path) == 0, "it becomes a link");
	watch();
	write_to(far);
	ok(heard(), "what a link points to is written");
	close(fd);
	is_int(watch_open(nowhere, 1), -1, "a directory that is not there");
	return done();
}
