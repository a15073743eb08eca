/*
 * Running the operator's command elsewhere: see errand.h.  A byte asks; the
 * answer is its form, and then the secret or, in its place, the reason why
 * there is none.
 */
#include <config.h>

#include "queue/errand.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/secret.h"
#include "queue/error.h"

struct answer {
	int64_t lifetime;
	uint32_t is_secret, len;	/* of what follows */
};

/* len bytes; -1: the other side has gone. */
static int
receive(int sock, void *data, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = read(sock, (char *)data + done, len - done);
		if (n == 0 || (n < 0 && errno != EINTR))
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
transmit(int sock, const void *data, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = send(sock, (const char *)data + done, len - done,
		    MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
answer(int sock, const struct secret_command *cmd)
{
	char why[400] = "", *secret;
	struct answer a = { 0, 0, 0 };
	const char *text;
	int result;

	secret = secret_run(cmd, &a.lifetime, why, sizeof(why));
	text = secret != NULL ? secret : why;
	a.is_secret = secret != NULL;
	a.len = (uint32_t)strlen(text);
	result = transmit(sock, &a, sizeof(a)) != 0 ||
	    transmit(sock, text, a.len) != 0 ? -1 : 0;
	secret_wipe(secret);
	return result;
}

/* The process.  It lets go of what its parent has to itself: should that die,
 * its other side is to see it. */
static void
serve(int sock, const struct secret_command *cmd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char ask;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		_exit(1);
	while (receive(sock, &ask, 1) == 0 && answer(sock, cmd) == 0)
		continue;
	_exit(0);
}

int
errand_start(struct errand *r, const struct secret_command *cmd,
    struct error *e)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return error_sys(e, "cannot prepare to run a command");
	if ((r->pid = fork()) == 0) {
		close(ends[0]);
		serve(ends[1], cmd);
	}
	close(ends[1]);
	r->sock = ends[0];
	if (r->pid > 0)
		return 0;
	error_sys(e, "cannot prepare to run a command");
	close(r->sock);
	return -1;
}

char *
errand_ask(const struct errand *r, int64_t *lifetime, char *why, size_t size)
{
	char *text = secret_new();
	struct answer a;

	*lifetime = 0;
	if (text == NULL) {
		snprintf(why, size, "out of memory");
	} else if (transmit(r->sock, "", 1) != 0 ||
	    receive(r->sock, &a, sizeof(a)) != 0 || a.len > SECRET_MAX ||
	    receive(r->sock, text, a.len) != 0) {
		snprintf(why, size, "the process that runs it has ended");
	} else if (a.is_secret) {
		*lifetime = a.lifetime;
		return text;
	} else
		snprintf(why, size, "%s", text);
	secret_wipe(text);
	return NULL;
}

void
errand_end(struct errand *r)
{
	close(r->sock);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}
