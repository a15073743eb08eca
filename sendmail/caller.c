/*
 * Who submits: see caller.h.
 */
#include <config.h>

#include "sendmail/caller.h"

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/lines.h"
#include "config/passwd.h"
#include "queue/buffer.h"

char *
caller_full_name(const char *gecos, const char *login)
{
	struct buffer name = BUFFER_INIT;
	const char *p;

	for (p = gecos + (*gecos == '*'); *p != '\0' &&
	    strchr(",;%", *p) == NULL; p++) {
		if (*p == '&' && *login != '\0') {
			buffer_addc(&name,
			    (char)toupper((unsigned char)*login));
			buffer_adds(&name, login + 1);
		} else {
			buffer_addc(&name, *p);
		}
	}
	return buffer_steal(&name);
}

static int
fill(struct caller *c, const char *login, const char *gecos)
{
	c->login = strdup(login);
	c->name = caller_full_name(gecos, login);
	if (c->login != NULL && c->name != NULL)
		return 0;
	caller_free(c);
	return -1;
}

/* A line of passwd, and whether it is the user's. */
static int
take_passwd(void *arg, char *line)
{
	struct caller *c = arg;
	char uid[24], *fields[PASSWD_FIELDS];

	snprintf(uid, sizeof(uid), "%lu", (unsigned long)c->uid);
	if (!passwd_split(line, fields) || strcmp(fields[2], uid) != 0)
		return 0;
	return fill(c, fields[0], fields[4]) == 0 ? 1 : -1;
}

int
caller_init(struct caller *c, uid_t uid, const char *passwd)
{
	char login[24];
#ifndef STATIC_SENDMAIL
	struct passwd *pw;
#endif

	memset(c, 0, sizeof(*c));
	c->uid = uid;
	if (lines_each(passwd, take_passwd, c) != 0)
		return -1;
	if (c->login != NULL)
		return 0;
#ifndef STATIC_SENDMAIL
	/* It loads modules of the C library, which is not there then. */
	if ((pw = getpwuid(uid)) != NULL && *pw->pw_name != '\0')
		return fill(c, pw->pw_name, pw->pw_gecos != NULL ?
		    pw->pw_gecos : "");
#endif
	snprintf(login, sizeof(login), "uid%lu", (unsigned long)uid);
	return fill(c, login, "");
}

void
caller_free(struct caller *c)
{
	free(c->login);
	free(c->name);
	c->login = c->name = NULL;
}
