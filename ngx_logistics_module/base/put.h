/*
 * Texts put behind each other into room that is there: most are short, and a call of memcpy would
 * cost more than the copy.
 */
#ifndef LGS_PUT_H
#define LGS_PUT_H

#include "lgs.h"

/* Copies `len` bytes to `to` and returns what is behind them. */
static inline char *lgs_put(char *to, const char *from, size_t len)
{
    uint64_t first, last;
    uint32_t head, tail;

    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + len - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);
    } else if (len >= 4) {
        memcpy(&head, from, 4);
        memcpy(&tail, from + len - 4, 4);
        memcpy(to, &head, 4);
        memcpy(to + len - 4, &tail, 4);
    } else if (len) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
    return to + len;
}

#endif
