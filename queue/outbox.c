/*
 * outbox: the operator's tool.  The table of verbs, and what goes before and
 * after each.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/settings.h"
#include "queue/error.h"
#include "queue/log.h"
#include "queue/outbox.h"
#include "queue/privilege.h"

#define LOOK (VERB_QUEUE | VERB_USERS)
#define CHANGE (OPTIONS_SELECT | OPTIONS_CHANGE)

static const struct verb verbs[] = {
	{ "list", outbox_list, OPTIONS_SELECT | OPTIONS_JSON, LOOK, "[ID...]",
	    "what is in the queue, and why", NULL, NULL,
	    NULL, NULL, NULL },
	{ "status", outbox_status, OPTIONS_STATUS | OPTIONS_JSON, LOOK,
	    "", "how the queue and the smarthost are", NULL, NULL,
	    NULL, NULL, NULL },
	{ "show", outbox_show, OPTIONS_SELECT | OPTIONS_SHOW, LOOK, "ID...",
	    "envelope and message", NULL, NULL,
	    NULL, NULL, NULL },
	{ "retry", outbox_act, CHANGE | OPTIONS_RETRY,
	    LOOK | VERB_SENDS, "ID...|--all", "try again now",
	    "retrying", "retried", act_retry, act_requeue, NULL },
	{ "hold", outbox_act, CHANGE, LOOK, "ID...|--all",
	    "keep, do not send", "holding", "held", act_hold, NULL,
	    "Placed on hold" },
	{ "release", outbox_act, CHANGE, LOOK | VERB_SENDS,
	    "ID...|--all", "send what was held", "releasing", "released",
	    act_release, NULL, "Released from hold" },
	{ "delete", outbox_act, CHANGE, LOOK | VERB_DESTROYS, "ID...|--all",
	    "remove from the queue, for good", "deleting", "deleted",
	    act_delete, act_delete_failed, "Deleted" },
	{ "bounce", outbox_act, CHANGE,
	    VERB_QUEUE | VERB_DESTROYS | VERB_SENDS, "ID...|--all",
	    "return to the sender", "returning", "returned", act_bounce,
	    NULL, NULL },
	{ "setup", outbox_setup, OPTIONS_SETUP, VERB_ALONE,
	    "[OPTION...]", "write the configuration and try it", NULL, NULL,
	    NULL, NULL, NULL },
	{ "check", outbox_check, OPTIONS_CHECK, 0, "[--dump]",
	    "the configuration, and what is effective", NULL, NULL,
	    NULL, NULL, NULL },
	{ "test", outbox_try, 0, VERB_QUEUE, "[ADDRESS]",
	    "the smarthost, step by step; send a message", NULL, NULL,
	    NULL, NULL, NULL },
};

static void
usage(FILE *out)
{
	size_t i;

	fputs("usage: outbox [-C file] VERB ...\n", out);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(out, "  %-8s %-12s %s\n", verbs[i].name,
		    verbs[i].operands, verbs[i].help);
	fputs("outbox VERB --help lists the options of a verb.\n", out);
}

static const struct verb *
find_verb(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int
load(struct tool *t, int (*how)(struct settings *, const char *,
    settings_report *, void *))
{
	if (how(&t->settings, t->path, tool_complain, NULL) == 0)
		return 0;
	t->status = errno == ENOMEM ? EX_OSERR : EX_CONFIG;
	return -1;
}

/*
 * Users may do some things to their own mail, for which the group lets them
 * into the directory; whose mail it is decides the kernel.  Nothing else is
 * done with the group, nothing for root, and nothing with a configuration of
 * the user's, be it a file or the environment.
 */
static int
take_settings(struct tool *t)
{
	t->limited = privilege_is_set() && t->path == NULL &&
	    getuid() != 0 && (t->verb->flags & VERB_USERS) != 0;
	if (!t->limited && privilege_drop() != 0) {
		tool_fail(t, EX_OSERR, "cannot give up the queue's group");
		return -1;
	}
	if ((t->verb->flags & VERB_ALONE) != 0)
		return 0;
	return load(t, t->limited ? settings_load : settings_load_service);
}

/* The owner of the queue needs no group, which would keep the owner from the
 * mail of others. */
static int
give_up_group(struct tool *t)
{
	if (!t->limited || !privilege_owns(t->spool))
		return 0;
	t->limited = 0;
	if (privilege_drop() != 0) {
		tool_fail(t, EX_OSERR, "cannot give up the queue's group");
		return -1;
	}
	settings_free(&t->settings);
	return load(t, settings_load_service);
}

/* Why it cannot be opened, and who may. */
static void
fail_to_open(struct tool *t, struct error *e)
{
	size_t len = strlen(e->text);

	if (e->number != EACCES)
		tool_fail(t, EX_OSFILE, e->text);
	else {
		if ((t->verb->flags & VERB_USERS) == 0)
			snprintf(e->text + len, sizeof(e->text) - len, ": %s "
			    "is for root and the owner of the queue",
			    t->verb->name);
		else if (t->path == NULL)
			privilege_explain(e, "outbox");
		tool_fail(t, EX_NOPERM, e->text);
	}
}

static void
open_queue(struct tool *t)
{
	struct error e;

	tool_raise(t);
	t->spool = spool_open(t->settings.directory, &e);
	tool_lower(t);
	if (t->spool == NULL) {
		fail_to_open(t, &e);
		return;
	}
	if (give_up_group(t) != 0)
		return;
	t->failed = spool_open_failed(t->spool, &e);
	if (t->failed == NULL && e.number == ENOMEM)
		tool_fail(t, EX_OSERR, e.text);
	else if (t->failed == NULL && t->options.failed)
		tool_fail(t, EX_NOPERM, e.number != EACCES ? e.text :
		    "failed/ is for root and the owner of the queue");
}

static void
run_verb(struct tool *t, int argc, char **argv)
{
	if (options_parse(&t->options, t->verb->options, argc, argv) != 0) {
		t->status = EX_USAGE;
		return;
	}
	if (t->options.help) {
		printf("usage: outbox %s %s\n", t->verb->name,
		    t->verb->operands);
		options_help(t->verb->options);
		if ((t->verb->options & OPTIONS_SETUP) != 0)
			setup_help();
		return;
	}
	if (take_settings(t) != 0)
		return;
	t->log = log_open("outbox", t->settings.facility, 0);
	if (t->settings.log_name != NULL)
		log_rename(t->log, t->settings.log_name);
	if ((t->verb->flags & VERB_QUEUE) != 0)
		open_queue(t);
	if (t->status == 0)
		t->verb->run(t);
	tool_progress_end(t);
	spool_close(t->failed);
	spool_close(t->spool);
	settings_free(&t->settings);
	log_close(t->log);
}

/* What was written in the middle may be lost although the end is not.  Whom
 * the beginning is enough for, as in "outbox list | head", knows. */
static int
finish(struct tool *t)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	if ((!ferror(stdout) && fflush(stdout) == 0) || t->status != 0)
		return t->status;
	if (poll(&p, 1, 0) > 0 && (p.revents & POLLERR) != 0)
		return EX_IOERR;
	tool_fail(t, EX_IOERR, "not all could be written");
	return t->status;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 } };
	struct tool t = { .path = NULL };
	struct error e;
	int c;

	if (privilege_begin() != 0) {
		tool_fail(&t, EX_OSERR, "cannot give up the queue's group");
		return t.status;
	}
	while ((c = getopt_long(argc, argv, "+C:", options, NULL)) != -1) {
		switch (c) {
		case 'C':
			t.path = optarg;
			break;
		case 'h':
			usage(stdout);
			return finish(&t);
		case 'v':
			puts("outbox " PACKAGE_VERSION);
			return finish(&t);
		default:
			return EX_USAGE;
		}
	}
	if ((t.verb = find_verb(argv[optind])) == NULL) {
		if (argv[optind] != NULL) {
			error_set(&e, "unknown verb '%.100s'", argv[optind]);
			tool_fail(&t, EX_USAGE, e.text);
		}
		usage(stderr);
		return EX_USAGE;
	}
	argc -= optind;
	argv[optind] = argv[0];	/* in the messages of getopt */
	run_verb(&t, argc, argv + optind);
	return finish(&t);
}
