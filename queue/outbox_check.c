/*
 * The verbs check and test: is the configuration right, and does the smarthost
 * think so, too?
 */
#include <config.h>

#include <sys/stat.h>

#include <stdio.h>
#include <sysexits.h>

#include "config/dump.h"
#include "config/host.h"
#include "config/mailbox.h"
#include "config/passwd.h"
#include "config/settings.h"
#include "queue/alias.h"
#include "queue/buffer.h"
#include "queue/error.h"
#include "queue/outbox.h"
#include "queue/outbox_test.h"
#include "queue/recipients.h"

/* What becomes of mail that goes to no server. */
static void
say_kept(const struct tool *t)
{
	const struct settings *s = &t->settings;
	int local = settings_has_local(s);

	if (*s->host == '\0')
		printf("No smarthost is configured: mail%s is kept in the "
		    "queue.\n", local ? " for elsewhere" : "");
	if (local)
		printf("Mail for users of this machine goes to %s.\n",
		    *s->local_mbox != '\0' ? s->local_mbox :
		    s->local_command);
}

/* The domain that cron's root gets: does anyone else know it? */
static void
check_domain(struct tool *t, const struct host *host)
{
	const struct settings *s = &t->settings;
	struct buffer sender = BUFFER_INIT;

	if (*s->host == '\0' || *s->from != '\0')
		return;
	if (buffer_addf(&sender, "root@%s", host->domain) != 0)
		tool_fail(t, EX_OSERR, "out of memory");
	else if (!mailbox_is_routable(sender.data))
		printf("Mail of this machine is from %s, which servers may "
		    "not accept: set domain, or from, in [sender].\n",
		    sender.data);
	buffer_free(&sender);
}

/* Who checks it can read it: others, too?  They are the ones who send. */
static void
say_hidden(const char *path, const char *consequence)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) == 0)
		printf("Users who cannot read it %s: chmod a+r %s\n",
		    consequence, path);
}

/* What mail goes elsewhere by, and stays no less mail for that. */
static void
check_aliases(struct tool *t, const struct host *host)
{
	struct recipients_rules rules = { .domain = host->domain,
		.host = host->name, .aliases = t->settings.aliases,
		.passwd = PASSWD_FILE };

	if (alias_check(&rules, tool_complain, NULL) != 0)
		tool_fail(t, EX_OSERR, "out of memory");
	say_hidden(rules.aliases, "send to other people");
}

static void
check_addresses(struct tool *t)
{
	struct host host;

	if (host_init(&host, t->settings.domain, &host_system) != 0) {
		tool_fail(t, EX_OSERR, "out of memory");
		return;
	}
	check_aliases(t, &host);
	check_domain(t, &host);
	host_free(&host);
}

/* The configuration was loaded without an error, or we would not be here. */
void
outbox_check(struct tool *t)
{
	if (*t->options.words != NULL)
		tool_fail(t, EX_USAGE, "check takes --dump or nothing");
	else if (t->options.dump)
		dump_settings(&t->settings, stdout);
	else {
		puts("The configuration has no errors.");
		say_hidden(t->path != NULL ? t->path : SETTINGS_FILE,
		    "cannot send");
		check_addresses(t);
		say_kept(t);
	}
}

/* Without a smarthost: where mail for users of this machine goes. */
static void
test_local(struct tool *t)
{
	struct error e;

	say_kept(t);
	if (*t->options.words == NULL)
		return;
	t->status = outbox_test_message(t->path, *t->options.words, &e);
	if (*e.text != '\0')
		tool_fail(t, t->status, e.text);
}

void
outbox_try(struct tool *t)
{
	char **words = t->options.words;
	struct error e;
	int status;

	if (*words != NULL && words[1] != NULL) {
		tool_fail(t, EX_USAGE, "test takes one address or nothing");
	} else if (*t->settings.host == '\0' &&
	    settings_has_local(&t->settings)) {
		test_local(t);
	} else if (*t->settings.host == '\0') {
		tool_fail(t, EX_CONFIG, "no smarthost is configured: mail is "
		    "kept in the queue until \"outbox setup\" has named one");
	} else {
		status = outbox_test(t->path, spool_directory(t->spool),
		    *words, NULL, &e);
		if (*e.text != '\0')
			tool_fail(t, status, e.text);
		t->status = status;
	}
}
