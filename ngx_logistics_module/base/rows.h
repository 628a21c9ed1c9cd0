/*
 * Tables whose rows begin with their name (const char *): found by a word of a document, listed for
 * "did you mean".
 */
#ifndef LGS_ROWS_H
#define LGS_ROWS_H

#include "lgs.h"

/* The three arguments that say which table. */
#define LGS_ROWS(table) (table), LGS_N(table), sizeof((table)[0])

/* The row of that name, or NULL. */
const void *lgs_rows_find(const void *rows, size_t n, size_t size, lgs_str_t name);

/* The names of the rows, at most `max`; returns how many. */
size_t lgs_rows_names(const void *rows, size_t n, size_t size, lgs_str_t *names, size_t max);

#endif
