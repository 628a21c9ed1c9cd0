/* What the files of `logisticsctl trace` share. */
#ifndef LGS_CTL_TRACE_H
#define LGS_CTL_TRACE_H

#include "ctl.h"

#include "../trace/record.h"

/*
 * Prints one trace record (JSON as trace/record.c writes it) as lines for a person, or as it is.
 * CTL_USAGE after a message when it cannot be read or printed.
 */
int trace_print(lgs_arena_t *arena, lgs_str_t record);
int trace_print_raw(lgs_str_t record);

#endif
