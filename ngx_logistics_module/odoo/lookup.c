/*
 * Bulk look-ups (lookup.h). A group is one model and one condition; its fields are the union of its
 * keys' fields, its values are deduplicated. Rows come ordered by id, so "first" and "last" mean
 * the same in every run.
 */
#include "lookup.h"

#include "../base/decimal.h"
#include "../base/map.h"
#include "facts.h"

typedef struct {
    lgs_str_t name;
    lgs_odoo_field_t kind;
    bool asked; /* by a fields_get of this plan */
} field_t;

typedef struct {
    int64_t first, last;
    uint32_t n;
} hits_t;

typedef struct group_s group_t;
struct group_s {
    group_t *next;
    lgs_str_t model;
    lgs_str_t take;
    const lgs_node_t *where;
    lgs_bound_t bound;
    lgs_str_t *conditions; /* the fields of `where`, then those of the bound's ways */
    uint32_t n_conditions;
    bool asked_where; /* by a fields_get of this plan */
    field_t fields[LGS_ODOO_MAX_BY];
    uint32_t n_fields;
    lgs_map_t *values;  /* value → lgs_lookup_t */
    lgs_map_t *numbers; /* the same by plain number, 19 for "19.0"; NULL: no field is a decimal */
    lgs_lookup_t *first, *last;
    lgs_lookup_t *at;  /* first one that is not asked yet */
    lgs_lookup_t *end; /* behind the last one of the call in flight */
    bool asking_fields;
    bool failed;
    lgs_problem_kind_t problem;
    lgs_str_t text;
};

struct lgs_lookup_s {
    lgs_lookup_t *next;
    group_t *group;
    lgs_str_t value;
    lgs_lookup_t *same; /* the next value that is the same number */
    hits_t hits[LGS_ODOO_MAX_BY];
};

struct lgs_lookups_s {
    lgs_arena_t *arena;
    lgs_odoo_facts_t *facts;
    const lgs_odoo_reach_t *reach;
    group_t *first, *last;
    group_t *current;
    bool check_fields;
};

static group_t *group_for(lgs_lookups_t *lookups, const lgs_key_t *key);
static bool fits(const group_t *group, const lgs_key_t *key);
static void add_fields(group_t *group, const lgs_key_t *key);
static group_t *new_group(lgs_lookups_t *lookups, const lgs_key_t *key);
static bool list_conditions(lgs_lookups_t *lookups, group_t *group);
static void add_conditions(group_t *group, const lgs_node_t *object);
static void begin(lgs_lookups_t *lookups, group_t *group);
static bool wants_fields(const lgs_lookups_t *lookups, const group_t *group);
static bool write_fields_get(const lgs_lookups_t *lookups, group_t *group,
                             const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call);
static bool write_search(lgs_lookups_t *lookups, group_t *group, const lgs_odoo_caller_t *caller,
                         lgs_odoo_call_t *call);
static lgs_odoo_field_t kind_of_condition(const lgs_lookups_t *lookups, const group_t *group,
                                          uint32_t i);
static bool holds_for_none(const lgs_lookups_t *lookups, const group_t *group);
static bool has_fields(const lgs_lookups_t *lookups, const group_t *group, const lgs_node_t *way);
static void add_name(lgs_buf_t *buf, lgs_str_t name, bool *first);
static bool is_asked_by(const field_t *field);
static void write_domain(lgs_buf_t *buf, const lgs_lookups_t *lookups, const group_t *group);
static uint32_t write_in(lgs_buf_t *buf, const group_t *group, const field_t *field);
static void write_bound(lgs_buf_t *buf, const lgs_lookups_t *lookups, const group_t *group);
static void write_where(lgs_buf_t *buf, const lgs_node_t *where);
static bool can_hold(lgs_odoo_field_t kind, lgs_str_t value);
static bool is_whole_number(lgs_str_t text);
static void hit(hits_t *hits, int64_t id);
static void learn_fields(lgs_lookups_t *lookups, group_t *group, const lgs_node_t *result);
static lgs_rc_t index_numbers(lgs_lookups_t *lookups, group_t *group);
static lgs_rc_t plain_number(lgs_arena_t *arena, lgs_str_t text, lgs_str_t *number);
static lgs_rc_t take_rows(lgs_lookups_t *lookups, group_t *group, const lgs_node_t *rows);
static lgs_rc_t take_row(lgs_lookups_t *lookups, group_t *group, const lgs_node_t *row, int64_t id);
static lgs_rc_t fail(lgs_lookups_t *lookups, group_t *group, lgs_problem_kind_t problem,
                     lgs_str_t text);

lgs_lookups_t *lgs_lookups_create(lgs_arena_t *arena, lgs_odoo_facts_t *facts,
                                  const lgs_odoo_reach_t *reach, bool check_fields)
{
    lgs_lookups_t *lookups = lgs_arena_zalloc(arena, sizeof(*lookups));

    if (lookups) {
        lookups->arena = arena;
        lookups->facts = facts;
        lookups->reach = reach;
        lookups->check_fields = check_fields;
    }
    return lookups;
}

lgs_lookup_t *lgs_lookups_add(lgs_lookups_t *lookups, const lgs_key_t *key)
{
    group_t *group = group_for(lookups, key);
    lgs_lookup_t *lookup;

    if (group == NULL) {
        return NULL;
    }
    add_fields(group, key);
    lookup = lgs_map_get(group->values, key->value);
    if (lookup) {
        return lookup;
    }
    lookup = lgs_arena_zalloc(lookups->arena, sizeof(*lookup));
    if (lookup == NULL || lgs_map_add(group->values, key->value, lookup) != LGS_OK) {
        return NULL;
    }
    lookup->group = group;
    lookup->value = key->value;
    if (group->last) {
        group->last->next = lookup;
    } else {
        group->first = lookup;
    }
    group->last = lookup;
    return lookup;
}

lgs_rc_t lgs_lookups_field(lgs_lookups_t *lookups, lgs_str_t model, lgs_str_t field)
{
    lgs_key_t key = {.model = model, .by = {field}, .n_by = 1};
    group_t *group;

    if (lgs_odoo_facts_field(lookups->facts, model, field) != LGS_ODOO_FIELD_UNKNOWN) {
        return LGS_OK;
    }
    group = group_for(lookups, &key);
    if (group == NULL) {
        return LGS_NOMEM;
    }
    add_fields(group, &key);
    return LGS_OK;
}

lgs_rc_t lgs_lookups_next(lgs_lookups_t *lookups, const lgs_odoo_caller_t *caller,
                          lgs_odoo_call_t *call)
{
    if (lookups->current == NULL && lookups->first) {
        lookups->current = lookups->first;
        begin(lookups, lookups->current);
    }
    while (lookups->current) {
        group_t *group = lookups->current;

        if (!group->failed && wants_fields(lookups, group)) {
            group->asking_fields = true;
            return write_fields_get(lookups, group, caller, call) ? LGS_OK : LGS_NOMEM;
        }
        if (!group->failed && holds_for_none(lookups, group)) {
            group->at = NULL;
        }
        if (!group->failed && group->at) {
            if (!write_search(lookups, group, caller, call)) {
                return LGS_NOMEM;
            }
            if (call->path.len) {
                return LGS_OK;
            }
            group->at = group->end; /* no value of these can be in any of the fields */
            continue;
        }
        if (group->next == NULL) {
            return LGS_NOT_FOUND;
        }
        lookups->current = group->next;
        begin(lookups, lookups->current);
    }
    return LGS_NOT_FOUND;
}

lgs_rc_t lgs_lookups_answer(lgs_lookups_t *lookups, const lgs_odoo_reply_t *reply)
{
    group_t *group = lookups->current;

    if (reply->problem != LGS_PROBLEM_NONE) {
        return fail(lookups, group, reply->problem, reply->message);
    }
    if (group->asking_fields) {
        group->asking_fields = false;
        learn_fields(lookups, group, reply->has_result ? &reply->result : NULL);
        return LGS_OK;
    }
    if (!reply->has_result || reply->result.type != LGS_ARRAY) {
        return fail(lookups, group, LGS_PROBLEM_ODOO_AWAY,
                    LGS_STR("Odoo answered a search with something else"));
    }
    if (reply->result.n >= LGS_ODOO_LOOKUP_ROWS) {
        return fail(lookups, group, LGS_PROBLEM_ODOO_CONTRACT,
                    LGS_STR("10000 or more records match; the policy's `by` needs a more telling "
                            "field, or a `where`"));
    }
    if (index_numbers(lookups, group) != LGS_OK ||
        take_rows(lookups, group, &reply->result) != LGS_OK) {
        return LGS_NOMEM;
    }
    group->at = group->end;
    return LGS_OK;
}

lgs_lookup_result_t lgs_lookups_result(const lgs_lookup_t *lookup, const lgs_key_t *key,
                                       lgs_many_t many, lgs_lookup_found_t *found)
{
    const group_t *group = lookup->group;
    uint32_t n_present = 0;

    memset(found, 0, sizeof(*found));
    found->problem = group->problem;
    found->text = group->text;
    if (group->failed || group->bound.kind == LGS_BOUND_UNSAID) {
        return LGS_LOOKUP_FAILED;
    }
    if (group->bound.kind == LGS_BOUND_LACKS) {
        found->text = group->bound.lacks;
        return LGS_LOOKUP_CLOSED;
    }
    for (uint32_t k = 0; k < key->n_by; k++) {
        for (uint32_t i = 0; i < group->n_fields; i++) {
            const hits_t *hits = &lookup->hits[i];

            if (!lgs_str_eq(group->fields[i].name, key->by[k])) {
                continue;
            }
            n_present += group->fields[i].kind != LGS_ODOO_FIELD_ABSENT;
            if (hits->n) {
                found->n = hits->n;
                found->field = key->by[k];
                found->id = many == LGS_MANY_LAST ? hits->last : hits->first;
                return hits->n > 1 && many == LGS_MANY_REFUSE ? LGS_LOOKUP_MANY : LGS_LOOKUP_FOUND;
            }
        }
    }
    if (n_present == 0) {
        found->problem = LGS_PROBLEM_ODOO_CONTRACT;
        found->text = LGS_STR("Odoo has none of the fields that the policy searches by; see "
                              "logisticsctl odoo check");
        return LGS_LOOKUP_FAILED;
    }
    return LGS_LOOKUP_NONE;
}

static group_t *group_for(lgs_lookups_t *lookups, const lgs_key_t *key)
{
    for (group_t *group = lookups->first; group; group = group->next) {
        if (fits(group, key)) {
            return group;
        }
    }
    return new_group(lookups, key);
}

/* Same model, same condition, the same number wanted, and room for the fields. */
static bool fits(const group_t *group, const lgs_key_t *key)
{
    uint32_t n_new = 0;

    if (!lgs_str_eq(group->model, key->model) || !lgs_str_eq(group->take, key->take) ||
        (group->where == NULL) != (key->where == NULL) ||
        (key->where && !lgs_node_equal(group->where, key->where))) {
        return false;
    }
    for (uint32_t k = 0; k < key->n_by; k++) {
        uint32_t i = 0;

        while (i < group->n_fields && !lgs_str_eq(group->fields[i].name, key->by[k])) {
            i++;
        }
        n_new += i == group->n_fields;
    }
    return group->n_fields + n_new <= LGS_ODOO_MAX_BY;
}

static void add_fields(group_t *group, const lgs_key_t *key)
{
    for (uint32_t k = 0; k < key->n_by; k++) {
        uint32_t i = 0;

        while (i < group->n_fields && !lgs_str_eq(group->fields[i].name, key->by[k])) {
            i++;
        }
        if (i == group->n_fields) {
            group->fields[group->n_fields++] = (field_t){.name = key->by[k]};
        }
    }
}

static group_t *new_group(lgs_lookups_t *lookups, const lgs_key_t *key)
{
    group_t *group = lgs_arena_zalloc(lookups->arena, sizeof(*group));

    if (group == NULL) {
        return NULL;
    }
    group->values = lgs_map_create(lookups->arena, 16);
    if (group->values == NULL) {
        return NULL;
    }
    group->model = key->model;
    group->where = key->where;
    group->take = key->take;
    if (!list_conditions(lookups, group)) {
        return NULL;
    }
    if (lookups->last) {
        lookups->last->next = group;
    } else {
        lookups->first = group;
    }
    lookups->last = group;
    return group;
}

static bool list_conditions(lgs_lookups_t *lookups, group_t *group)
{
    const lgs_node_t *ways;
    uint32_t n = group->where ? group->where->n : 0;

    if (lgs_odoo_bound(lookups->arena, lookups->reach, group->model, &group->bound) != LGS_OK) {
        return false;
    }
    if (group->bound.kind == LGS_BOUND_UNSAID) {
        group->problem = LGS_PROBLEM_ODOO_CONTRACT; /* of who looks up; fields may be asked for */
        group->text = lgs_arena_printf(lookups->arena,
                                       "the policies do not say which records of %.*s are a "
                                       "partner's",
                                       LGS_FMT(group->model));
    }
    ways = group->bound.ways;
    for (uint32_t i = 0; i < group->bound.n_ways; i++) {
        n += ways[i].n;
    }
    group->conditions = lgs_arena_array(lookups->arena, n, sizeof(*group->conditions));
    if (group->conditions == NULL || (group->problem && group->text.data == NULL)) {
        return false;
    }
    if (group->where) {
        add_conditions(group, group->where);
    }
    for (uint32_t i = 0; i < group->bound.n_ways; i++) {
        add_conditions(group, &ways[i]);
    }
    return true;
}

/* "picking_id.name" is known by its first part. */
static void add_conditions(group_t *group, const lgs_node_t *object)
{
    for (uint32_t i = 0; i < object->n; i++) {
        group->conditions[group->n_conditions++] = lgs_operation_field(
            lgs_node_text(&object->u.members[i].name));
    }
}

/* Fields are settled here: what the facts know; unchecked ones are taken for texts that exist. */
static void begin(lgs_lookups_t *lookups, group_t *group)
{
    group->at = group->first;
    for (uint32_t i = 0; i < group->n_fields; i++) {
        field_t *field = &group->fields[i];

        field->kind = lgs_odoo_facts_field(lookups->facts, group->model, field->name);
        if (!lookups->check_fields && field->kind == LGS_ODOO_FIELD_UNKNOWN) {
            field->kind = LGS_ODOO_FIELD_TEXT;
        }
    }
}

static bool wants_fields(const lgs_lookups_t *lookups, const group_t *group)
{
    for (uint32_t i = 0; lookups->check_fields && i < group->n_fields; i++) {
        if (group->fields[i].kind == LGS_ODOO_FIELD_UNKNOWN && !group->fields[i].asked) {
            return true;
        }
    }
    for (uint32_t i = 0; (lookups->check_fields || group->bound.n_ways) && !group->asked_where &&
                         i < group->n_conditions;
         i++) {
        if (kind_of_condition(lookups, group, i) == LGS_ODOO_FIELD_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static lgs_odoo_field_t kind_of_condition(const lgs_lookups_t *lookups, const group_t *group,
                                          uint32_t i)
{
    return lgs_odoo_facts_field(lookups->facts, group->model, group->conditions[i]);
}

/*
 * No record of a server that does not have a field of the condition fulfils it; and none is let
 * through when no way of the bound can be.
 */
static bool holds_for_none(const lgs_lookups_t *lookups, const group_t *group)
{
    const lgs_bound_t *bound = &group->bound;
    bool is_open = bound->kind == LGS_BOUND_ALL;

    if (group->where && !has_fields(lookups, group, group->where)) {
        return true;
    }
    for (uint32_t i = 0; i < bound->n_ways; i++) {
        is_open |= has_fields(lookups, group, &bound->ways[i]);
    }
    return !is_open;
}

static bool has_fields(const lgs_lookups_t *lookups, const group_t *group, const lgs_node_t *way)
{
    for (uint32_t i = 0; i < way->n; i++) {
        lgs_str_t field = lgs_operation_field(lgs_node_text(&way->u.members[i].name));

        if (lgs_odoo_facts_field(lookups->facts, group->model, field) == LGS_ODOO_FIELD_ABSENT) {
            return false;
        }
    }
    return true;
}

static bool write_fields_get(const lgs_lookups_t *lookups, group_t *group,
                             const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;
    bool first = true;

    lgs_odoo_write_open(&writer, caller, group->model, LGS_STR("fields_get"));
    lgs_odoo_write_named(&writer, LGS_STR("allfields"));
    lgs_buf_byte(&writer.buf, '[');
    for (uint32_t i = 0; i < group->n_fields; i++) {
        if (group->fields[i].kind == LGS_ODOO_FIELD_UNKNOWN) {
            add_name(&writer.buf, group->fields[i].name, &first);
        }
    }
    for (uint32_t i = 0; i < group->n_conditions; i++) {
        if (kind_of_condition(lookups, group, i) == LGS_ODOO_FIELD_UNKNOWN) {
            add_name(&writer.buf, group->conditions[i], &first);
        }
    }
    lgs_buf_byte(&writer.buf, ']');
    lgs_odoo_write_named(&writer, LGS_STR("attributes"));
    lgs_buf_cstr(&writer.buf, "[\"type\"]");
    return lgs_odoo_write_close(&writer, true, call);
}

static void add_name(lgs_buf_t *buf, lgs_str_t name, bool *first)
{
    if (!*first) {
        lgs_buf_byte(buf, ',');
    }
    *first = false;
    lgs_json_write_string(buf, name);
}

static bool write_search(lgs_lookups_t *lookups, group_t *group, const lgs_odoo_caller_t *caller,
                         lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;
    uint32_t n = 0;
    bool first = true;

    *call = (lgs_odoo_call_t){.repeatable = true};
    group->end = group->at;
    while (group->end && n++ < LGS_ODOO_LOOKUP_VALUES) {
        group->end = group->end->next;
    }
    lgs_odoo_write_open(&writer, caller, group->model, LGS_STR("search_read"));
    lgs_odoo_write_positional(&writer, "domain");
    n = (uint32_t)writer.buf.len;
    write_domain(&writer.buf, lookups, group);
    if (writer.buf.len == n) {
        return !writer.buf.failed;
    }
    lgs_odoo_write_named(&writer, LGS_STR("fields"));
    lgs_buf_byte(&writer.buf, '[');
    for (uint32_t i = 0; i < group->n_fields; i++) {
        if (is_asked_by(&group->fields[i])) {
            lgs_buf_cstr(&writer.buf, first ? "" : ",");
            lgs_json_write_string(&writer.buf, group->fields[i].name);
            first = false;
        }
    }
    if (group->take.len) {
        lgs_buf_byte(&writer.buf, ',');
        lgs_json_write_string(&writer.buf, group->take);
    }
    lgs_buf_byte(&writer.buf, ']');
    lgs_odoo_write_named(&writer, LGS_STR("order"));
    lgs_buf_cstr(&writer.buf, "\"id\"");
    lgs_odoo_write_named(&writer, LGS_STR("limit"));
    lgs_buf_u64(&writer.buf, LGS_ODOO_LOOKUP_ROWS);
    return lgs_odoo_write_close(&writer, true, call);
}

static bool is_asked_by(const field_t *field)
{
    return field->kind == LGS_ODOO_FIELD_TEXT || field->kind == LGS_ODOO_FIELD_NUMBER ||
           field->kind == LGS_ODOO_FIELD_DECIMAL;
}

/* ["|","|",[a,"in",[…]],[b,"in",[…]],[c,"in",[…]],[x,"=",…]]; nothing when no field can hold a
 * value. */
static void write_domain(lgs_buf_t *buf, const lgs_lookups_t *lookups, const group_t *group)
{
    lgs_buf_t terms;
    uint32_t n = 0;

    lgs_buf_init(&terms, lookups->arena, 0, 0);
    for (uint32_t i = 0; i < group->n_fields; i++) {
        if (is_asked_by(&group->fields[i])) {
            size_t before = terms.len;

            if (write_in(&terms, group, &group->fields[i])) {
                n++;
            } else {
                terms.len = before;
            }
        }
    }
    buf->failed |= terms.failed;
    if (n == 0) {
        return;
    }
    lgs_buf_byte(buf, '[');
    for (uint32_t i = 1; i < n; i++) {
        lgs_buf_cstr(buf, "\"|\",");
    }
    lgs_buf_add(buf, terms.data, terms.len - 1);
    write_where(buf, group->where);
    write_bound(buf, lookups, group);
    lgs_buf_byte(buf, ']');
}

/* ,"|","&",[a,"=",1],[b,"in",[2]],[c,"=",3]: the ways that this server has the fields for. */
static void write_bound(lgs_buf_t *buf, const lgs_lookups_t *lookups, const group_t *group)
{
    bool first = true;

    for (uint32_t i = 0; i < group->bound.n_ways; i++) {
        if (has_fields(lookups, group, &group->bound.ways[i])) {
            lgs_buf_cstr(buf, first ? "" : ",\"|\"");
            first = false;
        }
    }
    for (uint32_t i = 0; i < group->bound.n_ways; i++) {
        const lgs_node_t *way = &group->bound.ways[i];

        if (!has_fields(lookups, group, way)) {
            continue;
        }
        for (uint32_t k = 1; k < way->n; k++) {
            lgs_buf_cstr(buf, ",\"&\"");
        }
        write_where(buf, way);
    }
}

/* `["origin","in",["S1","S2"]],`; how many values it has. */
static uint32_t write_in(lgs_buf_t *buf, const group_t *group, const field_t *field)
{
    uint32_t n = 0;

    lgs_buf_byte(buf, '[');
    lgs_json_write_string(buf, field->name);
    lgs_buf_cstr(buf, ",\"in\",[");
    for (const lgs_lookup_t *lookup = group->at; lookup != group->end; lookup = lookup->next) {
        if (!can_hold(field->kind, lookup->value)) {
            continue;
        }
        if (n++) {
            lgs_buf_byte(buf, ',');
        }
        if (field->kind == LGS_ODOO_FIELD_TEXT) {
            lgs_json_write_string(buf, lookup->value);
        } else {
            lgs_buf_str(buf, lookup->value);
        }
    }
    lgs_buf_cstr(buf, "]],");
    return n;
}

static void write_where(lgs_buf_t *buf, const lgs_node_t *where)
{
    for (uint32_t i = 0; where && i < where->n; i++) {
        const lgs_node_t *value = &where->u.members[i].value, *other = lgs_node_at(value, "not");

        value = other ? other : value;
        lgs_buf_cstr(buf, ",[");
        lgs_json_write_string(buf, lgs_node_text(&where->u.members[i].name));
        if (value->type == LGS_ARRAY) {
            lgs_buf_cstr(buf, other ? ",\"not in\"," : ",\"in\",");
        } else {
            lgs_buf_cstr(buf, other ? ",\"!=\"," : ",\"=\",");
        }
        lgs_json_write(buf, value);
        lgs_buf_byte(buf, ']');
    }
}

/* Another kind of value would be an error of the whole search. */
static bool can_hold(lgs_odoo_field_t kind, lgs_str_t value)
{
    lgs_decimal_t decimal;

    return kind == LGS_ODOO_FIELD_NUMBER    ? is_whole_number(value)
           : kind == LGS_ODOO_FIELD_DECIMAL ? lgs_decimal_read(value, &decimal)
                                            : true;
}

/* PostgreSQL's integer: a longer one would be an error of the whole search. */
static bool is_whole_number(lgs_str_t text)
{
    int64_t number = 0;

    if (text.len == 0 || text.len > 10 || (text.len > 1 && text.data[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        number = number * 10 + (text.data[i] - '0');
    }
    return number <= INT32_MAX;
}

static void learn_fields(lgs_lookups_t *lookups, group_t *group, const lgs_node_t *result)
{
    group->asked_where = true;
    for (uint32_t i = 0; i < group->n_conditions; i++) {
        if (kind_of_condition(lookups, group, i) == LGS_ODOO_FIELD_UNKNOWN) {
            lgs_str_t name = group->conditions[i];

            lgs_odoo_facts_learn(lookups->facts, group->model, name,
                                 lgs_node_text(lgs_node_at(lgs_node_get(result, name), "type")));
        }
    }
    for (uint32_t i = 0; i < group->n_fields; i++) {
        field_t *field = &group->fields[i];
        lgs_str_t type;

        if (field->kind != LGS_ODOO_FIELD_UNKNOWN) {
            continue;
        }
        type = lgs_node_text(lgs_node_at(lgs_node_get(result, field->name), "type"));
        lgs_odoo_facts_learn(lookups->facts, group->model, field->name, type);
        field->asked = true;
        field->kind = lgs_odoo_field_of(type);
    }
}

/* Of the values of this call: a row finds its own by one look, however many there are. */
static lgs_rc_t index_numbers(lgs_lookups_t *lookups, group_t *group)
{
    bool has_decimals = false;

    for (uint32_t i = 0; i < group->n_fields; i++) {
        has_decimals |= group->fields[i].kind == LGS_ODOO_FIELD_DECIMAL;
    }
    group->numbers = has_decimals ? lgs_map_create(lookups->arena, 16) : NULL;
    if (has_decimals && group->numbers == NULL) {
        return LGS_NOMEM;
    }
    for (lgs_lookup_t *lookup = group->at; has_decimals && lookup != group->end;
         lookup = lookup->next) {
        lgs_str_t number;
        lgs_lookup_t *first;

        if (plain_number(lookups->arena, lookup->value, &number) != LGS_OK) {
            return LGS_NOMEM;
        }
        first = number.len ? lgs_map_get(group->numbers, number) : NULL;
        lookup->same = NULL;
        if (first) {
            lookup->same = first->same;
            first->same = lookup;
        } else if (number.len && lgs_map_add(group->numbers, number, lookup) != LGS_OK) {
            return LGS_NOMEM;
        }
    }
    return LGS_OK;
}

/* "19.00" → "19"; empty: it is none. */
static lgs_rc_t plain_number(lgs_arena_t *arena, lgs_str_t text, lgs_str_t *number)
{
    lgs_decimal_t decimal;

    *number = lgs_str(NULL, 0);
    if (!lgs_decimal_read(text, &decimal)) {
        return LGS_OK;
    }
    *number = lgs_decimal_text(arena, lgs_decimal_trim(decimal));
    return number->data ? LGS_OK : LGS_NOMEM;
}

static lgs_rc_t take_rows(lgs_lookups_t *lookups, group_t *group, const lgs_node_t *rows)
{
    lgs_str_t own = group->take.len ? group->take : LGS_STR("id");
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; i < rows->n && rc == LGS_OK; i++) {
        const lgs_node_t *number = lgs_node_get(&rows->u.items[i], own);
        int64_t id;

        if (number && number->type == LGS_ARRAY && number->n) {
            number = &number->u.items[0];
        }
        if (lgs_node_int(number, &id) && id > 0) {
            rc = take_row(lookups, group, &rows->u.items[i], id);
        }
    }
    return rc;
}

/* A many2one is [id, "name"], an empty value false. */
static lgs_rc_t take_row(lgs_lookups_t *lookups, group_t *group, const lgs_node_t *row, int64_t id)
{
    for (uint32_t i = 0; i < group->n_fields; i++) {
        const lgs_node_t *value = lgs_node_get(row, group->fields[i].name);
        bool is_decimal = group->fields[i].kind == LGS_ODOO_FIELD_DECIMAL;
        lgs_str_t text;

        if (value && value->type == LGS_ARRAY && value->n) {
            value = &value->u.items[0];
        }
        text = lgs_node_text(value);
        if (is_decimal && plain_number(lookups->arena, text, &text) != LGS_OK) {
            return LGS_NOMEM;
        }
        if (text.len == 0) {
            continue;
        }
        for (lgs_lookup_t *lookup = lgs_map_get(is_decimal ? group->numbers : group->values, text);
             lookup; lookup = is_decimal ? lookup->same : NULL) {
            hit(&lookup->hits[i], id);
        }
    }
    return LGS_OK;
}

static void hit(hits_t *hits, int64_t id)
{
    hits->first = hits->n && hits->first < id ? hits->first : id;
    hits->last = hits->n && hits->last > id ? hits->last : id;
    hits->n++;
}

static lgs_rc_t fail(lgs_lookups_t *lookups, group_t *group, lgs_problem_kind_t problem,
                     lgs_str_t text)
{
    group->failed = true;
    group->problem = problem;
    group->text = lgs_arena_str(lookups->arena, text);
    return group->text.data ? LGS_OK : LGS_NOMEM;
}
