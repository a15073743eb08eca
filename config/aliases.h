/*
 * The aliases file, in the form that sendmail and Postfix read:
 *
 *	# comment
 *	name: target, target,
 *		target on a continuation line
 *	"a name": \target
 *
 * Names are matched without regard to case; of two with the same name the
 * first counts.  What a target means is not known here.
 */
#ifndef CONFIG_ALIASES_H
#define CONFIG_ALIASES_H

#include <stddef.h>

struct aliases;

struct alias {
	char *name;		/* without quotes */
	char **targets;		/* as they are written, ended by NULL */
	int line;		/* where it starts */
	size_t index;		/* its place among all, from 0 */
};

/* Told of each thing that is wrong: file, line (0: the file), text. */
typedef void aliases_report(void *arg, const char *file, int line,
    const char *text);

/*
 * Read the file at path; a missing one has no aliases.  What is wrong goes
 * to report (NULL: nowhere) and is passed over.  NULL: memory ran out, or
 * descriptors, and mail could go to the wrong place.
 */
struct aliases *aliases_load(const char *path, aliases_report *report,
    void *arg);
void aliases_free(struct aliases *a);	/* a may be NULL */

size_t aliases_count(const struct aliases *a);
const struct alias *aliases_get(const struct aliases *a, size_t index);

/* NULL: there is no alias of this name.  The default is called "*". */
const struct alias *aliases_find(const struct aliases *a, const char *name);

#endif
