/*
 * Any bytes as a password file: what is taken is its first line, without its
 * end, and what is refused is said in one line that does not show it.
 */
#include <config.h>

#include "config/secret.h"

#include <string.h>

#include "t/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *secret = secret_new(), why[512] = "";
	size_t len = 0;

	check(secret != NULL);
	if (size > SECRET_MAX + 1)
		size = SECRET_MAX + 1;
	memcpy(secret, data, size);
	while (len < size && data[len] != '\r' && data[len] != '\n')
		len++;
	if (secret_cut(secret, size, "FILE", why, sizeof(why)) == 0) {
		check(*secret != '\0' && strlen(secret) == len &&
		    memcmp(secret, data, len) == 0);
	} else {
		check(*why != '\0' && strchr(why, '\n') == NULL);
		check(len < 8 || memmem(why, strlen(why), data, len) == NULL);
	}
	secret_wipe(secret);
	return 0;
}
