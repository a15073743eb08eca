/*
 * mailq: the queue in the layout of Postfix, which monitoring reads.
 */
#ifndef SENDMAIL_LIST_H
#define SENDMAIL_LIST_H

#include <stdio.h>

struct error;
struct spool;

/*
 * Print every message that the caller can read to out.  -1 and e: the queue
 * cannot be listed.
 */
int list_print(struct spool *s, FILE *out, struct error *e);

/* Print the number of messages. */
int list_count(struct spool *s, FILE *out, struct error *e);

#endif
