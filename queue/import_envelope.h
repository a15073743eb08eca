/*
 * The envelopes of queued mail of other programs.  Pure.
 */
#ifndef QUEUE_IMPORT_ENVELOPE_H
#define QUEUE_IMPORT_ENVELOPE_H

#include <stddef.h>

struct error;

struct import_envelope {
	const char *sender;	/* "": nobody */
	const char **rcpts;	/* at least one */
	size_t n, size;
	size_t head;		/* bytes before the message */
};

/*
 * The head of a file of nullmailer: lines with the sender and each recipient,
 * then an empty one.  It cuts up the len bytes of text, which a NUL follows,
 * and borrows from them.  -1 and e: it is none, or one of its addresses could
 * not be sent as it is; nothing to free then.
 */
int import_envelope_nullmailer(struct import_envelope *env, char *text,
    size_t len, struct error *e);

/* The same of a file Q... of dma: "Sender:" and "Recipient:". */
int import_envelope_dma(struct import_envelope *env, char *text, size_t len,
    struct error *e);

void import_envelope_free(struct import_envelope *env);

#endif
