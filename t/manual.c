/*
 * The manual tells the truth: outbox.conf(5) has the keys of the table with
 * their defaults, sendmail(8) every option.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "sendmail/options.h"
#include "t/tap.h"

/* The page as it was built: directories are part of defaults. */
static char *
read_page(const char *name)
{
	const char *build = getenv("BUILD");
	char path[4096], *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", build != NULL ? build : ".",
	    name);
	if ((file = fopen(path, "re")) == NULL ||
	    getdelim(&text, &size, '\0', file) < 0) {
		diag("cannot read %s", path);
		exit(1);
	}
	fclose(file);
	return text;
}

/* All "[section] key = default" of the page, a line for each. */
static char *
list_page(const char *page)
{
	char section[64] = "", line[512], *out = NULL;
	size_t len, size;
	FILE *file = open_memstream(&out, &size);
	int after_tp = 0;

	for (; file != NULL && *page != '\0'; page += len + (page[len] != 0)) {
		len = strcspn(page, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, page);
		if (sscanf(line, ".SS [%63[^]]]", section) == 1)
			continue;
		if (strncmp(line, ".SH ", 4) == 0)
			*section = '\0';
		if (after_tp && *section != '\0' &&
		    strncmp(line, ".B ", 3) == 0)
			fprintf(file, "[%s] %s\n", section, line + 3);
		after_tp = strcmp(line, ".TP") == 0;
	}
	if (file == NULL || fclose(file) != 0)
		exit(1);
	return out;
}

/* The same of the table. */
static char *
list_table(void)
{
	size_t count, i, size;
	const struct key *keys = keys_all(&count);
	char *out = NULL;
	FILE *file = open_memstream(&out, &size);

	for (i = 0; file != NULL && i < count; i++)
		fprintf(file, "[%s] %s =%s%s\n", keys[i].section,
		    keys[i].name, *keys[i].initial != '\0' ? " " : "",
		    keys[i].initial);
	if (file == NULL || fclose(file) != 0)
		exit(1);
	return out;
}

/* 1: the page says word, printed bold and as a whole. */
static int
has_bold(const char *page, const char *word)
{
	size_t len = strlen(word);
	const char *p, *line;

	for (p = page; (p = strstr(p, word)) != NULL; p++) {
		for (line = p; line > page && line[-1] != '\n'; line--)
			continue;
		if (strncmp(line, ".B", 2) == 0 &&
		    strchr(" \"", p[-1]) != NULL &&
		    strchr(" \n\"=", p[len]) != NULL)
			return 1;
	}
	return 0;
}

/* What a key may be stands in its own paragraph. */
static void
check_choices(const char *page, const struct key *key)
{
	char heading[256], *own;
	const char *start, *end;
	size_t i;

	snprintf(heading, sizeof(heading), ".TP\n.B %s =", key->name);
	if ((start = strstr(page, heading)) == NULL)
		return;		/* missed already */
	start += strlen(heading);
	if ((end = strstr(start, "\n.TP\n")) == NULL)
		end = start + strlen(start);
	own = strndup(start, (size_t)(end - start));
	for (i = 0; own != NULL && key->names[i] != NULL; i++)
		ok(has_bold(own, key->names[i]), "%s may be %s", key->name,
		    key->names[i]);
	free(own);
}

static void
check_options(const char *page)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz";
	char option[8];
	const char *p;

	for (p = letters; *p != '\0'; p++) {
		if (options_argument(*p) == OPTIONS_UNKNOWN)
			continue;
		snprintf(option, sizeof(option), "\\-%c", *p);
		ok(strstr(page, option) != NULL,
		    "sendmail(8) knows -%c", *p);
	}
}

int
main(void)
{
	char *page = read_page("config/outbox.conf.5");
	char *got = list_page(page), *want = list_table();
	size_t count, i;
	const struct key *keys = keys_all(&count);

	is_str(got, want, "outbox.conf(5) has the keys and their defaults");
	for (i = 0; i < count; i++)
		if (keys[i].type == KEY_CHOICE || keys[i].type == KEY_WORDS)
			check_choices(page, &keys[i]);
	free(got);
	free(want);
	free(page);
	page = read_page("sendmail/sendmail.8");
	check_options(page);
	free(page);
	return done();
}
