/*
 * Reports: whom they go to, and that each line of one says what it should,
 * whatever the smarthost and the addresses say.
 */
#include <config.h>

#include "queue/bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/error.h"
#include "t/sample.h"
#include "t/scratch.h"
#include "t/tap.h"

#define NOW 1763925180
#define NOW_TEXT "Sun, 23 Nov 2025 19:13:00 +0000"
#define UNTIL 1764357180
#define UNTIL_TEXT "Fri, 28 Nov 2025 19:13:00 +0000"

static void
test_wanted(void)
{
	static const struct {
		const char *notify;
		int failed, delayed, success;
	} cases[] = {
		{ NULL, 1, 1, 0 }, { "NEVER", 0, 0, 0 },
		{ "never", 0, 0, 0 }, { "FAILURE", 1, 0, 0 },
		{ "failure", 1, 0, 0 }, { "DELAY", 0, 1, 0 },
		{ "SUCCESS", 0, 0, 1 }, { "SUCCESS,FAILURE", 1, 0, 1 },
		{ "SUCCESS,FAILURE,DELAY", 1, 1, 1 },
	};
	struct envelope_rcpt r = { .address = "a@b" };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r.notify = cases[i].notify;
		is_int(bounce_is_wanted(&r, BOUNCE_FAILED), cases[i].failed,
		    "NOTIFY=%s: failure", r.notify != NULL ? r.notify : "-");
		is_int(bounce_is_wanted(&r, BOUNCE_DELAYED),
		    cases[i].delayed, "... delay");
		is_int(bounce_is_wanted(&r, BOUNCE_RELAYED),
		    cases[i].success, "... passed on");
		is_int(bounce_is_wanted(&r, BOUNCE_DELIVERED),
		    cases[i].success, "... delivered");
	}
}

/* The original, its recipients and their verdicts. */
static struct {
	struct spool *spool;
	struct spool_message message;
	struct verdict verdicts[4];
	struct verdict *list[4];
	char id[SPOOL_ID + 1];		/* of the report */
	char *text;			/* of the report */
	size_t len;
	int header_8bit;		/* of the original */
	int clear;			/* the report goes without TLS */
	int utf8;			/* to a server with SMTPUTF8 */
	const char *to;			/* NULL: alice */
} x;

static void
original(const struct envelope *env, const char *data, size_t len)
{
	struct envelope_facts facts = { .longest = 78,
		.header_8bit = x.header_8bit };
	struct spool_draft *d;
	char id[SPOOL_ID + 1];
	struct error e;

	if ((d = spool_begin(x.spool, env, &e)) == NULL ||
	    spool_write(d, data, len, &e) != 0)
		scratch_fail(e.text);
	memcpy(id, spool_draft_id(d), sizeof(id));
	if (spool_commit(d, &facts, &e) != 0)
		scratch_fail(e.text);
	sample_take(x.spool, id, &x.message);
	memset(x.list, 0, sizeof(x.list));
}

static void
failed(size_t i, int code, const char *status, const char *text)
{
	verdict_set(&x.verdicts[i], VERDICT_FAILED, VERDICT_RECIPIENT, 0,
	    status, "%s", text);
	x.verdicts[i].code = code;
	x.list[i] = &x.verdicts[i];
}

/* Queue the report and read it; 0: it is there. */
static int
make(enum bounce_kind kind, struct spool_message *report)
{
	const char *to = x.to != NULL ? x.to : "alice@example.org";
	struct bounce b = { .kind = kind, .to = &to, .nto = 1,
		.host = "host.example.org", .domain = "example.org",
		.from = "MAILER-DAEMON@example.org",
		.message = &x.message, .verdicts = x.list, .now = NOW,
		.until = UNTIL, .clear = x.clear, .utf8 = x.utf8 };
	struct error e;

	free(x.text);
	x.text = NULL;
	if (bounce_queue(x.spool, &b, x.id, &e) != 0) {
		diag("%s", e.text);
		return -1;
	}
	sample_take(x.spool, x.id, report);
	x.len = report->env.message;
	if ((x.text = calloc(x.len + 1, 1)) == NULL ||
	    pread(report->fd, x.text, x.len, (off_t)report->env.head) !=
	    (ssize_t)x.len)
		scratch_fail("read");
	return 0;
}

/* text in which @ID is that of the report, @OLD that of the original, and
 * each "\n" is CRLF. */
static const char *
filled(const char *text)
{
	static struct buffer out;

	buffer_reset(&out);
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buffer_adds(&out, "\r\n");
		else if (strncmp(text, "@ID", 3) == 0) {
			buffer_adds(&out, x.id);
			text += 2;
		} else if (strncmp(text, "@OLD", 4) == 0) {
			buffer_adds(&out, x.message.id);
			text += 3;
		} else
			buffer_addc(&out, *text);
	}
	return buffer_string(&out);
}

/* The report on the message above. */
static const char failure_text[] =
    "Date: " NOW_TEXT "\n"
    "From: Mail Delivery System <MAILER-DAEMON@example.org>\n"
    "To: alice@example.org\n"
    "Subject: Undelivered Mail Returned to Sender\n"
    "Message-ID: <@ID@example.org>\n"
    "Auto-Submitted: auto-replied\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/report; report-type=delivery-status;\n"
    "\tboundary=\"=_@ID\"\n"
    "Content-Transfer-Encoding: 8bit\n"
    "\n"
    "This is a MIME-encapsulated message.\n"
    "\n"
    "--=_@ID\n"
    "Content-Type: text/plain; charset=us-ascii\n"
    "\n"
    "This is the mail system at host.example.org.\n"
    "\n"
    "Your message could not be delivered to one or more recipients.\n"
    "Its beginning is attached below.\n"
    "\n"
    "<bob@example.net>: 550 5.1.1 no such user\n"
    "\n"
    "<\"a b\"@example.net>: not delivered in time\n"
    "\n"
    "--=_@ID\n"
    "Content-Type: message/delivery-status\n"
    "\n"
    "Reporting-MTA: dns; host.example.org\n"
    "Original-Envelope-Id: QQ 314159\n"
    "X-Outbox-Queue-ID: @OLD\n"
    "X-Outbox-Sender: rfc822; alice@example.org\n"
    "Arrival-Date: Sun, 23 Nov 2025 18:13:00 +0000\n"
    "\n"
    "Original-Recipient: rfc822;robert+x@example.net\n"
    "Final-Recipient: rfc822; bob@example.net\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user\n"
    "Last-Attempt-Date: " NOW_TEXT "\n"
    "\n"
    "Final-Recipient: rfc822; \"a b\"@example.net\n"
    "Action: failed\n"
    "Status: 5.4.7\n"
    "Diagnostic-Code: X-Outbox; not delivered in time\n"
    "Last-Attempt-Date: " NOW_TEXT "\n"
    "\n"
    "--=_@ID\n"
    "Content-Type: text/rfc822-headers\n"
    "Content-Transfer-Encoding: 8bit\n"
    "\n"
    "Subject: t\n"
    "X-8: \303\266\n"
    "\n"
    "--=_@ID--\n";

static struct envelope_rcpt three[] = {
	{ .address = "bob@example.net", .mark = ENVELOPE_TODO,
	    .orcpt = "rfc822;robert+2Bx@example.net" },
	{ .address = "eve@example.net", .mark = ENVELOPE_DELIVERED },
	{ .address = "\"a b\"@example.net", .mark = ENVELOPE_TODO },
};

static void
test_failure(void)
{
	static const char message[] = "Subject: t\r\nX-8: \303\266\r\n\r\n"
	    "body\r\n";
	struct envelope env = { .arrival = NOW - 3600, .uid = 1000,
		.sender = "alice@example.org", .envid = "QQ+20314159",
		.rcpts = three, .nrcpts = 3 };
	struct spool_message report;

	x.header_8bit = 1;
	original(&env, message, sizeof(message) - 1);
	x.header_8bit = 0;
	failed(0, 550, "5.1.1", "550 5.1.1 no such user");
	failed(2, 0, "5.4.7", "not delivered in time");
	is_int(make(BOUNCE_FAILED, &report), 0, "a failure is reported");
	is_str(report.env.sender, "", "... from the null sender");
	is_int((long long)report.env.nrcpts, 1, "... to one recipient");
	is_str(report.env.rcpts[0].address, "alice@example.org",
	    "... the sender");
	is_int(report.env.rcpts[0].mark, ENVELOPE_TODO, "... to do");
	is_int(report.env.arrival, NOW, "... now");
	is_str(x.text, filled(failure_text), "... in these words");
	spool_release(&report);
	spool_release(&x.message);
}

/* A message to three of whom the first has a verdict, which is to be set. */
static struct verdict *
original_of_three(void)
{
	static const char message[] = "Subject: t\r\n\r\nbody\r\n";
	struct envelope env = { .arrival = NOW - 3600,
		.sender = "alice@example.org", .rcpts = three, .nrcpts = 3 };

	original(&env, message, sizeof(message) - 1);
	return x.list[0] = &x.verdicts[0];
}

static void
test_delay(void)
{
	struct verdict *v = original_of_three();
	struct spool_message report;

	verdict_set(v, VERDICT_DEFERRED, VERDICT_MESSAGE, 0, "4.2.0",
	    "450 4.2.0 later");
	v->code = 450;
	is_int(make(BOUNCE_DELAYED, &report), 0, "a delay is reported");
	ok(strstr(x.text, "Subject: Delayed Mail (still being retried)\r\n")
	    != NULL, "... in the subject");
	ok(strstr(x.text, "it will be tried until " UNTIL_TEXT "\r\n") !=
	    NULL, "... in words");
	ok(strstr(x.text, filled("Action: delayed\nStatus: 4.2.0\n"
	    "Diagnostic-Code: smtp; 450 4.2.0 later\nLast-Attempt-Date: "
	    NOW_TEXT "\nWill-Retry-Until: " UNTIL_TEXT "\n\n--")) != NULL,
	    "... for programs");
	ok(strstr(x.text, "eve@") == NULL && strstr(x.text, "\"a b\"") ==
	    NULL, "... and only of those that are delayed");
	spool_release(&report);
	spool_release(&x.message);
}

static void
test_delivered(void)
{
	struct verdict *v = original_of_three();
	struct spool_message report;

	verdict_set(v, VERDICT_DELIVERED, VERDICT_RECIPIENT, 0, "2.0.0",
	    "delivered to mailbox /m");
	is_int(make(BOUNCE_DELIVERED, &report), 0, "success is reported");
	ok(strstr(x.text, "Subject: Mail Was Delivered\r\n") != NULL,
	    "... in the subject");
	ok(strstr(x.text, "Your message was delivered.\r\n") != NULL,
	    "... in words");
	ok(strstr(x.text, filled("Action: delivered\nStatus: 2.0.0\n"
	    "Diagnostic-Code: X-Outbox; delivered to mailbox /m\n"
	    "Last-Attempt-Date: " NOW_TEXT "\n\n--")) != NULL,
	    "... for programs");
	spool_release(&report);
	spool_release(&x.message);
}

/* Lines end in CRLF and hold nothing unprintable; the longest is returned. */
static size_t
longest_line(void)
{
	size_t i, start = 0, longest = 0;

	for (i = 0; i < x.len; i++) {
		if (x.text[i] == '\n') {
			if (i == 0 || x.text[i - 1] != '\r')
				return SIZE_MAX;
			if (i - 1 - start > longest)
				longest = i - 1 - start;
			start = i + 1;
		} else if (x.text[i] == '\r' ? x.text[i + 1] != '\n' :
		    (x.text[i] < ' ' || x.text[i] == 0x7f) &&
		    x.text[i] != '\t')
			return SIZE_MAX;
	}
	return start == x.len ? longest : SIZE_MAX;
}

/* What comes from outside stays in its line, however long it is. */
static void
test_hostile(void)
{
	struct envelope_rcpt rcpt = { .mark = ENVELOPE_TODO };
	struct envelope env = { .arrival = NOW, .sender = "\303\266@x",
		.rcpts = &rcpt, .nrcpts = 1 };
	struct spool_message report;
	char address[3000];

	memset(address, 'a', sizeof(address) - 1);
	address[sizeof(address) - 1] = '\0';
	memcpy(address, "\303\266--=_", 6);
	rcpt.address = address;
	original(&env, "X: \r\n\r\n.\r\n", 10);
	failed(0, 550, "5.1.1", "550 --=_x\r\n\r\nX-Injected: 1\033[2J");
	is_int(make(BOUNCE_FAILED, &report), 0, "hostile texts");
	ok(strstr(x.text, "\r\nX-Injected") == NULL,
	    "... begin no line of their own");
	ok(strstr(x.text, "Final-Recipient: rfc822; ?\?--=_aaa") != NULL,
	    "... and are ASCII");
	ok(strstr(x.text, "X-Outbox-Sender: utf-8; \\x{F6}@x\r\n") != NULL,
	    "... the sender too");
	ok(longest_line() <= 998, "... in lines that SMTP takes: %zu",
	    longest_line());
	spool_release(&report);
	spool_release(&x.message);
}

/* The part of the original that is returned, between the last blank line of
 * its part's header and the last boundary. */
static const char *
returned(const char *type)
{
	static char part[4096];
	char mark[128];
	const char *start, *end;

	snprintf(mark, sizeof(mark), "Content-Type: %s\r\n\r\n", type);
	if ((start = strstr(x.text, mark)) == NULL)
		return NULL;
	start += strlen(mark);
	snprintf(mark, sizeof(mark), "\r\n--=_%s--\r\n", x.id);
	if ((end = strstr(start, mark)) == NULL ||
	    end - start >= (long)sizeof(part))
		return NULL;
	memcpy(part, start, (size_t)(end - start));
	part[end - start] = '\0';
	return part;
}

static void
test_returned(void)
{
	static const struct {
		const char *rule, *ret;
		const char *message, *type, *want;
	} cases[] = {
		{ "the header", NULL, "A: 1\r\nB: 2\r\n\r\nbody\r\n",
		    "text/rfc822-headers", "A: 1\r\nB: 2\r\n" },
		{ "the header, RET=HDRS", "hdrs", "A: 1\r\n\r\nbody\r\n",
		    "text/rfc822-headers", "A: 1\r\n" },
		{ "all of it, RET=FULL", "full", "A: 1\r\n\r\nbody\r\n",
		    "message/rfc822", "A: 1\r\n\r\nbody\r\n" },
		{ "no body", NULL, "A: 1\r\n", "text/rfc822-headers",
		    "A: 1\r\n" },
		{ "no header", NULL, "\r\nbody\r\n", "text/rfc822-headers",
		    "" },
		{ "nothing", NULL, "", "text/rfc822-headers", "" },
		{ "nothing, RET=FULL", "full", "", "message/rfc822", "" },
	};
	struct envelope_rcpt rcpt = { .address = "b@c",
		.mark = ENVELOPE_TODO };
	struct envelope env = { .arrival = NOW, .sender = "a@b",
		.rcpts = &rcpt, .nrcpts = 1 };
	struct spool_message report;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		env.ret = cases[i].ret;
		original(&env, cases[i].message, strlen(cases[i].message));
		failed(0, 550, "5.1.1", "550 no");
		if (make(BOUNCE_FAILED, &report) == 0) {
			is_str(returned(cases[i].type), cases[i].want,
			    "returned: %s", cases[i].rule);
			spool_release(&report);
		} else
			ok(0, "returned: %s", cases[i].rule);
		spool_release(&x.message);
	}
}

static struct envelope_rcpt beyond[] = {
	{ .address = "j\303\266rg@example.net", .mark = ENVELOPE_TODO,
	    .orcpt = "utf-8;J\\x{D6}RG@example.net" },
	{ .address = "bob@b\303\274cher.example", .mark = ENVELOPE_TODO },
	{ .address = "eve@example.net", .mark = ENVELOPE_TODO,
	    .orcpt = "rfc822;e+2Bve@example.net" },
	{ .address = "\366@example.net", .mark = ENVELOPE_TODO },
};

/* The original of those, its header as given, and whether the report has all
 * of these lines; "\n" is CRLF. */
static void
check_beyond(const char *rule, const char *header, int utf8,
    const char *const *lines)
{
	struct envelope env = { .arrival = NOW, .sender = "m\303\274ller@x",
		.rcpts = beyond, .nrcpts = 4 };
	struct spool_message report;
	char message[256];
	int i;

	snprintf(message, sizeof(message), "%s\r\nbody\r\n", header);
	x.header_8bit = 1;
	original(&env, message, strlen(message));
	x.header_8bit = 0;
	for (i = 0; i < 4; i++)
		failed((size_t)i, 550, "5.1.1", "550 5.1.1 \303\251");
	x.utf8 = utf8;
	is_int(make(BOUNCE_FAILED, &report), 0, "%s", rule);
	x.utf8 = 0;
	for (; *lines != NULL; lines++)
		if (!ok(strstr(x.text, filled(*lines)) != NULL, "... has %s",
		    *lines))
			diag("%s", x.text);
	is_int(report.env.facts.body_8bit, 1, "... and says that it is 8-bit");
	spool_release(&report);
	spool_release(&x.message);
}

static const char *const international[] = {
	"Content-Type: multipart/report; report-type=global-delivery-status;",
	"Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n",
	"\n<j\303\266rg@example.net>: 550 5.1.1 \303\251\n",
	"Content-Type: message/global-delivery-status\n"
	    "Content-Transfer-Encoding: 8bit\n\nReporting-MTA: dns; ",
	"X-Outbox-Sender: utf-8; m\303\274ller@x\n",
	"\nOriginal-Recipient: utf-8;J\303\226RG@example.net\n"
	    "Final-Recipient: utf-8; j\303\266rg@example.net\n",
	"\nFinal-Recipient: utf-8; bob@b\303\274cher.example\n",
	"\nOriginal-Recipient: rfc822;e+ve@example.net\n"
	    "Final-Recipient: rfc822; eve@example.net\n",
	"\nFinal-Recipient: rfc822; ?@example.net\n",
	"Diagnostic-Code: smtp; 550 5.1.1 \303\251\n",
	"Content-Type: message/global-headers\n"
	    "Content-Transfer-Encoding: 8bit\n\nSubject: \303\266\n\n--",
	NULL }, *const old_header[] = {
	"Content-Type: message/global-delivery-status\n",
	"Content-Type: text/rfc822-headers\n"
	    "Content-Transfer-Encoding: 8bit\n\nSubject: \366\n\n--",
	NULL }, *const seven_bit[] = {
	"Content-Type: multipart/report; report-type=delivery-status;",
	"Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n",
	"\n<j\303\266rg@example.net>: 550 5.1.1 ??\n",
	"Content-Type: message/delivery-status\n\nReporting-MTA: dns; ",
	"X-Outbox-Sender: utf-8; m\\x{FC}ller@x\n",
	"\nOriginal-Recipient: utf-8;J\\x{D6}RG@example.net\n"
	    "Final-Recipient: utf-8; j\\x{F6}rg@example.net\n",
	"\nFinal-Recipient: utf-8; bob@b\\x{FC}cher.example\n",
	"\nOriginal-Recipient: rfc822;e+ve@example.net\n"
	    "Final-Recipient: rfc822; eve@example.net\n",
	"\nFinal-Recipient: rfc822; ?@example.net\n",
	"Diagnostic-Code: smtp; 550 5.1.1 ??\n",
	"Content-Type: text/rfc822-headers\n"
	    "Content-Transfer-Encoding: 8bit\n\nSubject: \303\266\n\n--",
	NULL };

/* RFC 6533. */
static void
test_beyond_ascii(void)
{
	struct envelope_rcpt rcpt = { .address = "b@b\303\274cher.example",
		.mark = ENVELOPE_TODO };
	struct envelope env = { .arrival = NOW, .sender = "a@b",
		.rcpts = &rcpt, .nrcpts = 1 };
	struct spool_message report;

	check_beyond("beyond ASCII, SMTPUTF8", "Subject: \303\266\r\n", 1,
	    international);
	check_beyond("... a header that is not UTF-8", "Subject: \366\r\n", 1,
	    old_header);
	check_beyond("beyond ASCII, no SMTPUTF8", "Subject: \303\266\r\n", 0,
	    seven_bit);
	original(&env, "A: 1\r\n\r\n", 8);
	failed(0, 550, "5.1.1", "550 no");
	x.utf8 = 1;
	x.to = "m\303\274ller@x";
	is_int(make(BOUNCE_FAILED, &report), 0, "a domain beyond ASCII");
	x.utf8 = 0;
	x.to = NULL;
	ok(strstr(x.text, "Content-Type: message/delivery-status\r\n") != NULL,
	    "... needs no form of its own");
	ok(strstr(x.text, "\nTo: m\303\274ller@x\r\n") != NULL,
	    "to one beyond ASCII: To: has the address");
	is_int(report.env.facts.header_8bit, 1, "... and is said to");
	spool_release(&report);
	spool_release(&x.message);
}

/* RFC 8689, 5: what is said of a message is protected as it was. */
static void
test_require_tls(void)
{
	struct envelope_rcpt rcpt = { .address = "b@c",
		.mark = ENVELOPE_TODO };
	struct envelope env = { .arrival = NOW, .sender = "a@b", .ret = "full",
		.require_tls = 1, .rcpts = &rcpt, .nrcpts = 1 };
	struct spool_message report;

	original(&env, "A: 1\r\n\r\nbody\r\n", 14);
	failed(0, 0, "5.7.30", "REQUIRETLS support required");
	is_int(make(BOUNCE_FAILED, &report), 0, "REQUIRETLS");
	is_int(report.env.require_tls, 1, "... for the report, too");
	is_str(returned("text/rfc822-headers"), "A: 1\r\n",
	    "... which has the header, for all of RET=FULL");
	spool_release(&report);
	x.clear = 1;
	is_int(make(BOUNCE_FAILED, &report), 0, "REQUIRETLS, and no TLS");
	ok(strstr(x.text, "A: 1") == NULL && strstr(x.text, "rfc822-headers")
	    == NULL, "... the header stays here");
	ok(strstr(x.text, "beginning") == NULL, "... and it does not promise it");
	x.clear = 0;
	spool_release(&report);
	spool_release(&x.message);
}

/* A long original costs the report no more than its bounds. */
static void
test_long(void)
{
	struct envelope_rcpt rcpt = { .address = "b@c",
		.mark = ENVELOPE_TODO };
	struct envelope env = { .arrival = NOW, .sender = "a@b",
		.rcpts = &rcpt, .nrcpts = 1 };
	size_t size = 1024 * 1024 + 2, i;
	struct spool_message report;
	char *message = malloc(size);

	if (message == NULL)
		scratch_fail("malloc");
	for (i = 0; i < size; i++)
		message[i] = "A: 4567\r\n"[i % 9];
	original(&env, message, size - size % 9);
	failed(0, 550, "5.1.1", "550 no");
	is_int(make(BOUNCE_FAILED, &report), 0, "a header of 1 MiB");
	ok(x.len < 70000 && x.len > 60000, "... is cut: %zu bytes", x.len);
	ok(longest_line() <= 998, "... at the end of a line");
	spool_release(&report);
	spool_release(&x.message);
	memcpy(message, "A: 12\r\n\r\n", 9);
	env.ret = "full";
	original(&env, message, 1024 * 1024 - 1024 * 1024 % 9);
	failed(0, 550, "5.1.1", "550 no");
	is_int(make(BOUNCE_FAILED, &report), 0, "1 MiB, RET=FULL");
	ok(x.len > 1024 * 1024 - 9, "... is whole");
	spool_release(&report);
	spool_release(&x.message);
	free(message);
}

int
main(void)
{
	alarm(60);
	test_wanted();
	x.spool = sample_open();
	test_failure();
	test_delay();
	test_delivered();
	test_hostile();
	test_returned();
	test_beyond_ascii();
	test_require_tls();
	test_long();
	spool_close(x.spool);
	free(x.text);
	return done();
}
