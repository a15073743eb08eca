/*
 * Replies and verdicts of one transaction: see transaction.h.
 */
#include <config.h>

#include "queue/transaction.h"

#include <stdlib.h>
#include <string.h>

#include "queue/downgrade.h"
#include "queue/error.h"
#include "queue/mailbox_ascii.h"

/* What is sent without parameters is sent as if they were not offered. */
static int
takes_utf8(const struct smtp *s, const struct smtp_job *job)
{
	return s->offers.smtputf8 && (job->bare & SMTP_BARE) == 0;
}

static void
settle(struct smtp *s, struct smtp_job *job, size_t rcpt,
    const struct verdict *v)
{
	job->rcpts[rcpt] = SMTP_RCPT_SETTLED;
	s->calls->settle(s->arg, job, rcpt, v);
}

static void
give_back(struct smtp_job *job, size_t rcpt)
{
	job->rcpts[rcpt] = SMTP_RCPT_TODO;
	job->todo++;
}

/*
 * The sender requires TLS all the way (RFC 8689, 4.2.1), and here the way
 * ends.  A report goes on nevertheless: better there than kept (section 5).
 */
static int
is_unprotected(const struct smtp *s, const struct smtp_job *job,
    struct verdict *v)
{
	if (!job->env.require_tls || *job->env.sender == '\0' ||
	    smtp_can_require_tls(s))
		return 0;
	if (s->p->tls == SMTP_TLS_NONE)
		verdict_set(v, VERDICT_FAILED, VERDICT_MESSAGE, 0, "5.7.10",
		    "Encryption needed: the sender requires TLS, which is "
		    "not used with %.200s", s->relay);
	else
		verdict_set(v, VERDICT_FAILED, VERDICT_MESSAGE, 0, "5.7.30",
		    "REQUIRETLS support required: %.200s does not offer it",
		    s->relay);
	return 1;
}

/* Why this server cannot be given recipient i.  0: it can. */
static int
is_impossible(const struct smtp *s, const struct smtp_job *job, size_t i,
    struct verdict *v)
{
	const struct envelope *env = &job->env;
	const char *address = env->rcpts[i].address;

	if (!envelope_is_path(address) || (*env->sender != '\0' &&
	    !envelope_is_path(env->sender)))
		verdict_set(v, VERDICT_FAILED, VERDICT_RECIPIENT, 0, "5.1.3",
		    "the address cannot be sent over SMTP");
	else if (!takes_utf8(s, job) &&
	    (!mailbox_has_ascii(address) || !mailbox_has_ascii(env->sender)))
		verdict_set(v, VERDICT_FAILED, VERDICT_RECIPIENT, 0, "5.6.7",
		    "the address needs SMTPUTF8, which %.200s does not offer",
		    s->relay);
	else
		return is_unprotected(s, job, v);
	return 1;
}

/* Settle those to do that this server cannot be given, all != NULL: all. */
static void
settle_impossible(struct smtp *s, struct smtp_job *job,
    const struct verdict *all)
{
	struct verdict v;
	size_t i;

	for (i = 0; i < job->env.nrcpts; i++) {
		if (job->rcpts[i] == SMTP_RCPT_TODO &&
		    (all != NULL || is_impossible(s, job, i, &v))) {
			job->todo--;
			settle(s, job, i, all != NULL ? all : &v);
		}
	}
}

/* 1: an address of the envelope is not ASCII. */
static int
has_utf8_address(const struct smtp_job *job)
{
	const struct envelope *env = &job->env;
	size_t i;

	for (i = 0; i < env->nrcpts; i++)
		if (job->rcpts[i] == SMTP_RCPT_TODO && downgrade_is_8bit(
		    env->rcpts[i].address, strlen(env->rcpts[i].address)))
			return 1;
	return downgrade_is_8bit(env->sender, strlen(env->sender));
}

/*
 * How the content of job goes to this server, and with SMTPUTF8 or not: only
 * where an address needs it, since not every server behind this one has it.
 * -1 and v: it cannot go.
 */
static int
plan(const struct smtp *s, struct smtp_job *job, struct convert *c, int *utf8,
    struct verdict *v)
{
	unsigned wants = (s->offers.eightbit && (job->bare & SMTP_BARE) == 0 ?
	    0 : CONVERT_ASCII) | (smtp_is_chunking(s) ? CONVERT_EXACT : 0);
	struct error e;
	int rc;

	c->fd = job->fd;
	c->env = &job->env;
	c->tick = s->calls->progress;
	c->tick_arg = s->arg;
	*utf8 = takes_utf8(s, job) && has_utf8_address(job);
	rc = convert_plan(c, wants | (*utf8 ? 0 : CONVERT_HEADER), &e);
	if (rc == 0 && c->plan.shown && takes_utf8(s, job)) {
		*utf8 = 1;
		convert_free(c);
		rc = convert_plan(c, wants, &e);
	}
	if (rc != 0) {
		verdict_set(v, VERDICT_DEFERRED, VERDICT_MESSAGE, 0, "4.3.0",
		    "%s", e.text);
		return -1;
	}
	if (c->plan.impossible)
		verdict_set(v, VERDICT_FAILED, VERDICT_MESSAGE, 0, "5.6.3",
		    "a signed or encrypted part holds 8-bit bytes, which "
		    "%.200s does not take", s->relay);
	else if (s->offers.size > 0 && c->size > s->offers.size)
		verdict_set(v, VERDICT_FAILED, VERDICT_MESSAGE, 0, "5.3.4",
		    "the message has %llu octets; %.200s takes at most %llu",
		    (unsigned long long)c->size, s->relay,
		    (unsigned long long)s->offers.size);
	else
		return 0;
	convert_free(c);
	return -1;
}

static void
transaction_free(struct transaction *t)
{
	size_t i;

	for (i = 0; t->refused != NULL && i < t->nrcpts; i++)
		free(t->refused[i]);
	free(t->refused);
	free(t->rcpts);
	convert_free(&t->content);
	free(t);
}

struct transaction *
transaction_new(struct smtp *s, struct smtp_job *job)
{
	struct transaction *t, **last;
	struct verdict v;
	size_t i, n;

	settle_impossible(s, job, NULL);
	n = job->todo < s->p->recipients ? job->todo : s->p->recipients;
	if (s->most > 0 && s->most < n)
		n = s->most;
	if (n == 0 || (t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->rcpts = calloc(n, sizeof(*t->rcpts));
	t->refused = calloc(n, sizeof(*t->refused));
	if (t->rcpts == NULL || t->refused == NULL) {
		transaction_free(t);
		return NULL;
	}
	if (plan(s, job, &t->content, &t->utf8, &v) != 0) {
		settle_impossible(s, job, &v);
		transaction_free(t);
		return NULL;
	}
	t->job = job;
	t->bare = job->bare;
	for (i = 0; t->nrcpts < n; i++) {
		if (job->rcpts[i] != SMTP_RCPT_TODO)
			continue;
		job->rcpts[i] = SMTP_RCPT_SENT;
		t->rcpts[t->nrcpts++] = i;
	}
	job->todo -= n;
	job->flights++;
	s->nflights++;
	s->bytes += job->env.message;
	for (last = &s->flights; *last != NULL; last = &(*last)->next)
		continue;
	*last = t;
	return t;
}

/* If nobody may relay, it is the account's fault: keep the mail.  The server
 * may hang up before it has said so of all. */
static void
check_relay(struct transaction *t)
{
	size_t i;

	if (t->accepted > 0)
		return;
	for (i = 0; i < t->nrcpts; i++)
		if (t->refused[i] != NULL &&
		    t->refused[i]->scope != VERDICT_SITE &&
		    (t->refused[i]->flags & VERDICT_RELAY) == 0)
			return;
	for (i = 0; i < t->nrcpts; i++) {
		if (t->refused[i] == NULL ||
		    (t->refused[i]->flags & VERDICT_RELAY) == 0)
			continue;
		t->refused[i]->action = VERDICT_DEFERRED;
		t->refused[i]->scope = VERDICT_MESSAGE;
		t->refused[i]->flags = VERDICT_LONG;
		t->refused[i]->status[0] = '4';
	}
}

/* What recipient i of t can do without that it had, where v refuses
 * parameters: of enum smtp_bare. */
static unsigned
dispensable(const struct smtp *s, const struct transaction *t, size_t i,
    const struct verdict *v)
{
	const struct envelope_rcpt *r = &t->job->env.rcpts[t->rcpts[i]];

	if ((v->flags & VERDICT_BARE) == 0)
		return 0;
	if (v == &t->verdict)
		return ~t->bare & SMTP_BARE;
	return s->offers.dsn && t->bare == 0 && (r->notify != NULL ||
	    r->orcpt != NULL) ? SMTP_BARE_RCPT : 0;
}

/* 1: the recipient goes out again in this session, for another try. */
static int
goes_again(const struct smtp *s, const struct transaction *t,
    const struct verdict *v)
{
	/* Too many: all of them, some say at the end. */
	return (v->flags & VERDICT_AGAIN) != 0 && t->accepted > 0 &&
	    (v != &t->verdict || (s->most > 0 && s->most < t->nrcpts));
}

/* Take t out of the session. */
static void
unlink_flight(struct smtp *s, struct transaction *t)
{
	struct transaction **p;

	for (p = &s->flights; *p != t; p = &(*p)->next)
		continue;
	*p = t->next;
	s->nflights--;
	s->bytes -= t->job->env.message;
	if (s->sending == t)
		s->sending = NULL;
	t->job->flights--;
}

/* Pass on what is known of the recipients of t, and free it.  Those of whom
 * nothing is known are to do again. */
static void
conclude(struct smtp *s, struct transaction *t)
{
	struct smtp_job *job = t->job;
	const struct verdict *v;
	unsigned bare;
	size_t i;

	check_relay(t);
	unlink_flight(s, t);
	for (i = 0; i < t->nrcpts; i++) {
		v = t->refused[i];
		if (v == NULL && t->decided)
			v = &t->verdict;
		bare = v != NULL ? dispensable(s, t, i, v) : 0;
		job->bare |= bare;
		if (v == NULL || bare != 0 || goes_again(s, t, v))
			give_back(job, t->rcpts[i]);
		else
			settle(s, job, t->rcpts[i], v);
	}
	transaction_free(t);
}

void
transaction_queue_again(struct smtp *s, struct smtp_job *job)
{
	struct smtp_job **last;

	if (job->waiting)
		return;
	job->waiting = 1;
	job->next = NULL;
	for (last = &s->again; *last != NULL; last = &(*last)->next)
		continue;
	*last = job;
}

/* Conclude t in a session that goes on. */
static void
finish(struct smtp *s, struct transaction *t)
{
	struct smtp_job *job = t->job;

	conclude(s, t);
	s->used = 1;
	if (job->todo > 0)
		transaction_queue_again(s, job);
	else if (job->flights == 0)
		s->calls->done(s->arg, job);
}

/* The server takes nothing for as many recipients as t has: for how many?  All
 * that it accepted, or half of them. */
static void
learn_most(struct smtp *s, const struct transaction *t)
{
	if (s->most == 0 || s->most >= t->nrcpts)
		s->most = t->accepted < t->nrcpts ? t->accepted :
		    t->nrcpts / 2;
}

/* The verdict, for all of t that are not refused by themselves. */
static const struct verdict *
decide(struct smtp *s, struct transaction *t, enum verdict_phase phase)
{
	verdict_judge(&t->verdict, phase, &s->reply);
	t->decided = 1;
	if ((t->verdict.flags & VERDICT_AGAIN) != 0)
		learn_most(s, t);
	return &t->verdict;
}

/* Send no more of t. */
static void
stop_sending(struct smtp *s, struct transaction *t)
{
	if (s->sending != t)
		return;
	t->stage = SMTP_SENT;
	s->sending = NULL;
}

/* The same, if the server does not expect content: once DATA is out, its reply
 * must be seen first.  1: done. */
static int
stop_before_content(struct smtp *s, struct transaction *t)
{
	if (s->sending != t || (t->stage == SMTP_SEND_CONTENT &&
	    !smtp_is_chunking(s)))
		return 0;
	stop_sending(s, t);
	return 1;
}

/* These take a reply; the verdict that it is, or NULL. */

static const struct verdict *
mail_reply(struct smtp *s, struct transaction *t)
{
	if (s->reply.code / 100 == 2)
		return NULL;
	stop_before_content(s, t);
	return decide(s, t, VERDICT_MAIL);
}

/* Its MAIL was: then the server refuses all that was sent behind it, and that
 * says nothing of recipients or content. */
static int
is_refused(const struct transaction *t)
{
	return t->decided || t->undone;
}

/* Without memory for it, nothing is known of the recipient. */
static const struct verdict *
rcpt_reply(struct smtp *s, struct transaction *t, size_t rcpt)
{
	struct verdict *v = NULL;

	if (s->reply.code / 100 == 2) {
		t->accepted++;
	} else if (!is_refused(t)) {
		if ((v = malloc(sizeof(*v))) == NULL) {
			verdict_set(&t->verdict, VERDICT_DEFERRED,
			    VERDICT_SITE, 0, "4.3.0", "out of memory");
			return &t->verdict;
		}
		verdict_judge(v, VERDICT_RCPT, &s->reply);
		t->refused[rcpt] = v;
	}
	if (t->written == t->nrcpts && t->accepted == 0 && t->owed == 0 &&
	    stop_before_content(s, t))
		s->reset = 1;
	return v;
}

static const struct verdict *
data_reply(struct smtp *s, struct transaction *t)
{
	if (s->reply.code / 100 == 3)
		return NULL;	/* even with no recipient: an empty one */
	stop_sending(s, t);
	s->reset = 1;
	return is_refused(t) ? NULL : decide(s, t, VERDICT_DATA);
}

/* BDAT itself is refused: nothing was taken of what went out, and the server
 * may read the content as commands. */
static int
is_unknown(const struct smtp *s)
{
	return smtp_is_chunking(s) && (s->reply.code == 500 ||
	    s->reply.code == 502 || s->reply.code == 504);
}

static int
give_up_chunking(struct smtp *s, struct verdict *v)
{
	struct transaction *t;

	for (t = s->flights; t != NULL; t = t->next)
		t->undone |= !t->decided;
	s->unfit = 1;
	verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.5.0",
	    "%.300s: the server offers CHUNKING and refuses BDAT: %03d %.100s",
	    s->relay, s->reply.code, buffer_string(&s->reply.text));
	return -1;
}

static const struct verdict *
end_reply(struct smtp *s, struct transaction *t)
{
	const struct verdict *v = NULL;

	if (t->accepted > 0 && !is_refused(t))
		v = decide(s, t, VERDICT_END);
	if (t->decided && t->verdict.action == VERDICT_DELIVERED &&
	    (!s->offers.dsn || t->bare != 0))
		t->verdict.flags |= VERDICT_RELAYED;
	/* RFC 3030, 2: after a refused chunk the state is unknown. */
	if (s->reply.code / 100 != 2 && s->offers.chunking)
		s->reset = 1;
	return v;
}

/*
 * 1: the server hangs up after it has refused recipients of t for good: it has
 * had enough of those, and other mail has nothing to do with it.
 */
static int
is_fed_up(const struct transaction *t, const struct verdict *v)
{
	size_t i;

	for (i = 0; i < t->nrcpts && v->code == 421; i++)
		if (t->refused[i] != NULL &&
		    t->refused[i]->action == VERDICT_FAILED)
			return 1;
	return 0;
}

/* What is not known of t, also of whom the reply was to, waits for v. */
static void
put_off(struct transaction *t, const struct smtp_owed *o, struct verdict *v)
{
	verdict_change(v, VERDICT_DEFERRED, VERDICT_MESSAGE, 0);
	if (o->command == SMTP_RCPT) {
		free(t->refused[o->rcpt]);
		t->refused[o->rcpt] = NULL;
	}
	t->verdict = *v;
	t->decided = 1;
}

int
transaction_reply(struct smtp *s, const struct smtp_owed *o,
    struct verdict *v)
{
	struct transaction *t = o->t;
	const struct verdict *said = NULL;

	t->owed--;
	t->replies++;
	switch (o->command) {
	case SMTP_MAIL:
		said = mail_reply(s, t);
		break;
	case SMTP_RCPT:
		said = rcpt_reply(s, t, o->rcpt);
		break;
	case SMTP_DATA:
		said = data_reply(s, t);
		break;
	case SMTP_END:
		if (is_unknown(s))
			return give_up_chunking(s, v);
		said = end_reply(s, t);
		break;
	case SMTP_RSET:
		break;
	}
	if (said != NULL && said->scope == VERDICT_SITE) {
		*v = *said;
		if (is_fed_up(t, v))
			put_off(t, o, v);
		return -1;
	}
	if (t->stage == SMTP_SENT && t->owed == 0)
		finish(s, t);
	return 0;
}

int
transaction_is_sent(const struct smtp *s, const struct transaction *t)
{
	return t->end > 0 && t->end <= stream_sent(s->stream);
}

/*
 * Settle what is certain of a transaction that the end of the session cut
 * off.  1: its message is the one to blame, as the oldest one unanswered.
 */
static int
cut_off(struct smtp *s, struct transaction *t, const struct smtp_ending *end,
    int blame)
{
	const struct verdict *v = &end->why;

	/* What the site said to one is not the fault of those behind it. */
	if (t->decided)
		return t->verdict.scope == VERDICT_SITE;
	if (t->undone)
		return 0;
	if (end->doubt && t->owed > 0 && transaction_is_sent(s, t)) {
		verdict_set(&t->verdict, VERDICT_DEFERRED, VERDICT_MESSAGE,
		    VERDICT_LOST, "4.4.2", "the message was sent, but its "
		    "reply was lost; it may have arrived: %.300s", v->text);
		t->decided = 1;
		return 1;
	}
	if (!end->stale &&
	    (v->scope == VERDICT_MESSAGE ? v->code == 0 &&
	    s->sending == t : blame)) {
		t->verdict = *v;
		t->decided = 1;
		return 1;
	}
	return 0;
}

void
transaction_give_up(struct smtp *s, const struct smtp_ending *end)
{
	struct transaction *t;
	struct smtp_job *job;
	int blame = end->blame;

	while ((t = s->flights) != NULL) {
		job = t->job;
		if (cut_off(s, t, end, blame))
			blame = 0;
		conclude(s, t);
		if (job->flights == 0 && !job->waiting)
			s->calls->done(s->arg, job);
	}
	while ((job = s->again) != NULL) {
		s->again = job->next;
		job->waiting = 0;
		if (job->flights == 0)
			s->calls->done(s->arg, job);
	}
	if (s->job != NULL)
		s->calls->done(s->arg, s->job);
	s->job = NULL;
	s->nowed = 0;
}
