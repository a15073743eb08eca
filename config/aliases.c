/*
 * The aliases file: see aliases.h.  Lines are joined first, so that the rest
 * sees "name: target, target" and nothing else.
 */
#include <config.h>

#include "config/aliases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n"

struct aliases {
	struct alias *items;	/* sorted by name */
	size_t n, size;
};

struct reader {
	struct aliases *aliases;
	const char *path;
	aliases_report *report;
	void *arg;
	char *text;		/* the joined line */
	size_t len;
	int line;		/* where it starts */
};

static void
complain(const struct reader *r, int line, const char *text)
{
	if (r->report != NULL)
		r->report(r->arg, r->path, line, text);
}

/* The end of what starts at p: a comma, or stop, outside of quotes. */
static char *
skip_item(char *p, char stop)
{
	int quoted = 0;

	for (; *p != '\0' && (quoted || *p != stop); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && p[1] != '\0')
			p++;
	}
	return p;
}

/* Without blanks around it, in place. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len > 0 &&
	    strchr(BLANKS, text[len - 1]) != NULL; len--)
		continue;
	text[len] = '\0';
	return text;
}

/* The name without its quotes, in place. */
static void
unquote(char *name)
{
	char *to = name;

	for (; *name != '\0'; name++) {
		if (*name == '"')
			continue;
		if (*name == '\\' && name[1] != '\0')
			name++;
		*to++ = *name;
	}
	*to = '\0';
}

static void
free_alias(struct alias *alias)
{
	char **t;

	for (t = alias->targets; t != NULL && *t != NULL; t++)
		free(*t);
	free(alias->targets);
	free(alias->name);
}

/* The targets of value, which is cut up. */
static int
split_targets(struct alias *alias, char *value)
{
	size_t n = 0, size = 4;
	char *end, *next, **grown;

	if ((alias->targets = calloc(size, sizeof(*grown))) == NULL)
		return -1;
	for (; value != NULL; value = next) {
		end = skip_item(value, ',');
		next = *end == ',' ? end + 1 : NULL;
		*end = '\0';
		value = trim(value);
		if (*value == '\0')
			continue;
		if (n + 2 > size) {
			size *= 2;
			grown = reallocarray(alias->targets, size,
			    sizeof(*grown));
			if (grown == NULL)
				return -1;
			alias->targets = grown;
		}
		alias->targets[n] = strdup(value);
		alias->targets[n + 1] = NULL;
		if (alias->targets[n++] == NULL)
			return -1;
	}
	return 0;
}

static struct alias *
new_alias(struct aliases *a)
{
	if (a->n == a->size) {
		size_t size = a->size == 0 ? 32 : a->size * 2;
		void *items = reallocarray(a->items, size,
		    sizeof(*a->items));

		if (items == NULL)
			return NULL;
		a->items = items;
		a->size = size;
	}
	memset(&a->items[a->n], 0, sizeof(a->items[a->n]));
	return &a->items[a->n];
}

/* The joined line is complete. */
static int
end_line(struct reader *r)
{
	struct alias *alias;
	char *colon, *name;

	if (r->len == 0)
		return 0;
	r->len = 0;
	colon = skip_item(r->text, ':');
	if (*colon != ':') {
		complain(r, r->line, "an alias is written 'name: target'");
		return 0;
	}
	*colon = '\0';
	name = trim(r->text);
	unquote(name);
	if (*name == '\0') {
		complain(r, r->line, "the alias has no name");
		return 0;
	}
	if ((alias = new_alias(r->aliases)) == NULL)
		return -1;
	alias->line = r->line;
	alias->name = strdup(name);
	if (alias->name == NULL || split_targets(alias, colon + 1) != 0) {
		free_alias(alias);
		return -1;
	}
	if (*alias->targets == NULL) {
		complain(r, r->line, "the alias has no target");
		free_alias(alias);
		return 0;
	}
	r->aliases->n++;
	return 0;
}

/* Join len bytes of line, which starts a new alias unless it is indented. */
static int
add_line(struct reader *r, const char *line, size_t len, int number)
{
	char *grown;

	if (line[strspn(line, BLANKS)] == '\0' ||
	    line[strspn(line, BLANKS)] == '#')
		return 0;
	if (*line != ' ' && *line != '\t') {
		if (end_line(r) != 0)
			return -1;
		r->line = number;
	} else if (r->len == 0) {
		complain(r, number, "a continuation of nothing");
		return 0;
	}
	if ((grown = realloc(r->text, r->len + len + 1)) == NULL)
		return -1;
	r->text = grown;
	memcpy(r->text + r->len, line, len + 1);
	r->len += len;
	return 0;
}

static int
read_lines(struct reader *r, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	int number = 0, result = 0;

	while (result == 0 && getline(&line, &size, file) >= 0)
		result = add_line(r, line, strlen(line), ++number);
	if (result == 0 && ferror(file))
		complain(r, 0, strerror(errno));
	else if (result == 0 && !feof(file))
		result = -1;	/* no memory for the line */
	if (result == 0)
		result = end_line(r);
	free(line);
	return result;
}

static int
compare(const void *a, const void *b)
{
	const struct alias *x = a, *y = b;
	int order = strcasecmp(x->name, y->name);

	return order != 0 ? order : x->line - y->line;
}

struct aliases *
aliases_load(const char *path, aliases_report *report, void *arg)
{
	struct reader r = { .path = path, .report = report, .arg = arg };
	FILE *file;
	size_t i;
	int result = 0;

	if ((r.aliases = calloc(1, sizeof(*r.aliases))) == NULL)
		return NULL;
	if ((file = fopen(path, "re")) != NULL) {
		result = read_lines(&r, file);
		fclose(file);
	} else if (errno == ENOMEM || errno == EMFILE || errno == ENFILE) {
		result = -1;
	} else if (errno != ENOENT) {
		complain(&r, 0, strerror(errno));
	}
	free(r.text);
	if (result != 0) {
		aliases_free(r.aliases);
		return NULL;
	}
	if (r.aliases->n > 0)
		qsort(r.aliases->items, r.aliases->n,
		    sizeof(*r.aliases->items), compare);
	for (i = 0; i < r.aliases->n; i++)
		r.aliases->items[i].index = i;
	return r.aliases;
}

void
aliases_free(struct aliases *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->n; i++)
		free_alias(&a->items[i]);
	free(a->items);
	free(a);
}

size_t
aliases_count(const struct aliases *a)
{
	return a->n;
}

const struct alias *
aliases_get(const struct aliases *a, size_t index)
{
	return &a->items[index];
}

const struct alias *
aliases_find(const struct aliases *a, const char *name)
{
	size_t low = 0, high = a->n, mid;

	/* The first of those that are not less. */
	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcasecmp(a->items[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < a->n && strcasecmp(a->items[low].name, name) == 0 ?
	    &a->items[low] : NULL;
}
