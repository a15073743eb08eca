/*
 * The sandbox, as far as this kernel has it: what stays open, and what is known
 * of files that were replaced.  flush-hijacked.t has what is closed.
 */
#include <config.h>

#include "queue/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "t/scratch.h"
#include "t/tap.h"

static int closed;	/* what the kernel makes of it */

/* What a process says that does this in the sandbox: below 100. */
static int
in_child(int (*act)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(act());
	if (child < 0 || waitpid(child, &status, 0) != child)
		scratch_fail("fork");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct sandbox *
enter(struct sandbox_rules *r)
{
	struct sandbox *s;
	struct error e;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	r->descriptors = 200;
	r->file_size = 1000;
	if (sandbox_enter(&s, r, &e) == SANDBOX_FAILED)
		_exit(100);
	return s;
}

/* 0, or errno. */
static int
opens(const char *name)
{
	int fd = open(scratch_path(name), O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : errno;
}

static int
find_out(void)
{
	struct sandbox_rules r = { .port = 25 };

	enter(&r);
	return opens("one") != 0;
}

static int
use_own(void)
{
	struct sandbox_rules r = { .port = 25, .own = { scratch_path("one"),
		scratch_path("directory") } };
	struct sandbox *s = enter(&r);
	int bad = sandbox_is_stale(s) || opens("one") != 0 ||
	    opens("directory/two") != 0;

	sandbox_free(s);
	return bad;
}

static int
use_missing(void)
{
	struct sandbox_rules r = { .port = 25, .own = { "",
		scratch_path("none") } };
	struct sandbox *s = enter(&r);
	int bad = sandbox_is_stale(s);

	sandbox_free(s);
	return bad;
}

/* Its parent replaces what it may read; it says what it knows of that. */
static int pipes[2][2];

static int
see(const char *first, const char *second)
{
	struct sandbox_rules r = { .port = 25, .own = { first, second } };
	struct sandbox *s = enter(&r);
	char byte = 0;
	int stale;

	if (write(pipes[0][1], &byte, 1) != 1 ||
	    read(pipes[1][0], &byte, 1) != 1)
		return 99;
	stale = sandbox_is_stale(s);
	sandbox_free(s);
	return stale;
}

static int
see_file(void)
{
	return see(scratch_path("one"), NULL);
}

static int
see_directory(void)
{
	return see(NULL, scratch_path("directory"));
}

static int
see_missing(void)
{
	return see(scratch_path("none"), NULL);
}

static int
is_seen(int (*look)(void), const char *name)
{
	pid_t child = fork();
	char byte;
	int status;

	if (child == 0)
		_exit(look());
	if (child < 0 || read(pipes[0][0], &byte, 1) != 1)
		scratch_fail("fork");
	scratch_text("new", "new");
	if (rename(scratch_path("new"), scratch_path(name)) != 0 ||
	    write(pipes[1][1], &byte, 1) != 1 ||
	    waitpid(child, &status, 0) != child)
		scratch_fail("rename");
	return WEXITSTATUS(status);
}

static int
use_library(void)
{
	struct sandbox_rules r = { .queue = scratch_path("spool") };
	struct sandbox *s = enter(&r);
	int status, bad = 0;
	pid_t child;

	if (s != NULL || opens("one") != 0 || opens("directory/two") != 0)
		bad |= 1;
	if (closed && (opens("spool/queue/x") != EACCES ||
	    opens("spool/wake") != EACCES || opens("spool") != EACCES))
		bad |= 2;
	scratch_text("directory/written", "it may write");
	if ((child = fork()) == 0) {
		execl("/bin/sh", "sh", "-c", ":", (char *)NULL);
		_exit(1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		bad |= 4;
	return bad;
}

static int
get_limits(void)
{
	struct sandbox_rules r = { .port = 25 };
	struct rlimit files, size;

	sandbox_free(enter(&r));
	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_FSIZE, &size);
	return files.rlim_max != 200 || files.rlim_cur != 200 ||
	    size.rlim_max != 1000;
}

int
main(void)
{
	scratch_text("one", "1");
	scratch_directory("directory");
	scratch_text("directory/two", "2");
	scratch_directory("spool");
	scratch_directory("spool/queue");
	scratch_text("spool/queue/x", "x");
	scratch_text("spool/wake", "");
	if (pipe(pipes[0]) != 0 || pipe(pipes[1]) != 0)
		scratch_fail("pipe");
	closed = in_child(find_out);
	diag("Landlock: %s", closed ? "yes" : "not here");
	is_int(in_child(get_limits), 0, "limits are set, for good");
	is_int(in_child(use_own), 0, "what it is to read stays open");
	is_int(in_child(use_missing), 0, "what is not there is no matter");
	is_int(in_child(use_library), 0,
	    "for a library all stays open but the queue");
	is_int(is_seen(see_directory, "directory/two"), 0,
	    "a file is replaced in a directory that stays: nothing new");
	is_int(is_seen(see_file, "one"), closed,
	    "a file is replaced: it knows, where that matters");
	is_int(is_seen(see_missing, "none"), closed,
	    "a file appears: the same");
	return done();
}
