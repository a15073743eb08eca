/*
 * The table of keys is sound, and finds the name that was meant.
 */
#include <config.h>

#include "config/keys.h"

#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "config/value.h"
#include "t/tap.h"

static int
initial_is_good(const struct key *k)
{
	int64_t number;
	int index;

	switch (k->type) {
	case KEY_TEXT:
	case KEY_LIST:
		return k->initial != NULL;
	case KEY_PATH:
		return *k->initial == '/' || *k->initial == '\0';
	case KEY_WORDS:
		return value_words(k->initial, k->names) == 0;
	case KEY_CHOICE:
	case KEY_FACILITY:
		return value_choice(k->initial, k->names, &index) == 0;
	case KEY_INTEGER:
		return value_integer(k->initial, k->min, k->max, &number) ==
		    0;
	case KEY_DURATION:
		return value_duration(k->initial, k->min, k->max, &number) ==
		    0;
	case KEY_SIZE:
		return value_size(k->initial, k->min, k->max, &number) == 0;
	}
	return 0;
}

static size_t
width(const struct key *k)
{
	switch (k->type) {
	case KEY_TEXT:
	case KEY_LIST:
	case KEY_PATH:
	case KEY_WORDS:
		return sizeof(char *);
	case KEY_CHOICE:
	case KEY_FACILITY:
		return sizeof(int);
	case KEY_INTEGER:
	case KEY_DURATION:
	case KEY_SIZE:
		break;
	}
	return sizeof(int64_t);
}

static int
overlap(const struct key *a, const struct key *b)
{
	return a->offset < b->offset + width(b) &&
	    b->offset < a->offset + width(a);
}

static void
test_table(void)
{
	size_t count, i, j;
	const struct key *k = keys_all(&count);

	for (i = 0; i < count; i++) {
		ok(initial_is_good(&k[i]), "[%s] %s: the default '%s' is "
		    "valid", k[i].section, k[i].name, k[i].initial);
		ok(k[i].offset + width(&k[i]) <= sizeof(struct settings),
		    "... it lies in struct settings");
		ok(keys_find(k[i].section, k[i].name) == &k[i],
		    "... it is found, and no other of its name");
		for (j = 0; j < i && !overlap(&k[i], &k[j]); j++)
			continue;
		ok(j == i, "... it has its place for itself");
		for (j = 0; j < i && strcmp(k[j].section, k[i].section) != 0;
		    j++)
			continue;
		ok(j == i || strcmp(k[i - 1].section, k[i].section) == 0,
		    "... its section is in one piece");
	}
}

static void
test_find(void)
{
	ok(keys_find("queue", "lifetime") != NULL, "find: a key");
	ok(keys_find("smarthost", "lifetime") == NULL,
	    "find: not in another section");
	ok(keys_find("queue", "Lifetime") == NULL, "find: case counts");
	ok(keys_find("Queue", "lifetime") == NULL,
	    "find: case counts in the section");
	ok(keys_find("queue", "lifetim") == NULL, "find: not a part");
	ok(keys_find("queue", "") == NULL, "find: not an empty name");
	is_int(keys_has_section("queue"), 1, "has_section");
	is_int(keys_has_section("queu"), 0, "has_section: not a part");
	is_int(keys_has_section(""), 0, "has_section: not an empty name");
}

static void
test_nearest(void)
{
	static const struct {
		const char *section, *name, *want;
	} cases[] = {
		{ "queue", "lifetim", "lifetime" },
		{ "queue", "lifetimes", "lifetime" },
		{ "queue", "lfietime", "lifetime" },
		{ "queue", "Lifetime", "lifetime" },
		{ "queue", "life_time", "lifetime" },
		{ "queue", "retry_mni", "retry_min" },
		{ "queue", "retry-max", "retry_max" },
		{ "smarthost", "hots", "host" },
		{ "smarthost", "username", "user" },
		{ "smarthost", "password", "password_file" },
		{ "smarthost", "tlsname", "tls_name" },
		{ "smarthost", "lifetime", NULL },
		{ "smarthost", "xyz", NULL },
		{ "smarthost", "", NULL },
		{ "log", "x", NULL },
		{ "nowhere", "host", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(keys_nearest_key(cases[i].section, cases[i].name),
		    cases[i].want, "nearest to [%s] %s", cases[i].section,
		    cases[i].name);
	is_str(keys_nearest_section("smart_host"), "smarthost",
	    "nearest section");
	is_str(keys_nearest_section("Queue"), "queue",
	    "nearest section: another case");
	is_str(keys_nearest_section("recipient"), "recipients",
	    "nearest section: without its s");
	is_str(keys_nearest_section("account"), NULL,
	    "nearest section: none is near");
	is_str(keys_nearest_section("abc"), NULL,
	    "nearest section: all of a short name is another name");
	is_str(keys_nearest_section("0123456789012345678901234567890123456789"
	    "0123456789"), NULL, "nearest section: a long name");
}

int
main(void)
{
	test_table();
	test_find();
	test_nearest();
	return done();
}
