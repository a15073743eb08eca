/*
 * The files of the programs that "outbox setup" can take over from.  They hold
 * passwords: what was read is wiped.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "queue/error.h"
#include "queue/import.h"
#include "queue/setup.h"

#define TEXT_MAX (1024 * 1024)
#define FILES 16

static int
fail(struct setup *s, int status, const char *text)
{
	tool_fail(s->t, status, text);
	return -1;
}

char *
import_path(const struct setup *s, const char *path)
{
	const char *root = s->o->old_root;
	char *result;

	if (root == NULL)
		return strdup(path);
	return asprintf(&result, "%s%s", root, path) < 0 ? NULL : result;
}

/*
 * The text of a file; *text is NULL where there is none.  -1: it cannot be
 * read, which was said.
 */
static int
read_text(struct setup *s, const char *name, struct buffer *b, char **text)
{
	char *path = import_path(s, name);
	struct error e;
	int result;

	*text = NULL;
	if (path == NULL)
		return fail(s, EX_OSERR, "out of memory");
	result = write_read(path, TEXT_MAX, b, &e);
	free(path);
	if (result == 0)
		*text = b->data;
	else if (e.number != ENOENT)
		return fail(s, EX_NOINPUT, e.text);
	return 0;
}

/* The same of one that has to be there. */
static int
need_text(struct setup *s, const char *name, struct buffer *b, char **text)
{
	struct error e;

	if (read_text(s, name, b, text) != 0)
		return -1;
	if (*text != NULL)
		return 0;
	error_set(&e, "there is no %s%s: --old-root says where the old /etc "
	    "is; without --from-... setup asks", s->o->old_root != NULL ?
	    s->o->old_root : "", name);
	return fail(s, EX_NOINPUT, e.text);
}

static int
tell(struct setup *s, int result, const struct error *e)
{
	return result == 0 ? 0 : fail(s, EX_CONFIG, e->text);
}

static int
run_nullmailer(struct setup *s, struct buffer *b)
{
	struct import_nullmailer f;
	const struct {
		const char *name;
		char **text;
	} files[] = {
		{ "me", &f.me }, { "defaulthost", &f.defaulthost },
		{ "defaultdomain", &f.defaultdomain },
		{ "adminaddr", &f.adminaddr },
		{ "allmailfrom", &f.allmailfrom },
		{ "helohost", &f.helohost }, { "idhost", &f.idhost },
		{ "doublebounceto", &f.doublebounceto },
		{ "pausetime", &f.pausetime }, { "maxpause", &f.maxpause },
		{ "queuelifetime", &f.queuelifetime },
	};
	char path[64];
	struct error e;
	size_t i;

	memset(&f, 0, sizeof(f));
	if (need_text(s, "/etc/nullmailer/remotes", b++, &f.remotes) != 0)
		return -1;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/etc/nullmailer/%s",
		    files[i].name);
		if (read_text(s, path, b++, files[i].text) != 0)
			return -1;
	}
	return tell(s, import_nullmailer(&f, &s->plan, &e), &e);
}

static int
run_msmtp(struct setup *s, struct buffer *b)
{
	struct error e;
	char *text;

	if (read_text(s, "/etc/msmtprc", &b[0], &text) != 0 ||
	    (text == NULL &&
	    read_text(s, "/root/.msmtprc", &b[1], &text) != 0) ||
	    (text == NULL &&
	    need_text(s, "/etc/msmtprc", &b[2], &text) != 0))
		return -1;
	return tell(s, import_msmtp(text, &s->plan, &e), &e);
}

static int
run_dma(struct setup *s, struct buffer *b)
{
	char *conf, *auth, *path;
	struct error e;
	int result;

	if (need_text(s, "/etc/dma/dma.conf", &b[0], &conf) != 0)
		return -1;
	path = import_dma_path(conf, "AUTHPATH");
	result = read_text(s, path != NULL ? path : "/etc/dma/auth.conf",
	    &b[1], &auth);
	free(path);
	return result != 0 ? -1 :
	    tell(s, import_dma(conf, auth, &s->plan, &e), &e);
}

static int
run_ssmtp(struct setup *s, struct buffer *b)
{
	char *conf, *aliases;
	struct error e;

	if (need_text(s, "/etc/ssmtp/ssmtp.conf", &b[0], &conf) != 0 ||
	    read_text(s, "/etc/ssmtp/revaliases", &b[1], &aliases) != 0)
		return -1;
	return tell(s, import_ssmtp(conf, aliases, &s->plan, &e), &e);
}

int
import_is_wanted(const struct setup *s)
{
	return s->o->nullmailer + s->o->msmtp + s->o->dma + s->o->ssmtp;
}

/* Options say what the old configuration does not. */
static void
override(struct setup *s)
{
	const struct setup_options *o = s->o;
	const struct {
		const char *value, *section, *name;
	} keys[] = { { o->host, "smarthost", "host" },
	    { o->port, "smarthost", "port" }, { o->tls, "smarthost", "tls" },
	    { o->user, "smarthost", "user" },
	    { o->local, "recipients", "local" } };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].value != NULL)
			plan_set(&s->plan, keys[i].section, keys[i].name,
			    keys[i].value);
	if (o->from != NULL)
		import_sender(&s->plan, o->from);
}

int
import_run(struct setup *s)
{
	struct buffer b[FILES];
	size_t i;
	int result;

	if (import_is_wanted(s) > 1)
		return fail(s, EX_USAGE, "only one program can be taken over "
		    "from at a time");
	memset(b, 0, sizeof(b));
	/* The password is there, whatever the old program ran for it. */
	if (s->o->password_file != NULL) {
		plan_unset(&s->plan, "smarthost", "password_command");
		plan_unset(&s->plan, "smarthost", "token_command");
	}
	result = s->o->nullmailer ? run_nullmailer(s, b) :
	    s->o->msmtp ? run_msmtp(s, b) :
	    s->o->dma ? run_dma(s, b) : run_ssmtp(s, b);
	for (i = 0; i < FILES; i++)
		buffer_wipe(&b[i]);
	if (result != 0)
		return -1;
	override(s);
	return setup_secret(s, "password", 0);
}
