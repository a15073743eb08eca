/*
 * A message on standard input: options, input and message joined.
 */
#ifndef SENDMAIL_SUBMISSION_H
#define SENDMAIL_SUBMISSION_H

struct error;
struct message_site;
struct options;

/* Queue it.  0, or a status of sysexits.h and e; *left is set when there may
 * be unread input. */
int submission_run(const struct options *o, const struct message_site *site,
    int *left, struct error *e);

/* Start a flush after a message, where the configuration wants that. */
void submission_flush(const struct options *o,
    const struct message_site *site);

/* -bv: print where each recipient would go.  The same results. */
int submission_verify(const struct options *o,
    const struct message_site *site, struct error *e);

#endif
