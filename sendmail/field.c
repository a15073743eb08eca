/*
 * Header fields: see field.h.
 */
#include <config.h>

#include "sendmail/field.h"

#include <string.h>
#include <strings.h>

#define AUTHOR (FIELD_ADDRESSES | FIELD_ORIGIN)
#define PREFIX_MAX 998		/* octets in which the colon must come */

static const struct {
	const char *name;
	enum field_id id;
	unsigned flags;
} table[] = {
	{ "Apparently-To", FIELD_APPARENTLY_TO,
	    FIELD_RECIPIENTS | FIELD_ADDRESSES },
	{ "Bcc", FIELD_BCC, FIELD_RECIPIENTS | FIELD_DROPPED },
	{ "Cc", FIELD_CC, FIELD_RECIPIENTS | FIELD_ADDRESSES },
	{ "Content-Length", FIELD_CONTENT_LENGTH, FIELD_DROPPED },
	{ "Date", FIELD_DATE, FIELD_FILLED },
	{ "Disposition-Notification-To", FIELD_OTHER, FIELD_ADDRESSES },
	{ "Errors-To", FIELD_OTHER, FIELD_ADDRESSES },
	{ "From", FIELD_FROM, AUTHOR },
	{ "Mail-Followup-To", FIELD_OTHER, FIELD_ADDRESSES },
	{ "Mail-Reply-To", FIELD_OTHER, FIELD_ADDRESSES },
	{ "Message-ID", FIELD_MESSAGE_ID, FIELD_FILLED },
	{ "Received", FIELD_RECEIVED, 0 },
	{ "Reply-To", FIELD_REPLY_TO, FIELD_ADDRESSES },
	{ "Return-Path", FIELD_RETURN_PATH, FIELD_DROPPED },
	{ "Return-Receipt-To", FIELD_OTHER, FIELD_ADDRESSES },
	{ "Sender", FIELD_SENDER, AUTHOR },
	{ "To", FIELD_TO, FIELD_RECIPIENTS | FIELD_ADDRESSES },
	{ "X-PHP-Originating-Script", FIELD_SCRIPT, 0 },
	{ "Resent-Bcc", FIELD_RESENT_BCC,
	    FIELD_RESENT | FIELD_RECIPIENTS | FIELD_DROPPED },
	{ "Resent-Cc", FIELD_RESENT_CC,
	    FIELD_RESENT | FIELD_RECIPIENTS | FIELD_ADDRESSES },
	{ "Resent-Date", FIELD_RESENT_DATE, FIELD_RESENT | FIELD_FILLED },
	{ "Resent-From", FIELD_RESENT_FROM, FIELD_RESENT | AUTHOR },
	{ "Resent-Message-ID", FIELD_RESENT_MESSAGE_ID,
	    FIELD_RESENT | FIELD_FILLED },
	{ "Resent-Reply-To", FIELD_RESENT_REPLY_TO,
	    FIELD_RESENT | FIELD_ADDRESSES },
	{ "Resent-Sender", FIELD_RESENT_SENDER, FIELD_RESENT | AUTHOR },
	{ "Resent-To", FIELD_RESENT_TO,
	    FIELD_RESENT | FIELD_RECIPIENTS | FIELD_ADDRESSES },
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Behind the line at pos. */
static size_t
line_end(const char *header, size_t len, size_t pos)
{
	const char *eol = memchr(header + pos, '\n', len - pos);

	return eol != NULL ? (size_t)(eol - header) + 1 : len;
}

int
field_next(const char *header, size_t len, size_t *pos, struct field *f)
{
	size_t start = *pos, end, name, i;
	const char *colon;

	if (start >= len)
		return 0;
	end = line_end(header, len, start);
	while (end < len && is_blank(header[end]))
		end = line_end(header, len, end);
	f->text = header + start;
	f->len = end - start;
	f->id = FIELD_OTHER;
	f->flags = 0;
	*pos = end;
	colon = memchr(f->text, ':', f->len);
	f->body = colon != NULL ? (size_t)(colon - f->text) + 1 : f->len;
	name = f->body > 0 ? f->body - 1 : 0;
	while (name > 0 && is_blank(f->text[name - 1]))
		name--;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strlen(table[i].name) == name &&
		    strncasecmp(table[i].name, f->text, name) == 0) {
			f->id = table[i].id;
			f->flags = table[i].flags;
			break;
		}
	}
	return 1;
}

int
field_is_empty(const struct field *f)
{
	size_t i;

	for (i = f->body; i < f->len; i++)
		if (strchr(" \t\r\n", f->text[i]) == NULL)
			return 0;
	return 1;
}

/* ">>From " or its beginning. */
static int
is_postmark(const char *line, size_t len)
{
	size_t n = 0, rest;

	while (n < len && line[n] == '>')
		n++;
	rest = len - n < 5 ? len - n : 5;
	return strncmp(line + n, "From ", rest) == 0;
}

enum field_line
field_classify(const char *line, size_t len, int whole)
{
	size_t i = 0;

	if (len > 0 && is_blank(*line))
		return FIELD_CONTINUED;
	while (i < len && i < PREFIX_MAX && line[i] > ' ' && line[i] < 0x7f &&
	    line[i] != ':')
		i++;
	while (i > 0 && i < len && i < PREFIX_MAX && is_blank(line[i]))
		i++;
	if (i > 0 && i < len && line[i] == ':')
		return FIELD_NAMED;
	if (i == len && i < PREFIX_MAX && !whole)
		return FIELD_UNDECIDED;
	return is_postmark(line, len) && memchr(line, ' ', len) != NULL ?
	    FIELD_POSTMARK : FIELD_NONE;
}
