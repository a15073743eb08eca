/*
 * Transactions: messages go out step by step (MAIL, each RCPT, the content),
 * each step owes a reply, and replies are matched to steps in order.  How far
 * the steps may run ahead of the replies is all that tells the three ways
 * apart: not at all (classic), up to the content (PIPELINING, RFC 2920), or
 * over several whole messages (CHUNKING, RFC 3030).
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "queue/clock.h"
#include "queue/error.h"
#include "queue/mailbox_ascii.h"
#include "queue/smtp_private.h"
#include "queue/transaction.h"

#define BLOCK 65536		/* bytes collected for one write */
#define WINDOW_BYTES (1024 * 1024)

/* RFC 5321, 4.5.3.2. */
static const int64_t limits[] = {
	[SMTP_MAIL] = 300000, [SMTP_RCPT] = 300000, [SMTP_DATA] = 120000,
	[SMTP_END] = 600000, [SMTP_RSET] = 300000
};
#define BLOCK_LIMIT 180000
#define LEAVING_LIMIT 30000	/* for all replies after a 421 */
/* Of a whole content: this, and its size at the slowest rate that is borne.
 * Without it a server could take 64 KiB every BLOCK_LIMIT, for days. */
#define CONTENT_LIMIT 600000
#define SLOWEST 1024		/* bytes a second */

static int
is_classic(const struct smtp *s)
{
	return !s->offers.pipelining;
}

int
smtp_can_require_tls(const struct smtp *s)
{
	return s->p->tls != SMTP_TLS_NONE && s->offers.requiretls;
}

int
smtp_is_chunking(const struct smtp *s)
{
	return s->offers.pipelining && s->offers.chunking;
}

/* What broke a connection before, or follows such a loss, goes alone. */
static int
is_careful(const struct smtp *s, const struct smtp_job *job)
{
	return s->p->careful || job->env.retry.lost > 0;
}

/* The server owes a reply to what was just written. */
static int
owe(struct smtp *s, enum smtp_command command, struct transaction *t,
    size_t rcpt, struct error *e)
{
	struct smtp_owed *o;
	size_t i, size;

	if (s->nowed == s->owed_size) {
		size = s->owed_size == 0 ? 64 : s->owed_size * 2;
		if ((o = calloc(size, sizeof(*o))) == NULL)
			return error_sys(e, "cannot send");
		for (i = 0; i < s->nowed; i++)
			o[i] = s->owed[(s->first_owed + i) % s->owed_size];
		free(s->owed);
		s->owed = o;
		s->owed_size = size;
		s->first_owed = 0;
	}
	o = &s->owed[(s->first_owed + s->nowed++) % s->owed_size];
	o->command = command;
	o->t = t;
	o->rcpt = rcpt;
	o->end = stream_written(s->stream);
	if (t != NULL)
		t->owed++;
	return 0;
}

/* The clock starts for a content of so many bytes.  "timeout" shortens what
 * its size adds as it shortens what a block has. */
static void
start_content(struct smtp *s, uint64_t size)
{
	s->content_until = clock_now() + smtp_limit(s, CONTENT_LIMIT) +
	    (int64_t)(size / SLOWEST) * smtp_limit(s, BLOCK_LIMIT) * 1000 /
	    BLOCK_LIMIT;
}

/* Send all that is written, in the midst of a content or not. */
static int
flush(struct smtp *s, int midst, struct error *e)
{
	int64_t until = clock_now() + smtp_limit(s, BLOCK_LIMIT);
	int late = s->content_until != 0 && s->content_until < until;

	if (stream_flush(s->stream, late ? s->content_until : until, e) == 0) {
		if (!midst)
			s->content_until = 0;
		return 0;
	}
	if (late && e->number == ETIMEDOUT) {
		errno = ETIMEDOUT;
		error_sys(e, "the server takes the message too slowly");
	}
	return -1;
}

/* "MAIL FROM:<address>"; without SMTPUTF8 as it is in ASCII, which it can be:
 * see transaction_new(). */
static void
add_path(struct buffer *line, const char *command, const char *address,
    int utf8)
{
	char *ascii = utf8 ? NULL : mailbox_ascii(address);

	buffer_addf(line, "%s:<%s>", command, ascii != NULL ? ascii : address);
	line->failed |= !utf8 && ascii == NULL;
	free(ascii);
}

static int
write_line(struct smtp *s, struct buffer *line, struct error *e)
{
	int rc;

	buffer_adds(line, "\r\n");
	rc = line->failed ? error_memory(e) :
	    stream_write(s->stream, line->data, line->len, e);
	buffer_free(line);
	return rc;
}

static int
write_mail(struct smtp *s, struct transaction *t, struct error *e)
{
	const struct envelope *env = &t->job->env;
	struct buffer line = BUFFER_INIT;

	add_path(&line, "MAIL FROM", env->sender, t->utf8);
	if ((t->bare & SMTP_BARE) == 0) {
		if (s->offers.has_size)
			buffer_addf(&line, " SIZE=%llu",
			    (unsigned long long)t->content.size);
		if (s->offers.eightbit && (env->facts.body_8bit ||
		    (env->facts.header_8bit && t->utf8)))
			buffer_adds(&line, " BODY=8BITMIME");
		if (t->utf8)
			buffer_adds(&line, " SMTPUTF8");
		if (s->offers.dsn && env->ret != NULL)
			buffer_addf(&line, " RET=%s", env->ret);
		if (s->offers.dsn && env->envid != NULL)
			buffer_addf(&line, " ENVID=%s", env->envid);
	}
	/* Never left out, also where parameters were refused; but a report
	 * goes without rather than not at all. */
	if (env->require_tls && smtp_can_require_tls(s) &&
	    ((t->bare & SMTP_BARE) == 0 || *env->sender != '\0'))
		buffer_adds(&line, " REQUIRETLS");
	return write_line(s, &line, e);
}

static int
write_rcpt(struct smtp *s, struct transaction *t, struct error *e)
{
	const struct envelope_rcpt *r =
	    &t->job->env.rcpts[t->rcpts[t->written]];
	int dsn = s->offers.dsn && t->bare == 0;
	struct buffer line = BUFFER_INIT;

	add_path(&line, "RCPT TO", r->address, t->utf8);
	if (dsn && r->notify != NULL)
		buffer_addf(&line, " NOTIFY=%s", r->notify);
	if (dsn && r->orcpt != NULL)
		buffer_addf(&line, " ORCPT=%s", r->orcpt);
	return write_line(s, &line, e);
}

/* A part of the content; the sink of convert.h. */
static int
write_block(void *arg, const char *data, size_t len, struct error *e)
{
	struct smtp *s = arg;
	int rc;

	if (stream_write(s->stream, data, len, e) != 0)
		return -1;
	if (stream_pending(s->stream) < BLOCK)
		return 0;
	rc = flush(s, 1, e);
	s->calls->progress(s->arg);
	return rc;
}

static int
write_data(struct smtp *s, struct transaction *t, struct error *e)
{
	/* A server that says 354 though nothing was accepted gets an empty
	 * message; but if it would go to someone, none. */
	if (t->accepted == 0)
		return stream_write(s->stream, ".\r\n", 3, e);
	if (t->decided || t->undone)
		return error_set(e, "the server refused the message and wants "
		    "its content");
	start_content(s, t->content.size);
	return convert_run(&t->content, 1, write_block, s, e);
}

static int
write_bdat(struct smtp *s, struct transaction *t, struct error *e)
{
	if (stream_printf(s->stream, e, "BDAT %llu LAST\r\n",
	    (unsigned long long)t->content.size) != 0)
		return -1;
	start_content(s, t->content.size);
	return convert_run(&t->content, 0, write_block, s, e);
}

/* All of t is written. */
static void
finish_sending(struct smtp *s, struct transaction *t)
{
	t->stage = SMTP_SENT;
	convert_free(&t->content);
	s->sending = NULL;
	if (t->job->todo > 0)
		transaction_queue_again(s, t->job);
}

/* Write the next step of t, and note what is owed. */
static int
send_step(struct smtp *s, struct transaction *t, struct error *e)
{
	size_t rcpt = t->written;

	switch (t->stage) {
	case SMTP_SEND_MAIL:
		t->stage = SMTP_SEND_RCPT;
		return write_mail(s, t, e) == 0 ?
		    owe(s, SMTP_MAIL, t, 0, e) : -1;
	case SMTP_SEND_RCPT:
		if (write_rcpt(s, t, e) != 0)
			return -1;
		if (++t->written == t->nrcpts)
			t->stage = smtp_is_chunking(s) ? SMTP_SEND_CONTENT :
			    SMTP_SEND_DATA;
		return owe(s, SMTP_RCPT, t, rcpt, e);
	case SMTP_SEND_DATA:
		t->stage = SMTP_SEND_CONTENT;
		return stream_printf(s->stream, e, "DATA\r\n") == 0 ?
		    owe(s, SMTP_DATA, t, 0, e) : -1;
	case SMTP_SEND_CONTENT:
		if ((smtp_is_chunking(s) ? write_bdat(s, t, e) :
		    write_data(s, t, e)) != 0)
			return -1;
		t->end = stream_written(s->stream);
		finish_sending(s, t);
		return owe(s, SMTP_END, t, 0, e);
	case SMTP_SENT:
		break;
	}
	return 0;
}

/* May the next step of t go out before the replies that are owed are in? */
static int
may_send(const struct smtp *s, const struct transaction *t)
{
	if (s->nowed == 0)
		return 1;
	if (t->stage == SMTP_SEND_CONTENT)
		return smtp_is_chunking(s) && !is_careful(s, t->job);
	return !is_classic(s);
}

/* May another transaction begin behind those in flight? */
static int
may_begin(const struct smtp *s, const struct smtp_job *job)
{
	if (s->nflights == 0)
		return s->nowed == 0 || !is_classic(s);
	if (is_careful(s, job) || is_careful(s, s->flights->job))
		return 0;
	if (smtp_is_chunking(s))
		return s->nflights < s->p->window &&
		    s->bytes + job->env.message <= WINDOW_BYTES;
	return !is_classic(s) && s->nflights < 2;
}

/* The job to send from: what is left of one, or another. */
static struct smtp_job *
pick_job(struct smtp *s)
{
	if (s->again != NULL)
		return s->again;
	if (s->job == NULL && (s->job = s->calls->next(s->arg)) != NULL &&
	    s->job->todo == 0) {
		s->calls->done(s->arg, s->job);
		s->job = NULL;
	}
	return s->job;
}

/* Begin a transaction.  1: begun; 0: nothing to begin now; -1 and e. */
static int
begin(struct smtp *s, struct error *e)
{
	struct smtp_job *job = pick_job(s);
	struct transaction *t;

	if (job == NULL || !may_begin(s, job))
		return 0;
	if (job == s->again) {
		s->again = job->next;
		job->waiting = 0;
	} else
		s->job = NULL;
	if ((t = transaction_new(s, job)) == NULL) {
		if (job->todo > 0) {
			transaction_queue_again(s, job);
			return error_sys(e, "cannot send");
		}
		if (job->flights == 0)
			s->calls->done(s->arg, job);	/* none can be sent */
		return 1;
	}
	s->sending = t;
	/* Should the server refuse the BDAT of the message before, it may keep
	 * that transaction open (RFC 3030, 2): then this message would go to
	 * its recipients. */
	if (s->reset || (smtp_is_chunking(s) && s->nflights > 1)) {
		s->reset = 0;
		if (stream_printf(s->stream, e, "RSET\r\n") != 0)
			return -1;
		return owe(s, SMTP_RSET, NULL, 0, e) == 0 ? 1 : -1;
	}
	return 1;
}

/* Write all that may go out now. */
static int
send_all(struct smtp *s, struct error *e)
{
	int rc;

	for (;;) {
		if (s->sending == NULL &&
		    (rc = begin(s, e)) <= 0)
			return rc;
		if (s->sending == NULL)
			continue;
		if (!may_send(s, s->sending))
			return 0;
		if (send_step(s, s->sending, e) != 0)
			return -1;
		if (stream_pending(s->stream) >= BLOCK && flush(s, 0, e) != 0)
			return -1;
	}
}

/* Read the oldest reply that is owed, not later than by, and let its
 * transaction take it. */
static int
take_reply(struct smtp *s, int64_t by, struct verdict *v)
{
	struct smtp_owed *o = &s->owed[s->first_owed];
	int64_t until = clock_now() + smtp_limit(s, limits[o->command]);
	uint64_t sent;

	if (smtp_read(s, until < by ? until : by, &sent, v) != 0)
		return -1;
	/* Before it was asked, or what cannot be a reply to it, as 221 is one
	 * to QUIT: taken for the answer it would lose mail. */
	if (sent < o->end || s->reply.code == 221 || s->reply.code / 100 ==
	    (o->command == SMTP_DATA ? 2 : 3)) {
		s->unfit |= !is_classic(s);
		verdict_set(v, VERDICT_DEFERRED, VERDICT_SITE, 0, "4.5.0",
		    "%.300s: the server replied %s: %03d %.100s", s->relay,
		    sent < o->end ? "before it was asked" : "out of turn",
		    s->reply.code, buffer_string(&s->reply.text));
		return -1;
	}
	s->answered = 1;
	s->first_owed = (s->first_owed + 1) % s->owed_size;
	s->nowed--;
	if (o->command == SMTP_RSET) {
		if (s->reply.code != 421)
			return 0;
		verdict_judge(v, VERDICT_MAIL, &s->reply);
		return -1;
	}
	return transaction_reply(s, o, v);
}

/* Sending failed.  What the server said before it hung up still counts. */
static void
take_last_replies(struct smtp *s, struct verdict *v)
{
	struct verdict last;

	while (s->nowed > 0 && stream_has_line(s->stream)) {
		if (take_reply(s, INT64_MAX, &last) == 0)
			continue;
		if (last.code != 0)
			*v = last;
		return;
	}
}

/* 1: a message that is all at the server has no reply yet. */
static int
is_one_sent(const struct smtp *s)
{
	const struct transaction *t;

	for (t = s->flights; t != NULL; t = t->next)
		if (t->owed > 0 && transaction_is_sent(s, t))
			return 1;
	return 0;
}

/*
 * A reply said that the site takes no more, or a message could not be read.
 * Others may be all at the server, which goes on to answer them; what it
 * refuses for the same reason was not tried.  After a 421 it is to close
 * (RFC 5321, 3.8), but not each does.  1: what is unanswered then may have
 * been taken; if it closes after a 421, that was not.
 */
static int
take_sent_replies(struct smtp *s, int code)
{
	int64_t by = INT64_MAX;
	struct smtp_owed o;
	struct verdict v;
	int decided;

	s->broken = 0;
	for (v.code = code; is_one_sent(s); ) {
		if (v.code == 421 && by == INT64_MAX)
			by = clock_now() + smtp_limit(s, LEAVING_LIMIT);
		o = s->owed[s->first_owed];
		decided = o.t != NULL && o.t->decided;
		if (take_reply(s, by, &v) == 0)
			continue;
		if (v.code == 0)
			return by == INT64_MAX || !s->broken;
		if (o.t != NULL && o.command != SMTP_RCPT) {
			o.t->undone |= !decided;
			o.t->decided = decided;
		}
	}
	return 0;
}

/*
 * The server ended the session between two messages: it closed, or said 421
 * to the next RSET or MAIL, and that one was not begun.  What was all sent is
 * in doubt if it just closed, unless it had done so in a pause.
 */
static int
is_stale(const struct smtp *s, const struct verdict *v)
{
	const struct transaction *t = s->flights;

	if (!s->used || v->scope != VERDICT_SITE)
		return 0;
	if (v->code != 0)
		return v->code == 421 && t != NULL && t->replies <= 1;
	if (!s->answered && s->broken)
		return 1;
	for (; t != NULL; t = t->next)
		if (t->replies > 0 || transaction_is_sent(s, t))
			return 0;
	return 1;
}

/* Send and read replies by turns.  0: all is done; -1 and v. */
static int
exchange(struct smtp *s, struct verdict *v)
{
	struct error e;

	for (;;) {
		if (send_all(s, &e) != 0)
			break;
		if (s->nowed == 0)
			return 0;
		if (flush(s, 0, &e) != 0)
			break;
		do
			if (take_reply(s, INT64_MAX, v) != 0)
				return -1;
		while (s->nowed > 0 && stream_has_line(s->stream));
	}
	if (e.number != EBADMSG) {
		smtp_failed(s, &e, v);
		take_last_replies(s, v);
		return -1;
	}
	verdict_set(v, VERDICT_DEFERRED, VERDICT_MESSAGE, 0, "4.3.0", "%s",
	    e.text);
	/* Those before it are to get there nevertheless. */
	flush(s, 1, &e);
	return -1;
}

int
smtp_is_unfit(const struct smtp *s)
{
	return s->unfit;
}

int
smtp_is_dropped(const struct smtp *s)
{
	return s->dropped;
}

/* The session is over, because of v. */
static void
end_session(struct smtp *s, int stale, const struct verdict *v)
{
	struct smtp_ending end = { *v, stale, !stale, !s->unfit };
	size_t before = s->nflights;

	/* It said so to MAIL: that one was not begun. */
	if (stale && v->code != 0 && s->flights->replies > 0) {
		s->flights->undone = 1;
		s->flights->decided = 0;
	}
	if (v->code != 0 || v->scope == VERDICT_MESSAGE)
		end.doubt = take_sent_replies(s, v->code);
	/* The one that it was about has its verdict. */
	if (s->nflights < before)
		end.blame = 0;
	s->torn = s->nowed > 0;
	transaction_give_up(s, &end);
}

enum smtp_result
smtp_run(struct smtp *s, const struct smtp_calls *calls, void *arg,
    struct verdict *v)
{
	int stale;

	s->calls = calls;
	s->arg = arg;
	s->answered = s->broken = 0;
	if (exchange(s, v) == 0)
		return SMTP_IDLE;
	s->dropped = s->broken && s->nowed > 0 && !is_classic(s) &&
	    v->code == 0;
	stale = is_stale(s, v);
	end_session(s, stale, v);
	return stale ? SMTP_STALE : SMTP_LOST;
}
