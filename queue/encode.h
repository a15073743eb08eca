/*
 * The content transfer encodings of RFC 2045, 6, as a stream of lines: text
 * goes in without line ends, which are told apart, and comes out in lines
 * that every server takes.  Pure, constant memory.
 */
#ifndef QUEUE_ENCODE_H
#define QUEUE_ENCODE_H

#include <stddef.h>

#include "queue/buffer.h"

#define ENCODE_LINE 998		/* octets of a line: RFC 5321, 4.5.3.1.6 */

enum encode_way {
	ENCODE_KEEP,		/* as it is */
	ENCODE_FOLD,		/* lines that are too long are cut */
	ENCODE_ASCII,		/* the same, and 8-bit bytes become '?' */
	ENCODE_QUOTED,		/* to quoted-printable */
	ENCODE_BASE64,		/* to base64 */
	ENCODE_QUOTED_AGAIN,	/* quoted-printable that is not in form */
	ENCODE_BASE64_AGAIN	/* and base64 */
};

struct encode {
	enum encode_way way;
	size_t column;		/* of the line that goes out */
	unsigned glued;		/* bytes that may not begin a line */
	char blank;		/* held: it may be the last of its line */
	char held[57];		/* of one line of base64 */
	size_t nheld;
};

void encode_begin(struct encode *e, enum encode_way way);
void encode_text(struct encode *e, const char *text, size_t len,
    struct buffer *out);
void encode_newline(struct encode *e, struct buffer *out);

/* The end; the last line gets no line end unless its source had one. */
void encode_end(struct encode *e, struct buffer *out);

#endif
