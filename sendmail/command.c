/*
 * SMTP command arguments: see command.h.  RFC 5321, 4.1.2.
 */
#include <config.h>

#include "sendmail/command.h"

#include <string.h>
#include <strings.h>

/* Behind the path at p; NULL: it is not closed. */
static char *
path_end(char *p)
{
	int quoted = 0, angle = *p == '<';

	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && angle && *p == '>')
			return p + 1;
		else if (!quoted && !angle && *p == ' ')
			return p;
	}
	return quoted || angle ? NULL : p;
}

char *
command_path(char *args, const char *keyword, char **params)
{
	size_t len = strlen(keyword);
	char *path, *end;

	if (strncasecmp(args, keyword, len) != 0)
		return NULL;
	/* A blank before the path is wrong and common. */
	path = args + len + strspn(args + len, " ");
	if (*path == '\0' || (end = path_end(path)) == NULL)
		return NULL;
	if (*end != ' ' && *end != '\0')
		return NULL;
	*params = end;
	if (*end != '\0') {
		*end = '\0';
		*params = end + 1;
	}
	return path;
}

char *
command_param(char **params, char **value)
{
	char *name = *params + strspn(*params, " "), *end;

	if (*name == '\0')
		return NULL;
	end = name + strcspn(name, " ");
	*params = end + (*end != '\0');
	*end = '\0';
	if ((*value = strchr(name, '=')) != NULL)
		*(*value)++ = '\0';
	return name;
}

int
command_repeats(const char *params)
{
	const char *other;
	size_t len;

	for (params += strspn(params, " "); *params != '\0';
	    params += strspn(params, " ")) {
		len = strcspn(params, " =");
		for (other = params; *(other += strcspn(other, " ")) != '\0';) {
			other += strspn(other, " ");
			if (len > 0 && strcspn(other, " =") == len &&
			    strncasecmp(other, params, len) == 0)
				return 1;
		}
		params += strcspn(params, " ");
	}
	return 0;
}
