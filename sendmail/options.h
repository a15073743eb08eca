/*
 * The command line of sendmail.  One table says for every option what it
 * takes and what it does: see options.c.
 */
#ifndef SENDMAIL_OPTIONS_H
#define SENDMAIL_OPTIONS_H

struct error;

enum options_mode {
	OPTIONS_SUBMIT,		/* -bm: a message on standard input */
	OPTIONS_SMTP,		/* -bs: SMTP on standard input and output */
	OPTIONS_LIST,		/* -bp, mailq */
	OPTIONS_COUNT,		/* -bP */
	OPTIONS_VERIFY,		/* -bv */
	OPTIONS_FLUSH,		/* -q: try what is queued now */
	OPTIONS_NOTHING,	/* newaliases, host status, -q30m */
	OPTIONS_HELP,
	OPTIONS_VERSION
};

/* Texts are borrowed from argv; NULL is "not given". */
struct options {
	enum options_mode mode;
	const char *config;	/* -C */
	const char *sender;	/* -f or -r, as it was written */
	const char *name;	/* -F */
	const char *notify;	/* -N in its one canonical form */
	const char *ret;	/* -R: "full" or "hdrs" */
	const char *envid;	/* -V as it was written */
	const char *flush_id;	/* -qI */
	int foreground;		/* -qf */
	int dots;		/* -i: a lone dot is data */
	int from_header;	/* -t */
	int queue_only;		/* -odq */
	int require_tls;	/* -O requiretls=yes */
	int chosen;		/* -b gave the mode */
	char **words;		/* the recipients, ended by NULL */
};

/*
 * Read the command line; argc may be 0.  The name in argv[0] gives the mode
 * that options may change.  -1 and e: it is not one that sendmail takes
 * (exit 64).
 */
int options_parse(struct options *o, int argc, char **argv,
    struct error *e);

/* How the table describes the option of this letter, for its test. */
enum options_argument {
	OPTIONS_UNKNOWN,
	OPTIONS_NONE,		/* takes no argument */
	OPTIONS_ARGUMENT,	/* glued on, or else the next word */
	OPTIONS_GLUED		/* glued on, or none */
};
enum options_argument options_argument(char letter);

/* What --help prints. */
extern const char options_help[];

#endif
