/*
 * Conditions of a source → Odoo's domain. Field names and operators are the policy's; what comes
 * from a request is written as a JSON string or a checked number and nothing else. `like` and its
 * relatives are only written for a prefix that stands in the policy, with its own % and _ escaped.
 *
 * A condition that cannot hold (the partner has no such fact, the rows before gave no ids, Odoo has
 * no such field) makes the whole empty: it is never left out, for that would show more.
 */
#include "internal.h"

typedef enum { WRITTEN, ALWAYS, NEVER } term_t;

static term_t write_any(const lgs_query_plan_t *plan, const lgs_query_any_t *any, lgs_buf_t *buf);
static term_t write_all(const lgs_query_plan_t *plan, const lgs_query_all_t *all, lgs_buf_t *buf);
static term_t write_term(const lgs_query_plan_t *plan, const lgs_query_term_t *term,
                         lgs_buf_t *buf);
static term_t write_values(const lgs_query_plan_t *plan, const lgs_query_term_t *term,
                           lgs_buf_t *values, uint32_t *n);
static void write_param(const lgs_query_plan_t *plan, uint32_t index, lgs_buf_t *values,
                        uint32_t *n);
static void write_time(lgs_str_t text, lgs_buf_t *values);
static void write_list(const lgs_node_t *value, lgs_buf_t *values, uint32_t *n);
static void write_rows(const lgs_query_plan_t *plan, const lgs_query_term_t *term,
                       lgs_buf_t *values, uint32_t *n);
static void write_operator(const lgs_query_term_t *term, uint32_t n, lgs_buf_t *buf);
static void write_pattern(const lgs_query_term_t *term, lgs_buf_t *buf);
static void write_place(const lgs_query_plan_t *plan, lgs_buf_t *buf);
static void write_key(const lgs_query_place_t *place, lgs_buf_t *buf);

lgs_domain_t lgs_query_write_domain(const lgs_query_plan_t *plan, lgs_buf_t *buf)
{
    const lgs_query_source_t *source = &plan->query->sources[plan->source];
    size_t begin = buf->len;

    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < source->n_where; i++) {
        size_t mark = buf->len;
        term_t term;

        if (buf->len > begin + 1) {
            lgs_buf_byte(buf, ',');
        }
        term = write_any(plan, &source->where[i], buf);
        if (term == NEVER) {
            return LGS_DOMAIN_EMPTY;
        }
        buf->len = term == ALWAYS && !buf->failed ? mark : buf->len;
    }
    if (plan->query->is_list && plan->source == plan->query->paged && plan->place.is_set) {
        if (buf->len > begin + 1) {
            lgs_buf_byte(buf, ',');
        }
        write_place(plan, buf);
    }
    lgs_buf_byte(buf, ']');
    return buf->failed ? LGS_DOMAIN_NOMEM : LGS_DOMAIN_OK;
}

bool lgs_query_has_field(const lgs_query_plan_t *plan, lgs_str_t field)
{
    const lgs_query_source_t *source = &plan->query->sources[plan->source];
    const char *dot = memchr(field.data, '.', field.len);
    lgs_odoo_field_t kind;

    field.len = dot ? (size_t)(dot - field.data) : field.len;
    kind = lgs_odoo_facts_field(plan->facts, source->model, field);
    return kind != LGS_ODOO_FIELD_UNKNOWN && kind != LGS_ODOO_FIELD_ABSENT;
}

/* "|" before each way but the last; those that never hold are left out. */
static term_t write_any(const lgs_query_plan_t *plan, const lgs_query_any_t *any, lgs_buf_t *buf)
{
    lgs_buf_t ways;
    uint32_t n = 0;

    lgs_buf_init(&ways, plan->arena, 128, 0);
    for (uint32_t i = 0; i < any->n; i++) {
        size_t mark = ways.len;
        term_t way;

        if (n) {
            lgs_buf_byte(&ways, ',');
        }
        way = write_all(plan, &any->ways[i], &ways);
        if (way == ALWAYS) {
            return ALWAYS;
        }
        if (way == NEVER) {
            ways.len = mark;
        } else {
            n++;
        }
    }
    for (uint32_t i = 1; i < n; i++) {
        lgs_buf_cstr(buf, "\"|\",");
    }
    lgs_buf_str(buf, lgs_buf_text(&ways));
    buf->failed |= ways.failed;
    return n ? WRITTEN : NEVER;
}

static term_t write_all(const lgs_query_plan_t *plan, const lgs_query_all_t *all, lgs_buf_t *buf)
{
    lgs_buf_t terms;
    uint32_t n = 0;

    lgs_buf_init(&terms, plan->arena, 128, 0);
    for (uint32_t i = 0; i < all->n; i++) {
        size_t mark = terms.len;
        term_t term;

        if (n) {
            lgs_buf_byte(&terms, ',');
        }
        term = write_term(plan, &all->terms[i], &terms);
        if (term == NEVER) {
            return NEVER;
        }
        if (term == ALWAYS) {
            terms.len = mark;
        } else {
            n++;
        }
    }
    for (uint32_t i = 1; i < n; i++) {
        lgs_buf_cstr(buf, "\"&\",");
    }
    lgs_buf_str(buf, lgs_buf_text(&terms));
    buf->failed |= terms.failed;
    return n ? WRITTEN : ALWAYS;
}

/* ["field","in",[…]] */
static term_t write_term(const lgs_query_plan_t *plan, const lgs_query_term_t *term, lgs_buf_t *buf)
{
    lgs_buf_t values;
    uint32_t n = 0;
    term_t kind;

    if (term->is_optional && !lgs_query_has_field(plan, term->field)) {
        return NEVER;
    }
    lgs_buf_init(&values, plan->arena, 64, 0);
    kind = write_values(plan, term, &values, &n);
    if (kind != WRITTEN) {
        return kind;
    }
    lgs_buf_byte(buf, '[');
    lgs_json_write_string(buf, term->field);
    write_operator(term, n, buf);
    if (term->kind == LGS_TERM_STARTS || term->kind == LGS_TERM_ENDS) {
        write_pattern(term, buf);
    } else {
        lgs_buf_cstr(buf, n > 1 ? "[" : "");
        lgs_buf_str(buf, lgs_buf_text(&values));
        lgs_buf_cstr(buf, n > 1 ? "]" : "");
    }
    lgs_buf_byte(buf, ']');
    buf->failed |= values.failed;
    return WRITTEN;
}

/* The values joined by commas. A parameter that was not given is no condition at all. */
static term_t write_values(const lgs_query_plan_t *plan, const lgs_query_term_t *term,
                           lgs_buf_t *values, uint32_t *n)
{
    switch (term->from) {
    case LGS_TERM_FIXED:
        write_list(&term->value, values, n);
        break;
    case LGS_TERM_PARAM:
        if (plan->args->values[term->index].n == 0) {
            return ALWAYS;
        }
        write_param(plan, term->index, values, n);
        break;
    case LGS_TERM_PARTNER:
        write_list(plan->caller.facts ? lgs_map_get(plan->caller.facts, term->name) : NULL, values,
                   n);
        break;
    default:
        write_rows(plan, term, values, n);
        break;
    }
    return *n ? WRITTEN : NEVER;
}

static void write_param(const lgs_query_plan_t *plan, uint32_t index, lgs_buf_t *values,
                        uint32_t *n)
{
    const lgs_query_value_t *value = &plan->args->values[index];
    lgs_param_type_t type = plan->query->params[index].type;
    bool is_bare = type == LGS_PARAM_INTEGER || type == LGS_PARAM_BOOLEAN;

    for (uint32_t i = 0; i < value->n; i++) {
        lgs_buf_cstr(values, (*n)++ ? "," : "");
        if (is_bare) {
            lgs_buf_str(values, value->values[i]); /* checked when it was read */
        } else if (type == LGS_PARAM_TIME) {
            write_time(value->values[i], values);
        } else {
            lgs_json_write_string(values, value->values[i]);
        }
    }
}

/* In UTC, as Odoo keeps it. */
static void write_time(lgs_str_t text, lgs_buf_t *values)
{
    lgs_dateformat_t *iso = lgs_dateformat_compile(values->arena, LGS_STR("iso"), NULL);
    lgs_datetime_t time;

    if (iso && lgs_datetime_read(iso, text, &time)) {
        lgs_json_write_string(values, lgs_datetime_odoo_text(values->arena, &time));
    } else {
        values->failed = true;
    }
}

static void write_list(const lgs_node_t *value, lgs_buf_t *values, uint32_t *n)
{
    bool is_list = value && value->type == LGS_ARRAY;

    for (uint32_t i = 0; value && i < (is_list ? value->n : 1); i++) {
        lgs_buf_cstr(values, (*n)++ ? "," : "");
        lgs_json_write(values, is_list ? &value->u.items[i] : value);
    }
}

/* A many2one is [id, "name"], an x2many a list of ids. */
static void write_rows(const lgs_query_plan_t *plan, const lgs_query_term_t *term,
                       lgs_buf_t *values, uint32_t *n)
{
    const lgs_node_t *rows = &plan->found[term->index].rows;

    for (uint32_t i = 0; rows->type == LGS_ARRAY && i < rows->n; i++) {
        const lgs_node_t *value = lgs_node_get(&rows->u.items[i], term->name);

        if (value && value->type == LGS_ARRAY && value->n == 2 &&
            value->u.items[1].type == LGS_STRING) {
            value = &value->u.items[0];
        }
        if (value && value->type != LGS_NULL && value->type != LGS_OBJECT) {
            write_list(value, values, n);
        }
    }
}

static void write_operator(const lgs_query_term_t *term, uint32_t n, lgs_buf_t *buf)
{
    static const char *const operators[][2] = {
        [LGS_TERM_IS] = {",\"=\",", ",\"in\","},
        [LGS_TERM_IS_NOT] = {",\"!=\",", ",\"not in\","},
        [LGS_TERM_STARTS] = {",\"=like\",", ",\"=like\","},
        [LGS_TERM_ENDS] = {",\"=like\",", ",\"=like\","},
        [LGS_TERM_FROM] = {",\">=\",", ",\">=\","},
        [LGS_TERM_BEFORE] = {",\"<\",", ",\"<\","},
    };

    lgs_buf_cstr(buf, operators[term->kind][n > 1]);
}

/* starts: <ev_ → "<ev\\_%" */
static void write_pattern(const lgs_query_term_t *term, lgs_buf_t *buf)
{
    lgs_str_t text = lgs_node_text(&term->value);
    lgs_buf_t pattern;

    lgs_buf_init(&pattern, buf->arena, text.len * 2 + 1, 0);
    lgs_buf_cstr(&pattern, term->kind == LGS_TERM_ENDS ? "%" : "");
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '%' || text.data[i] == '_' || text.data[i] == '\\') {
            lgs_buf_byte(&pattern, '\\');
        }
        lgs_buf_byte(&pattern, text.data[i]);
    }
    lgs_buf_cstr(&pattern, term->kind == LGS_TERM_STARTS ? "%" : "");
    lgs_json_write_string(buf, lgs_buf_text(&pattern));
    buf->failed |= pattern.failed;
}

/*
 * What comes behind the cursor's row. PostgreSQL takes an empty value for the largest: last when
 * it goes up, first when it goes down.
 */
static void write_place(const lgs_query_plan_t *plan, lgs_buf_t *buf)
{
    const lgs_query_source_t *source = &plan->query->sources[plan->source];
    const lgs_query_place_t *place = &plan->place;
    const char *beyond = source->is_descending ? "<" : ">";

    if (lgs_str_is(source->order, "id")) {
        lgs_buf_printf(buf, "[\"id\",\"%s\",%lld]", beyond, (long long)place->id);
        return;
    }
    if (place->type != LGS_NULL && !source->is_descending) {
        lgs_buf_printf(buf, "\"|\",\"|\",[\"%.*s\",\"=\",false],", LGS_FMT(source->order));
    } else if (place->type == LGS_NULL && source->is_descending) {
        lgs_buf_printf(buf, "\"|\",[\"%.*s\",\"!=\",false],", LGS_FMT(source->order));
    } else if (place->type != LGS_NULL) {
        lgs_buf_cstr(buf, "\"|\",");
    }
    if (place->type != LGS_NULL) {
        lgs_buf_printf(buf, "[\"%.*s\",\"%s\",", LGS_FMT(source->order), beyond);
        write_key(place, buf);
        lgs_buf_cstr(buf, "],");
    }
    lgs_buf_printf(buf, "\"&\",[\"%.*s\",\"=\",", LGS_FMT(source->order));
    write_key(place, buf);
    lgs_buf_printf(buf, "],[\"id\",\"%s\",%lld]", beyond, (long long)place->id);
}

static void write_key(const lgs_query_place_t *place, lgs_buf_t *buf)
{
    if (place->type == LGS_NULL) {
        lgs_buf_cstr(buf, "false");
    } else if (place->type == LGS_NUMBER) {
        lgs_buf_str(buf, place->key);
    } else {
        lgs_json_write_string(buf, place->key);
    }
}
