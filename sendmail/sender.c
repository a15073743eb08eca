/*
 * Senders: see sender.h.
 */
#include <config.h>

#include "sendmail/sender.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/host.h"
#include "config/passwd.h"
#include "queue/address.h"
#include "queue/buffer.h"
#include "queue/error.h"

/* Fill in s->own. */
static int
look_up(struct sender *s)
{
	struct buffer own = BUFFER_INIT;

	if (s->own != NULL)
		return 0;
	if (caller_init(&s->caller, s->uid, PASSWD_FILE) != 0)
		return -1;
	address_add_local(&own, s->caller.login, strlen(s->caller.login));
	buffer_addc(&own, '@');
	buffer_adds(&own, s->host->domain);
	s->own = buffer_steal(&own);
	return s->own != NULL ? 0 : -1;
}

/* The ways to say "nobody": cron has passed the quotes literally. */
static int
is_null(const char *text)
{
	static const char *const forms[] = { "", "<>", "''", "'<>'", "\"\"",
		"\"<>\"" };
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(text, forms[i]) == 0)
			return 1;
	return 0;
}

/* 0, -1: no memory, 1: it is not an address. */
static int
read_address(struct sender *s, const char *text)
{
	struct address_list list = ADDRESS_LIST_INIT;
	struct buffer address = BUFFER_INIT;
	size_t len = strlen(text);
	int result = 1;

	/* A line end behind it is an accident, inside it an attack. */
	while (len > 0 && strchr("\r\n", text[len - 1]) != NULL)
		len--;
	if (memchr(text, '\r', len) != NULL || memchr(text, '\n', len) != NULL)
		return 1;
	if (address_parse(&list, text, len) != 0) {
		result = -1;
	} else if (!list.bad && list.n == 1 &&
	    address_is_sendable(address_text(&list, 0))) {
		buffer_adds(&address, address_text(&list, 0));
		if (list.items[0].domain == 0 && address.len > 0) {
			buffer_addc(&address, '@');
			buffer_adds(&address, s->host->domain);
		}
		s->address = buffer_steal(&address);
		result = s->address != NULL ? 0 : -1;
	}
	address_free(&list);
	return result;
}

int
sender_init(struct sender *s, const char *text, const char *name,
    const struct host *host, uid_t uid, struct error *e)
{
	int result = 0;

	memset(s, 0, sizeof(*s));
	s->host = host;
	s->uid = uid;
	s->given_name = name;
	if (text == NULL) {
		if (look_up(s) != 0 || (s->address = strdup(s->own)) == NULL)
			result = -1;
	} else if (is_null(text)) {
		if ((s->address = strdup("")) == NULL)
			result = -1;
	} else {
		result = read_address(s, text);
	}
	if (result > 0) {
		error_set(e, "\"%.100s\" is not a sender address", text);
		return EX_DATAERR;
	}
	if (result < 0) {
		error_memory(e);
		return EX_OSERR;
	}
	return 0;
}

void
sender_free(struct sender *s)
{
	free(s->address);
	free(s->own);
	caller_free(&s->caller);
	memset(s, 0, sizeof(*s));
}

const char *
sender_address(const struct sender *s)
{
	return s->address;
}

const char *
sender_from(struct sender *s)
{
	if (*s->address != '\0')
		return s->address;
	return look_up(s) == 0 ? s->own : NULL;
}

/*
 * The name of the user goes with the address of the user: with the address
 * of someone else it would be wrong.
 */
const char *
sender_name(struct sender *s)
{
	const char *name = getenv("NAME");

	if (s->given_name != NULL)
		return s->given_name;
	if (look_up(s) != 0)
		return NULL;
	if (*s->address != '\0' && strcmp(s->address, s->own) != 0)
		return "";
	return name != NULL && *name != '\0' ? name : s->caller.name;
}
