/*
 * SCRAM: the exchanges of the RFCs, the same with channel binding, and
 * servers that cheat.
 */
#include <config.h>

#include "queue/sasl.h"

#include <stdio.h>
#include <string.h>

#include "t/tap.h"

#define SHA1_NONCE "fyko+d2lbbFgONRv9qkxdawL"
#define SHA1_BOTH SHA1_NONCE "3rfcNHYJY1ZVvWVs7j"
#define SHA1_TERMS "r=" SHA1_BOTH ",s=QSXCR+Q6sek8bf92,i=4096"
#define SHA256_NONCE "rOprNGfwEbeRWgbNEkqO"
#define SHA256_BOTH SHA256_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SHA256_TERMS "r=" SHA256_BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

/* binding: the type, of the bytes 0 to 31. */
static const struct {
	const char *rule, *mechanism, *offered, *binding;
	const char *user, *password, *nonce;
	const char *first, *terms, *final, *proof;
} exchanges[] = {
	{ "RFC 5802, 5", "scram-sha-1", "SCRAM-SHA-1", NULL, "user",
	    "pencil", SHA1_NONCE, "n,,n=user,r=" SHA1_NONCE, SHA1_TERMS,
	    "c=biws,r=" SHA1_BOTH ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	{ "RFC 7677, 3", "scram-sha-256", "SCRAM-SHA-256", NULL, "user",
	    "pencil", SHA256_NONCE, "n,,n=user,r=" SHA256_NONCE,
	    SHA256_TERMS, "c=biws,r=" SHA256_BOTH
	    ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
	/* The rest was computed by another program (Python's hashlib). */
	{ "bound by tls-exporter", "scram-sha-256-plus",
	    "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", "tls-exporter", "user",
	    "pencil", SHA256_NONCE, "p=tls-exporter,,n=user,r=" SHA256_NONCE,
	    SHA256_TERMS, "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERIT"
	    "FBUWFxgZGhscHR4f,r=" SHA256_BOTH
	    ",p=QC6CS20quADQRb3mT99YUH+n3VJxUvzuK0K0E1Vrs2M=",
	    "v=2GiAgapEppLVlUXbxUDksL3VgYHzuqiK5tR4mhJGgvs=" },
	{ "bound by tls-server-end-point", "scram-sha-1-plus",
	    "SCRAM-SHA-1-PLUS", "tls-server-end-point", "user", "pencil",
	    SHA1_NONCE, "p=tls-server-end-point,,n=user,r=" SHA1_NONCE,
	    SHA1_TERMS, "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAAECAwQFBgcICQoL"
	    "DA0ODxAREhMUFRYXGBkaGxwdHh8=,r=" SHA1_BOTH
	    ",p=z8dLQJmun2sA+XpCkRPSWO61Enc=",
	    "v=if1R+hByy96r9wlpTEFxowaJvkg=" },
	{ "we could be bound, and the server seems not to know it",
	    "scram-sha-256", "SCRAM-SHA-256", "tls-exporter", "user",
	    "pencil", SHA256_NONCE, "y,,n=user,r=" SHA256_NONCE,
	    SHA256_TERMS, "c=eSws,r=" SHA256_BOTH
	    ",p=FoqiHTtQEDE8lz1CdaEe3tK4mS+iMDTl77SPyDS53DY=",
	    "v=dI4KpiQJwBr1+V+K6U1dA6l6I4I9DUNXWND4pcpRU3U=" },
	{ "it knows, but we may not", "scram-sha-256",
	    "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", "tls-exporter", "user",
	    "pencil", SHA256_NONCE, "n,,n=user,r=" SHA256_NONCE,
	    SHA256_TERMS, "c=biws,r=" SHA256_BOTH
	    ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
	{ "a name and password to prepare", "scram-sha-256",
	    "SCRAM-SHA-256", NULL, "Jo\314\210rg,=", "po\314\210", "abc",
	    "n,,n=J\303\266rg=2C=3D,r=abc", "r=abcd,s=c2FsdA==,i=5000",
	    "c=biws,r=abcd,p=OaXM2I0wYAAe4D06n230ZO5JiGbsSjchFdlTSJarMOs=",
	    "v=V67j++e/V24fNsPt94Yh1LvYeRsbpDy1/ErnY4eguHE=" },
};

static void
step(struct sasl *s, const char *challenge, const char *want,
    const char *rule)
{
	struct buffer out = BUFFER_INIT;
	int rc = sasl_step(s, challenge, strlen(challenge), &out);

	is_str(rc == 0 ? buffer_string(&out) : NULL, want, "%s", rule);
	buffer_free(&out);
}

static void
test_exchanges(void)
{
	struct sasl_login l;
	struct sasl *s;
	size_t i;
	char c;

	for (i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++) {
		l = (struct sasl_login){
			.mechanisms = exchanges[i].mechanism,
			.user = exchanges[i].user,
			.secret = exchanges[i].password,
			.nonce = exchanges[i].nonce,
			.binding_type = exchanges[i].binding };
		for (c = 0; c < 32; c++)
			buffer_addc(&l.binding, c);
		s = sasl_new(&l, exchanges[i].offered);
		step(s, "", exchanges[i].first, exchanges[i].rule);
		step(s, exchanges[i].terms, exchanges[i].final,
		    "... the proof");
		ok(!sasl_is_complete(s), "... the server has to prove it too");
		step(s, exchanges[i].proof, "", "... which it did");
		ok(sasl_is_complete(s), "... and may let us in");
		step(s, "", NULL, "... there is no more to say");
		sasl_free(s);
		buffer_free(&l.binding);
	}
}

/* What the server says last is refused, with this reason. */
static const struct {
	const char *rule, *terms, *proof, *why;
} cheats[] = {
	{ "another signature", SHA256_TERMS,
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=",
	    "cannot prove that it knows" },
	{ "a short signature", SHA256_TERMS, "v=6rriTRBi23WpRR/wtup+mA==",
	    "cannot prove" },
	{ "an empty signature", SHA256_TERMS, "v=", "cannot prove" },
	{ "no base64", SHA256_TERMS, "v=***", "cannot prove" },
	{ "no signature", SHA256_TERMS, "x=abc", "cannot prove" },
	{ "an empty message at the end", SHA256_TERMS, "", "cannot prove" },
	{ "an error", SHA256_TERMS, "e=channel-bindings-dont-match",
	    "says: channel-bindings-dont-match" },
	{ "its terms again", SHA256_TERMS, SHA256_TERMS, "cannot prove" },
	{ "another nonce", "r=abc" SHA256_BOTH ",s=c2FsdA==,i=4096", NULL,
	    "answer to someone else" },
	{ "our nonce alone", "r=" SHA256_NONCE ",s=c2FsdA==,i=4096", NULL,
	    "answer to someone else" },
	{ "a part of our nonce", "r=rOpr,s=c2FsdA==,i=4096", NULL,
	    "answer to someone else" },
	{ "an empty nonce", "r=,s=c2FsdA==,i=4096", NULL,
	    "answer to someone else" },
	{ "no salt", "r=" SHA256_BOTH ",s=,i=4096", NULL, "no SCRAM" },
	{ "a salt that is no base64", "r=" SHA256_BOTH ",s=*,i=4096", NULL,
	    "no SCRAM" },
	{ "no count", "r=" SHA256_BOTH ",s=c2FsdA==", NULL, "no SCRAM" },
	{ "another order", "s=c2FsdA==,r=" SHA256_BOTH ",i=4096", NULL,
	    "no SCRAM" },
	{ "an extension that must be known", "m=x,r=" SHA256_BOTH
	    ",s=c2FsdA==,i=4096", NULL, "extension" },
	{ "nothing", "", NULL, "no SCRAM" },
	{ "too few iterations", "r=" SHA256_BOTH ",s=c2FsdA==,i=4095", NULL,
	    "wants 4095 iterations" },
	{ "one iteration", "r=" SHA256_BOTH ",s=c2FsdA==,i=1", NULL,
	    "wants 1 iterations" },
	{ "too many iterations", "r=" SHA256_BOTH ",s=c2FsdA==,i=1000001",
	    NULL, "wants 1000001 iterations" },
	{ "far too many", "r=" SHA256_BOTH ",s=c2FsdA==,i=4294971392", NULL,
	    "wants 4294971392 iterations" },
	{ "beyond all numbers", "r=" SHA256_BOTH
	    ",s=c2FsdA==,i=18446744073709555712", NULL, "iterations" },
	{ "a negative count", "r=" SHA256_BOTH ",s=c2FsdA==,i=-1", NULL,
	    "wants -1 iterations" },
	{ "a count with a zero before", "r=" SHA256_BOTH
	    ",s=c2FsdA==,i=04096", NULL, "iterations" },
	{ "an empty count", "r=" SHA256_BOTH ",s=c2FsdA==,i=", NULL,
	    "iterations" },
};

static void
test_cheats(void)
{
	struct sasl_login l = { .mechanisms = "scram-sha-256", .user = "user",
		.secret = "pencil", .nonce = SHA256_NONCE };
	struct buffer out = BUFFER_INIT;
	struct sasl *s;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cheats) / sizeof(cheats[0]); i++) {
		s = sasl_new(&l, "SCRAM-SHA-256");
		sasl_step(s, "", 0, &out);
		rc = sasl_step(s, cheats[i].terms, strlen(cheats[i].terms),
		    &out);
		if (rc == 0 && cheats[i].proof != NULL)
			rc = sasl_step(s, cheats[i].proof,
			    strlen(cheats[i].proof), &out);
		is_int(rc, -1, "%s: refused", cheats[i].rule);
		ok(strstr(sasl_why(s), cheats[i].why) != NULL,
		    "... because: %s", sasl_why(s));
		ok(!sasl_is_complete(s), "... and the server is not believed");
		sasl_free(s);
	}
	s = sasl_new(&l, "SCRAM-SHA-256");
	sasl_step(s, "", 0, &out);
	is_int(sasl_step(s, SHA256_TERMS "\0x", sizeof(SHA256_TERMS) + 1,
	    &out), -1, "a NUL: refused");
	sasl_free(s);
	buffer_free(&out);
}

/* More in the terms than is known, where it may be; and the most work. */
static void
test_extensions(void)
{
	struct sasl_login l = { .mechanisms = "scram-sha-1", .user = "user",
		.secret = "pencil", .nonce = "abc" };
	struct sasl *s = sasl_new(&l, "SCRAM-SHA-1");
	struct buffer out = BUFFER_INIT;

	sasl_step(s, "", 0, &out);
	is_int(sasl_step(s, "r=abcd,s=c2FsdA==,i=4096,x=y", 28, &out), 0,
	    "an extension at the end is no error");
	sasl_free(s);
	buffer_free(&out);
}

static void
test_nonce(void)
{
	struct sasl_login l = { .mechanisms = "scram-sha-1", .user = "user",
		.secret = "pencil" };
	struct sasl *s = sasl_new(&l, "SCRAM-SHA-1");
	struct buffer one = BUFFER_INIT, other = BUFFER_INIT;

	sasl_step(s, "", 0, &one);
	sasl_restart(s);
	sasl_step(s, "", 0, &other);
	is_int((long long)one.len, 12 + 24, "a nonce of 18 random bytes");
	ok(strcmp(buffer_string(&one), buffer_string(&other)) != 0,
	    "another one each time");
	sasl_free(s);
	buffer_free(&one);
	buffer_free(&other);
}

int
main(void)
{
	test_exchanges();
	test_cheats();
	test_extensions();
	test_nonce();
	return done();
}
