/* See store.h. */
#include <config.h>

#include "sendmail/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/settings.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/privilege.h"
#include "queue/quota.h"
#include "queue/spool.h"
#include "queue/wake.h"
#include "sendmail/handoff.h"

struct store {
	struct spool *spool;
	struct spool_draft *draft;	/* one of these two */
	struct handoff *handoff;
	struct error why;	/* none is a draft */
	int no_way;		/* the status where it is no handoff either */
	char id[SPOOL_ID + 1];
};

static int
raise(struct error *e)
{
	if (privilege_raise() == 0)
		return 0;
	error_sys(e, "cannot use the queue's group");
	return EX_OSERR;
}

static int
lower(int status, struct error *e)
{
	if (privilege_lower() == 0)
		return status;
	error_sys(e, "cannot give up the queue's group");
	e->number = 0;		/* nobody else is asked: we have it */
	return EX_OSERR;
}

static int
begin_draft(struct store *st, const struct settings *s,
    const struct envelope *env, struct error *e)
{
	struct quota q = quota_of(s);
	int status;

	if (spool_check_room(st->spool, (uint64_t)s->min_free, e) != 0)
		return spool_status(e);
	if ((status = raise(e)) != 0)
		return status;
	if (quota_check(st->spool, &q, env->uid, 1, e) == 0 &&
	    (st->draft = spool_begin(st->spool, env, e)) != NULL) {
		spool_limit(st->draft, &q, env->uid);
		spool_keep_free(st->draft, (uint64_t)s->min_free);
	}
	return lower(st->draft != NULL ? 0 : error_status(e, EX_CANTCREAT), e);
}

/* What another process may be able to do. */
static int
is_denied(int number)
{
	return number == EACCES || number == EPERM || number == EROFS;
}

int
store_begin(struct store **result, const struct settings *s,
    struct spool *spool, const struct error *why, const struct envelope *env,
    struct error *e)
{
	struct store *st;
	int status;

	if ((st = calloc(1, sizeof(*st))) == NULL) {
		error_memory(e);
		return EX_OSERR;
	}
	*result = st;
	st->spool = spool;
	if (spool == NULL) {
		st->why = *why;
		st->no_way = why->number == EACCES || why->number == EPERM ?
		    EX_NOPERM : EX_CANTCREAT;
		return 0;
	}
	if ((status = begin_draft(st, s, env, e)) == 0)
		return 0;
	if (!is_denied(e->number) || *s->submit_socket == '\0')
		return status;
	st->why = *e;
	st->no_way = status;
	return 0;
}

int
store_is_begun(const struct store *st)
{
	return st->draft != NULL || st->handoff != NULL;
}

int
store_hand_over(struct store *st, const char *path,
    const struct envelope *env, const char *origin, struct error *e)
{
	struct error gone;
	int status = handoff_begin(&st->handoff, path, env, origin, &gone);

	if (status == EX_UNAVAILABLE) {
		error_set(e, "%s; and outbox-flush cannot be reached at %s",
		    st->why.text, gone.text);
		return st->no_way;
	}
	if (status != 0)
		*e = gone;
	return status;
}

const char *
store_id(const struct store *st)
{
	return st->draft != NULL ? spool_draft_id(st->draft) :
	    st->handoff != NULL ? handoff_id(st->handoff) : st->id;
}

void
store_id_at(struct store *st, uint64_t offset)
{
	if (st->draft != NULL)
		spool_id_at(st->draft, offset);
}

int
store_write(struct store *st, const void *data, size_t len, struct error *e)
{
	if (st->handoff != NULL)
		return handoff_write(st->handoff, data, len, e);
	return spool_write(st->draft, data, len, e) == 0 ? 0 :
	    spool_status(e);
}

int
store_commit(struct store *st, const struct envelope_facts *facts,
    struct error *e)
{
	struct spool_draft *d = st->draft;
	int status;

	if (st->handoff != NULL)
		return handoff_commit(st->handoff, facts, e);
	if ((status = raise(e)) != 0)
		return status;
	if (spool_store(d, facts, e) != 0) {
		st->draft = NULL;
		status = spool_status(e);
	}
	privilege_lower();	/* or not: what is durable is accepted */
	return status;
}

int
store_is_logged(const struct store *st)
{
	return st->handoff != NULL;
}

void
store_show(struct store *st, int wake)
{
	if (st->draft == NULL)
		return;
	memcpy(st->id, spool_draft_id(st->draft), sizeof(st->id));
	privilege_raise();
	spool_show(st->draft);
	st->draft = NULL;
	if (wake)
		wake_message(st->spool, st->id);
	privilege_lower();
}

void
store_end(struct store *st)
{
	if (st == NULL)
		return;
	if (st->draft != NULL) {
		/* To abandon it may take the group. */
		privilege_raise();
		spool_abort(st->draft);
		privilege_lower();
	}
	handoff_end(st->handoff);
	free(st);
}
