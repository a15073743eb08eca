/*
 * Addresses without SMTPUTF8: see mailbox_ascii.h.
 */
#include <config.h>

#include "queue/mailbox_ascii.h"

#include <stdlib.h>
#include <string.h>

#include "queue/buffer.h"
#include "queue/downgrade.h"
#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/tls.h"

char *
mailbox_ascii(const char *address)
{
	const char *at = strrchr(address, '@');
	struct buffer out = BUFFER_INIT;
	struct error e;
	char *domain;

	if (!downgrade_is_8bit(address, strlen(address)))
		return strdup(address);
	if (at == NULL || downgrade_is_8bit(address, (size_t)(at - address)))
		return NULL;
	if ((domain = tls_ascii_name(at + 1, &e)) == NULL)
		return NULL;
	buffer_addf(&out, "%.*s@%s", (int)(at - address), address, domain);
	free(domain);
	if (out.failed || downgrade_is_8bit(out.data, out.len) ||
	    !envelope_is_path(out.data)) {
		buffer_free(&out);
		return NULL;
	}
	return buffer_steal(&out);
}

int
mailbox_has_ascii(const char *address)
{
	char *ascii = mailbox_ascii(address);

	free(ascii);
	return ascii != NULL;
}
