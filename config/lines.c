/*
 * Files by the line: see lines.h.
 */
#include <config.h>

#include "config/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NO_MEMORY (-2)
#define NO_FILE (-3)

/* 0, or what take() said; NO_FILE; NO_MEMORY. */
static int
each(const char *path, int (*take)(void *arg, char *line), void *arg)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	if (file == NULL)
		return errno == ENOMEM || errno == EMFILE ||
		    errno == ENFILE ? NO_MEMORY : NO_FILE;
	while (result == 0 && getline(&line, &size, file) > 0)
		result = take(arg, line);
	/* No line and no end of the file. */
	if (result == 0 && !feof(file))
		result = ferror(file) ? NO_FILE : NO_MEMORY;
	free(line);
	fclose(file);
	return result;
}

int
lines_each(const char *path, int (*take)(void *arg, char *line), void *arg)
{
	int result = each(path, take, arg);

	return result < 0 && result != NO_FILE ? -1 : 0;
}

int
lines_whole(const char *path, int (*take)(void *arg, char *line), void *arg)
{
	return each(path, take, arg) < 0 ? -1 : 0;
}
