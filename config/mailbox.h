/*
 * What the configuration and common sense say of one address, which is in
 * its canonical form: local@domain, or "" for nobody.
 */
#ifndef CONFIG_MAILBOX_H
#define CONFIG_MAILBOX_H

#include <stddef.h>

struct settings;

/* 1: mail to address can leave this machine: it has a domain that others may
 * know. */
int mailbox_is_routable(const char *address);

/* The domain, in the queue, of recipients whose mail is delivered here where
 * settings_has_local(); and whether it is that of address. */
#define MAILBOX_LOCAL "localhost"
int mailbox_is_local(const char *address);

/*
 * The address that a message from this one has to be from instead: that of
 * sender.from, borrowed.  NULL: it may stay, for nothing is forced, or it is
 * nobody, sender.from itself or one of sender.allowed.
 */
const char *mailbox_forced(const struct settings *s, const char *address);

/* 1: text can be one address in a configuration: name@domain. */
int mailbox_is_plain(const char *text);

/*
 * What, of *len bytes, is neither that nor a name without a domain in a list
 * with commas; NULL: nothing.
 */
const char *mailbox_bad_in_list(const char *list, size_t *len);

#endif
