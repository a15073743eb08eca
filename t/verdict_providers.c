/*
 * What well-known smarthosts say.
 */
#include <config.h>

#include "t/verdict_cases.h"

/* As they were seen; the notes on each provider name more. */
const struct verdict_case verdict_providers[] = {
	{ "Gmail: a wrong password", AUTH, "535-5.7.8 Username and Password "
	    "not accepted. For more information, go to\n535 5.7.8  "
	    "https://support.google.com/mail/?p=BadCredentials", LATER, SITE,
	    LONG, "4.7.8" },
	{ "Gmail: an app password", AUTH, "534-5.7.9 Application-specific "
	    "password required. For more information, go to\n534 5.7.9  "
	    "https://support.google.com/mail/?p=InvalidSecondFactor", LATER,
	    SITE, LONG, "4.7.9" },
	{ "Gmail: too many logins", AUTH, "454-4.7.0 Too many login "
	    "attempts, please try again later.\n454 4.7.0 x", LATER, SITE,
	    SLOW, "4.7.0" },
	{ "Gmail: STARTTLS first", MAIL, "530-5.7.0 Must issue a STARTTLS "
	    "command first.\n530 5.7.0 x", LATER, SITE, LONG, "4.7.0" },
	{ "Gmail: the address is throttled", MAIL, "421-4.7.0 Our system "
	    "has detected an unusual rate of unsolicited mail\n421 4.7.0 x",
	    LATER, SITE, SLOW, "4.7.0" },
	{ "Gmail: daily quota", END, "550-5.4.5 Daily user sending limit "
	    "exceeded. For more information\n550 5.4.5 x", LATER, SITE, LONG,
	    "4.4.5" },
	{ "Gmail: daily quota of the relay", RCPT, "550-5.4.5 Daily SMTP "
	    "relay sending quota exceeded\n550 5.4.5 x", LATER, SITE, LONG,
	    "4.4.5" },
	{ "Gmail: too many recipients", RCPT, "452-4.5.3 Your message has "
	    "too many recipients.\n452 4.5.3 x", LATER, RECIPIENT, AGAIN,
	    "4.5.3" },
	{ "Gmail: no such user", RCPT, "550-5.1.1 The email account that "
	    "you tried to reach does not exist.\n550 5.1.1 x", FAILED,
	    RECIPIENT, 0, "5.1.1" },
	{ "Gmail: a full mailbox", RCPT, "452-4.2.2 The recipient's inbox "
	    "is out of storage space.\n452 4.2.2 x", LATER, RECIPIENT, 0,
	    "4.2.2" },
	{ "Gmail: mail comes too fast", RCPT, "450-4.2.1 The user you are "
	    "trying to contact is receiving mail too quickly.\n450 4.2.1 x",
	    LATER, RECIPIENT, 0, "4.2.1" },
	{ "Gmail: the size", END, "552-5.2.3 Your message exceeded Google's "
	    "message size limits.\n552 5.2.3 x", FAILED, MESSAGE, 0,
	    "5.2.3" },
	{ "Gmail: the header", END, "550-5.7.1 This message is not RFC 5322 "
	    "compliant.\n550 5.7.1 x", FAILED, MESSAGE, 0, "5.7.1" },
	{ "Gmail: DMARC", END, "550-5.7.26 Unauthenticated email is not "
	    "accepted due to domain's DMARC policy.\n550 5.7.26 x", FAILED,
	    MESSAGE, 0, "5.7.26" },

	{ "Microsoft 365: a wrong password", AUTH, "535 5.7.3 "
	    "Authentication unsuccessful [AM0PR06CA0001.example]", LATER,
	    SITE, LONG, "4.7.3" },
	{ "Microsoft 365: basic authentication off", AUTH, "535 5.7.139 "
	    "Authentication unsuccessful, basic authentication is disabled.",
	    LATER, SITE, LONG, "4.7.139" },
	{ "Microsoft 365: ... for good", AUTH, "550 5.7.30 Basic "
	    "authentication is not supported for Client Submission.", LATER,
	    SITE, LONG, "4.7.30" },
	{ "Microsoft 365: ... told later", MAIL, "550 5.7.30 Basic "
	    "authentication is not supported", LATER, SITE, LONG, "4.7.30" },
	{ "Microsoft 365: not authenticated", MAIL, "530 5.7.57 Client not "
	    "authenticated to send mail.", LATER, SITE, LONG, "4.7.57" },
	{ "Microsoft 365: too many connections", MAIL, "432 4.3.2 "
	    "Concurrent connections limit exceeded.", LATER, SITE, SLOW,
	    "4.3.2" },
	{ "Microsoft 365: too many threads", END, "432 4.3.2 "
	    "STOREDRV.ClientSubmit; sender thread limit exceeded", LATER,
	    SITE, SLOW, "4.3.2" },
	{ "Microsoft 365: no permission to send as this", MAIL, "550 5.7.60 "
	    "SMTP; Client does not have permissions to send as this sender",
	    LATER, SENDER, LONG, "4.7.60" },
	{ "Microsoft 365: ... told after the content", END, "554 5.2.252 "
	    "SendAsDenied; a@b not allowed to send as c@d", LATER, SENDER,
	    LONG, "4.2.252" },
	{ "Microsoft 365: ... with another status", END, "554 5.2.0 "
	    "STOREDRV.Submission.Exception:SendAsDeniedException.MapiException"
	    "SendAsDenied; Failed to process message", LATER, SENDER, LONG,
	    "4.2.0" },
	{ "Microsoft 365: continuous errors", END, "550 5.2.254 the mailbox "
	    "is blocked for continuous error throttling", LATER, SENDER,
	    LONG, "4.2.254" },
	{ "Microsoft 365: the quota of recipients", END, "554 5.2.0 "
	    "STOREDRV.Submission.Exception:RecipientLimitExceeded", LATER,
	    MESSAGE, LONG, "4.2.0" },
	{ "Microsoft 365: the quota of messages", END, "554 5.2.0 STOREDRV."
	    "Submission.Exception:SubmissionQuotaExceededException", LATER,
	    MESSAGE, LONG, "4.2.0" },
	{ "Microsoft 365: a blocked sender", END, "550 5.1.8 Access denied, "
	    "bad outbound sender", LATER, SENDER, LONG, "4.1.8" },
	{ "Microsoft 365: no such recipient", RCPT, "550 5.4.1 Recipient "
	    "address rejected: Access denied.", FAILED, RECIPIENT, 0,
	    "5.4.1" },
	{ "Microsoft 365: busy", MAIL, "451 4.7.500 Server busy. Please try "
	    "again later", LATER, MESSAGE, SLOW, "4.7.500" },
	{ "Microsoft 365: the tenant is blocked", END, "550 5.7.705 Access "
	    "denied, tenant has exceeded threshold", LATER, SITE, LONG,
	    "4.7.705" },
	{ "Microsoft 365: the address is blocked", MAIL, "550 5.7.708 Access "
	    "denied, traffic not accepted from this IP", LATER, SITE, LONG,
	    "4.7.708" },
	{ "Microsoft 365: an unregistered domain", END, "550 5.7.750 Client "
	    "blocked from sending from unregistered domains", LATER, SENDER,
	    LONG, "4.7.750" },

	{ "SES: a wrong password", AUTH, "535 Authentication Credentials "
	    "Invalid", LATER, SITE, LONG, "4.0.0" },
	{ "SES: not authenticated", MAIL, "530 Authentication required",
	    LATER, SITE, LONG, "4.0.0" },
	{ "SES: too many connections", GREETING, "421 Too many concurrent "
	    "SMTP connections", LATER, SITE, SLOW, "4.0.0" },
	{ "SES: the rate", END, "454 Throttling failure: Maximum sending "
	    "rate exceeded.", LATER, SITE, SLOW, "4.0.0" },
	{ "SES: the quota", END, "454 Throttling failure: Daily message "
	    "quota exceeded.", LATER, SITE, SLOW | LONG, "4.0.0" },
	{ "SES: an address not verified", END, "554 Message rejected: Email "
	    "address is not verified. The following identities failed",
	    LATER, SENDER, LONG, "4.0.0" },
	{ "SES: no right to send", END, "554 Access denied: User "
	    "`arn:aws:iam::1:user/x' is not authorized to perform "
	    "`ses:SendRawEmail'", LATER, SENDER, LONG, "4.0.0" },
	{ "SES: a header without a domain", END, "554 Transaction failed: "
	    "Missing final '@domain'", FAILED, MESSAGE, 0, "5.0.0" },

	{ "SendGrid: a wrong key", AUTH, "535 Authentication failed: The "
	    "provided authorization grant is invalid, expired, or revoked",
	    LATER, SITE, LONG, "4.0.0" },
	{ "SendGrid: no credits", AUTH, "451 Authentication failed: Maximum "
	    "credits exceeded", LATER, SITE, LONG, "4.0.0" },
	{ "SendGrid: the sender", END, "550 The from address does not match "
	    "a verified Sender Identity.", LATER, SENDER, LONG, "4.0.0" },
	{ "SendGrid: not authenticated", MAIL, "550 Unauthenticated senders "
	    "not allowed", LATER, SITE, LONG, "4.0.0" },

	{ "Mailgun: a wrong password", AUTH, "535 5.7.0 Mailgun is not "
	    "loving your login or password", LATER, SITE, LONG, "4.7.0" },
	{ "Mailgun: relaying", RCPT, "550 5.7.1 Relaying denied", FAILED,
	    RECIPIENT, RELAY, "5.7.1" },
	{ "Mailgun: the hourly limit", END, "550 5.7.1 Domain x is over its "
	    "hourly quota", LATER, MESSAGE, LONG, "4.7.1" },
	{ "Mailgun: the limit of recipients", END, "420 Domain x is not "
	    "allowed to send: recipient limit exceeded, try again after Mon",
	    LATER, MESSAGE, 0, "4.0.0" },

	{ "Postmark: a wrong token", AUTH, "535 5.7.8 Error: authentication "
	    "failed", LATER, SITE, LONG, "4.7.8" },
	{ "Postmark: the sender", END, "550 5.7.1 The 'From' address you "
	    "supplied is not a Sender Signature on your account.", LATER,
	    SENDER, LONG, "4.7.1" },
	{ "Postmark: ... told otherwise", END, "550 Sender signature not "
	    "defined for From address.", LATER, SENDER, LONG, "4.0.0" },

	{ "Fastmail: EHLO localhost", EHLO, "550 5.7.1 localhost is not a "
	    "valid name", LATER, SITE, 0, "4.7.1" },
	{ "Fastmail: a wrong password", AUTH, "535 5.7.0 Incorrect username "
	    "or password", LATER, SITE, LONG, "4.7.0" },
	{ "Fastmail: the sender", END, "551 5.7.1 Not authorised to send "
	    "from this header address", LATER, SENDER, LONG, "4.7.1" },

	{ "OVH: a mechanism", AUTH, "535 5.7.1 Invalid authentication "
	    "mechanism", LATER, SITE, LONG, "4.7.1" },
	{ "OVH: the hourly limit", RCPT, "451 4.7.1 too many mails sent",
	    LATER, RECIPIENT, SLOW, "4.7.1" },
	{ "OVH: a wrong password", AUTH, "535 5.7.1 Authentication failed",
	    LATER, SITE, LONG, "4.7.1" },
	{ "OVH: the sender", RCPT, "553 5.7.1 <a@b>: Sender address rejected: "
	    "not owned by user c@d", LATER, SENDER, LONG, "4.7.1" },
	{ "OVH: the size", MAIL, "552 5.3.4 Message size exceeds fixed limit",
	    FAILED, MESSAGE, 0, "5.3.4" },

	{ "Postfix: a wrong password", AUTH, "535 5.7.8 Error: "
	    "authentication failed: UGFzc3dvcmQ6", LATER, SITE, LONG,
	    "4.7.8" },
	{ "Postfix: too many messages in a minute", MAIL, "450 4.7.1 Error: "
	    "too much mail from 192.0.2.1", LATER, MESSAGE, SLOW, "4.7.1" },
	{ "Postfix: too many recipients in a minute", RCPT, "450 4.7.1 Error: "
	    "too many recipients from 192.0.2.1", LATER, RECIPIENT, SLOW,
	    "4.7.1" },
	{ "Postfix: too many recipients in a message", RCPT, "452 4.5.3 Error: "
	    "too many recipients", LATER, RECIPIENT, AGAIN, "4.5.3" },
	{ "Postfix: too many connections", GREETING, "421 4.7.0 mx Error: "
	    "too many connections from 192.0.2.1", LATER, SITE, SLOW,
	    "4.7.0" },
	{ "Postfix: STARTTLS first", MAIL, "530 5.7.0 Must issue a STARTTLS "
	    "command first", LATER, SITE, LONG, "4.7.0" },
	{ "Postfix: the size", MAIL, "552 5.3.4 Message size exceeds fixed "
	    "limit", FAILED, MESSAGE, 0, "5.3.4" },
	{ "Postfix: no space", MAIL, "452 4.3.1 Insufficient system "
	    "storage", LATER, MESSAGE, 0, "4.3.1" },
	{ "Postfix: not owned", RCPT, "553 5.7.1 <a@b>: Sender address "
	    "rejected: not owned by user c", LATER, SENDER, LONG, "4.7.1" },
	{ "Postfix: not logged in", RCPT, "553 5.7.1 <a@b>: Sender address "
	    "rejected: not logged in", LATER, SENDER, LONG, "4.7.1" },
	{ "Postfix: relaying", RCPT, "554 5.7.1 <a@b>: Relay access denied",
	    FAILED, RECIPIENT, RELAY, "5.7.1" },
	{ "Postfix: what another says to it of the recipient", RCPT, "550 "
	    "5.1.1 <a@b>: Recipient address rejected: undeliverable address: "
	    "host b[192.0.2.2] said: 550 5.7.1 Sender address rejected",
	    FAILED, RECIPIENT, 0, "5.1.1" },
	{ "Postfix: what another says to it, for now", RCPT, "450 4.1.1 "
	    "<a@b>: Recipient address rejected: unverified address: host "
	    "b[192.0.2.2] said: 421 too many connections", LATER, RECIPIENT,
	    0, "4.1.1" },
	{ "Postfix: our address is in a block list", RCPT, "554 5.7.1 Service "
	    "unavailable; Client host [192.0.2.1] blocked using bl.example",
	    FAILED, RECIPIENT, RELAY, "5.7.1" },
	{ "Postfix: the recipient's is in one", RCPT, "554 5.7.1 Service "
	    "unavailable; Recipient address [a@b] blocked using bl.example",
	    FAILED, RECIPIENT, 0, "5.7.1" },
	{ "postscreen: our address is in a block list", RCPT, "550 5.7.1 "
	    "Service unavailable; client [192.0.2.1] blocked using bl.example",
	    FAILED, RECIPIENT, RELAY, "5.7.1" },
	{ "qmail: relaying", RCPT, "553 sorry, that domain isn't in my list "
	    "of allowed rcpthosts (#5.7.1)", FAILED, RECIPIENT, RELAY,
	    "5.0.0" },
	{ "Postfix: a greylist", RCPT, "450 4.2.0 <a@b>: Recipient address "
	    "rejected: Greylisted", LATER, RECIPIENT, 0, "4.2.0" },
	{ "Postfix: no such user", RCPT, "550 5.1.1 <a@b>: Recipient address "
	    "rejected: User unknown in local recipient table", FAILED,
	    RECIPIENT, 0, "5.1.1" },
	{ "Postfix: queue file", END, "451 4.3.0 Error: queue file write "
	    "error", LATER, MESSAGE, 0, "4.3.0" },
	{ "Exim: too many recipients, at the end", END, "554 Too many "
	    "recipients", FAILED, MESSAGE, AGAIN, "5.0.0" },
	{ "Exim: too many recipients, at DATA", DATA, "554 Too many "
	    "recipients", FAILED, MESSAGE, AGAIN, "5.0.0" },
	{ "too many recipients, but for now", END, "452 4.5.3 Too many "
	    "recipients", LATER, MESSAGE, AGAIN, "4.5.3" },
	{ "Postfix: a filter", END, "554 5.7.1 Spam message rejected",
	    FAILED, MESSAGE, 0, "5.7.1" },
};

const size_t verdict_nproviders = sizeof(verdict_providers) /
	sizeof(verdict_providers[0]);
