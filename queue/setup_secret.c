/*
 * The secret for "outbox setup": from a file, standard input, the terminal, or
 * the file that is there.  Never from an argument or the environment, where
 * others see it.
 */
#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/secret.h"
#include "queue/error.h"
#include "queue/setup.h"
#include "queue/setup_ask.h"

/* The first line of the descriptor.  NULL and why. */
static char *
read_secret(int fd, const char *name, char *why, size_t size)
{
	char *secret = secret_new();
	size_t len = 0;
	ssize_t n = 1;

	if (secret == NULL) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	while (len <= SECRET_MAX && (n = read(fd, secret + len,
	    SECRET_MAX + 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		snprintf(why, size, "cannot read %s: %s", name,
		    strerror(errno));
	else if (secret_cut(secret, len, name, why, size) == 0)
		return secret;
	secret_wipe(secret);
	return NULL;
}

static char *
read_given(const char *path, char *why, size_t size)
{
	char *secret;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_secret(STDIN_FILENO, "standard input", why, size);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		snprintf(why, size, "cannot open %s: %s", path,
		    strerror(errno));
		return NULL;
	}
	secret = read_secret(fd, path, why, size);
	close(fd);
	return secret;
}

int
setup_is_same_login(const struct setup *s)
{
	return *s->now.host != '\0' && strcasecmp(s->now.host,
	    plan_get(&s->plan, "smarthost", "host")) == 0 &&
	    strcmp(s->now.user, plan_get(&s->plan, "smarthost", "user")) == 0;
}

/* The password that is there goes only to the server that it is for. */
static int
is_present(const struct setup *s)
{
	return s->application.len == 0 && setup_is_same_login(s) &&
	    (*s->now.password_command != '\0' ||
	    access(s->password, F_OK) == 0);
}

static void
remove_blanks(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++)
		if (*text != ' ')
			*to++ = *text;
	*to = '\0';
}

/* 1: nothing is needed, or it is there already. */
static int
is_needless(const struct setup *s)
{
	const struct plan *p = &s->plan;

	return s->o->password_file == NULL && s->application.len == 0 &&
	    (*plan_get(p, "smarthost", "user") == '\0' ||
	    *plan_get(p, "smarthost", "password_command") != '\0' ||
	    *plan_get(p, "smarthost", "token_command") != '\0' ||
	    p->secret != NULL);
}

static int
fail(struct setup *s, int status, const char *text)
{
	tool_fail(s->t, status, text);
	return -1;
}

/* What is typed; it may only be empty where there is one.  NULL: the input
 * has ended. */
static char *
ask(const char *is, int present)
{
	char question[200], *secret;

	snprintf(question, sizeof(question), "The %s%s, not shown", is,
	    present ? " (Enter: the present one)" : "");
	while ((secret = ask_secret(question)) != NULL && *secret == '\0' &&
	    !present)
		secret_wipe(secret);
	return secret;
}

static int
is_missing(struct setup *s, const char *is)
{
	struct error e;

	error_set(&e, "the %s is missing: --password-file names a file with "
	    "it, - is standard input", is);
	return fail(s, EX_USAGE, e.text);
}

/* 1: the secret is kept as it is; -1. */
static int
obtain(struct setup *s, const char *is, char **secret)
{
	char why[400];
	int present = is_present(s);

	if (s->o->password_file != NULL) {
		*secret = read_given(s->o->password_file, why, sizeof(why));
		return *secret != NULL ? 0 : fail(s, EX_NOINPUT, why);
	}
	if (!s->asks)
		return present ? 1 : is_missing(s, is);
	if ((*secret = ask(is, present)) == NULL)
		return setup_stop(s);
	return **secret == '\0';
}

int
setup_secret(struct setup *s, const char *is, int grouped)
{
	char *secret = NULL;
	int result;

	if (is_needless(s))
		return 0;
	result = obtain(s, is, &secret);
	if (result == 0) {
		if (grouped)
			remove_blanks(secret);
		/* It is in a file from now on. */
		if (*s->now.password_command != '\0' &&
		    !plan_has(&s->plan, "smarthost", "password_command"))
			plan_unset(&s->plan, "smarthost", "password_command");
		result = plan_set_secret(&s->plan, secret);
		if (result != 0)
			fail(s, EX_OSERR, "out of memory");
	}
	secret_wipe(secret);
	return result < 0 ? -1 : 0;
}

const char *
setup_secret_path(const struct setup *s)
{
	return s->application.len > 0 ? s->token : s->now.password_file;
}

void
setup_secret_text(const struct setup *s, struct buffer *out)
{
	if (s->application.len > 0) {
		buffer_add(out, s->application.data, s->application.len);
		buffer_adds(out, "client_secret = ");
	}
	buffer_addf(out, "%s\n", s->plan.secret);
}

/* 1: the file has that text; of a password, in its first line. */
static int
has_text(const struct setup *s, const char *path)
{
	struct buffer want = BUFFER_INIT, have = BUFFER_INIT;
	struct error e;
	int same;

	setup_secret_text(s, &want);
	same = write_read(path, want.len + SECRET_MAX, &have, &e) == 0 &&
	    !want.failed && have.len >= want.len &&
	    memcmp(have.data, want.data, want.len) == 0 &&
	    (s->application.len == 0 || have.len == want.len);
	buffer_wipe(&want);
	buffer_wipe(&have);
	return same;
}

int
setup_secret_is_there(const struct setup *s)
{
	const char *path = setup_secret_path(s);
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == s->owner.uid && (st.st_mode & 077) == 0 &&
	    has_text(s, path);
}
