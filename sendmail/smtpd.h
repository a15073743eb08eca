/*
 * -bs: SMTP on standard input and output, for programs that would rather
 * talk than pipe.  As little of it as they need; every message goes the way
 * of all others, and is acknowledged when it is durable.
 */
#ifndef SENDMAIL_SMTPD_H
#define SENDMAIL_SMTPD_H

struct error;
struct message_site;
struct options;

/*
 * One session; a client that is not welcome is told to leave, and nothing it
 * says is done.  0, or a status of sysexits.h and e: the client went away in
 * the middle of a message.
 */
int smtpd_run(const struct options *o, const struct message_site *site,
    int welcome, struct error *e);

#endif
