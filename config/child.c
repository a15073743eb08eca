/*
 * Commands: see child.h.
 */
#include <config.h>

#include "config/child.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UNKNOWN (127 << 8)		/* a status of wait(2) */
#define TICK 50			/* milliseconds between looks for its end */
#define BLANKS " \t"

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

char **
child_split(char *line)
{
	char **argv = calloc(strlen(line) / 2 + 2, sizeof(*argv));
	size_t n = 0;

	for (line += strspn(line, BLANKS); argv != NULL && *line != '\0';
	    line += strspn(line, BLANKS)) {
		argv[n++] = line;
		if (n == 3 && strcmp(argv[1], "-c") == 0)
			break;
		line += strcspn(line, BLANKS);
		if (*line != '\0')
			*line++ = '\0';
	}
	return argv;
}

static void
become(const struct child *c, char **argv, int out, int err)
{
	static const int usual[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE,
		SIGXFSZ };
	int in = c->in >= 0 ? c->in : open("/dev/null", O_RDONLY);
	size_t i;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		signal(usual[i], SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (in < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(127);
	execve(argv[0], argv, c->environment != NULL ?
	    c->environment : environ);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Take what is there of stream i. */
static void
drain(struct child *c, int i)
{
	char rest[4096];
	size_t room = c->max[i] - c->len[i];
	ssize_t n;

	/* Beyond the limit it is read and forgotten. */
	n = read(c->from[i].fd, room > 0 ? c->data[i] + c->len[i] : rest,
	    room > 0 ? room : sizeof(rest));
	if (n > 0 && room > 0)
		c->len[i] += (size_t)n;
	explicit_bzero(rest, sizeof(rest));
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
		close(c->from[i].fd);
		c->from[i].fd = -1;
	}
}

/* 1: the child has ended.  How is not known where it is not ours to wait for:
 * that is no success. */
static int
has_ended(struct child *c)
{
	pid_t pid = waitpid(c->pid, &c->status, WNOHANG);

	if (pid == 0 || (pid < 0 && errno == EINTR))
		return 0;
	if (pid < 0)
		c->status = UNKNOWN;
	return 1;
}

/* Read until the child ends; -1: it did not in time, and was killed. */
static int
attend(struct child *c, int64_t deadline)
{
	int ended = 0, ready, i;

	for (;;) {
		ended = ended || has_ended(c);
		ready = poll(c->from, 2, ended ? 0 : TICK);
		if (c->tick != NULL)
			c->tick(c->arg);
		for (i = 0; i < 2 && ready > 0; i++)
			if (c->from[i].fd >= 0 && c->from[i].revents != 0)
				drain(c, i);
		/* What it left running may keep the streams open. */
		if (ended && ready <= 0)
			return 0;
		if (now() >= deadline)
			break;
	}
	kill(-c->pid, SIGKILL);
	if (!ended)
		waitpid(c->pid, &c->status, 0);
	return -1;
}

/* The child, with its streams; -1: errno. */
static int
start(struct child *c, char **argv)
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(err, O_CLOEXEC) != 0) {
		close(out[0]);
		close(out[1]);
		return -1;
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	c->pid = fork();
	if (c->pid == 0)
		become(c, argv, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	c->from[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	c->from[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	if (c->pid > 0)
		return 0;
	close(out[0]);
	close(err[0]);
	return -1;
}

enum child_end
child_run(struct child *c, char **argv)
{
	int i, rc;

	if (start(c, argv) != 0)
		return CHILD_NONE;
	rc = attend(c, now() + c->timeout);
	for (i = 0; i < 2; i++)
		if (c->from[i].fd >= 0)
			close(c->from[i].fd);
	return rc == 0 ? CHILD_ENDED : CHILD_LATE;
}
