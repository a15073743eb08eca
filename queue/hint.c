/*
 * Hints: see hint.h.  The first row that fits is taken, so a provider's rows
 * stand before those for all.
 */
#include <config.h>

#include "queue/hint.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Each of host, step and text may be "": any. */
static const struct hint {
	const char *host;	/* it, or the end of it behind a dot */
	const char *step;
	const char *text;	/* a part of what was said; "^5" begins it */
	const char *hint;
} table[] = {
	{ "gmail.com", "AUTH", "5.7.9",
	    "Google wants an app password, made at "
	    "myaccount.google.com/apppasswords, not that of the account" },
	{ "gmail.com", "AUTH", "5.7.8",
	    "Google takes an app password, made at "
	    "myaccount.google.com/apppasswords, or a token" },
	{ "office365.com", "AUTH", "5.7.139",
	    "SMTP AUTH is disabled for the tenant or the mailbox: an "
	    "administrator can enable it; or use a token, \"outbox setup\" "
	    "asks for one" },
	{ "office365.com", "AUTH", "5.7.30",
	    "Microsoft takes no passwords any more: use a token, \"outbox "
	    "setup\" asks for one" },
	{ "office365.com", "AUTH", "5.7.3",
	    "user or password is wrong, SMTP AUTH is disabled for the "
	    "mailbox, or the application has no right to it: see \"Access "
	    "tokens\" in outbox.conf(5)" },
	{ "office365.com", "MAIL FROM", "5.7.60",
	    "the mailbox lacks the right Send As for this sender: set from in "
	    "[sender]" },
	{ "office365.com", "MAIL FROM", "SendAs",
	    "the mailbox lacks the right Send As for this sender: set from in "
	    "[sender]" },
	{ "office365.com", "connect", "",
	    "Microsoft 365 listens on port 587 only: tls = starttls" },
	{ "amazonaws.com", "AUTH", "535",
	    "user and password are the SMTP credentials made in the SES "
	    "console, not an access key" },
	{ "amazonaws.com", "MAIL FROM", "not verified",
	    "verify the sender or its domain in the SES console" },
	{ "sendgrid.net", "AUTH", "credits",
	    "the plan of the account has no mail left" },
	{ "sendgrid.net", "AUTH", "",
	    "user is the word apikey, the password is the key" },
	{ "sendgrid.net", "MAIL FROM", "550",
	    "verify the sender in the settings of SendGrid" },
	{ "postmarkapp.com", "AUTH", "",
	    "user and password are the two keys of an SMTP token" },
	{ "fastmail.com", "AUTH", "535",
	    "Fastmail wants an app password, not that of the account" },
	{ "mail.yahoo.com", "AUTH", "535",
	    "Yahoo wants an app password, not that of the account" },
	{ "mail.me.com", "AUTH", "535",
	    "Apple wants an app-specific password, not that of the account" },

	{ "", "DNS", "",
	    "check the spelling of host, and /etc/resolv.conf" },
	{ "", "DANE", "error while resolving",
	    "install the root key of DNSSEC, in Debian dns-root-data" },
	{ "", "DANE", "",
	    "ask whoever runs the server whether it has TLSA records for this "
	    "name and port; dane = off does without" },
	{ "", "connect", "refused",
	    "nothing listens there: check host and port" },
	{ "", "connect", "unreachable",
	    "this machine has no way to that address: check the network, and "
	    "family" },
	{ "", "connect", "",
	    "a firewall in between? Many networks close port 25: use 465 or "
	    "587" },
	{ "", "TLS", "does not speak TLS",
	    "the port answers in plain text: port 465 goes with tls = "
	    "implicit, 587 with tls = starttls" },
	{ "", "TLS", "does not answer",
	    "the server waits for plain text? Port 465 goes with tls = "
	    "implicit, 587 with tls = starttls" },
	{ "", "TLS", "name in the certificate does not match",
	    "set host, or tls_name, to a name in the certificate" },
	{ "", "TLS", "issuer is unknown",
	    "set ca_file to the certificate of its issuer, or fingerprint to "
	    "the one above when it is known to be right" },
	{ "", "TLS", "none of fingerprint",
	    "the server has another key: ask whoever runs it whether that is "
	    "right" },
	{ "", "TLS", "TLSA records",
	    "the server has another key than the DNS says: ask whoever runs "
	    "it whether that is right" },
	{ "", "TLS", "expired",
	    "whoever runs the server must renew it; is our clock right?" },
	{ "", "TLS", "not yet",
	    "is our clock right?" },
	{ "", "greeting", "does not answer",
	    "the server waits for TLS? Port 465 goes with tls = implicit, 587 "
	    "with tls = starttls" },
	{ "", "greeting", "not an SMTP reply",
	    "this is not an SMTP server, or it waits for TLS: check port and "
	    "tls" },
	{ "", "EHLO", "^5",
	    "the server wants another name: set helo to the name that the "
	    "address of this machine has in the DNS" },
	{ "", "STARTTLS", "not offered",
	    "no TLS on this port: try 465 with tls = implicit, or 587 with "
	    "tls = starttls" },
	{ "", "AUTH", "outbox-token failed",
	    "it says why above; the file that it reads is described in "
	    "outbox.conf(5), \"Access tokens\"" },
	{ "", "AUTH", "_command: ",
	    "run it as the user " OUTBOX_USER " to see why: runuser -u "
	    OUTBOX_USER " -- and the command" },
	{ "", "AUTH", "no usable AUTH mechanism",
	    "the server offers no login here, or none that auth allows" },
	{ "", "AUTH", "535",
	    "user or password is wrong; many providers want an app password" },
	{ "", "AUTH", "534",
	    "the provider wants an app password, or a token" },
	{ "", "MAIL FROM", "5.4.5",
	    "the limit of the account: mail goes later, by itself" },
	{ "", "MAIL FROM", "quota",
	    "the limit of the account: mail goes later, by itself" },
	{ "", "MAIL FROM", "530",
	    "the server wants a login: set user and the password" },
	{ "", "MAIL FROM", "5.7.1",
	    "the login may not send as this sender: set from in [sender]" },
	{ "", "MAIL FROM", "553",
	    "the login may not send as this sender: set from in [sender]" },
	{ "", "MAIL FROM", "^5",
	    "the server does not take mail from this sender: set domain or "
	    "from in [sender]" },
};

/* 1: host is name, or ends in it behind a dot. */
static int
is_of(const char *host, const char *name)
{
	size_t lh = strlen(host), ln = strlen(name);

	return ln == 0 || (lh >= ln && strcasecmp(host + lh - ln, name) == 0
	    && (lh == ln || host[lh - ln - 1] == '.'));
}

static int
has(const char *text, const char *part)
{
	if (*part == '^')
		return strncasecmp(text, part + 1, strlen(part + 1)) == 0;
	return strcasestr(text, part) != NULL;
}

const char *
hint_find(const char *host, const char *step, const char *text)
{
	const struct hint *h;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		h = &table[i];
		if (is_of(host, h->host) && strcmp(h->step, step) == 0 &&
		    has(text, h->text))
			return h->hint;
	}
	return NULL;
}
