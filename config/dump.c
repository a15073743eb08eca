/*
 * Printing the configuration: see dump.h.
 */
#include <config.h>

#include "config/dump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "config/settings.h"

/* The largest unit that divides value, in reach of count units. */
static void
print_units(int64_t value, const int64_t *units, const char *names,
    FILE *out)
{
	size_t i;

	for (i = 0; names[i] != '\0'; i++) {
		if (value != 0 && value % units[i] == 0) {
			fprintf(out, "%" PRId64 "%c", value / units[i],
			    names[i]);
			return;
		}
	}
	fprintf(out, "%" PRId64, value);
}

static void
print_value(const struct settings *s, const struct key *key, FILE *out)
{
	static const int64_t seconds[] = { 86400, 3600, 60, 1 };
	static const int64_t bytes[] = { INT64_C(1) << 30, 1 << 20, 1 << 10 };
	const void *slot = (const char *)s + key->offset;

	switch (key->type) {
	case KEY_TEXT:
	case KEY_LIST:
	case KEY_PATH:
	case KEY_WORDS:
		fputs(*(char *const *)slot, out);
		break;
	case KEY_CHOICE:
		fputs(key->names[*(const int *)slot], out);
		break;
	case KEY_FACILITY:
		fputs(key->names[settings_facility(*(const int *)slot)], out);
		break;
	case KEY_INTEGER:
		fprintf(out, "%" PRId64, *(const int64_t *)slot);
		break;
	case KEY_DURATION:
		print_units(*(const int64_t *)slot, seconds, "dhms", out);
		break;
	case KEY_SIZE:
		print_units(*(const int64_t *)slot, bytes, "GMK", out);
		break;
	}
}

/* A list takes a line for each of its values. */
static void
print_list(const char *name, const char *lines, FILE *out)
{
	size_t len;

	for (; *(lines += strspn(lines, "\n")) != '\0'; lines += len) {
		len = strcspn(lines, "\n");
		fprintf(out, "%s = %.*s\n", name, (int)len, lines);
	}
}

void
dump_settings(const struct settings *s, FILE *out)
{
	char variable[KEYS_VARIABLE_MAX];
	const char *section = "";
	size_t i, count;
	const struct key *keys = keys_all(&count);

	for (i = 0; i < count; i++) {
		if (strcmp(keys[i].section, section) != 0) {
			section = keys[i].section;
			fprintf(out, "[%s]\n", section);
		}
		if (s->environment && keys_variable(&keys[i], variable) &&
		    getenv(variable) != NULL)
			fprintf(out, "; from %s\n", variable);
		if (keys[i].type == KEY_LIST) {
			print_list(keys[i].name, *(char *const *)(const void *)
			    ((const char *)s + keys[i].offset), out);
			continue;
		}
		fprintf(out, "%s = ", keys[i].name);
		print_value(s, &keys[i], out);
		fputc('\n', out);
	}
}
