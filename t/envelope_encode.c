/*
 * The head of a queue file, as it is written: what goes in comes out.
 */
#include <config.h>

#include "queue/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "queue/error.h"
#include "t/chance.h"
#include "t/head.h"
#include "t/scratch.h"
#include "t/tap.h"

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
	head_encode(&s->env, &text);
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
		*loose += !head_is_strict(text.data, text.len);
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
	head_encode(&env, &text);
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

int
main(void)
{
	test_random();
	test_many();
	test_injection();
	test_seal();
	return done();
}
