/*
 * Steps that only look (steps.h): references of all operations to ids, and the look before a create
 * or call whether its record is there already.
 */
#include "steps.h"

static lgs_rc_t enter_finds(lgs_odoo_plan_t *plan);
static lgs_rc_t next_find(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static lgs_rc_t answer_lookup(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                              const lgs_odoo_answer_t *answer);
static lgs_rc_t resolve(lgs_odoo_plan_t *plan, lgs_op_t *op);
static lgs_rc_t resolve_find(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_find_t *find);
static lgs_rc_t refuse_none(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find);
static lgs_rc_t refuse_many(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find,
                            const lgs_lookup_found_t *found);
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
    plan->lookups = lgs_lookups_create(plan->arena, plan->facts, true);
    if (plan->lookups == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];
        bool is_open = op->state == LGS_OP_OPEN && op->same_as == NULL;

        for (uint32_t f = 0; f < op->n_finds && is_open; f++) {
            lgs_find_t *find = &op->finds[f];

            if (find->key.value.len == 0) {
                continue;
            }
            find->lookup = lgs_lookups_add(plan->lookups, &find->key);
            if (find->lookup == NULL) {
                return LGS_NOMEM;
            }
        }
    }
    return LGS_OK;
}

/* When all is answered, every operation has its ids or has ended. */
static lgs_rc_t next_find(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    lgs_rc_t rc = lgs_lookups_next(plan->lookups, &plan->caller, call);

    if (rc != LGS_NOT_FOUND) {
        return rc;
    }
    for (uint32_t i = 0; i < plan->n; i++) {
        if (plan->ops[i].state == LGS_OP_OPEN && plan->ops[i].same_as == NULL &&
            resolve(plan, &plan->ops[i]) == LGS_NOMEM) {
            return LGS_NOMEM;
        }
    }
    return LGS_NOT_FOUND;
}

static lgs_rc_t answer_lookup(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                              const lgs_odoo_answer_t *answer)
{
    (void)answer;
    return lgs_lookups_answer(plan->lookups, reply);
}

static lgs_rc_t resolve(lgs_odoo_plan_t *plan, lgs_op_t *op)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t f = 0; f < op->n_finds && rc == LGS_OK && op->state == LGS_OP_OPEN; f++) {
        rc = resolve_find(plan, op, &op->finds[f]);
    }
    return rc;
}

static lgs_rc_t resolve_find(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_find_t *find)
{
    lgs_lookup_found_t found;
    lgs_lookup_result_t result = LGS_LOOKUP_NONE;

    if (find->lookup) {
        result = lgs_lookups_result(find->lookup, &find->key, find->many, &found);
    }
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
    if (find->otherwise == LGS_ELSE_EMPTY) {
        return LGS_OK;
    }
    return refuse_none(plan, op, find);
}

/* `no stock.picking with carrier_tracking_ref, origin or name "0034…"` */
static lgs_rc_t refuse_none(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_find_t *find)
{
    bool skip = find->otherwise == LGS_ELSE_SKIP;
    lgs_buf_t buf;

    lgs_buf_init(&buf, plan->arena, 0, 0);
    lgs_buf_cstr(&buf, "no ");
    lgs_buf_str(&buf, find->key.model);
    lgs_buf_cstr(&buf, " with ");
    name_fields(&buf, &find->key);
    lgs_buf_printf(&buf, " \"%.*s\"", find->key.value.len > 100 ? 100 : (int)find->key.value.len,
                   find->key.value.data ? find->key.value.data : "");
    if (buf.failed) {
        return LGS_NOMEM;
    }
    return lgs_odoo_end(plan, op, skip ? LGS_ODOO_SKIPPED : LGS_ODOO_REFUSED,
                        skip ? LGS_PROBLEM_NONE : LGS_PROBLEM_UNKNOWN_REFERENCE,
                        lgs_buf_text(&buf));
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
    op->lookup = lgs_lookups_add(plan->lookups, &op->settle);
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
 * may still be running in Odoo.
 */
static lgs_rc_t take_one(lgs_odoo_plan_t *plan, lgs_op_t *op)
{
    lgs_lookup_found_t found;
    lgs_lookup_result_t result = lgs_lookups_result(op->lookup, &op->settle, LGS_MANY_FIRST,
                                                    &found);

    if (result == LGS_LOOKUP_FOUND) {
        lgs_odoo_end_well(op, LGS_ODOO_ALREADY_THERE, found.id);
    } else if (op->state == LGS_OP_TO_SETTLE) {
        op->state = LGS_OP_DONE;
    } else if (result == LGS_LOOKUP_FAILED) {
        return lgs_odoo_end(plan, op, LGS_ODOO_FAILED, found.problem, found.text);
    }
    return LGS_OK;
}
