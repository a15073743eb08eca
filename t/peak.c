/*
 * peak: run a command and say how much memory it and each of its descendants
 * had at most.
 *
 *	peak [-o FILE] [--] COMMAND [ARG]...
 *
 * One line "NAME PID KILOBYTES" for each process that ends, in FILE or on
 * standard error: the resident set at its largest, as the kernel counted it.
 * The status is that of the command, or 128 + signal.
 *
 * Each process is stopped once, at its end, by tracing it: nothing is
 * sampled, and nothing else in it is slowed down.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *out;

/* What follows "key:" in /proc/PID/status, or "". */
static void
status_field(pid_t pid, const char *key, char *value, size_t size)
{
	char path[40], line[256];
	size_t len = strlen(key);
	FILE *f;

	*value = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, len) != 0 || line[len] != ':')
			continue;
		len += 1 + strspn(line + len + 1, " \t");
		snprintf(value, size, "%s", line + len);
		value[strcspn(value, "\n")] = '\0';
		break;
	}
	fclose(f);
}

static void
report(pid_t pid)
{
	char name[64], tgid[64], peak[64];

	status_field(pid, "Tgid", tgid, sizeof(tgid));
	if (strtol(tgid, NULL, 10) != (long)pid)
		return; /* a thread */
	status_field(pid, "Name", name, sizeof(name));
	status_field(pid, "VmHWM", peak, sizeof(peak));
	fprintf(out, "%s %d %ld\n", name, (int)pid, strtol(peak, NULL, 10));
}

/* Let a stopped process go on. */
static void
resume(pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXIT)
		report(pid);
	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
	else
		ptrace(PTRACE_CONT, pid, NULL, event != 0 ? 0L : (long)sig);
}

/* Run until no process is left; the status of the first. */
static int
watch(pid_t first)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status))
			resume(pid, status);
		else if (pid == first)
			result = status;
	}
	return WIFSIGNALED(result) ? 128 + WTERMSIG(result)
				   : WEXITSTATUS(result);
}

static void
run(const int gate[2], char **argv)
{
	char c;

	close(gate[1]);
	(void)!read(gate[0], &c, 1); /* we are traced from here on */
	close(gate[0]);
	execvp(argv[0], argv);
	warn("%s", argv[0]);
	_exit(127);
}

int
main(int argc, char **argv)
{
	int c, gate[2];
	pid_t pid;

	out = stderr;
	while ((c = getopt(argc, argv, "+o:")) != -1) {
		if (c != 'o')
			return 125;
		if ((out = fopen(optarg, "we")) == NULL)
			err(125, "%s", optarg);
	}
	if (optind == argc)
		errx(125, "no command");
	if (pipe(gate) != 0 || (pid = fork()) < 0)
		err(125, "cannot start");
	if (pid == 0)
		run(gate, argv + optind);
	if (ptrace(PTRACE_SEIZE, pid, NULL,
		PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		    PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
		err(125, "cannot trace");
	close(gate[0]);
	close(gate[1]);
	return watch(pid);
}
