/*
 * Single addresses: which can be replied to, and which have to be replaced.
 */
#include <config.h>

#include "config/mailbox.h"

#include <stdio.h>

#include "config/settings.h"
#include "t/tap.h"

static void
check_routable(void)
{
	static const struct {
		const char *address;
		int want;
	} cases[] = {
		{ "alice@example.org", 1 }, { "alice@EXAMPLE.ORG", 1 },
		{ "alice@mail.example.org", 1 }, { "alice@[192.0.2.1]", 1 },
		{ "\"a@b\"@example.org", 1 }, { "alice@b\303\274cher.de", 1 },
		{ "", 0 }, { "root", 0 }, { "root@", 0 }, { "root@host", 0 },
		{ "root@localhost", 0 }, { "root@LOCALHOST", 0 },
		{ "root@localhost.localdomain", 0 }, { "root@x.local", 0 },
		{ "root@x.LOCAL", 0 }, { "root@x.internal", 0 },
		{ "root@x.invalid", 0 }, { "root@x.lan", 0 },
		{ "root@x.home", 0 }, { "root@x.home.arpa", 0 },
		{ "root@x.test", 0 }, { "root@example", 0 },
		{ "root@example.org.", 0 }, { "root@.org", 0 },
		{ "root@10.0.0.1", 0 }, { "\"a@example.org\"", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(mailbox_is_routable(cases[i].address), cases[i].want,
		    "routable: '%s'", cases[i].address);
}

static void
check_forced(void)
{
	static const struct {
		const char *rule, *from, *allowed, *address;
		int forced;
	} cases[] = {
		{ "nothing is forced", "", "", "root@h.example", 0 },
		{ "nor by patterns alone", "", "a@b", "root@h.example", 0 },
		{ "every address is", "me@b.example", "", "root@h.example",
		    1 },
		{ "but not nobody", "me@b.example", "", "", 0 },
		{ "nor the address itself", "me@b.example", "",
		    "Me@B.Example", 0 },
		{ "an allowed one", "me@b.example", "a@c.example",
		    "a@c.example", 0 },
		{ "of any case", "me@b.example", "A@c.Example",
		    "a@C.example", 0 },
		{ "others are not", "me@b.example", "a@c.example",
		    "b@c.example", 1 },
		{ "a whole domain", "me@b.example", "*@c.example",
		    "any+one@c.example", 0 },
		{ "not what ends like it", "me@b.example", "*@c.example",
		    "a@x.c.example", 1 },
		{ "nor what begins so", "me@b.example", "*@c.example",
		    "a@c.example.org", 1 },
		{ "nor a local part that looks so", "me@b.example",
		    "*@c.example", "\"a@c.example\"@x", 1 },
		{ "all hosts of a domain", "me@b.example", "root@*.c.example",
		    "root@web1.c.example", 0 },
		{ "one of several", "me@b.example",
		    "a@c.example, *@d.example b@c.example", "b@c.example",
		    0 },
		{ "... with a comma", "me@b.example",
		    "a@c.example,*@d.example", "x@d.example", 0 },
		{ "none of several", "me@b.example",
		    "a@c.example, *@d.example", "x@c.example", 1 },
	};
	struct settings s = { .from = NULL };
	const char *forced;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char from[64], allowed[64];

		snprintf(from, sizeof(from), "%s", cases[i].from);
		snprintf(allowed, sizeof(allowed), "%s", cases[i].allowed);
		s.from = from;
		s.allowed = allowed;
		forced = mailbox_forced(&s, cases[i].address);
		ok(forced == (cases[i].forced ? from : NULL), "forced: %s",
		    cases[i].rule);
	}
}

static void
check_plain(void)
{
	static const struct {
		const char *text;
		int plain;
	} cases[] = {
		{ "a@b", 1 }, { "a.b+c@b.example", 1 }, { "", 0 },
		{ "a", 0 }, { "@b", 0 }, { "a@", 0 }, { "a@b@c", 0 },
		{ "a@b, c@d", 0 }, { "a@b c@d", 0 }, { "A <a@b>", 0 },
		{ "a@[192.0.2.1]", 0 }, { "\"a\"@b", 0 }, { "a@.b", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(mailbox_is_plain(cases[i].text), cases[i].plain,
		    "plain: '%s'", cases[i].text);
}

int
main(void)
{
	check_routable();
	check_forced();
	check_plain();
	return done();
}
