/*
 * The arguments of MAIL and RCPT: a path, then parameters.  Pure.
 */
#ifndef SENDMAIL_COMMAND_H
#define SENDMAIL_COMMAND_H

/*
 * The path behind keyword ("FROM:" or "TO:") in args, with its angle brackets
 * if it has them; *params is what follows it.  args is cut up.  NULL: it has
 * another form.
 */
char *command_path(char *args, const char *keyword, char **params);

/*
 * The next parameter of *params: its keyword, and in *value what follows the
 * "=" or NULL.  NULL: there are no more.
 */
char *command_param(char **params, char **value);

/* 1: a keyword stands in params, which are not cut up yet, more than once. */
int command_repeats(const char *params);

#endif
