/*
 * How a value comes to be evaluated: which of the ways here, chosen at load by what it carries, so
 * that a run asks for nothing that the mapping has decided. What operations, objects and lists do
 * is elsewhere.
 */
#include "internal.h"

typedef bool (*eval_t)(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);

static eval_t choose_eval(const lgs_expr_t *expr);
static eval_t choose_path_eval(const lgs_path_t *path);
static void finish_fields(const lgs_compile_t *c, const lgs_object_t *object);
static bool eval_opened(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool eval_path(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool eval_var(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static inline bool take_found(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *node,
                              lgs_node_t *out);
static bool eval_member(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool eval_unless_lacking(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool eval_if(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static LGS_APART bool eval_or_default(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool is_null(const lgs_expr_t *expr, const lgs_node_t *node);

void lgs_mapping_choose_evals(lgs_compile_t *c)
{
    lgs_mapping_find_needs(c);
    for (lgs_expr_t *expr = c->exprs; expr; expr = expr->next) {
        expr->eval = choose_eval(expr);
    }
    for (const lgs_expr_t *expr = c->exprs; expr; expr = expr->next) {
        if (expr->op == &lgs_op_object) {
            finish_fields(c, expr->u.object);
        }
    }
}

static eval_t choose_eval(const lgs_expr_t *expr)
{
    if (expr->when) {
        return eval_if;
    }
    if (expr->fallback) {
        return eval_or_default;
    }
    if (expr->is_path) {
        return choose_path_eval(expr->u.path);
    }
    if (expr->needs.elements && expr->op == &lgs_op_object) {
        return lgs_mapping_eval_unless_bare;
    }
    return expr->needs.tags ? eval_unless_lacking : expr->op->run;
}

static eval_t choose_path_eval(const lgs_path_t *path)
{
    if (path->is_text) {
        return lgs_mapping_eval_element;
    }
    if (path->n == 0 && path->from == LGS_FROM_VAR) {
        return eval_var;
    }
    return path->n == 1 && path->steps[0].kind == LGS_STEP_NAME ? eval_member : eval_path;
}

static void finish_fields(const lgs_compile_t *c, const lgs_object_t *object)
{
    for (lgs_field_t *field = object->fields, *end = field + object->n; field < end; field++) {
        const lgs_expr_t *value = field->value;

        field->stays = field->is_const || object->keeps_nulls;
        field->asks = value->eval == eval_unless_lacking && !field->stays;
        field->eval = field->asks ? value->op->run : value->eval;
        if (c->mapping->is_xml && value->op != &lgs_op_object) {
            field->eval = eval_opened;
        }
    }
}

/* Of an XML element its text is put out. */
static bool eval_opened(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    if (!expr->eval(run, expr, out)) {
        return false;
    }
    lgs_mapping_open_text(run, out);
    return true;
}

/* To one value. */
static bool eval_path(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return take_found(run, expr, lgs_mapping_path_first(run, expr->u.path), out);
}

/* To all of a variable: without a frame, most often it is there. */
static bool eval_var(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    uint32_t slot = expr->u.path->index;

    return LGS_LIKELY(run->has_var[slot]) ? take_found(run, expr, &run->vars[slot], out)
                                          : eval_path(run, expr, out);
}

static inline bool take_found(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *node,
                              lgs_node_t *out)
{
    if (LGS_UNLIKELY(node == NULL || run->watch || node->offset == LGS_NO_OFFSET ||
                     lgs_mapping_null_length(expr->null_lengths, node->n))) {
        return lgs_mapping_finish_path(run, expr, node, out);
    }
    return lgs_mapping_take_read(node, out);
}

/* To a member of a small object: of a code list's entry, most often. */
static bool eval_member(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lgs_step_t *step = &expr->u.path->steps[0];
    const lgs_node_t *from = lgs_mapping_from(run, expr->u.path), *member;

    if (LGS_UNLIKELY(from == NULL || from->type != LGS_OBJECT ||
                     from->n > LGS_MAPPING_FREE_MEMBERS || run->watch)) {
        return eval_path(run, expr, out);
    }
    member = lgs_node_get_hashed(from, step->name, step->hash);
    if (member == NULL && step->index < 0) { /* of XML, an item that does not repeat is no 0 */
        return lgs_mapping_take_null(run, out);
    }
    if (member == NULL || LGS_UNLIKELY(lgs_mapping_null_length(expr->null_lengths, member->n))) {
        return eval_path(run, expr, out);
    }
    lgs_mapping_take_read(member, out);
    if (out->offset == LGS_NO_OFFSET) {
        out->offset = from->offset;
    }
    return true;
}

/* Null when none of the segments that its operands read is there. */
static bool eval_unless_lacking(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return lgs_mapping_lacks_tags(run, expr) ? lgs_mapping_take_null(run, out)
                                             : expr->op->run(run, expr, out);
}

static bool eval_if(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lgs_expr_t *instead;
    lgs_truth_t holds;

    if (expr->needs.tags && lgs_mapping_lacks_tags(run, expr)) {
        return lgs_mapping_take_null(run, out);
    }
    holds = lgs_mapping_holds(run, expr->when);
    if (holds == LGS_YES) {
        return LGS_LIKELY(expr->fallback == NULL) ? expr->op->run(run, expr, out)
                                                  : eval_or_default(run, expr, out);
    }
    if (holds == LGS_STOPS) {
        return false;
    }
    instead = expr->otherwise ? expr->otherwise : expr->fallback;
    return instead ? lgs_mapping_eval(run, instead, out) : lgs_mapping_take_null(run, out);
}

static bool eval_or_default(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return expr->op->run(run, expr, out) &&
           (out->type != LGS_NULL || lgs_mapping_eval(run, expr->fallback, out));
}

bool lgs_mapping_finish_path(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *node,
                             lgs_node_t *out)
{
    const lgs_path_t *path = expr->u.path;

    if (LGS_UNLIKELY(run->watch) && node) {
        lgs_watch_read(run->watch, node);
    }
    if (node == NULL || (expr->nulls && is_null(expr, node))) {
        lgs_mapping_take_null(run, out);
        return run->rc == LGS_OK;
    }
    *out = *node;
    out->flags |= LGS_NODE_MADE;
    if (out->offset == LGS_NO_OFFSET) {
        /* within an entry of a code list: its place is that of the key */
        out->offset = path->from == LGS_FROM_VAR ? run->vars[path->index].offset
                                                 : lgs_mapping_offset(run);
    }
    return true;
}

static bool is_null(const lgs_expr_t *expr, const lgs_node_t *node)
{
    if (node->type != LGS_STRING && node->type != LGS_NUMBER) {
        return false;
    }
    for (uint32_t i = 0; i < expr->nulls->n; i++) {
        if (lgs_str_eq(expr->nulls->items[i], lgs_mapping_text(node))) {
            return true;
        }
    }
    return false;
}
