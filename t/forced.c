/*
 * sender.from: who a message is from when that address is forced, and where
 * replies go then.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/settings.h"
#include "sendmail/header.h"
#include "sendmail/rewrite.h"
#include "t/author.h"
#include "t/tap.h"

#define FORCED " via host.dom.ain\" <me@forced.example>\r\n"

/* What is there, and from the first of these fields on what leaves. */
static const struct {
	const char *rule, *in, *out;
} rules[] = {
	{ "the address is replaced, and kept in the name",
	    "From: root (Cron Daemon)\n", "From: \"Cron Daemon "
	    "(root@dom.ain)" FORCED
	    "Reply-To: root@dom.ain (Cron Daemon)\r\n" },
	{ "a name before <>", "From: \"A \\\"B\\\", C\" <a@b.example>\n",
	    "From: \"A \\\"B\\\", C (a@b.example)" FORCED
	    "Reply-To: \"A \\\"B\\\", C\" <a@b.example>\r\n" },
	{ "no name", "From: a@b.example\n", "From: \"a@b.example" FORCED
	    "Reply-To: a@b.example\r\n" },
	{ "a name that is the address",
	    "From: \"a@b.example\" <A@b.example>\n",
	    "From: \"A@b.example" FORCED
	    "Reply-To: \"a@b.example\" <A@b.example>\r\n" },
	{ "an address that names this host",
	    "From: a@Host.dom.ain\n",
	    "From: \"a@Host.dom.ain\" <me@forced.example>\r\n"
	    "Reply-To: a@Host.dom.ain\r\n" },
	{ "encoded words stay", "From: =?utf-8?Q?=C3=B6?= x "
	    "=?utf-8?Q?y?= <a@b.example>\n",
	    "From: =?utf-8?Q?=C3=B6?=\r\n x\r\n =?utf-8?Q?y?=\r\n"
	    " \"(a@b.example)" FORCED "Reply-To: =?utf-8?Q?=C3=B6?= x "
	    "=?utf-8?Q?y?= <a@b.example>\r\n" },
	{ "what only looks like one does not",
	    "From: =?a.b?c?d?= <a@b.example>\n",
	    "From: \"=?a.b?c?d?= (a@b.example)" FORCED
	    "Reply-To: =?a.b?c?d?= <a@b.example>\r\n" },
	{ "a folded name", "From: A\n B\n\t<a@b.example>\n",
	    "From: \"A B (a@b.example)" FORCED
	    "Reply-To: A\r\n B\r\n\t<a@b.example>\r\n" },
	{ "several addresses become one",
	    "From: A <a@b.example>, root\n",
	    "From: \"A (a@b.example), root@dom.ain" FORCED
	    "Reply-To: A <a@b.example>, root@dom.ain\r\n" },
	{ "one that is allowed stays", "From: A <a@OK.example>\n",
	    "From: A <a@OK.example>\r\n" },
	{ "several that are stay", "From: a@ok.example, b@ok.example\n",
	    "From: a@ok.example, b@ok.example\r\n" },
	{ "one that is does not save the others",
	    "From: a@ok.example, b@c.example\n",
	    "From: \"a@ok.example, b@c.example" FORCED
	    "Reply-To: a@ok.example, b@c.example\r\n" },
	{ "the forced one stays", "From: X <ME@forced.example>\n",
	    "From: X <ME@forced.example>\r\n" },
	{ "Reply-To is not made twice",
	    "Reply-To: r@b.example\nFrom: a@b.example\n",
	    "Reply-To: r@b.example\r\nFrom: \"a@b.example" FORCED },
	{ "an empty one is replaced", "Reply-To: \nFrom: a@b.example\n",
	    "From: \"a@b.example" FORCED
	    "Reply-To: a@b.example\r\n" },
	{ "nobody is told to reply to localhost",
	    "From: a@localhost\n", "From: \"a@localhost" FORCED },
	{ "what is no address", "From: a, b c\n", "From: \"a, b c" FORCED },
	{ "an empty group", "From: x:;\n", "From: \"x:;" FORCED },
	{ "nobody", "From: <>\n", "From: \"via host.dom.ain\" "
	    "<me@forced.example>\r\n" },
	{ "a second From:", "From: a@ok.example\nFROM: b@c.example\n",
	    "From: a@ok.example\r\n"
	    "X-Original-From: b@c.example\r\n" },
	{ "Sender:", "From: a@ok.example\nSender: S <s@b.example>\n",
	    "From: a@ok.example\r\nSender: \"S (s@b.example)" FORCED },
	{ "Sender: that is allowed",
	    "From: a@ok.example\nSender: s@ok.example\n",
	    "From: a@ok.example\r\nSender: s@ok.example\r\n" },
	{ "an empty Sender:", "From: a@ok.example\nSender:\n",
	    "From: a@ok.example\r\n" },
	{ "Resent-From: and Resent-Sender:",
	    "From: a@ok.example\nResent-From: s@b.example\n"
	    "Resent-Sender: t@b.example\n",
	    "From: a@ok.example\r\nResent-From: \"s@b.example" FORCED
	    "Resent-Sender: \"t@b.example" FORCED },
	{ "all other addresses stay", "From: a@ok.example\n"
	    "To: a@b\nCc: c@d\nReply-To: e@f\nErrors-To: g@h\n",
	    "From: a@ok.example\r\nTo: a@b\r\nCc: c@d\r\n"
	    "Reply-To: e@f\r\nErrors-To: g@h\r\n" },
};

/* The new header of a message with this one. */
static void
force(const char *in, const char *name, struct buffer *out)
{
	char from[] = "me@forced.example", allowed[] = "*@ok.example";
	char buf[64];
	struct settings settings = { .from = from, .allowed = allowed };
	struct rewrite rewrite = author_rewrite(&settings, buf);
	struct header h;
	struct body b;

	snprintf(buf, sizeof(buf), "%s", name);
	buffer_reset(out);
	body_init(&b, 0);
	header_init(&h);
	header_feed(&h, &b, in, strlen(in));
	header_finish(&h, &b);
	rewrite_header(&rewrite, &h, out);
	header_free(&h);
}

static int
has(const struct buffer *header, const char *text)
{
	return strstr(buffer_string(header), text) != NULL;
}

static void
check_rules(void)
{
	static const char first[] = "Date: d\r\nMessage-ID: <m@m>\r\n";
	struct buffer in = BUFFER_INIT, out = BUFFER_INIT;
	const char *rest;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		buffer_reset(&in);
		buffer_addf(&in, "Date: d\nMessage-ID: <m@m>\n%s\n",
		    rules[i].in);
		force(buffer_string(&in), "Me", &out);
		rest = strstr(buffer_string(&out), first);
		is_str(rest != NULL ? rest + strlen(first) : "",
		    rules[i].out, "forced: %s", rules[i].rule);
	}
	buffer_free(&in);
	buffer_free(&out);
}

static void
check_missing(void)
{
	struct buffer out = BUFFER_INIT;
	const char *id;

	force("Subject: x\n\n", "Me", &out);
	ok(has(&out, "\r\nFrom: \"Me (me@dom.ain)" FORCED
	    "Reply-To: Me <me@dom.ain>\r\n"), "forced: a missing From:");
	id = strstr(buffer_string(&out), "\r\nMessage-ID: <");
	ok(id != NULL && strncmp(id + 15 + 32, "@forced.example>\r\n", 18) ==
	    0, "forced: the domain of Message-ID: too");
	force("From: f@f.f\nDate: d\nMessage-ID: <m@m>\nResent-To: x@y\n\n",
	    "", &out);
	ok(has(&out, "\r\nResent-From: \"me@dom.ain" FORCED),
	    "forced: a missing Resent-From:");
	ok(has(&out, "Reply-To: f@f.f\r\n"),
	    "forced: replies to a resent message go to its author");
	buffer_free(&out);
}

int
main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	check_rules();
	check_missing();
	return done();
}
