/*
 * SASL: which mechanism is chosen, and what the simple ones say.
 */
#include <config.h>

#include "queue/sasl.h"

#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "t/tap.h"

#define SCRAMS "SCRAM-SHA-1 SCRAM-SHA-256 "
#define BOUND "SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS "
#define ALL "PLAIN LOGIN CRAM-MD5 EXTERNAL XOAUTH2 OAUTHBEARER " SCRAMS BOUND

/* What there is: letters of "p" a private channel, "b" a channel binding,
 * "c" a certificate, "t" a token in place of a password, "u" no user; and the
 * choices one after the other. */
static const struct {
	const char *rule, *allowed, *offered, *with;
	const char *want;
} choices[] = {
	{ "auto: the first of ours", "auto", "LOGIN PLAIN", "p",
	    "PLAIN LOGIN" },
	{ "auto: what there is", "auto", "LOGIN", "p", "LOGIN" },
	{ "auto: in any case", "auto", "login", "p", "LOGIN" },
	{ "auto: among others", "auto", "GSSAPI NTLM PLAIN XOAUTH2", "p",
	    "PLAIN" },
	{ "auto: words, not their parts", "auto",
	    "PLAIN-CLIENTTOKEN XPLAIN LOGINX", "p", "" },
	{ "auto: nothing offered", "auto", "", "p", "" },
	{ "auto: only what is not known", "auto", "GSSAPI", "p", "" },
	{ "auto: blanks and tabs between", "auto", "  X\t\tLOGIN  ", "p",
	    "LOGIN" },
	{ "auto: strongest first", "auto", ALL, "pbc", "EXTERNAL "
	    "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 "
	    "PLAIN LOGIN CRAM-MD5" },
	{ "auto: no channel binding without a binding", "auto", ALL, "p",
	    "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN CRAM-MD5" },
	{ "auto: a token goes into what takes tokens", "auto", ALL, "pbt",
	    "OAUTHBEARER XOAUTH2" },
	{ "auto: EXTERNAL only with a certificate", "auto", "EXTERNAL", "p",
	    "" },
	{ "auto: EXTERNAL needs no user", "auto", ALL, "pcu", "EXTERNAL" },
	{ "auto: no user, no login", "auto", ALL, "pbu", "" },
	{ "a list: the order is ours", "login plain", "PLAIN LOGIN", "p",
	    "LOGIN PLAIN" },
	{ "a list: the other order", "plain login", "LOGIN PLAIN", "p",
	    "PLAIN LOGIN" },
	{ "a list: the second if the first is not offered", "plain login",
	    "LOGIN", "p", "LOGIN" },
	{ "a list: nothing beyond it", "plain", "LOGIN", "p", "" },
	{ "a list: with commas", "login,plain", "PLAIN LOGIN", "p",
	    "LOGIN PLAIN" },
	{ "a list: EXTERNAL without a certificate of ours", "external", ALL,
	    "p", "EXTERNAL" },
	{ "a list: a token is no password", "plain login", ALL, "pt", "" },
	{ "a list: a password is no token", "xoauth2", ALL, "p", "" },
	{ "in the clear: no password", "auto", "PLAIN LOGIN CRAM-MD5", "",
	    "" },
	{ "in the clear: not by a list either", "login plain cram-md5",
	    "PLAIN LOGIN CRAM-MD5", "", "" },
	{ "in the clear: no token", "auto", ALL, "t", "" },
	{ "in the clear: SCRAM", "auto", ALL, "", "SCRAM-SHA-256 "
	    "SCRAM-SHA-1" },
};

static void
test_choices(void)
{
	struct sasl_login login;
	struct buffer got = BUFFER_INIT;
	const char *with;
	struct sasl *s;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		with = choices[i].with;
		login = (struct sasl_login){
			.mechanisms = choices[i].allowed,
			.user = strchr(with, 'u') != NULL ? "" : "user",
			.is_token = strchr(with, 't') != NULL,
			.private = strchr(with, 'p') != NULL,
			.certificate = strchr(with, 'c') != NULL,
			.binding_type = strchr(with, 'b') != NULL ?
			    "tls-exporter" : NULL };
		buffer_reset(&got);
		s = sasl_new(&login, choices[i].offered);
		for (rc = s != NULL ? 0 : -1; rc == 0; rc = sasl_next(s))
			buffer_addf(&got, "%s%s", got.len > 0 ? " " : "",
			    sasl_name(s));
		is_str(buffer_string(&got), choices[i].want, "%s",
		    choices[i].rule);
		sasl_free(s);
	}
	sasl_free(NULL);
	buffer_free(&got);
}

/* Each that the configuration knows exists, and the reverse: the words of
 * ALL are all of them. */
static void
test_names(void)
{
	const char *const *name = keys_find("smarthost", "auth")->names;
	struct sasl_login login = { .user = "user", .private = 1,
		.binding_type = "tls-exporter" };
	const char *p;
	size_t known = 0, all = 1;
	struct sasl *s;

	for (; *name != NULL; name++) {
		if (strcmp(*name, "auto") == 0)
			continue;
		login.mechanisms = *name;
		login.is_token = strstr(*name, "oauth") != NULL;
		s = sasl_new(&login, ALL);
		ok(s != NULL, "auth may be %s", *name);
		sasl_free(s);
		known++;
	}
	for (p = ALL; (p = strchr(p, ' ')) != NULL && p[1] != '\0'; p++)
		all++;
	is_int((long long)known, (long long)all, "and there are no more");
}

/* A dialogue: what the server says, what we answer (NULL: nothing, it fails
 * with this reason), and whether we may be in after it. */
struct turn {
	const char *challenge;
	size_t len;
	const char *want;
	size_t want_len;
	int complete;
	const char *why;
};

static void
dialogue(const struct sasl_login *l, int first, const struct turn *turn,
    size_t n)
{
	struct sasl *s = sasl_new(l, ALL);
	struct buffer out = BUFFER_INIT;
	size_t i;
	int rc;

	ok(s != NULL && sasl_is_client_first(s) == first, "%s: the %s begins",
	    l->mechanisms, first ? "client" : "server");
	for (i = 0; s != NULL && i < n; i++, turn++) {
		buffer_reset(&out);
		rc = sasl_step(s, turn->challenge, turn->len, &out);
		if (turn->want == NULL)
			ok(rc == -1, "... step %d fails", (int)i);
		else if (!ok(rc == 0 && out.len == turn->want_len &&
		    memcmp(out.data, turn->want, out.len) == 0,
		    "... step %d", (int)i))
			diag("%d %.*s", rc, (int)out.len,
			    buffer_string(&out));
		is_str(sasl_why(s), turn->why, "... its reason");
		if (turn->want != NULL)
			is_int(sasl_is_complete(s), turn->complete,
			    "... enough for the server to let us in?");
	}
	buffer_free(&out);
	sasl_free(s);
}

#define TEXT(text) text, sizeof(text) - 1
#define DIALOGUE(login, first, turns) \
	dialogue(login, first, turns, sizeof(turns) / sizeof((turns)[0]))
#define ON "the server asks on"

static void
test_simple(void)
{
	/* The example of RFC 4616, 4. */
	static const struct turn plain[] = {
		{ TEXT(""), TEXT("\0tim\0tanstaaftanstaaf"), 1, "" },
		{ TEXT("more"), NULL, 0, 0, ON },
		{ TEXT(""), NULL, 0, 0, ON } };
	static const struct turn odd[] = { { TEXT(""),
		TEXT("\0J\303\266rg\0p;#\"\\ ="), 1, "" } };
	static const struct turn login[] = {
		{ TEXT("Username:"), TEXT("user"), 0, "" },
		{ TEXT("Password:"), TEXT("password"), 1, "" },
		{ TEXT("Password:"), NULL, 0, 0, ON } };
	static const struct turn wordless[] = {
		{ TEXT("Password:"), TEXT("user"), 0, "" },
		{ TEXT(""), TEXT("password"), 1, "" } };
	static const struct turn external[] = {
		{ TEXT(""), TEXT("fred@example.com"), 1, "" },
		{ TEXT("?"), NULL, 0, 0, ON } };
	static const struct turn nobody[] = {
		{ TEXT(""), TEXT(""), 1, "" } };
	struct sasl_login l = { .mechanisms = "plain", .user = "tim",
		.secret = "tanstaaftanstaaf", .private = 1 };

	DIALOGUE(&l, 1, plain);
	l.user = "J\303\266rg";
	l.secret = "p;#\"\\ =";
	DIALOGUE(&l, 1, odd);
	l = (struct sasl_login){ .mechanisms = "login", .user = "user",
		.secret = "password", .private = 1 };
	DIALOGUE(&l, 0, login);
	DIALOGUE(&l, 0, wordless);
	l = (struct sasl_login){ .mechanisms = "external",
		.user = "fred@example.com" };
	DIALOGUE(&l, 1, external);
	l.user = "";
	DIALOGUE(&l, 1, nobody);
}

static void
test_cram(void)
{
	/* The example of RFC 2195, 2. */
	static const struct turn rfc[] = {
		{ TEXT("<1896.697170952@postoffice.reston.mci.net>"),
		    TEXT("tim b913a602c7eda7a495b4e6e7334d3890"), 1, "" },
		{ TEXT("<1>"), NULL, 0, 0, ON } };
	/* HMAC-MD5 of RFC 2202, 3: a key longer than a block. */
	static const struct turn longest[] = {
		{ TEXT("Test Using Larger Than Block-Size Key - Hash Key "
		    "First"), TEXT("u 6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"), 1,
		    "" } };
	static const struct turn empty[] = {
		{ TEXT(""), NULL, 0, 0, "the challenge is empty" } };
	struct sasl_login l = { .mechanisms = "cram-md5", .user = "tim",
		.secret = "tanstaaftanstaaf", .private = 1 };
	char key[81];

	DIALOGUE(&l, 0, rfc);
	DIALOGUE(&l, 0, empty);
	memset(key, 0xaa, 80);
	key[80] = '\0';
	l.user = "u";
	l.secret = key;
	DIALOGUE(&l, 0, longest);
}

static void
test_tokens(void)
{
	/* The examples of RFC 7628, 4.1 and 4.3, and that of Google. */
	static const struct turn bearer[] = {
		{ TEXT(""), TEXT("n,a=user@example.com,\1"
		    "host=server.example.com\1port=143\1"
		    "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1"
		    "\1"), 1, "" },
		{ TEXT("{\"status\":\"invalid_token\",\"scope\":\"x\"}"),
		    TEXT("\1"), 0,
		    "{\"status\":\"invalid_token\",\"scope\":\"x\"}" },
		{ TEXT("{}"), NULL, 0, 0, ON } };
	static const struct turn xoauth2[] = {
		{ TEXT(""), TEXT("user=someuser@example.com\1auth=Bearer "
		    "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1"), 1,
		    "" },
		{ TEXT("{\"status\":\"401\"}\r\n"), TEXT(""), 0,
		    "{\"status\":\"401\"}\?\?" },
		{ TEXT(""), NULL, 0, 0, ON } };
	static const struct turn odd[] = { { TEXT(""),
		TEXT("n,a=a=2Cb=3Dc,\1host=h\1port=1\1auth=Bearer t\1\1"), 1,
		"" } };
	struct sasl_login l = { .mechanisms = "oauthbearer", .private = 1,
		.is_token = 1, .user = "user@example.com",
		.secret = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
		.host = "server.example.com", .port = 143 };

	DIALOGUE(&l, 1, bearer);
	l.mechanisms = "xoauth2";
	l.user = "someuser@example.com";
	l.secret = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
	DIALOGUE(&l, 1, xoauth2);
	l = (struct sasl_login){ .mechanisms = "oauthbearer", .private = 1,
		.is_token = 1, .user = "a,b=c", .secret = "t", .host = "h",
		.port = 1 };
	DIALOGUE(&l, 1, odd);
}

/* The two that take tokens send one of any length as it is. */
static void
test_long_tokens(void)
{
	static const char *const names[] = { "xoauth2", "oauthbearer" };
	static char token[60001];
	struct sasl_login l = { .private = 1, .is_token = 1, .user = "u",
		.secret = token, .host = "h", .port = 1 };
	struct buffer out = BUFFER_INIT;
	struct sasl *s;
	size_t i;

	memset(token, 't', sizeof(token) - 1);
	for (i = 0; i < 2; i++) {
		l.mechanisms = names[i];
		s = sasl_new(&l, ALL);
		buffer_reset(&out);
		ok(sasl_step(s, "", 0, &out) == 0 &&
		    strstr(buffer_string(&out), token) != NULL &&
		    strcmp(out.data + out.len - 3, "t\1\1") == 0,
		    "%s: a token of 60000 bytes", names[i]);
		sasl_free(s);
	}
	buffer_free(&out);
}

/* Another secret, and a challenge beyond all measure. */
static void
test_again(void)
{
	struct sasl_login l = { .mechanisms = "plain", .user = "u",
		.secret = "old", .private = 1 };
	struct sasl *s = sasl_new(&l, "PLAIN");
	struct buffer out = BUFFER_INIT;
	char *big = calloc(1, 100000);

	sasl_step(s, "", 0, &out);
	sasl_step(s, "", 0, &out);
	sasl_restart(s);
	is_str(sasl_why(s), "", "restart: nothing is wrong yet");
	ok(!sasl_is_complete(s), "... nor done");
	l.secret = "new";
	buffer_reset(&out);
	ok(sasl_step(s, "", 0, &out) == 0 && out.len == 6 &&
	    memcmp(out.data, "\0u\0new", 6) == 0, "... with what is new");
	sasl_restart(s);
	is_int(sasl_step(s, big, 100000, &out), -1, "a huge challenge");
	is_str(sasl_why(s), "the challenge is too long", "... is not read");
	free(big);
	sasl_free(s);
	buffer_free(&out);
}

int
main(void)
{
	test_choices();
	test_names();
	test_simple();
	test_cram();
	test_tokens();
	test_long_tokens();
	test_again();
	return done();
}
