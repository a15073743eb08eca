/*
 * Any words as a command line: what is refused is said, what is taken is what
 * a second reading of the table says, and no text comes from elsewhere than
 * the words.  Words end with a newline; the first is the name.
 */
#include <config.h>

#include "sendmail/options.h"

#include <string.h>

#include "queue/error.h"
#include "queue/spool.h"
#include "t/fuzz.h"

#define WORDS_MAX 64

/* Is it one of the words, or the end of one? */
static int
is_of(const char *text, char **argv)
{
	for (; *argv != NULL; argv++)
		if (text >= *argv && text <= *argv + strlen(*argv))
			return 1;
	return 0;
}

/*
 * The place of the first word that is no option; -1: there must have been an
 * error.  What an argument has to be is not known here.
 */
static int
skip(char **argv)
{
	enum options_argument takes;
	const char *p;
	int i;

	for (i = 1; argv[i] != NULL && *argv[i] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "--version") == 0)
			continue;
		if (argv[i][1] == '\0')
			return -1;
		for (p = argv[i] + 1; *p != '\0'; p++) {
			takes = options_argument(*p);
			if (takes == OPTIONS_UNKNOWN ||
			    strchr("DMQST", *p) != NULL)
				return -1;
			if (takes == OPTIONS_NONE)
				continue;
			if (takes == OPTIONS_ARGUMENT && p[1] == '\0' &&
			    argv[++i] == NULL)
				return -1;
			break;
		}
	}
	return i;
}

static void
check_taken(const struct options *o, char **argv)
{
	const char *texts[] = { o->config, o->sender, o->name, o->envid,
		o->flush_id };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(texts[i] == NULL || is_of(texts[i], argv));
	check(o->mode <= OPTIONS_VERSION);
	check(o->flush_id == NULL || spool_is_id(o->flush_id));
	check(o->ret == NULL || strcmp(o->ret, "full") == 0 ||
	    strcmp(o->ret, "hdrs") == 0);
	check(o->notify == NULL || (*o->notify != '\0' &&
	    strspn(o->notify, "neversucfaildyNEVERSUCFAILDY,") ==
	    strlen(o->notify)));
	check(*argv == NULL || o->words == argv + skip(argv));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[WORDS_MAX + 1], *p = text, *end;
	struct error e = { 0, "" };
	struct options o, again;
	int argc = 0;

	check(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	/* It is cut at a NUL, as words are. */
	while (*p != '\0' && argc < WORDS_MAX) {
		argv[argc++] = p;
		if ((end = strchr(p, '\n')) == NULL)
			break;
		*end = '\0';
		p = end + 1;
	}
	argv[argc] = NULL;
	if (options_parse(&o, argc, argv, &e) != 0) {
		check(*e.text != '\0');
	} else {
		check(argc == 0 || skip(argv) > 0);
		check_taken(&o, argv);
		check(options_parse(&again, argc, argv, &e) == 0 &&
		    again.mode == o.mode && again.sender == o.sender &&
		    again.words == (argc == 0 ? again.words : o.words));
	}
	free(text);
	return 0;
}
