/*
 * Replays inputs of a fuzz target without a fuzzer: each operand is a file,
 * or a directory of files.  Each is one test; a bad one ends the program.
 */
#include <config.h>

#include "t/fuzz.h"

#include <sys/stat.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "t/tap.h"

#define SIZE_LIMIT (1024 * 1024)

static void
replay(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data = malloc(SIZE_LIMIT), *exact;
	size_t n;

	if (file == NULL || data == NULL) {
		ok(0, "cannot read %s", path);
		exit(done());
	}
	n = fread(data, 1, SIZE_LIMIT, file);
	fclose(file);
	/* Of its own size, so that reading on is seen. */
	if ((exact = malloc(n + 1)) == NULL)
		exit(99);
	memcpy(exact, data, n);
	free(data);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	ok(1, "%s", path);
}

static int
is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
replay_all(const char *directory)
{
	struct dirent **list;
	char path[4096];
	int i, n = scandir(directory, &list, is_file, alphasort);

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory,
		    list[i]->d_name);
		replay(path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

int
main(int argc, char **argv)
{
	struct stat st;
	int i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_all(argv[i]);
		else
			replay(argv[i]);
	}
	return done();
}
