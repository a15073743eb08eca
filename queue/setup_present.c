/*
 * What "outbox setup" finds: the configuration, where the secret is, and the
 * user who sends the mail.
 */
#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "queue/error.h"
#include "queue/setup.h"

#define PASSWORD SYSCONFDIR "/outbox/password"
#define TEXT_MAX (1024 * 1024)

static int
refuse(struct setup *s, int status, const char *text)
{
	tool_fail(s->t, status, text);
	return -1;
}

static int
no_memory(struct setup *s)
{
	return refuse(s, EX_OSERR, "out of memory");
}

/* The absolute path of what may not be there yet. */
static char *
absolute(const char *path)
{
	char *real = realpath(path, NULL), *directory, *result = NULL;

	if (real != NULL)
		return real;
	if (*path == '/')
		return strdup(path);
	if ((directory = realpath(".", NULL)) != NULL &&
	    asprintf(&result, "%s/%s", directory, path) < 0)
		result = NULL;
	free(directory);
	return result;
}

static void
complain(void *arg, const char *file, int line, const char *text)
{
	(void)arg;
	fflush(stdout);
	if (line > 0)
		fprintf(stderr, "%s:%d: %s\n", file, line, text);
	else
		fprintf(stderr, "%s: %s\n", file, text);
}

static int
load(struct setup *s)
{
	struct error e;
	const char *path = s->path;

	if (write_read(s->path, TEXT_MAX, &s->old, &e) != 0) {
		if (e.number != ENOENT)
			return refuse(s, EX_NOPERM, e.text);
		path = "/dev/null";	/* the defaults */
	}
	if (settings_load(&s->now, path, complain, NULL) != 0) {
		if (!s->o->force)
			return refuse(s, EX_CONFIG, "mend these errors, or "
			    "say --force: it writes a new configuration and "
			    "keeps this one beside it");
		if (settings_load(&s->now, "/dev/null", complain, NULL) != 0)
			return refuse(s, EX_CONFIG, "there are no defaults");
	}
	s->loaded = 1;
	return 0;
}

/* Beside another configuration is another password. */
static int
place_secret(struct setup *s)
{
	const char *slash = strrchr(s->path, '/');

	if (asprintf(&s->token, "%.*s/token", (int)(slash - s->path),
	    s->path) < 0) {
		s->token = NULL;
		return no_memory(s);
	}
	if (strcmp(s->now.password_file, PASSWORD) != 0 ||
	    strcmp(s->path, SETTINGS_FILE) == 0) {
		s->password = strdup(s->now.password_file);
	} else if (asprintf(&s->password, "%.*s/password",
	    (int)(slash - s->path), s->path) >= 0) {
		plan_set(&s->plan, "smarthost", "password_file",
		    s->password);
	} else
		s->password = NULL;
	return s->password != NULL ? 0 : no_memory(s);
}

/* Was it not to be found out, rather than missing? */
static int
is_failure(int number)
{
	return number == ENOMEM || number == EMFILE || number == ENFILE ||
	    number == EIO || number == EINTR;
}

int
setup_find_owner(struct setup *s)
{
	const struct passwd *pw;
	const struct group *gr;
	struct stat st;
	int why;

	errno = 0;
	gr = getgrnam(DROP_GROUP);
	why = errno;
	s->owner = (struct write_owner){ geteuid(), getegid(), 0600 };
	s->drop = gr != NULL ? gr->gr_gid : getegid();
	if (geteuid() != 0)
		return 0;
	if (stat(s->now.directory, &st) == 0) {
		s->owner.uid = st.st_uid;
		s->owner.gid = st.st_gid;
		return 0;
	}
	errno = 0;
	if ((pw = getpwnam(OUTBOX_USER)) != NULL && gr != NULL) {
		s->owner.uid = pw->pw_uid;
		s->owner.gid = pw->pw_gid;
		return 0;
	}
	if ((gr == NULL && is_failure(why)) ||
	    (pw == NULL && is_failure(errno)))
		return refuse(s, EX_OSERR, "cannot find out whether there is "
		    "the user " OUTBOX_USER " and the group " DROP_GROUP);
	if (s->t->path != NULL)
		return 0;	/* one user does it all */
	return refuse(s, EX_NOUSER, "the user " OUTBOX_USER " or the group "
	    DROP_GROUP " is missing.  Make them, then run this again:\n"
	    "    groupadd --system " DROP_GROUP "\n"
	    "    useradd --system --user-group --no-create-home --home-dir "
	    QUEUEDIR " --shell /usr/sbin/nologin " OUTBOX_USER);
}

/* Better now than after all the questions. */
static int
check_rights(struct setup *s)
{
	size_t len = (size_t)(strrchr(s->path, '/') - s->path);
	char *directory = strndup(s->path, len > 0 ? len : 1);
	struct error e;
	int result = 0;

	if (directory == NULL)
		return no_memory(s);
	/* Where it is missing it is made, or that fails. */
	if (access(directory, W_OK) != 0 && errno != ENOENT) {
		error_sys(&e, "cannot write in %s; run this as root, or with "
		    "-C FILE in front of \"setup\"", directory);
		result = refuse(s, EX_NOPERM, e.text);
	}
	free(directory);
	return result;
}

int
setup_present(struct setup *s)
{
	s->path = absolute(s->t->path != NULL ? s->t->path : SETTINGS_FILE);
	if (s->path == NULL)
		return no_memory(s);
	if (check_rights(s) != 0 || load(s) != 0 || place_secret(s) != 0)
		return -1;
	return setup_find_owner(s);
}
