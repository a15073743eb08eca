/*
 * The fields of a message header, one after the other, and the one table of
 * those that mean something at submission.
 */
#ifndef SENDMAIL_FIELD_H
#define SENDMAIL_FIELD_H

#include <stddef.h>

enum field_flag {
	FIELD_ADDRESSES = 1,	/* bare names in it get the mail name; and as
				 * FIELD_FILLED */
	FIELD_RECIPIENTS = 2,	/* -t sends to them */
	FIELD_RESENT = 4,	/* of a message that is sent once more */
	FIELD_DROPPED = 8,	/* does not leave this machine */
	FIELD_ORIGIN = 16,	/* says who the message is from */
	FIELD_FILLED = 32	/* left out when there is nothing in it */
};

enum field_id {
	FIELD_OTHER,
	FIELD_APPARENTLY_TO,
	FIELD_BCC,
	FIELD_CC,
	FIELD_CONTENT_LENGTH,
	FIELD_DATE,
	FIELD_FROM,
	FIELD_MESSAGE_ID,
	FIELD_RECEIVED,
	FIELD_REPLY_TO,
	FIELD_RETURN_PATH,
	FIELD_SCRIPT,
	FIELD_SENDER,
	FIELD_TO,
	FIELD_RESENT_BCC,
	FIELD_RESENT_CC,
	FIELD_RESENT_DATE,
	FIELD_RESENT_FROM,
	FIELD_RESENT_MESSAGE_ID,
	FIELD_RESENT_REPLY_TO,
	FIELD_RESENT_SENDER,
	FIELD_RESENT_TO
};

struct field {
	const char *text;	/* the whole of it, with its last CRLF */
	size_t len;
	size_t body;		/* where it starts: behind the colon */
	enum field_id id;
	unsigned flags;
};

/*
 * The field at *pos of a header of len bytes, which *pos is moved past.
 * 0: there is none left.
 */
int field_next(const char *header, size_t len, size_t *pos,
    struct field *f);

/* 1 when nothing but blanks follows the colon. */
int field_is_empty(const struct field *f);

/*
 * How a line begins, of which len bytes are known.  FIELD_UNDECIDED is only
 * possible while it is not complete.
 */
enum field_line {
	FIELD_UNDECIDED,
	FIELD_NAMED,		/* "name:", perhaps with blanks before ':' */
	FIELD_CONTINUED,	/* a blank */
	FIELD_POSTMARK,		/* "From " or ">From ", as in a mailbox */
	FIELD_NONE		/* no field */
};
enum field_line field_classify(const char *line, size_t len, int whole);

#endif
