/*
 * Secrets that a command tells: see secret.h.  No shell is involved unless the
 * command is one.  What it writes is bounded, and so is its time; nothing of
 * the secret is in an argument, an environment or a file.
 */
#include <config.h>

#include "config/secret.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK 50			/* milliseconds between looks for its end */
#define SAID_MAX 4096		/* bytes of its standard error */
#define BLANKS " \t"

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The words of line, which they become a part of; freed by the caller. */
static char **
split(char *line)
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
become(char **argv, int out, int err)
{
	static const int usual[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	int null = open("/dev/null", O_RDONLY);
	size_t i;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		signal(usual[i], SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(127);
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

struct child {
	pid_t pid;
	int status;
	struct pollfd from[2];		/* standard output and error */
	char *data[2];
	size_t len[2], max[2];
};

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

/* Read until the child ends; -1: it did not in time, and was killed. */
static int
attend(struct child *c, int64_t deadline)
{
	int ended = 0, ready, i;

	for (;;) {
		if (!ended && waitpid(c->pid, &c->status, WNOHANG) != 0)
			ended = 1;
		ready = poll(c->from, 2, ended ? 0 : TICK);
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
		become(argv, out[1], err[1]);
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

static void
say_lines(const struct secret_command *cmd, char *text)
{
	char *line;

	while ((line = strsep(&text, "\r\n")) != NULL)
		if (*line != '\0')
			cmd->say(cmd->arg, line);
}

/* The number that is the whole second line of data; 0: there is none. */
static int64_t
second_number(const char *data)
{
	const char *p = data + strcspn(data, "\n");
	char *end;
	long n;

	if (*p == '\0' || p[1] < '0' || p[1] > '9')
		return 0;
	n = strtol(p + 1, &end, 10);
	return *end == '\0' || *end == '\r' || *end == '\n' ? n : 0;
}

/* Run argv in c, whose memory is there.  -1 and why. */
static int
run(const struct secret_command *cmd, struct child *c, char **argv,
    char *why, size_t size)
{
	int i, rc;

	if (start(c, argv) != 0) {
		snprintf(why, size, "cannot run %s: %s", argv[0],
		    strerror(errno));
		return -1;
	}
	rc = attend(c, now() + cmd->timeout);
	for (i = 0; i < 2; i++)
		if (c->from[i].fd >= 0)
			close(c->from[i].fd);
	say_lines(cmd, c->data[1]);
	if (rc != 0)
		snprintf(why, size, "%s did not end within %lld seconds",
		    argv[0], (long long)cmd->timeout / 1000);
	else if (WIFSIGNALED(c->status))
		snprintf(why, size, "%s was killed by signal %d", argv[0],
		    WTERMSIG(c->status));
	else if (WEXITSTATUS(c->status) != 0)
		snprintf(why, size, "%s failed with status %d", argv[0],
		    WEXITSTATUS(c->status));
	else
		return 0;
	return -1;
}

char *
secret_run(const struct secret_command *cmd, int64_t *lifetime, char *why,
    size_t size)
{
	char said[SAID_MAX + 1] = "", *line = strdup(cmd->line);
	char **argv = line != NULL ? split(line) : NULL;
	/* Until it is known how it ended, it failed. */
	struct child c = { .data = { secret_new(), said },
		.max = { SECRET_MAX + 1, SAID_MAX }, .status = 127 << 8 };
	char *secret = NULL;

	*lifetime = 0;
	if (argv == NULL || argv[0] == NULL || c.data[0] == NULL) {
		snprintf(why, size, "out of memory");
	} else if (run(cmd, &c, argv, why, size) == 0) {
		*lifetime = second_number(c.data[0]);
		if (secret_cut(c.data[0], c.len[0], "the output of the "
		    "command", why, size) == 0)
			secret = c.data[0];
	}
	if (secret == NULL)
		secret_wipe(c.data[0]);
	free(argv);
	free(line);
	return secret;
}
