/*
 * Any bytes as word from the kernel: nothing outside of them is read, and more
 * of them never takes news back.
 */
#include <config.h>

#include "queue/netlink.h"

#include <string.h>

#include "t/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int news = netlink_is_news(data, size);
	uint8_t *more;

	check(news == 0 || news == 1);
	more = calloc(1, size + 64);
	check(more != NULL);
	if (size > 0)
		memcpy(more, data, size);
	check(!news || netlink_is_news(more, size + 64));
	free(more);
	return 0;
}
