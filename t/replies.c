/*
 * [replies] and soft_bounce: one case for each verdict, and what none of them
 * can do.
 */
#include <config.h>

#include "queue/replies.h"

#include "t/tap.h"

#define LATER VERDICT_DEFERRED
#define FAILED VERDICT_FAILED
#define RECIPIENT VERDICT_RECIPIENT
#define MESSAGE VERDICT_MESSAGE
#define SENDER VERDICT_SENDER
#define SITE VERDICT_SITE

static const struct replies rules = { "550 *RETRY*\n\n551*", "*slow*", "*hold*",
	"*bounce*", 0 }, soft = { "", "", "", "", 1 };

static const struct {
	const char *rule;
	const struct replies *replies;
	struct verdict from;
	enum verdict_action action;
	enum verdict_scope scope;
	unsigned flags;
	const char *status;
} cases[] = {
	{ "retry", &rules, { FAILED, RECIPIENT, 0, 550, "5.1.1",
	    "550 5.1.1 please retry" }, LATER, RECIPIENT, 0, "4.1.1" },
	{ "retry: the second pattern", &rules, { FAILED, RECIPIENT, 0, 551,
	    "5.1.6", "551 5.1.6 moved" }, LATER, RECIPIENT, 0, "4.1.6" },
	{ "retry: the whole reply must fit", &rules, { FAILED, RECIPIENT, 0,
	    554, "5.1.1", "554 550 retry" }, FAILED, RECIPIENT, 0, "5.1.1" },
	{ "retry: no hold", &rules, { LATER, SENDER, VERDICT_LONG, 550,
	    "4.7.1", "550 5.7.1 retry" }, LATER, MESSAGE, 0, "4.7.1" },
	{ "retry: the site, soon", &rules, { LATER, SITE, VERDICT_LONG, 550,
	    "4.7.1", "550 retry" }, LATER, SITE, 0, "4.7.1" },
	{ "slow", &rules, { FAILED, MESSAGE, 0, 554, "5.0.0", "554 slow" },
	    LATER, MESSAGE, VERDICT_SLOW, "4.0.0" },
	{ "hold", &rules, { FAILED, MESSAGE, 0, 554, "5.0.0", "554 hold" },
	    LATER, SENDER, VERDICT_LONG, "4.0.0" },
	{ "hold: the site stays the site's", &rules, { LATER, SITE, 0, 421,
	    "4.0.0", "421 hold" }, LATER, SITE, VERDICT_LONG, "4.0.0" },
	{ "bounce", &rules, { LATER, RECIPIENT, 0, 450, "4.2.2",
	    "450 4.2.2 bounce" }, FAILED, RECIPIENT, 0, "5.2.2" },
	{ "bounce: never by the site", &rules, { LATER, SITE, 0, 554, "4.0.0",
	    "554 bounce" }, LATER, SITE, 0, "4.0.0" },
	{ "what is accepted stays so", &rules, { VERDICT_DELIVERED, MESSAGE,
	    0, 250, "2.0.0", "250 bounce" }, VERDICT_DELIVERED, MESSAGE, 0,
	    "2.0.0" },
	{ "a reason of our own stays", &rules, { LATER, MESSAGE, 0, 0,
	    "4.4.2", "bounce" }, LATER, MESSAGE, 0, "4.4.2" },
	{ "no pattern fits", &rules, { FAILED, MESSAGE, 0, 554, "5.0.0",
	    "554 no" }, FAILED, MESSAGE, 0, "5.0.0" },
	{ "soft_bounce: later", &soft, { FAILED, MESSAGE, 0, 554, "5.6.0",
	    "554 no" }, LATER, MESSAGE, 0, "4.6.0" },
	{ "soft_bounce: also for reasons of our own", &soft, { FAILED,
	    MESSAGE, 0, 0, "5.3.4", "too large" }, LATER, MESSAGE, 0,
	    "4.3.4" },
	{ "soft_bounce: what is sent is sent", &soft, { VERDICT_DELIVERED,
	    MESSAGE, 0, 250, "2.0.0", "250 ok" }, VERDICT_DELIVERED, MESSAGE,
	    0, "2.0.0" },
};

int
main(void)
{
	struct verdict v;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v = cases[i].from;
		replies_apply(cases[i].replies, &v);
		is_int(v.action, cases[i].action, "%s: action",
		    cases[i].rule);
		is_int(v.scope, cases[i].scope, "... scope");
		is_int(v.flags, cases[i].flags, "... flags");
		is_str(v.status, cases[i].status, "... status");
		is_str(v.text, cases[i].from.text, "... text");
	}
	return done();
}
