/*
 * Any bytes as an aliases file: every alias is found by its name, the first
 * of those with the same, and has targets; the check of them all ends.
 */
#include <config.h>

#include "config/aliases.h"

#include <string.h>
#include <strings.h>

#include "queue/alias.h"
#include "queue/recipients.h"
#include "t/fuzz.h"

static void
report(void *arg, const char *file, int line, const char *text)
{
	(void)arg;
	(void)file;
	check(line >= 0 && *text != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct recipients_rules rules = { .domain = "example.com",
		.host = "host.example.net", .passwd = "/dev/null",
		.aliases = fuzz_file(data, size) };
	struct aliases *a;
	const struct alias *found;
	char name[64];
	size_t len = size < sizeof(name) ? size : sizeof(name) - 1;

	a = aliases_load(rules.aliases, report, NULL);
	if (a == NULL)
		return 0;
	/* The input begins with a name, if it is a good one. */
	memcpy(name, data, len);
	name[len] = '\0';
	name[strcspn(name, ":")] = '\0';
	if ((found = aliases_find(a, name)) != NULL) {
		check(strcasecmp(found->name, name) == 0);
		check(found->index < aliases_count(a));
		check(found->targets != NULL && *found->targets != NULL);
		check(**found->targets != '\0' && found->line > 0);
	}
	check(aliases_find(a, "") == NULL);
	aliases_free(a);
	check(alias_check(&rules, report, NULL) == 0);
	return 0;
}
