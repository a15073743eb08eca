/*
 * The header of one MIME entity (RFC 2045).  Pure.
 */
#ifndef QUEUE_MIME_ENTITY_H
#define QUEUE_MIME_ENTITY_H

#include <stddef.h>

#include "queue/buffer.h"
#include "queue/encode.h"

enum mime_content {
	MIME_LEAF,
	MIME_OPAQUE,		/* signed, encrypted, or not understood */
	MIME_MULTIPART,
	MIME_MESSAGE		/* another entity follows */
};

enum mime_coding { MIME_IDENTITY, MIME_QUOTED, MIME_BASE64, MIME_UNKNOWN };

#define MIME_BOUNDARY 200	/* octets of a boundary that is understood */

struct mime_entity {
	enum mime_content content;
	enum mime_coding coding;
	int coded_8bit;		/* it says 8bit or binary */
	int typed;		/* it has a Content-Type */
	int versioned;		/* and a MIME-Version */
	int digest;		/* its parts are messages by default */
	struct buffer boundary;	/* of MIME_MULTIPART */
};

/* Read the header of len bytes, lines with CRLF; digest: it is a part of
 * one.  The caller frees h->boundary. */
void mime_entity_read(struct mime_entity *h, const char *header, size_t len,
    int digest);

/* How it is to be written. */
struct mime_form {
	enum encode_way way;
	int latin;		/* its text is not UTF-8 */
	int message;		/* it is the header of a message */
	int ascii;		/* it must be ASCII */
	int seven_bit;		/* the same of all that it holds */
};

/* Append the header so; 1 when an address could only be shown. */
int mime_entity_write(const struct mime_entity *h, const char *header,
    size_t len, const struct mime_form *form, struct buffer *out);

/* 1: this line, without its line end, may belong to a header. */
int mime_entity_has(const char *line, size_t len, int first);

#endif
