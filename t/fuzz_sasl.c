/*
 * Any challenges: each mechanism gives bounded answers, shows the password in
 * none that should hide it, and believes no server that did not prove what it
 * has to.  The first byte chooses, the rest is one challenge a line.
 */
#include <config.h>

#include "queue/sasl.h"

#include <string.h>

#include "t/fuzz.h"

#define SECRET "hunter2-hunter2"
#define RESPONSE_MAX 16384

static const struct {
	const char *name;
	int hides, steps;	/* how many it answers at most */
} mechanisms[] = {
	{ "SCRAM-SHA-256-PLUS", 1, 3 }, { "SCRAM-SHA-1", 1, 3 },
	{ "PLAIN", 0, 1 }, { "LOGIN", 0, 2 }, { "CRAM-MD5", 1, 1 },
	{ "EXTERNAL", 1, 1 }, { "XOAUTH2", 0, 2 }, { "OAUTHBEARER", 0, 2 },
};

static void
check_why(const char *why)
{
	for (; *why != '\0'; why++)
		check((unsigned char)*why >= ' ' && *why != 0x7f);
}

/* One step; -1: the dialogue is over. */
static int
step(struct sasl *s, const char *text, size_t len, int hides)
{
	struct buffer out = BUFFER_INIT;
	int rc = sasl_step(s, text, len, &out);

	check(out.len < RESPONSE_MAX + len);
	check(!hides || out.len == 0 || memmem(out.data, out.len, SECRET,
	    sizeof(SECRET) - 1) == NULL);
	check(rc == 0 || *sasl_why(s) != '\0');
	check_why(sasl_why(s));
	buffer_free(&out);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sasl_login l = { .user = "us,er", .secret = SECRET,
		.private = 1, .binding_type = "tls-exporter", .host = "h",
		.nonce = "abc" };
	const char *text = (const char *)data + 1, *end;
	size_t len, which;
	struct sasl *s;
	int rc = 0, steps = 0, hides;

	if (size == 0)
		return 0;
	size--;
	which = data[0] % (sizeof(mechanisms) / sizeof(mechanisms[0]));
	l.mechanisms = mechanisms[which].name;
	/* What the server says itself comes back in what it is told. */
	hides = mechanisms[which].hides && memmem(text, size, SECRET,
	    sizeof(SECRET) - 1) == NULL;
	l.is_token = strstr(l.mechanisms, "OAUTH") != NULL;
	s = sasl_new(&l, l.mechanisms);
	check(s != NULL);
	if (sasl_is_client_first(s))
		steps += (rc = step(s, "", 0, hides)) == 0;
	while (rc == 0 && size > 0) {
		end = memchr(text, '\n', size);
		len = end != NULL ? (size_t)(end - text) : size;
		rc = step(s, text, len, hides);
		steps += rc == 0;
		len += end != NULL;
		text += len;
		size -= len;
	}
	check(steps <= mechanisms[which].steps);
	/* Nobody can sign for a password that he does not know. */
	check(!sasl_is_complete(s) || which > 1);
	sasl_free(s);
	return 0;
}
