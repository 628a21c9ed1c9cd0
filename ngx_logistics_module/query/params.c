/*
 * Parameters of a read route: the query string split, decoded, and each value held against its
 * declaration. What was not declared is refused, with the name that was meant: a slip in a filter's
 * name must not answer with everything.
 */
#include "internal.h"

#include "../formats/utf8.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct {
    const lgs_query_t *query;
    lgs_arena_t *arena;
    lgs_query_args_t *args;
    lgs_errs_t *errs;
    bool has_limit;
    bool bad;
} reading_t;

/* Parameters that every list has beside its own. */
static const lgs_str_t own_limit = LGS_STR_INIT("limit"), own_cursor = LGS_STR_INIT("cursor");

static lgs_rc_t read_string(reading_t *reading, lgs_str_t string);
static lgs_rc_t read_pair(reading_t *reading, lgs_str_t pair);
static lgs_rc_t take(reading_t *reading, lgs_str_t name, lgs_str_t value);
static lgs_rc_t take_values(reading_t *reading, const lgs_query_param_t *param,
                            lgs_query_value_t *to, lgs_str_t value);
static bool take_limit(reading_t *reading, lgs_str_t value);
static bool check_value(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value);
static bool check_text(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value);
static bool check_integer(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value);
static bool check_date(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value);
static bool check_time(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value);
static bool check_boolean(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value);
static void check_missing(reading_t *reading);
static void refuse_unknown(reading_t *reading, lgs_str_t name);
static bool refuse(reading_t *reading, const char *code, const char *format, ...) LGS_PRINTF(3, 4);
static bool decode(lgs_arena_t *arena, lgs_str_t from, lgs_str_t *to);

/* In the order of lgs_param_type_t. */
static bool (*const checks[])(reading_t *, const lgs_query_param_t *, lgs_str_t) = {
    check_text, check_integer, check_date, check_time, check_boolean};

lgs_rc_t lgs_query_read_args(const lgs_query_t *query, lgs_arena_t *arena, const lgs_str_t *names,
                             const lgs_str_t *values, uint32_t n, lgs_str_t string,
                             lgs_query_args_t *args, lgs_errs_t *errs)
{
    reading_t reading = {query, arena, args, errs, false, false};
    lgs_rc_t rc = LGS_OK;

    memset(args, 0, sizeof(*args));
    args->limit = query->page;
    for (uint32_t i = 0; i < n && rc == LGS_OK; i++) {
        for (uint32_t k = 0; k < query->n_params && rc == LGS_OK; k++) {
            if (query->params[k].in_path && lgs_str_eq(query->params[k].name, names[i])) {
                rc = take_values(&reading, &query->params[k], &args->values[k], values[i]);
            }
        }
    }
    if (rc == LGS_OK) {
        rc = read_string(&reading, string);
    }
    if (rc != LGS_OK) {
        return lgs_errs_nomem(errs);
    }
    check_missing(&reading);
    return reading.bad ? LGS_INVALID : LGS_OK;
}

/* LGS_NOMEM only: refusals are noted in `reading`. */
static lgs_rc_t read_string(reading_t *reading, lgs_str_t string)
{
    const char *p = string.data, *end = p + string.len;
    lgs_rc_t rc = LGS_OK;

    if (string.len > LGS_QUERY_MAX_STRING) {
        refuse(reading, "query", "the query has %zu bytes; at most %u are read", string.len,
               LGS_QUERY_MAX_STRING);
        return LGS_OK;
    }
    while (p < end && rc == LGS_OK) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        const char *stop = amp ? amp : end;

        if (stop > p) {
            rc = read_pair(reading, lgs_str(p, (size_t)(stop - p)));
        }
        p = stop + 1;
    }
    return rc;
}

static lgs_rc_t read_pair(reading_t *reading, lgs_str_t pair)
{
    const char *equal = memchr(pair.data, '=', pair.len);
    size_t split = equal ? (size_t)(equal - pair.data) : pair.len;
    lgs_str_t name, value = {"", 0};

    if (!decode(reading->arena, lgs_str(pair.data, split), &name) ||
        (equal && !decode(reading->arena, lgs_str(equal + 1, pair.len - split - 1), &value))) {
        return LGS_NOMEM;
    }
    if (name.data == NULL || value.data == NULL) {
        refuse(reading, "query",
               "the query is not well encoded: behind a %% stand two hexadecimal digits, and "
               "texts are UTF-8");
        return LGS_OK;
    }
    return take(reading, name, value);
}

static lgs_rc_t take(reading_t *reading, lgs_str_t name, lgs_str_t value)
{
    const lgs_query_t *query = reading->query;
    lgs_query_args_t *args = reading->args;

    for (uint32_t i = 0; i < query->n_params; i++) {
        if (query->params[i].in_path || !lgs_str_eq(query->params[i].name, name)) {
            continue;
        }
        if (args->values[i].values) {
            refuse(reading, "parameter-twice",
                   "the parameter \"%.*s\" stands twice; several values are joined by a comma",
                   LGS_FMT(name));
            return LGS_OK;
        }
        return take_values(reading, &query->params[i], &args->values[i], value);
    }
    if (query->is_list && lgs_str_eq(name, own_limit) && !reading->has_limit) {
        reading->has_limit = take_limit(reading, value);
    } else if (query->is_list && lgs_str_eq(name, own_cursor) && args->cursor.len == 0 &&
               value.len) {
        args->cursor = value;
    } else {
        refuse_unknown(reading, name);
    }
    return LGS_OK;
}

static lgs_rc_t take_values(reading_t *reading, const lgs_query_param_t *param,
                            lgs_query_value_t *to, lgs_str_t value)
{
    uint32_t n = 1;
    const char *p = value.data, *end = p + value.len;

    for (size_t i = 0; param->max_values > 1 && i < value.len; i++) {
        n += value.data[i] == ',';
    }
    to->values = lgs_arena_array(reading->arena, n, sizeof(*to->values));
    if (to->values == NULL) {
        return LGS_NOMEM;
    }
    if (n > param->max_values) {
        refuse(reading, "parameter-value",
               "the parameter \"%.*s\" has %u values; it takes up to %u", LGS_FMT(param->name), n,
               param->max_values);
        return LGS_OK;
    }
    while (to->n < n) {
        const char *comma = n > 1 ? memchr(p, ',', (size_t)(end - p)) : NULL;
        const char *stop = comma ? comma : end;

        to->values[to->n] = lgs_str(p, (size_t)(stop - p));
        if (!check_value(reading, param, to->values[to->n++])) {
            return LGS_OK;
        }
        p = stop + 1;
    }
    return LGS_OK;
}

static bool take_limit(reading_t *reading, lgs_str_t value)
{
    uint32_t limit = 0;

    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];

        limit = c < '0' || c > '9' || i > 6 ? UINT32_MAX : limit * 10 + (uint32_t)(c - '0');
        if (limit > reading->query->max_page) {
            limit = 0;
            break;
        }
    }
    if (limit == 0) {
        refuse(reading, "parameter-value", "the parameter \"limit\" is a number from 1 to %u",
               reading->query->max_page);
    }
    reading->args->limit = limit;
    return true;
}

/* ---- one value ---- */

static bool check_value(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value)
{
    if (value.len == 0) {
        return refuse(reading, "parameter-value", "the parameter \"%.*s\" has an empty value",
                      LGS_FMT(param->name));
    }
    if (value.len > param->max_bytes) {
        return refuse(reading, "parameter-value",
                      "a value of the parameter \"%.*s\" has %zu bytes; at most %u are taken",
                      LGS_FMT(param->name), value.len, param->max_bytes);
    }
    return checks[param->type](reading, param, value);
}

static bool check_text(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7f) {
            return refuse(reading, "parameter-value",
                          "the parameter \"%.*s\" holds a control character", LGS_FMT(param->name));
        }
    }
    if (!lgs_utf8_is_valid(value)) {
        return refuse(reading, "parameter-value", "the parameter \"%.*s\" is not UTF-8",
                      LGS_FMT(param->name));
    }
    if (param->pattern && lgs_regex_match(param->pattern, value) != LGS_REGEX_YES) {
        return refuse(reading, "parameter-value", "\"%.*s\" is no value of the parameter \"%.*s\"",
                      (int)(value.len < 100 ? value.len : 100), value.data, LGS_FMT(param->name));
    }
    return true;
}

/* What PostgreSQL's integer holds: a longer one would be an error of the whole search. */
static bool check_integer(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value)
{
    int64_t number = 0;
    bool is_good = value.len <= 10 && (value.len == 1 || value.data[0] != '0');

    for (size_t i = 0; is_good && i < value.len; i++) {
        is_good = value.data[i] >= '0' && value.data[i] <= '9';
        number = number * 10 + (value.data[i] - '0');
    }
    return (is_good && number <= INT32_MAX) ||
           refuse(reading, "parameter-value", "the parameter \"%.*s\" is a number from 0 to %d",
                  LGS_FMT(param->name), INT32_MAX);
}

static bool check_date(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value)
{
    return lgs_is_rfc3339_date(value) ||
           refuse(reading, "parameter-value", "the parameter \"%.*s\" is a date: 2026-11-21",
                  LGS_FMT(param->name));
}

static bool check_time(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value)
{
    return lgs_is_rfc3339_datetime(value) ||
           refuse(reading, "parameter-value",
                  "the parameter \"%.*s\" is a time with its offset: 2026-11-21T14:05:00Z (a + in "
                  "a query is written %%2B)",
                  LGS_FMT(param->name));
}

static bool check_boolean(reading_t *reading, const lgs_query_param_t *param, lgs_str_t value)
{
    return lgs_str_is(value, "true") || lgs_str_is(value, "false") ||
           refuse(reading, "parameter-value", "the parameter \"%.*s\" is true or false",
                  LGS_FMT(param->name));
}

/* ---- refusals ---- */

static void check_missing(reading_t *reading)
{
    const lgs_query_t *query = reading->query;

    for (uint32_t i = 0; i < query->n_params; i++) {
        const lgs_query_param_t *param = &query->params[i];

        if (param->is_required && reading->args->values[i].values == NULL && !reading->bad) {
            refuse(reading, "parameter-missing", "the parameter \"%.*s\" is missing",
                   LGS_FMT(param->name));
        }
    }
}

static void refuse_unknown(reading_t *reading, lgs_str_t name)
{
    lgs_str_t known[LGS_QUERY_MAX_PARAMS + 2], near;
    size_t n = 0;

    for (uint32_t i = 0; i < reading->query->n_params; i++) {
        if (!reading->query->params[i].in_path) {
            known[n++] = reading->query->params[i].name;
        }
    }
    if (reading->query->is_list) {
        known[n++] = own_limit;
        known[n++] = own_cursor;
    }
    for (size_t i = 0; i < n; i++) {
        if (lgs_str_eq(known[i], name)) {
            refuse(reading, "parameter-twice", "the parameter \"%.*s\" stands twice or is empty",
                   LGS_FMT(name));
            return;
        }
    }
    near = lgs_nearest(name, known, n);
    refuse(reading, "parameter-unknown", "there is no parameter \"%.*s\" here%s%.*s%s",
           (int)(name.len < 64 ? name.len : 64), name.data, near.len ? "; did you mean \"" : "",
           LGS_FMT(near), near.len ? "\"?" : "");
}

static bool refuse(reading_t *reading, const char *code, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    lgs_errs_add(reading->errs, code, (lgs_pos_t){0}, "%s", text);
    reading->bad = true;
    return false;
}

/* ---- encoding ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A form's encoding: %XX and + for a blank. False: no memory; to->data NULL: it is none. */
static bool decode(lgs_arena_t *arena, lgs_str_t from, lgs_str_t *to)
{
    char *out = lgs_arena_alloc(arena, from.len + 1);
    size_t n = 0;

    *to = lgs_str(NULL, 0);
    if (out == NULL) {
        return false;
    }
    for (size_t i = 0; i < from.len; i++) {
        char c = from.data[i] == '+' ? ' ' : from.data[i];

        if (c == '%') {
            int high = i + 2 < from.len ? hex_digit(from.data[i + 1]) : -1;
            int low = i + 2 < from.len ? hex_digit(from.data[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return true;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    if (lgs_utf8_is_valid(lgs_str(out, n))) {
        *to = lgs_str(out, n);
    }
    return true;
}

void lgs_query_escape(lgs_buf_t *buf, lgs_str_t text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '.' || c == '_' || c == '~') {
            lgs_buf_byte(buf, (char)c);
        } else {
            lgs_buf_byte(buf, '%');
            lgs_buf_byte(buf, digits[c >> 4]);
            lgs_buf_byte(buf, digits[c & 15]);
        }
    }
}
