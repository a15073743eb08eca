/*
 * Who submits: the user by ID, the full name in GECOS.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/passwd.h"
#include "sendmail/caller.h"
#include "t/tap.h"

static char directory[] = "/tmp/outbox-caller-XXXXXX";
static char passwd[64];

static void
write_file(const char *path, const char *text)
{
	FILE *file;

	if ((file = fopen(path, "w")) == NULL || fputs(text, file) < 0 ||
	    fclose(file) != 0)
		abort();
}

static const struct {
	const char *rule, *gecos, *login, *name;
} names[] = {
	{ "a name", "Joe User", "joe", "Joe User" },
	{ "up to the comma", "Joe User,Room 1,555", "joe", "Joe User" },
	{ "& is the login", "& User", "joe", "Joe User" },
	{ "each of them", "& & x", "joe", "Joe Joe x" },
	{ "an empty one", "", "joe", "" },
	{ "commas only", ",,,", "joe", "" },
	{ "a star before it", "*Joe", "joe", "Joe" },
	{ "a semicolon and a percent sign end it", "Joe; x%y", "joe",
	    "Joe" },
	{ "& without a login", "&x", "", "&x" },
};

static void
check_caller(void)
{
	static const char file[] = "root:x:0:0:root:/root:/bin/sh\n"
	    "# comment\n"
	    "short:x:7\n"
	    "joe:x:4294960000:100:& User,,,:/home/joe:/bin/sh\n"
	    "jim:x:4294960000:100:Jim:/:/bin/sh\n"
	    ":x:4294960001:1::/:\n"
	    "last:x:4294960002:1::/:";
	struct caller c;

	write_file(passwd, file);
	if (caller_init(&c, (uid_t)4294960000u, passwd) != 0)
		abort();
	is_str(c.login, "joe", "the first user with this ID");
	ok(passwd_find(passwd, "last", 4, NULL) == 1 && passwd_find(passwd,
	    "root@h", 4, NULL) == 1, "users are users");
	ok(passwd_find(passwd, "las", 3, NULL) == 0 && passwd_find(passwd,
	    "lasts", 5, NULL) == 0 && passwd_find(passwd, "", 0, NULL) == 0,
	    "others are not");
	is_int(passwd_find("/nonexistent", "root", 4, NULL), 0,
	    "without a file none");
	is_str(c.name, "Joe User", "... and the full name");
	caller_free(&c);
	caller_init(&c, (uid_t)4294960002u, passwd);
	is_str(c.login, "last", "a line without its end");
	is_str(c.name, "", "no full name");
	caller_free(&c);
	caller_init(&c, (uid_t)4294960001u, passwd);
	is_str(c.login, "uid4294960001", "an entry without a login is none");
	caller_free(&c);
	caller_init(&c, (uid_t)4294960003u, "/nonexistent");
	is_str(c.login, "uid4294960003", "a user that nobody knows");
	is_str(c.name, "", "has no name");
	caller_free(&c);
}

int
main(void)
{
	char *name;
	size_t i;

	if (mkdtemp(directory) == NULL)
		return 99;
	snprintf(passwd, sizeof(passwd), "%s/passwd", directory);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		name = caller_full_name(names[i].gecos, names[i].login);
		is_str(name, names[i].name, "GECOS: %s", names[i].rule);
		free(name);
	}
	check_caller();
	unlink(passwd);
	return rmdir(directory) == 0 ? done() : 99;
}
