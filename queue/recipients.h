/*
 * Who gets a message: the recipients that were named, through the aliases,
 * each once, every one with a domain.
 */
#ifndef QUEUE_RECIPIENTS_H
#define QUEUE_RECIPIENTS_H

#include <stddef.h>

struct address_list;
struct alias;
struct aliases;
struct error;
struct log;

/* Borrowed for as long as the recipients live. */
struct recipients_rules {
	const char *domain;	/* the mail name */
	const char *host;	/* this machine */
	const char *aliases;	/* the file */
	const char *passwd;	/* the file of this machine's users */
	const char *local;	/* for local users without an alias; or "" */
	int keep;		/* mail for users is delivered here */
	int as_named;		/* what is named and leads nowhere by these stays
				 * as it is: the mail name is not for it */
	struct log *log;	/* told of targets that are ignored */
};

/* The address that was named, for all those it leads to. */
struct recipient_named {
	char *address;
	char *notify;		/* of a report it asks for, or NULL */
	char *orcpt;		/* or NULL */
};

struct recipient {
	char *address;
	const struct recipient_named *named;
};

/* The reports (RFC 3461) that a submitter asks for; NULL: not given. */
struct recipient_report {
	const char *notify;
	const char *orcpt;
};

struct recipients;

/* NULL: memory ran out. */
struct recipients *recipients_new(const struct recipients_rules *rules);
void recipients_free(struct recipients *r);	/* r may be NULL */

/*
 * Add the addresses of a list; report may be NULL.  0 or, with e,
 * EX_DATAERR: one is no address; EX_OSERR: memory ran out.
 */
int recipients_add(struct recipients *r, const char *text, size_t len,
    const struct recipient_report *report, struct error *e);

/*
 * The alias that has the name of address i of list, which is the target of
 * one of these aliases; NULL: none has, or it is a name of elsewhere.  What
 * falls to "*" has none.  -1: memory ran out.
 */
int recipients_alias(const struct recipients_rules *rules,
    const struct aliases *aliases, const struct address_list *list, size_t i,
    const struct alias **alias);

size_t recipients_count(const struct recipients *r);
const struct recipient *recipients_get(const struct recipients *r, size_t i);

#endif
