/*
 * The backlog: as a simple list would have it, and small and quick at
 * 100,000 messages.
 */
#include <config.h>

#include "queue/backlog.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/chance.h"
#include "t/tap.h"

#define MANY 100000
#define NOW 25		/* the times of the random test are around it */
#define SOME 300	/* IDs of the random test */

struct entry {
	char id[SPOOL_ID + 1];
	int64_t due;
	int there;
};

static void
make_id(char id[SPOOL_ID + 1], uint64_t arrival, uint32_t random)
{
	snprintf(id, SPOOL_ID + 1, SPOOL_ID_FORMAT, arrival, random);
}

/* The one that is due first, in the simplest way. */
static const struct entry *
first_of(const struct entry *all, size_t n)
{
	const struct entry *best = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (all[i].there && (best == NULL || all[i].due < best->due ||
		    (all[i].due == best->due &&
		    strcmp(all[i].id, best->id) < 0)))
			best = &all[i];
	return best;
}

static int
agrees(struct backlog *b, const struct entry *all, size_t n, size_t count)
{
	const struct entry *first = first_of(all, n);
	struct backlog_message *m = backlog_first(b, NOW);
	char id[SPOOL_ID + 1];

	if (backlog_count(b) != count || (m == NULL) != (first == NULL))
		return 0;
	if (m == NULL)
		return 1;
	backlog_id(m, id);
	return strcmp(id, first->id) == 0 && m->due == first->due;
}

/* One random step, in both. */
static int
step(struct backlog *b, struct entry *e, size_t *count)
{
	struct backlog_message *m = backlog_find(b, e->id);
	char id[SPOOL_ID + 1];

	if ((m != NULL) != (e->there != 0))
		return -1;
	switch (chance_below(3)) {
	case 0:
		if ((m = backlog_add(b, e->id, 1000)) == NULL)
			return -1;
		if (!e->there) {
			e->due = 0;
			++*count;
		}
		e->there = 1;
		backlog_id(m, id);
		return strcmp(id, e->id) == 0 && m->due == e->due ? 0 : -1;
	case 1:
		if (m == NULL)
			return 0;
		e->due = chance_of(4) ? BACKLOG_NEVER :
		    (int64_t)chance_below(50);
		backlog_set_due(b, m, e->due);
		return 0;
	default:
		if (m == NULL || chance_of(2))
			return 0;
		backlog_remove(b, m);
		e->there = 0;
		--*count;
		return 0;
	}
}

static void
test_random(void)
{
	static struct entry all[SOME];
	struct backlog *b = backlog_new();
	size_t i, count = 0, n;
	int good = 1;

	/* Arrivals close to each other, as in life, and some that are equal. */
	for (i = 0; i < SOME; i++)
		make_id(all[i].id, UINT64_C(1763925180000000) + i / 2,
		    i % 2 == 0 ? (uint32_t)i : (uint32_t)chance());
	for (n = 0; n < 60000 && good; n++) {
		good = step(b, &all[chance_below(SOME)], &count) == 0 &&
		    agrees(b, all, SOME, count);
		if (!good)
			diag("step %zu", n);
	}
	ok(good, "60,000 random steps, as a list would have it");
	for (i = 0; i < SOME; i++)
		if (all[i].there)
			backlog_remove(b, backlog_find(b, all[i].id));
	is_int((long long)backlog_count(b), 0, "... and empty at the end");
	ok(backlog_first(b, NOW) == NULL, "... without a first one");
	backlog_free(b);
}

static void
test_simple(void)
{
	struct backlog *b = backlog_new();
	struct backlog_message *m;
	char id[SPOOL_ID + 1];

	ok(backlog_first(b, NOW) == NULL, "empty: no first one");
	ok(backlog_find(b, "000000000000000000000000") == NULL,
	    "... and none is found");
	m = backlog_add(b, "FFFFFFFFFFFFFFFFFFFFFFFF", 1000);
	backlog_id(m, id);
	is_str(id, "FFFFFFFFFFFFFFFFFFFFFFFF", "the largest ID");
	m = backlog_add(b, "000000000000000000000000", 1000);
	backlog_id(m, id);
	is_str(id, "000000000000000000000000", "the smallest ID");
	ok(backlog_first(b, NOW) == m, "... is the first of those due at once");
	ok(m->due == 0 && !m->asked && !m->in_flight && m->cause == BACKLOG_ITSELF,
	    "a new one is due at once");
	ok(backlog_add(b, "000000000000000000000000", 1000) == m,
	    "added again it is the same");
	is_int((long long)backlog_count(b), 2, "... and counts once");
	backlog_free(b);
	backlog_free(NULL);
}

struct visit {
	struct backlog *b;
	size_t n;
};

static void
put_off(void *arg, struct backlog_message *m)
{
	struct visit *v = arg;

	v->n++;
	backlog_set_due(v->b, m, (int64_t)(m->random % 1000));
}

static void
test_many(void)
{
	struct backlog *b = backlog_new();
	struct backlog_message *m;
	struct visit v = { b, 0 };
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd, used, i;
	char id[SPOOL_ID + 1];
	int64_t last[10] = { 0 };
	int ordered = 1;

	for (i = 0; i < MANY; i++) {
		make_id(id, UINT64_C(1763925180000000) + i * 1000,
		    (uint32_t)chance());
		if (backlog_add(b, id, (uid_t)(i % 10)) == NULL)
			break;
	}
	is_int((long long)backlog_count(b), MANY, "100,000 messages");
	used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	/* 0 where a sanitizer has its own allocator. */
	ok(used < (size_t)MANY * 100, "... in %zu KiB", used / 1024);
	backlog_each(b, put_off, &v);
	is_int((long long)v.n, MANY, "each is visited once, while all move");
	while ((m = backlog_first(b, NOW)) != NULL) {
		ordered &= m->due >= last[m->turn];
		last[m->turn] = m->due;
		backlog_remove(b, m);
	}
	ok(ordered, "... and those of each user come in order");
	backlog_free(b);
}

/* The user of the message that goes next, which is then gone; -1: none. */
static int
serve(struct backlog *b, int64_t now)
{
	struct backlog_message *m = backlog_first(b, now);
	int user;

	if (m == NULL || m->due > now)
		return -1;
	user = m->turn;
	backlog_remove(b, m);
	return user;
}

static void
queue(struct backlog *b, uid_t user, uint64_t from, uint64_t n)
{
	char id[SPOOL_ID + 1];

	while (n-- > 0) {
		make_id(id, from++, user);
		backlog_add(b, id, user);
	}
}

static void
test_turns(void)
{
	struct backlog *b = backlog_new();
	struct backlog_message *m;
	uint64_t last = 0;
	int turns[6], i, ordered = 1;

	queue(b, 1, 1, 20000);
	queue(b, 2, 50000, 3);
	queue(b, 3, 60000, 1);
	m = backlog_first(b, NOW);
	ok(m == backlog_first(b, NOW), "to look at it costs no turn");
	for (i = 0; i < 6; i++)
		turns[i] = serve(b, NOW);
	ok(turns[0] == 1 && turns[1] == 2 && turns[2] == 3 && turns[3] == 1 &&
	    turns[4] == 2 && turns[5] == 1,
	    "users take turns: 20,000 messages of one do not hold another");
	is_int(serve(b, NOW), 2, "... and go on where they were");
	queue(b, 4, 70000, 1);
	is_int(serve(b, NOW), 4, "a new user waits for one turn of each");
	while ((m = backlog_first(b, NOW)) != NULL) {
		ordered &= m->arrival > last;
		last = m->arrival;
		backlog_remove(b, m);
	}
	ok(ordered, "the mail of one goes in order");
	queue(b, 5, 1, 2);
	queue(b, 6, 1, 1);
	m = backlog_first(b, NOW);
	i = m->turn;
	backlog_set_due(b, m, NOW + 1);
	ok(backlog_first(b, NOW)->turn != i, "what is put off had its turn");
	serve(b, NOW);
	serve(b, NOW);
	ok(serve(b, NOW) == -1 && backlog_first(b, NOW) == m,
	    "... and is told when nothing else is due");
	is_int(serve(b, NOW + 1), i, "... and goes at its time");
	backlog_free(b);
}

int
main(void)
{
	test_turns();
	test_simple();
	test_random();
	test_many();
	return done();
}
