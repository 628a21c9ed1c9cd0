/* Kinds that look at an array: prefixItems, items, contains, uniqueItems. */
#include "program.h"

#define FEW        16u /* items that are compared each with each */
#define HASH_DEPTH 32u /* below it values only hash by their type */

static const block_t *block_at(const items_t *items, uint32_t index);
static int64_t twin_of_few(const lgs_node_t *array, uint32_t *twin);
static int64_t twin_by_hash(run_t *run, const lgs_node_t *array, slot_t *slots, uint32_t mask,
                            uint32_t *twin);
static uint32_t hash_value(const lgs_node_t *node, uint32_t depth);

/* ---- prefixItems, items ---- */

static const block_t *block_at(const items_t *items, uint32_t index)
{
    return index < items->n_prefix ? items->prefix[index] : items->rest;
}

static bool items_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const items_t *items = op->arg.data;
    bool holds = true;

    if (!lgs_run_enter(run, node->n)) {
        return false;
    }
    for (uint32_t i = 0; holds && i < node->n; i++) {
        const block_t *block = block_at(items, i);

        holds = block == NULL || lgs_block_holds(run, block, &node->u.items[i]);
    }
    lgs_run_leave(run);
    return holds;
}

static void items_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const items_t *items = op->arg.data;

    for (uint32_t i = 0; i < place->node->n; i++) {
        place_t below = {.up = place, .node = &place->node->u.items[i], .index = i};

        if (block_at(items, i)) {
            lgs_explain_block(explain, block_at(items, i), &below);
        }
    }
}

static void items_each(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    const items_t *items = op->arg.data;

    for (uint32_t i = 0; i < node->n; i++) {
        if (block_at(items, i)) {
            visit(data, block_at(items, i), &node->u.items[i]);
        }
    }
}

static void items_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    const items_t *items = op->arg.data;

    marks->all |= items->rest != NULL;
    for (uint32_t i = 0; i < items->n_prefix && i < node->n; i++) {
        lgs_mark(marks, i);
    }
}

const kind_t lgs_kind_items = {"items", items_holds, items_explain, items_each, items_mark};

/* ---- contains, minContains, maxContains ---- */

static uint64_t count_fitting(run_t *run, const contains_t *contains, const lgs_node_t *node)
{
    uint64_t n = 0;

    if (!lgs_run_enter(run, node->n)) {
        return 0;
    }
    for (uint32_t i = 0; i < node->n && n <= contains->max; i++) {
        n += lgs_block_holds(run, contains->block, &node->u.items[i]);
        if (n >= contains->min && contains->max == UINT64_MAX) {
            break;
        }
    }
    lgs_run_leave(run);
    return n;
}

static bool contains_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const contains_t *contains = op->arg.data;
    uint64_t n = count_fitting(run, contains, node);

    return n >= contains->min && n <= contains->max;
}

static void contains_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const contains_t *contains = op->arg.data;
    unsigned long long n = count_fitting(&explain->run, contains, place->node);

    if (n < contains->min) {
        lgs_explain_say(explain, contains->min == 1 ? "contains" : "minContains", place,
                        "has %llu items of the form that is needed %llu times or more", n,
                        (unsigned long long)contains->min);
    } else if (n > contains->max) {
        lgs_explain_say(explain, "maxContains", place,
                        "has more than %llu items of a form that is allowed no more often",
                        (unsigned long long)contains->max);
    }
}

static void contains_each(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    const contains_t *contains = op->arg.data;

    for (uint32_t i = 0; i < node->n; i++) {
        visit(data, contains->block, &node->u.items[i]);
    }
}

static void contains_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    const contains_t *contains = op->arg.data;

    for (uint32_t i = 0; contains->marks && i < node->n; i++) {
        if (lgs_block_holds(marks->run, contains->block, &node->u.items[i])) {
            lgs_mark(marks, i);
        }
    }
}

const kind_t lgs_kind_contains = {"contains", contains_holds, contains_explain, contains_each,
                                  contains_mark};

/* ---- uniqueItems ---- */

static bool unique_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    uint32_t twin;

    return lgs_items_twin(run, node, &twin) < 0 && run->trouble == LGS_OK;
}

static void unique_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    uint32_t twin = 0;
    int64_t at = lgs_items_twin(&explain->run, place->node, &twin);

    if (at >= 0) {
        lgs_explain_say(explain, "uniqueItems", place,
                        "has the same value twice, at index %u and %u", twin, (unsigned)at);
    }
}

const kind_t lgs_kind_unique = {"uniqueItems", unique_holds, unique_explain, NULL, NULL};

int64_t lgs_items_twin(run_t *run, const lgs_node_t *array, uint32_t *twin)
{
    uint32_t size = 2 * FEW;
    lgs_arena_t *arena;
    slot_t *slots;
    int64_t at = -1;

    if (array->n <= FEW) {
        return twin_of_few(array, twin);
    }
    while (size < array->n * 2) {
        size *= 2;
    }
    arena = lgs_arena_create(size * sizeof(*slots) + 64, 0);
    slots = arena ? lgs_arena_array(arena, size, sizeof(*slots)) : NULL;
    if (slots) {
        at = twin_by_hash(run, array, slots, size - 1, twin);
    } else {
        run->trouble = LGS_NOMEM;
        run->reason = "out-of-memory";
    }
    lgs_arena_destroy(arena);
    return at;
}

static int64_t twin_of_few(const lgs_node_t *array, uint32_t *twin)
{
    for (uint32_t i = 1; i < array->n; i++) {
        for (*twin = 0; *twin < i; ++*twin) {
            if (lgs_node_equal(&array->u.items[i], &array->u.items[*twin])) {
                return i;
            }
        }
    }
    return -1;
}

/* Every probe is a step, so that a document made of colliding values ends at the ceiling. */
static int64_t twin_by_hash(run_t *run, const lgs_node_t *array, slot_t *slots, uint32_t mask,
                            uint32_t *twin)
{
    for (uint32_t i = 0; i < array->n; i++) {
        uint32_t hash = hash_value(&array->u.items[i], HASH_DEPTH), at = hash & mask;

        for (; slots[at].index; at = (at + 1) & mask) {
            if (!lgs_run_enter(run, 0)) {
                return -1;
            }
            lgs_run_leave(run);
            *twin = slots[at].index - 1;
            if (slots[at].hash == hash &&
                lgs_node_equal(&array->u.items[i], &array->u.items[*twin])) {
                return i;
            }
        }
        slots[at] = (slot_t){hash, i + 1};
    }
    return -1;
}

/* Equal values (lgs_node_equal) have equal hashes: members are added up, whatever their order. */
static uint32_t hash_value(const lgs_node_t *node, uint32_t depth)
{
    uint32_t hash = (node->type + 1) * 0x9e3779b1u;
    lgs_number_t number;

    if (depth == 0) {
        return hash;
    }
    switch (node->type) {
    case LGS_BOOL:
        return hash + node->u.truth;
    case LGS_NUMBER:
        number = lgs_number_read(lgs_node_text(node));
        return hash ^ lgs_number_hash(&number);
    case LGS_STRING:
        return hash ^ lgs_hash(node->u.text, node->n);
    case LGS_ARRAY:
        for (uint32_t i = 0; i < node->n; i++) {
            hash = (hash ^ hash_value(&node->u.items[i], depth - 1)) * 0x85ebca6bu;
        }
        return hash;
    case LGS_OBJECT:
        for (uint32_t i = 0; i < node->n; i++) {
            const lgs_member_t *member = &node->u.members[i];

            hash += (member->name.hash ^ hash_value(&member->value, depth - 1)) * 0xc2b2ae35u;
        }
        return hash;
    default:
        return hash;
    }
}
