/*
 * Where the secret comes from: see credential.h.
 */
#include <config.h>

#include "queue/credential.h"

#include <string.h>
#include <syslog.h>

#include "config/secret.h"
#include "config/settings.h"
#include "queue/buffer.h"
#include "queue/clock.h"
#include "queue/error.h"
#include "queue/log.h"
#include "queue/shared.h"

#define CREDENTIAL "outbox.password"
#define COMMAND_LIMIT 30000		/* milliseconds */
#define LIFETIME_MAX INT64_C(86400)	/* seconds that we believe in */

int
credential_is_token(const struct settings *s)
{
	return *s->token_command != '\0';
}

static void
say(void *arg, const char *text)
{
	const struct credential *c = arg;

	log_event(c->log, LOG_WARNING, "%s: %s",
	    credential_is_token(c->settings) ? "token_command" :
	    "password_command", text);
}

static const char *
command_line(const struct settings *s)
{
	return credential_is_token(s) ? s->token_command :
	    s->password_command;
}

int
credential_start(struct credential *c, struct error *e)
{
	c->command = (struct secret_command){ command_line(c->settings),
		COMMAND_LIMIT, say, c };
	return *c->command.line == '\0' ? 0 :
	    errand_start(&c->errand, &c->command, e);
}

void
credential_end(struct credential *c)
{
	if (c->errand.pid > 0)
		errand_end(&c->errand);
	c->errand.pid = 0;
}

void
credential_paths(const struct credential *c, const char *paths[2])
{
	int needed = c->errand.pid == 0;

	paths[0] = needed ? secret_directory() : NULL;
	paths[1] = needed ? c->settings->password_file : NULL;
}

static char *
run(struct credential *c, int64_t *lifetime, struct error *e)
{
	char why[400], *secret;

	secret = errand_ask(&c->errand, lifetime, why, sizeof(why));
	if (secret == NULL)
		error_set(e, "%s: %s", credential_is_token(c->settings) ?
		    "token_command" : "password_command", why);
	return secret;
}

/*
 * The token that some worker left, behind the time until which it is good and
 * the command that gave it: one that still has the settings from before a
 * reload may leave one for another server.  NULL: there is none that is good.
 */
static char *
recall(const struct credential *c)
{
	const char *line = command_line(c->settings);
	size_t len = strlen(line) + 1, head = sizeof(int64_t) + len;
	struct buffer kept = BUFFER_INIT;
	char *token = NULL;
	int64_t until = 0;

	shared_read(c->shared, SHARED_TOKEN, &kept);
	if (kept.len > head && memcmp(kept.data + sizeof(until), line, len) ==
	    0)
		memcpy(&until, kept.data, sizeof(until));
	if (until > clock_now() && (token = secret_new()) != NULL)
		memcpy(token, kept.data + head, kept.len - head < SECRET_MAX ?
		    kept.len - head : SECRET_MAX);
	buffer_wipe(&kept);
	return token;
}

static void
keep(const struct credential *c, const char *token, int64_t until)
{
	const char *line = command_line(c->settings);
	struct buffer kept = BUFFER_INIT;

	buffer_add(&kept, &until, sizeof(until));
	buffer_add(&kept, line, strlen(line) + 1);
	buffer_adds(&kept, token);
	if (!kept.failed)
		shared_write(c->shared, SHARED_TOKEN, kept.data, kept.len);
	buffer_wipe(&kept);
}

static char *
get_token(struct credential *c, int refused, struct error *e)
{
	int64_t lifetime;
	char *token;

	if (!refused && (token = recall(c)) != NULL)
		return token;
	token = run(c, &lifetime, e);
	/* It has to last for the login, and clocks differ. */
	if (token != NULL)
		keep(c, token, clock_now() + 900 * (lifetime < LIFETIME_MAX ?
		    lifetime : LIFETIME_MAX));
	return token;
}

char *
credential_get(struct credential *c, int refused, struct error *e)
{
	const struct settings *s = c->settings;
	char why[400], *secret;
	int64_t lifetime;

	if (credential_is_token(s))
		return get_token(c, refused, e);
	if (*s->password_command != '\0')
		return run(c, &lifetime, e);
	secret = secret_credential(CREDENTIAL, why, sizeof(why));
	if (secret == NULL && *why == '\0')
		secret = secret_read(s->password_file, why, sizeof(why));
	if (secret == NULL)
		error_set(e, "%s", why);
	return secret;
}
