/*
 * Trying the smarthost: see outbox_test.h.  What is tried is what mail goes
 * through, the worker and sendmail; there is no other client here.
 */
#include <config.h>

#include "queue/outbox_test.h"

#include <sys/mman.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/probe.h"
#include "queue/program.h"

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
		error_memory(e);
		return EX_OSERR;
	}
	if (path == NULL)
		argv[3] = NULL;
	if ((child = fork()) == 0) {
		if (program_become_owner(directory, e) == 0)
			program_execute(program, argv);
		fprintf(stderr, "outbox: %s\n", e->text);
		_exit(EX_NOPERM);
	}
	status = program_wait(child);
	free(program);
	return status;
}

/* A file in memory with the message.  -1. */
static int
compose(const char *address)
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	if (fd >= 0 && (dprintf(fd, "To: %s\nSubject: Test of outbox\n"
	    "Auto-Submitted: auto-generated\n\n"
	    "This message was sent by \"outbox test\".  It went through the "
	    "queue,\nas all mail does.\n", address) < 0 ||
	    lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int
outbox_test_message(const char *path, const char *address, struct error *e)
{
	const char *argv[8] = { "sendmail", "-i", "-t", "-C", path, NULL };
	char *program = program_find("../sendmail/sendmail",
	    SBINDIR "/sendmail");
	int status, in = compose(address);

	error_set(e, "%s", "");
	if (program == NULL || in < 0) {
		error_sys(e, "cannot run sendmail");
		status = EX_OSERR;
	} else {
		if (path == NULL)
			argv[3] = NULL;
		status = program_run(program, argv, in);
	}
	if (in >= 0)
		close(in);
	free(program);
	if (status == EX_OK)
		printf("A message to %s is in the queue: mailq shows it while "
		    "it waits, the log\nsays what became of it.\n", address);
	return status;
}

int
outbox_test(const char *path, int directory, const char *address,
    int *login, struct error *e)
{
	int status;

	error_set(e, "%s", "");
	status = probe(path, directory, e);
	if (login != NULL)
		*login = status == PROBE_EX_LOGIN;
	if (status == PROBE_EX_LOGIN)
		status = EX_TEMPFAIL;
	if (status != EX_OK || address == NULL)
		return status;
	return outbox_test_message(path, address, e);
}
