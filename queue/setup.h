/*
 * What the parts of "outbox setup" share.  Private to them.
 *
 * A part that fails has said why, and what to do, and set the status of the
 * run.
 */
#ifndef QUEUE_SETUP_H
#define QUEUE_SETUP_H

#include "config/settings.h"
#include "queue/buffer.h"
#include "queue/outbox.h"
#include "queue/setup_plan.h"
#include "queue/setup_write.h"

struct preset;

struct setup {
	struct tool *t;
	const struct setup_options *o;
	int asks;			/* there is someone to ask */
	int again;			/* what is there is of this run */
	char *path;			/* of the configuration */
	char *password;			/* of the file with the secret, */
	char *token;			/* or of that with the application */
	const struct preset *preset;	/* NULL: taken over */
	char *tenant, *client;		/* of that application; NULL: none */
	struct buffer application;	/* the file, without its secret; empty:
					 * the secret is a password */
	struct buffer old;		/* the present text */
	struct settings now;		/* what it says */
	int loaded;			/* now has to be freed */
	struct plan plan;
	struct write_owner owner;	/* who sends the mail */
	gid_t drop;			/* the group of the queue */
};

/* The question was not answered, or with no. */
int setup_stop(struct setup *s);

/* setup_present.c: what there is.  0, or -1. */
int setup_present(struct setup *s);

/* Root gives the secret to the owner of the queue that now names, who sends
 * the mail; to the user outbox where there is no queue yet.  0, or -1. */
int setup_find_owner(struct setup *s);

/* outbox_setup.c: another login, and before that another server if that is so,
 * written in place of what failed.  0, or -1. */
int setup_again(struct setup *s, int server);

/* setup_questions.c: provider, login, sender and who gets root's mail, from
 * the options and the terminal.  0, or -1. */
int setup_questions(struct setup *s);

/* Only the login, for the server that is configured; and with another server,
 * if the user's answers decide what that is. */
int setup_login(struct setup *s);
int setup_can_change_server(const struct setup *s);
int setup_server(struct setup *s);

/* setup_secret.c: have the secret in the plan, if one is needed.  is: what it
 * is called; grouped: blanks in it are for the eye.  0, or -1. */
int setup_secret(struct setup *s, const char *is, int grouped);

/* Where the secret of the plan goes, and all that goes there. */
const char *setup_secret_path(const struct setup *s);
void setup_secret_text(const struct setup *s, struct buffer *out);

/* 1: that is in its file, which belongs to who sends. */
int setup_secret_is_there(const struct setup *s);

/* 1: server and user are those of the configuration that is there. */
int setup_is_same_login(const struct setup *s);

/* setup_token.c: log in with a token, if that is wanted.  1: so it is; 0: a
 * secret is needed; -1. */
int setup_token(struct setup *s);

/* import_files.c: 1: the options name a program to take over from. */
int import_is_wanted(const struct setup *s);

/* Its configuration.  0, or -1. */
int import_run(struct setup *s);

/* import_queue.c: move the mail of dma or nullmailer, if that is meant, into
 * our queue.  0, or -1: some of it is still there. */
int import_queue(struct setup *s);

/* import_holder.c: a process that has the file of fd open, too; 0: none, or
 * it is not known. */
long import_holder(int fd);

/* The path of a file in the root of that program; freed by the caller; NULL:
 * memory. */
char *import_path(const struct setup *s, const char *path);

/* setup_finish.c: all that follows when the files are written. */
void setup_finish(struct setup *s);

#endif
