/*
 * Any bytes as the files of another program: what comes out are keys of ours
 * with values that stand on a line, and a text with them in it loads or is
 * refused.
 */
#include <config.h>

#include "queue/import.h"

#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "config/settings.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/import_envelope.h"
#include "queue/setup_edit.h"
#include "queue/setup_plan.h"
#include "t/fuzz.h"

static void
ignore(void *arg, const char *file, int line, const char *text)
{
	(void)arg;
	(void)file;
	check(line >= 0 && *text != '\0');
}

/* A part of the input as a string of its own size, so that nothing reads past
 * its end; files hold no NUL. */
static char *
text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	size_t i;

	check(text != NULL);
	for (i = 0; i < size; i++)
		text[i] = data[i] != '\0' ? (char)data[i] : '\n';
	text[size] = '\0';
	return text;
}

static void
check_plan(const struct plan *p, const char *base)
{
	struct buffer out = BUFFER_INIT, again = BUFFER_INIT;
	struct settings s;
	size_t i;

	for (i = 0; i < p->n; i++) {
		check(keys_find(p->keys[i].section, p->keys[i].name) != NULL);
		check(p->keys[i].value == NULL ||
		    envelope_is_safe(p->keys[i].value));
	}
	check(edit_configuration(base, p, &out) == 0);
	check(edit_configuration(buffer_string(&out), p, &again) == 0);
	/* Only an odd section, or a key in two places, can need more. */
	check(*base != '\0' || strcmp(buffer_string(&out),
	    buffer_string(&again)) == 0);
	if (settings_load(&s, fuzz_file((const uint8_t *)buffer_string(&out),
	    out.len), ignore, NULL) == 0)
		settings_free(&s);
	buffer_free(&out);
	buffer_free(&again);
}

static void
try_envelope(int dma, const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct import_envelope env;
	struct error e;
	size_t i;

	check(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if ((dma ? import_envelope_dma : import_envelope_nullmailer)(&env,
	    text, size, &e) == 0) {
		check(env.n > 0 && env.head <= size);
		check(*env.sender == '\0' || envelope_is_path(env.sender));
		for (i = 0; i < env.n; i++)
			check(envelope_is_path(env.rcpts[i]));
		import_envelope_free(&env);
	}
	free(text);
}

/* The first byte chooses; a 0xff ends the first of two files. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan p = PLAN_INIT;
	struct import_nullmailer files;
	const uint8_t *mark;
	struct error e;
	char *one, *two;
	int result;

	if (size-- == 0)
		return 0;
	mark = memchr(data + 1, 0xff, size);
	one = text_of(data + 1, mark != NULL ? (size_t)(mark - data - 1) :
	    size);
	two = mark != NULL ? text_of(mark + 1, (size_t)(data + 1 + size -
	    mark - 1)) : NULL;
	memset(&files, 0, sizeof(files));
	files.remotes = one;
	files.pausetime = two;
	result = data[0] == 'n' ? import_nullmailer(&files, &p, &e) :
	    data[0] == 'm' ? import_msmtp(one, &p, &e) :
	    data[0] == 'd' ? import_dma(one, two, &p, &e) :
	    data[0] == 's' ? import_ssmtp(one, two, &p, &e) : -1;
	if (result == 0)
		check_plan(&p, "");
	try_envelope(data[0] == 'Q', data + 1, size);
	plan_free(&p);
	free(one);
	free(two);
	if (data[0] == 'e') {	/* any text to be edited */
		one = text_of(data + 1, size);
		plan_set(&p, "smarthost", "host", "h");
		plan_unset(&p, "smarthost", "user");
		plan_set(&p, "queue", "lifetime", "1d");
		check_plan(&p, one);
		plan_free(&p);
		free(one);
	}
	return 0;
}
