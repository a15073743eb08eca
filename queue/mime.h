/*
 * A message for a server that takes less than it holds: parts with 8-bit bytes
 * or lines over 998 octets get a transfer encoding, header fields become ASCII
 * or are folded, the rest stays as it is to the byte.  Entities are walked as
 * RFC 2045 and 2046 define them: multipart, message/rfc822, nested.  What is
 * signed or encrypted is left alone; lines in it that are too long are folded
 * all the same, and its 8-bit bytes cannot be helped.
 *
 * It takes two runs over the same bytes: the first finds out how each part is
 * to go (struct mime_plan), the second writes.  Both are streams, pure, in
 * memory that does not depend on the size of the message.
 *
 * The input has CRLF line ends, no other CR or LF, and no NUL: content.h.
 */
#ifndef QUEUE_MIME_H
#define QUEUE_MIME_H

#include <stddef.h>

#include "queue/buffer.h"

struct mime;		/* a run */

/* Set the rules; the first run sets the rest.  The owner frees ways. */
struct mime_plan {
	int ascii_header;	/* the header of the message must be ASCII */
	int ascii;		/* everything must be */
	struct buffer ways;	/* of its parts */
	int impossible;		/* 8-bit bytes where nothing can be changed */
	int shown;		/* an address of the header was not ASCII: it
				 * can only be shown */
};

/* survey: the first run, which writes nothing.  p is borrowed.  NULL: memory
 * ran out. */
struct mime *mime_new(struct mime_plan *p, int survey);
void mime_free(struct mime *m);		/* m may be NULL */

/* Take more of the message; what comes of it is appended to out, which tells
 * when memory ran out. */
void mime_add(struct mime *m, const char *data, size_t len,
    struct buffer *out);
void mime_end(struct mime *m, struct buffer *out);

#endif
