/*
 * The head of a queue file: what goes in comes out, and nothing that the
 * encoder did not write is taken for an envelope.
 */
#include <config.h>

#include "queue/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/error.h"
#include "t/chance.h"
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

/* What encode and seal make of env again. */
static void
encode_again(const struct envelope *env, struct buffer *out)
{
	char seal[ENVELOPE_SEAL + 1];
	struct error e;

	buffer_reset(out);
	if (envelope_encode(env, out, &e) != 0) {
		buffer_reset(out);
		return;
	}
	envelope_seal(seal, out->len, env->message, &env->facts);
	memcpy(out->data, seal, ENVELOPE_SEAL);
}

/* 1: data is refused, or is just what the encoder would write. */
static int
is_strict(const char *data, size_t len)
{
	static struct buffer again;
	struct envelope env;
	struct error e;
	int same;

	if (envelope_decode(&env, data, len, &e) != 0)
		return env.store == NULL && env.rcpts == NULL;
	encode_again(&env, &again);
	same = again.len == len && memcmp(again.data, data, len) == 0;
	envelope_free(&env);
	return same;
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
		ok(is_strict(text.data, text.len), "... or as written");
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

/* A text of a record, sometimes "". */
static const char *
random_text(char *place, size_t size)
{
	size_t i, len = chance_below(size);

	for (i = 0; i < len; i++) {
		do
			place[i] = (char)chance();
		while ((unsigned char)place[i] < ' ' || place[i] == 0x7f);
	}
	place[len] = '\0';
	return place;
}

/* The value of a parameter: a word. */
static const char *
random_word(char *place, size_t size)
{
	size_t i, len = 1 + chance_below(size - 1);

	for (i = 0; i < len; i++)
		do
			place[i] = (char)('!' + chance_below('~' - '!' + 1));
		while (place[i] == '=');
	place[len] = '\0';
	return place;
}

struct sample {
	struct envelope env;
	struct envelope_rcpt rcpts[8];
	char texts[30][64];
};

static void
random_facts(struct sample *s)
{
	struct envelope_facts *f = &s->env.facts;
	struct envelope_retry *r = &s->env.retry;

	f->longest = chance() % UINT64_C(10000000000);
	f->body_8bit = chance_of(2);
	f->header_8bit = chance_of(2);
	f->dots = chance_of(2);
	r->attempts = (unsigned)chance_below(10000);
	r->lost = (unsigned)chance_below(100);
	r->next = (time_t)(chance() % UINT64_C(1000000000000));
	r->warned = chance_of(2);
	r->held = chance_of(2);
	r->park = chance_of(2);
	random_text(r->reply, 64);
	/* Blanks at its end are not kept. */
	while (*r->reply != '\0' && strchr(r->reply, '\0')[-1] == ' ')
		*(strchr(r->reply, '\0') - 1) = '\0';
}

static void
random_envelope(struct sample *s)
{
	static const char marks[] = "-+!";
	size_t i, t = 0;

	memset(s, 0, sizeof(*s));
	random_facts(s);
	s->env.arrival = (time_t)(chance() >> chance_below(60) &
	    UINT64_C(0xffffffffffff));
	s->env.uid = (uid_t)(chance() >> chance_below(60));
	s->env.sender = random_text(s->texts[t++], 64);
	if (chance_of(2))
		s->env.envid = random_word(s->texts[t++], 64);
	if (chance_of(2))
		s->env.ret = chance_of(2) ? "full" : "hdrs";
	s->env.require_tls = chance_of(2);
	s->env.rcpts = s->rcpts;
	s->env.nrcpts = 1 + chance_below(8);
	for (i = 0; i < s->env.nrcpts; i++) {
		s->rcpts[i].mark = (enum envelope_mark)marks[chance_below(3)];
		do
			s->rcpts[i].address = random_text(s->texts[t], 64);
		while (*s->rcpts[i].address == '\0');
		t++;
		if (chance_of(3))
			s->rcpts[i].notify = random_word(s->texts[t++], 32);
		if (chance_of(3))
			s->rcpts[i].orcpt = random_word(s->texts[t++], 64);
	}
}

static int
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int
same_retry(const struct envelope_retry *a, const struct envelope_retry *b)
{
	return a->attempts == b->attempts && a->lost == b->lost &&
	    a->next == b->next && a->warned == b->warned &&
	    a->held == b->held && a->park == b->park &&
	    strcmp(a->reply, b->reply) == 0;
}

static int
same_rcpts(const struct envelope *a, const struct envelope *b,
    const char *data)
{
	size_t i;

	for (i = 0; i < a->nrcpts; i++)
		if (a->rcpts[i].mark != b->rcpts[i].mark ||
		    !same_text(a->rcpts[i].address, b->rcpts[i].address) ||
		    !same_text(a->rcpts[i].notify, b->rcpts[i].notify) ||
		    !same_text(a->rcpts[i].orcpt, b->rcpts[i].orcpt) ||
		    data[b->rcpts[i].offset] != (char)b->rcpts[i].mark ||
		    data[b->rcpts[i].offset - 1] != 'R')
			return 0;
	return 1;
}

static int
same(const struct envelope *a, const struct envelope *b, const char *data)
{
	return a->arrival == b->arrival && a->uid == b->uid &&
	    memcmp(&a->facts, &b->facts, sizeof(a->facts)) == 0 &&
	    same_text(a->sender, b->sender) &&
	    same_text(a->envid, b->envid) && same_text(a->ret, b->ret) &&
	    a->require_tls == b->require_tls && a->nrcpts == b->nrcpts &&
	    same_rcpts(a, b, data) &&
	    same_retry(&a->retry, &b->retry) &&
	    data[b->retry_offset] == 'E';
}

/* One sample: there and back, then 40 times one byte of it another. */
static void
try_sample(struct sample *s, size_t *wrong, size_t *loose)
{
	struct buffer text = BUFFER_INIT;
	struct envelope env;
	struct error e;
	size_t n, at;
	char kept;

	random_envelope(s);
	s->env.message = chance_below(1000000);
	encode_again(&s->env, &text);
	if (text.len == 0 ||
	    envelope_decode(&env, text.data, text.len, &e) != 0) {
		++*wrong;
		buffer_free(&text);
		return;
	}
	*wrong += !same(&s->env, &env, text.data) || env.head != text.len ||
	    env.message != s->env.message;
	envelope_free(&env);
	for (n = 0; n < 40; n++) {
		at = chance_below(text.len);
		kept = text.data[at];
		text.data[at] = (char)chance();
		*loose += !is_strict(text.data, text.len);
		text.data[at] = kept;
	}
	buffer_free(&text);
}

static void
test_random(void)
{
	static struct sample s;
	size_t n, wrong = 0, loose = 0;

	for (n = 0; n < 3000; n++)
		try_sample(&s, &wrong, &loose);
	is_int((long long)wrong, 0, "3,000 random envelopes, there and back");
	is_int((long long)loose, 0, "... one byte of them another");
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
			loose += !is_strict(text.data, text.len);
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

static void
test_many(void)
{
	size_t n = 1000000, i;
	struct envelope env = { .sender = "", .nrcpts = n }, back;
	struct buffer text = BUFFER_INIT;
	struct error e;

	if ((env.rcpts = calloc(n, sizeof(*env.rcpts))) == NULL)
		scratch_fail("calloc");
	for (i = 0; i < n; i++) {
		env.rcpts[i].address = "someone@example.net";
		env.rcpts[i].mark = i % 2 == 0 ? ENVELOPE_TODO :
		    ENVELOPE_DELIVERED;
	}
	encode_again(&env, &text);
	is_int(envelope_decode(&back, buffer_string(&text), text.len, &e), 0,
	    "1,000,000 recipients");
	is_int((long long)back.nrcpts, (long long)n, "... all of them");
	is_int((long long)envelope_todo(&back), (long long)n / 2,
	    "... half to do");
	envelope_free(&back);
	for (i = 0; i < n; i++)
		env.rcpts[i].address = "someone.with.a.longer.name@example"
		    ".net";
	buffer_reset(&text);
	is_int(envelope_encode(&env, &text, &e), -1, "too many for a file");
	is_str(e.text, "too many recipients", "... why");
	buffer_free(&text);
	free(env.rcpts);
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
	encode_again(&env, &text);
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

/* No text can make a record of its own. */
static void
test_injection(void)
{
	static const char *const bad[] = { "a\nR-eve@x", "a\rb", "\n",
		"a\177", "a\001", "\t", "a b" };
	struct envelope_rcpt rcpt = { .mark = ENVELOPE_TODO };
	struct envelope env;
	struct buffer text = BUFFER_INIT;
	struct error e;
	size_t i, where;
	int blank;
	const char **slots[] = { &env.sender, &env.envid, &env.ret,
		&rcpt.address, &rcpt.notify, &rcpt.orcpt };

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (where = 0; where < 6; where++) {
			memset(&env, 0, sizeof(env));
			env.sender = "";
			env.rcpts = &rcpt;
			env.nrcpts = 1;
			rcpt.address = "a";
			rcpt.notify = rcpt.orcpt = NULL;
			*slots[where] = bad[i];
			/* Addresses may hold blanks, in quotes. */
			blank = slots[where] == &env.sender ||
			    slots[where] == &rcpt.address;
			buffer_reset(&text);
			is_int(envelope_encode(&env, &text, &e), blank &&
			    strcmp(bad[i], "a b") == 0 ? 0 : -1,
			    "'%s' in text %zu", bad[i], where);
		}
	}
	rcpt.address = "";
	rcpt.notify = rcpt.orcpt = NULL;
	is_int(envelope_encode(&env, &text, &e), -1, "an empty address");
	buffer_free(&text);
}

static void
test_seal(void)
{
	struct envelope_facts facts = { .longest = UINT64_MAX,
		.body_8bit = 1, .header_8bit = 1, .dots = 1 };
	char seal[ENVELOPE_SEAL + 1];

	envelope_seal(seal, 96, 4210, &facts);
	is_str(seal, "OB1 00000096 000000000004210\nF9999999999 8h.\n",
	    "seal: the longest line is capped");
	memset(&facts, 0, sizeof(facts));
	envelope_seal(seal, 0, 0, &facts);
	is_str(seal, "OB1 00000000 000000000000000\nF0000000000 ---\n",
	    "seal: of a draft");
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
	test_random();
	test_corruption();
	test_many();
	test_too_many();
	test_retry();
	test_injection();
	test_seal();
	test_paths();
	return done();
}
