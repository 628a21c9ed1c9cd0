/* Options of a command (options.h). */
#include "options.h"

#include <string.h>

bool ctl_take_option(int argc, char **argv, int *at, const ctl_option_t *options, size_t n)
{
    size_t i = 0;

    while (i < n && strcmp(argv[*at], options[i].name) != 0) {
        i++;
    }
    if (i == n || (options[i].flag == NULL && *at + 1 == argc)) {
        return false;
    }
    if (options[i].flag) {
        *options[i].flag = true;
    } else {
        *options[i].value = argv[++*at];
    }
    return true;
}
