/*
 * The lines that programs for mail logs know: in the words of Postfix, and
 * those about a message with the same as fields for the journal.
 */
#ifndef QUEUE_EVENT_H
#define QUEUE_EVENT_H

#include <sys/types.h>

#include <inttypes.h>
#include <stddef.h>

struct log;

/* The scheduler has its configuration, from the file path: what is "daemon
 * started" or "reload". */
void event_configured(struct log *log, const char *what, const char *path);

/* It was told to stop. */
void event_terminated(struct log *log, int number);

struct event_message {
	const char *id;
	const char *sender;
	uint64_t size;
	size_t nrcpts;
	uid_t uid;
};

/* It is in the queue; more is what else is known of its origin, or "". */
void event_accepted(struct log *log, const struct event_message *m,
    const char *more);

/* The scheduler has taken it up: before the first of its recipients. */
void event_active(struct log *log, const struct event_message *m);

/* It was there for too long. */
void event_expired(struct log *log, const struct event_message *m);

struct event_delivery {
	const char *id;
	const char *to;
	const char *relay;	/* empty: none */
	long long delay;	/* seconds since it came */
	const char *dsn;
	const char *status;
	const char *text;
};

/* What became of one recipient. */
void event_delivery(struct log *log, int priority,
    const struct event_delivery *d);

#endif
