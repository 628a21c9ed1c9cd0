/*
 * The levels of a set: HL of X12, CPS of EDIFACT, by their ids. Private to this room.
 */
#ifndef LGS_MAPPING_LEVELS_H
#define LGS_MAPPING_LEVELS_H

#include "internal.h"

typedef struct lgs_hierarchy_s {
    const char *tag;
    uint32_t id, parent, code; /* elements, from 0 */
    bool counts_from_one;      /* as X12 does */
    uint32_t slot;             /* in lgs_run_t */
} lgs_hierarchy_t;

extern const lgs_hierarchy_t lgs_hierarchies[LGS_N_HIERARCHIES];

/*
 * The nearest level with that code ("*": any) that the item is, stands in or is below, else the
 * first below it; of an item outside of all levels the first of the set. NULL: there is none.
 */
const lgs_node_t *lgs_levels_find(lgs_run_t *run, const lgs_hierarchy_t *hierarchy, lgs_str_t code,
                                  const lgs_node_t *node);

/* All below the item's level, or of the set. False as lgs_mapping_path_each. */
bool lgs_levels_each(lgs_run_t *run, const lgs_hierarchy_t *hierarchy, lgs_str_t code,
                     const lgs_node_t *node, bool (*visit)(void *data, const lgs_node_t *node),
                     void *data);

#endif
