/*
 * The header: where it ends, what leaves, what is added, what is qualified.
 * Each case runs with the input whole and one byte at a time.
 */
#include <config.h>

#include "sendmail/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/settings.h"
#include "sendmail/phrase.h"
#include "sendmail/rewrite.h"
#include "sendmail/stamp.h"
#include "t/author.h"
#include "t/tap.h"

#define DATE "Sun, 23 Nov 2025 19:13:00 +0000"
#define RECEIVED "Received: by host.dom.ain (outbox, from userid 1000)\r\n" \
	"\tid ID; " DATE "\r\n"

/* A message that lacks nothing. */
#define IN "From: f@f.f\nDate: d\nMessage-ID: <m@m>\n"
#define OUT "From: f@f.f\r\nDate: d\r\nMessage-ID: <m@m>\r\n"

static const struct {
	const char *rule, *in, *header, *body;
} cases[] = {
	/* where the header ends */
	{ "an empty line ends the header", IN "X: y\n\nbody: z\n",
	    OUT "X: y\r\n", "body: z\r\n" },
	{ "an empty line with CR too", IN "X: y\r\n\r\nbody: z\n",
	    OUT "X: y\r\n", "body: z\r\n" },
	{ "an empty line with two CRs too", IN "X: y\r\r\n\r\r\nTo: z\n",
	    OUT "X: y\r\n", "To: z\r\n" },
	{ "a line that is no field starts the body", IN "hello\nX: y\n", OUT,
	    "hello\r\nX: y\r\n" },
	{ "no header at all", "hello\nX: y\n", "", "hello\r\nX: y\r\n" },
	{ "no header, no line end", "hello", "", "hello\r\n" },
	{ "no header and a blank first", " hello\n", "", " hello\r\n" },
	{ "an empty first line", "\nX: y\n", "", "X: y\r\n" },
	{ "nothing", "", "", "" },
	{ "a header only", IN "X: y\n", OUT "X: y\r\n", "" },
	{ "a header without its line end", IN "X: y", OUT "X: y\r\n", "" },
	{ "a lone dot in the header ends it all", IN ".\nX: y\n", OUT, "" },
	{ "a name with a blank in it is none", IN "X y: z\n", OUT,
	    "X y: z\r\n" },
	{ "a colon alone is no field", IN ": z\n", OUT, ": z\r\n" },
	{ "an 8-bit name is none", IN "\303\251: z\n", OUT,
	    "\303\251: z\r\n" },
	{ "a URL is a field", IN "http://x\n\n", OUT "http://x\r\n", "" },
	{ "blanks before the colon", IN "X \t: y\n", OUT "X \t: y\r\n", "" },
	/* the line of a mailbox */
	{ "a postmark is eaten", "From root Mon Jan  1\n" IN, OUT, "" },
	{ "a quoted one too", ">From root Mon Jan  1\n" IN, OUT, "" },
	{ "any number of them", "From a\n>>From b\n>From c\r\n" IN, OUT,
	    "" },
	{ "but only at the top", IN "From root Mon\nX: y\n", OUT,
	    "From root Mon\r\nX: y\r\n" },
	{ "From with a blank before its colon is a field",
	    "From : f@f.f\nDate: d\nMessage-ID: <m@m>\n",
	    "From : f@f.f\r\nDate: d\r\nMessage-ID: <m@m>\r\n", "" },
	{ "a postmark and no header", "From root Mon\nhello\n", "",
	    "hello\r\n" },
	/* what does not leave */
	{ "Bcc is removed", IN "Bcc: x@y\nX: y\n", OUT "X: y\r\n", "" },
	{ "Bcc in any case", IN "bCC: x@y\n", OUT, "" },
	{ "Bcc with blanks before the colon", IN "Bcc \t: x@y\n", OUT, "" },
	{ "Bcc that is folded", IN "Bcc: a@b,\n x@y,\r\n\tz@y\nX: y\n",
	    OUT "X: y\r\n", "" },
	{ "Bcc with all on the second line", IN "Bcc:\n x@y\nX: y\n",
	    OUT "X: y\r\n", "" },
	{ "Bcc twice in a row", IN "Bcc: a@b\nBcc: x@y\n", OUT, "" },
	{ "Bcc as the last and incomplete line", IN "Bcc: a@b", OUT, "" },
	{ "Bcc before all others", "Bcc: a@b\n" IN, OUT, "" },
	{ "an empty Bcc", IN "Bcc:\n", OUT, "" },
	{ "Resent-Bcc is removed", IN "RESENT-BCC: x@y\n", OUT, NULL },
	{ "Return-Path is removed", IN "Return-Path: <x@y>\n", OUT, "" },
	{ "Content-Length is removed", IN "Content-length: 5\n", OUT, "" },
	{ "Bcc-like names stay", IN "X-Bcc: a@b\nBccx: a@b\nBc: a@b\n",
	    OUT "X-Bcc: a@b\r\nBccx: a@b\r\nBc: a@b\r\n", "" },
	/* what is qualified */
	{ "bare names get the domain", IN "To: root\nCc: a@b, c (x)\n"
	    "Reply-To: r\nSender: s\n", OUT "To: root@dom.ain\r\n"
	    "Cc: a@b, c@dom.ain (x)\r\nReply-To: r@dom.ain\r\n"
	    "Sender: s@dom.ain\r\n", "" },
	{ "From of cron", "From: root (Cron Daemon)\nDate: d\n"
	    "Message-ID: <m@m>\n", "From: root@dom.ain (Cron Daemon)\r\n"
	    "Date: d\r\nMessage-ID: <m@m>\r\n", "" },
	{ "so they do where reports and answers go",
	    IN "Apparently-To: a\nErrors-To: b\nMail-Reply-To: c\n"
	    "Mail-Followup-To: d\nReturn-Receipt-To: e\n"
	    "Disposition-Notification-To: f\n",
	    OUT "Apparently-To: a@dom.ain\r\nErrors-To: b@dom.ain\r\n"
	    "Mail-Reply-To: c@dom.ain\r\nMail-Followup-To: d@dom.ain\r\n"
	    "Return-Receipt-To: e@dom.ain\r\n"
	    "Disposition-Notification-To: f@dom.ain\r\n", "" },
	{ "but not in fields of another meaning",
	    IN "X-To: x\nDelivered-To: x\nComments: x\n",
	    OUT "X-To: x\r\nDelivered-To: x\r\nComments: x\r\n", "" },
	{ "nothing in Reply-To and Sender: they go",
	    IN "Reply-To:\nSender: \n", OUT, "" },
	{ "folding stays as it is", IN "To:  \"A, B\" <root>,\r\n\t x ,\n"
	    " (c)\n c@d\n", OUT "To:  \"A, B\" <root@dom.ain>,\r\n"
	    "\t x@dom.ain ,\r\n (c)\r\n c@d\r\n", "" },
	{ "what is no address passes", IN "To: a b c\nReply-To: <x\n"
	    "Cc: root, \"\n", OUT "To: a b c\r\nReply-To: <x\r\n"
	    "Cc: root, \"\r\n", "" },
	{ "an empty group passes", IN "To: undisclosed-recipients:;\n",
	    OUT "To: undisclosed-recipients:;\r\n", "" },
	{ "an empty To is removed", IN "To: \n", OUT, "" },
	{ "an empty Cc too, where it is folded", IN "Cc:\n \n", OUT, "" },
	{ "nothing else changes", IN "Subject:  a\t b \nX:\303\251\n",
	    OUT "Subject:  a\t b \r\nX:\303\251\r\n", "" },
};

/* What went out, and what is left for the body. */
struct result {
	struct buffer header, body;
	struct header h;
};

static void
process(const char *in, size_t chunk, const char *name, struct result *r)
{
	char buf[64], none[] = "";
	struct settings settings = { .from = none, .allowed = none };
	struct rewrite rewrite = author_rewrite(&settings, buf);
	size_t i, used, n, len = strlen(in);
	struct body b;

	snprintf(buf, sizeof(buf), "%s", name);
	memset(r, 0, sizeof(*r));
	body_init(&b, 0);
	header_init(&r->h);
	for (i = 0; i < len; i += used) {
		n = len - i < chunk ? len - i : chunk;
		used = header_feed(&r->h, &b, in + i, n);
		if (r->h.state != HEADER_OPEN) {
			i += used;
			break;
		}
	}
	header_finish(&r->h, &b);
	if (r->h.state != HEADER_COMPLETE)
		return;
	rewrite_header(&rewrite, &r->h, &r->header);
	buffer_add(&r->body, buffer_string(&r->h.text) + r->h.fields,
	    r->h.text.len - r->h.fields);
	if (i < len)
		body_feed(&b, in + i, len - i, &r->body);
	body_finish(&b, &r->body);
}

static void
result_free(struct result *r)
{
	buffer_free(&r->header);
	buffer_free(&r->body);
	header_free(&r->h);
}

static void
check_cases(void)
{
	size_t i, chunk, skip = strlen(RECEIVED);
	struct result r;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (chunk = 1; chunk <= 4096; chunk *= 4096) {
			const char *got;

			process(cases[i].in, chunk, "Me", &r);
			got = buffer_string(&r.header);
			ok(strncmp(got, RECEIVED, skip) == 0,
			    "%s: Received: comes first", cases[i].rule);
			/* Where all was missing the rest is tested below. */
			if (*cases[i].header == '\0')
				ok(strncmp(got + skip, "Date: ", 6) == 0,
				    "... and what is missing");
			else if (cases[i].body != NULL)
				is_str(got + skip, cases[i].header,
				    "... header");
			else
				ok(strstr(got, "Bcc") == NULL && strstr(got,
				    "BCC") == NULL, "... is not there");
			is_str(buffer_string(&r.body), cases[i].body != NULL ?
			    cases[i].body : "", "... body");
			result_free(&r);
		}
	}
}

/* How often text stands in the header. */
static int
occurs(const struct result *r, const char *text)
{
	const char *p = buffer_string(&r->header);
	int n = 0;

	for (; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

static void
check_added(void)
{
	struct result r, again;
	const char *p;

	process("Subject: x\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "\r\nDate: " DATE "\r\n"), 1, "Date is added");
	is_int(occurs(&r, "\r\nFrom: Me <me@dom.ain>\r\n"), 1,
	    "From is added");
	is_int(occurs(&r, "\r\nMessage-ID: <"), 1, "Message-ID is added");
	p = strstr(buffer_string(&r.header), "Message-ID: <");
	ok(p != NULL && strspn(p + 13, "0123456789abcdef") == 32 &&
	    strcmp(p + 45, "@dom.ain>\r\n") == 0,
	    "it has 128 bits and the domain of From");
	process("Subject: x\n\n", 4096, "Me", &again);
	ok(strcmp(buffer_string(&r.header), buffer_string(&again.header)) !=
	    0, "and is never the same");
	result_free(&again);
	result_free(&r);

	process("From: X <a@other.example>\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "@other.example>\r\n"), 2,
	    "Message-ID has the domain of the From that is there");
	is_int(occurs(&r, "From: "), 1, "which stays alone");
	result_free(&r);
	process("From: root\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "@dom.ain>\r\n"), 1,
	    "or the mail name when it has none");
	result_free(&r);
	process("From: a@[192.0.2.1]\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "@dom.ain>\r\n"), 1, "or an address literal");
	result_free(&r);
	process("From: \"a@b\"\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "@dom.ain>\r\n"), 1,
	    "or an at sign that is quoted");
	result_free(&r);
	process("From: a@LocalHost\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "@dom.ain>\r\n"), 1, "or localhost");
	result_free(&r);
	process("From: a@m\303\274nchen.de\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "@dom.ain>\r\n"), 1, "or one beyond ASCII");
	result_free(&r);
	process("From: no address at all\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "From: "), 1,
	    "a From that cannot be read is not made twice");
	result_free(&r);

	process("From:\nDate: \nMessage-ID:\n \nSubject:\n\n", 4096, "Me",
	    &r);
	is_int(occurs(&r, "From:"), 1, "an empty From is replaced");
	is_int(occurs(&r, "Date:"), 1, "an empty Date too");
	is_int(occurs(&r, "Message-ID:"), 1, "an empty Message-ID too");
	is_int(occurs(&r, "Subject:\r\n"), 1, "an empty Subject is not");
	result_free(&r);

	process("FROM: a@b\nDATE: d\nMESSAGE-id: <m>\n\n", 4096, "Me", &r);
	is_int(occurs(&r, "From: ") + occurs(&r, "Date: ") +
	    occurs(&r, "Message-ID: "), 0,
	    "names in another case are not missing");
	result_free(&r);

	process("\n", 4096, "", &r);
	is_int(occurs(&r, "\r\nFrom: me@dom.ain\r\n"), 1,
	    "without a name From is the address alone");
	result_free(&r);
	process("\n", 4096, "a\r\nBcc: x@y", &r);
	is_int(occurs(&r, "\r\nBcc"), 0, "a name cannot add a field");
	result_free(&r);
}

static void
check_resent(void)
{
	struct result r;

	process(IN "Resent-To: x@y\n\n", 4096, "Me", &r);
	ok(header_is_resent(&r.h), "Resent-To makes it a resent message");
	is_int(occurs(&r, "\r\nResent-Date: " DATE "\r\n"), 1,
	    "Resent-Date is added");
	is_int(occurs(&r, "\r\nResent-From: Me <me@dom.ain>\r\n"), 1,
	    "Resent-From is added");
	is_int(occurs(&r, "\r\nResent-Message-ID: <"), 1,
	    "Resent-Message-ID is added");
	ok(strstr(buffer_string(&r.header), "Resent-Date") <
	    strstr(buffer_string(&r.header), "\r\nFrom: f@f.f"),
	    "above the old header");
	result_free(&r);
	process(IN "Resent-Cc: root\nResent-From: root\nResent-Date: d\n"
	    "Resent-Message-ID: <m>\nResent-Sender: s\nResent-Reply-To: t\n"
	    "\n", 4096, "Me", &r);
	ok(header_is_resent(&r.h), "Resent-Cc does it");
	is_int(occurs(&r, "Resent-Date:") + occurs(&r, "Resent-From:") +
	    occurs(&r, "Resent-Message-ID:"), 3, "nothing is made twice");
	is_int(occurs(&r, "Resent-Cc: root@dom.ain\r\n") +
	    occurs(&r, "Resent-From: root@dom.ain\r\n") +
	    occurs(&r, "Resent-Sender: s@dom.ain\r\n") +
	    occurs(&r, "Resent-Reply-To: t@dom.ain\r\n"), 4,
	    "bare names in Resent- fields get the domain");
	result_free(&r);
	process(IN "Resent-Bcc: x@y\n\n", 4096, "Me", &r);
	ok(header_is_resent(&r.h), "Resent-Bcc does it");
	is_int(occurs(&r, "Resent-Bcc"), 0, "and is removed");
	result_free(&r);
	process(IN "Resent-From: x@y\nResent-Date: d\n\n", 4096, "Me", &r);
	ok(!header_is_resent(&r.h), "Resent-From alone does not");
	is_int(occurs(&r, "Resent-Message-ID"), 0, "and nothing is added");
	result_free(&r);
}
static int
count(void *arg, const struct field *f)
{
	(void)f;
	++*(int *)arg;
	return 0;
}

static void
check_limit(void)
{
	struct buffer in = BUFFER_INIT;
	struct result r;
	int n = 0;
	size_t i;

	for (i = 0; in.len < HEADER_MAX - 40; i++)
		buffer_addf(&in, "X-%zu: y\r\n", i);
	buffer_adds(&in, "To: x@y\r\n\r\nbody\r\n");
	process(in.data, 65536, "Me", &r);
	is_int(r.h.state, HEADER_COMPLETE, "a header of almost 1 MiB");
	header_each(&r.h, 0, count, &n);
	is_int(n, (long long)i + 1, "has all its fields");
	is_str(buffer_string(&r.body), "body\r\n", "and a body");
	result_free(&r);
	buffer_reset(&in);
	while (in.len < HEADER_MAX + 100)
		buffer_adds(&in, "X: y\r\n");
	process(in.data, 65536, "Me", &r);
	is_int(r.h.state, HEADER_TOO_LONG, "a longer one is too long");
	result_free(&r);
	buffer_reset(&in);
	buffer_adds(&in, "X: ");
	while (in.len < HEADER_MAX + 100)
		buffer_adds(&in, "y");
	process(in.data, 65536, "Me", &r);
	is_int(r.h.state, HEADER_TOO_LONG, "one long field too");
	ok(r.h.text.size < 4 * HEADER_MAX, "and memory is bounded");
	result_free(&r);
	buffer_reset(&in);
	while (in.len < 3 * HEADER_MAX)
		buffer_adds(&in, "no field ");
	process(in.data, 65536, "Me", &r);
	is_int(r.h.state, HEADER_COMPLETE, "a long line of the body is not");
	is_int((long long)r.body.len, (long long)in.len + 2,
	    "and all of it is there");
	result_free(&r);
	buffer_free(&in);
}

static void
check_facts(void)
{
	struct header h;
	struct body b;
	const char *in = "Subject: \303\251 and a long line\n.\nx\n";
	size_t i, len = strlen(in);

	for (i = 1; i <= len; i += len - 1) {
		size_t at = 0;

		body_init(&b, 1);
		header_init(&h);
		while (at < len && h.state == HEADER_OPEN)
			at += header_feed(&h, &b, in + at, len - at < i ?
			    len - at : i);
		is_int(b.facts.body_8bit, 0,
		    "an 8-bit header does not make the body 8-bit");
		body_feed(&b, in + at, len - at, &h.text);
		body_finish(&b, &h.text);
		is_int((long long)b.facts.longest, 1,
		    "... nor its lines long");
		is_int(b.facts.dots, 1, "the first line of the body counts");
		header_free(&h);
	}
}

static void
check_phrases(void)
{
	static const struct {
		const char *name, *phrase;
	} names[] = {
		{ "CronDaemon", "CronDaemon" },
		{ "Joe User", "Joe User" },
		{ "Cron \"D\", x", "\"Cron \\\"D\\\", x\"" },
		{ "J. Doe", "\"J. Doe\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "=?utf-8?Q?x?=", "\"=?utf-8?Q?x?=\"" },
		{ "a\r\nBcc: x@y", "\"a Bcc: x@y\"" },
		{ "  a \t b  ", "a b" },
		{ "\001\177", "" },
		{ "", "" },
		{ "J\303\266rg M", "=?utf-8?Q?J=C3=B6rg_M?=" },
		{ "J\366rg", "=?iso-8859-1?Q?J=F6rg?=" },
		{ "\303\266\"<>,", "=?utf-8?Q?=C3=B6=22=3C=3E=2C?=" },
	};
	struct buffer out = BUFFER_INIT, name = BUFFER_INIT;
	const char *p, *end;
	size_t i;
	int good = 1;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buffer_reset(&out);
		phrase_add(&out, names[i].name);
		is_str(buffer_string(&out), names[i].phrase, "name \"%s\"",
		    names[i].name);
	}
	for (i = 0; i < 200; i++)
		buffer_adds(&name, "\342\202\254");
	buffer_reset(&out);
	phrase_add(&out, name.data);
	for (p = out.data; *p != '\0'; p = *end == '\0' ? end : end + 3) {
		end = p + strcspn(p, "\r");
		good &= end - p <= 75 && (end - p - 12) % 9 == 0;
	}
	ok(good, "encoded words have at most 75 octets and whole characters");
	ok(out.len < 4 * PHRASE_MAX, "a long name is cut");
	is_str(out.data + out.len - 11, "=E2=82=AC?=",
	    "between characters");
	buffer_free(&name);
	buffer_free(&out);
}

static void
check_dates(void)
{
	static const struct {
		const char *zone, *date;
	} dates[] = {
		{ "UTC0", DATE },
		{ "XXX-5:30", "Mon, 24 Nov 2025 00:43:00 +0530" },
		{ "XXX3:30", "Sun, 23 Nov 2025 15:43:00 -0330" },
		{ "XXX0:30", "Sun, 23 Nov 2025 18:43:00 -0030" },
	};
	struct buffer out = BUFFER_INIT;
	size_t i;

	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		setenv("TZ", dates[i].zone, 1);
		tzset();
		buffer_reset(&out);
		stamp_date(&out, AUTHOR_NOW);
		is_str(buffer_string(&out), dates[i].date, "a date in %s",
		    dates[i].zone);
	}
	setenv("TZ", "UTC0", 1);
	tzset();
	buffer_free(&out);
}

int
main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	check_cases();
	check_added();
	check_resent();
	check_limit();
	check_facts();
	check_phrases();
	check_dates();
	return done();
}
