/*
 * The data phase: the end, the dots, and what must not be taken for the end.
 */
#include <config.h>

#include "sendmail/unstuff.h"

#include <string.h>

#include "queue/buffer.h"
#include "t/tap.h"

static const struct {
	const char *rule, *in;
	int crlf;
	const char *out;
	const char *rest;	/* what was not used; NULL: it did not end */
} cases[] = {
	{ "CRLF . CRLF ends", "a\r\n.\r\nQUIT\r\n", 1, "a\r\n", "QUIT\r\n" },
	{ "at the very start too", ".\r\nQUIT\r\n", 1, "", "QUIT\r\n" },
	{ "one dot of two is taken away", "..a\r\n..\r\n.\r\n", 1,
	    ".a\r\n.\r\n", "" },
	{ "a dot that nobody doubled too", ".a\r\n.\r\n", 1, "a\r\n", "" },
	{ "dots inside lines stay", "a.\r\n.\r\n", 1, "a.\r\n", "" },
	{ "without the end there is more to come", "a\r\n.\r", 1, "a\r\n",
	    NULL },
	{ "LF . LF does not end it", "a\n.\nb\r\n.\r\n", 1, "a\n.\nb\r\n",
	    "" },
	{ "LF . CRLF neither", "a\n.\r\nb\r\n.\r\n", 1, "a\n.\r\nb\r\n",
	    "" },
	{ "CRLF . LF neither", "a\r\n.\nb\r\n.\r\n", 1, "a\r\n\nb\r\n", "" },
	{ "CR . CR neither", "a\r.\rb\r\n.\r\n", 1, "a\r.\rb\r\n", "" },
	{ "CRLF . CR x neither", "a\r\n.\rb\r\n.\r\n", 1, "a\r\n\rb\r\n",
	    "" },
	{ "CRLF . CR CRLF neither", "a\r\n.\r\r\nb\r\n.\r\n", 1,
	    "a\r\n\r\r\nb\r\n", "" },
	{ "a client with LF: LF . LF ends", "a\n.\nQUIT\n", 0, "a\n",
	    "QUIT\n" },
	{ "... LF . CRLF too", "a\n.\r\nQUIT\n", 0, "a\n", "QUIT\n" },
	{ "... CRLF . LF too", "a\r\n.\nQUIT\n", 0, "a\r\n", "QUIT\n" },
	{ "... dots", "..a\n.\n", 0, ".a\n", "" },
	{ "... CR . CR does not", "a\r.\rb\n.\n", 0, "a\r.\rb\n", "" },
};

static void
put(void *arg, const char *data, size_t len)
{
	buffer_add(arg, data, len);
}

int
main(void)
{
	size_t i, chunk, at, n, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = strlen(cases[i].in);
		for (chunk = 1; chunk <= 4096; chunk = chunk < 4 ?
		    chunk + 1 : chunk * 1024) {
			struct buffer out = BUFFER_INIT;
			struct unstuff u;

			unstuff_init(&u, cases[i].crlf);
			for (at = 0; at < len && !u.ended; at += n) {
				n = len - at < chunk ? len - at : chunk;
				n = unstuff_feed(&u, cases[i].in + at, n,
				    put, &out);
			}
			is_str(buffer_string(&out), cases[i].out,
			    "%s (%zu at a time)", cases[i].rule, chunk);
			if (cases[i].rest != NULL)
				is_str(u.ended ? cases[i].in + at : NULL,
				    cases[i].rest, "... and what follows");
			else
				is_int(u.ended, 0, "... not ended");
			buffer_free(&out);
		}
	}
	return done();
}
