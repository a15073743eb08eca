/*
 * Addresses for servers that do not know SMTPUTF8.
 */
#ifndef QUEUE_MAILBOX_ASCII_H
#define QUEUE_MAILBOX_ASCII_H

/*
 * address as such a server can be given it: itself, or with its domain as the
 * DNS has it (RFC 5890, A-labels); freed by the caller.  NULL: its local part
 * is not ASCII, or its domain is none, or memory ran out.
 */
char *mailbox_ascii(const char *address);

/* 1: that is not NULL. */
int mailbox_has_ascii(const char *address);

#endif
