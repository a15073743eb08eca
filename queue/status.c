/*
 * How things are: see status.h.
 */
#include <config.h>

#include "queue/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "config/value.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/listing.h"
#include "queue/privilege.h"
#include "queue/state.h"

#define AT(member) offsetof(struct status, member)
#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define PASS_MIN (15 * MINUTE)	/* a pass is never overdue before, */
#define PASS_MAX (2 * DAY)	/* and always after that */
#define LIMIT_MAX INT64_C(1000000000000)

const struct status_field status_fields[] = {
	{ "queued", "queued_messages", STATUS_NUMBER, AT(queued),
	    { { 1000, 10000 } }, "Messages in the queue" },
	{ "due", "due_messages", STATUS_NUMBER, AT(due), { { 0, 0 } },
	    "Messages that go as soon as they can" },
	{ "deferred", "deferred_messages", STATUS_NUMBER, AT(deferred),
	    { { 0, 0 } }, "Messages that wait for their next try" },
	{ "held", "held_messages", STATUS_NUMBER, AT(held), { { 0, 0 } },
	    "Messages held by the operator" },
	{ "active", "active_messages", STATUS_NUMBER, AT(active), { { 0, 0 } },
	    "Messages being delivered" },
	{ "unreadable", "unreadable_messages", STATUS_NUMBER,
	    AT(unreadable), { { 0, 0 } },
	    "Files in the queue that could not be read" },
	{ "failed", "failed_messages", STATUS_NUMBER, AT(failed), { { 1, 0 } },
	    "Messages in failed/, for a person to look at" },
	{ "oldest", "oldest_message_seconds", STATUS_AGE, AT(oldest),
	    { { 4 * HOUR, DAY } },
	    "Age of the oldest message that is not held" },
	{ "running", "running", STATUS_FLAG, AT(running), { { 0, 0 } },
	    "1 when outbox-flush runs" },
	{ "last_pass", "last_pass_timestamp_seconds", STATUS_TIME,
	    AT(last_pass), { { 0, 0 } },
	    "End of the last pass where outbox-flush is no service" },
	{ "stopped", "stopped", STATUS_FLAG, AT(stopped), { { 0, 1 } },
	    "1 when outbox-flush should run, or make a pass, and does not" },
	{ "host", NULL, STATUS_TEXT, AT(host), { { 0, 0 } }, "" },
	{ "local", NULL, STATUS_TEXT, AT(local), { { 0, 0 } }, "" },
	{ "down", "site_down_seconds", STATUS_AGE, AT(down),
	    { { 10 * MINUTE, 2 * HOUR } },
	    "How long the smarthost cannot be used; 0: it can" },
	{ "next_probe", "site_next_probe_timestamp_seconds", STATUS_TIME,
	    AT(next_probe), { { 0, 0 } },
	    "Next attempt while the smarthost cannot be used" },
	{ "refused", "site_refused", STATUS_FLAG, AT(refused), { { 1, 0 } },
	    "1 when the smarthost refused the login, or a quota is used up" },
	{ "slow", "site_slow", STATUS_FLAG, AT(slow), { { 0, 0 } },
	    "1 when the smarthost asked for less" },
	{ "last_success", "last_success_timestamp_seconds", STATUS_TIME,
	    AT(last_success), { { 0, 0 } }, "Last recipient delivered" },
	{ "last_error", "last_error_timestamp_seconds", STATUS_TIME,
	    AT(last_error), { { 0, 0 } }, "Last fault of the smarthost" },
	{ "error", NULL, STATUS_TEXT, AT(error), { { 0, 0 } }, "" },
	{ "last_session", "last_session_timestamp_seconds", STATUS_TIME,
	    AT(last_session), { { 0, 0 } }, "Last session with the smarthost" },
	{ "relay", NULL, STATUS_TEXT, AT(relay), { { 0, 0 } }, "" },
	{ "tls", NULL, STATUS_TEXT, AT(tls), { { 0, 0 } }, "" },
	{ "auth", NULL, STATUS_TEXT, AT(auth), { { 0, 0 } }, "" },
	{ "delivered", "delivered_recipients_total", STATUS_COUNTER,
	    AT(delivered), { { 0, 0 } }, "Recipients delivered" },
	{ "delivered_hour", NULL, STATUS_NUMBER, AT(delivered_hour),
	    { { 0, 0 } }, "" },
	{ "deferrals", "deferred_recipients_total", STATUS_COUNTER,
	    AT(deferrals), { { 0, 0 } },
	    "Times that a recipient was deferred" },
	{ "deferrals_hour", NULL, STATUS_NUMBER, AT(deferrals_hour),
	    { { 0, 0 } }, "" },
	{ "bounced", "bounced_recipients_total", STATUS_COUNTER,
	    AT(bounced), { { 0, 0 } }, "Recipients refused for good" },
	{ "bounced_hour", NULL, STATUS_NUMBER, AT(bounced_hour), { { 0, 0 } },
	    "" },
};
const size_t status_nfields = sizeof(status_fields) /
    sizeof(status_fields[0]);

int64_t
status_number(const struct status *st, const struct status_field *f)
{
	return *(const int64_t *)(const void *)((const char *)st +
	    f->offset);
}

const char *
status_text(const struct status *st, const struct status_field *f)
{
	return *(char *const *)(const void *)((const char *)st + f->offset);
}

/* The length of "450 4.2.1" at the start of a reply; 0: it begins otherwise. */
static size_t
code_length(const char *text)
{
	size_t code = strspn(text, "0123456789"), status;

	if (code != 3 || (text[3] != ' ' && text[3] != '\0'))
		return 0;
	status = text[3] == ' ' ? strspn(text + 4, "0123456789.") : 0;
	return status >= 5 ? 4 + status : 3;
}

static void
count_reason(struct status *st, const char *text)
{
	size_t code = code_length(text), i;
	size_t key = code > 0 ? code : strlen(text) + 1;
	struct status_reason *r = st->reasons;

	for (i = 0; i < st->nreasons; i++, r++)
		if (r->key == key && strncmp(r->text, text, key) == 0)
			break;
	/* The rest, or memory that ran out, has no text. */
	if (i == st->nreasons && (i == STATUS_REASONS ||
	    (r->text = strdup(text)) == NULL))
		r = &st->reasons[STATUS_REASONS];
	else if (i == st->nreasons) {
		r->key = key;
		st->nreasons++;
	}
	r->messages++;
}

static void
count_message(void *arg, const struct spool_message *m,
    enum listing_state state)
{
	static const size_t counts[] = { AT(active), AT(held), AT(deferred),
		AT(due) };
	struct status *st = arg;
	const char *reply = m->env.retry.reply;

	++*(int64_t *)(void *)((char *)st + counts[state]);
	st->queued++;
	if (state != LISTING_HELD && st->now - m->env.arrival > st->oldest)
		st->oldest = st->now - m->env.arrival;
	if (state == LISTING_DEFERRED)
		count_reason(st, *reply != '\0' ? reply : "not known");
}

/* A name with a dot before it is a draft, or the record of user_rate. */
static void
count_other(void *arg, const char *name, enum spool_result result,
    const struct error *e)
{
	struct status *st = arg;

	(void)result;
	(void)e;
	if (*name == '.')
		return;
	st->unreadable++;
	st->queued++;
}

static int
count_failed(void *arg, const char *id)
{
	(void)id;
	++*(int64_t *)arg;
	return 0;
}

static void
count_stray(void *arg, const char *name)
{
	count_failed(arg, name);
}

static char *
copy(struct status *st, const char *text, size_t len)
{
	char *own = strndup(text, len);

	st->starved |= own == NULL;
	return own;
}

/* The value of name in "relay=x, tls=y, auth=z"; NULL: it has none. */
static char *
part(struct status *st, const char *session, const char *name)
{
	const char *p = session;
	size_t len = strlen(name);

	for (; *p != '\0'; p += strcspn(p, ","), p += strspn(p, ", "))
		if (strncmp(p, name, len) == 0 && p[len] == '=')
			return copy(st, p + len + 1, strcspn(p, ",") - len -
			    1);
	return NULL;
}

/* Should flush run now?  Not where it is started on demand, nor where one pass
 * follows the other, by cron or the like, until one is overdue. */
static int
is_stopped(const struct status *st, const struct settings *s,
    const struct state *site)
{
	int64_t overdue = 3 * site->interval;

	if (st->running != 0 || s->flush != SETTINGS_DAEMON)
		return 0;
	if (overdue < PASS_MIN)
		overdue = PASS_MIN;
	if (overdue > PASS_MAX)
		overdue = PASS_MAX;
	return site->interval == 0 || st->now - site->pass > overdue;
}

/* What flush wrote down; nothing is no fault. */
static void
collect_site(struct status *st, const struct settings *s,
    const struct spool *spool)
{
	struct state site;

	if (state_read(spool, &site) != 0)
		memset(&site, 0, sizeof(site));
	st->last_pass = site.pass;
	st->stopped = st->running == STATUS_UNKNOWN ? STATUS_UNKNOWN :
	    is_stopped(st, s, &site);
	if (site.down) {
		st->down = st->now > site.fell ? st->now - site.fell : 1;
		st->next_probe = site.next;
	}
	st->refused = site.down && site.long_wait;
	st->slow = site.slow;
	st->last_success = site.delivered;
	st->last_session = site.opened;
	if (*site.why != '\0') {
		st->last_error = site.probed;
		st->error = copy(st, site.why, strlen(site.why));
	}
	st->relay = part(st, site.session, "relay");
	st->tls = part(st, site.session, "tls");
	st->auth = part(st, site.session, "auth");
	st->delivered = site.counts[STATE_DELIVERED];
	st->deferrals = site.counts[STATE_DEFERRED];
	st->bounced = site.counts[STATE_FAILED];
	st->delivered_hour = state_rate(&site, STATE_DELIVERED, st->now);
	st->deferrals_hour = state_rate(&site, STATE_DEFERRED, st->now);
	st->bounced_hour = state_rate(&site, STATE_FAILED, st->now);
}

/* Those with most messages first. */
static int
compare(const void *a, const void *b)
{
	const struct status_reason *x = a, *y = b;

	return x->messages > y->messages ? -1 : x->messages < y->messages;
}

int
status_collect(struct status *st, const struct settings *s, int running,
    struct spool *spool, struct spool *failed, struct error *e)
{
	static const struct listing_calls calls = { count_message,
		count_other };
	const char *local;

	memset(st, 0, sizeof(*st));
	st->now = clock_wall();
	if (*s->host != '\0')
		st->host = copy(st, s->host, strlen(s->host));
	if (settings_has_local(s)) {
		local = *s->local_mbox != '\0' ? s->local_mbox :
		    s->local_command;
		st->local = copy(st, local, strlen(local));
	}
	st->own = !privilege_owns(spool);
	st->running = running < 0 ? STATUS_UNKNOWN : running;
	collect_site(st, s, spool);
	if (failed == NULL)
		st->failed = STATUS_UNKNOWN;
	else if (spool_scan(failed, count_failed, count_stray, &st->failed,
	    e) != 0)
		return -1;
	if (listing_run(spool, &calls, st, e) != 0)
		return -1;
	qsort(st->reasons, st->nreasons, sizeof(st->reasons[0]), compare);
	return st->starved ? error_memory(e) : 0;
}

void
status_free(struct status *st)
{
	size_t i;

	for (i = 0; i < st->nreasons; i++)
		free(st->reasons[i].text);
	free(st->host);
	free(st->local);
	free(st->relay);
	free(st->tls);
	free(st->auth);
	free(st->error);
}

struct status_limit *
status_limits(void)
{
	struct status_limit *limits = calloc(status_nfields, sizeof(*limits));
	size_t i;

	for (i = 0; limits != NULL && i < status_nfields; i++)
		limits[i] = status_fields[i].limit;
	return limits;
}

/* Those that a limit makes sense of. */
static int
has_limit(const struct status_field *f)
{
	return f->kind == STATUS_NUMBER || f->kind == STATUS_AGE ||
	    f->kind == STATUS_FLAG;
}

/* "oldest=2h", of len bytes. */
static int
set_limit(struct status_limit *limits, int critical, const char *word,
    size_t len, struct error *e)
{
	const char *equals = memchr(word, '=', len);
	char value[32] = "";
	size_t i;
	int rc = -1;

	for (i = 0; equals != NULL && i < status_nfields; i++)
		if (has_limit(&status_fields[i]) &&
		    strlen(status_fields[i].name) == (size_t)(equals - word) &&
		    strncmp(status_fields[i].name, word,
		    (size_t)(equals - word)) == 0)
			break;
	if (equals == NULL || i == status_nfields)
		return error_set(e, "%.*s: not a field with a limit, such as "
		    "queued=1000 or oldest=2h", (int)len, word);
	len -= (size_t)(equals + 1 - word);
	if (len < sizeof(value)) {
		memcpy(value, equals + 1, len);
		rc = status_fields[i].kind == STATUS_AGE ?
		    value_duration(value, 0, LIMIT_MAX,
		    &limits[i].at[critical]) :
		    value_integer(value, 0, LIMIT_MAX, &limits[i].at[critical]);
	}
	return rc == 0 ? 0 : error_set(e, "%.*s: not a %s",
	    (int)strcspn(word, ","), word, status_fields[i].kind == STATUS_AGE ?
	    "time such as 30m or 2d" : "number");
}

int
status_set_limits(struct status_limit *limits, int critical,
    const char *words, struct error *e)
{
	size_t len;

	for (; *words != '\0'; words += len, words += *words == ',') {
		len = strcspn(words, ",");
		if (set_limit(limits, critical, words, len, e) != 0)
			return -1;
	}
	return 0;
}

int
status_level(const struct status *st, size_t i,
    const struct status_limit *limits)
{
	const struct status_field *f = &status_fields[i];
	int level;

	if (!has_limit(f))
		return 0;
	for (level = 2; level > 0; level--)
		if (limits[i].at[level - 1] > 0 &&
		    status_number(st, f) >= limits[i].at[level - 1])
			break;
	return level;
}
