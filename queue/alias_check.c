/*
 * What is wrong with a file of aliases: see alias.h.  The aliases that each
 * leads to are the edges of a graph, which is walked once, without recursion:
 * an edge back to where the walk came through closes a circle.  An alias that
 * names itself is none: that is how it says "and to this name, too".
 */
#include <config.h>

#include <stdlib.h>

#include "queue/address.h"
#include "queue/alias.h"
#include "queue/buffer.h"
#include "queue/recipients.h"

enum mark { FRESH, OPEN, CLOSED };

struct node {
	size_t first, last;	/* its edges: the last is not its own */
	enum mark mark;
	size_t from;		/* the last that leads to it, its index + 1 */
};

struct check {
	const struct recipients_rules *rules;
	const struct aliases *aliases;
	aliases_report *report;
	void *arg;
	struct node *nodes;	/* of each alias, by its index */
	size_t *edges;		/* the indices they lead to */
	size_t n, size;
	size_t *way;		/* the nodes that are OPEN, in order */
	size_t len;
};

/* Takes text, which is about alias.  -1: memory ran out. */
static int
tell(const struct check *c, const struct alias *alias, struct buffer *text)
{
	int failed = text->failed;

	if (!failed)
		c->report(c->arg, c->rules->aliases, alias->line,
		    buffer_string(text));
	buffer_free(text);
	return failed ? -1 : 0;
}

static int
add_edge(struct check *c, size_t from, size_t to)
{
	size_t size = c->size == 0 ? 64 : c->size * 2;
	size_t *grown;

	if (from == to || c->nodes[to].from == from + 1)
		return 0;
	c->nodes[to].from = from + 1;
	if (c->n == c->size) {
		grown = reallocarray(c->edges, size, sizeof(*grown));
		if (grown == NULL)
			return -1;
		c->edges = grown;
		c->size = size;
	}
	c->edges[c->n++] = to;
	return 0;
}

static int
check_target(struct check *c, const struct alias *alias, const char *target)
{
	struct address_list list = ADDRESS_LIST_INIT;
	struct buffer text = BUFFER_INIT;
	const struct alias *next;
	int result = alias_parse(&list, target);
	size_t i;

	for (i = 0; i < list.n && result == 0; i++) {
		result = recipients_alias(c->rules, c->aliases, &list, i,
		    &next);
		if (result == 0 && next != NULL)
			result = add_edge(c, alias->index, next->index);
	}
	if (result == 0 && !alias_is_read(&list)) {
		buffer_addf(&text, "alias %s: %s is ignored: only addresses "
		    "are supported, with commas between them", alias->name,
		    target);
		result = tell(c, alias, &text);
	}
	address_free(&list);
	return result;
}

static int
check_targets(struct check *c, const struct alias *alias)
{
	struct node *node = &c->nodes[alias->index];
	int result = 0;
	char **t;

	node->first = c->n;
	for (t = alias->targets; *t != NULL && result == 0; t++)
		result = check_target(c, alias, *t);
	node->last = c->n;
	return result;
}

/* The last of the way leads to start, which is on it. */
static int
tell_circle(const struct check *c, size_t start)
{
	const struct alias *alias = aliases_get(c->aliases, start);
	struct buffer text = BUFFER_INIT;
	size_t i = c->len;

	while (c->way[--i] != start)
		continue;
	buffer_addf(&text, "alias %s leads back to itself (", alias->name);
	for (; i < c->len; i++)
		buffer_addf(&text, "%s, ",
		    aliases_get(c->aliases, c->way[i])->name);
	buffer_addf(&text, "%s), and is then taken for a name without alias",
	    alias->name);
	return tell(c, alias, &text);
}

static void
enter(struct check *c, size_t i)
{
	c->nodes[i].mark = OPEN;
	c->way[c->len++] = i;
}

static int
walk(struct check *c, size_t start)
{
	int result = 0;

	if (c->nodes[start].mark == FRESH)
		enter(c, start);
	while (c->len > 0 && result == 0) {
		struct node *node = &c->nodes[c->way[c->len - 1]];
		size_t next;

		if (node->first == node->last) {
			node->mark = CLOSED;
			c->len--;
			continue;
		}
		next = c->edges[node->first++];
		if (c->nodes[next].mark == FRESH)
			enter(c, next);
		else if (c->nodes[next].mark == OPEN)
			result = tell_circle(c, next);
	}
	return result;
}

static int
check_all(struct check *c)
{
	size_t i, count = aliases_count(c->aliases);
	int result = 0;

	if (count == 0)
		return 0;
	c->nodes = calloc(count, sizeof(*c->nodes));
	c->way = calloc(count, sizeof(*c->way));
	if (c->nodes == NULL || c->way == NULL)
		result = -1;
	for (i = 0; i < count && result == 0; i++)
		result = check_targets(c, aliases_get(c->aliases, i));
	for (i = 0; i < count && result == 0; i++)
		result = walk(c, i);
	free(c->edges);
	free(c->nodes);
	free(c->way);
	return result;
}

int
alias_check(const struct recipients_rules *rules, aliases_report *report,
    void *arg)
{
	struct aliases *aliases = aliases_load(rules->aliases, report, arg);
	struct check c = { .rules = rules, .aliases = aliases,
		.report = report, .arg = arg };
	int result;

	if (aliases == NULL)
		return -1;
	result = check_all(&c);
	aliases_free(aliases);
	return result;
}
