/*
 * Lines in, replies out, over two descriptors.  Replies are collected and go
 * out before anything is waited for, so that a group of pipelined commands
 * gets its answers in one write.
 */
#ifndef SENDMAIL_DIALOGUE_H
#define SENDMAIL_DIALOGUE_H

#include <stddef.h>

struct dialogue;

/* NULL: memory ran out. */
struct dialogue *dialogue_new(int in, int out);
void dialogue_free(struct dialogue *d);		/* sends what is left */

/* One line of reply; what could break it is made harmless.  Where there is no
 * memory for it, the dialogue ends instead. */
void dialogue_reply(struct dialogue *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int dialogue_is_starved(const struct dialogue *d);

/*
 * The next line, without its end, borrowed until the next call of this
 * module.  One that is too long, or holds a NUL, is answered here and left
 * out.  NULL: there are no more, or the client has been silent for too long.
 */
char *dialogue_line(struct dialogue *d);

/* 1 when the last line ended with CRLF, not with LF alone. */
int dialogue_crlf(const struct dialogue *d);

/*
 * Bytes that are there, after waiting for some; 0: there are no more.  They
 * stay until dialogue_used() is told how many were used.
 */
size_t dialogue_data(struct dialogue *d, const char **data);
void dialogue_used(struct dialogue *d, size_t len);

#endif
