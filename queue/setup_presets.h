/*
 * The well-known providers, for "outbox setup".
 */
#ifndef QUEUE_SETUP_PRESETS_H
#define QUEUE_SETUP_PRESETS_H

#include <stddef.h>

struct preset {
	const char *name;	/* of --provider */
	const char *title;
	const char *host;	/* "%s" in it is the region; NULL: ask */
	const char *tls;	/* NULL: ask */
	const char *user;	/* the same for everyone; NULL: ask */
	const char *user_is;	/* what the user name is */
	const char *secret_is;
	const char *hint;	/* what has to be known before */
	const char *region;	/* the usual one, or NULL */
	int own_sender;		/* all mail has to be from the user */
	int grouped;		/* blanks in the secret are for the eye */
	const char *token_url;	/* tokens are had there, "%s" in it is the
				 * tenant; NULL: it takes a secret only */
	const char *token_scope;
};

const struct preset *presets_all(size_t *count);

/* By its name or its number in the table, from 1.  NULL: there is none. */
const struct preset *presets_find(const char *text);

/* Put the region into the preset's host: freed by the caller.  NULL: memory,
 * or it is no region: letters, digits and hyphens. */
char *presets_host(const struct preset *p, const char *region);

/* The same of a tenant, its ID or domain, in token_url. */
char *presets_token_url(const struct preset *p, const char *tenant);

#endif
