/* What the value of a keyword must be: the strict check of a schema at compile. */
#include "../base/map.h"
#include "program.h"

static bool is_any(const lgs_node_t *value);
static bool is_bool(const lgs_node_t *value);
static bool is_string(const lgs_node_t *value);
static bool is_id(const lgs_node_t *value);
static bool is_anchor(const lgs_node_t *value);
static bool is_vocabulary(const lgs_node_t *value);
static bool is_number(const lgs_node_t *value);
static bool is_positive(const lgs_node_t *value);
static bool is_count(const lgs_node_t *value);
static bool is_array(const lgs_node_t *value);
static bool is_object(const lgs_node_t *value);
static bool are_types(const lgs_node_t *value);
static bool are_strings(const lgs_node_t *value);
static bool is_strings_map(const lgs_node_t *value);
static bool is_schema(const lgs_node_t *value);
static bool are_schemas(const lgs_node_t *value);
static bool is_one_or_more(const lgs_node_t *value);
static bool are_dependencies(const lgs_node_t *value);

static const struct {
    bool (*is_valid)(const lgs_node_t *value);
    const char *what;
} checks[N_VALUES] = {
    [VALUE_ANY] = {is_any, ""},
    [VALUE_BOOL] = {is_bool, "true or false"},
    [VALUE_STRING] = {is_string, "a string"},
    [VALUE_ID] = {is_id, "a URI without a fragment"},
    [VALUE_ANCHOR] = {is_anchor, "a name: a letter or _, then letters, digits, -, _ and ."},
    [VALUE_VOCABULARY] = {is_vocabulary, "an object of true and false by URI"},
    [VALUE_NUMBER] = {is_number, "a number"},
    [VALUE_POSITIVE] = {is_positive, "a number above 0"},
    [VALUE_COUNT] = {is_count, "a whole number, 0 or more"},
    [VALUE_ARRAY] = {is_array, "an array"},
    [VALUE_OBJECT] = {is_object, "an object"},
    [VALUE_TYPES] = {are_types, "one or an array of \"null\", \"boolean\", \"integer\", "
                                "\"number\", \"string\", \"array\", \"object\", none twice"},
    [VALUE_STRINGS] = {are_strings, "an array of strings, none twice"},
    [VALUE_STRINGS_MAP] = {is_strings_map, "an object of arrays of strings, none twice"},
    [VALUE_SCHEMA] = {is_schema, "a schema: an object, true or false"},
    [VALUE_SCHEMAS] = {are_schemas, "an array of schemas, at least one"},
    [VALUE_ONE_OR_MORE] = {is_one_or_more, "a schema or an array of schemas, at least one"},
    [VALUE_SCHEMA_MAP] = {is_object, "an object of schemas"},
    [VALUE_DEPENDENCIES] = {are_dependencies, "an object of schemas or arrays of strings"},
};

bool lgs_keyword_check(compiler_t *compiler, value_t kind, const lgs_node_t *value)
{
    lgs_str_t shown;

    if (checks[kind].is_valid(value)) {
        return true;
    }
    shown = lgs_words_value(compiler->arena, value);
    lgs_compile_error(compiler, value, "%.*s is not %s", LGS_FMT(shown), checks[kind].what);
    return false;
}

static bool is_any(const lgs_node_t *value)
{
    return value != NULL;
}

static bool is_bool(const lgs_node_t *value)
{
    return value->type == LGS_BOOL;
}

static bool is_string(const lgs_node_t *value)
{
    return value->type == LGS_STRING;
}

static bool is_id(const lgs_node_t *value)
{
    const char *hash;

    if (value->type != LGS_STRING) {
        return false;
    }
    hash = value->n ? memchr(value->u.text, '#', value->n) : NULL;
    return hash == NULL || hash == value->u.text + value->n - 1;
}

static bool is_anchor(const lgs_node_t *value)
{
    lgs_str_t text = lgs_node_text(value);
    bool is_good = value->type == LGS_STRING && text.len > 0;

    for (size_t i = 0; is_good && i < text.len; i++) {
        char c = text.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        is_good = is_letter || (i && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
    }
    return is_good;
}

static bool is_vocabulary(const lgs_node_t *value)
{
    for (uint32_t i = 0; value->type == LGS_OBJECT && i < value->n; i++) {
        if (value->u.members[i].value.type != LGS_BOOL) {
            return false;
        }
    }
    return value->type == LGS_OBJECT;
}

static bool is_number(const lgs_node_t *value)
{
    return value->type == LGS_NUMBER;
}

static bool is_positive(const lgs_node_t *value)
{
    lgs_number_t number;

    if (value->type != LGS_NUMBER) {
        return false;
    }
    number = lgs_number_read(lgs_node_text(value));
    return number.first && !number.negative;
}

static bool is_count(const lgs_node_t *value)
{
    lgs_str_t text = lgs_node_text(value);

    return value->type == LGS_NUMBER && lgs_number_is_integer(text) &&
           !lgs_number_read(text).negative;
}

static bool is_array(const lgs_node_t *value)
{
    return value->type == LGS_ARRAY;
}

static bool is_object(const lgs_node_t *value)
{
    return value->type == LGS_OBJECT;
}

static bool are_types(const lgs_node_t *value)
{
    unsigned seen = 0, bit;

    if (value->type == LGS_STRING) {
        return lgs_words_type_bit(lgs_node_text(value)) != 0;
    }
    for (uint32_t i = 0; value->type == LGS_ARRAY && i < value->n; i++) {
        bit = lgs_words_type_bit(lgs_node_text(&value->u.items[i]));
        if (value->u.items[i].type != LGS_STRING || bit == 0 || (seen & bit)) {
            return false;
        }
        seen |= bit;
    }
    return seen != 0;
}

static bool are_strings(const lgs_node_t *value)
{
    run_t run = {.steps = LGS_SCHEMA_STEPS, .depth = LGS_SCHEMA_DEPTH};
    uint32_t twin;

    if (value->type != LGS_ARRAY) {
        return false;
    }
    for (uint32_t i = 0; i < value->n; i++) {
        if (value->u.items[i].type != LGS_STRING) {
            return false;
        }
    }
    return lgs_items_twin(&run, value, &twin) < 0;
}

static bool is_strings_map(const lgs_node_t *value)
{
    for (uint32_t i = 0; value->type == LGS_OBJECT && i < value->n; i++) {
        if (!are_strings(&value->u.members[i].value)) {
            return false;
        }
    }
    return value->type == LGS_OBJECT;
}

/* What is within them is looked at when it is their turn. */
static bool is_schema(const lgs_node_t *value)
{
    return value->type == LGS_OBJECT || value->type == LGS_BOOL;
}

static bool are_schemas(const lgs_node_t *value)
{
    return value->type == LGS_ARRAY && value->n > 0;
}

static bool is_one_or_more(const lgs_node_t *value)
{
    return is_schema(value) || are_schemas(value);
}

static bool are_dependencies(const lgs_node_t *value)
{
    for (uint32_t i = 0; value->type == LGS_OBJECT && i < value->n; i++) {
        const lgs_node_t *one = &value->u.members[i].value;

        if (!is_schema(one) && !are_strings(one)) {
            return false;
        }
    }
    return value->type == LGS_OBJECT;
}
