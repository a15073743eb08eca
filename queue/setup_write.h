/*
 * Files that "outbox setup" writes, each as a whole or not at all.
 */
#ifndef QUEUE_SETUP_WRITE_H
#define QUEUE_SETUP_WRITE_H

#include <stddef.h>
#include <sys/types.h>

struct buffer;
struct error;

struct write_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/*
 * Put len bytes in place of the file at path, which is durable then; the
 * directory is made where it is missing.  A file that was there is kept as
 * path.old, path.old.2 and so on: *kept, freed by the caller; NULL: there was
 * none.  With kept NULL it is not kept.  -1 and e: all is as it was.  Signals
 * wait meanwhile.
 */
int write_whole(const char *path, const void *data, size_t len,
    const struct write_owner *owner, char **kept, struct error *e);

/* Take that back: what was kept is in its place again, or no file.  Frees
 * *kept; kept may be NULL, and then nothing is done. */
void write_undo(const char *path, char **kept);

/* A file of at most limit bytes, without a NUL, appended to out.  -1 and e,
 * whose number is ENOENT where there is none. */
int write_read(const char *path, size_t limit, struct buffer *out,
    struct error *e);

/*
 * The queue, where there is none: as root with the owner's user and group, and
 * drop as the group of those who submit.  1: it is made; 0: there is one.
 */
int write_queue(const char *directory, const struct write_owner *owner,
    gid_t drop, struct error *e);

#endif
