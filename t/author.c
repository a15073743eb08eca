/*
 * The author of the tests: see author.h.
 */
#include <config.h>

#include "t/author.h"

static const char *
address(void *arg)
{
	(void)arg;
	return "me@dom.ain";
}

static const char *
name_of(void *arg)
{
	return arg;
}

struct rewrite
author_rewrite(const struct settings *s, char *name)
{
	struct rewrite r = { .host = "host.dom.ain", .id = "ID",
		.uid = 1000, .now = AUTHOR_NOW, .domain = "dom.ain",
		.settings = s, .address = address, .name = name_of,
		.arg = name };

	return r;
}
