/*
 * Growable bytes: see buffer.h.  Sizes are checked before they are added, so
 * that no length can wrap round.
 */
#include <config.h>

#include "queue/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
buffer_reserve(struct buffer *b, size_t len)
{
	size_t size = b->size;
	char *data;

	if (b->failed)
		return -1;
	if (len > SIZE_MAX / 2 - 1 || b->len > SIZE_MAX / 2 - 1 - len)
		goto fail;
	if (size == 0)
		size = 64;
	while (size < b->len + len + 1)
		size *= 2;
	if (size != b->size) {
		/* Not realloc(): where it moves, it leaves a copy behind,
		 * and buffers hold passwords. */
		if ((data = malloc(size)) == NULL)
			goto fail;
		if (b->data != NULL) {
			memcpy(data, b->data, b->len);
			explicit_bzero(b->data, b->size);
			free(b->data);
		}
		b->data = data;
		b->size = size;
		b->data[b->len] = '\0';
	}
	return 0;
fail:
	b->failed = 1;
	return -1;
}

int
buffer_add(struct buffer *b, const void *data, size_t len)
{
	if (buffer_reserve(b, len) != 0)
		return -1;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buffer_adds(struct buffer *b, const char *text)
{
	return buffer_add(b, text, strlen(text));
}

int
buffer_addc(struct buffer *b, char c)
{
	return buffer_add(b, &c, 1);
}

int
buffer_addf(struct buffer *b, const char *fmt, ...)
{
	size_t room = b->failed ? 0 : b->size - b->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < room) {
		b->len += (size_t)n;
		return 0;
	}
	if (room > 0)
		b->data[b->len] = '\0';
	if (n < 0)
		b->failed = 1;
	if (n < 0 || buffer_reserve(b, (size_t)n) != 0)
		return -1;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
buffer_drop(struct buffer *b, size_t len)
{
	if (len == 0)
		return;
	if (len >= b->len) {
		buffer_reset(b);
		return;
	}
	b->len -= len;
	memmove(b->data, b->data + len, b->len + 1);
}

const char *
buffer_string(const struct buffer *b)
{
	return b->data != NULL ? b->data : "";
}

char *
buffer_steal(struct buffer *b)
{
	char *text;

	buffer_add(b, "", 0);
	if (b->failed) {
		buffer_free(b);
		return NULL;
	}
	text = b->data;
	b->data = NULL;
	buffer_free(b);
	return text;
}

void
buffer_reset(struct buffer *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buffer_free(struct buffer *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

void
buffer_wipe(struct buffer *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->size);
	buffer_free(b);
}
