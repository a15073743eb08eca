/*
 * Where a message comes from, for the log: the process that called sendmail,
 * the PHP script that the header names, the sender before it was replaced.
 */
#ifndef SENDMAIL_ORIGIN_H
#define SENDMAIL_ORIGIN_H

#include "queue/buffer.h"

struct header;

/*
 * Append "orig_from=<A>, pid=N, caller=NAME, script=\"TEXT\"", each as far as
 * there is such a thing; replaced is NULL where the sender was not.  The
 * caller is our parent process.
 */
void origin_add(struct buffer *out, const char *replaced,
    const struct header *h);

#endif
