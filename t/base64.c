/*
 * Base64, as SASL needs it: of any length, and nothing else is taken for it.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "queue/crypto.h"
#include "t/chance.h"
#include "t/tap.h"

/* RFC 4648, 10, and what SASL meets. */
static const struct {
	const char *plain;
	size_t len;
	const char *text;
} pairs[] = {
	{ "", 0, "" }, { "f", 1, "Zg==" }, { "fo", 2, "Zm8=" },
	{ "foo", 3, "Zm9v" }, { "foob", 4, "Zm9vYg==" },
	{ "fooba", 5, "Zm9vYmE=" }, { "foobar", 6, "Zm9vYmFy" },
	{ "\0", 1, "AA==" }, { "\0\0\0", 3, "AAAA" },
	{ "\377\377\377", 3, "////" }, { "\373\357\276", 3, "++++" },
	{ "\0tim\0tanstaaftanstaaf", 21, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm" },
	{ "Username:", 9, "VXNlcm5hbWU6" },
};

static const struct {
	const char *rule, *text;
	size_t len;
} bad[] = {
	{ "a byte that is none", "Zm9*", 4 },
	{ "a control byte", "Zm9\001", 4 },
	{ "a NUL", "Zm\0v", 4 },
	{ "8-bit", "Zm9\377", 4 },
	{ "text", "Username:", 9 },
	{ "padding first", "=Zm9", 4 },
	{ "only padding", "====", 4 },
	{ "one letter left", "Zm9vY", 5 },
};

static void
test_pairs(void)
{
	struct buffer out = BUFFER_INIT;
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		buffer_reset(&out);
		is_int(crypto_base64_encode(pairs[i].plain, pairs[i].len, &out),
		    0, "encode: %s", pairs[i].text);
		is_str(buffer_string(&out), pairs[i].text, "... text");
		buffer_reset(&out);
		is_int(crypto_base64_decode(pairs[i].text,
		    strlen(pairs[i].text), &out), 0, "... decode");
		ok(out.len == pairs[i].len && (out.len == 0 ||
		    memcmp(out.data, pairs[i].plain, out.len) == 0),
		    "... the bytes");
	}
	buffer_reset(&out);
	buffer_adds(&out, "AUTH PLAIN ");
	crypto_base64_encode("f", 1, &out);
	is_str(buffer_string(&out), "AUTH PLAIN Zg==",
	    "encode: behind what there is");
	buffer_free(&out);
}

static void
test_bad(void)
{
	struct buffer out = BUFFER_INIT;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buffer_reset(&out);
		is_int(crypto_base64_decode(bad[i].text, bad[i].len, &out), -1,
		    "decode: %s", bad[i].rule);
		is_int(out.len, 0, "... leaves nothing");
	}
	buffer_free(&out);
}

/* Every length up to 512, and some up to 64 KiB, there and back. */
static void
test_lengths(void)
{
	struct buffer text = BUFFER_INIT, plain = BUFFER_INIT;
	size_t len, wrong = 0, breaks = 0;
	char *data = malloc(65536);

	if (data == NULL)
		return;
	chance_fill(data, 65536);
	for (len = 0; len <= 65536; len += len < 512 ? 1 : 4064) {
		buffer_reset(&text);
		buffer_reset(&plain);
		wrong += crypto_base64_encode(data, len, &text) != 0 ||
		    text.len != (len + 2) / 3 * 4 ||
		    crypto_base64_decode(buffer_string(&text), text.len,
		    &plain) != 0 || plain.len != len ||
		    (len > 0 && memcmp(plain.data, data, len) != 0);
		breaks += strpbrk(buffer_string(&text), "\r\n") != NULL;
	}
	is_int((long long)wrong, 0, "there and back, 0 to 64 KiB");
	is_int((long long)breaks, 0, "... without line breaks");
	buffer_free(&text);
	buffer_free(&plain);
	free(data);
}

int
main(void)
{
	test_pairs();
	test_bad();
	test_lengths();
	return done();
}
