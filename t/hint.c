/*
 * Each provider's own hint before that for all, and none where none fits.
 */
#include <config.h>

#include "queue/hint.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/buffer.h"
#include "t/tap.h"

/* Wanted: a part of the hint; NULL: none. */
static const struct {
	const char *host, *step, *text, *want;
} cases[] = {
	{ "smtp.gmail.com", "AUTH", "534 5.7.9 Application-specific password "
	    "required", "app password" },
	{ "smtp.gmail.com", "AUTH", "535 5.7.8 Username and Password not "
	    "accepted", "app password" },
	{ "SMTP.GMAIL.COM", "AUTH", "535 5.7.8 x", "Google" },
	{ "notgmail.com", "AUTH", "535 5.7.8 x", "user or password is wrong" },
	{ "gmail.com.example", "AUTH", "535 5.7.8 x",
	    "user or password is wrong" },
	{ "smtp.office365.com", "AUTH", "535 5.7.139 Authentication "
	    "unsuccessful, SmtpClientAuthentication is disabled",
	    "SMTP AUTH is disabled for the tenant" },
	{ "smtp.office365.com", "AUTH", "550 5.7.30 Basic authentication is "
	    "not supported", "token" },
	{ "smtp.office365.com", "AUTH", "535 5.7.3 Authentication "
	    "unsuccessful", "SMTP AUTH is disabled for the mailbox" },
	{ "smtp.office365.com", "MAIL FROM", "550 5.7.60 SMTP; Client does "
	    "not have permissions to send as this sender", "Send As" },
	{ "smtp.office365.com", "connect", "timed out", "port 587 only" },
	{ "email-smtp.eu-west-1.amazonaws.com", "AUTH", "535 Authentication "
	    "Credentials Invalid", "SES console" },
	{ "email-smtp.eu-west-1.amazonaws.com", "MAIL FROM",
	    "554 Message rejected: Email address is not verified", "verify" },
	{ "smtp.sendgrid.net", "AUTH", "535 Authentication failed", "apikey" },
	{ "smtp.sendgrid.net", "AUTH", "451 Authentication failed: Maximum "
	    "credits exceeded", "plan" },
	{ "smtp.gmail.com", "MAIL FROM", "550 5.4.5 Daily user sending limit "
	    "exceeded.", "limit" },
	{ "smtp.postmarkapp.com", "AUTH", "535 5.7.8", "SMTP token" },
	{ "smtp.fastmail.com", "AUTH", "535 5.7.0", "app password" },
	{ "a.example", "AUTH", "454 4.7.0 try later", NULL },
	{ "a.example", "DNS", "cannot find host a.example", "spelling" },
	{ "a.example", "DANE", "There was an error while resolving.",
	    "root key" },
	{ "a.example", "DANE", "there are none, or the DNS", "dane = off" },
	{ "a.example", "connect", "cannot connect to a.example[192.0.2.1]:25: "
	    "Connection refused", "nothing listens" },
	{ "a.example", "connect", "Network is unreachable", "no way" },
	{ "a.example", "connect", "Connection timed out", "firewall" },
	{ "a.example", "TLS", "TLS handshake: the server does not speak TLS "
	    "here", "plain text" },
	{ "a.example", "TLS", "the server does not answer", "plain text" },
	{ "a.example", "TLS", "The name in the certificate does not match "
	    "the expected.", "tls_name" },
	{ "a.example", "TLS", "The certificate issuer is unknown.",
	    "ca_file" },
	{ "a.example", "TLS", "The certificate chain uses expired "
	    "certificate.", "renew" },
	{ "a.example", "TLS", "it is none that the TLSA records allow",
	    "than the DNS says" },
	{ "a.example", "TLS", "the key of the server is none of fingerprint",
	    "another key" },
	{ "a.example", "greeting", "the server does not answer",
	    "waits for TLS" },
	{ "a.example", "EHLO", "550 5.7.1 helo", "set helo" },
	{ "a.example", "EHLO", "450 4.5.1 later", NULL },
	{ "a.example", "STARTTLS", "STARTTLS is not offered", "465" },
	{ "smtp.office365.com", "AUTH", "token_command: /usr/libexec/outbox/"
	    "outbox-token failed with status 1", "says why above" },
	{ "a.example", "AUTH", "token_command: /bin/false failed with status "
	    "1", "runuser -u" },
	{ "a.example", "AUTH", "password_command: cannot run /bin/x: No such "
	    "file or directory", "runuser -u" },
	{ "a.example", "AUTH", "no usable AUTH mechanism is offered (none)",
	    "none that auth allows" },
	{ "a.example", "MAIL FROM", "530 5.7.0 Authentication required",
	    "set user" },
	{ "a.example", "MAIL FROM", "553 5.7.1 not owned by user",
	    "may not send" },
	{ "a.example", "MAIL FROM", "550 5.1.8 no", "[sender]" },
	{ "a.example", "MAIL FROM", "450 4.5.1 later", NULL },
	{ "a.example", "RSET", "550 5.1.8 no", NULL },
};

/* What README says of a reply, and what the hint has to say as well. */
static const struct {
	const char *row;	/* begins a row of "When it does not arrive" */
	const char *host, *step, *text;
	const char *both;
} rows[] = {
	{ "535, 534, 530", "smtp.gmail.com", "AUTH", "534-5.7.9 Application-"
	    "specific password required", "app password" },
	{ "535, 534, 530", "smtp.office365.com", "AUTH", "535 5.7.139 "
	    "Authentication unsuccessful", "SMTP AUTH" },
	{ "535, 534, 530", "smtp.office365.com", "AUTH", "550 5.7.30 Basic "
	    "authentication is not supported", "token" },
	{ "535, 534, 530", "email-smtp.eu-west-1.amazonaws.com", "AUTH",
	    "535 Authentication Credentials Invalid", "SMTP credentials" },
	{ "535, 534, 530", "smtp.sendgrid.net", "AUTH",
	    "535 Authentication failed", "apikey" },
	{ "no usable AUTH", "a.example", "AUTH",
	    "no usable AUTH mechanism is offered (none)", "auth" },
	{ "certificate is not", "a.example", "TLS", "The name in the "
	    "certificate does not match the expected.", "tls_name" },
	{ "certificate is not", "a.example", "TLS",
	    "The certificate issuer is unknown.", "ca_file" },
	{ "does not speak TLS", "a.example", "TLS",
	    "the server does not speak TLS here", "587" },
	{ "STARTTLS is not", "a.example", "STARTTLS",
	    "STARTTLS is not offered", "465" },
	{ "cannot connect,", "a.example", "connect", "Connection timed out",
	    "any networks" },
	{ "cannot find host", "a.example", "DNS", "cannot find host",
	    "spelling" },
	{ "5.7.60, 553", "smtp.office365.com", "MAIL FROM",
	    "550 5.7.60 SMTP; Client does not have permissions",
	    "Send As" },
	{ "5.7.60, 553", "email-smtp.eu-west-1.amazonaws.com", "MAIL FROM",
	    "554 Message rejected: Email address is not verified", "verify" },
	{ "5.4.5, quota, ", "smtp.gmail.com", "MAIL FROM",
	    "550 5.4.5 Daily user sending limit exceeded.",
	    "limit of the account" },
	{ "5.4.5, quota, ", "smtp.sendgrid.net", "AUTH", "451 Authentication "
	    "failed: Maximum credits exceeded", "plan of the account" },
	{ "relay access denied", "a.example", "MAIL FROM",
	    "530 5.7.0 Authentication required", "set user" },
};

/* The row of README, up to the next, with single blanks; NULL: none. */
static char *
read_row(const char *begins)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], *line = NULL;
	struct buffer out = BUFFER_INIT;
	size_t size = 0;
	int in_row = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/README", srcdir != NULL ? srcdir :
	    ".");
	if ((file = fopen(path, "re")) == NULL)
		return NULL;
	while (getline(&line, &size, file) >= 0) {
		char *p = line, *save = NULL;

		if (strncmp(line, "    ", 4) == 0 && line[4] != ' ')
			in_row = strncmp(line + 4, begins, strlen(begins)) ==
			    0;
		else if (strncmp(line, "        ", 8) != 0)
			in_row = 0;
		for (; in_row && (p = strtok_r(p, " \n", &save)) != NULL;
		    p = NULL)
			buffer_addf(&out, "%s ", p);
	}
	free(line);
	fclose(file);
	return out.data;
}

static void
test_rows(void)
{
	const char *hint;
	size_t i;
	char *row;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row = read_row(rows[i].row);
		hint = hint_find(rows[i].host, rows[i].step, rows[i].text);
		if (!ok(row != NULL && hint != NULL &&
		    strstr(row, rows[i].both) != NULL &&
		    strstr(hint, rows[i].both) != NULL,
		    "README and the hint: %s, %s", rows[i].text,
		    rows[i].both))
			diag("README: %s; hint: %s", row != NULL ? row :
			    "nothing", hint != NULL ? hint : "none");
		free(row);
	}
}

int
main(void)
{
	const char *hint;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hint = hint_find(cases[i].host, cases[i].step, cases[i].text);
		if (!ok(cases[i].want == NULL ? hint == NULL : hint != NULL &&
		    strstr(hint, cases[i].want) != NULL, "%s, %s: %s",
		    cases[i].host, cases[i].step, cases[i].text))
			diag("%s", hint != NULL ? hint : "none");
	}
	test_rows();
	return done();
}
