/* Options of a command from a table. */
#ifndef LGS_CTL_OPTIONS_H
#define LGS_CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *name; /* "--json" */
    bool *flag;       /* set; NULL: the option has a value */
    const char **value;
} ctl_option_t;

/*
 * Is argv[*at] one of the options? Then it is taken: *at stands on its value, where it has one. One
 * without the value that it needs is none. The last of two counts.
 */
bool ctl_take_option(int argc, char **argv, int *at, const ctl_option_t *options, size_t n);

#endif
