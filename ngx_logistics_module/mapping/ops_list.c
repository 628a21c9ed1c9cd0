/*
 * Operations on lists: sum, count, min, max, join; unique, group_by, sort. The operand is any
 * value: a path with [*], {for_each: …, value: …}, a list of paths; one value is a list of one,
 * null an empty list. `by` is evaluated with the item as the item at hand.
 */
#include "internal.h"

#include <stdlib.h>

typedef struct {
    const lgs_expr_t *of;
    const lgs_expr_t *by; /* NULL: the item itself */
    lgs_str_t separator;
    lgs_number_out_t out;
    bool is_descending, is_plain;
} list_args_t;

typedef struct {
    const lgs_node_t *items;
    uint32_t n;
    lgs_node_t one; /* the item when the operand was no list */
    lgs_node_t value;
} items_t;

/* What an item is sorted by. */
typedef struct {
    const lgs_node_t *item;
    lgs_node_t key;
    lgs_decimal_t number;
    uint32_t index;
    bool is_numeric, is_descending; /* the same for all: qsort takes no third argument */
} sorted_t;

typedef struct {
    lgs_node_t key;
    lgs_node_t *items;
    uint32_t n;
} group_t;

static list_args_t *new_args(lgs_compile_t *c, const lgs_node_t *main, lgs_expr_t *expr);
static bool compile_by(lgs_compile_t *c, const lgs_node_t *by, list_args_t *args);
static bool eval_items(lgs_run_t *run, const list_args_t *args, items_t *items);
static bool eval_key(lgs_run_t *run, const lgs_expr_t *expr, const items_t *items, uint32_t i,
                     lgs_node_t *key);
static bool pick(lgs_run_t *run, const lgs_expr_t *expr, int wanted, lgs_node_t *out);
static bool add_number(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *item,
                       lgs_decimal_t *sum);
static bool sort_keys(lgs_run_t *run, const lgs_expr_t *expr, const items_t *items,
                      sorted_t **sorted);
static int compare_sorted(const void *a, const void *b);
static int compare_keys(const sorted_t *a, const sorted_t *b);
static bool find_groups(lgs_run_t *run, const lgs_expr_t *expr, const items_t *items,
                        group_t **of_item, lgs_map_t *groups);
static bool write_groups(lgs_run_t *run, const lgs_map_t *groups, lgs_node_t *out);
static bool write_group(lgs_run_t *run, const group_t *group, lgs_node_t *out);
static lgs_node_t list_node(const lgs_node_t *items, uint32_t n, uint32_t offset);

/* ---- sum, count, min, max ---- */

bool lgs_op_list_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    return new_args(c, main, expr) != NULL;
}

bool lgs_op_sum_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                        lgs_expr_t *expr)
{
    list_args_t *args = new_args(c, main, expr);

    return args && lgs_mapping_arg_number_out(c, node, &args->out);
}

bool lgs_op_sum_form(const lgs_expr_t *expr, lgs_number_out_t *form)
{
    if (expr->op->run != lgs_op_sum_run) {
        return false;
    }
    *form = ((const list_args_t *)expr->u.args)->out;
    return true;
}

/* Items that are null are passed over; of nothing at all there is no sum. */
bool lgs_op_sum_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const list_args_t *args = expr->u.args;
    lgs_decimal_t sum = {0, 0, false};
    bool was_invalid = run->invalid, has_any = false;
    lgs_str_t text;
    items_t items;

    lgs_mapping_take_null(run, out);
    if (!eval_items(run, args, &items)) {
        return false;
    }
    for (uint32_t i = 0; i < items.n; i++) {
        if (items.items[i].type == LGS_NULL) {
            continue;
        }
        has_any = true;
        if (!add_number(run, expr, &items.items[i], &sum)) {
            return false;
        }
    }
    if (!has_any || (run->invalid && !was_invalid)) {
        return true;
    }
    text = lgs_decimal_text(run->arena, sum);
    if (text.data == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    return lgs_mapping_number_out(run, expr, text, &items.value, args->out, out);
}

static bool add_number(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *item,
                       lgs_decimal_t *sum)
{
    lgs_node_t value = *item, none;
    lgs_decimal_t number;
    lgs_str_t text;

    if (!lgs_mapping_work(run, 1)) {
        return false;
    }
    lgs_mapping_open_text(run, &value);
    text = lgs_node_text(&value);
    if (!lgs_decimal_read(text, &number)) {
        return lgs_mapping_fault(run, expr, "mapping-number", item, &none,
                                 "\"%.*s\"%s is not a decimal number", LGS_QUOTE(text));
    }
    if (!lgs_decimal_add(*sum, number, sum)) {
        return lgs_mapping_fault(run, expr, "mapping-number", item, &none,
                                 "the sum has more than %d digits", LGS_DECIMAL_DIGITS);
    }
    return true;
}

/* Never null: of nothing there are none. */
bool lgs_op_count_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    items_t items;
    lgs_buf_t digits;
    lgs_str_t text;

    if (!eval_items(run, expr->u.args, &items)) {
        return false;
    }
    lgs_buf_init(&digits, run->arena, 10, 0);
    lgs_buf_u64(&digits, items.n);
    text = lgs_buf_text(&digits);
    if (text.data == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    lgs_mapping_put_text(out, text, &items.value, true);
    out->type = LGS_NUMBER;
    return true;
}

bool lgs_op_min_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return pick(run, expr, -1, out);
}

bool lgs_op_max_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return pick(run, expr, 1, out);
}

/* As numbers when all of them are, else byte by byte. */
static bool pick(lgs_run_t *run, const lgs_expr_t *expr, int wanted, lgs_node_t *out)
{
    const sorted_t *best = NULL;
    sorted_t *sorted;
    items_t items;

    lgs_mapping_take_null(run, out);
    if (!eval_items(run, expr->u.args, &items) || !sort_keys(run, expr, &items, &sorted)) {
        return false;
    }
    for (uint32_t i = 0; i < items.n; i++) {
        if (sorted[i].key.type != LGS_NULL &&
            (best == NULL || compare_keys(&sorted[i], best) * wanted > 0)) {
            best = &sorted[i];
        }
    }
    if (best) {
        *out = *best->item;
        out->flags |= LGS_NODE_MADE;
        lgs_mapping_open_text(run, out);
    }
    return true;
}

/* ---- join ---- */

bool lgs_op_join_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    list_args_t *args = new_args(c, main, expr);

    if (args == NULL) {
        return false;
    }
    lgs_mapping_stands_with(expr, &(lgs_exprs_t){&args->of, 1}, false);
    args->separator = LGS_STR(", ");
    if (!lgs_mapping_arg_text(c, node, "separator", &args->separator)) {
        return false;
    }
    args->is_plain = lgs_mapping_is_plain(args->separator);
    return true;
}

/* Nulls and empty texts are left out with their separator. */
bool lgs_op_join_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const list_args_t *args = expr->u.args;
    bool is_plain = args->is_plain;
    size_t size = 0, len = 0;
    items_t items;
    char *text;

    lgs_mapping_take_null(run, out);
    if (!eval_items(run, args, &items)) {
        return false;
    }
    for (uint32_t i = 0; i < items.n; i++) {
        size += items.items[i].n + sizeof("false") + args->separator.len;
    }
    if (!lgs_mapping_work(run, items.n) || (text = lgs_mapping_make(run, size)) == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < items.n; i++) {
        lgs_node_t item = items.items[i];

        if (!lgs_mapping_to_text(run, expr, &item)) {
            return false;
        }
        if (item.type == LGS_NULL || item.n == 0) {
            continue;
        }
        if (len) {
            memcpy(text + len, args->separator.data, args->separator.len);
            len += args->separator.len;
        }
        memcpy(text + len, item.u.text, item.n);
        len += item.n;
        is_plain = is_plain && (item.flags & LGS_NODE_PLAIN);
    }
    if (len) {
        lgs_mapping_put_text(out, lgs_str(text, len), &items.value, is_plain);
    }
    return true;
}

/* ---- unique ---- */

bool lgs_op_by_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                       lgs_expr_t *expr)
{
    list_args_t *args = new_args(c, main, expr);

    return args && compile_by(c, lgs_node_at(node, "by"), args);
}

const lgs_expr_t *lgs_op_kept_of(const lgs_expr_t *expr)
{
    bool keeps = expr->op->run == lgs_op_unique_run || expr->op->run == lgs_op_sort_run;

    return keeps ? ((const list_args_t *)expr->u.args)->of : NULL;
}

/* The first of each; items without a key all stay. */
bool lgs_op_unique_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    lgs_node_t *kept, key;
    lgs_map_t *seen;
    items_t items;
    uint32_t n = 0;

    lgs_mapping_take_null(run, out);
    if (!eval_items(run, expr->u.args, &items) || items.n == 0) {
        return run->rc == LGS_OK;
    }
    kept = lgs_arena_array(run->arena, items.n, sizeof(*kept));
    seen = lgs_map_create(run->arena, items.n);
    if (kept == NULL || seen == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    for (uint32_t i = 0; i < items.n; i++) {
        lgs_rc_t rc = LGS_OK;

        if (!eval_key(run, expr, &items, i, &key)) {
            return false;
        }
        if (key.type != LGS_NULL) {
            rc = lgs_map_add(seen, lgs_mapping_text(&key), kept);
        }
        if (rc == LGS_NOMEM) {
            return lgs_mapping_stop_nomem(run);
        }
        if (rc == LGS_OK) {
            kept[n++] = items.items[i];
        }
    }
    *out = list_node(kept, n, items.value.offset);
    return true;
}

/* ---- group_by: [{key: …, items: […]}] in the order in which the keys come first ---- */

bool lgs_op_group_by_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                             lgs_expr_t *expr)
{
    if (lgs_node_at(node, "by") == NULL) {
        return lgs_mapping_finding(c, node,
                                   "\"group_by\" needs \"by\": what the items of a group "
                                   "have in common, a path from the item");
    }
    return lgs_op_by_compile(c, node, main, expr);
}

bool lgs_op_group_by_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    group_t **of_item;
    lgs_map_t *groups;
    items_t items;

    lgs_mapping_take_null(run, out);
    if (!eval_items(run, expr->u.args, &items) || items.n == 0) {
        return run->rc == LGS_OK;
    }
    of_item = lgs_arena_array(run->arena, items.n, sizeof(group_t *));
    groups = lgs_map_create(run->arena, 16);
    if (of_item == NULL || groups == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    if (!find_groups(run, expr, &items, of_item, groups)) {
        return false;
    }
    for (uint32_t i = 0; i < items.n; i++) {
        group_t *group = of_item[i];

        if (group->items == NULL) {
            group->items = lgs_arena_array(run->arena, group->n, sizeof(*group->items));
            group->n = 0;
        }
        if (group->items == NULL) {
            return lgs_mapping_stop_nomem(run);
        }
        group->items[group->n++] = items.items[i];
    }
    return write_groups(run, groups, out);
}

/* Items without a key are a group of their own, without a key. */
static bool find_groups(lgs_run_t *run, const lgs_expr_t *expr, const items_t *items,
                        group_t **of_item, lgs_map_t *groups)
{
    for (uint32_t i = 0; i < items->n; i++) {
        lgs_str_t name;
        group_t *group;
        lgs_node_t key;
        char *prefixed;

        if (!eval_key(run, expr, items, i, &key)) {
            return false;
        }
        /* a byte in front tells the empty key from none */
        prefixed = lgs_mapping_make(run, key.n + 1);
        if (prefixed == NULL) {
            return false;
        }
        prefixed[0] = key.type == LGS_NULL ? '0' : '1';
        if (key.type != LGS_NULL) {
            memcpy(prefixed + 1, key.u.text, key.n);
        }
        name = lgs_str(prefixed, key.type == LGS_NULL ? 1 : key.n + 1);
        group = lgs_map_get(groups, name);
        if (group == NULL) {
            group = lgs_arena_zalloc(run->arena, sizeof(*group));
            if (group == NULL || lgs_map_add(groups, name, group) != LGS_OK) {
                return lgs_mapping_stop_nomem(run);
            }
            group->key = key;
        }
        group->n++;
        of_item[i] = group;
    }
    return true;
}

static bool write_groups(lgs_run_t *run, const lgs_map_t *groups, lgs_node_t *out)
{
    uint32_t n = (uint32_t)lgs_map_count(groups);
    lgs_node_t *nodes = lgs_arena_array(run->arena, n, sizeof(*nodes));

    if (nodes == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    for (uint32_t i = 0; i < n; i++) {
        void *group;

        lgs_map_at(groups, i, NULL, &group);
        if (!write_group(run, group, &nodes[i])) {
            return false;
        }
    }
    *out = list_node(nodes, n, nodes[0].offset);
    return true;
}

static bool write_group(lgs_run_t *run, const group_t *group, lgs_node_t *out)
{
    static const lgs_str_t names[] = {LGS_STR_INIT("items"), LGS_STR_INIT("key")};
    lgs_member_t *members = lgs_arena_array(run->arena, LGS_N(names), sizeof(*members));
    uint32_t offset = group->items[0].offset;

    if (members == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    members[0].value = list_node(group->items, group->n, offset);
    members[1].value = group->key;
    for (size_t i = 0; i < LGS_N(names); i++) {
        lgs_mapping_put_text(&members[i].name, names[i], &group->items[0], true);
        members[i].name.hash = lgs_hash(names[i].data, names[i].len);
    }
    *out = (lgs_node_t){.u.members = members,
                        .n = group->key.type == LGS_NULL ? 1 : 2,
                        .offset = offset,
                        .type = LGS_OBJECT,
                        .flags = LGS_NODE_MADE};
    return true;
}

/* ---- sort ---- */

bool lgs_op_sort_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    static const lgs_str_t orders[] = {LGS_STR_INIT("up"), LGS_STR_INIT("down")};
    list_args_t *args = new_args(c, main, expr);
    unsigned order = 0;

    if (args == NULL || !lgs_mapping_arg_word(c, node, "order", orders, LGS_N(orders), &order)) {
        return false;
    }
    args->is_descending = order;
    return compile_by(c, lgs_node_at(node, "by"), args);
}

/* What is equal keeps its order; what has no key comes last. */
bool lgs_op_sort_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    sorted_t *sorted;
    lgs_node_t *nodes;
    items_t items;

    lgs_mapping_take_null(run, out);
    if (!eval_items(run, expr->u.args, &items) || items.n == 0 ||
        !sort_keys(run, expr, &items, &sorted)) {
        return run->rc == LGS_OK;
    }
    nodes = lgs_arena_array(run->arena, items.n, sizeof(*nodes));
    if (nodes == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    for (uint32_t n = items.n; n > 1; n /= 2) { /* n log n comparisons */
        if (!lgs_mapping_work(run, items.n)) {
            return false;
        }
    }
    qsort(sorted, items.n, sizeof(*sorted), compare_sorted);
    for (uint32_t i = 0; i < items.n; i++) {
        nodes[i] = *sorted[i].item;
    }
    *out = list_node(nodes, items.n, items.value.offset);
    return true;
}

static bool sort_keys(lgs_run_t *run, const lgs_expr_t *expr, const items_t *items,
                      sorted_t **sorted)
{
    const list_args_t *args = expr->u.args;
    sorted_t *keys = lgs_arena_array(run->arena, items->n, sizeof(*keys));
    bool is_numeric = true;

    *sorted = keys;
    if (keys == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    for (uint32_t i = 0; i < items->n; i++) {
        keys[i].item = &items->items[i];
        keys[i].index = i;
        keys[i].is_descending = args->is_descending;
        if (!eval_key(run, expr, items, i, &keys[i].key)) {
            return false;
        }
        is_numeric = is_numeric &&
                     (keys[i].key.type == LGS_NULL ||
                      lgs_decimal_read(lgs_mapping_text(&keys[i].key), &keys[i].number));
    }
    for (uint32_t i = 0; i < items->n; i++) {
        keys[i].is_numeric = is_numeric;
    }
    return true;
}

static int compare_sorted(const void *a, const void *b)
{
    const sorted_t *x = a, *y = b;
    int order;

    if (x->key.type == LGS_NULL || y->key.type == LGS_NULL) {
        order = (x->key.type == LGS_NULL) - (y->key.type == LGS_NULL);
    } else {
        order = compare_keys(x, y);
        order = x->is_descending ? -order : order;
    }
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int compare_keys(const sorted_t *a, const sorted_t *b)
{
    int order;

    if (a->is_numeric) {
        return lgs_decimal_compare(a->number, b->number);
    }
    order = memcmp(a->key.u.text, b->key.u.text, a->key.n < b->key.n ? a->key.n : b->key.n);
    return order ? (order > 0) - (order < 0) : (a->key.n > b->key.n) - (a->key.n < b->key.n);
}

/* ---- shared ---- */

static list_args_t *new_args(lgs_compile_t *c, const lgs_node_t *main, lgs_expr_t *expr)
{
    list_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));

    if (args == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    expr->u.args = args;
    args->of = lgs_mapping_source(c, main);
    return args->of ? args : NULL;
}

/* Within a scope of its own, like what stands below a for_each. */
static bool compile_by(lgs_compile_t *c, const lgs_node_t *by, list_args_t *args)
{
    if (by == NULL) {
        return true;
    }
    if (c->scopes == LGS_MAPPING_MAX_SCOPES) {
        return lgs_mapping_finding(c, by, "more than %u for_each within each other",
                                   LGS_MAPPING_MAX_SCOPES);
    }
    c->scopes++;
    c->opened++;
    c->degree++;
    args->by = lgs_mapping_source(c, by);
    c->degree--;
    c->scopes--;
    return args->by != NULL;
}

static bool eval_items(lgs_run_t *run, const list_args_t *args, items_t *items)
{
    if (!lgs_mapping_eval(run, args->of, &items->value)) {
        return false;
    }
    items->one = items->value;
    items->items = &items->one;
    items->n = items->value.type != LGS_NULL;
    if (items->value.type == LGS_ARRAY) {
        items->items = items->value.u.items;
        items->n = items->value.n;
    }
    return true;
}

/* The key of an item as a text, or null. */
static bool eval_key(lgs_run_t *run, const lgs_expr_t *expr, const items_t *items, uint32_t i,
                     lgs_node_t *key)
{
    const list_args_t *args = expr->u.args;
    bool ok;

    if (!lgs_mapping_work(run, 1)) {
        return false;
    }
    if (args->by == NULL) {
        *key = items->items[i];
        return lgs_mapping_to_text(run, expr, key);
    }
    run->depth++;
    run->scopes[run->depth] = (lgs_scope_t){&items->items[i], i};
    ok = lgs_mapping_eval_text(run, args->by, key);
    run->depth--;
    return ok;
}

static lgs_node_t list_node(const lgs_node_t *items, uint32_t n, uint32_t offset)
{
    return (lgs_node_t){
        .u.items = items, .n = n, .offset = offset, .type = LGS_ARRAY, .flags = LGS_NODE_MADE};
}
