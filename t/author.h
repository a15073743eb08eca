/*
 * Who writes in the tests of headers: me@dom.ain, at host.dom.ain.
 */
#ifndef T_AUTHOR_H
#define T_AUTHOR_H

#include "config/settings.h"
#include "sendmail/rewrite.h"

#define AUTHOR_NOW 1763925180	/* Sun, 23 Nov 2025 19:13:00 +0000 */

/* How a header of that author, with that full name, is rewritten.  The result
 * borrows both. */
struct rewrite author_rewrite(const struct settings *s, char *name);

#endif
