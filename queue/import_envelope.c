/*
 * See import_envelope.h.
 */
#include <config.h>

#include "queue/import_envelope.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "queue/envelope.h"
#include "queue/error.h"

void
import_envelope_free(struct import_envelope *env)
{
	free(env->rcpts);
	memset(env, 0, sizeof(*env));
}

static int
add_recipient(struct import_envelope *env, const char *address,
    struct error *e)
{
	size_t size = env->size > 0 ? 2 * env->size : 8;
	const char **rcpts;

	if (!envelope_is_path(address))
		return error_set(e, "a recipient is no address");
	if (env->n == env->size) {
		rcpts = reallocarray(env->rcpts, size, sizeof(*rcpts));
		if (rcpts == NULL)
			return error_memory(e);
		env->rcpts = rcpts;
		env->size = size;
	}
	env->rcpts[env->n++] = address;
	return 0;
}

/* The line at *text, of which *len bytes are left, with a NUL for its end.
 * NULL: it has none, or a NUL before it. */
static char *
next_line(char **text, size_t *len)
{
	char *line = *text, *end = memchr(line, '\n', *len);

	if (end == NULL || memchr(line, '\0', (size_t)(end - line)) != NULL)
		return NULL;
	*end = '\0';
	*text = end + 1;
	*len -= (size_t)(*text - line);
	return line;
}

static int
check(const struct import_envelope *env, struct error *e)
{
	if (env->sender == NULL)
		return error_set(e, "it names no sender");
	if (*env->sender != '\0' && !envelope_is_path(env->sender))
		return error_set(e, "the sender is no address");
	if (env->n == 0)
		return error_set(e, "it names no recipient");
	return 0;
}

/* What both have in common, after their parsers. */
static int
finish(struct import_envelope *env, int result, struct error *e)
{
	if (result == 0)
		result = check(env, e);
	if (result != 0)
		import_envelope_free(env);
	return result;
}

int
import_envelope_nullmailer(struct import_envelope *env, char *text,
    size_t len, struct error *e)
{
	char *rest = text, *line;
	int result = 0;

	memset(env, 0, sizeof(*env));
	env->sender = next_line(&rest, &len);
	while (result == 0 && (line = next_line(&rest, &len)) != NULL) {
		env->head = (size_t)(rest - text);
		if (*line == '\0')
			return finish(env, 0, e);
		result = add_recipient(env, line, e);
	}
	return finish(env, result != 0 ? result :
	    error_set(e, "its envelope has no end"), e);
}

int
import_envelope_dma(struct import_envelope *env, char *text, size_t len,
    struct error *e)
{
	char *rest = text, *line, *value;
	int result = 0;

	memset(env, 0, sizeof(*env));
	while (result == 0 && (line = next_line(&rest, &len)) != NULL) {
		value = line + strcspn(line, ":");
		if (*value == '\0')
			continue;
		*value++ = '\0';
		value += strspn(value, " \t");
		if (strcasecmp(line, "Sender") == 0)
			env->sender = value;
		else if (strcasecmp(line, "Recipient") == 0)
			result = add_recipient(env, value, e);
	}
	if (result == 0 && len > 0)
		result = error_set(e, "its last line has no end");
	return finish(env, result, e);
}
