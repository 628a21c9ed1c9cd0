/*
 * The planner (plan.h): walks the table of steps, logs in when there is no uid, sends a call again
 * that Odoo rolled back, and bounds the number of calls. Everything lives in the arena that the
 * caller gave; replies are copied where they are kept, as their bodies are not ours.
 */
#include "plan.h"

#include "../base/map.h"
#include "facts.h"
#include "steps.h"

static const lgs_odoo_step_def_t *const steps[] = {
    &lgs_odoo_find_step,   &lgs_odoo_check_step,  &lgs_odoo_hold_step,   &lgs_odoo_load_step,
    &lgs_odoo_settle_step, &lgs_odoo_single_step, &lgs_odoo_settle_step,
};

/* The worst first: what the gateway's one status tells. "Send again" counts more than "is wrong".
 */
static const lgs_problem_kind_t severity[] = {
    LGS_PROBLEM_INTERNAL,  LGS_PROBLEM_ODOO_UNCERTAIN,   LGS_PROBLEM_ODOO_AWAY,
    LGS_PROBLEM_ODOO_BUSY, LGS_PROBLEM_ODOO_CREDENTIALS, LGS_PROBLEM_ODOO_CONTRACT,
    LGS_PROBLEM_FORBIDDEN, LGS_PROBLEM_REFUSED_BY_ODOO,  LGS_PROBLEM_UNKNOWN_REFERENCE,
};

/* What a partner's operations are called, among his own. */
typedef struct names_s names_t;
struct names_s {
    names_t *next;
    const lgs_odoo_reach_t *reach;
    lgs_map_t *loads; /* by external id */
    lgs_map_t *chains;
};

static lgs_rc_t read_operation(lgs_odoo_plan_t *plan, const lgs_node_t *node, uint32_t index,
                               lgs_errs_t *errs);
static names_t *names_of(lgs_odoo_plan_t *plan, names_t **all, const lgs_odoo_reach_t *reach);
static bool holds_nul(const lgs_node_t *node, unsigned depth);
static lgs_rc_t link_loads(lgs_odoo_plan_t *plan, lgs_errs_t *errs);
static lgs_rc_t link_chain(lgs_odoo_plan_t *plan, lgs_map_t *chains, lgs_op_t *op,
                           lgs_errs_t *errs);
static lgs_rc_t link_load(lgs_odoo_plan_t *plan, lgs_map_t *loads, lgs_op_t *op, lgs_errs_t *errs);
static bool is_same_row(const lgs_op_t *a, const lgs_op_t *b);
static lgs_rc_t link_record(lgs_map_t *loads, lgs_op_t *op, uint32_t index, lgs_errs_t *errs);
static const lgs_node_t *load_reference(const lgs_node_t *node, unsigned depth);
static lgs_rc_t next_call(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static void finish(lgs_odoo_plan_t *plan);
static void answer_login(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply);
static bool is_repeated(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply);
static bool answer_denied(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply);
static void run_out_of_memory(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply);

lgs_odoo_plan_t *lgs_odoo_plan_create(lgs_arena_t *arena, const lgs_odoo_target_t *target,
                                      lgs_odoo_facts_t *facts, const lgs_odoo_work_t *work,
                                      lgs_errs_t *errs)
{
    lgs_odoo_plan_t *plan = lgs_arena_zalloc(arena, sizeof(*plan));

    if (plan == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    plan->arena = arena;
    plan->facts = facts;
    plan->caller = (lgs_odoo_caller_t){.arena = arena, .target = target, .id = work->id};
    plan->n = work->n;
    plan->max_calls = LGS_ODOO_SPARE_CALLS + 2 * work->n;
    plan->ops = lgs_arena_array(arena, work->n, sizeof(lgs_op_t));
    if (plan->ops == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    for (uint32_t i = 0; i < work->n; i++) {
        if (read_operation(plan, &work->operations[i], i, errs) != LGS_OK) {
            return NULL;
        }
        plan->ops[i].reach = work->reaches ? work->reaches[i] : NULL;
        plan->max_calls += i && plan->ops[i].reach != plan->ops[i - 1].reach ? LGS_ODOO_OWNER_CALLS
                                                                             : 0;
    }
    return link_loads(plan, errs) == LGS_OK ? plan : NULL;
}

void lgs_odoo_plan_all_or_nothing(lgs_odoo_plan_t *plan)
{
    plan->all_or_nothing = true;
}

lgs_odoo_step_t lgs_odoo_plan_next(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    const lgs_odoo_target_t *target = plan->caller.target;
    lgs_rc_t rc;

    if (plan->done) {
        return LGS_ODOO_DONE;
    }
    plan->call_writes = false;
    rc = next_call(plan, call);
    if (rc == LGS_OK && plan->calls >= plan->max_calls) {
        lgs_odoo_give_up(plan, LGS_PROBLEM_ODOO_BUSY,
                         LGS_STR("more calls to Odoo than one request may make; send it again in "
                                 "smaller parts"));
        rc = LGS_NOT_FOUND;
    }
    if (rc == LGS_OK && target->api == LGS_ODOO_JSONRPC && lgs_odoo_facts_uid(plan->facts) == 0) {
        plan->in_login = true;
        plan->call_writes = false;
        rc = lgs_odoo_write_authenticate(&plan->caller, call) ? LGS_OK : LGS_NOMEM;
    }
    if (rc == LGS_OK) {
        plan->calls++;
        return LGS_ODOO_CALL;
    }
    if (rc == LGS_NOMEM) {
        run_out_of_memory(plan, NULL);
    }
    finish(plan);
    return LGS_ODOO_DONE;
}

void lgs_odoo_plan_answer(lgs_odoo_plan_t *plan, const lgs_odoo_answer_t *answer)
{
    lgs_odoo_reply_t reply;
    lgs_rc_t rc;

    if (plan->done) {
        return;
    }
    lgs_odoo_read(plan->arena, plan->caller.target->api, answer, plan->call_writes, &reply);
    if (plan->in_login) {
        plan->in_login = false;
        answer_login(plan, &reply);
        return;
    }
    if (answer_denied(plan, &reply)) {
        return;
    }
    if (is_repeated(plan, &reply)) {
        return; /* the step is asked again and gives the same call */
    }
    rc = steps[plan->step]->answer(plan, &reply, answer);
    if (rc == LGS_NOMEM) {
        run_out_of_memory(plan, &reply);
        return;
    }
    /* what follows would only wait on a server that is gone; what is in doubt stays so */
    if (reply.problem == LGS_PROBLEM_ODOO_AWAY ||
        (reply.says_when && reply.problem != LGS_PROBLEM_NONE)) {
        lgs_odoo_give_up(plan, reply.problem, reply.message);
    }
}

/* A lock is soon gone. Who says when to come again is not asked before. */
static bool is_repeated(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply)
{
    bool is_again = reply->problem == LGS_PROBLEM_ODOO_BUSY && !reply->says_when &&
                    plan->busy < LGS_ODOO_MAX_BUSY;

    plan->busy = is_again ? plan->busy + 1 : 0;
    return is_again;
}

const lgs_odoo_outcome_t *lgs_odoo_plan_outcome(const lgs_odoo_plan_t *plan, uint32_t i)
{
    return &plan->ops[i].outcome;
}

lgs_problem_kind_t lgs_odoo_plan_problem(const lgs_odoo_plan_t *plan)
{
    return lgs_odoo_plan_problem_of(plan, 0, plan->n);
}

lgs_problem_kind_t lgs_odoo_plan_problem_of(const lgs_odoo_plan_t *plan, uint32_t first, uint32_t n)
{
    for (size_t s = 0; s < LGS_N(severity); s++) {
        for (uint32_t i = first; i < first + n; i++) {
            if (plan->ops[i].outcome.problem == severity[s]) {
                return severity[s];
            }
        }
    }
    return LGS_PROBLEM_NONE;
}

uint32_t lgs_odoo_plan_calls(const lgs_odoo_plan_t *plan)
{
    return plan->calls;
}

lgs_rc_t lgs_odoo_end(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_odoo_verdict_t verdict,
                      lgs_problem_kind_t problem, lgs_str_t message)
{
    op->state = LGS_OP_DONE;
    op->outcome.verdict = verdict;
    op->outcome.problem = problem;
    op->outcome.message = message.len ? lgs_arena_str(plan->arena, message) : message;
    if (op->chain && problem != LGS_PROBLEM_NONE && op->chain->failed == NULL) {
        op->chain->failed = op;
    }
    return message.len && op->outcome.message.data == NULL ? LGS_NOMEM : LGS_OK;
}

void lgs_odoo_end_well(lgs_op_t *op, lgs_odoo_verdict_t verdict, int64_t id)
{
    op->state = LGS_OP_DONE;
    op->outcome.verdict = verdict;
    op->outcome.problem = LGS_PROBLEM_NONE;
    op->outcome.message = op->outcome.field = (lgs_str_t){NULL, 0};
    op->outcome.id = id;
    if (op->chain && op->chain->failed == op) {
        op->chain->failed = NULL; /* settled: it is there after all */
    }
}

bool lgs_odoo_chain_broke(lgs_op_t *op)
{
    if (op->chain == NULL || op->chain->failed == NULL || op->chain->failed == op) {
        return false;
    }
    op->state = LGS_OP_DONE;
    op->outcome.verdict = LGS_ODOO_SKIPPED;
    op->outcome.problem = LGS_PROBLEM_NONE;
    op->outcome.message = LGS_STR("not sent: another part of the same record was not written");
    return true;
}

lgs_rc_t lgs_odoo_end_by(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_odoo_reply_t *reply)
{
    bool refused = reply->problem == LGS_PROBLEM_REFUSED_BY_ODOO ||
                   reply->problem == LGS_PROBLEM_UNKNOWN_REFERENCE;

    return lgs_odoo_end(plan, op, refused ? LGS_ODOO_REFUSED : LGS_ODOO_FAILED, reply->problem,
                        reply->message);
}

void lgs_odoo_doubt(lgs_op_t *op)
{
    op->state = op->settle.model.len ? LGS_OP_TO_SETTLE : LGS_OP_DONE;
}

void lgs_odoo_stay_in_doubt(lgs_op_t *op)
{
    if (op->outcome.verdict == LGS_ODOO_REFUSED) {
        op->outcome.verdict = LGS_ODOO_FAILED;
        op->outcome.problem = LGS_PROBLEM_ODOO_UNCERTAIN;
    }
    op->state = LGS_OP_DONE;
}

void lgs_odoo_abandon(lgs_odoo_plan_t *plan, lgs_problem_kind_t problem, lgs_str_t message)
{
    lgs_str_t kept = lgs_arena_str(plan->arena, message); /* without memory: no words */

    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->state == LGS_OP_OPEN) {
            op->outcome.verdict = LGS_ODOO_FAILED;
            op->outcome.problem = problem;
            op->outcome.message = kept;
            op->state = LGS_OP_DONE;
        }
    }
    plan->batches = NULL;
}

void lgs_odoo_give_up(lgs_odoo_plan_t *plan, lgs_problem_kind_t problem, lgs_str_t message)
{
    lgs_odoo_abandon(plan, problem, message);
    finish(plan);
}

/* Loads by external id: a second one is the first again, and a record may be one that is loaded. */
/*
 * PostgreSQL stores no U+0000: whoever asks gets a failure that looks like ours, whatever the text
 * was for, and would send it again.
 */
static lgs_rc_t read_operation(lgs_odoo_plan_t *plan, const lgs_node_t *node, uint32_t index,
                               lgs_errs_t *errs)
{
    lgs_op_t *op = &plan->ops[index];
    lgs_rc_t rc = lgs_operation_read(plan->arena, node, index, op, errs);

    if (rc != LGS_OK || !holds_nul(node, LGS_ODOO_MAX_NESTING)) {
        return rc;
    }
    return lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO,
                        LGS_STR("a text holds the character U+0000, which Odoo cannot store; leave "
                                "it out"));
}

static bool holds_nul(const lgs_node_t *node, unsigned depth)
{
    bool is_object = node->type == LGS_OBJECT;
    bool found = node->type == LGS_STRING && node->n && memchr(node->u.text, 0, node->n) != NULL;

    if (depth == 0 || (!is_object && node->type != LGS_ARRAY)) {
        return found;
    }
    for (uint32_t i = 0; i < node->n && !found; i++) {
        found = holds_nul(is_object ? &node->u.members[i].value : &node->u.items[i], depth - 1);
    }
    return found;
}

static lgs_rc_t link_loads(lgs_odoo_plan_t *plan, lgs_errs_t *errs)
{
    names_t *all = NULL, *names;
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; i < plan->n && rc == LGS_OK; i++) {
        lgs_op_t *op = &plan->ops[i];

        names = names_of(plan, &all, op->reach);
        rc = names ? LGS_OK : lgs_errs_nomem(errs);
        if (rc == LGS_OK && op->external_id.len) {
            rc = link_load(plan, names->loads, op, errs);
        }
        if (rc == LGS_OK && op->chain_id.len) {
            rc = link_chain(plan, names->chains, op, errs);
        }
    }
    for (uint32_t i = 0; i < plan->n && rc == LGS_OK; i++) {
        if (plan->ops[i].record || plan->ops[i].values) {
            names = names_of(plan, &all, plan->ops[i].reach); /* it was made above */
            rc = link_record(names->loads, &plan->ops[i], i, errs);
        }
    }
    return rc;
}

/* One partner's; the last that was asked for stands first. NULL at the ceiling. */
static names_t *names_of(lgs_odoo_plan_t *plan, names_t **all, const lgs_odoo_reach_t *reach)
{
    names_t **at = all, *names;

    while (*at && (*at)->reach != reach) {
        at = &(*at)->next;
    }
    names = *at;
    if (names) {
        *at = names->next;
    } else {
        names = lgs_arena_zalloc(plan->arena, sizeof(*names));
        if (names == NULL) {
            return NULL;
        }
        names->reach = reach;
        names->loads = lgs_map_create(plan->arena, 16);
        names->chains = lgs_map_create(plan->arena, 16);
        if (names->loads == NULL || names->chains == NULL) {
            return NULL;
        }
    }
    names->next = *all;
    *all = names;
    return names;
}

static lgs_rc_t link_chain(lgs_odoo_plan_t *plan, lgs_map_t *chains, lgs_op_t *op, lgs_errs_t *errs)
{
    op->chain = lgs_map_get(chains, op->chain_id);
    if (op->chain == NULL) {
        op->chain = lgs_arena_zalloc(plan->arena, sizeof(*op->chain));
        if (op->chain == NULL || lgs_map_add(chains, op->chain_id, op->chain) != LGS_OK) {
            return lgs_errs_nomem(errs);
        }
    }
    if (op->outcome.problem != LGS_PROBLEM_NONE && op->chain->failed == NULL) {
        op->chain->failed = op; /* refused when it was read */
    }
    return LGS_OK;
}

static lgs_rc_t link_load(lgs_odoo_plan_t *plan, lgs_map_t *loads, lgs_op_t *op, lgs_errs_t *errs)
{
    lgs_op_t *first = lgs_map_get(loads, op->external_id);
    lgs_str_t text;

    if (first == NULL) {
        op->latest = op;
        return lgs_map_add(loads, op->external_id, op) == LGS_OK ? LGS_OK : lgs_errs_nomem(errs);
    }
    if (is_same_row(first, op)) {
        op->same_as = first;
        return LGS_OK;
    }
    if (op->updates && first->updates && lgs_str_eq(first->model, op->model)) {
        op->follows = first->latest;
        first->latest = op;
        return LGS_OK;
    }
    text = lgs_arena_printf(plan->arena,
                            "external id \"%.*s\" stands for another record of this message "
                            "already; give each an id of its own",
                            LGS_FMT(op->external_id));
    return text.data && lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO,
                                     text) == LGS_OK
               ? LGS_OK
               : lgs_errs_nomem(errs);
}

static bool is_same_row(const lgs_op_t *a, const lgs_op_t *b)
{
    return lgs_str_eq(a->model, b->model) && lgs_node_equal(a->row, b->row) &&
           (a->lines == NULL) == (b->lines == NULL) &&
           (b->lines == NULL || lgs_node_equal(a->lines, b->lines));
}

static lgs_rc_t link_record(lgs_map_t *loads, lgs_op_t *op, uint32_t index, lgs_errs_t *errs)
{
    const lgs_node_t *id = op->record   ? load_reference(op->record, 1)
                           : op->values ? load_reference(op->values, LGS_ODOO_MAX_NESTING)
                                        : NULL;
    lgs_err_t *err;

    if (id == NULL) {
        return LGS_OK;
    }
    op->after = lgs_map_get(loads, lgs_node_text(id));
    if (op->after && (op->record == NULL || lgs_str_eq(op->after->model, op->model))) {
        return LGS_OK;
    }
    err = lgs_errs_add(errs, "odoo-operation", (lgs_pos_t){.offset = id->offset},
                       "operation %u, \"record\": no load of %.*s with external id \"%.*s\" among "
                       "the operations",
                       index, LGS_FMT(op->model), LGS_FMT(lgs_node_text(id)));
    if (err) {
        err->record = (int)index;
    }
    return LGS_INVALID;
}

/* The first {"external_id": id} in it: an operation refers to one load. */
static const lgs_node_t *load_reference(const lgs_node_t *node, unsigned depth)
{
    bool is_object = node->type == LGS_OBJECT;
    const lgs_node_t *found = NULL;

    if (lgs_operation_load_of(node).len) {
        return lgs_node_at(node, "external_id");
    }
    for (uint32_t i = 0; depth > 1 && (is_object || node->type == LGS_ARRAY) && i < node->n; i++) {
        found = load_reference(is_object ? &node->u.members[i].value : &node->u.items[i],
                               depth - 1);
        if (found) {
            return found;
        }
    }
    return NULL;
}

static lgs_rc_t next_call(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    lgs_rc_t rc = LGS_NOT_FOUND;

    plan->caller.uid = lgs_odoo_facts_uid(plan->facts);
    while (plan->step < LGS_N(steps) && rc == LGS_NOT_FOUND) {
        const lgs_odoo_step_def_t *step = steps[plan->step];

        if (!plan->entered) {
            rc = step->enter(plan);
            plan->entered = true;
            if (rc == LGS_NOMEM) {
                return rc;
            }
        }
        rc = step->next(plan, call);
        if (rc == LGS_NOT_FOUND) {
            plan->step++;
            plan->entered = false;
        }
    }
    return rc;
}

static void finish(lgs_odoo_plan_t *plan)
{
    plan->done = true;
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->state == LGS_OP_TO_SETTLE) {
            lgs_odoo_stay_in_doubt(op);
        }
        if (op->same_as) {
            op->outcome = op->same_as->outcome;
            if (op->outcome.verdict == LGS_ODOO_WRITTEN) {
                op->outcome.verdict = LGS_ODOO_ALREADY_THERE;
            }
        }
        op->state = LGS_OP_DONE;
    }
}

/* A wrong password is `false`, no error. */
static void answer_login(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply)
{
    int64_t uid;

    if (is_repeated(plan, reply)) {
        return;
    }
    if (reply->problem != LGS_PROBLEM_NONE) {
        lgs_odoo_give_up(plan, reply->problem, reply->message);
    } else if (lgs_node_int(&reply->result, &uid) && uid > 0) {
        lgs_odoo_facts_set_uid(plan->facts, uid);
    } else {
        lgs_odoo_give_up(plan, LGS_PROBLEM_ODOO_CREDENTIALS,
                         LGS_STR("Odoo does not accept the gateway's user or key"));
    }
}

/*
 * User or key refused: nothing was done. The uid may be an old one (restored database), so it is
 * asked for once more; JSON-2 has no login to repeat.
 */
static bool answer_denied(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply)
{
    if (!reply->denied) {
        return false;
    }
    lgs_odoo_facts_forget(plan->facts);
    if (plan->renewed || plan->caller.target->api == LGS_ODOO_JSON2) {
        lgs_odoo_give_up(plan, reply->problem, reply->message);
    }
    plan->renewed = true;
    return true;
}

/* After a call that wrote, its operations are in doubt: the step could not say which they were. */
static void run_out_of_memory(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply)
{
    lgs_odoo_give_up(plan,
                     reply && plan->call_writes ? LGS_PROBLEM_ODOO_UNCERTAIN : LGS_PROBLEM_INTERNAL,
                     LGS_STR("the request needs more memory than it may use"));
}
