/*
 * The texts that mark a message: date and identifier.
 */
#ifndef SENDMAIL_STAMP_H
#define SENDMAIL_STAMP_H

#include <time.h>

#include "queue/buffer.h"

/* "Tue, 24 Nov 2026 14:03:28 +0000" in the local time zone, whatever the
 * locale. */
int stamp_date(struct buffer *out, time_t when);

/* "<32 hexadecimal digits@domain>", never the same twice.  -1: no memory, or
 * no random numbers. */
int stamp_message_id(struct buffer *out, const char *domain);

#endif
