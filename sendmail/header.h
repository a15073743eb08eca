/*
 * The head of a message as it comes in: the fields, in canonical form, up to
 * the first empty line or the first line that is no field.  Nothing else of
 * a message is held in memory.
 */
#ifndef SENDMAIL_HEADER_H
#define SENDMAIL_HEADER_H

#include <stddef.h>

#include "queue/buffer.h"
#include "sendmail/body.h"
#include "sendmail/field.h"

#define HEADER_MAX (1024 * 1024)

enum header_state {
	HEADER_OPEN,		/* more may come */
	HEADER_COMPLETE,
	HEADER_TOO_LONG,	/* than HEADER_MAX */
	HEADER_NO_MEMORY
};

struct header {
	enum header_state state;
	struct buffer text;	/* the fields, then the start of the body */
	size_t fields;		/* bytes of complete fields */
	enum field_line line;	/* what the last line is, if incomplete */
};

void header_init(struct header *h);
void header_free(struct header *h);

/*
 * Take bytes of the message, through b, until the header is complete.  The
 * number of them that were used.  When it is complete, what follows the
 * fields in text is the start of the body, and b has the facts of that only.
 */
size_t header_feed(struct header *h, struct body *b, const char *data,
    size_t len);

/* The input is over. */
void header_finish(struct header *h, struct body *b);

/* A message is being resent: only the Resent- recipients count (as Postfix
 * has it: one of Resent-To, -Cc and -Bcc is there). */
int header_is_resent(const struct header *h);

/* The number of Received: in it: of the servers that it has passed. */
unsigned header_hops(const struct header *h);

/*
 * Call each(arg, field) for every field with all of these flags until it
 * returns non-zero, which is then the result.
 */
int header_each(const struct header *h, unsigned flags,
    int (*each)(void *arg, const struct field *f), void *arg);

#endif
