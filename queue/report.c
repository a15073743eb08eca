/*
 * Reports: see report.h.
 */
#include <config.h>

#include "queue/report.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/host.h"
#include "config/mailbox.h"
#include "config/passwd.h"
#include "config/settings.h"
#include "queue/address.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/recipients.h"

/* 1: sender is one address, and nothing but what it says.  -1: no memory. */
static int
is_single(const char *sender)
{
	struct address_list list = ADDRESS_LIST_INIT;
	int single = address_parse(&list, sender, strlen(sender));

	if (single == 0)
		single = list.n == 1 && !list.bad &&
		    strcmp(address_text(&list, 0), sender) == 0;
	address_free(&list);
	return single;
}

/* Where mail to sender goes.  0: it cannot be found out so; -1: no memory. */
static int
resolve(struct report_to *to, const struct recipients_rules *rules,
    const char *sender)
{
	struct error unused;
	int rc = is_single(sender);

	if (rc <= 0)
		return rc;
	if ((to->resolved = recipients_new(rules)) == NULL)
		return -1;
	rc = recipients_add(to->resolved, sender, strlen(sender), NULL,
	    &unused);
	return rc == 0 ? 1 : rc == EX_DATAERR ? 0 : -1;
}

/* keeps: mail for users stays here. */
static void
add(struct report_to *to, int keeps, const char *address)
{
	if (mailbox_is_routable(address) ||
	    (keeps && mailbox_is_local(address)))
		to->list[to->n++] = address;
}

int
report_to(struct report_to *to, const struct settings *s,
    const struct host *h, struct log *log, const char *sender,
    struct error *e)
{
	struct recipients_rules rules = { .domain = h->domain,
		.host = h->name, .aliases = s->aliases, .passwd = PASSWD_FILE,
		.local = s->local, .keep = settings_has_local(s),
		.as_named = 1, .log = log };
	size_t i, n = 1;
	int found;

	memset(to, 0, sizeof(*to));
	if (*sender == '\0')
		return 0;
	if ((found = resolve(to, &rules, sender)) > 0)
		n += recipients_count(to->resolved);
	if (found < 0 || (to->list = calloc(n, sizeof(*to->list))) == NULL) {
		report_free(to);
		return error_memory(e);
	}
	for (i = 0; found > 0 && i + 1 < n; i++)
		add(to, rules.keep, recipients_get(to->resolved, i)->address);
	if (found == 0)
		add(to, rules.keep, sender);
	if (to->n == 0 && *s->bounce_to != '\0')
		to->list[to->n++] = s->bounce_to;
	return 0;
}

void
report_free(struct report_to *to)
{
	free(to->list);
	recipients_free(to->resolved);
	memset(to, 0, sizeof(*to));
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
	result = daemon.failed ? error_memory(e) :
	    bounce_queue(spool, b, id, e);
	b->from = NULL;
	buffer_free(&daemon);
	return result;
}
