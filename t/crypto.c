/*
 * Cryptography for SASL: the vectors of the RFCs.
 */
#include <config.h>

#include "queue/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"

/* The bytes in hexadecimal. */
static const char *
hex(const unsigned char *bytes, size_t len)
{
	static char text[2 * CRYPTO_HASH_MAX + 1];
	size_t i;

	*text = '\0';
	for (i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

static void
test_hashes(void)
{
	unsigned char out[CRYPTO_HASH_MAX];

	is_int(crypto_hash_length(CRYPTO_MD5), 16, "MD5: 16 bytes");
	is_int(crypto_hash_length(CRYPTO_SHA1), 20, "SHA-1: 20 bytes");
	is_int(crypto_hash_length(CRYPTO_SHA256), 32, "SHA-256: 32 bytes");
	is_int(crypto_hash(CRYPTO_SHA1, "abc", 3, out), 0, "SHA-1");
	is_str(hex(out, 20), "a9993e364706816aba3e25717850c26c9cd0d89d",
	    "... of RFC 3174, 7.3");
	is_int(crypto_hash(CRYPTO_SHA256, "abc", 3, out), 0, "SHA-256");
	is_str(hex(out, 32), "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad", "... of RFC 6234, 8.5");
}

/* RFC 2202 (MD5, SHA-1) and 4231 (SHA-256): a short key, and one that is
 * longer than a block. */
static const struct {
	enum crypto_hash hash;
	const char *key;
	size_t repeat;		/* of key */
	const char *data, *want, *rule;
} macs[] = {
	{ CRYPTO_MD5, "Jefe", 1, "what do ya want for nothing?",
	    "750c783e6ab0b503eaa86e310a5db738", "HMAC-MD5" },
	{ CRYPTO_MD5, "\252", 80, "Test Using Larger Than Block-Size Key - "
	    "Hash Key First", "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
	    "HMAC-MD5, a long key" },
	{ CRYPTO_SHA1, "Jefe", 1, "what do ya want for nothing?",
	    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "HMAC-SHA-1" },
	{ CRYPTO_SHA1, "\252", 80, "Test Using Larger Than Block-Size Key - "
	    "Hash Key First", "aa4ae5e15272d00e95705637ce8a3b55ed402112",
	    "HMAC-SHA-1, a long key" },
	{ CRYPTO_SHA256, "Jefe", 1, "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "HMAC-SHA-256" },
	{ CRYPTO_SHA256, "\252", 131, "Test Using Larger Than Block-Size Key "
	    "- Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    "HMAC-SHA-256, a long key" },
};

static void
test_macs(void)
{
	unsigned char out[CRYPTO_HASH_MAX];
	char key[200];
	size_t i, len;

	for (i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		len = macs[i].repeat;
		memset(key, *macs[i].key, sizeof(key));
		if (len == 1) {
			len = strlen(macs[i].key);
			memcpy(key, macs[i].key, len);
		}
		is_int(crypto_hmac(macs[i].hash, key, len, macs[i].data,
		    strlen(macs[i].data), out), 0, "%s", macs[i].rule);
		is_str(hex(out, crypto_hash_length(macs[i].hash)),
		    macs[i].want, "... as in the RFC");
	}
}

/* RFC 6070, those of 20 octets or more and less than a minute (the password of
 * the other has a NUL); and for SHA-256 RFC 7914, 11.  Where the RFC has more
 * octets than the hash they begin with these. */
static const struct {
	enum crypto_hash hash;
	const char *password, *salt;
	unsigned iterations;
	const char *want;
} keys[] = {
	{ CRYPTO_SHA1, "password", "salt", 1,
	    "0c60c80f961f0e71f3a9b524af6012062fe037a6" },
	{ CRYPTO_SHA1, "password", "salt", 2,
	    "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957" },
	{ CRYPTO_SHA1, "password", "salt", 4096,
	    "4b007901b765489abead49d926f721d065a429c1" },
	{ CRYPTO_SHA1, "passwordPASSWORDpassword",
	    "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096,
	    "3d2eec4fe41c849b80c8d83662c0e44a8b291a96" },
	{ CRYPTO_SHA256, "passwd", "salt", 1,
	    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc" },
	{ CRYPTO_SHA256, "Password", "NaCl", 80000,
	    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56" },
};

static void
test_keys(void)
{
	unsigned char out[CRYPTO_HASH_MAX];
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		is_int(crypto_pbkdf2(keys[i].hash, keys[i].password,
		    keys[i].salt, strlen(keys[i].salt), keys[i].iterations,
		    out), 0, "PBKDF2, %u iterations", keys[i].iterations);
		is_str(hex(out, crypto_hash_length(keys[i].hash)),
		    keys[i].want, "... as in the RFC");
	}
}

/* Also the examples of RFC 8265, 4.3. */
static const struct {
	const char *rule, *text, *want;
} prepared[] = {
	{ "ASCII stays", "p;ss \"w%rd\"", "p;ss \"w%rd\"" },
	{ "nothing stays nothing", "", "" },
	{ "composed stays", "J\303\266rg", "J\303\266rg" },
	{ "decomposed is composed", "Jo\314\210rg", "J\303\266rg" },
	{ "case stays", "USER", "USER" },
	{ "another blank is a blank", "a\302\240b", "a b" },
	{ "a blank stays", "correct horse battery staple",
	    "correct horse battery staple" },
	{ "and another case of it", "Correct Horse Battery Staple",
	    "Correct Horse Battery Staple" },
	{ "letters beyond ASCII stay", "\317\200\303\237\303\245",
	    "\317\200\303\237\303\245" },
	{ "symbols stay", "Jack of \342\231\246s", "Jack of \342\231\246s" },
	{ "the Ogham blank is a blank", "foo\341\232\200bar", "foo bar" },
	{ "what may not be there stays: a tab", "my cat is a \tby",
	    "my cat is a \tby" },
	{ "no UTF-8 stays", "p\344ss", "p\344ss" },
	{ "what may not be there stays", "a\007b", "a\007b" },
};

static void
test_preparing(void)
{
	char *got;
	size_t i;

	for (i = 0; i < sizeof(prepared) / sizeof(prepared[0]); i++) {
		got = crypto_prepare(prepared[i].text);
		is_str(got, prepared[i].want, "prepare: %s",
		    prepared[i].rule);
		crypto_forget(got);
	}
	crypto_forget(NULL);
}

static void
test_rest(void)
{
	unsigned char a[16] = { 0 }, b[16] = { 0 };

	ok(crypto_is_equal("abc", "abd", 2), "equal as far as asked");
	ok(!crypto_is_equal("abc", "abd", 3), "not equal");
	ok(crypto_random(a, sizeof(a)) == 0 &&
	    crypto_random(b, sizeof(b)) == 0 &&
	    memcmp(a, b, sizeof(a)) != 0, "random bytes are others each time");
}

int
main(void)
{
	test_hashes();
	test_macs();
	test_keys();
	test_preparing();
	test_rest();
	return done();
}
