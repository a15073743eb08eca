/*
 * smarthost_buf.c - growable bytes for the scripted smarthost.
 *
 * SPDX-License-Identifier: ISC
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "smarthost_buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
no_memory(void)
{

	fputs("smarthost: out of memory\n", stderr);
	abort();
}

static void
grow(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;

	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap == b->cap)
		return;
	if ((b->data = realloc(b->data, cap)) == NULL)
		no_memory();
	b->cap = cap;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{

	grow(b, n);
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *s)
{

	buf_add(b, s, strlen(s));
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	grow(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_add_escaped(struct buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\\')
			buf_adds(b, "\\\\");
		else if (s[i] < ' ' || s[i] >= 0x7f)
			buf_addf(b, "\\x%02x", s[i]);
		else
			buf_add(b, s + i, 1);
	}
}

void
buf_reset(struct buf *b)
{

	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{

	free(b->data);
	memset(b, 0, sizeof(*b));
}

const char *
buf_text(const struct buf *b)
{

	return b->data != NULL ? b->data : "";
}

void *
xalloc(size_t n)
{
	void *p;

	if ((p = calloc(1, n ? n : 1)) == NULL)
		no_memory();
	return p;
}

char *
xstrndup(const char *s, size_t n)
{
	char *p;

	if ((p = strndup(s, n)) == NULL)
		no_memory();
	return p;
}
