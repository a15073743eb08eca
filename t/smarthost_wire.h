/*
 * smarthost_wire.h - one connection: buffered input in clear or TLS, replies
 * collected until the client has nothing more to say, delays, endings.
 * Knows nothing of SMTP but its lines.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_WIRE_H
#define T_SMARTHOST_WIRE_H

#include <stddef.h>

struct tls;
struct wire;

/* Takes fd.  number is the connection's, for the transcript. */
struct wire *wire_new(int fd, unsigned long number);
void wire_free(struct wire *w); /* closes what is still open */

unsigned long wire_number(const struct wire *w);
int wire_is_tls(const struct wire *w);
const char *wire_protocol(const struct wire *w); /* "none" without TLS */
struct tls *wire_tls(struct wire *w); /* borrowed; NULL: clear */

/*
 * Handshake as a server.  -1: it failed, the connection is of no more use.
 * Clear bytes after STARTTLS must have been refused before.
 */
int wire_start_tls(struct wire *w);

/*
 * Read one line.  *line is writable, valid until the next call, without line
 * end but with a NUL after *len.
 */
enum wire_line {
	WIRE_LINE,
	WIRE_LINE_BARE, /* LF without CR */
	WIRE_LINE_TOO_LONG, /* it was skipped */
	WIRE_EOF
};
enum wire_line wire_get_line(struct wire *w, char **line, size_t *len);

/*
 * Content: look at what is there, and take some of it.  wire_fill() sends
 * the replies and waits for more.  0: the peer is gone.
 */
size_t wire_peek(struct wire *w, const char **p);
void wire_take(struct wire *w, size_t n);
int wire_fill(struct wire *w);

/* Queue bytes; they go out when wire_fill() has to wait, or by wire_flush. */
void wire_send(struct wire *w, const void *p, size_t n);
void wire_flush(struct wire *w);

/* From now on read at most so many bytes in a second; 0: as they come. */
void wire_drip(struct wire *w, unsigned long bytes);

/* Wait for ms, or until the peer or the program ends; ms < 0: for ever. */
void wire_pause(struct wire *w, long ms);

enum wire_end {
	WIRE_END_POLITE, /* wait for the peer, so that it sees all replies */
	WIRE_END_NOW, /* close_notify and close */
	WIRE_END_TRUNCATE, /* no close_notify */
	WIRE_END_RESET /* RST */
};
void wire_end(struct wire *w, enum wire_end how);
int wire_ended(const struct wire *w); /* also: the peer is gone */

#endif
