/* Whether a rule of one schema follows from a rule of another (compat_walk.h). */
#include "compat_walk.h"

#define MAX_REFS 16u /* references within each other that are compared */

typedef struct {
    compat_t *compat;
    const target_t *from, *to;
} pair_t;

static bool is_bound_implied(const target_t *from, const char *keyword, const lgs_node_t *value);
static bool is_multiple_implied(const target_t *from, const lgs_node_t *value);
static bool is_count_implied(const target_t *from, const char *keyword, const lgs_node_t *value);
static bool is_group_equal(pair_t pair, const char *keyword);
static bool is_same(pair_t pair, const lgs_node_t *a, const lgs_node_t *b, uint32_t depth);
static bool are_refs_same(pair_t pair, const lgs_node_t *a, const lgs_node_t *b, uint32_t depth);
static bool is_word(const char *word, const char *const *words);

static const char *const bounds[] = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                                     NULL};
static const char *const counts[] = {"minLength",     "maxLength",     "minItems", "maxItems",
                                     "minProperties", "maxProperties", NULL};

bool lgs_compat_is_implied(compat_t *compat, const all_t *from, const target_t *to,
                           const char *keyword, const lgs_node_t *value)
{
    if (strcmp(keyword, "uniqueItems") == 0 && !lgs_node_is_true(value)) {
        return true;
    }
    if (strcmp(keyword, "multipleOf") == 0 && !(lgs_compat_types(from) & TYPE_BIT(LGS_NUMBER))) {
        lgs_number_t one = lgs_number_read(LGS_STR("1"));
        lgs_divisor_t divisor = lgs_divisor_read(lgs_node_text(value));

        if (lgs_number_is_multiple(&one, &divisor)) {
            return true; /* whole numbers only */
        }
    }
    if (strncmp(keyword, "min", 3) == 0 && is_word(keyword, counts) &&
        lgs_number_read(lgs_node_text(value)).first == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < from->n; i++) {
        const target_t *one = &from->items[i];

        if (is_word(keyword, bounds)   ? is_bound_implied(one, keyword, value)
            : is_word(keyword, counts) ? is_count_implied(one, keyword, value)
            : strcmp(keyword, "multipleOf") == 0
                ? is_multiple_implied(one, value)
                : is_group_equal((pair_t){compat, one, to}, keyword)) {
            return true;
        }
    }
    return false;
}

/* minimum m: from m on; exclusiveMinimum m: above it. Negated for the maximum. */
static bool is_bound_implied(const target_t *from, const char *keyword, const lgs_node_t *value)
{
    bool is_exclusive = keyword[0] == 'e';
    bool is_min = strcmp(keyword, "minimum") == 0 || strcmp(keyword, "exclusiveMinimum") == 0;
    const lgs_node_t *own = lgs_compat_value(from, is_min ? "minimum" : "maximum");
    const lgs_node_t *strict = lgs_compat_value(from,
                                                is_min ? "exclusiveMinimum" : "exclusiveMaximum");
    lgs_number_t wanted = lgs_number_read(lgs_node_text(value)), has;
    int order = -1;

    if (strict) {
        has = lgs_number_read(lgs_node_text(strict));
        if (lgs_number_compare(&has, &wanted) * (is_min ? 1 : -1) >= 0) {
            return true;
        }
    }
    if (own) {
        has = lgs_number_read(lgs_node_text(own));
        order = lgs_number_compare(&has, &wanted) * (is_min ? 1 : -1);
    }
    return order > 0 || (order == 0 && !is_exclusive);
}

static bool is_multiple_implied(const target_t *from, const lgs_node_t *value)
{
    const lgs_node_t *own = lgs_compat_value(from, "multipleOf");
    lgs_divisor_t divisor = lgs_divisor_read(lgs_node_text(value));
    lgs_number_t number = lgs_number_read(lgs_node_text(own));

    return own && lgs_number_is_multiple(&number, &divisor);
}

static bool is_count_implied(const target_t *from, const char *keyword, const lgs_node_t *value)
{
    const lgs_node_t *own = lgs_compat_value(from, keyword);
    lgs_number_t wanted = lgs_number_read(lgs_node_text(value));
    lgs_number_t has = lgs_number_read(lgs_node_text(own));
    int order = lgs_number_compare(&has, &wanted);

    return own && (keyword[1] == 'i' ? order >= 0 : order <= 0);
}

/* Keywords that mean something together only. */
static bool is_group_equal(pair_t pair, const char *keyword)
{
    static const char *const groups[][5] = {
        {"contains", "minContains", "maxContains", NULL},
        {"if", "then", "else", NULL},
    };
    const char *alone[2] = {keyword, NULL};
    const char *const *group = alone;

    if (strncmp(keyword, "unevaluated", 11) == 0) { /* hangs on everything beside it */
        return is_same(pair, pair.from->node, pair.to->node, MAX_REFS);
    }

    for (size_t i = 0; i < LGS_N(groups); i++) {
        if (strcmp(groups[i][0], keyword) == 0) {
            group = groups[i];
        }
    }
    for (; *group; group++) {
        const lgs_node_t *a = lgs_compat_value(pair.from, *group);
        const lgs_node_t *b = lgs_compat_value(pair.to, *group);
        bool is_dynamic = strcmp(*group, "$dynamicRef") == 0 ||
                          strcmp(*group, "$recursiveRef") == 0;

        if (is_dynamic &&
            !lgs_node_equal(&pair.from->resource->doc->root, &pair.to->resource->doc->root)) {
            return false; /* what it means is decided by the whole */
        }
        if ((a == NULL) != (b == NULL) || (a && !is_same(pair, a, b, MAX_REFS))) {
            return false;
        }
    }
    return true;
}

/* Written alike, and their references lead to what is written alike. */
static bool is_same(pair_t pair, const lgs_node_t *a, const lgs_node_t *b, uint32_t depth)
{
    return lgs_node_equal(a, b) && are_refs_same(pair, a, b, depth);
}

/* Recursive as deep as the schema is nested; each reference takes from `depth`. */
static bool are_refs_same(pair_t pair, const lgs_node_t *a, const lgs_node_t *b, uint32_t depth)
{
    for (uint32_t i = 0; a->type == LGS_ARRAY && i < a->n; i++) {
        if (!are_refs_same(pair, &a->u.items[i], &b->u.items[i], depth)) {
            return false;
        }
    }
    for (uint32_t i = 0; a->type == LGS_OBJECT && i < a->n; i++) {
        const lgs_member_t *member = &a->u.members[i];
        const lgs_node_t *other = lgs_node_get(b, lgs_node_text(&member->name));
        lgs_str_t name = lgs_node_text(&member->name);
        target_t to_a, to_b;

        if ((lgs_str_is(name, "$dynamicRef") || lgs_str_is(name, "$recursiveRef")) &&
            !lgs_node_equal(&pair.from->resource->doc->root, &pair.to->resource->doc->root)) {
            return false;
        }
        if (!lgs_str_is(name, "$ref") || member->value.type != LGS_STRING) {
            if (!are_refs_same(pair, &member->value, other, depth)) {
                return false;
            }
            continue;
        }
        if (depth == 0 ||
            lgs_store_resolve(pair.compat->from, pair.from->resource, lgs_node_text(&member->value),
                              &to_a, NULL) != LGS_OK ||
            lgs_store_resolve(pair.compat->to, pair.to->resource, lgs_node_text(other), &to_b,
                              NULL) != LGS_OK ||
            !is_same((pair_t){pair.compat, &to_a, &to_b}, to_a.node, to_b.node, depth - 1)) {
            return false;
        }
    }
    return true;
}

unsigned lgs_compat_types(const all_t *all)
{
    unsigned types = TYPES_ALL | TYPE_INTEGER;

    for (uint32_t i = 0; i < all->n; i++) {
        types &= lgs_compat_types_of(&all->items[i]);
    }
    return types;
}

unsigned lgs_compat_types_of(const target_t *target)
{
    const lgs_node_t *value = lgs_compat_value(target, "type");
    uint32_t n = value && value->type == LGS_ARRAY ? value->n : 1;
    unsigned types = 0;

    if (value == NULL) {
        return TYPES_ALL | TYPE_INTEGER;
    }
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *word = value->type == LGS_ARRAY ? &value->u.items[i] : value;

        types |= lgs_words_type_bit(lgs_node_text(word));
    }
    return types | (types & TYPE_BIT(LGS_NUMBER) ? TYPE_INTEGER : 0);
}

static bool is_word(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(word, *words) == 0) {
            return true;
        }
    }
    return false;
}
