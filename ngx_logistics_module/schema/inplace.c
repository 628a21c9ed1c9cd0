/* Kinds that apply other blocks to the same value: $ref, allOf, anyOf, oneOf, not, if. */
#include "program.h"

static void each_of(const op_t *op, const lgs_node_t *node, visit_t visit, void *data);
static void mark_holding(marks_t *marks, const op_t *op, const lgs_node_t *node);
static uint32_t count_holding(run_t *run, const blocks_t *blocks, const lgs_node_t *node,
                              uint32_t enough);

/* ---- $ref ---- */

static bool ref_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    bool holds;

    if (!lgs_run_enter(run, 0)) {
        return false;
    }
    holds = lgs_block_holds(run, op->arg.data, node);
    lgs_run_leave(run);
    return holds;
}

static void ref_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    lgs_explain_block(explain, op->arg.data, place);
}

static void ref_each(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    visit(data, op->arg.data, node);
}

static void ref_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    lgs_mark_block(marks, op->arg.data, node);
}

const kind_t lgs_kind_ref = {"$ref", ref_holds, ref_explain, ref_each, ref_mark};

/* ---- allOf ---- */

static bool all_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const blocks_t *blocks = op->arg.data;
    bool holds = true;

    if (!lgs_run_enter(run, blocks->n)) {
        return false;
    }
    for (uint32_t i = 0; holds && i < blocks->n; i++) {
        holds = lgs_block_holds(run, blocks->items[i], node);
    }
    lgs_run_leave(run);
    return holds;
}

static void all_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const blocks_t *blocks = op->arg.data;

    for (uint32_t i = 0; i < blocks->n; i++) {
        lgs_explain_block(explain, blocks->items[i], place);
    }
}

static void all_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    const blocks_t *blocks = op->arg.data;

    for (uint32_t i = 0; i < blocks->n; i++) {
        lgs_mark_block(marks, blocks->items[i], node);
    }
}

const kind_t lgs_kind_all = {"allOf", all_holds, all_explain, each_of, all_mark};

/* ---- anyOf, oneOf ---- */

static bool any_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return count_holding(run, op->arg.data, node, 1) == 1;
}

static void any_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    if (!any_holds(&explain->run, op, place->node) && !lgs_explain_is_full(explain)) {
        lgs_explain_nearest(explain, "anyOf", op->arg.data, place);
    }
}

const kind_t lgs_kind_any = {"anyOf", any_holds, any_explain, each_of, mark_holding};

static bool one_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return count_holding(run, op->arg.data, node, 2) == 1;
}

static void one_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const blocks_t *blocks = op->arg.data;
    uint32_t n = count_holding(&explain->run, blocks, place->node, UINT32_MAX);

    if (n == 1 || lgs_explain_is_full(explain)) {
        return;
    }
    if (n == 0) {
        lgs_explain_nearest(explain, "oneOf", blocks, place);
    } else {
        lgs_explain_say(explain, "oneOf", place,
                        "fits %u of the %u allowed forms; it must fit exactly one", n, blocks->n);
    }
}

const kind_t lgs_kind_one = {"oneOf", one_holds, one_explain, each_of, mark_holding};

/* Stops counting at `enough`. */
static uint32_t count_holding(run_t *run, const blocks_t *blocks, const lgs_node_t *node,
                              uint32_t enough)
{
    uint32_t n = 0;

    if (!lgs_run_enter(run, blocks->n)) {
        return 0;
    }
    for (uint32_t i = 0; n < enough && i < blocks->n; i++) {
        n += lgs_block_holds(run, blocks->items[i], node);
    }
    lgs_run_leave(run);
    return n;
}

static void each_of(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    const blocks_t *blocks = op->arg.data;

    for (uint32_t i = 0; i < blocks->n; i++) {
        visit(data, blocks->items[i], node);
    }
}

static void mark_holding(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    const blocks_t *blocks = op->arg.data;

    for (uint32_t i = 0; i < blocks->n; i++) {
        lgs_mark_if_holds(marks, blocks->items[i], node);
    }
}

/* ---- not ---- */

static bool not_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return !ref_holds(run, op, node);
}

static void not_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    if (!not_holds(&explain->run, op, place->node)) {
        lgs_explain_value(explain, "not", place, "has a form that is excluded here");
    }
}

const kind_t lgs_kind_not = {"not", not_holds, not_explain, ref_each, NULL};

/* ---- if ---- */

/* What `if` leads to, or NULL. */
static const block_t *choose(run_t *run, const condition_t *condition, const lgs_node_t *node)
{
    return condition->parts[lgs_block_holds(run, condition->parts[0], node) ? 1 : 2];
}

static bool if_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const block_t *next;
    bool holds;

    if (!lgs_run_enter(run, 1)) {
        return false;
    }
    next = choose(run, op->arg.data, node);
    holds = next == NULL || lgs_block_holds(run, next, node);
    lgs_run_leave(run);
    return holds;
}

static void if_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const block_t *next = choose(&explain->run, op->arg.data, place->node);

    if (next) {
        lgs_explain_block(explain, next, place);
    }
}

static void if_each(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    const condition_t *condition = op->arg.data;

    for (size_t i = 0; i < LGS_N(condition->parts); i++) {
        if (condition->parts[i]) {
            visit(data, condition->parts[i], node);
        }
    }
}

static void if_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    const condition_t *condition = op->arg.data;
    const block_t *next = choose(marks->run, condition, node);

    lgs_mark_if_holds(marks, condition->parts[0], node);
    if (next) {
        lgs_mark_block(marks, next, node);
    }
}

const kind_t lgs_kind_if = {"if", if_holds, if_explain, if_each, if_mark};
