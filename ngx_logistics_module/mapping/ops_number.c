/*
 * Numbers: legacy forms, scales and units, exact. The result is a decimal text as the canonical
 * form wants it, unless `out` says otherwise.
 */
#include "internal.h"

#define MAX_PLACES 9 /* behind the point, of a quotient that does not end */

typedef enum { SIGN_LEADING, SIGN_TRAILING, SIGN_OVERPUNCH } sign_t;

typedef struct {
    const lgs_expr_t *of;
    lgs_decimal_form_t form;
    bool has_form, has_scale;
    bool changes; /* a number that is canonical already */
    lgs_decimal_t scale, divisor;
    const lgs_map_t *units;
    const lgs_expr_t *from; /* unit */
    const lgs_unit_t *to;
    int64_t round; /* places; -1: as it is */
    lgs_number_out_t out;
} number_args_t;

typedef struct {
    lgs_exprs_t factors;
    const lgs_expr_t *over; /* NULL: not divided */
    int64_t round;          /* places; -1: as it is */
    lgs_number_out_t out;
} multiply_args_t;

static bool read_form(lgs_compile_t *c, const lgs_node_t *node, number_args_t *args);
static bool read_mark(lgs_compile_t *c, const lgs_node_t *node, const char *name, char *mark);
static bool read_scale(lgs_compile_t *c, const lgs_node_t *node, number_args_t *args);
static bool read_unit(lgs_compile_t *c, const lgs_node_t *node, number_args_t *args);
static const lgs_map_t *units_of(lgs_compile_t *c);
static bool check_from(lgs_compile_t *c, const lgs_node_t *node, const number_args_t *args);
static bool write_anew(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *of,
                       lgs_node_t *out);
static bool is_canonical(lgs_str_t text);
static bool convert(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value,
                    const lgs_node_t *of, bool *ok);
static bool convert_unit(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value,
                         const lgs_node_t *of, bool *ok);
static bool apply(lgs_decimal_t *value, lgs_decimal_t factor, lgs_decimal_t divisor);
static bool multiply(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value, lgs_node_t *at,
                     bool *ok);
static bool divide(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value,
                   const lgs_node_t *at, bool *ok);
static bool eval_decimal(lgs_run_t *run, const lgs_expr_t *expr, const lgs_expr_t *of,
                         lgs_node_t *at, lgs_decimal_t *value, bool *ok);

bool lgs_op_number_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                           lgs_expr_t *expr)
{
    number_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));

    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    expr->u.args = args;
    args->round = -1;
    args->of = lgs_mapping_source(c, main);
    lgs_mapping_stands_with(expr, &(lgs_exprs_t){&args->of, 1}, false);
    if (!read_form(c, node, args) || !read_scale(c, node, args) || !read_unit(c, node, args) ||
        !lgs_mapping_arg_int(c, node, "round", 0, 12, &args->round) ||
        !lgs_mapping_arg_number_out(c, node, &args->out)) {
        return false;
    }
    args->changes = args->has_form || args->has_scale || args->from || args->round >= 0;
    return args->of != NULL;
}

bool lgs_op_number_form(const lgs_expr_t *expr, lgs_number_out_t *form)
{
    if (expr->op->run == lgs_op_multiply_run) {
        *form = ((const multiply_args_t *)expr->u.args)->out;
        return true;
    }
    if (expr->op->run != lgs_op_number_run) {
        return lgs_op_sum_form(expr, form);
    }
    *form = ((const number_args_t *)expr->u.args)->out;
    return true;
}

bool lgs_mapping_arg_number_out(lgs_compile_t *c, const lgs_node_t *node, lgs_number_out_t *out)
{
    static const lgs_str_t words[] = {[LGS_NUMBER_TEXT] = LGS_STR_INIT("text"),
                                      [LGS_NUMBER_NUMBER] = LGS_STR_INIT("number"),
                                      [LGS_NUMBER_INTEGER] = LGS_STR_INIT("integer")};
    unsigned word = LGS_NUMBER_TEXT;

    if (!lgs_mapping_arg_word(c, node, "out", words, LGS_N(words), &word)) {
        return false;
    }
    *out = (lgs_number_out_t)word;
    return true;
}

static bool read_form(lgs_compile_t *c, const lgs_node_t *node, number_args_t *args)
{
    static const lgs_str_t signs[] = {[SIGN_LEADING] = LGS_STR_INIT("leading"),
                                      [SIGN_TRAILING] = LGS_STR_INIT("trailing"),
                                      [SIGN_OVERPUNCH] = LGS_STR_INIT("overpunch")};
    unsigned sign = SIGN_LEADING;
    int64_t implied = 0;

    if (!lgs_mapping_arg_int(c, node, "implied", 0, 9, &implied) ||
        !read_mark(c, node, "decimal_mark", &args->form.decimal_mark) ||
        !read_mark(c, node, "thousands", &args->form.thousands) ||
        !lgs_mapping_arg_word(c, node, "sign", signs, LGS_N(signs), &sign)) {
        return false;
    }
    if (args->form.decimal_mark == 0 && args->form.thousands != c->flat.decimal_mark) {
        args->form.decimal_mark = c->flat.decimal_mark;
    }
    args->form.implied = (int8_t)implied;
    args->form.sign_trailing = sign == SIGN_TRAILING;
    args->form.overpunch = sign == SIGN_OVERPUNCH;
    args->has_form = implied || args->form.decimal_mark || args->form.thousands || sign;
    return true;
}

static bool read_mark(lgs_compile_t *c, const lgs_node_t *node, const char *name, char *mark)
{
    lgs_str_t text = LGS_STR("");

    if (!lgs_mapping_arg_text(c, node, name, &text)) {
        return false;
    }
    if (text.len > 1) {
        return lgs_mapping_finding(c, lgs_node_at(node, name), "\"%s\" must be one character",
                                   name);
    }
    *mark = text.len ? text.data[0] : 0;
    return true;
}

/* 1000, "0.001" or a ratio "1609344/1000" */
static bool read_scale(lgs_compile_t *c, const lgs_node_t *node, number_args_t *args)
{
    lgs_str_t text = LGS_STR(""), divisor = LGS_STR("1");
    const char *slash;

    if (lgs_node_at(node, "scale") == NULL) {
        return true;
    }
    if (!lgs_mapping_arg_text(c, node, "scale", &text)) {
        return false;
    }
    slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    if (slash) {
        divisor = lgs_str(slash + 1, text.len - (size_t)(slash + 1 - text.data));
        text.len = (size_t)(slash - text.data);
    }
    args->has_scale = true;
    if (!lgs_decimal_read(text, &args->scale) || !lgs_decimal_read(divisor, &args->divisor) ||
        args->divisor.digits == 0) {
        return lgs_mapping_finding(c, lgs_node_at(node, "scale"),
                                   "\"scale\" must be a number or a ratio: 1000, \"1/3600\"");
    }
    return true;
}

static bool read_unit(lgs_compile_t *c, const lgs_node_t *node, number_args_t *args)
{
    const lgs_node_t *unit = lgs_node_at(node, "unit"), *from;
    lgs_str_t to = LGS_STR("");

    if (unit == NULL) {
        return true;
    }
    from = lgs_node_at(unit, "from");
    if (unit->type != LGS_OBJECT || from == NULL ||
        !lgs_mapping_keys(c, unit, "\"unit\"", "from to", NULL) ||
        !lgs_mapping_arg_text(c, unit, "to", &to)) {
        return lgs_mapping_finding(c, unit,
                                   "\"unit\" must be {from: a unit or a path, to: a unit}");
    }
    args->from = lgs_mapping_value(c, from);
    args->units = units_of(c);
    if (args->units == NULL) {
        return false;
    }
    args->to = lgs_unit_find(args->units, to);
    if (args->to == NULL) {
        return lgs_mapping_finding(c, unit,
                                   "unknown unit \"%.*s\"%s in \"to\"; units are those of "
                                   "UN/ECE Recommendation 20: KGM, MTR, LTR, SEC, ...",
                                   LGS_QUOTE(to));
    }
    return args->from && check_from(c, from, args);
}

/* Made for the first value that wants one. NULL: no memory. */
static const lgs_map_t *units_of(lgs_compile_t *c)
{
    if (c->units == NULL && (c->units = lgs_units(c->arena)) == NULL) {
        lgs_mapping_nomem(c);
    }
    return c->units;
}

/* A unit that is written in the mapping is known now, or never. */
static bool check_from(lgs_compile_t *c, const lgs_node_t *node, const number_args_t *args)
{
    lgs_decimal_t one = {1, 0, false};
    const lgs_unit_t *unit;
    lgs_str_t name;

    if (!args->from->is_const) {
        return true;
    }
    name = lgs_node_text(&args->from->u.value);
    unit = lgs_unit_find(args->units, name);
    return (unit && lgs_unit_convert(unit, args->to, &one)) ||
           lgs_mapping_finding(c, node, "\"%.*s\"%s is no unit that can become %s", LGS_QUOTE(name),
                               args->to->code);
}

bool lgs_op_number_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const number_args_t *args = expr->u.args;
    lgs_str_t text;
    lgs_node_t of;

    lgs_mapping_take_null(run, out);
    if (!lgs_mapping_eval_text(run, args->of, &of) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_text(&of);
    return !args->changes && text.len <= LGS_DECIMAL_DIGITS && is_canonical(text)
               ? lgs_mapping_number_out(run, expr, text, &of, args->out, out)
               : write_anew(run, expr, &of, out);
}

static bool write_anew(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *of,
                       lgs_node_t *out)
{
    const number_args_t *args = expr->u.args;
    lgs_str_t text = lgs_mapping_text(of);
    lgs_decimal_t value;
    bool ok = args->has_form && of->type == LGS_STRING
                  ? lgs_decimal_read_form(text, &args->form, &value)
                  : lgs_decimal_read(text, &value);

    if (!ok) {
        return args->has_form && args->form.decimal_mark == ','
                   ? lgs_mapping_fault(run, expr, "mapping-number", of, out,
                                       "\"%.*s\"%s is not a decimal number with the decimal mark "
                                       "\"%c\"",
                                       LGS_QUOTE(text), args->form.decimal_mark)
                   : lgs_mapping_fault(run, expr, "mapping-number", of, out,
                                       "\"%.*s\"%s is not a decimal number", LGS_QUOTE(text));
    }
    if (args->changes || !is_canonical(text)) {
        if (!convert(run, expr, &value, of, &ok) || !ok) {
            return run->rc == LGS_OK;
        }
        text = lgs_decimal_text(run->arena, value);
        if (text.data == NULL) {
            return lgs_mapping_stop_nomem(run);
        }
    }
    return lgs_mapping_number_out(run, expr, text, of, args->out, out);
}

bool lgs_mapping_number_out(lgs_run_t *run, const lgs_expr_t *expr, lgs_str_t text,
                            const lgs_node_t *of, lgs_number_out_t form, lgs_node_t *out)
{
    if (form == LGS_NUMBER_INTEGER && memchr(text.data, '.', text.len)) {
        return lgs_mapping_fault(run, expr, "mapping-number", of, out,
                                 "\"%.*s\"%s is not a whole number", LGS_QUOTE(text));
    }
    lgs_mapping_put_text(out, text, of, true);
    out->type = form == LGS_NUMBER_TEXT ? LGS_STRING : LGS_NUMBER;
    return true;
}

/* Already as the canonical form writes it: then it is not written again. */
static bool is_canonical(lgs_str_t text)
{
    size_t i = text.len && text.data[0] == '-';
    size_t digits = i;

    for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
    }
    if (i == digits || (text.data[digits] == '0' && (i - digits > 1 || digits))) {
        return false;
    }
    if (i < text.len && text.data[i] == '.') {
        digits = ++i;
        for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
        }
        return i == text.len && i > digits;
    }
    return i == text.len;
}

static bool convert(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value,
                    const lgs_node_t *of, bool *ok)
{
    const number_args_t *args = expr->u.args;
    lgs_node_t none;

    *ok = !args->has_scale || apply(value, args->scale, args->divisor);
    if (*ok && args->from && (!convert_unit(run, expr, value, of, ok) || !*ok)) {
        return run->rc == LGS_OK;
    }
    if (*ok && args->round >= 0) {
        *ok = lgs_decimal_round(*value, (int32_t)args->round, LGS_ROUND_HALF_UP, value);
    }
    if (!*ok) {
        lgs_mapping_fault(run, expr, "mapping-number", of, &none,
                          "\"%.*s\"%s has too many digits once converted",
                          LGS_QUOTE(lgs_mapping_text(of)));
    }
    return true;
}

static bool convert_unit(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value,
                         const lgs_node_t *of, bool *ok)
{
    const number_args_t *args = expr->u.args;
    const lgs_unit_t *known;
    lgs_node_t unit, none;

    *ok = false;
    if (!lgs_mapping_eval_text(run, args->from, &unit)) {
        return false;
    }
    if (unit.type == LGS_NULL) {
        return lgs_mapping_fault(run, expr, "mapping-unit", of, &none,
                                 "its unit is missing, so it cannot become %s", args->to->code);
    }
    known = lgs_unit_find(args->units, lgs_mapping_text(&unit));
    *ok = known && lgs_unit_convert(known, args->to, value);
    if (*ok) {
        return true;
    }
    return lgs_mapping_fault(run, expr, "mapping-unit", &unit, &none,
                             "\"%.*s\"%s is no unit that can become %s",
                             LGS_QUOTE(lgs_mapping_text(&unit)), args->to->code);
}

static bool apply(lgs_decimal_t *value, lgs_decimal_t factor, lgs_decimal_t divisor)
{
    static const lgs_decimal_t one = {1, 0, false};

    if (!lgs_decimal_mul(*value, factor, value)) {
        return false;
    }
    if (lgs_decimal_compare(divisor, one) != 0 &&
        !lgs_decimal_div(*value, divisor, MAX_PLACES, LGS_ROUND_HALF_EVEN, value)) {
        return false;
    }
    *value = lgs_decimal_trim(*value);
    return true;
}

/* ---- multiply ---- */

bool lgs_op_multiply_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                             lgs_expr_t *expr)
{
    multiply_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));
    const lgs_node_t *over = lgs_node_at(node, "over");

    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    expr->u.args = args;
    args->round = -1;
    args->over = over ? lgs_mapping_source(c, over) : NULL;
    return lgs_mapping_sources(c, main, LGS_MAPPING_MAX_PARTS, &args->factors) &&
           lgs_mapping_arg_int(c, node, "round", 0, 12, &args->round) &&
           lgs_mapping_arg_number_out(c, node, &args->out) && (over == NULL || args->over);
}

/* Rounded once, at the end. Of what one part is missing there is no product. */
bool lgs_op_multiply_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const multiply_args_t *args = expr->u.args;
    lgs_decimal_t value = {1, 0, false};
    lgs_node_t at;
    lgs_str_t text;
    bool ok;

    lgs_mapping_take_null(run, out);
    if (!multiply(run, expr, &value, &at, &ok) ||
        (ok && args->over && !divide(run, expr, &value, &at, &ok))) {
        return false;
    }
    if (!ok) {
        return true;
    }
    if (args->round >= 0 &&
        !lgs_decimal_round(value, (int32_t)args->round, LGS_ROUND_HALF_UP, &value)) {
        return lgs_mapping_fault(run, expr, "mapping-number", &at, out,
                                 "the product has more than %d digits", LGS_DECIMAL_DIGITS);
    }
    text = lgs_decimal_text(run->arena,
                            args->out == LGS_NUMBER_INTEGER ? lgs_decimal_trim(value) : value);
    if (text.data == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    return lgs_mapping_number_out(run, expr, text, &at, args->out, out);
}

static bool multiply(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value, lgs_node_t *at,
                     bool *ok)
{
    const multiply_args_t *args = expr->u.args;
    lgs_decimal_t factor;
    lgs_node_t none;

    *ok = true;
    for (uint32_t i = 0; i < args->factors.n && *ok; i++) {
        if (!eval_decimal(run, expr, args->factors.items[i], at, &factor, ok)) {
            return false;
        }
        if (*ok && !lgs_decimal_mul(*value, factor, value)) {
            *ok = false;
            lgs_mapping_fault(run, expr, "mapping-number", at, &none,
                              "the product has more than %d digits", LGS_DECIMAL_DIGITS);
        }
    }
    return true;
}

static bool divide(lgs_run_t *run, const lgs_expr_t *expr, lgs_decimal_t *value,
                   const lgs_node_t *at, bool *ok)
{
    const multiply_args_t *args = expr->u.args;
    bool is_rounded = args->round >= 0;
    lgs_decimal_t over;
    lgs_node_t by, none;

    if (!eval_decimal(run, expr, args->over, &by, &over, ok) || !*ok) {
        return run->rc == LGS_OK;
    }
    if (over.digits == 0) {
        *ok = false;
        return lgs_mapping_fault(run, expr, "mapping-number", &by, &none,
                                 "\"over\" is 0: nothing can be divided by it");
    }
    *ok = lgs_decimal_div(*value, over, is_rounded ? (int32_t)args->round : MAX_PLACES,
                          is_rounded ? LGS_ROUND_HALF_UP : LGS_ROUND_HALF_EVEN, value);
    if (!*ok) {
        return lgs_mapping_fault(run, expr, "mapping-number", at, &none,
                                 "the quotient has more than %d digits", LGS_DECIMAL_DIGITS);
    }
    if (!is_rounded) {
        *value = lgs_decimal_trim(*value);
    }
    return true;
}

/* *ok is false when it is missing, or is no number: then that is told. */
static bool eval_decimal(lgs_run_t *run, const lgs_expr_t *expr, const lgs_expr_t *of,
                         lgs_node_t *at, lgs_decimal_t *value, bool *ok)
{
    lgs_node_t none;

    *ok = false;
    if (!lgs_mapping_eval_text(run, of, at) || at->type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    *ok = lgs_decimal_read(lgs_mapping_text(at), value);
    return *ok ||
           lgs_mapping_fault(run, expr, "mapping-number", at, &none,
                             "\"%.*s\"%s is not a decimal number", LGS_QUOTE(lgs_mapping_text(at)));
}

/* ---- unit_code ---- */

typedef struct {
    const lgs_expr_t *of;
    const lgs_map_t *units;
    unsigned otherwise;
} unit_args_t;

enum { ELSE_NULL, ELSE_KEEP, ELSE_ERROR, ELSE_WARN };

bool lgs_op_unit_code_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                              lgs_expr_t *expr)
{
    static const lgs_str_t words[] = {
        [ELSE_NULL] = LGS_STR_INIT("null"),
        [ELSE_KEEP] = LGS_STR_INIT("keep"),
        [ELSE_ERROR] = LGS_STR_INIT("error"),
        [ELSE_WARN] = LGS_STR_INIT("warn"),
    };
    unit_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));

    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    expr->u.args = args;
    args->otherwise = ELSE_ERROR;
    args->of = lgs_mapping_source(c, main);
    args->units = units_of(c);
    return lgs_mapping_arg_word(c, node, "else", words, LGS_N(words), &args->otherwise) &&
           args->of && args->units;
}

bool lgs_op_unit_code_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const unit_args_t *args = expr->u.args;
    const lgs_unit_t *unit;
    lgs_node_t of;
    lgs_str_t text;

    lgs_mapping_take_null(run, out);
    if (!lgs_mapping_eval_text(run, args->of, &of) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_text(&of);
    unit = lgs_unit_find(args->units, text);
    if (unit) {
        lgs_mapping_put_text(out, lgs_cstr(unit->code), &of, true);
        return true;
    }
    switch (args->otherwise) {
    case ELSE_KEEP:
        *out = of;
        return true;
    case ELSE_WARN:
        lgs_mapping_warn(run, expr, "mapping-unit", &of, "\"%.*s\"%s is no unit that is known",
                         LGS_QUOTE(text));
        return true;
    case ELSE_ERROR:
        return lgs_mapping_fault(run, expr, "mapping-unit", &of, out,
                                 "\"%.*s\"%s is no unit that is known", LGS_QUOTE(text));
    default:
        return true;
    }
}
