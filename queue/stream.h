/*
 * Lines in, bytes out, over a socket or TLS, by absolute deadlines.  While it
 * writes it also reads, so that a server which answers before it reads on
 * cannot block both sides.
 */
#ifndef QUEUE_STREAM_H
#define QUEUE_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct stream;
struct tls;

#define STREAM_TICK 1000	/* milliseconds */

/* Takes the connected, non-blocking fd.  NULL and e; fd is closed then. */
struct stream *stream_new(int fd, struct error *e);
void stream_free(struct stream *s);		/* s may be NULL */

/* Call tick(arg) every STREAM_TICK that passes while s waits for the peer. */
void stream_on_wait(struct stream *s, void (*tick)(void *arg), void *arg);

/*
 * Speak TLS from here on; takes t.  -1 and e: bytes from before are left
 * unread, which someone may have slipped in.
 */
int stream_secure(struct stream *s, struct tls *t, struct error *e);
struct tls *stream_tls(const struct stream *s);	/* NULL: in the clear */

/* Do the handshake of t over s's descriptor; 0, or -1 and e. */
int stream_handshake(struct stream *s, struct tls *t, int64_t deadline,
    struct error *e);

/* Append to what goes out with the next flush. */
int stream_write(struct stream *s, const void *data, size_t len,
    struct error *e);
int stream_printf(struct stream *s, struct error *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Bytes that were ever written; the command that ends here is on its way
 * when as many were sent. */
uint64_t stream_written(const struct stream *s);
uint64_t stream_sent(const struct stream *s);

/* Bytes that wait for a flush. */
size_t stream_pending(const struct stream *s);

/* Send all that was written.  0, or -1 and e. */
int stream_flush(struct stream *s, int64_t deadline, struct error *e);

/* Overwrite what was sent: it held a secret. */
void stream_forget(struct stream *s);

/*
 * The next line without its line end, borrowed until the next call.
 * *sent: how much had been sent when its first byte was read; a reply to a
 * command that had not been sent by then answers something else.
 * 1; 0: it ended here; -1 and e.
 */
int stream_getline(struct stream *s, int64_t deadline, const char **line,
    size_t *len, uint64_t *sent, struct error *e);

/* 1: a whole line can be had without waiting, or the end was reached. */
int stream_has_line(struct stream *s);

int stream_fd(const struct stream *s);		/* for poll, borrowed */

/* Say goodbye to TLS, without waiting. */
void stream_bye(struct stream *s);

#endif
