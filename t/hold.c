/*
 * Senders on hold: one message asks from time to time, the others wait; the
 * number of holds is bounded, and no user holds the mail of another.
 */
#include <config.h>

#include "queue/hold.h"

#include <stdio.h>
#include <string.h>

#include "t/tap.h"

#define MINUTE INT64_C(60000)

int
main(void)
{
	struct holds h = { .n = 0 };
	struct verdict why;
	const struct hold *hold;
	int64_t now = 100 * MINUTE;
	char name[32];
	int i;

	verdict_set(&why, VERDICT_DEFERRED, VERDICT_SENDER, VERDICT_LONG,
	    "4.7.60", "not as this");
	ok(hold_find(&h, 1, "a@b", now) == NULL, "nobody is held");
	ok(hold_add(&h, 1, "a@b", &why, now, 0) != NULL, "one is refused");
	hold = hold_find(&h, 1, "A@b", now);
	ok(hold != NULL && strcmp(hold->why.text, "not as this") == 0,
	    "... and held, for this reason, in any case");
	ok(hold_find(&h, 2, "a@b", now) == NULL, "another user is not");
	ok(hold_find(&h, 1, "c@b", now) == NULL, "nor another sender");
	ok(hold_add(&h, 1, "a@b", &why, now + 1, 0) == NULL,
	    "what was on its way adds nothing");
	ok(hold_find(&h, 1, "a@b", now + 29 * MINUTE) != NULL,
	    "it is held for half an hour");
	now += 30 * MINUTE;
	ok(hold_find(&h, 1, "a@b", now) == NULL, "... then one message goes");
	ok(hold_find(&h, 1, "a@b", now) != NULL, "... and only one");
	ok(hold_add(&h, 1, "a@b", &why, now + 1, 0) != NULL,
	    "refused again: held again");
	ok(hold_find(&h, 1, "a@b", now + 59 * MINUTE) != NULL,
	    "... for an hour");
	ok(hold_find(&h, 1, "a@b", now + 61 * MINUTE) == NULL,
	    "... and no longer");
	ok(hold_lift(&h, 1, "a@b") && !hold_lift(&h, 1, "a@b"),
	    "accepted: no longer held");
	ok(hold_find(&h, 1, "a@b", now) == NULL, "... at once");
	for (i = 0; i < 3 * HOLD_MAX; i++) {
		snprintf(name, sizeof(name), "u%d@b", i);
		hold_add(&h, 1, name, &why, now + i, 0);
	}
	is_int((long long)h.n, HOLD_MAX, "there is an end to them");
	ok(hold_find(&h, 1, name, now) != NULL, "... the last is held");
	ok(hold_find(&h, 1, "u0@b", now) == NULL, "... the first is not");
	hold_clear(&h);
	is_int((long long)h.n, 0, "cleared");
	return done();
}
