/*
 * What clients of the submit socket say, and what is queued of it: see fuzz.h.
 */
#include <config.h>

#include <string.h>
#include <unistd.h>

#include "queue/buffer.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "t/fuzz.h"

void
fuzz_said(const uint8_t *data, size_t size, struct buffer *out)
{
	const uint8_t *ends[2], *end = data + size;
	struct envelope_facts facts = { 0, 0, 0, 0 };
	char seal[ENVELOPE_SEAL + 1];
	size_t records, origin, message;

	ends[0] = memchr(data, 0xff, size);
	ends[0] = ends[0] != NULL ? ends[0] : end;
	ends[1] = ends[0] < end ? memchr(ends[0] + 1, 0xff,
	    (size_t)(end - ends[0] - 1)) : NULL;
	ends[1] = ends[1] != NULL ? ends[1] : end;
	records = (size_t)(ends[0] - data);
	origin = ends[0] < end ? (size_t)(ends[1] - ends[0] - 1) : 0;
	message = ends[1] < end ? (size_t)(end - ends[1] - 1) : 0;
	buffer_addf(out, "%08zx%08zx", ENVELOPE_SEAL + records, origin);
	envelope_seal(seal, ENVELOPE_SEAL + records, 0, &facts);
	buffer_add(out, seal, ENVELOPE_SEAL);
	buffer_add(out, data, records);
	buffer_add(out, ends[0] + 1, origin);
	buffer_add(out, ends[1] + 1, message);
	facts.longest = size;
	envelope_seal(seal, ENVELOPE_SEAL + records, message, &facts);
	buffer_add(out, seal, ENVELOPE_SEAL);
	check(!out->failed);
}

uint64_t
fuzz_queued(const char *id, uid_t uid, const struct buffer *said)
{
	struct spool *s = fuzz_spool();
	struct spool_message m;
	struct error e;
	char text[8192];
	uint64_t size;
	size_t i;

	check(spool_take(s, id, &m, &e) == SPOOL_OK);
	check(m.env.uid == uid && m.env.nrcpts > 0);
	check(envelope_is_safe(m.env.sender));
	for (i = 0; i < m.env.nrcpts; i++) {
		check(m.env.rcpts[i].mark == ENVELOPE_TODO);
		check(memmem(said->data, said->len, m.env.rcpts[i].address,
		    strlen(m.env.rcpts[i].address)) != NULL);
	}
	size = m.env.message;
	check(size <= sizeof(text) && size + ENVELOPE_SEAL <= said->len);
	check(pread(m.fd, text, size, (off_t)m.env.head) == (ssize_t)size);
	check(memcmp(text, said->data + said->len - ENVELOPE_SEAL - size,
	    size) == 0);
	check(spool_remove(s, &m, &e) == 0);
	spool_release(&m);
	return size;
}

static int
any(void *arg, const char *id)
{
	(void)arg;
	(void)id;
	return 1;
}

void
fuzz_queue_is_empty(void)
{
	struct error e;

	check(spool_scan(fuzz_spool(), any, NULL, NULL, &e) == 0);
}
