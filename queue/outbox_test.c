/*
 * Trying the smarthost: see outbox_test.h.  What is tried is what mail goes
 * through, the worker and sendmail; there is no other client here.
 */
#include <config.h>

#include "queue/outbox_test.h"

#include <sys/wait.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/program.h"

/* The end of a child as a status of sysexits.h. */
static int
wait_for(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return EX_OSERR;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

/* In a child: run it with a copy of the arguments, which it may change. */
static void
execute(const char *program, const char *const *argv)
{
	execv(program, (char *const *)(const void *)argv);
	fprintf(stderr, "outbox: cannot run %s\n", program);
	_exit(EX_UNAVAILABLE);
}

static int
probe(const char *path, int directory, struct error *e)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *argv[6] = { "outbox-smtp", "--probe",
		pw != NULL ? pw->pw_name : "nobody", "-C", path, NULL };
	char *program = program_find("outbox-smtp",
	    PKGLIBEXECDIR "/outbox-smtp");
	int status;
	pid_t child;

	if (program == NULL) {
		error_set(e, "out of memory");
		return EX_OSERR;
	}
	if (path == NULL)
		argv[3] = NULL;
	if ((child = fork()) == 0) {
		if (program_become_owner(directory, e) == 0)
			execute(program, argv);
		fprintf(stderr, "outbox: %s\n", e->text);
		_exit(EX_NOPERM);
	}
	status = wait_for(child);
	free(program);
	return status;
}

static int
send_message(const char *path, const char *address, struct error *e)
{
	const char *argv[8] = { "sendmail", "-i", "-t", "-C", path, NULL };
	char *program = program_find("../sendmail/sendmail",
	    SBINDIR "/sendmail");
	int in[2], status;
	pid_t child;

	if (program == NULL || pipe(in) != 0) {
		error_sys(e, "cannot run sendmail");
		free(program);
		return EX_OSERR;
	}
	if (path == NULL)
		argv[3] = NULL;
	if ((child = fork()) == 0) {
		dup2(in[0], STDIN_FILENO);
		close(in[1]);
		execute(program, argv);
	}
	close(in[0]);
	dprintf(in[1], "To: %s\nSubject: Test of outbox\n"
	    "Auto-Submitted: auto-generated\n\n"
	    "This message was sent by \"outbox test\".  It went through the "
	    "queue,\nas all mail does.\n", address);
	close(in[1]);
	status = wait_for(child);
	free(program);
	if (status == EX_OK)
		printf("A message to %s is in the queue: mailq shows it while "
		    "it waits, the log\nsays what became of it.\n", address);
	return status;
}

int
outbox_test(const char *path, int directory, const char *address,
    struct error *e)
{
	int status;

	error_set(e, "%s", "");
	status = probe(path, directory, e);
	if (status != EX_OK || address == NULL)
		return status;
	return send_message(path, address, e);
}
