/*
 * The command line: see options.h.  What other implementations take is
 * accepted here, and what means nothing to a null client is ignored; only
 * what would need a server, or another program, is refused.
 */
#include <config.h>

#include "sendmail/options.h"

#include <string.h>
#include <strings.h>

#include "queue/error.h"
#include "queue/spool.h"
#include "sendmail/dsn.h"

const char options_help[] =
    "usage: sendmail [-ti] [-f sender] [-F name] [option ...] "
    "[recipient ...] <message\n"
    "       sendmail -bs | -bp | -bv recipient ... | -q\n"
    "       mailq\n"
    "  -t         take the recipients from To:, Cc: and Bcc:\n"
    "  -i         a line with a single dot does not end the message\n"
    "  -f sender  the envelope sender\n"
    "  -F name    the full name, used where the message has no From:\n"
    "  -bp        list the queue\n"
    "  -bs        speak SMTP on standard input and output\n"
    "  -bv        show where mail for each recipient would go\n"
    "  -q         try everything in the queue now\n"
    "sendmail(8) describes them all.\n";

/* What became of the argument of an option. */
enum outcome { DONE, REFUSED };

static enum outcome
set_sender(struct options *o, const char *arg)
{
	o->sender = arg;
	return DONE;
}

static enum outcome
set_name(struct options *o, const char *arg)
{
	o->name = arg;
	return DONE;
}

static enum outcome
set_config(struct options *o, const char *arg)
{
	o->config = arg;
	return DONE;
}

static enum outcome
set_dots(struct options *o, const char *arg)
{
	(void)arg;
	o->dots = 1;
	return DONE;
}

static enum outcome
set_from_header(struct options *o, const char *arg)
{
	(void)arg;
	o->from_header = 1;
	return DONE;
}

static enum outcome
set_nothing(struct options *o, const char *arg)
{
	(void)arg;
	o->mode = OPTIONS_NOTHING;
	o->chosen = 1;
	return DONE;
}

static enum outcome
refuse(struct options *o, const char *arg)
{
	(void)o;
	(void)arg;
	return REFUSED;
}

/* -b and its letter. */
static enum outcome
set_mode(struct options *o, const char *arg)
{
	static const struct {
		char letter;
		enum options_mode mode;
	} modes[] = {
		{ 'a', OPTIONS_SUBMIT },	/* CRLF in: we always do that */
		{ 'h', OPTIONS_NOTHING },
		{ 'H', OPTIONS_NOTHING },
		{ 'i', OPTIONS_NOTHING },
		{ 'm', OPTIONS_SUBMIT },
		{ 'p', OPTIONS_LIST },
		{ 'P', OPTIONS_COUNT },
		{ 's', OPTIONS_SMTP },
		{ 'v', OPTIONS_VERIFY },
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (arg[0] == modes[i].letter && arg[1] == '\0') {
			o->mode = modes[i].mode;
			o->chosen = 1;
			return DONE;
		}
	}
	return REFUSED;
}

/* A bad value of -N or -R is ignored. */
static enum outcome
set_notify(struct options *o, const char *arg)
{
	if (dsn_notify(arg) != NULL)
		o->notify = dsn_notify(arg);
	return DONE;
}

static enum outcome
set_ret(struct options *o, const char *arg)
{
	if (dsn_ret(arg) != NULL)
		o->ret = dsn_ret(arg);
	return DONE;
}

static enum outcome
set_envid(struct options *o, const char *arg)
{
	o->envid = arg;
	return DONE;
}

/* A boolean of sendmail: nothing, or something that begins like "true". */
static int
is_true(const char *value)
{
	return *value == '\0' || strchr("tTyY1", *value) != NULL;
}

static enum outcome
set_ignore_dots(struct options *o, const char *value)
{
	o->dots = is_true(value);
	return DONE;
}

static enum outcome
set_mode_of_delivery(struct options *o, const char *value)
{
	o->queue_only = *value == 'q' || *value == 'd';
	return DONE;
}

/* -o and a letter with its value. */
static enum outcome
set_short(struct options *o, const char *arg)
{
	if (arg[0] == 'i')
		return set_ignore_dots(o, arg + 1);
	return arg[0] == 'd' ? set_mode_of_delivery(o, arg + 1) : DONE;
}

/* Not a word to guess at: a typing error would give up the protection. */
static enum outcome
set_require_tls(struct options *o, const char *value)
{
	o->require_tls = strcasecmp(value, "yes") == 0;
	return o->require_tls || strcasecmp(value, "no") == 0 ? DONE :
	    REFUSED;
}

/* -O name=value: those that have a meaning here. */
static enum outcome
set_long(struct options *o, const char *arg)
{
	static const struct {
		const char *name;
		enum outcome (*set)(struct options *o, const char *value);
	} names[] = {
		{ "IgnoreDots", set_ignore_dots },
		{ "DeliveryMode", set_mode_of_delivery },
		{ "requiretls", set_require_tls },
	};
	size_t i, len = strcspn(arg, "= ");
	const char *value = arg + len + strspn(arg + len, "= ");

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len &&
		    strncasecmp(arg, names[i].name, len) == 0)
			return names[i].set(o, value);
	return DONE;
}

/* -q: the queue once, or with a time the daemon that is not started here. */
static enum outcome
set_flush(struct options *o, const char *arg)
{
	if (*arg == 'I') {
		if (!spool_is_id(arg + 1))
			return REFUSED;
		o->flush_id = arg + 1;
	} else if (strcmp(arg, "f") == 0)
		o->foreground = 1;
	else if (*arg != '\0' && (*arg < '0' || *arg > '9' ||
	    arg[strspn(arg, "0123456789smhdw")] != '\0'))
		return REFUSED;
	if (!o->chosen)
		o->mode = *arg >= '0' && *arg <= '9' ? OPTIONS_NOTHING :
		    OPTIONS_FLUSH;
	return DONE;
}

/* A NULL in set: accepted and without effect. */
static const struct option {
	char letter;
	enum options_argument arg;
	enum outcome (*set)(struct options *o, const char *arg);
} table[] = {
	{ 'A', OPTIONS_ARGUMENT, NULL },
	{ 'B', OPTIONS_ARGUMENT, NULL },	/* we look at the body */
	{ 'b', OPTIONS_ARGUMENT, set_mode },
	{ 'C', OPTIONS_ARGUMENT, set_config },
	{ 'c', OPTIONS_NONE, NULL },
	{ 'D', OPTIONS_ARGUMENT, refuse },
	{ 'd', OPTIONS_GLUED, NULL },
	{ 'E', OPTIONS_GLUED, NULL },
	{ 'e', OPTIONS_ARGUMENT, NULL },
	{ 'F', OPTIONS_ARGUMENT, set_name },
	{ 'f', OPTIONS_ARGUMENT, set_sender },
	{ 'G', OPTIONS_NONE, NULL },
	{ 'h', OPTIONS_ARGUMENT, NULL },
	{ 'I', OPTIONS_NONE, set_nothing },
	{ 'i', OPTIONS_NONE, set_dots },
	{ 'J', OPTIONS_GLUED, NULL },
	{ 'L', OPTIONS_ARGUMENT, NULL },
	{ 'M', OPTIONS_ARGUMENT, refuse },
	{ 'm', OPTIONS_NONE, NULL },
	{ 'N', OPTIONS_ARGUMENT, set_notify },
	{ 'n', OPTIONS_NONE, NULL },
	{ 'O', OPTIONS_ARGUMENT, set_long },
	{ 'o', OPTIONS_ARGUMENT, set_short },
	{ 'p', OPTIONS_ARGUMENT, NULL },
	{ 'Q', OPTIONS_GLUED, refuse },
	{ 'q', OPTIONS_GLUED, set_flush },
	{ 'R', OPTIONS_ARGUMENT, set_ret },
	{ 'r', OPTIONS_ARGUMENT, set_sender },
	{ 'S', OPTIONS_GLUED, refuse },
	{ 's', OPTIONS_NONE, NULL },
	{ 'T', OPTIONS_ARGUMENT, refuse },
	{ 't', OPTIONS_NONE, set_from_header },
	{ 'U', OPTIONS_NONE, NULL },
	{ 'V', OPTIONS_ARGUMENT, set_envid },
	{ 'v', OPTIONS_NONE, NULL },
	{ 'X', OPTIONS_ARGUMENT, NULL },	/* never opened */
	{ 'x', OPTIONS_NONE, NULL },
};

static const struct option *
find(char letter)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

enum options_argument
options_argument(char letter)
{
	const struct option *option = find(letter);

	return option != NULL ? option->arg : OPTIONS_UNKNOWN;
}

/* The mode that a link to sendmail stands for. */
static enum options_mode
mode_of(const char *name)
{
	static const struct {
		const char *name;
		enum options_mode mode;
	} names[] = {
		{ "mailq", OPTIONS_LIST },
		{ "newaliases", OPTIONS_NOTHING },
		{ "hoststat", OPTIONS_NOTHING },
		{ "purgestat", OPTIONS_NOTHING },
		{ "runq", OPTIONS_FLUSH },
	};
	const char *slash = strrchr(name, '/');
	size_t i;

	if (slash != NULL)
		name = slash + 1;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].mode;
	return OPTIONS_SUBMIT;
}

/*
 * One word that starts with '-': a cluster of options, the last of which may
 * take an argument.  The number of words that it used, or -1 and e.
 */
static int
parse_word(struct options *o, char **argv, struct error *e)
{
	const char *p, *arg;
	int used = 1;

	for (p = argv[0] + 1; *p != '\0'; p++) {
		const struct option *option = find(*p);

		if (option == NULL)
			return error_set(e, "unknown option -%c", *p);
		arg = p + 1;
		if (option->arg == OPTIONS_ARGUMENT && *arg == '\0') {
			if ((arg = argv[1]) == NULL)
				return error_set(e, "option -%c needs an "
				    "argument", *p);
			used = 2;
		}
		if (option->set != NULL && option->set(o, arg) == REFUSED)
			return error_set(e, "-%c%s is not supported", *p,
			    option->arg == OPTIONS_NONE ? "" : arg);
		if (option->arg != OPTIONS_NONE)
			break;		/* the rest of the word was arg */
	}
	return used;
}

static int
parse_long(struct options *o, const char *word, struct error *e)
{
	if (strcmp(word, "--help") == 0)
		o->mode = OPTIONS_HELP;
	else if (strcmp(word, "--version") == 0)
		o->mode = OPTIONS_VERSION;
	else
		return error_set(e, "unknown option %s", word);
	o->chosen = 1;
	return 1;
}

/* Words that the mode has no use for. */
static int
check_words(const struct options *o, int ended, struct error *e)
{
	char **w;

	if ((o->mode == OPTIONS_FLUSH || o->mode == OPTIONS_NOTHING) &&
	    !o->chosen && (*o->words != NULL || o->from_header))
		return error_set(e, "-q takes no message: leave it out, or %s",
		    o->from_header ? "-t" : "the recipients");
	/* As Postfix: a message that nobody reads would be lost. */
	if ((o->from_header || *o->words != NULL) &&
	    (o->mode == OPTIONS_LIST || o->mode == OPTIONS_COUNT ||
	    o->mode == OPTIONS_NOTHING))
		return error_set(e, "%s is for a message, and this takes "
		    "none: leave it out",
		    o->from_header ? "-t" : "a recipient");
	for (w = o->words; *w != NULL && !ended; w++)
		if (**w == '-')
			return error_set(e, "option %s after the first "
			    "recipient: put options first, or -- before "
			    "recipients", *w);
	return 0;
}

int
options_parse(struct options *o, int argc, char **argv, struct error *e)
{
	static char *none[] = { NULL };
	int i, used, ended = 0;

	memset(o, 0, sizeof(*o));
	o->words = none;
	if (argc < 1 || argv[0] == NULL)
		return 0;
	o->mode = mode_of(argv[0]);
	o->chosen = o->mode == OPTIONS_NOTHING;
	for (i = 1; i < argc && argv[i][0] == '-'; i += used) {
		if (strcmp(argv[i], "--") == 0) {
			ended = 1;
			i++;
			break;
		}
		used = argv[i][1] == '-' ? parse_long(o, argv[i], e) :
		    argv[i][1] == '\0' ? error_set(e, "a lone - is neither "
		    "option nor recipient") : parse_word(o, argv + i, e);
		if (used < 0)
			return -1;
	}
	o->words = argv + i;
	return check_words(o, ended, e);
}
