/* The searches of a group (lookup_group.h): which values go together, the domain, and the rows. */
#include "../base/decimal.h"
#include "lookup_group.h"

/* Ways of the sides of a search that this server has the fields for. */
typedef struct {
    const lgs_node_t **items;
    uint32_t n;
} ways_t;

static void open_window(const lgs_lookups_t *lookups, lgs_group_t *group);
static bool is_open(const lgs_lookups_t *lookups, const lgs_group_t *group, const lgs_side_t *side);
static bool asks_for(lgs_group_t *group, const lgs_side_t *side);
static bool is_asked_by(const lgs_group_field_t *field);
static void write_domain(lgs_buf_t *buf, lgs_lookups_t *lookups, const lgs_group_t *group);
static uint32_t write_in(lgs_buf_t *buf, const lgs_group_t *group, const lgs_group_field_t *field);
static void write_value(lgs_buf_t *buf, lgs_odoo_field_t kind, lgs_str_t value);
static bool collect_ways(lgs_lookups_t *lookups, const lgs_group_t *group,
                         const lgs_side_t *const *sides, uint32_t n, ways_t *ways);
static bool is_told_before(const ways_t *ways, uint32_t i);
static bool is_like(const lgs_node_t *a, const lgs_node_t *b);
static void write_way(lgs_buf_t *buf, const ways_t *ways, uint32_t i);
static void write_values(lgs_buf_t *buf, const lgs_node_t *value, const char **between);
static bool can_hold(lgs_odoo_field_t kind, lgs_str_t value);
static bool is_whole_number(lgs_str_t text);
static lgs_rc_t index_numbers(lgs_lookups_t *lookups, lgs_group_t *group);
static lgs_rc_t plain_number(lgs_arena_t *arena, lgs_str_t text, lgs_str_t *number);
static lgs_rc_t take_row(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_node_t *row);
static lgs_rc_t take_field(lgs_lookups_t *lookups, lgs_group_t *group, uint32_t i,
                           const lgs_node_t *value, int64_t number);

/* ---- which values ---- */

bool lgs_lookup_search(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_odoo_caller_t *caller,
                       lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;
    size_t before;
    bool first = true;

    *call = (lgs_odoo_call_t){.repeatable = true};
    open_window(lookups, group);
    lgs_odoo_write_open(&writer, caller, group->model, LGS_STR("search_read"));
    lgs_odoo_write_positional(&writer, "domain");
    before = writer.buf.len;
    write_domain(&writer.buf, lookups, group);
    if (writer.buf.len == before) {
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

/* The next values whose side has a way to its records here; those between are found nowhere. */
static void open_window(const lgs_lookups_t *lookups, lgs_group_t *group)
{
    const lgs_side_t *known = NULL;
    bool known_open = false;
    uint32_t n = 0;

    group->n_asking = 0;
    for (group->end = group->at; group->end && n < LGS_ODOO_LOOKUP_VALUES;
         group->end = group->end->next) {
        lgs_lookup_t *lookup = group->end;

        if (lookup->side != known) {
            known = lookup->side;
            known_open = is_open(lookups, group, known);
        }
        if (known_open && !asks_for(group, known)) {
            break;
        }
        lookup->is_asked = known_open;
        n += known_open;
    }
}

/* No record is let through when no way of the bound can be. */
static bool is_open(const lgs_lookups_t *lookups, const lgs_group_t *group, const lgs_side_t *side)
{
    const lgs_bound_t *bound = &side->bound;
    bool is_open = bound->kind == LGS_BOUND_ALL;

    for (uint32_t i = 0; i < bound->n_ways && bound->kind == LGS_BOUND_SOME; i++) {
        is_open |= lgs_lookup_has_fields(lookups, group, &bound->ways[i]);
    }
    return is_open;
}

/* False: the call has room for no other. */
static bool asks_for(lgs_group_t *group, const lgs_side_t *side)
{
    for (uint32_t i = 0; i < group->n_asking; i++) {
        if (group->asking[i] == side) {
            return true;
        }
    }
    if (group->n_asking == (group->is_apart ? 1 : LGS_ODOO_LOOKUP_SIDES)) {
        return false;
    }
    group->asking[group->n_asking++] = side;
    return true;
}

static bool is_asked_by(const lgs_group_field_t *field)
{
    return field->kind == LGS_ODOO_FIELD_TEXT || field->kind == LGS_ODOO_FIELD_NUMBER ||
           field->kind == LGS_ODOO_FIELD_DECIMAL;
}

/* ---- the domain ---- */

/* ["|","|",[a,"in",[…]],[b,"in",[…]],[c,"in",[…]],[x,"=",…]]; nothing when no field can hold a
 * value. */
static void write_domain(lgs_buf_t *buf, lgs_lookups_t *lookups, const lgs_group_t *group)
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
    lgs_lookup_write_where(buf, group->where);
    (void)lgs_lookup_write_bounds(buf, lookups, group, group->asking, group->n_asking);
    lgs_buf_byte(buf, ']');
}

/* `["origin","in",["S1","S2"]],`; how many values it has. */
static uint32_t write_in(lgs_buf_t *buf, const lgs_group_t *group, const lgs_group_field_t *field)
{
    uint32_t n = 0;

    lgs_buf_byte(buf, '[');
    lgs_json_write_string(buf, field->name);
    lgs_buf_cstr(buf, ",\"in\",[");
    for (const lgs_lookup_t *lookup = group->at; lookup != group->end; lookup = lookup->next) {
        if (lookup->is_asked && can_hold(field->kind, lookup->value)) {
            lgs_buf_cstr(buf, n++ ? "," : "");
            write_value(buf, field->kind, lookup->value);
        }
    }
    lgs_buf_cstr(buf, "]],");
    return n;
}

static void write_value(lgs_buf_t *buf, lgs_odoo_field_t kind, lgs_str_t value)
{
    if (kind == LGS_ODOO_FIELD_TEXT) {
        lgs_json_write_string(buf, value);
    } else {
        lgs_buf_str(buf, value);
    }
}

void lgs_lookup_write_where(lgs_buf_t *buf, const lgs_node_t *where)
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

/* Ways of one condition on one field are one condition with all their values: cheaper in Odoo. */
bool lgs_lookup_write_bounds(lgs_buf_t *buf, lgs_lookups_t *lookups, const lgs_group_t *group,
                             const lgs_side_t *const *sides, uint32_t n)
{
    bool first = true;
    ways_t ways;

    if (!collect_ways(lookups, group, sides, n, &ways)) {
        buf->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < ways.n; i++) {
        if (!is_told_before(&ways, i)) {
            lgs_buf_cstr(buf, first ? "" : ",\"|\"");
            first = false;
        }
    }
    for (uint32_t i = 0; i < ways.n; i++) {
        if (!is_told_before(&ways, i)) {
            write_way(buf, &ways, i);
        }
    }
    return ways.n > 0;
}

static bool collect_ways(lgs_lookups_t *lookups, const lgs_group_t *group,
                         const lgs_side_t *const *sides, uint32_t n, ways_t *ways)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < n; i++) {
        most += sides[i]->bound.n_ways;
    }
    *ways = (ways_t){.items = lgs_arena_array(lookups->arena, most, sizeof(*ways->items))};
    if (ways->items == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < sides[i]->bound.n_ways; k++) {
            const lgs_node_t *way = &sides[i]->bound.ways[k];

            if (lgs_lookup_has_fields(lookups, group, way)) {
                ways->items[ways->n++] = way;
            }
        }
    }
    return true;
}

static bool is_told_before(const ways_t *ways, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++) {
        if (is_like(ways->items[k], ways->items[i])) {
            return true;
        }
    }
    return false;
}

/* One condition each, on the same field. */
static bool is_like(const lgs_node_t *a, const lgs_node_t *b)
{
    return a->n == 1 && b->n == 1 &&
           lgs_str_eq(lgs_node_text(&a->u.members[0].name), lgs_node_text(&b->u.members[0].name));
}

static void write_way(lgs_buf_t *buf, const ways_t *ways, uint32_t i)
{
    const lgs_node_t *way = ways->items[i];
    const char *between = "";
    uint32_t n = 0;

    for (uint32_t k = i; k < ways->n; k++) {
        n += is_like(way, ways->items[k]);
    }
    for (uint32_t k = 1; k < way->n; k++) {
        lgs_buf_cstr(buf, ",\"&\"");
    }
    if (n < 2) {
        lgs_lookup_write_where(buf, way);
        return;
    }
    lgs_buf_cstr(buf, ",[");
    lgs_json_write_string(buf, lgs_node_text(&way->u.members[0].name));
    lgs_buf_cstr(buf, ",\"in\",[");
    for (uint32_t k = i; k < ways->n; k++) {
        if (is_like(way, ways->items[k])) {
            write_values(buf, &ways->items[k]->u.members[0].value, &between);
        }
    }
    lgs_buf_cstr(buf, "]]");
}

static void write_values(lgs_buf_t *buf, const lgs_node_t *value, const char **between)
{
    uint32_t n = value->type == LGS_ARRAY ? value->n : 1;

    for (uint32_t i = 0; i < n; i++) {
        lgs_buf_cstr(buf, *between);
        lgs_json_write(buf, value->type == LGS_ARRAY ? &value->u.items[i] : value);
        *between = ",";
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

/* ---- the rows ---- */

lgs_rc_t lgs_lookup_take_rows(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_node_t *rows)
{
    lgs_rc_t rc = index_numbers(lookups, group);

    group->claims = group->n_asking > 1 ? lgs_claims_create(lookups->arena) : NULL;
    if (group->n_asking > 1 && group->claims == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < rows->n && rc == LGS_OK; i++) {
        rc = take_row(lookups, group, &rows->u.items[i]);
    }
    return rc;
}

/* Of the values of this call: a row finds its own by one look, however many there are. */
static lgs_rc_t index_numbers(lgs_lookups_t *lookups, lgs_group_t *group)
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

/* A many2one is [id, "name"], an empty value false. */
static lgs_rc_t take_row(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_node_t *row)
{
    const lgs_node_t *id = lgs_node_at(row, "id");
    const lgs_node_t *own = group->take.len ? lgs_node_get(row, group->take) : id;
    int64_t number, is;
    lgs_rc_t rc = LGS_OK;

    if (own && own->type == LGS_ARRAY && own->n) {
        own = &own->u.items[0];
    }
    if (!lgs_node_int(own, &number) || number <= 0) {
        return LGS_OK;
    }
    if (group->claims) {
        if (!lgs_node_int(id, &is) || is <= 0) {
            return LGS_OK;
        }
        rc = lgs_claims_row(group->claims, lgs_node_text(id), number);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < group->n_fields; i++) {
        rc = take_field(lookups, group, i, lgs_node_get(row, group->fields[i].name), number);
    }
    return rc;
}

static lgs_rc_t take_field(lgs_lookups_t *lookups, lgs_group_t *group, uint32_t i,
                           const lgs_node_t *value, int64_t number)
{
    bool is_decimal = group->fields[i].kind == LGS_ODOO_FIELD_DECIMAL;
    lgs_rc_t rc = LGS_OK;
    lgs_str_t text;

    if (value && value->type == LGS_ARRAY && value->n) {
        value = &value->u.items[0];
    }
    text = lgs_node_text(value);
    if (is_decimal && plain_number(lookups->arena, text, &text) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (text.len == 0) {
        return LGS_OK;
    }
    for (lgs_lookup_t *lookup = lgs_map_get(is_decimal ? group->numbers : group->values, text);
         lookup && rc == LGS_OK; lookup = is_decimal ? lookup->same : lookup->twin) {
        if (!lookup->is_asked) {
            continue; /* of a call before or after this one: the row counts there */
        }
        if (group->claims) {
            rc = lgs_claims_add(group->claims, lookup, i);
        } else if (lookup->side == group->asking[0]) {
            lgs_lookup_hit(&lookup->hits[i], number);
        }
    }
    return rc;
}

void lgs_lookup_hit(lgs_hits_t *hits, int64_t id)
{
    hits->first = hits->n && hits->first < id ? hits->first : id;
    hits->last = hits->n && hits->last > id ? hits->last : id;
    hits->n++;
}
