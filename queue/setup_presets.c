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
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const struct preset table[] = {
	{ "gmail", "Gmail, Google Workspace", "smtp.gmail.com", "implicit",
	    NULL, "the address of the account", "app password",
	    "Google takes an app password only: switch on 2-step "
	    "verification, then make one at "
	    "myaccount.google.com/apppasswords", NULL, 1, 1, NULL, NULL },
	{ "microsoft365", "Microsoft 365", "smtp.office365.com", "starttls",
	    NULL, "the address of the mailbox", "password",
	    "the mailbox needs \"Authenticated SMTP\" switched on, and sends "
	    "as itself only.  Microsoft is ending passwords: an application "
	    "that is registered in Entra gets tokens; \"Access tokens\" in "
	    "outbox.conf(5) says how to make one", NULL, 1, 0,
	    "https://login.microsoftonline.com/%s/oauth2/v2.0/token",
	    "https://outlook.office365.com/.default" },
	{ "ses", "Amazon SES", "email-smtp.%s.amazonaws.com", "implicit",
	    NULL, "the SMTP user name", "SMTP password",
	    "make SMTP credentials in the SES console, which are no access "
	    "key, and verify the sender there", "eu-west-1", 0, 0,
	    NULL, NULL },
	{ "sendgrid", "SendGrid", "smtp.sendgrid.net", "implicit", "apikey",
	    "", "API key",
	    "make an API key that may send mail, and verify the sender", NULL,
	    0, 0, NULL, NULL },
	{ "mailgun", "Mailgun, US", "smtp.mailgun.org", "implicit", NULL,
	    "the SMTP login, with its domain", "SMTP password",
	    "login and password are in the settings of the domain", NULL, 0,
	    0, NULL, NULL },
	{ "mailgun-eu", "Mailgun, EU", "smtp.eu.mailgun.org", "implicit",
	    NULL, "the SMTP login, with its domain", "SMTP password",
	    "login and password are in the settings of the domain", NULL, 0,
	    0, NULL, NULL },
	{ "postmark", "Postmark", "smtp.postmarkapp.com", "starttls", NULL,
	    "the access key of an SMTP token", "secret key of the SMTP token",
	    "make an SMTP token in the settings of the message stream; not "
	    "the server token, which would be the user name too, and that "
	    "everyone can read", NULL, 0, 0, NULL, NULL },
	{ "fastmail", "Fastmail", "smtp.fastmail.com", "implicit", NULL,
	    "the address of the account", "app password",
	    "make an app password for SMTP: Settings, Privacy & Security",
	    NULL, 1, 1, NULL, NULL },
	{ "ovh", "OVH", "ssl0.ovh.net", "implicit", NULL,
	    "the address of the mailbox", "password",
	    "mail is sent as this mailbox", NULL, 1, 0, NULL, NULL },
	{ "own", "another server", NULL, NULL, NULL,
	    "the user name", "password",
	    "ask whoever runs it for its name, and for a login", NULL, 0, 0,
	    NULL, NULL },
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

/* text with word in place of "%s"; word holds only these letters. */
static char *
fill(const char *text, const char *word, const char *letters)
{
	const char *mark = strstr(text, "%s");
	char *out;

	if (mark == NULL)
		return strdup(text);
	if (*word == '\0' || word[strspn(word, letters)] != '\0')
		return NULL;
	if (asprintf(&out, "%.*s%s%s", (int)(mark - text), text, word,
	    mark + 2) < 0)
		return NULL;
	return out;
}

char *
presets_host(const struct preset *p, const char *region)
{
	return fill(p->host, region, ALNUM "-");
}

char *
presets_token_url(const struct preset *p, const char *tenant)
{
	return fill(p->token_url, tenant, ALNUM UPPER "-.");
}
