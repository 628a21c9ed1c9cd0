/*
 * Asks the sources of a read in their order (query.h). A source that is not for the request's
 * scopes, or whose domain cannot match, is not asked: its rows are none. Rows are copied out of
 * Odoo's answers, whose bodies are not ours, and made fit for a mapping: false is "nothing" but for
 * booleans, and only fields that were asked for are kept.
 */
#include "internal.h"

#include "../base/hash.h"
#include "../formats/copy.h"

static void advance(lgs_query_plan_t *plan);
static void take_reply(lgs_query_plan_t *plan);
static void next_source(lgs_query_plan_t *plan);
static bool wants_fields(const lgs_query_plan_t *plan);
static void ask_fields(lgs_query_plan_t *plan);
static void ask_rows(lgs_query_plan_t *plan);
static uint32_t limit_of(const lgs_query_plan_t *plan);
static uint32_t list_fields(const lgs_query_plan_t *plan, lgs_str_t *names);
static bool take_rows(lgs_query_plan_t *plan, const lgs_node_t *result);
static bool take_row(lgs_query_plan_t *plan, const lgs_node_t *row, lgs_map_t *const *joined,
                     lgs_node_t *to);
static bool take_field(lgs_query_plan_t *plan, const lgs_query_field_t *field,
                       const lgs_node_t *row, lgs_member_t *to);
static lgs_map_t *index_rows(lgs_query_plan_t *plan, uint32_t source);
static bool note_place(lgs_query_plan_t *plan, const lgs_node_t *row);
static void fail(lgs_query_plan_t *plan, lgs_problem_kind_t problem, lgs_str_t message);

static const lgs_query_field_t id_field = {.name = LGS_STR_INIT("id")};

static const lgs_query_source_t *source_of(const lgs_query_plan_t *plan)
{
    return &plan->query->sources[plan->source];
}

static bool is_for(uint32_t scopes, const lgs_query_plan_t *plan)
{
    return scopes == 0 || (scopes & plan->caller.scopes);
}

lgs_query_plan_t *lgs_query_plan_create(lgs_arena_t *arena, const lgs_query_t *query,
                                        const lgs_query_args_t *args,
                                        const lgs_query_caller_t *caller,
                                        const lgs_odoo_target_t *target,
                                        lgs_odoo_facts_t *odoo_facts, lgs_errs_t *errs)
{
    lgs_query_plan_t *plan = lgs_arena_zalloc(arena, sizeof(*plan));

    if (plan == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    plan->arena = arena;
    plan->query = query;
    plan->args = args;
    plan->caller = *caller;
    plan->target = target;
    plan->facts = odoo_facts;
    plan->reader = lgs_odoo_reader_create(arena, target, odoo_facts, caller->id);
    if (plan->reader == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    if (args->cursor.len && !lgs_query_read_cursor(plan, &plan->place)) {
        lgs_errs_add(errs, "cursor", (lgs_pos_t){0},
                     "the cursor is none that was given for these parameters; begin again without "
                     "one");
        return NULL;
    }
    return plan;
}

lgs_odoo_step_t lgs_query_plan_next(lgs_query_plan_t *plan, lgs_odoo_call_t *call)
{
    while (!plan->is_done) {
        if (lgs_odoo_reader_next(plan->reader, call) == LGS_ODOO_CALL) {
            return LGS_ODOO_CALL;
        }
        advance(plan);
    }
    return LGS_ODOO_DONE;
}

void lgs_query_plan_answer(lgs_query_plan_t *plan, const lgs_odoo_answer_t *answer)
{
    lgs_odoo_reader_answer(plan->reader, answer);
    if (lgs_odoo_reader_is_done(plan->reader)) {
        take_reply(plan); /* now: the answer's body dies with this call */
    }
}

uint32_t lgs_query_plan_calls(const lgs_query_plan_t *plan)
{
    return lgs_odoo_reader_calls(plan->reader);
}

lgs_str_t lgs_query_plan_source(const lgs_query_plan_t *plan)
{
    return plan->source < plan->query->n_sources ? source_of(plan)->name : LGS_STR("");
}

/* The reader has nothing more to send: asks the next question, or goes on to the next source. */
static void advance(lgs_query_plan_t *plan)
{
    if (plan->asked || plan->asking_fields) {
        take_reply(plan); /* the reader gave up without a call: no memory */
        return;
    }
    if (plan->source == plan->query->n_sources) {
        plan->is_done = true;
    } else if (!is_for(source_of(plan)->scopes, plan)) {
        next_source(plan);
    } else if (wants_fields(plan)) {
        ask_fields(plan);
    } else {
        ask_rows(plan);
    }
}

static void take_reply(lgs_query_plan_t *plan)
{
    const lgs_odoo_reply_t *reply = lgs_odoo_reader_reply(plan->reader);
    bool is_rows = plan->asked;

    plan->asked = plan->asking_fields = false;
    if (reply->problem != LGS_PROBLEM_NONE) {
        fail(plan, reply->problem, reply->message);
    } else if (is_rows && !take_rows(plan, &reply->result)) {
        fail(plan, LGS_PROBLEM_INTERNAL, LGS_STR("the answer needs more memory than it may use"));
    } else if (is_rows) {
        next_source(plan);
    }
}

/* Of one thing the first source is the thing itself: without it there is nothing to look up. */
static void next_source(lgs_query_plan_t *plan)
{
    if (!plan->query->is_list && plan->source == 0 && plan->found[0].rows.n == 0) {
        plan->problem = LGS_PROBLEM_NOT_FOUND;
        plan->is_done = true;
    }
    plan->source++;
    plan->asked_fields = false;
}

/* ---- questions ---- */

static bool is_uncertain(const lgs_query_plan_t *plan, const lgs_query_field_t *field)
{
    return field->is_optional && is_for(field->scopes, plan);
}

static bool wants_fields(const lgs_query_plan_t *plan)
{
    const lgs_query_source_t *source = source_of(plan);

    for (uint32_t i = 0; !plan->asked_fields && i < source->n_fields; i++) {
        if (is_uncertain(plan, &source->fields[i]) &&
            lgs_odoo_facts_field(plan->facts, source->model, source->fields[i].name) ==
                LGS_ODOO_FIELD_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static void ask_fields(lgs_query_plan_t *plan)
{
    const lgs_query_source_t *source = source_of(plan);
    lgs_str_t *names = lgs_arena_array(plan->arena, source->n_fields, sizeof(*names));
    uint32_t n = 0;

    if (names == NULL) {
        fail(plan, LGS_PROBLEM_INTERNAL, LGS_STR("out of memory"));
        return;
    }
    for (uint32_t i = 0; i < source->n_fields; i++) {
        if (is_uncertain(plan, &source->fields[i])) {
            names[n++] = source->fields[i].name;
        }
    }
    lgs_odoo_reader_ask_fields(plan->reader, source->model, names, n);
    plan->asked_fields = plan->asking_fields = true;
}

static void ask_rows(lgs_query_plan_t *plan)
{
    const lgs_query_source_t *source = source_of(plan);
    lgs_str_t *names = lgs_arena_array(plan->arena, source->n_fields, sizeof(*names));
    const char *direction = source->is_descending ? " desc" : "";
    lgs_odoo_search_t search = {.model = source->model, .fields = names};
    lgs_domain_t written;
    lgs_buf_t domain;

    lgs_buf_init(&domain, plan->arena, 256, 0);
    written = lgs_query_write_domain(plan, &domain);
    if (written == LGS_DOMAIN_EMPTY) {
        next_source(plan);
        return;
    }
    search.domain = lgs_buf_text(&domain);
    search.order = lgs_str_is(source->order, "id")
                       ? lgs_arena_printf(plan->arena, "id%s", direction)
                       : lgs_arena_printf(plan->arena, "%.*s%s, id%s", LGS_FMT(source->order),
                                          direction, direction);
    if (names == NULL || written != LGS_DOMAIN_OK || search.order.data == NULL) {
        fail(plan, LGS_PROBLEM_INTERNAL, LGS_STR("out of memory"));
        return;
    }
    search.n_fields = list_fields(plan, names);
    search.limit = limit_of(plan) + 1; /* one more: is there more? */
    lgs_odoo_reader_search(plan->reader, &search);
    plan->asked = true;
}

static uint32_t limit_of(const lgs_query_plan_t *plan)
{
    bool is_paged = plan->query->is_list && plan->source == plan->query->paged;

    return is_paged ? plan->args->limit : source_of(plan)->limit;
}

/* What this request's scopes see, as far as Odoo has it. */
static uint32_t list_fields(const lgs_query_plan_t *plan, lgs_str_t *names)
{
    const lgs_query_source_t *source = source_of(plan);
    uint32_t n = 0;

    for (uint32_t i = 0; i < source->n_fields; i++) {
        const lgs_query_field_t *field = &source->fields[i];

        if (!field->is_hidden && is_for(field->scopes, plan) &&
            (!field->is_optional || lgs_query_has_field(plan, field->name))) {
            names[n++] = field->name;
        }
    }
    return n;
}

/* ---- rows ---- */

/* False when memory is short. */
static bool take_rows(lgs_query_plan_t *plan, const lgs_node_t *result)
{
    const lgs_query_source_t *source = source_of(plan);
    uint32_t limit = limit_of(plan), n = result->n < limit ? result->n : limit;
    lgs_node_t *rows = lgs_arena_array(plan->arena, n, sizeof(*rows));
    lgs_map_t **joined = lgs_arena_array(plan->arena, source->n_joins, sizeof(lgs_map_t *));

    if (rows == NULL || joined == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < source->n_joins; i++) {
        joined[i] = index_rows(plan, source->joins[i].source);
        if (joined[i] == NULL) {
            return false;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!take_row(plan, &result->u.items[i], joined, &rows[i])) {
            return false;
        }
    }
    plan->found[plan->source].rows = (lgs_node_t){
        .u.items = rows, .n = n, .type = LGS_ARRAY, .offset = LGS_NO_OFFSET};
    plan->found[plan->source].more = result->n > limit;
    if (result->n > limit && plan->query->is_list && plan->source == plan->query->paged) {
        return note_place(plan, &result->u.items[n - 1]);
    }
    return true;
}

static bool take_row(lgs_query_plan_t *plan, const lgs_node_t *row, lgs_map_t *const *joined,
                     lgs_node_t *to)
{
    const lgs_query_source_t *source = source_of(plan);
    lgs_member_t *members = lgs_arena_array(
        plan->arena, (size_t)source->n_fields + source->n_joins + 1, sizeof(*members));
    uint32_t n = 0;

    if (members == NULL || !take_field(plan, &id_field, row, &members[n])) {
        return false;
    }
    n += members[n].value.type != LGS_NULL;
    for (uint32_t i = 0; i < source->n_fields; i++) {
        if (source->fields[i].is_hidden || !is_for(source->fields[i].scopes, plan)) {
            continue;
        }
        if (!take_field(plan, &source->fields[i], row, &members[n])) {
            return false;
        }
        n += members[n].value.type != LGS_NULL;
    }
    for (uint32_t i = 0; i < source->n_joins; i++) {
        const lgs_node_t *by = lgs_node_get(row, source->joins[i].by);
        const lgs_node_t *other;

        by = by && by->type == LGS_ARRAY && by->n ? &by->u.items[0] : by;
        other = lgs_map_get(joined[i], lgs_node_text(by));
        if (other) {
            members[n].name = lgs_query_name(source->joins[i].member);
            members[n++].value = *other;
        }
    }
    *to = (lgs_node_t){.u.members = members, .n = n, .type = LGS_OBJECT, .offset = LGS_NO_OFFSET};
    return true;
}

/* Null for what is empty: false, which Odoo writes for an empty value of any other type. */
static bool take_field(lgs_query_plan_t *plan, const lgs_query_field_t *field,
                       const lgs_node_t *row, lgs_member_t *to)
{
    const lgs_node_t *value = lgs_node_get(row, field->name);

    to->name = lgs_query_name(field->name);
    to->value = (lgs_node_t){.type = LGS_NULL, .offset = LGS_NO_OFFSET};
    if (value == NULL || (value->type == LGS_BOOL && !value->u.truth && !field->is_boolean)) {
        return true;
    }
    return lgs_node_copy(plan->arena, value, &to->value) == LGS_OK;
}

lgs_node_t lgs_query_name(lgs_str_t name)
{
    return (lgs_node_t){.u.text = name.data,
                        .n = (uint32_t)name.len,
                        .offset = LGS_NO_OFFSET,
                        .hash = lgs_hash(name.data, name.len),
                        .type = LGS_STRING,
                        .flags = LGS_NODE_PLAIN};
}

/* id → row; NULL when memory is short. */
static lgs_map_t *index_rows(lgs_query_plan_t *plan, uint32_t source)
{
    const lgs_node_t *rows = &plan->found[source].rows;
    lgs_map_t *map = lgs_map_create(plan->arena, rows->n);

    for (uint32_t i = 0; map && i < rows->n; i++) {
        lgs_str_t id = lgs_node_text(lgs_node_at(&rows->u.items[i], "id"));

        if (id.len && lgs_map_add(map, id, (void *)(uintptr_t)&rows->u.items[i]) == LGS_NOMEM) {
            return NULL;
        }
    }
    return map;
}

/* Without an id in Odoo's row there is no next page. */
static bool note_place(lgs_query_plan_t *plan, const lgs_node_t *row)
{
    const lgs_query_source_t *source = source_of(plan);
    const lgs_node_t *key = lgs_node_get(row, source->order);
    lgs_query_place_t *next = &plan->next;

    next->is_set = lgs_node_int(lgs_node_at(row, "id"), &next->id);
    next->type = LGS_NULL;
    if (key && (key->type == LGS_STRING || key->type == LGS_NUMBER)) {
        next->type = (lgs_type_t)key->type;
        next->key = lgs_arena_str(plan->arena, lgs_node_text(key));
        return next->key.data != NULL;
    }
    return true;
}

static void fail(lgs_query_plan_t *plan, lgs_problem_kind_t problem, lgs_str_t message)
{
    plan->problem = problem;
    plan->message = message;
    plan->is_done = true;
}
