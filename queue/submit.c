/*
 * One client of the submit socket: see submit.h.  It may send anything, or
 * nothing: it holds up only the process that serves it, and not for ever.
 */
#include <config.h>

#include "queue/submit.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "config/settings.h"
#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/event.h"
#include "queue/log.h"
#include "queue/quota.h"
#include "queue/spool.h"
#include "queue/wake.h"

#define BLOCK 65536
#define LIFETIME 900		/* seconds for one message */

struct client {
	int fd;
	uid_t uid;
	const struct settings *settings;
	struct log *log;
	struct buffer in;
	struct buffer envelope;	/* as it came; later with the whole seal */
	struct buffer sender;
	struct buffer origin;	/* as the client says */
	size_t nrcpts;
	struct spool *spool;
	struct spool_draft *draft;
	uint64_t size;		/* bytes of the message so far */
	char id[SPOOL_ID + 1];
};

/* Add what has come to c->in.  0 at its end; -1 and errno. */
static ssize_t
receive(struct client *c)
{
	ssize_t n;

	if (buffer_reserve(&c->in, BLOCK) != 0) {
		errno = ENOMEM;
		return -1;
	}
	do
		n = read(c->fd, c->in.data + c->in.len, BLOCK);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		c->in.len += (size_t)n;
	return n;
}

/* Have at least len bytes. */
static int
need(struct client *c, size_t len, struct error *e)
{
	ssize_t n = 1;

	while (c->in.len < len && (n = receive(c)) > 0)
		continue;
	if (n > 0)
		return 0;
	if (n == 0)
		error_set(e, "the client went away");
	else
		error_sys(e, "cannot read from the client");
	return error_status(e, EX_IOERR);
}

static int
read_length(const char *text, size_t least, size_t most, size_t *len)
{
	char digits[SUBMIT_LENGTH + 1];

	memcpy(digits, text, SUBMIT_LENGTH);
	digits[SUBMIT_LENGTH] = '\0';
	if (strspn(digits, "0123456789abcdef") != SUBMIT_LENGTH)
		return -1;
	*len = strtoul(digits, NULL, 16);
	return *len >= least && *len <= most ? 0 : -1;
}

/* Of what the client says about a message only this counts: from, to, and
 * how its fate is reported. */
static int
begin(struct client *c, const struct envelope *given, struct error *e)
{
	struct envelope env = { .arrival = clock_wall(), .uid = c->uid,
		.sender = given->sender, .envid = given->envid,
		.ret = given->ret, .require_tls = given->require_tls,
		.rcpts = given->rcpts, .nrcpts = given->nrcpts };
	struct quota q = quota_of(c->settings);
	size_t i;

	for (i = 0; i < env.nrcpts; i++)
		if (env.rcpts[i].mark != ENVELOPE_TODO) {
			error_set(e, "a recipient is not to do");
			return EX_PROTOCOL;
		}
	c->nrcpts = env.nrcpts;
	buffer_adds(&c->sender, env.sender);
	if (spool_check_room(c->spool, (uint64_t)c->settings->min_free,
	    e) != 0 || quota_check(c->spool, &q, c->uid, 1, e) != 0)
		return error_status(e, EX_CANTCREAT);
	if ((c->draft = spool_begin(c->spool, &env, e)) == NULL)
		return error_status(e, EX_CANTCREAT);
	spool_limit(c->draft, &q, c->uid);
	spool_keep_free(c->draft, (uint64_t)c->settings->min_free);
	return 0;
}

static int
take_envelope(struct client *c, struct error *e)
{
	struct envelope env;
	size_t len, said;
	int status;

	if ((status = need(c, 2 * SUBMIT_LENGTH, e)) != 0)
		return status;
	if (read_length(c->in.data, ENVELOPE_SEAL + 1, SUBMIT_ENVELOPE,
	    &len) != 0 || read_length(c->in.data + SUBMIT_LENGTH, 0,
	    SUBMIT_ORIGIN, &said) != 0) {
		error_set(e, "not an envelope, or one that is too long");
		return EX_PROTOCOL;
	}
	buffer_drop(&c->in, 2 * SUBMIT_LENGTH);
	if ((status = need(c, len + said, e)) != 0)
		return status;
	buffer_add(&c->origin, c->in.data + len, said);
	if (buffer_add(&c->envelope, c->in.data, len) != 0 ||
	    c->origin.failed) {
		error_memory(e);
		return EX_OSERR;
	}
	buffer_drop(&c->in, len + said);
	if (envelope_decode(&env, c->envelope.data, len, e) != 0)
		return error_status(e, EX_PROTOCOL);
	status = begin(c, &env, e);
	envelope_free(&env);
	return status;
}

/* Everything but the last bytes, which may be the seal. */
static int
take_message(struct client *c, struct error *e)
{
	size_t len;
	ssize_t n;

	do {
		if ((n = receive(c)) < 0) {
			error_sys(e, "cannot read from the client");
			return error_status(e, EX_IOERR);
		}
		if (c->in.len <= ENVELOPE_SEAL)
			continue;
		len = c->in.len - ENVELOPE_SEAL;
		c->size += len;
		if (c->size > (uint64_t)c->settings->max_size) {
			error_set(e, "the message is larger than max_size, "
			    "%lld bytes", (long long)c->settings->max_size);
			return EX_DATAERR;
		}
		if (spool_write(c->draft, c->in.data, len, e) != 0)
			return spool_status(e);
		buffer_drop(&c->in, len);
	} while (n > 0);
	return 0;
}

/* Does the seal fit what came? */
static int
take_seal(struct client *c, struct envelope_facts *facts, struct error *e)
{
	struct envelope env;
	int fits;

	if (c->in.len != ENVELOPE_SEAL) {
		error_set(e, "the client went away");
		return EX_IOERR;
	}
	memcpy(c->envelope.data, c->in.data, ENVELOPE_SEAL);
	if (envelope_decode(&env, c->envelope.data, c->envelope.len, e) != 0) {
		if (e->number == ENOMEM)
			return EX_OSERR;
		error_set(e, "the client went away within the message");
		return EX_IOERR;
	}
	fits = env.message == c->size;
	*facts = env.facts;
	envelope_free(&env);
	if (fits)
		return 0;
	error_set(e, "the seal does not fit the message");
	return EX_PROTOCOL;
}

static void
log_accepted(const struct client *c)
{
	const struct event_message m = { c->id, buffer_string(&c->sender),
		c->size, c->nrcpts, c->uid };
	struct buffer more = BUFFER_INIT;

	buffer_adds(&more, "by socket");
	if (c->origin.len > 0)
		buffer_addf(&more, ", by its own account %s",
		    buffer_string(&c->origin));
	event_accepted(c->log, &m, buffer_string(&more));
	buffer_free(&more);
}

static int
reply(const struct client *c, const char *line, size_t len)
{
	ssize_t n;

	do
		n = send(c->fd, line, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? 0 : -1;
}

static int
accept_it(const struct client *c, const char *id, struct error *e)
{
	char line[SPOOL_ID + 3];

	snprintf(line, sizeof(line), "+%s\n", id);
	if (reply(c, line, strlen(line)) == 0)
		return 0;
	error_sys(e, "cannot write to the client");
	return EX_IOERR;
}

static int
store(struct client *c, const struct envelope_facts *facts, struct error *e)
{
	struct spool_draft *d = c->draft;

	c->draft = NULL;
	memcpy(c->id, spool_draft_id(d), sizeof(c->id));
	if (spool_store(d, facts, e) != 0) {
		wake_message(c->spool, c->id);	/* its name may be there */
		return spool_status(e);
	}
	memcpy(c->id, spool_draft_id(d), sizeof(c->id));
	log_accepted(c);
	/* Who cannot hear of it any more says that it failed. */
	if (accept_it(c, c->id, e) != 0) {
		spool_withdraw(d);
		wake_message(c->spool, c->id);
		error_set(e, "%s: withdrawn, since the client went away",
		    c->id);
		return EX_IOERR;
	}
	spool_show(d);
	wake_message(c->spool, c->id);
	return 0;
}

static int
serve(struct client *c, struct error *e)
{
	struct envelope_facts facts;
	int status;

	if ((c->spool = spool_open(c->settings->directory, e)) == NULL)
		return error_status(e, EX_CANTCREAT);
	submit_confine(c->settings, c->uid, spool_reserve(c->spool));
	if ((status = take_envelope(c, e)) != 0 ||
	    (status = accept_it(c, spool_draft_id(c->draft), e)) != 0 ||
	    (status = take_message(c, e)) != 0 ||
	    (status = take_seal(c, &facts, e)) != 0)
		return status;
	alarm(0);	/* the disk may take its time: the client knows */
	return store(c, &facts, e);
}

int
submit_serve(int fd, uid_t uid, const struct settings *s, struct log *log)
{
	struct client c = { .fd = fd, .uid = uid, .settings = s, .log = log };
	const struct timeval patience = { SUBMIT_PATIENCE, 0 };
	char line[SUBMIT_REPLY];
	struct error e;
	int status;

	alarm(LIFETIME);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if ((status = serve(&c, &e)) != 0) {
		log_event(log, LOG_ERR, "not queued: %s, uid=%lu, by socket",
		    e.text, (unsigned long)uid);
		snprintf(line, sizeof(line), "-%d %s\n", status, e.text);
		reply(&c, line, strlen(line));
	}
	spool_abort(c.draft);
	spool_close(c.spool);
	buffer_free(&c.in);
	buffer_free(&c.envelope);
	buffer_free(&c.sender);
	buffer_free(&c.origin);
	return status;
}
