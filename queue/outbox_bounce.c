/*
 * outbox bounce: give up, and tell the sender.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "config/host.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/event.h"
#include "queue/log.h"
#include "queue/outbox.h"
#include "queue/report.h"
#include "queue/verdict.h"
#include "queue/wake.h"

/* The report, unless no recipient's sender wants one. */
static int
report(struct tool *t, const struct spool_message *m, const struct host *host,
    const struct report_to *to, struct error *e)
{
	const struct envelope *env = &m->env;
	struct verdict v, **list = calloc(env->nrcpts, sizeof(*list));
	struct bounce b = { .kind = BOUNCE_FAILED, .to = to->list,
		.nto = to->n, .message = m, .verdicts = list };
	const struct log_about about = { "bounce", NULL, 0 };
	char id[SPOOL_ID + 1];
	size_t i, n = 0;
	int rc = 0;

	if (list == NULL)
		return error_memory(e);
	verdict_set(&v, VERDICT_FAILED, VERDICT_MESSAGE, 0, "5.0.0",
	    "returned by the operator%s%s", *env->retry.reply != '\0' ?
	    "; last: " : "", env->retry.reply);
	for (i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].mark == ENVELOPE_TODO &&
		    bounce_is_wanted(&env->rcpts[i], BOUNCE_FAILED)) {
			list[i] = &v;
			n++;
		}
	if (n > 0)
		rc = report_queue(t->spool, &t->settings, host, &b, id, e);
	if (n > 0 && rc == 0) {
		log_about(t->log, LOG_INFO, &about, "%s: sender non-delivery "
		    "notification: %s", m->id, id);
		wake_message(t->spool, id);
	}
	free(list);
	return rc;
}

/* Who is to know of it gets the report. */
static int
report_back(struct tool *t, const struct spool_message *m, struct error *e)
{
	struct report_to to;
	struct host host;
	int rc;

	if (host_init(&host, t->settings.domain, &host_system) != 0)
		return error_memory(e);
	rc = report_to(&to, &t->settings, &host, t->log, m->env.sender, e);
	if (rc == 0) {
		rc = to.n > 0 ? report(t, m, &host, &to, e) : error_set(e,
		    "%s cannot be returned: nobody can be told at <%s>; "
		    "delete it instead, or set bounce_to", m->id,
		    m->env.sender);
		report_free(&to);
	}
	host_free(&host);
	return rc;
}

static void
log_bounced(struct tool *t, const struct spool_message *m, size_t i)
{
	long long delay = (long long)(clock_wall() - m->env.arrival);
	char text[64];
	const struct event_delivery d = { m->id, m->env.rcpts[i].address, "",
		delay > 0 ? delay : 0, "5.0.0", "bounced", text };

	snprintf(text, sizeof(text), "returned by uid=%lu",
	    (unsigned long)getuid());
	event_delivery(t->log, LOG_WARNING, &d);
}

int
act_bounce(struct tool *t, struct spool_message *m, struct error *e)
{
	size_t i;

	if (report_back(t, m, e) != 0)
		return -1;
	/* Should we be killed here, nobody is told again. */
	for (i = 0; i < m->env.nrcpts; i++) {
		if (m->env.rcpts[i].mark != ENVELOPE_TODO)
			continue;
		if (spool_mark(m, i, ENVELOPE_FAILED, e) != 0)
			return -1;
		log_bounced(t, m, i);
	}
	return spool_sync(m, e) == 0 ? spool_remove(t->spool, m, e) : -1;
}
