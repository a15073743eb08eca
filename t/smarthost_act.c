/*
 * smarthost_act.c - do what a rule says.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_session.h"

#include <string.h>

#include "smarthost_report.h"

static void
pause_now(struct session *s, unsigned long ms)
{

	wire_flush(s->w);
	wire_pause(s->w, (long)ms);
}

static void
event(struct session *s, const char *what)
{

	report_event(s->number, wire_is_tls(s->w), "%s", what);
}

static void
end(struct session *s, const char *what, enum wire_end how)
{

	event(s, what);
	wire_end(s->w, how);
}

static void
slow(struct session *s, const struct action *a)
{
	size_t i;

	report_line(
	    s->number, wire_is_tls(s->w), 'S', buf_text(&a->text), a->text.len);
	wire_flush(s->w);
	for (i = 0; i < a->text.len && !wire_ended(s->w); i++) {
		wire_pause(s->w, (long)a->number);
		wire_send(s->w, a->text.data + i, 1);
		wire_flush(s->w);
	}
}

/* Continuation lines until there are number bytes; 0: until the peer ends. */
static void
flood(struct session *s, unsigned long number)
{
	static const char line[] = "250-flood flood flood flood flood flood "
				   "flood flood flood flood flood flood\r\n";
	unsigned long sent = 0;

	while (!wire_ended(s->w) && (number == 0 || sent < number)) {
		wire_send(s->w, line, sizeof(line) - 1);
		sent += sizeof(line) - 1;
	}
	wire_flush(s->w);
	report_event(s->number, wire_is_tls(s->w), "flood %lu", sent);
}

static void
after_220(struct session *s, const struct action *a)
{
	struct buf b = { 0 };

	buf_adds(&b, "220 2.0.0 Ready to start TLS\r\n");
	buf_add(&b, a->text.data, a->text.len);
	session_send(s, &b);
	wire_flush(s->w);
	buf_free(&b);
}

static void
early(struct session *s, const struct action *a)
{
	struct buf b = { 0 };

	if (s->in_data)
		buf_adds(&b, "354 End data with <CR><LF>.<CR><LF>\r\n");
	buf_add(&b, a->text.data, a->text.len);
	session_send(s, &b);
	wire_flush(s->w);
	buf_free(&b);
	s->tx.early = 1;
	s->tx.early_ok = a->text.data[0] == '2';
}

static void
stall(struct session *s)
{

	event(s, "stall");
	wire_flush(s->w);
	wire_pause(s->w, -1);
	wire_end(s->w, WIRE_END_TRUNCATE);
}

static void
act_one(struct session *s, const struct action *a)
{

	switch (a->kind) {
	case ACTION_REPLY:
	case ACTION_RAW:
		session_send(s, &a->text);
		break;
	case ACTION_REPLY_CLOSE:
		session_send(s, &a->text);
		end(s, "reply-close", WIRE_END_POLITE);
		break;
	case ACTION_SILENT:
		event(s, "silent");
		break;
	case ACTION_CLOSE:
		end(s, "close", WIRE_END_NOW);
		break;
	case ACTION_ACCEPT_CLOSE:
		end(s, "accept-close", WIRE_END_NOW);
		break;
	case ACTION_TRUNCATE:
		end(s, "truncate", WIRE_END_TRUNCATE);
		break;
	case ACTION_RESET:
		end(s, "reset", WIRE_END_RESET);
		break;
	case ACTION_STALL:
		stall(s);
		break;
	case ACTION_DELAY:
		pause_now(s, a->number);
		break;
	case ACTION_DRIP:
		event(s, "drip");
		wire_drip(s->w, a->number);
		break;
	case ACTION_CLOSE_AFTER:
		s->close_after = (long long)a->number;
		break;
	case ACTION_SLOW:
		slow(s, a);
		break;
	case ACTION_FLOOD:
		flood(s, a->number);
		break;
	case ACTION_EARLY:
		early(s, a);
		break;
	case ACTION_INJECT:
		after_220(s, a);
		break;
	}
}

void
act_run(struct session *s, const struct rule *r, unsigned int from)
{
	unsigned int i;

	for (i = from; i < r->n_actions && !wire_ended(s->w); i++)
		act_one(s, &r->actions[i]);
}

unsigned int
act_delays(struct session *s, const struct rule *r)
{
	unsigned int i;

	for (i = 0; i < r->n_actions && r->actions[i].kind == ACTION_DELAY; i++)
		act_one(s, &r->actions[i]);
	return i;
}

int
act_has(const struct rule *r, enum action_kind kind)
{
	unsigned int i;

	for (i = 0; r != NULL && i < r->n_actions; i++)
		if (r->actions[i].kind == kind)
			return 1;
	return 0;
}
