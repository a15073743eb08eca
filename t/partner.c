/*
 * One side of a worker's socket, for the other: what is on disk when a session
 * ends.
 *
 *	partner FILE WORKER ARGUMENT...
 *		The scheduler: gives WORKER the message FILE, and when it wants
 *		to say QUIT, does not answer but goes away.  With $PARTNER_ANSWER
 *		it answers, and has it end.
 *	partner -C FILE ...
 *		The worker, as outbox-flush starts it: takes a message, has each
 *		recipient delivered and wants to say QUIT, and tells on standard
 *		error what is in $PARTNER_QUEUE when it may.
 */
#include <config.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/handover.h"
#include "queue/spool.h"

static void
fail(const char *what)
{
	dprintf(STDERR_FILENO, "partner: %s\n", what);
	exit(1);
}

static void
wait_for(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	poll(&p, 1, -1);
}

/* Wait for a report of this type. */
static void
hear(int sock, enum handover_type type)
{
	struct handover_report r = { .type = HANDOVER_PROGRESS };
	int rc;

	do {
		wait_for(sock);
		if ((rc = handover_receive_report(sock, &r)) < 0)
			fail("the worker is gone");
	} while (rc == 0 || r.type != type);
}

static int
be_scheduler(char **argv)
{
	int status, fds[2], message = open(argv[1], O_RDONLY | O_CLOEXEC);
	struct error e;
	pid_t pid;

	if (message < 0 || handover_pair(fds, &e) != 0)
		fail("cannot start");
	if ((pid = fork()) == 0) {
		dup2(fds[1], STDIN_FILENO);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	close(fds[1]);
	if (handover_send_job(fds[0], 1, message, &e) != 0)
		fail("cannot give it a message");
	hear(fds[0], HANDOVER_VERDICT);
	hear(fds[0], HANDOVER_QUITTING);
	if (getenv("PARTNER_ANSWER") != NULL &&
	    (handover_send_word(fds[0], HANDOVER_RECORDED) != 0 ||
	    handover_send_word(fds[0], HANDOVER_END) != 0))
		fail("cannot answer");
	if (getenv("PARTNER_ANSWER") == NULL)
		close(fds[0]);
	return waitpid(pid, &status, 0) == pid ? 0 : 1;
}

static void
say(enum handover_type type, struct handover_report *r)
{
	r->type = type;
	if (handover_send_report(STDIN_FILENO, r) != 0)
		fail("the scheduler is gone");
}

/* What is in the queue, by the marks of the recipients in each file. */
static void
tell_queue(void)
{
	struct envelope env;
	struct error e;
	const char *name = getenv("PARTNER_QUEUE");
	DIR *directory = name != NULL ? opendir(name) : NULL;
	struct dirent *d;
	size_t i;
	int fd;

	if (directory == NULL)
		fail("cannot read the queue");
	dprintf(STDERR_FILENO, "partner: left:");
	while ((d = readdir(directory)) != NULL) {
		if (*d->d_name == '.' || (fd = openat(dirfd(directory),
		    d->d_name, O_RDONLY | O_CLOEXEC)) < 0)
			continue;
		if (spool_read(fd, &env, &e) == SPOOL_OK) {
			for (i = 0; i < env.nrcpts; i++)
				dprintf(STDERR_FILENO, " %c%s",
				    env.rcpts[i].mark,
				    env.rcpts[i].address);
			envelope_free(&env);
		}
		close(fd);
	}
	closedir(directory);
	dprintf(STDERR_FILENO, ".\n");
}

/* The next thing that the scheduler says. */
static int
next(uint32_t *number, int *fd)
{
	int rc;

	do {
		wait_for(STDIN_FILENO);
		rc = handover_receive_job(STDIN_FILENO, number, fd);
	} while (rc == 0);
	return rc;
}

static int
be_worker(void)
{
	struct handover_report r = { .type = HANDOVER_OPENING };
	struct envelope env;
	struct error e;
	uint32_t number;
	int fd;

	if (next(&number, &fd) != 1 || spool_read(fd, &env, &e) != SPOOL_OK)
		fail("no message");
	say(HANDOVER_OPENING, &r);
	verdict_set(&r.verdict, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.0.0",
	    "relay=partner");
	say(HANDOVER_OPENED, &r);
	r.job = number;
	verdict_set(&r.verdict, VERDICT_DELIVERED, VERDICT_MESSAGE, 0,
	    "2.0.0", "250 ok");
	for (; r.rcpt < env.nrcpts; r.rcpt++) {
		r.last = r.rcpt + 1 == env.nrcpts;
		say(HANDOVER_VERDICT, &r);
		say(HANDOVER_QUITTING, &(struct handover_report){ .job = 0 });
		do
			if ((fd = next(&number, &fd)) < 0)
				fail("no answer");
		while (fd != HANDOVER_RECORDED);
		tell_queue();
	}
	envelope_free(&env);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	return *argv[1] == '-' ? be_worker() : be_scheduler(argv);
}
