/*
 * smarthost_path.h - the arguments of MAIL and RCPT, strictly: RFC 5321,
 * 4.1.2, and the parameters of the extensions that --ehlo offers.  Pure.
 *
 * SPDX-License-Identifier: ISC
 */
#ifndef T_SMARTHOST_PATH_H
#define T_SMARTHOST_PATH_H

#include <stddef.h>

struct path {
	const char *text; /* "<address>", and what follows it */
	size_t addr_len; /* of "<address>" */
	unsigned long size;
	int smtputf8, binarymime, eight_bit, requiretls;
};

/*
 * arg is what follows "MAIL " or "RCPT "; utf8 allows UTF-8 in a recipient.
 * NULL: it is valid, *p is filled in and points into arg.  Otherwise the
 * reply to send.
 */
const char *path_parse_mail(const char *arg, struct path *p);
const char *path_parse_rcpt(const char *arg, int utf8, struct path *p);

#endif
