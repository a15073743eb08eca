/*
 * Each provider's own hint before that for all, and none where none fits.
 */
#include <config.h>

#include "queue/hint.h"

#include <stddef.h>
#include <string.h>

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
	return done();
}
