/*
 * A queue for those that need one: see fuzz.h.
 */
#include <config.h>

#include "queue/spool.h"

#include <sys/stat.h>

#include <stdio.h>
#include <unistd.h>

#include "config/settings.h"
#include "queue/error.h"
#include "t/fuzz.h"

static struct spool *spool;
static char directory[64], queue[80], state[80];

static void
leave(void)
{
	spool_close(spool);
	unlink(state);
	rmdir(queue);
	rmdir(directory);
}

struct spool *
fuzz_spool(void)
{
	struct error e;

	if (spool != NULL)
		return spool;
	snprintf(directory, sizeof(directory), "%s/outbox-fuzz.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	check(mkdtemp(directory) != NULL);
	snprintf(queue, sizeof(queue), "%s/queue", directory);
	snprintf(state, sizeof(state), "%s/state", directory);
	check(mkdir(queue, 0700) == 0);
	check((spool = spool_open(directory, &e)) != NULL);
	atexit(leave);
	return spool;
}

static void
report(void *arg, const char *file, int line, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s:%d: %s\n", file, line, text);
}

void
fuzz_settings(struct settings *s, const char *lines)
{
	char text[256];
	int n;

	fuzz_spool();
	n = snprintf(text, sizeof(text), "[queue]\ndirectory = %s\n"
	    "min_free = 0\nmax_size = 4K\n%s", directory, lines);
	check(settings_load(s, fuzz_file((uint8_t *)text, (size_t)n), report,
	    NULL) == 0);
}
