/*
 * A plan in the text of a configuration: all else in it stays, comments too.
 * Pure.
 */
#ifndef QUEUE_SETUP_EDIT_H
#define QUEUE_SETUP_EDIT_H

#include "queue/buffer.h"

struct plan;

/*
 * Append text with the plan in it to out.  A line that sets a key is replaced;
 * one that sets a key that is not to be set is made a comment; a key that is
 * not there comes behind its example, a comment "name = ...", else at the end
 * of its section.  -1: memory ran out.
 */
int edit_configuration(const char *text, const struct plan *p,
    struct buffer *out);

#endif
