/*
 * The locks of a mailbox: see mbox.h.
 */
#ifndef QUEUE_MBOX_LOCK_H
#define QUEUE_MBOX_LOCK_H

struct error;
struct mbox;
struct mbox_params;

/* 0; 1: the file is not the one of this name any more; -1 and e. */
int mbox_lock(struct mbox *b, const struct mbox_params *p, struct error *e);
void mbox_unlock(struct mbox *b);

#endif
