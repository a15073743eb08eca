/*
 * The queue directory: one file per message, made durable before its
 * submitter is told so, and never lost after that.
 *
 *	DIRECTORY/queue/ID	messages, mode 0606 in a sticky directory
 *	DIRECTORY/failed/ID	what a person must look at
 *	DIRECTORY/lock		held by the one flush process
 *	DIRECTORY/wake		fifo: see wake.h
 *
 * A lock on a message (flock) hides it from everyone else: its submitter
 * holds it until the message is durable, flush while it sends, the operator's
 * tool while it changes or removes it.
 */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

#include <inttypes.h>
#include <stddef.h>

#include "queue/envelope.h"

struct error;
struct quota;
struct spool;		/* an open queue directory */
struct stat;
struct spool_draft;	/* a message being written; it has no name yet */

/* 16 hexadecimal digits of microseconds since 1970, 8 random ones: the order of
 * names is the order of arrival.  In upper case and nothing else between them,
 * since it is by this that programs for mail logs know a queue ID. */
#define SPOOL_ID 24
#define SPOOL_ID_FORMAT "%016" PRIX64 "%08" PRIX32	/* uint64_t, uint32_t */

/* NULL and e: directory, or queue/ in it, cannot be opened. */
struct spool *spool_open(const char *directory, struct error *e);
void spool_close(struct spool *s);		/* s may be NULL */

/* Make queue/ in a directory that has none, such as a new volume of a
 * container: for one user, who is the caller.  Root does so only in a
 * directory of its own.  0, or -1 and e. */
int spool_make(const char *directory, struct error *e);

/*
 * What a process needs that takes messages out: it must own queue/, since
 * without the right to remove a message it would send it for ever.  failed/
 * is made where it is missing.  0, or -1 and e.
 */
int spool_check(struct spool *s, struct error *e);

/* What else of it an administrator should mend, one thing at a time: -1 and e.
 * Mail goes all the same. */
int spool_check_modes(const struct spool *s, struct error *e);

/* A descriptor of DIRECTORY, borrowed. */
int spool_directory(const struct spool *s);

/* Who owns queue/. */
uid_t spool_user(const struct spool *s);

/* 1 when text has the form of an ID. */
int spool_is_id(const char *text);

/* The two numbers that the ID is made of. */
void spool_split_id(const char *id, uint64_t *arrival, uint32_t *random);

/* Open the file of the next message now: spool_begin() and what follows open
 * and remove none then.  1, or 0: there is no such file. */
int spool_reserve(struct spool *s);

/*
 * Start a message with this envelope; its seal comes with the commit.  The
 * caller owns the draft and ends it with spool_commit() or spool_abort().
 * NULL and e on failure.
 */
struct spool_draft *spool_begin(struct spool *s, const struct envelope *env,
    struct error *e);
const char *spool_draft_id(const struct spool_draft *d);

/* Refuse to store it when uid has too much then, whatever else is stored
 * meanwhile: e->number is 0 when that is why. */
void spool_limit(struct spool_draft *d, const struct quota *q, uid_t uid);

/* Refuse to write more of it when less than min_free is left, as
 * spool_check_room() has it: e->number is 0 when that is why. */
void spool_keep_free(struct spool_draft *d, uint64_t min_free);

/* The message is written as it comes in, and has its ID at this offset, which
 * is written by now.  Where it is complete long after it was begun it arrives
 * at the end: it gets another ID, there too, and another arrival. */
void spool_id_at(struct spool_draft *d, uint64_t offset);

/* Append to the message: CRLF line ends, not dot-stuffed.  Buffered. */
int spool_write(struct spool_draft *d, const void *data, size_t len,
    struct error *e);

/*
 * Make d visible and durable, and free it.  0: the message survives a power
 * cut.  -1 and e: nothing of it is left in the queue.
 */
int spool_commit(struct spool_draft *d, const struct envelope_facts *facts,
    struct error *e);
void spool_abort(struct spool_draft *d);	/* d may be NULL */

/* Why these and spool_write() failed, as a status of sysexits.h. */
int spool_status(const struct error *e);

/*
 * The same in two steps.  After spool_store() the message is durable, and
 * locked: nothing is done with it before spool_show(), which frees d.  Or
 * before spool_withdraw(), which frees it too: it is gone again, or, where we
 * may not remove it, what flush removes as the rest of a crash.
 */
int spool_store(struct spool_draft *d, const struct envelope_facts *facts,
    struct error *e);
void spool_show(struct spool_draft *d);
void spool_withdraw(struct spool_draft *d);

/* Leave room for flush, which needs little, and for the system: are min_free
 * bytes free, and an inode for each SPOOL_INODE of them?  0, or -1 and e. */
#define SPOOL_INODE 65536
int spool_check_room(const struct spool *s, uint64_t min_free,
    struct error *e);

/*
 * Call each(arg, id) for every message, in order of arrival, until it
 * returns non-zero, which is then the result.  Names that are no ID are
 * passed to stray (NULL: ignored), save "." and "..".  -1 and e: the
 * directory cannot be read, or memory ran out.
 */
int spool_scan(struct spool *s, int (*each)(void *arg, const char *id),
    void (*stray)(void *arg, const char *name), void *arg, struct error *e);

/* The same in any order, which is faster. */
int spool_names(struct spool *s, int (*each)(void *arg, const char *id),
    void *arg, struct error *e);

/* A message that was read from the queue. */
struct spool_message {
	char id[SPOOL_ID + 1];
	int fd;
	dev_t dev;		/* which file it is */
	ino_t ino;
	struct envelope env;
};

enum spool_result {
	SPOOL_OK,
	SPOOL_BUSY,	/* someone else has it locked */
	SPOOL_GONE,	/* no longer there */
	SPOOL_SHORT,	/* cut short by a crash, or zeros: it was never
			 * acknowledged */
	SPOOL_BAD,	/* not a message: e says why */
	SPOOL_ERROR	/* this machine cannot read it now: e says why */
};

/*
 * Lock a message and read its envelope.  After SPOOL_OK the caller owns m
 * and ends it with spool_release(); otherwise there is nothing to end.
 */
enum spool_result spool_take(struct spool *s, const char *id,
    struct spool_message *m, struct error *e);

/* The same, without the lock and for reading only. */
enum spool_result spool_peek(struct spool *s, const char *id,
    struct spool_message *m, struct error *e);

/* What the file of this name is, itself; 0, or -1 and errno. */
int spool_stat(struct spool *s, const char *name, struct stat *st);

/* The owner of a message's file; our own user when it cannot be told. */
uid_t spool_owner(struct spool *s, const char *id);

/* Read the envelope of an open queue file; env is the caller's after
 * SPOOL_OK. */
enum spool_result spool_read(int fd, struct envelope *env, struct error *e);

/*
 * A new descriptor of the file, for reading only and without a share in the
 * lock; the caller closes it.  -1 and e.
 */
int spool_reader(struct spool *s, const struct spool_message *m,
    struct error *e);

/* Overwrite the mark of recipient i, or the retry record, in place and in
 * m->env.  Marks are durable after spool_sync(). */
int spool_mark(struct spool_message *m, size_t i, enum envelope_mark mark,
    struct error *e);
int spool_retry(struct spool_message *m, const struct envelope_retry *retry,
    struct error *e);
int spool_sync(struct spool_message *m, struct error *e);

void spool_release(struct spool_message *m);

/* Unlink the message, which stays locked until it is released. */
int spool_remove(struct spool *s, const struct spool_message *m,
    struct error *e);

/* Make removals durable, and what was parked, first where it is now.  A power
 * cut before this may bring some back. */
int spool_sync_directory(struct spool *s, struct error *e);

/* Move queue/name to failed/, where no flush looks.  Its time of modification
 * is now, so that failed_lifetime begins here, if we may write to it.  Durable
 * as a removal is: a power cut may bring it back. */
int spool_park(struct spool *s, const char *name, struct error *e);

/* The same of a message, which is durable in failed/ before it leaves the
 * queue. */
int spool_park_mail(struct spool *s, const struct spool_message *m,
    struct error *e);

/*
 * failed/ of s, to be scanned, and its messages read, taken and removed, like
 * those of a queue; the caller closes it.  NULL and e: EACCES to all but the
 * owner of the queue.
 */
struct spool *spool_open_failed(const struct spool *s, struct error *e);

/* Move failed/name back to the queue s; durable before it leaves failed/. */
int spool_unpark(struct spool *failed, struct spool *s, const char *name,
    struct error *e);

/* Remove a directory, if there is nothing in it.  0, or -1. */
int spool_remove_directory(struct spool *s, const char *name);

/* Unlink what is no message. */
int spool_remove_name(struct spool *s, const char *name, struct error *e);

/* Its time of modification is now.  -1: errno. */
int spool_touch(struct spool *s, const char *name);

/* Remove what a crashed submitter left: a message that is SPOOL_SHORT, or a
 * draft of the fallback without O_TMPFILE. */
int spool_discard_short(struct spool *s, const char *name, struct error *e);

/* Take DIRECTORY/lock for as long as the descriptor lives.  -1 and e;
 * e->number is EWOULDBLOCK when another process has it. */
int spool_lock(struct spool *s, struct error *e);
void spool_unlock(struct spool *s);

/* Does a process hold it?  -1: only the owner of the queue may know. */
int spool_is_locked(const struct spool *s);

#endif
