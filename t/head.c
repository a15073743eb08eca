/*
 * The head of a queue file, for tests of it.
 */
#include <config.h>

#include "t/head.h"

#include <string.h>

#include "queue/error.h"

void
head_encode(const struct envelope *env, struct buffer *out)
{
	char seal[ENVELOPE_SEAL + 1];
	struct error e;

	buffer_reset(out);
	if (envelope_encode(env, out, &e) != 0) {
		buffer_reset(out);
		return;
	}
	envelope_seal(seal, out->len, env->message, &env->facts);
	memcpy(out->data, seal, ENVELOPE_SEAL);
}

int
head_is_strict(const char *data, size_t len)
{
	static struct buffer again;
	struct envelope env;
	struct error e;
	int same;

	if (envelope_decode(&env, data, len, &e) != 0)
		return env.store == NULL && env.rcpts == NULL;
	head_encode(&env, &again);
	same = again.len == len && memcmp(again.data, data, len) == 0;
	envelope_free(&env);
	return same;
}
