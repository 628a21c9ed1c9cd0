/*
 * The table of operations, and those that only choose between values. An operation is a row here
 * and two functions: one reads its arguments at load, one runs.
 */
#include "../base/rows.h"
#include "internal.h"

typedef struct {
    const lgs_expr_t *of;
    const lgs_texts_t *yes, *no;
} bool_args_t;

static bool is_among(const lgs_texts_t *words, lgs_str_t word);
static bool is_alike(lgs_str_t a, lgs_str_t b);

static const lgs_op_t operations[] = {
    {"path", lgs_op_path_compile, lgs_op_pass_run, ""},
    {"const", lgs_op_const_compile, lgs_op_pass_run, ""},
    {"object", lgs_op_object_compile, lgs_op_pass_run, ""},
    {"first_of", lgs_op_first_of_compile, lgs_op_first_of_run, ""},
    {"then", lgs_op_then_compile, lgs_op_pass_run, "else"},
    {"lookup", lgs_codes_op, lgs_codes_run, "key get else"},
    {"concat", lgs_op_concat_compile, lgs_op_concat_run, "separator"},
    {"hash", lgs_op_hash_compile, lgs_op_hash_run, "prefix"},
    {"date", lgs_op_date_compile, lgs_op_date_run,
     "formats part near tz tz_default offset local out"},
    {"number", lgs_op_number_compile, lgs_op_number_run,
     "implied decimal_mark thousands sign scale round unit out"},
    {"multiply", lgs_op_multiply_compile, lgs_op_multiply_run, "over round out"},
    {"string", lgs_op_text_compile, lgs_op_string_run, ""},
    {"trim", lgs_op_text_compile, lgs_op_trim_run, ""},
    {"upper", lgs_op_text_compile, lgs_op_upper_run, ""},
    {"lower", lgs_op_text_compile, lgs_op_lower_run, ""},
    {"html", lgs_op_text_compile, lgs_op_html_run, ""},
    {"plain", lgs_op_text_compile, lgs_op_plain_run, ""},
    {"strip_zeros", lgs_op_text_compile, lgs_op_strip_zeros_run, ""},
    {"pad", lgs_op_pad_compile, lgs_op_pad_run, "to with side"},
    {"substr", lgs_op_substr_compile, lgs_op_substr_run, "start length"},
    {"split", lgs_op_split_compile, lgs_op_split_run, "by index"},
    {"replace", lgs_op_replace_compile, lgs_op_replace_run, "from to"},
    {"regex", lgs_op_regex_compile, lgs_op_regex_run, "of group"},
    {"bool", lgs_op_bool_compile, lgs_op_bool_run, "yes no"},
    {"unit_code", lgs_op_unit_code_compile, lgs_op_unit_code_run, "else"},
    {"sum", lgs_op_sum_compile, lgs_op_sum_run, "out"},
    {"count", lgs_op_list_compile, lgs_op_count_run, ""},
    {"min", lgs_op_list_compile, lgs_op_min_run, ""},
    {"max", lgs_op_list_compile, lgs_op_max_run, ""},
    {"join", lgs_op_join_compile, lgs_op_join_run, "separator"},
    {"unique", lgs_op_by_compile, lgs_op_unique_run, "by"},
    {"group_by", lgs_op_group_by_compile, lgs_op_group_by_run, "by"},
    {"sort", lgs_op_sort_compile, lgs_op_sort_run, "by order"},
};

const lgs_op_t *lgs_mapping_op(lgs_str_t name)
{
    return lgs_rows_find(LGS_ROWS(operations), name);
}

size_t lgs_mapping_op_names(lgs_str_t *names, size_t max)
{
    return lgs_rows_names(LGS_ROWS(operations), names, max);
}

/* What `expr` does is done by another expression: its only argument. */
bool lgs_op_pass_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return lgs_mapping_eval(run, expr->u.args, out);
}

bool lgs_op_path_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    if (main->type != LGS_STRING) {
        return lgs_mapping_finding(c, main, "\"path\" must be a text");
    }
    expr->u.args = lgs_mapping_source(c, main);
    return expr->u.args != NULL;
}

bool lgs_op_const_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                          lgs_expr_t *expr)
{
    expr->op = &lgs_op_const;
    expr->is_const = true;
    return lgs_mapping_detach(c, main, &expr->u.value);
}

bool lgs_op_object_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                           lgs_expr_t *expr)
{
    if (main->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, main, "\"object\" must be a map of the object's members");
    }
    expr->u.args = lgs_mapping_object(c, main);
    return expr->u.args != NULL;
}

bool lgs_op_first_of_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                             lgs_expr_t *expr)
{
    lgs_exprs_t *list = lgs_arena_zalloc(c->arena, sizeof(*list));

    if (list == NULL) {
        return lgs_mapping_nomem(c);
    }
    expr->u.args = list;
    if (!lgs_mapping_sources(c, main, LGS_MAPPING_MAX_PARTS, list)) {
        return false;
    }
    lgs_mapping_stands_with(expr, list, false);
    return true;
}

bool lgs_op_first_of_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lgs_exprs_t *list = expr->u.args;

    for (uint32_t i = 0; i < list->n; i++) {
        if (!lgs_mapping_eval(run, list->items[i], out)) {
            return false;
        }
        if (out->type != LGS_NULL) {
            return true;
        }
    }
    return true;
}

/* {when: condition, then: value, else: value} */
bool lgs_op_then_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    const lgs_node_t *otherwise = lgs_node_at(node, "else");

    if (lgs_node_at(node, "when") == NULL) {
        return lgs_mapping_finding(c, node, "\"then\" needs a \"when\"");
    }
    if (otherwise) {
        expr->otherwise = lgs_mapping_value(c, otherwise);
    }
    expr->u.args = lgs_mapping_value(c, main);
    return expr->u.args && (otherwise == NULL || expr->otherwise);
}

/* ---- bool ---- */

bool lgs_op_bool_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    static const lgs_str_t yes_words[] = {LGS_STR_INIT("true"), LGS_STR_INIT("yes"),
                                          LGS_STR_INIT("y"), LGS_STR_INIT("1"), LGS_STR_INIT("on")};
    static const lgs_str_t no_words[] = {LGS_STR_INIT("false"), LGS_STR_INIT("no"),
                                         LGS_STR_INIT("n"), LGS_STR_INIT("0"), LGS_STR_INIT("off")};
    static const lgs_texts_t usual_yes = {yes_words, LGS_N(yes_words)};
    static const lgs_texts_t usual_no = {no_words, LGS_N(no_words)};
    const lgs_node_t *yes = lgs_node_at(node, "yes"), *no = lgs_node_at(node, "no");
    bool_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));

    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    expr->u.args = args;
    args->of = lgs_mapping_source(c, main);
    args->yes = yes ? lgs_mapping_texts(c, yes) : no ? NULL : &usual_yes;
    args->no = no ? lgs_mapping_texts(c, no) : yes ? NULL : &usual_no;
    return args->of && (yes == NULL || args->yes) && (no == NULL || args->no);
}

/* With one list only, what is not in it is the other. */
bool lgs_op_bool_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const bool_args_t *args = expr->u.args;
    lgs_str_t text;
    lgs_node_t of;
    bool truth;

    if (!lgs_mapping_eval(run, args->of, &of)) {
        return false;
    }
    if (of.type == LGS_NULL || of.type == LGS_BOOL) {
        *out = of;
        return true;
    }
    if (!lgs_mapping_to_text(run, expr, &of) || of.type == LGS_NULL) {
        lgs_mapping_take_null(run, out);
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_text(&of);
    truth = args->yes && is_among(args->yes, text);
    if (!truth && args->no && !is_among(args->no, text)) {
        if (args->yes) {
            return lgs_mapping_fault(run, expr, "mapping-bool", &of, out,
                                     "\"%.*s\"%s is neither yes nor no", LGS_QUOTE(text));
        }
        truth = true;
    }
    *out = (lgs_node_t){
        .u.truth = truth, .offset = of.offset, .type = LGS_BOOL, .flags = LGS_NODE_MADE};
    return true;
}

static bool is_among(const lgs_texts_t *words, lgs_str_t word)
{
    for (uint32_t i = 0; i < words->n; i++) {
        if (is_alike(words->items[i], word)) {
            return true;
        }
    }
    return false;
}

/* Without regard to the case of ASCII letters. */
static bool is_alike(lgs_str_t a, lgs_str_t b)
{
    for (size_t i = 0; i < a.len && a.len == b.len; i++) {
        char x = a.data[i], y = b.data[i];

        x = x >= 'A' && x <= 'Z' ? (char)(x | 0x20) : x;
        y = y >= 'A' && y <= 'Z' ? (char)(y | 0x20) : y;
        if (x != y) {
            return false;
        }
    }
    return a.len == b.len;
}
