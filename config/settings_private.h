/*
 * Between reading the lines of a configuration (settings_line.c), loading it
 * (settings.c) and checking it (settings_check.c).
 */
#ifndef CONFIG_SETTINGS_PRIVATE_H
#define CONFIG_SETTINGS_PRIVATE_H

#include <stddef.h>

struct loader;
struct settings;

/* 1: len octets have one that no line may have. */
int settings_line_has_control(const char *line, size_t len);

/* What is wrong with this line of a key, without its end; NULL: nothing. */
const char *settings_line_fault(const char *line);

/* An error of this key. */
void settings_complain(struct loader *l, const char *section,
    const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Complain of values that cannot be used; then, of those that can, about what
 * does not go together. */
void settings_check(struct loader *l, const struct settings *s);
void settings_check_together(struct loader *l, const struct settings *s);

#endif
