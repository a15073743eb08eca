/*
 * Does the configuration make sense?  What the form of a single value does not
 * show.
 */
#include <config.h>

#include "config/settings.h"

#include <arpa/inet.h>

#include <string.h>
#include <strings.h>

#include "config/mailbox.h"
#include "config/settings_private.h"
#include "config/value.h"

static int
is_number(const char *text)
{
	struct in6_addr address;
	char number[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "%");	/* an interface may follow */

	if (inet_pton(AF_INET, text, &address) == 1)
		return 1;
	if (len >= sizeof(number))
		return 0;
	memcpy(number, text, len);
	number[len] = '\0';
	return inet_pton(AF_INET6, number, &address) == 1;
}

static int
is_host(const char *text)
{
	return strncmp(text, "unix:/", 6) == 0 ||
	    value_is_domain(text, strlen(text)) || is_number(text);
}

static int
is_literal(const char *text)
{
	size_t len = strlen(text);

	return *text == '[' && text[len - 1] == ']' &&
	    strpbrk(text, " \t") == NULL;
}

/* A file, or what GnuTLS finds in a token. */
static int
is_object(const char *text)
{
	return *text == '/' || strncmp(text, "pkcs11:", 7) == 0;
}

static void
check_rate(struct loader *l, const char *section, const char *name,
    const char *text)
{
	int64_t count, period;

	if (*text != '\0' && value_rate(text, &count, &period) != 0)
		settings_complain(l, section, name, "%s = %s: must be a "
		    "number and a time, such as 80/h, 14/s or 100/15m", name,
		    text);
}

static int
is_log_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return len > 0 && len <= 32 && name[len] == '\0';
}

/* Texts that would make nonsense of a command or an address. */
static void
check_texts(struct loader *l, const struct settings *s)
{
	if (*s->host != '\0' && !is_host(s->host))
		settings_complain(l, "smarthost", "host", "host = %s: must "
		    "be a name, an address or unix:/path; the port is a key "
		    "of its own", s->host);
	if (*s->helo != '\0' && !is_literal(s->helo) &&
	    !value_is_domain(s->helo, strlen(s->helo)))
		settings_complain(l, "smarthost", "helo", "helo = %s: must "
		    "be a domain name or [address]", s->helo);
	if (*s->source != '\0' && !is_number(s->source))
		settings_complain(l, "smarthost", "source", "source = %s: "
		    "must be an address of this machine, in numbers",
		    s->source);
	if (strcmp(s->ca_file, "system") != 0 && *s->ca_file != '/')
		settings_complain(l, "smarthost", "ca_file", "ca_file = "
		    "%s: must be 'system' or an absolute path", s->ca_file);
	if (*s->domain != '\0' &&
	    !value_is_domain(s->domain, strlen(s->domain)))
		settings_complain(l, "sender", "domain", "domain = %s: "
		    "must be a domain name", s->domain);
	if (*s->directory == '\0')
		settings_complain(l, "queue", "directory", "directory = : "
		    "must be an absolute path");
	if (!is_log_name(s->log_name))
		settings_complain(l, "log", "name", "name = %s: must be up "
		    "to 32 letters, digits, '-' and '_'", s->log_name);
	check_rate(l, "smarthost", "rate", s->rate);
	check_rate(l, "limits", "user_rate", s->user_rate);
}

static void
check_address(struct loader *l, const char *section, const char *name,
    const char *text)
{
	if (*text != '\0' && !mailbox_is_plain(text))
		settings_complain(l, section, name, "%s = %s: must be one "
		    "address with its domain", name, text);
}

/* Whoever reads it takes all of the list or nothing, and then the mail of
 * this machine would go where nobody looks. */
static void
check_recipients(struct loader *l, const char *list)
{
	size_t len;
	const char *bad = mailbox_bad_in_list(list, &len);

	if (bad != NULL)
		settings_complain(l, "recipients", "local", "local: %.*s: must "
		    "be an address; between two of them is a comma", (int)len,
		    bad);
}

static void
check_addresses(struct loader *l, const struct settings *s)
{
	static const char blanks[] = " \t,";
	const char *word;
	int len;

	check_address(l, "sender", "from", s->from);
	check_address(l, "queue", "bounce_to", s->bounce_to);
	check_recipients(l, s->local);
	for (word = s->allowed + strspn(s->allowed, blanks); *word != '\0';
	    word += strspn(word, blanks)) {
		len = (int)strcspn(word, blanks);
		if (memchr(word, '@', (size_t)len) == NULL)
			settings_complain(l, "sender", "allowed",
			    "allowed = %.*s: must be addresses; all of a "
			    "domain are *@%.*s", len, word, len, word);
		word += len;
	}
}

/* Which keys are trusted, and our own. */
static void
check_keys(struct loader *l, const struct settings *s)
{
	const char *key = *s->client_key != '\0' ? s->client_key :
	    s->client_certificate;

	if (!value_is_pins(s->fingerprint))
		settings_complain(l, "smarthost", "fingerprint",
		    "fingerprint: must be sha256: and 64 hexadecimal digits");
	if (*s->client_key != '\0' && *s->client_certificate == '\0')
		settings_complain(l, "smarthost", "client_key",
		    "client_key without client_certificate");
	if (*s->client_certificate != '\0' &&
	    !is_object(s->client_certificate))
		settings_complain(l, "smarthost", "client_certificate",
		    "client_certificate = %s: must be an absolute path or "
		    "pkcs11: and so on", s->client_certificate);
	else if (*key != '\0' && !is_object(key))
		settings_complain(l, "smarthost", "client_key",
		    "client_key = %s: must be an absolute path or pkcs11: "
		    "and so on", key);
}

/* Does none of these ways to log in show the secret to who listens? */
static int
hides_secret(const char *ways)
{
	size_t n;

	for (; *(ways += strspn(ways, " \t,")) != '\0'; ways += n) {
		n = strcspn(ways, " \t,");
		if (strncasecmp(ways, "scram-", 6) != 0 &&
		    strncasecmp(ways, "external", 8) != 0)
			return 0;
	}
	return 1;
}

/* "auto" takes what the others would leave out. */
static void
check_auth(struct loader *l, const char *ways)
{
	static const char blanks[] = " \t,";
	size_t n, count = 0;
	int automatic = 0;

	for (; *(ways += strspn(ways, blanks)) != '\0'; ways += n) {
		n = strcspn(ways, blanks);
		automatic |= n == 4 && memcmp(ways, "auto", n) == 0;
		count++;
	}
	if (automatic && count > 1)
		settings_complain(l, "smarthost", "auth", "auth: auto means "
		    "all that suit; remove it, or the others");
}

/* DANE is about the certificate of a server that has a name. */
static void
check_dane(struct loader *l, const struct settings *s)
{
	const char *why = NULL;

#ifndef HAVE_GNUTLS_DANE_H
	why = "is not part of this build of outbox";
#else
	if (s->tls == SETTINGS_TLS_NONE)
		why = "needs tls = implicit or starttls";
	else if (*s->host != '\0' && (strpbrk(s->host, ":/") != NULL ||
	    s->host[strspn(s->host, "0123456789.")] == '\0'))
		why = "needs a host with a name";
#endif
	if (s->dane && why != NULL)
		settings_complain(l, "smarthost", "dane",
		    "dane = required %s", why);
}

/* "%u" is a user; nothing else is. */
static int
has_other(const char *text)
{
	while ((text = strchr(text, '%')) != NULL)
		if (*++text != 'u')
			return 1;
	return 0;
}

/* Users may write to directories of their own: none of them is to choose the
 * one that mail is written to. */
static void
check_local(struct loader *l, const struct settings *s)
{
	const char *last = strrchr(s->local_mbox, '/');

	if (last != NULL && last[1] == '\0')
		settings_complain(l, "recipients", "local_mbox",
		    "local_mbox = %s: must be a file, not a directory",
		    s->local_mbox);
	else if (last != NULL && memchr(s->local_mbox, '%',
	    (size_t)(last - s->local_mbox)) != NULL)
		settings_complain(l, "recipients", "local_mbox",
		    "local_mbox = %s: %%u can only be in the name of the "
		    "file, behind the last slash", s->local_mbox);
	else if (has_other(s->local_mbox))
		settings_complain(l, "recipients", "local_mbox",
		    "local_mbox = %s: %% must be followed by u, which stands "
		    "for the user", s->local_mbox);
	if (has_other(s->local_command))
		settings_complain(l, "recipients", "local_command",
		    "local_command = %s: %% must be followed by u, which "
		    "stands for the user", s->local_command);
}

/* What no single key shows. */
void
settings_check_together(struct loader *l, const struct settings *s)
{
	if (*s->local_mbox != '\0' && *s->local_command != '\0')
		settings_complain(l, "recipients", "local_command",
		    "local_command and local_mbox: remove one");
	if (s->retry_min > s->retry_max)
		settings_complain(l, "queue", "retry_min",
		    "retry_min is longer than retry_max");
	if (*s->password_command != '\0' && *s->token_command != '\0')
		settings_complain(l, "smarthost", "token_command",
		    "token_command and password_command: remove one");
	if (s->tls == SETTINGS_TLS_NONE && *s->user != '\0' &&
	    !settings_is_local(s) && !hides_secret(s->auth))
		settings_complain(l, "smarthost", "tls",
		    "tls = none would send the password in the clear: use "
		    "implicit or starttls, or remove user");
}

void
settings_check(struct loader *l, const struct settings *s)
{
	check_texts(l, s);
	check_addresses(l, s);
	check_keys(l, s);
	check_auth(l, s->auth);
	check_dane(l, s);
	check_local(l, s);
}
