/*
 * A flush of one's own: see background.h.
 */
#include <config.h>

#include "queue/background.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/privilege.h"
#include "queue/program.h"

#define NAME "outbox-flush"

/* The directory of this program, for a build tree; NULL. */
static char *
own_directory(void)
{
	struct buffer path = BUFFER_INIT;
	ssize_t n = 0;
	char *slash;

	if (buffer_reserve(&path, 4096) == 0)
		n = readlink("/proc/self/exe", path.data, 4096);
	if (n <= 0 || n >= 4096) {
		buffer_free(&path);
		return NULL;
	}
	path.data[n] = '\0';
	if ((slash = strrchr(path.data, '/')) != NULL)
		*slash = '\0';
	return path.data;
}

/*
 * Where it is.  From a build tree ours is beside us; a set-ID program only
 * trusts the path it was built with.  NULL and errno: it cannot be run.
 */
static char *
find_program(void)
{
	struct buffer path = BUFFER_INIT;
	char *directory = NULL;

	if (!privilege_is_set() && (directory = own_directory()) != NULL)
		buffer_addf(&path, "%s/../queue/" NAME, directory);
	free(directory);
	if (path.len == 0 || access(buffer_string(&path), X_OK) != 0) {
		buffer_reset(&path);
		buffer_adds(&path, SBINDIR "/" NAME);
	}
	if (!path.failed && access(buffer_string(&path), X_OK) == 0)
		return buffer_steal(&path);
	buffer_free(&path);
	return NULL;
}

/* Returns, with errno, only on failure. */
static void
run(const char *program, const char *config, int all)
{
	char name[] = NAME, once[] = "--once", every[] = "--all", c[] = "-C";
	char *argv[6];
	char *copy = config != NULL ? strdup(config) : NULL;
	int n = 0;

	argv[n++] = name;
	argv[n++] = once;
	if (all)
		argv[n++] = every;
	if (copy != NULL) {
		argv[n++] = c;
		argv[n++] = copy;
	}
	argv[n] = NULL;
	unsetenv("NOTIFY_SOCKET");	/* our caller's, not its */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (privilege_drop() == 0)
		execv(program, argv);
	free(copy);
}

/* Nothing of ours stays open: our caller may wait for the end of it. */
static void
detach(void)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0)
		_exit(EX_OSERR);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	program_close(STDERR_FILENO + 1, ~0U);
	setsid();
}

static int
wait_for(pid_t child)
{
	int status;

	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return child > 0 ? 0 : -1;
}

int
background_flush(const char *config, int all)
{
	char *program = find_program();
	pid_t child;

	if (program == NULL)
		return -1;
	if ((child = fork()) == 0) {
		detach();
		if (fork() == 0) {
			run(program, config, all);
			_exit(EX_UNAVAILABLE);
		}
		_exit(0);
	}
	free(program);
	return wait_for(child);
}

int
background_wait_flush(const char *config, int all)
{
	char *program = find_program();
	pid_t child;

	if (program == NULL)
		return -1;
	if ((child = fork()) == 0) {
		run(program, config, all);
		_exit(EX_UNAVAILABLE);
	}
	free(program);
	return wait_for(child);
}

void
background_become_flush(const char *config)
{
	char *program = find_program();

	if (program != NULL)
		run(program, config, 1);
	free(program);
}
