/*
 * Any lines as replies: what is kept is printable and bounded, and whatever
 * the phase, the verdict keeps to its rules.
 */
#include <config.h>

#include "queue/reply.h"

#include <string.h>

#include "queue/verdict.h"
#include "t/fuzz.h"

static void
check_verdicts(const struct reply *r)
{
	struct verdict v;
	unsigned phase;

	for (phase = VERDICT_GREETING; phase <= VERDICT_END; phase *= 2) {
		verdict_judge(&v, (enum verdict_phase)phase, r);
		check(v.code == r->code && v.flags <= VERDICT_FLAGS);
		check(v.status[0] == "245"[v.action] && v.status[1] == '.');
		check(strlen(v.text) < VERDICT_TEXT &&
		    strchr(v.text, '\n') == NULL);
		check(v.action != VERDICT_FAILED || (phase > VERDICT_AUTH &&
		    r->code >= 500 && v.scope != VERDICT_SITE));
		check(v.action != VERDICT_DELIVERED ||
		    (phase == VERDICT_END && r->code < 300));
	}
}

static void
check_kept(const struct reply *r)
{
	size_t i;

	check(r->code == 0 || (r->code >= 200 && r->code < 600));
	check(r->lines <= REPLY_LINES && strlen(r->status) < REPLY_STATUS);
	check(*r->status == '\0' || *r->status == '0' + r->code / 100);
	for (i = 0; i < r->text.len; i++)
		check((unsigned char)r->text.data[i] >= ' ' ||
		    r->text.data[i] == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end;
	struct reply r = { .text = BUFFER_INIT };
	size_t len;
	int rc;

	while (size > 0) {
		end = memchr(text, '\n', size);
		len = end != NULL ? (size_t)(end - text) : size;
		rc = reply_line(&r, text, len);
		check_kept(&r);
		if (rc == 1)
			check_verdicts(&r);
		if (rc != 0)
			reply_reset(&r);
		len += end != NULL;
		text += len;
		size -= len;
	}
	reply_free(&r);
	return 0;
}
