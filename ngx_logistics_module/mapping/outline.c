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

typedef struct {
    const lgs_mapping_t *mapping;
    void (*visit)(void *data, const lgs_outline_constant_t *constant);
    void *data;
    lgs_str_t part;
} walk_t;

static void add_block(outline_t *o, const lgs_block_t *block);
static void add_record(outline_t *o, const lgs_expr_t *record);
static lgs_node_t outline(outline_t *o, const lgs_expr_t *expr, unsigned depth);
static lgs_node_t outline_object(outline_t *o, const lgs_object_t *object, unsigned depth);
static lgs_node_t outline_list(outline_t *o, const lgs_expr_t *const *items, uint32_t n,
                               unsigned depth);
static void walk_block(walk_t *walk, const lgs_block_t *block);
static void walk_expr(walk_t *walk, lgs_str_t name, const lgs_expr_t *expr, unsigned depth);
static void walk_constant(walk_t *walk, const lgs_expr_t *expr, lgs_str_t name,
                          const lgs_node_t *value, unsigned depth);
static void walk_object(walk_t *walk, const lgs_object_t *object, unsigned depth);

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

void lgs_mapping_constants(const lgs_mapping_t *mapping,
                           void (*visit)(void *data, const lgs_outline_constant_t *constant),
                           void *data)
{
    walk_t walk = {mapping, visit, data, {NULL, 0}};

    walk_block(&walk, &mapping->top);
}

static void walk_block(walk_t *walk, const lgs_block_t *block)
{
    if (block->record) {
        walk_expr(walk, LGS_STR(""), block->record, 0);
    }
    for (uint32_t i = 0; i < block->n_blocks; i++) {
        walk_block(walk, &block->blocks[i]);
    }
}

/* `name`: of the member whose value it is, or may be. */
static void walk_expr(walk_t *walk, lgs_str_t name, const lgs_expr_t *expr, unsigned depth)
{
    if (expr == NULL || depth == LGS_MAPPING_MAX_NESTING) {
        return;
    }
    if (expr->op == &lgs_op_const) {
        walk_constant(walk, expr, name, &expr->u.value, depth);
    } else if (expr->op == &lgs_op_object) {
        walk_object(walk, expr->u.object, depth);
    } else if (expr->op == &lgs_op_list) {
        for (uint32_t i = 0; i < expr->u.list.n; i++) {
            walk_expr(walk, name, expr->u.list.items[i], depth + 1);
        }
    } else if (expr->op == &lgs_op_each) {
        walk_expr(walk, name, expr->u.each->body, depth + 1);
    } else if (expr->op->run == lgs_op_pass_run) {
        walk_expr(walk, name, expr->u.args, depth + 1);
    }
    walk_expr(walk, name, expr->otherwise, depth + 1);
    walk_expr(walk, name, expr->fallback, depth + 1);
}

/* Also what stands within it. */
static void walk_constant(walk_t *walk, const lgs_expr_t *expr, lgs_str_t name,
                          const lgs_node_t *value, unsigned depth)
{
    lgs_outline_constant_t constant = {walk->part, name, *value, walk->mapping->files[expr->file]};
    bool is_object = value->type == LGS_OBJECT;

    if (depth == LGS_MAPPING_MAX_NESTING) {
        return;
    }
    if (!is_object && value->type != LGS_ARRAY) {
        constant.value.offset = expr->offset;
        walk->visit(walk->data, &constant);
        return;
    }
    for (uint32_t i = 0; i < value->n; i++) {
        walk_constant(walk, expr, is_object ? lgs_node_text(&value->u.members[i].name) : name,
                      is_object ? &value->u.members[i].value : &value->u.items[i], depth + 1);
    }
}

static void walk_object(walk_t *walk, const lgs_object_t *object, unsigned depth)
{
    for (uint32_t i = 0; i < object->n; i++) {
        lgs_str_t name = lgs_node_text(&object->fields[i].name);

        walk->part = depth == 0 ? name : walk->part;
        walk_expr(walk, name, object->fields[i].value, depth + 1);
    }
}
