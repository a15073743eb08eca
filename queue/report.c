/*
 * Reports: see report.h.
 */
#include <config.h>

#include "queue/report.h"

#include "config/host.h"
#include "config/mailbox.h"
#include "config/settings.h"
#include "queue/clock.h"
#include "queue/error.h"

const char *
report_to(const struct settings *s, const char *sender)
{
	if (*sender == '\0')
		return NULL;	/* a report itself, or one of its kind */
	if (mailbox_is_routable(sender))
		return sender;
	return *s->bounce_to != '\0' ? s->bounce_to : NULL;
}

int
report_queue(struct spool *spool, const struct settings *s,
    const struct host *h, struct bounce *b, char id[SPOOL_ID + 1],
    struct error *e)
{
	struct buffer daemon = BUFFER_INIT;
	int result;

	buffer_addf(&daemon, "MAILER-DAEMON@%s", h->domain);
	b->host = h->name;
	b->domain = h->domain;
	b->from = buffer_string(&daemon);
	b->now = clock_wall();
	b->clear = s->tls == SETTINGS_TLS_NONE;
	if (mailbox_forced(s, b->from) != NULL)
		b->from = s->from;
	result = daemon.failed ? error_set(e, "out of memory") :
	    bounce_queue(spool, b, id, e);
	b->from = NULL;
	buffer_free(&daemon);
	return result;
}
