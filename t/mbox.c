/*
 * Appending to a mailbox: all of a message or nothing, with both locks, and
 * only to what is a mailbox.
 */
#include <config.h>

#include "queue/mbox.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "queue/error.h"
#include "t/scratch.h"
#include "t/tap.h"

static int ticks;

static void
tick(void *arg)
{
	ticks++;
	/* What was in the way goes. */
	if (arg != NULL)
		unlink(arg);
}

static char path[4096];

static struct mbox_params
params(int64_t wait)
{
	struct mbox_params p = { path, geteuid(), wait, tick, NULL };

	return p;
}

/* 0, or the number of the error, or -1 for one without. */
static int
append(const char *text, int64_t wait)
{
	struct mbox_params p = params(wait);
	struct mbox b;
	struct error e;

	e.number = 0;
	if (mbox_open(&b, &p, &e) != 0)
		return e.number != 0 ? e.number : -1;
	if (mbox_write(&b, text, strlen(text), &e) != 0) {
		mbox_abort(&b);
		return e.number;
	}
	return mbox_commit(&b, &e) == 0 ? 0 : e.number;
}

static const char *
content(void)
{
	static char text[4096];
	FILE *file = fopen(path, "re");
	size_t n = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[n] = '\0';
	if (file != NULL)
		fclose(file);
	return text;
}

static void
fill(const char *text)
{
	scratch_text("mbox", text);
}

static void
test_append(void)
{
	struct mbox_params p = params(0);
	struct mbox b;
	struct error e;
	struct stat st;

	is_int(append("From a\n\n", 0), 0, "a mailbox is made");
	is_int(stat(path, &st) == 0 ? st.st_mode & 07777 : 0, 0600,
	    "... for its owner");
	is_int(append("From b\n\n", 0), 0, "and appended to");
	is_str(content(), "From a\n\nFrom b\n\n", "one behind the other");
	is_int(access(scratch_path("mbox.lock"), F_OK), -1,
	    "the lock file is gone");
	fill("From cut");
	append("From b\n\n", 0);
	is_str(content(), "From cut\n\nFrom b\n\n",
	    "what has no end gets an empty line");
	fill("From cut\n");
	append("From b\n\n", 0);
	is_str(content(), "From cut\n\nFrom b\n\n", "... also half an end");
	fill("\n");
	append("From b\n\n", 0);
	is_str(content(), "\nFrom b\n\n", "... but not twice");
	fill("From cut");
	if (mbox_open(&b, &p, &e) != 0)
		scratch_fail(e.text);
	mbox_write(&b, "From b", 6, &e);
	mbox_abort(&b);
	is_str(content(), "From cut", "what is given up leaves nothing");
}

static void
test_full(void)
{
	const struct rlimit small = { 20, RLIM_INFINITY };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	fill("From a\n\n");
	if (setrlimit(RLIMIT_FSIZE, &small) != 0)
		scratch_fail("no limit");
	is_int(append("From b\nmore than there is room for\n\n", 0), EFBIG,
	    "what finds no room is not delivered");
	setrlimit(RLIMIT_FSIZE, &none);
	is_str(content(), "From a\n\n", "and leaves nothing");
}

/* A process that locks the mailbox as other programs do, until it is killed. */
static pid_t
lock(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int told[2], fd;
	char byte;
	pid_t pid;

	if (pipe(told) != 0 || (pid = fork()) < 0)
		scratch_fail("no process");
	if (pid == 0) {
		fd = open(path, O_RDWR);
		if (fcntl(fd, F_SETLK, &whole) != 0 ||
		    write(told[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(told[1]);
	if (read(told[0], &byte, 1) != 1)
		scratch_fail("not locked");
	close(told[0]);
	return pid;
}

static void
age(const char *name, time_t by)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - by },
		{ .tv_sec = time(NULL) - by } };

	utimensat(AT_FDCWD, scratch_path(name), times, 0);
}

static void
test_locks(void)
{
	struct mbox_params p = params(3600000);
	char dot[4096];
	struct mbox b;
	struct error e;
	pid_t other;
	int status;

	fill("");
	other = lock();
	is_int(append("x", 0), EWOULDBLOCK, "locked by fcntl: not now");
	ticks = 0;
	is_int(append("x", 250), EWOULDBLOCK, "... after a while");
	ok(ticks > 0, "... in which it is known to be alive");
	kill(other, SIGKILL);
	is_str(content(), "", "nothing was written");
	/* The kernel takes the lock when it takes the process. */
	while (append("x\n\n", 0) == EWOULDBLOCK)
		continue;
	is_str(content(), "x\n\n", "free: it goes");

	scratch_text("mbox.lock", "1");
	is_int(append("x", 0), EWOULDBLOCK, "locked by a file: not now");
	is_int(access(scratch_path("mbox.lock"), F_OK), 0,
	    "... which stays there");
	age("mbox.lock", 310);
	is_int(append("y\n\n", 0), 0, "one that was left behind is removed");

	snprintf(dot, sizeof(dot), "%s", scratch_path("mbox.lock"));
	scratch_text("mbox.lock", "1");
	p.arg = dot;
	is_int(mbox_open(&b, &p, &e), 0, "one that goes is waited for");
	is_int(access(dot, F_OK), 0, "while it is open there is one");
	other = fork();
	if (other == 0) {
		struct flock whole = { .l_type = F_WRLCK,
			.l_whence = SEEK_SET };
		int fd = open(path, O_RDWR);

		_exit(fcntl(fd, F_SETLK, &whole) != 0);
	}
	ok(waitpid(other, &status, 0) == other && WEXITSTATUS(status) == 1,
	    "and the other lock, too");
	mbox_abort(&b);
}

static void
test_no_directory_right(void)
{
	char directory[4096];

	if (geteuid() == 0) {
		ok(1, "# SKIP root may write everywhere");
		return;
	}
	scratch_directory("closed");
	scratch_text("closed/mbox", "");
	snprintf(directory, sizeof(directory), "%s", scratch_path("closed"));
	snprintf(path, sizeof(path), "%s", scratch_path("closed/mbox"));
	chmod(directory, 0500);
	is_int(append("x\n\n", 0), 0, "no file can be made: one lock will do");
	chmod(directory, 0700);
}

static void
use(const char *name)
{
	snprintf(path, sizeof(path), "%s", scratch_path(name));
}

static void
test_refused(void)
{
	char other[4096];

	use("mbox");
	unlink(path);
	scratch_text("other", "");
	snprintf(other, sizeof(other), "%s", scratch_path("other"));
	if (symlink("other", path) != 0)
		scratch_fail("no link");
	is_int(append("x", 0), -1, "a symbolic link is not followed");
	unlink(path);
	if (link(other, path) != 0)
		scratch_fail("no link");
	is_int(append("x", 0), -1, "a second name is not written to");
	unlink(path);
	if (mkfifo(path, 0600) != 0)
		scratch_fail("no fifo");
	is_int(append("x", 0), -1, "a fifo is no mailbox");
	unlink(path);
	scratch_directory("open");
	chmod(scratch_path("open"), 0777);
	use("open/mbox");
	is_int(append("x", 0), -1, "a directory for all");
	chmod(scratch_path("open"), 01777);
	use("open/mbox");
	is_int(append("x", 0), 0, "... unless it is sticky");
	use("none/mbox");
	is_int(append("x", 0), ENOENT, "no directory");
}

int
main(void)
{
	use("mbox");
	test_append();
	test_full();
	test_locks();
	test_no_directory_right();
	test_refused();
	return done();
}
