/*
 * A map from strings to pointers: filled at load, read without locks afterwards. Open
 * addressing at half load; 10,000 partners cost a request one or two probes.
 */
#ifndef LGS_MAP_H
#define LGS_MAP_H

#include "arena.h"

typedef struct lgs_map_s lgs_map_t;

/* A new map in `arena` for about `expected` keys; it grows. NULL at the ceiling. */
lgs_map_t *lgs_map_create(lgs_arena_t *arena, size_t expected) LGS_MUST_CHECK;

/*
 * Adds key → value (value not NULL). The key is not copied: it must live as long as the map.
 * LGS_INVALID when the key is there already (the old value stays); records no error.
 */
lgs_rc_t lgs_map_add(lgs_map_t *map, lgs_str_t key, void *value) LGS_MUST_CHECK;

/* The value, or NULL. */
void *lgs_map_get(const lgs_map_t *map, lgs_str_t key);

size_t lgs_map_count(const lgs_map_t *map);

/* Walks in order of addition: i from 0 to count - 1. `key` and `value` may be NULL. */
void lgs_map_at(const lgs_map_t *map, size_t i, lgs_str_t *key, void **value);

#endif
