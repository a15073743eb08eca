/*
 * smarthost_script.h - the rules of --script: when to misbehave, and how.
 * The language is described in smarthost.c.  Knows no connection.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_SCRIPT_H
#define T_SMARTHOST_SCRIPT_H

#include "smarthost_buf.h"

enum phase {
	PHASE_GREETING,
	PHASE_EHLO,
	PHASE_HELO,
	PHASE_STARTTLS,
	PHASE_HANDSHAKE,
	PHASE_AUTH,
	PHASE_AUTHDATA,
	PHASE_MAIL,
	PHASE_RCPT,
	PHASE_DATA,
	PHASE_BODY,
	PHASE_BDAT,
	PHASE_DOT,
	PHASE_RSET,
	PHASE_NOOP,
	PHASE_QUIT,
	PHASE_OTHER,
	PHASE_LAST
};

enum action_kind {
	ACTION_REPLY,
	ACTION_RAW,
	ACTION_SILENT,
	ACTION_CLOSE,
	ACTION_REPLY_CLOSE,
	ACTION_ACCEPT_CLOSE,
	ACTION_DELAY,
	ACTION_DRIP,
	ACTION_CLOSE_AFTER,
	ACTION_STALL,
	ACTION_SLOW,
	ACTION_FLOOD,
	ACTION_EARLY,
	ACTION_TRUNCATE,
	ACTION_RESET,
	ACTION_INJECT
};

struct action {
	enum action_kind kind;
	unsigned long number;
	struct buf text; /* escapes undone; line end added where due */
};

/* Does the command of a rule take effect? */
enum effect {
	EFFECT_DEFAULT, /* nothing in the rule answers it: as without rule */
	EFFECT_ACCEPT, /* a whole 2yz or 3yz reply, or accept-close */
	EFFECT_REFUSE
};

struct rule {
	struct action *actions;
	unsigned int n_actions;
	enum effect effect;
	int code; /* of the reply, 0: none or not whole */
};

/* Read the file.  -1 after a message on stderr. */
int script_open(const char *path);
void script_close(void);

/*
 * Something happened: count it, and return the rule for it or NULL.  about
 * is what match= looks at.  The rule stays valid until script_close().
 */
const struct rule *script_match(
    enum phase phase, unsigned long conn, const char *about);

#endif
