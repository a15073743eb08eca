/*
 * smarthost.h - what the command line said.  Written by main() before the
 * first connection, read by all threads afterwards.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_H
#define T_SMARTHOST_H

enum tls_mode { TLS_NONE, TLS_STARTTLS, TLS_IMPLICIT };
enum tickets { TICKETS_AUTO, TICKETS_LATE, TICKETS_OFF };

/* What the EHLO list offers; see conf_caps() in smarthost.c. */
#define CAP_PIPELINING 0x001u
#define CAP_SIZE 0x002u
#define CAP_8BITMIME 0x004u
#define CAP_CHUNKING 0x008u
#define CAP_ENHANCED 0x010u
#define CAP_DSN 0x020u
#define CAP_SMTPUTF8 0x040u
#define CAP_BINARYMIME 0x080u
#define CAP_REQUIRETLS 0x100u

struct conf {
	const char *name; /* our host name */
	const char *ehlo; /* comma separated keywords */
	unsigned int caps; /* CAP_*, found in ehlo */
	unsigned long max_size; /* from SIZE; 0: no limit */
	const char *user, *password;
	const char *token; /* for XOAUTH2 and OAUTHBEARER */
	const char *auth; /* mechanisms, space separated */
	int auth_clear; /* AUTH without TLS too */
	enum tls_mode tls;
	const char *cert, *key, *ocsp, *tls_priority;
	const char *client_ca; /* ask for a client certificate */
	int client_cert_required;
	int no_close_notify;
	enum tickets tickets;
	const char *dir, *log, *notify, *stats, *script;
	int count; /* store nothing */
	int until_eof; /* end with standard input */
	int need_rset;
	int eager; /* anything may be pipelined */
	int require_tls;
	unsigned long delay_ms;
	int narrow;
	unsigned long max_connections, max_recipients;
};

extern struct conf conf;

#endif
