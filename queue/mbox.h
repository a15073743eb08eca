/*
 * A mailbox in one file, to which messages are appended: whole and durable, or
 * not at all.  It is locked in both ways that mail programs know, first with
 * fcntl(2), then with a file NAME.lock where one can be made.
 */
#ifndef QUEUE_MBOX_H
#define QUEUE_MBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct mbox_params {
	const char *path;		/* absolute */
	uid_t reader;			/* may read what is made by us, and
					 * empty it; or our own user */
	int64_t wait;			/* milliseconds, for the locks */
	void (*tick)(void *arg);	/* called while it waits */
	void *arg;
};

struct mbox {
	int directory, fd;
	char *name;			/* in directory */
	off_t size;			/* without the new message */
	int dotted;			/* NAME.lock is ours */
};

/*
 * Open the mailbox and lock it; where there is none, make it.  Symbolic links,
 * files with several names, what is no file, and directories that others may
 * write to are refused.  0, and the caller ends it with mbox_commit() or
 * mbox_abort(); -1 and e, with the number EWOULDBLOCK when it stayed locked.
 */
int mbox_open(struct mbox *b, const struct mbox_params *p, struct error *e);

/* Append.  0, or -1 and e. */
int mbox_write(struct mbox *b, const void *data, size_t len, struct error *e);

/* 0: all that was appended survives a power cut.  -1 and e: nothing of it is
 * there.  b has ended either way. */
int mbox_commit(struct mbox *b, struct error *e);

/* Nothing of it is there. */
void mbox_abort(struct mbox *b);

#endif
