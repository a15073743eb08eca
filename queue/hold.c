/*
 * Senders on hold: see hold.h.
 */
#include <config.h>

#include "queue/hold.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "queue/schedule.h"

#define ANSWER_WAIT INT64_C(60000)	/* for what becomes of the one */

static struct hold *
find(struct holds *h, uid_t uid, const char *sender)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->list[i].uid == uid &&
		    strcasecmp(h->list[i].sender, sender) == 0)
			return &h->list[i];
	return NULL;
}

static void
drop(struct holds *h, struct hold *hold)
{
	free(hold->sender);
	*hold = h->list[--h->n];
}

const struct hold *
hold_find(struct holds *h, uid_t uid, const char *sender, int64_t now)
{
	struct hold *hold = find(h, uid, sender);

	if (hold == NULL || hold->until > now)
		return hold;
	hold->until = now + ANSWER_WAIT;
	return NULL;
}

/* A new one, in the place of the one that ends first when all are taken. */
static struct hold *
make(struct holds *h, uid_t uid, const char *sender)
{
	struct hold *first = &h->list[0];
	char *copy = strdup(sender);
	size_t i;

	if (copy == NULL)
		return NULL;
	for (i = 1; i < h->n; i++)
		if (h->list[i].until < first->until)
			first = &h->list[i];
	if (h->n == HOLD_MAX)
		drop(h, first);
	h->list[h->n] = (struct hold){ .sender = copy, .uid = uid };
	return &h->list[h->n++];
}

const struct hold *
hold_add(struct holds *h, uid_t uid, const char *sender,
    const struct verdict *why, int64_t now, uint32_t chance)
{
	struct hold *hold = find(h, uid, sender);
	int64_t wait;

	if (hold == NULL && (hold = make(h, uid, sender)) == NULL)
		return NULL;
	/* What was under way with it says the same. */
	if (hold->until > now + ANSWER_WAIT)
		return NULL;
	wait = schedule_delay(&schedule_long, ++hold->failures, chance);
	hold->until = now + wait;
	hold->why = *why;
	return hold;
}

int
hold_lift(struct holds *h, uid_t uid, const char *sender)
{
	struct hold *hold = find(h, uid, sender);

	if (hold == NULL)
		return 0;
	drop(h, hold);
	return 1;
}

void
hold_clear(struct holds *h)
{
	while (h->n > 0)
		drop(h, &h->list[0]);
}
