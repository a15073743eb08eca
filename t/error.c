/*
 * Local failures: one line, cut where it is too long, with its cause.
 */
#include <config.h>

#include "queue/error.h"

#include <errno.h>
#include <string.h>

#include "t/tap.h"

int
main(void)
{
	struct error e;
	char text[2000], want[300];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	errno = ENOENT;
	is_int(error_set(&e, "no %s, %d", "thing", 42), -1, "set");
	is_str(e.text, "no thing, 42", "... text");
	is_int(e.number, 0, "... no cause");
	errno = ENOENT;
	is_int(error_sys(&e, "cannot open %s", "x"), -1, "sys");
	is_str(e.text, "cannot open x: No such file or directory",
	    "... text and cause");
	is_int(e.number, ENOENT, "... its number");
	error_set(&e, "%s", text);
	is_int((long long)strlen(e.text), sizeof(e.text) - 1,
	    "set: a long text is cut");
	errno = ENOSPC;
	error_sys(&e, "%s", text);
	is_int((long long)strlen(e.text), sizeof(e.text) - 1,
	    "sys: a long text is cut");
	is_int(e.number, ENOSPC, "... and keeps its number");
	memset(want, 'y', sizeof(want) - 1);
	want[sizeof(want) - 1] = '\0';
	errno = EIO;
	error_sys(&e, "%s", want);
	ok(strstr(e.text, "y: Input/output error") != NULL,
	    "sys: the cause is behind a text that fits");
	return done();
}
