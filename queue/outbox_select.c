/*
 * Which messages a verb is for: by ID, or by what they are.
 */
#include <config.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "queue/error.h"
#include "queue/listing.h"
#include "queue/outbox.h"

static int
is_address(const char *pattern, const char *address)
{
	if (strcmp(pattern, "<>") == 0)
		return *address == '\0';
	return fnmatch(pattern, address, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

static int
has_recipient(const char *pattern, const struct envelope *env)
{
	size_t i;

	for (i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].mark != ENVELOPE_DELIVERED &&
		    is_address(pattern, env->rcpts[i].address))
			return 1;
	return 0;
}

int
select_matches(const struct options *o, const struct spool_message *m)
{
	const struct envelope *env = &m->env;

	return (o->from == NULL || is_address(o->from, env->sender)) &&
	    (o->to == NULL || has_recipient(o->to, env)) &&
	    (o->older == 0 || time(NULL) - env->arrival >= o->older) &&
	    (o->reason == NULL ||
	    strcasestr(env->retry.reply, o->reason) != NULL);
}

/* What is no message has no sender, and so on. */
static int
matches_any(const struct options *o)
{
	return o->from == NULL && o->to == NULL && o->older == 0 &&
	    o->reason == NULL;
}

int
select_is_given(const struct options *o)
{
	return *o->words != NULL || o->all || !matches_any(o);
}

struct spool *
select_spool(const struct tool *t, const struct target *g)
{
	return g->failed ? t->failed : t->spool;
}

enum spool_result
select_peek(struct tool *t, struct spool *s, const char *id,
    struct spool_message *m, struct error *e)
{
	enum spool_result result;

	tool_raise(t);
	result = spool_peek(s, id, m, e);
	tool_lower(t);
	return result;
}

void
select_complain(struct tool *t, const char *name, enum spool_result result,
    const struct error *e)
{
	struct error line;

	switch (result) {
	case SPOOL_OK:
		return;
	case SPOOL_BUSY:
		error_set(&line, "%s is being delivered: try again", name);
		tool_fail(t, EX_TEMPFAIL, line.text);
		return;
	case SPOOL_GONE:
		error_set(&line, "%s is not in the queue", name);
		tool_fail(t, EX_NOINPUT, line.text);
		return;
	case SPOOL_SHORT:
	case SPOOL_BAD:
	case SPOOL_ERROR:
		break;
	}
	if (e->number == EACCES)
		error_set(&line, "%s is not yours", name);
	else
		error_set(&line, "%s: %s", name, e->text);
	tool_fail(t, e->number == EACCES ? EX_NOPERM : EX_IOERR, line.text);
}

struct collector {
	struct tool *tool;
	struct targets *targets;
	int failed;
};

static void
add(struct collector *c, const char *name, int damaged)
{
	struct targets *list = c->targets;
	struct target *g;
	void *grown;

	if (list->n == list->size) {
		list->size = list->size == 0 ? 64 : list->size * 2;
		grown = reallocarray(list->list, list->size,
		    sizeof(*list->list));
		if (grown == NULL) {
			list->size = list->n;
			tool_fail(c->tool, EX_OSERR, "out of memory");
			return;
		}
		list->list = grown;
	}
	g = &list->list[list->n];
	memset(g, 0, sizeof(*g));
	g->failed = c->failed;
	g->damaged = damaged;
	if ((g->name = strdup(name)) != NULL)
		list->n++;
	else
		tool_fail(c->tool, EX_OSERR, "out of memory");
}

static void
add_message(void *arg, const struct spool_message *m,
    enum listing_state state)
{
	struct collector *c = arg;

	(void)state;
	if (select_matches(&c->tool->options, m))
		add(c, m->id, 0);
}

/* What lies in queue/ and is no message is for flush to put aside.  Whether
 * one is meant that cannot be read now is not known. */
static void
add_damaged(void *arg, const char *name, enum spool_result result,
    const struct error *e)
{
	struct collector *c = arg;

	if (result == SPOOL_ERROR)
		select_complain(c->tool, name, result, e);
	else if (c->failed && matches_any(&c->tool->options))
		add(c, name, 1);
}

/* One that is named: in queue/, or else in failed/. */
static void
add_named(struct collector *c, const char *id)
{
	struct tool *t = c->tool;
	enum spool_result result = SPOOL_GONE;
	struct spool_message m;
	struct error e;

	c->failed = t->options.failed;
	if (!c->failed)
		result = select_peek(t, t->spool, id, &m, &e);
	if (result == SPOOL_GONE && t->failed != NULL) {
		c->failed = 1;
		result = select_peek(t, t->failed, id, &m, &e);
	}
	if (result == SPOOL_OK) {
		add_message(c, &m, LISTING_DUE);
		spool_release(&m);
	} else if (c->failed && (result == SPOOL_BAD ||
	    result == SPOOL_SHORT))
		add_damaged(c, id, result, &e);
	else
		select_complain(t, id, result, &e);
}

void
select_collect(struct tool *t, struct targets *targets)
{
	static const struct listing_calls calls = { add_message,
		add_damaged };
	struct collector c = { t, targets, t->options.failed };
	char **id = t->options.words;
	struct error e;

	memset(targets, 0, sizeof(*targets));
	if (*id == NULL && listing_run(c.failed ? t->failed : t->spool,
	    &calls, &c, &e) != 0)
		tool_fail(t, EX_IOERR, e.text);
	for (; *id != NULL; id++) {
		if (spool_is_id(*id)) {
			add_named(&c, *id);
			continue;
		}
		error_set(&e, "%.100s is not a queue ID: see outbox list",
		    *id);
		tool_fail(t, EX_USAGE, e.text);
	}
}

void
select_free(struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->n; i++)
		free(targets->list[i].name);
	free(targets->list);
}
