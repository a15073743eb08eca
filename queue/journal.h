/*
 * The journal of systemd, in its own protocol: a datagram of fields for each
 * event, so that a program finds a recipient or a status without reading text.
 */
#ifndef QUEUE_JOURNAL_H
#define QUEUE_JOURNAL_H

#include <sys/types.h>

struct journal;

struct journal_paths {
	const char *log;	/* where syslog(3) writes, */
	const char *own;	/* where the journal takes that, */
	const char *fields;	/* and where it takes fields */
};

/* Those of a system. */
extern const struct journal_paths journal_system;

struct journal_field {
	const char *name;	/* as the journal wants it: A-Z, 0-9, _ */
	const char *value;	/* anything */
};

/* NULL: what syslog(3) writes does not go to the journal, or there is none, or
 * no descriptor for it.  paths is borrowed for good. */
struct journal *journal_open(const struct journal_paths *paths);
void journal_close(struct journal *j);		/* j may be NULL */

/* One event, of n fields.  -1: the journal does not take it. */
int journal_send(struct journal *j, const struct journal_field *fields,
    size_t n);

/* Does it read what is written to this descriptor?  What starts a service says
 * so in the environment. */
int journal_has(int fd);

#endif
