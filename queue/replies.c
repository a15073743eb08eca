/*
 * The user's view of replies: see replies.h.
 */
#include <config.h>

#include "queue/replies.h"

#include <fnmatch.h>
#include <string.h>

static int
fits(const char *patterns, const char *text)
{
	char pattern[VERDICT_TEXT];
	size_t len;

	for (; *(patterns += strspn(patterns, "\n")) != '\0';
	    patterns += len) {
		len = strcspn(patterns, "\n");
		if (len >= sizeof(pattern))
			continue;
		memcpy(pattern, patterns, len);
		pattern[len] = '\0';
		if (fnmatch(pattern, text, FNM_CASEFOLD) == 0)
			return 1;
	}
	return 0;
}

void
replies_apply(const struct replies *r, struct verdict *v)
{
	int site = v->scope == VERDICT_SITE;
	enum verdict_scope own = v->scope == VERDICT_SENDER ?
	    VERDICT_MESSAGE : v->scope;

	if (v->code < 400)
		;	/* no refusal, or none of the smarthost's */
	else if (fits(r->retry, v->text))
		verdict_change(v, VERDICT_DEFERRED, own, 0);
	else if (fits(r->slow, v->text))
		verdict_change(v, VERDICT_DEFERRED, own, VERDICT_SLOW);
	else if (fits(r->hold, v->text))
		verdict_change(v, VERDICT_DEFERRED,
		    site ? VERDICT_SITE : VERDICT_SENDER, VERDICT_LONG);
	else if (!site && fits(r->bounce, v->text))
		verdict_change(v, VERDICT_FAILED, own, 0);
	if (r->soft && v->action == VERDICT_FAILED)
		verdict_change(v, VERDICT_DEFERRED, v->scope, v->flags);
}
