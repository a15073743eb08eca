/*
 * From bytes to the queue: see message.h.
 */
#include <config.h>

#include "sendmail/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>

#include "config/mailbox.h"
#include "config/passwd.h"
#include "config/settings.h"
#include "queue/error.h"
#include "queue/event.h"
#include "queue/recipients.h"
#include "queue/spool.h"
#include "sendmail/body.h"
#include "sendmail/dsn.h"
#include "sendmail/header.h"
#include "sendmail/origin.h"
#include "sendmail/rewrite.h"
#include "sendmail/sender.h"
#include "sendmail/stash.h"
#include "sendmail/store.h"

#define HOPS_MAX 100		/* RFC 5321, 6.3, wants as many allowed */

struct message {
	const struct message_site *site;
	struct message_params params;
	struct recipients_rules rules;
	struct recipients *recipients;
	struct sender sender;
	const char *from;	/* of the envelope: it, or what is forced */
	time_t now;
	struct body body;
	struct header header;
	struct buffer out;	/* canonical bytes on their way */
	struct envelope_facts facts;	/* of the header */
	struct buffer origin;	/* for the log */
	struct store *store;
	struct stash stash;	/* the body, until the store is begun */
	uint64_t size;
	int looping;
	char id[SPOOL_ID + 1];
};

static int
no_memory(struct error *e)
{
	error_memory(e);
	return EX_OSERR;
}

int
message_can_require_tls(const struct message_site *site)
{
	return site->settings->tls != SETTINGS_TLS_NONE;
}

int
message_new(struct message **result, const struct message_site *site,
    const struct message_params *params, struct error *e)
{
	struct message *m;
	int status;

	if (params->require_tls && !message_can_require_tls(site)) {
		error_set(e, "REQUIRETLS is asked for, and mail leaves "
		    "without TLS: the configuration has tls = none");
		return EX_UNAVAILABLE;
	}
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return no_memory(e);
	m->site = site;
	m->params = *params;
	m->now = time(NULL);
	body_init(&m->body, params->dots);
	header_init(&m->header);
	m->rules.domain = site->host.domain;
	m->rules.host = site->host.name;
	m->rules.aliases = site->settings->aliases;
	m->rules.passwd = PASSWD_FILE;
	m->rules.local = site->settings->local;
	m->rules.keep = settings_has_local(site->settings);
	m->rules.log = site->log;
	if ((m->recipients = recipients_new(&m->rules)) == NULL)
		status = no_memory(e);
	else
		status = sender_init(&m->sender, params->sender,
		    params->name, &site->host, site->uid, e);
	if (status != 0) {
		message_free(m);
		return status;
	}
	m->from = mailbox_forced(site->settings, sender_address(&m->sender));
	if (m->from == NULL)
		m->from = sender_address(&m->sender);
	*result = m;
	return 0;
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	store_end(m->store);
	recipients_free(m->recipients);
	sender_free(&m->sender);
	header_free(&m->header);
	stash_free(&m->stash);
	buffer_free(&m->out);
	buffer_free(&m->origin);
	free(m);
}

int
message_recipients(struct message *m, const char *text,
    const struct recipient_report *report, struct error *e)
{
	return recipients_add(m->recipients, text, strlen(text), report, e);
}

struct collector {
	struct message *m;
	int resent;
	struct error *e;
};

static int
collect(void *arg, const struct field *f)
{
	struct collector *c = arg;
	struct recipient_report report = { c->m->params.notify, NULL };

	if (((f->flags & FIELD_RESENT) != 0) != c->resent)
		return 0;
	return recipients_add(c->m->recipients, f->text + f->body,
	    f->len - f->body, &report, c->e);
}

static int
check_recipients(struct message *m, struct error *e)
{
	struct collector c = { m, header_is_resent(&m->header), e };
	int status;

	if (m->params.from_header) {
		status = header_each(&m->header, FIELD_RECIPIENTS, collect,
		    &c);
		if (status != 0)
			return status;
	}
	if (recipients_count(m->recipients) > 0)
		return 0;
	error_set(e, m->params.from_header ? "no recipients: neither the "
	    "command line nor To:, Cc: or Bcc: has an address" :
	    "no recipients: name them, or use -t to take them from the "
	    "header");
	return EX_USAGE;
}

static int
begin_here(struct message *m, const struct envelope *env, struct error *e)
{
	const struct message_site *site = m->site;

	return store_begin(&m->store, site->settings, site->spool,
	    site->no_spool, env, e);
}

static int
begin_there(struct message *m, const struct envelope *env, struct error *e)
{
	return store_hand_over(m->store, m->site->settings->submit_socket,
	    env, buffer_string(&m->origin), e);
}

/* Begin to store what has this envelope. */
static int
begin_store(struct message *m, int (*take)(struct message *m,
    const struct envelope *env, struct error *e), struct error *e)
{
	struct envelope env = { .arrival = m->now, .uid = m->site->uid,
		.sender = m->from, .ret = m->params.ret,
		.require_tls = m->params.require_tls };
	struct dsn dsn = DSN_INIT;
	int status;

	env.nrcpts = recipients_count(m->recipients);
	if (dsn_fill(&dsn, &env, m->recipients, m->params.envid) != 0)
		status = no_memory(e);
	else
		status = take(m, &env, e);
	dsn_free(&dsn);
	return status;
}

/* As put() of stash_each(). */
static int
put(void *arg, const void *data, size_t len, struct error *e)
{
	struct message *m = arg;

	return store_write(m->store, data, len, e);
}

static const char *
from_address(void *arg)
{
	return sender_from(arg);
}

static const char *
from_name(void *arg)
{
	return sender_name(arg);
}

/* The facts of canonical lines that are whole. */
static void
note_facts(struct envelope_facts *facts, const char *text, size_t len)
{
	const char *end = text + len, *eol;

	facts->header_8bit = body_is_8bit(text, len);
	for (; text < end; text = eol + 1) {
		eol = memchr(text, '\n', (size_t)(end - text));
		if (eol == NULL)
			break;
		if ((size_t)(eol - text) - 1 > facts->longest)
			facts->longest = (size_t)(eol - text) - 1;
		if (*text == '.')
			facts->dots = 1;
	}
}

static int
grow(struct message *m, size_t len, struct error *e)
{
	const struct settings *s = m->site->settings;

	m->size += len;
	if (m->size <= (uint64_t)s->max_size)
		return 0;
	error_set(e, "the message is larger than max_size, %lld bytes",
	    (long long)s->max_size);
	return EX_DATAERR;
}

/* The first field has the queue ID. */
static void
note_id(struct store *st, const char *header)
{
	const char *id = strstr(header, store_id(st));

	if (id != NULL)
		store_id_at(st, (uint64_t)(id - header));
}

/* The store is begun: it gets the header. */
static int
write_header(struct message *m, struct error *e)
{
	const struct message_site *site = m->site;
	struct rewrite r = { .host = site->host.name, .now = m->now,
		.uid = site->uid, .domain = site->host.domain,
		.settings = site->settings,
		.address = from_address, .name = from_name,
		.arg = &m->sender, .id = store_id(m->store) };
	struct buffer out = BUFFER_INIT;
	int status;

	if (rewrite_header(&r, &m->header, &out) != 0) {
		error_set(e, "cannot complete the header: no memory, or no "
		    "random numbers");
		buffer_free(&out);
		return EX_OSERR;
	}
	note_facts(&m->facts, buffer_string(&out), out.len);
	buffer_adds(&out, "\r\n");
	buffer_add(&out, buffer_string(&m->header.text) + m->header.fields,
	    m->header.text.len - m->header.fields);
	status = out.failed ? no_memory(e) : grow(m, out.len, e);
	if (status == 0)
		status = store_write(m->store, out.data, out.len, e);
	if (status == 0)
		note_id(m->store, out.data);
	buffer_free(&out);
	header_free(&m->header);
	m->header.state = HEADER_COMPLETE;
	return status;
}

/* Give what has waited to flush, and what comes still. */
static int
hand_over(struct message *m, struct error *e)
{
	int status;

	if ((status = begin_store(m, begin_there, e)) != 0 ||
	    (status = write_header(m, e)) != 0)
		return status;
	status = stash_each(&m->stash, put, m, e);
	stash_free(&m->stash);
	return status;
}

static int
write_out(struct message *m, struct error *e)
{
	int status;

	if (m->out.failed)
		return no_memory(e);
	if ((status = grow(m, m->out.len, e)) != 0 || m->out.len == 0)
		return status;
	if (!store_is_begun(m->store)) {
		if (stash_add(&m->stash, m->out.data, m->out.len) == 0) {
			buffer_reset(&m->out);
			return 0;
		}
		/* It has no place to wait. */
		if ((status = hand_over(m, e)) != 0)
			return status;
	}
	status = store_write(m->store, m->out.data, m->out.len, e);
	buffer_reset(&m->out);
	return status;
}

/* The header is complete: everything that can be refused is, then the
 * message begins. */
static int
begin(struct message *m, struct error *e)
{
	const char *given = sender_address(&m->sender);
	int status;

	if (m->header.state == HEADER_TOO_LONG) {
		error_set(e, "the header of the message is longer than %d "
		    "bytes", HEADER_MAX);
		return EX_DATAERR;
	}
	if (m->header.state == HEADER_NO_MEMORY)
		return no_memory(e);
	if (header_hops(&m->header) >= HOPS_MAX) {
		m->looping = 1;
		error_set(e, "the message has passed %d servers and goes "
		    "round in a circle: is host this machine itself?",
		    HOPS_MAX);
		return EX_DATAERR;
	}
	if ((status = check_recipients(m, e)) != 0)
		return status;
	origin_add(&m->origin, m->from != given ? given : NULL, &m->header);
	if ((status = begin_store(m, begin_here, e)) != 0 ||
	    !store_is_begun(m->store))
		return status;
	return write_header(m, e);
}

int
message_feed(struct message *m, const char *data, size_t len,
    struct error *e)
{
	size_t used = 0;
	int status;

	if (m->store == NULL) {
		used = header_feed(&m->header, &m->body, data, len);
		if (m->header.state == HEADER_OPEN)
			return 0;
		if ((status = begin(m, e)) != 0)
			return status;
	}
	if (body_feed(&m->body, data + used, len - used, &m->out) != 0)
		return no_memory(e);
	return write_out(m, e);
}

int
message_is_looping(const struct message *m)
{
	return m->looping;
}

int
message_ended(const struct message *m)
{
	return m->body.ended;
}

static void
log_success(const struct message *m)
{
	const struct event_message event = { m->id, m->from, m->size,
		recipients_count(m->recipients), m->site->uid };

	event_accepted(m->site->log, &event, buffer_string(&m->origin));
}

int
message_commit(struct message *m, int wake, struct error *e)
{
	struct envelope_facts facts;
	int status = 0;

	if (m->store == NULL) {
		header_finish(&m->header, &m->body);
		status = begin(m, e);
	}
	if (status == 0 && body_finish(&m->body, &m->out) != 0)
		status = no_memory(e);
	if (status != 0 || (status = write_out(m, e)) != 0)
		return status;
	if (!store_is_begun(m->store) && (status = hand_over(m, e)) != 0)
		return status;
	facts = m->body.facts;
	facts.header_8bit = m->facts.header_8bit;
	facts.dots |= m->facts.dots;
	if (m->facts.longest > facts.longest)
		facts.longest = m->facts.longest;
	if ((status = store_commit(m->store, &facts, e)) != 0)
		return status;
	memcpy(m->id, store_id(m->store), sizeof(m->id));
	/* Before flush can log what became of it. */
	if (!store_is_logged(m->store))
		log_success(m);
	store_show(m->store, wake);
	return 0;
}

const char *
message_id(const struct message *m)
{
	return m->id;
}
