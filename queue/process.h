/*
 * The processes that do the sending: all that the scheduler does with them
 * beyond talking to them (handover.h).
 */
#ifndef QUEUE_PROCESS_H
#define QUEUE_PROCESS_H

#include <sys/types.h>

struct flush;

/* Start a worker that talks on descriptor sock, which the caller closes here;
 * local: outbox-local.  -1: errno. */
pid_t process_start(const struct flush *f, int sock, int local);

/* End it at once; that it ended is told as of any other. */
void process_kill(pid_t pid);

/* A child that ended, whichever it is, and how, as waitpid() says; told of
 * each once, after a SIGCHLD.  0: no other has. */
pid_t process_ended(int *status);

#endif
