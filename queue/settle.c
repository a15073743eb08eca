/*
 * What is heard of a job: its verdicts, as they come.  settle_end.c is what
 * follows when there are no more.
 */
#include <config.h>

#include "queue/settle.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "config/mailbox.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/event.h"
#include "queue/flush.h"

/* Once, however often it is tried, and not while the site is down. */
static void
log_active(struct flush *f, const struct job *j)
{
	const struct envelope *env = &j->message.env;
	const struct event_message m = { .id = j->message.id,
		.sender = env->sender, .size = env->message,
		.nrcpts = env->nrcpts };

	if (j->entry->told)
		return;
	j->entry->told = 1;
	event_active(f->log, &m);
}

void
settle_log(struct flush *f, const struct job *j, uint32_t rcpt,
    const struct verdict *v, const char *relay)
{
	static const char *const names[] = { "sent", "deferred", "bounced" };
	const struct envelope *env = &j->message.env;
	long long delay = (long long)(clock_wall() - env->arrival);

	const struct event_delivery d = { j->message.id,
		env->rcpts[rcpt].address, relay, delay > 0 ? delay : 0,
		v->status, (v->flags & VERDICT_LOST) != 0 ? "unknown" :
		names[v->action], v->text };

	log_active(f, j);
	event_delivery(f->log, v->action == VERDICT_DELIVERED ? LOG_INFO :
	    LOG_WARNING, &d);
}

/* 1: it is to do, and of this part. */
static int
is_todo(const struct envelope_rcpt *r, enum part part)
{
	return r->mark == ENVELOPE_TODO && part != PART_NONE &&
	    (part == PART_ALL || mailbox_is_local(r->address) ==
	    (part == PART_LOCAL));
}

static int
is_open(const struct job *j, size_t i)
{
	return is_todo(&j->message.env.rcpts[i], j->part) &&
	    j->verdicts[i] == NULL;
}

/* The copy that recipients with the same verdict share: mostly the next have
 * that of the one before. */
static struct verdict *
keep(struct job *j, const struct verdict *v)
{
	struct said *said = j->said;

	if (said != NULL && verdict_is_same(&said->verdict, v))
		return &said->verdict;
	if ((said = j->spare) == NULL &&
	    (said = malloc(sizeof(*said))) == NULL)
		return NULL;
	j->spare = NULL;
	said->verdict = *v;
	said->next = j->said;
	j->said = said;
	return &said->verdict;
}

static void
record(struct flush *f, struct job *j, uint32_t rcpt,
    const struct verdict *v, const char *relay)
{
	struct error e;
	int at_once;

	settle_log(f, j, rcpt, v, relay);
	site_count(f, v->action == VERDICT_DELIVERED ? STATE_DELIVERED :
	    v->action == VERDICT_DEFERRED ? STATE_DEFERRED : STATE_FAILED);
	j->verdicts[rcpt] = keep(j, v);
	j->forgotten |= j->verdicts[rcpt] == NULL;
	/* It takes several transactions, or as many mailboxes, or there was no
	 * memory: should we be killed on the way, those who have it must not
	 * get it again. */
	at_once = j->verdicts[rcpt] == NULL || j->part == PART_LOCAL ||
	    (int64_t)j->nverdicts > f->settings.recipients_per_message;
	if (at_once && v->action == VERDICT_DELIVERED &&
	    spool_mark(&j->message, rcpt, ENVELOPE_DELIVERED, &e) != 0) {
		log_event(f->log, LOG_ERR, "%s", e.text);
		j->unmarked = 1;
	}
}

int
settle_verdict(struct flush *f, struct job *j, uint32_t rcpt,
    const struct verdict *reported, const char *relay)
{
	struct verdict v = *reported;

	if (rcpt >= j->message.env.nrcpts || !is_open(j, rcpt))
		return -1;
	replies_apply(&f->replies, &v);
	if (v.code != 0 && v.scope != VERDICT_SITE)
		schedule_site_works(&f->site);
	if ((v.flags & VERDICT_SLOW) != 0)
		throttle_slow(&f->throttle, clock_now());
	if (v.scope == VERDICT_SENDER)
		site_hold(f, &j->message, &v);
	else if (v.action == VERDICT_DELIVERED && j->part != PART_LOCAL)
		site_lift(f, &j->message);
	record(f, j, rcpt, &v, relay);
	return 0;
}

void
settle_fill(struct flush *f, struct job *j, const struct verdict *v)
{
	size_t i;

	for (i = 0; i < j->nverdicts; i++)
		if (is_open(j, i))
			record(f, j, (uint32_t)i, v, "");
}

int
settle_is_changed(struct flush *f, struct job *j)
{
	const struct envelope *ours = &j->message.env;
	struct envelope env;
	struct error e;
	size_t i;

	if (j->changed)
		return 1;
	if (spool_read(j->message.fd, &env, &e) == SPOOL_OK) {
		j->changed = env.nrcpts != ours->nrcpts;
		for (i = 0; !j->changed && i < env.nrcpts; i++)
			j->changed = strcmp(env.rcpts[i].address,
			    ours->rcpts[i].address) != 0;
		envelope_free(&env);
	}
	if (j->changed)
		log_event(f->log, LOG_ERR, "%s: its recipients were changed "
		    "while it was sent", j->message.id);
	return j->changed;
}

struct job *
settle_new_job(struct flush *f, struct backlog_message *entry,
    struct spool_message *m)
{
	struct job *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return NULL;
	/* What is heard of it, too, has to be kept: no memory means that
	 * nothing is sent. */
	j->verdicts = calloc(m->env.nrcpts, sizeof(*j->verdicts));
	j->spare = malloc(sizeof(*j->spare));
	if (j->verdicts == NULL || j->spare == NULL) {
		free(j->verdicts);
		free(j->spare);
		free(j);
		return NULL;
	}
	j->nverdicts = m->env.nrcpts;
	j->heavy = heavy_is(&m->env);
	f->heavy += (unsigned)j->heavy;
	j->entry = entry;
	j->part = settle_part(f, (enum home)entry->home);
	j->message = *m;
	m->fd = -1;
	memset(&m->env, 0, sizeof(m->env));
	entry->in_flight = 1;
	dispatch_set_due(f, entry, BACKLOG_NEVER);
	return j;
}

void
settle_free(struct job *j)
{
	struct said *said;

	while ((said = j->said) != NULL) {
		j->said = said->next;
		free(said);
	}
	free(j->spare);
	free(j->verdicts);
	spool_release(&j->message);
	free(j);
}

size_t
settle_open(const struct job *j)
{
	size_t i, n = 0;

	for (i = 0; i < j->nverdicts; i++)
		n += is_open(j, i);
	return n;
}

size_t
settle_todo(const struct envelope *env, enum part part)
{
	size_t i, n = 0;

	for (i = 0; i < env->nrcpts; i++)
		n += is_todo(&env->rcpts[i], part);
	return n;
}

enum part
settle_part(const struct flush *f, enum home home)
{
	if (settings_has_local(&f->settings))
		return home == HOME_LOCAL ? PART_LOCAL : PART_SITE;
	return home == HOME_LOCAL ? PART_NONE : PART_ALL;
}

time_t
settle_expiry(const struct flush *f, enum part part, time_t arrival)
{
	time_t expiry;

	if (part != PART_LOCAL && arrival < f->known.kept)
		arrival = (time_t)f->known.kept;
	expiry = arrival + (time_t)f->settings.lifetime;
	return expiry > f->known.spared ? expiry : (time_t)f->known.spared;
}

int
settle_is_expired(const struct flush *f, time_t arrival)
{
	return clock_wall() >= settle_expiry(f, PART_SITE, arrival);
}
