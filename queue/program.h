/*
 * Other programs of outbox, the user that they run as, and what they are not
 * to inherit.
 */
#ifndef QUEUE_PROGRAM_H
#define QUEUE_PROGRAM_H

#include <sys/types.h>

struct error;

/* The first thing in main: what a caller can hand on to a program and its files
 * and children would suffer from.  Standard descriptors are open afterwards,
 * SIGPIPE and SIGXFSZ are ignored, and SIGCHLD is not. */
void program_begin(void);

/* The program at this place beside the running one, as in a build tree; else
 * the installed one.  Freed by the caller; NULL: memory. */
char *program_find(const char *beside, const char *installed);

/*
 * Run program, which is looked for in $PATH where it has no slash, with these
 * words and this standard input (-1: ours), and wait for its end: a status of
 * sysexits.h.
 */
int program_run(const char *program, const char *const *argv, int in);

/* In a child: become it; what cannot be run ends the child.  And wait for such
 * a child, or what fork() said. */
void program_execute(const char *program, const char *const *argv)
    __attribute__((noreturn));
int program_wait(pid_t child);

/* As root, become the owner of the opened directory for good; others stay who
 * they are.  0, or -1 and e. */
int program_become_owner(int directory, struct error *e);

/* Close these descriptors and all between them; no matter which are open. */
void program_close(unsigned first, unsigned last);

#endif
