/*
 * Recipients: aliases, local names, domains, duplicates.
 */
#include <config.h>

#include "queue/recipients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "queue/log.h"
#include "t/tap.h"

static char path[] = "/tmp/outbox-recipients-XXXXXX";
static char users[] = "/tmp/outbox-recipients-XXXXXX";

static const char standard[] =
    "root: admin@example.com\n"
    "team: a@x, b@x,\n\tc@x\n"
    "chain: link\nlink: end@x\n"
    "loop1: loop2\nloop2: loop1\n"
    "self: self, copy@x\n"
    "keep: \\keep, copy@x\n"
    "twice: root, root, ROOT\n"
    "cmd: \"|/bin/sh\"\n"
    "file: /var/mail/x\n"
    "list: :include:/etc/list\n"
    "part: |cmd, real@x\n"
    "bad: a b c\n"
    "\"joe user\": joe@x\n"
    "MiXed: mixed@x\n"
    "null: <>\n";

/* Host host.example.net, mail name example.com, without and with a default
 * and a place for local mail. */
static const struct {
	const char *rule, *in, *out;
	const char *more;	/* lines behind the standard aliases */
	const char *local;
} cases[] = {
	{ "an address elsewhere stays", "a@b", "a@b", "", "" },
	{ "a bare name gets the mail name", "joe", "joe@example.com", "",
	    "" },
	{ "an alias", "root", "admin@example.com", "", "" },
	{ "of any case", "ROOT", "admin@example.com", "", "" },
	{ "for user@localhost", "root@localhost", "admin@example.com", "",
	    "" },
	{ "for user@host", "root@host.example.net", "admin@example.com", "",
	    "" },
	{ "for user@HOST", "root@HOST.Example.NET", "admin@example.com", "",
	    "" },
	{ "for user@short host", "root@host", "admin@example.com", "", "" },
	{ "for user@mail name", "root@example.com", "admin@example.com", "",
	    "" },
	{ "not for user@elsewhere", "root@example.org", "root@example.org",
	    "", "" },
	{ "several targets", "team", "a@x|b@x|c@x", "", "" },
	{ "aliases of aliases", "chain", "end@x", "", "" },
	{ "a loop ends", "loop1", "loop1@example.com", "", "" },
	{ "an alias that holds itself", "self", "self@example.com|copy@x",
	    "", "" },
	{ "\\name in an alias", "keep", "keep@example.com|copy@x", "", "" },
	{ "\\name on the command line", "\\root", "root@example.com", "",
	    "" },
	{ "the same alias twice", "twice, root", "admin@example.com", "",
	    "" },
	{ "a quoted name", "\"joe user\"", "joe@x", "", "" },
	{ "mixed case in the file", "mixed", "mixed@x", "", "" },
	{ "a command is not run, nobody is lost", "cmd", "cmd@example.com",
	    "", "" },
	{ "nor a file written", "file", "file@example.com", "", "" },
	{ "nor a list read", "list", "list@example.com", "", "" },
	{ "what can be sent to is", "part", "real@x", "", "" },
	{ "a target that is no address is passed over", "bad",
	    "bad@example.com", "", "" },
	{ "so is nobody", "null", "null@example.com", "", "" },
	/* user@localhost means nothing elsewhere */
	{ "localhost becomes the mail name", "joe@localhost",
	    "joe@example.com", "", "" },
	{ "localhost.localdomain too", "joe@localhost.localdomain",
	    "joe@example.com", "", "" },
	{ "a short host name too", "joe@host", "joe@example.com", "", "" },
	{ "the full host name stays", "joe@host.example.net",
	    "joe@host.example.net", "", "" },
	/* the default alias */
	{ "the default", "joe", "all@x", "*: all@x\n", "" },
	{ "for user@localhost too", "joe@localhost", "all@x", "*: all@x\n",
	    "" },
	{ "for user@host too", "joe@host.example.net", "all@x",
	    "*: all@x\n", "" },
	{ "not for the mail name, which may live elsewhere",
	    "boss@example.com", "boss@example.com", "*: all@x\n", "" },
	{ "an alias comes first", "root", "admin@example.com",
	    "*: all@x\n", "" },
	{ "the default for local targets", "x", "all@x",
	    "x: y\n*: all@x\n", "" },
	{ "a default that is local ends", "joe", "boss@example.com",
	    "*: boss\n", "" },
	{ "for several", "a, b, c", "all@x", "*: all@x\n", "" },
	{ "\\name does not fall to it", "\\joe", "joe@example.com",
	    "*: all@x\n", "" },
	/* recipients.local */
	{ "local mail has a place", "joe", "admin@x", "", "admin@x" },
	{ "for user@localhost", "joe@localhost", "admin@x", "", "admin@x" },
	{ "for user@host", "joe@host.example.net", "admin@x", "",
	    "admin@x" },
	{ "not for the mail name", "joe@example.com", "joe@example.com", "",
	    "admin@x" },
	{ "an alias comes first", "root", "admin@example.com", "",
	    "admin@x" },
	{ "the default too", "joe", "all@x", "*: all@x\n", "admin@x" },
	{ "\\name goes there", "\\root", "admin@x", "", "admin@x" },
	{ "so does an alias that leads nowhere", "cmd", "admin@x", "",
	    "admin@x" },
	{ "a bare place gets the mail name", "joe", "boss@example.com", "",
	    "boss" },
	{ "it may be several", "joe", "a@x|b@x", "", "a@x, b@x" },
	/* nothing special about these */
	{ "postmaster", "postmaster, mailer-daemon",
	    "postmaster@example.com|mailer-daemon@example.com", "", "" },
	/* lists and duplicates */
	{ "names and comments", "Joe <joe@x>, (c) al@x", "joe@x|al@x", "",
	    "" },
	{ "the same address once", "a@b, a@b, A <a@b>", "a@b", "", "" },
	{ "domains in any case are the same", "a@B.c, a@b.C", "a@B.c", "",
	    "" },
	{ "local parts are not", "a@b, A@b", "a@b|A@b", "", "" },
	{ "quotes make no difference", "\"a\"@b, a@b", "a@b", "", "" },
	{ "bare and with the mail name", "joe, joe@example.com",
	    "joe@example.com", "", "" },
	{ "an empty group is nobody", "undisclosed-recipients:;", "", "",
	    "" },
	/* refused */
	{ "two words", "a b", "65 \"a b\" is not an address that mail can "
	    "be sent to", "", "" },
	{ "nobody", "<>", "65 \"\" is not an address that mail can be sent "
	    "to", "", "" },
	{ "a control character", "\"a\001b\"@c", "65 \"\"a\001b\"@c\" is "
	    "not an address that mail can be sent to", "", "" },
	{ "Latin-1", "j\366rg@b", "65 \"j\366rg@b\" is not an address that "
	    "mail can be sent to", "", "" },
	{ "an include", ":include:/etc/passwd", "65 "
	    "\":include:/etc/passwd\" is not an address that mail can be "
	    "sent to", "", "" },
	{ "one bad among good", "a@b, c d, e@f", "65 \"c d\" is not an "
	    "address that mail can be sent to", "", "" },
};

static void
write_file(const char *name, const char *text, const char *more)
{
	FILE *file = fopen(name, "w");

	if (file == NULL || fputs(text, file) < 0 || fputs(more, file) < 0 ||
	    fclose(file) != 0)
		abort();
}

static void
write_aliases(const char *text, const char *more)
{
	write_file(path, text, more);
}

static struct recipients_rules
rules(const char *local)
{
	struct recipients_rules r = { .domain = "example.com",
		.host = "host.example.net", .aliases = path,
		.passwd = users, .local = local };

	return r;
}

static void
check_cases(void)
{
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct recipients_rules how = rules(cases[i].local);
		struct recipients *r = recipients_new(&how);
		struct buffer got = BUFFER_INIT;
		struct error e = { 0, "" };
		int status;

		write_aliases(standard, cases[i].more);
		status = recipients_add(r, cases[i].in, strlen(cases[i].in),
		    NULL, &e);
		if (status != 0)
			buffer_addf(&got, "%d %s", status, e.text);
		for (j = 0; status == 0 && j < recipients_count(r); j++)
			buffer_addf(&got, "%s%s", j > 0 ? "|" : "",
			    recipients_get(r, j)->address);
		is_str(buffer_string(&got), cases[i].out, "%s",
		    cases[i].rule);
		buffer_free(&got);
		recipients_free(r);
	}
}

static void
check_originals(void)
{
	struct recipients_rules how = rules("");
	struct recipients *r = recipients_new(&how);
	struct error e;

	write_aliases(standard, "");
	recipients_add(r, "team, joe", 9, NULL, &e);
	is_str(recipients_get(r, 0)->named->address, "team@example.com",
	    "a target knows the name it comes from");
	is_str(recipients_get(r, 3)->named->address, "joe@example.com",
	    "a name without alias is its own");
	recipients_free(r);
}

static void
check_union(void)
{
	struct recipients_rules how = rules("");
	struct recipients *r = recipients_new(&how);
	struct error e;

	write_aliases(standard, "");
	recipients_add(r, "a@b, root", 9, NULL, &e);
	recipients_add(r, "c@d, a@b", 8, NULL, &e);
	recipients_add(r, "admin@example.com", 17, NULL, &e);
	is_int((long long)recipients_count(r), 3,
	    "several lists make one, each address once");
	recipients_free(r);
}

/* The mail name is the name of this machine. */
static void
check_users(void)
{
	static const struct {
		const char *rule, *in, *out;
	} mine[] = {
		{ "a user of this machine is local", "joe@host.example.net",
		    "admin@x" },
		{ "in any case of the domain", "joe@HOST.example.net",
		    "admin@x" },
		{ "who is none may live elsewhere", "boss@host.example.net",
		    "boss@host.example.net" },
		{ "so may the beginning of one", "jo@host.example.net",
		    "jo@host.example.net" },
		{ "an alias comes first", "root@host.example.net",
		    "admin@example.com" },
	};
	size_t i;

	write_file(users, "root:x:0:0::/:\njoe:x:1000:1000::/:\n", "");
	write_aliases(standard, "");
	for (i = 0; i < sizeof(mine) / sizeof(mine[0]); i++) {
		struct recipients_rules how = rules("admin@x");
		struct recipients *r;
		struct error e;

		how.domain = how.host;
		if ((r = recipients_new(&how)) == NULL || recipients_add(r,
		    mine[i].in, strlen(mine[i].in), NULL, &e) != 0)
			abort();
		is_str(recipients_get(r, 0)->address, mine[i].out, "%s",
		    mine[i].rule);
		recipients_free(r);
	}
}

/* Mail for users is kept here. */
static void
check_kept(void)
{
	static const struct {
		const char *rule, *in, *out, *local;
		int ours;	/* the mail name is the name of this machine */
	} mine[] = {
		{ "a user's mail stays here", "joe", "joe@localhost", "", 0 },
		{ "... at localhost", "joe@localhost", "joe@localhost", "",
		    0 },
		{ "... at the host", "joe@HOST.example.net", "joe@localhost",
		    "", 0 },
		{ "... not at the mail name", "joe@example.com",
		    "joe@example.com", "", 0 },
		{ "... unless that is the host", "joe@host.example.net",
		    "joe@localhost", "", 1 },
		{ "an alias comes first", "root", "admin@example.com", "",
		    0 },
		{ "a bare name that is no user's may be one elsewhere",
		    "boss", "boss@example.com", "", 0 },
		{ "... also where the mail name is the host", "boss",
		    "boss@host.example.net", "", 1 },
		{ "... and so may one at that", "boss@host.example.net",
		    "boss@host.example.net", "", 1 },
		{ "... but not at the host", "boss@host", "boss@localhost",
		    "", 0 },
		{ "local gets what is no user's", "boss", "admin@x",
		    "admin@x", 0 },
		{ "... at the host, too", "boss@host", "admin@x", "admin@x",
		    0 },
		{ "... and is a user's mailbox", "boss", "joe@localhost",
		    "joe", 0 },
		{ "... or nobody's", "boss", "x@example.com", "x", 0 },
		{ "a user's mail stays all the same", "joe", "joe@localhost",
		    "admin@x", 0 },
		{ "elsewhere is elsewhere", "joe@x", "joe@x", "", 0 },
		{ "no path leads out", "../root", "\"../root\"@example.com", "",
		    0 },
	};
	size_t i;

	write_file(users, "root:x:0:0::/:\njoe:x:1000:1000::/:\n", "");
	write_aliases(standard, "");
	for (i = 0; i < sizeof(mine) / sizeof(mine[0]); i++) {
		struct recipients_rules how = rules(mine[i].local);
		struct recipients *r;
		struct error e;

		how.keep = 1;
		if (mine[i].ours)
			how.domain = how.host;
		if ((r = recipients_new(&how)) == NULL || recipients_add(r,
		    mine[i].in, strlen(mine[i].in), NULL, &e) != 0)
			abort();
		is_str(recipients_get(r, 0)->address, mine[i].out, "%s",
		    mine[i].rule);
		recipients_free(r);
	}
}

/* What is ignored is logged. */
static void
check_log(void)
{
	static const char *const names[] = { "cmd", "file", "list", "bad" };
	struct recipients_rules how = rules("");
	struct recipients *r;
	char line[512], want[64];
	FILE *log = tmpfile();
	struct error e;
	size_t i;
	int saved = dup(STDERR_FILENO);

	if (log == NULL || saved < 0)
		abort();
	write_aliases(standard, "no colon\nanother\n");
	fflush(stderr);
	dup2(fileno(log), STDERR_FILENO);
	how.log = log_open("test", LOG_MAIL, 1);
	r = recipients_new(&how);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		recipients_add(r, names[i], strlen(names[i]), NULL, &e);
	recipients_free(r);
	log_close(how.log);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(log);
	ok(fgets(line, sizeof(line), log) != NULL && strstr(line, ":19: an "
	    "alias is written") != NULL, "the log has the first bad line");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(want, sizeof(want), "alias %s: ", names[i]);
		ok(fgets(line, sizeof(line), log) != NULL && strstr(line,
		    want) != NULL && strstr(line, "is ignored") != NULL,
		    "the log says what is ignored of \"%s\"", names[i]);
	}
	fclose(log);
}

static void
check_many(void)
{
	struct recipients_rules how = rules("");
	struct recipients *r = recipients_new(&how);
	struct buffer list = BUFFER_INIT;
	struct error e;
	clock_t start = clock();
	int i;

	for (i = 0; i < 100000; i++)
		buffer_addf(&list, "user%d@x, ", i % 50000);
	write_aliases(standard, "");
	is_int(recipients_add(r, list.data, list.len, NULL, &e), 0,
	    "100,000 recipients");
	is_int((long long)recipients_count(r), 50000, "half of them twice");
	ok((double)(clock() - start) / CLOCKS_PER_SEC < 5,
	    "in linear time");
	recipients_free(r);
	buffer_free(&list);
}

/* Aliases of aliases, and all of them of all. */
static void
check_hostile_aliases(void)
{
	struct recipients_rules how = rules("");
	struct recipients *r = recipients_new(&how);
	struct buffer file = BUFFER_INIT;
	struct error e;
	clock_t start = clock();
	int i, j;

	for (i = 0; i < 1000; i++)
		buffer_addf(&file, "deep%d: deep%d\n", i, i + 1);
	for (i = 0; i < 60; i++) {
		buffer_addf(&file, "all%d: x%d@x", i, i);
		for (j = 0; j < 60; j++)
			buffer_addf(&file, ", all%d", j);
		buffer_addf(&file, "\n");
	}
	write_aliases(file.data, "");
	is_int(recipients_add(r, "deep0", 5, NULL, &e), 0,
	    "a chain of 1,000 aliases ends");
	is_int((long long)recipients_count(r), 1, "somewhere");
	is_int(recipients_add(r, "all0", 4, NULL, &e), 0,
	    "aliases that all lead to all end");
	ok(recipients_count(r) > 60, "with all of them");
	ok((double)(clock() - start) / CLOCKS_PER_SEC < 5, "soon");
	recipients_free(r);
	buffer_free(&file);
}

int
main(void)
{
	int fd = mkstemp(path), fd2 = mkstemp(users);

	if (fd < 0 || fd2 < 0)
		return 99;
	close(fd);
	close(fd2);
	check_cases();
	check_originals();
	check_union();
	check_users();
	check_kept();
	check_log();
	check_many();
	check_hostile_aliases();
	unlink(path);
	unlink(users);
	recipients_free(NULL);
	return done();
}
