/*
 * Who a message is from: the envelope sender, and the address and name of a
 * From: that is missing.  The user is looked up when it matters.
 */
#ifndef SENDMAIL_SENDER_H
#define SENDMAIL_SENDER_H

#include <sys/types.h>

#include "sendmail/caller.h"

struct error;
struct host;

struct sender {
	const struct host *host;
	uid_t uid;
	const char *given_name;	/* -F, or NULL */
	char *address;		/* the envelope sender, "" is null */
	char *own;		/* login@domain, NULL until looked up */
	struct caller caller;
};

/*
 * text is the sender as it was given, NULL when it was not; name is the full
 * name that was given, or NULL.  0, or a status of sysexits.h and e.
 */
int sender_init(struct sender *s, const char *text, const char *name,
    const struct host *host, uid_t uid, struct error *e);
void sender_free(struct sender *s);

const char *sender_address(const struct sender *s);

/* For a From: that is missing.  NULL: memory ran out. */
const char *sender_from(struct sender *s);
const char *sender_name(struct sender *s);

#endif
