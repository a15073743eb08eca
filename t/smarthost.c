/*
 * smarthost.c - a scriptable smarthost for tests and benchmarks: a strict
 * SMTP server that accepts all mail, and misbehaves when told to.
 *
 * This file: the options.  Its neighbours: _serve (addresses, threads, the
 * end), _session, _mail and _act (SMTP), _wire and _tls (a connection),
 * _script (rules), _content, _path and _sasl (pure), _store and _report
 * (what a test sees).
 *
 * SPDX-License-Identifier: ISC
 *
 * OPTIONS
 *
 *   --listen ADDR         127.0.0.1:0 by default; ADDR, ADDR:PORT, [::1]:PORT,
 *                         unix:/path.  May be repeated.  Once listening, the
 *                         port (or path) of each is a line on stdout.
 *   --listen-tls ADDR     the same, but TLS from the first byte,
 *   --listen-starttls ADDR, --listen-clear ADDR  whatever --tls says.
 *   --stdin               end at the end of standard input
 *   --max-connections N   beyond it: 421
 *   --name NAME           in the greeting; smarthost.example
 *   --tls none|starttls|implicit   (none)
 *   --cert FILE --key FILE         PEM, see t/certificates
 *   --ocsp FILE           staple this response (DER)
 *   --tls-priority STR    GnuTLS priority string
 *   --client-ca FILE      ask for a client certificate of this CA
 *   --client-cert-required
 *   --tickets auto|late|off  late: one before every write (TLS 1.3)
 *   --no-close-notify     end TLS connections without it
 *   --ehlo LIST           keywords, comma separated; by default PIPELINING,
 *                         SIZE 52428800,8BITMIME,CHUNKING,DSN,SMTPUTF8,
 *                         ENHANCEDSTATUSCODES; also known: BINARYMIME,
 *                         REQUIRETLS, which is offered and taken in TLS only.
 *                         STARTTLS and AUTH come by themselves.
 *                         A parameter of MAIL or RCPT, BDAT, pipelining and
 *                         enhanced codes exist only when offered here.
 *   --user U --password P AUTH is offered (in TLS), and MAIL without it gets
 *                         530 5.7.0
 *   --auth LIST           mechanisms, blank separated: "PLAIN LOGIN"; also
 *                         CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, both with
 *                         -PLUS, XOAUTH2, OAUTHBEARER, EXTERNAL (the client
 *                         certificate); any other name for auth rules
 *   --token T             what XOAUTH2 and OAUTHBEARER want
 *   --auth-clear          AUTH without TLS too
 *   --require-tls         MAIL without TLS gets 530 5.7.0
 *   --max-recipients N    beyond it: 452 4.5.3
 *   --need-rset           a refused BDAT LAST leaves the transaction open
 *   --eager               commands may come before they are asked for
 *   --delay-ms N          each reply comes N ms after the arrival of its
 *                         command; a pipelined group pays once
 *   --narrow              small segments and a small window: about 100 KiB
 *                         are on their way while they are not read
 *   --script FILE         see below
 *   --dir DIR             store accepted messages: NNNN.msg (the content as
 *                         received, unstuffed) and NNNN.env, in this order,
 *                         each by rename; NNNN goes on from what is there
 *   --count               store nothing
 *   --log FILE            transcript, appended: "CONN LAYER C: line",
 *                         "CONN LAYER S: line", "CONN LAYER event TEXT";
 *                         LAYER is clear or tls; content is left out;
 *                         unprintable bytes are \xHH
 *   --notify FILE         file or fifo (whoever makes one reads it), appended:
 *                         "accepted NNNN connection=C message=M rcpts=R
 *                         bytes=B ms=T" (one line) before the 250 goes out
 *                         (NNNN is 0000 when nothing is stored; T is of the
 *                         monotonic clock), "closed C", "stats"
 *   --stats FILE          counters, "name value" lines, written by rename at
 *                         the end and on SIGUSR1: connections,
 *                         connections_peak (at once), connections_refused,
 *                         commands, messages, messages_refused, recipients,
 *                         bytes, tls_full, tls_resumed, tls_failed, tls_early
 *                         (data before the handshake), auth_ok, auth_failed,
 *                         violations (of the protocol, by the client; "event
 *                         violation" says which), writes (groups of replies:
 *                         round trips)
 *
 * SIGTERM, SIGINT: close all connections, exit 0.
 *
 *   mkfifo port hold; exec 9<>hold          # a shell test: the fifo is open
 *   $BUILD/t/smarthost --stdin ... <hold 9>&- >port &    # as long as it lives
 *   read -r port <port
 *
 * A test in perl: smarthost_test.pm does this, and has a raw client.
 *
 * NNNN.env: "connection C", "message M" (of the connection), "helo NAME",
 * "tls PROTOCOL" or "tls none", "auth USER" or "auth none", "mail <a> PARAMS",
 * "rcpt <b> PARAMS" for each accepted one, "how DATA" or "how BDAT", "bytes N",
 * and notes: "note bare-lf N", bare-cr, nul, long-line (> 998) with their
 * number, "note no-final-crlf 1", "note 8bit-not-declared 1",
 * "note violation TEXT".
 *
 * SCRIPT
 *
 *   PHASE SELECTOR [conn=N|N-M] [match=TEXT] [once] ACTION [ ; ACTION]...
 *
 * One rule per line, # starts a comment line.  The file is looked at again at
 * each event.  The first rule that matches wins.
 *
 * PHASE: greeting ehlo helo starttls handshake auth authdata mail rcpt data
 * body bdat dot rset noop quit other.  "authdata" is a line inside AUTH.
 * "body" is when content begins to arrive (DATA or BDAT).  "bdat" is each BDAT
 * command; unless its rule answers, "dot" is the verdict on a whole message
 * after BDAT LAST as after the final dot of DATA.  "other" is VRFY and what
 * is unknown.
 *
 * SELECTOR: * or N or N-M or %N (every Nth), of the events of this phase
 * since the start of the program; with conn= or match= of those events that
 * pass both.  match= looks for TEXT (no blanks; \x20), case ignored, in the
 * command; for data, body, bdat and dot also in "mail <a>...\nrcpt <b>...\n"
 * of the transaction.  once: the rule serves one event.
 *
 * ACTION, done one after the other; without one that answers (delay,
 * close-after) the usual answer follows:
 *   reply TEXT          send it and CRLF; "250-a\r\n250 b" for two lines
 *   raw BYTES           send them as they are
 *   silent              no answer
 *   close               close instead of answering
 *   reply-close TEXT    reply, close, and wait (2 s) for the client to close,
 *                       so that it gets the reply; QUIT ends like this too
 *   accept-close        do what the command asks, close without answering
 *   truncate            close TCP without TLS's close_notify
 *   reset               close TCP by RST
 *   stall               neither read nor write until the peer closes
 *   drip N              from here on read at most N bytes in a second
 *   delay MS            wait (less when the peer closes), then go on
 *   slow MS TEXT        like reply, MS before each byte
 *   flood BYTES         250- lines without end; 0: until the peer closes
 *   close-after BYTES   body, bdat: close after so many content bytes
 *   early TEXT          data: send the 354 and TEXT in one write; bdat: send
 *                       TEXT before the chunk is read.  No more is said at
 *                       the dot, unless a dot rule matches.
 *   inject BYTES        starttls: send the 220 and BYTES in one write
 * TEXT and BYTES go to the end of the line or to " ; ", with \r \n \t \0 \\ \;
 * and \xHH.  The connection goes on after all but the closing ones.
 *
 * A command takes effect (the message is stored, the transaction begins, TLS
 * starts, the user is logged in ...) when the texts of its rule, put together,
 * begin with 2yz or 3yz and contain a line end.  Otherwise it has none: a
 * message is dropped, QUIT leaves the connection open.  A data rule with a
 * 2yz reply does not begin the content, one with 354 does even if DATA is
 * not allowed.  An auth rule with 334 makes the next line authdata (535 if no
 * rule takes it), with 235 logs in the user "scripted".  After a greeting
 * >= 400 only QUIT is served.  The texts of a body rule are extra replies;
 * those of a handshake rule go out in clear, before the handshake.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "smarthost_report.h"
#include "smarthost_script.h"
#include "smarthost_serve.h"
#include "smarthost_store.h"
#include "smarthost_tls.h"

struct conf conf = {
	.name = "smarthost.example",
	.ehlo = "PIPELINING,SIZE 52428800,8BITMIME,CHUNKING,DSN,SMTPUTF8,"
		"ENHANCEDSTATUSCODES",
	.auth = "PLAIN LOGIN",
};

static void
usage(const char *what, const char *arg)
{

	fprintf(stderr, "smarthost: %s%s\n", what, arg);
	exit(EX_USAGE);
}

enum kind { STRING, COUNT, FLAG, TLS_MODE, TICKETS, LISTEN };

/* LISTEN: offset is the enum tls_mode, or -1 for that of --tls. */
static const struct opt {
	const char *name;
	enum kind kind;
	long offset;
} table[] = {
	{ "listen", LISTEN, -1 },
	{ "listen-clear", LISTEN, TLS_NONE },
	{ "listen-starttls", LISTEN, TLS_STARTTLS },
	{ "listen-tls", LISTEN, TLS_IMPLICIT },
	{ "stdin", FLAG, offsetof(struct conf, until_eof) },
	{ "max-connections", COUNT, offsetof(struct conf, max_connections) },
	{ "name", STRING, offsetof(struct conf, name) },
	{ "tls", TLS_MODE, 0 },
	{ "cert", STRING, offsetof(struct conf, cert) },
	{ "key", STRING, offsetof(struct conf, key) },
	{ "ocsp", STRING, offsetof(struct conf, ocsp) },
	{ "tls-priority", STRING, offsetof(struct conf, tls_priority) },
	{ "client-ca", STRING, offsetof(struct conf, client_ca) },
	{ "client-cert-required", FLAG,
	    offsetof(struct conf, client_cert_required) },
	{ "tickets", TICKETS, 0 },
	{ "no-close-notify", FLAG, offsetof(struct conf, no_close_notify) },
	{ "ehlo", STRING, offsetof(struct conf, ehlo) },
	{ "user", STRING, offsetof(struct conf, user) },
	{ "password", STRING, offsetof(struct conf, password) },
	{ "token", STRING, offsetof(struct conf, token) },
	{ "auth", STRING, offsetof(struct conf, auth) },
	{ "auth-clear", FLAG, offsetof(struct conf, auth_clear) },
	{ "require-tls", FLAG, offsetof(struct conf, require_tls) },
	{ "max-recipients", COUNT, offsetof(struct conf, max_recipients) },
	{ "need-rset", FLAG, offsetof(struct conf, need_rset) },
	{ "eager", FLAG, offsetof(struct conf, eager) },
	{ "delay-ms", COUNT, offsetof(struct conf, delay_ms) },
	{ "narrow", FLAG, offsetof(struct conf, narrow) },
	{ "script", STRING, offsetof(struct conf, script) },
	{ "dir", STRING, offsetof(struct conf, dir) },
	{ "count", FLAG, offsetof(struct conf, count) },
	{ "log", STRING, offsetof(struct conf, log) },
	{ "notify", STRING, offsetof(struct conf, notify) },
	{ "stats", STRING, offsetof(struct conf, stats) },
};
#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

/* Addresses, in the order given; opened when all options are known. */
static struct {
	const char *addr;
	long mode; /* enum tls_mode, -1: that of --tls */
} addresses[SERVE_MAX];
static int n_addresses;

static unsigned long
get_count(const char *arg)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end != '\0' || errno != 0)
		usage("not a number: ", arg);
	return n;
}

/* The index of arg in a NULL-terminated list. */
static int
get_choice(const char *const *list, const char *arg)
{
	int i;

	for (i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], arg) == 0)
			return i;
	usage("unknown value: ", arg);
	return -1;
}

static void
set_option(const struct opt *o, const char *arg)
{
	static const char *const modes[] = { "none", "starttls", "implicit",
		NULL };
	static const char *const when[] = { "auto", "late", "off", NULL };
	char *field = (char *)&conf + (o->offset > 0 ? o->offset : 0);

	switch (o->kind) {
	case STRING:
		*(const char **)(void *)field = arg;
		break;
	case COUNT:
		*(unsigned long *)(void *)field = get_count(arg);
		break;
	case FLAG:
		*(int *)(void *)field = 1;
		break;
	case TLS_MODE:
		conf.tls = (enum tls_mode)get_choice(modes, arg);
		break;
	case TICKETS:
		conf.tickets = (enum tickets)get_choice(when, arg);
		break;
	case LISTEN:
		if (n_addresses == SERVE_MAX)
			usage("too many addresses: ", arg);
		addresses[n_addresses].addr = arg;
		addresses[n_addresses++].mode = o->offset;
		break;
	}
}

static void
parse_options(int argc, char **argv)
{
	struct option longs[N_OPTIONS + 1];
	size_t i;
	int c, which;

	memset(longs, 0, sizeof(longs));
	for (i = 0; i < N_OPTIONS; i++) {
		longs[i].name = table[i].name;
		longs[i].has_arg = table[i].kind != FLAG;
	}
	while ((c = getopt_long(argc, argv, "", longs, &which)) == 0)
		set_option(&table[which], optarg);
	if (c != -1)
		exit(EX_USAGE);
	if (optind < argc)
		usage("too many arguments: ", argv[optind]);
}

static const struct {
	const char *word;
	unsigned int cap;
} caps[] = {
	{ "PIPELINING", CAP_PIPELINING },
	{ "SIZE", CAP_SIZE },
	{ "8BITMIME", CAP_8BITMIME },
	{ "CHUNKING", CAP_CHUNKING },
	{ "ENHANCEDSTATUSCODES", CAP_ENHANCED },
	{ "DSN", CAP_DSN },
	{ "SMTPUTF8", CAP_SMTPUTF8 },
	{ "BINARYMIME", CAP_BINARYMIME },
	{ "REQUIRETLS", CAP_REQUIRETLS },
};

static void
find_caps(void)
{
	const char *p;
	size_t n, i;

	for (p = conf.ehlo; *p != '\0'; p += strcspn(p, ",")) {
		p += strspn(p, ",");
		n = strcspn(p, ", ");
		for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
			if (strlen(caps[i].word) == n &&
			    strncasecmp(p, caps[i].word, n) == 0)
				conf.caps |= caps[i].cap;
		if (n == 4 && strncasecmp(p, "SIZE ", 5) == 0)
			conf.max_size = strtoul(p + 5, NULL, 10);
	}
}

/* Open all addresses; is TLS wanted on any of them? */
static int
open_addresses(void)
{
	enum tls_mode mode;
	int i, tls = 0;

	if (n_addresses == 0) {
		addresses[n_addresses].addr = "127.0.0.1";
		addresses[n_addresses++].mode = -1;
	}
	for (i = 0; i < n_addresses; i++) {
		mode = addresses[i].mode < 0 ? conf.tls
					     : (enum tls_mode)addresses[i].mode;
		tls |= mode != TLS_NONE;
		if (serve_listen(addresses[i].addr, mode) != 0)
			exit(EX_UNAVAILABLE);
	}
	return tls;
}

int
main(int argc, char **argv)
{

	parse_options(argc, argv);
	if (conf.user != NULL && conf.password == NULL)
		conf.password = "";
	find_caps();
	(void)signal(SIGPIPE, SIG_IGN);
	if (open_addresses()) {
		if (conf.cert == NULL || conf.key == NULL)
			usage("TLS needs --cert and --key", "");
		if (tls_setup() != 0)
			return EX_NOINPUT;
	}
	if (report_open() != 0 || store_open() != 0)
		return EX_CANTCREAT;
	if (script_open(conf.script) != 0)
		return EX_CONFIG;
	serve_run();
	count_write();
	report_close();
	script_close();
	tls_teardown();
	return 0;
}
