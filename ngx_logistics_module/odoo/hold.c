/*
 * All or nothing (plan.h): the step between the last question and the first write. What is known to
 * be unwritable by then (a reference that Odoo does not have, a text that it cannot store) keeps
 * everything else back. What only Odoo's own answer to a write shows comes too late for that.
 */
#include "steps.h"

static lgs_rc_t enter(lgs_odoo_plan_t *plan);
static lgs_rc_t next(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static lgs_rc_t answer(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                       const lgs_odoo_answer_t *raw);

const lgs_odoo_step_def_t lgs_odoo_hold_step = {enter, next, answer};

static lgs_rc_t enter(lgs_odoo_plan_t *plan)
{
    if (!plan->all_or_nothing || lgs_odoo_plan_problem(plan) == LGS_PROBLEM_NONE) {
        return LGS_OK;
    }
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->state == LGS_OP_OPEN) {
            op->state = LGS_OP_DONE;
            op->outcome.verdict = LGS_ODOO_HELD_BACK;
            op->outcome.message = LGS_STR("not sent: another record cannot be written, and this "
                                          "route writes all or nothing");
        }
    }
    return LGS_OK;
}

static lgs_rc_t next(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    return LGS_NOT_FOUND;
}

static lgs_rc_t answer(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                       const lgs_odoo_answer_t *raw)
{
    return LGS_OK;
}
