/*
 * Between loading a configuration (settings.c) and checking it
 * (settings_check.c).
 */
#ifndef CONFIG_SETTINGS_PRIVATE_H
#define CONFIG_SETTINGS_PRIVATE_H

struct loader;
struct settings;

/* An error of this key. */
void settings_complain(struct loader *l, const char *section,
    const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Complain of values that cannot be used; then, of those that can, about what
 * does not go together. */
void settings_check(struct loader *l, const struct settings *s);
void settings_check_together(struct loader *l, const struct settings *s);

#endif
