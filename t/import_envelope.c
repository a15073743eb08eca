/*
 * Envelopes of queued mail of nullmailer and dma.
 */
#include <config.h>

#include "queue/import_envelope.h"

#include <stdlib.h>
#include <string.h>

#include "queue/buffer.h"
#include "queue/error.h"
#include "t/tap.h"

typedef int parser(struct import_envelope *env, char *text, size_t len,
    struct error *e);

static const struct {
	parser *parse;
	const char *rule, *text;
	const char *want;	/* "sender>rcpt,rcpt @head"; "-": refused */
} cases[] = {
	{ import_envelope_nullmailer, "one recipient",
	    "a@x.org\nb@y.org\n\nSubject: t\n\nhi\n", "a@x.org>b@y.org @17" },
	{ import_envelope_nullmailer, "two", "a@x\nb@y\nc@z\n\nm",
	    "a@x>b@y,c@z @13" },
	{ import_envelope_nullmailer, "nobody sends", "\nb@y\n\n", ">b@y @6" },
	{ import_envelope_nullmailer, "no recipient", "a@x\n\nm", "-" },
	{ import_envelope_nullmailer, "no end", "a@x\nb@y\n", "-" },
	{ import_envelope_nullmailer, "cut in a line", "a@x\nb@y", "-" },
	{ import_envelope_nullmailer, "nothing", "", "-" },
	{ import_envelope_nullmailer, "a blank in an address",
	    "a@x\nb@y c@z\n\n", "-" },
	{ import_envelope_nullmailer, "brackets in an address",
	    "a@x\nb@y> SIZE=1\n\n", "-" },
	{ import_envelope_nullmailer, "a control character",
	    "a@x\nb\r@y\n\n", "-" },
	{ import_envelope_nullmailer, "a sender that is no address",
	    "a b\nb@y\n\n", "-" },
	{ import_envelope_nullmailer, "a quoted address",
	    "a@x\n\"b c\"@y\n\n", "a@x>\"b c\"@y @13" },

	{ import_envelope_dma, "one recipient", "ID: 1.2\nSender: a@x\n"
	    "Recipient: b@y\n", "a@x>b@y @0" },
	{ import_envelope_dma, "in another order, unknown fields",
	    "Recipient: b@y\nFoo: bar\nnonsense\nSender: a@x\n",
	    "a@x>b@y @0" },
	{ import_envelope_dma, "nobody sends", "Sender: \nRecipient: b@y\n",
	    ">b@y @0" },
	{ import_envelope_dma, "no sender", "Recipient: b@y\n", "-" },
	{ import_envelope_dma, "no recipient", "Sender: a@x\n", "-" },
	{ import_envelope_dma, "cut short", "Sender: a@x\nRecipient: b@",
	    "-" },
	{ import_envelope_dma, "nothing", "", "-" },
	{ import_envelope_dma, "a recipient that is none",
	    "Sender: a@x\nRecipient: \n", "-" },
};

int
main(void)
{
	struct import_envelope env;
	struct buffer got = BUFFER_INIT;
	struct error e;
	char text[128] = "a@x\nb\0c\n\n";
	size_t i, k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *copy = strdup(cases[i].text);

		buffer_reset(&got);
		if (copy == NULL)
			abort();
		if (cases[i].parse(&env, copy, strlen(copy), &e) != 0)
			buffer_adds(&got, "-");
		else {
			buffer_addf(&got, "%s>", env.sender);
			for (k = 0; k < env.n; k++)
				buffer_addf(&got, "%s%s", k > 0 ? "," : "",
				    env.rcpts[k]);
			buffer_addf(&got, " @%zu", env.head);
			import_envelope_free(&env);
		}
		is_str(buffer_string(&got), cases[i].want, "%s",
		    cases[i].rule);
		free(copy);
	}
	is_int(import_envelope_nullmailer(&env, text, 9, &e), -1, "a NUL");
	buffer_free(&got);
	return done();
}
