/*
 * outbox-smtp in the hands of a server that has taken it over: the worker as it
 * is, but for the client.  When the first session is to be opened it does what
 * $HIJACKED says, and tells on standard error what came of it.
 *
 *	files	try everything that a worker has no business with: see
 *		hijacked_try.h
 *	LIST	reports, by letters: o opening, O opened, s site, d done of
 *		job 1, V and v the first and second recipient of job 1 have
 *		it, x the hundredth, 2 to 9 the first of that job
 *	flood	a session, and reports without end, a million at least and
 *		until there is $HIJACKED_QUEUE/enough
 *	deaf	a session, and nothing more, read or said
 */
#include <config.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/handover.h"
#include "queue/smtp.h"
#include "t/hijacked_try.h"

#define FLOOD 1000000

/* The messages that it was given: regular files that came over the socket. */
static void
try_own(void)
{
	char path[64], byte;
	struct stat st;
	int fd;

	for (fd = 4; fd < 64; fd++)
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
			tell("read its own message", pread(fd, &byte, 1, 0) !=
			    1);
			tell("write its own message", pwrite(fd, &byte, 1,
			    0) != 1);
			tell("cut its own message", ftruncate(fd, 0));
			snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
			try_open("open its own message to write", path,
			    O_WRONLY);
			return;
		}
}

static void
try_files(unsigned port)
{
	try_world();
	try_own();
	try_queue();
	try_connect("connect to the smarthost", port);
	try_others();
}

static void
report(enum handover_type type, uint32_t job, uint32_t rcpt)
{
	struct handover_report r = { .type = type, .job = job, .rcpt = rcpt };

	verdict_set(&r.verdict, type == HANDOVER_SITE ? VERDICT_DEFERRED :
	    VERDICT_DELIVERED, VERDICT_RECIPIENT, 0, type == HANDOVER_SITE ?
	    "4.0.0" : "2.0.0", "%s", "a lie");
	if (handover_send_report(STDIN_FILENO, &r) != 0)
		exit(1);
}

static void
flood(void)
{
	const char *end = in_queue("enough");
	long n = 0;

	report(HANDOVER_OPENED, 0, 0);
	/* stat() is one of the few things that it may. */
	while (n < FLOOD || access(end, F_OK) != 0) {
		report(HANDOVER_PROGRESS, 0, 0);
		n++;
	}
	dprintf(STDERR_FILENO, "hijacked: %ld reports\n", n);
}

struct smtp *
smtp_open(const struct smtp_params *p, struct verdict *v)
{
	const char *what = getenv("HIJACKED");

	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.0.0", "%s",
	    "a lie");
	if (strcmp(what, "files") == 0)
		try_files(p->to.port);
	else if (strcmp(what, "flood") == 0)
		flood();
	else if (strcmp(what, "deaf") == 0) {
		report(HANDOVER_OPENED, 0, 0);
		for (;;)
			pause();
	} else
		for (; *what != '\0'; what++) {
			if (strchr("oOsd", *what) != NULL)
				report(*what == 'o' ? HANDOVER_OPENING :
				    *what == 'O' ? HANDOVER_OPENED :
				    *what == 's' ? HANDOVER_SITE :
				    HANDOVER_DONE, 1, 0);
			else if (strchr("Vvx", *what) != NULL)
				report(HANDOVER_VERDICT, 1, *what == 'V' ? 0 :
				    *what == 'v' ? 1 : 99);
			else
				report(HANDOVER_VERDICT,
				    (uint32_t)(*what - '0'), 0);
		}
	/* Nothing that it ends with is to tell more. */
	_exit(0);
}

/* None of these is reached. */

int
smtp_probe(struct smtp *s, const char *sender, struct verdict *v)
{
	(void)s, (void)sender, (void)v;
	return -1;
}

const char *
smtp_relay(const struct smtp *s)
{
	(void)s;
	return "";
}

const char *
smtp_describe(const struct smtp *s)
{
	(void)s;
	return "";
}

int
smtp_takes_utf8(const struct smtp *s)
{
	(void)s;
	return 0;
}

void
smtp_ticket(const struct smtp *s, struct buffer *out)
{
	(void)s, (void)out;
}

int
smtp_fd(const struct smtp *s)
{
	(void)s;
	return -1;
}

enum smtp_result
smtp_run(struct smtp *s, const struct smtp_calls *c, void *arg,
    struct verdict *v)
{
	(void)s, (void)c, (void)arg, (void)v;
	return SMTP_LOST;
}

int
smtp_is_unfit(const struct smtp *s)
{
	(void)s;
	return 0;
}

int
smtp_is_dropped(const struct smtp *s)
{
	(void)s;
	return 0;
}

void
smtp_close(struct smtp *s, int polite)
{
	(void)s, (void)polite;
}
