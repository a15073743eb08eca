/*
 * Questions on the terminal.
 */
#ifndef QUEUE_SETUP_ASK_H
#define QUEUE_SETUP_ASK_H

/* 1: there is someone to ask. */
int ask_is_possible(void);

/* Words of ours, in lines as long as a terminal's. */
void ask_tell(const char *text);

/* A line; initial where it is empty.  Freed by the caller; NULL: the input
 * has ended, or no memory. */
char *ask_text(const char *question, const char *initial);

/* yes: what an empty line means.  The end of the input is no. */
int ask_yes(const char *question, int yes);

/*
 * A line that is not shown, of secret_new(); NULL: the input has ended.  "" is
 * possible.  A signal that ends the program finds the terminal as it was.
 */
char *ask_secret(const char *question);

#endif
