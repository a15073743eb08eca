/*
 * The parts of an envelope that ask for reports (RFC 3461), and the array of
 * recipients that carries them.
 */
#ifndef SENDMAIL_DSN_H
#define SENDMAIL_DSN_H

#include "queue/buffer.h"

struct envelope;
struct envelope_rcpt;
struct recipients;

#define DSN_ENVID_MAX 100	/* octets: RFC 3461, 4.4 */
#define DSN_ORCPT_MAX 500	/* 4.2 */

/* What the envelope points into; keep it as long. */
struct dsn {
	struct envelope_rcpt *rcpts;
	struct buffer text;
};

#define DSN_INIT { NULL, BUFFER_INIT }

/*
 * Set the recipients and the ENVID of env.  Only when something is asked for
 * (env->ret, envid or a recipient's) the addresses that were named go along
 * as ORCPT.  -1: memory ran out.
 */
int dsn_fill(struct dsn *d, struct envelope *env,
    const struct recipients *recipients, const char *envid);
void dsn_free(struct dsn *d);

/* 1 when text is xtext and not empty. */
int dsn_is_xtext(const char *text);

/*
 * The value of an ORCPT as it can go to any server with DSN: itself, or, where
 * it is UTF-8 (RFC 6533), another form of it that is put into text.  NULL: it
 * is none, or memory ran out.
 */
const char *dsn_orcpt(const char *value, struct buffer *text);

/*
 * The one form of a NOTIFY list, whatever its case and order: "never", or
 * some of "success,failure,delay".  NULL: it is none.
 */
const char *dsn_notify(const char *text);

/* "full" or "hdrs", of any case; NULL: it is neither. */
const char *dsn_ret(const char *text);

#endif
