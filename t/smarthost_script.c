/*
 * smarthost_script.c - parse the rules, notice when the file changes, find
 * the rule for an event.
 *
 * Counts survive a change of the file: those of a phase always, those of a
 * rule (with conn= or match=, and "once") as long as its line stays the same.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_script.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *const phases[PHASE_LAST] = { "greeting", "ehlo", "helo",
	"starttls", "handshake", "auth", "authdata", "mail", "rcpt", "data",
	"body", "bdat", "dot", "rset", "noop", "quit", "other" };

enum operand { NOTHING, NUMBER, LINE, BYTES, NUMBER_LINE };

static const struct {
	const char *word;
	enum action_kind kind;
	enum operand operand;
} words[] = {
	{ "reply", ACTION_REPLY, LINE },
	{ "raw", ACTION_RAW, BYTES },
	{ "silent", ACTION_SILENT, NOTHING },
	{ "close", ACTION_CLOSE, NOTHING },
	{ "reply-close", ACTION_REPLY_CLOSE, LINE },
	{ "accept-close", ACTION_ACCEPT_CLOSE, NOTHING },
	{ "delay", ACTION_DELAY, NUMBER },
	{ "drip", ACTION_DRIP, NUMBER },
	{ "close-after", ACTION_CLOSE_AFTER, NUMBER },
	{ "stall", ACTION_STALL, NOTHING },
	{ "slow", ACTION_SLOW, NUMBER_LINE },
	{ "flood", ACTION_FLOOD, NUMBER },
	{ "early", ACTION_EARLY, LINE },
	{ "truncate", ACTION_TRUNCATE, NOTHING },
	{ "reset", ACTION_RESET, NOTHING },
	{ "inject", ACTION_INJECT, BYTES },
};

/* A rule and what only this file needs to know of it. */
struct entry {
	struct rule rule;
	struct entry *next;
	char *line; /* as written: its identity */
	enum phase phase;
	unsigned long every; /* %N, or 0 */
	unsigned long first, last;
	unsigned long conn_first, conn_last;
	char *match;
	int once, used;
	unsigned long seen; /* events that passed conn= and match= */
};

static const char *script_path;
static struct entry *rules;
static struct entry *retired; /* rules of old versions: others may use them */
static unsigned long phase_seen[PHASE_LAST];
static struct stat version;
static int young; /* the file may change again without a new time stamp */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int
hex(int c)
{
	const char *digits = "0123456789abcdef";
	const char *p = c != '\0' ? strchr(digits, tolower(c)) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

/* Add the text up to end with its escapes undone.  -1: unknown escape. */
static int
unescape(struct buf *b, const char *p, const char *end)
{
	static const char from[] = "rnt0\\;", to[] = "\r\n\t\0\\;";
	const char *f;
	char c;

	for (; p < end; p++) {
		if (*p != '\\') {
			buf_add(b, p, 1);
			continue;
		}
		if (++p == end)
			return -1;
		if (*p == 'x' && end - p > 2 && hex(p[1]) >= 0 &&
		    hex(p[2]) >= 0) {
			c = (char)(hex(p[1]) * 16 + hex(p[2]));
			p += 2;
		} else if ((f = strchr(from, *p)) != NULL && *f != '\0')
			c = to[f - from];
		else
			return -1;
		buf_add(b, &c, 1);
	}
	return 0;
}

static int
number(const char **p, unsigned long *n)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return -1;
	errno = 0;
	*n = strtoul(*p, &end, 10);
	*p = end;
	return errno == 0 ? 0 : -1;
}

/* N or N-M, the whole word up to end. */
static int
range(const char *p, const char *end, unsigned long *first, unsigned long *last)
{

	if (number(&p, first) != 0)
		return -1;
	*last = *first;
	if (*p == '-') {
		p++;
		if (number(&p, last) != 0)
			return -1;
	}
	return p == end && *first > 0 && *first <= *last ? 0 : -1;
}

/* Next word; NULL at the end of the line. */
static const char *
word(const char **p, const char **end)
{
	const char *start;

	while (**p == ' ' || **p == '\t')
		(*p)++;
	start = *p;
	while (**p != '\0' && **p != ' ' && **p != '\t')
		(*p)++;
	*end = *p;
	return start < *p ? start : NULL;
}

static int
is_word(const char *w, const char *end, const char *what)
{

	return strlen(what) == (size_t)(end - w) &&
	       strncmp(w, what, (size_t)(end - w)) == 0;
}

static const char *
parse_operand(
    struct action *a, enum operand want, const char *p, const char *end)
{

	if (want == NUMBER || want == NUMBER_LINE) {
		if (number(&p, &a->number) != 0 || p > end)
			return "a number is missing";
		if (p < end && *p == ' ')
			p++;
	}
	if (want == NOTHING || want == NUMBER) {
		while (p < end && isspace((unsigned char)*p))
			p++;
		return p == end ? NULL : "too many words";
	}
	if (unescape(&a->text, p, end) != 0)
		return "unknown escape";
	if (want != BYTES)
		buf_adds(&a->text, "\r\n");
	return NULL;
}

/* One action in [p, end). */
static const char *
parse_action(struct action *a, const char *p, const char *end)
{
	const char *w, *w_end;
	size_t i;

	if ((w = word(&p, &w_end)) == NULL || w_end > end)
		return "an action is missing";
	if (p < end)
		p++;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(w, w_end, words[i].word)) {
			a->kind = words[i].kind;
			return parse_operand(a, words[i].operand, p, end);
		}
	return "unknown action";
}

static const char *
parse_actions(struct rule *r, const char *p)
{
	const char *end, *why;

	for (;;) {
		if ((end = strstr(p, " ; ")) == NULL)
			end = p + strlen(p);
		r->actions = realloc(
		    r->actions, (r->n_actions + 1) * sizeof(*r->actions));
		if (r->actions == NULL)
			abort();
		memset(&r->actions[r->n_actions], 0, sizeof(*r->actions));
		why = parse_action(&r->actions[r->n_actions++], p, end);
		if (why != NULL || *end == '\0')
			return why;
		p = end + 3;
	}
}

/* Put the texts together: what will the peer take the answer for? */
static void
find_effect(struct rule *r, enum phase phase)
{
	struct buf all = { 0 };
	const char *s;
	unsigned int i;
	int answers = 0, accept = 0;

	for (i = 0; i < r->n_actions; i++) {
		enum action_kind k = r->actions[i].kind;

		accept |= k == ACTION_ACCEPT_CLOSE || k == ACTION_INJECT ||
			  (k == ACTION_EARLY && phase == PHASE_DATA);
		answers |= k != ACTION_DELAY && k != ACTION_CLOSE_AFTER;
		if (k != ACTION_EARLY && r->actions[i].text.len > 0)
			buf_add(&all, r->actions[i].text.data,
			    r->actions[i].text.len);
	}
	s = buf_text(&all);
	if (strchr(s, '\n') != NULL && isdigit((unsigned char)s[0]) &&
	    isdigit((unsigned char)s[1]) && isdigit((unsigned char)s[2]))
		r->code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + s[2] - '0';
	if (accept || r->code / 100 == 2 || r->code / 100 == 3)
		r->effect = EFFECT_ACCEPT;
	else
		r->effect = answers ? EFFECT_REFUSE : EFFECT_DEFAULT;
	buf_free(&all);
}

static const char *
parse_selector(struct entry *e, const char **p)
{
	const char *w, *end, *digits;

	if ((w = word(p, &end)) == NULL)
		return "a selector is missing";
	e->first = 1;
	e->last = ULONG_MAX;
	if (is_word(w, end, "*"))
		return NULL;
	if (*w == '%') {
		digits = w + 1;
		if (number(&digits, &e->every) != 0 || digits != end ||
		    e->every == 0)
			return "bad selector";
		return NULL;
	}
	return range(w, end, &e->first, &e->last) == 0 ? NULL : "bad selector";
}

/* conn=, match=, once: any number, before the first action. */
static const char *
parse_filters(struct entry *e, const char **p)
{
	struct buf text = { 0 };
	const char *w, *end, *rest = *p;

	e->conn_last = ULONG_MAX;
	while ((w = word(&rest, &end)) != NULL) {
		if (strncmp(w, "conn=", 5) == 0) {
			if (range(w + 5, end, &e->conn_first, &e->conn_last))
				return "bad conn=";
		} else if (strncmp(w, "match=", 6) == 0) {
			if (e->match != NULL || unescape(&text, w + 6, end))
				return "bad match=";
			e->match = xstrndup(buf_text(&text), text.len);
			buf_free(&text);
		} else if (is_word(w, end, "once"))
			e->once = 1;
		else
			break;
		*p = rest;
	}
	while (**p == ' ' || **p == '\t')
		(*p)++;
	return NULL;
}

static const char *
parse_rule(struct entry *e)
{
	const char *w, *end, *why, *p = e->line;
	int i;

	if ((w = word(&p, &end)) == NULL)
		return "empty";
	for (i = 0; i < PHASE_LAST; i++)
		if (is_word(w, end, phases[i]))
			break;
	if (i == PHASE_LAST)
		return "unknown phase";
	e->phase = (enum phase)i;
	if ((why = parse_selector(e, &p)) != NULL ||
	    (why = parse_filters(e, &p)) != NULL ||
	    (why = parse_actions(&e->rule, p)) != NULL)
		return why;
	find_effect(&e->rule, e->phase);
	return NULL;
}

static void
free_entries(struct entry *e)
{
	struct entry *next;
	unsigned int i;

	for (; e != NULL; e = next) {
		next = e->next;
		for (i = 0; i < e->rule.n_actions; i++)
			buf_free(&e->rule.actions[i].text);
		free(e->rule.actions);
		free(e->line);
		free(e->match);
		free(e);
	}
}

/* An old rule with the same line lends its counts, once. */
static void
inherit(struct entry *e)
{
	struct entry *old;

	for (old = rules; old != NULL; old = old->next)
		if (strcmp(old->line, e->line) == 0) {
			e->seen = old->seen;
			e->used = old->used;
			return;
		}
}

static int
read_rules(FILE *f, struct entry **list)
{
	struct entry *e, **tail = list;
	const char *why;
	char *line = NULL;
	size_t cap = 0, n, start;
	ssize_t len;
	int number_of_line = 0, bad = 0;

	while ((len = getline(&line, &cap, f)) >= 0) {
		number_of_line++;
		n = (size_t)len;
		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		start = strspn(line, " \t");
		if (line[start] == '\0' || line[start] == '#')
			continue;
		*tail = e = xalloc(sizeof(*e));
		tail = &e->next;
		e->line = xstrndup(line + start, n - start);
		if ((why = parse_rule(e)) != NULL) {
			fprintf(stderr, "smarthost: %s:%d: %s: %s\n",
			    script_path, number_of_line, why, e->line);
			bad = 1;
		}
		inherit(e);
	}
	free(line);
	return bad ? -1 : 0;
}

static int
same_version(const struct stat *a, const struct stat *b)
{

	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Time stamps tick with the kernel's clock: 1 to 10 ms. */
static int
is_young(const struct stat *st)
{
	struct timespec now;
	long long age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (long long)(now.tv_sec - st->st_mtim.tv_sec) * 1000000000 +
	      (now.tv_nsec - st->st_mtim.tv_nsec);
	return age < 50000000;
}

static int
load(void)
{
	struct entry *list = NULL, **tail;
	struct stat st;
	FILE *f;

	if ((f = fopen(script_path, "re")) == NULL) {
		fprintf(stderr, "smarthost: %s: %s\n", script_path,
		    strerror(errno));
		return -1;
	}
	if (fstat(fileno(f), &st) != 0)
		memset(&st, 0, sizeof(st));
	young = is_young(&st);
	version = st;
	if (read_rules(f, &list) != 0) {
		fclose(f);
		free_entries(list);
		return -1;
	}
	fclose(f);
	for (tail = &rules; *tail != NULL; tail = &(*tail)->next)
		continue;
	*tail = retired;
	retired = rules;
	rules = list;
	return 0;
}

int
script_open(const char *path)
{

	script_path = path;
	return path != NULL ? load() : 0;
}

void
script_close(void)
{

	free_entries(rules);
	free_entries(retired);
	rules = retired = NULL;
}

static void
reload(void)
{
	struct stat st;

	if (stat(script_path, &st) != 0)
		return;
	if (young || !same_version(&st, &version))
		(void)load();
}

static int
wanted(struct entry *e, unsigned long conn, const char *about)
{
	unsigned long n = phase_seen[e->phase];

	if (conn < e->conn_first || conn > e->conn_last)
		return 0;
	if (e->match != NULL && strcasestr(about, e->match) == NULL)
		return 0;
	e->seen++;
	if (e->match != NULL || e->conn_first > 0)
		n = e->seen;
	if (e->once && e->used)
		return 0;
	return e->every > 0 ? n % e->every == 0 : n >= e->first && n <= e->last;
}

const struct rule *
script_match(enum phase phase, unsigned long conn, const char *about)
{
	struct entry *e, *found = NULL;

	if (script_path == NULL)
		return NULL;
	pthread_mutex_lock(&lock);
	reload();
	phase_seen[phase]++;
	/* All rules count, those behind the one that wins too. */
	for (e = rules; e != NULL; e = e->next)
		if (e->phase == phase && wanted(e, conn, about) &&
		    found == NULL) {
			found = e;
			e->used = 1;
		}
	pthread_mutex_unlock(&lock);
	return found != NULL ? &found->rule : NULL;
}
