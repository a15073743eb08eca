/*
 * outbox list: the queue, or failed/, a message a line; for people with the
 * reason why it waits below it, for programs as JSON.
 */
#include <config.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "queue/error.h"
#include "queue/json.h"
#include "queue/listing.h"
#include "queue/outbox.h"
#include "queue/privilege.h"
#include "queue/utf8.h"

#define SCHEMA 1	/* of the JSON; changes when a field changes */
#define RCPTS_MAX 3	/* that people see of a message */
#define COLUMNS "%-25s %5s %5s %-8s "

struct list {
	struct tool *tool;
	int failed;		/* the messages of failed/ */
	int own;		/* those of the user, and no other */
	time_t now;
	struct buffer text;	/* a message, as it is printed */
	size_t messages;
	uint64_t bytes;
};

static const char *
state_name(const struct list *l, enum listing_state state)
{
	static const char *const names[] = { "active", "held", "deferred",
		"due" };

	return l->failed ? "failed" : names[state];
}

static const char *
mark_name(enum envelope_mark mark)
{
	return mark == ENVELOPE_TODO ? "waiting" :
	    mark == ENVELOPE_DELIVERED ? "delivered" : "failed";
}

static void
add_json(struct list *l, const struct spool_message *m, const char *state)
{
	const struct envelope *env = &m->env;
	struct buffer *out = &l->text;
	size_t i;

	buffer_addc(out, '{');
	json_number(out, "schema", SCHEMA);
	json_text(out, "id", m->id);
	json_text(out, "state", state);
	json_number(out, "arrival", env->arrival);
	json_number(out, "size", (int64_t)env->message);
	json_number(out, "uid", env->uid);
	json_text(out, "sender", env->sender);
	json_name(out, "recipients");
	for (i = 0; i < env->nrcpts; i++) {
		buffer_adds(out, i == 0 ? "[{" : ",{");
		json_text(out, "address", env->rcpts[i].address);
		json_text(out, "state", mark_name(env->rcpts[i].mark));
		buffer_addc(out, '}');
	}
	buffer_addc(out, ']');
	json_number(out, "attempts", env->retry.attempts);
	json_number(out, "next", env->retry.next);
	json_text(out, "reason", env->retry.reply);
	buffer_adds(out, "}\n");
}

/* Those who do not have it yet. */
static void
add_recipients(struct buffer *out, const struct envelope *env)
{
	size_t i, n = 0;

	for (i = 0; i < env->nrcpts; i++) {
		if (env->rcpts[i].mark == ENVELOPE_DELIVERED ||
		    n++ >= RCPTS_MAX)
			continue;
		buffer_adds(out, n == 1 ? " -> " : ", ");
		utf8_add_printable(out, env->rcpts[i].address);
	}
	if (n > RCPTS_MAX)
		buffer_addf(out, " and %zu more", n - RCPTS_MAX);
}

static void
add_reason(struct list *l, const struct envelope_retry *retry,
    enum listing_state state)
{
	struct buffer *out = &l->text;
	char age[TEXT_NUMBER];

	if (*retry->reply == '\0' && state != LISTING_DEFERRED)
		return;
	buffer_adds(out, "    ");
	if (state == LISTING_DEFERRED && !l->failed) {
		text_age(age, retry->next - l->now);
		buffer_addf(out, "next try in %s%s", age,
		    *retry->reply != '\0' ? ": " : "");
	}
	utf8_add_printable(out, retry->reply);
	buffer_addc(out, '\n');
}

static void
add_text(struct list *l, const struct spool_message *m,
    enum listing_state state)
{
	const struct envelope *env = &m->env;
	char age[TEXT_NUMBER], size[TEXT_NUMBER];

	if (l->messages == 0)
		buffer_addf(&l->text, COLUMNS "%s\n", "ID", "AGE", "SIZE",
		    "STATE", "SENDER -> RECIPIENTS");
	text_age(age, l->now - env->arrival);
	text_size(size, env->message);
	buffer_addf(&l->text, COLUMNS, m->id, age, size,
	    state_name(l, state));
	utf8_add_printable(&l->text, *env->sender != '\0' ? env->sender :
	    "<>");
	add_recipients(&l->text, env);
	buffer_addc(&l->text, '\n');
	add_reason(l, &env->retry, state);
}

/* 1: no IDs were given, or this is one of them. */
static int
is_named(const struct options *o, const char *id)
{
	char **word;

	for (word = o->words; *word != NULL; word++)
		if (strcmp(*word, id) == 0)
			return 1;
	return *o->words == NULL;
}

static void
flush_text(struct list *l)
{
	if (l->text.failed)
		tool_fail(l->tool, EX_OSERR, "out of memory");
	fwrite(l->text.data, 1, l->text.len, stdout);
	buffer_reset(&l->text);
}

static void
print_message(void *arg, const struct spool_message *m,
    enum listing_state state)
{
	struct list *l = arg;
	const struct options *o = &l->tool->options;

	if (!is_named(o, m->id) || !select_matches(o, m))
		return;
	if (o->json)
		add_json(l, m, state_name(l, state));
	else
		add_text(l, m, state);
	l->messages++;
	l->bytes += m->env.message;
	flush_text(l);
}

/* In queue/ it is for flush to put aside, in failed/ for a person. */
static void
print_other(void *arg, const char *name, enum spool_result result,
    const struct error *e)
{
	struct list *l = arg;
	const struct options *o = &l->tool->options;
	struct buffer *out = &l->text;

	if (result == SPOOL_ERROR && is_named(o, name))
		select_complain(l->tool, name, result, e);
	if (!l->failed || result == SPOOL_ERROR || !is_named(o, name) ||
	    o->from != NULL || o->to != NULL || o->older != 0 ||
	    o->reason != NULL)
		return;
	if (o->json) {
		buffer_addc(out, '{');
		json_number(out, "schema", SCHEMA);
		json_text(out, "id", name);
		json_text(out, "state", "damaged");
		json_text(out, "reason", e->text);
		buffer_adds(out, "}\n");
	} else {
		utf8_add_printable(out, name);
		buffer_adds(out, ": damaged: ");
		utf8_add_printable(out, e->text);
		buffer_addc(out, '\n');
	}
	l->messages++;
	flush_text(l);
}

static int
count(void *arg, const char *id)
{
	size_t *n = arg;

	(void)id;
	++*n;
	return 0;
}

static void
count_stray(void *arg, const char *name)
{
	count(arg, name);
}

/* What else there is. */
static void
print_end(struct list *l)
{
	char size[TEXT_NUMBER];
	size_t failed = 0;
	struct error e;

	text_size(size, l->bytes);
	if (l->messages == 0)
		printf("No message%s%s.", l->own ? " of yours" : "",
		    select_is_given(&l->tool->options) ? " fits" :
		    l->failed ? " is in failed/" : " is in the queue");
	else
		printf("%zu message%s, %s%s.", l->messages,
		    l->messages == 1 ? "" : "s", size,
		    isdigit((unsigned char)size[strlen(size) - 1]) ?
		    " bytes" : "");
	if (!l->failed && l->tool->failed != NULL &&
	    spool_scan(l->tool->failed, count, count_stray, &failed,
	    &e) == 0 && failed > 0)
		printf("  %zu in failed/: outbox list --failed", failed);
	putchar('\n');
}

static void
walk(struct list *l, struct spool *s, int failed)
{
	static const struct listing_calls calls = { print_message,
		print_other };
	struct error e;

	l->failed = failed;
	if (s != NULL && listing_run(s, &calls, l, &e) != 0)
		tool_fail(l->tool, EX_IOERR, e.text);
}

void
outbox_list(struct tool *t)
{
	struct list l = { .tool = t, .now = time(NULL),
		.own = !privilege_owns(t->spool) };
	const struct options *o = &t->options;

	if (!o->failed)
		walk(&l, t->spool, 0);
	if (o->failed || *o->words != NULL)
		walk(&l, t->failed, 1);
	if (!o->json)
		print_end(&l);
	if (*o->words != NULL && l.messages == 0 && t->status == 0)
		t->status = EX_NOINPUT;
	buffer_free(&l.text);
}
