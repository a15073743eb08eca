/*
 * The questions of "outbox setup", each of them answered by an option where
 * there is one.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "config/mailbox.h"
#include "config/value.h"
#include "queue/error.h"
#include "queue/setup.h"
#include "queue/setup_ask.h"
#include "queue/setup_presets.h"

/* Who gets the mail for root, where it is no address. */
#define HERE "here"
#define SERVER "server"

static int
fail(struct setup *s, int status, const char *text)
{
	tool_fail(s->t, status, text);
	return -1;
}

static const struct preset *
ask_provider(struct setup *s)
{
	const struct preset *all, *found = NULL;
	size_t i, n;
	char *answer;

	all = presets_all(&n);
	fputs("Who takes the mail of this machine?\n", stderr);
	for (i = 0; i < n; i++)
		fprintf(stderr, "  %2zu  %-13s %s\n", i + 1, all[i].name,
		    all[i].title);
	while (found == NULL) {
		if ((answer = ask_text("Number or name", "")) == NULL) {
			setup_stop(s);
			return NULL;
		}
		found = presets_find(answer);
		free(answer);
	}
	return found;
}

static const struct preset *
find_provider(struct setup *s)
{
	const struct preset *p;
	struct error e;
	int given = s->o->provider != NULL || s->o->host != NULL ||
	    plan_has(&s->plan, "smarthost", "host");

	if (!given && s->asks)
		return ask_provider(s);
	if (!given) {
		fail(s, EX_USAGE, "there is no terminal to ask on: say "
		    "--provider or --host; outbox setup --help lists the "
		    "options");
		return NULL;
	}
	p = presets_find(s->o->provider != NULL ? s->o->provider : "own");
	if (p == NULL) {
		error_set(&e, "unknown provider '%s': outbox setup --help "
		    "lists them; --host names any other server",
		    s->o->provider);
		fail(s, EX_USAGE, e.text);
	}
	return p;
}

static int
is_way(const char *text)
{
	return strcmp(text, "implicit") == 0 ||
	    strcmp(text, "starttls") == 0 || strcmp(text, "none") == 0;
}

static int
is_port(const char *text)
{
	int64_t port;

	return value_integer(text, 1, 65535, &port) == 0;
}

static int
is_server(const char *text)
{
	return strpbrk(text, " \t@") == NULL;
}

static int
is_recipient(const char *text)
{
	return strcmp(text, HERE) == 0 || strcmp(text, SERVER) == 0 ||
	    mailbox_is_plain(text);
}

static int
is_sender(const char *text)
{
	return *text == '\0' || (strchr(text, '@') != NULL ?
	    mailbox_is_plain(text) : value_is_domain(text, strlen(text)));
}

/* What is typed is seen to at once; the rest when all is known. */
static const struct wish {
	const char *name;	/* of the key */
	int (*fits)(const char *);
	const char *wish;
} wishes[] = {
	{ "host", is_server, "a name, such as mail.example.com, or an "
	    "address" },
	{ "tls", is_way, "one of implicit, starttls and none" },
	{ "port", is_port, "a number from 1 to 65535" },
	{ "local", is_recipient, "an address with its domain, such as "
	    "you@example.com, or " HERE " or " SERVER },
	{ "from", is_sender, "an address, such as web1@example.com, or a "
	    "domain, such as example.com" },
};

/* 1: the answer can be the value of the key; 0: the user knows why not. */
static int
fits(const char *name, const char *answer)
{
	size_t i;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		if (strcmp(wishes[i].name, name) == 0 &&
		    !wishes[i].fits(answer)) {
			fprintf(stderr, "That has to be %s.\n",
			    wishes[i].wish);
			return 0;
		}
	return 1;
}

/* An answer that can be the value of the key; NULL: the input has ended. */
static char *
ask_value(const char *name, const char *question, const char *initial)
{
	char *answer;

	while ((answer = ask_text(question, initial)) != NULL &&
	    !fits(name, answer))
		free(answer);
	return answer;
}

/*
 * Set a key to what was given, or else to the answer.  option is named where
 * nobody can be asked and initial is NULL: there has to be an answer.
 */
static int
settle(struct setup *s, const char *section, const char *name,
    const char *given, const char *question, const char *initial,
    const char *option)
{
	struct error e;
	char *answer = NULL;

	if (given == NULL && plan_has(&s->plan, section, name))
		return 0;	/* an operand says it */
	if (given == NULL && !s->asks && initial == NULL) {
		error_set(&e, "%s is missing: %s", option, question);
		return fail(s, EX_USAGE, e.text);
	}
	while (given == NULL && s->asks && answer == NULL) {
		answer = ask_value(name, question,
		    initial != NULL ? initial : "");
		if (answer == NULL)
			return setup_stop(s);
		if (*answer == '\0' && initial == NULL) {
			free(answer);
			answer = NULL;
		}
	}
	if (given == NULL)
		given = answer != NULL ? answer : initial;
	if (*given != '\0')
		plan_set(&s->plan, section, name, given);
	else
		plan_unset(&s->plan, section, name);
	free(answer);
	return 0;
}

static int
settle_host(struct setup *s, const struct preset *p)
{
	const char *region = s->o->region;
	char *answer = NULL, *host;

	if (p->host == NULL || s->o->host != NULL ||
	    plan_has(&s->plan, "smarthost", "host"))
		return settle(s, "smarthost", "host", s->o->host,
		    "Name of the server", *s->now.host != '\0' ?
		    s->now.host : NULL, "--host");
	if (p->region != NULL && region == NULL) {
		if (!s->asks)
			return fail(s, EX_USAGE, "--region is missing, such "
			    "as eu-west-1");
		answer = ask_text("Region", p->region);
		if ((region = answer) == NULL)
			return setup_stop(s);
	}
	host = presets_host(p, region != NULL ? region : "");
	free(answer);
	if (host == NULL)
		return fail(s, EX_USAGE, "that is no region: one is written "
		    "like eu-west-1");
	plan_set(&s->plan, "smarthost", "host", host);
	free(host);
	return 0;
}

/* 1: it is the one that the configuration has. */
static int
is_same_host(const struct setup *s)
{
	return strcasecmp(plan_get(&s->plan, "smarthost", "host"),
	    s->now.host) == 0;
}

/* What a server of the user's own listens to. */
static int
settle_port(struct setup *s, int same)
{
	const char *tls = plan_get(&s->plan, "smarthost", "tls");
	const char *usual = strcmp(tls, "starttls") == 0 ? "587" :
	    strcmp(tls, "none") == 0 ? "25" : "465";
	char present[32];

	snprintf(present, sizeof(present), "%lld", (long long)s->now.port);
	if (settle(s, "smarthost", "port", s->o->port, "Port",
	    same ? present : usual, "--port") != 0)
		return -1;
	if (strcmp(plan_get(&s->plan, "smarthost", "port"), usual) == 0)
		plan_unset(&s->plan, "smarthost", "port");
	return 0;
}

static int
settle_server(struct setup *s, const struct preset *p)
{
	static const char *const ways[] = { "implicit", "starttls", "none" };
	const char *way = p->tls != NULL ? p->tls : "implicit";
	int same;

	if (settle_host(s, p) != 0)
		return -1;
	same = is_same_host(s);
	if (p->tls != NULL && s->o->tls == NULL)
		plan_set(&s->plan, "smarthost", "tls", way);
	else if (settle(s, "smarthost", "tls", s->o->tls,
	    "TLS: implicit (port 465), starttls (587) or none (25)",
	    same ? ways[s->now.tls] : way, "--tls") != 0)
		return -1;
	same = same && strcmp(plan_get(&s->plan, "smarthost", "tls"),
	    ways[s->now.tls]) == 0;
	return p->tls == NULL || s->o->port != NULL ? settle_port(s, same) :
	    0;
}

/* A token, or what else there is to log in with. */
static int
settle_secret(struct setup *s)
{
	const struct preset *p = s->preset;
	int token = setup_token(s);

	if (token != 0)
		return token > 0 ? 0 : -1;
	return p != NULL ? setup_secret(s, p->secret_is, p->grouped) :
	    setup_secret(s, "password", 0);
}

static int
settle_login(struct setup *s, const struct preset *p)
{
	struct buffer question = BUFFER_INIT;
	int result;

	if (p->user != NULL && s->o->user == NULL) {
		plan_set(&s->plan, "smarthost", "user", p->user);
	} else {
		buffer_addf(&question, "User, %s%s", p->user_is,
		    p->host == NULL ? "; empty: no login" : "");
		result = settle(s, "smarthost", "user", s->o->user,
		    buffer_string(&question), is_same_host(s) &&
		    *s->now.user != '\0' ? s->now.user : p->host == NULL ?
		    "" : NULL, "--user");
		buffer_free(&question);
		if (result != 0)
			return -1;
	}
	return settle_secret(s);
}

/* An address is sender.from, a domain sender.domain. */
static int
settle_sender(struct setup *s, const struct preset *p)
{
	const char *user = plan_get(&s->plan, "smarthost", "user");
	const char *given = s->o->from;
	char *answer = NULL;

	if (given == NULL && p->own_sender && mailbox_is_plain(user))
		given = user;
	if (given == NULL && s->asks) {
		answer = ask_value("from", "Sender of all mail, an address; "
		    "or the domain of all senders; empty: as it is",
		    *s->now.from != '\0' ? s->now.from : s->now.domain);
		if ((given = answer) == NULL)
			return setup_stop(s);
	}
	if (given != NULL && strchr(given, '@') != NULL)
		plan_set(&s->plan, "sender", "from", given);
	else if (given != NULL && *given != '\0') {
		plan_set(&s->plan, "sender", "domain", given);
		plan_unset(&s->plan, "sender", "from");
	}
	free(answer);
	return 0;
}

/* Who may be meant by an empty answer. */
static const char *
usual_recipient(const struct setup *s)
{
	const char *user = plan_get(&s->plan, "smarthost", "user");

	if (*s->now.local_mbox != '\0')
		return HERE;
	if (*s->now.local != '\0')
		return s->now.local;
	if (*plan_get(&s->plan, "sender", "from") != '\0')
		return plan_get(&s->plan, "sender", "from");
	return mailbox_is_plain(user) ? user : HERE;
}

/* Nothing needs to be prepared for a mailbox in the directory of the queue. */
static void
keep_here(struct setup *s)
{
	const char *directory = plan_get(&s->plan, "queue", "directory");
	struct buffer path = BUFFER_INIT;

	plan_unset(&s->plan, "recipients", "local");
	if (*s->now.local_mbox != '\0')
		return;
	buffer_addf(&path, "%s/mbox", *directory != '\0' ? directory :
	    s->now.directory);
	s->plan.failed |= path.failed;
	plan_set(&s->plan, "recipients", "local_mbox", buffer_string(&path));
	plan_unset(&s->plan, "recipients", "local_command");
	buffer_free(&path);
}

/* Mail for users of this machine that no alias sends elsewhere. */
static int
settle_local(struct setup *s)
{
	static const char *const others[] = { "local_mbox", "local_command",
		NULL };
	const char *local;
	size_t i;

	if (settle(s, "recipients", "local", s->o->local, "Who gets the mail "
	    "for root and other users of this machine: an address,\n\"" HERE
	    "\" (a mailbox on this machine) or \"" SERVER "\" (they have "
	    "mailboxes there)", usual_recipient(s), "--local") != 0)
		return -1;
	local = plan_get(&s->plan, "recipients", "local");
	if (strcmp(local, HERE) == 0) {
		keep_here(s);
		return 0;
	}
	if (strcmp(local, SERVER) == 0)
		plan_unset(&s->plan, "recipients", "local");
	for (i = 0; others[i] != NULL; i++)
		if (!plan_has(&s->plan, "recipients", others[i]))
			plan_unset(&s->plan, "recipients", others[i]);
	return 0;
}

static void
tell_hint(const struct preset *p)
{
	struct buffer text = BUFFER_INIT;

	buffer_addf(&text, "%s: %s.", p->title, p->hint);
	ask_tell(buffer_string(&text));
	buffer_free(&text);
}

int
setup_questions(struct setup *s)
{
	const struct preset *p = find_provider(s);

	if ((s->preset = p) == NULL)
		return -1;
	if (s->asks)
		tell_hint(p);
	if (settle_server(s, p) != 0 || settle_login(s, p) != 0 ||
	    settle_sender(s, p) != 0)
		return -1;
	if (s->o->local == NULL && !s->asks)
		return 0;
	return settle_local(s);
}

static int
login_again(struct setup *s)
{
	if (settle(s, "smarthost", "user", NULL, "User", s->now.user,
	    "--user") != 0)
		return -1;
	return settle_secret(s);
}

int
setup_login(struct setup *s)
{
	plan_set(&s->plan, "smarthost", "host", s->now.host);
	return login_again(s);
}

int
setup_can_change_server(const struct setup *s)
{
	return s->preset != NULL && s->preset->host == NULL &&
	    s->o->host == NULL;
}

int
setup_server(struct setup *s)
{
	return settle_server(s, s->preset) == 0 ? login_again(s) : -1;
}
