/*
 * Parameters: see parameter.h.
 */
#include <config.h>

#include "queue/parameter.h"

#include <string.h>
#include <strings.h>

size_t
parameter_first(const char *value)
{
	return strcspn(value, ";");
}

/* A quoted string, from behind its first quote. */
static const char *
take_quoted(const char *s, struct buffer *out)
{
	for (; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		buffer_addc(out, *s);
	}
	return *s == '"' ? s + 1 : s;
}

int
parameter_next(const char **pos, struct parameter *p)
{
	const char *s = *pos;
	size_t n;

	memset(p, 0, sizeof(*p));
	s += strspn(s, "; \t");
	if (*s == '\0')
		return 0;
	p->name = s;
	p->len = strcspn(s, "=; \t");
	s += p->len;
	s += strspn(s, " \t");
	if (*s == '=') {
		s += 1 + strspn(s + 1, " \t");
		if (*s == '"') {
			s = take_quoted(s + 1, &p->value);
		} else {
			n = strcspn(s, "; \t");
			buffer_add(&p->value, s, n);
			s += n;
		}
	}
	/* What else stands before the next one, such as a comment, is
	 * nothing that we know. */
	*pos = s + strcspn(s, ";");
	return 1;
}

int
parameter_is(const struct parameter *p, const char *name)
{
	return p->len == strlen(name) &&
	    strncasecmp(p->name, name, p->len) == 0;
}
