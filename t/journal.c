/*
 * The journal's protocol: what another process at the socket reads.
 */
#include <config.h>

#include "queue/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/scratch.h"
#include "t/tap.h"

/* Below the directory that main() goes to: the name of a socket is short. */
#define LOG "log"
#define OWN "own"
#define FIELDS "fields"
static const struct journal_paths paths = { LOG, OWN, FIELDS };

static int
listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		scratch_fail("a socket");
	strcpy(a.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		scratch_fail("bind");
	return fd;
}

/* The value of the field, from a datagram; NULL: it is not there, or the
 * datagram is not one of the journal's. */
static const char *
find(const char *data, size_t len, const char *name, int *count)
{
	static char value[70000];
	const char *p = data, *end = data + len, *line, *found = NULL;
	uint64_t n;
	int i;

	for (*count = 0; p < end; ++*count) {
		if ((line = memchr(p, '\n', (size_t)(end - p))) == NULL ||
		    end - line < 10)
			return NULL;
		for (n = 0, i = 8; i > 0; i--)
			n = n << 8 | (unsigned char)line[i];
		if (n >= (uint64_t)(end - line) - 9 || line[9 + n] != '\n')
			return NULL;
		if ((size_t)(line - p) == strlen(name) &&
		    memcmp(p, name, strlen(name)) == 0) {
			memcpy(value, line + 9, (size_t)n);
			value[n] = '\0';
			found = value;
		}
		p = line + 9 + n + 1;
	}
	return found;
}

static void
test_values(void)
{
	static const char *const values[] = { "", "plain", "a=b",
		"two\nlines", "x\nOUTBOX_STATUS=sent\n", "\n", "\xff\xfe\x01",
		"\303\266" };
	int fd = listen_at(FIELDS), count;
	struct journal *j = journal_open(&paths);
	char data[8192];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct journal_field fields[] = {
			{ "MESSAGE", values[i] }, { "PRIORITY", "6" },
		};
		const char *got;
		ssize_t n;

		is_int(journal_send(j, fields, 2), 0, "sent");
		n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
		got = n > 0 ? find(data, (size_t)n, "MESSAGE", &count) : NULL;
		is_str(got != NULL ? got : "nothing", values[i],
		    "the value %zu comes as it is", i);
		is_int(count, 2, "... and makes no other field");
		got = n > 0 ? find(data, (size_t)n, "PRIORITY", &count) : NULL;
		is_str(got != NULL ? got : "nothing", "6", "... the next too");
	}
	journal_close(j);
	close(fd);
}

static void
test_long(void)
{
	int fd = listen_at(FIELDS), count;
	struct journal *j = journal_open(&paths);
	static char text[65000], data[70000];
	struct journal_field field = { "MESSAGE", text };
	ssize_t n;

	memset(text, 'x', sizeof(text) - 1);
	is_int(journal_send(j, &field, 1), 0, "64,999 bytes go");
	n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
	ok(n > 0 && find(data, (size_t)n, "MESSAGE", &count) != NULL &&
	    strlen(find(data, (size_t)n, "MESSAGE", &count)) ==
	    sizeof(text) - 1, "... and come whole");
	journal_close(j);
	close(fd);
}

/* The journal is started anew while a program runs. */
static void
test_restart(void)
{
	struct journal_field field = { "MESSAGE", "x" };
	struct journal *j;
	char data[256];
	int fd;

	fd = listen_at(FIELDS);
	j = journal_open(&paths);
	close(fd);
	is_int(journal_send(j, &field, 1), -1, "nobody reads: an error");
	unlink(FIELDS);
	is_int(journal_send(j, &field, 1), -1, "it is gone: an error");
	fd = listen_at(FIELDS);
	is_int(journal_send(j, &field, 1), 0, "another one is there: sent");
	ok(recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0, "... and comes");
	journal_close(j);
	close(fd);
}

static void
test_whose(void)
{
	int fd, other;

	unlink(LOG);
	ok(journal_open(&paths) == NULL, "no log: no journal");
	other = listen_at(LOG);
	ok(journal_open(&paths) == NULL, "the log is someone else's");
	close(other);
	unlink(LOG);
	if (symlink(FIELDS, LOG) != 0)
		scratch_fail("symlink");
	ok(journal_open(&paths) == NULL, "the log is another socket");
	unlink(LOG);
	unlink(OWN);
	scratch_text("own", "");
	if (symlink(OWN, LOG) != 0)
		scratch_fail("symlink");
	ok(journal_open(&paths) == NULL, "a file is no log");
	fd = listen_at(OWN);
	journal_close(NULL);
	close(fd);
}

static void
test_stream(void)
{
	char name[64];
	struct stat st;
	int fd;

	scratch_text("stream", "");
	fd = open("stream", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		scratch_fail("stream");
	unsetenv("JOURNAL_STREAM");
	is_int(journal_has(fd), 0, "no stream goes to the journal");
	snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", name, 1);
	is_int(journal_has(fd), 1, "this one does");
	is_int(journal_has(-1), 0, "... what is closed does not");
	snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + 1);
	setenv("JOURNAL_STREAM", name, 1);
	is_int(journal_has(fd), 0, "another one does");
	unsetenv("JOURNAL_STREAM");
	close(fd);
}

int
main(void)
{
	int fd;

	if (chdir(scratch_path(".")) != 0)
		scratch_fail("chdir");
	fd = listen_at(OWN);
	if (symlink(OWN, LOG) != 0)
		scratch_fail("symlink");
	test_values();
	test_long();
	test_restart();
	close(fd);
	test_whose();
	test_stream();
	return done();
}
