/*
 * Lines in the words of Postfix: see event.h.  pflogsumm counts a message that
 * it has seen with "uid=" from NAME/pickup, and its bytes by "from=, size="
 * from another part later: so the first may not say both in that order.
 */
#include <config.h>

#include "queue/event.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "queue/log.h"

#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

static const struct log_about master = { "master", NULL, 0 };

void
event_configured(struct log *log, const char *what, const char *path)
{
	log_about(log, LOG_INFO, &master, "%s -- version %s, configuration %s",
	    what, PACKAGE_VERSION, path);
}

void
event_terminated(struct log *log, int number)
{
	log_about(log, LOG_INFO, &master, "terminating on signal %d", number);
}

void
event_accepted(struct log *log, const struct event_message *m,
    const char *more)
{
	char uid[24], size[24], nrcpts[24];
	const struct journal_field fields[] = {
		{ "OUTBOX_UID", uid },
		{ "OUTBOX_SENDER", m->sender },
		{ "OUTBOX_RECIPIENTS", nrcpts },
		{ "OUTBOX_SIZE", size },
	};
	const struct log_about about = { "pickup", fields, COUNT(fields) };

	snprintf(uid, sizeof(uid), "%lu", (unsigned long)m->uid);
	snprintf(size, sizeof(size), "%" PRIu64, m->size);
	snprintf(nrcpts, sizeof(nrcpts), "%zu", m->nrcpts);
	log_about(log, LOG_INFO, &about, "%s: uid=%s from=<%s>, nrcpt=%s, "
	    "size=%s%s%s", m->id, uid, m->sender, nrcpts, size,
	    *more != '\0' ? ", " : "", more);
}

void
event_active(struct log *log, const struct event_message *m)
{
	char size[24], nrcpts[24];
	const struct journal_field fields[] = {
		{ "OUTBOX_SENDER", m->sender },
		{ "OUTBOX_RECIPIENTS", nrcpts },
		{ "OUTBOX_SIZE", size },
	};
	const struct log_about about = { "qmgr", fields, COUNT(fields) };

	snprintf(size, sizeof(size), "%" PRIu64, m->size);
	snprintf(nrcpts, sizeof(nrcpts), "%zu", m->nrcpts);
	log_about(log, LOG_INFO, &about, "%s: from=<%s>, size=%s, nrcpt=%s "
	    "(queue active)", m->id, m->sender, size, nrcpts);
}

void
event_expired(struct log *log, const struct event_message *m)
{
	const struct journal_field fields[] = {
		{ "OUTBOX_SENDER", m->sender },
		{ "OUTBOX_STATUS", "expired" },
	};
	const struct log_about about = { "qmgr", fields, COUNT(fields) };

	log_about(log, LOG_WARNING, &about, "%s: from=<%s>, status=expired, "
	    "returned to sender", m->id, m->sender);
}

void
event_delivery(struct log *log, int priority, const struct event_delivery *d)
{
	char delay[24];
	const struct journal_field fields[] = {
		{ "OUTBOX_RECIPIENT", d->to },
		{ "OUTBOX_RELAY", d->relay },
		{ "OUTBOX_DELAY", delay },
		{ "OUTBOX_DSN", d->dsn },
		{ "OUTBOX_STATUS", d->status },
		{ "OUTBOX_REPLY", d->text },
	};
	const struct log_about about = { strcmp(d->relay, "local") == 0 ?
		"local" : "smtp", fields, COUNT(fields) };

	snprintf(delay, sizeof(delay), "%lld", d->delay);
	log_about(log, priority, &about, "%s: to=<%s>, relay=%s, delay=%s, "
	    "dsn=%s, status=%s (%s)", d->id, d->to, *d->relay != '\0' ?
	    d->relay : "none", delay, d->dsn, d->status, d->text);
}
