/*
 * What a line of the configuration can hold: a file with it, and nothing else,
 * can be loaded.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "config/settings.h"
#include "queue/buffer.h"
#include "t/scratch.h"
#include "t/tap.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void
report(void *arg, const char *file, int line, const char *text)
{
	(void)arg;
	(void)file;
	(void)line;
	(void)text;
}

static void
hold(const char *value)
{
	struct buffer text = BUFFER_INIT;
	struct settings s;
	int loads;

	buffer_addf(&text, "[smarthost]\npassword_command = %s\n", value);
	scratch_text("conf", buffer_string(&text));
	loads = settings_load(&s, scratch_path("conf"), report, NULL) == 0;
	if (loads)
		settings_free(&s);
	is_int(settings_can_hold("password_command", value), loads,
	    "%zu octets, %s: %s", strlen(value), loads ? "held" : "not held",
	    value);
	buffer_free(&text);
}

int
main(void)
{
	static const char *const values[] = { "/a", "/a b", "/a;b", "/a#b",
		"/a ;b", "/a #b", "/a\t;", "/a #", "/a\001", "/a\tb",
		"/a\303\244", "/" HUNDRED, "/" HUNDRED HUNDRED };
	char value[256];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		hold(values[i]);
	for (i = 170; i < 185; i++) {
		snprintf(value, sizeof(value), "/%0*d", (int)i, 0);
		hold(value);
	}
	is_int(settings_can_hold("host", ";a"), 0, "a comment for a value");
	return done();
}
