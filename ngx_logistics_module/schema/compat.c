/* The walk of a comparison (compat.h, compat_walk.h). */
#include "compat_walk.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_STEPS  200000u
#define MAX_DEPTH  100u
#define MAX_REASON 512u
#define MAX_EXPAND 32u

struct frame_s {
    const frame_t *up;
    const all_t *from;
    const lgs_node_t *to;
    uint32_t depth;
};

static void compare_object(compat_t *compat, const all_t *from, const target_t *to);
static void compare_rules(compat_t *compat, const all_t *from, const target_t *to);
static bool is_open(const compat_t *compat, const all_t *from, const lgs_node_t *to);
static bool is_never(const all_t *all);
static const lgs_node_t *values_of(const all_t *all, uint32_t *n);
static void compare_values(compat_t *compat, const all_t *from, const target_t *to,
                           const lgs_node_t *values, uint32_t n);
static bool takes(compat_t *compat, lgs_schema_store_t *store, const target_t *target,
                  const lgs_node_t *value);
static bool split(compat_t *compat, const all_t *from, target_t to);
static void compare_ref(compat_t *compat, const all_t *from, const target_t *to);
static void compare_choice(compat_t *compat, const all_t *from, const target_t *to,
                           const char *keyword);
static void expand(compat_t *compat, all_t *all, target_t target, uint32_t depth);
static bool resolve(compat_t *compat, lgs_schema_store_t *store, const target_t *from,
                    const lgs_node_t *reference, target_t *target);
static bool is_told(const compat_t *compat, const target_t *to, const lgs_node_t *at,
                    const char *reason);

lgs_rc_t lgs_schema_compat(lgs_schema_store_t *from_store, lgs_str_t from,
                           lgs_schema_store_t *to_store, lgs_str_t to, lgs_compat_options_t options,
                           lgs_errs_t *errs)
{
    const resource_t *old = lgs_store_find(from_store, from), *new = lgs_store_find(to_store, to);
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    compat_t compat = {.from = from_store,
                       .to = to_store,
                       .options = options,
                       .arena = arena,
                       .errs = errs,
                       .steps = MAX_STEPS};
    all_t *all = arena ? lgs_arena_zalloc(arena, sizeof(*all)) : NULL;

    if (all == NULL || old == NULL || new == NULL) {
        lgs_arena_destroy(arena);
        return lgs_errs_nomem(errs);
    }
    lgs_compat_add(&compat, all, (target_t){old, old->node, old->pointer, NULL});
    lgs_compat_compare(&compat, all, (target_t){new, new->node, new->pointer, NULL});
    lgs_arena_destroy(arena);
    if (compat.trouble == LGS_LIMIT) {
        lgs_errs_add(errs, "max-steps", (lgs_pos_t){0}, "the schemas are too large to compare");
        return LGS_LIMIT;
    }
    if (compat.trouble == LGS_NOMEM) {
        return lgs_errs_nomem(errs);
    }
    return compat.n_found ? LGS_INVALID : LGS_OK;
}

void lgs_compat_compare(compat_t *compat, const all_t *from, target_t to)
{
    frame_t frame = {compat->frame, from, to.node, compat->frame ? compat->frame->depth + 1 : 0};
    uint32_t before = compat->n_found;

    if (compat->trouble != LGS_OK || lgs_node_is_true(to.node) || is_never(from) ||
        is_open(compat, from, to.node)) {
        return;
    }
    if (compat->steps == 0 || frame.depth > MAX_DEPTH) {
        compat->trouble = LGS_LIMIT;
        return;
    }
    compat->steps--;
    if (to.node->type != LGS_OBJECT) {
        if (compat->subject.len) {
            lgs_compat_say(compat, &to, NULL, "refuses \"%.*s\"", LGS_FMT(compat->subject));
        } else {
            lgs_compat_say(compat, &to, NULL, "refuses every value");
        }
        return;
    }
    compat->frame = &frame;
    compat->silent++; /* an anyOf that is taken apart may show that nothing is refused */
    compare_object(compat, from, &to);
    compat->silent--;
    if (compat->n_found > before) {
        compat->n_found = before;
        if (!split(compat, from, to)) {
            compare_object(compat, from, &to);
        }
    }
    compat->frame = frame.up;
}

static void compare_object(compat_t *compat, const all_t *from, const target_t *to)
{
    uint32_t n = 0;
    const lgs_node_t *values = values_of(from, &n);

    if (values) {
        compare_values(compat, from, to, values, n);
        return;
    }
    compare_ref(compat, from, to);
    compare_rules(compat, from, to);
}

static void compare_rules(compat_t *compat, const all_t *from, const target_t *to)
{
    static const struct {
        const char *keyword;
        unsigned types; /* that it says something about */
        const char *what;
    } rules[] = {
        {"type", 0, NULL},
        {"const", 0, "refuses all other values"},
        {"enum", 0, "refuses values that are not listed"},
        {"minimum", TYPE_BIT(LGS_NUMBER), "refuses smaller numbers"},
        {"maximum", TYPE_BIT(LGS_NUMBER), "refuses larger numbers"},
        {"exclusiveMinimum", TYPE_BIT(LGS_NUMBER), "refuses smaller numbers"},
        {"exclusiveMaximum", TYPE_BIT(LGS_NUMBER), "refuses larger numbers"},
        {"multipleOf", TYPE_BIT(LGS_NUMBER), "refuses numbers between"},
        {"minLength", TYPE_BIT(LGS_STRING), "refuses shorter texts"},
        {"maxLength", TYPE_BIT(LGS_STRING), "refuses longer texts"},
        {"pattern", TYPE_BIT(LGS_STRING), "refuses texts that do not match"},
        {"format", TYPE_BIT(LGS_STRING), "refuses texts of another form"},
        {"minItems", TYPE_BIT(LGS_ARRAY), "refuses arrays with fewer items"},
        {"maxItems", TYPE_BIT(LGS_ARRAY), "refuses arrays with more items"},
        {"uniqueItems", TYPE_BIT(LGS_ARRAY), "refuses arrays that have a value twice"},
        {"contains", TYPE_BIT(LGS_ARRAY), "could refuse arrays"},
        {"unevaluatedItems", TYPE_BIT(LGS_ARRAY), "could refuse items"},
        {"minProperties", TYPE_BIT(LGS_OBJECT), "refuses objects with fewer members"},
        {"maxProperties", TYPE_BIT(LGS_OBJECT), "refuses objects with more members"},
        {"propertyNames", TYPE_BIT(LGS_OBJECT), "could refuse names"},
        {"patternProperties", TYPE_BIT(LGS_OBJECT), "could refuse members"},
        {"dependentRequired", TYPE_BIT(LGS_OBJECT), "could refuse objects"},
        {"dependentSchemas", TYPE_BIT(LGS_OBJECT), "could refuse objects"},
        {"dependencies", TYPE_BIT(LGS_OBJECT), "could refuse objects"},
        {"unevaluatedProperties", TYPE_BIT(LGS_OBJECT), "could refuse members"},
        {"not", 0, "could refuse values"},
        {"if", 0, "could refuse values"},
        {"$dynamicRef", 0, "could refuse values"},
        {"$recursiveRef", 0, "could refuse values"},
    };
    unsigned types = lgs_compat_types(from);
    unsigned refused = types & ~lgs_compat_types_of(to);

    types |= types & TYPE_INTEGER ? TYPE_BIT(LGS_NUMBER) : 0;
    if (refused) {
        lgs_str_t words = lgs_words_types(compat->arena, refused);

        lgs_compat_say(compat, to, "type", "refuses %.*s", LGS_FMT(words));
    }
    for (size_t i = 1; i < LGS_N(rules); i++) {
        const lgs_node_t *value = lgs_compat_value(to, rules[i].keyword);

        if (value && (rules[i].types == 0 || (rules[i].types & types)) &&
            !lgs_compat_is_implied(compat, from, to, rules[i].keyword, value)) {
            lgs_compat_say(compat, to, rules[i].keyword, "%s", rules[i].what);
        }
    }
    if (types & TYPE_BIT(LGS_OBJECT)) {
        lgs_compat_members(compat, from, to);
    }
    if (types & TYPE_BIT(LGS_ARRAY)) {
        lgs_compat_items(compat, from, to);
    }
    compare_choice(compat, from, to, "anyOf");
    compare_choice(compat, from, to, "oneOf");
}

/* The same question is being answered further up: a schema that refers to itself. */
static bool is_open(const compat_t *compat, const all_t *from, const lgs_node_t *to)
{
    for (const frame_t *frame = compat->frame; frame; frame = frame->up) {
        uint32_t i = 0;

        if (frame->to != to || frame->from->n != from->n) {
            continue;
        }
        while (i < from->n && frame->from->items[i].node == from->items[i].node) {
            i++;
        }
        if (i == from->n && frame->from->n_split == from->n_split) {
            return true;
        }
    }
    return false;
}

static bool is_never(const all_t *all)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->items[i].node->type == LGS_BOOL && !all->items[i].node->u.truth) {
            return true;
        }
    }
    return false;
}

/* All values there are, when a const or an enum names them. */
static const lgs_node_t *values_of(const all_t *all, uint32_t *n)
{
    for (uint32_t i = 0; i < all->n; i++) {
        const lgs_node_t *one = lgs_compat_value(&all->items[i], "const");
        const lgs_node_t *list = lgs_compat_value(&all->items[i], "enum");

        if (one || (list && list->type == LGS_ARRAY)) {
            *n = one ? 1 : list->n;
            return one ? one : list->u.items;
        }
    }
    return NULL;
}

static void compare_values(compat_t *compat, const all_t *from, const target_t *to,
                           const lgs_node_t *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool is_taken = true;

        for (uint32_t k = 0; is_taken && k < from->n; k++) {
            is_taken = takes(compat, compat->from, &from->items[k], &values[i]);
        }
        if (is_taken && !takes(compat, compat->to, to, &values[i])) {
            lgs_str_t shown = lgs_words_value(compat->arena, &values[i]);

            lgs_compat_say(compat, to, lgs_compat_value(to, "enum") ? "enum" : NULL, "refuses %.*s",
                           LGS_FMT(shown));
        }
    }
}

static bool takes(compat_t *compat, lgs_schema_store_t *store, const target_t *target,
                  const lgs_node_t *value)
{
    lgs_schema_t *schema = lgs_schema_compile_at(store, target, NULL);
    lgs_doc_t doc = {.root = *value, .n_nodes = 1};

    if (compat->steps == 0 || schema == NULL) {
        compat->trouble = compat->steps ? LGS_NOMEM : LGS_LIMIT;
        return true;
    }
    compat->steps--;
    return lgs_schema_validate(schema, &doc, NULL, NULL) == LGS_OK;
}

/* Each branch of the first anyOf or oneOf of `from` on its own; false: there is none left. */
static bool split(compat_t *compat, const all_t *from, target_t to)
{
    const lgs_node_t *branches = NULL;
    const char *keyword = NULL;
    uint32_t at = from->n_split;

    for (; at < from->n && branches == NULL; at++) {
        keyword = lgs_compat_value(&from->items[at], "anyOf") ? "anyOf" : "oneOf";
        branches = lgs_compat_value(&from->items[at], keyword);
    }
    for (uint32_t i = 0; branches && i < branches->n; i++) {
        all_t *one = lgs_arena_alloc(compat->arena, sizeof(*one));

        if (one == NULL) {
            compat->trouble = LGS_NOMEM;
            return true;
        }
        *one = *from;
        one->n_split = at;
        lgs_compat_add(compat, one,
                       lgs_compat_sub(compat, compat->from, &from->items[at - 1], keyword,
                                      lgs_str("", 0), &branches->u.items[i]));
        lgs_compat_compare(compat, one, to);
    }
    return branches != NULL;
}

/* What $ref and allOf of `to` demand as well. */
static void compare_ref(compat_t *compat, const all_t *from, const target_t *to)
{
    const lgs_node_t *reference = lgs_compat_value(to, "$ref");
    const lgs_node_t *all = lgs_compat_value(to, "allOf");
    target_t target;

    if (reference && resolve(compat, compat->to, to, reference, &target)) {
        lgs_compat_compare(compat, from, target);
    }
    for (uint32_t i = 0; all && i < all->n; i++) {
        char digits[16];
        int len = snprintf(digits, sizeof(digits), "%u", i);

        lgs_compat_compare(compat, from,
                           lgs_compat_sub(compat, compat->to, to, "allOf",
                                          lgs_str(digits, (size_t)len), &all->u.items[i]));
    }
}

/*
 * anyOf: one branch must take all. oneOf asks as well that no other takes any, which is only known
 * when `from` has the same.
 */
static void compare_choice(compat_t *compat, const all_t *from, const target_t *to,
                           const char *keyword)
{
    const lgs_node_t *branches = lgs_compat_value(to, keyword);
    uint32_t before = compat->n_found;

    if (branches == NULL || lgs_compat_is_implied(compat, from, to, keyword, branches)) {
        return;
    }
    for (uint32_t i = 0; strcmp(keyword, "anyOf") == 0 && i < branches->n; i++) {
        bool is_good;

        compat->silent++;
        lgs_compat_compare(
            compat, from,
            lgs_compat_sub(compat, compat->to, to, keyword, lgs_str("", 0), &branches->u.items[i]));
        compat->silent--;
        is_good = compat->n_found == before;
        compat->n_found = before;
        if (is_good) {
            return;
        }
    }
    lgs_compat_say(compat, to, keyword, "could refuse values that fit none of its forms%s",
                   keyword[0] == 'o' ? ", or more than one" : "");
}

void lgs_compat_say(compat_t *compat, const target_t *to, const char *keyword, const char *format,
                    ...)
{
    const lgs_doc_t *doc = to->resource->doc;
    const lgs_node_t *at = keyword ? lgs_node_at(to->node, keyword) : NULL;
    char reason[MAX_REASON];
    lgs_err_t *err;
    va_list args;

    compat->n_found++;
    if (compat->silent) {
        return;
    }
    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    if (is_told(compat, to, at ? at : to->node, reason)) {
        return;
    }
    err = lgs_errs_add(compat->errs, "compat", lgs_doc_locate(doc, (at ? at : to->node)->offset),
                       "%s%s%s%s", keyword ? "\"" : "", keyword ? keyword : "",
                       keyword ? "\" " : "", reason);
    err->file = doc->file.len ? doc->file : to->resource->name;
    err->pointer = lgs_arena_printf(compat->errs->arena, "%.*s%s%s", LGS_FMT(to->pointer),
                                    keyword ? "/" : "", keyword ? keyword : "");
}

/* A rule that several references lead to is told once. */
static bool is_told(const compat_t *compat, const target_t *to, const lgs_node_t *at,
                    const char *reason)
{
    const lgs_doc_t *doc = to->resource->doc;
    lgs_str_t file = doc->file.len ? doc->file : to->resource->name;
    size_t len = strlen(reason);

    for (const lgs_err_t *err = compat->errs->first; err; err = err->next) {
        if (err->pos.offset == at->offset && lgs_str_eq(err->file, file) && err->text.len >= len &&
            memcmp(err->text.data + err->text.len - len, reason, len) == 0) {
            return true;
        }
    }
    return false;
}

target_t lgs_compat_sub(compat_t *compat, lgs_schema_store_t *store, const target_t *of,
                        const char *keyword, lgs_str_t step, const lgs_node_t *node)
{
    const resource_t *inner = lgs_store_resource_at(store, node);
    target_t target = {inner ? inner : of->resource, node, {NULL, 0}, NULL};
    lgs_buf_t buf;

    lgs_buf_init(&buf, compat->arena, of->pointer.len + step.len + 32, 0);
    lgs_buf_str(&buf, of->pointer);
    lgs_pointer_add(&buf, lgs_cstr(keyword));
    if (step.len) {
        lgs_pointer_add(&buf, step);
    }
    if (buf.failed) {
        compat->trouble = LGS_NOMEM;
    }
    target.pointer = lgs_buf_text(&buf);
    return target;
}

void lgs_compat_add(compat_t *compat, all_t *all, target_t target)
{
    expand(compat, all, target, MAX_EXPAND);
}

static void expand(compat_t *compat, all_t *all, target_t target, uint32_t depth)
{
    const lgs_node_t *reference, *list;
    target_t next;

    if (all->n == COMPAT_MAX_ALL || depth == 0 || lgs_node_is_true(target.node)) {
        return;
    }
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->items[i].node == target.node) {
            return;
        }
    }
    all->items[all->n++] = target;
    reference = lgs_compat_value(&target, "$ref");
    if (reference && resolve(compat, compat->from, &target, reference, &next)) {
        expand(compat, all, next, depth - 1);
    }
    list = lgs_compat_value(&target, "allOf");
    for (uint32_t i = 0; list && i < list->n; i++) {
        expand(compat, all,
               lgs_compat_sub(compat, compat->from, &target, "allOf", lgs_str("", 0),
                              &list->u.items[i]),
               depth - 1);
    }
}

static bool resolve(compat_t *compat, lgs_schema_store_t *store, const target_t *from,
                    const lgs_node_t *reference, target_t *target)
{
    lgs_rc_t rc = lgs_store_resolve(store, from->resource, lgs_node_text(reference), target, NULL);

    if (rc != LGS_OK) { /* both were compiled: it is there */
        compat->trouble = LGS_NOMEM;
    }
    return rc == LGS_OK;
}

/* Beside a $ref of draft 7 nothing else is there. */
const lgs_node_t *lgs_compat_value(const target_t *target, const char *keyword)
{
    dialect_t dialect = target->resource->dialect;

    if (target->node->type != LGS_OBJECT) {
        return NULL;
    }
    if (dialect.drafts == DRAFT_7 && strcmp(keyword, "$ref") != 0 &&
        lgs_node_at(target->node, "$ref")) {
        return NULL;
    }
    return lgs_keyword_value(target->node, keyword, dialect);
}
