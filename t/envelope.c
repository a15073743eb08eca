/*
 * The head of a queue file, as it is read: nothing that the encoder did not
 * write is taken for an envelope.
 */
#include <config.h>

#include "queue/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "queue/error.h"
#include "t/head.h"
#include "t/scratch.h"
#include "t/tap.h"

#define RETRY "E0000 00 000000000000 --- "
#define FIFTY "                                                  "
#define E RETRY FIFTY FIFTY FIFTY FIFTY "\n"
#define F "F0000000078 8h.\n"

/* Records as a whole envelope, with the right lengths in its first line. */
static void
assemble(struct buffer *out, const char *records, size_t len,
    uint64_t message)
{
	buffer_reset(out);
	buffer_addf(out, "OB1 %08zu %015llu\n", len + ENVELOPE_HEAD,
	    (unsigned long long)message);
	buffer_add(out, records, len);
}

static const struct {
	const char *rule, *records;
	int good;
} cases[] = {
	{ "the least", F "T1\nU0\nS\nR-a\n" E "\n", 1 },
	{ "all records", F "T1\nU0\nSa\nIid\nBfull\nR-a\nNnever\nOx;y\nR+b\n"
	    "R!c\nOx;z\n" E "\n", 1 },
	{ "hdrs", F "T1\nU0\nS\nBhdrs\nR-a\n" E "\n", 1 },
	{ "REQUIRETLS", F "T1\nU0\nSa\nLrequiretls\nR-a\n" E "\n", 1 },
	{ "REQUIRETLS behind all others", F "T1\nU0\nSa\nIid\nBfull\n"
	    "Lrequiretls\nR-a\n" E "\n", 1 },
	{ "REQUIRETLS before RET", F "T1\nU0\nSa\nLrequiretls\nBfull\n"
	    "R-a\n" E "\n", 0 },
	{ "REQUIRETLS twice", F "T1\nU0\nSa\nLrequiretls\nLrequiretls\n"
	    "R-a\n" E "\n", 0 },
	{ "REQUIRETLS of another kind", F "T1\nU0\nSa\nLrequiretls=no\n"
	    "R-a\n" E "\n", 0 },
	{ "no REQUIRETLS in it", F "T1\nU0\nSa\nL\nR-a\n" E "\n", 0 },
	{ "no records", F "\n", 0 },
	{ "nothing but the facts", F, 0 },
	{ "no facts", "T1\nU0\nS\nR-a\n" E "\n", 0 },
	{ "no arrival", F "U0\nS\nR-a\n" E "\n", 0 },
	{ "no user", F "T1\nS\nR-a\n" E "\n", 0 },
	{ "no sender", F "T1\nU0\nR-a\n" E "\n", 0 },
	{ "no recipient", F "T1\nU0\nS\n" E "\n", 0 },
	{ "no retry record", F "T1\nU0\nS\nR-a\n\n", 0 },
	{ "no empty line", F "T1\nU0\nS\nR-a\n" E, 0 },
	{ "two empty lines", F "T1\nU0\nS\nR-a\n" E "\n\n", 0 },
	{ "an empty line early", F "T1\nU0\nS\n\nR-a\n" E "\n", 0 },
	{ "a record after the last", F "T1\nU0\nS\nR-a\n" E "R-b\n\n", 0 },
	{ "a record not ended", F "T1\nU0\nS\nR-a\n" RETRY FIFTY FIFTY FIFTY
	    FIFTY, 0 },
	{ "an unknown record", F "T1\nU0\nS\nX\nR-a\n" E "\n", 0 },
	{ "another order", F "U0\nT1\nS\nR-a\n" E "\n", 0 },
	{ "recipients before the sender", F "T1\nU0\nR-a\nS\n" E "\n", 0 },
	{ "RET before ENVID", F "T1\nU0\nS\nBfull\nIid\nR-a\n" E "\n", 0 },
	{ "two senders", F "T1\nU0\nSa\nSb\nR-a\n" E "\n", 0 },
	{ "two retry records", F "T1\nU0\nS\nR-a\n" E E "\n", 0 },
	{ "two facts", F F "T1\nU0\nS\nR-a\n" E "\n", 0 },
	{ "an unknown mark", F "T1\nU0\nS\nR?a\n" E "\n", 0 },
	{ "no mark", F "T1\nU0\nS\nRa\n" E "\n", 0 },
	{ "no address", F "T1\nU0\nS\nR-\n" E "\n", 0 },
	{ "no address, no mark", F "T1\nU0\nS\nR\n" E "\n", 0 },
	{ "NOTIFY before a recipient", F "T1\nU0\nS\nNnever\nR-a\n" E "\n",
	    0 },
	{ "NOTIFY twice", F "T1\nU0\nS\nR-a\nNnever\nNnever\n" E "\n", 0 },
	{ "ORCPT twice", F "T1\nU0\nS\nR-a\nOx\nOx\n" E "\n", 0 },
	{ "ORCPT before NOTIFY", F "T1\nU0\nS\nR-a\nOx\nNnever\n" E "\n",
	    0 },
	{ "NOTIFY after the retry record", F "T1\nU0\nS\nR-a\n" E
	    "Nnever\n\n", 0 },
	{ "an unknown RET", F "T1\nU0\nS\nBall\nR-a\n" E "\n", 0 },
	{ "RET in upper case", F "T1\nU0\nS\nBFULL\nR-a\n" E "\n", 0 },
	{ "a blank in ENVID", F "T1\nU0\nS\nIa b\nR-a\n" E "\n", 0 },
	{ "no ENVID in it", F "T1\nU0\nS\nI\nR-a\n" E "\n", 0 },
	{ "a blank in NOTIFY", F "T1\nU0\nS\nR-a\nNNEVER ORCPT=x\n" E "\n",
	    0 },
	{ "= in ORCPT", F "T1\nU0\nS\nR-a\nOrfc822;a=b\n" E "\n", 0 },
	{ "8-bit in ORCPT", F "T1\nU0\nS\nR-a\nOrfc822;\303\266\n" E "\n",
	    0 },
	{ "no arrival in it", F "T\nU0\nS\nR-a\n" E "\n", 0 },
	{ "a negative arrival", F "T-1\nU0\nS\nR-a\n" E "\n", 0 },
	{ "a leading zero", F "T01\nU0\nS\nR-a\n" E "\n", 0 },
	{ "a leading zero of the user", F "T1\nU00\nS\nR-a\n" E "\n", 0 },
	{ "the largest user", F "T1\nU4294967295\nS\nR-a\n" E "\n", 1 },
	{ "a larger one", F "T1\nU4294967296\nS\nR-a\n" E "\n", 0 },
	{ "a number of 19 digits", F "T1000000000000000000\nU0\nS\nR-a\n" E
	    "\n", 0 },
	{ "a CR", F "T1\nU0\nSa\r\nR-a\n" E "\n", 0 },
	{ "a tab", F "T1\nU0\nSa\tb\nR-a\n" E "\n", 0 },
	{ "DEL", F "T1\nU0\nSa\177\nR-a\n" E "\n", 0 },
	{ "8-bit addresses", F "T1\nU0\nSJ\303\266rg@x\nR-\303\266@y\n" E
	    "\n", 1 },
	{ "facts without a sign", "F0000000078 8h \nT1\nU0\nS\nR-a\n" E "\n",
	    0 },
	{ "a short retry record", F "T1\nU0\nS\nR-a\n" RETRY "\n\n", 0 },
	{ "a control byte in the last reply", F "T1\nU0\nS\nR-a\n" RETRY
	    "a\033" "b" FIFTY FIFTY FIFTY FIFTY "\n\n", 0 },
};

static void
test_cases(void)
{
	struct buffer text = BUFFER_INIT;
	struct envelope env;
	struct error e;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assemble(&text, cases[i].records, strlen(cases[i].records),
		    1);
		rc = envelope_decode(&env, text.data, text.len, &e);
		is_int(rc, cases[i].good ? 0 : -1, "%s", cases[i].rule);
		if (rc == 0)
			envelope_free(&env);
		ok(head_is_strict(text.data, text.len), "... or as written");
	}
	assemble(&text, F "T1\nU0\nSa\0b\nR-a\n" E "\n",
	    sizeof(F "T1\nU0\nSa\0b\nR-a\n" E "\n") - 1, 1);
	is_int(envelope_decode(&env, text.data, text.len, &e), -1, "a NUL");
	buffer_free(&text);
}

static void
test_first_line(void)
{
	static const struct {
		const char *rule, *line;
		int good;
	} lines[] = {
		{ "lengths", "OB1 00000046 000000000000001\n", 1 },
		{ "no message", "OB1 00000046 000000000000000\n", 1 },
		{ "the largest message", "OB1 00000046 999999999999999\n",
		    1 },
		{ "the longest envelope", "OB1 33554432 000000000000001\n",
		    1 },
		{ "a longer one", "OB1 33554433 000000000000001\n", 0 },
		{ "the largest number", "OB1 99999999 999999999999999\n",
		    0 },
		{ "zeros: not complete", "OB1 00000000 000000000000000\n",
		    0 },
		{ "no room for records", "OB1 00000045 000000000000001\n",
		    0 },
		{ "another version", "OB2 00000046 000000000000001\n", 0 },
		{ "lower case", "ob1 00000046 000000000000001\n", 0 },
		{ "a sign", "OB1 +0000046 000000000000001\n", 0 },
		{ "a blank for a digit", "OB1       46 000000000000001\n",
		    0 },
		{ "hexadecimal", "OB1 0x000046 000000000000001\n", 0 },
		{ "no line end", "OB1 00000046 0000000000000011", 0 },
		{ "CRLF", "OB1 00000046 00000000000001\r\n", 0 },
	};
	uint64_t envelope, message;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		is_int(envelope_lengths(lines[i].line, &envelope, &message),
		    lines[i].good ? 0 : -1, "first line: %s", lines[i].rule);
	envelope_lengths(lines[2].line, &envelope, &message);
	ok(envelope == 46 && message == UINT64_C(999999999999999),
	    "first line: the numbers");
}

/* Every byte of one envelope, as every other byte; and every length. */
static void
test_corruption(void)
{
	static const char records[] = F "T1763925180\nU1000\n"
	    "Salice@example.org\nIid+20x\nBhdrs\nR-bob@example.net\n"
	    "NSUCCESS,FAILURE\nOrfc822;bob\nR+eve@x\nR!mallory@y\nNNEVER\n"
	    E "\n";
	struct buffer text = BUFFER_INIT;
	size_t at, len, loose = 0, accepted = 0;
	struct envelope env;
	struct error e;
	unsigned c;
	char kept, *part;

	assemble(&text, records, sizeof(records) - 1, 4210);
	for (at = 0; at < text.len; at++) {
		kept = text.data[at];
		for (c = 0; c < 256; c++) {
			text.data[at] = (char)c;
			loose += !head_is_strict(text.data, text.len);
		}
		text.data[at] = kept;
	}
	is_int((long long)loose, 0, "every byte as every other: refused, or "
	    "as written");
	for (len = 0; len < text.len; len++) {
		/* Its own copy, so that reading on is seen. */
		if ((part = malloc(len + 1)) == NULL)
			scratch_fail("malloc");
		memcpy(part, text.data, len);
		if (envelope_decode(&env, part, len, &e) == 0) {
			envelope_free(&env);
			accepted++;
		}
		free(part);
	}
	is_int((long long)accepted, 0, "cut short at every length: refused");
	for (len = ENVELOPE_SEAL + 1, loose = 0; len < text.len; len++) {
		struct buffer shorter = BUFFER_INIT;

		assemble(&shorter, records, len - ENVELOPE_HEAD, 4210);
		loose += envelope_decode(&env, shorter.data, shorter.len,
		    &e) == 0;
		buffer_free(&shorter);
	}
	is_int((long long)loose, 0, "... and the length set right: refused");
	buffer_free(&text);
}

/* Few bytes each, but many: a file that nobody wrote with our encoder. */
static void
test_too_many(void)
{
	size_t n = ENVELOPE_RCPTS, i;
	struct envelope env = { .sender = "", .nrcpts = n }, back;
	struct buffer text = BUFFER_INIT, more = BUFFER_INIT;
	char seal[ENVELOPE_SEAL + 1];
	const char *end;
	struct error e;

	if ((env.rcpts = calloc(n + 1, sizeof(*env.rcpts))) == NULL)
		scratch_fail("calloc");
	for (i = 0; i <= n; i++)
		env.rcpts[i] = (struct envelope_rcpt){ .address = "a",
			.mark = ENVELOPE_TODO };
	head_encode(&env, &text);
	is_int(envelope_decode(&back, buffer_string(&text), text.len, &e), 0,
	    "as many recipients as there may be");
	envelope_free(&back);
	end = strstr(buffer_string(&text), "\nE0") + 1;
	buffer_add(&more, text.data, (size_t)(end - text.data));
	buffer_adds(&more, "R-a\n");
	buffer_adds(&more, end);
	envelope_seal(seal, more.len, 0, &env.facts);
	memcpy(more.data, seal, ENVELOPE_SEAL);
	is_int(envelope_decode(&back, more.data, more.len, &e), -1,
	    "one more is forged");
	env.nrcpts = n + 1;
	buffer_reset(&text);
	is_int(envelope_encode(&env, &text, &e), -1, "and not written");
	buffer_free(&text);
	buffer_free(&more);
	free(env.rcpts);
}

static void
test_retry(void)
{
	static const struct envelope_retry cases_of[] = {
		{ .attempts = 0 },
		{ .attempts = 12, .lost = 3, .next = 1763925180, .warned = 1,
		    .reply = "450 4.2.0 greylisted" },
		{ .attempts = 4294967295u, .lost = 4294967295u,
		    .next = INT64_MAX, .held = 1, .park = 1 },
		{ .next = INT64_MIN },
		{ .next = 999999999999 }, { .next = 1000000000000 },
		{ .reply = "a\r\nb\033[2J\177" },
		{ .reply = "\303\266\303\266" },
	};
	struct envelope_retry full = { .attempts = 1 };
	struct buffer text = BUFFER_INIT;
	size_t i, width = strlen(E);

	for (i = 0; i < sizeof(cases_of) / sizeof(cases_of[0]); i++) {
		buffer_reset(&text);
		is_int(envelope_encode_retry(&cases_of[i], &text), 0,
		    "retry record %zu", i);
		is_int((long long)text.len, (long long)width,
		    "... has its width");
		ok(text.data[text.len - 1] == '\n' && strpbrk(text.data,
		    "\r\033\177") == NULL && strchr(text.data, '\n') ==
		    text.data + text.len - 1, "... is one printable line");
	}
	memset(full.reply, 'x', ENVELOPE_REPLY);
	buffer_reset(&text);
	envelope_encode_retry(&full, &text);
	is_int((long long)text.len, (long long)width, "a full reply fits");
	buffer_free(&text);
}

static void
test_paths(void)
{
	static const struct {
		const char *text;
		int safe, path, parameter;
	} texts[] = {
		{ "alice@example.org", 1, 1, 1 }, { "root", 1, 1, 1 },
		{ "\"a b\"@c", 1, 1, 0 }, { "\"a>b\"@c", 1, 1, 1 },
		{ "\"a\\\"b\"@c", 1, 1, 1 }, { "\303\266@c", 1, 1, 0 },
		{ "@a,@b:c@d", 1, 1, 1 }, { "", 1, 0, 0 },
		{ "a b@c", 1, 0, 0 }, { "<a@b>", 1, 0, 1 },
		{ "a@b> NOTIFY=NEVER", 1, 0, 0 }, { "a=b", 1, 1, 0 },
		{ "a>b@c", 1, 0, 1 }, { "\"a@b", 1, 0, 1 },
		{ "\"a\\\"@b", 1, 0, 1 }, { "a\"b\"c d", 1, 0, 0 },
		{ "\"a\" b@c", 1, 0, 0 }, { "\"a\\", 1, 0, 1 },
		{ "a\r\nDATA", 0, 0, 0 }, { "a\nb", 0, 0, 0 },
		{ "a\tb", 0, 0, 0 }, { "a\177", 0, 0, 0 },
		{ "\"a\nb\"@c", 0, 0, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		is_int(envelope_is_safe(texts[i].text), texts[i].safe,
		    "safe: '%s'", texts[i].text);
		is_int(envelope_is_path(texts[i].text), texts[i].path,
		    "... a path");
		is_int(envelope_is_parameter(texts[i].text),
		    texts[i].parameter, "... a parameter");
	}
}

int
main(void)
{
	test_cases();
	test_first_line();
	test_corruption();
	test_too_many();
	test_retry();
	test_paths();
	return done();
}
