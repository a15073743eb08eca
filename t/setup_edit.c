/*
 * A plan in the text of a configuration.
 */
#include <config.h>

#include "queue/setup_edit.h"

#include <stdlib.h>

#include "queue/setup_plan.h"
#include "t/tap.h"

/* The plan: [smarthost] host is h, user is not set; [queue] lifetime is 2d. */
static const struct {
	const char *rule, *text, *want;
} cases[] = {
	{ "an empty text", "",
	    "[smarthost]\nhost = h\n\n[queue]\nlifetime = 2d\n" },
	{ "a key is replaced where it stands",
	    "; c\n[smarthost]\nhost = old\nport = 1\n[queue]\n"
	    "lifetime=1d\n; end\n",
	    "; c\n[smarthost]\nhost = h\nport = 1\n[queue]\n"
	    "lifetime = 2d\n; end\n" },
	{ "behind its example",
	    "[smarthost]\n; name it\n;host = smtp.example.com\n\n;tls = x\n"
	    "[queue]\n",
	    "[smarthost]\n; name it\n;host = smtp.example.com\nhost = h\n\n"
	    ";tls = x\n[queue]\nlifetime = 2d\n" },
	{ "at the end of its section",
	    "[smarthost]\nport = 1\n\n[queue]\nmax_size = 1M\n\n[log]\n",
	    "[smarthost]\nport = 1\nhost = h\n\n[queue]\nmax_size = 1M\n"
	    "lifetime = 2d\n\n[log]\n" },
	{ "what shall not be set is a comment then",
	    "[smarthost]\nhost = h\nuser = x\n[queue]\nlifetime = 2d\n",
	    "[smarthost]\nhost = h\n;user = x\n[queue]\nlifetime = 2d\n" },
	{ "the same key of another section stays",
	    "[log]\nhost = x\n[smarthost]\n[queue]\nlifetime = 2d\n",
	    "[log]\nhost = x\n[smarthost]\nhost = h\n[queue]\n"
	    "lifetime = 2d\n" },
	{ "another key that begins alike stays",
	    "[smarthost]\nhostname = x\nhost=y\n[queue]\nlifetime = 2d\n",
	    "[smarthost]\nhostname = x\nhost = h\n[queue]\nlifetime = 2d\n" },
	{ "of two with one name the second goes",
	    "[smarthost]\nhost = a\nhost = b\n[queue]\nlifetime = 2d\n",
	    "[smarthost]\nhost = h\n;host = b\n[queue]\nlifetime = 2d\n" },
	{ "a text without its last line end",
	    "[queue]\nlifetime = 1d\n[smarthost]\nhost = x",
	    "[queue]\nlifetime = 2d\n[smarthost]\nhost = h\n" },
	{ "done twice it is the same",
	    "[smarthost]\nhost = h\n\n[queue]\nlifetime = 2d\n",
	    "[smarthost]\nhost = h\n\n[queue]\nlifetime = 2d\n" },
	{ "a comment in prose is no example",
	    "[smarthost]\n; the host = where it goes\nport = 1\n[queue]\n"
	    "lifetime = 2d\n",
	    "[smarthost]\n; the host = where it goes\nport = 1\nhost = h\n"
	    "[queue]\nlifetime = 2d\n" },
};

int
main(void)
{
	struct plan p = PLAN_INIT;
	struct buffer out = BUFFER_INIT;
	size_t i;

	plan_set(&p, "smarthost", "host", "old");
	plan_set(&p, "queue", "lifetime", "2d");
	plan_set(&p, "smarthost", "host", "h");
	plan_unset(&p, "smarthost", "user");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buffer_reset(&out);
		if (edit_configuration(cases[i].text, &p, &out) != 0)
			abort();
		is_str(buffer_string(&out), cases[i].want, "%s",
		    cases[i].rule);
	}
	plan_set(&p, "smarthost", "helo", "a\nb = c");
	ok(!plan_has(&p, "smarthost", "helo") && p.notes.len > 0,
	    "no value makes a second line");
	plan_free(&p);
	buffer_free(&out);
	return done();
}
