/*
 * A command of the operator's, with its streams and a limit for its time.  No
 * shell is involved unless the command is one.
 */
#ifndef CONFIG_CHILD_H
#define CONFIG_CHILD_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The words of line, which they become a part of: what is between blanks; but
 * behind "-c" as second word the rest is one.  Freed by the caller; NULL:
 * memory ran out.
 */
char **child_split(char *line);

struct child {
	char **environment;	/* NULL: ours */
	int in;				/* its standard input; -1: nothing */
	int64_t timeout;		/* milliseconds */
	void (*tick)(void *arg);	/* called while it runs; or NULL */
	void *arg;

	/* What it writes to its standard output and error: room for so many
	 * bytes, and how many there are.  More is read and forgotten. */
	char *data[2];
	size_t max[2], len[2];

	int status;			/* of waitpid(), when it has ended */
	pid_t pid;
	struct pollfd from[2];
};

enum child_end { CHILD_ENDED, CHILD_LATE, CHILD_NONE };

/*
 * Run argv and wait for its end.  CHILD_LATE: it did not end in time, and was
 * killed with all that it started.  CHILD_NONE: it was not started; errno.
 */
enum child_end child_run(struct child *c, char **argv);

#endif
