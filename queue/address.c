/*
 * Addresses: see address.h.  A lexer that never goes back, and a builder that
 * takes its tokens one by one and knows at every comma, whether they were an
 * address.  What stands before "<" may be anything: it is a phrase.
 */
#include <config.h>

#include "queue/address.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "queue/utf8.h"

enum token {
	END,
	WORD,		/* atom */
	QUOTED,		/* quoted string */
	LITERAL,	/* domain literal */
	SPECIAL,	/* one of < > : ; @ , . */
	BAD		/* not closed, or a byte that cannot be there */
};

struct parser {
	struct address_list *list;
	const char *text;
	size_t len;
	size_t pos;		/* of the lexer */
	enum token token;
	size_t start, end;	/* of the token */
	/* the address that is being built */
	struct address item;
	int tokens;		/* it has some */
	int word;		/* the last was a word: "." or "@" is next */
	int words;		/* there was one */
	int at;			/* there was an "@" */
	int wrong;		/* this is no address */
	/* around it */
	size_t first;		/* of the element of the list */
	int broken;		/* nothing that follows can mend it */
	size_t name, name_end;	/* the phrase before "<" */
	int angle;		/* inside <> */
	int closed;		/* after <> */
	int group;
};

static int
is_atom(unsigned char c)
{
	return c > ' ' && c != 0x7f && strchr("()<>[]:;@\\,.\"", c) == NULL;
}

/*
 * Behind the closing byte of what opens at pos, where a backslash takes the
 * next byte with it; 0: it is not closed.
 */
static size_t
skip_quoted(const struct parser *p, size_t pos, char close)
{
	for (pos++; pos < p->len; pos++) {
		if (p->text[pos] == '\\')
			pos++;
		else if (p->text[pos] == close)
			return pos + 1;
	}
	return 0;
}

/* Comments nest: count, do not recurse. */
static size_t
skip_comment(const struct parser *p, size_t pos)
{
	size_t depth = 0;

	for (; pos < p->len; pos++) {
		if (p->text[pos] == '\\')
			pos++;
		else if (p->text[pos] == '(')
			depth++;
		else if (p->text[pos] == ')' && --depth == 0)
			return pos + 1;
	}
	return 0;
}

static void
next_token(struct parser *p)
{
	size_t i = p->pos;
	const char *s = p->text;

	p->token = BAD;
	while (i < p->len && memchr(" \t\r\n(", s[i], 5) != NULL) {
		if (s[i] != '(') {
			i++;
		} else if ((i = skip_comment(p, i)) == 0) {
			p->start = p->pos;
			p->end = p->pos = p->len;
			return;
		}
	}
	p->start = i;
	p->end = i + 1;
	if (i == p->len) {
		p->token = END;
		p->end = i;
	} else if (s[i] == '"' || s[i] == '[') {
		p->end = skip_quoted(p, i, s[i] == '"' ? '"' : ']');
		if (p->end == 0)
			p->end = p->len;
		else
			p->token = s[i] == '"' ? QUOTED : LITERAL;
	} else if (s[i] != '\0' && strchr("<>:;@,.", s[i]) != NULL) {
		p->token = SPECIAL;
	} else {
		/* A backslash before an atom is an old way of quoting. */
		for (; i < p->len; i++) {
			if (s[i] == '\\' && i + 1 < p->len &&
			    is_atom((unsigned char)s[i + 1]))
				continue;
			if (!is_atom((unsigned char)s[i]))
				break;
			p->token = WORD;
		}
		if (p->token == WORD)
			p->end = i;
	}
	p->pos = p->end;
}

/* Forget what was built, and build again from here. */
static void
restart(struct parser *p)
{
	if (p->tokens)
		p->list->store.len = p->item.text;
	memset(&p->item, 0, sizeof(p->item));
	p->item.text = p->list->store.len;
	p->tokens = p->word = p->words = p->at = p->wrong = 0;
}

/* The bytes of a word or quoted string, without quoting. */
static void
add_plain(struct parser *p, const char *s, size_t len)
{
	struct buffer *store = &p->list->store;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '\r' || s[i] == '\n')
			continue;	/* folding */
		if (s[i] == '\\' && i + 1 < len)
			i++;
		if (strchr("\r\n", s[i]) != NULL)
			p->wrong = 1;	/* a NUL too */
		else
			buffer_addc(store, s[i]);
	}
}

static void
build_word(struct parser *p)
{
	const char *s = p->text + p->start;
	size_t len = p->end - p->start;

	if (p->word) {
		p->wrong = 1;	/* two without a dot between them */
	} else if (p->at) {
		if (!value_is_domain(s, len))
			p->wrong = 1;
		buffer_add(&p->list->store, s, len);
	} else {
		if (p->token == QUOTED) {
			s++;
			len -= 2;
		} else if (*s == '\\' && !p->tokens) {
			p->item.escaped = 1;
		}
		add_plain(p, s, len);
	}
	p->word = p->words = 1;
}

static void
build_literal(struct parser *p)
{
	size_t i;

	if (!p->at || p->word || p->list->store.len > p->item.text +
	    p->item.domain + 1)
		p->wrong = 1;
	/* Nothing that SMTP could take for the end of the path. */
	for (i = p->start + 1; i + 1 < p->end; i++)
		if (!isalnum((unsigned char)p->text[i]) &&
		    memchr(".:-", p->text[i], 3) == NULL)
			p->wrong = 1;
	buffer_add(&p->list->store, p->text + p->start, p->end - p->start);
	p->word = 1;
}

/* Put quotes round the local part that ends the store. */
static void
quote_local(struct parser *p)
{
	struct buffer *store = &p->list->store, local = BUFFER_INIT;
	const char *from = buffer_string(store) + p->item.text;

	if (address_add_local(&local, from, store->len - p->item.text) != 0)
		store->failed = 1;
	store->len = p->item.text;
	buffer_add(store, buffer_string(&local), local.len);
	buffer_free(&local);
}

static void
build_at(struct parser *p)
{
	if (p->at || p->list->store.len == p->item.text) {
		p->wrong = 1;
		return;
	}
	quote_local(p);
	p->at = 1;
	p->word = 0;
	p->item.domain = p->list->store.len - p->item.text;
	buffer_addc(&p->list->store, '@');
}

/* One more token of what may be an address. */
static void
build(struct parser *p)
{
	if (!p->tokens) {
		p->item.start = p->start;
		p->item.text = p->list->store.len;
	}
	if (p->token == WORD || p->token == QUOTED) {
		build_word(p);
	} else if (p->token == LITERAL) {
		build_literal(p);
	} else if (p->token == SPECIAL && p->text[p->start] == '@') {
		build_at(p);
	} else if (p->token == SPECIAL && p->text[p->start] == '.') {
		buffer_addc(&p->list->store, '.');
		p->word = 0;
	} else {
		p->wrong = 1;
	}
	p->tokens = 1;
	p->item.end = p->end;
}

static void
remember_bad(struct parser *p, size_t end)
{
	struct address_list *list = p->list;

	if (list->bad)
		return;
	list->bad = 1;
	list->bad_start = p->first;
	list->bad_end = end;
}

/* 0 when what was built is an address, which is then complete. */
static int
complete(struct parser *p)
{
	struct buffer *store = &p->list->store;
	const char *domain;
	size_t len;

	if (p->broken || p->wrong || store->failed ||
	    (p->tokens && !p->words))
		return -1;
	if (!p->at) {
		quote_local(p);
		return 0;
	}
	domain = buffer_string(store) + p->item.text + p->item.domain + 1;
	len = store->len - p->item.text - p->item.domain - 1;
	if (len > 1 && domain[len - 1] == '.') {
		store->len--;		/* of the root: SMTP has none */
		len--;
	}
	if (len > 0 && *domain == '[')
		return domain[len - 1] == ']' ? 0 : -1;
	return value_is_domain(domain, len) ? 0 : -1;
}

static int
add_item(struct parser *p)
{
	struct address_list *list = p->list;

	if (list->n == list->size) {
		size_t size = list->size == 0 ? 4 : list->size * 2;
		void *items = reallocarray(list->items, size,
		    sizeof(*list->items));

		if (items == NULL)
			return -1;
		list->items = items;
		list->size = size;
	}
	list->items[list->n++] = p->item;
	return buffer_add(&list->store, "", 1);	/* its NUL */
}

/* The element of the list ends before end. */
static int
end_element(struct parser *p, size_t end)
{
	int any = p->tokens || p->angle || p->closed || p->broken;
	int result = 0;

	if (any && (p->angle || complete(p) != 0)) {
		remember_bad(p, end);
	} else if (any) {
		p->item.name = p->closed ? p->name : p->item.end;
		p->item.name_end = p->closed ? p->name_end : end;
		result = add_item(p);
		p->tokens = 0;		/* keep it in the store */
	}
	restart(p);
	p->angle = p->closed = p->broken = 0;
	p->first = p->pos;
	return result;
}

static void
open_angle(struct parser *p)
{
	if (p->angle || p->closed) {
		p->broken = 1;
		return;
	}
	restart(p);
	p->angle = 1;
	p->item.start = p->item.end = p->end;
	p->name = p->first;
	p->name_end = p->start;
}

static void
close_angle(struct parser *p)
{
	if (!p->angle) {
		p->broken = 1;
		return;
	}
	p->angle = 0;
	p->closed = 1;
}

/* A ":" ends a route inside <>, which begins with "@" (RFC 5322, 4.4), and the
 * name of a group outside. */
static void
take_colon(struct parser *p)
{
	if (p->angle) {
		size_t start = p->end;

		if (!p->tokens || p->text[p->item.start] != '@')
			p->broken = 1;
		restart(p);
		p->item.start = p->item.end = start;
	} else if (p->tokens && !p->group && !p->closed && !p->broken) {
		restart(p);
		p->group = 1;
		p->first = p->pos;
	} else {
		p->broken = 1;
	}
}

/* A comma inside <> separates the domains of a route. */
static int
take_separator(struct parser *p)
{
	if (p->angle && p->text[p->start] == ',') {
		p->wrong = 1;		/* until the ":" of the route */
		return 0;
	}
	if (p->text[p->start] == ';')
		p->group = 0;
	return end_element(p, p->start);
}

/* Whatever may be part of an address or of a phrase. */
static void
take_part(struct parser *p)
{
	if (p->closed)
		p->broken = 1;
	else
		build(p);
}

static int
take_special(struct parser *p)
{
	switch (p->text[p->start]) {
	case ',':
	case ';':
		return take_separator(p);
	case '<':
		open_angle(p);
		break;
	case '>':
		close_angle(p);
		break;
	case ':':
		take_colon(p);
		break;
	default:
		take_part(p);
	}
	return 0;
}

int
address_parse(struct address_list *list, const char *text, size_t len)
{
	struct parser p = { .list = list, .text = text, .len = len };
	int result = 0;

	p.item.text = list->store.len;
	do {
		next_token(&p);
		if (p.token == SPECIAL)
			result = take_special(&p);
		else if (p.token == END)
			result = end_element(&p, p.start);
		else
			take_part(&p);
	} while (p.token != END && result == 0);
	return list->store.failed ? -1 : result;
}

void
address_free(struct address_list *list)
{
	free(list->items);
	buffer_free(&list->store);
	memset(list, 0, sizeof(*list));
}

const char *
address_text(const struct address_list *list, size_t i)
{
	return buffer_string(&list->store) + list->items[i].text;
}

int
address_qualify(const struct address_list *list, const char *text,
    size_t len, const char *domain, struct buffer *out)
{
	size_t i, from = 0;

	for (i = 0; i < list->n; i++) {
		const struct address *a = &list->items[i];

		if (a->domain != 0 || *address_text(list, i) == '\0')
			continue;
		buffer_add(out, text + from, a->end - from);
		buffer_addc(out, '@');
		buffer_adds(out, domain);
		from = a->end;
	}
	return buffer_add(out, text + from, len - from);
}

int
address_add_name(const struct address_list *list, size_t i,
    const char *text, struct buffer *out)
{
	const struct address *a = &list->items[i];
	size_t from = a->name, to = a->name_end;

	while (from < to && strchr(" \t\r\n", text[from]) != NULL)
		from++;
	while (from < to && strchr(" \t\r\n", text[to - 1]) != NULL)
		to--;
	if (to - from > 1 && text[from] == '(' && text[to - 1] == ')') {
		from++;
		to--;
	}
	for (; from < to; from++) {
		if (text[from] == '"')
			continue;
		if (text[from] == '\\' && from + 1 < to)
			from++;
		buffer_addc(out, text[from]);
	}
	return out->failed ? -1 : 0;
}

int
address_add_local(struct buffer *out, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_atom((unsigned char)name[i]) && (name[i] != '.' ||
		    i == 0 || i + 1 == len || name[i - 1] == '.'))
			break;
	if (i == len)
		return buffer_add(out, name, len);
	buffer_addc(out, '"');
	for (i = 0; i < len; i++) {
		if (name[i] == '"' || name[i] == '\\')
			buffer_addc(out, '\\');
		buffer_addc(out, name[i]);
	}
	return buffer_addc(out, '"');
}

int
address_is_sendable(const char *text)
{
	size_t n;

	if (strlen(text) > ADDRESS_MAX)
		return 0;
	for (; *text != '\0'; text += n)
		if ((unsigned char)*text < ' ' || *text == 0x7f ||
		    (n = utf8_length(text)) == 0)
			return 0;
	return 1;
}
