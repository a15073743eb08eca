/*
 * The options of the verbs: one table for what is accepted and for the help.
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "queue/outbox.h"

#define AT(member) offsetof(struct options, member)
#define AGE_MAX (INT64_C(100) * 365 * 86400)

enum kind { FLAG, TEXT, AGE };

static const struct row {
	const char *name;
	unsigned group;
	enum kind kind;
	size_t offset;
	const char *value;
	const char *help;
} table[] = {
	{ "all", OPTIONS_SELECT, FLAG, AT(all), "",
	    "every message in the queue" },
	{ "from", OPTIONS_SELECT, TEXT, AT(from), " ADDRESS",
	    "the sender; * and ? match, <> is nobody" },
	{ "to", OPTIONS_SELECT, TEXT, AT(to), " ADDRESS",
	    "a recipient that waits" },
	{ "older", OPTIONS_SELECT, AGE, AT(older), " AGE",
	    "at least this old: 30m, 2d" },
	{ "reason", OPTIONS_SELECT, TEXT, AT(reason), " TEXT",
	    "the last reply holds this text" },
	{ "failed", OPTIONS_SELECT, FLAG, AT(failed), "",
	    "those in failed/ instead" },
	{ "dry-run", OPTIONS_CHANGE, FLAG, AT(dry_run), "",
	    "only say what would be done" },
	{ "provider", OPTIONS_SETUP, TEXT, AT(setup.provider), " NAME",
	    "one of those below, or own" },
	{ "region", OPTIONS_SETUP, TEXT, AT(setup.region), " NAME",
	    "of Amazon SES: eu-west-1" },
	{ "host", OPTIONS_SETUP, TEXT, AT(setup.host), " HOST",
	    "the smarthost" },
	{ "port", OPTIONS_SETUP, TEXT, AT(setup.port), " PORT",
	    "if it is not that of --tls" },
	{ "tls", OPTIONS_SETUP, TEXT, AT(setup.tls), " HOW",
	    "implicit, starttls or none" },
	{ "user", OPTIONS_SETUP, TEXT, AT(setup.user), " NAME",
	    "of the login; without one: no login" },
	{ "password-file", OPTIONS_SETUP, TEXT, AT(setup.password_file),
	    " FILE", "its first line; -: standard input" },
	{ "token-command", OPTIONS_SETUP, TEXT, AT(setup.token_command),
	    " CMD", "prints an access token, in place of it" },
	{ "tenant", OPTIONS_SETUP, TEXT, AT(setup.tenant), " ID",
	    "of Microsoft 365, for tokens" },
	{ "client", OPTIONS_SETUP, TEXT, AT(setup.client), " ID",
	    "of the application that gets them" },
	{ "from", OPTIONS_SETUP, TEXT, AT(setup.from), " SENDER",
	    "address of all mail, or a domain" },
	{ "local", OPTIONS_SETUP, TEXT, AT(setup.local), " WHERE",
	    "mail for root: ADDRESS, here, server" },
	{ "from-nullmailer", OPTIONS_SETUP, FLAG, AT(setup.nullmailer), "",
	    "take over its configuration and queue" },
	{ "from-dma", OPTIONS_SETUP, FLAG, AT(setup.dma), "",
	    "the same of dma" },
	{ "from-msmtp", OPTIONS_SETUP, FLAG, AT(setup.msmtp), "",
	    "take over its configuration" },
	{ "from-ssmtp", OPTIONS_SETUP, FLAG, AT(setup.ssmtp), "",
	    "the same of ssmtp" },
	{ "old-root", OPTIONS_SETUP, TEXT, AT(setup.old_root), " DIR",
	    "where their /etc and /var are, if not /" },
	{ "test", OPTIONS_SETUP, TEXT, AT(setup.test), " ADDRESS",
	    "send it a message at the end" },
	{ "no-test", OPTIONS_SETUP, FLAG, AT(setup.no_test), "",
	    "do not try the server" },
	{ "enable", OPTIONS_SETUP, FLAG, AT(setup.enable), "",
	    "start the service, now and at boot" },
	{ "force", OPTIONS_SETUP, FLAG, AT(setup.force), "",
	    "write a new configuration" },
	{ "yes", OPTIONS_CHANGE | OPTIONS_SETUP, FLAG, AT(yes), "",
	    "do not ask" },
	{ "wait", OPTIONS_RETRY, FLAG, AT(wait), "",
	    "until they were tried" },
	{ "json", OPTIONS_JSON, FLAG, AT(json), "", "for programs" },
	{ "prometheus", OPTIONS_STATUS, FLAG, AT(prometheus), "",
	    "as metrics" },
	{ "warning", OPTIONS_STATUS, TEXT, AT(warning), " LIMITS",
	    "such as queued=100,oldest=2h; 0: none" },
	{ "critical", OPTIONS_STATUS, TEXT, AT(critical), " LIMITS",
	    "the same for what is worse" },
	{ "output", OPTIONS_STATUS, TEXT, AT(output), " FILE",
	    "write that file, as a whole" },
	{ "header", OPTIONS_SHOW, FLAG, AT(header), "",
	    "without the body of the message" },
	{ "dump", OPTIONS_CHECK, FLAG, AT(dump), "",
	    "print what is effective" },
	{ "help", OPTIONS_ALWAYS, FLAG, AT(help), "", "print this" },
};
#define ROWS (sizeof(table) / sizeof(table[0]))

static int
set(struct options *o, const struct row *r, const char *text)
{
	void *at = (char *)o + r->offset;

	switch (r->kind) {
	case FLAG:
		*(int *)at = 1;
		break;
	case TEXT:
		*(const char **)at = text;
		break;
	case AGE:
		if (value_duration(text, 1, AGE_MAX, at) == 0)
			break;
		fprintf(stderr, "outbox: --%s %s: not a time such as 30m or "
		    "2d\n", r->name, text);
		return -1;
	}
	return 0;
}

int
options_parse(struct options *o, unsigned groups, int argc, char **argv)
{
	struct option longs[ROWS + 1];
	size_t i, n = 0;
	int c;

	memset(longs, 0, sizeof(longs));
	for (i = 0; i < ROWS; i++) {
		if ((table[i].group & (groups | OPTIONS_ALWAYS)) == 0)
			continue;
		longs[n].name = table[i].name;
		longs[n].has_arg = table[i].kind == FLAG ? no_argument :
		    required_argument;
		longs[n++].val = (int)i + 256;
	}
	optind = 0;	/* once more from the start */
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c < 256)
			fputs("outbox VERB --help lists the options of a "
			    "verb.\n", stderr);
		if (c < 256 || set(o, &table[c - 256], optarg) != 0)
			return -1;
	}
	o->words = argv + optind;
	return 0;
}

void
options_help(unsigned groups)
{
	char name[32];
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if ((table[i].group & (groups | OPTIONS_ALWAYS)) == 0)
			continue;
		snprintf(name, sizeof(name), "--%s%s", table[i].name,
		    table[i].value);
		printf("  %-20s %s\n", name, table[i].help);
	}
}
