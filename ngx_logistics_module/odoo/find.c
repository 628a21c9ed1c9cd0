/*
 * Steps that only look (steps.h): references of all operations to ids, and the look before a create
 * or call whether its record is there already.
 */
#include "steps.h"

/* Conditions whose references are filled in. */
typedef struct {
    const lgs_node_t *node;
    lgs_str_t lacks; /* the condition that has no value, so that nothing fulfils it; or empty */
    lgs_str_t lacks_fact; /* the partner's fact that it would be */
} where_t;

static lgs_rc_t enter_finds(lgs_odoo_plan_t *plan);
static lgs_rc_t next_find(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static lgs_rc_t answer_lookup(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                              const lgs_odoo_answer_t *answer);
static lgs_rc_t start_round(lgs_odoo_plan_t *plan);
static lgs_rc_t end_round(lgs_odoo_plan_t *plan, bool *more);
static lgs_rc_t ask_columns(lgs_odoo_plan_t *plan, const lgs_op_t *op);
static bool wants_finds(const lgs_op_t *op);
static bool is_ready(const lgs_op_t *op, const lgs_find_t *find);
static bool is_known(const lgs_op_t *op, const lgs_find_t *find);
static lgs_rc_t ask(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_find_t *find);
static lgs_op_t *load_of(lgs_odoo_plan_t *plan, const lgs_op_t *op, const lgs_find_t *find);
static lgs_rc_t fill_values(lgs_odoo_plan_t *plan, const lgs_op_t *op, lgs_find_t *find);
static void add_value(lgs_find_t *find, lgs_str_t text);
static bool add_facts(const lgs_odoo_reach_t *reach, const lgs_node_t *value, lgs_find_t *find);
static bool is_open(const lgs_node_t *where);
static lgs_rc_t fill_where(lgs_odoo_plan_t *plan, const lgs_op_t *op, where_t *where);
static lgs_rc_t fill_condition(lgs_odoo_plan_t *plan, const lgs_op_t *op, where_t *where,
                               lgs_member_t *member, bool *is_kept);
static lgs_rc_t text_of(lgs_odoo_plan_t *plan, const lgs_op_t *op, const lgs_node_t *value,
                        lgs_str_t *text);
static lgs_rc_t resolve(lgs_odoo_plan_t *plan, lgs_op_t *op);
static lgs_rc_t end_done(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find);
static lgs_rc_t resolve_find(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_find_t *find);
static lgs_rc_t end_missing(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find);
static lgs_rc_t end_crowded(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find);
static lgs_rc_t end_closed(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find);
static lgs_rc_t refuse_many(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find,
                            const lgs_lookup_found_t *found);
static void name_values(lgs_buf_t *buf, const lgs_find_t *find);
static void name_lack(lgs_buf_t *buf, const lgs_find_t *find);
static void name_fields(lgs_buf_t *buf, const lgs_key_t *key);
static lgs_rc_t enter_check(lgs_odoo_plan_t *plan);
static lgs_rc_t next_check(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static lgs_rc_t enter_settle(lgs_odoo_plan_t *plan);
static lgs_rc_t next_settle(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static lgs_rc_t add_settle(lgs_odoo_plan_t *plan, lgs_op_t *op);
static lgs_rc_t take_settled(lgs_odoo_plan_t *plan, lgs_op_state_t state);
static lgs_rc_t take_one(lgs_odoo_plan_t *plan, lgs_op_t *op);

const lgs_odoo_step_def_t lgs_odoo_find_step = {enter_finds, next_find, answer_lookup};
const lgs_odoo_step_def_t lgs_odoo_check_step = {enter_check, next_check, answer_lookup};
const lgs_odoo_step_def_t lgs_odoo_settle_step = {enter_settle, next_settle, answer_lookup};

static lgs_rc_t enter_finds(lgs_odoo_plan_t *plan)
{
    lgs_rc_t rc = start_round(plan);

    for (uint32_t i = 0; i < plan->n && rc == LGS_OK; i++) {
        rc = plan->ops[i].row ? ask_columns(plan, &plan->ops[i]) : LGS_OK;
    }
    return rc;
}

/* Which of the columns that may be left out are there. */
static lgs_rc_t ask_columns(lgs_odoo_plan_t *plan, const lgs_op_t *op)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; i < op->row->n && rc == LGS_OK; i++) {
        bool is_optional;
        lgs_str_t column = lgs_operation_column(lgs_node_text(&op->row->u.members[i].name),
                                                &is_optional);

        if (is_optional) {
            rc = lgs_lookups_field(plan->lookups, op->reach, op->model,
                                   lgs_operation_field(column));
        }
    }
    return rc;
}

/* When all is answered, every operation has its ids or has ended. */
static lgs_rc_t next_find(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    lgs_rc_t rc = lgs_lookups_next(plan->lookups, &plan->caller, call);
    bool more = true;

    while (rc == LGS_NOT_FOUND) {
        if (end_round(plan, &more) != LGS_OK) {
            return LGS_NOMEM;
        }
        if (!more) {
            return LGS_NOT_FOUND;
        }
        rc = start_round(plan) == LGS_OK ? lgs_lookups_next(plan->lookups, &plan->caller, call)
                                         : LGS_NOMEM;
    }
    return rc;
}

/* A round asks for all that what is known allows; finds refer backwards, so rounds are few. */
static lgs_rc_t start_round(lgs_odoo_plan_t *plan)
{
    plan->lookups = lgs_lookups_create(plan->arena, plan->facts, true);
    if (plan->lookups == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        for (uint32_t f = 0; f < op->n_finds && wants_finds(op); f++) {
            if (is_ready(op, &op->finds[f]) && ask(plan, op, &op->finds[f]) != LGS_OK) {
                return LGS_NOMEM;
            }
        }
    }
    return LGS_OK;
}

static lgs_rc_t end_round(lgs_odoo_plan_t *plan, bool *more)
{
    *more = false;
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (wants_finds(op) && resolve(plan, op) == LGS_NOMEM) {
            return LGS_NOMEM;
        }
        for (uint32_t f = 0; f < op->n_finds && wants_finds(op); f++) {
            *more |= !op->finds[f].is_resolved;
        }
    }
    return LGS_OK;
}

static bool wants_finds(const lgs_op_t *op)
{
    return op->state == LGS_OP_OPEN && op->same_as == NULL;
}

static bool is_ready(const lgs_op_t *op, const lgs_find_t *find)
{
    for (uint32_t i = 0; i < op->n_named && find->needs; i++) {
        if ((find->needs & (1u << i)) && !op->finds[i].is_resolved) {
            return false;
        }
    }
    return !find->is_asked;
}

static bool is_known(const lgs_op_t *op, const lgs_find_t *find)
{
    return find->known >= 0 && op->finds[find->known].id;
}

static lgs_rc_t ask(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_find_t *find)
{
    where_t where = {.node = find->key.where};

    find->is_asked = true;
    if (find->is_pattern || is_known(op, find)) {
        return LGS_OK;
    }
    if (fill_values(plan, op, find) != LGS_OK || fill_where(plan, op, &where) != LGS_OK) {
        return LGS_NOMEM;
    }
    find->loaded = find->may_be_loaded ? load_of(plan, op, find) : NULL;
    if (find->loaded) {
        return LGS_OK;
    }
    find->key.where = where.node;
    find->lacks = where.lacks;
    find->lacks_fact = where.lacks_fact.len ? where.lacks_fact : find->lacks_fact;
    find->n_values = where.lacks.len || find->is_crowded ? 0 : find->n_values;
    for (uint32_t v = 0; v < find->n_values; v++) {
        find->key.value = find->values[v];
        find->lookups[v] = lgs_lookups_add(plan->lookups, op->reach, &find->key);
        if (find->lookups[v] == NULL) {
            return LGS_NOMEM;
        }
    }
    return LGS_OK;
}

/* The last load before the operation, of the same partner, that makes a record with one of the
 * values. */
static lgs_op_t *load_of(lgs_odoo_plan_t *plan, const lgs_op_t *op, const lgs_find_t *find)
{
    for (lgs_op_t *load = &plan->ops[op - plan->ops]; load-- > plan->ops;) {
        if (load->kind != LGS_OP_LOAD || load->external_id.len == 0 || load->reach != op->reach ||
            !lgs_str_eq(load->model, find->key.model)) {
            continue;
        }
        for (uint32_t k = 0; k < find->key.n_by; k++) {
            lgs_str_t made = lgs_node_text(lgs_node_get(load->row, find->key.by[k]));

            for (uint32_t v = 0; made.len && v < find->n_values; v++) {
                if (lgs_str_eq(made, find->values[v])) {
                    return load->same_as ? load->same_as : load;
                }
            }
        }
    }
    return NULL;
}

/* Values that are empty, and references to what was not found, are no values. */
static lgs_rc_t fill_values(lgs_odoo_plan_t *plan, const lgs_op_t *op, lgs_find_t *find)
{
    const lgs_node_t *values = find->value;
    uint32_t n = values == NULL ? 0 : values->type == LGS_ARRAY ? values->n : 1;

    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *value = values->type == LGS_ARRAY ? &values->u.items[i] : values;
        lgs_str_t text;

        if (add_facts(op->reach, value, find)) {
            continue;
        }
        if (text_of(plan, op, value, &text) != LGS_OK) {
            return LGS_NOMEM;
        }
        add_value(find, text);
    }
    return LGS_OK;
}

/*
 * Each once: documents say a number as the customer's and as ours. Past the limit the find ends
 * (end_crowded): which values were tried would be chance.
 */
static void add_value(lgs_find_t *find, lgs_str_t text)
{
    bool is_new = text.len > 0;

    for (uint32_t v = 0; is_new && v < find->n_values; v++) {
        is_new = !lgs_str_eq(find->values[v], text);
    }
    if (!is_new) {
        return;
    }
    if (find->n_values == LGS_ODOO_MAX_VALUES) {
        find->is_crowded = true;
        return;
    }
    find->values[find->n_values++] = text;
}

/* {"partner": fact}, and its values. False: it is something else. */
static bool add_facts(const lgs_odoo_reach_t *reach, const lgs_node_t *value, lgs_find_t *find)
{
    lgs_str_t name = lgs_operation_fact(value);
    const lgs_node_t *fact = name.len ? lgs_odoo_fact(reach, name) : NULL;
    uint32_t n = fact == NULL ? 0 : fact->type == LGS_ARRAY ? fact->n : 1;

    if (name.len && fact == NULL && !(reach && reach->is_unbound)) {
        find->lacks_fact = name;
    }
    for (uint32_t i = 0; i < n; i++) {
        add_value(find, lgs_node_text(fact->type == LGS_ARRAY ? &fact->u.items[i] : fact));
    }
    return name.len > 0;
}

static bool is_open(const lgs_node_t *where)
{
    for (uint32_t i = 0; where && i < where->n; i++) {
        const lgs_node_t *value = &where->u.members[i].value;

        if (value->type == LGS_NULL || lgs_operation_reference(value).len ||
            lgs_operation_fact(value).len) {
            return true;
        }
    }
    return false;
}

/*
 * References become numbers; by one to nothing no record can be found, nor by a value that the
 * record does not have: left out, the condition would let others through.
 */
static lgs_rc_t fill_where(lgs_odoo_plan_t *plan, const lgs_op_t *op, where_t *where)
{
    const lgs_node_t *written = where->node;
    lgs_member_t *members;
    lgs_node_t *made;
    uint32_t n = 0;

    if (!is_open(written)) {
        return LGS_OK;
    }
    members = lgs_arena_array(plan->arena, written->n, sizeof(*members));
    made = lgs_arena_alloc(plan->arena, sizeof(*made));
    if (members == NULL || made == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < written->n; i++) {
        bool is_kept = true;

        members[n] = written->u.members[i];
        if (fill_condition(plan, op, where, &members[n], &is_kept) != LGS_OK) {
            return LGS_NOMEM;
        }
        n += is_kept;
    }
    *made = *written;
    made->u.members = members;
    made->n = n;
    made->flags = 0;
    where->node = made;
    return LGS_OK;
}

/* A fact that is no condition for this partner, who writes for all, is not kept. */
static lgs_rc_t fill_condition(lgs_odoo_plan_t *plan, const lgs_op_t *op, where_t *where,
                               lgs_member_t *member, bool *is_kept)
{
    lgs_str_t fact = lgs_operation_fact(&member->value), text;
    const lgs_node_t *known = fact.len ? lgs_odoo_fact(op->reach, fact) : NULL;

    if (fact.len && op->reach && op->reach->is_unbound) {
        *is_kept = false;
        return LGS_OK;
    }
    if (known) {
        member->value = *known;
        return LGS_OK;
    }
    if (member->value.type != LGS_NULL && fact.len == 0 &&
        lgs_operation_reference(&member->value).len == 0) {
        return LGS_OK;
    }
    if (text_of(plan, op, &member->value, &text) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (text.len == 0) {
        where->lacks = lgs_node_text(&member->name);
        where->lacks_fact = fact;
    }
    member->value = lgs_node_number(text, member->value.offset);
    return LGS_OK;
}

/* A value as it is looked for: that of a reference is the id it found, or nothing. */
static lgs_rc_t text_of(lgs_odoo_plan_t *plan, const lgs_op_t *op, const lgs_node_t *value,
                        lgs_str_t *text)
{
    const lgs_find_t *other = lgs_operation_find(op, value);

    *text = lgs_node_text(value);
    if (other == NULL) {
        return LGS_OK;
    }
    *text = (lgs_str_t){NULL, 0};
    if (other->id == 0) {
        return LGS_OK;
    }
    *text = lgs_arena_printf(plan->arena, "%lld", (long long)other->id);
    return text->data ? LGS_OK : LGS_NOMEM;
}

static lgs_rc_t answer_lookup(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                              const lgs_odoo_answer_t *answer)
{
    (void)answer;
    return lgs_lookups_answer(plan->lookups, reply);
}

/* What was asked in this round, in order: `unless` ends an operation before a later find can. */
static lgs_rc_t resolve(lgs_odoo_plan_t *plan, lgs_op_t *op)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t f = 0; f < op->n_finds && rc == LGS_OK && op->state == LGS_OP_OPEN; f++) {
        lgs_find_t *find = &op->finds[f];

        if (!find->is_asked || find->is_resolved) {
            continue;
        }
        find->is_resolved = true;
        rc = find->is_pattern ? LGS_OK : resolve_find(plan, op, find);
        if (rc == LGS_OK && op->unless == (int)f && find->id) {
            rc = end_done(plan, op, find);
        }
    }
    return rc;
}

/* `account.move with ref "R-4711" is there` */
static lgs_rc_t end_done(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find)
{
    lgs_odoo_end_well(op, LGS_ODOO_ALREADY_THERE, find->key.take.len ? 0 : find->id);
    op->outcome.message = lgs_arena_printf(
        plan->arena, "%.*s with %.*s \"%.*s\" is there", LGS_FMT(find->key.model),
        LGS_FMT(find->key.by[0]), find->key.value.len > 100 ? 100 : (int)find->key.value.len,
        find->key.value.data);
    return op->outcome.message.data ? LGS_OK : LGS_NOMEM;
}

static lgs_rc_t resolve_find(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_find_t *find)
{
    if (is_known(op, find)) {
        find->id = op->finds[find->known].id;
        return LGS_OK;
    }
    if (find->loaded) {
        op->follows = find->loaded; /* whose id is known when it has been sent */
        return LGS_OK;
    }
    if (find->is_crowded) {
        return end_crowded(plan, op, find);
    }
    for (uint32_t v = 0; v < find->n_values; v++) {
        lgs_lookup_found_t found;
        lgs_lookup_result_t result;

        find->key.value = find->values[v];
        result = lgs_lookups_result(find->lookups[v], &find->key, find->many, &found);
        if (result == LGS_LOOKUP_FOUND) {
            find->id = found.id;
            return LGS_OK;
        }
        if (result == LGS_LOOKUP_FAILED) {
            return lgs_odoo_end(plan, op, LGS_ODOO_FAILED, found.problem, found.text);
        }
        if (result == LGS_LOOKUP_MANY) {
            return refuse_many(plan, op, find, &found);
        }
        if (result == LGS_LOOKUP_CLOSED) {
            find->lacks_fact = found.text;
        }
    }
    if (find->otherwise == LGS_ELSE_EMPTY) {
        return LGS_OK;
    }
    return find->lacks_fact.len ? end_closed(plan, op, find) : end_missing(plan, op, find);
}

/* What the policies say of it is checked when they are loaded; what a document adds is known here.
 */
static lgs_rc_t end_crowded(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find)
{
    lgs_str_t text = lgs_arena_printf(plan->arena,
                                      "more than %u values are to be tried for one %.*s",
                                      LGS_ODOO_MAX_VALUES, LGS_FMT(find->key.model));

    return text.data ? lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_UNTRANSLATABLE, text)
                     : LGS_NOMEM;
}

/*
 * Nothing of the model is this partner's, since its file does not say what is: the partner hears
 * that, the operator which fact is missing.
 */
static lgs_rc_t end_closed(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find)
{
    bool skip = find->otherwise == LGS_ELSE_SKIP;
    lgs_str_t text = lgs_arena_printf(plan->arena,
                                      "it is not set up here which records of %.*s are yours; ask "
                                      "the gateway's operator",
                                      LGS_FMT(find->key.model));

    op->outcome.lacks = find->lacks_fact;
    return text.data ? lgs_odoo_end(plan, op, skip ? LGS_ODOO_SKIPPED : LGS_ODOO_REFUSED,
                                    skip ? LGS_PROBLEM_NONE : LGS_PROBLEM_FORBIDDEN, text)
                     : LGS_NOMEM;
}

static lgs_rc_t end_missing(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find)
{
    bool skip = find->otherwise == LGS_ELSE_SKIP;
    lgs_buf_t buf;

    lgs_buf_init(&buf, plan->arena, 0, 0);
    if (find->n_values) {
        name_values(&buf, find);
    } else {
        name_lack(&buf, find);
    }
    if (buf.failed) {
        return LGS_NOMEM;
    }
    return lgs_odoo_end(plan, op, skip ? LGS_ODOO_SKIPPED : LGS_ODOO_REFUSED,
                        skip ? LGS_PROBLEM_NONE : LGS_PROBLEM_UNKNOWN_REFERENCE,
                        lgs_buf_text(&buf));
}

/* `no stock.picking with carrier_tracking_ref, origin or name "0034…" or "S00012"` */
static void name_values(lgs_buf_t *buf, const lgs_find_t *find)
{
    lgs_buf_cstr(buf, "no ");
    lgs_buf_str(buf, find->key.model);
    lgs_buf_cstr(buf, " with ");
    name_fields(buf, &find->key);
    for (uint32_t v = 0; v < find->n_values; v++) {
        lgs_buf_printf(buf, "%s\"%.*s\"", v ? " or " : " ",
                       find->values[v].len > 100 ? 100 : (int)find->values[v].len,
                       find->values[v].data);
    }
    if (find->says.len) {
        lgs_buf_printf(buf, ": %.*s", LGS_FMT(find->says));
    }
}

/*
 * `find "product" (product.product by default_code or barcode) has no value; it comes from sku or
 * gtin of the line`
 */
static void name_lack(lgs_buf_t *buf, const lgs_find_t *find)
{
    lgs_str_t other = find->value ? lgs_operation_reference(find->value) : LGS_STR("");

    lgs_buf_printf(buf, "find \"%.*s\" (%.*s by ", LGS_FMT(find->name), LGS_FMT(find->key.model));
    name_fields(buf, &find->key);
    lgs_buf_cstr(buf, ") has no value");
    if (find->lacks.len) {
        lgs_buf_printf(buf, " for \"%.*s\"", LGS_FMT(find->lacks));
    }
    if (find->wants.len) {
        lgs_buf_printf(buf, "; it comes from %.*s", LGS_FMT(find->wants));
    } else if (find->lacks.len == 0 && other.len) {
        lgs_buf_printf(buf, "; it comes from find \"%.*s\", which found nothing", LGS_FMT(other));
    }
}

static lgs_rc_t refuse_many(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find,
                            const lgs_lookup_found_t *found)
{
    lgs_str_t text = lgs_arena_printf(plan->arena, "%u records of %.*s have %.*s \"%.*s\"",
                                      found->n, LGS_FMT(find->key.model), LGS_FMT(found->field),
                                      LGS_FMT(find->key.value));

    return text.data ? lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, text)
                     : LGS_NOMEM;
}

static void name_fields(lgs_buf_t *buf, const lgs_key_t *key)
{
    for (uint32_t i = 0; i < key->n_by; i++) {
        if (i) {
            lgs_buf_cstr(buf, i + 1 == key->n_by ? " or " : ", ");
        }
        lgs_buf_str(buf, key->by[i]);
    }
}

static lgs_rc_t enter_check(lgs_odoo_plan_t *plan)
{
    lgs_rc_t rc = LGS_OK;

    plan->lookups = lgs_lookups_create(plan->arena, plan->facts, false);
    if (plan->lookups == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < plan->n && rc == LGS_OK; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->kind != LGS_OP_LOAD && op->state == LGS_OP_OPEN && op->settle.model.len) {
            rc = add_settle(plan, op);
        }
    }
    return rc;
}

static lgs_rc_t next_check(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    lgs_rc_t rc = lgs_lookups_next(plan->lookups, &plan->caller, call);

    return rc == LGS_NOT_FOUND ? take_settled(plan, LGS_OP_OPEN) : rc;
}

static lgs_rc_t enter_settle(lgs_odoo_plan_t *plan)
{
    lgs_rc_t rc = LGS_OK;

    plan->lookups = lgs_lookups_create(plan->arena, plan->facts, false);
    if (plan->lookups == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < plan->n && rc == LGS_OK; i++) {
        if (plan->ops[i].state == LGS_OP_TO_SETTLE) {
            rc = add_settle(plan, &plan->ops[i]);
        }
    }
    return rc;
}

static lgs_rc_t next_settle(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    lgs_rc_t rc = lgs_lookups_next(plan->lookups, &plan->caller, call);

    return rc == LGS_NOT_FOUND ? take_settled(plan, LGS_OP_TO_SETTLE) : rc;
}

static lgs_rc_t add_settle(lgs_odoo_plan_t *plan, lgs_op_t *op)
{
    where_t where = {.node = op->settle.where};

    if (text_of(plan, op, op->settle_value, &op->settle.value) != LGS_OK ||
        fill_where(plan, op, &where) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (op->settle.value.len == 0 || where.lacks.len) {
        /* nothing to tell it by: what was said of it stands */
        op->state = op->state == LGS_OP_TO_SETTLE ? LGS_OP_DONE : op->state;
        return LGS_OK;
    }
    op->settle.where = where.node;
    op->lookup = lgs_lookups_add(plan->lookups, op->reach, &op->settle);
    return op->lookup ? LGS_OK : LGS_NOMEM;
}

/* LGS_NOT_FOUND (the step is over) or LGS_NOMEM. */
static lgs_rc_t take_settled(lgs_odoo_plan_t *plan, lgs_op_state_t state)
{
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->lookup && op->state == state && take_one(plan, op) == LGS_NOMEM) {
            return LGS_NOMEM;
        }
        op->lookup = NULL;
    }
    return LGS_NOT_FOUND;
}

/*
 * Found: it is there. Not found before a create or call: it stays open, and when the look failed it
 * is not made, as it might be there. Not found afterwards: what was said stands; an uncertain call
 * may still be running in Odoo. When that look failed a refusal is in doubt.
 */
static lgs_rc_t take_one(lgs_odoo_plan_t *plan, lgs_op_t *op)
{
    lgs_lookup_found_t found;
    lgs_lookup_result_t result = lgs_lookups_result(op->lookup, &op->settle, LGS_MANY_FIRST,
                                                    &found);

    if (result == LGS_LOOKUP_FOUND) {
        lgs_odoo_end_well(op, LGS_ODOO_ALREADY_THERE, found.id);
    } else if (op->state == LGS_OP_TO_SETTLE && result == LGS_LOOKUP_FAILED) {
        lgs_odoo_stay_in_doubt(op);
    } else if (op->state == LGS_OP_TO_SETTLE) {
        op->state = LGS_OP_DONE;
    } else if (result == LGS_LOOKUP_FAILED) {
        return lgs_odoo_end(plan, op, LGS_ODOO_FAILED, found.problem, found.text);
    }
    return LGS_OK;
}
