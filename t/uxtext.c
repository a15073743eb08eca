/*
 * Addresses beyond ASCII in ASCII: the form of RFC 6533, and back.
 */
#include <config.h>

#include "queue/uxtext.h"

#include <string.h>

#include "t/tap.h"

static const struct {
	const char *rule, *plain, *encoded;
} both[] = {
	{ "ASCII", "bob@example.net", "bob@example.net" },
	{ "nothing", "", "" },
	{ "two octets", "j\303\266rg@x", "j\\x{F6}rg@x" },
	{ "three", "\345\256\242@x", "\\x{5BA2}@x" },
	{ "four", "\360\237\223\247@x", "\\x{1F4E7}@x" },
	{ "the last character", "\364\217\277\277", "\\x{10FFFF}" },
	{ "the last of each length", "\337\277\357\277\275", "\\x{7FF}\\x{FFFD}" },
	{ "xtext's own characters", "a+b=c\\d", "a\\x{2B}b\\x{3D}c\\x{5C}d" },
	{ "a blank", "\"a b\"@x", "\"a\\x{20}b\"@x" },
}, decoded[] = {
	{ "lower case", "\303\266", "\\x{f6}" },
	{ "leading zeros", "\303\266", "\\x{0000F6}" },
	{ "too many", "\\x{00000F6}", "\\x{00000F6}" },
	{ "one digit", "\\x{F}", "\\x{F}" },
	{ "not ended", "\\x{F6", "\\x{F6" },
	{ "at the end", "a\\x{", "a\\x{" },
	{ "no digits", "\\x{}", "\\x{}" },
	{ "a surrogate", "\\x{D800}", "\\x{D800}" },
	{ "beyond Unicode", "\\x{110000}", "\\x{110000}" },
	{ "NUL", "\\x{00}", "\\x{00}" },
	{ "a line end", "\\x{0D}\\x{0A}", "\\x{0D}\\x{0A}" },
	{ "DEL and C1", "\\x{7F}\\x{9B}", "\\x{7F}\\x{9B}" },
	{ "a lone backslash", "\\a", "\\a" },
	{ "UTF-8 beside it", "\303\266\303\266", "\303\266\\x{F6}" },
}, bad[] = {
	{ "a lone octet", "j\366rg", NULL },
	{ "cut off", "a\303", NULL },
	{ "a surrogate", "\355\240\200", NULL },
	{ "more than it needs", "\300\257", NULL },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int
main(void)
{
	struct buffer out = BUFFER_INIT;
	size_t i;

	for (i = 0; i < COUNT(both); i++) {
		buffer_reset(&out);
		is_int(uxtext_encode(&out, both[i].plain), 0, "encode: %s",
		    both[i].rule);
		is_str(buffer_string(&out), both[i].encoded, "... so");
		buffer_reset(&out);
		uxtext_decode(&out, both[i].encoded);
		is_str(buffer_string(&out), both[i].plain, "... and back");
	}
	for (i = 0; i < COUNT(decoded); i++) {
		buffer_reset(&out);
		uxtext_decode(&out, decoded[i].encoded);
		is_str(buffer_string(&out), decoded[i].plain, "decode: %s",
		    decoded[i].rule);
	}
	for (i = 0; i < COUNT(bad); i++) {
		buffer_reset(&out);
		is_int(uxtext_encode(&out, bad[i].plain), -1, "no UTF-8: %s",
		    bad[i].rule);
	}
	buffer_free(&out);
	return done();
}
