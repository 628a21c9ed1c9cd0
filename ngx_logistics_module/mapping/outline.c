/*
 * The outline of a mapping (outline.h): a walk over its compiled blocks and values, without a
 * document. Templates are unfolded already.
 */
#include "outline.h"

#include "internal.h"

typedef struct {
    lgs_arena_t *arena;
    lgs_node_t *records;
    uint32_t n, size;
    bool failed; /* no memory */
} outline_t;

static void add_block(outline_t *o, const lgs_block_t *block);
static void add_record(outline_t *o, const lgs_expr_t *record);
static lgs_node_t outline(outline_t *o, const lgs_expr_t *expr, unsigned depth);
static lgs_node_t outline_object(outline_t *o, const lgs_object_t *object, unsigned depth);
static lgs_node_t outline_list(outline_t *o, const lgs_expr_t *const *items, uint32_t n,
                               unsigned depth);

lgs_rc_t lgs_mapping_outline(const lgs_mapping_t *mapping, lgs_arena_t *arena, lgs_node_t **records,
                             uint32_t *n)
{
    outline_t o = {.arena = arena};

    add_block(&o, &mapping->top);
    *records = o.records;
    *n = o.n;
    return o.failed ? LGS_NOMEM : LGS_OK;
}

/* Recursion is bounded by LGS_MAPPING_MAX_SCOPES. */
static void add_block(outline_t *o, const lgs_block_t *block)
{
    if (block->record) {
        add_record(o, block->record);
    }
    for (uint32_t i = 0; i < block->n_blocks; i++) {
        add_block(o, &block->blocks[i]);
    }
}

static void add_record(outline_t *o, const lgs_expr_t *record)
{
    if (o->n == o->size) {
        uint32_t size = o->size ? 2 * o->size : 16;
        lgs_node_t *grown = lgs_arena_grow(o->arena, o->records, o->size * sizeof(*grown),
                                           size * sizeof(*grown));

        if (grown == NULL) {
            o->failed = true;
            return;
        }
        o->records = grown;
        o->size = size;
    }
    o->records[o->n++] = outline(o, record, 0);
}

static lgs_node_t outline(outline_t *o, const lgs_expr_t *expr, unsigned depth)
{
    lgs_node_t none = {.type = LGS_NULL, .flags = LGS_NODE_MADE}, known = none;

    if (expr == NULL || depth == LGS_MAPPING_MAX_NESTING) {
        return none;
    }
    if (expr->op == &lgs_op_const) {
        return expr->u.value;
    }
    if (expr->op == &lgs_op_object) {
        return outline_object(o, expr->u.object, depth);
    }
    if (expr->op == &lgs_op_list) {
        return outline_list(o, expr->u.list.items, expr->u.list.n, depth);
    }
    if (expr->op == &lgs_op_each) {
        return outline_list(o, (const lgs_expr_t *const *)&expr->u.each->body, 1, depth);
    }
    if (expr->op->run == lgs_op_pass_run) {
        known = outline(o, expr->u.args, depth + 1);
    }
    return known.type == LGS_NULL ? outline(o, expr->otherwise, depth + 1) : known;
}

static lgs_node_t outline_object(outline_t *o, const lgs_object_t *object, unsigned depth)
{
    lgs_member_t *members = lgs_arena_array(o->arena, object->n, sizeof(*members));
    lgs_node_t node = {.type = LGS_OBJECT, .flags = LGS_NODE_MADE, .u.members = members};

    o->failed |= members == NULL;
    for (uint32_t i = 0; members && i < object->n; i++) {
        members[i].name = object->fields[i].name;
        members[i].value = outline(o, object->fields[i].value, depth + 1);
        node.n++;
    }
    return node;
}

/* A list of one for what is made for each item of another. */
static lgs_node_t outline_list(outline_t *o, const lgs_expr_t *const *items, uint32_t n,
                               unsigned depth)
{
    lgs_node_t *nodes = lgs_arena_array(o->arena, n, sizeof(*nodes));
    lgs_node_t node = {.type = LGS_ARRAY, .flags = LGS_NODE_MADE, .u.items = nodes};

    o->failed |= nodes == NULL;
    for (uint32_t i = 0; nodes && i < n; i++) {
        const lgs_expr_t *item = items[i];

        nodes[node.n++] = outline(o, item && item->op == &lgs_op_each ? item->u.each->body : item,
                                  depth + 1);
    }
    return node;
}
