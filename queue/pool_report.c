/*
 * What the workers say, and what follows from it.  One that talks nonsense is
 * killed, and costs a retry of what it had.
 */
#include <config.h>

#include "queue/pool.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "queue/clock.h"
#include "queue/flush.h"

#define YIELD_TIME INT64_C(60000)	/* with the connections that we have */
#define LEAVE_DELAY INT64_C(1000)	/* until the one that comes after */
#define READ_MAX 256			/* reports of one, before the others */

static struct job **
find_job(struct worker *w, uint32_t number)
{
	struct job **j;

	for (j = &w->jobs; *j != NULL && (*j)->number != number;
	    j = &(*j)->next)
		continue;
	return j;
}

/* Job *place has no more verdicts. */
static void
end_job(struct flush *f, struct worker *w, struct job **place)
{
	struct job *j = pool_take_back(w, place);

	w->full = 0;
	/* Undone by a session that goes on, it was tried. */
	settle_job(f, j, !w->failed && !w->closing && !f->stopping,
	    "the delivery process could not send it: see its log");
}

/*
 * Worker w has no session.  While another one has, that does not mean that the
 * site is down: it takes no more connections than these.
 */
static void
fail(struct flush *f, struct worker *w, const struct verdict *v)
{
	const struct worker *other;

	w->failed = 1;
	/* It was begun with another configuration, or is not wanted. */
	if (w->closing)
		return;
	for (other = f->workers; other != NULL; other = other->next)
		if (other->opened && pool_is_usable(other, 0))
			break;
	if (other == NULL || (v->flags & VERDICT_LONG) != 0) {
		site_down(f, v);
		return;
	}
	log_event(f->log, LOG_NOTICE, "smarthost %s: %s; going on with fewer "
	    "connections", f->settings.host, v->text);
	f->more_after = clock_now() + YIELD_TIME;
}

/* text: "relay=host[address]:port, tls=..." */
static void
note_relay(struct worker *w, const char *text)
{
	if (strncmp(text, "relay=", 6) == 0)
		text += 6;
	snprintf(w->relay, sizeof(w->relay), "%.*s",
	    (int)strcspn(text, ","), text);
}

static int
take_session(struct flush *f, struct worker *w, const struct verdict *v)
{
	if (!w->opening || w->failed)
		return -1;
	w->opening = 0;
	w->opened = 1;
	w->moved = clock_now();
	note_relay(w, v->text);
	f->utf8 = (v->flags & VERDICT_UTF8) != 0;
	site_up(f, w->relay, v->text);
	return 0;
}

static int
take_verdict(struct flush *f, struct worker *w, struct job **place,
    const struct handover_report *r)
{
	struct job *j = *place;

	if (j == NULL || ((j->changed || settle_verdict(f, j, r->rcpt,
	    &r->verdict, w->relay) != 0) && !settle_is_changed(f, j)))
		return -1;
	w->moved = clock_now();
	if (r->last)
		end_job(f, w, place);
	return 0;
}

/* All that w said so far is to be on disk before it says QUIT. */
static void
record_all(struct flush *f, struct worker *w)
{
	struct job *j;

	for (j = w->jobs; j != NULL; j = j->next)
		settle_record(f, j);
	settle_sync(f);
	if (handover_send_word(w->fd, HANDOVER_RECORDED) != 0)
		pool_dismiss(w);
}

/* w ends of its own will, and can be replaced by one that can do more. */
static void
let_go(struct flush *f, struct worker *w)
{
	pool_dismiss(w);
	/* If they all go, then not in a circle. */
	if (!f->once)
		f->blocked[HOME_SITE] = clock_now() + LEAVE_DELAY;
}

/* 1: outbox-local may say this; it knows of no site and of no replies. */
static int
is_of_local(const struct handover_report *r)
{
	return r->type == HANDOVER_PROGRESS || r->type == HANDOVER_DONE ||
	    (r->type == HANDOVER_VERDICT && r->verdict.code == 0 &&
	    r->verdict.flags == 0 &&
	    r->verdict.scope == VERDICT_RECIPIENT);
}

/* -1: no worker in its right mind says this now, or of that job. */
static int
take_report(struct flush *f, struct worker *w,
    const struct handover_report *r)
{
	struct job **place = find_job(w, r->job);

	if (w->local && !is_of_local(r))
		return -1;
	switch (r->type) {
	case HANDOVER_OPENING:
		if (!w->opening)
			w->since = clock_now();
		w->opening = 1;
		return w->failed ? -1 : 0;
	case HANDOVER_OPENED:
		return take_session(f, w, &r->verdict);
	case HANDOVER_PROGRESS:
		break;
	case HANDOVER_SITE:
		if (w->failed)
			return -1;
		fail(f, w, &r->verdict);
		break;
	case HANDOVER_VERDICT:
		return take_verdict(f, w, place, r);
	case HANDOVER_DONE:
		if (*place == NULL)
			return -1;
		w->moved = clock_now();
		end_job(f, w, place);
		break;
	case HANDOVER_QUITTING:
		record_all(f, w);
		break;
	case HANDOVER_LEAVING:
		let_go(f, w);
		break;
	}
	return 0;
}

int
pool_read(struct flush *f, struct worker *w)
{
	struct handover_report r;
	int i, rc;

	for (i = 0; w->fd >= 0 && i < READ_MAX; i++) {
		if ((rc = handover_receive_report(w->fd, &r)) == 0)
			return 0;
		if (rc < 0) {
			pool_lose(f, w);
			return 0;
		}
		w->heard = clock_now();
		if (take_report(f, w, &r) != 0) {
			log_event(f->log, LOG_ERR, "worker %ld is not in its "
			    "right mind: killed", (long)w->pid);
			pool_lose(f, w);
		}
	}
	return w->fd >= 0;
}
