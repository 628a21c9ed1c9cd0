/*
 * Bulk look-ups (lookup.h). A group is one model and one condition; its fields are the union of its
 * keys' fields, its values are deduplicated for each side. Rows come ordered by id, so "first" and
 * "last" mean the same in every run. What goes into a search is lookup_search.c's affair, which
 * rows are whose lookup_confirm.c's.
 */
#include "lookup_group.h"

static lgs_group_t *group_for(lgs_lookups_t *lookups, const lgs_side_t *side, const lgs_key_t *key);
static bool fits(const lgs_group_t *group, const lgs_side_t *side, const lgs_key_t *key);
static void add_fields(lgs_group_t *group, const lgs_key_t *key);
static lgs_group_t *new_group(lgs_lookups_t *lookups, const lgs_side_t *side, const lgs_key_t *key);
static lgs_rc_t add_lookup(lgs_group_t *group, lgs_lookup_t *lookup, lgs_lookup_t *twin);
static const lgs_side_t *side_for(lgs_lookups_t *lookups, const lgs_odoo_reach_t *reach,
                                  lgs_str_t model);
static const lgs_side_t *side_like(const lgs_lookups_t *lookups, const lgs_side_t *side);
static bool is_same_bound(const lgs_bound_t *a, const lgs_bound_t *b);
static lgs_rc_t add_side(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_side_t *side);
static lgs_rc_t add_conditions(lgs_lookups_t *lookups, lgs_group_t *group,
                               const lgs_node_t *object);
static void begin(lgs_lookups_t *lookups, lgs_group_t *group);
static bool wants_fields(const lgs_lookups_t *lookups, const lgs_group_t *group);
static bool write_fields_get(const lgs_lookups_t *lookups, lgs_group_t *group,
                             const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call);
static lgs_rc_t next_of_group(lgs_lookups_t *lookups, lgs_group_t *group,
                              const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call);
static void close_window(lgs_group_t *group);
static void forget_call(lgs_group_t *group);
static lgs_odoo_field_t kind_of_condition(const lgs_lookups_t *lookups, const lgs_group_t *group,
                                          uint32_t i);
static void add_name(lgs_buf_t *buf, lgs_str_t name, bool *first);
static void learn_fields(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_node_t *result);
static lgs_rc_t fail(lgs_lookups_t *lookups, lgs_group_t *group, lgs_problem_kind_t problem,
                     lgs_str_t text);
static bool may_be_one_sides(lgs_problem_kind_t problem);

lgs_lookups_t *lgs_lookups_create(lgs_arena_t *arena, lgs_odoo_facts_t *facts, bool check_fields)
{
    lgs_lookups_t *lookups = lgs_arena_zalloc(arena, sizeof(*lookups));

    if (lookups) {
        lookups->arena = arena;
        lookups->facts = facts;
        lookups->check_fields = check_fields;
    }
    return lookups;
}

lgs_lookup_t *lgs_lookups_add(lgs_lookups_t *lookups, const lgs_odoo_reach_t *reach,
                              const lgs_key_t *key)
{
    const lgs_side_t *side = side_for(lookups, reach, key->model);
    lgs_group_t *group = side ? group_for(lookups, side, key) : NULL;
    lgs_lookup_t *lookup, *twin;

    if (group == NULL) {
        return NULL;
    }
    add_fields(group, key);
    twin = lookup = lgs_map_get(group->values, key->value);
    while (lookup && lookup->side != side) {
        lookup = lookup->twin;
    }
    if (lookup) {
        return lookup;
    }
    lookup = lgs_arena_zalloc(lookups->arena, sizeof(*lookup));
    if (lookup == NULL) {
        return NULL;
    }
    lookup->group = group;
    lookup->side = side;
    lookup->value = key->value;
    return add_lookup(group, lookup, twin) == LGS_OK ? lookup : NULL;
}

static lgs_rc_t add_lookup(lgs_group_t *group, lgs_lookup_t *lookup, lgs_lookup_t *twin)
{
    if (twin) {
        lookup->twin = twin->twin;
        twin->twin = lookup;
    } else if (lgs_map_add(group->values, lookup->value, lookup) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (group->last) {
        group->last->next = lookup;
    } else {
        group->first = lookup;
    }
    group->last = lookup;
    return LGS_OK;
}

lgs_rc_t lgs_lookups_field(lgs_lookups_t *lookups, const lgs_odoo_reach_t *reach, lgs_str_t model,
                           lgs_str_t field)
{
    lgs_key_t key = {.model = model, .by = {field}, .n_by = 1};
    const lgs_side_t *side;
    lgs_group_t *group;

    if (lgs_odoo_facts_field(lookups->facts, model, field) != LGS_ODOO_FIELD_UNKNOWN) {
        return LGS_OK;
    }
    side = side_for(lookups, reach, model);
    group = side ? group_for(lookups, side, &key) : NULL;
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
        lgs_group_t *group = lookups->current;
        lgs_rc_t rc = group->failed ? LGS_NOT_FOUND : next_of_group(lookups, group, caller, call);

        if (rc != LGS_NOT_FOUND) {
            return rc;
        }
        if (group->next == NULL) {
            return LGS_NOT_FOUND;
        }
        lookups->current = group->next;
        begin(lookups, lookups->current);
    }
    return LGS_NOT_FOUND;
}

static lgs_rc_t next_of_group(lgs_lookups_t *lookups, lgs_group_t *group,
                              const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call)
{
    if (wants_fields(lookups, group)) {
        group->asking_fields = true;
        return write_fields_get(lookups, group, caller, call) ? LGS_OK : LGS_NOMEM;
    }
    if (group->where && !lgs_lookup_has_fields(lookups, group, group->where)) {
        return LGS_NOT_FOUND; /* no record of a server without a field of the condition fulfils it
                               */
    }
    for (;;) {
        if (group->claims) {
            lgs_rc_t rc = lgs_claims_next(lookups, group, caller, call);

            if (rc != LGS_NOT_FOUND) {
                return rc;
            }
            close_window(group);
        }
        if (group->at == NULL) {
            return LGS_NOT_FOUND;
        }
        if (!lgs_lookup_search(lookups, group, caller, call)) {
            return LGS_NOMEM;
        }
        if (call->path.len) {
            return LGS_OK;
        }
        close_window(group); /* no value of these can be in any of the fields */
    }
}

/* All is known of the values that were asked for. */
static void close_window(lgs_group_t *group)
{
    forget_call(group);
    group->at = group->end;
}

/* A row finds what the call in flight asks for, and nothing else. */
static void forget_call(lgs_group_t *group)
{
    for (lgs_lookup_t *lookup = group->at; lookup != group->end; lookup = lookup->next) {
        lookup->is_asked = false;
    }
    group->claims = NULL;
}

lgs_rc_t lgs_lookups_answer(lgs_lookups_t *lookups, const lgs_odoo_reply_t *reply)
{
    lgs_group_t *group = lookups->current;

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
    if (group->claims) {
        lgs_claims_answer(group->claims, &reply->result);
        return LGS_OK;
    }
    if (reply->result.n >= LGS_ODOO_LOOKUP_ROWS) {
        return fail(lookups, group, LGS_PROBLEM_ODOO_CONTRACT,
                    LGS_STR("10000 or more records match; the policy's `by` needs a more telling "
                            "field, or a `where`"));
    }
    if (lgs_lookup_take_rows(lookups, group, &reply->result) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (group->claims == NULL) {
        close_window(group);
    }
    return LGS_OK;
}

lgs_lookup_result_t lgs_lookups_result(const lgs_lookup_t *lookup, const lgs_key_t *key,
                                       lgs_many_t many, lgs_lookup_found_t *found)
{
    const lgs_group_t *group = lookup->group;
    uint32_t n_present = 0;

    memset(found, 0, sizeof(*found));
    found->problem = lookup->problem ? lookup->problem : group->problem;
    found->text = lookup->problem ? lookup->text : group->text;
    if (group->failed || lookup->problem || group->kind == LGS_BOUND_UNSAID) {
        return LGS_LOOKUP_FAILED;
    }
    if (group->kind == LGS_BOUND_LACKS) {
        found->text = lookup->side->bound.lacks;
        return LGS_LOOKUP_CLOSED;
    }
    for (uint32_t k = 0; k < key->n_by; k++) {
        for (uint32_t i = 0; i < group->n_fields; i++) {
            const lgs_hits_t *hits = &lookup->hits[i];

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

/* ---- sides ---- */

/* NULL at the ceiling. */
static const lgs_side_t *side_for(lgs_lookups_t *lookups, const lgs_odoo_reach_t *reach,
                                  lgs_str_t model)
{
    lgs_side_t *side;

    for (side = lookups->sides; side; side = side->next) {
        if (side->reach == reach && lgs_str_eq(side->model, model)) {
            return side->is;
        }
    }
    side = lgs_arena_zalloc(lookups->arena, sizeof(*side));
    if (side == NULL) {
        return NULL;
    }
    side->reach = reach;
    side->model = model;
    if (lgs_odoo_bound(lookups->arena, reach, model, &side->bound) != LGS_OK) {
        return NULL;
    }
    side->is = side_like(lookups, side);
    side->next = lookups->sides;
    lookups->sides = side;
    return side->is;
}

/* The one that stands for all with that bound. */
static const lgs_side_t *side_like(const lgs_lookups_t *lookups, const lgs_side_t *side)
{
    for (const lgs_side_t *other = lookups->sides; other; other = other->next) {
        if (other->is == other && lgs_str_eq(other->model, side->model) &&
            is_same_bound(&other->bound, &side->bound)) {
            return other;
        }
    }
    return side;
}

static bool is_same_bound(const lgs_bound_t *a, const lgs_bound_t *b)
{
    if (a->kind != b->kind || a->n_ways != b->n_ways || !lgs_str_eq(a->lacks, b->lacks)) {
        return false;
    }
    for (uint32_t i = 0; i < a->n_ways; i++) {
        if (!lgs_node_equal(&a->ways[i], &b->ways[i])) {
            return false;
        }
    }
    return true;
}

/* ---- groups ---- */

static lgs_group_t *group_for(lgs_lookups_t *lookups, const lgs_side_t *side, const lgs_key_t *key)
{
    lgs_group_t *group = lookups->first;

    while (group && !fits(group, side, key)) {
        group = group->next;
    }
    if (group == NULL) {
        group = new_group(lookups, side, key);
    }
    return group && add_side(lookups, group, side) == LGS_OK ? group : NULL;
}

/* Same model, same condition, the same number wanted, and room for the fields. */
static bool fits(const lgs_group_t *group, const lgs_side_t *side, const lgs_key_t *key)
{
    uint32_t n_new = 0;

    if (group->kind != side->bound.kind || !lgs_str_eq(group->model, key->model) ||
        !lgs_str_eq(group->take, key->take) || (group->where == NULL) != (key->where == NULL) ||
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

static void add_fields(lgs_group_t *group, const lgs_key_t *key)
{
    for (uint32_t k = 0; k < key->n_by; k++) {
        uint32_t i = 0;

        while (i < group->n_fields && !lgs_str_eq(group->fields[i].name, key->by[k])) {
            i++;
        }
        if (i == group->n_fields) {
            group->fields[group->n_fields++] = (lgs_group_field_t){.name = key->by[k]};
        }
    }
}

static lgs_group_t *new_group(lgs_lookups_t *lookups, const lgs_side_t *side, const lgs_key_t *key)
{
    lgs_group_t *group = lgs_arena_zalloc(lookups->arena, sizeof(*group));

    if (group == NULL) {
        return NULL;
    }
    group->values = lgs_map_create(lookups->arena, 16);
    group->model = key->model;
    group->where = key->where;
    group->take = key->take;
    group->kind = side->bound.kind;
    if (group->kind == LGS_BOUND_UNSAID) {
        group->problem = LGS_PROBLEM_ODOO_CONTRACT; /* of who looks up; fields may be asked for */
        group->text = lgs_arena_printf(lookups->arena,
                                       "the policies do not say which records of %.*s are a "
                                       "partner's",
                                       LGS_FMT(group->model));
    }
    if (group->values == NULL || (group->problem && group->text.data == NULL) ||
        (group->where && add_conditions(lookups, group, group->where) != LGS_OK)) {
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

/* Its ways' fields are asked for with the group's. */
static lgs_rc_t add_side(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_side_t *side)
{
    uint32_t room = group->sides_room ? group->sides_room * 2 : 4;
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = group->n_sides; i > 0; i--) { /* most often it was the last one */
        if (group->sides[i - 1] == side) {
            return LGS_OK;
        }
    }
    if (group->n_sides == group->sides_room) {
        const lgs_side_t **sides = lgs_arena_grow(lookups->arena, group->sides,
                                                  group->sides_room * sizeof(const lgs_side_t *),
                                                  room * sizeof(const lgs_side_t *));

        if (sides == NULL) {
            return LGS_NOMEM;
        }
        group->sides = sides;
        group->sides_room = room;
    }
    group->sides[group->n_sides++] = side;
    for (uint32_t i = 0; i < side->bound.n_ways && rc == LGS_OK; i++) {
        rc = add_conditions(lookups, group, &side->bound.ways[i]);
    }
    return rc;
}

/* "picking_id.name" is known by its first part. */
static lgs_rc_t add_conditions(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_node_t *object)
{
    uint32_t room = group->n_conditions + object->n;

    if (room > group->conditions_room) {
        lgs_str_t *conditions = lgs_arena_grow(lookups->arena, group->conditions,
                                               group->conditions_room * sizeof(*conditions),
                                               room * sizeof(*conditions));

        if (conditions == NULL) {
            return LGS_NOMEM;
        }
        group->conditions = conditions;
        group->conditions_room = room;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        lgs_str_t name = lgs_operation_field(lgs_node_text(&object->u.members[i].name));
        uint32_t k = 0;

        while (k < group->n_conditions && !lgs_str_eq(group->conditions[k], name)) {
            k++;
        }
        if (k == group->n_conditions) {
            group->conditions[group->n_conditions++] = name;
        }
    }
    return LGS_OK;
}

/* ---- fields ---- */

/* Fields are settled here: what the facts know; unchecked ones are taken for texts that exist. */
static void begin(lgs_lookups_t *lookups, lgs_group_t *group)
{
    group->at = group->first;
    for (uint32_t i = 0; i < group->n_fields; i++) {
        lgs_group_field_t *field = &group->fields[i];

        field->kind = lgs_odoo_facts_field(lookups->facts, group->model, field->name);
        if (!lookups->check_fields && field->kind == LGS_ODOO_FIELD_UNKNOWN) {
            field->kind = LGS_ODOO_FIELD_TEXT;
        }
    }
}

static bool wants_fields(const lgs_lookups_t *lookups, const lgs_group_t *group)
{
    bool checks = lookups->check_fields || group->kind == LGS_BOUND_SOME;

    for (uint32_t i = 0; lookups->check_fields && i < group->n_fields; i++) {
        if (group->fields[i].kind == LGS_ODOO_FIELD_UNKNOWN && !group->fields[i].asked) {
            return true;
        }
    }
    for (uint32_t i = 0; checks && !group->asked_where && i < group->n_conditions; i++) {
        if (kind_of_condition(lookups, group, i) == LGS_ODOO_FIELD_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static lgs_odoo_field_t kind_of_condition(const lgs_lookups_t *lookups, const lgs_group_t *group,
                                          uint32_t i)
{
    return lgs_odoo_facts_field(lookups->facts, group->model, group->conditions[i]);
}

bool lgs_lookup_has_fields(const lgs_lookups_t *lookups, const lgs_group_t *group,
                           const lgs_node_t *way)
{
    for (uint32_t i = 0; i < way->n; i++) {
        lgs_str_t field = lgs_operation_field(lgs_node_text(&way->u.members[i].name));

        if (lgs_odoo_facts_field(lookups->facts, group->model, field) == LGS_ODOO_FIELD_ABSENT) {
            return false;
        }
    }
    return true;
}

static bool write_fields_get(const lgs_lookups_t *lookups, lgs_group_t *group,
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

static void learn_fields(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_node_t *result)
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
        lgs_group_field_t *field = &group->fields[i];
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

/* ---- failures ---- */

/*
 * A search of several sides that Odoo refuses is made again for each by itself: what is wrong with
 * one partner's facts or values is not for the others to bear, nor to read of.
 */
static lgs_rc_t fail(lgs_lookups_t *lookups, lgs_group_t *group, lgs_problem_kind_t problem,
                     lgs_str_t text)
{
    if (!group->asking_fields && may_be_one_sides(problem) && group->n_asking > 1) {
        group->is_apart = true;
        forget_call(group); /* all of it is asked for once more */
        return LGS_OK;
    }
    text = lgs_arena_str(lookups->arena, text);
    if (text.data == NULL) {
        return LGS_NOMEM;
    }
    if (group->is_apart && may_be_one_sides(problem)) {
        for (lgs_lookup_t *lookup = group->at; lookup != group->end; lookup = lookup->next) {
            lookup->problem = lookup->is_asked ? problem : lookup->problem;
            lookup->text = text;
        }
        close_window(group);
        return LGS_OK;
    }
    group->failed = true;
    group->problem = problem;
    group->text = text;
    return LGS_OK;
}

static bool may_be_one_sides(lgs_problem_kind_t problem)
{
    return problem == LGS_PROBLEM_ODOO_CONTRACT || problem == LGS_PROBLEM_REFUSED_BY_ODOO ||
           problem == LGS_PROBLEM_UNKNOWN_REFERENCE;
}
