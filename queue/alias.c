/* See alias.h. */
#include <config.h>

#include "queue/alias.h"

#include <string.h>
#include <strings.h>

#include "queue/address.h"
#include "queue/buffer.h"

int
alias_parse(struct address_list *list, const char *target)
{
	const char *start = target + (*target == '"');

	if (*start == '|' || *start == '/' ||
	    strncasecmp(start, ":include:", 9) == 0)
		return 0;
	return address_parse(list, target, strlen(target));
}

int
alias_is_read(const struct address_list *list)
{
	return list->n > 0 && !list->bad;
}

static int
check_target(const char *path, const struct alias *alias, const char *target,
    aliases_report *report, void *arg)
{
	struct address_list list = ADDRESS_LIST_INIT;
	struct buffer text = BUFFER_INIT;
	int result = alias_parse(&list, target);

	if (result == 0 && !alias_is_read(&list)) {
		buffer_addf(&text, "alias %s: %s is ignored: only addresses "
		    "are supported, with commas between them", alias->name,
		    target);
		if (!text.failed)
			report(arg, path, alias->line, buffer_string(&text));
		result = text.failed ? -1 : 0;
	}
	buffer_free(&text);
	address_free(&list);
	return result;
}

int
alias_check(const char *path, aliases_report *report, void *arg)
{
	struct aliases *aliases = aliases_load(path, report, arg);
	const struct alias *alias;
	int result = 0;
	size_t i;
	char **t;

	if (aliases == NULL)
		return -1;
	for (i = 0; i < aliases_count(aliases); i++) {
		alias = aliases_get(aliases, i);
		for (t = alias->targets; *t != NULL && result == 0; t++)
			result = check_target(path, alias, *t, report, arg);
	}
	aliases_free(aliases);
	return result;
}
