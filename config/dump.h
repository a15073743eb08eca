/*
 * The effective configuration, in the form of its file.
 */
#ifndef CONFIG_DUMP_H
#define CONFIG_DUMP_H

#include <stdio.h>

struct settings;

/* Every key with its value, from the file, by default or, behind a comment that
 * says so, from the environment. */
void dump_settings(const struct settings *s, FILE *out);

#endif
