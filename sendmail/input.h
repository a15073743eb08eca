/*
 * Standard input of a submission.
 */
#ifndef SENDMAIL_INPUT_H
#define SENDMAIL_INPUT_H

#include <stddef.h>
#include <sys/types.h>

/* As read(2), but never interrupted; and it waits, also where whoever shares
 * the descriptor has made it one that does not (O_NONBLOCK). */
ssize_t input_read(int fd, char *data, size_t size);

/*
 * Read what is left, for a bounded time, so that who writes it sees our exit
 * status and not a broken pipe.  A terminal is left alone.
 */
void input_drain(int fd);

#endif
