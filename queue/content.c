/*
 * Line ends and dots: see content.h.
 */
#include <config.h>

#include "queue/content.h"

#include <string.h>

void
content_begin(struct content *c, int stuff)
{
	c->stuff = stuff;
	c->in_line = 0;
	c->cr = 0;
}

/* Bytes that go out as they are: no CR, LF or NUL among them. */
static size_t
plain(const char *data, size_t len)
{
	const char *end = memchr(data, '\r', len);

	if (end != NULL)
		len = (size_t)(end - data);
	if ((end = memchr(data, '\n', len)) != NULL)
		len = (size_t)(end - data);
	if ((end = memchr(data, '\0', len)) != NULL)
		len = (size_t)(end - data);
	return len;
}

static void
end_line(struct content *c, struct buffer *out)
{
	buffer_add(out, "\r\n", 2);
	c->in_line = 0;
	c->cr = 0;
}

void
content_add(struct content *c, const char *data, size_t len,
    struct buffer *out)
{
	const char *end = data + len;
	size_t n;

	while (data < end) {
		if (*data == '\n') {
			end_line(c, out);
			data++;
			continue;
		}
		if (c->cr && *data != '\0')	/* it stood alone */
			buffer_addc(out, ' ');
		c->cr = *data == '\r' || (c->cr && *data == '\0');
		if (*data == '\r' || *data == '\0') {
			c->in_line |= *data == '\r';
			data++;
			continue;
		}
		if (c->stuff && !c->in_line && *data == '.')
			buffer_addc(out, '.');
		c->in_line = 1;
		n = plain(data, (size_t)(end - data));
		buffer_add(out, data, n);
		data += n;
	}
}

void
content_end(struct content *c, struct buffer *out)
{
	if (c->in_line || c->cr)
		end_line(c, out);
	if (c->stuff)
		buffer_add(out, ".\r\n", 3);
}

int
content_is_clean(char *last, const char *data, size_t len)
{
	const char *end = data + len, *cr;

	if (memchr(data, '\0', len) != NULL)
		return 0;
	/* From one CRLF to the next. */
	while (data < end) {
		if (*last == '\r' && *data != '\n')
			return 0;
		cr = memchr(data, '\r', (size_t)(end - data));
		if (memchr(data + (*last == '\r'), '\n', (size_t)((cr != NULL ?
		    cr : end) - data) - (*last == '\r')) != NULL)
			return 0;
		*last = cr != NULL ? '\r' : end[-1];
		data = cr != NULL ? cr + 1 : end;
	}
	return 1;
}
