/*
 * The secret that the configuration names, for the worker.
 */
#ifndef QUEUE_CREDENTIAL_H
#define QUEUE_CREDENTIAL_H

struct error;
struct log;
struct settings;

struct credential {
	const struct settings *settings;
	struct log *log;
	int shared;		/* of shared.h, for tokens */
};

/* 1: it is a token and not a password. */
int credential_is_token(const struct settings *s);

/*
 * The secret, ended by secret_wipe().  A token may be one that some worker
 * asked for earlier, unless that one was refused.  NULL and e.
 */
char *credential_get(struct credential *c, int refused, struct error *e);

#endif
