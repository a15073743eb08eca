/*
 * metrics_file: "outbox status" writes it, so that the look at each message
 * does not hold up the scheduler.
 */
#include <config.h>

#include "queue/flush.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define INTERVAL INT64_C(60000)

static void
become_tool(const struct flush *f)
{
	const char *argv[9];
	sigset_t none;
	int n = 0;

	argv[n++] = "outbox";
	if (f->path != NULL) {
		argv[n++] = "-C";
		argv[n++] = f->path;
	}
	argv[n++] = "status";
	argv[n++] = "--prometheus";
	argv[n++] = "--output";
	argv[n++] = f->settings.metrics_file;
	argv[n] = NULL;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	execv(f->tool_path, (char **)(void *)argv);
	_exit(127);
}

static void
start(struct flush *f)
{
	f->metrics = fork();
	if (f->metrics == 0)
		become_tool(f);
	if (f->metrics < 0) {
		log_event(f->log, LOG_ERR, "cannot start outbox for "
		    "metrics_file: %s", strerror(errno));
		f->metrics = 0;
	}
}

int64_t
metrics_tend(struct flush *f, int64_t now)
{
	if (*f->settings.metrics_file == '\0' || f->once || f->stopping ||
	    f->metrics > 0)
		return INT64_MAX;
	if (now < f->next_metrics)
		return f->next_metrics;
	f->next_metrics = now + INTERVAL;
	start(f);
	return f->metrics > 0 ? INT64_MAX : f->next_metrics;
}

int
metrics_ended(struct flush *f, pid_t pid, int status)
{
	/* 0 to 2 say how things are. */
	int failed = !WIFEXITED(status) || WEXITSTATUS(status) > 2;

	if (f->metrics <= 0 || pid != f->metrics)
		return 0;
	f->metrics = 0;
	if (failed && !f->metrics_failed)
		log_event(f->log, LOG_ERR, "%s was not written: as this user, "
		    "try outbox status --prometheus --output %s",
		    f->settings.metrics_file, f->settings.metrics_file);
	f->metrics_failed = failed;
	return 1;
}

void
metrics_end(struct flush *f)
{
	int status;

	if (*f->settings.metrics_file == '\0')
		return;
	/* One that is under way knows less. */
	if (f->metrics > 0) {
		kill(f->metrics, SIGKILL);
		waitpid(f->metrics, &status, 0);
		f->metrics = 0;
	}
	/* It is to see that nobody works any more. */
	spool_unlock(f->spool);
	start(f);
	if (f->metrics > 0 && waitpid(f->metrics, &status, 0) > 0)
		metrics_ended(f, f->metrics, status);
}
