/*
 * Lists of addresses as in RFC 5322, and what real mail makes of them:
 * groups, comments, quoted local parts, folded lines, routes, domain
 * literals, UTF-8, phrases with dots and "@" in them, ";" between addresses.
 * Pure; linear in the length of the text, without recursion.
 */
#ifndef QUEUE_ADDRESS_H
#define QUEUE_ADDRESS_H

#include <stddef.h>

#include "queue/buffer.h"

#define ADDRESS_MAX 500		/* octets of an address that SMTP may see */

struct address {
	size_t start, end;	/* where local@domain stands in the text */
	/* Where its name does: before "<", or else in a comment behind. */
	size_t name, name_end;
	size_t text;		/* its canonical form: see address_text() */
	size_t domain;		/* length up to the "@"; 0: no domain */
	int escaped;		/* written \name: not an alias */
};

struct address_list {
	struct address *items;
	size_t n, size;
	struct buffer store;
	/* The first thing that is no address; the others are in the list. */
	int bad;
	size_t bad_start, bad_end;
};

#define ADDRESS_LIST_INIT { NULL, 0, 0, BUFFER_INIT, 0, 0, 0 }

/*
 * Add the addresses in len bytes of text to the list.  0, or -1 when memory
 * ran out.  The list is ended by address_free() in any case.
 */
int address_parse(struct address_list *list, const char *text, size_t len);
void address_free(struct address_list *list);

/*
 * Address i without comments and blanks, its local part quoted where it must
 * be; "" is "<>".  Borrowed until the list changes.
 */
const char *address_text(const struct address_list *list, size_t i);

/*
 * Append to out the text of which list holds the addresses, with "@domain"
 * behind each that has none, and nothing else changed.
 */
int address_qualify(const struct address_list *list, const char *text,
    size_t len, const char *domain, struct buffer *out);

/* Append the name of address i of text, which the list was made of, as it is
 * meant: without quotes, but with encoded words as they are. */
int address_add_name(const struct address_list *list, size_t i,
    const char *text, struct buffer *out);

/* Append name as a local part, quoted where it must be. */
int address_add_local(struct buffer *out, const char *name, size_t len);

/* 1 when SMTP can carry the address: no control bytes, valid UTF-8, not
 * longer than ADDRESS_MAX. */
int address_is_sendable(const char *text);

#endif
