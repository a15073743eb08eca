/*
 * Cases for the test of verdicts: a reply in a phase, and what it means.
 */
#ifndef T_VERDICT_CASES_H
#define T_VERDICT_CASES_H

#include <stddef.h>

#include "queue/verdict.h"

#define GREETING VERDICT_GREETING
#define EHLO VERDICT_EHLO
#define STARTTLS VERDICT_STARTTLS
#define AUTH VERDICT_AUTH
#define MAIL VERDICT_MAIL
#define RCPT VERDICT_RCPT
#define DATA VERDICT_DATA
#define END VERDICT_END

#define SENT VERDICT_DELIVERED
#define LATER VERDICT_DEFERRED
#define FAILED VERDICT_FAILED

#define RECIPIENT VERDICT_RECIPIENT
#define MESSAGE VERDICT_MESSAGE
#define SENDER VERDICT_SENDER
#define SITE VERDICT_SITE

#define LONG VERDICT_LONG
#define SLOW VERDICT_SLOW
#define AGAIN VERDICT_AGAIN
#define BARE VERDICT_BARE
#define RELAY VERDICT_RELAY

struct verdict_case {
	const char *rule;
	enum verdict_phase phase;
	const char *reply;	/* lines divided by '\n' */
	enum verdict_action action;
	enum verdict_scope scope;
	unsigned flags;
	const char *status;
};

extern const struct verdict_case verdict_providers[];
extern const size_t verdict_nproviders;

#endif
