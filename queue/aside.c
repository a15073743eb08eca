/*
 * What lies in queue/ and is no mail, or cannot be read: it goes out of the
 * way, a little at a time, and the log has some lines of it and then their
 * number.  Whoever has the queue's group can make a hundred thousand such
 * files, and mail goes beside them.
 */
#include <config.h>

#include "queue/flush.h"

#include <syslog.h>

#include "queue/clock.h"
#include "queue/error.h"

#define SECOND INT64_C(1000)
#define LINES_TIME (60 * SECOND)
#define LINES_MAX 100		/* in that time */
#define STRAYS_MAX 500		/* names that are no ID, in one scan */
#define PUT_OFF_MAX 6		/* times that the wait doubles */
#define BUSY_DELAY (1 * SECOND)
#define FAULT_DELAY (10 * SECOND)
#define PARK_DELAY (3600 * SECOND)	/* when it cannot be moved */

/* 1: the log may have one more line about such a file. */
static int
may_tell(struct flush *f)
{
	struct aside *a = &f->aside;

	aside_tend(f, 0);
	if (a->lines < LINES_MAX) {
		a->lines++;
		return 1;
	}
	if (a->more++ == 0)
		log_event(f->log, LOG_ERR, "more files in the queue that are "
		    "no mail, or cannot be read: from now on the log has "
		    "their number, once a minute");
	return 0;
}

int64_t
aside_tend(struct flush *f, int end)
{
	struct aside *a = &f->aside;
	int64_t now = clock_now();

	if (!end && now < a->until)
		return a->more > 0 ? a->until : INT64_MAX;
	if (a->more > 0)
		log_event(f->log, LOG_ERR, "%lu more times a file in the "
		    "queue was no mail, or could not be read", a->more);
	a->lines = 0;
	a->more = 0;
	a->until = now + LINES_TIME;
	return INT64_MAX;
}

/* Move what is no message, or cannot be one, out of the way. */
static int
put_aside(struct flush *f, const char *name, const char *why)
{
	struct error e;

	if (spool_park(f->spool, name, &e) == 0) {
		if (may_tell(f))
			log_event(f->log, LOG_ERR, "%s: %s, moved to failed/",
			    name, why);
		settle_removed(f);
		return 0;
	}
	/* A directory of another user cannot be moved. */
	if (spool_remove_directory(f->spool, name) == 0) {
		if (may_tell(f))
			log_event(f->log, LOG_ERR, "%s: an empty directory, "
			    "removed", name);
		return 0;
	}
	if (may_tell(f))
		log_event(f->log, LOG_ERR, "%s: %s; %s", name, why, e.text);
	return -1;
}

void
aside_scan_begins(struct flush *f)
{
	f->aside.strays = 0;
}

int
aside_has_more(const struct flush *f)
{
	return f->aside.strays >= STRAYS_MAX;
}

void
aside_stray(void *arg, const char *name)
{
	struct flush *f = arg;
	struct error e;

	if (aside_has_more(f))
		return;
	if (*name != '.') {
		f->aside.strays += put_aside(f, name, "not a message") == 0;
		return;
	}
	/* A draft of the fallback; most are being written. */
	if (spool_discard_short(f->spool, name, &e) == 0) {
		f->aside.strays++;
		if (may_tell(f))
			log_event(f->log, LOG_NOTICE, "%s: a dead draft, "
			    "removed", name);
	}
}

void
aside_put_off(struct flush *f, struct backlog_message *m, int64_t delay)
{
	dispatch_set_due(f, m, clock_now() + (delay << m->put_off));
	if (m->put_off < PUT_OFF_MAX)
		m->put_off++;
}

static int
discard(struct flush *f, const char *id, const char *why)
{
	struct error e;
	int rc = spool_discard_short(f->spool, id, &e);

	if (may_tell(f))
		log_event(f->log, LOG_NOTICE, "%s: %s%s%s", id, why,
		    rc == 0 ? ", removed" : "; ", rc == 0 ? "" : e.text);
	return rc;
}

void
aside_untaken(struct flush *f, struct backlog_message *m, const char *id,
    enum spool_result result, const struct error *why)
{
	int rc = 0;

	switch (result) {
	case SPOOL_OK:
		return;
	case SPOOL_BUSY:	/* its submitter will wake us */
		m->cause = BACKLOG_SUBMITTER;
		aside_put_off(f, m, BUSY_DELAY);
		return;
	case SPOOL_ERROR:
		if (may_tell(f))
			log_event(f->log, LOG_ERR, "%s: %s", id, why->text);
		aside_put_off(f, m, FAULT_DELAY);
		f->deferred = 1;
		return;
	case SPOOL_GONE:
		break;
	case SPOOL_SHORT:
		rc = discard(f, id, why->text);
		break;
	case SPOOL_BAD:
		rc = put_aside(f, id, why->text);
		break;
	}
	if (rc == 0) {
		backlog_remove(f->backlogs[m->home], m);
		return;
	}
	/* Forgotten, it would be found again at once. */
	dispatch_set_due(f, m, clock_now() + PARK_DELAY);
	f->deferred = 1;
}
