/*
 * Local failures: see error.h.
 */
#include <config.h>

#include "queue/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int
error_set(struct error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	e->number = 0;
	return -1;
}

int
error_sys(struct error *e, const char *fmt, ...)
{
	int number = errno;
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s",
	    strerror(number));
	e->number = number;
	return -1;
}

int
error_memory(struct error *e)
{
	error_set(e, "out of memory");
	e->number = ENOMEM;
	return -1;
}

int
error_status(const struct error *e, int other)
{
	return e->number == ENOMEM ? EX_OSERR : other;
}
