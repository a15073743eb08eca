/*
 * One reply of an SMTP server (RFC 5321, 4.2), fed line by line.  Pure; the
 * server is hostile: lengths are bounded, what is kept is printable.
 */
#ifndef QUEUE_REPLY_H
#define QUEUE_REPLY_H

#include <stddef.h>

#include "queue/buffer.h"

#define REPLY_LINE 4096		/* octets of a line that are accepted */
#define REPLY_LINES 512		/* lines of a reply that are accepted */
#define REPLY_STATUS 12		/* bytes of an enhanced status, with its NUL */

struct reply {
	int code;			/* 200 to 599; 0: no line yet */
	char status[REPLY_STATUS];	/* RFC 3463, or "": there is none */
	struct buffer text;		/* of the lines, after the code, with
					 * '\n' between them */
	int lines;
};

void reply_reset(struct reply *r);
void reply_free(struct reply *r);

/*
 * Add a line without its line end.  1: the reply is complete; 0: more lines
 * follow; -1: this is no SMTP reply.
 */
int reply_line(struct reply *r, const char *line, size_t len);

/* "250 2.0.0 ok" as one line, for a log or a report; freed by the caller.
 * NULL when memory ran out. */
char *reply_describe(const struct reply *r);

#endif
