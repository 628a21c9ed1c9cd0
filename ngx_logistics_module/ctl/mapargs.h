/*
 * What the commands that run a mapping have in common: their arguments, and what a request would
 * say of itself.
 */
#ifndef LGS_CTL_MAPARGS_H
#define LGS_CTL_MAPARGS_H

#include "translate.h"

typedef struct {
    const char *dir, *partner, *timezone, *received_at, *control, *decision, *mapping;
    char **files;
    int n_files;
    bool has_flag; /* the command's own: --coverage, --json */
} ctl_map_args_t;

/*
 * [--<flag>] [--policies DIR] [--partner P] [--timezone TZ] [--received-at T] [--control N]
 * [--decision WORD] MAPPING FILE... False when that is not what was written.
 */
bool ctl_map_args(int argc, char **argv, const char *flag, ctl_map_args_t *args);

/* The mapping and the facts of a request; false when it has told why not. */
bool ctl_map_load(lgs_arena_t *arena, const ctl_map_args_t *args, ctl_translation_t *translation,
                  lgs_mapping_facts_t *facts, lgs_errs_t *errs);

/* coverage.c: map --coverage. */
int ctl_coverage(lgs_arena_t *arena, const ctl_map_args_t *args);

#endif
