/*
 * The users of this machine, as its file has them.  No service is asked: one
 * that does not answer is not to make a user unknown.
 */
#ifndef CONFIG_PASSWD_H
#define CONFIG_PASSWD_H

#include <stddef.h>
#include <sys/types.h>

#define PASSWD_FILE "/etc/passwd"

/* The seven fields of a line, which is cut up.  0: it has not all of them. */
#define PASSWD_FIELDS 7
int passwd_split(char *line, char *fields[PASSWD_FIELDS]);

/* 1: the file has a user of this name, of len bytes, with *uid (NULL: it does
 * not matter).  0: it has none.  -1: memory ran out. */
int passwd_find(const char *file, const char *name, size_t len, uid_t *uid);

/* The same, and -1 also when the file cannot be read: nobody is unknown for
 * that. */
int passwd_require(const char *file, const char *name, size_t len,
    uid_t *uid);

#endif
