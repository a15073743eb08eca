/*
 * How the queue and the site are, as fields of one table, which text, JSON,
 * Prometheus and the limits of a check are made from.  Private to outbox.
 */
#ifndef QUEUE_STATUS_H
#define QUEUE_STATUS_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct settings;
struct spool;

#define STATUS_REASONS 20
#define STATUS_UNKNOWN (-1)

/* Messages that are deferred for the same reason: the same reply code and
 * enhanced status, or the same text of ours. */
struct status_reason {
	char *text;		/* of the first of them */
	size_t key;		/* bytes of it that all have */
	int64_t messages;
};

/* Seconds since 1970, or seconds.  What this user may not know is
 * STATUS_UNKNOWN. */
struct status {
	int64_t now;
	int own;		/* messages are those of the user only */
	int64_t queued, due, deferred, held, active, unreadable;
	int64_t failed;
	int64_t oldest;
	int64_t running, last_pass, stopped;
	int64_t down, refused, slow;
	int64_t next_probe, last_success, last_session, last_error;
	int64_t delivered, deferrals, bounced;
	int64_t delivered_hour, deferrals_hour, bounced_hour;
	char *host, *local, *relay, *tls, *auth, *error;
	int starved;		/* there was no memory for one of these */
	struct status_reason reasons[STATUS_REASONS + 1];
	size_t nreasons;	/* the last of all is for the rest */
};

enum status_kind {
	STATUS_NUMBER,
	STATUS_COUNTER,
	STATUS_FLAG,
	STATUS_AGE,		/* seconds */
	STATUS_TIME,		/* 0: never */
	STATUS_TEXT
};

/* From there on it is a warning, or critical; 0: never. */
struct status_limit {
	int64_t at[2];
};

struct status_field {
	const char *name;
	const char *metric;	/* of Prometheus, after "outbox_"; NULL: none */
	enum status_kind kind;
	size_t offset;		/* in struct status */
	struct status_limit limit;
	const char *help;
};

extern const struct status_field status_fields[];
extern const size_t status_nfields;

int64_t status_number(const struct status *st, const struct status_field *f);

/* May be NULL. */
const char *status_text(const struct status *st,
    const struct status_field *f);

/* Look at everything; running: flush does, -1: not known; failed may be NULL.
 * 0, or -1 and e.  st is ended by status_free() in any case. */
int status_collect(struct status *st, const struct settings *s, int running,
    struct spool *spool, struct spool *failed, struct error *e);
void status_free(struct status *st);

/* The limits of the table, a pair for each field, which the caller frees.
 * NULL: memory ran out. */
struct status_limit *status_limits(void);

/* Change limits, of warnings or with critical of what is worse, as words says:
 * "queued=100,oldest=2h".  0, or -1 and e. */
int status_set_limits(struct status_limit *limits, int critical,
    const char *words, struct error *e);

/* 0, or 1 or 2 where field number i is beyond a limit. */
int status_level(const struct status *st, size_t i,
    const struct status_limit *limits);

#endif
