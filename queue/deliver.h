/*
 * One recipient on this machine: into a mailbox, or to the operator's command.
 */
#ifndef QUEUE_DELIVER_H
#define QUEUE_DELIVER_H

#include <stdint.h>
#include <sys/types.h>

struct buffer;
struct envelope;
struct error;
struct verdict;

/* How, for all recipients; one of the first two is "". */
struct deliver_rules {
	const char *mbox, *command;	/* "%u" is the user */
	const char *passwd;		/* the file of users */
	int64_t wait;			/* milliseconds, for a mailbox */
	int64_t timeout;		/* of the command */
	void (*tick)(void *arg);	/* called while it takes time */
	void *arg;
};

struct deliver_letter {
	int fd;				/* of the queue file */
	const struct envelope *env;
	size_t rcpt;
};

/* Deliver it; what became of it.  1: the mailbox stayed locked. */
int deliver(const struct deliver_rules *r, const struct deliver_letter *l,
    struct verdict *v);

/* text, with user for each "%u"; freed by the caller, NULL: memory. */
char *deliver_expand(const char *text, const char *user);

/* The message as programs have it, in pieces to put(), which says 0 or -1.
 * quote: for a mailbox. */
int deliver_copy(const struct deliver_letter *l, int quote,
    int (*put)(void *arg, const void *data, size_t len, struct error *e),
    void *arg, struct error *e);

/* Fields that are put before it. */
void deliver_head(const struct deliver_letter *l, struct buffer *out);

/* deliver_command.c: give it to the command.  user is the name in passwd. */
void deliver_command(const struct deliver_rules *r,
    const struct deliver_letter *l, const char *user, struct verdict *v);

#endif
