/*
 * See setup_plan.h.
 */
#include <config.h>

#include "queue/setup_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/secret.h"
#include "queue/envelope.h"

static struct plan_key *
find(const struct plan *p, const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->keys[i].section, section) == 0 &&
		    strcmp(p->keys[i].name, name) == 0)
			return &p->keys[i];
	return NULL;
}

static void
clear(struct plan_key *k)
{
	free(k->section);
	free(k->name);
	free(k->value);
}

/* The key, added where it is not there.  NULL: memory. */
static struct plan_key *
obtain(struct plan *p, const char *section, const char *name)
{
	struct plan_key *k = find(p, section, name);
	size_t size = p->size > 0 ? 2 * p->size : 16;

	if (k != NULL)
		return k;
	if (p->n == p->size) {
		k = reallocarray(p->keys, size, sizeof(*k));
		if (k == NULL)
			return NULL;
		p->keys = k;
		p->size = size;
	}
	k = &p->keys[p->n];
	k->section = strdup(section);
	k->name = strdup(name);
	k->value = NULL;
	if (k->section == NULL || k->name == NULL) {
		clear(k);
		return NULL;
	}
	p->n++;
	return k;
}

void
plan_set(struct plan *p, const char *section, const char *name,
    const char *value)
{
	struct plan_key *k;
	char *copy;

	if (!envelope_is_safe(value)) {
		plan_note(p, "%s: it holds control characters: set %s.%s "
		    "yourself", name, section, name);
		return;
	}
	copy = strdup(value);
	if (copy == NULL || (k = obtain(p, section, name)) == NULL) {
		free(copy);
		p->failed = 1;
		return;
	}
	free(k->value);
	k->value = copy;
}

void
plan_unset(struct plan *p, const char *section, const char *name)
{
	struct plan_key *k = obtain(p, section, name);

	if (k == NULL) {
		p->failed = 1;
		return;
	}
	free(k->value);
	k->value = NULL;
}

int
plan_has(const struct plan *p, const char *section, const char *name)
{
	return find(p, section, name) != NULL;
}

const char *
plan_get(const struct plan *p, const char *section, const char *name)
{
	const struct plan_key *k = find(p, section, name);

	return k != NULL && k->value != NULL ? k->value : "";
}

int
plan_set_secret(struct plan *p, const char *text)
{
	size_t len = strlen(text);
	char *secret = NULL;

	if (len > SECRET_MAX)
		return -1;
	if (len > 0) {
		if ((secret = secret_new()) == NULL) {
			p->failed = 1;
			return -1;
		}
		memcpy(secret, text, len + 1);
	}
	secret_wipe(p->secret);
	p->secret = secret;
	return 0;
}

void
plan_note(struct plan *p, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text == NULL || buffer_adds(&p->notes, text) != 0 ||
	    buffer_addc(&p->notes, '\n') != 0)
		p->failed = 1;
	free(text);
}

void
plan_free(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		clear(&p->keys[i]);
	free(p->keys);
	secret_wipe(p->secret);
	buffer_free(&p->notes);
	memset(p, 0, sizeof(*p));
}
