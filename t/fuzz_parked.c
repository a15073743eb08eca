/*
 * Any names of files, with a "/" between them, in the queue: each is listed
 * once, as an ID or as a stray, moves to failed/ under its name, is listed
 * there in the same way, and moves back.
 */
#include <config.h>

#include "queue/spool.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "t/fuzz.h"

#define MOST 16			/* names */

struct names {
	char list[MOST][NAME_MAX + 1];
	unsigned seen[MOST];
	size_t n;
};

static size_t
find(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n && strcmp(names->list[i], name) != 0; i++)
		continue;
	return i;
}

static void
note(struct names *names, const char *name, int is_id)
{
	size_t i = find(names, name), hex;

	check(i < names->n);
	names->seen[i]++;
	hex = strspn(name, "0123456789ABCDEF");
	check(is_id == (hex == SPOOL_ID && name[hex] == '\0'));
}

static int
each(void *arg, const char *id)
{
	note(arg, id, 1);
	return 0;
}

static void
stray(void *arg, const char *name)
{
	note(arg, name, 0);
}

/* All are there, and nothing else, or none is. */
static void
check_all(struct spool *s, struct names *names, unsigned times)
{
	struct error e;
	size_t i;

	memset(names->seen, 0, sizeof(names->seen));
	check(spool_scan(s, each, stray, names, &e) == 0);
	for (i = 0; i < names->n; i++)
		check(names->seen[i] == times);
}

static void
make(struct spool *s, struct names *names, const char *name, size_t len)
{
	char path[NAME_MAX + sizeof("queue/")];
	char *own = names->list[names->n];
	int fd;

	if (len == 0 || len > NAME_MAX)
		return;
	memcpy(own, name, len);
	own[len] = '\0';
	if (*own == '\0' || strcmp(own, ".") == 0 || strcmp(own, "..") == 0)
		return;
	memcpy(path, "queue/", 6);
	memcpy(path + 6, own, strlen(own) + 1);
	fd = openat(spool_directory(s), path, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		return;		/* there already */
	close(fd);
	names->n++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct names names = { .n = 0 };
	const char *p = (const char *)data, *end = p + size, *slash;
	struct spool *s = fuzz_spool(), *failed;
	struct error e;
	size_t i;

	check(spool_check(s, &e) == 0);
	for (; p < end && names.n < MOST; p = slash + 1) {
		slash = memchr(p, '/', (size_t)(end - p));
		slash = slash != NULL ? slash : end;
		make(s, &names, p, (size_t)(slash - p));
	}
	check_all(s, &names, 1);
	for (i = 0; i < names.n; i++)
		check(spool_park(s, names.list[i], &e) == 0);
	check_all(s, &names, 0);
	check((failed = spool_open_failed(s, &e)) != NULL);
	check_all(failed, &names, 1);
	for (i = 0; i < names.n; i++)
		check(spool_unpark(failed, s, names.list[i], &e) == 0);
	check_all(failed, &names, 0);
	check_all(s, &names, 1);
	for (i = 0; i < names.n; i++)
		check(spool_remove_name(s, names.list[i], &e) == 0);
	spool_close(failed);
	check(unlinkat(spool_directory(s), "failed", AT_REMOVEDIR) == 0);
	return 0;
}
