/*
 * What the parts of outbox, the operator's tool, share.  Private to them.
 */
#ifndef QUEUE_OUTBOX_H
#define QUEUE_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "queue/spool.h"

struct error;
struct log;
struct tool;

/* A verb of the tool.  One that changes messages has the functions that do it
 * to one, locked, in queue/ and in failed/ (NULL: not there). */
struct verb {
	const char *name;
	void (*run)(struct tool *t);
	unsigned options;
	unsigned flags;
	const char *operands;
	const char *help;
	const char *doing, *done;
	int (*act)(struct tool *t, struct spool_message *m, struct error *e);
	int (*act_failed)(struct tool *t, struct spool_message *m,
	    struct error *e);
	const char *counted;		/* in the log; or NULL: it is not */
};

enum verb_flag {
	VERB_QUEUE = 1,		/* it needs the queue */
	VERB_USERS = 2,		/* users may do it to their own mail */
	VERB_DESTROYS = 4,	/* what is done cannot be undone */
	VERB_ALONE = 8,		/* it needs no configuration */
	VERB_SENDS = 16		/* what it did can go now */
};

/* Which options a verb takes. */
enum option_group {
	OPTIONS_SELECT = 1,
	OPTIONS_CHANGE = 2,
	OPTIONS_JSON = 4,
	OPTIONS_SHOW = 8,
	OPTIONS_RETRY = 16,
	OPTIONS_CHECK = 32,
	OPTIONS_ALWAYS = 64,
	OPTIONS_STATUS = 128,
	OPTIONS_SETUP = 256
};

/* What "setup" is told, as it was given; NULL: not given. */
struct setup_options {
	const char *provider, *region, *host, *port, *tls, *user;
	const char *password_file;	/* "-": standard input */
	const char *token_command, *tenant, *client;
	const char *from, *local;
	const char *test;		/* where a message goes */
	const char *old_root;		/* of the program that is replaced */
	int nullmailer, msmtp, dma, ssmtp;
	int force, enable, no_test;
};

struct options {
	char **words;		/* the operands, ended by NULL */
	int all;
	int failed;		/* those in failed/, not those in queue/ */
	const char *from, *to, *reason;	/* NULL: any */
	int64_t older;		/* seconds; 0: any age */
	int yes, dry_run;
	int json;
	int prometheus;
	const char *warning, *critical;	/* limits; NULL: the defaults */
	const char *output;		/* the file; NULL: standard output */
	int header;
	int wait;
	int dump;
	int help;
	struct setup_options setup;
};

struct tool {
	const char *path;		/* of the configuration, or NULL */
	struct settings settings;
	struct spool *spool;
	struct spool *failed;		/* NULL: not for this caller */
	int limited;			/* a user, who has own mail only */
	struct log *log;
	const struct verb *verb;
	struct options options;
	int status;			/* of the run */
	unsigned patience;		/* for messages that are locked */
	int64_t progress_next;		/* milliseconds; 0: work began */
	int progress;			/* it is on the screen */
};

/* outbox_tool.c: an error of the configuration, or a warning: one line on
 * stderr. */
void tool_complain(void *arg, const char *file, int line, const char *text);

/* One line on stderr, and the status of the run. */
void tool_fail(struct tool *t, int status, const char *text);

/* Use the group of a set-group-ID program, for a call that opens, removes or
 * tells of something in the queue, and for no other. */
void tool_raise(struct tool *t);
void tool_lower(struct tool *t);

/* Does flush run?  -1: it cannot be told. */
int tool_flush_runs(struct tool *t);

/* Tell a terminal how far long work is: "deleting 100 of 20000". */
void tool_progress(struct tool *t, const char *doing, size_t done,
    size_t all);
void tool_progress_end(struct tool *t);

/* outbox_options.c: what follows the verb, which is argv[0].  0, or -1 after a
 * line on stderr.  argv is sorted: the operands are its last. */
int options_parse(struct options *o, unsigned groups, int argc, char **argv);

/* The options of these groups, for a help text. */
void options_help(unsigned groups);

/* Messages that a verb works on. */
struct target {
	char *name;
	int failed;		/* it is in failed/ */
	int damaged;		/* and no message */
	int changed;		/* the verb was done to it, */
	unsigned attempts;	/* after so many */
};

struct targets {
	struct target *list;
	size_t n, size;
};

/* outbox_select.c: does m fit --from, --to, --older and --reason? */
int select_matches(const struct options *o, const struct spool_message *m);

/* 1: the options say which messages are meant. */
int select_is_given(const struct options *o);

/* The messages that are meant, in order of arrival.  What is named and is not
 * there is an error of the run. */
void select_collect(struct tool *t, struct targets *targets);
void select_free(struct targets *targets);

/* The spool that a target is in. */
struct spool *select_spool(const struct tool *t, const struct target *g);

/* spool_peek(), with the group. */
enum spool_result select_peek(struct tool *t, struct spool *s,
    const char *id, struct spool_message *m, struct error *e);

/* An error of the run: why target name could not be had. */
void select_complain(struct tool *t, const char *name,
    enum spool_result result, const struct error *e);

/* The verbs. */
void outbox_check(struct tool *t);	/* outbox_check.c */
void outbox_try(struct tool *t);	/* test; the same */
void outbox_list(struct tool *t);	/* outbox_list.c */
void outbox_show(struct tool *t);	/* outbox_show.c */
void outbox_status(struct tool *t);	/* outbox_status.c */
void outbox_setup(struct tool *t);	/* outbox_setup.c */
void setup_help(void);			/* its providers */

/* outbox_act.c: the verb of t to all that is selected, and what it is to one
 * message. */
void outbox_act(struct tool *t);
int act_retry(struct tool *t, struct spool_message *m, struct error *e);
int act_requeue(struct tool *t, struct spool_message *m, struct error *e);
int act_hold(struct tool *t, struct spool_message *m, struct error *e);
int act_release(struct tool *t, struct spool_message *m, struct error *e);
int act_delete(struct tool *t, struct spool_message *m, struct error *e);
int act_bounce(struct tool *t, struct spool_message *m, struct error *e);
int act_delete_failed(struct tool *t, struct spool_message *m,
    struct error *e);

/* outbox_wait.c: until flush has tried what was changed. */
void outbox_wait(struct tool *t, const struct targets *targets);

/* outbox_text.c: a duration or a size for a person, such as "3h" or "1.2M". */
#define TEXT_NUMBER 32
void text_age(char text[TEXT_NUMBER], int64_t seconds);
void text_size(char text[TEXT_NUMBER], uint64_t bytes);

#endif
