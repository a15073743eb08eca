/*
 * Who hears of what became of a message, and how often.  A smarthost that
 * refuses everything must not make as many reports: above a number in an hour
 * failures are kept in failed/ instead, and one summary names them.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/flush.h"
#include "queue/report.h"

#define HOUR INT64_C(3600000)
#define SUMMARY_MAX 262144	/* bytes of names in a summary */

/* Queue b, which lacks what all have.  0, or -1: the log says why. */
static int
queue(struct flush *f, struct bounce *b, char id[SPOOL_ID + 1])
{
	struct error e;

	if (report_queue(f->spool, &f->settings, &f->host, b, id, &e) == 0)
		return 0;
	log_event(f->log, LOG_ERR, "%s: cannot report to <%s>: %s",
	    b->message != NULL ? b->message->id : "summary", b->to[0],
	    e.text);
	return -1;
}

/* Report on the recipients whose verdicts are in list. */
static int
report(struct flush *f, struct job *j, enum bounce_kind kind,
    struct verdict *const *list, const struct report_to *to)
{
	static const char *const names[] = { "non-delivery", "delay",
		"delivery status", "delivery status" };
	struct bounce b = { .kind = kind, .to = to->list, .nto = to->n,
		.message = &j->message,
		.verdicts = list, .utf8 = f->utf8,
		.until = settle_expiry(f, j->part, j->message.env.arrival) };
	const struct log_about about = { "bounce", NULL, 0 };
	char id[SPOOL_ID + 1];

	if (queue(f, &b, id) != 0)
		return -1;
	log_about(f->log, LOG_INFO, &about, "%s: sender %s notification: %s",
	    j->message.id, names[kind], id);
	dispatch_new(f, id, geteuid());
	return 0;
}

/* Verdicts of one action, with these flags, of recipients that want such a
 * report. */
static struct verdict **
select_wanted(const struct job *j, enum verdict_action action, unsigned flags,
    enum bounce_kind kind, size_t *count)
{
	const struct envelope *env = &j->message.env;
	struct verdict **list = calloc(env->nrcpts, sizeof(*list));
	size_t i;

	*count = 0;
	for (i = 0; list != NULL && i < env->nrcpts; i++) {
		if (j->verdicts[i] == NULL ||
		    j->verdicts[i]->action != action ||
		    (j->verdicts[i]->flags & flags) != flags ||
		    !bounce_is_wanted(&env->rcpts[i], kind))
			continue;
		list[i] = j->verdicts[i];
		++*count;
	}
	return list;
}

static void
summarise(struct flush *f, int end)
{
	struct reports *r = &f->reports;
	const char *to = f->settings.bounce_to;
	struct bounce b = { .kind = BOUNCE_SUMMARY, .to = &to, .nto = 1,
		.count = r->held, .summary = &r->list };
	char id[SPOOL_ID + 1];

	log_event(f->log, LOG_ERR, "%u messages failed without a report: they "
	    "are in failed/", r->held);
	if (*to == '\0' || queue(f, &b, id) != 0)
		return;
	log_event(f->log, LOG_NOTICE, "%s: a summary for <%s>", id, to);
	if (!end)
		dispatch_new(f, id, geteuid());
}

int64_t
tell_tend(struct flush *f, int end)
{
	struct reports *r = &f->reports;
	int64_t now = clock_now();

	if (!end && now < r->until)
		return r->held > 0 ? r->until : INT64_MAX;
	if (r->held > 0)
		summarise(f, end);
	buffer_free(&r->list);
	*r = (struct reports){ .until = now + HOUR };
	return INT64_MAX;
}

/* 1: one more of at most this many can go in this hour. */
static int
is_within(struct flush *f, int64_t most)
{
	tell_tend(f, 0);
	return f->settings.reports_per_hour == 0 || f->reports.sent < most;
}

/* Keep the failures in list for the summary. */
static void
hold_back(struct flush *f, const struct job *j, struct verdict *const *list)
{
	struct reports *r = &f->reports;
	size_t i;

	if (r->held++ == 0)
		log_event(f->log, LOG_ERR, "%lld reports in an hour: no more "
		    "of them; what fails until then is kept in failed/",
		    (long long)f->settings.reports_per_hour);
	for (i = 0; i < j->message.env.nrcpts; i++)
		if (list[i] != NULL && r->list.len < SUMMARY_MAX)
			bounce_add_line(&r->list, &j->message, i, list[i]);
}

/* The file says that it is to be parked before it says that it is done, on the
 * disk, too: else it would be removed, should we be killed, or the power fail,
 * between the two. */
static int
park_later(struct flush *f, struct job *j, const struct verdict *why)
{
	struct envelope_retry retry = j->message.env.retry;
	struct error e;

	retry.park = 1;
	snprintf(retry.reply, sizeof(retry.reply), "%.*s", ENVELOPE_REPLY,
	    why->text);
	if (spool_retry(&j->message, &retry, &e) == 0 &&
	    spool_sync(&j->message, &e) == 0)
		return 0;
	log_event(f->log, LOG_ERR, "%s", e.text);
	return -1;
}

static const struct verdict *
first(struct verdict *const *list)
{
	while (*list == NULL)
		list++;
	return *list;
}

/* Who hears of j.  -1: it cannot be known now. */
static int
find_reader(struct flush *f, const struct job *j, struct report_to *to)
{
	struct error e;

	if (report_to(to, &f->settings, &f->host, f->log,
	    j->message.env.sender, &e) == 0)
		return 0;
	log_event(f->log, LOG_ERR, "%s: cannot report: %s", j->message.id,
	    e.text);
	return -1;
}

/* The failures in list. */
static int
tell(struct flush *f, struct job *j, struct verdict *const *list)
{
	struct report_to to;
	int rc;

	if (find_reader(f, j, &to) != 0)
		return -1;
	if (to.n > 0 && is_within(f, f->settings.reports_per_hour)) {
		rc = report(f, j, BOUNCE_FAILED, list, &to);
		f->reports.sent++;
	} else {
		rc = park_later(f, j, first(list));
		if (rc == 0 && to.n > 0)
			hold_back(f, j, list);
	}
	report_free(&to);
	return rc;
}

int
tell_failures(struct flush *f, struct job *j)
{
	struct verdict **list;
	size_t count;
	int rc = 0;

	list = select_wanted(j, VERDICT_FAILED, 0, BOUNCE_FAILED, &count);
	if (list == NULL)
		return -1;
	if (count > 0)
		rc = tell(f, j, list);
	free(list);
	return rc;
}

/* 0: it is told, or nobody wants to know it; -1: it is not. */
static int
tell_late(struct flush *f, struct job *j)
{
	struct verdict **list;
	struct report_to to;
	size_t count;
	int rc = -1;

	if (find_reader(f, j, &to) != 0)
		return -1;
	list = to.n == 0 ? NULL : select_wanted(j, VERDICT_DEFERRED, 0,
	    BOUNCE_DELAYED, &count);
	if (list != NULL) {
		f->reports.sent += count > 0;
		rc = count == 0 ? 0 : report(f, j, BOUNCE_DELAYED, list, &to);
	}
	free(list);
	report_free(&to);
	return rc;
}

void
tell_delay(struct flush *f, struct job *j, struct envelope_retry *retry)
{
	/* Half of the reports at most: the others are for failures.  What does
	 * not go now goes after a later attempt. */
	if (!retry->warned && *j->message.env.sender != '\0' &&
	    f->settings.warn_after > 0 && clock_wall() -
	    j->message.env.arrival >= f->settings.warn_after &&
	    is_within(f, (f->settings.reports_per_hour + 1) / 2) &&
	    tell_late(f, j) == 0)
		retry->warned = 1;
}

void
tell_success(struct flush *f, struct job *j)
{
	int here = j->part == PART_LOCAL;
	enum bounce_kind kind = here ? BOUNCE_DELIVERED : BOUNCE_RELAYED;
	struct verdict **list;
	struct report_to to;
	size_t count;

	list = select_wanted(j, VERDICT_DELIVERED, here ? 0 :
	    VERDICT_RELAYED, kind, &count);
	if (list != NULL && count > 0 && find_reader(f, j, &to) == 0) {
		if (to.n > 0)
			report(f, j, kind, list, &to);
		report_free(&to);
	}
	free(list);
}
