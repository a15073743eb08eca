/*
 * Finding a program, becoming its user: see program.h.
 */
#include <config.h>

#include "queue/program.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"

void
program_begin(void)
{
	int fd;

	/* The numbers of closed ones would be those of our files. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDWR) != fd &&
		    open("/", O_RDONLY) != fd)
			_exit(EX_OSERR);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* Ignored, it would not tell of the end of a child, nor how it was. */
	signal(SIGCHLD, SIG_DFL);
}

char *
program_find(const char *beside, const char *installed)
{
	char self[4096], *path = NULL;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		if (asprintf(&path, "%s/%s", self, beside) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return strdup(installed);
}

void
program_execute(const char *program, const char *const *argv)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	/* A copy of the words, which it may change. */
	execvp(program, (char *const *)(const void *)argv);
	fprintf(stderr, "outbox: cannot run %s: %s\n", program,
	    strerror(errno));
	_exit(EX_UNAVAILABLE);
}

int
program_wait(pid_t child)
{
	int status;
	pid_t done;

	if (child < 0)
		return EX_OSERR;
	do
		done = waitpid(child, &status, 0);
	while (done < 0 && errno == EINTR);
	if (done != child)
		return EX_OSERR;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

int
program_run(const char *program, const char *const *argv, int in)
{
	pid_t child;

	fflush(stdout);		/* what we said comes first */
	if ((child = fork()) == 0) {
		if (in >= 0)
			dup2(in, STDIN_FILENO);
		program_execute(program, argv);
	}
	return program_wait(child);
}

int
program_become_owner(int directory, struct error *e)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (fstat(directory, &st) != 0)
		return error_sys(e, "cannot inspect the queue");
	if (st.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) != 0 || setgid(st.st_gid) != 0 ||
	    setuid(st.st_uid) != 0)
		return error_sys(e, "cannot become user %lu",
		    (unsigned long)st.st_uid);
	return 0;
}

/* Not each C library has a function for it. */
void
program_close(unsigned first, unsigned last)
{
	unsigned fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	for (fd = first; fd <= last && fd < 1024; fd++)
		close((int)fd);
}
