/*
 * Any bytes as a configuration: each error has a line of the file, and what
 * is taken is printed as one that loads to the same.
 */
#include <config.h>

#include "config/settings.h"

#include <stdio.h>
#include <string.h>

#include "config/dump.h"
#include "t/fuzz.h"

static void
report(void *arg, const char *file, int line, const char *text)
{
	int *errors = arg;

	(void)file;
	check(line >= 0 && *text != '\0' && strchr(text, '\n') == NULL);
	++*errors;
}

/* What is printed of the file, or NULL. */
static char *
load(const char *path, size_t *size)
{
	struct settings s;
	int told = 0, errors;
	char *text = NULL;
	FILE *out;

	errors = settings_load(&s, path, report, &told);
	check(errors == told);
	if (errors != 0)
		return NULL;
	check(s.port > 0 && s.port < 65536 && s.retry_min <= s.retry_max);
	check(*s.user == '\0' || s.tls != SETTINGS_TLS_NONE ||
	    settings_is_local(&s));
	check((out = open_memstream(&text, size)) != NULL);
	dump_settings(&s, out);
	fclose(out);
	settings_free(&s);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *first, *second;
	size_t len;

	if ((first = load(fuzz_file(data, size), &len)) == NULL)
		return 0;
	second = load(fuzz_file((uint8_t *)first, len), &len);
	check(second != NULL && strcmp(first, second) == 0);
	free(first);
	free(second);
	return 0;
}
