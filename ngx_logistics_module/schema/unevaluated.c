/*
 * unevaluatedItems and unevaluatedProperties. When one is met, everything else in its schema has
 * already said yes; so what was looked at is found by going through the schema once more, and only
 * where a branch may not have applied (anyOf, oneOf, if, contains) is it asked again.
 */
#include "program.h"

#define FEW_WORDS 8u /* of 64 marks on the stack; more are allocated */

typedef struct {
    marks_t marks;
    uint64_t few[FEW_WORDS];
    lgs_arena_t *arena;
} sheet_t;

static bool begin(sheet_t *sheet, run_t *run, const op_t *op, const lgs_node_t *node);
static void end(sheet_t *sheet);
static const lgs_node_t *child(const lgs_node_t *node, uint32_t index);
static void say_unexpected(explain_t *explain, const op_t *op, const place_t *place);

void lgs_mark_block(marks_t *marks, const block_t *block, const lgs_node_t *node)
{
    if (marks->all || !lgs_run_enter(marks->run, 0)) {
        return;
    }
    for (const op_t *op = block->by_type[node->type]; op->holds; op++) {
        if (op->kind->mark) {
            op->kind->mark(marks, op, node);
        }
    }
    lgs_run_leave(marks->run);
}

void lgs_mark_if_holds(marks_t *marks, const block_t *block, const lgs_node_t *node)
{
    if (!marks->all && lgs_block_holds(marks->run, block, node)) {
        lgs_mark_block(marks, block, node);
    }
}

/* Marks what stands before `op` in its list. */
static bool begin(sheet_t *sheet, run_t *run, const op_t *op, const lgs_node_t *node)
{
    const unevaluated_t *unevaluated = op->arg.data;
    size_t n_words = (size_t)node->n / 64 + 1;

    *sheet = (sheet_t){.marks = {.run = run, .bits = sheet->few}};
    if (n_words > FEW_WORDS) {
        sheet->arena = lgs_arena_create(n_words * sizeof(uint64_t) + 64, 0);
        sheet->marks.bits = sheet->arena ? lgs_arena_array(sheet->arena, n_words, sizeof(uint64_t))
                                         : NULL;
    }
    if (sheet->marks.bits == NULL) {
        run->trouble = LGS_NOMEM;
        run->reason = "out-of-memory";
        end(sheet);
        return false;
    }
    for (const op_t *other = unevaluated->owner->by_type[node->type]; other != op; other++) {
        if (other->kind->mark) {
            other->kind->mark(&sheet->marks, other, node);
        }
    }
    return true;
}

static void end(sheet_t *sheet)
{
    lgs_arena_destroy(sheet->arena);
}

static const lgs_node_t *child(const lgs_node_t *node, uint32_t index)
{
    return node->type == LGS_ARRAY ? &node->u.items[index] : &node->u.members[index].value;
}

static bool unevaluated_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const unevaluated_t *unevaluated = op->arg.data;
    bool holds = true;
    sheet_t sheet;

    if (!lgs_run_enter(run, node->n)) {
        return false;
    }
    if (!begin(&sheet, run, op, node)) {
        lgs_run_leave(run);
        return false;
    }
    for (uint32_t i = 0; holds && !sheet.marks.all && i < node->n; i++) {
        holds = lgs_is_marked(&sheet.marks, i) ||
                lgs_block_holds(run, unevaluated->block, child(node, i));
    }
    end(&sheet);
    lgs_run_leave(run);
    return holds;
}

static void unevaluated_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const unevaluated_t *unevaluated = op->arg.data;
    const lgs_node_t *node = place->node;
    sheet_t sheet;

    if (!begin(&sheet, &explain->run, op, node)) {
        return;
    }
    for (uint32_t i = 0; !sheet.marks.all && i < node->n; i++) {
        place_t below = {.up = place, .node = child(node, i), .index = i};

        below.name = node->type == LGS_OBJECT ? &node->u.members[i].name : NULL;
        if (lgs_is_marked(&sheet.marks, i)) {
            continue;
        }
        if (unevaluated->block->never) {
            say_unexpected(explain, op, &below);
        } else {
            lgs_explain_block(explain, unevaluated->block, &below);
        }
    }
    end(&sheet);
}

static void say_unexpected(explain_t *explain, const op_t *op, const place_t *place)
{
    place_t there = *place;

    there.is_about_name = place->name != NULL;
    lgs_explain_say(explain, op->kind->keyword, &there, "is not expected here");
}

static void unevaluated_each(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    const unevaluated_t *unevaluated = op->arg.data;
    run_t run = {.steps = LGS_SCHEMA_STEPS, .depth = LGS_SCHEMA_DEPTH};
    sheet_t sheet;

    if (!begin(&sheet, &run, op, node)) {
        return;
    }
    for (uint32_t i = 0; !sheet.marks.all && i < node->n; i++) {
        if (!lgs_is_marked(&sheet.marks, i)) {
            visit(data, unevaluated->block, child(node, i));
        }
    }
    end(&sheet);
}

static void unevaluated_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    marks->all = true;
}

const kind_t lgs_kind_unevaluated_items = {"unevaluatedItems", unevaluated_holds,
                                           unevaluated_explain, unevaluated_each, unevaluated_mark};
const kind_t lgs_kind_unevaluated_properties = {"unevaluatedProperties", unevaluated_holds,
                                                unevaluated_explain, unevaluated_each,
                                                unevaluated_mark};
