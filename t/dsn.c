/*
 * Reports: NOTIFY, RET, ENVID, ORCPT and their xtext.
 */
#include <config.h>

#include "sendmail/dsn.h"

#include <stdlib.h>
#include <string.h>

#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/recipients.h"
#include "t/tap.h"

static void
check_words(void)
{
	static const struct {
		const char *text, *is;
	} notify[] = { { "never", "never" }, { "NEVER", "never" },
		{ "success", "success" }, { "Delay,FAILURE",
		    "failure,delay" }, { "delay,failure,success",
		    "success,failure,delay" }, { "failure,failure",
		    "failure" }, { "", NULL }, { ",", NULL },
		{ "success,", NULL }, { ",success", NULL },
		{ "never,success", NULL }, { "succes", NULL },
		{ "success ", NULL }, { "successs", NULL } };
	static const struct {
		const char *text;
		int is;
	} xtexts[] = { { "abc", 1 }, { "a+2Bb", 1 }, { "+20", 1 }, { "+99+00+AA+FF", 1 },
		{ "+2G", 0 }, { "+:0", 0 }, { "+/0", 0 },
		{ "", 0 }, { "a b", 0 }, { "a+b", 0 }, { "a+2", 0 },
		{ "a+2b", 0 }, { "a=b", 0 }, { "a\377", 0 }, { "a\n", 0 },
		{ "+", 0 } };
	size_t i;

	for (i = 0; i < sizeof(notify) / sizeof(notify[0]); i++)
		is_str(dsn_notify(notify[i].text), notify[i].is,
		    "NOTIFY=%s", notify[i].text);
	is_str(dsn_ret("FULL"), "full", "RET=FULL");
	is_str(dsn_ret("hdrs"), "hdrs", "RET=hdrs");
	is_str(dsn_ret("x"), NULL, "RET=x");
	is_str(dsn_ret(""), NULL, "RET=");
	for (i = 0; i < sizeof(xtexts) / sizeof(xtexts[0]); i++)
		is_int(dsn_is_xtext(xtexts[i].text), xtexts[i].is,
		    "\"%s\" %s xtext", xtexts[i].text, xtexts[i].is ? "is" :
		    "is not");
}

/* The envelope of these recipients, as "address notify orcpt;" */
static void
check_fill(const char *list, const struct recipient_report *report,
    const char *ret, const char *envid, const char *want)
{
	struct recipients_rules rules = { .domain = "dom.ain",
		.host = "host", .aliases = "/nonexistent",
		.passwd = "/nonexistent", .local = "" };
	struct recipients *r = recipients_new(&rules);
	struct envelope env = { .ret = ret };
	struct dsn dsn = DSN_INIT;
	struct buffer got = BUFFER_INIT;
	struct error e;
	size_t i;

	recipients_add(r, list, strlen(list), report, &e);
	if (dsn_fill(&dsn, &env, r, envid) != 0)
		abort();
	buffer_addf(&got, "%s:", env.envid != NULL ? env.envid : "-");
	for (i = 0; i < env.nrcpts; i++)
		buffer_addf(&got, " %s %s %s;", env.rcpts[i].address,
		    env.rcpts[i].notify != NULL ? env.rcpts[i].notify : "-",
		    env.rcpts[i].orcpt != NULL ? env.rcpts[i].orcpt : "-");
	is_str(buffer_string(&got), want, "%s, envid %s", list,
	    envid != NULL ? envid : "-");
	buffer_free(&got);
	dsn_free(&dsn);
	recipients_free(r);
}

int
main(void)
{
	struct recipient_report never = { "never", NULL };
	struct recipient_report both = { "delay", "rfc822;x+2By" };
	char longest[DSN_ENVID_MAX + 2];

	check_words();
	check_fill("a@b, c", NULL, NULL, NULL, "-: a@b - -; c@dom.ain - -;");
	check_fill("a@b, c", &never, NULL, NULL,
	    "-: a@b never rfc822;a@b; c@dom.ain never rfc822;c@dom.ain;");
	check_fill("a@b", &both, NULL, NULL, "-: a@b delay rfc822;x+2By;");
	check_fill("a+b@c", NULL, "full", NULL,
	    "-: a+b@c - rfc822;a+2Bb@c;");
	check_fill("\"a =\"@c", NULL, NULL, "id",
	    "id: \"a =\"@c - rfc822;\"a+20+3D\"@c;");
	check_fill("\303\266@c", NULL, "full", NULL,
	    "-: \303\266@c - utf-8;\\x{F6}@c;");
	check_fill("\303\266+a@c", NULL, "full", NULL,
	    "-: \303\266+a@c - utf-8;\\x{F6}\\x{2B}a@c;");
	check_fill("a@b", NULL, NULL, "my id", "my+20id: a@b - rfc822;a@b;");
	check_fill("a@b", NULL, NULL, "my+20id",
	    "my+20id: a@b - rfc822;a@b;");
	check_fill("a@b", NULL, NULL, "x+y", "x+2By: a@b - rfc822;a@b;");
	check_fill("a@b", NULL, NULL, "a\r\nb",
	    "a+0D+0Ab: a@b - rfc822;a@b;");
	check_fill("a@b", NULL, NULL, "", "-: a@b - rfc822;a@b;");
	memset(longest, 'x', sizeof(longest));
	longest[DSN_ENVID_MAX + 1] = '\0';
	check_fill("a@b", NULL, NULL, longest, "-: a@b - rfc822;a@b;");
	return done();
}
