/*
 * Growable bytes: lengths, the NUL behind them, and memory that ran out.
 */
#include <config.h>

#include "queue/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"

/* A sanitizer would rather end the program than return NULL. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
test_adding(void)
{
	struct buffer b = BUFFER_INIT;
	char many[1000];

	is_str(buffer_string(&b), "", "empty: a string");
	is_int(buffer_add(&b, "ab\0c", 4), 0, "add");
	is_int(b.len, 4, "... a NUL is a byte like others");
	ok(memcmp(b.data, "ab\0c", 5) == 0, "... and one follows the end");
	buffer_reset(&b);
	is_int(b.len, 0, "reset: no bytes");
	is_str(buffer_string(&b), "", "... an empty string");
	ok(b.size > 0, "... the memory stays");
	is_int(buffer_adds(&b, "x"), 0, "adds");
	is_int(buffer_addc(&b, 'y'), 0, "addc");
	is_int(buffer_addf(&b, "%d-%s", 12, "z"), 0, "addf");
	is_str(buffer_string(&b), "xy12-z", "... one after the other");
	is_int(buffer_add(&b, NULL, 0), 0, "add nothing");
	is_str(buffer_string(&b), "xy12-z", "... changes nothing");
	memset(many, 'm', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	is_int(buffer_addf(&b, "%s%s", many, many), 0, "addf grows");
	is_int(b.len, 6 + 2 * 999, "... by as much as it wrote");
	is_int(strlen(b.data), (long long)b.len, "... with its NUL");
	buffer_free(&b);
	ok(b.data == NULL && b.len == 0 && b.size == 0, "free: as at first");
}

static void
test_reserving(void)
{
	struct buffer b = BUFFER_INIT;

	is_int(buffer_reserve(&b, 10), 0, "reserve in an empty one");
	is_str(buffer_string(&b), "", "... is still an empty string");
	ok(b.size > 10, "... with room for the NUL as well");
	buffer_add(&b, "abc", 3);
	is_int(buffer_reserve(&b, 5000), 0, "reserve more");
	is_str(buffer_string(&b), "abc", "... keeps what there is");
	ok(b.size >= 5004, "... behind it");
	buffer_free(&b);
}

static void
test_dropping(void)
{
	static const struct {
		size_t drop;
		const char *rest;
	} cases[] = { { 0, "abcdef" }, { 1, "bcdef" }, { 5, "f" },
		{ 6, "" }, { 7, "" }, { SIZE_MAX, "" } };
	struct buffer b = BUFFER_INIT;
	size_t i;

	buffer_drop(&b, 3);
	is_int(b.len, 0, "drop from an empty one");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buffer_reset(&b);
		buffer_adds(&b, "abcdef");
		buffer_drop(&b, cases[i].drop);
		is_str(buffer_string(&b), cases[i].rest, "drop %zu of 6",
		    cases[i].drop);
		is_int(b.len, (long long)strlen(cases[i].rest), "... length");
	}
	buffer_free(&b);
}

static void
test_stealing(void)
{
	struct buffer b = BUFFER_INIT;
	char *text;

	text = buffer_steal(&b);
	is_str(text, "", "steal from an empty one: an empty string");
	free(text);
	buffer_adds(&b, "abc");
	text = buffer_steal(&b);
	is_str(text, "abc", "steal: the content");
	ok(b.data == NULL && b.len == 0 && b.size == 0, "... b is empty");
	free(text);
}

/* Lengths near SIZE_MAX must not wrap round to small ones. */
static void
test_running_out(void)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1,
		SIZE_MAX / 2 + 1, SIZE_MAX / 2, SIZE_MAX / 2 - 1,
		SIZE_MAX / 2 - 4, SIZE_MAX / 2 - 5 };
	struct buffer b = BUFFER_INIT;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		buffer_adds(&b, "abc");
		is_int(buffer_reserve(&b, sizes[i]), -1, "reserve %#zx",
		    sizes[i]);
		is_int(b.failed, 1, "... is remembered");
		is_str(buffer_string(&b), "abc", "... and loses nothing");
		is_int(buffer_adds(&b, "d"), -1, "... what follows fails");
		is_int(buffer_addf(&b, "%d", 1), -1, "... addf too");
		is_str(buffer_string(&b), "abc", "... and adds nothing");
		ok(buffer_steal(&b) == NULL, "... steal says so");
		is_int(b.failed, 0, "... and the next series begins anew");
	}
}

static void
test_wiping(void)
{
	struct buffer b = BUFFER_INIT;

	buffer_adds(&b, "secret");
	buffer_wipe(&b);
	ok(b.data == NULL && b.len == 0, "wipe: empty");
	buffer_wipe(&b);
	ok(b.data == NULL, "... twice");
}

int
main(void)
{
	test_adding();
	test_reserving();
	test_dropping();
	test_stealing();
	test_running_out();
	test_wiping();
	return done();
}
