/*
 * The configuration as it is printed is one that loads to the same.
 */
#include <config.h>

#include "config/dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "config/settings.h"
#include "t/chance.h"
#include "t/scratch.h"
#include "t/tap.h"

static void
report(void *arg, const char *file, int line, const char *text)
{
	(void)arg;
	diag("%s:%d: %s", file, line, text);
}

/* What is printed of the configuration "conf", which the caller frees. */
static char *
dumped(void)
{
	struct settings s;
	char *text = NULL;
	size_t size;
	FILE *out;

	if (settings_load(&s, scratch_path("conf"), report, NULL) != 0)
		return NULL;
	if ((out = open_memstream(&text, &size)) == NULL)
		scratch_fail("open_memstream");
	dump_settings(&s, out);
	fclose(out);
	settings_free(&s);
	return text;
}

/* A value of the key, by chance the least or the largest. */
static void
write_value(const struct key *k, FILE *out)
{
	int64_t range = k->max - k->min, value;
	size_t n = 0;

	switch (k->type) {
	case KEY_TEXT:
	case KEY_LIST:
	case KEY_PATH:
		fputs(k->initial, out);
		break;
	case KEY_CHOICE:
	case KEY_FACILITY:
	case KEY_WORDS:
		while (k->names[n] != NULL)
			n++;
		fputs(k->names[chance_below(n)], out);
		break;
	case KEY_INTEGER:
	case KEY_DURATION:
	case KEY_SIZE:
		value = chance_of(4) ? k->min : chance_of(4) ? k->max :
		    k->min + (int64_t)(chance() % (uint64_t)(range + 1));
		fprintf(out, "%lld", (long long)value);
		break;
	}
}

static void
write_random(FILE *out)
{
	const char *section = "";
	size_t count, i;
	const struct key *k = keys_all(&count);

	for (i = 0; i < count; i++) {
		if (strcmp(k[i].section, section) != 0)
			fprintf(out, "[%s]\n", section = k[i].section);
		/* These depend on each other, or on another. */
		if (strncmp(k[i].name, "retry_m", 7) == 0 ||
		    strcmp(k[i].name, "dane") == 0)
			continue;
		/* It has a form of its own. */
		if (strcmp(k[i].name, "fingerprint") == 0)
			continue;
		if (k[i].type == KEY_LIST) {
			fprintf(out, "%s = *a b*\n%s = ? c\n", k[i].name,
			    k[i].name);
			continue;
		}
		fprintf(out, "%s = ", k[i].name);
		write_value(&k[i], out);
		fputc('\n', out);
	}
}

/* What the environment sets says so, and is not lost when it is read again
 * without it. */
static void
test_environment(void)
{
	struct settings s;
	char *text = NULL, *again;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	scratch_text("conf", "[smarthost]\nhost = a\n");
	setenv("OUTBOX_SMARTHOST_HOST", "b", 1);
	if (out == NULL || settings_load_service(&s, scratch_path("conf"),
	    report, NULL) != 0)
		scratch_fail("conf");
	dump_settings(&s, out);
	fclose(out);
	settings_free(&s);
	ok(strstr(text, "\n; from OUTBOX_SMARTHOST_HOST\nhost = b\nport") !=
	    NULL, "what is from the environment says so");
	scratch_text("conf", text);
	again = dumped();
	ok(again != NULL && strstr(again, "\nhost = b\n") != NULL &&
	    strstr(again, "; from") == NULL, "... and loads to the same");
	free(again);
	free(text);
}

int
main(void)
{
	char *first, *second, *text;
	size_t n, size, wrong = 0;
	FILE *out;

	scratch_text("conf", "");
	first = dumped();
	ok(first != NULL && strstr(first, "[queue]\n") != NULL &&
	    strstr(first, "lifetime = 5d\n") != NULL &&
	    strstr(first, "max_size = 50M\n") != NULL &&
	    strstr(first, "facility = mail\n") != NULL,
	    "the defaults, as one would write them");
	scratch_text("conf", first);
	second = dumped();
	is_str(second, first, "... load to the same");
	free(first);
	free(second);
	for (n = 0; n < 500; n++) {
		if ((out = open_memstream(&text, &size)) == NULL)
			scratch_fail("open_memstream");
		write_random(out);
		fclose(out);
		scratch_text("conf", text);
		free(text);
		first = dumped();
		scratch_text("conf", first != NULL ? first : "");
		second = dumped();
		wrong += first == NULL || second == NULL ||
		    strcmp(first, second) != 0;
		free(first);
		free(second);
	}
	is_int((long long)wrong, 0, "500 random ones, there and back");
	test_environment();
	return done();
}
