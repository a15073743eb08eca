/*
 * "outbox test": a session up to MAIL FROM, told step by step.
 */
#ifndef QUEUE_PROBE_H
#define QUEUE_PROBE_H

#include <stdio.h>

struct smtp_params;

#define PROBE_LOGIN 1
#define PROBE_EX_LOGIN EX_NOUSER	/* what the worker ends with then */

/*
 * Open a session by p, offer the sender, take it back and quit; out gets a
 * line for each step with its time, and a hint where one failed.  0; or
 * PROBE_LOGIN: the login failed, or the sender, who hangs on it; or -1.
 */
int probe_run(const struct smtp_params *p, const char *sender, FILE *out);

/* A step of its own that failed before that. */
void probe_refuse(const char *host, const char *step, const char *text,
    FILE *out);

#endif
