/*
 * A person's name as the phrase of an address: RFC 5322 quoting, and the
 * encoded words of RFC 2047 where it is not ASCII.
 */
#ifndef SENDMAIL_PHRASE_H
#define SENDMAIL_PHRASE_H

#include "queue/buffer.h"

#define PHRASE_MAX 256		/* octets of a name that are used */

/* Append name to out.  Control bytes become blanks; a name without anything
 * to see adds nothing. */
int phrase_add(struct buffer *out, const char *name);

/* The same of a name from a header: the encoded words in it stay, each on a
 * line of its own. */
int phrase_add_words(struct buffer *out, const char *name);

#endif
