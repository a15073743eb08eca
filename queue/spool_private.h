/*
 * What the parts of the spool share: see spool.h.
 */
#ifndef QUEUE_SPOOL_PRIVATE_H
#define QUEUE_SPOOL_PRIVATE_H

#include <sys/types.h>

/* What is not longer is written at once, seal and all. */
#define SPOOL_BLOCK 65536

struct spool {
	int base;	/* DIRECTORY */
	int queue;	/* DIRECTORY/queue */
	int lock;	/* DIRECTORY/lock, or -1 */
	int ready;	/* a file for the next draft, or -1 */
	int parked;	/* failed/ has names that may not be on the disk */
	uid_t owner;	/* of queue/ */
	gid_t group;
};

#endif
