/*
 * "outbox setup" where the login is with an access token (OAuth 2.0): the
 * command that prints one, of the user's own, or outbox-token with a file that
 * names an application of the provider and has its secret.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "queue/error.h"
#include "queue/setup.h"
#include "queue/setup_ask.h"
#include "queue/setup_presets.h"

#define HELPER PKGLIBEXECDIR "/outbox-token"

enum way { WAY_NONE, WAY_TOKEN, WAY_PASSWORD, WAY_COMMAND };

static int
fail(struct setup *s, int status, const char *text)
{
	tool_fail(s->t, status, text);
	return -1;
}

/* The login is by this command; "": by a secret in a file. */
static void
set_command(struct setup *s, const char *command)
{
	static const char *const others[] = { "password_command", "auth",
		NULL };
	size_t i;

	if (*command != '\0')
		plan_set(&s->plan, "smarthost", "token_command", command);
	else
		plan_unset(&s->plan, "smarthost", "token_command");
	/* Those of a password are of no use with a token. */
	for (i = 0; others[i] != NULL; i++)
		if (!plan_has(&s->plan, "smarthost", others[i]) &&
		    *s->now.token_command == '\0' && *command != '\0')
			plan_unset(&s->plan, "smarthost", others[i]);
}

static int
has_provider(const struct setup *s)
{
	return s->preset != NULL && s->preset->token_url != NULL;
}

/* What the command is now, for this login; "": none. */
static const char *
present(const struct setup *s)
{
	return setup_is_same_login(s) ? s->now.token_command : "";
}

static enum way
understand(const struct setup *s, const char *answer)
{
	if (*answer == '/')
		return WAY_COMMAND;
	if (strcmp(answer, "password") == 0)
		return WAY_PASSWORD;
	return strcmp(answer, "token") == 0 && has_provider(s) ? WAY_TOKEN :
	    WAY_NONE;
}

/* What the user wants; a command is set at once.  -1: the input has ended. */
static int
ask_way(struct setup *s)
{
	const char *initial = has_provider(s) ? "token" : "password";
	enum way way = WAY_NONE;
	char *answer;

	if (*present(s) != '\0' && !(s->again && has_provider(s)))
		initial = present(s);
	while (way == WAY_NONE) {
		answer = ask_text(has_provider(s) ? "Log in with: token, "
		    "password, or the path of a command for tokens" :
		    "Log in with: password, or the path of a command for "
		    "tokens", initial);
		if (answer == NULL)
			return setup_stop(s);
		way = understand(s, answer);
		if (way == WAY_NONE)
			fprintf(stderr, "That has to be %spassword, or a "
			    "path that begins with /.\n", has_provider(s) ?
			    "token, " : "");
		if (way == WAY_COMMAND)
			set_command(s, answer);
		free(answer);
	}
	return (int)way;
}

/* 1: it can be a value in the file, and a word of the command. */
static int
is_line(const char *text)
{
	return *text != '\0' && strpbrk(text, " \t\r\n") == NULL;
}

/* An identifier, from its option or the terminal; *kept is it from now on.
 * NULL: there is none. */
static const char *
obtain(struct setup *s, const char *given, const char *question,
    const char *option, char **kept)
{
	struct error e;
	char *answer = NULL;

	if (given == NULL && !s->asks) {
		error_set(&e, "%s is missing: %s", option, question);
		fail(s, EX_USAGE, e.text);
		return NULL;
	}
	if (given != NULL)
		answer = strdup(given);
	else while (answer == NULL || !is_line(answer)) {
		free(answer);
		answer = ask_text(question, *kept != NULL ? *kept : "");
		if (answer == NULL) {
			setup_stop(s);
			return NULL;
		}
	}
	if (answer == NULL || !is_line(answer)) {
		error_set(&e, "%s: that is no ID", option);
		fail(s, EX_USAGE, e.text);
		free(answer);
		return NULL;
	}
	free(*kept);
	return *kept = answer;
}

/* The words of token_command are separated by blanks. */
static int
use_helper(struct setup *s)
{
	struct buffer command = BUFFER_INIT;

	if (!is_line(s->token))
		return fail(s, EX_USAGE, "a directory with blanks in its name "
		    "cannot hold the file for outbox-token");
	buffer_addf(&command, "%s %s", HELPER, s->token);
	if (command.failed)
		s->plan.failed = 1;
	else
		set_command(s, buffer_string(&command));
	buffer_free(&command);
	return 0;
}

/* The file for outbox-token: all but the secret, which is asked for last. */
static int
make_application(struct setup *s)
{
	const struct setup_options *o = s->o;
	const char *tenant, *client;
	char *url;

	if ((tenant = obtain(s, o->tenant, "Directory (tenant) ID",
	    "--tenant", &s->tenant)) == NULL ||
	    (client = obtain(s, o->client, "Application (client) ID",
	    "--client", &s->client)) == NULL)
		return -1;
	if ((url = presets_token_url(s->preset, tenant)) == NULL)
		return fail(s, EX_USAGE, "that is no tenant: one is an ID or "
		    "a domain, such as example.onmicrosoft.com");
	buffer_reset(&s->application);
	buffer_addf(&s->application, "# For outbox-token: \"Access tokens\" in "
	    "outbox.conf(5).\nurl = %s\nclient_id = %s\nscope = %s\n", url,
	    client, s->preset->token_scope);
	s->plan.failed |= s->application.failed;
	free(url);
	return use_helper(s) != 0 ? -1 :
	    setup_secret(s, "secret of the application", 0);
}

static int
is_application(const struct setup *s)
{
	return s->o->tenant != NULL || s->o->client != NULL;
}

int
setup_token(struct setup *s)
{
	const struct setup_options *o = s->o;
	int way = WAY_PASSWORD;

	buffer_reset(&s->application);
	if (*plan_get(&s->plan, "smarthost", "user") == '\0' ||
	    plan_has(&s->plan, "smarthost", "token_command") ||
	    plan_has(&s->plan, "smarthost", "password_command"))
		return 0;	/* an operand says it */
	if (o->token_command != NULL) {
		set_command(s, o->token_command);
		return 1;
	}
	if (is_application(s) && !has_provider(s))
		return fail(s, EX_USAGE, "--tenant and --client are for "
		    "--provider microsoft365; others have --token-command");
	if (is_application(s))
		way = WAY_TOKEN;
	else if (o->password_file == NULL && s->asks &&
	    (has_provider(s) || *present(s) != '\0'))
		way = ask_way(s);
	else if (o->password_file == NULL && *present(s) != '\0')
		way = WAY_COMMAND;	/* as it is */
	if (way == WAY_TOKEN)
		return make_application(s) != 0 ? -1 : 1;
	if (way == WAY_PASSWORD && *present(s) != '\0')
		set_command(s, "");
	return way == WAY_PASSWORD ? 0 : way == WAY_COMMAND ? 1 : -1;
}
