/*
 * The comparison of two schemas (compat.h), private to compat*.c. `from` is kept as a list of
 * schema objects that all hold for a value (the schema, what its $ref and allOf lead to); each rule
 * of `to` is asked whether one of them already says as much.
 */
#ifndef LGS_SCHEMA_COMPAT_WALK_H
#define LGS_SCHEMA_COMPAT_WALK_H

#include "compat.h"
#include "program.h"

#define COMPAT_MAX_ALL                                                                             \
    64u /* schemas that hold at once; more are left out, which only says more                      \
         */

typedef struct {
    target_t items[COMPAT_MAX_ALL];
    uint32_t n;
    uint32_t n_split; /* items whose anyOf and oneOf have been taken apart */
} all_t;

typedef struct frame_s frame_t;

typedef struct {
    lgs_schema_store_t *from, *to;
    lgs_compat_options_t options;
    lgs_arena_t *arena;
    lgs_errs_t *errs;
    const frame_t *frame; /* comparisons that are going on */
    uint32_t silent;      /* > 0: findings are counted only */
    uint32_t n_found;
    uint32_t steps; /* left */
    lgs_rc_t trouble;
    lgs_str_t subject; /* the member that is looked at; empty: none */
} compat_t;

/* Can what all of `from` take be refused by `to`? Records findings. */
void lgs_compat_compare(compat_t *compat, const all_t *from, target_t to);

/* A finding at a keyword of `to`. */
void lgs_compat_say(compat_t *compat, const target_t *to, const char *keyword, const char *format,
                    ...) LGS_PRINTF(4, 5);

/* The schema below a keyword, and below its member or item `step` when that has data. */
target_t lgs_compat_sub(compat_t *compat, lgs_schema_store_t *store, const target_t *of,
                        const char *keyword, lgs_str_t step, const lgs_node_t *node);

/* Adds a schema and all that it says holds as well. */
void lgs_compat_add(compat_t *compat, all_t *all, target_t target);

/* The value of a keyword in the schema's dialect; NULL. */
const lgs_node_t *lgs_compat_value(const target_t *target, const char *keyword);

/* Bits of types that all of them allow: TYPE_INTEGER for whole numbers, LGS_NUMBER for others. */
unsigned lgs_compat_types(const all_t *all);
unsigned lgs_compat_types_of(const target_t *target);

/* Is one of `from` as strict as this keyword of `to`? Structural ones are not asked. */
bool lgs_compat_is_implied(compat_t *compat, const all_t *from, const target_t *to,
                           const char *keyword, const lgs_node_t *value);

/* compat_parts.c: rules that go on below */
void lgs_compat_members(compat_t *compat, const all_t *from, const target_t *to);
void lgs_compat_items(compat_t *compat, const all_t *from, const target_t *to);

#endif
