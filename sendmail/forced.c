/*
 * The forced sender in the header: see forced.h.
 */
#include <config.h>

#include "sendmail/forced.h"

#include <string.h>
#include <strings.h>

#include "config/mailbox.h"
#include "config/settings.h"
#include "queue/address.h"
#include "sendmail/phrase.h"

/* Address i with its domain, in out. */
static const char *
qualified(const struct forced_rules *r, const struct address_list *list,
    size_t i, struct buffer *out)
{
	const char *text = address_text(list, i);

	buffer_reset(out);
	buffer_adds(out, text);
	if (list->items[i].domain == 0 && *text != '\0')
		buffer_addf(out, "@%s", r->domain);
	return buffer_string(out);
}

int
forced_applies(const struct forced_rules *r, const struct address_list *list)
{
	struct buffer address = BUFFER_INIT;
	int applies = list->bad || list->n == 0;
	size_t i;

	if (*r->settings->from == '\0')
		return 0;
	for (i = 0; i < list->n && !applies; i++)
		applies = *qualified(r, list, i, &address) == '\0' ||
		    mailbox_forced(r->settings, address.data) != NULL;
	if (address.failed)
		applies = -1;
	buffer_free(&address);
	return applies;
}

int
forced_can_reply(const struct forced_rules *r,
    const struct address_list *list)
{
	struct buffer address = BUFFER_INIT;
	int can = !list->bad && list->n > 0;
	size_t i;

	for (i = 0; i < list->n && can; i++)
		can = mailbox_is_routable(qualified(r, list, i, &address));
	if (address.failed)
		can = -1;
	buffer_free(&address);
	return can;
}

/* "Name (address)", or the address alone. */
static void
describe(const struct address_list *list, size_t i, const char *text,
    const char *address, struct buffer *out)
{
	struct buffer name = BUFFER_INIT;

	address_add_name(list, i, text, &name);
	if (name.len == 0 || strcasecmp(buffer_string(&name), address) == 0)
		buffer_adds(out, address);
	else
		buffer_addf(out, "%s (%s)", buffer_string(&name), address);
	out->failed |= name.failed;
	buffer_free(&name);
}

/* 1 when the address alone says which machine it is from, or nothing can. */
static int
names_host(const struct forced_rules *r, const char *address)
{
	const char *at = strrchr(address, '@');

	return strcasecmp(r->host, "localhost") == 0 ||
	    (at != NULL && strcasecmp(at + 1, r->host) == 0);
}

int
forced_add(const struct forced_rules *r, const struct address_list *list,
    const char *text, size_t len, struct buffer *out)
{
	struct buffer words = BUFFER_INIT, address = BUFFER_INIT;
	size_t i;

	if (list->bad || list->n == 0)
		buffer_add(&words, text, len);
	for (i = 0; i < list->n && !list->bad; i++) {
		buffer_adds(&words, i > 0 ? ", " : "");
		describe(list, i, text, qualified(r, list, i, &address),
		    &words);
	}
	if (list->n != 1 || !names_host(r, buffer_string(&address)))
		buffer_addf(&words, " via %s", r->host);
	buffer_addc(out, ' ');
	phrase_add_words(out, buffer_string(&words));
	buffer_addf(out, " <%s>\r\n", r->settings->from);
	out->failed |= words.failed | address.failed;
	buffer_free(&words);
	buffer_free(&address);
	return out->failed ? -1 : 0;
}
