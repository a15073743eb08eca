/*
 * The message of a queue file as a server can take it: as it is, or through
 * content.h and mime.h.  Files of any size go in constant memory: what is small
 * and goes as it is may be read once, and what has to be changed three times.
 */
#ifndef QUEUE_CONVERT_H
#define QUEUE_CONVERT_H

#include <stdint.h>

#include "queue/envelope.h"
#include "queue/mime.h"

struct error;

enum convert_want {
	CONVERT_ASCII = 1,	/* the server takes no 8-bit bytes */
	CONVERT_HEADER = 2,	/* nor these in the header */
	CONVERT_EXACT = 4	/* it is told the size: BDAT */
};

struct convert {
	/* For the caller to set; all borrowed.  tick() is called for each
	 * block that is read, since a long message takes its time. */
	int fd;
	const struct envelope *env;
	void (*tick)(void *arg);
	void *tick_arg;

	int changes;		/* it does not go as it is */
	int mime;		/* its parts change */
	uint64_t size;		/* octets that go, dots not stuffed */
	struct mime_plan plan;
	char *text;		/* of a small one; or NULL */
};

/*
 * Find out how the message of c->env in c->fd is to go.  0, and c is ended by
 * convert_free(); -1 and e, with e->number EBADMSG when the file is shorter
 * than it was.
 */
int convert_plan(struct convert *c, unsigned wants, struct error *e);
void convert_free(struct convert *c);

/* Takes bytes; 0, or -1 and e. */
typedef int convert_sink(void *arg, const char *data, size_t len,
    struct error *e);

/*
 * Put it out; stuffed: for DATA, with the dot at its end, else c->size octets.
 * 0, or -1 and e, with EBADMSG also when the file was changed meanwhile so that
 * it is more or less than that; what was put out then is no more.
 */
int convert_run(const struct convert *c, int stuffed, convert_sink *sink,
    void *arg, struct error *e);

#endif
