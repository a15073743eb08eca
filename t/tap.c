/*
 * TAP: see tap.h.
 */
#include <config.h>

#include "t/tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct {
	unsigned planned, run, failed;
} tap;

void
plan(unsigned n)
{
	tap.planned = n;
	printf("1..%u\n", n);
}

/* Text that keeps to its line. */
static void
print_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			fputs("\\n", stdout);
		else if (*text == '\r')
			fputs("\\r", stdout);
		else if (*text == '#')
			fputs("\\#", stdout);
		else if (*text < ' ' || *text > '~')
			printf("\\x%02x", (unsigned char)*text);
		else
			putchar(*text);
	}
}

static int vok(int pass, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static int
vok(int pass, const char *fmt, va_list ap)
{
	char name[512];

	vsnprintf(name, sizeof(name), fmt, ap);
	tap.run++;
	if (!pass)
		tap.failed++;
	printf("%sok %u - ", pass ? "" : "not ", tap.run);
	print_text(name);
	putchar('\n');
	fflush(stdout);
	return pass;
}

int
ok(int pass, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pass = vok(pass != 0, fmt, ap);
	va_end(ap);
	return pass;
}

int
is_int(long long got, long long want, const char *fmt, ...)
{
	int pass = got == want;
	va_list ap;

	va_start(ap, fmt);
	vok(pass, fmt, ap);
	va_end(ap);
	if (!pass)
		printf("#      got: %lld\n#   wanted: %lld\n", got, want);
	return pass;
}

static void
print_string(const char *label, const char *text)
{
	printf("# %8s: ", label);
	print_text(text != NULL ? text : "(NULL)");
	putchar('\n');
}

int
is_str(const char *got, const char *want, const char *fmt, ...)
{
	int pass = got == want || (got != NULL && want != NULL &&
	    strcmp(got, want) == 0);
	va_list ap;

	va_start(ap, fmt);
	vok(pass, fmt, ap);
	va_end(ap);
	if (!pass) {
		print_string("got", got);
		print_string("wanted", want);
	}
	return pass;
}

void
diag(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("# ");
	print_text(text);
	putchar('\n');
}

int
done(void)
{
	if (tap.planned == 0)
		printf("1..%u\n", tap.run);
	return tap.failed != 0 || (tap.planned != 0 &&
	    tap.planned != tap.run);
}
