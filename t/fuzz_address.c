/*
 * Any bytes as an address list: what is found is inside the text, and
 * qualifying gives a list of the same length in which nothing is bare.
 */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "queue/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct address_list list = ADDRESS_LIST_INIT;
	struct address_list again = ADDRESS_LIST_INIT;
	struct buffer qualified = BUFFER_INIT;
	size_t i, last = 0;

	check(address_parse(&list, text, size) == 0);
	for (i = 0; i < list.n; i++) {
		const struct address *a = &list.items[i];

		check(a->start >= last && a->start <= a->end &&
		    a->end <= size);
		check(a->domain < strlen(address_text(&list, i)) ||
		    a->domain == 0);
		last = a->end;
	}
	check(list.bad_start <= list.bad_end && list.bad_end <= size);
	if (!list.bad) {
		address_qualify(&list, text, size, "dom.ain", &qualified);
		check(qualified.len >= size);
		check(address_parse(&again, qualified.data,
		    qualified.len) == 0);
		check(!again.bad && again.n == list.n);
		for (i = 0; i < again.n; i++)
			check(again.items[i].domain != 0 ||
			    *address_text(&again, i) == '\0');
	}
	buffer_free(&qualified);
	address_free(&again);
	address_free(&list);
	return 0;
}
