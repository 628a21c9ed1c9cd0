/*
 * Conditions: {eq: [path, value]}, {in: [path, [values]]}, {exists: path}, {matches: [path,
 * pattern]}, {gt|ge|lt|le: [path, value]}, {all: [...]}, {any: [...]}, {not: condition}. A missing
 * value makes every comparison false. Numbers compare as numbers however they are written, else
 * bytes.
 */
#include "internal.h"

typedef struct cond_op_s {
    const char *name;
    bool (*compile)(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond);
    lgs_truth_t (*holds)(lgs_run_t *run, const lgs_cond_t *cond);
    lgs_needs_t (*needs)(const lgs_cond_t *cond);
    unsigned orders; /* of gt, ge, lt, le: which outcomes of a comparison hold */
} cond_op_t;

enum { LESS = 1, EQUAL = 2, GREATER = 4 };

typedef enum { FOLD_OPEN, FOLD_TRUE, FOLD_FALSE } fold_t;

struct lgs_cond_s {
    const cond_op_t *op;
    const lgs_expr_t *left;
    const lgs_expr_t *right;
    const lgs_regex_t *regex;
    const lgs_map_t *set;
    const lgs_cond_t **kids;
    uint32_t n;
};

static fold_t fold(const lgs_cond_t *cond);
static fold_t fold_comparison(const lgs_cond_t *cond);
static bool compile_pair(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond);
static void note_path(lgs_compile_t *c, const lgs_node_t *node, const lgs_expr_t *expr);
static bool compile_in(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond);
static const lgs_node_t *listed(lgs_compile_t *c, const lgs_node_t *item);
static bool compile_exists(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond);
static bool compile_matches(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond);
static bool compile_group(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond);
static bool compile_not(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond);
static lgs_truth_t holds_eq(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_truth_t holds_order(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_truth_t holds_in(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_truth_t holds_exists(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_truth_t holds_matches(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_truth_t holds_all(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_truth_t holds_any(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_truth_t holds_not(lgs_run_t *run, const lgs_cond_t *cond);
static lgs_needs_t needs_left(const lgs_cond_t *cond);
static lgs_needs_t needs_pair(const lgs_cond_t *cond);
static lgs_needs_t needs_first(const lgs_cond_t *cond);
static lgs_needs_t needs_any(const lgs_cond_t *cond);
static lgs_needs_t needs_nothing(const lgs_cond_t *cond);
static bool is_text(const lgs_node_t *node);
static bool is_same(const lgs_node_t *a, const lgs_node_t *b);

static const cond_op_t conditions[] = {
    {"eq", compile_pair, holds_eq, needs_pair, 0},
    {"in", compile_in, holds_in, needs_left, 0},
    {"exists", compile_exists, holds_exists, needs_left, 0},
    {"matches", compile_matches, holds_matches, needs_left, 0},
    {"gt", compile_pair, holds_order, needs_pair, GREATER},
    {"ge", compile_pair, holds_order, needs_pair, GREATER | EQUAL},
    {"lt", compile_pair, holds_order, needs_pair, LESS},
    {"le", compile_pair, holds_order, needs_pair, LESS | EQUAL},
    {"all", compile_group, holds_all, needs_first, 0},
    {"any", compile_group, holds_any, needs_any, 0},
    {"not", compile_not, holds_not, needs_nothing, 0},
};

/* Recursion is bounded by LGS_MAPPING_MAX_NESTING. */
const lgs_cond_t *lgs_mapping_cond(lgs_compile_t *c, const lgs_node_t *node)
{
    lgs_str_t words[LGS_N(conditions)], name;
    lgs_cond_t *cond;
    size_t mark;
    bool ok;

    if (node->type != LGS_OBJECT || node->n != 1) {
        lgs_mapping_finding(c, node,
                            "a condition is an object with one member: {eq: [path, "
                            "value]}, {exists: path}, ...; several go into {all: [...]}");
        return NULL;
    }
    if (c->nesting == LGS_MAPPING_MAX_NESTING) {
        lgs_mapping_finding(c, node, "more than %u conditions within each other",
                            LGS_MAPPING_MAX_NESTING);
        return NULL;
    }
    cond = lgs_arena_zalloc(c->arena, sizeof(*cond));
    if (cond == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    name = lgs_node_text(&node->u.members[0].name);
    for (size_t i = 0; i < LGS_N(conditions) && cond->op == NULL; i++) {
        words[i] = lgs_cstr(conditions[i].name);
        cond->op = lgs_str_eq(name, words[i]) ? &conditions[i] : NULL;
    }
    if (cond->op == NULL) {
        lgs_mapping_unknown(c, &node->u.members[0].name, "condition", name, words, LGS_N(words));
        return NULL;
    }
    c->nesting++;
    mark = lgs_mapping_enter(c, name);
    ok = cond->op->compile(c, &node->u.members[0].value, cond);
    lgs_mapping_leave(c, mark);
    c->nesting--;
    return ok ? cond : NULL;
}

lgs_truth_t lgs_mapping_holds(lgs_run_t *run, const lgs_cond_t *cond)
{
    return lgs_mapping_work(run, 1) ? cond->op->holds(run, cond) : LGS_STOPS;
}

/*
 * Decided at load where nothing of a document is looked at. Recursion is bounded by
 * LGS_MAPPING_MAX_NESTING.
 */
static fold_t fold(const lgs_cond_t *cond)
{
    /* one kid that fails decides `all`, one that holds decides `any` */
    fold_t deciding = cond->op->holds == holds_all ? FOLD_FALSE : FOLD_TRUE;
    fold_t result = deciding == FOLD_FALSE ? FOLD_TRUE : FOLD_FALSE;

    if (cond->n == 0) {
        return fold_comparison(cond);
    }
    if (cond->op->holds == holds_not) {
        fold_t inner = fold(cond->kids[0]);

        return inner == FOLD_OPEN ? FOLD_OPEN : inner == FOLD_TRUE ? FOLD_FALSE : FOLD_TRUE;
    }
    for (uint32_t i = 0; i < cond->n; i++) {
        fold_t kid = fold(cond->kids[i]);

        if (kid == deciding) {
            return deciding;
        }
        result = kid == FOLD_OPEN ? FOLD_OPEN : result;
    }
    return result;
}

static fold_t fold_comparison(const lgs_cond_t *cond)
{
    const lgs_node_t *left = &cond->left->u.value;

    if (cond->left->op != &lgs_op_const || (cond->right && cond->right->op != &lgs_op_const)) {
        return FOLD_OPEN;
    }
    if (cond->op->holds == holds_exists) {
        return left->type != LGS_NULL ? FOLD_TRUE : FOLD_FALSE;
    }
    if (cond->op->holds == holds_eq) {
        return is_same(left, &cond->right->u.value) ? FOLD_TRUE : FOLD_FALSE;
    }
    if (cond->op->holds == holds_in) {
        return is_text(left) && lgs_map_get(cond->set, lgs_mapping_text(left)) ? FOLD_TRUE
                                                                               : FOLD_FALSE;
    }
    return FOLD_OPEN;
}

bool lgs_mapping_never_holds(const lgs_cond_t *cond)
{
    return cond && fold(cond) == FOLD_FALSE;
}

/* ---- compile ---- */

static bool compile_pair(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond)
{
    if (main->type != LGS_ARRAY || main->n != 2) {
        return lgs_mapping_finding(c, main, "two things to compare are wanted: [path, value]");
    }
    cond->left = lgs_mapping_source(c, &main->u.items[0]);
    cond->right = lgs_mapping_value(c, &main->u.items[1]);
    note_path(c, &main->u.items[1], cond->right);
    return cond->left && cond->right;
}

/* "/9" to compare with is read as a path, whose value is most often missing: nothing is equal. */
static void note_path(lgs_compile_t *c, const lgs_node_t *node, const lgs_expr_t *expr)
{
    lgs_str_t text = lgs_node_text(node);

    if (node->type == LGS_STRING && expr && expr->op == &lgs_op_path && text.data[0] != '$' &&
        !lgs_str_starts(text, LGS_STR("^/")) && !lgs_str_starts(text, LGS_STR("^^"))) {
        lgs_mapping_load_note(c, node,
                              "\"%.*s\"%s is a path here: write {path: %.*s} if that is meant, "
                              "{const: %.*s} for the text",
                              LGS_QUOTE(text), lgs_mapping_quote_len(text), text.data,
                              lgs_mapping_quote_len(text), text.data);
    }
}

static bool compile_in(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond)
{
    const lgs_node_t *list;
    lgs_map_t *set;

    if (main->type != LGS_ARRAY || main->n != 2 || main->u.items[1].type != LGS_ARRAY) {
        return lgs_mapping_finding(c, main, "a path and a list are wanted: [path, [a, b]]");
    }
    list = &main->u.items[1];
    cond->left = lgs_mapping_source(c, &main->u.items[0]);
    set = lgs_map_create(c->arena, list->n);
    if (set == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < list->n; i++) {
        const lgs_node_t *item = listed(c, &list->u.items[i]);
        lgs_rc_t rc;

        if (!is_text(item)) {
            return lgs_mapping_finding(c, item, "the list must hold texts and numbers only");
        }
        rc = lgs_map_add(set, lgs_mapping_text(item), (void *)item);
        if (rc == LGS_NOMEM) {
            return lgs_mapping_nomem(c);
        }
        if (rc != LGS_OK) {
            return lgs_mapping_finding(c, item, "\"%.*s\"%s stands twice in the list",
                                       LGS_QUOTE(lgs_mapping_text(item)));
        }
    }
    cond->set = set;
    return cond->left != NULL;
}

/* The list of `in` is put together at load: what looks like a path there is a text. */
static const lgs_node_t *listed(lgs_compile_t *c, const lgs_node_t *item)
{
    const lgs_node_t *meant = item->type == LGS_OBJECT && item->n == 1 ? lgs_node_at(item, "const")
                                                                       : NULL;

    if (item->type == LGS_STRING && c->syntax->is_path(lgs_mapping_text(item))) {
        lgs_mapping_load_note(c, item,
                              "\"%.*s\"%s is a text in this list: write {const: ...} if that is "
                              "meant; a path is compared with {eq: [path, path]}",
                              LGS_QUOTE(lgs_mapping_text(item)));
    }
    return meant ? meant : item;
}

static bool compile_exists(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond)
{
    cond->left = lgs_mapping_source(c, main);
    return cond->left != NULL;
}

static bool compile_matches(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond)
{
    if (main->type != LGS_ARRAY || main->n != 2) {
        return lgs_mapping_finding(c, main, "a path and a pattern are wanted: [path, pattern]");
    }
    cond->left = lgs_mapping_source(c, &main->u.items[0]);
    return lgs_mapping_arg_regex(c, &main->u.items[1], &cond->regex) && cond->left;
}

static bool compile_group(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond)
{
    bool ok = true;

    if (main->type != LGS_ARRAY || main->n == 0) {
        return lgs_mapping_finding(c, main, "a list of conditions is wanted");
    }
    cond->kids = lgs_arena_array(c->arena, main->n, sizeof(*cond->kids));
    if (cond->kids == NULL) {
        return lgs_mapping_nomem(c);
    }
    cond->n = main->n;
    for (uint32_t i = 0; i < main->n; i++) {
        cond->kids[i] = lgs_mapping_cond(c, &main->u.items[i]);
        ok = ok && cond->kids[i];
    }
    return ok;
}

static bool compile_not(lgs_compile_t *c, const lgs_node_t *main, lgs_cond_t *cond)
{
    cond->kids = lgs_arena_array(c->arena, 1, sizeof(*cond->kids));
    if (cond->kids == NULL) {
        return lgs_mapping_nomem(c);
    }
    cond->n = 1;
    cond->kids[0] = lgs_mapping_cond(c, main);
    return cond->kids[0] != NULL;
}

/* ---- needs: without them it does not hold, and nothing is told of it ---- */

/* Recursion is bounded by LGS_MAPPING_MAX_NESTING. */
lgs_needs_t lgs_mapping_cond_needs(const lgs_cond_t *cond)
{
    return cond->op->needs(cond);
}

static lgs_needs_t needs_left(const lgs_cond_t *cond)
{
    return cond->left->needs;
}

/* The right side is evaluated, too: it may have something to tell. */
static lgs_needs_t needs_pair(const lgs_cond_t *cond)
{
    return cond->right->is_const ? cond->left->needs : (lgs_needs_t){0};
}

/* The first that does not hold ends it. */
static lgs_needs_t needs_first(const lgs_cond_t *cond)
{
    return lgs_mapping_cond_needs(cond->kids[0]);
}

static lgs_needs_t needs_any(const lgs_cond_t *cond)
{
    lgs_needs_t needs = {0};

    for (uint32_t i = 0; i < cond->n; i++) {
        if (!lgs_mapping_add_needs(&needs, lgs_mapping_cond_needs(cond->kids[i]))) {
            return (lgs_needs_t){0};
        }
    }
    return needs;
}

static lgs_needs_t needs_nothing(const lgs_cond_t *cond)
{
    return (lgs_needs_t){0};
}

/* ---- run ---- */

/* A value to compare: of an XML element its text. */
static bool eval_value(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    if (!lgs_mapping_eval(run, expr, out)) {
        return false;
    }
    lgs_mapping_open_text(run, out);
    return true;
}

static inline lgs_truth_t truth(bool holds)
{
    return holds ? LGS_YES : LGS_NO;
}

static lgs_truth_t holds_eq(lgs_run_t *run, const lgs_cond_t *cond)
{
    lgs_node_t left, right;

    if (!eval_value(run, cond->left, &left) || !eval_value(run, cond->right, &right)) {
        return LGS_STOPS;
    }
    return truth(left.type != LGS_NULL && is_same(&left, &right));
}

static lgs_truth_t holds_order(lgs_run_t *run, const lgs_cond_t *cond)
{
    lgs_node_t left, right;
    lgs_decimal_t a, b;
    int order;

    if (!eval_value(run, cond->left, &left) || !eval_value(run, cond->right, &right)) {
        return LGS_STOPS;
    }
    if (!is_text(&left) || !is_text(&right)) {
        return LGS_NO;
    }
    if (lgs_decimal_read(lgs_mapping_text(&left), &a) &&
        lgs_decimal_read(lgs_mapping_text(&right), &b)) {
        order = lgs_decimal_compare(a, b);
    } else {
        order = memcmp(left.u.text, right.u.text, left.n < right.n ? left.n : right.n);
        order = order ? order : (left.n > right.n) - (left.n < right.n);
    }
    return truth(cond->op->orders & (order < 0 ? LESS : order > 0 ? GREATER : EQUAL));
}

static lgs_truth_t holds_in(lgs_run_t *run, const lgs_cond_t *cond)
{
    lgs_node_t left;

    if (!eval_value(run, cond->left, &left)) {
        return LGS_STOPS;
    }
    return truth(is_text(&left) && lgs_map_get(cond->set, lgs_mapping_text(&left)) != NULL);
}

static lgs_truth_t holds_exists(lgs_run_t *run, const lgs_cond_t *cond)
{
    const lgs_expr_t *expr = cond->left;
    lgs_node_t left;

    if (expr->op == &lgs_op_path && expr->u.path->is_segment) { /* no list of all is wanted */
        bool is_there = lgs_mapping_path_first(run, expr->u.path) != NULL;

        return run->rc == LGS_OK ? truth(is_there) : LGS_STOPS;
    }
    return lgs_mapping_eval(run, expr, &left) ? truth(left.type != LGS_NULL) : LGS_STOPS;
}

static lgs_truth_t holds_matches(lgs_run_t *run, const lgs_cond_t *cond)
{
    lgs_node_t left, none;
    lgs_regex_result_t result;

    if (!eval_value(run, cond->left, &left)) {
        return LGS_STOPS;
    }
    if (!is_text(&left)) {
        return LGS_NO;
    }
    result = lgs_regex_match(cond->regex, lgs_mapping_text(&left));
    if (result == LGS_REGEX_TOO_HARD) {
        lgs_mapping_fault(run, cond->left, "mapping-pattern", &left, &none,
                          "the pattern takes too many steps on \"%.*s\"%s",
                          LGS_QUOTE(lgs_mapping_text(&left)));
    }
    return truth(result == LGS_REGEX_YES);
}

static lgs_truth_t holds_all(lgs_run_t *run, const lgs_cond_t *cond)
{
    lgs_truth_t holds = LGS_YES;

    for (uint32_t i = 0; i < cond->n && holds == LGS_YES; i++) {
        holds = lgs_mapping_holds(run, cond->kids[i]);
    }
    return holds;
}

static lgs_truth_t holds_any(lgs_run_t *run, const lgs_cond_t *cond)
{
    lgs_truth_t holds = LGS_NO;

    for (uint32_t i = 0; i < cond->n && holds == LGS_NO; i++) {
        holds = lgs_mapping_holds(run, cond->kids[i]);
    }
    return holds;
}

static lgs_truth_t holds_not(lgs_run_t *run, const lgs_cond_t *cond)
{
    lgs_truth_t holds = lgs_mapping_holds(run, cond->kids[0]);

    return holds == LGS_STOPS ? LGS_STOPS : truth(holds == LGS_NO);
}

static bool is_text(const lgs_node_t *node)
{
    return node->type == LGS_STRING || node->type == LGS_NUMBER;
}

/* "5" and 5 are the same: partners do not agree with themselves which they send. */
static bool is_same(const lgs_node_t *a, const lgs_node_t *b)
{
    lgs_decimal_t x, y;

    if (!is_text(a) || !is_text(b)) {
        return a->type == b->type && lgs_node_equal(a, b);
    }
    if (lgs_str_eq(lgs_mapping_text(a), lgs_mapping_text(b))) {
        return true;
    }
    return (a->type == LGS_NUMBER || b->type == LGS_NUMBER) &&
           lgs_decimal_read(lgs_mapping_text(a), &x) && lgs_decimal_read(lgs_mapping_text(b), &y) &&
           lgs_decimal_compare(x, y) == 0;
}
