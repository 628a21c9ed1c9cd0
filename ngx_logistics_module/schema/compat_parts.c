/* Members and items in a comparison of schemas (compat_walk.h). */
#include "compat_walk.h"

#include <stdio.h>

#define MAX_PREFIX 256u /* items with a schema of their own that are compared one by one */

/* What a schema says of the items of an array, in whichever draft. */
typedef struct {
    const lgs_node_t *prefix; /* an array; NULL */
    const lgs_node_t *rest;   /* NULL: anything */
    const char *prefix_word, *rest_word;
} items_rule_t;

static void compare_required(compat_t *compat, const all_t *from, const target_t *to);
static void compare_additional(compat_t *compat, const all_t *from, const target_t *to,
                               const lgs_node_t *additional);
static void compare_patterns(compat_t *compat, const target_t *from, const target_t *to,
                             target_t rest);
static bool member_of(compat_t *compat, const all_t *from, lgs_str_t name, all_t *member);
static bool has_pattern(compat_t *compat, lgs_schema_store_t *store, const target_t *of,
                        lgs_str_t name, all_t *add);
static void compare_item(compat_t *compat, const all_t *from, const target_t *to, uint32_t index);
static items_rule_t items_of(const target_t *target);
static bool requires(const all_t *all, lgs_str_t name);

void lgs_compat_members(compat_t *compat, const all_t *from, const target_t *to)
{
    const lgs_node_t *properties = lgs_compat_value(to, "properties");
    const lgs_node_t *additional = lgs_compat_value(to, "additionalProperties");
    lgs_str_t before = compat->subject;

    compare_required(compat, from, to);
    for (uint32_t i = 0; properties && i < properties->n; i++) {
        lgs_str_t name = lgs_node_text(&properties->u.members[i].name);
        all_t *member = lgs_arena_zalloc(compat->arena, sizeof(*member));

        if (member == NULL) {
            compat->trouble = LGS_NOMEM;
            return;
        }
        compat->subject = name;
        if (member_of(compat, from, name, member) || !compat->options.named_only) {
            lgs_compat_compare(compat, member,
                               lgs_compat_sub(compat, compat->to, to, "properties", name,
                                              &properties->u.members[i].value));
        }
    }
    if (additional && !lgs_node_is_true(additional)) {
        compare_additional(compat, from, to, additional);
    }
    compat->subject = before;
}

static void compare_required(compat_t *compat, const all_t *from, const target_t *to)
{
    const lgs_node_t *required = lgs_compat_value(to, "required");

    for (uint32_t i = 0; required && required->type == LGS_ARRAY && i < required->n; i++) {
        lgs_str_t name = lgs_node_text(&required->u.items[i]);

        if (!requires(from, name)) {
            lgs_compat_say(compat, to, "required", "refuses objects without \"%.*s\"",
                           LGS_FMT(name));
        }
    }
}

static bool requires(const all_t *all, lgs_str_t name)
{
    for (uint32_t i = 0; i < all->n; i++) {
        const lgs_node_t *list = lgs_compat_value(&all->items[i], "required");

        for (uint32_t k = 0; list && list->type == LGS_ARRAY && k < list->n; k++) {
            if (lgs_str_eq(lgs_node_text(&list->u.items[k]), name)) {
                return true;
            }
        }
    }
    return false;
}

/* Members that `from` names and `to` does not, then all that neither names. */
static void compare_additional(compat_t *compat, const all_t *from, const target_t *to,
                               const lgs_node_t *additional)
{
    target_t rest = lgs_compat_sub(compat, compat->to, to, "additionalProperties", lgs_str("", 0),
                                   additional);
    const lgs_node_t *named = lgs_compat_value(to, "properties");
    all_t *others = lgs_arena_zalloc(compat->arena, sizeof(*others));

    for (uint32_t i = 0; i < from->n; i++) {
        const lgs_node_t *own = lgs_compat_value(&from->items[i], "properties");
        const lgs_node_t *open = lgs_compat_value(&from->items[i], "additionalProperties");

        for (uint32_t k = 0; own && k < own->n; k++) {
            lgs_str_t name = lgs_node_text(&own->u.members[k].name);
            all_t *member = lgs_arena_zalloc(compat->arena, sizeof(*member));

            if (member == NULL) {
                compat->trouble = LGS_NOMEM;
                return;
            }
            compat->subject = name;
            if (lgs_node_get(named, name) == NULL &&
                !has_pattern(compat, compat->to, to, name, NULL)) {
                member_of(compat, from, name, member);
                lgs_compat_compare(compat, member, rest);
            }
        }
        compare_patterns(compat, &from->items[i], to, rest);
        if (open && others) {
            lgs_compat_add(compat, others,
                           lgs_compat_sub(compat, compat->from, &from->items[i],
                                          "additionalProperties", lgs_str("", 0), open));
        }
    }
    compat->subject = LGS_STR("…");
    if (others && !compat->options.named_only) {
        lgs_compat_compare(compat, others, rest);
    }
}

/* Names that `from` knows by a pattern that `to` does not have are additional in `to`. */
static void compare_patterns(compat_t *compat, const target_t *from, const target_t *to,
                             target_t rest)
{
    const lgs_node_t *patterns = lgs_compat_value(from, "patternProperties");
    const lgs_node_t *known = lgs_compat_value(to, "patternProperties");

    for (uint32_t i = 0; patterns && i < patterns->n; i++) {
        lgs_str_t pattern = lgs_node_text(&patterns->u.members[i].name);
        all_t *member = lgs_arena_zalloc(compat->arena, sizeof(*member));

        if (member == NULL) {
            compat->trouble = LGS_NOMEM;
            return;
        }
        compat->subject = pattern;
        if (lgs_node_get(known, pattern) == NULL) {
            lgs_compat_add(compat, member,
                           lgs_compat_sub(compat, compat->from, from, "patternProperties", pattern,
                                          &patterns->u.members[i].value));
            lgs_compat_compare(compat, member, rest);
        }
    }
}

/* All that `from` says of a member; true when some schema names it. */
static bool member_of(compat_t *compat, const all_t *from, lgs_str_t name, all_t *member)
{
    bool is_named = false;

    for (uint32_t i = 0; i < from->n; i++) {
        const target_t *one = &from->items[i];
        const lgs_node_t *own = lgs_node_get(lgs_compat_value(one, "properties"), name);
        const lgs_node_t *open = lgs_compat_value(one, "additionalProperties");
        bool is_known = has_pattern(compat, compat->from, one, name, member);

        if (own) {
            lgs_compat_add(compat, member,
                           lgs_compat_sub(compat, compat->from, one, "properties", name, own));
        }
        is_known |= own != NULL;
        if (!is_known && open) {
            lgs_compat_add(compat, member,
                           lgs_compat_sub(compat, compat->from, one, "additionalProperties",
                                          lgs_str("", 0), open));
        }
        is_named |= is_known || (open && open->type == LGS_BOOL && !open->u.truth);
    }
    return is_named;
}

/* Adds what patternProperties say of a name to `add`, if there is one. */
static bool has_pattern(compat_t *compat, lgs_schema_store_t *store, const target_t *of,
                        lgs_str_t name, all_t *add)
{
    const lgs_node_t *patterns = lgs_compat_value(of, "patternProperties");
    bool has_any = false;

    for (uint32_t i = 0; patterns && i < patterns->n; i++) {
        const lgs_member_t *member = &patterns->u.members[i];
        lgs_regex_t *regex = lgs_regex_compile(compat->arena, lgs_node_text(&member->name),
                                               LGS_REGEX_ECMA, NULL);

        if (regex == NULL) {
            compat->trouble = LGS_NOMEM;
            return has_any;
        }
        if (lgs_regex_match(regex, name) == LGS_REGEX_YES) {
            has_any = true;
            if (add) {
                lgs_compat_add(compat, add,
                               lgs_compat_sub(compat, store, of, "patternProperties",
                                              lgs_node_text(&member->name), &member->value));
            }
        }
    }
    return has_any;
}

void lgs_compat_items(compat_t *compat, const all_t *from, const target_t *to)
{
    items_rule_t rule = items_of(to);
    uint32_t n = rule.prefix ? rule.prefix->n : 0;

    if (rule.prefix == NULL && rule.rest == NULL) {
        return;
    }
    for (uint32_t i = 0; i < from->n; i++) {
        items_rule_t own = items_of(&from->items[i]);

        n = own.prefix && own.prefix->n > n ? own.prefix->n : n;
    }
    if (n > MAX_PREFIX) {
        compat->trouble = LGS_LIMIT;
        return;
    }
    for (uint32_t i = 0; i <= n; i++) { /* the last stands for all that follow */
        compare_item(compat, from, to, i);
    }
}

static void compare_item(compat_t *compat, const all_t *from, const target_t *to, uint32_t index)
{
    items_rule_t rule = items_of(to);
    bool is_prefix = rule.prefix && index < rule.prefix->n;
    const lgs_node_t *node = is_prefix ? &rule.prefix->u.items[index] : rule.rest;
    all_t *item = lgs_arena_zalloc(compat->arena, sizeof(*item));
    lgs_str_t before = compat->subject;
    char digits[16];
    int len = snprintf(digits, sizeof(digits), "%u", index);

    if (item == NULL) {
        compat->trouble = LGS_NOMEM;
    }
    if (node == NULL || item == NULL) {
        return;
    }
    for (uint32_t i = 0; i < from->n; i++) {
        items_rule_t own = items_of(&from->items[i]);
        bool has_own = own.prefix && index < own.prefix->n;
        const lgs_node_t *says = has_own ? &own.prefix->u.items[index] : own.rest;

        if (says) {
            lgs_compat_add(compat, item,
                           lgs_compat_sub(compat, compat->from, &from->items[i],
                                          has_own ? own.prefix_word : own.rest_word, lgs_str("", 0),
                                          says));
        }
    }
    compat->subject = lgs_str("", 0);
    lgs_compat_compare(compat, item,
                       lgs_compat_sub(compat, compat->to, to,
                                      is_prefix ? rule.prefix_word : rule.rest_word,
                                      lgs_str(digits, is_prefix ? (size_t)len : 0), node));
    compat->subject = before;
}

static items_rule_t items_of(const target_t *target)
{
    items_rule_t rule = {.prefix_word = "prefixItems", .rest_word = "items"};

    rule.prefix = lgs_compat_value(target, "prefixItems");
    rule.rest = lgs_compat_value(target, "items");
    if (rule.rest && rule.rest->type == LGS_ARRAY) {
        rule.prefix = rule.rest;
        rule.rest = lgs_compat_value(target, "additionalItems");
        rule.prefix_word = "items";
        rule.rest_word = "additionalItems";
    }
    return rule;
}
