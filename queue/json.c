/*
 * JSON: see json.h.
 */
#include <config.h>

#include "queue/json.h"

#include <inttypes.h>

#include "queue/utf8.h"

void
json_string(struct buffer *out, const char *text)
{
	size_t n;

	buffer_addc(out, '"');
	for (; *text != '\0'; text += n == 0 ? 1 : n) {
		n = utf8_length(text);
		if (n == 0)
			buffer_adds(out, "\\ufffd");
		else if (*text == '"' || *text == '\\')
			buffer_addf(out, "\\%c", *text);
		else if (n == 1 && ((unsigned char)*text < ' ' ||
		    *text == 0x7f))
			buffer_addf(out, "\\u%04x", (unsigned)*text);
		else
			buffer_add(out, text, n);
	}
	buffer_addc(out, '"');
}

void
json_name(struct buffer *out, const char *name)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		buffer_addc(out, ',');
	json_string(out, name);
	buffer_addc(out, ':');
}

void
json_text(struct buffer *out, const char *name, const char *text)
{
	json_name(out, name);
	json_string(out, text);
}

void
json_number(struct buffer *out, const char *name, int64_t value)
{
	json_name(out, name);
	buffer_addf(out, "%" PRId64, value);
}
