/*
 * Files by the line: see lines.h.
 */
#include <config.h>

#include "config/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int
lines_each(const char *path, int (*take)(void *arg, char *line), void *arg)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	if (file == NULL)
		return errno == ENOMEM || errno == EMFILE ||
		    errno == ENFILE ? -1 : 0;
	while (result == 0 && getline(&line, &size, file) > 0)
		result = take(arg, line);
	/* No line and no end of the file: there was no memory for it. */
	if (result == 0 && !feof(file) && !ferror(file))
		result = -1;
	free(line);
	fclose(file);
	return result < 0 ? -1 : 0;
}
