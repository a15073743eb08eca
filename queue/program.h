/*
 * Other programs of outbox, and the user that they run as.
 */
#ifndef QUEUE_PROGRAM_H
#define QUEUE_PROGRAM_H

struct error;

/* The program at this place beside the running one, as in a build tree; else
 * the installed one.  Freed by the caller; NULL: memory. */
char *program_find(const char *beside, const char *installed);

/* As root, become the owner of the opened directory for good; others stay who
 * they are.  0, or -1 and e. */
int program_become_owner(int directory, struct error *e);

#endif
