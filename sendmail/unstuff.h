/*
 * The data phase of SMTP: finds the end, and takes away the dots that were
 * put before dots (RFC 5321, 4.5.2).
 *
 * A client that ends its commands with CRLF ends the message with CRLF . CRLF
 * and nothing else; one that ends them with LF alone may use LF.  Whoever
 * accepts both at once lets a message hold a second one.
 */
#ifndef SENDMAIL_UNSTUFF_H
#define SENDMAIL_UNSTUFF_H

#include <stddef.h>

enum unstuff_state {
	UNSTUFF_START,		/* of a line */
	UNSTUFF_MIDDLE,
	UNSTUFF_CR,		/* in a line, behind a CR */
	UNSTUFF_DOT,		/* behind a dot at the start, held back */
	UNSTUFF_DOT_CR		/* and a CR */
};

struct unstuff {
	int crlf;		/* only CRLF ends a line */
	int ended;
	enum unstuff_state state;
};

void unstuff_init(struct unstuff *u, int crlf);

/*
 * Pass the message in len bytes of data to put, in pieces.  The number of
 * bytes that were used: all, unless the end was among them.
 */
size_t unstuff_feed(struct unstuff *u, const char *data, size_t len,
    void (*put)(void *arg, const char *data, size_t len), void *arg);

#endif
