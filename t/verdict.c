/*
 * What a reply means for the mail: one case for each rule, and those of
 * verdict_providers.c.
 */
#include <config.h>

#include "queue/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"
#include "t/verdict_cases.h"

static const struct verdict_case rules[] = {
	/* before MAIL: the site's */
	{ "greeting: 4yz", GREETING, "450 not now", LATER, SITE, 0, "4.0.0" },
	{ "greeting: 421", GREETING, "421 4.3.2 going down", LATER, SITE,
	    SLOW, "4.3.2" },
	{ "greeting: 432", GREETING, "432 4.3.2 connections", LATER, SITE,
	    SLOW, "4.3.2" },
	{ "greeting: 554", GREETING, "554 5.7.1 no service here", LATER,
	    SITE, 0, "4.7.1" },
	{ "greeting: 3yz", GREETING, "354 what", LATER, SITE, 0, "4.0.0" },
	{ "EHLO: 421", EHLO, "421 4.7.0 try later", LATER, SITE, SLOW,
	    "4.7.0" },
	{ "EHLO: 4yz", EHLO, "451 4.7.0 try later", LATER, SITE, 0,
	    "4.7.0" },
	{ "EHLO: 5yz", EHLO, "550 go away", LATER, SITE, 0, "4.0.0" },
	{ "EHLO: the name is refused", EHLO, "504 5.5.2 <localhost>: Helo "
	    "command rejected: need fully-qualified hostname", LATER, SITE,
	    0, "4.5.2" },
	{ "STARTTLS: 4yz", STARTTLS, "454 4.7.0 TLS not available", LATER,
	    SITE, 0, "4.7.0" },
	{ "STARTTLS: 5yz", STARTTLS, "502 5.5.1 not implemented", LATER,
	    SITE, 0, "4.5.1" },
	{ "AUTH: 4yz", AUTH, "451 4.7.0 temporary failure", LATER, SITE, 0,
	    "4.7.0" },
	{ "AUTH: 454", AUTH, "454 4.7.0 too many logins", LATER, SITE, SLOW,
	    "4.7.0" },
	{ "AUTH: 535", AUTH, "535 5.7.8 bad credentials", LATER, SITE, LONG,
	    "4.7.8" },
	{ "AUTH: 534", AUTH, "534 5.7.9 mechanism too weak", LATER, SITE,
	    LONG, "4.7.9" },
	{ "AUTH: 538", AUTH, "538 5.7.11 encryption required", LATER, SITE,
	    LONG, "4.7.11" },
	{ "AUTH: 504", AUTH, "504 5.5.4 unknown mechanism", LATER, SITE,
	    LONG, "4.5.4" },
	{ "AUTH: 550", AUTH, "550 5.7.30 basic authentication is not "
	    "supported", LATER, SITE, LONG, "4.7.30" },

	/* MAIL */
	{ "MAIL: 421", MAIL, "421 4.3.2 shutting down", LATER, SITE, SLOW,
	    "4.3.2" },
	{ "MAIL: 432", MAIL, "432 4.3.2 connections", LATER, SITE, SLOW,
	    "4.3.2" },
	{ "MAIL: 454", MAIL, "454 4.7.0 throttled", LATER, SITE, SLOW,
	    "4.7.0" },
	{ "MAIL: another 4yz is the message's", MAIL, "451 4.3.0 mailbox",
	    LATER, MESSAGE, 0, "4.3.0" },
	{ "MAIL: 452", MAIL, "452 4.3.1 no space", LATER, MESSAGE, 0,
	    "4.3.1" },
	{ "MAIL: 530", MAIL, "530 5.7.0 authentication required", LATER,
	    SITE, LONG, "4.7.0" },
	{ "MAIL: 530 with another status", MAIL, "530 no TLS, no mail",
	    LATER, SITE, LONG, "4.0.0" },
	{ "MAIL: 535", MAIL, "535 5.7.8 who are you", LATER, SITE, LONG,
	    "4.7.8" },
	{ "MAIL: 538", MAIL, "538 encryption required", LATER, SITE, LONG,
	    "4.0.0" },
	{ "MAIL: authentication required, with another code", MAIL,
	    "550 5.7.1 Authentication required", LATER, SITE, LONG,
	    "4.7.1" },
	{ "MAIL: 503", MAIL, "503 5.5.1 nested", LATER, MESSAGE, 0,
	    "4.5.1" },
	{ "MAIL: 503, and what comes first", MAIL, "503 AUTH first", LATER,
	    SITE, LONG, "4.0.0" },
	{ "MAIL: 454 for a quota", MAIL, "454 quota", LATER, SITE,
	    SLOW | LONG, "4.0.0" },
	{ "MAIL: too many, by its text", MAIL, "450 too many messages",
	    LATER, MESSAGE, SLOW, "4.0.0" },
	{ "MAIL: too frequent", MAIL, "450 too frequent connects", LATER,
	    MESSAGE, SLOW, "4.0.0" },
	{ "MAIL: throttled, by its text", MAIL, "450 you are throttled",
	    LATER, MESSAGE, SLOW, "4.0.0" },
	{ "MAIL: a rate, by its text", MAIL, "450 4.7.1 rate limited", LATER,
	    MESSAGE, SLOW, "4.7.1" },
	{ "MAIL: the sender is not that of the login", MAIL, "501 mail from "
	    "address must be same as authorization user", LATER, SENDER,
	    LONG, "4.0.0" },
	{ "MAIL: relay denied is the message's", MAIL,
	    "550 5.7.1 Relaying denied", LATER, MESSAGE, LONG, "4.7.1" },
	{ "MAIL: the sender is refused", MAIL, "550 5.7.1 not you", LATER,
	    SENDER, LONG, "4.7.1" },
	{ "MAIL: the sender's domain", MAIL, "553 5.1.8 unknown domain",
	    LATER, SENDER, LONG, "4.1.8" },
	{ "MAIL: 554", MAIL, "554 refused", LATER, SENDER, LONG, "4.0.0" },
	{ "MAIL: 552 is the size", MAIL, "552 5.3.4 too big", FAILED,
	    MESSAGE, 0, "5.3.4" },
	{ "MAIL: 552 without a status", MAIL, "552 too big", FAILED, MESSAGE,
	    0, "5.0.0" },
	{ "MAIL: the words of a size are no quota", MAIL,
	    "552 5.3.4 Message size limit exceeded", FAILED, MESSAGE, 0,
	    "5.3.4" },
	{ "MAIL: a quota for sending", MAIL, "550 5.4.5 enough for today",
	    LATER, SITE, LONG, "4.4.5" },
	{ "MAIL: 501", MAIL, "501 5.5.4 bad parameter", FAILED, MESSAGE,
	    BARE, "5.5.4" },
	{ "MAIL: 504", MAIL, "504 5.5.4 bad parameter", FAILED, MESSAGE,
	    BARE, "5.5.4" },
	{ "MAIL: 555", MAIL, "555 5.5.4 bad parameter", FAILED, MESSAGE,
	    BARE, "5.5.4" },
	{ "MAIL: 3yz is no answer", MAIL, "354 go on", LATER, SITE, 0,
	    "4.0.0" },

	/* RCPT */
	{ "RCPT: 421", RCPT, "421 4.7.0 enough", LATER, SITE, SLOW,
	    "4.7.0" },
	{ "RCPT: 450", RCPT, "450 4.2.0 greylisted", LATER, RECIPIENT, 0,
	    "4.2.0" },
	{ "RCPT: 451", RCPT, "451 4.3.0 later", LATER, RECIPIENT, 0,
	    "4.3.0" },
	{ "RCPT: 452, the mailbox", RCPT, "452 4.2.2 over quota", LATER,
	    RECIPIENT, 0, "4.2.2" },
	{ "RCPT: 452 4.5.3", RCPT, "452 4.5.3 that is enough", LATER,
	    RECIPIENT, AGAIN, "4.5.3" },
	{ "RCPT: too many, by its text", RCPT, "452 Too many recipients",
	    LATER, RECIPIENT, AGAIN, "4.0.0" },
	{ "RCPT: too many, with 552", RCPT, "552 5.5.3 enough", LATER,
	    RECIPIENT, AGAIN, "4.5.3" },
	{ "RCPT: too many, 552 and its text", RCPT,
	    "552 Too many recipients", LATER, RECIPIENT, AGAIN, "4.0.0" },
	{ "RCPT: another 552 counts as 452", RCPT, "552 5.2.2 mailbox full",
	    LATER, RECIPIENT, LONG, "4.2.2" },
	{ "RCPT: 552, the size", RCPT, "552 5.3.4 too big", FAILED,
	    RECIPIENT, 0, "5.3.4" },
	{ "RCPT: 550", RCPT, "550 5.1.1 no such user", FAILED, RECIPIENT, 0,
	    "5.1.1" },
	{ "RCPT: 550 without a status", RCPT, "550 no such user", FAILED,
	    RECIPIENT, 0, "5.0.0" },
	{ "RCPT: 551", RCPT, "551 5.1.6 moved", FAILED, RECIPIENT, 0,
	    "5.1.6" },
	{ "RCPT: 553", RCPT, "553 5.1.3 syntax", FAILED, RECIPIENT, 0,
	    "5.1.3" },
	{ "RCPT: 554 5.7.1 for one", RCPT, "554 5.7.1 blocked", FAILED,
	    RECIPIENT, 0, "5.7.1" },
	{ "RCPT: relay denied", RCPT, "554 5.7.1 <a@b>: Relay access denied",
	    FAILED, RECIPIENT, RELAY, "5.7.1" },
	{ "RCPT: relaying denied", RCPT, "550 5.7.1 Relaying denied", FAILED,
	    RECIPIENT, RELAY, "5.7.1" },
	{ "RCPT: unable to relay", RCPT, "550 5.7.54 SMTP; Unable to relay "
	    "recipient in non-accepted domain", FAILED, RECIPIENT, RELAY,
	    "5.7.54" },
	{ "RCPT: relay not permitted", RCPT, "550 relay not permitted",
	    FAILED, RECIPIENT, RELAY, "5.0.0" },
	{ "RCPT: not permitted to relay", RCPT, "550 you are Not Permitted "
	    "To Relay", FAILED, RECIPIENT, RELAY, "5.0.0" },
	{ "RCPT: relaying needs a login: one address does not stop all",
	    RCPT, "550 5.7.1 <a@b>... Relaying denied. Proper "
	    "authentication required.", FAILED, RECIPIENT, RELAY, "5.7.1" },
	{ "RCPT: a list that wants a login: no more does it", RCPT,
	    "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; "
	    "authentication required", FAILED, RECIPIENT, RELAY, "5.7.133" },
	{ "RCPT: 530", RCPT, "530 5.7.0 authentication required", LATER,
	    SITE, LONG, "4.7.0" },
	{ "RCPT: the client is refused", RCPT, "554 5.7.1 <a[192.0.2.1]>: "
	    "Client host rejected: Access denied", FAILED, RECIPIENT, RELAY,
	    "5.7.1" },
	{ "RCPT: the name of EHLO is refused", RCPT, "504 5.5.2 <a>: Helo "
	    "command rejected: need fully-qualified hostname", FAILED,
	    RECIPIENT, RELAY, "5.5.2" },
	{ "RCPT: the sender is refused", RCPT, "553 5.7.1 <a@b>: Sender "
	    "address rejected: not owned by user c", LATER, SENDER, LONG,
	    "4.7.1" },
	{ "RCPT: the sender's domain", RCPT, "550 5.1.8 <a@b>: Sender "
	    "address rejected: Domain not found", LATER, SENDER, LONG,
	    "4.1.8" },
	{ "RCPT: the sender, by a table", RCPT, "554 5.7.1 <a@b>: Sender "
	    "address rejected: Access denied", LATER, SENDER, LONG,
	    "4.7.1" },
	{ "RCPT: a quota for sending", RCPT, "550 5.4.5 enough for today",
	    LATER, SITE, LONG, "4.4.5" },
	{ "RCPT: too many, but no recipients", RCPT, "451 4.7.1 too many "
	    "errors", LATER, RECIPIENT, SLOW, "4.7.1" },
	{ "RCPT: 503", RCPT, "503 5.5.1 MAIL first", LATER, MESSAGE, 0,
	    "4.5.1" },
	{ "RCPT: the tenant's quota", RCPT, "550 5.7.705 threshold", LATER,
	    SITE, LONG, "4.7.705" },
	{ "RCPT: 501", RCPT, "501 5.5.4 NOTIFY?", FAILED, MESSAGE, BARE,
	    "5.5.4" },
	{ "RCPT: 555", RCPT, "555 5.5.4 ORCPT?", FAILED, MESSAGE, BARE,
	    "5.5.4" },
	{ "RCPT: 3yz is no answer", RCPT, "354 go on", LATER, SITE, 0,
	    "4.0.0" },

	/* DATA and the content */
	{ "DATA: 421", DATA, "421 4.3.2 bye", LATER, SITE, SLOW, "4.3.2" },
	{ "DATA: 451", DATA, "451 4.3.0 later", LATER, MESSAGE, 0, "4.3.0" },
	{ "DATA: 503", DATA, "503 5.5.1 RCPT first", LATER, MESSAGE, 0,
	    "4.5.1" },
	{ "DATA: 5yz", DATA, "554 5.5.1 no", FAILED, MESSAGE, 0, "5.5.1" },
	{ "DATA: 250 is no answer", DATA, "250 2.0.0 ok", LATER, SITE, 0,
	    "4.0.0" },
	{ "content: 250", END, "250 2.0.0 queued as 4711", SENT, MESSAGE, 0,
	    "2.0.0" },
	{ "content: another 2yz", END, "251 fine", SENT, MESSAGE, 0,
	    "2.0.0" },
	{ "content: 354 is no answer", END, "354 go on", LATER, SITE, 0,
	    "4.0.0" },
	{ "content: 421", END, "421 4.7.0 enough", LATER, SITE, SLOW,
	    "4.7.0" },
	{ "content: 432", END, "432 4.3.2 connections", LATER, SITE, SLOW,
	    "4.3.2" },
	{ "content: 454", END, "454 throttled", LATER, SITE, SLOW, "4.0.0" },
	{ "content: 451", END, "451 4.3.0 later", LATER, MESSAGE, 0,
	    "4.3.0" },
	{ "content: 452", END, "452 4.3.1 disk", LATER, MESSAGE, 0,
	    "4.3.1" },
	{ "content: a status never makes 4yz permanent", END,
	    "451 5.7.1 blocked", LATER, MESSAGE, 0, "4.0.0" },
	{ "content: 5yz", END, "554 5.6.0 rubbish", FAILED, MESSAGE, 0,
	    "5.6.0" },
	{ "content: 550", END, "550 no", FAILED, MESSAGE, 0, "5.0.0" },
	{ "content: a quota for sending", END, "550 5.4.5 quota", LATER,
	    SITE, LONG, "4.4.5" },
	{ "content: a full mailbox is the message's", END,
	    "552 5.2.2 mailbox full", LATER, MESSAGE, LONG, "4.2.2" },
	{ "content: some limit", END, "554 5.2.0 a limit was reached", LATER,
	    MESSAGE, LONG, "4.2.0" },
	{ "content: 5.2.0 without one", END, "554 5.2.0 storage failed",
	    FAILED, MESSAGE, 0, "5.2.0" },
	{ "content: a quota, by its text", END, "550 over your Quota", LATER,
	    MESSAGE, LONG, "4.0.0" },
	{ "content: a limit, by its text", END, "554 hourly limit exceeded",
	    LATER, MESSAGE, LONG, "4.0.0" },
	{ "content: a rate, by its text", END, "550 rate exceeded", LATER,
	    MESSAGE, LONG, "4.0.0" },
	{ "content: a size is no quota", END,
	    "552 5.3.4 message size limit exceeded", FAILED, MESSAGE, 0,
	    "5.3.4" },
	{ "content: too big for the mailbox", END,
	    "552 5.2.3 size limit exceeded", FAILED, MESSAGE, 0, "5.2.3" },
	{ "content: the sender is refused", END, "550 5.7.60 not as this",
	    LATER, SENDER, LONG, "4.7.60" },
	{ "content: not owned by the login", END, "550 5.7.0 From header "
	    "address: not owned by auth user", LATER, SENDER, LONG, "4.7.0" },
	{ "content: 530 for the header's sender", END, "530 From/Sender name "
	    "is not valid", LATER, SENDER, LONG, "4.0.0" },
	{ "content: 503", END, "503 5.5.1 what", LATER, MESSAGE, 0,
	    "4.5.1" },
	{ "content: 530", END, "530 5.7.0 log in", LATER, SITE, LONG,
	    "4.7.0" },
	{ "content: a login for one recipient is the message's", END,
	    "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
	    LATER, MESSAGE, LONG, "4.7.1" },
	{ "content: relay denied is the message's", END,
	    "554 5.7.1 Relay access denied", LATER, MESSAGE, LONG, "4.7.1" },

	/* a status is whole: 5.7.60 is not 5.7.606 */
	{ "5.7.606 is not 5.7.60", END, "550 5.7.606 banned", FAILED,
	    MESSAGE, 0, "5.7.606" },
	{ "5.2.20 is not 5.2.2", END, "550 5.2.20 x", FAILED, MESSAGE, 0,
	    "5.2.20" },
	{ "5.7.30 of REQUIRETLS is the message's: MAIL", MAIL,
	    "550 5.7.30 REQUIRETLS support required", FAILED, MESSAGE, 0,
	    "5.7.30" },
	{ "5.7.30 of REQUIRETLS is the recipient's: RCPT", RCPT,
	    "550 5.7.30 REQUIRETLS support required", FAILED, RECIPIENT, 0,
	    "5.7.30" },
	{ "5.7.30 of REQUIRETLS: content", END,
	    "554 5.7.30 no RequireTLS there", FAILED, MESSAGE, 0, "5.7.30" },
	{ "any other 5.7.30 is the site's", END,
	    "550 5.7.30 basic authentication", LATER, SITE, LONG, "4.7.30" },
	{ "5.7.300 is not 5.7.30", END, "550 5.7.300 x", FAILED, MESSAGE, 0,
	    "5.7.300" },
	{ "5.7.13 is not 5.7.1", RCPT, "553 5.7.13 x", FAILED, RECIPIENT, 0,
	    "5.7.13" },
	{ "but 5.2.25 stands for 5.2.25x", END, "550 5.2.255 x", LATER,
	    SENDER, LONG, "4.2.255" },
};

static void
feed(struct reply *r, const char *lines)
{
	size_t len;

	reply_reset(r);
	do {
		len = strcspn(lines, "\n");
		reply_line(r, lines, len);
		lines += len;
	} while (*lines++ == '\n');
}

static void
test_cases(const struct verdict_case *c, size_t n)
{
	struct reply r = { .text = BUFFER_INIT };
	struct verdict v;
	char *text;

	for (; n > 0; n--, c++) {
		feed(&r, c->reply);
		memset(&v, 0xa5, sizeof(v));
		verdict_judge(&v, c->phase, &r);
		is_int(v.action, c->action, "%s: action", c->rule);
		is_int(v.scope, c->scope, "... scope");
		is_int(v.flags, c->flags, "... flags");
		is_str(v.status, c->status, "... status");
		is_int(v.code, r.code, "... code");
		text = reply_describe(&r);
		is_str(v.text, text, "... text");
		free(text);
	}
	reply_free(&r);
}

/*
 * Whatever the reply: nothing before MAIL ends a message, no 4yz does, the
 * site never does, only 2yz to the content delivers, and the status has the
 * class of the action.
 */
static void
test_invariants(void)
{
	static const char *const texts[] = { "", "5.7.1 x", "4.7.1 x",
		"2.0.0 x", "quota", "not verified", "relay access denied",
		"too many recipients", "5.4.5 x", "5.2.2 x", "5.1.1 x" };
	struct reply r = { .text = BUFFER_INIT };
	struct verdict v;
	size_t i, bad = 0;
	unsigned phase;
	char line[64];
	int code;

	for (phase = GREETING; phase <= END; phase *= 2) {
		for (code = 200; code < 600; code++) {
			for (i = 0; i < sizeof(texts) / sizeof(texts[0]);
			    i++) {
				snprintf(line, sizeof(line), "%d %s", code,
				    texts[i]);
				feed(&r, line);
				verdict_judge(&v, (enum verdict_phase)phase,
				    &r);
				bad += v.action == FAILED && (phase <= AUTH ||
				    code < 500 || v.scope == SITE);
				bad += v.action == SENT &&
				    (phase != END || code >= 300);
				bad += v.status[0] != "245"[v.action];
			}
		}
	}
	is_int((long long)bad, 0, "all phases, all codes: the invariants");
	reply_free(&r);
}

static void
test_set(void)
{
	struct verdict v;
	char long_text[2000];

	verdict_set(&v, LATER, SITE, LONG, "4.4.1", "no %s", "answer");
	is_int(v.code, 0, "set: no code");
	is_int(v.flags, LONG, "... flags");
	is_str(v.status, "4.4.1", "... status");
	is_str(v.text, "no answer", "... text");
	verdict_set(&v, FAILED, MESSAGE, 0, "4.4.7", "a\r\nb\033");
	is_str(v.status, "5.4.7", "set: the class is that of the action");
	is_str(v.text, "a??b?", "... the text is printable");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	verdict_set(&v, LATER, SITE, 0, "", "%s", long_text);
	is_int(strlen(v.text), VERDICT_TEXT - 1, "set: a long text is cut");
	is_str(v.status, "4.0.0", "... no status: one without detail");
}

static void
test_long(void)
{
	struct reply r = { .text = BUFFER_INIT };
	struct verdict v;
	char line[2000];

	memset(line, 'x', sizeof(line));
	memcpy(line, "550 5.1.1 ", 10);
	reply_line(&r, line, sizeof(line));
	verdict_judge(&v, RCPT, &r);
	is_int(strlen(v.text), VERDICT_TEXT - 1, "a long reply is cut");
	reply_free(&r);
}

int
main(void)
{
	test_cases(rules, sizeof(rules) / sizeof(rules[0]));
	test_cases(verdict_providers, verdict_nproviders);
	test_invariants();
	test_set();
	test_long();
	return done();
}
