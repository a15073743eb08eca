/*
 * Reports that a submitter asks for: see dsn.h.
 */
#include <config.h>

#include "sendmail/dsn.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "queue/envelope.h"
#include "queue/recipients.h"
#include "queue/uxtext.h"
#include "sendmail/body.h"

static int
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static int
is_xchar(char c)
{
	return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

int
dsn_is_xtext(const char *text)
{
	if (*text == '\0')
		return 0;
	for (; *text != '\0'; text++) {
		if (*text == '+' && is_hex(text[1]) && is_hex(text[2]))
			text += 2;
		else if (!is_xchar(*text))
			return 0;
	}
	return 1;
}

static void
add_escaped(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_xchar(*text))
			buffer_addc(out, *text);
		else
			buffer_addf(out, "+%02X", (unsigned char)*text);
	}
}

/* Append text as xtext, unless it is that already. */
static void
add_xtext(struct buffer *out, const char *text)
{
	if (dsn_is_xtext(text))
		buffer_adds(out, text);
	else
		add_escaped(out, text);
}

/* Append a text and its NUL, or nothing when it is too long. */
static int
add_envid(struct buffer *text, const char *envid)
{
	add_xtext(text, envid);
	if (text->len > DSN_ENVID_MAX || text->len == 0) {
		buffer_reset(text);
		return 0;
	}
	buffer_addc(text, '\0');
	return 1;
}

/* Append the ORCPT of an address and a NUL.  For those beyond ASCII it is the
 * form of RFC 6533 that needs no SMTPUTF8. */
static void
add_orcpt(struct buffer *text, const struct recipient_named *named)
{
	if (named->orcpt != NULL) {
		buffer_adds(text, named->orcpt);
	} else if (body_is_8bit(named->address, strlen(named->address))) {
		buffer_adds(text, "utf-8;");
		uxtext_encode(text, named->address);
	} else {
		buffer_adds(text, "rfc822;");
		add_escaped(text, named->address);
	}
	buffer_addc(text, '\0');
}

static int
is_wanted(const struct envelope *env, const struct recipients *recipients,
    const char *envid)
{
	size_t i;

	if (env->ret != NULL || envid != NULL)
		return 1;
	for (i = 0; i < recipients_count(recipients); i++) {
		const struct recipient_named *named =
		    recipients_get(recipients, i)->named;

		if (named->notify != NULL || named->orcpt != NULL)
			return 1;
	}
	return 0;
}

int
dsn_fill(struct dsn *d, struct envelope *env,
    const struct recipients *recipients, const char *envid)
{
	int wanted = is_wanted(env, recipients, envid);
	size_t n = recipients_count(recipients), i, start, *at;
	int has_envid = envid != NULL && add_envid(&d->text, envid);

	d->rcpts = calloc(n + 1, sizeof(*d->rcpts));
	if ((at = calloc(n + 1, sizeof(*at))) == NULL || d->rcpts == NULL) {
		free(at);
		return -1;
	}
	for (i = 0; i < n; i++) {
		const struct recipient *r = recipients_get(recipients, i);

		d->rcpts[i].address = r->address;
		d->rcpts[i].mark = ENVELOPE_TODO;
		d->rcpts[i].notify = r->named->notify;
		start = d->text.len;
		if (!wanted)
			continue;
		add_orcpt(&d->text, r->named);
		at[i] = start + 1;
	}
	for (i = 0; i < n; i++)		/* the text does not move any more */
		if (at[i] != 0)
			d->rcpts[i].orcpt = buffer_string(&d->text) +
			    at[i] - 1;
	free(at);
	env->rcpts = d->rcpts;
	env->nrcpts = n;
	env->envid = has_envid ? buffer_string(&d->text) : NULL;
	return d->text.failed ? -1 : 0;
}

void
dsn_free(struct dsn *d)
{
	free(d->rcpts);
	buffer_free(&d->text);
	d->rcpts = NULL;
}

const char *
dsn_notify(const char *text)
{
	static const char *const words[] = { "success", "failure", "delay" };
	static const char *const lists[] = { NULL, "success", "failure",
		"success,failure", "delay", "success,delay", "failure,delay",
		"success,failure,delay" };
	unsigned seen = 0, i;
	size_t len;

	if (strcasecmp(text, "never") == 0)
		return "never";
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		for (i = 0; i < 3; i++)
			if (strlen(words[i]) == len &&
			    strncasecmp(text, words[i], len) == 0)
				break;
		if (i == 3)
			return NULL;
		seen |= 1u << i;
		if (text[len] == '\0')
			return lists[seen];
	}
}

const char *
dsn_ret(const char *text)
{
	if (strcasecmp(text, "full") == 0)
		return "full";
	return strcasecmp(text, "hdrs") == 0 ? "hdrs" : NULL;
}

const char *
dsn_orcpt(const char *value, struct buffer *text)
{
	const char *semicolon = strchr(value, ';');
	struct buffer plain = BUFFER_INIT;
	int good;

	if (strlen(value) > DSN_ORCPT_MAX || semicolon == NULL ||
	    semicolon == value)
		return NULL;
	if (dsn_is_xtext(value))
		return value;
	if (strncasecmp(value, "utf-8;", 6) != 0)
		return NULL;
	buffer_reset(text);
	buffer_adds(text, "utf-8;");
	good = uxtext_decode(&plain, value + 6) == 0 &&
	    uxtext_encode(text, buffer_string(&plain)) == 0;
	buffer_free(&plain);
	return good ? buffer_string(text) : NULL;
}
