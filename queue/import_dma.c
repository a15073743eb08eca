/*
 * The configuration of dma: see import.h.  "NAME value" lines; a NAME alone
 * switches something on.  auth.conf has "user|server:password".
 */
#include <config.h>

#include "queue/import.h"

#include <stdlib.h>
#include <string.h>

#include "queue/error.h"
#include "queue/setup_plan.h"

struct dma {
	const char *smarthost, *port, *mailname, *masquerade, *aliases,
	    *certificate, *fingerprint;
	const char *auth_path, *spool_path;	/* the caller's business */
	const char *secure, *starttls, *opportunistic, *insecure, *defer,
	    *nullclient, *fullbounce, *verify;	/* NULL: off */
};

#define AT(member) offsetof(struct dma, member)

static const struct {
	const char *name;
	size_t offset;
} names[] = {
	{ "SMARTHOST", AT(smarthost) }, { "PORT", AT(port) },
	{ "MAILNAME", AT(mailname) }, { "MAILNAMEFILE", AT(mailname) },
	{ "MASQUERADE", AT(masquerade) }, { "ALIASES", AT(aliases) },
	{ "CERTFILE", AT(certificate) }, { "FINGERPRINT", AT(fingerprint) },
	{ "AUTHPATH", AT(auth_path) }, { "SPOOLDIR", AT(spool_path) },
	{ "SECURETRANSFER", AT(secure) }, { "SECURETRANS", AT(secure) },
	{ "STARTTLS", AT(starttls) },
	{ "OPPORTUNISTIC_TLS", AT(opportunistic) },
	{ "INSECURE", AT(insecure) }, { "SECURE", AT(verify) },
	{ "DEFER", AT(defer) }, { "NULLCLIENT", AT(nullclient) },
	{ "FULLBOUNCE", AT(fullbounce) },
	{ "VERIFYCERTIFICATE", AT(verify) },
};

static void
take_line(struct dma *d, struct plan *p, char *line)
{
	const char *name = import_word(&line);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i].name) == 0) {
			*(const char **)(void *)((char *)d +
			    names[i].offset) = line;
			return;
		}
	}
	plan_note(p, "dma.conf: unknown setting %s", name);
}

static int
is_set(const char *value)
{
	return value != NULL && *value != '\0';
}

/* The login for this server, from the first line that has one. */
static void
take_login(struct plan *p, const char *server, char *text)
{
	char *line, *host, *password;

	while ((line = import_line(&text)) != NULL) {
		host = line + strcspn(line, "|");
		if (*host == '\0')
			continue;
		*host++ = '\0';
		password = host + strcspn(host, ":");
		if (*password == '\0')
			continue;
		*password++ = '\0';
		if (strcmp(host, server) != 0)
			continue;
		plan_set(p, "smarthost", "user", line);
		if (plan_set_secret(p, password) != 0)
			plan_note(p, "auth.conf: the password is too long");
		return;
	}
}

static void
take_server(const struct dma *d, struct plan *p)
{
	const char *tls = d->secure == NULL ? "none" :
	    d->starttls != NULL ? "starttls" : "implicit";

	if (d->opportunistic != NULL)
		plan_note(p, "OPPORTUNISTIC_TLS: no mail leaves without TLS "
		    "if the server lacks it; tls = none is without");
	if (is_set(d->fingerprint))
		plan_note(p, "FINGERPRINT: it is that of the certificate, "
		    "ours is of the key: outbox test prints it");
	if (is_set(d->certificate) && d->secure != NULL)
		plan_set(p, "smarthost", "client_certificate",
		    d->certificate);
	import_finish(p, tls, is_set(d->port) ? d->port : "25",
	    "dma.conf: no SECURETRANSFER");
}

static void
take_sender(const struct dma *d, struct plan *p)
{
	const char *m = d->masquerade;

	if (is_set(d->mailname) && *d->mailname != '/')
		plan_set(p, "sender", "domain", d->mailname);
	else if (is_set(d->mailname) &&
	    strcmp(d->mailname, "/etc/mailname") != 0)
		plan_note(p, "MAILNAME: set sender.domain to what is in %s",
		    d->mailname);
	if (!is_set(m))
		return;
	if (m[strlen(m) - 1] == '@')
		plan_note(p, "MASQUERADE %s: set sender.from to this address "
		    "with its domain", m);
	else if (*m == '@')
		import_sender(p, m + 1);
	else
		import_sender(p, m);
}

char *
import_dma_path(const char *conf, const char *name)
{
	char *copy = strdup(conf), *rest = copy, *line, *path = NULL;

	while (copy != NULL && (line = import_line(&rest)) != NULL) {
		if (strcmp(import_word(&line), name) != 0 || *line != '/')
			continue;
		free(path);
		path = strdup(line);
	}
	free(copy);
	return path;
}

int
import_dma(char *conf, char *auth, struct plan *p, struct error *e)
{
	struct dma d;
	char *line;

	memset(&d, 0, sizeof(d));
	while ((line = import_line(&conf)) != NULL)
		take_line(&d, p, line);
	if (!is_set(d.smarthost))
		return error_set(e, "dma.conf names no SMARTHOST: dma sends "
		    "straight to the servers of the recipients, and outbox "
		    "needs a server that forwards: outbox setup without "
		    "--from-dma asks for one");
	plan_set(p, "smarthost", "host", d.smarthost);
	take_login(p, d.smarthost, auth);
	take_server(&d, p);
	take_sender(&d, p);
	if (is_set(d.aliases))
		plan_set(p, "recipients", "aliases", d.aliases);
	if (d.nullclient != NULL)
		plan_note(p, "NULLCLIENT: aliases count now: see "
		    "recipients.aliases in outbox.conf(5)");
	if (d.defer != NULL)
		plan_note(p, "DEFER: mail is sent as soon as the server can "
		    "be reached");
	return p->failed ? error_memory(e) : 0;
}
