/*
 * outbox setup: from nothing to a configuration that works.  First everything
 * is asked and checked, then the files are written, each as a whole; nothing
 * is changed before.
 */
#include <config.h>

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/keys.h"
#include "config/mailbox.h"
#include "queue/error.h"
#include "queue/setup.h"
#include "queue/setup_ask.h"
#include "queue/setup_edit.h"
#include "queue/setup_presets.h"
#include "queue/utf8.h"

static const char nothing[] =
    "; Where the mail of this machine goes: outbox.conf(5) has every key.\n"
    "; \"outbox setup\" changes this file, \"outbox check\" finds errors.\n";

static int
fail(struct setup *s, int status, const char *text)
{
	tool_fail(s->t, status, text);
	return -1;
}

int
setup_stop(struct setup *s)
{
	fputs("Nothing was changed.\n", stderr);
	s->t->status = 1;
	return -1;
}

/* An operand, SECTION.KEY=VALUE, of which section is a copy up to '='. */
static int
take_operand(struct setup *s, const char *word, char *section)
{
	const char *value = strchr(word, '=');
	char *name = strchr(section, '.');
	struct error e;

	if (name == NULL || value == NULL) {
		error_set(&e, "%s: a setting is written SECTION.KEY=VALUE, "
		    "as queue.lifetime=2d", word);
		return fail(s, EX_USAGE, e.text);
	}
	*name++ = '\0';
	if (keys_find(section, name) == NULL) {
		error_set(&e, "there is no key %s in [%s]: outbox.conf(5) "
		    "has them all", name, section);
		return fail(s, EX_USAGE, e.text);
	}
	plan_set(&s->plan, section, name, value + 1);
	return 0;
}

static int
take_operands(struct setup *s)
{
	char **w, *section;
	int result = 0;

	for (w = s->t->options.words; result == 0 && *w != NULL; w++) {
		section = strndup(*w, strcspn(*w, "="));
		result = section != NULL ? take_operand(s, *w, section) :
		    fail(s, EX_OSERR, "out of memory");
		free(section);
	}
	return result;
}

static void
drop(struct setup *s, const char *const *names)
{
	for (; *names != NULL; names++)
		if (!plan_has(&s->plan, "smarthost", *names))
			plan_unset(&s->plan, "smarthost", *names);
}

/*
 * What was right for another server is not for this one.  Of the same one an
 * old program says the rest, but not whom to trust: that may have been mended
 * since it was taken over the last time.
 */
static void
drop_others(struct setup *s)
{
	static const char *const trust[] = { "tls_min", "priority", "ca_file",
		"tls_name", "fingerprint", "dane", "client_certificate",
		"client_key", NULL };
	static const char *const rest[] = { "port", "tls", "user", "auth",
		"password_command", "token_command", NULL };
	int imports = import_is_wanted(s), other = strcasecmp(s->now.host,
	    plan_get(&s->plan, "smarthost", "host")) != 0;

	if (!imports && *s->now.host == '\0')
		return;
	if (other)
		drop(s, trust);
	if (other || imports)
		drop(s, rest);
}

static int
check_plan(struct setup *s)
{
	const char *local = plan_get(&s->plan, "recipients", "local");
	const char *user = plan_get(&s->plan, "smarthost", "user");
	struct error e;

	if (s->plan.failed)
		return fail(s, EX_OSERR, "out of memory");
	if (s->plan.secret != NULL && strcmp(s->plan.secret, user) == 0)
		return fail(s, EX_USAGE, "the user is the same as the "
		    "password: it would stand in the configuration, which "
		    "everyone can read; the provider has other logins");
	if (*local != '\0' && strchr(local, ',') == NULL &&
	    !mailbox_is_plain(local)) {
		error_set(&e, "%s: who gets the mail for root has to be an "
		    "address with its domain, here or server", local);
		return fail(s, EX_USAGE, e.text);
	}
	return 0;
}

static int
make_plan(struct setup *s)
{
	/* First, since a login may need no password then; and at the end,
	 * since they win. */
	if (take_operands(s) != 0 ||
	    (import_is_wanted(s) ? import_run(s) : setup_questions(s)) != 0 ||
	    take_operands(s) != 0)
		return -1;
	drop_others(s);
	return check_plan(s);
}

/* What could not be taken over; it may be anything. */
static void
print_notes(const struct setup *s)
{
	struct buffer text = BUFFER_INIT;
	const char *p = buffer_string(&s->plan.notes);
	size_t len;
	char *line;

	if (*p != '\0')
		puts("Not taken over as it was:");
	for (; *p != '\0'; p += len + 1) {
		len = strcspn(p, "\n");
		if ((line = strndup(p, len)) == NULL)
			break;
		buffer_reset(&text);
		utf8_add_printable(&text, line);
		printf("  %s\n", buffer_string(&text));
		free(line);
	}
	buffer_free(&text);
}

/* An error in what is not written yet. */
static void
complain(void *arg, const char *file, int line, const char *text)
{
	const struct setup *s = arg;

	(void)file;
	fflush(stdout);
	fprintf(stderr, "%s, line %d as it would be: %s\n", s->path, line,
	    text);
}

/* Load the new text in place of the present one. */
static int
check_text(struct setup *s, const struct buffer *text)
{
	int errors = 1, fd = memfd_create("outbox.conf", MFD_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len)
		fail(s, EX_OSERR, "out of memory");
	else {
		settings_free(&s->now);
		errors = settings_load(&s->now, path, complain, s);
		s->loaded = errors == 0;
		if (errors != 0)
			fail(s, EX_CONFIG, "nothing was changed: run this "
			    "again with another answer, or with "
			    "SECTION.KEY=VALUE for what is wrong");
	}
	if (fd >= 0)
		close(fd);
	return errors == 0 ? 0 : -1;
}

static int
is_same(const struct buffer *a, const struct buffer *b)
{
	return a->len == b->len && (a->len == 0 ||
	    memcmp(a->data, b->data, a->len) == 0);
}

/* What has a smarthost is not changed unasked. */
static int
is_confirmed(struct setup *s, const char *host, int changed)
{
	struct buffer question = BUFFER_INIT;
	int yes = 1;

	buffer_addf(&question, "%s sends mail to %s now.", s->path, host);
	if (*host != '\0' && changed && !s->again &&
	    !s->t->options.yes && !s->o->force) {
		if (!s->asks) {
			buffer_adds(&question, "  To change it, say --yes; "
			    "the old file is kept beside it");
			fail(s, EX_CANTCREAT, buffer_string(&question));
			yes = 0;
		} else {
			buffer_adds(&question, "  Change it?  The old file "
			    "is kept.");
			yes = ask_yes(buffer_string(&question), 0);
			if (!yes)
				setup_stop(s);
		}
	}
	buffer_free(&question);
	return yes;
}

/* A file that was written, and what it was before. */
struct written {
	const char *path;
	char *old;
	int done;
};

static int
write_file(struct setup *s, struct written *w, const struct buffer *text,
    const struct write_owner *owner)
{
	struct error e;

	if (write_whole(w->path, text->data, text->len, owner,
	    s->again ? NULL : &w->old, &e) != 0)
		return fail(s, EX_CANTCREAT, e.text);
	w->done = 1;
	return 0;
}

static void
tell_written(const struct written *w)
{
	if (w->done && w->old != NULL)
		printf("Wrote %s; the old one is %s.\n", w->path, w->old);
	else if (w->done)
		printf("Wrote %s.\n", w->path);
}

/* The secret first: the configuration is of no use without it.  Nor is the
 * secret of one server for the configuration of another. */
static int
write_files(struct setup *s, const struct buffer *text)
{
	struct write_owner everyone = { geteuid(), getegid(), 0644 };
	struct written secret = { setup_secret_path(s), NULL, 0 },
	    conf = { s->path, NULL, 0 };
	struct buffer line = BUFFER_INIT;
	int result = 0;

	if (s->plan.secret != NULL) {
		setup_secret_text(s, &line);
		result = line.failed ? fail(s, EX_OSERR, "out of memory") :
		    write_file(s, &secret, &line, &s->owner);
		buffer_wipe(&line);
	}
	if (result == 0 && !is_same(text, &s->old))
		result = write_file(s, &conf, text, &everyone);
	if (result != 0 && secret.done)
		write_undo(secret.path, s->again ? NULL : &secret.old);
	if (result == 0) {
		tell_written(&secret);
		tell_written(&conf);
	}
	free(secret.old);
	free(conf.old);
	return result;
}

static int
apply(struct setup *s)
{
	struct buffer text = BUFFER_INIT;
	char *host = strdup(s->now.host);
	int result = -1, fresh = s->old.len == 0 || s->o->force;

	print_notes(s);
	if (host == NULL || edit_configuration(fresh ? nothing :
	    s->old.data, &s->plan, &text) != 0)
		fail(s, EX_OSERR, "out of memory");
	else if (check_text(s, &text) == 0 && setup_find_owner(s) == 0) {
		if (s->plan.secret != NULL && setup_secret_is_there(s))
			plan_set_secret(&s->plan, "");
		if (is_confirmed(s, host, !is_same(&text, &s->old) ||
		    s->plan.secret != NULL))
			result = write_files(s, &text);
	}
	if (result == 0)
		puts("The configuration has no errors.");
	buffer_free(&text);
	free(host);
	return result;
}

void
setup_help(void)
{
	size_t i, n;
	const struct preset *all = presets_all(&n);

	puts("SECTION.KEY=VALUE, as queue.lifetime=2d, sets any other key.\n"
	    "Providers:");
	for (i = 0; i < n; i++)
		printf("  %-20s %s\n", all[i].name, all[i].title);
}

static void
end(struct setup *s)
{
	plan_free(&s->plan);
	if (s->loaded)
		settings_free(&s->now);
	s->loaded = 0;
	buffer_free(&s->old);
	free(s->path);
	free(s->password);
	free(s->token);
	s->path = s->password = s->token = NULL;
}

int
setup_again(struct setup *s, int server)
{
	end(s);
	s->again = 1;
	if (setup_present(s) != 0 ||
	    (server ? setup_server(s) : setup_login(s)) != 0 ||
	    check_plan(s) != 0)
		return -1;
	return apply(s);
}

void
outbox_setup(struct tool *t)
{
	struct setup s = { .t = t, .o = &t->options.setup };

	s.asks = ask_is_possible() && !t->options.yes;
	if (setup_present(&s) == 0 && make_plan(&s) == 0 && apply(&s) == 0)
		setup_finish(&s);
	end(&s);
	free(s.tenant);
	free(s.client);
	buffer_free(&s.application);
}
