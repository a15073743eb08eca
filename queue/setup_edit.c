/*
 * See setup_edit.h.  Two passes: where each key of the plan goes, then the
 * text.
 */
#include <config.h>

#include "queue/setup_edit.h"

#include <stdlib.h>
#include <string.h>

#include "queue/setup_plan.h"

#define SECTION 64

/* A line of the text. */
struct line {
	const char *at;
	size_t len;			/* without its line end */
	char section[SECTION];		/* that it is in */
	const char *name;		/* the key that it sets, */
	size_t name_len;		/* 0: none */
	int comment;			/* it only would */
};

/* Where a key goes. */
struct place {
	size_t line;			/* from 1; 0: a section of its own */
	int replace;			/* that line, or behind it */
};

static int
is_name(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz_", text[i]) == NULL)
			return 0;
	return len > 0;
}

static void
enter_section(struct line *l)
{
	const char *end = memchr(l->at, ']', l->len);
	size_t len = end != NULL ? (size_t)(end - l->at) - 1 : 0;

	if (len >= SECTION)
		len = 0;
	memcpy(l->section, l->at + 1, len);
	l->section[len] = '\0';
}

/* What a line is; l->section is that of the one before. */
static void
classify(struct line *l)
{
	const char *p = l->at, *end = l->at + l->len, *sign;

	l->name_len = 0;
	l->comment = 0;
	if (p < end && *p == '[') {
		enter_section(l);
		return;
	}
	while (p < end && (*p == ';' || *p == '#' || (l->comment &&
	    *p == ' '))) {
		l->comment = 1;
		p++;
	}
	if ((sign = memchr(p, '=', (size_t)(end - p))) == NULL)
		return;
	while (sign > p && (sign[-1] == ' ' || sign[-1] == '\t'))
		sign--;
	if (is_name(p, (size_t)(sign - p))) {
		l->name = p;
		l->name_len = (size_t)(sign - p);
	}
}

/* Cut text to lines.  NULL: memory. */
static struct line *
split(const char *text, size_t *count)
{
	struct line *lines, *l;
	size_t n = 1;
	const char *p;

	for (p = text; *p != '\0'; p++)
		n += *p == '\n';
	if ((lines = calloc(n, sizeof(*lines))) == NULL)
		return NULL;
	*count = 0;
	for (p = text; *p != '\0'; p += l->len + (p[l->len] == '\n')) {
		l = &lines[(*count)++];
		if (l > lines)
			memcpy(l->section, l[-1].section, SECTION);
		l->at = p;
		l->len = strcspn(p, "\n");
		classify(l);
	}
	return lines;
}

static int
is_of(const struct line *l, const struct plan_key *k)
{
	return l->name_len > 0 && strcmp(l->section, k->section) == 0 &&
	    strlen(k->name) == l->name_len &&
	    memcmp(l->name, k->name, l->name_len) == 0;
}

static struct place
find_place(const struct line *lines, size_t n, const struct plan_key *k)
{
	size_t i, example = 0, last = 0;

	for (i = 0; i < n; i++) {
		if (is_of(&lines[i], k) && !lines[i].comment)
			return (struct place){ i + 1, 1 };
		if (is_of(&lines[i], k) && example == 0)
			example = i + 1;
		if (strcmp(lines[i].section, k->section) == 0 &&
		    lines[i].len > 0)
			last = i + 1;
	}
	return (struct place){ example != 0 ? example : last, 0 };
}

static void
add_key(struct buffer *out, const struct plan_key *k)
{
	if (k->value != NULL)
		buffer_addf(out, "%s = %s\n", k->name, k->value);
}

/* The key of the plan that the line sets; p->n: none. */
static size_t
key_of(const struct line *l, const struct plan *p)
{
	size_t k = 0;

	while (k < p->n && (l->comment || !is_of(l, &p->keys[k])))
		k++;
	return k;
}

/* Line number i, and what goes in its place or behind it. */
static void
add_line(struct buffer *out, const struct line *l, size_t i,
    const struct plan *p, const struct place *places)
{
	size_t k = key_of(l, p);

	/* A list has several lines: the new value is one. */
	if (k < p->n && p->keys[k].value != NULL && places[k].line == i)
		add_key(out, &p->keys[k]);
	else
		buffer_addf(out, "%s%.*s\n", k < p->n ? ";" : "",
		    (int)l->len, l->at);
	for (k = 0; k < p->n; k++)
		if (places[k].line == i && !places[k].replace)
			add_key(out, &p->keys[k]);
}

/* The keys whose sections the text does not have. */
static void
add_sections(struct buffer *out, const struct plan *p,
    const struct place *places)
{
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		if (places[i].line != 0 || p->keys[i].value == NULL)
			continue;
		for (k = 0; k < i; k++)
			if (places[k].line == 0 && p->keys[k].value != NULL &&
			    strcmp(p->keys[k].section, p->keys[i].section) ==
			    0)
				break;
		if (k < i)
			continue;	/* it is there already */
		buffer_addf(out, "%s[%s]\n", out->len > 0 ? "\n" : "",
		    p->keys[i].section);
		for (k = i; k < p->n; k++)
			if (places[k].line == 0 &&
			    strcmp(p->keys[k].section, p->keys[i].section) ==
			    0)
				add_key(out, &p->keys[k]);
	}
}

int
edit_configuration(const char *text, const struct plan *p,
    struct buffer *out)
{
	size_t i, n;
	struct line *lines = split(text, &n);
	struct place *places = calloc(p->n + 1, sizeof(*places));

	if (lines == NULL || places == NULL)
		out->failed = 1;
	for (i = 0; !out->failed && i < p->n; i++)
		places[i] = find_place(lines, n, &p->keys[i]);
	for (i = 0; !out->failed && i < n; i++)
		add_line(out, &lines[i], i + 1, p, places);
	if (!out->failed)
		add_sections(out, p, places);
	free(lines);
	free(places);
	return out->failed ? -1 : 0;
}
