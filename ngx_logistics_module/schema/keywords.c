/*
 * The keywords: what the value of each must be, and how it becomes an operation. A new keyword is a
 * row here and a kind in the file of its subject.
 */
#include "program.h"

static void compile_redact(compiler_t *compiler, const lgs_node_t *value);
static void compile_nested(compiler_t *compiler, const lgs_node_t *value);
static void compile_type(compiler_t *compiler, const lgs_node_t *value);
static void compile_const(compiler_t *compiler, const lgs_node_t *value);
static void compile_enum(compiler_t *compiler, const lgs_node_t *value);
static void compile_bound(compiler_t *compiler, const lgs_node_t *value);
static void compile_multiple(compiler_t *compiler, const lgs_node_t *value);
static void compile_count(compiler_t *compiler, const lgs_node_t *value);
static void compile_pattern(compiler_t *compiler, const lgs_node_t *value);
static void compile_format(compiler_t *compiler, const lgs_node_t *value);
static void compile_unique(compiler_t *compiler, const lgs_node_t *value);
static void compile_members(compiler_t *compiler, const lgs_node_t *value);
static void compile_names(compiler_t *compiler, const lgs_node_t *value);
static void compile_dependent(compiler_t *compiler, const lgs_node_t *value);
static void compile_items(compiler_t *compiler, const lgs_node_t *value);
static void compile_contains(compiler_t *compiler, const lgs_node_t *value);
static void compile_dependencies(compiler_t *compiler, const lgs_node_t *value);
static void compile_old_items(compiler_t *compiler, const lgs_node_t *value);
static void compile_unevaluated(compiler_t *compiler, const lgs_node_t *value);
static void compile_ref(compiler_t *compiler, const lgs_node_t *value);
static void compile_dynamic_ref(compiler_t *compiler, const lgs_node_t *value);
static void compile_recursive_ref(compiler_t *compiler, const lgs_node_t *value);
static void compile_branches(compiler_t *compiler, const lgs_node_t *value);
static void compile_not(compiler_t *compiler, const lgs_node_t *value);
static void compile_condition(compiler_t *compiler, const lgs_node_t *value);

static uint64_t count_of(const lgs_node_t *value, uint64_t otherwise);
static bool add_property(compiler_t *compiler, members_t *members, const lgs_node_t *name,
                         uint8_t flag, const block_t *block);
static bool build_properties(compiler_t *compiler, members_t *members);
static void build_patterns(compiler_t *compiler, members_t *members);
static const property_t *names_of(compiler_t *compiler, const lgs_node_t *array, uint32_t *n);
static void set_prefix(compiler_t *compiler, items_t *items, const lgs_node_t *prefix);
static bool add_dependent(compiler_t *compiler, dependents_t *dependents,
                          const lgs_member_t *member, bool is_schema);
static uint32_t slots_for(uint32_t n);

#define NO_STEP lgs_str(NULL, 0)

const keyword_t lgs_keywords[] = {
    {"$schema", VALUE_STRING, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_CORE},
    {"$id", VALUE_ID, NULL, NULL, 0, DRAFTS_NEW, VOCABULARY_CORE},
    {"$id", VALUE_STRING, NULL, NULL, 0, DRAFT_7, VOCABULARY_CORE},
    {"$anchor", VALUE_ANCHOR, NULL, NULL, 0, DRAFTS_NEW, VOCABULARY_CORE},
    {"$dynamicAnchor", VALUE_ANCHOR, NULL, NULL, 0, DRAFT_2020, VOCABULARY_CORE},
    {"$recursiveAnchor", VALUE_BOOL, NULL, NULL, 0, DRAFT_2019, VOCABULARY_CORE},
    {"$comment", VALUE_STRING, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_CORE},
    {"$vocabulary", VALUE_VOCABULARY, NULL, NULL, 0, DRAFTS_NEW, VOCABULARY_CORE},
    {"title", VALUE_STRING, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"description", VALUE_STRING, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"default", VALUE_ANY, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"examples", VALUE_ARRAY, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"deprecated", VALUE_BOOL, NULL, NULL, 0, DRAFTS_NEW, VOCABULARY_OTHER},
    {"readOnly", VALUE_BOOL, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"writeOnly", VALUE_BOOL, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"contentEncoding", VALUE_STRING, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"contentMediaType", VALUE_STRING, NULL, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"contentSchema", VALUE_SCHEMA, compile_nested, NULL, 0, DRAFTS_NEW, VOCABULARY_OTHER},
    {"$defs", VALUE_SCHEMA_MAP, compile_nested, NULL, 0, DRAFTS_NEW, VOCABULARY_CORE},
    {"definitions", VALUE_SCHEMA_MAP, compile_nested, NULL, 0, DRAFTS_ALL, VOCABULARY_CORE},
    {"x-redact", VALUE_BOOL, compile_redact, NULL, 0, DRAFTS_ALL, 0},
    /* cheap ones first: a block runs them in this order */
    {"type", VALUE_TYPES, compile_type, NULL, 0, DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"const", VALUE_ANY, compile_const, NULL, 0, DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"enum", VALUE_ARRAY, compile_enum, NULL, 0, DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"minimum", VALUE_NUMBER, compile_bound, &lgs_kind_minimum, TYPE_BIT(LGS_NUMBER), DRAFTS_ALL,
     VOCABULARY_VALIDATION},
    {"maximum", VALUE_NUMBER, compile_bound, &lgs_kind_maximum, TYPE_BIT(LGS_NUMBER), DRAFTS_ALL,
     VOCABULARY_VALIDATION},
    {"exclusiveMinimum", VALUE_NUMBER, compile_bound, &lgs_kind_above, TYPE_BIT(LGS_NUMBER),
     DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"exclusiveMaximum", VALUE_NUMBER, compile_bound, &lgs_kind_below, TYPE_BIT(LGS_NUMBER),
     DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"multipleOf", VALUE_POSITIVE, compile_multiple, NULL, 0, DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"minLength", VALUE_COUNT, compile_count, &lgs_kind_min_length, TYPE_BIT(LGS_STRING),
     DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"maxLength", VALUE_COUNT, compile_count, &lgs_kind_max_length, TYPE_BIT(LGS_STRING),
     DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"minItems", VALUE_COUNT, compile_count, &lgs_kind_min_items, TYPE_BIT(LGS_ARRAY), DRAFTS_ALL,
     VOCABULARY_VALIDATION},
    {"maxItems", VALUE_COUNT, compile_count, &lgs_kind_max_items, TYPE_BIT(LGS_ARRAY), DRAFTS_ALL,
     VOCABULARY_VALIDATION},
    {"minProperties", VALUE_COUNT, compile_count, &lgs_kind_min_properties, TYPE_BIT(LGS_OBJECT),
     DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"maxProperties", VALUE_COUNT, compile_count, &lgs_kind_max_properties, TYPE_BIT(LGS_OBJECT),
     DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"pattern", VALUE_STRING, compile_pattern, NULL, 0, DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"format", VALUE_STRING, compile_format, NULL, 0, DRAFTS_ALL, VOCABULARY_OTHER},
    {"properties", VALUE_SCHEMA_MAP, compile_members, NULL, 0, DRAFTS_ALL, VOCABULARY_APPLICATOR},
    {"required", VALUE_STRINGS, compile_members, NULL, 0, DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"patternProperties", VALUE_SCHEMA_MAP, compile_members, NULL, 0, DRAFTS_ALL,
     VOCABULARY_APPLICATOR},
    {"additionalProperties", VALUE_SCHEMA, compile_members, NULL, 0, DRAFTS_ALL,
     VOCABULARY_APPLICATOR},
    {"propertyNames", VALUE_SCHEMA, compile_names, NULL, 0, DRAFTS_ALL, VOCABULARY_APPLICATOR},
    {"dependentRequired", VALUE_STRINGS_MAP, compile_dependent, &lgs_kind_dependent_required,
     TYPE_BIT(LGS_OBJECT), DRAFTS_NEW, VOCABULARY_VALIDATION},
    {"dependentSchemas", VALUE_SCHEMA_MAP, compile_dependent, &lgs_kind_dependent_schemas,
     TYPE_BIT(LGS_OBJECT), DRAFTS_NEW, VOCABULARY_APPLICATOR},
    {"dependencies", VALUE_DEPENDENCIES, compile_dependencies, NULL, 0, DRAFTS_ALL,
     VOCABULARY_APPLICATOR},
    {"prefixItems", VALUE_SCHEMAS, compile_items, NULL, 0, DRAFT_2020, VOCABULARY_APPLICATOR},
    {"items", VALUE_ONE_OR_MORE, compile_old_items, NULL, 0, DRAFTS_OLD, VOCABULARY_APPLICATOR},
    {"additionalItems", VALUE_SCHEMA, compile_old_items, NULL, 0, DRAFTS_OLD,
     VOCABULARY_APPLICATOR},
    {"items", VALUE_SCHEMA, compile_items, NULL, 0, DRAFT_2020, VOCABULARY_APPLICATOR},
    {"contains", VALUE_SCHEMA, compile_contains, NULL, 0, DRAFTS_ALL, VOCABULARY_APPLICATOR},
    {"minContains", VALUE_COUNT, NULL, NULL, 0, DRAFTS_NEW, VOCABULARY_VALIDATION},
    {"maxContains", VALUE_COUNT, NULL, NULL, 0, DRAFTS_NEW, VOCABULARY_VALIDATION},
    {"uniqueItems", VALUE_BOOL, compile_unique, NULL, 0, DRAFTS_ALL, VOCABULARY_VALIDATION},
    {"$ref", VALUE_STRING, compile_ref, NULL, 0, DRAFTS_ALL, VOCABULARY_CORE},
    {"$dynamicRef", VALUE_STRING, compile_dynamic_ref, NULL, 0, DRAFT_2020, VOCABULARY_CORE},
    {"$recursiveRef", VALUE_STRING, compile_recursive_ref, NULL, 0, DRAFT_2019, VOCABULARY_CORE},
    {"allOf", VALUE_SCHEMAS, compile_branches, &lgs_kind_all, TYPES_ALL, DRAFTS_ALL,
     VOCABULARY_APPLICATOR},
    {"anyOf", VALUE_SCHEMAS, compile_branches, &lgs_kind_any, TYPES_ALL, DRAFTS_ALL,
     VOCABULARY_APPLICATOR},
    {"oneOf", VALUE_SCHEMAS, compile_branches, &lgs_kind_one, TYPES_ALL, DRAFTS_ALL,
     VOCABULARY_APPLICATOR},
    {"not", VALUE_SCHEMA, compile_not, NULL, 0, DRAFTS_ALL, VOCABULARY_APPLICATOR},
    {"if", VALUE_SCHEMA, compile_condition, NULL, 0, DRAFTS_ALL, VOCABULARY_APPLICATOR},
    {"then", VALUE_SCHEMA, compile_nested, NULL, 0, DRAFTS_ALL, VOCABULARY_APPLICATOR},
    {"else", VALUE_SCHEMA, compile_nested, NULL, 0, DRAFTS_ALL, VOCABULARY_APPLICATOR},
    /* last: they ask what all others have looked at */
    {"unevaluatedItems", VALUE_SCHEMA, compile_unevaluated, &lgs_kind_unevaluated_items,
     TYPE_BIT(LGS_ARRAY), DRAFTS_NEW, VOCABULARY_UNEVALUATED},
    {"unevaluatedProperties", VALUE_SCHEMA, compile_unevaluated, &lgs_kind_unevaluated_properties,
     TYPE_BIT(LGS_OBJECT), DRAFTS_NEW, VOCABULARY_UNEVALUATED},
};
const size_t lgs_n_keywords = LGS_N(lgs_keywords);
_Static_assert(LGS_N(lgs_keywords) <= MAX_KEYWORDS, "compiler_t has room for every keyword");

int lgs_keyword_find(lgs_str_t name, dialect_t dialect)
{
    for (size_t i = 0; i < LGS_N(lgs_keywords); i++) {
        if (lgs_keywords[i].name[0] == (name.len ? name.data[0] : '\0') &&
            lgs_keyword_is_in(&lgs_keywords[i], dialect) &&
            lgs_str_is(name, lgs_keywords[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

const lgs_node_t *lgs_keyword_value(const lgs_node_t *schema, const char *name, dialect_t dialect)
{
    return lgs_keyword_find(lgs_cstr(name), dialect) < 0 ? NULL : lgs_node_at(schema, name);
}

static void compile_redact(compiler_t *compiler, const lgs_node_t *value)
{
    compiler->block->redact = value->u.truth;
}

/* Schemas that are checked and can be referred to, but apply to nothing by themselves. */
static void compile_nested(compiler_t *compiler, const lgs_node_t *value)
{
    if (compiler->row->value == VALUE_SCHEMA) {
        lgs_compile_sub(compiler, value, NO_STEP, false);
        return;
    }
    for (uint32_t i = 0; i < value->n; i++) {
        lgs_compile_sub(compiler, &value->u.members[i].value,
                        lgs_node_text(&value->u.members[i].name), false);
    }
}

/* The operation stands in the lists of the types that it refuses, and of numbers if only some fit.
 */
static void compile_type(compiler_t *compiler, const lgs_node_t *value)
{
    uint32_t n = value->type == LGS_ARRAY ? value->n : 1;
    const lgs_node_t *words = value->type == LGS_ARRAY ? value->u.items : value;
    unsigned bits = 0, refused;

    for (uint32_t i = 0; i < n; i++) {
        bits |= lgs_words_type_bit(lgs_node_text(&words[i]));
    }
    if (bits & TYPE_BIT(LGS_NUMBER)) {
        bits &= ~TYPE_INTEGER;
    }
    refused = TYPES_ALL & ~bits;
    compiler->types = bits & TYPES_ALL;
    if (bits & TYPE_INTEGER) {
        compiler->types |= TYPE_BIT(LGS_NUMBER);
    }
    lgs_compile_count_op(compiler, &lgs_kind_type, refused, bits);
}

static void compile_const(compiler_t *compiler, const lgs_node_t *value)
{
    enum_t *set = lgs_compile_alloc(compiler, 1, sizeof(*set));

    if (set == NULL || !lgs_enum_build(compiler, set, value, 1)) {
        return;
    }
    lgs_compile_op(compiler, &lgs_kind_const, TYPES_ALL, set);
}

static void compile_enum(compiler_t *compiler, const lgs_node_t *value)
{
    enum_t *set = lgs_compile_alloc(compiler, 1, sizeof(*set));

    if (set == NULL || !lgs_enum_build(compiler, set, value->u.items, value->n)) {
        return;
    }
    lgs_compile_op(compiler, &lgs_kind_enum, TYPES_ALL, set);
}

static void compile_bound(compiler_t *compiler, const lgs_node_t *value)
{
    bound_t *bound = lgs_compile_alloc(compiler, 1, sizeof(*bound));

    if (bound == NULL) {
        return;
    }
    bound->text = lgs_node_text(value);
    bound->number = lgs_number_read(bound->text);
    lgs_compile_op(compiler, compiler->row->kind, compiler->row->types, bound);
}

static void compile_multiple(compiler_t *compiler, const lgs_node_t *value)
{
    multiple_t *multiple = lgs_compile_alloc(compiler, 1, sizeof(*multiple));

    if (multiple == NULL) {
        return;
    }
    multiple->text = lgs_node_text(value);
    multiple->divisor = lgs_divisor_read(multiple->text);
    lgs_compile_op(compiler, &lgs_kind_multiple, TYPE_BIT(LGS_NUMBER), multiple);
}

static void compile_count(compiler_t *compiler, const lgs_node_t *value)
{
    lgs_compile_count_op(compiler, compiler->row->kind, compiler->row->types, count_of(value, 0));
}

/* A whole number, however it is written (2.0, 1e3); far too many are UINT64_MAX. */
static uint64_t count_of(const lgs_node_t *value, uint64_t otherwise)
{
    lgs_number_t number;
    uint64_t count = 0;

    if (value == NULL) {
        return otherwise;
    }
    number = lgs_number_read(lgs_node_text(value));
    if (number.first && (!lgs_number_digits(&number, &count) || number.exponent > 9)) {
        return UINT64_MAX;
    }
    for (int64_t i = 0; count != UINT64_MAX && i < number.exponent; i++) {
        count = count > UINT64_MAX / 10 - 1 ? UINT64_MAX : count * 10;
    }
    return count;
}

static void compile_pattern(compiler_t *compiler, const lgs_node_t *value)
{
    pattern_t *pattern = lgs_compile_alloc(compiler, 1, sizeof(*pattern));

    if (pattern == NULL) {
        return;
    }
    pattern->text = lgs_node_text(value);
    pattern->regex = lgs_compile_pattern(compiler, value, pattern->text);
    if (pattern->regex) {
        lgs_compile_op(compiler, &lgs_kind_pattern, TYPE_BIT(LGS_STRING), pattern);
    }
}

static void compile_format(compiler_t *compiler, const lgs_node_t *value)
{
    lgs_str_t name = lgs_node_text(value), near;
    const format_t *format = lgs_format_find(name);
    const lgs_schema_options_t *options = lgs_store_options(compiler->store);
    bool asserts = compiler->block->resource->dialect.vocabularies & VOCABULARY_ASSERTION;

    if (options->annotate_formats && !asserts) {
        return;
    }
    if (format == NULL && options->ignore_unknown) {
        return;
    }
    if (format) {
        lgs_compile_op(compiler, &lgs_kind_format, TYPE_BIT(LGS_STRING), format);
        return;
    }
    near = lgs_format_nearest(name);
    lgs_compile_error(compiler, value,
                      near.len ? "\"%.*s\" is no format; did you mean \"%.*s\"?"
                               : "\"%.*s\" is no format that is known here%.*s",
                      LGS_FMT(name), LGS_FMT(near));
}

static void compile_unique(compiler_t *compiler, const lgs_node_t *value)
{
    if (value->u.truth) {
        lgs_compile_count_op(compiler, &lgs_kind_unique, TYPE_BIT(LGS_ARRAY), 0);
    }
}

/* Four keywords, one operation: made at the first of them, from all. */
static void compile_members(compiler_t *compiler, const lgs_node_t *value)
{
    const char *keyword = compiler->keyword;
    const lgs_node_t *additional = lgs_compile_value(compiler, "additionalProperties");
    members_t *members;

    for (size_t i = 0; i < compiler->n_ops; i++) {
        if (compiler->ops[i].op.kind == &lgs_kind_members) {
            return;
        }
    }
    members = lgs_compile_alloc(compiler, 1, sizeof(*members));
    if (members == NULL || !build_properties(compiler, members)) {
        return;
    }
    build_patterns(compiler, members);
    if (additional) {
        compiler->keyword = "additionalProperties";
        members->additional = lgs_compile_sub(compiler, additional, NO_STEP, false);
    }
    compiler->keyword = keyword;
    lgs_compile_op(compiler, &lgs_kind_members, TYPE_BIT(LGS_OBJECT), members);
}

static bool build_properties(compiler_t *compiler, members_t *members)
{
    const lgs_node_t *properties = lgs_compile_value(compiler, "properties");
    const lgs_node_t *required = lgs_compile_value(compiler, "required");
    uint32_t n = (properties ? properties->n : 0) + (required ? required->n : 0);
    uint32_t size = slots_for(n);
    bool ok = true;

    members->properties = lgs_compile_alloc(compiler, n ? n : 1, sizeof(property_t));
    members->slots = lgs_compile_alloc(compiler, size, sizeof(slot_t));
    members->mask = size - 1;
    if (members->properties == NULL || members->slots == NULL) {
        return false;
    }
    compiler->keyword = "properties";
    for (uint32_t i = 0; ok && properties && i < properties->n; i++) {
        const lgs_member_t *member = &properties->u.members[i];
        const block_t *block = lgs_compile_sub(compiler, &member->value,
                                               lgs_node_text(&member->name), false);

        ok = block && add_property(compiler, members, &member->name, PROPERTY_DECLARED, block);
    }
    for (uint32_t i = 0; ok && required && i < required->n; i++) {
        ok = add_property(compiler, members, &required->u.items[i], PROPERTY_REQUIRED, NULL);
    }
    return ok;
}

static bool add_property(compiler_t *compiler, members_t *members, const lgs_node_t *name,
                         uint8_t flag, const block_t *block)
{
    lgs_str_t text = lgs_node_text(name);
    uint32_t hash = lgs_hash(text.data, text.len), at = hash & members->mask;

    while (members->slots[at].index &&
           !lgs_str_eq(members->properties[members->slots[at].index - 1].name, text)) {
        at = (at + 1) & members->mask;
    }
    if (members->slots[at].index == 0) {
        members->properties[members->n++] = (property_t){text, block, hash, 0};
        members->slots[at] = (slot_t){hash, members->n};
    }
    members->properties[members->slots[at].index - 1].flags |= flag;
    members->n_required += flag == PROPERTY_REQUIRED;
    return true;
}

static void build_patterns(compiler_t *compiler, members_t *members)
{
    const lgs_node_t *patterns = lgs_compile_value(compiler, "patternProperties");

    if (patterns == NULL || patterns->n == 0) {
        return;
    }
    members->patterns = lgs_compile_alloc(compiler, patterns->n, sizeof(pattern_t));
    compiler->keyword = "patternProperties";
    for (uint32_t i = 0; members->patterns && i < patterns->n; i++) {
        const lgs_member_t *member = &patterns->u.members[i];
        lgs_str_t text = lgs_node_text(&member->name);
        const block_t *block = lgs_compile_sub(compiler, &member->value, text, false);
        lgs_regex_t *regex = lgs_compile_pattern(compiler, &member->name, text);

        if (block && regex) {
            members->patterns[members->n_patterns++] = (pattern_t){regex, text, block};
        }
    }
}

static void compile_names(compiler_t *compiler, const lgs_node_t *value)
{
    lgs_compile_op(compiler, &lgs_kind_names, TYPE_BIT(LGS_OBJECT),
                   lgs_compile_sub(compiler, value, NO_STEP, false));
}

static void compile_dependent(compiler_t *compiler, const lgs_node_t *value)
{
    bool is_schema = compiler->row->kind == &lgs_kind_dependent_schemas;
    dependents_t *dependents = lgs_compile_alloc(
        compiler, 1, sizeof(*dependents) + value->n * sizeof(dependent_t));

    for (uint32_t i = 0; dependents && i < value->n; i++) {
        if (!add_dependent(compiler, dependents, &value->u.members[i], is_schema)) {
            return;
        }
    }
    lgs_compile_op(compiler, compiler->row->kind, compiler->row->types, dependents);
}

/* Draft 7's keyword for both. */
static void compile_dependencies(compiler_t *compiler, const lgs_node_t *value)
{
    static const kind_t *const kinds[] = {&lgs_kind_dependent_required,
                                          &lgs_kind_dependent_schemas};

    for (size_t is_schema = 0; is_schema < LGS_N(kinds); is_schema++) {
        dependents_t *dependents = lgs_compile_alloc(
            compiler, 1, sizeof(*dependents) + value->n * sizeof(dependent_t));

        for (uint32_t i = 0; dependents && i < value->n; i++) {
            if ((value->u.members[i].value.type != LGS_ARRAY) == (is_schema == 1) &&
                !add_dependent(compiler, dependents, &value->u.members[i], is_schema == 1)) {
                return;
            }
        }
        if (dependents && dependents->n) {
            lgs_compile_op(compiler, kinds[is_schema], TYPE_BIT(LGS_OBJECT), dependents);
        }
    }
}

static bool add_dependent(compiler_t *compiler, dependents_t *dependents,
                          const lgs_member_t *member, bool is_schema)
{
    dependent_t *dependent = &dependents->items[dependents->n];

    dependent->name = lgs_node_text(&member->name);
    dependent->hash = lgs_hash(dependent->name.data, dependent->name.len);
    if (is_schema) {
        dependent->block = lgs_compile_sub(compiler, &member->value, dependent->name, true);
    } else {
        dependent->required = names_of(compiler, &member->value, &dependent->n_required);
    }
    dependents->n++;
    return dependent->block || dependent->required;
}

static const property_t *names_of(compiler_t *compiler, const lgs_node_t *array, uint32_t *n)
{
    property_t *names = lgs_compile_alloc(compiler, array->n ? array->n : 1, sizeof(*names));

    for (uint32_t i = 0; names && i < array->n; i++) {
        names[i].name = lgs_node_text(&array->u.items[i]);
        names[i].hash = lgs_hash(names[i].name.data, names[i].name.len);
    }
    *n = array->n;
    return names;
}

/* prefixItems and items, made at the first of them. */
static void compile_items(compiler_t *compiler, const lgs_node_t *value)
{
    const lgs_node_t *prefix = lgs_compile_value(compiler, "prefixItems");
    const lgs_node_t *rest = lgs_compile_value(compiler, "items");
    items_t *items;

    if (prefix && value != prefix) {
        return;
    }
    items = lgs_compile_alloc(compiler, 1, sizeof(*items));
    if (items && prefix) {
        set_prefix(compiler, items, prefix);
    }
    if (items && rest) {
        compiler->keyword = "items";
        items->rest = lgs_compile_sub(compiler, rest, NO_STEP, false);
    }
    lgs_compile_op(compiler, &lgs_kind_items, TYPE_BIT(LGS_ARRAY), items);
}

/* Of drafts 7 and 2019-09: an array of schemas, then additionalItems; or one for all items. */
static void compile_old_items(compiler_t *compiler, const lgs_node_t *value)
{
    const lgs_node_t *first = lgs_compile_value(compiler, "items");
    const lgs_node_t *rest = lgs_compile_value(compiler, "additionalItems");
    items_t *items;

    if (value != first) {
        if (first == NULL) {
            compile_nested(compiler, value);
        }
        return;
    }
    items = lgs_compile_alloc(compiler, 1, sizeof(*items));
    if (items == NULL) {
        return;
    }
    if (first->type == LGS_ARRAY) {
        set_prefix(compiler, items, first);
        compiler->keyword = "additionalItems";
        items->rest = rest ? lgs_compile_sub(compiler, rest, NO_STEP, false) : NULL;
    } else {
        items->rest = lgs_compile_sub(compiler, first, NO_STEP, false);
    }
    lgs_compile_op(compiler, &lgs_kind_items, TYPE_BIT(LGS_ARRAY), items);
}

static void set_prefix(compiler_t *compiler, items_t *items, const lgs_node_t *prefix)
{
    const block_t **blocks = lgs_compile_alloc(compiler, prefix->n, sizeof(*blocks));

    for (uint32_t i = 0; blocks && i < prefix->n; i++) {
        blocks[i] = lgs_compile_step(compiler, &prefix->u.items[i], i, false);
    }
    items->prefix = blocks;
    items->n_prefix = blocks ? prefix->n : 0;
}

static void compile_unevaluated(compiler_t *compiler, const lgs_node_t *value)
{
    unevaluated_t *unevaluated = lgs_compile_alloc(compiler, 1, sizeof(*unevaluated));

    if (unevaluated == NULL) {
        return;
    }
    unevaluated->owner = compiler->block;
    unevaluated->block = lgs_compile_sub(compiler, value, NO_STEP, false);
    lgs_compile_op(compiler, compiler->row->kind, compiler->row->types,
                   unevaluated->block ? unevaluated : NULL);
}

static void compile_contains(compiler_t *compiler, const lgs_node_t *value)
{
    contains_t *contains = lgs_compile_alloc(compiler, 1, sizeof(*contains));

    if (contains == NULL) {
        return;
    }
    contains->block = lgs_compile_sub(compiler, value, NO_STEP, false);
    contains->min = count_of(lgs_compile_value(compiler, "minContains"), 1);
    contains->max = count_of(lgs_compile_value(compiler, "maxContains"), UINT64_MAX);
    contains->marks = compiler->block->resource->dialect.drafts == DRAFT_2020;
    lgs_compile_op(compiler, &lgs_kind_contains, TYPE_BIT(LGS_ARRAY),
                   contains->block ? contains : NULL);
}

static void compile_ref(compiler_t *compiler, const lgs_node_t *value)
{
    lgs_compile_op(compiler, &lgs_kind_ref, TYPES_ALL, lgs_compile_ref(compiler, value, false));
}

static void compile_dynamic_ref(compiler_t *compiler, const lgs_node_t *value)
{
    lgs_compile_op(compiler, &lgs_kind_ref, TYPES_ALL, lgs_compile_ref(compiler, value, true));
}

/* Its value is "#" by its meta-schema; a resource with $recursiveAnchor has a nameless anchor. */
static void compile_recursive_ref(compiler_t *compiler, const lgs_node_t *value)
{
    if (!lgs_str_is(lgs_node_text(value), "#")) {
        lgs_compile_error(compiler, value, "\"%.*s\" is not \"#\"", LGS_FMT(lgs_node_text(value)));
        return;
    }
    compile_dynamic_ref(compiler, value);
}

static void compile_branches(compiler_t *compiler, const lgs_node_t *value)
{
    blocks_t *blocks = lgs_compile_alloc(compiler, 1,
                                         sizeof(*blocks) + value->n * sizeof(blocks->items[0]));

    for (uint32_t i = 0; blocks && i < value->n; i++) {
        blocks->items[i] = lgs_compile_step(compiler, &value->u.items[i], i, true);
        if (blocks->items[i] == NULL) {
            return;
        }
        blocks->n++;
    }
    lgs_compile_op(compiler, compiler->row->kind, compiler->row->types, blocks);
}

static void compile_not(compiler_t *compiler, const lgs_node_t *value)
{
    lgs_compile_op(compiler, &lgs_kind_not, TYPES_ALL,
                   lgs_compile_sub(compiler, value, NO_STEP, true));
}

static void compile_condition(compiler_t *compiler, const lgs_node_t *value)
{
    static const char *const names[] = {"if", "then", "else"};
    condition_t *condition = lgs_compile_alloc(compiler, 1, sizeof(*condition));

    for (size_t i = 0; condition && i < LGS_N(names); i++) {
        const lgs_node_t *part = lgs_compile_value(compiler, names[i]);

        compiler->keyword = names[i];
        condition->parts[i] = part ? lgs_compile_sub(compiler, part, NO_STEP, true) : NULL;
    }
    lgs_compile_op(compiler, &lgs_kind_if, TYPES_ALL,
                   condition && condition->parts[0] ? condition : NULL);
}

/* A power of two of which at most half is used. */
static uint32_t slots_for(uint32_t n)
{
    uint32_t size = 2;

    while (size < n * 2) {
        size *= 2;
    }
    return size;
}
