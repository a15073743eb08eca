/*
 * Any bytes as an envelope: what is taken is encoded to the same bytes.  The
 * first byte says whether they are all of it, or want the lengths of the
 * first line set right.
 */
#include <config.h>

#include "queue/envelope.h"

#include <string.h>

#include "queue/error.h"
#include "t/fuzz.h"

static void
check_texts(const struct envelope *env)
{
	size_t i;

	check(envelope_is_safe(env->sender));
	check(env->nrcpts > 0 && envelope_todo(env) <= env->nrcpts);
	for (i = 0; i < env->nrcpts; i++) {
		check(envelope_is_safe(env->rcpts[i].address));
		check(env->rcpts[i].offset > 0 &&
		    (uint64_t)env->rcpts[i].offset < env->head);
	}
}

static void
try_bytes(const char *data, size_t size)
{
	char seal[ENVELOPE_SEAL + 1];
	struct buffer again = BUFFER_INIT;
	struct envelope env;
	struct error e;

	if (envelope_decode(&env, data, size, &e) != 0)
		return;
	check(env.head == size);
	check_texts(&env);
	check(envelope_encode(&env, &again, &e) == 0);
	envelope_seal(seal, env.head, env.message, &env.facts);
	memcpy(again.data, seal, ENVELOPE_SEAL);
	check(again.len == size && memcmp(again.data, data, size) == 0);
	buffer_free(&again);
	envelope_free(&env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole = BUFFER_INIT;

	if (size == 0 || size > ENVELOPE_MAX / 2)
		return 0;
	if (data[0] % 2 == 0) {
		try_bytes((const char *)data + 1, size - 1);
		return 0;
	}
	buffer_addf(&whole, "OB1 %08zu %015u\n", size - 1 + ENVELOPE_HEAD,
	    4210u);
	buffer_add(&whole, data + 1, size - 1);
	try_bytes(whole.data, whole.len);
	buffer_free(&whole);
	return 0;
}
