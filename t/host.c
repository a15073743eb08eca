/*
 * What the machine is called: every source, and every kind of rubbish in it.
 */
#include <config.h>

#include "config/host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "t/scratch.h"
#include "t/tap.h"

#define LABEL "123456789012345678901234567890123456789012345678901234567890123"

/* NULL for a file: there is none. */
static const struct {
	const char *rule;
	const char *domain, *hostname, *mailname, *hosts;
	const char *name, *mail;
} cases[] = {
	{ "a full host name", "", "a.example", NULL, NULL, "a.example",
	    "a.example" },
	{ "a short host name", "", "a", NULL, NULL, "a", "a" },
	{ "/etc/mailname before the host name", "", "a.example",
	    "b.example\n", NULL, "a.example", "b.example" },
	{ "the configuration before /etc/mailname", "c.example", "a.example",
	    "b.example\n", NULL, "a.example", "c.example" },

	/* rubbish in mailname */
	{ "mailname: no line end", "", "a.example", "b.example", NULL,
	    "a.example", "b.example" },
	{ "mailname: CRLF and blanks", "", "a.example", " b.example \r\n",
	    NULL, "a.example", "b.example" },
	{ "mailname: more lines", "", "a.example", "b.example\nc\n", NULL,
	    "a.example", "b.example" },
	{ "mailname: empty", "", "a.example", "", NULL, "a.example",
	    "a.example" },
	{ "mailname: an empty line", "", "a.example", "\nb.example\n", NULL,
	    "a.example", "a.example" },
	{ "mailname: localhost", "", "a.example", "localhost\n", NULL,
	    "a.example", "a.example" },
	{ "mailname: localhost.localdomain", "", "a.example",
	    "localhost.localdomain\n", NULL, "a.example", "a.example" },
	{ "mailname: a name that begins so", "", "a.example",
	    "localhosting.example\n", NULL, "a.example",
	    "localhosting.example" },
	{ "mailname: no domain", "", "a.example", "b@c\n", NULL,
	    "a.example", "a.example" },
	{ "mailname: a dot at the end", "", "a.example", "b.example.\n",
	    NULL, "a.example", "a.example" },

	/* rubbish for a host name */
	{ "host name: empty", "", "", NULL, NULL, "localhost", "localhost" },
	{ "host name: (none)", "", "(none)", NULL, NULL, "localhost",
	    "localhost" },
	{ "host name: localhost", "", "localhost", NULL, NULL, "localhost",
	    "localhost" },
	{ "host name: LocalHost", "", "LocalHost", NULL, NULL, "localhost",
	    "localhost" },
	{ "host name: a dot at the end", "", "a.example.", NULL, NULL,
	    "localhost", "localhost" },
	{ "host name: 64 octets", "", LABEL "4", NULL, NULL, LABEL "4",
	    LABEL "4" },
	{ "host name: a line end", "", "a\nb", NULL, NULL, "localhost",
	    "localhost" },
	{ "host name: none, but a mail name", "", "(none)", "b.example\n",
	    NULL, "localhost", "b.example" },

	/* /etc/hosts */
	{ "hosts: the full name first", "", "a", NULL,
	    "127.0.1.1 a.example a\n", "a.example", "a.example" },
	{ "hosts: the full name last", "", "a", NULL,
	    "127.0.1.1 a a.example\n", "a.example", "a.example" },
	{ "hosts: tabs and a comment", "", "a", NULL,
	    "# a a.wrong\n127.0.1.1\ta.example\ta # a.wrong\n", "a.example",
	    "a.example" },
	{ "hosts: another machine", "", "a", NULL,
	    "10.0.0.1 b.example b\n", "a", "a" },
	{ "hosts: a longer name", "", "a", NULL, "10.0.0.1 ab.example ab\n",
	    "a", "a" },
	{ "hosts: another case", "", "A", NULL, "10.0.0.1 a.example a\n",
	    "a.example", "a.example" },
	{ "hosts: only in a comment", "", "a", NULL,
	    "10.0.0.1 b.example # a\n", "a", "a" },
	{ "hosts: localhost is no full name", "", "a", NULL,
	    "127.0.0.1 localhost.localdomain a\n", "a", "a" },
	{ "hosts: the next line may know more", "", "a", NULL,
	    "127.0.0.1 localhost a\n10.0.0.1 a.example a\n", "a.example",
	    "a.example" },
	{ "hosts: not asked for a full name", "", "a.b", NULL,
	    "10.0.0.1 c.example a.b\n", "a.b", "a.b" },
	{ "hosts: the address is no name", "", "10.0.0.1", NULL,
	    "10.0.0.1 a.example\n", "10.0.0.1", "10.0.0.1" },
	{ "hosts: no line end", "", "a", NULL, "10.0.0.1 a.example a",
	    "a.example", "a.example" },
	{ "hosts: rubbish", "", "a", NULL, "\n\n   \n#\nx\n \t a\n", "a",
	    "a" },
};

static const char *
file(const char *name, const char *text)
{
	unlink(scratch_path(name));
	if (text != NULL)
		scratch_text(name, text);
	return scratch_path(name);
}

int
main(void)
{
	struct host_sources from;
	struct host host;
	char kernel[256] = "";
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		from.mailname = file("mailname", cases[i].mailname);
		from.hosts = file("hosts", cases[i].hosts);
		from.hostname = cases[i].hostname;
		is_int(host_init(&host, cases[i].domain, &from), 0, "%s",
		    cases[i].rule);
		is_str(host.name, cases[i].name, "... the host name");
		is_str(host.domain, cases[i].mail, "... the mail name");
		host_free(&host);
	}
	from.mailname = from.hosts = scratch();
	from.hostname = NULL;
	gethostname(kernel, sizeof(kernel) - 1);
	is_int(host_init(&host, "", &from), 0, "directories for files");
	ok(strcmp(host.name, kernel) == 0 ||
	    strcmp(host.name, "localhost") == 0, "... the kernel's name");
	host_free(&host);
	host_free(&host);
	ok(host.name == NULL, "free, twice");
	return done();
}
