/*
 * A mailbox that is ours and that its user can read: the one thing that a
 * process without privilege can do for that is an entry in an access control
 * list.
 */
#ifndef QUEUE_MBOX_SHARE_H
#define QUEUE_MBOX_SHARE_H

#include <sys/types.h>

struct error;

/* Let reader read and write our file fd.  0, or -1 and e. */
int mbox_share(int fd, uid_t reader, struct error *e);

#endif
