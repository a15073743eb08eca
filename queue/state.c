/*
 * The state file: see state.h.
 */
#include <config.h>

#include "queue/state.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/spool.h"

#define HEAD "OS4\n"
#define FILE_MAX 4096
#define HOUR 3600
#define TIME_MAX (INT64_C(1) << 40)
#define RATE_MAX 1000000	/* as in the configuration */
#define PERIOD_MAX (7 * 86400)
#define COUNT(name, member) \
	{ "delivered_" name, offsetof(struct state, member[0]), INT64_MAX }, \
	{ "deferred_" name, offsetof(struct state, member[1]), INT64_MAX }, \
	{ "failed_" name, offsetof(struct state, member[2]), INT64_MAX }

static const struct field {
	const char *name;
	size_t offset;
	int64_t max;
} fields[] = {
	{ "down", offsetof(struct state, down), 1 },
	{ "long", offsetof(struct state, long_wait), 1 },
	{ "failures", offsetof(struct state, failures), 1000000 },
	{ "next", offsetof(struct state, next), TIME_MAX },
	{ "probed", offsetof(struct state, probed), TIME_MAX },
	{ "asked", offsetof(struct state, asked), TIME_MAX },
	{ "paid", offsetof(struct state, paid), TIME_MAX },
	{ "rate", offsetof(struct state, rate), RATE_MAX },
	{ "period", offsetof(struct state, period), PERIOD_MAX },
	{ "seen", offsetof(struct state, seen), INT64_MAX },
	{ "fell", offsetof(struct state, fell), TIME_MAX },
	{ "opened", offsetof(struct state, opened), TIME_MAX },
	{ "delivered", offsetof(struct state, delivered), TIME_MAX },
	{ "slow", offsetof(struct state, slow), 1 },
	{ "pass", offsetof(struct state, pass), TIME_MAX },
	{ "interval", offsetof(struct state, interval), TIME_MAX },
	{ "kept", offsetof(struct state, kept), TIME_MAX },
	{ "spared", offsetof(struct state, spared), TIME_MAX },
	{ "hour", offsetof(struct state, hour), TIME_MAX },
	COUNT("all", counts),
	COUNT("now", now),
	COUNT("before", before),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* "name 123\n" at *p. */
static int
parse_field(const char **p, const struct field *f, struct state *st)
{
	size_t len = strlen(f->name);
	char *end;
	long long value;

	if (strncmp(*p, f->name, len) != 0 || (*p)[len] != ' ' ||
	    (*p)[len + 1] < '0' || (*p)[len + 1] > '9')
		return -1;
	errno = 0;
	value = strtoll(*p + len + 1, &end, 10);
	if (errno != 0 || *end != '\n' || value > f->max)
		return -1;
	*(int64_t *)(void *)((char *)st + f->offset) = value;
	*p = end + 1;
	return 0;
}

/* A line of text. */
static int
parse_text(const char **p, char text[STATE_WHY])
{
	size_t len = strcspn(*p, "\n");

	if ((*p)[len] != '\n' || len >= STATE_WHY)
		return -1;
	memcpy(text, *p, len);
	text[len] = '\0';
	*p += len + 1;
	return envelope_is_safe(text) ? 0 : -1;
}

static int
parse(const char *p, struct state *st)
{
	size_t i;

	if (strncmp(p, HEAD, strlen(HEAD)) != 0)
		return -1;
	p += strlen(HEAD);
	for (i = 0; i < FIELDS; i++)
		if (parse_field(&p, &fields[i], st) != 0)
			return -1;
	return parse_text(&p, st->why) == 0 &&
	    parse_text(&p, st->session) == 0 && *p == '\0' ? 0 : -1;
}

int
state_read(const struct spool *s, struct state *st)
{
	int fd = openat(spool_directory(s), "state", O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc = -1;
	struct stat directory, file;
	char text[FILE_MAX];
	ssize_t n;

	memset(st, 0, sizeof(*st));
	if (fd < 0)
		return -1;
	if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
	    fstat(spool_directory(s), &directory) == 0 &&
	    file.st_uid == directory.st_uid &&
	    (n = read(fd, text, sizeof(text) - 1)) > 0 &&
	    memchr(text, '\0', (size_t)n) == NULL) {
		text[n] = '\0';
		rc = parse(text, st);
	}
	close(fd);
	return rc;
}

int
state_write(const struct spool *s, const struct state *st, struct error *e)
{
	struct buffer text = BUFFER_INIT;
	int fd, rc = -1;
	size_t i;

	buffer_addf(&text, HEAD);
	for (i = 0; i < FIELDS; i++)
		buffer_addf(&text, "%s %" PRId64 "\n", fields[i].name,
		    *(const int64_t *)(const void *)((const char *)st +
		    fields[i].offset));
	buffer_addf(&text, "%s\n%s\n", st->why, st->session);
	fd = openat(spool_directory(s), "state.new", O_WRONLY | O_CREAT |
	    O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	if (fd >= 0) {
		/* For mailq to read, whatever our umask. */
		if (!text.failed && fchmod(fd, 0644) == 0 &&
		    write(fd, text.data, text.len) == (ssize_t)text.len)
			rc = 0;
		close(fd);
	}
	if (rc == 0)
		rc = renameat(spool_directory(s), "state.new",
		    spool_directory(s), "state");
	buffer_free(&text);
	return rc == 0 ? 0 : error_sys(e, "cannot write the state file");
}

/* Begin the hour of now. */
static void
turn(struct state *st, int64_t now)
{
	int64_t hour = now / HOUR;

	if (hour == st->hour)
		return;
	if (hour == st->hour + 1)
		memcpy(st->before, st->now, sizeof(st->before));
	else
		memset(st->before, 0, sizeof(st->before));
	memset(st->now, 0, sizeof(st->now));
	st->hour = hour;
}

void
state_add(struct state *st, enum state_count what, int64_t now)
{
	turn(st, now);
	st->counts[what]++;
	st->now[what]++;
}

int64_t
state_rate(const struct state *st, enum state_count what, int64_t now)
{
	struct state turned = *st;

	turn(&turned, now);
	/* As if those of the hour before had come evenly. */
	return turned.now[what] + (int64_t)((double)turned.before[what] *
	    (double)(HOUR - now % HOUR) / HOUR);
}
