/*
 * Messages for tests: see sample.h.
 */
#include <config.h>

#include "t/sample.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "queue/error.h"
#include "t/scratch.h"

#define RCPTS 16

struct spool *
sample_open(void)
{
	struct error e;
	struct spool *s = spool_open(scratch_queue(), &e);

	if (s == NULL)
		scratch_fail(e.text);
	return s;
}

const char *
sample_put(struct spool *s, const char *const *rcpts, const void *data,
    size_t len)
{
	static char id[SPOOL_ID + 1];
	struct envelope_rcpt list[RCPTS];
	struct envelope env = { .arrival = time(NULL), .uid = 1000,
		.sender = "alice@example.org", .rcpts = list };
	struct envelope_facts facts = { .longest = 78 };
	struct spool_draft *d;
	struct error e;

	memset(list, 0, sizeof(list));
	for (; *rcpts != NULL && env.nrcpts < RCPTS; rcpts++) {
		list[env.nrcpts].address = *rcpts;
		list[env.nrcpts++].mark = ENVELOPE_TODO;
	}
	if ((d = spool_begin(s, &env, &e)) == NULL ||
	    spool_write(d, data, len, &e) != 0)
		scratch_fail(e.text);
	memcpy(id, spool_draft_id(d), sizeof(id));
	if (spool_commit(d, &facts, &e) != 0)
		scratch_fail(e.text);
	return id;
}

const char *
sample_put_one(struct spool *s)
{
	static const char *const rcpts[] = { "bob@example.net", NULL };
	static const char text[] = "Subject: t\r\n\r\nhello\r\n";

	return sample_put(s, rcpts, text, sizeof(text) - 1);
}

void
sample_take(struct spool *s, const char *id, struct spool_message *m)
{
	struct error e;

	if (spool_take(s, id, m, &e) != SPOOL_OK)
		scratch_fail(e.text);
}

const char *
sample_path(const char *directory, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%.200s", directory, name);
	return scratch_path(path);
}
