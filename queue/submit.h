/*
 * Submission over a unix socket, for callers to whom the kernel does not give
 * the group of a set-group-ID program (no_new_privs), or who see no queue they
 * could write to (a chroot, a container, a read-only /var).
 *
 *	client	"%08x%08x", the lengths of the envelope and of the origin; the
 *		envelope as in a queue file, its seal for a message of no
 *		length; the origin, a text for the log
 *	flush	"+ID\n"
 *	client	the message, then the seal of the whole file; shutdown
 *	flush	"+ID\n": it is durable
 *
 * In place of either reply "-STATUS TEXT\n" may come, STATUS one of
 * sysexits.h; nothing is queued then.  Nor is it when the client goes away
 * before the seal.
 */
#ifndef QUEUE_SUBMIT_H
#define QUEUE_SUBMIT_H

#include <sys/types.h>

struct error;
struct flush;
struct log;
struct settings;

#define SUBMIT_LENGTH 8			/* bytes of the first two fields */
#define SUBMIT_ENVELOPE (8 * 1024 * 1024)	/* longest envelope */
#define SUBMIT_ORIGIN 1000		/* bytes of the longest origin */
#define SUBMIT_PATIENCE 60		/* seconds that either side waits */
#define SUBMIT_REPLY 600		/* bytes of the longest reply */

/*
 * submit.c: serve the client at fd, who is uid, in a process of its own.  The
 * message belongs to uid whatever its envelope says.  0: it is queued.
 */
int submit_serve(int fd, uid_t uid, const struct settings *s,
    struct log *log);

/* submit_socket.c: listen, in place of whoever listened before.  Only the
 * holder of the queue's lock may.  -1 and e. */
int submit_listen(const char *path, struct error *e);

/* Give who connects a process, as many as the bounds allow. */
void submit_accept(struct flush *f);

/* Child pid has ended, as waitpid() says. */
void submit_ended(struct flush *f, pid_t pid, int status);

/* Listen no more. */
void submit_close(struct flush *f);

#endif
