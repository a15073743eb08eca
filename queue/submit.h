/*
 * Submission over a unix socket, for callers to whom the kernel does not give
 * the group of a set-group-ID program (no_new_privs), or who see no queue they
 * could write to (a chroot, a container, a read-only /var).
 *
 *	flush	"~\n": someone is here; from time to time again, between its
 *		other lines, while it goes on
 *	client	"%08x%08x", the lengths of the envelope and of the origin; the
 *		envelope as in a queue file, its seal for a message of no
 *		length; the origin, a text for the log
 *	flush	"+ID\n"
 *	client	the message, then the seal of the whole file; shutdown
 *	flush	"+ID\n": it is durable
 *
 * In place of each "-STATUS TEXT\n" may come, STATUS one of sysexits.h;
 * nothing is queued then.  Nor is it when the client goes away before the
 * seal, or before it could read the last line: it says no more than that.  A
 * client that waits no longer shuts its side for reading; then either the
 * line is there already, or flush learns that it will not be read.
 */
#ifndef QUEUE_SUBMIT_H
#define QUEUE_SUBMIT_H

#include <stdint.h>
#include <sys/types.h>

struct flush;
struct log;
struct settings;

#define SUBMIT_LENGTH 8			/* bytes of the first two fields */
#define SUBMIT_ENVELOPE (8 * 1024 * 1024)	/* longest envelope */
#define SUBMIT_ORIGIN 1000		/* bytes of the longest origin */
#define SUBMIT_ALIVE "~\n"
#define SUBMIT_GREETING 1		/* seconds until the first line */
#define SUBMIT_PATIENCE 60		/* seconds that either side waits for
					 * more from the other */
#define SUBMIT_REPLY 600		/* bytes of the longest reply */

/*
 * submit.c: serve the client at fd, who is uid, in a process of its own.  The
 * message belongs to uid whatever its envelope says.  0: it is queued.
 */
int submit_serve(int fd, uid_t uid, const struct settings *s,
    struct log *log);

/*
 * submit_confine.c: what such a process closes to itself before it hears the
 * client, so that whoever takes it over there has little: everything but the
 * queue, and of that the mail, too, where a file is ready for what comes
 * (spool_reserve()) and no mail of uid has to be counted.
 */
void submit_confine(const struct settings *s, uid_t uid, int ready);

/* The same of the doorkeeper, of which those processes are children. */
void submit_confine_door(const struct settings *s, struct log *log);

/* submit_socket.c: listen, if f is to, in place of whoever listened before.
 * Only the holder of the queue's lock may.  Mail flows without it, so that it
 * is missing ends nothing: -1, and the log says why. */
int submit_open(struct flush *f);

/* Have a doorkeeper, if someone is to listen, and the socket if that could not
 * be had before; when to look again. */
int64_t submit_tend(struct flush *f, int64_t now);

/* The settings are other ones: the next clients get another doorkeeper. */
void submit_reload(struct flush *f);

/* Child pid has ended.  1: it was the doorkeeper. */
int submit_ended(struct flush *f, pid_t pid);

/* Listen no more. */
void submit_close(struct flush *f);

/* submit_door.c: the doorkeeper, a process of its own.  Does not return. */
void submit_door(const struct flush *f) __attribute__((__noreturn__));

#endif
