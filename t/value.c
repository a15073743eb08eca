/*
 * Parsers of values: whole strings, ranges, and no silent guesses.
 */
#include <config.h>

#include "config/value.h"

#include <string.h>

#include "t/tap.h"

#define BAD INT64_C(-1)		/* wanted: it is refused */

typedef int parser(const char *text, int64_t min, int64_t max,
    int64_t *value);

static const struct {
	parser *parse;
	const char *rule, *text;
	int64_t min, max, want;
} numbers[] = {
	{ value_integer, "a number", "42", 0, 100, 42 },
	{ value_integer, "zero", "0", 0, 100, 0 },
	{ value_integer, "leading zeros", "007", 0, 100, 7 },
	{ value_integer, "the least", "1", 1, 100, 1 },
	{ value_integer, "below the least", "0", 1, 100, BAD },
	{ value_integer, "the most", "100", 1, 100, 100 },
	{ value_integer, "above the most", "101", 1, 100, BAD },
	{ value_integer, "nothing", "", 0, 100, BAD },
	{ value_integer, "a sign", "+1", 0, 100, BAD },
	{ value_integer, "a negative number", "-1", 0, 100, BAD },
	{ value_integer, "a blank before", " 1", 0, 100, BAD },
	{ value_integer, "a blank after", "1 ", 0, 100, BAD },
	{ value_integer, "hexadecimal", "0x10", 0, 100, BAD },
	{ value_integer, "a fraction", "1.5", 0, 100, BAD },
	{ value_integer, "a word after", "1x", 0, 100, BAD },
	{ value_integer, "INT64_MAX", "9223372036854775807", 0, INT64_MAX,
	    INT64_MAX },
	{ value_integer, "one more", "9223372036854775808", 0, INT64_MAX,
	    BAD },
	{ value_integer, "it would wrap round to 1",
	    "18446744073709551617", 0, INT64_MAX, BAD },

	{ value_duration, "bare: seconds", "90", 0, 1000, 90 },
	{ value_duration, "seconds", "90s", 0, 1000, 90 },
	{ value_duration, "minutes", "10m", 0, 1000, 600 },
	{ value_duration, "hours", "4h", 0, 1000000, 14400 },
	{ value_duration, "days", "5d", 0, 1000000, 432000 },
	{ value_duration, "weeks", "1w", 0, 1000000, 604800 },
	{ value_duration, "several", "1h30m", 0, 1000000, 5400 },
	{ value_duration, "all of them", "1w1d1h1m1s", 0, 1000000, 694861 },
	{ value_duration, "zero", "0", 0, 10, 0 },
	{ value_duration, "zero with a unit", "0s", 0, 10, 0 },
	{ value_duration, "nothing", "", 0, 10, BAD },
	{ value_duration, "a unit alone", "m", 0, 1000, BAD },
	{ value_duration, "small before large", "1m1h", 0, 10000, BAD },
	{ value_duration, "one unit twice", "1m1m", 0, 1000, BAD },
	{ value_duration, "a number after a unit", "1m30", 0, 1000, BAD },
	{ value_duration, "an unknown unit", "1y", 0, INT64_MAX, BAD },
	{ value_duration, "upper case", "1M", 0, 1000, BAD },
	{ value_duration, "a blank within", "1 m", 0, 1000, BAD },
	{ value_duration, "a fraction", "1.5h", 0, 10000, BAD },
	{ value_duration, "a negative one", "-1m", 0, 1000, BAD },
	{ value_duration, "below the least", "59s", 60, 100, BAD },
	{ value_duration, "above the most", "101s", 60, 100, BAD },
	{ value_duration, "above the most, bare", "101", 60, 100, BAD },
	{ value_duration, "it would wrap round", "30500568904943w", 0,
	    INT64_MAX, BAD },
	{ value_duration, "the sum would wrap round",
	    "15250284452471w9223372036854775807s", 0, INT64_MAX, BAD },

	{ value_size, "bytes", "1000", 0, 10000, 1000 },
	{ value_size, "K", "512K", 0, 1 << 20, 512 << 10 },
	{ value_size, "M", "50M", 0, 1 << 30, 50 << 20 },
	{ value_size, "G", "2G", 0, INT64_MAX, INT64_C(2) << 30 },
	{ value_size, "zero", "0", 0, 10, 0 },
	{ value_size, "nothing", "", 0, 10, BAD },
	{ value_size, "a unit alone", "K", 0, 10000, BAD },
	{ value_size, "lower case", "1k", 0, 10000, BAD },
	{ value_size, "two letters", "1KB", 0, 10000, BAD },
	{ value_size, "an unknown unit", "1T", 0, INT64_MAX, BAD },
	{ value_size, "a blank within", "1 K", 0, 10000, BAD },
	{ value_size, "below the least", "1K", 1025, 10000, BAD },
	{ value_size, "above the most", "1K", 0, 1023, BAD },
	{ value_size, "it would wrap round", "8589934592G", 0, INT64_MAX,
	    BAD },
	{ value_size, "it would wrap round to 0", "17179869184G", 0,
	    INT64_MAX, BAD },
};

static void
test_numbers(void)
{
	const char *kind;
	int64_t value;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		kind = numbers[i].parse == value_integer ? "integer" :
		    numbers[i].parse == value_size ? "size" : "duration";
		rc = numbers[i].parse(numbers[i].text, numbers[i].min,
		    numbers[i].max, &value);
		is_int(rc == 0 ? value : rc, numbers[i].want,
		    "%s: %s: '%s'", kind, numbers[i].rule, numbers[i].text);
	}
}

static const char *const names[] = { "auto", "plain", "login", NULL };

static void
test_choice(void)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = { { "auto", 0 }, { "plain", 1 }, { "login", 2 },
		{ "", -1 }, { "Plain", -1 }, { "plai", -1 },
		{ "plains", -1 }, { "plain login", -1 }, { " plain", -1 } };
	size_t i;
	int value;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		value = -1;
		is_int(value_choice(cases[i].text, names, &value),
		    cases[i].want < 0 ? -1 : 0, "choice: '%s'",
		    cases[i].text);
		is_int(value, cases[i].want, "... index");
	}
}

static void
test_words(void)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = { { "auto", 0 }, { "login plain", 0 },
		{ "login,plain", 0 }, { "login, plain", 0 },
		{ " login\tplain ", 0 }, { "plain,login,auto", 0 },
		{ "", -1 }, { " ", -1 }, { ",", -1 }, { "plain plain", -1 },
		{ "plain plai", -1 }, { "plain logins", -1 },
		{ "PLAIN", -1 }, { "plain;login", -1 } };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(value_words(cases[i].text, names), cases[i].want,
		    "words: '%s'", cases[i].text);
}

#define SHORT "123456789abcdefABCDEF0123456789abcdefABCDEF01234567890123456789"
#define HASH "0" SHORT

static void
test_pins(void)
{
	static const struct {
		const char *rule, *text;
		int want;
	} cases[] = {
		{ "none", "", 1 },
		{ "one", "sha256:" HASH, 1 },
		{ "several", "sha256:" HASH " sha256:" HASH "\nsha256:" HASH,
		    1 },
		{ "another hash", "sha512:" HASH, 0 },
		{ "capitals in front", "SHA256:" HASH, 0 },
		{ "no hash", HASH, 0 },
		{ "a digit too few", "sha256:" SHORT, 0 },
		{ "a digit too many", "sha256:" HASH "0", 0 },
		{ "a letter that is no digit", "sha256:g" SHORT, 0 },
		{ "a wrong one behind a good one", "sha256:" HASH " x", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(value_is_pins(cases[i].text), cases[i].want,
		    "pins: %s", cases[i].rule);
}

static void
test_domain(void)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = { { "example.org", 1 }, { "localhost", 1 }, { "a", 1 },
		{ "a.b.c.d", 1 }, { "my-host.example", 1 },
		{ "_spf.example.org", 1 }, { "b\303\274cher.example", 1 },
		{ "10.0.0.1", 1 }, { "", 0 }, { ".", 0 }, { ".org", 0 },
		{ "org.", 0 }, { "a..b", 0 }, { "a b", 0 }, { "a@b", 0 },
		{ "[10.0.0.1]", 0 }, { "a:25", 0 }, { "a\n", 0 },
		{ "a\x7f", 0 }, { "(none)", 0 }, { "a/b", 0 } };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(value_is_domain(cases[i].text, strlen(cases[i].text)),
		    cases[i].want, "domain: '%s'", cases[i].text);
	is_int(value_is_domain("a.bXX", 3), 1, "domain: only len bytes");
	is_int(value_is_domain("a\0b", 3), 0, "domain: a NUL");
}

static void
test_rate(void)
{
	static const struct {
		const char *text;
		int64_t count, period;	/* 0: refused */
	} cases[] = {
		{ "80/h", 80, 3600 },
		{ "1/s", 1, 1 },
		{ "100/15m", 100, 900 },
		{ "5/1d12h", 5, 129600 },
		{ "7/60", 7, 60 },
		{ "0/h", 0, 0 },
		{ "80", 0, 0 },
		{ "80/", 0, 0 },
		{ "/h", 0, 0 },
		{ "80/y", 0, 0 },
		{ "80/hh", 0, 0 },
		{ "80/0s", 0, 0 },
		{ "80/2w", 0, 0 },
		{ "-1/h", 0, 0 },
		{ "80 /h", 0, 0 },
		{ "1000001/h", 0, 0 },
		{ "", 0, 0 },
	};
	int64_t count, period;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rc = value_rate(cases[i].text, &count, &period);
		ok(cases[i].period == 0 ? rc == -1 : rc == 0 &&
		    count == cases[i].count && period == cases[i].period,
		    "rate: \"%s\"", cases[i].text);
	}
}

int
main(void)
{
	test_numbers();
	test_rate();
	test_choice();
	test_words();
	test_domain();
	test_pins();
	return done();
}
