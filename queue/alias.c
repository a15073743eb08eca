/* See alias.h. */
#include <config.h>

#include "queue/alias.h"

#include <string.h>
#include <strings.h>

#include "queue/address.h"

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
