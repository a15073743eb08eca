/*
 * From the queue to the workers: find messages, and take those that are due.
 * What is no message goes to aside.c.
 */
#include <config.h>

#include "queue/flush.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/wake.h"

#define SECOND INT64_C(1000)
#define SCAN_INTERVAL (3600 * SECOND)
#define SCAN_PAUSE (5 * SECOND)		/* between two at a user's wish */
#define SCAN_SOON (1 * SECOND)		/* after records were lost */
#define SCAN_AGAIN (60 * SECOND)	/* after one that found not all */
#define BLOCK_DELAY (1 * SECOND)	/* when no worker can be had */
#define FAULT_DELAY (10 * SECOND)	/* after a fault of this machine */
#define MARK_DELAY (60 * SECOND)	/* when a file cannot be written */
#define REPORT_SIZE (2 * 1024 * 1024)	/* ours have no max_size */
#define WAIT_MAX (6 * 3600 * SECOND)	/* longest back-off of a message */
#define FORGOTTEN 5000			/* messages, to be worth a scan */
#define UNTAKEN_MAX 256		/* in a row, before workers are heard */
#define TELL_WAIT (60 * SECOND)		/* for the rate: the log tells */

void
dispatch_set_due(struct flush *f, struct backlog_message *m, int64_t due)
{
	backlog_set_due(f->backlogs[m->home], m, due);
}

/* The entry of a message: any of them.  NULL: it is not known. */
static struct backlog_message *
find_entry(struct flush *f, const char *id)
{
	struct backlog_message *m = NULL;
	int home;

	for (home = 0; home < HOMES && m == NULL; home++)
		m = backlog_find(f->backlogs[home], id);
	return m;
}

/* The next scan is not later than this. */
static void
scan_within(struct flush *f, int64_t delay)
{
	int64_t when = clock_now() + delay;

	if (f->next_scan > when)
		f->next_scan = when;
}

struct backlog_message *
dispatch_bring(struct flush *f, const char *id, uid_t user, enum home home)
{
	struct backlog_message *m = backlog_find(f->backlogs[home], id);

	if (m != NULL) {
		if (m->cause == BACKLOG_SUBMITTER && !m->in_flight)
			dispatch_set_due(f, m, 0);
		return m;
	}
	if ((m = backlog_add(f->backlogs[home], id, user)) == NULL) {
		log_event(f->log, LOG_ERR, "%s: out of memory", id);
		f->deferred = 1;
		scan_within(f, SCAN_AGAIN);
		return NULL;
	}
	m->home = (uint8_t)home;
	m->seen = f->scan;
	m->asked = f->all != 0;
	return m;
}

void
dispatch_try(struct flush *f, const struct backlog_message *m)
{
	if (m != NULL && m->home == HOME_SITE &&
	    f->site.state == SCHEDULE_DOWN && !f->site.long_wait &&
	    m->arrival / 1000000 >= (uint64_t)f->site_probed)
		site_try(f, f->settings.retry_min * SECOND);
}

struct backlog_message *
dispatch_new(struct flush *f, const char *id, uid_t user)
{
	return dispatch_bring(f, id, user,
	    settings_has_local(&f->settings) ? HOME_NEW : HOME_SITE);
}

/* A message of a whole queue: not worth to be read for who wrote it.  Our own
 * files, mail from the socket and reports, have one turn then. */
static int
known(void *arg, const char *id)
{
	struct flush *f = arg;
	struct backlog_message *m;
	int home;

	if (find_entry(f, id) == NULL)
		dispatch_try(f, dispatch_new(f, id,
		    spool_owner(f->spool, id)));
	for (home = 0; home < HOMES; home++)
		if ((m = backlog_find(f->backlogs[home], id)) != NULL)
			m->seen = f->scan;
	return 0;
}

static size_t
count_all(const struct flush *f)
{
	size_t n = 0;
	int home;

	for (home = 0; home < HOMES; home++)
		n += backlog_count(f->backlogs[home]);
	return n;
}

static void
wake_overflow(void *arg)
{
	scan_within(arg, SCAN_SOON);
}

/* One that was just submitted. */
static void
arrived(struct flush *f, const char *id)
{
	struct spool_message message;
	struct stat st;
	struct error e;
	uid_t user;

	/* Who has the group can write any name there. */
	if (spool_stat(f->spool, id, &st) != 0 && errno == ENOENT)
		return;
	user = spool_owner(f->spool, id);
	if (user == geteuid() &&
	    spool_peek(f->spool, id, &message, &e) == SPOOL_OK) {
		user = message.env.uid;
		spool_release(&message);
	}
	dispatch_try(f, dispatch_new(f, id, user));
	/* And make a message, tell of it and remove it, on and on. */
	if (count_all(f) / 2 > f->known_after_scan + FORGOTTEN)
		wake_overflow(f);
}

/* 1: the last scan saw it, or it is there nevertheless. */
static int
is_there(void *arg, struct backlog_message *m)
{
	struct flush *f = arg;
	char id[SPOOL_ID + 1];
	struct stat st;

	if (m->in_flight || m->seen == f->scan)
		return 1;
	backlog_id(m, id);
	return spool_stat(f->spool, id, &st) == 0 || errno != ENOENT;
}

void
dispatch_scan(struct flush *f)
{
	int64_t start = clock_now();
	struct error e;
	int home;

	f->scan = !f->scan;
	f->next_scan = INT64_MAX;
	aside_scan_begins(f);
	if (spool_scan(f->spool, known, aside_stray, f, &e) != 0) {
		log_event(f->log, LOG_ERR, "%s", e.text);
		scan_within(f, SCAN_AGAIN);
	} else for (home = 0; home < HOMES; home++)
		backlog_sweep(f->backlogs[home], is_there, f);
	f->known_after_scan = count_all(f);
	f->scanned = clock_now();
	/* As long as it took, the others have their turn. */
	scan_within(f, aside_has_more(f) ? f->scanned - start + 1 :
	    SCAN_INTERVAL);
}

static void
wake_one(void *arg, const char *id)
{
	struct flush *f = arg;
	struct backlog_message *m;
	int home;

	if (find_entry(f, id) == NULL)
		arrived(f, id);
	else for (home = 0; home < HOMES; home++)
		if ((m = backlog_find(f->backlogs[home], id)) != NULL)
			site_ask_one(f, m);
}

static void
wake_all(void *arg)
{
	struct flush *f = arg;

	/* What was only queued ("-odq") is not known yet.  Any user may ask:
	 * not more often than a scan costs nothing. */
	if (f->next_scan > f->scanned + SCAN_PAUSE)
		f->next_scan = f->scanned + SCAN_PAUSE;
	site_ask_all(f);
}

static const struct wake_calls wake_calls = { wake_one, wake_all,
	wake_overflow };

void
dispatch_wake(struct flush *f)
{
	wake_read(f->wake, &wake_calls, f);
}

/* What is to do in m is not the business of where it is: it was changed, or
 * the configuration was. */
static void
pass(struct flush *f, struct backlog_message *m, const char *id)
{
	dispatch_bring(f, id, m->turn, m->home == HOME_LOCAL ? HOME_SITE :
	    HOME_LOCAL);
	backlog_remove(f->backlogs[m->home], m);
}

/* The last attempt failed for what the site was down for, in this run or in
 * that before. */
static int
is_by_site(const struct flush *f, const struct envelope_retry *retry)
{
	return *f->site_why != '\0' && strncmp(retry->reply, f->site_why,
	    ENVELOPE_REPLY) == 0;
}

/* When the file says that m is due: 0 now, else milliseconds.  While there
 * are recipients elsewhere it speaks of those. */
static int64_t
not_before(const struct flush *f, const struct backlog_message *m,
    const struct envelope *env)
{
	const struct envelope_retry *retry = &env->retry;
	int64_t wait = ((int64_t)retry->next - clock_wall()) * SECOND;
	int64_t most = f->settings.retry_max * SECOND;

	if (retry->held)
		return BACKLOG_NEVER;
	if (m->asked || wait <= 0 || (m->home == HOME_LOCAL &&
	    settle_todo(env, PART_SITE) > 0))
		return 0;
	if (most < WAIT_MAX)
		most = WAIT_MAX;
	/* No wait is that long: the clock was set back.  Its file would say so
	 * each time that it is looked at. */
	return wait > most ? 0 : clock_now() + wait;
}

/* The file of m says that it is not due before then. */
static void
put_off(struct flush *f, struct backlog_message *m,
    struct spool_message *message, int64_t due)
{
	int by_site = m->home == HOME_SITE &&
	    is_by_site(f, &message->env.retry);

	spool_release(message);
	dispatch_set_due(f, m, due);
	if (by_site && due != BACKLOG_NEVER)
		site_waits(f, m);
	if (m->wished && due != BACKLOG_NEVER)
		site_grant(f, m);
	if (due == BACKLOG_NEVER)
		m->asked = 0;	/* it is not to come: its release asks again */
	m->wished = 0;
}

/* No program of ours queues what is larger than this: a sparse file can be, and
 * would take a connection for days.  The settings may have changed, so it is
 * not that nobody hears of it.  NULL: it is not. */
static const struct verdict *
too_large(const struct flush *f, const struct envelope *env,
    struct verdict *v)
{
	uint64_t most = (uint64_t)f->settings.max_size;

	if (env->message <= most + REPORT_SIZE)
		return NULL;
	verdict_set(v, VERDICT_FAILED, VERDICT_MESSAGE, 0, "5.3.4",
	    "the message has %" PRIu64 " bytes, and max_size allows %" PRIu64,
	    env->message, most);
	return v;
}

/* What is too large goes nowhere, and what is for the smarthost as its rules
 * say.  1: not now. */
static int
is_held(struct flush *f, struct job *j)
{
	const struct verdict *held = NULL;
	struct verdict v;

	if (j->part != PART_LOCAL)
		held = site_held(f, &j->message);
	if (held == NULL)
		held = too_large(f, &j->message.env, &v);
	if (held != NULL) {
		settle_all(f, j, held);
		return 1;
	}
	if (j->part == PART_LOCAL)
		return 0;
	throttle_take(&f->throttle, &f->rate, (int64_t)settle_open(j),
	    clock_now());
	f->unsaved |= f->rate.count > 0;
	return 0;
}

/* Take message m, whose turn it is.  0: given away, or put off; 1: its file
 * cannot be taken; -1: no more can be given now. */
static int
dispatch_one(struct flush *f, struct backlog_message *m)
{
	enum home home = (enum home)m->home;
	struct spool_message message;
	enum spool_result result;
	char id[SPOOL_ID + 1];
	struct error e;
	struct job *j;
	int64_t due;
	int rc;

	backlog_id(m, id);
	result = spool_take(f->spool, id, &message, &e);
	if (result != SPOOL_OK) {
		aside_untaken(f, m, id, result, &e);
		return 1;
	}
	if (m->cause == BACKLOG_SUBMITTER)
		m->cause = BACKLOG_ITSELF;	/* that had let it go */
	if (m->delivered != NULL && settle_recall(f, m, &message) != 0 &&
	    envelope_todo(&message.env) > 0) {
		spool_release(&message);
		aside_put_off(f, m, MARK_DELAY);
		f->deferred = 1;
		return 1;
	}
	if (envelope_todo(&message.env) == 0) {
		settle_finished(f, m, &message);
		spool_release(&message);
		return 0;
	}
	if (settle_todo(&message.env, settle_part(f, home)) == 0) {
		spool_release(&message);
		pass(f, m, id);
		return 1;
	}
	if ((due = not_before(f, m, &message.env)) != 0) {
		put_off(f, m, &message, due);
		return 0;
	}
	if (f->heavy > 0 && heavy_is(&message.env)) {
		spool_release(&message);
		heavy_wait(f, m);
		return 1;
	}
	m->put_off = 0;
	m->asked = m->wished = 0;
	if ((j = settle_new_job(f, m, &message)) == NULL) {
		spool_release(&message);
		log_event(f->log, LOG_ERR, "%s: out of memory", id);
		dispatch_set_due(f, m, clock_now() + FAULT_DELAY);
		f->blocked[home] = clock_now() + BLOCK_DELAY;
		f->deferred = 1;
		return -1;
	}
	if (is_held(f, j) || (rc = pool_give(f, j)) == 0)
		return 0;
	settle_job(f, j, 0, "");
	if (rc > 0) {
		f->unfinished = 1;	/* it goes to another, and soon */
		return -1;
	}
	/* No process, descriptor or memory for it: the same for all. */
	f->deferred = 1;
	f->blocked[home] = clock_now() + BLOCK_DELAY;
	return -1;
}

/* 1: the rate, or the smarthost's wish for less, lets a message go. */
static int
is_within_rate(struct flush *f)
{
	int64_t now = clock_now();
	int64_t ready = throttle_ready(&f->throttle, &f->rate, now);

	if (ready <= now)
		return 1;
	if (ready > now + TELL_WAIT && f->told_throttle <= now) {
		log_event(f->log, LOG_NOTICE, "mail waits for the rate: next "
		    "message in %llds",
		    (long long)((ready - now + SECOND - 1) / SECOND));
		f->told_throttle = ready;
	}
	return 0;
}

/* 1: someone is there for one more message, if there is one. */
static int
can_go(struct flush *f, enum home home)
{
	if (clock_now() < f->blocked[home])
		return 0;
	if (home == HOME_LOCAL)
		return pool_has_local_room(f);
	return *f->settings.host != '\0' && pool_has_room(f);
}

static void
give(struct flush *f, enum home home)
{
	struct backlog *b = f->backlogs[home];
	struct backlog_message *m;
	unsigned untaken = 0;
	int rc;

	while (can_go(f, home) &&
	    (m = backlog_first(b, clock_now())) != NULL &&
	    m->due <= clock_now() &&
	    (home == HOME_LOCAL || is_within_rate(f))) {
		if ((rc = dispatch_one(f, m)) < 0)
			break;
		untaken += (unsigned)rc;
		if (untaken == UNTAKEN_MAX) {
			f->unfinished = 1;
			break;
		}
	}
}

void
dispatch_due(struct flush *f)
{
	f->unfinished = 0;
	if (f->stopping)
		return;
	give(f, HOME_LOCAL);
	give(f, HOME_SITE);
}

static int
is_due(const struct flush *f, enum home home, int64_t now)
{
	const struct backlog_message *m =
	    backlog_first(f->backlogs[home], now);

	return m != NULL && m->due <= now;
}

int
dispatch_has_work(struct flush *f)
{
	int64_t now = clock_now();

	if (is_due(f, HOME_NEW, now) || (is_due(f, HOME_LOCAL, now) &&
	    f->blocked[HOME_LOCAL] <= now))
		return 1;
	return is_due(f, HOME_SITE, now) && *f->settings.host != '\0' &&
	    f->blocked[HOME_SITE] <= now &&
	    (f->site.state != SCHEDULE_DOWN ||
	    schedule_site_due(&f->site) <= now);
}

int
dispatch_is_due(struct flush *f)
{
	int64_t now = clock_now();

	return is_due(f, HOME_LOCAL, now) || is_due(f, HOME_SITE, now);
}

/* One that its submitter still had is due when it has it no more. */
static int
look_again(void *arg, const char *id)
{
	struct flush *f = arg;
	struct backlog_message *m = find_entry(f, id);
	struct spool_message message;
	struct error e;

	if (m == NULL)
		return known(f, id);
	if (m->cause == BACKLOG_SUBMITTER &&
	    spool_take(f->spool, id, &message, &e) == SPOOL_OK) {
		spool_release(&message);
		dispatch_set_due(f, m, clock_now());
	}
	return 0;
}

int
dispatch_has_more(struct flush *f)
{
	struct error e;

	if (!f->once || f->terminated)
		return 0;
	spool_unlock(f->spool);
	if (spool_scan(f->spool, look_again, NULL, f, &e) != 0) {
		f->deferred = 1;	/* who knows what is there */
		return 0;
	}
	if (!dispatch_has_work(f))
		return 0;
	if (spool_lock(f->spool, &e) != 0) {
		/* Another one does the work, or nobody can. */
		f->deferred |= e.number != EWOULDBLOCK;
		return 0;
	}
	f->stopping = 0;
	return 1;
}
