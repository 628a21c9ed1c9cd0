/*
 * Values of a mapping file: constants, paths, output objects and lists, operations, and what every
 * value may carry (when, default, null_values). A plain string is a text, unless it looks like a
 * path; where an operation wants its operand, it is a path.
 */
#include "../formats/json.h"
#include "include.h"

static const lgs_expr_t *compile(lgs_compile_t *c, const lgs_node_t *node, bool is_source);
static bool detach(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to, unsigned depth);
static bool detach_items(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to, unsigned depth);
static bool detach_members(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to,
                           unsigned depth);
static lgs_expr_t *new_expr(lgs_compile_t *c, const lgs_node_t *node, const lgs_op_t *op);
static const lgs_expr_t *compile_include(lgs_compile_t *c, const lgs_node_t *node, bool is_source);
static const lgs_expr_t *compile_const(lgs_compile_t *c, const lgs_node_t *node,
                                       const lgs_node_t *value);
static const lgs_expr_t *compile_path(lgs_compile_t *c, const lgs_node_t *node);
static bool is_element(lgs_str_t text);
static void note_element(lgs_compile_t *c, const lgs_node_t *node);
static bool check_member(lgs_compile_t *c, const lgs_node_t *node, const lgs_path_t *path);
static const lgs_expr_t *compile_list(lgs_compile_t *c, const lgs_node_t *node);
static bool add_items(lgs_compile_t *c, const lgs_node_t *node, lgs_exprs_t *list);
static const lgs_expr_t *compile_item(lgs_compile_t *c, const lgs_node_t *item);
static bool is_list_of_items(lgs_compile_t *c, const lgs_node_t *item);
static const lgs_expr_t *compile_each(lgs_compile_t *c, const lgs_node_t *node);
static bool check_misspelled(lgs_compile_t *c, const lgs_node_t *node, bool is_source);
static bool is_misspelled(const lgs_node_t *node, lgs_str_t name, lgs_str_t near);
static const lgs_op_t *find_op(const lgs_node_t *node, const lgs_node_t **main);
static const lgs_expr_t *compile_op(lgs_compile_t *c, const lgs_node_t *node, const lgs_op_t *op,
                                    const lgs_node_t *main);
static bool check_args(lgs_compile_t *c, const lgs_node_t *node, const lgs_op_t *op);
static const lgs_expr_t *compile_fields(lgs_compile_t *c, const lgs_node_t *node,
                                        const char *const *skip, bool is_record);
static bool add_fields(lgs_compile_t *c, lgs_object_t *object, const lgs_node_t *node,
                       const char *const *skip);
static bool is_field_of(const lgs_object_t *object, lgs_str_t name);
static bool add_field(lgs_compile_t *c, lgs_object_t *object, const lgs_member_t *member,
                      bool is_record);
static bool is_spread(lgs_compile_t *c, lgs_str_t name);
static bool check_spread(lgs_compile_t *c, const lgs_object_t *object, const lgs_field_t *field);
static const lgs_expr_t *moment(lgs_compile_t *c, const lgs_node_t *node);
static bool is_one_of(lgs_str_t name, const char *const *list);

#define MAX_OPS 64u

/* What any operation may carry beside its own arguments. */
#define COMMON_ARGS "when default null_values"

const lgs_expr_t *lgs_mapping_value(lgs_compile_t *c, const lgs_node_t *node)
{
    return compile(c, node, false);
}

const lgs_expr_t *lgs_mapping_source(lgs_compile_t *c, const lgs_node_t *node)
{
    return compile(c, node, true);
}

bool lgs_mapping_sources(lgs_compile_t *c, const lgs_node_t *node, uint32_t max, lgs_exprs_t *list)
{
    uint32_t n = node->type == LGS_ARRAY ? node->n : 1;
    bool ok = true;

    if (n == 0 || n > max) {
        return lgs_mapping_finding(c, node, "1 to %u parts are wanted here, not %u", max, n);
    }
    list->items = lgs_arena_array(c->arena, n, sizeof(*list->items));
    if (list->items == NULL) {
        return lgs_mapping_nomem(c);
    }
    list->n = n;
    for (uint32_t i = 0; i < n; i++) {
        list->items[i] = lgs_mapping_source(c, node->type == LGS_ARRAY ? &node->u.items[i] : node);
        ok = ok && list->items[i];
    }
    return ok;
}

const lgs_expr_t *lgs_mapping_record(lgs_compile_t *c, const lgs_node_t *node,
                                     const char *const *skip)
{
    return compile_fields(c, node, skip, true);
}

const lgs_texts_t *lgs_mapping_texts(lgs_compile_t *c, const lgs_node_t *node)
{
    lgs_texts_t *texts = lgs_arena_alloc(c->arena, sizeof(*texts));
    uint32_t n = node->type == LGS_ARRAY ? node->n : 1;
    lgs_str_t *items = lgs_arena_array(c->arena, n, sizeof(*items));

    if (texts == NULL || items == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    *texts = (lgs_texts_t){items, n};
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *item = node->type == LGS_ARRAY ? &node->u.items[i] : node;

        if (item->type != LGS_STRING && item->type != LGS_NUMBER) {
            lgs_mapping_finding(c, item, "a text is wanted here");
            return NULL;
        }
        items[i] = lgs_mapping_text(item);
    }
    return texts;
}

bool lgs_mapping_detach(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to)
{
    return detach(c, from, to, 0);
}

static bool detach(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to, unsigned depth)
{
    if (depth == LGS_MAPPING_MAX_NESTING) {
        return lgs_mapping_finding(c, from, "more than %u values within each other",
                                   LGS_MAPPING_MAX_NESTING);
    }
    *to = *from;
    to->offset = LGS_NO_OFFSET;
    to->flags = LGS_NODE_MADE;
    if (from->type == LGS_STRING && lgs_mapping_is_plain(lgs_mapping_text(from))) {
        to->flags |= LGS_NODE_PLAIN;
    }
    if (from->type == LGS_ARRAY) {
        return detach_items(c, from, to, depth);
    }
    return from->type != LGS_OBJECT || detach_members(c, from, to, depth);
}

static bool detach_items(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to, unsigned depth)
{
    lgs_node_t *items = lgs_arena_array(c->arena, from->n, sizeof(*items));

    if (items == NULL) {
        return lgs_mapping_nomem(c);
    }
    to->u.items = items;
    for (uint32_t i = 0; i < from->n; i++) {
        if (!detach(c, &from->u.items[i], &items[i], depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool detach_members(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to, unsigned depth)
{
    lgs_member_t *members = lgs_arena_array(c->arena, from->n, sizeof(*members));

    if (members == NULL) {
        return lgs_mapping_nomem(c);
    }
    to->u.members = members;
    for (uint32_t i = 0; i < from->n; i++) {
        const lgs_node_t *name = &from->u.members[i].name;

        if (!detach(c, name, &members[i].name, depth + 1) ||
            !detach(c, &from->u.members[i].value, &members[i].value, depth + 1)) {
            return false;
        }
        members[i].name.hash = lgs_hash(name->u.text, name->n);
    }
    return true;
}

/* Recursion is bounded by LGS_MAPPING_MAX_NESTING. */
static const lgs_expr_t *compile(lgs_compile_t *c, const lgs_node_t *node, bool is_source)
{
    const lgs_expr_t *expr;
    const lgs_node_t *main;
    const lgs_op_t *op;

    if (c->nesting == LGS_MAPPING_MAX_NESTING) {
        lgs_mapping_finding(c, node, "more than %u values within each other",
                            LGS_MAPPING_MAX_NESTING);
        return NULL;
    }
    c->nesting++;
    if (node->type == LGS_STRING) {
        bool is_path = is_source || c->syntax->is_path(lgs_mapping_text(node));

        expr = is_path ? compile_path(c, node) : compile_const(c, node, node);
        if (!is_path && !c->is_alone && lgs_mapping_is_edi(c)) {
            note_element(c, node);
        }
    } else if (node->type == LGS_ARRAY) {
        expr = compile_list(c, node);
    } else if (node->type != LGS_OBJECT) {
        expr = compile_const(c, node, node);
    } else if (lgs_node_at(node, "include")) {
        expr = compile_include(c, node, is_source);
    } else if ((op = find_op(node, &main)) != NULL) {
        expr = compile_op(c, node, op, main);
    } else if (check_misspelled(c, node, is_source)) {
        expr = lgs_mapping_object(c, node);
    } else {
        expr = NULL;
    }
    c->nesting--;
    return expr;
}

/* Digits, a slash, digits: as an element and its component are written. */
static bool is_element(lgs_str_t text)
{
    uint32_t slashes = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool is_inner = i > 0 && i + 1 < text.len && i <= 3;

        if (text.data[i] == '/' && is_inner) {
            slashes++;
        } else if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return slashes == 1;
}

/* "2/0" where a value stands is a text; where an operation wants a path it is an element. */
static void note_element(lgs_compile_t *c, const lgs_node_t *node)
{
    lgs_str_t text = lgs_mapping_text(node);

    if (is_element(text)) {
        lgs_mapping_load_note(c, node,
                              "\"%.*s\"%s is a text here: write {path: %.*s} for the element, "
                              "{const: %.*s} if that is meant",
                              LGS_QUOTE(text), lgs_mapping_quote_len(text), text.data,
                              lgs_mapping_quote_len(text), text.data);
    }
}

/* A template of a value stands for it; one of fields is part of an object. */
static const lgs_expr_t *compile_include(lgs_compile_t *c, const lgs_node_t *node, bool is_source)
{
    const lgs_expr_t *expr;
    lgs_template_t found;
    lgs_included_t in;

    if (!lgs_include_peek(c, node, &found)) {
        return NULL;
    }
    if (found.kind != LGS_TEMPLATE_VALUE) {
        return lgs_mapping_object(c, node);
    }
    if (!lgs_mapping_keys(c, node, "an include of a value", "include with", NULL) ||
        !lgs_include_enter(c, node, LGS_TEMPLATE_VALUE, &in)) {
        return NULL;
    }
    expr = compile(c, in.content, is_source);
    lgs_include_leave(c, &in);
    return expr;
}

static lgs_expr_t *new_expr(lgs_compile_t *c, const lgs_node_t *node, const lgs_op_t *op)
{
    lgs_expr_t *expr;

    if (++c->n_exprs > LGS_MAPPING_MAX_EXPRS) {
        if (c->n_exprs == LGS_MAPPING_MAX_EXPRS + 1) {
            lgs_mapping_finding(c, node, "the mapping has more than %u values",
                                LGS_MAPPING_MAX_EXPRS);
        }
        return NULL;
    }
    expr = lgs_arena_zalloc(c->arena, sizeof(*expr));
    if (expr == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    expr->op = op;
    expr->next = c->exprs;
    c->exprs = expr;
    expr->offset = node->offset;
    expr->file = c->file;
    expr->where = lgs_arena_str(c->arena, lgs_buf_text(&c->where));
    if (expr->where.data == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    return expr;
}

/* `value`, written at `node` or handed to a template that uses it there. */
static const lgs_expr_t *compile_const(lgs_compile_t *c, const lgs_node_t *node,
                                       const lgs_node_t *value)
{
    lgs_expr_t *expr = new_expr(c, node, &lgs_op_const);

    if (expr == NULL) {
        return NULL;
    }
    expr->is_const = true;
    return lgs_mapping_detach(c, value, &expr->u.value) ? expr : NULL;
}

static const lgs_expr_t *compile_path(lgs_compile_t *c, const lgs_node_t *node)
{
    const lgs_param_t *constant = lgs_include_constant(c, node);
    lgs_expr_t *expr;

    if (constant) {
        return compile_const(c, node, constant->value);
    }
    expr = new_expr(c, node, &lgs_op_path);
    if (expr == NULL) {
        return NULL;
    }
    expr->nulls = c->nulls;
    for (uint32_t i = 0; c->nulls && i < c->nulls->n; i++) {
        size_t len = c->nulls->items[i].len;

        expr->null_lengths |= UINT32_C(1) << (len < 31 ? len : 31);
    }
    expr->u.path = c->syntax->compile(c, lgs_mapping_text(node), node);
    if (expr->u.path == NULL) {
        return NULL;
    }
    if (!check_member(c, node, expr->u.path)) {
        return NULL;
    }
    expr->is_path = !expr->u.path->many;
    expr->is_there = lgs_mapping_is_there(c, expr->u.path, c->nulls);
    c->reaches_out |= expr->u.path->from != LGS_FROM_SCOPE || expr->u.path->index > 0;
    if (expr->u.path->many && c->scopes > 0 &&
        (expr->u.path->from != LGS_FROM_SCOPE || expr->u.path->index > 0) &&
        c->degree >= LGS_MAPPING_MAX_DEGREE) {
        lgs_mapping_finding(c, node,
                            "\"[*]\" from outside within %u for_each: the cost is not "
                            "bounded well enough",
                            c->degree);
        return NULL;
    }
    return expr;
}

/* $entry/member of a variable that was looked up: one of the entries has it. */
static bool check_member(lgs_compile_t *c, const lgs_node_t *node, const lgs_path_t *path)
{
    const lgs_expr_t *value;
    lgs_node_t member = *node;
    const lgs_codes_t *codes;
    lgs_str_t get;
    bool keeps;

    if (path->from != LGS_FROM_VAR || path->n == 0 || path->steps[0].kind != LGS_STEP_NAME) {
        return true;
    }
    value = c->mapping->vars[path->index].value;
    if (value == NULL || value->fallback || (codes = lgs_codes_of(value, &get, &keeps)) == NULL ||
        keeps || get.len) {
        return true;
    }
    member.type = LGS_STRING;
    member.u.text = path->steps[0].name.data;
    member.n = (uint32_t)path->steps[0].name.len;
    return lgs_codes_check_get(c, codes, &member);
}

static const lgs_expr_t *compile_list(lgs_compile_t *c, const lgs_node_t *node)
{
    lgs_expr_t *expr = new_expr(c, node, &lgs_op_list);

    if (expr == NULL || !add_items(c, node, &expr->u.list)) {
        return NULL;
    }
    lgs_mapping_stands_with(expr, &expr->u.list, false);
    return expr;
}

/* Bounded by LGS_MAPPING_MAX_INCLUDES. */
static bool add_items(lgs_compile_t *c, const lgs_node_t *node, lgs_exprs_t *list)
{
    const lgs_expr_t **items = lgs_arena_grow(c->arena, list->items, list->n * sizeof(*items),
                                              (list->n + node->n) * sizeof(*items));
    lgs_included_t in;

    if (items == NULL) {
        return lgs_mapping_nomem(c);
    }
    list->items = items;
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_node_t *item = &node->u.items[i];
        size_t mark = lgs_mapping_enter_item(c, i);

        if (!is_list_of_items(c, item)) {
            list->items[list->n++] = compile_item(c, item);
        } else if (lgs_include_enter(c, item, LGS_TEMPLATE_ITEMS, &in)) {
            bool ok = add_items(c, in.content, list);

            lgs_include_leave(c, &in);
            items = ok ? lgs_arena_grow(c->arena, list->items, list->n * sizeof(*items),
                                        (list->n + node->n - i) * sizeof(*items))
                       : NULL;
            if (items == NULL) {
                return ok ? lgs_mapping_nomem(c) : false;
            }
            list->items = items;
        }
        lgs_mapping_leave(c, mark);
    }
    return true;
}

/* What a for_each makes goes into the list itself. */
static const lgs_expr_t *compile_item(lgs_compile_t *c, const lgs_node_t *item)
{
    lgs_shape_t place = c->place;
    const lgs_expr_t *expr;

    if (lgs_node_at(item, "for_each") == NULL) {
        c->place = lgs_mapping_shape_items(c, place);
    }
    expr = lgs_mapping_value(c, item);
    c->place = place;
    return expr;
}

/* {include: template of items} in a list brings its items there. */
static bool is_list_of_items(lgs_compile_t *c, const lgs_node_t *item)
{
    lgs_template_t found;

    return item->type == LGS_OBJECT && lgs_node_at(item, "include") &&
           lgs_include_peek(c, item, &found) && found.kind == LGS_TEMPLATE_ITEMS;
}

/* An output object; with for_each one for each item, with when only if the condition holds. */
const lgs_expr_t *lgs_mapping_object(lgs_compile_t *c, const lgs_node_t *node)
{
    static const char *const own[] = {"when", "for_each", NULL};

    if (lgs_node_at(node, "for_each")) {
        return compile_each(c, node);
    }
    return compile_fields(c, node, own, false);
}

static const lgs_expr_t *compile_each(lgs_compile_t *c, const lgs_node_t *node)
{
    static const char *const own[] = {"when", "for_each", "vars", "value", NULL};
    const lgs_node_t *vars = lgs_node_at(node, "vars");
    const lgs_node_t *value = lgs_node_at(node, "value");
    lgs_expr_t *expr = new_expr(c, node, &lgs_op_each);
    lgs_each_t *each = lgs_arena_zalloc(c->arena, sizeof(*each));
    uint32_t degree, n_vars = c->n_vars;
    lgs_shape_t place = c->place;

    if (expr == NULL) {
        return NULL;
    }
    if (each == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    expr->u.each = each;
    if (!lgs_mapping_open_scope(c, lgs_node_at(node, "for_each"), &each->loop, &degree)) {
        return NULL;
    }
    if (vars) {
        lgs_mapping_vars(c, vars, &each->first_var, &each->n_vars);
    }
    /* {for_each: …, value: …} gives values that are no objects; of a for_each in it, all items */
    if (value == NULL || value->type != LGS_OBJECT || lgs_node_at(value, "for_each") == NULL) {
        c->place = lgs_mapping_shape_items(c, place);
    }
    if (value) {
        lgs_mapping_keys(c, node, "for_each with value", "for_each vars value when", NULL);
        each->body = lgs_mapping_value(c, value);
    } else {
        each->body = compile_fields(c, node, own, false);
    }
    if (value && lgs_node_at(node, "when")) {
        each->when = lgs_mapping_cond(c, lgs_node_at(node, "when"));
    }
    c->place = place;
    lgs_mapping_close_scope(c, degree);
    c->n_vars = n_vars;
    return expr;
}

/* The first member that is an operation's name makes the object that operation. */
static const lgs_op_t *find_op(const lgs_node_t *node, const lgs_node_t **main)
{
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_op_t *op = lgs_mapping_op(lgs_node_text(&node->u.members[i].name));

        if (op) {
            *main = &node->u.members[i].value;
            return op;
        }
    }
    return NULL;
}

/*
 * An object without an operation is an output object, and an operation with a slip in its name
 * looks like one. Where an operand is wanted there is no such doubt.
 */
static bool check_misspelled(lgs_compile_t *c, const lgs_node_t *node, bool is_source)
{
    lgs_str_t words[MAX_OPS];
    size_t n = lgs_mapping_op_names(words, MAX_OPS);

    for (uint32_t i = 0; i < node->n && !lgs_node_at(node, "for_each"); i++) {
        const lgs_node_t *at = &node->u.members[i].name;
        lgs_str_t name = lgs_node_text(at), near = lgs_nearest(name, words, n);

        if (!is_source && lgs_mapping_shape_member(c, c->place, name).node) {
            continue; /* {country: /x} of an address is no slip for "count" */
        }
        if (near.len && (is_source || is_misspelled(node, name, near))) {
            return lgs_mapping_finding(c, at,
                                       "unknown operation \"%.*s\"%s; did you mean "
                                       "\"%.*s\"? (An output object with such a member is written "
                                       "{object: {...}})",
                                       LGS_QUOTE(name), LGS_FMT(near));
        }
    }
    return !is_source || lgs_node_at(node, "for_each") ||
           lgs_mapping_finding(c, node, "an operation or a path is wanted here, not an object");
}

/* It stands alone and is long enough not to be near by chance, or has an argument beside it. */
static bool is_misspelled(const lgs_node_t *node, lgs_str_t name, lgs_str_t near)
{
    const lgs_op_t *op = lgs_mapping_op(near);

    if (node->n == 1) {
        return name.len >= 5;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        if (lgs_mapping_is_word(op->args, lgs_node_text(&node->u.members[i].name))) {
            return true;
        }
    }
    return false;
}

static const lgs_expr_t *compile_op(lgs_compile_t *c, const lgs_node_t *node, const lgs_op_t *op,
                                    const lgs_node_t *main)
{
    const lgs_node_t *nulls = lgs_node_at(node, "null_values");
    const lgs_node_t *fallback = lgs_node_at(node, "default");
    const lgs_node_t *when = lgs_node_at(node, "when");
    const lgs_texts_t *outer = c->nulls;
    lgs_expr_t *expr = new_expr(c, node, op);
    size_t mark;
    bool ok;

    if (expr == NULL || !check_args(c, node, op)) {
        return NULL;
    }
    mark = lgs_mapping_enter(c, lgs_cstr(op->name));
    c->nulls = nulls ? lgs_mapping_texts(c, nulls) : outer;
    ok = op->compile(c, node, main, expr);
    c->nulls = outer;
    lgs_mapping_leave(c, mark);
    if (fallback) {
        mark = lgs_mapping_enter(c, LGS_STR("default"));
        expr->fallback = lgs_mapping_value(c, fallback);
        lgs_mapping_leave(c, mark);
    }
    if (when) {
        expr->when = lgs_mapping_cond(c, when);
    }
    if (expr->fallback || expr->when) {
        expr->is_const = false;
    }
    return ok ? expr : NULL;
}

static bool check_args(lgs_compile_t *c, const lgs_node_t *node, const lgs_op_t *op)
{
    char known[256];
    char what[64];

    snprintf(known, sizeof(known), "%s %s " COMMON_ARGS, op->name, op->args);
    snprintf(what, sizeof(what), "operation \"%s\"", op->name);
    if (lgs_mapping_keys(c, node, what, known, NULL)) {
        return true;
    }
    if (node->n > 1 && !lgs_str_is(lgs_node_text(&node->u.members[0].name), op->name)) {
        lgs_mapping_finding(c, node,
                            "an output object that has a member \"%s\" is written "
                            "{object: {...}}",
                            op->name);
    }
    return false;
}

static const lgs_expr_t *compile_fields(lgs_compile_t *c, const lgs_node_t *node,
                                        const char *const *skip, bool is_record)
{
    const lgs_node_t *when = is_record ? NULL : lgs_node_at(node, "when");
    lgs_expr_t *expr = new_expr(c, node, &lgs_op_object);
    lgs_object_t *object = lgs_arena_zalloc(c->arena, sizeof(*object));

    if (expr == NULL) {
        return NULL;
    }
    if (object == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    expr->u.object = object;
    object->is_record = object->stays = is_record;
    add_fields(c, object, node, skip);
    if (when) {
        expr->when = lgs_mapping_cond(c, when);
    }
    expr->is_const = !object->reads && !is_record && when == NULL;
    return expr;
}

/* What stands in the object itself comes before what it includes, and takes its place. */
static bool add_fields(lgs_compile_t *c, lgs_object_t *object, const lgs_node_t *node,
                       const char *const *skip)
{
    static const char *const of_include[] = {"include", "with", NULL};
    bool includes = lgs_node_at(node, "include") != NULL;
    lgs_field_t *fields = lgs_arena_grow(c->arena, object->fields, object->n * sizeof(*fields),
                                         (object->n + node->n) * sizeof(*fields));
    lgs_included_t in;
    bool ok = true;

    if (fields == NULL) {
        return lgs_mapping_nomem(c);
    }
    object->fields = fields;
    for (uint32_t i = 0; i < node->n; i++) {
        lgs_str_t name = lgs_node_text(&node->u.members[i].name);
        size_t mark;

        if ((skip && is_one_of(name, skip)) || (includes && is_one_of(name, of_include)) ||
            is_field_of(object, name)) {
            continue;
        }
        mark = lgs_mapping_enter(c, name);
        add_field(c, object, &node->u.members[i], object->is_record);
        lgs_mapping_leave(c, mark);
    }
    if (includes && (ok = lgs_include_enter(c, node, LGS_TEMPLATE_FIELDS, &in))) {
        ok = add_fields(c, object, in.content, NULL); /* bounded by LGS_MAPPING_MAX_INCLUDES */
        lgs_include_leave(c, &in);
    }
    return ok;
}

static bool is_field_of(const lgs_object_t *object, lgs_str_t name)
{
    for (uint32_t i = 0; i < object->n; i++) {
        if (lgs_str_eq(lgs_mapping_text(&object->fields[i].name), name)) {
            return true;
        }
    }
    return false;
}

static bool add_field(lgs_compile_t *c, lgs_object_t *object, const lgs_member_t *member,
                      bool is_record)
{
    lgs_field_t *field = &object->fields[object->n];
    lgs_shape_t place = c->place;

    field->name = member->name;
    field->name.flags |= LGS_NODE_MADE;
    field->name.hash = lgs_hash(member->name.u.text, member->name.n);
    if (lgs_json_name(c->arena, &field->name) != LGS_OK) {
        return lgs_mapping_nomem(c);
    }
    field->spread = is_record && is_spread(c, lgs_mapping_text(&member->name));
    field->must = false;
    c->place = lgs_mapping_shape_member(c, place, lgs_mapping_text(&member->name));
    field->value = field->spread ? moment(c, &member->value) : lgs_mapping_value(c, &member->value);
    c->place = place;
    if (field->value == NULL || (is_record && !check_spread(c, object, field))) {
        return false;
    }
    field->is_const = field->value->is_const;
    object->n++;
    object->max_members += field->spread ? 4 : 1;
    object->reads |= !field->value->is_const;
    return true;
}

/* An event's time has no object of its own. */
static bool is_spread(lgs_compile_t *c, lgs_str_t name)
{
    return lgs_str_is(name, "occurred") && c->mapping->writes.format == NULL &&
           (c->record.node == NULL ||
            lgs_node_at(lgs_node_at(c->record.node, "properties"), "occurred_at"));
}

/* A member of time that stands beside `occurred` would be put out twice. */
static bool check_spread(lgs_compile_t *c, const lgs_object_t *object, const lgs_field_t *field)
{
    static const char *const filled[] = {"occurred_at", "local", "tz", "tz_from", NULL};

    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_field_t *other = &object->fields[i];
        lgs_str_t name = lgs_mapping_text(field->spread ? &other->name : &field->name);

        if (field->spread != other->spread && is_one_of(name, filled)) {
            return lgs_mapping_finding(c, &field->name,
                                       "\"occurred\" fills %.*s, which stands here too: leave it "
                                       "out, or \"occurred\"; \"local\" and \"offset\" of its date "
                                       "say what else is known of the time",
                                       LGS_FMT(name));
        }
    }
    return true;
}

/* `occurred:` of an event is a date whose four members go into the record. */
static const lgs_expr_t *moment(lgs_compile_t *c, const lgs_node_t *node)
{
    const lgs_node_t *out = lgs_node_at(node, "out");
    const lgs_expr_t *expr = NULL;

    if (lgs_node_at(node, "include") ||
        (lgs_node_at(node, "date") && (out == NULL || lgs_str_is(lgs_node_text(out), "moment")))) {
        c->wants_moment = true;
        expr = lgs_mapping_value(c, node);
        c->wants_moment = false;
        if (expr == NULL || expr->op->run == lgs_op_date_run) {
            return expr;
        }
    }
    lgs_mapping_finding(c, node,
                        "\"occurred\" must be a date operation: {date: path, "
                        "formats: [...]}; it fills occurred_at, local, tz and tz_from");
    return NULL;
}

static bool is_one_of(lgs_str_t name, const char *const *list)
{
    for (size_t i = 0; list[i]; i++) {
        if (lgs_str_is(name, list[i])) {
            return true;
        }
    }
    return false;
}
