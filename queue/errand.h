/*
 * Commands of the operator's, run by a process that is started for that before
 * the worker gives up what they need: see sandbox.h.  All that can be asked of
 * it is to run the one command once more.
 */
#ifndef QUEUE_ERRAND_H
#define QUEUE_ERRAND_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct secret_command;

struct errand {
	int sock;
	pid_t pid;
};

/* The process, which ends with its parent.  cmd is borrowed until then; what
 * cmd->say is told is told there.  0, or -1 and e. */
int errand_start(struct errand *r, const struct secret_command *cmd,
    struct error *e);

/* As secret_run(). */
char *errand_ask(const struct errand *r, int64_t *lifetime, char *why,
    size_t size);

/* End it, and wait for that. */
void errand_end(struct errand *r);

#endif
