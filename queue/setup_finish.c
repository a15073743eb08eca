/*
 * "outbox setup" when the files are written: the queue, the test of the
 * server, the mail of the old program, the service, a message; and what is
 * left to do.
 */
#include <config.h>

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/mailbox.h"
#include "queue/error.h"
#include "queue/outbox_test.h"
#include "queue/program.h"
#include "queue/setup.h"
#include "queue/setup_ask.h"

static int
fail(struct setup *s, int status, const char *text)
{
	tool_fail(s->t, status, text);
	return -1;
}

static int
open_queue(struct setup *s)
{
	struct error e;
	int made = write_queue(s->now.directory, &s->owner, s->drop, &e);

	if (made < 0)
		return fail(s, EX_CANTCREAT, e.text);
	if (made)
		printf("Made the queue, %s.\n", s->now.directory);
	s->t->spool = spool_open(s->now.directory, &e);
	if (s->t->spool != NULL)
		return 0;
	return fail(s, EX_OSFILE, e.text);
}

/* A status of sysexits.h; what it is was printed. */
static int
try_server(struct setup *s, int *login)
{
	struct error e;
	int status;

	printf("Trying the server:\n");
	fflush(stdout);
	status = outbox_test(s->t->path, spool_directory(s->t->spool), NULL,
	    login, &e);
	if (*e.text != '\0')
		tool_fail(s->t, status, e.text);
	return status;
}

/* Without it users can submit to a running outbox-flush only. */
static void
check_sendmail(const struct setup *s)
{
	struct stat st;

	if (s->t->path == NULL && geteuid() == 0 && s->owner.uid != 0 &&
	    stat(SBINDIR "/sendmail", &st) == 0 &&
	    (st.st_mode & S_ISGID) == 0)
		printf("Note: " SBINDIR "/sendmail has not its group:\n"
		    "    chgrp " DROP_GROUP " " SBINDIR "/sendmail\n"
		    "    chmod 2755 " SBINDIR "/sendmail\n");
}

/* 0: it runs. */
static int
systemctl(const char *const *words)
{
	return program_run("systemctl", words, -1);
}

static int
start_service(void)
{
	static const char *const active[] = { "systemctl", "is-active",
		"--quiet", "outbox-flush", NULL };
	static const char *const reload[] = { "systemctl", "reload",
		"outbox-flush", NULL };
	static const char *const know[] = { "systemctl", "daemon-reload",
		NULL };
	static const char *const enable[] = { "systemctl", "enable", "--now",
		"outbox-flush", NULL };

	if (systemctl(active) == 0)
		systemctl(reload);
	return systemctl(know) != 0 ? -1 : systemctl(enable);
}

/* Print how mail gets from the queue to the server. */
static void
explain_service(const struct setup *s)
{
	if (s->now.flush == SETTINGS_ON_DEMAND)
		return;
	if (s->t->path != NULL)
		printf("Mail leaves while this runs: outbox-flush -C %s\n",
		    s->path);
	else if (access("/run/systemd/system", F_OK) == 0)
		printf("Mail leaves when the service runs:\n"
		    "    systemctl enable --now outbox-flush\n");
	else
		printf("Mail leaves while outbox-flush runs: have the init "
		    "system start it, or cron\n\"outbox-flush --once\".\n");
}

/* All of the login was said with options: there is nothing to ask. */
static int
is_given(const struct setup *s)
{
	return s->o->password_file != NULL || s->o->token_command != NULL;
}

/* What fits the failure, asked; login: another one may help.  0: it was
 * changed, or is to be tried again as it is; 1: neither; -1: that failed. */
static int
try_other(struct setup *s, int login)
{
	if (login)
		return !is_given(s) && *s->now.user != '\0' &&
		    ask_yes("Try another login?", 1) ? setup_again(s, 0) : 1;
	if (setup_can_change_server(s))
		return ask_yes("Try another server?", 1) ?
		    setup_again(s, 1) : 1;
	return ask_yes("Try this server again?", 0) ? 0 : 1;
}

/* -1: mail would not get through yet.  A mistyped password is the usual
 * reason, and quickly mended. */
static int
pass_test(struct setup *s)
{
	int status, login, other = 0;

	if (s->o->no_test)
		return 0;
	while ((status = try_server(s, &login)) != EX_OK && s->asks &&
	    (other = try_other(s, login)) == 0)
		;
	if (other < 0)
		return -1;
	s->t->status = status;
	if (status == EX_OK)
		return 0;
	puts("\nThe files are written, but the server does not take mail like "
	    "this.");
	if (import_is_wanted(s))
		puts("The old queue is left as it is.  Run this again, with "
		    "what has to be other than\nthe old program has it: "
		    "--password-file FILE, smarthost.ca_file=FILE or any\n"
		    "SECTION.KEY=VALUE.  It takes the queue, too.");
	else
		printf("Run \"outbox setup\" again, or mend %s;\nthen try "
		    "\"outbox test\".\n", s->path);
	if (spool_is_locked(s->t->spool) == 0)
		explain_service(s);
	return -1;
}

static void
offer_service(struct setup *s)
{
	int wanted = s->o->enable;

	if (s->t->path != NULL || geteuid() != 0 ||
	    s->now.flush == SETTINGS_ON_DEMAND ||
	    access("/run/systemd/system", F_OK) != 0)
		wanted = 0;
	else if (!wanted && s->asks)
		wanted = ask_yes("Start the service outbox-flush, now and at "
		    "every boot?", 1);
	if (!wanted)
		explain_service(s);
	else if (start_service() != 0)
		fail(s, EX_UNAVAILABLE, "the service did not start: see "
		    "systemctl status outbox-flush");
}

/* "" is nobody; NULL: the input has ended. */
static char *
ask_address(void)
{
	char *answer;

	while ((answer = ask_text("Send a message to try it, to (empty: "
	    "none)", "")) != NULL && *answer != '\0' &&
	    !mailbox_is_plain(answer)) {
		fprintf(stderr, "That has to be an address with its domain, "
		    "such as you@example.com.\n");
		free(answer);
	}
	return answer;
}

static void
offer_message(struct setup *s)
{
	const char *address = s->o->test;
	char *answer = NULL;
	struct error e;
	int status;

	if (address == NULL && s->asks && !s->o->no_test)
		address = answer = ask_address();
	if (address != NULL && *address != '\0') {
		fflush(stdout);
		status = outbox_test_message(s->t->path, address, &e);
		if (*e.text != '\0')
			fail(s, status, e.text);
		else if (status != EX_OK)
			s->t->status = status;
	}
	free(answer);
}

void
setup_finish(struct setup *s)
{
	if (open_queue(s) != 0 || pass_test(s) != 0)
		return;
	check_sendmail(s);
	if (import_is_wanted(s))
		import_queue(s);
	offer_service(s);
	offer_message(s);
	if (*s->now.local_mbox != '\0' &&
	    strchr(s->now.local_mbox, '%') == NULL)
		printf("Mail for users of this machine stays here: "
		    "mail -f %s\n", s->now.local_mbox);
	if (s->t->status == EX_OK)
		printf("Done.  \"outbox status\" says how it is, mailq what "
		    "waits.\n");
}
