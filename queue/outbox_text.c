/*
 * Numbers for people: see outbox.h.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "queue/outbox.h"

void
text_age(char text[TEXT_NUMBER], int64_t seconds)
{
	static const struct {
		char name;
		int64_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 } };
	size_t i;

	for (i = 0; i < 3; i++) {
		if (seconds >= 2 * units[i].seconds) {
			snprintf(text, TEXT_NUMBER, "%" PRId64 "%c",
			    seconds / units[i].seconds, units[i].name);
			return;
		}
	}
	snprintf(text, TEXT_NUMBER, "%" PRId64 "s", seconds > 0 ? seconds : 0);
}

void
text_size(char text[TEXT_NUMBER], uint64_t bytes)
{
	const char *unit = "KMGTPE";
	uint64_t n = bytes;

	if (n < 1000) {
		snprintf(text, TEXT_NUMBER, "%" PRIu64, n);
		return;
	}
	for (; n >= UINT64_C(1000) * 1024; n /= 1024)
		unit++;
	if (n < 10 * 1024)
		snprintf(text, TEXT_NUMBER, "%" PRIu64 ".%" PRIu64 "%c",
		    n / 1024, n % 1024 * 10 / 1024, *unit);
	else
		snprintf(text, TEXT_NUMBER, "%" PRIu64 "%c", n / 1024, *unit);
}
