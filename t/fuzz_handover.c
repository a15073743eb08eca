/*
 * Any bytes as a packet of a worker: refused, or in range in every field, and
 * sent on it arrives as it was.
 */
#include <config.h>

#include "queue/handover.h"

#include <sys/socket.h>

#include <string.h>

#include "queue/envelope.h"
#include "queue/error.h"
#include "t/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int ends[2];
	static int open;
	struct handover_report r, back;
	struct error e;

	if (!open) {
		check(handover_pair(ends, &e) == 0);
		open = 1;
	}
	/* A packet of no bytes looks like the end. */
	if (size == 0 || send(ends[1], data, size, MSG_DONTWAIT) !=
	    (ssize_t)size)
		return 0;
	if (handover_receive_report(ends[0], &r) != 1)
		return 0;
	check(r.type <= HANDOVER_LEAVING && r.verdict.action <= VERDICT_FAILED &&
	    r.verdict.scope <= VERDICT_SITE && r.verdict.code >= 0 &&
	    r.verdict.code < 600 && r.verdict.flags <= VERDICT_FLAGS);
	check(r.verdict.action != VERDICT_FAILED ||
	    r.verdict.scope != VERDICT_SITE);
	check(strlen(r.verdict.text) < VERDICT_TEXT &&
	    envelope_is_safe(r.verdict.text));
	check(strlen(r.verdict.status) < REPLY_STATUS);
	check(r.type != HANDOVER_VERDICT ||
	    r.verdict.status[0] == "245"[r.verdict.action]);
	check(handover_send_report(ends[1], &r) == 0 &&
	    handover_receive_report(ends[0], &back) == 1);
	check(back.type == r.type && back.job == r.job &&
	    back.rcpt == r.rcpt && back.last == r.last &&
	    strcmp(back.verdict.text, r.verdict.text) == 0 &&
	    strcmp(back.verdict.status, r.verdict.status) == 0);
	return 0;
}
