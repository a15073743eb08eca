/*
 * A line of the configuration, before libinih sees it.  What it would take
 * silently is refused: lines over its limit (it would split them), continuation
 * lines (it would call again with the same key), " ;" in a value (it would cut
 * it), ':' in place of '=', control bytes.
 */
#include <config.h>

#include <string.h>

#include "config/settings.h"
#include "config/settings_private.h"

#define LINE_MAX_INIH 197	/* octets that every build of libinih takes */
#define NUMBER(n) TEXT(n)
#define TEXT(n) #n

int
settings_line_has_control(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') ||
		    line[i] == 0x7f)
			return 1;
	return 0;
}

/* What libinih takes for one; '#' it would take for a part of the value. */
static int
has_comment(const char *line)
{
	const char *p;

	for (p = line; (p = strpbrk(p, ";#")) != NULL; p++)
		if (p > line && (p[-1] == ' ' || p[-1] == '\t'))
			return 1;
	return 0;
}

const char *
settings_line_fault(const char *line)
{
	const char *sign = line + strcspn(line, "=:");

	if (strlen(line) > LINE_MAX_INIH)
		return "the line is longer than " NUMBER(LINE_MAX_INIH)
		    " characters";
	if (*line == ' ' || *line == '\t')
		return "the line begins with a blank: continuation lines are "
		    "not supported";
	if (*sign != '=' || sign == line)
		return "a setting is written 'key = value'";
	if (has_comment(line))
		return "a comment after a value is not supported: give it a "
		    "line of its own";
	return NULL;
}

int
settings_can_hold(const char *name, const char *value)
{
	size_t len = strlen(value);

	return strlen(name) + strlen(" = ") + len <= LINE_MAX_INIH &&
	    !settings_line_has_control(value, len) && *value != ';' &&
	    *value != '#' && !has_comment(value);
}
