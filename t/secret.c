/*
 * The password file: who may own and read it, and what it may hold.
 */
#include <config.h>

#include "config/secret.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/scratch.h"
#include "t/tap.h"

static char why[512];

/* The secret of the file "p", or NULL and why. */
static char *
get(void)
{
	*why = '\0';
	return secret_read(scratch_path("p"), why, sizeof(why));
}

/* The file is refused for this reason, in words that do not tell it. */
static void
refused(const char *reason, const char *rule)
{
	char *secret = get();

	ok(secret == NULL && strstr(why, reason) != NULL, "%s", rule);
	if (secret != NULL || strstr(why, reason) == NULL)
		diag("secret %s, why: %s", secret != NULL ? secret : "-",
		    why);
	ok(strstr(why, scratch_path("p")) != NULL, "... names the file");
	ok(strstr(why, "hunter2") == NULL, "... and not the secret");
	secret_wipe(secret);
}

static void
accepted(const char *want, const char *rule)
{
	char *secret = get();

	if (!is_str(secret, want, "%s", rule))
		diag("%s", why);
	secret_wipe(secret);
}

static void
test_modes(void)
{
	static const struct {
		mode_t mode;
		int good;
	} cases[] = { { 0600, 1 }, { 0400, 1 }, { 0640, 1 }, { 0440, 1 },
		{ 0700, 1 }, { 0620, 0 }, { 0660, 0 }, { 0604, 0 },
		{ 0644, 0 }, { 0602, 0 }, { 0601, 0 }, { 0666, 0 },
		{ 0777, 0 } };
	char rule[32];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scratch_file("p", "hunter2\n", 8, cases[i].mode);
		if (chown(scratch_path("p"), (uid_t)-1, getegid()) != 0)
			scratch_fail("chown");
		snprintf(rule, sizeof(rule), "mode %04o",
		    (unsigned)cases[i].mode);
		if (cases[i].good)
			accepted("hunter2", rule);
		else
			refused("can be read or changed by others", rule);
	}
}

/* What only root can set up. */
static void
test_owners(void)
{
	if (geteuid() != 0) {
		diag("not root: owners are not tested");
		scratch_file("p", "hunter2\n", 8, 0);
		refused("who sends the mail, must own it, and its mode be 600",
		    "for nobody");
		return;
	}
	scratch_file("p", "hunter2\n", 8, 0600);
	if (chown(scratch_path("p"), 12345, 0) != 0)
		scratch_fail("chown");
	refused("belongs to user 12345", "another owner");
	scratch_file("p", "hunter2\n", 8, 0640);
	if (chown(scratch_path("p"), 0, 12345) != 0)
		scratch_fail("chown");
	refused("can be read or changed by others", "another group");
	chmod(scratch(), 0755);
	if (setegid(12345) != 0 || seteuid(54321) != 0)
		scratch_fail("seteuid");
	accepted("hunter2", "root's, for the group of this process");
	if (seteuid(0) != 0 || setegid(0) != 0)
		scratch_fail("seteuid");
	scratch_file("p", "hunter2\n", 8, 0600);
	if (seteuid(54321) != 0)
		scratch_fail("seteuid");
	refused("Permission denied: user 54321, who sends the mail, must own",
	    "root's, for root only");
	if (seteuid(0) != 0)
		scratch_fail("seteuid");
}

static const struct {
	const char *rule;
	const char *text;
	size_t len;
	const char *want;	/* the secret, or */
	const char *reason;
} contents[] = {
	{ "a line", "hunter2\n", 8, "hunter2", NULL },
	{ "no line end", "hunter2", 7, "hunter2", NULL },
	{ "CRLF", "hunter2\r\n", 9, "hunter2", NULL },
	{ "the first line only", "hunter2\nrest\n", 13, "hunter2", NULL },
	{ "blanks are a part of it", " hunter2 \t\n", 11, " hunter2 \t",
	    NULL },
	{ "so are ;, #, \" and 8-bit", "a ;#\"\303\266=\n", 9,
	    "a ;#\"\303\266=", NULL },
	{ "an empty file", "", 0, NULL, "is empty" },
	{ "an empty line", "\n", 1, NULL, "is empty" },
	{ "an empty first line", "\nhunter2\n", 9, NULL, "is empty" },
	{ "an empty CRLF line", "\r\n", 2, NULL, "is empty" },
	{ "a NUL", "hunter2\0x\n", 10, NULL, "holds no password" },
	{ "a NUL in a later line", "hunter2\n\0\n", 10, NULL,
	    "holds no password" },
	{ "a NUL at the end", "hunter2\0", 8, NULL, "holds no password" },
};

static void
test_contents(void)
{
	size_t i;

	for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		scratch_file("p", contents[i].text, contents[i].len, 0600);
		if (contents[i].want != NULL)
			accepted(contents[i].want, contents[i].rule);
		else
			refused(contents[i].reason, contents[i].rule);
	}
}

static void
test_lengths(void)
{
	char *big = malloc(SECRET_MAX + 2), *secret;

	if (big == NULL)
		scratch_fail("malloc");
	memset(big, 'x', SECRET_MAX + 1);
	scratch_file("p", big, SECRET_MAX, 0600);
	secret = get();
	ok(secret != NULL && strlen(secret) == SECRET_MAX,
	    "the longest file");
	secret_wipe(secret);
	scratch_file("p", big, SECRET_MAX + 1, 0600);
	refused("holds no password", "a longer one");
	/* A token of 16 KiB, as OAuth has them. */
	big[16384] = '\n';
	scratch_file("p", big, 16385, 0600);
	secret = get();
	ok(secret != NULL && strlen(secret) == 16384, "a long token");
	secret_wipe(secret);
	free(big);
}

static void
test_files(void)
{
	const char *path;

	unlink(scratch_path("p"));
	refused("No such file", "a missing file");
	if (mkfifo(scratch_path("p"), 0600) != 0)
		scratch_fail("mkfifo");
	refused("not a regular file", "a fifo, without waiting for it");
	unlink(scratch_path("p"));
	scratch_directory("p");
	refused("not a regular file", "a directory");
	rmdir(scratch_path("p"));
	path = scratch_path("target");
	if (symlink(path, scratch_path("p")) != 0)
		scratch_fail("symlink");
	refused("No such file", "a link to nowhere");
	scratch_text("target", "hunter2\n");
	accepted("hunter2", "a link, as systemd and Kubernetes make them");
	chmod(path, 0644);
	refused("can be read or changed by others",
	    "a link to what others can read");
}

static void
test_credentials(void)
{
	char *secret;

	unsetenv("CREDENTIALS_DIRECTORY");
	secret = secret_credential("c", why, sizeof(why));
	ok(secret == NULL && *why == '\0', "no credentials: no fault");
	setenv("CREDENTIALS_DIRECTORY", scratch(), 1);
	secret = secret_credential("c", why, sizeof(why));
	ok(secret == NULL && *why == '\0', "another credential: no fault");
	/* As an access list for the service shows. */
	scratch_file("c", "hunter2\n", 8, 0440);
	secret = secret_credential("c", why, sizeof(why));
	is_str(secret, "hunter2", "a credential");
	secret_wipe(secret);
	scratch_file("c", "", 0, 0400);
	secret = secret_credential("c", why, sizeof(why));
	ok(secret == NULL && strstr(why, "is empty") != NULL,
	    "an empty one: a fault");
	unlink(scratch_path("c"));
	scratch_directory("c");
	secret = secret_credential("c", why, sizeof(why));
	ok(secret == NULL && strstr(why, "cannot read") != NULL,
	    "one that cannot be read: a fault");
	rmdir(scratch_path("c"));
	setenv("CREDENTIALS_DIRECTORY", "relative", 1);
	secret = secret_credential("c", why, sizeof(why));
	ok(secret == NULL && *why == '\0', "no directory: no fault");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static char said[8192];

static void
say(void *arg, const char *text)
{
	size_t len = strlen(said);

	(void)arg;
	snprintf(said + len, sizeof(said) - len, "[%s]", text);
}

/* What a command is taken for: its secret, or the reason for none. */
static const struct {
	const char *rule, *line, *want, *reason, *said;
	int64_t lifetime;
} commands[] = {
	{ "its words", "/bin/echo  a\tb ", "a b", NULL, "", 0 },
	{ "no shell", "/bin/echo $HOME *;", "$HOME *;", NULL, "", 0 },
	{ "a shell, when asked for", "/bin/sh -c echo 'a  b' | tr a x",
	    "x  b", NULL, "", 0 },
	{ "the first line", "/bin/sh -c echo one; echo two", "one", NULL, "",
	    0 },
	{ "a lifetime", "/bin/sh -c echo one; echo 3599", "one", NULL, "",
	    3599 },
	{ "a lifetime with CRLF", "/bin/sh -c printf 'one\\r\\n77\\r\\n'",
	    "one", NULL, "", 77 },
	{ "no whole number", "/bin/sh -c echo one; echo 3599s", "one", NULL,
	    "", 0 },
	{ "a negative number", "/bin/sh -c echo one; echo -5", "one", NULL,
	    "", 0 },
	{ "its standard error", "/bin/sh -c echo a >&2; echo; echo b >&2",
	    NULL, "is empty", "[a][b]", 0 },
	{ "nothing", "/bin/true", NULL, "first line of the output of the "
	    "command is empty", "", 0 },
	{ "a failure, whatever it says", "/bin/sh -c echo hunter2; exit 3",
	    NULL, "/bin/sh failed with status 3", "", 0 },
	{ "a signal", "/bin/sh -c echo hunter2; kill -9 $$", NULL,
	    "was killed by signal 9", "", 0 },
	{ "no such program", "/nonexistent x", NULL,
	    "/nonexistent failed with status 127",
	    "[/nonexistent: No such file or directory]", 0 },
	{ "a NUL", "/bin/sh -c printf 'a\\0b'", NULL, "holds no password",
	    "", 0 },
	{ "too much", "/bin/sh -c yes hunter2 | head -c 70000", NULL,
	    "holds no password", "", 0 },
	{ "nothing to read", "/bin/sh -c cat; echo x", "x", NULL, "", 0 },
	{ "what it leaves running does not matter",
	    "/bin/sh -c sleep 9 & echo x", "x", NULL, "", 0 },
};

static void
test_commands(void)
{
	struct secret_command c = { .timeout = 60000, .say = say };
	int64_t lifetime = -1;
	char *secret;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		c.line = commands[i].line;
		*why = *said = '\0';
		secret = secret_run(&c, &lifetime, why, sizeof(why));
		is_str(secret, commands[i].want, "command: %s",
		    commands[i].rule);
		is_int(lifetime, commands[i].lifetime, "... its lifetime");
		is_str(said, commands[i].said, "... what it said");
		ok(secret != NULL || strstr(why, commands[i].reason) != NULL,
		    "... why not: %s", why);
		ok(strstr(why, "hunter2") == NULL, "... not the secret");
		secret_wipe(secret);
	}
	/* A tenth of a second against forever. */
	c.line = "/bin/sh -c echo early; trap '' TERM; while :; do sleep 9; "
	    "done";
	c.timeout = 100;
	secret = secret_run(&c, &lifetime, why, sizeof(why));
	ok(secret == NULL && strstr(why, "did not end within") != NULL,
	    "command: its time is limited");
	/* Long ones, on both streams at once. */
	c.line = "/bin/sh -c head -c 60000 /dev/zero | tr '\\0' x; head -c "
	    "200000 /dev/zero | tr '\\0' e >&2";
	c.timeout = 60000;
	*said = '\0';
	secret = secret_run(&c, &lifetime, why, sizeof(why));
	ok(secret != NULL && strlen(secret) == 60000,
	    "command: a long secret");
	ok(strlen(said) > 1000 && strlen(said) < 5000,
	    "... and of its standard error the beginning");
	secret_wipe(secret);
}

/* Does the kernel say that of the memory at p?  flag is of VmFlags in smaps:
 * "dd" is left out of core files, "lo" is locked. */
static int
has_flag(const void *p, const char *flag)
{
	unsigned long from, to, at = (unsigned long)(uintptr_t)p;
	char line[4096], word[8];
	FILE *maps = fopen("/proc/self/smaps", "re");
	int inside = 0, found = 0;

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= at && at < to;
		snprintf(word, sizeof(word), " %s ", flag);
		if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, word) != NULL;
	}
	if (maps != NULL)
		fclose(maps);
	return found;
}

/* As far as it can be had here: a sanitizer locks nothing, nor does who may
 * not. */
static void
test_memory(void)
{
	size_t size = SECRET_MAX + 2;
	char *plain = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *secret;
	int can_lock, can_hide;

	if (plain == MAP_FAILED)
		scratch_fail("mmap");
	(void)mlock(plain, size);
	(void)madvise(plain, size, MADV_DONTDUMP);
	can_lock = has_flag(plain, "lo");
	can_hide = has_flag(plain, "dd");
	munmap(plain, size);
	scratch_file("p", "hunter2\n", 8, 0600);
	if ((secret = get()) == NULL)
		scratch_fail(why);
	is_int(has_flag(secret, "lo"), can_lock, "the secret is not swapped");
	is_int(has_flag(secret, "dd"), can_hide, "... nor in a core file");
	secret_wipe(secret);
}

int
main(void)
{
	test_modes();
	test_owners();
	test_contents();
	test_lengths();
	test_files();
	test_credentials();
	test_commands();
	test_memory();
	secret_wipe(NULL);
	ok(1, "wiping nothing");
	return done();
}
