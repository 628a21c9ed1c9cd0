/*
 * Whether what is known of an outcome holds a keyword of a schema (unproved.c). What is not certain
 * is no proof.
 */
#include "unproved.h"

/* A text that is known; false: it is another value, of which rules for texts say nothing. */
static bool text_of(const lgs_outcome_t *outcome, lgs_str_t *text)
{
    *text = LGS_STR("");
    if (outcome->kind != LGS_COMES_VALUE || outcome->value->type != LGS_STRING) {
        return false;
    }
    *text = lgs_node_text(outcome->value);
    return true;
}

static bool is_object_or_list(const lgs_outcome_t *outcome)
{
    return lgs_outcome_is_object(outcome) || lgs_outcome_is_list(outcome) ||
           (outcome->kind == LGS_COMES_VALUE && outcome->value->type >= LGS_ARRAY);
}

/* Of no constant it is asked whether it is an integer. */
bool lgs_proves_type(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    bool is_list = ask->value->type == LGS_ARRAY;
    uint32_t n = is_list ? ask->value->n : 1;
    const char *type = "string";

    if (outcome->kind == LGS_COMES_VALUE) {
        type = lgs_type_name((lgs_type_t)outcome->value->type);
    } else if (lgs_outcome_is_object(outcome)) {
        type = "object";
    } else if (lgs_outcome_is_list(outcome)) {
        type = "array";
    }
    for (uint32_t i = 0; i < n; i++) {
        if (lgs_str_is(lgs_node_text(is_list ? &ask->value->u.items[i] : ask->value), type)) {
            return true;
        }
    }
    return false;
}

bool lgs_proves_enum(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    if (outcome->kind != LGS_COMES_VALUE || ask->value->type != LGS_ARRAY) {
        return false;
    }
    for (uint32_t i = 0; i < ask->value->n; i++) {
        if (lgs_node_equal(&ask->value->u.items[i], outcome->value)) {
            return true;
        }
    }
    return false;
}

bool lgs_proves_const(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    return outcome->kind == LGS_COMES_VALUE && lgs_node_equal(ask->value, outcome->value);
}

/* In a pattern it means itself. */
static bool is_word(lgs_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

/* Of what a run makes only this is known: {hash: …, prefix: ev_} and a local time. */
static bool proves_made(const lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    static const char local[] =
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?)?$";
    static const char digest[] = "[A-Za-z0-9_-]{8,100}$"; /* its 64 digits are among these */
    lgs_str_t pattern = lgs_node_text(ask->value), prefix;

    if (outcome->kind == LGS_COMES_LOCAL || outcome->kind == LGS_COMES_DAY) {
        return lgs_str_is(pattern, local);
    }
    if (outcome->kind != LGS_COMES_HASH) {
        return false;
    }
    prefix = lgs_op_hash_prefix(outcome->expr);
    return is_word(prefix) && pattern.len == 1 + prefix.len + sizeof(digest) - 1 &&
           pattern.data[0] == '^' && memcmp(pattern.data + 1, prefix.data, prefix.len) == 0 &&
           memcmp(pattern.data + 1 + prefix.len, digest, sizeof(digest) - 1) == 0;
}

bool lgs_proves_pattern(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    lgs_str_t text;

    if (is_object_or_list(outcome)) {
        return true;
    }
    if (outcome->kind != LGS_COMES_VALUE) {
        return proves_made(ask, outcome);
    }
    if (!text_of(outcome, &text)) {
        return true;
    }
    if (ask->regex == NULL) {
        ask->regex = lgs_regex_compile(ask->w->scratch, lgs_node_text(ask->value), LGS_REGEX_ECMA,
                                       NULL);
    }
    return ask->regex && lgs_regex_match(ask->regex, text) == LGS_REGEX_YES;
}

bool lgs_proves_format(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    lgs_str_t format = lgs_node_text(ask->value), text;
    bool is_instant = lgs_str_is(format, "date-time"), is_day = lgs_str_is(format, "date");

    if (is_object_or_list(outcome)) {
        return true;
    }
    if (outcome->kind == LGS_COMES_VALUE) {
        return !text_of(outcome, &text) || (is_instant && lgs_is_rfc3339_datetime(text)) ||
               (is_day && lgs_is_rfc3339_date(text));
    }
    return (is_instant && outcome->kind == LGS_COMES_INSTANT) ||
           (is_day && outcome->kind == LGS_COMES_DAY);
}

/* Characters of the shortest and the longest text; false: nobody knows. */
static bool lengths_of(const lgs_outcome_t *outcome, uint64_t *least, uint64_t *most)
{
    static const struct {
        uint8_t least, most;
    } forms[LGS_N_COMES] = {
        [LGS_COMES_INSTANT] = {20, 35}, /* 2026-11-21T14:05:00Z, ….123456789+01:00 */
        [LGS_COMES_LOCAL] = {10, 29},
        [LGS_COMES_DAY] = {10, 10},
        [LGS_COMES_ZONE] = {1, 64},
    };
    lgs_str_t text = outcome->kind == LGS_COMES_HASH ? lgs_op_hash_prefix(outcome->expr)
                                                     : LGS_STR("");
    bool is_hash = outcome->kind == LGS_COMES_HASH;

    if (!is_hash && !text_of(outcome, &text)) {
        *least = forms[outcome->kind].least;
        *most = forms[outcome->kind].most;
        return *most > 0;
    }
    *least = is_hash ? 64 : 0;
    for (size_t i = 0; i < text.len; i++) {
        *least += ((uint8_t)text.data[i] & 0xC0) != 0x80;
    }
    *most = *least;
    return true;
}

static bool has_no_length(const lgs_outcome_t *outcome)
{
    return is_object_or_list(outcome) ||
           (outcome->kind == LGS_COMES_VALUE && outcome->value->type != LGS_STRING);
}

bool lgs_proves_min_length(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    uint64_t least, most;
    int64_t bound;

    return has_no_length(outcome) ||
           (lgs_node_int(ask->value, &bound) && bound >= 0 && lengths_of(outcome, &least, &most) &&
            least >= (uint64_t)bound);
}

bool lgs_proves_max_length(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    uint64_t least, most;
    int64_t bound;

    return has_no_length(outcome) ||
           (lgs_node_int(ask->value, &bound) && bound >= 0 && lengths_of(outcome, &least, &most) &&
            most <= (uint64_t)bound);
}

/* An object of which nothing but constants is left is null, so one that reads has a member. */
bool lgs_proves_min_properties(lgs_ask_t *ask, const lgs_outcome_t *outcome)
{
    const lgs_object_t *made;
    int64_t bound;

    if (!lgs_node_int(ask->value, &bound) || bound > 1 || !lgs_outcome_is_object(outcome)) {
        return false;
    }
    made = outcome->kind == LGS_COMES_MADE ? outcome->expr->u.object : NULL;
    return made == NULL || (made->reads && !made->stays);
}
