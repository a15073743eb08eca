/*
 * Steps of a session: see trace.h.
 */
#include <config.h>

#include "queue/trace.h"

#include <stddef.h>

void
trace(const struct trace *t, enum trace_event event, const char *step,
    const char *text)
{
	if (t != NULL)
		t->tell(t->arg, event, step, text);
}
