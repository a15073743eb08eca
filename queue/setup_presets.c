/*
 * See setup_presets.h.  Ports are those that go with tls.
 */
#include <config.h>

#include "queue/setup_presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"

static const struct preset table[] = {
	{ "gmail", "Gmail, Google Workspace", "smtp.gmail.com", "implicit",
	    NULL, "the address of the account", "app password",
	    "Google takes an app password only: switch on 2-step "
	    "verification, then make one at "
	    "myaccount.google.com/apppasswords", NULL, 1, 1 },
	{ "microsoft365", "Microsoft 365", "smtp.office365.com", "starttls",
	    NULL, "the address of the mailbox", "password",
	    "the mailbox needs \"Authenticated SMTP\" switched on, and sends "
	    "as itself only; if it takes no passwords, see \"Access "
	    "tokens\" in outbox.conf(5)", NULL, 1, 0 },
	{ "ses", "Amazon SES", "email-smtp.%s.amazonaws.com", "implicit",
	    NULL, "the SMTP user name", "SMTP password",
	    "make SMTP credentials in the SES console, which are no access "
	    "key, and verify the sender there", "eu-west-1", 0, 0 },
	{ "sendgrid", "SendGrid", "smtp.sendgrid.net", "implicit", "apikey",
	    "", "API key",
	    "make an API key that may send mail, and verify the sender", NULL,
	    0, 0 },
	{ "mailgun", "Mailgun, US", "smtp.mailgun.org", "implicit", NULL,
	    "the SMTP login, with its domain", "SMTP password",
	    "login and password are in the settings of the domain", NULL, 0,
	    0 },
	{ "mailgun-eu", "Mailgun, EU", "smtp.eu.mailgun.org", "implicit",
	    NULL, "the SMTP login, with its domain", "SMTP password",
	    "login and password are in the settings of the domain", NULL, 0,
	    0 },
	{ "postmark", "Postmark", "smtp.postmarkapp.com", "starttls", NULL,
	    "the access key of an SMTP token", "secret key of the SMTP token",
	    "make an SMTP token in the settings of the message stream; not "
	    "the server token, which would be the user name too, and that "
	    "everyone can read", NULL, 0, 0 },
	{ "fastmail", "Fastmail", "smtp.fastmail.com", "implicit", NULL,
	    "the address of the account", "app password",
	    "make an app password for SMTP: Settings, Privacy & Security",
	    NULL, 1, 1 },
	{ "ovh", "OVH", "ssl0.ovh.net", "implicit", NULL,
	    "the address of the mailbox", "password",
	    "mail is sent as this mailbox", NULL, 1, 0 },
	{ "own", "another server", NULL, NULL, NULL,
	    "the user name", "password",
	    "ask whoever runs it for its name, and for a login", NULL, 0, 0 },
};
#define COUNT (sizeof(table) / sizeof(table[0]))

const struct preset *
presets_all(size_t *count)
{
	*count = COUNT;
	return table;
}

const struct preset *
presets_find(const char *text)
{
	unsigned long number;
	size_t i;
	char *end;

	for (i = 0; i < COUNT; i++)
		if (strcasecmp(text, table[i].name) == 0)
			return &table[i];
	number = strtoul(text, &end, 10);
	return *text != '\0' && *end == '\0' && number >= 1 &&
	    number <= COUNT ? &table[number - 1] : NULL;
}

char *
presets_host(const struct preset *p, const char *region)
{
	const char *mark = strstr(p->host, "%s");
	char *host;

	if (mark == NULL)
		return strdup(p->host);
	if (*region == '\0' || region[strspn(region, ALNUM "-")] != '\0')
		return NULL;
	if (asprintf(&host, "%.*s%s%s", (int)(mark - p->host), p->host,
	    region, mark + 2) < 0)
		return NULL;
	return host;
}
