/*
 * The head of a queue file: who sent a message, to whom, and what became of
 * each recipient.  Pure: bytes to struct and back, no files.
 *
 *	OB1 00000096 000000000004210\n	envelope bytes, message bytes
 *	F0000000078 8h.\n		longest line; 8-bit body, 8-bit
 *					header, a line that starts with a dot
 *	T1763925180\n			arrival, seconds since 1970
 *	U1000\n				user ID of the submitter
 *	Salice@example.org\n		reverse-path, may be empty
 *	Iid\n Bhdrs\n			DSN ENVID and RET, each optional
 *	Lrequiretls\n			REQUIRETLS of RFC 8689, optional
 *	R-bob@example.net\n		'-' to do, '+' delivered, '!' failed and
 *					reported: overwritten in place
 *	Nnever\n Orfc822;bob\n		NOTIFY and ORCPT of the R before them
 *	E0000 00 000000000000 --- ...\n	attempts, lost replies, next attempt;
 *					warned, held, to be parked; last reply
 *	\n
 *
 * The first line and F are of fixed width and written last (zeros until
 * then); marks and E are overwritten in place and keep their width.  The
 * message follows, with CRLF line ends and not dot-stuffed.
 */
#ifndef QUEUE_ENVELOPE_H
#define QUEUE_ENVELOPE_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "queue/buffer.h"

struct error;

#define ENVELOPE_HEAD 29		/* bytes of the first line */
#define ENVELOPE_SEAL 45		/* of it and the F record */
#define ENVELOPE_ARRIVAL 24		/* most bytes of the T record behind */
#define ENVELOPE_MAX (32 * 1024 * 1024)	/* longest envelope that is read */
#define ENVELOPE_RCPTS 1000000	/* most recipients of a message */
#define ENVELOPE_REPLY 200		/* bytes kept of the last reply */

enum envelope_mark {
	ENVELOPE_TODO = '-',
	ENVELOPE_DELIVERED = '+',
	ENVELOPE_FAILED = '!'
};

struct envelope_rcpt {
	const char *address;
	const char *notify;	/* NOTIFY of RFC 3461; NULL: not given */
	const char *orcpt;	/* ORCPT of RFC 3461, in xtext; NULL */
	off_t offset;		/* of the mark in the file; set by decode */
	enum envelope_mark mark;
};

/* What the body's one pass finds out: known when the message is complete. */
struct envelope_facts {
	uint64_t longest;	/* octets of the longest line, without CRLF */
	int body_8bit;
	int header_8bit;
	int dots;		/* a line starts with a dot */
};

/* What flush remembers between attempts.  Lost in a crash without harm. */
struct envelope_retry {
	unsigned attempts;
	unsigned lost;		/* of them, replies to the final dot lost */
	time_t next;		/* not before; 0: at once */
	int warned;		/* the delay warning was sent */
	int held;		/* by the operator */
	int park;		/* a failure in it could not be reported */
	char reply[ENVELOPE_REPLY + 1];
};

struct envelope {
	uint64_t head;		/* bytes before the message; set by decode */
	uint64_t message;	/* bytes of the message; set by decode */
	struct envelope_facts facts;
	time_t arrival;
	uid_t uid;
	const char *sender;	/* "" is the null reverse-path */
	const char *envid;	/* xtext; NULL: not given */
	const char *ret;	/* "full" or "hdrs"; NULL: not given */
	int require_tls;	/* only over TLS, all the way: RFC 8689 */
	struct envelope_rcpt *rcpts;
	size_t nrcpts;
	struct envelope_retry retry;
	off_t retry_offset;	/* of the E record; set by decode */
	char *store;		/* what the strings point into, or NULL */
};

/*
 * 1 when text can stand in a record and in an SMTP command: no control
 * bytes.  Everything that comes from outside passes through this.
 */
int envelope_is_safe(const char *text);

/*
 * 1 when text can stand between the < and > of MAIL and RCPT: not empty, and
 * outside of a quoted string no blank, '<' or '>'.
 */
int envelope_is_path(const char *text);

/* 1 when text can be the value of an ESMTP parameter (RFC 5321, 4.1.2). */
int envelope_is_parameter(const char *text);

/* Append env, unsealed, to out.  -1 and e: a text is not safe, or memory. */
int envelope_encode(const struct envelope *env, struct buffer *out,
    struct error *e);

/* The first ENVELOPE_SEAL bytes of a complete file. */
void envelope_seal(char seal[ENVELOPE_SEAL + 1], uint64_t envelope,
    uint64_t message, const struct envelope_facts *facts);

/* The T record, with its line end. */
void envelope_arrival(char record[ENVELOPE_ARRIVAL + 1], time_t arrival);

/* The E record: as many bytes, with its line end, as envelope_encode()
 * wrote. */
int envelope_encode_retry(const struct envelope_retry *retry,
    struct buffer *out);

/*
 * The lengths that the first line (ENVELOPE_HEAD bytes) states.  -1: it is
 * none, or not within ENVELOPE_MAX.
 */
int envelope_lengths(const char *head, uint64_t *envelope, uint64_t *message);

/*
 * Read the envelope of len bytes, the first line included.  env owns copies
 * and is ended by envelope_free().  -1 and e, and nothing to free: it is not
 * an envelope that envelope_encode() could have written, or, with e->number
 * ENOMEM, memory ran out.
 */
int envelope_decode(struct envelope *env, const char *data, size_t len,
    struct error *e);
void envelope_free(struct envelope *env);

/* Recipients that are still to do. */
size_t envelope_todo(const struct envelope *env);

#endif
