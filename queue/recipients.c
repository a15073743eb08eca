/*
 * Recipients: see recipients.h.
 *
 * A name is local when it has no domain, or this machine's own.  Only local
 * names fall to "*" and to recipients.local.  The mail name may be a domain
 * with mailboxes elsewhere, so a name in it goes there unless an alias names
 * it; where it is the host name, a user of this machine is local.  Where mail
 * for users is kept on this machine they get MAILBOX_LOCAL as their domain,
 * by which it is known in the queue.  Nobody is lost: an alias that leads to
 * nothing that mail can be sent to, or back to itself, is treated as if it
 * did not exist.
 */
#include <config.h>

#include "queue/recipients.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <syslog.h>

#include "config/mailbox.h"
#include "config/passwd.h"
#include "queue/address.h"
#include "queue/alias.h"
#include "queue/error.h"
#include "queue/log.h"

#define DEPTH_MAX 50		/* aliases of aliases */

enum mark { FRESH, OPEN, CLOSED };

enum place { LOCAL, OURS, ELSEWHERE, NOWHERE };	/* last: no memory */

struct recipients {
	const struct recipients_rules *rules;
	struct aliases *aliases;	/* NULL until they are needed */
	unsigned char *marks;		/* enum mark of each */
	int told;			/* the log knows of a bad line */
	struct recipient *items;
	size_t n, size;
	size_t *table;			/* of indices + 1, by hash */
	size_t slots;			/* a power of two */
	struct recipient_named **named;
	size_t nnamed, named_size;
};

struct recipients *
recipients_new(const struct recipients_rules *rules)
{
	struct recipients *r;

	if ((r = calloc(1, sizeof(*r))) != NULL)
		r->rules = rules;
	return r;
}

void
recipients_free(struct recipients *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		free(r->items[i].address);
	for (i = 0; i < r->nnamed; i++) {
		free(r->named[i]->address);
		free(r->named[i]->notify);
		free(r->named[i]->orcpt);
		free(r->named[i]);
	}
	free(r->named);
	free(r->items);
	free(r->table);
	free(r->marks);
	aliases_free(r->aliases);
	free(r);
}

size_t
recipients_count(const struct recipients *r)
{
	return r->n;
}

const struct recipient *
recipients_get(const struct recipients *r, size_t i)
{
	return &r->items[i];
}

/* Domains are the same in any case, local parts are not. */
static int
same(const char *a, const char *b)
{
	const char *at = strrchr(a, '@');
	size_t local = at != NULL ? (size_t)(at - a) : strlen(a);

	return strncmp(a, b, local) == 0 && strcasecmp(a + local,
	    b + local) == 0;
}

static size_t
hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);	/* FNV-1a */

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c + 32);
		h = (h ^ c) * UINT64_C(1099511628211);
	}
	return (size_t)(h ^ h >> 32);
}

/* Its slot, or the empty one where it belongs. */
static size_t *
find_slot(const struct recipients *r, const char *address)
{
	size_t i = hash(address) & (r->slots - 1);

	while (r->table[i] != 0 &&
	    !same(r->items[r->table[i] - 1].address, address))
		i = (i + 1) & (r->slots - 1);
	return &r->table[i];
}

static int
grow(struct recipients *r)
{
	size_t size = r->size == 0 ? 16 : r->size * 2, i;
	struct recipient *items;
	size_t *table;

	if ((items = reallocarray(r->items, size, sizeof(*items))) == NULL)
		return -1;
	r->items = items;
	if ((table = calloc(2 * size, sizeof(*table))) == NULL)
		return -1;
	free(r->table);
	r->table = table;
	r->slots = 2 * size;
	r->size = size;
	for (i = 0; i < r->n; i++)
		*find_slot(r, r->items[i].address) = i + 1;
	return 0;
}

/* Takes address.  0: it is in the list, or was there before. */
static int
add_final(struct recipients *r, char *address)
{
	size_t *slot;

	if (address == NULL)
		return -1;
	if (r->n == r->size && grow(r) != 0) {
		free(address);
		return -1;
	}
	slot = find_slot(r, address);
	if (*slot != 0) {
		free(address);
		return 0;
	}
	r->items[r->n].address = address;
	r->items[r->n].named = r->named[r->nnamed - 1];
	*slot = ++r->n;
	return 0;
}

/* Of address i. */
static size_t
local_length(const struct address_list *list, size_t i)
{
	return list->items[i].domain != 0 ? list->items[i].domain :
	    strlen(address_text(list, i));
}

/* local is len bytes, quoted where it must be. */
static char *
join(const char *local, size_t len, const char *domain)
{
	struct buffer text = BUFFER_INIT;

	buffer_add(&text, local, len);
	buffer_addc(&text, '@');
	buffer_adds(&text, domain);
	return buffer_steal(&text);
}

/* Of text, whose local part is local bytes. */
static enum place
place_of(const struct recipients_rules *rules, const char *text, size_t local)
{
	const char *domain = text[local] == '@' ? text + local + 1 : "";
	const char *dot = strchr(rules->host, '.');
	size_t len = dot != NULL ? (size_t)(dot - rules->host) :
	    strlen(rules->host);
	int user;

	if (*domain == '\0' || strcasecmp(domain, "localhost") == 0 ||
	    strcasecmp(domain, "localhost.localdomain") == 0)
		return LOCAL;
	if (strcasecmp(domain, rules->domain) == 0) {
		user = strcasecmp(domain, rules->host) == 0 ?
		    passwd_find(rules->passwd, text, local, NULL) : 0;
		return user < 0 ? NOWHERE : user > 0 ? LOCAL : OURS;
	}
	if (strcasecmp(domain, rules->host) == 0 ||
	    (strncasecmp(domain, rules->host, len) == 0 &&
	    domain[len] == '\0'))
		return LOCAL;
	return ELSEWHERE;
}

/* It may be what sends mail elsewhere.  Once is enough for a message. */
static void
report_alias(void *arg, const char *file, int line, const char *text)
{
	struct recipients *r = arg;

	if (line == 0)
		log_event(r->rules->log, LOG_WARNING, "%s: %s", file, text);
	else if (!r->told)
		log_event(r->rules->log, LOG_WARNING, "%s:%d: %s; \"outbox "
		    "check\" tells all", file, line, text);
	r->told = 1;
}

static int
load_aliases(struct recipients *r)
{
	if (r->aliases != NULL)
		return 0;
	r->aliases = aliases_load(r->rules->aliases, report_alias, r);
	if (r->aliases == NULL)
		return -1;
	r->marks = calloc(aliases_count(r->aliases) + 1, 1);
	return r->marks != NULL ? 0 : -1;
}

/* The alias of the local part, of len bytes, or NULL.  -1: no memory. */
static int
find_named(const struct aliases *aliases, const char *local, size_t len,
    const struct alias **alias)
{
	struct buffer name = BUFFER_INIT;
	int failed;
	size_t i;

	*alias = NULL;
	if (aliases_count(aliases) == 0)
		return 0;
	for (i = 0; i < len; i++) {
		if (local[i] == '"')
			continue;
		if (local[i] == '\\' && i + 1 < len)
			i++;
		buffer_addc(&name, local[i]);
	}
	if (!(failed = name.failed))
		*alias = aliases_find(aliases, buffer_string(&name));
	buffer_free(&name);
	return failed ? -1 : 0;
}

/* The same, or "*" for a local name. */
static int
find_alias(struct recipients *r, const char *local, size_t len,
    enum place place, const struct alias **alias)
{
	if (load_aliases(r) != 0 ||
	    find_named(r->aliases, local, len, alias) != 0)
		return -1;
	if (*alias == NULL && place == LOCAL)
		*alias = aliases_find(r->aliases, "*");
	return 0;
}

int
recipients_alias(const struct recipients_rules *rules,
    const struct aliases *aliases, const struct address_list *list, size_t i,
    const struct alias **alias)
{
	const char *text = address_text(list, i);
	size_t local = local_length(list, i);
	enum place place = place_of(rules, text, local);

	*alias = NULL;
	if (place == NOWHERE)
		return -1;
	if (place == ELSEWHERE || list->items[i].escaped ||
	    !address_is_sendable(text))
		return 0;
	return find_named(aliases, text, local, alias);
}

static int resolve(struct recipients *r, const struct address_list *list,
    size_t i, unsigned depth);

/* 1: this name without an alias is one whose mail stays here, be it that
 * nobody has it.  -1: memory ran out. */
static int
stays(const struct recipients_rules *rules, const char *text, size_t local,
    enum place place)
{
	int user;

	if (!rules->keep || place != LOCAL)
		return 0;
	user = passwd_find(rules->passwd, text, local, NULL);
	if (user != 0)
		return user;
	/* A bare name may have its mailbox elsewhere, in the mail name. */
	return *rules->local == '\0' && text[local] == '@';
}

/* Of recipients.local: one address. */
static int
add_other(struct recipients *r, const char *to, int has_domain)
{
	const struct recipients_rules *rules = r->rules;
	size_t len = strlen(to);
	int kept;

	if (has_domain)
		return add_final(r, strdup(to));
	if ((kept = stays(rules, to, len, LOCAL)) < 0)
		return -1;
	return add_final(r, join(to, len, kept ? MAILBOX_LOCAL :
	    rules->domain));
}

/* Where a name without alias goes. */
static int
add_plain(struct recipients *r, const char *text, size_t local,
    enum place place, unsigned depth)
{
	const struct recipients_rules *rules = r->rules;
	struct address_list list = ADDRESS_LIST_INIT;
	const char *domain = text[local] == '@' ? text + local + 1 : "";
	size_t i;
	int result = 0, kept;

	if ((kept = stays(rules, text, local, place)) < 0)
		return -1;
	if (kept)
		return add_final(r, join(text, local, MAILBOX_LOCAL));
	if (place != LOCAL || (rules->as_named && depth == 0 &&
	    *rules->local == '\0'))
		return add_final(r, strdup(text));
	if (*rules->local == '\0' || address_parse(&list, rules->local,
	    strlen(rules->local)) != 0 || list.bad || list.n == 0) {
		/* A host name without a dot means nothing elsewhere. */
		if (strchr(domain, '.') == NULL ||
		    strcasecmp(domain, "localhost.localdomain") == 0)
			domain = rules->domain;
		result = add_final(r, join(text, local, domain));
	} else {
		for (i = 0; i < list.n && result == 0; i++)
			result = add_other(r, address_text(&list, i),
			    list.items[i].domain != 0);
	}
	address_free(&list);
	return result;
}

/* The number of targets that mail can be sent to; -1: memory ran out. */
static int
expand(struct recipients *r, const struct alias *alias, unsigned depth)
{
	struct address_list list;
	int used = 0, result = 0;
	char **t;
	size_t i;

	for (t = alias->targets; *t != NULL && result == 0; t++) {
		memset(&list, 0, sizeof(list));
		result = alias_parse(&list, *t);
		for (i = 0; i < list.n && result == 0; i++) {
			if (!address_is_sendable(address_text(&list, i)) ||
			    *address_text(&list, i) == '\0')
				continue;
			used++;
			result = resolve(r, &list, i, depth + 1);
		}
		if (!alias_is_read(&list))
			log_event(r->rules->log, LOG_WARNING,
			    "%s:%d: alias %s: %s is ignored: only addresses "
			    "are supported", r->rules->aliases, alias->line,
			    alias->name, *t);
		address_free(&list);
	}
	return result != 0 ? -1 : used;
}

static int
resolve(struct recipients *r, const struct address_list *list, size_t i,
    unsigned depth)
{
	const char *text = address_text(list, i);
	size_t local = local_length(list, i);
	enum place place = place_of(r->rules, text, local);
	const struct alias *alias = NULL;
	int used = 0;

	if (place == NOWHERE)
		return -1;
	if (place != ELSEWHERE && !list->items[i].escaped &&
	    depth < DEPTH_MAX && find_alias(r, text, local, place,
	    &alias) != 0)
		return -1;
	if (alias != NULL && r->marks[alias->index] == CLOSED)
		return 0;
	if (alias != NULL && r->marks[alias->index] == FRESH) {
		r->marks[alias->index] = OPEN;
		used = expand(r, alias, depth);
		/* One that led nowhere is looked at again: by another name
		 * it may be someone else's. */
		r->marks[alias->index] = used > 0 ? CLOSED : FRESH;
	}
	if (used < 0)
		return -1;
	return used > 0 ? 0 : add_plain(r, text, local, place, depth);
}

/* One more that was named, still empty; NULL when memory ran out. */
static struct recipient_named *
new_named(struct recipients *r)
{
	size_t size = r->named_size == 0 ? 16 : r->named_size * 2;
	void *grown;

	if (r->nnamed == r->named_size) {
		grown = reallocarray(r->named, size, sizeof(*r->named));
		if (grown == NULL)
			return NULL;
		r->named = grown;
		r->named_size = size;
	}
	r->named[r->nnamed] = calloc(1, sizeof(**r->named));
	return r->named[r->nnamed] != NULL ? r->named[r->nnamed++] : NULL;
}

static int
copy(char **to, const char *text)
{
	if (text == NULL)
		return 0;
	return (*to = strdup(text)) != NULL ? 0 : -1;
}

/* Remember the address as it was named. */
static int
note_named(struct recipients *r, const struct address_list *list, size_t i,
    const struct recipient_report *report)
{
	const char *text = address_text(list, i);
	struct recipient_named *named = new_named(r);

	if (named == NULL)
		return -1;
	named->address = list->items[i].domain != 0 ? strdup(text) :
	    join(text, strlen(text), r->rules->domain);
	if (named->address == NULL)
		return -1;
	return report == NULL ? 0 : copy(&named->notify, report->notify) |
	    copy(&named->orcpt, report->orcpt);
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
refuse(struct error *e, const char *text, size_t len)
{
	for (; len > 0 && is_blank(*text); text++)
		len--;
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	error_set(e, "\"%.*s%s\" is not an address that mail can be sent to",
	    (int)(len < 100 ? len : 100), text, len > 100 ? "..." : "");
	return EX_DATAERR;
}

int
recipients_add(struct recipients *r, const char *text, size_t len,
    const struct recipient_report *report, struct error *e)
{
	struct address_list list = ADDRESS_LIST_INIT;
	int result = 0;
	size_t i;

	if (address_parse(&list, text, len) != 0)
		result = -1;
	if (result == 0 && list.bad)
		result = refuse(e, text + list.bad_start, list.bad_end -
		    list.bad_start);
	for (i = 0; i < list.n && result == 0; i++) {
		const char *one = address_text(&list, i);

		if (*one == '\0' || !address_is_sendable(one))
			result = refuse(e, one, strlen(one));
		else if (note_named(r, &list, i, report) != 0 ||
		    resolve(r, &list, i, 0) != 0)
			result = -1;
	}
	address_free(&list);
	if (result == -1) {
		error_memory(e);
		result = EX_OSERR;
	}
	return result;
}
