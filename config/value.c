/*
 * Whole-string, range-checked parsers: see value.h.
 */
#include <config.h>

#include "config/value.h"

#include <stdlib.h>
#include <string.h>

/* Digits at *text, which moves past them. */
static int
digits(const char **text, int64_t *value)
{
	const char *p = *text;

	*value = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, *p - '0', value))
			return -1;
	if (p == *text)
		return -1;
	*text = p;
	return 0;
}

static int
in_range(int64_t value, int64_t min, int64_t max)
{
	return value >= min && value <= max ? 0 : -1;
}

int
value_choice(const char *text, const char *const *names, int *value)
{
	int i;

	for (i = 0; names[i] != NULL; i++) {
		if (strcmp(text, names[i]) == 0) {
			*value = i;
			return 0;
		}
	}
	return -1;
}

int
value_words(const char *text, const char *const *names)
{
	const char *blanks = " \t,";
	unsigned seen = 0;
	size_t len;
	int i;

	text += strspn(text, blanks);
	if (*text == '\0')
		return -1;
	for (; *text != '\0'; text += strspn(text, blanks)) {
		len = strcspn(text, blanks);
		for (i = 0; names[i] != NULL; i++)
			if (strlen(names[i]) == len &&
			    strncmp(names[i], text, len) == 0)
				break;
		if (names[i] == NULL || (seen & 1u << i) != 0)
			return -1;
		seen |= 1u << i;
		text += len;
	}
	return 0;
}

int
value_integer(const char *text, int64_t min, int64_t max, int64_t *value)
{
	if (digits(&text, value) != 0 || *text != '\0')
		return -1;
	return in_range(*value, min, max);
}

int
value_duration(const char *text, int64_t min, int64_t max, int64_t *value)
{
	static const struct {
		char name;
		int64_t seconds;
	} units[] = { { 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 },
		{ 'm', 60 }, { 's', 1 } };
	size_t i = 0, count = sizeof(units) / sizeof(units[0]);
	int64_t n;

	if (value_integer(text, min, max, value) == 0)
		return 0;
	*value = 0;
	if (*text == '\0')
		return -1;
	/* From the largest unit down, each once. */
	while (*text != '\0') {
		if (digits(&text, &n) != 0)
			return -1;
		while (i < count && units[i].name != *text)
			i++;
		if (i == count ||
		    __builtin_mul_overflow(n, units[i].seconds, &n) ||
		    __builtin_add_overflow(*value, n, value))
			return -1;
		i++;
		text++;
	}
	return in_range(*value, min, max);
}

int
value_rate(const char *text, int64_t *count, int64_t *period)
{
	char unit[3] = "1";

	if (digits(&text, count) != 0 || *count == 0 || *text++ != '/' ||
	    *count > 1000000)
		return -1;
	if (value_duration(text, 1, 7 * 86400, period) == 0)
		return 0;
	unit[1] = *text;	/* "h" is "1h" */
	return *text == '\0' || text[1] != '\0' ? -1 :
	    value_duration(unit, 1, 7 * 86400, period);
}

int
value_size(const char *text, int64_t min, int64_t max, int64_t *value)
{
	static const char units[] = "KMG";
	const char *unit;

	if (digits(&text, value) != 0)
		return -1;
	if (*text != '\0') {
		if ((unit = strchr(units, *text)) == NULL || text[1] != '\0')
			return -1;
		if (__builtin_mul_overflow(*value, INT64_C(1) <<
		    (10 * (unit - units + 1)), value))
			return -1;
	}
	return in_range(*value, min, max);
}

int
value_is_domain(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '.' ? i == 0 || text[i - 1] == '.' :
		    !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
		    c > 0x7f))
			return 0;
	}
	return len > 0 && text[len - 1] != '.';
}

int
value_is_pins(const char *text)
{
	size_t len;

	for (; *(text += strspn(text, " \t\n")) != '\0'; text += len) {
		len = strcspn(text, " \t\n");
		if (len != 7 + 64 || strncmp(text, "sha256:", 7) != 0 ||
		    strspn(text + 7, "0123456789abcdefABCDEF") != 64)
			return 0;
	}
	return 1;
}
