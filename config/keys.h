/*
 * The one table of configuration keys: the loader, "outbox check" and the
 * test of outbox.conf(5) all come from it.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum key_type {
	KEY_TEXT,	/* char * */
	KEY_PATH,	/* char *, an absolute path or "" */
	KEY_LIST,	/* char *, lines; the key may stand several times */
	KEY_WORDS,	/* char *, words out of names */
	KEY_CHOICE,	/* int, index into names */
	KEY_FACILITY,	/* int, of syslog(3), by names */
	KEY_INTEGER,	/* int64_t */
	KEY_DURATION,	/* int64_t, seconds */
	KEY_SIZE	/* int64_t, bytes */
};

struct key {
	const char *section;
	const char *name;
	enum key_type type;
	size_t offset;			/* in struct settings */
	const char *initial;		/* the default, as in a file */
	int64_t min, max;		/* of numbers */
	const char *const *names;	/* of choices and words, or NULL */
};

/* The variables of the environment that settings_load_service() takes: behind
 * this, the key in capitals. */
#define KEYS_VARIABLE "OUTBOX_SMARTHOST_"
#define KEYS_VARIABLE_MAX 64

/* The variable for key, in name; 0: there is none. */
int keys_variable(const struct key *key, char name[KEYS_VARIABLE_MAX]);

/* All keys in the order of the manual; *count is their number. */
const struct key *keys_all(size_t *count);

/* NULL: there is none. */
const struct key *keys_find(const char *section, const char *name);

/* The known section, or key of a section, whose name is nearest; NULL when
 * none is near. */
const char *keys_nearest_section(const char *section);
const char *keys_nearest_key(const char *section, const char *name);
int keys_has_section(const char *section);

#endif
