/*
 * The secret that the configuration names, for the worker.
 */
#ifndef QUEUE_CREDENTIAL_H
#define QUEUE_CREDENTIAL_H

#include "config/secret.h"
#include "queue/errand.h"

struct error;
struct log;
struct settings;

struct credential {
	const struct settings *settings;
	struct log *log;
	int shared;		/* of shared.h, for tokens; -1: none */
	struct secret_command command;	/* after credential_start() */
	struct errand errand;		/* that runs it; pid 0: none */
};

/* 1: it is a token and not a password. */
int credential_is_token(const struct settings *s);

/* Before this process gives up what the command of the settings needs: ready
 * it, if there is one.  The settings do not change any more, and c stays where
 * it is.  0, or -1 and e. */
int credential_start(struct credential *c, struct error *e);

/* After credential_start(): the files or directories from which
 * credential_get() reads; NULL: none. */
void credential_paths(const struct credential *c, const char *paths[2]);

/*
 * The secret, ended by secret_wipe().  A token may be one that some worker had
 * of the same command earlier, unless that one was refused.  NULL and e.
 */
char *credential_get(struct credential *c, int refused, struct error *e);

/* What credential_start() readied. */
void credential_end(struct credential *c);

#endif
