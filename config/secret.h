/*
 * The secret for the login: read late, kept short, in memory that is neither
 * swapped nor dumped, and wiped after use.
 */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX 65536	/* bytes of a file, or of what a command says */

/* All that return a secret: the caller ends it with secret_wipe(). */

/*
 * The first line of the file at path, without its line end.  NULL and why: it
 * cannot be read, others than its owner and this process' group may read it,
 * it belongs to someone else, or it is empty or too long.
 */
char *secret_read(const char *path, char *why, size_t size);

/*
 * The same from a credential of systemd, which sees to it that nobody else
 * reads it: NULL and an empty why: this process was given none.
 */
char *secret_credential(const char *name, char *why, size_t size);

/* Where that would be; NULL: this process was given none. */
const char *secret_directory(void);

struct secret_command {
	const char *line;	/* words between blanks, the first one a path;
				 * behind "-c" as second word, the rest is
				 * one argument */
	int64_t timeout;	/* milliseconds */
	/* A line that it wrote to its standard error, without line end. */
	void (*say)(void *arg, const char *text);
	void *arg;
};

/*
 * The first line that the command writes, and in *lifetime the number in the
 * second one: for how many seconds the secret is good; 0: it does not say.
 * NULL and why: it cannot be run, failed, took too long, or said nothing of
 * use.
 */
char *secret_run(const struct secret_command *c, int64_t *lifetime,
    char *why, size_t size);

/* Overwrite and free; NULL is fine. */
void secret_wipe(char *secret);

/* For the two above: empty memory for a secret, of SECRET_MAX + 2 bytes, NULL
 * when there is none; and what came (len bytes) cut to its first line.  -1 and
 * why, in which name is where it came from. */
char *secret_new(void);
int secret_cut(char *data, size_t len, const char *name, char *why,
    size_t size);

#endif
