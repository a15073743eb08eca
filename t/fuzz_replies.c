/*
 * Any patterns of [replies] and any reply: a refusal of the server gets the
 * fate that a list gives it, in the order of the lists, by whole replies and in
 * any case; the site still ends nothing, and what is no refusal stays as it is.
 *
 * Lines: first a digit of flags, then the four lists, one pattern each, then
 * the reply.
 */
#include <config.h>

#include "queue/replies.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "t/fuzz.h"

#define LINES 5

/* As replies.c has it, for one pattern. */
static int
fits(const char *pattern, const char *text)
{
	return *pattern != '\0' && strlen(pattern) < VERDICT_TEXT &&
	    fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

static void
judge(char lines[LINES][VERDICT_TEXT], unsigned flags)
{
	const struct replies r = { lines[0], lines[1], lines[2], lines[3],
		(flags & 4) != 0 };
	const int code = (flags & 2) != 0 ? 550 : 250;
	struct verdict v, old;

	verdict_set(&v, code == 550 ? VERDICT_FAILED : VERDICT_DELIVERED,
	    (flags & 1) != 0 ? VERDICT_SITE : VERDICT_RECIPIENT, 0, "5.0.0",
	    "%s", lines[4]);
	if (v.scope == VERDICT_SITE)
		v.action = VERDICT_DEFERRED;
	v.code = code;
	old = v;
	replies_apply(&r, &v);
	check(strcmp(v.text, old.text) == 0 && v.code == old.code);
	if (old.scope == VERDICT_SITE)
		check(v.action == VERDICT_DEFERRED);
	if (code == 250) {
		check(memcmp(&v, &old, sizeof(v)) == 0);
		return;
	}
	if (fits(lines[0], v.text) || fits(lines[1], v.text) ||
	    fits(lines[2], v.text) || r.soft)
		check(v.action == VERDICT_DEFERRED);
	else
		check(v.action == old.action);
	if (fits(lines[2], v.text) && !fits(lines[0], v.text) &&
	    !fits(lines[1], v.text))
		check(v.scope == old.scope || v.scope == VERDICT_SENDER);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char lines[LINES][VERDICT_TEXT];
	const uint8_t *end = data + size, *eol;
	size_t i, len;
	unsigned flags;

	if (size == 0)
		return 0;
	flags = *data++;
	for (i = 0; i < LINES; i++) {
		eol = memchr(data, '\n', (size_t)(end - data));
		len = (size_t)((eol != NULL ? eol : end) - data);
		snprintf(lines[i], VERDICT_TEXT, "%.*s", (int)len,
		    (const char *)data);
		data = eol != NULL ? eol + 1 : end;
	}
	judge(lines, flags);
	return 0;
}
