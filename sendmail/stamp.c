/*
 * Dates and message identifiers: see stamp.h.
 */
#include <config.h>

#include "sendmail/stamp.h"

#include <sys/random.h>

#include <stdlib.h>

int
stamp_date(struct buffer *out, time_t when)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;
	long offset;

	if (localtime_r(&when, &tm) == NULL)
		return -1;
	offset = tm.tm_gmtoff / 60;
	return buffer_addf(out, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    offset < 0 ? '-' : '+', labs(offset) / 60, labs(offset) % 60);
}

int
stamp_message_id(struct buffer *out, const char *domain)
{
	unsigned char bytes[16];
	size_t i;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	buffer_addc(out, '<');
	for (i = 0; i < sizeof(bytes); i++)
		buffer_addf(out, "%02x", bytes[i]);
	return buffer_addf(out, "@%s>", domain);
}
