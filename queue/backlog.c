/*
 * The backlog: see backlog.h.
 */
#include <config.h>

#include "queue/backlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct heap {
	struct backlog_message **list;
	size_t count;
	size_t size;			/* has room for all that may come */
};

struct backlog {
	struct heap waiting;
	struct heap ready[BACKLOG_TURNS];	/* of each user */
	size_t owned[BACKLOG_TURNS];	/* messages of them, ready or not */
	size_t turn;			/* whose it is */
	struct backlog_message **table;	/* open addressing */
	size_t count;
	size_t slots;			/* of table, at least twice that; a
					 * power of two */
};

struct backlog *
backlog_new(void)
{
	return calloc(1, sizeof(struct backlog));
}

static void
free_message(struct backlog_message *m)
{
	if (m != NULL)
		free(m->delivered);
	free(m);
}

void
backlog_free(struct backlog *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->slots; i++)
		free_message(b->table[i]);
	for (i = 0; i < BACKLOG_TURNS; i++)
		free(b->ready[i].list);
	free(b->waiting.list);
	free(b->table);
	free(b);
}

void
backlog_id(const struct backlog_message *m, char id[SPOOL_ID + 1])
{
	snprintf(id, SPOOL_ID + 1, SPOOL_ID_FORMAT, m->arrival, m->random);
}

/* The slot of the ID, or the free one where it would be. */
static size_t
slot_of(const struct backlog *b, uint64_t arrival, uint32_t random)
{
	size_t i = (size_t)((arrival * UINT64_C(0xff51afd7ed558ccd) + random) *
	    UINT64_C(0x9e3779b97f4a7c15) >> 20) & (b->slots - 1);

	while (b->table[i] != NULL && (b->table[i]->arrival != arrival ||
	    b->table[i]->random != random))
		i = (i + 1) & (b->slots - 1);
	return i;
}

/* Earlier due, or older. */
static int
before(const struct backlog_message *a, const struct backlog_message *b)
{
	if (a->due != b->due)
		return a->due < b->due;
	if (a->arrival != b->arrival)
		return a->arrival < b->arrival;
	return a->random < b->random;
}

static void
put(struct heap *h, size_t i, struct backlog_message *m)
{
	h->list[i] = m;
	m->place = (uint32_t)i;
}

/* Move the message at place i to where its time belongs. */
static void
sift(struct heap *h, size_t i)
{
	struct backlog_message *m = h->list[i];
	size_t child;

	for (; i > 0 && before(m, h->list[(i - 1) / 2]); i = (i - 1) / 2)
		put(h, i, h->list[(i - 1) / 2]);
	for (; (child = 2 * i + 1) < h->count; i = child) {
		if (child + 1 < h->count &&
		    before(h->list[child + 1], h->list[child]))
			child++;
		if (!before(h->list[child], m))
			break;
		put(h, i, h->list[child]);
	}
	put(h, i, m);
}

/* There is room: see reserve(). */
static void
enter(struct heap *h, struct backlog_message *m)
{
	put(h, h->count++, m);
	sift(h, m->place);
}

static void
leave(struct heap *h, struct backlog_message *m)
{
	size_t place = m->place;

	if (place != --h->count) {
		put(h, place, h->list[h->count]);
		sift(h, place);
	}
}

/* Out of its heap; if it was its turn, the next user has it. */
static void
take_out(struct backlog *b, struct backlog_message *m)
{
	if (!m->ready) {
		leave(&b->waiting, m);
		return;
	}
	if (m->turn == b->turn && m->place == 0)
		b->turn = (b->turn + 1) % BACKLOG_TURNS;
	leave(&b->ready[m->turn], m);
	m->ready = 0;
}

/* Room for so many: to move a message between heaps cannot fail. */
static int
reserve(struct heap *h, size_t count)
{
	size_t size = h->size == 0 ? 16 : h->size * 2;
	void *list;

	if (count <= h->size)
		return 0;
	if ((list = reallocarray(h->list, size, sizeof(*h->list))) == NULL)
		return -1;
	h->list = list;
	h->size = size;
	return 0;
}

static int
grow_table(struct backlog *b)
{
	struct backlog_message **old = b->table, **table;
	size_t slots = b->slots, i;

	if (2 * (b->count + 1) <= slots)
		return 0;
	table = calloc(slots == 0 ? 128 : slots * 2, sizeof(*table));
	if (table == NULL)
		return -1;
	b->table = table;
	b->slots = slots == 0 ? 128 : slots * 2;
	for (i = 0; i < slots; i++)
		if (old[i] != NULL)
			table[slot_of(b, old[i]->arrival, old[i]->random)] =
			    old[i];
	free(old);
	return 0;
}

struct backlog_message *
backlog_find(struct backlog *b, const char *id)
{
	uint64_t arrival;
	uint32_t random;

	if (b->count == 0)
		return NULL;
	spool_split_id(id, &arrival, &random);
	return b->table[slot_of(b, arrival, random)];
}

struct backlog_message *
backlog_add(struct backlog *b, const char *id, uid_t user)
{
	struct backlog_message *m = backlog_find(b, id);
	size_t turn = user % BACKLOG_TURNS;

	if (m != NULL)
		return m;
	if (grow_table(b) != 0 || reserve(&b->waiting, b->count + 1) != 0 ||
	    reserve(&b->ready[turn], b->owned[turn] + 1) != 0 ||
	    (m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	spool_split_id(id, &m->arrival, &m->random);
	m->turn = (uint8_t)turn;
	b->table[slot_of(b, m->arrival, m->random)] = m;
	b->count++;
	b->owned[turn]++;
	enter(&b->waiting, m);
	return m;
}

/* Empty slot i, and move up what stood behind it for want of a place. */
static void
clear_slot(struct backlog *b, size_t i)
{
	struct backlog_message *m;
	size_t j = i;

	b->table[i] = NULL;
	for (;;) {
		j = (j + 1) & (b->slots - 1);
		if ((m = b->table[j]) == NULL)
			return;
		b->table[j] = NULL;
		b->table[slot_of(b, m->arrival, m->random)] = m;
	}
}

void
backlog_remove(struct backlog *b, struct backlog_message *m)
{
	clear_slot(b, slot_of(b, m->arrival, m->random));
	take_out(b, m);
	b->count--;
	b->owned[m->turn]--;
	free_message(m);
}

void
backlog_set_due(struct backlog *b, struct backlog_message *m, int64_t due)
{
	take_out(b, m);
	m->due = due;
	enter(&b->waiting, m);
}

struct backlog_message *
backlog_first(struct backlog *b, int64_t now)
{
	struct backlog_message *m;
	size_t i, turn;

	while (b->waiting.count > 0 && b->waiting.list[0]->due <= now) {
		m = b->waiting.list[0];
		leave(&b->waiting, m);
		m->ready = 1;
		enter(&b->ready[m->turn], m);
	}
	for (i = 0; i < BACKLOG_TURNS; i++) {
		turn = (b->turn + i) % BACKLOG_TURNS;
		if (b->ready[turn].count > 0) {
			b->turn = turn;
			return b->ready[turn].list[0];
		}
	}
	return b->waiting.count > 0 ? b->waiting.list[0] : NULL;
}

size_t
backlog_count(const struct backlog *b)
{
	return b->count;
}

void
backlog_each(struct backlog *b,
    void (*each)(void *arg, struct backlog_message *m), void *arg)
{
	size_t i;

	/* By slot: the heap moves under our hands. */
	for (i = 0; i < b->slots; i++)
		if (b->table[i] != NULL)
			each(arg, b->table[i]);
}

void
backlog_sweep(struct backlog *b,
    int (*keep)(void *arg, struct backlog_message *m), void *arg)
{
	size_t i = 0;

	/* Another may move to the slot of one that goes. */
	while (i < b->slots)
		if (b->table[i] == NULL || keep(arg, b->table[i]))
			i++;
		else
			backlog_remove(b, b->table[i]);
}
