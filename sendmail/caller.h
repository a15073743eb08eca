/*
 * The user who submits, by real user ID and nothing else.
 */
#ifndef SENDMAIL_CALLER_H
#define SENDMAIL_CALLER_H

#include <sys/types.h>

struct caller {
	uid_t uid;
	char *login;		/* "uid1000" for a user without a name */
	char *name;		/* full name, "" when there is none */
};

/*
 * Look the user up: in the file first, which costs little, then, unless
 * sendmail is static, as the system is configured to.  -1: memory ran out,
 * and there is nothing to free.
 */
int caller_init(struct caller *c, uid_t uid, const char *passwd);
void caller_free(struct caller *c);

/* The full name in the GECOS field of login: up to the first comma, "&" is
 * the login with a capital.  NULL when memory ran out. */
char *caller_full_name(const char *gecos, const char *login);

#endif
