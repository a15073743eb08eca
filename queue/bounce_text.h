/*
 * What comes from outside in a report: as one line that SMTP can carry, cut
 * where it is too long.  utf8: characters beyond ASCII may stand in it.
 */
#ifndef QUEUE_BOUNCE_TEXT_H
#define QUEUE_BOUNCE_TEXT_H

#include <time.h>

#include "queue/buffer.h"

/* 1: text is not ASCII, but UTF-8, and not too long. */
int bounce_text_is_utf8(const char *text);

void bounce_text_add(struct buffer *out, const char *text, int utf8);
void bounce_text_field(struct buffer *out, const char *name,
    const char *text, int utf8);

/* A field with an address and its type: without utf8 one that is not ASCII is
 * in the form of uxtext.h. */
void bounce_text_address(struct buffer *out, const char *name,
    const char *address, int utf8);

/* A field with an ORCPT, or what else is xtext (RFC 3461, 4), as it was
 * meant. */
void bounce_text_original(struct buffer *out, const char *name,
    const char *text, int utf8);

/* RFC 5322 date in UTC. */
void bounce_text_date(struct buffer *out, const char *name, time_t when);

#endif
