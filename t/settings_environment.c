/*
 * Settings from the environment, for a service in a container.
 */
#include <config.h>

#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/buffer.h"
#include "t/scratch.h"
#include "t/tap.h"

#define S "[smarthost]\n"
#define TEN "0123456789"
#define PIN "sha256:" TEN TEN TEN TEN TEN TEN "abcD"

/* With the file "conf": NAME=VALUE, a blank between two of them. */
static const struct {
	const char *rule, *conf, *variables;
	const char *want;	/* host, user, port and fingerprint, or */
	const char *errors;
} variables[] = {
	{ "nothing", S "host = a\n", "", "a  465 ", NULL },
	{ "a key", "", "HOST=b", "b  465 ", NULL },
	{ "in place of the file", S "host = a\nuser = u\n", "HOST=b PORT=26",
	    "b u 26 ", NULL },
	{ "in place of the whole of a list", S "fingerprint = " PIN
	    "\nfingerprint = " PIN "\n", "FINGERPRINT=" PIN, "  465 " PIN,
	    NULL },
	{ "nothing in place of something", S "host = a\n", "HOST=", "  465 ",
	    NULL },
	{ "another prefix", "", "xHOST=b", "  465 ", NULL },
	{ "a value of the wrong form", S "port = 25\n", "PORT=tcp://[::1]:25",
	    NULL, "OUTBOX_SMARTHOST_PORT: port = tcp://[::1]:25: must be a "
	    "whole number from 0 to 65535\n" },
	{ "the file has its errors as well", S "port = x\n", "PORT=y", NULL,
	    "conf: port = x: must be a whole number from 0 to 65535\n"
	    "OUTBOX_SMARTHOST_PORT: port = y: must be a whole number from 0 to "
	    "65535\n" },
	{ "what does not go together", "", "TLS=none USER=u HOST=far.example",
	    NULL, "OUTBOX_SMARTHOST_TLS: tls = none would send the password in "
	    "the clear: use implicit or starttls, or remove user\n" },
	{ "quotes", "", "HOST=\"a\"", NULL, "OUTBOX_SMARTHOST_HOST: host = "
	    "\"a\": quotes would be a part of the value: remove them\n" },
	{ "a line end", "", "HOST=a\n", NULL, "OUTBOX_SMARTHOST_HOST: the "
	    "value holds a control character\n" },
	{ "a password itself", "", "PASSWORD=hunter2", NULL,
	    "OUTBOX_SMARTHOST_PASSWORD: unknown variable; did you mean "
	    "OUTBOX_SMARTHOST_PASSWORD_FILE?\n" },
	{ "nothing near", "", "X=1", NULL, "OUTBOX_SMARTHOST_X: unknown "
	    "variable\n" },
};

/* "FILE: TEXT" for each error. */
static void
name_error(void *arg, const char *file, int line, const char *text)
{
	(void)line;
	buffer_addf(arg, "%s: %s\n", strcmp(file, scratch_path("conf")) == 0 ?
	    "conf" : file, text);
}

/* Set these, or with set == 0 remove them. */
static void
set_variables(const char *list, int set)
{
	char name[64], value[128];
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ' ')) {
		len = strcspn(list, " ");
		snprintf(name, sizeof(name), "%s%.*s", *list == 'x' ?
		    "OUTBOX_SENDER_" : "OUTBOX_SMARTHOST_",
		    (int)strcspn(list, "="), list);
		snprintf(value, sizeof(value), "%.*s",
		    (int)(len - strcspn(list, "=") - 1),
		    list + strcspn(list, "=") + 1);
		if (set)
			setenv(name, value, 1);
		else
			unsetenv(name);
	}
}

static void
test_environment(void)
{
	struct buffer errors = BUFFER_INIT, got = BUFFER_INIT;
	struct settings s;
	size_t i;
	int n;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		scratch_text("conf", variables[i].conf);
		set_variables(variables[i].variables, 1);
		buffer_reset(&errors);
		buffer_reset(&got);
		n = settings_load_service(&s, scratch_path("conf"),
		    name_error, &errors);
		if (n == 0) {
			buffer_addf(&got, "%s %s %d %s", s.host, s.user,
			    (int)s.port, s.fingerprint);
			settings_free(&s);
		}
		is_str(n == 0 ? buffer_string(&got) : buffer_string(&errors),
		    variables[i].want != NULL ? variables[i].want :
		    variables[i].errors, "%s",
		    variables[i].rule);
		set_variables(variables[i].variables, 0);
	}
	scratch_text("conf", S "host = a\n");
	set_variables("HOST=b X=1", 1);
	is_int(settings_load(&s, scratch_path("conf"), name_error, &errors), 0,
	    "what users run does not look at it");
	is_str(s.host, "a", "... at none of it");
	settings_free(&s);
	set_variables("HOST=b X=1", 0);
	buffer_free(&errors);
	buffer_free(&got);
}

int
main(void)
{
	test_environment();
	return done();
}
