/*
 * JSON (RFC 8259) for what is printed: objects on one line.
 */
#ifndef QUEUE_JSON_H
#define QUEUE_JSON_H

#include <stdint.h>

#include "queue/buffer.h"

/* Append text as a string; bytes that are not UTF-8 become U+FFFD. */
void json_string(struct buffer *out, const char *text);

/* Append "name": and the value, after a comma where out ends with a value. */
void json_name(struct buffer *out, const char *name);
void json_text(struct buffer *out, const char *name, const char *text);
void json_number(struct buffer *out, const char *name, int64_t value);

#endif
