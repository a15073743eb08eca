/*
 * The one pass over a message: every line gets a CRLF end, whatever end it
 * had, in constant memory and the same way however the input is cut up.
 *
 *	LF, CRLF, CR CR LF	are line ends: all CRs before a LF belong to it
 *	other CRs		become a space, several in a row one
 *	NUL			is removed
 *	no end at the end	gets one
 *
 * Neither a bare CR nor a NUL may stand in a message (RFC 5322, 2.2), and a
 * CR that travels on is how a second message is smuggled in.
 */
#ifndef SENDMAIL_BODY_H
#define SENDMAIL_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "queue/buffer.h"
#include "queue/envelope.h"

struct body {
	int dots;		/* a lone dot is data, not the end */
	int ended;		/* it was the end */
	struct envelope_facts facts;	/* 8-bit goes to body_8bit */
	/* of the line that is not complete */
	uint64_t line;		/* octets so far */
	int cr;			/* then a CR, which may be of its end */
	int held;		/* it is a dot so far, not yet put out */
};

void body_init(struct body *b, int dots);

/*
 * Append len bytes in canonical form to out; bytes after a lone dot that
 * ends the message are left out.  -1: memory ran out.
 */
int body_feed(struct body *b, const char *data, size_t len,
    struct buffer *out);

/* The input is over: complete its last line. */
int body_finish(struct body *b, struct buffer *out);

/* Forget the facts of everything but these canonical bytes, which begin with
 * a line and were the last that came out. */
void body_restart(struct body *b, const char *text, size_t len);

/* 1 when a byte is not ASCII. */
int body_is_8bit(const char *data, size_t len);

#endif
