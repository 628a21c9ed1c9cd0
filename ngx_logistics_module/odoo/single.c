/*
 * The step of single calls (steps.h): create, write, call, one operation after the other. None of
 * them is repeated when its outcome is not known; settle says whether it happened.
 */
#include "steps.h"

static lgs_rc_t enter_single(lgs_odoo_plan_t *plan);
static lgs_rc_t next_single(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static lgs_rc_t answer_single(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                              const lgs_odoo_answer_t *answer);
static lgs_rc_t find_record(lgs_odoo_plan_t *plan, lgs_op_t *op);
static lgs_rc_t take_load(lgs_odoo_plan_t *plan, lgs_op_t *op);
static bool write_call(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_odoo_call_t *call);
static void write_args(lgs_odoo_writer_t *writer, const lgs_op_t *op);
static lgs_rc_t take_success(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_odoo_reply_t *reply);
static bool is_question(const lgs_odoo_reply_t *reply);
static lgs_rc_t refuse_question(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_node_t *question);
static int64_t created_id(const lgs_odoo_reply_t *reply);

const lgs_odoo_step_def_t lgs_odoo_single_step = {enter_single, next_single, answer_single};

static lgs_rc_t enter_single(lgs_odoo_plan_t *plan)
{
    plan->single = NULL;
    return LGS_OK;
}

static lgs_rc_t next_single(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->kind == LGS_OP_LOAD || op->state != LGS_OP_OPEN || lgs_odoo_chain_broke(op)) {
            continue;
        }
        if (find_record(plan, op) == LGS_NOMEM) {
            return LGS_NOMEM;
        }
        if (op->state != LGS_OP_OPEN) {
            continue;
        }
        plan->single = op;
        plan->call_writes = true;
        return write_call(plan, op, call) ? LGS_OK : LGS_NOMEM;
    }
    return LGS_NOT_FOUND;
}

static lgs_rc_t answer_single(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                              const lgs_odoo_answer_t *answer)
{
    lgs_op_t *op = plan->single;
    lgs_rc_t rc;

    if (reply->problem == LGS_PROBLEM_NONE) {
        return take_success(plan, op, reply);
    }
    if (reply->problem == LGS_PROBLEM_ODOO_AWAY) {
        return LGS_OK; /* nothing was done; the plan gives up */
    }
    rc = lgs_odoo_end_by(plan, op, reply);
    if (reply->problem == LGS_PROBLEM_ODOO_UNCERTAIN ||
        reply->problem == LGS_PROBLEM_REFUSED_BY_ODOO) {
        lgs_odoo_doubt(op);
    }
    if (answer->failure == LGS_ODOO_TIMED_OUT) {
        lgs_odoo_abandon(plan, LGS_PROBLEM_ODOO_AWAY,
                         LGS_STR("not sent: Odoo did not answer in time before"));
    }
    return rc;
}

/* The id of the record to write or call goes to outcome.id. */
static lgs_rc_t find_record(lgs_odoo_plan_t *plan, lgs_op_t *op)
{
    const lgs_find_t *find = op->record ? lgs_operation_find(op, op->record) : NULL;

    if (op->after) {
        return take_load(plan, op);
    }
    if (op->kind == LGS_OP_CREATE) {
        return LGS_OK;
    }
    op->outcome.id = find ? find->id : 0;
    if (op->outcome.id == 0) {
        /* `else: empty` for the very record that is to be changed */
        return lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE,
                            LGS_STR("the record to change was not found"));
    }
    return LGS_OK;
}

static lgs_rc_t take_load(lgs_odoo_plan_t *plan, lgs_op_t *op)
{
    const lgs_odoo_outcome_t *load = &op->after->outcome;

    op->outcome.id = op->record ? load->id : 0;
    if (op->after->state == LGS_OP_DONE && load->problem == LGS_PROBLEM_NONE && load->id) {
        return LGS_OK;
    }
    if (load->problem == LGS_PROBLEM_NONE) {
        return lgs_odoo_end(plan, op, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN,
                            LGS_STR("Odoo did not tell the id of the record to change"));
    }
    return lgs_odoo_end(plan, op, LGS_ODOO_FAILED, load->problem,
                        LGS_STR("the record to change was not written"));
}

static bool write_call(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_odoo_call_t *call)
{
    static const lgs_str_t methods[] = {
        [LGS_OP_CREATE] = LGS_STR_INIT("create"), [LGS_OP_WRITE] = LGS_STR_INIT("write")};
    lgs_odoo_writer_t writer;

    lgs_odoo_write_open(&writer, &plan->caller, op->model,
                        op->kind == LGS_OP_CALL ? op->method : methods[op->kind]);
    if (op->kind != LGS_OP_CREATE) {
        lgs_odoo_write_ids(&writer, &op->outcome.id, 1);
    }
    write_args(&writer, op);
    if (op->context) {
        lgs_odoo_write_named(&writer, LGS_STR("context"));
        lgs_operation_write(&writer.buf, op, op->context);
    }
    return lgs_odoo_write_close(&writer, false, call);
}

static void write_args(lgs_odoo_writer_t *writer, const lgs_op_t *op)
{
    if (op->kind == LGS_OP_CREATE) {
        lgs_odoo_write_positional(writer, "vals_list");
        lgs_buf_byte(&writer->buf, '[');
        lgs_operation_write(&writer->buf, op, op->values);
        lgs_buf_byte(&writer->buf, ']');
        return;
    }
    if (op->kind == LGS_OP_WRITE) {
        lgs_odoo_write_positional(writer, "vals");
        lgs_operation_write(&writer->buf, op, op->values);
        return;
    }
    for (uint32_t i = 0; op->args && i < op->args->n; i++) {
        lgs_odoo_write_named(writer, lgs_node_text(&op->args->u.members[i].name));
        lgs_operation_write(&writer->buf, op, &op->args->u.members[i].value);
    }
}

/*
 * None and false are successes (action_archive, action_post). A window is most often a question,
 * but may also be opened when all is done: the settle look-up knows.
 */
static lgs_rc_t take_success(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_odoo_reply_t *reply)
{
    if (op->kind == LGS_OP_CREATE) {
        lgs_odoo_end_well(op, LGS_ODOO_WRITTEN, created_id(reply));
        return LGS_OK;
    }
    if (op->kind == LGS_OP_CALL && is_question(reply)) {
        return refuse_question(plan, op, &reply->result);
    }
    lgs_odoo_end_well(op, LGS_ODOO_WRITTEN, op->outcome.id);
    return LGS_OK;
}

/* Reports that are opened or printed after a validation are client actions, also with a res_model.
 */
static bool is_question(const lgs_odoo_reply_t *reply)
{
    const lgs_node_t *result = reply->has_result ? &reply->result : NULL;
    const lgs_node_t *type = lgs_node_at(result, "type");

    return lgs_node_text(lgs_node_at(result, "res_model")).len > 0 &&
           (type == NULL || lgs_str_is(lgs_node_text(type), "ir.actions.act_window"));
}

static lgs_rc_t refuse_question(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_node_t *question)
{
    lgs_str_t text = lgs_arena_printf(
        plan->arena, "%.*s did not finish: Odoo asks \"%.*s\" (%.*s), which needs a person",
        LGS_FMT(op->method), LGS_FMT(lgs_node_text(lgs_node_at(question, "name"))),
        LGS_FMT(lgs_node_text(lgs_node_at(question, "res_model"))));
    lgs_rc_t rc = text.data
                      ? lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, text)
                      : LGS_NOMEM;

    lgs_odoo_doubt(op);
    return rc;
}

static int64_t created_id(const lgs_odoo_reply_t *reply)
{
    const lgs_node_t *result = reply->has_result ? &reply->result : NULL;
    int64_t id = 0;

    if (result && result->type == LGS_ARRAY && result->n) {
        result = &result->u.items[0];
    }
    (void)lgs_node_int(result, &id);
    return id;
}
