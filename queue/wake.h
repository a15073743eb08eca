/*
 * The fifo by which a submitter tells flush of a new message, so that one
 * submission costs flush one open and not a scan of the queue.
 */
#ifndef QUEUE_WAKE_H
#define QUEUE_WAKE_H

struct error;
struct spool;

/* Tell flush, if it runs, of message id.  Never waits; failure does no harm:
 * flush also scans at its start and from time to time. */
void wake_message(const struct spool *s, const char *id);

/* Ask flush to try everything now: "sendmail -q".  -1: no flush is there. */
int wake_flush(const struct spool *s);

/* Is a flush there?  -1: the caller may not know. */
int wake_is_heard(const struct spool *s);

/* 1: what was told is not read yet; 0: it is, or nobody can know. */
int wake_is_pending(const struct spool *s);

/* The reading end, made where it is missing; the caller closes it.  -1 and
 * e. */
int wake_open(const struct spool *s, struct error *e);

struct wake_calls {
	void (*message)(void *arg, const char *id);
	void (*flush)(void *arg);
	void (*overflow)(void *arg);	/* records were lost: scan */
};

/* Read all that is there, without waiting. */
void wake_read(int fd, const struct wake_calls *calls, void *arg);

#endif
