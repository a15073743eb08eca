/*
 * The processes of workers: see process.h.
 */
#include <config.h>

#include "queue/process.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "queue/flush.h"
#include "queue/shared.h"

/* The child: a worker on descriptor sock. */
static void
become_worker(const struct flush *f, int sock, int local)
{
	const char *argv[7];
	int n = 0, null = open("/dev/null", O_RDWR);
	sigset_t none;

	argv[n++] = local ? "outbox-local" : "outbox-smtp";
	if (f->path != NULL) {
		argv[n++] = "-C";
		argv[n++] = f->path;
	}
	if (f->to_stderr)
		argv[n++] = "--stderr";
	if (!local && settings_has_local(&f->settings))
		argv[n++] = "--keep-local";
	argv[n] = NULL;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(sock, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		_exit(127);
	/* Without it sessions begin anew; local mail has none. */
	if (local)
		close(SHARED_FD);
	else if (f->shared == SHARED_FD)
		fcntl(SHARED_FD, F_SETFD, 0);
	else
		dup2(f->shared >= 0 ? f->shared : null, SHARED_FD);
	execv(local ? f->local_path : f->worker_path, (char **)(void *)argv);
	_exit(127);
}

pid_t
process_start(const struct flush *f, int sock, int local)
{
	pid_t pid = fork();

	if (pid == 0)
		become_worker(f, sock, local);
	return pid;
}

void
process_kill(pid_t pid)
{
	kill(pid, SIGKILL);
}

pid_t
process_ended(int *status)
{
	pid_t pid;

	do
		pid = waitpid(-1, status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	return pid > 0 ? pid : 0;
}
