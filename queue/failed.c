/*
 * failed/ does not grow for ever: what nobody looked at for long, and the
 * oldest of what is too much, is removed, each with a line in the log.  These
 * files are the only copy: all that is not certain stays.
 */
#include <config.h>

#include "queue/flush.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "queue/clock.h"
#include "queue/error.h"

#define INTERVAL INT64_C(3600000)	/* milliseconds between two looks */
#define PAUSE INT64_C(1000)		/* when there is more to remove */
#define REMOVE_MAX 1000			/* files in one go: mail waits */

struct file {
	char *name;
	time_t time;
	uint64_t size;
	int message;			/* its name is an ID */
};

struct listing {
	struct spool *failed;
	struct file *files;
	size_t n, size;
	uint64_t bytes;
};

static int
add(struct listing *l, const char *name, int message)
{
	struct stat st;
	struct file *file;

	/* What has gone meanwhile, or is a directory, is not ours to remove. */
	if (spool_stat(l->failed, name, &st) != 0 || S_ISDIR(st.st_mode))
		return 0;
	if (l->n == l->size) {
		size_t size = l->size == 0 ? 64 : l->size * 2;
		void *files = reallocarray(l->files, size,
		    sizeof(*l->files));

		if (files == NULL)
			return -1;
		l->files = files;
		l->size = size;
	}
	file = &l->files[l->n];
	if ((file->name = strdup(name)) == NULL)
		return -1;
	file->time = st.st_mtim.tv_sec;
	/* A sparse file takes less than it says. */
	file->size = (uint64_t)st.st_blocks * 512;
	if (file->size > (uint64_t)st.st_size)
		file->size = (uint64_t)st.st_size;
	file->message = message;
	l->bytes += file->size;
	l->n++;
	return 0;
}

static int
each(void *arg, const char *id)
{
	return add(arg, id, 1);
}

static void
stray(void *arg, const char *name)
{
	add(arg, name, 0);
}

static int
by_age(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Unlink it.  A message is locked for that: who looks at it, or moves it, is
 * not disturbed, and the log can say whose it was.  0, or -1: it stays. */
static int
remove_file(struct flush *f, struct spool *failed, const struct file *file,
    const char *why)
{
	struct spool_message m = { .fd = -1 };
	enum spool_result result = SPOOL_BAD;
	struct error e;
	int rc;

	if (file->message)
		result = spool_take(failed, file->name, &m, &e);
	if (result == SPOOL_BUSY || result == SPOOL_GONE ||
	    result == SPOOL_ERROR)
		return -1;
	rc = spool_remove_name(failed, file->name, &e);
	if (rc != 0)
		log_event(f->log, LOG_ERR, "failed/: %s", e.text);
	else if (result == SPOOL_OK)
		log_event(f->log, LOG_WARNING, "%s: removed from failed/: "
		    "from=<%s>, size=%llu, %s", file->name, m.env.sender,
		    (unsigned long long)file->size, why);
	else
		log_event(f->log, LOG_WARNING, "%s: removed from failed/: no "
		    "message, size=%llu, %s", file->name,
		    (unsigned long long)file->size, why);
	if (result == SPOOL_OK)
		spool_release(&m);
	return rc;
}

/* Why file is to go; NULL: it stays. */
static const char *
why_remove(const struct settings *s, const struct file *file, uint64_t bytes)
{
	if (s->failed_lifetime > 0 &&
	    clock_wall() - file->time >= s->failed_lifetime)
		return "it was there for failed_lifetime";
	if (s->failed_size > 0 && bytes > (uint64_t)s->failed_size)
		return "it was the oldest, and all were larger than "
		    "failed_size";
	return NULL;
}

/* 1: there is more to remove. */
static int
clean(struct flush *f, struct listing *l)
{
	const char *why;
	unsigned removed = 0;
	size_t i;

	qsort(l->files, l->n, sizeof(*l->files), by_age);
	for (i = 0; i < l->n; i++) {
		why = why_remove(&f->settings, &l->files[i], l->bytes);
		if (why == NULL)
			return 0;	/* the others are younger */
		if (removed == REMOVE_MAX)
			return 1;
		removed += remove_file(f, l->failed, &l->files[i], why) == 0;
		/* Should it stay, no younger one goes in its place. */
		l->bytes -= l->files[i].size;
	}
	return 0;
}

/* The clock was set, or nobody was there to look into failed/: who comes back
 * has the whole time again. */
static void
begin_anew(struct flush *f, struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (spool_touch(l->failed, l->files[i].name) == 0)
			l->files[i].time = clock_wall();
	f->failed_anew = 0;
	if (l->n > 0)
		log_event(f->log, LOG_NOTICE, "failed/: the clock was set, or "
		    "the machine away for long: failed_lifetime begins anew");
}

int64_t
failed_tend(struct flush *f, int64_t now)
{
	struct listing l = { .n = 0 };
	struct error e;

	if (f->settings.failed_lifetime == 0 && f->settings.failed_size == 0)
		return INT64_MAX;
	if (now < f->next_clean)
		return f->next_clean;
	f->next_clean = now + INTERVAL;
	if ((l.failed = spool_open_failed(f->spool, &e)) == NULL ||
	    spool_scan(l.failed, each, stray, &l, &e) < 0)
		log_event(f->log, LOG_ERR, "failed/ is not cleaned: %s",
		    e.text);
	else {
		if (f->failed_anew)
			begin_anew(f, &l);
		if (l.n > 0 && clean(f, &l))
			f->next_clean = now + PAUSE;
	}
	while (l.n > 0)
		free(l.files[--l.n].name);
	free(l.files);
	spool_close(l.failed);
	return f->next_clean;
}
