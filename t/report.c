/*
 * Who is told of a message that failed: its sender, as mail would go to it, or
 * whom the configuration names.
 */
#include <config.h>

#include "queue/report.h"

#include <stdlib.h>
#include <string.h>

#include "config/host.h"
#include "config/settings.h"
#include "queue/error.h"
#include "t/scratch.h"
#include "t/tap.h"

/* Host box.example.net, mail name example.org. */
static const char aliases[] =
    "root: admin@example.com\n"
    "team: a@example.com, b@lan, c@example.com\n"
    "chain: link\nlink: end@example.com\n"
    "bare: joe\n"
    "loop: pool\npool: loop\n"
    "command: \"|/bin/mail\"\n"
    "unknown: x@a.lan, y@b.internal\n";

static const struct {
	const char *rule, *sender, *want;
	const char *local, *bounce_to;
} cases[] = {
	{ "nobody", "", "", "ops@x.example", "boss@x.example" },
	{ "a sender elsewhere", "root@example.com", "root@example.com",
	    "ops@x.example", "boss@x.example" },
	{ "one in the mail name", "joe@example.org", "joe@example.org",
	    "ops@x.example", "boss@x.example" },
	{ "one with an alias", "root@example.org", "admin@example.com", "",
	    "" },
	{ "one of this machine with an alias", "root@localhost",
	    "admin@example.com", "ops@x.example", "boss@x.example" },
	{ "by the name of the host", "ROOT@box.example.net",
	    "admin@example.com", "", "" },
	{ "by its short name", "root@box", "admin@example.com", "", "" },
	{ "several targets, those that mail can reach", "team@localhost",
	    "a@example.com c@example.com", "", "boss@x.example" },
	{ "an alias of an alias", "chain@localhost", "end@example.com", "",
	    "" },
	{ "an alias that is a bare name", "bare@localhost",
	    "joe@example.org", "", "" },
	{ "a loop of aliases ends as mail would", "loop@localhost",
	    "loop@example.org", "", "boss@x.example" },
	{ "no alias: recipients.local", "joe@localhost", "ops@x.example",
	    "ops@x.example", "boss@x.example" },
	{ "no alias, no recipients.local: bounce_to", "joe@localhost",
	    "boss@x.example", "", "boss@x.example" },
	{ "... and not the mail name", "joe@box", "", "", "" },
	{ "the name of the host is one that mail can reach",
	    "joe@box.example.net", "joe@box.example.net", "",
	    "boss@x.example" },
	{ "an alias that is a command: bounce_to", "command@localhost",
	    "boss@x.example", "", "boss@x.example" },
	{ "... or nobody", "command@localhost", "", "", "" },
	{ "... but first recipients.local", "command@localhost",
	    "ops@x.example", "ops@x.example", "boss@x.example" },
	{ "an alias that mail cannot reach: bounce_to", "unknown@localhost",
	    "boss@x.example", "", "boss@x.example" },
	{ "bounce_to is not an alias", "joe@localhost", "root@example.org",
	    "", "root@example.org" },
	{ "a domain that means nothing elsewhere", "joe@x.internal",
	    "boss@x.example", "", "boss@x.example" },
	{ "two addresses are no sender", "root@localhost, a@example.com",
	    "root@localhost, a@example.com", "", "boss@x.example" },
	{ "nor is a list", "team:root@localhost;", "boss@x.example", "",
	    "boss@x.example" },
	{ "nor one in words", "Joe <root@localhost>", "boss@x.example", "",
	    "boss@x.example" },
	{ "\\name is no alias", "\\root@localhost", "boss@x.example", "",
	    "boss@x.example" },
	{ "one beyond ASCII", "j\303\266rg@example.org",
	    "j\303\266rg@example.org", "", "" },
};

/* Where mail for users stays here. */
static const struct {
	const char *rule, *sender, *want;
} kept[] = {
	{ "reports to users stay here, too", "joe@localhost",
	    "joe@localhost" },
	{ "... by the name of the host", "joe@box", "joe@localhost" },
	{ "... but with an alias", "root@localhost", "admin@example.com" },
	{ "... and those to others", "joe@x.example", "joe@x.example" },
};

static void
goes(struct settings *s, const struct host *h, const char *sender,
    const char *want, const char *rule)
{
	struct buffer got = BUFFER_INIT;
	struct report_to to;
	struct error e;
	size_t i;

	if (report_to(&to, s, h, NULL, sender, &e) != 0)
		scratch_fail(e.text);
	for (i = 0; i < to.n; i++)
		buffer_addf(&got, "%s%s", i > 0 ? " " : "", to.list[i]);
	is_str(buffer_string(&got), want, "%s", rule);
	report_free(&to);
	buffer_free(&got);
}

int
main(void)
{
	char none[] = "", mbox[] = "/mbox";
	char name[] = "box.example.net", domain[] = "example.org";
	struct host h = { name, domain };
	char *path;
	struct settings s = { .from = NULL };
	size_t i;

	scratch_text("aliases", aliases);
	if ((path = strdup(scratch_path("aliases"))) == NULL)
		scratch_fail("strdup");
	s.aliases = path;
	s.local_mbox = s.local_command = none;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *local = strdup(cases[i].local);
		char *bounce_to = strdup(cases[i].bounce_to);

		s.local = local;
		s.bounce_to = bounce_to;
		goes(&s, &h, cases[i].sender, cases[i].want, cases[i].rule);
		free(local);
		free(bounce_to);
	}
	s.local = s.bounce_to = none;
	s.local_mbox = mbox;
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		goes(&s, &h, kept[i].sender, kept[i].want, kept[i].rule);
	free(path);
	return done();
}
