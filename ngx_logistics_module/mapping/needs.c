/*
 * What a value cannot be without: segments in the list of a scope, or elements of the segment that
 * opened it. Without any of them it is null, and there is nothing to tell of it, so a run passes
 * over all of it with one look. Found when all is compiled, from the innermost values outwards.
 */
#include "path_edi.h"

static lgs_needs_t find(const lgs_expr_t *expr);
static lgs_needs_t find_path(const lgs_path_t *path);
static lgs_needs_t find_object(const lgs_object_t *object);
static bool has_any(lgs_needs_t needs);

void lgs_mapping_stands_with(lgs_expr_t *expr, const lgs_exprs_t *operands, bool but_constants)
{
    expr->operands = *operands;
    expr->but_constants = but_constants;
}

/* Operands are compiled after what they are operands of. */
void lgs_mapping_find_needs(lgs_compile_t *c)
{
    for (lgs_expr_t *expr = c->exprs; expr; expr = expr->next) {
        expr->needs = find(expr);
    }
}

static lgs_needs_t find(const lgs_expr_t *expr)
{
    if (expr->fallback || expr->otherwise) {
        return (lgs_needs_t){0};
    }
    if (expr->when) {
        return lgs_mapping_cond_needs(expr->when);
    }
    if (expr->op == &lgs_op_path) {
        return find_path(expr->u.path);
    }
    if (expr->op == &lgs_op_each) {
        return expr->u.each->loop.list ? (lgs_needs_t){0} : find_path(expr->u.each->loop.path);
    }
    if (expr->op == &lgs_op_object) {
        return find_object(expr->u.object);
    }
    if (expr->op->run == lgs_op_pass_run) {
        return ((const lgs_expr_t *)expr->u.args)->needs;
    }
    return lgs_mapping_all_needs(&expr->operands, expr->but_constants);
}

lgs_needs_t lgs_mapping_all_needs(const lgs_exprs_t *operands, bool but_constants)
{
    lgs_needs_t needs = {0};

    for (uint32_t i = 0; i < operands->n; i++) {
        const lgs_expr_t *operand = operands->items[i];

        if (!(but_constants && operand->is_const) &&
            !lgs_mapping_add_needs(&needs, operand->needs)) {
            return (lgs_needs_t){0};
        }
    }
    return needs;
}

bool lgs_mapping_add_needs(lgs_needs_t *needs, lgs_needs_t more)
{
    bool is_alike = needs->scope == more.scope && !needs->tags == !more.tags;

    if (!has_any(more) || (has_any(*needs) && !is_alike)) {
        return false;
    }
    needs->scope = more.scope;
    needs->tags |= more.tags;
    needs->elements |= more.elements;
    return true;
}

static bool has_any(lgs_needs_t needs)
{
    return needs.tags || needs.elements;
}

static lgs_needs_t find_path(const lgs_path_t *path)
{
    lgs_needs_t needs = {.scope = path->index};

    if (path->from != LGS_FROM_SCOPE || path->n == 0) {
        return needs;
    }
    if (path->steps[0].kind == LGS_STEP_SEGMENT) {
        needs.tags = lgs_edi_tag_bit(lgs_edi_tag(path->steps[0].name));
    } else if (path->is_text) {
        needs.elements = lgs_edi_element_bit(path->steps[1].name);
    }
    return needs;
}

/* One of which nothing but constants is left is null. */
static lgs_needs_t find_object(const lgs_object_t *object)
{
    lgs_needs_t needs = {0};

    if (object->stays || object->keeps_nulls) {
        return needs;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_field_t *field = &object->fields[i];

        if (!field->is_const && !lgs_mapping_add_needs(&needs, field->value->needs)) {
            return (lgs_needs_t){0};
        }
    }
    return needs;
}
