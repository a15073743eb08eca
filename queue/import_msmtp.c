/*
 * The configuration of msmtp: see import.h.  "command argument" lines; those
 * after "defaults" go to every account that follows, those after "account
 * NAME : OTHER" to that one, which begins as a copy of OTHER.
 */
#include <config.h>

#include "queue/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "queue/error.h"
#include "queue/setup_plan.h"

enum command {
	HOST, PORT, SOCKET, SOURCE, TIMEOUT, PROTOCOL, HELO, AUTH, USER,
	PASSWORD, PASSWORD_EVAL, TLS, STARTTLS, TRUST, CERTIFICATE, KEY,
	CHECK, FINGERPRINT, PRIORITIES, TLS_NAME, FROM, OVERRIDE, FROM_HEADER,
	ALIASES, SYSLOG, PROXY, AUTO_FROM, MAIL_DOMAIN, COMMANDS,
	NOTHING = COMMANDS, UNKNOWN
};

static const struct {
	const char *name;
	enum command command;
} names[] = {
	{ "host", HOST }, { "port", PORT }, { "socket", SOCKET },
	{ "source_ip", SOURCE }, { "timeout", TIMEOUT },
	{ "connect_timeout", TIMEOUT }, { "protocol", PROTOCOL },
	{ "domain", HELO }, { "auth", AUTH }, { "user", USER },
	{ "password", PASSWORD }, { "passwordeval", PASSWORD_EVAL },
	{ "tls", TLS }, { "tls_starttls", STARTTLS },
	{ "tls_trust_file", TRUST }, { "tls_cert_file", CERTIFICATE },
	{ "tls_key_file", KEY }, { "tls_certcheck", CHECK },
	{ "tls_nocertcheck", NOTHING }, { "tls_fingerprint", FINGERPRINT },
	{ "tls_priorities", PRIORITIES }, { "tls_host_override", TLS_NAME },
	{ "from", FROM }, { "allow_from_override", OVERRIDE },
	{ "set_from_header", FROM_HEADER }, { "aliases", ALIASES },
	{ "syslog", SYSLOG }, { "proxy_host", PROXY },
	{ "auto_from", AUTO_FROM }, { "maildomain", MAIL_DOMAIN },
	/* What makes no difference here. */
	{ "proxy_port", NOTHING }, { "logfile", NOTHING },
	{ "logfile_time_format", NOTHING }, { "set_date_header", NOTHING },
	{ "set_msgid_header", NOTHING }, { "set_to_header", NOTHING },
	{ "remove_bcc_headers", NOTHING }, { "tls_crl_file", NOTHING },
	{ "tls_min_dh_prime_bits", NOTHING }, { "dsn_return", NOTHING },
	{ "dsn_notify", NOTHING }, { "add_missing_from_header", NOTHING },
	{ "add_missing_date_header", NOTHING },
	{ "undisclosed_recipients", NOTHING },
};

struct account {
	const char *name;
	const char *values[COMMANDS];	/* NULL: not given */
};

struct accounts {
	struct account defaults;
	struct account *list;
	size_t n;
	struct account *at;		/* what is being filled */
};

/* The argument, without the quotes around it. */
static char *
unquote(char *text)
{
	size_t len = strlen(text);

	if (len < 2 || *text != '"' || text[len - 1] != '"')
		return text;
	text[len - 1] = '\0';
	return text + 1;
}

static struct account *
find_account(const struct accounts *a, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strlen(a->list[i].name) == len &&
		    memcmp(a->list[i].name, name, len) == 0)
			return &a->list[i];
	return NULL;
}

static void
inherit(struct account *to, const struct account *from)
{
	int i;

	for (i = 0; from != NULL && i < COMMANDS; i++)
		if (from->values[i] != NULL)
			to->values[i] = from->values[i];
}

/* "NAME", "NAME : OTHER,OTHER" */
static int
begin_account(struct accounts *a, char *text)
{
	char *others = text + strcspn(text, ":");
	struct account *list;
	size_t len = strcspn(text, " \t:");

	list = reallocarray(a->list, a->n + 1, sizeof(*list));
	if (list == NULL)
		return -1;
	a->list = list;
	a->at = &list[a->n];
	*a->at = a->defaults;
	while (*others != '\0') {
		others += 1 + strspn(others + 1, " \t");
		inherit(a->at, find_account(a, others,
		    strcspn(others, " \t,")));
		others += strcspn(others, ",");
	}
	text[len] = '\0';
	a->at->name = text;
	a->n++;
	return 0;
}

static enum command
command_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].command;
	return UNKNOWN;
}

static int
take_line(struct accounts *a, struct plan *p, char *line)
{
	const char *word = import_word(&line);
	enum command c;

	if (strcmp(word, "defaults") == 0) {
		a->at = &a->defaults;
		return 0;
	}
	if (strcmp(word, "account") == 0)
		return begin_account(a, line);
	if ((c = command_of(word)) < COMMANDS)
		a->at->values[c] = unquote(line);
	else if (c == UNKNOWN)
		plan_note(p, "msmtprc: %s is not converted", word);
	return 0;
}

static const char *
get(const struct account *a, enum command c)
{
	return a->values[c] != NULL ? a->values[c] : "";
}

/* A switch: given without an argument it is on. */
static int
is_on(const struct account *a, enum command c, int otherwise)
{
	const char *v = a->values[c];

	return v == NULL ? otherwise : *v == '\0' || strcmp(v, "on") == 0;
}

/* Keys whose value is that of the command. */
static void
take_plain(const struct account *a, struct plan *p)
{
	static const struct {
		enum command command;
		const char *section, *name;
	} keys[] = {
		{ HOST, "smarthost", "host" },
		{ SOURCE, "smarthost", "source" },
		{ CERTIFICATE, "smarthost", "client_certificate" },
		{ KEY, "smarthost", "client_key" },
		{ PRIORITIES, "smarthost", "priority" },
		{ TLS_NAME, "smarthost", "tls_name" },
		{ TRUST, "smarthost", "ca_file" },
		{ ALIASES, "recipients", "aliases" },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*get(a, keys[i].command) != '\0')
			plan_set(p, keys[i].section, keys[i].name,
			    get(a, keys[i].command));
	if (*get(a, HELO) != '\0' && strchr(get(a, HELO), '%') == NULL &&
	    strcmp(get(a, HELO), "localhost") != 0)
		plan_set(p, "smarthost", "helo", get(a, HELO));
	if (*get(a, ALIASES) != '\0')
		plan_note(p, "aliases: the name of the default is \"*\" now, "
		    "not \"default\"");
	if (*get(a, PROXY) != '\0')
		plan_note(p, "proxy_host: there are no proxies");
}

/* A command of the shell, whose words ours does not see.  msmtp gives it all
 * of the line, and has no comments behind a value: only the shell has. */
static int
set_command(struct plan *p, const char *name, const char *command,
    struct error *e)
{
	struct buffer line = BUFFER_INIT;
	int result = 0;

	if (plan_has(p, "smarthost", name))
		return 0;		/* by an option, which wins */
	buffer_addf(&line, "/bin/sh -c %s", command);
	if (line.failed) {
		p->failed = 1;
	} else if (!settings_can_hold(name, line.data)) {
		result = error_set(e, "msmtprc: passwordeval: outbox.conf "
		    "cannot hold this command, which is too long or has a "
		    "blank before # or ;: put it into a script, and say "
		    "smarthost.%s=/PATH/OF/SCRIPT, too", name);
	} else {
		plan_set(p, "smarthost", name, line.data);
		plan_note(p, "passwordeval: it is run by the user that sends "
		    "the mail, not by you: outbox test shows whether it "
		    "works");
	}
	buffer_free(&line);
	return result;
}

static int
take_login(const struct account *a, struct plan *p, struct error *e)
{
	static const char *const ways[] = { "plain", "login", "scram-sha-1",
		"scram-sha-256", "cram-md5", "external", "oauthbearer",
		"xoauth2", NULL };
	const char *way = get(a, AUTH);
	int token = strcmp(way, "oauthbearer") == 0 ||
	    strcmp(way, "xoauth2") == 0;
	size_t i;

	if (a->values[AUTH] == NULL || strcmp(way, "off") == 0)
		return 0;
	for (i = 0; ways[i] != NULL && strcmp(way, ways[i]) != 0; i++)
		continue;
	if (ways[i] != NULL)
		plan_set(p, "smarthost", "auth", way);
	else if (*way != '\0' && strcmp(way, "on") != 0)
		plan_note(p, "auth %s: there is no such login here: one is "
		    "chosen", way);
	plan_set(p, "smarthost", "user", get(a, USER));
	if (*get(a, PASSWORD_EVAL) != '\0')
		return set_command(p, token ? "token_command" :
		    "password_command", get(a, PASSWORD_EVAL), e);
	if (plan_set_secret(p, get(a, PASSWORD)) != 0)
		plan_note(p, "password: it is too long");
	return 0;
}

static void
take_server(const struct account *a, struct plan *p)
{
	const char *tls = !is_on(a, TLS, 0) ? "none" :
	    is_on(a, STARTTLS, 1) ? "starttls" : "implicit";
	const char *port = get(a, PORT);
	struct buffer path = BUFFER_INIT;

	if (*get(a, SOCKET) != '\0') {
		buffer_addf(&path, "unix:%s", get(a, SOCKET));
		if (path.failed)
			p->failed = 1;
		else
			plan_set(p, "smarthost", "host", path.data);
		buffer_free(&path);
	}
	if (*get(a, FINGERPRINT) != '\0')
		plan_note(p, "tls_fingerprint: it is that of the certificate, "
		    "ours is of the key: outbox test prints it");
	if (!is_on(a, CHECK, 1) ||
	    (a->values[TRUST] != NULL && *get(a, TRUST) == '\0'))
		plan_note(p, "certificates are always verified: set ca_file "
		    "or fingerprint where that fails");
	if (*port == '\0')
		port = strcmp(tls, "implicit") == 0 ? "465" : "25";
	import_finish(p, tls, port, "msmtprc: no tls");
}

static void
take_timeout(const struct account *a, struct plan *p)
{
	char text[32], *end;
	long long n;

	if (*get(a, TIMEOUT) == '\0' || strcmp(get(a, TIMEOUT), "off") == 0)
		return;
	n = strtoll(get(a, TIMEOUT), &end, 10);
	if (*end != '\0' || n < 1 || n > 3600) {
		plan_note(p, "timeout: not 1 to 3600 seconds");
		return;
	}
	snprintf(text, sizeof(text), "%llds", n);
	plan_set(p, "smarthost", "timeout", text);
}

static void
take_facility(const struct account *a, struct plan *p)
{
	static const char *const facilities[] = { "LOG_USER", "user",
		"LOG_MAIL", "mail", "LOG_LOCAL0", "local0", "LOG_LOCAL1",
		"local1", "LOG_LOCAL2", "local2", "LOG_LOCAL3", "local3",
		"LOG_LOCAL4", "local4", "LOG_LOCAL5", "local5", "LOG_LOCAL6",
		"local6", "LOG_LOCAL7", "local7", NULL };
	size_t i;

	for (i = 0; facilities[i] != NULL; i += 2)
		if (strcmp(get(a, SYSLOG), facilities[i]) == 0)
			plan_set(p, "log", "facility", facilities[i + 1]);
}

/* A fixed address, or "%U@domain" for the user who sends. */
static void
take_sender(const struct account *a, struct plan *p)
{
	const char *from = get(a, FROM), *at = strchr(from, '@');

	if (is_on(a, AUTO_FROM, 0)) {
		import_sender(p, get(a, MAIL_DOMAIN));
		return;
	}
	if (*from == '\0')
		return;
	if (strpbrk(from, "%*?[") == NULL) {
		import_sender(p, from);
		if (at != NULL && is_on(a, OVERRIDE, 1))
			plan_note(p, "from: all mail is from %s now, also "
			    "where a program names another sender", from);
	} else if (at != NULL && strpbrk(at, "%*?[") == NULL)
		import_sender(p, at + 1);
	else
		plan_note(p, "from %s: set sender.domain or sender.from",
		    from);
}

/* The account "default"; without one the only one. */
static const struct account *
choose(const struct accounts *a, struct plan *p)
{
	const struct account *d = find_account(a, "default", 7);
	size_t i;

	if (d == NULL && a->n > 0) {
		d = &a->list[0];
		plan_note(p, "msmtprc: no account is \"default\": it is %s "
		    "now", d->name);
	}
	for (i = 0; i < a->n; i++)
		if (d != &a->list[i] && strcmp(get(&a->list[i], HOST),
		    get(d, HOST)) != 0)
			plan_note(p, "msmtprc: account %s: there is one "
			    "smarthost for all", a->list[i].name);
	return d != NULL ? d : &a->defaults;
}

static int
convert(const struct accounts *accounts, struct plan *p, struct error *e)
{
	const struct account *a = choose(accounts, p);

	if (*get(a, HOST) == '\0' && *get(a, SOCKET) == '\0')
		return error_set(e, "msmtprc names no host for the account "
		    "\"default\"");
	if (strcmp(get(a, PROTOCOL), "lmtp") == 0)
		return error_set(e, "msmtprc: outbox does not speak LMTP");
	take_plain(a, p);
	if (take_login(a, p, e) != 0)
		return -1;
	take_server(a, p);
	take_timeout(a, p);
	take_facility(a, p);
	take_sender(a, p);
	return p->failed ? error_memory(e) : 0;
}

int
import_msmtp(char *msmtprc, struct plan *p, struct error *e)
{
	struct accounts a;
	char *line;
	int result = 0;

	memset(&a, 0, sizeof(a));
	a.at = &a.defaults;
	while (result == 0 && (line = import_line(&msmtprc)) != NULL)
		result = take_line(&a, p, line);
	result = result == 0 ? convert(&a, p, e) :
	    error_memory(e);
	free(a.list);
	return result;
}
