/*
 * The configuration of ssmtp: see import.h.  "Name=value" lines, the names in
 * any case; revaliases has "user:address" and perhaps ":server".
 */
#include <config.h>

#include "queue/import.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "queue/error.h"
#include "queue/setup_plan.h"

struct ssmtp {
	const char *mailhub, *root, *rewrite, *hostname;
	const char *tls, *starttls, *certificate, *key, *ca_file, *ca_dir;
	const char *user, *password, *method, *override;
};

#define AT(member) offsetof(struct ssmtp, member)

static const struct {
	const char *name;
	size_t offset;
} names[] = {
	{ "Mailhub", AT(mailhub) }, { "Root", AT(root) },
	{ "RewriteDomain", AT(rewrite) }, { "Hostname", AT(hostname) },
	{ "FromLineOverride", AT(override) }, { "UseTLS", AT(tls) },
	{ "UseSTARTTLS", AT(starttls) }, { "TLSCert", AT(certificate) },
	{ "TLSKey", AT(key) }, { "TLS_CA_File", AT(ca_file) },
	{ "TLS_CA_Dir", AT(ca_dir) }, { "AuthUser", AT(user) },
	{ "AuthPass", AT(password) }, { "AuthMethod", AT(method) },
};

static void
take_line(struct ssmtp *s, struct plan *p, char *line)
{
	size_t i, len = strcspn(line, "= \t");
	const char *value = line + len + strspn(line + len, "= \t");

	line[len] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(line, names[i].name) == 0) {
			*(const char **)(void *)((char *)s +
			    names[i].offset) = value;
			return;
		}
	}
	plan_note(p, "ssmtp.conf: unknown setting %s", line);
}

static int
is_yes(const char *text)
{
	return strcasecmp(text, "yes") == 0;
}

static void
take_login(const struct ssmtp *s, struct plan *p)
{
	if (*s->user == '\0')
		return;
	plan_set(p, "smarthost", "user", s->user);
	if (plan_set_secret(p, s->password) != 0)
		plan_note(p, "AuthPass: too long");
	if (strcasecmp(s->method, "cram-md5") == 0)
		plan_set(p, "smarthost", "auth", "cram-md5");
	else if (strcasecmp(s->method, "login") == 0)
		plan_set(p, "smarthost", "auth", "login");
	else if (*s->method != '\0')
		plan_note(p, "AuthMethod: %s is unknown: a way to log in is "
		    "chosen", s->method);
}

/* host, host:port or [address]:port; *port is "" where there is none. */
static void
take_mailhub(struct plan *p, char *hub, const char **port)
{
	char *colon = strrchr(hub, ':');

	*port = "";
	if (colon != NULL && (strchr(hub, ':') == colon || (*hub == '[' &&
	    colon > hub && colon[-1] == ']'))) {
		*colon = '\0';
		*port = colon + 1;
	}
	plan_set(p, "smarthost", "host", hub);
}

static void
take_server(const struct ssmtp *s, struct plan *p)
{
	static const struct {
		size_t offset;
		const char *key;
	} keys[] = { { AT(certificate), "client_certificate" },
	    { AT(key), "client_key" }, { AT(ca_file), "ca_file" } };
	const char *tls = is_yes(s->starttls) ? "starttls" :
	    is_yes(s->tls) ? "implicit" : "none";
	const char *port, *value;
	char *hub = strdup(s->mailhub);
	size_t i;

	if (hub == NULL) {
		p->failed = 1;
		return;
	}
	take_mailhub(p, hub, &port);
	import_finish(p, tls, *port != '\0' ? port : "25",
	    "ssmtp.conf: no UseTLS");
	free(hub);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = *(const char *const *)(const void *)((const char *)s +
		    keys[i].offset);
		if (*value != '\0' && strcmp(tls, "none") != 0)
			plan_set(p, "smarthost", keys[i].key, value);
	}
	if (*s->ca_dir != '\0')
		plan_note(p, "TLS_CA_Dir: authorities are in one file: set "
		    "ca_file if it is not the system's");
}

/* The server of one user; "HOST:PORT" as Mailhub has it, or its host, is no
 * other. */
static void
take_other_server(const struct ssmtp *s, struct plan *p, const char *user,
    const char *server)
{
	if (strcasecmp(server, s->mailhub) != 0 &&
	    strcasecmp(server, plan_get(p, "smarthost", "host")) != 0)
		plan_note(p, "revaliases: %s: there is one smarthost for "
		    "all, not %s", user, server);
}

/* Who gets the mail of root; ssmtp adds the domain of senders. */
static void
take_root(const struct ssmtp *s, struct plan *p, const char *domain)
{
	char *address;

	if (strchr(s->root, '@') != NULL || *domain == '\0') {
		plan_set(p, "recipients", "local", s->root);
		return;
	}
	if (asprintf(&address, "%s@%s", s->root, domain) < 0) {
		p->failed = 1;
		return;
	}
	plan_set(p, "recipients", "local", address);
	free(address);
}

/* One address for all users is sender.from; several cannot be. */
static void
take_reverse(const struct ssmtp *s, struct plan *p, char *text)
{
	const char *first = NULL, *address;
	char *line, *server;

	while ((line = import_line(&text)) != NULL) {
		address = line + strcspn(line, ":");
		if (*address == '\0')
			continue;
		line[address++ - line] = '\0';
		server = line + strlen(line) + 1;
		server += strcspn(server, ":");
		if (*server != '\0') {
			*server++ = '\0';
			take_other_server(s, p, line, server);
		}
		if (first == NULL) {
			first = address;
			import_sender(p, address);
			plan_note(p, "revaliases: all mail is from %s now, "
			    "that of other users, too", address);
		} else if (strcmp(first, address) != 0)
			plan_note(p, "revaliases: %s: all mail is from %s, "
			    "not %s", line, first, address);
	}
}

int
import_ssmtp(char *conf, char *revaliases, struct plan *p, struct error *e)
{
	struct ssmtp s = { 0 };
	const char *domain;
	size_t i;
	char *line;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		*(const char **)(void *)((char *)&s + names[i].offset) = "";
	while ((line = import_line(&conf)) != NULL)
		take_line(&s, p, line);
	if (*s.mailhub == '\0')
		return error_set(e, "ssmtp.conf names no Mailhub");
	take_login(&s, p);
	take_server(&s, p);
	domain = *s.rewrite != '\0' ? s.rewrite : s.hostname;
	if (*s.root != '\0')
		take_root(&s, p, domain);
	import_sender(p, domain);
	if (*s.hostname != '\0')
		plan_set(p, "smarthost", "helo", s.hostname);
	take_reverse(&s, p, revaliases);
	return p->failed ? error_memory(e) : 0;
}
