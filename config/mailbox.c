/*
 * Single addresses: see mailbox.h.
 */
#include <config.h>

#include "config/mailbox.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/settings.h"
#include "config/value.h"

int
mailbox_is_routable(const char *address)
{
	static const char *const local[] = { "localhost", "localdomain",
		"local", "internal", "invalid", "lan", "home", "test", NULL };
	const char *domain = strrchr(address, '@'), *last;
	size_t i, len;

	if (domain == NULL || strchr(++domain, '"') != NULL)
		return 0;
	if (*domain == '[')
		return 1;
	if ((last = strrchr(domain, '.')) == NULL || last == domain)
		return 0;
	/* No top-level domain is a number. */
	if (last[1 + strspn(last + 1, "0123456789")] == '\0')
		return 0;
	for (i = 0; local[i] != NULL; i++)
		if (strcasecmp(last + 1, local[i]) == 0)
			return 0;
	len = strlen(domain);
	return len < 9 || strcasecmp(domain + len - 9, "home.arpa") != 0;
}

int
mailbox_is_local(const char *address)
{
	const char *domain = strrchr(address, '@');

	return domain != NULL && strcasecmp(domain + 1, MAILBOX_LOCAL) == 0;
}

/* Does one of the patterns match?  When memory is short none does: too
 * little is allowed then, not too much. */
static int
is_allowed(const char *patterns, const char *address)
{
	static const char blanks[] = " \t,";
	int allowed = 0;
	char *pattern;
	size_t len;

	for (patterns += strspn(patterns, blanks); *patterns != '\0' &&
	    !allowed; patterns += strspn(patterns, blanks)) {
		len = strcspn(patterns, blanks);
		if ((pattern = strndup(patterns, len)) != NULL)
			allowed = fnmatch(pattern, address,
			    FNM_CASEFOLD | FNM_NOESCAPE) == 0;
		free(pattern);
		patterns += len;
	}
	return allowed;
}

const char *
mailbox_forced(const struct settings *s, const char *address)
{
	return *s->from == '\0' || *address == '\0' ||
	    strcasecmp(address, s->from) == 0 ||
	    is_allowed(s->allowed, address) ? NULL : s->from;
}

/* The same of len bytes, which may be a name without a domain if bare. */
static int
is_plain(const char *text, size_t len, int bare)
{
	const char *at = memchr(text, '@', len);

	if (strcspn(text, " \t<>()[]:;,\\\"") < len)
		return 0;
	if (at == NULL)
		return bare && len > 0 && strchr("|/", *text) == NULL;
	return at != text && value_is_domain(at + 1,
	    len - (size_t)(at + 1 - text));
}

int
mailbox_is_plain(const char *text)
{
	return is_plain(text, strlen(text), 0);
}

const char *
mailbox_bad_in_list(const char *list, size_t *len)
{
	static const char blanks[] = " \t";

	for (; *list != '\0'; list += *list == ',') {
		list += strspn(list, blanks);
		*len = strcspn(list, ",");
		while (*len > 0 && strchr(blanks, list[*len - 1]) != NULL)
			--*len;
		if (*len > 0 && !is_plain(list, *len, 1))
			return list;
		list += strcspn(list, ",");
	}
	return NULL;
}
