/*
 * What can be proved of a value before any document is there: its type, and that no text it can be
 * fits the schema of where it goes. What cannot be proved is not told as a finding: a field that
 * every record must have and that a document can leave out is a note.
 */
#include "internal.h"

#define MAX_SAMPLES 4u

/* What an operation gives: its type, and texts of every form it can take (none: any text). */
typedef struct {
    const char *op;
    const char *type;
    const char *samples[MAX_SAMPLES];
} result_t;

static const result_t results[] = {
    {"concat", "string", {NULL}},      {"hash", "string", {NULL}},
    {"string", "string", {NULL}},      {"trim", "string", {NULL}},
    {"upper", "string", {NULL}},       {"lower", "string", {NULL}},
    {"html", "string", {NULL}},        {"pad", "string", {NULL}},
    {"strip_zeros", "string", {NULL}}, {"substr", "string", {NULL}},
    {"regex", "string", {NULL}},       {"replace", "string", {NULL}},
    {"join", "string", {NULL}},        {"unit_code", "string", {NULL}},
    {"bool", "boolean", {NULL}},       {"count", "number", {NULL}},
    {"unique", "array", {NULL}},       {"group_by", "array", {NULL}},
    {"sort", "array", {NULL}},
};

static const char *const decimals[MAX_SAMPLES] = {"12", "12.5", "-12.5", "0.125"};

/* By the word of `out`. */
static const result_t dates[] = {
    {"iso", "string", {"2019-08-10T08:54:00Z", "2019-08-10T08:54:00", "2019-08-10"}},
    {"instant", "string", {"2019-08-10T08:54:00Z", "2019-08-10T08:54:00+02:00"}},
    {"local", "string", {"2019-08-10T08:54:00", "2019-08-10"}},
    {"date", "string", {"2019-08-10"}},
    {"odoo", "string", {"2019-08-10 08:54:00"}},
    {"moment", "object", {NULL}},
};

typedef struct {
    lgs_compile_t *c;
    lgs_shape_t shape;
} entries_t;

static bool result_of(const lgs_expr_t *expr, result_t *result);
static void check_result(lgs_compile_t *c, const lgs_expr_t *expr, const result_t *result,
                         lgs_shape_t shape);
static void check_const(lgs_compile_t *c, const lgs_expr_t *expr, lgs_shape_t shape);
static bool check_entry(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key);
static bool is_word_of(lgs_compile_t *c, const lgs_node_t *at, const lgs_node_t *value,
                       lgs_shape_t shape, lgs_str_t key);
static bool is_listed(const lgs_node_t *words, lgs_str_t text);
static bool may_be_null(const lgs_compile_t *c, const lgs_expr_t *expr, unsigned depth);
static bool object_may_be_null(const lgs_compile_t *c, const lgs_object_t *object, unsigned depth);
static void at_expr(lgs_compile_t *c, const lgs_expr_t *expr, lgs_node_t *at);

/* Recursion is bounded by the nesting of values. */
void lgs_mapping_prove_type(lgs_compile_t *c, const lgs_expr_t *expr, lgs_shape_t shape)
{
    lgs_str_t get;
    const lgs_codes_t *codes;
    result_t result;
    bool keeps;

    if (expr == NULL || shape.node == NULL) {
        return;
    }
    lgs_mapping_prove_type(c, expr->fallback, shape);
    lgs_mapping_prove_type(c, expr->otherwise, shape);
    if (expr->op == &lgs_op_const) {
        check_const(c, expr, shape);
    } else if (expr->op->run == lgs_op_pass_run) {
        lgs_mapping_prove_type(c, expr->u.args, shape);
    } else if (expr->op->run == lgs_op_first_of_run) {
        const lgs_exprs_t *list = expr->u.args;

        for (uint32_t i = 0; i < list->n; i++) {
            lgs_mapping_prove_type(c, list->items[i], shape);
        }
    } else if ((codes = lgs_codes_of(expr, &get, &keeps)) != NULL) {
        lgs_codes_entries(codes, get, check_entry, &(entries_t){c, shape});
    } else if (result_of(expr, &result)) {
        check_result(c, expr, &result, shape);
    }
}

static bool result_of(const lgs_expr_t *expr, result_t *result)
{
    lgs_number_out_t number;
    unsigned date;

    if (expr->op == &lgs_op_object) {
        *result = (result_t){"an object", "object", {NULL}};
        return true;
    }
    if (expr->op == &lgs_op_list || expr->op == &lgs_op_each) {
        *result = (result_t){"a list", "array", {NULL}};
        return true;
    }
    if (lgs_op_number_form(expr, &number)) {
        *result = (result_t){
            expr->op->name, number == LGS_NUMBER_TEXT ? "string" : "number", {NULL}};
        if (number == LGS_NUMBER_TEXT) {
            memcpy(result->samples, decimals, sizeof(decimals));
        }
        return true;
    }
    if (lgs_op_date_form(expr, &date)) {
        *result = date < LGS_N(dates) ? dates[date] : (result_t){"moment", "object", {NULL}};
        return true;
    }
    for (size_t i = 0; i < LGS_N(results); i++) {
        if (strcmp(expr->op->name, results[i].op) == 0) {
            *result = results[i];
            return true;
        }
    }
    return false;
}

static void check_result(lgs_compile_t *c, const lgs_expr_t *expr, const result_t *result,
                         lgs_shape_t shape)
{
    const lgs_doc_t *own = c->doc;
    lgs_node_t at;
    bool fits = result->samples[0] == NULL;

    at_expr(c, expr, &at);
    if (!lgs_mapping_takes_type(shape, result->type)) {
        lgs_mapping_finding(c, &at, "this gives %s %s, which schemas/%.*s does not take here",
                            strchr("ao", result->type[0]) ? "an" : "a", result->type,
                            LGS_FMT(shape.file));
        c->doc = own;
        return;
    }
    for (size_t i = 0; i < MAX_SAMPLES && result->samples[i] && !fits; i++) {
        fits = lgs_mapping_takes_text(c, shape, lgs_cstr(result->samples[i]));
    }
    if (!fits) {
        lgs_mapping_finding(c, &at,
                            "this gives texts like \"%s\", and none of them is what "
                            "schemas/%.*s takes here",
                            result->samples[0], LGS_FMT(shape.file));
    }
    c->doc = own;
}

static void check_const(lgs_compile_t *c, const lgs_expr_t *expr, lgs_shape_t shape)
{
    const lgs_node_t *value = &expr->u.value;
    const char *type = lgs_type_name((lgs_type_t)value->type);
    const lgs_doc_t *own = c->doc;
    lgs_node_t at;

    at_expr(c, expr, &at);
    if (!lgs_mapping_takes_type(shape, type)) {
        lgs_mapping_finding(c, &at, "this is %s %s, which schemas/%.*s does not take here",
                            strchr("ao", type[0]) ? "an" : "a", type, LGS_FMT(shape.file));
    } else if (is_word_of(c, &at, value, shape, LGS_STR("")) && value->type == LGS_STRING &&
               !lgs_mapping_takes_text(c, shape, lgs_mapping_text(value))) {
        lgs_mapping_finding(c, &at, "\"%.*s\"%s is not what schemas/%.*s takes here",
                            LGS_QUOTE(lgs_mapping_text(value)), LGS_FMT(shape.file));
    }
    c->doc = own;
}

/* A finding in a code list is told with its own file, line and column. */
static bool check_entry(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key)
{
    const entries_t *entries = data;
    lgs_compile_t *c = entries->c;
    const lgs_doc_t *own = c->doc;

    c->doc = doc;
    is_word_of(c, value, value, entries->shape, key);
    c->doc = own;
    return true;
}

/* Where the schema has a closed list of words, it is one of them; else a finding, and false. */
static bool is_word_of(lgs_compile_t *c, const lgs_node_t *at, const lgs_node_t *value,
                       lgs_shape_t shape, lgs_str_t key)
{
    const lgs_node_t *words = lgs_node_at(shape.node, "enum");
    lgs_str_t *texts, near;

    if (words == NULL || words->type != LGS_ARRAY || value->type != LGS_STRING) {
        return true;
    }
    texts = lgs_arena_array(c->arena, words->n, sizeof(*texts));
    if (texts == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < words->n; i++) {
        texts[i] = lgs_node_text(&words->u.items[i]);
        if (lgs_str_eq(texts[i], lgs_mapping_text(value))) {
            return true;
        }
    }
    near = lgs_nearest(lgs_mapping_text(value), texts, words->n);
    return lgs_mapping_finding(
        c, at, "%s%.*s%s\"%.*s\"%s is no word that schemas/%.*s has here%s%.*s%s",
        key.len ? "code \"" : "", LGS_FMT(key), key.len ? "\": " : "",
        LGS_QUOTE(lgs_mapping_text(value)), LGS_FMT(shape.file),
        near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
}

/* A schema that says nothing of the type takes any. */
bool lgs_mapping_takes_type(lgs_shape_t shape, const char *type)
{
    const lgs_node_t *types = lgs_node_at(shape.node, "type");
    uint32_t n = types == NULL ? 0 : types->type == LGS_ARRAY ? types->n : 1;

    for (uint32_t i = 0; i < n; i++) {
        lgs_str_t word = lgs_node_text(types->type == LGS_ARRAY ? &types->u.items[i] : types);

        if (lgs_str_is(word, type) ||
            (lgs_str_is(word, "integer") && strcmp(type, "number") == 0)) {
            return true;
        }
    }
    return n == 0;
}

bool lgs_mapping_takes_text(const lgs_compile_t *c, lgs_shape_t shape, lgs_str_t text)
{
    static const struct {
        const char *format;
        bool (*is)(lgs_str_t text);
    } formats[] = {{"date-time", lgs_is_rfc3339_datetime}, {"date", lgs_is_rfc3339_date}};
    const lgs_node_t *pattern = lgs_node_at(shape.node, "pattern");
    lgs_str_t format = lgs_node_text(lgs_node_at(shape.node, "format"));
    const lgs_regex_t *regex;
    int64_t least;

    for (size_t i = 0; i < LGS_N(formats); i++) {
        if (lgs_str_is(format, formats[i].format) && !formats[i].is(text)) {
            return false;
        }
    }
    if (lgs_node_int(lgs_node_at(shape.node, "minLength"), &least) && least > 0 && text.len == 0) {
        return false;
    }
    if (!is_listed(lgs_node_at(shape.node, "enum"), text)) {
        return false;
    }
    if (pattern == NULL || pattern->type != LGS_STRING) {
        return true;
    }
    regex = lgs_regex_compile(c->arena, lgs_mapping_text(pattern), LGS_REGEX_ECMA, NULL);
    return regex == NULL || lgs_regex_match(regex, text) != LGS_REGEX_NO;
}

static bool is_listed(const lgs_node_t *words, lgs_str_t text)
{
    if (words == NULL || words->type != LGS_ARRAY) {
        return true;
    }
    for (uint32_t i = 0; i < words->n; i++) {
        if (lgs_str_eq(lgs_node_text(&words->u.items[i]), text)) {
            return true;
        }
    }
    return false;
}

/* ---- what may be missing ---- */

void lgs_mapping_prove_there(lgs_compile_t *c, const lgs_expr_t *expr, lgs_str_t name)
{
    const lgs_doc_t *own = c->doc;
    lgs_err_t *note;
    lgs_node_t at;

    if (may_be_null(c, expr, 0)) {
        at_expr(c, expr, &at);
        note = lgs_mapping_load_note(
            c, &at,
            "\"%.*s\" is null when what it is made of is missing, and every %.*s has one: such a "
            "document is refused; \"default\" would answer",
            LGS_FMT(name), LGS_FMT(lgs_mapping_kind(c->mapping)));
        if (note) {
            note->code = LGS_MAPPING_MAY_MISS;
        }
        c->doc = own;
    }
}

/* Only what is surely never null is said to be so. */
static bool may_be_null(const lgs_compile_t *c, const lgs_expr_t *expr, unsigned depth)
{
    if (expr == NULL || depth == LGS_MAPPING_MAX_NESTING) {
        return true;
    }
    if (expr->fallback) {
        return may_be_null(c, expr->fallback, depth + 1);
    }
    if (expr->when && may_be_null(c, expr->otherwise, depth + 1)) {
        return true;
    }
    if (expr->op == &lgs_op_const) {
        return expr->u.value.type == LGS_NULL;
    }
    if (expr->op->run == lgs_op_pass_run) {
        return may_be_null(c, expr->u.args, depth + 1);
    }
    if (expr->op->run == lgs_op_first_of_run) {
        const lgs_exprs_t *list = expr->u.args;
        bool may = true;

        for (uint32_t i = 0; i < list->n; i++) {
            may = may && may_be_null(c, list->items[i], depth + 1);
        }
        return may;
    }
    if (expr->op == &lgs_op_path) {
        const lgs_path_t *path = expr->u.path;

        return !expr->is_there && !(path->from == LGS_FROM_FACT && path->n == 0) &&
               !(path->from == LGS_FROM_VAR && path->n == 0 &&
                 !may_be_null(c, c->mapping->vars[path->index].value, depth + 1));
    }
    if (expr->op == &lgs_op_object) {
        return object_may_be_null(c, expr->u.object, depth);
    }
    if (lgs_op_text_of(expr)) {
        return may_be_null(c, lgs_op_text_of(expr), depth + 1);
    }
    return expr->op->run != lgs_op_hash_run && expr->op->run != lgs_op_count_run;
}

/* An object stays when it has constants only, or one member that is never null. */
static bool object_may_be_null(const lgs_compile_t *c, const lgs_object_t *object, unsigned depth)
{
    bool may = object->reads && !object->stays;

    for (uint32_t i = 0; may && i < object->n; i++) {
        const lgs_expr_t *value = object->fields[i].value;

        may = value->is_const || may_be_null(c, value, depth + 1);
    }
    return may;
}

/* The place of an expression; c->doc becomes the file that it stands in: put it back. */
static void at_expr(lgs_compile_t *c, const lgs_expr_t *expr, lgs_node_t *at)
{
    *at = (lgs_node_t){.offset = expr->offset};
    c->doc = c->mapping->files[expr->file];
}
