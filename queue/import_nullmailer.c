/*
 * The configuration of nullmailer: see import.h.  A control file is one line;
 * "remotes" has a line for each server: host, protocol, options.
 */
#include <config.h>

#include "queue/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/error.h"
#include "queue/setup_plan.h"

/* What an option of "remotes" becomes. */
static const struct option {
	const char *name;
	const char *key;	/* of [smarthost] */
	const char *note;	/* or why there is none */
} options[] = {
	{ "user", "user", NULL },
	{ "source", "source", NULL },
	{ "x509certfile", "client_certificate", NULL },
	{ "x509keyfile", "client_key", NULL },
	{ "x509cafile", "ca_file", NULL },
	{ "x509crlfile", NULL, "lists of revoked certificates are not read" },
	{ "x509fmtder", NULL, "certificates have to be in PEM" },
	{ "insecure", NULL, "certificates are always verified: set ca_file "
	    "or fingerprint where that fails" },
	{ "tls-anon-auth", NULL, "the server has to have a certificate" },
};

struct remote {
	const char *tls;
	const char *port;
};

/*
 * The next word as a shell has it: blanks end it but for those in quotes.  It
 * is written over the text, which is longer.  NULL: there is none.
 */
static char *
shell_word(char **rest)
{
	char *from = *rest + strspn(*rest, " \t"), *to = from, *word = from;
	char quote = '\0';

	if (*from == '\0')
		return NULL;
	for (; *from != '\0' && (quote != '\0' || (*from != ' ' &&
	    *from != '\t')); from++) {
		if (*from == '\\' && quote != '\'' && from[1] != '\0')
			*to++ = *++from;
		else if (*from == quote)
			quote = '\0';
		else if (quote == '\0' && (*from == '\'' || *from == '"'))
			quote = *from;
		else
			*to++ = *from;
	}
	*rest = from + (*from != '\0');
	*to = '\0';
	return word;
}

static void
take_option(struct plan *p, struct remote *r, char *word)
{
	char *value = strchr(word, '=');
	size_t i;

	word += strncmp(word, "--", 2) == 0 ? 2 : 0;
	if (value != NULL)
		*value++ = '\0';
	else
		value = word + strlen(word);
	if (strcmp(word, "port") == 0)
		r->port = value;
	else if (strcmp(word, "tls") == 0 || strcmp(word, "ssl") == 0)
		r->tls = "implicit";
	else if (strcmp(word, "starttls") == 0)
		r->tls = "starttls";
	else if (strcmp(word, "auth-login") == 0)
		plan_set(p, "smarthost", "auth", "login");
	else if (strcmp(word, "pass") == 0) {
		if (plan_set_secret(p, value) != 0)
			plan_note(p, "remotes: the password is too long");
	} else {
		for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
			if (strcmp(word, options[i].name) != 0)
				continue;
			if (options[i].key != NULL)
				plan_set(p, "smarthost", options[i].key,
				    value);
			else
				plan_note(p, "remotes: %s: %s", word,
				    options[i].note);
			return;
		}
		/* It may be a part of the password: not printed. */
		plan_note(p, "remotes: an option is unknown: see "
		    "nullmailer-send(8)");
	}
}

static void
take_remote(struct plan *p, char *host, char *line)
{
	struct remote r = { "none", NULL };
	char *word;

	plan_set(p, "smarthost", "host", host);
	while ((word = shell_word(&line)) != NULL)
		take_option(p, &r, word);
	if (r.port == NULL)
		r.port = strcmp(r.tls, "implicit") == 0 ? "465" : "25";
	import_finish(p, r.tls, r.port, "remotes: neither tls nor starttls");
}

static int
take_remotes(struct plan *p, char *text, struct error *e)
{
	char *line, *host, *protocol;
	int found = 0;

	while ((line = import_line(&text)) != NULL) {
		if ((host = shell_word(&line)) == NULL)
			continue;
		protocol = shell_word(&line);
		if (protocol != NULL && strcmp(protocol, "smtp") != 0)
			plan_note(p, "remotes: %s: the protocol %s is not "
			    "spoken", host, protocol);
		else if (found)
			plan_note(p, "remotes: %s: there is one smarthost, "
			    "the first one", host);
		else {
			take_remote(p, host, line);
			found = 1;
		}
	}
	return found ? 0 : error_set(e, "remotes names no server that "
	    "speaks SMTP");
}

/* The only line of a control file; NULL: it is missing or empty. */
static char *
line_of(char *text)
{
	return import_line(&text);
}

/* A number of seconds, at most limit; 0: not given. */
static int64_t
seconds_of(struct plan *p, const char *name, char *text, int64_t limit)
{
	const char *line = line_of(text);
	char *end;
	long long n;

	if (line == NULL)
		return 0;
	n = strtoll(line, &end, 10);
	if (*end != '\0' || n < 0) {
		plan_note(p, "%s: not a number of seconds", name);
		return 0;
	}
	return n < limit ? n : limit;
}

static void
set_seconds(struct plan *p, const char *name, int64_t seconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 "s", seconds);
	if (seconds > 0)
		plan_set(p, "queue", name, text);
}

static void
take_times(const struct import_nullmailer *f, struct plan *p)
{
	int64_t pause = seconds_of(p, "pausetime", f->pausetime, 86400);
	int64_t most = seconds_of(p, "maxpause", f->maxpause, 86400);

	/* Its own are a minute and a day, ours a minute and an hour. */
	if (most > 0 && most < (pause > 0 ? pause : 60))
		most = pause > 0 ? pause : 60;
	if (most == 0 && pause > 3600)
		most = pause;
	set_seconds(p, "retry_min", pause);
	set_seconds(p, "retry_max", most);
	set_seconds(p, "lifetime", seconds_of(p, "queuelifetime",
	    f->queuelifetime, 365 * INT64_C(86400)));
}

/* The domain of a bare name: defaulthost or me, and defaultdomain where that
 * has no dot. */
static void
take_domain(const struct import_nullmailer *f, struct plan *p)
{
	const char *me = line_of(f->me), *host = line_of(f->defaulthost);
	const char *domain = line_of(f->defaultdomain);
	struct buffer name = BUFFER_INIT;

	buffer_adds(&name, host != NULL ? host : me != NULL ? me : "");
	if (name.len > 0 && domain != NULL && domain[0] != '.' &&
	    strchr(name.data, '.') == NULL)
		buffer_addf(&name, ".%s", domain);
	if (name.failed)
		p->failed = 1;
	else if (name.len > 0)
		plan_set(p, "sender", "domain", name.data);
	buffer_free(&name);
}

static void
take_line(struct plan *p, const char *section, const char *name, char *text)
{
	const char *line = line_of(text);

	if (line != NULL)
		plan_set(p, section, name, line);
}

int
import_nullmailer(const struct import_nullmailer *f, struct plan *p,
    struct error *e)
{
	if (take_remotes(p, f->remotes, e) != 0)
		return -1;
	take_domain(f, p);
	take_times(f, p);
	take_line(p, "sender", "from", f->allmailfrom);
	take_line(p, "recipients", "local", f->adminaddr);
	take_line(p, "smarthost", "helo", f->helohost);
	take_line(p, "queue", "bounce_to", f->doublebounceto);
	if (line_of(f->idhost) != NULL)
		plan_note(p, "idhost: a Message-ID has the domain of the "
		    "sender");
	return p->failed ? error_memory(e) : 0;
}
