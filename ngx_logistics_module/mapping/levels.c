/*
 * The levels of a set and what is above and below them, as their ids say it, never their order.
 *
 * They are looked up for every path of a level in every item: so a run reads a set's levels once,
 * into an array in its arena with parents, children and the segments of each; a path then costs
 * the depth of the hierarchy, not the length of the set.
 *
 * An id that comes twice is the last one before, else the first behind. What names no level, or
 * would be deeper than MAX_DEPTH (a circle is), stands below none.
 */
#include "levels.h"

#include "path_edi.h"

#define MAX_DEPTH 16u
#define NONE      UINT32_MAX

typedef struct {
    lgs_str_t id, parent_id, code;
    uint32_t at; /* its segment */
    uint32_t parent, child, last, next;
    lgs_node_t item; /* its segments */
} level_t;

/* Where an id was met: while reading forwards the last one, then backwards. */
typedef struct {
    uint32_t before, behind;
} met_t;

struct lgs_levels_s {
    const lgs_node_t *all;
    level_t *items;
    uint32_t n;
};

static const struct lgs_levels_s *levels_of(lgs_run_t *run, const lgs_hierarchy_t *hierarchy);
static const struct lgs_levels_s *read_levels(lgs_run_t *run, const lgs_hierarchy_t *hierarchy);
static void read_level(const lgs_hierarchy_t *hierarchy, const lgs_node_t *all, uint32_t at,
                       level_t *level);
static bool find_parents(lgs_run_t *run, struct lgs_levels_s *levels);
static bool link_levels(lgs_run_t *run, struct lgs_levels_s *levels);
static uint32_t level_of(const struct lgs_levels_s *levels, const lgs_node_t *node);

const lgs_hierarchy_t lgs_hierarchies[LGS_N_HIERARCHIES] = {{"HL", 0, 1, 2, true, 0},
                                                            {"CPS", 0, 1, 2, false, 1}};

static bool is_code(const level_t *level, lgs_str_t code)
{
    return lgs_str_is(code, "*") || lgs_str_eq(level->code, code);
}

/* The next of those below `top`, of all when it is NONE; NONE behind the last. */
static uint32_t step(const struct lgs_levels_s *levels, uint32_t top, uint32_t i)
{
    if (top == NONE) {
        return i + 1 < levels->n ? i + 1 : NONE;
    }
    if (levels->items[i].child != NONE) {
        return levels->items[i].child;
    }
    while (i != top && levels->items[i].next == NONE) {
        i = levels->items[i].parent;
    }
    return i == top ? NONE : levels->items[i].next;
}

static uint32_t first_below(const struct lgs_levels_s *levels, uint32_t top)
{
    if (top != NONE) {
        return levels->items[top].child;
    }
    return levels->n ? 0 : NONE;
}

const lgs_node_t *lgs_levels_find(lgs_run_t *run, const lgs_hierarchy_t *hierarchy, lgs_str_t code,
                                  const lgs_node_t *node)
{
    const struct lgs_levels_s *levels = levels_of(run, hierarchy);
    uint32_t top = levels ? level_of(levels, node) : NONE;

    for (uint32_t i = top; i != NONE && lgs_mapping_work(run, 1); i = levels->items[i].parent) {
        if (is_code(&levels->items[i], code)) {
            return &levels->items[i].item;
        }
    }
    for (uint32_t i = levels ? first_below(levels, top) : NONE; i != NONE;
         i = step(levels, top, i)) {
        if (!lgs_mapping_work(run, 1)) {
            return NULL;
        }
        if (is_code(&levels->items[i], code)) {
            return &levels->items[i].item;
        }
    }
    return NULL;
}

bool lgs_levels_each(lgs_run_t *run, const lgs_hierarchy_t *hierarchy, lgs_str_t code,
                     const lgs_node_t *node, bool (*visit)(void *data, const lgs_node_t *node),
                     void *data)
{
    const struct lgs_levels_s *levels = levels_of(run, hierarchy);
    uint32_t top = levels ? level_of(levels, node) : NONE;

    for (uint32_t i = levels ? first_below(levels, top) : NONE; i != NONE;
         i = step(levels, top, i)) {
        if (!lgs_mapping_work(run, 1) ||
            (is_code(&levels->items[i], code) && !visit(data, &levels->items[i].item))) {
            return false;
        }
    }
    return run->rc == LGS_OK;
}

static const struct lgs_levels_s *levels_of(lgs_run_t *run, const lgs_hierarchy_t *hierarchy)
{
    const struct lgs_levels_s **levels = &run->levels[hierarchy->slot];

    if (*levels == NULL) {
        *levels = read_levels(run, hierarchy);
    }
    return *levels;
}

/* The level that an item is, or stands in; NONE: it stands before all of them, or in another tree.
 */
static uint32_t level_of(const struct lgs_levels_s *levels, const lgs_node_t *node)
{
    uintptr_t begin = (uintptr_t)levels->all->u.items, at = (uintptr_t)node->u.items;
    uint32_t low = 0, high = levels->n;
    size_t segment;

    if (node->type != LGS_ARRAY || node->n == 0 || at < begin ||
        at >= begin + levels->all->n * sizeof(*node)) {
        return NONE;
    }
    segment = (at - begin) / sizeof(*node);
    while (low < high) { /* the first that stands behind it */
        uint32_t middle = low + (high - low) / 2;

        if (levels->items[middle].at <= segment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? low - 1 : NONE;
}

/* ---- reading ---- */

static const struct lgs_levels_s *read_levels(lgs_run_t *run, const lgs_hierarchy_t *hierarchy)
{
    uint32_t tag = lgs_edi_tag(lgs_cstr(hierarchy->tag));
    const lgs_node_t *all = lgs_mapping_edi_list(&run->doc->root);
    struct lgs_levels_s *levels = lgs_arena_zalloc(run->arena, sizeof(*levels));
    uint32_t n = 0;

    if (all == NULL || !lgs_mapping_work(run, all->n)) {
        return NULL;
    }
    for (uint32_t i = 0; i < all->n; i++) {
        n += all->u.items[i].hash == tag;
    }
    if (levels) {
        *levels = (struct lgs_levels_s){all, lgs_arena_array(run->arena, n + 1, sizeof(level_t)),
                                        n};
    }
    if (levels == NULL || levels->items == NULL) {
        lgs_mapping_stop_nomem(run);
        return NULL;
    }
    n = 0;
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->u.items[i].hash == tag) {
            read_level(hierarchy, all, i, &levels->items[n++]);
        }
    }
    return find_parents(run, levels) && link_levels(run, levels) ? levels : NULL;
}

static lgs_str_t element(const lgs_hierarchy_t *hierarchy, const lgs_node_t *segment,
                         uint32_t number)
{
    char name[3] = {'0', (char)('0' + number + hierarchy->counts_from_one), 0};
    const lgs_node_t *value = lgs_node_at(&segment->u.members[0].value,
                                          hierarchy->counts_from_one ? name : name + 1);

    return lgs_node_text(value ? lgs_mapping_edi_plain(value) : NULL);
}

/* Its segments go up to the next level, or to what ends every loop. */
static void read_level(const lgs_hierarchy_t *hierarchy, const lgs_node_t *all, uint32_t at,
                       level_t *level)
{
    const lgs_node_t *segment = &all->u.items[at];
    uint32_t to = at + 1;

    while (to < all->n && all->u.items[to].hash != segment->hash &&
           !lgs_mapping_edi_is_end(&all->u.items[to])) {
        to++;
    }
    *level = (level_t){
        .id = element(hierarchy, segment, hierarchy->id),
        .parent_id = element(hierarchy, segment, hierarchy->parent),
        .code = element(hierarchy, segment, hierarchy->code),
        .at = at,
        .parent = NONE,
        .child = NONE,
        .last = NONE,
        .next = NONE,
        .item = lgs_mapping_edi_slice(all, at, to),
    };
}

/* The record of an id, made when it is new. NULL: no memory, or no id. */
static met_t *met_at(lgs_run_t *run, lgs_map_t *ids, lgs_str_t id)
{
    met_t *met = id.len ? lgs_map_get(ids, id) : NULL;

    if (met || id.len == 0) {
        return met;
    }
    met = lgs_arena_alloc(run->arena, sizeof(*met));
    if (met == NULL || lgs_map_add(ids, id, met) != LGS_OK) {
        lgs_mapping_stop_nomem(run);
        return NULL;
    }
    *met = (met_t){NONE, NONE};
    return met;
}

static bool find_parents(lgs_run_t *run, struct lgs_levels_s *levels)
{
    lgs_map_t *ids = lgs_map_create(run->arena, levels->n + 1);
    const met_t *parent;
    met_t *own;

    if (ids == NULL) {
        lgs_mapping_stop_nomem(run);
        return false;
    }
    for (uint32_t i = 0; i < levels->n; i++) {
        parent = lgs_map_get(ids, levels->items[i].parent_id);
        levels->items[i].parent = parent ? parent->before : NONE;
        own = met_at(run, ids, levels->items[i].id);
        if (own) {
            own->before = i;
        }
    }
    for (uint32_t i = levels->n; i-- > 0 && run->rc == LGS_OK;) {
        parent = lgs_map_get(ids, levels->items[i].parent_id);
        if (levels->items[i].parent == NONE && parent) {
            levels->items[i].parent = parent->behind;
        }
        own = met_at(run, ids, levels->items[i].id);
        if (own) {
            own->behind = i;
        }
    }
    return run->rc == LGS_OK;
}

static bool is_too_deep(const struct lgs_levels_s *levels, uint32_t i)
{
    uint32_t depth = 0;

    while (i != NONE && depth < MAX_DEPTH) {
        i = levels->items[i].parent;
        depth++;
    }
    return i != NONE;
}

static bool link_levels(lgs_run_t *run, struct lgs_levels_s *levels)
{
    for (uint32_t i = 0; i < levels->n; i++) {
        level_t *level = &levels->items[i], *parent;

        if (is_too_deep(levels, i)) {
            level->parent = NONE;
        }
        if (level->parent == NONE) {
            continue;
        }
        parent = &levels->items[level->parent];
        if (parent->last == NONE) {
            parent->child = i;
        } else {
            levels->items[parent->last].next = i;
        }
        parent->last = i;
    }
    return lgs_mapping_work(run, levels->n);
}
