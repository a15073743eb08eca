/*
 * The lines of a small system file.
 */
#ifndef CONFIG_LINES_H
#define CONFIG_LINES_H

/*
 * Call take(arg, line) for each line, which it may cut up, until it returns
 * non-zero: 1 for enough, -1 for no memory.  0, also when there is no such
 * file, or -1: memory or descriptors ran out.  Whether the file has something
 * is not known then.
 */
int lines_each(const char *path, int (*take)(void *arg, char *line),
    void *arg);

/* The same of a file that has to be there: -1 also when it cannot be read. */
int lines_whole(const char *path, int (*take)(void *arg, char *line),
    void *arg);

#endif
