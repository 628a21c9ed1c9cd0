/*
 * The load step (steps.h): rows of one model with the same columns go to Odoo's import in one call,
 * which is all or nothing and names the bad rows; those end, the others are sent again. Rows carry
 * external ids, so a call of unknown outcome is repeated without making a second record.
 */
#include "../base/map.h"
#include "facts.h"
#include "message.h"
#include "steps.h"

struct batch_s {
    lgs_batch_t *next;
    uint32_t number; /* in order of sending */
    uint32_t signature;
    lgs_str_t model;
    const lgs_node_t *context;
    lgs_str_t *columns;
    uint32_t n_columns;
    lgs_op_t **ops;
    uint32_t n, size;
    uint32_t n_rows;
    uint32_t rounds;  /* bad rows were taken out so often */
    uint32_t busy;    /* "could not serialize" came so often */
    uint32_t repeats; /* after an unknown outcome */
};

static lgs_rc_t enter_load(lgs_odoo_plan_t *plan);
static lgs_rc_t next_load(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
static lgs_rc_t answer_load(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                            const lgs_odoo_answer_t *answer);
static lgs_rc_t refuse_doubles(lgs_odoo_plan_t *plan);
static lgs_rc_t note_change(lgs_odoo_plan_t *plan, lgs_map_t *changed, lgs_op_t *op);
static bool is_double(const lgs_op_t *first, const lgs_op_t *op);
static lgs_rc_t take_loaded(lgs_odoo_plan_t *plan, lgs_batch_t *batch);
static void drop_broken(lgs_batch_t *batch);
static lgs_rc_t add_to_batch(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_batch_t **last);
static lgs_rc_t columns_of(const lgs_odoo_plan_t *plan, const lgs_op_t *op, lgs_batch_t *like);
static void add_columns(const lgs_odoo_plan_t *plan, lgs_batch_t *like, const lgs_node_t *row);
static bool is_left_out(const lgs_odoo_plan_t *plan, lgs_str_t model, lgs_str_t written);
static bool has_column(const lgs_batch_t *batch, lgs_str_t name);
static bool takes(const lgs_batch_t *batch, const lgs_batch_t *like, const lgs_op_t *op);
static lgs_rc_t append(lgs_arena_t *arena, lgs_batch_t *batch, lgs_op_t *op);
static void write_rows(lgs_buf_t *buf, lgs_batch_t *batch);
static void write_row(lgs_buf_t *buf, const lgs_batch_t *batch, const lgs_op_t *op, uint32_t line);
static void write_context(lgs_buf_t *buf, const lgs_node_t *context);
static lgs_rc_t take_result(lgs_odoo_plan_t *plan, lgs_batch_t *batch,
                            const lgs_odoo_reply_t *reply);
static void take_ids(lgs_batch_t *batch, const lgs_node_t *ids);
static lgs_rc_t take_messages(lgs_odoo_plan_t *plan, lgs_batch_t *batch,
                              const lgs_node_t *messages);
static bool is_shared(const lgs_batch_t *batch);
static bool blame(const lgs_batch_t *batch, const lgs_node_t *message, const lgs_node_t **blamed);
static bool has_row(const lgs_op_t *op, int64_t from, int64_t to);
static lgs_rc_t take_out(lgs_odoo_plan_t *plan, lgs_batch_t *batch, const lgs_node_t **blamed,
                         bool *any_busy);
static lgs_rc_t end_row(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_node_t *message,
                        lgs_problem_kind_t problem);
static lgs_rc_t blame_all(lgs_odoo_plan_t *plan, lgs_batch_t *batch, lgs_str_t message);
static lgs_rc_t uncertain(lgs_odoo_plan_t *plan, lgs_batch_t *batch,
                          const lgs_odoo_answer_t *answer, lgs_str_t message);
static lgs_rc_t split(lgs_odoo_plan_t *plan, lgs_batch_t *batch);
static lgs_rc_t end_all(lgs_odoo_plan_t *plan, lgs_batch_t *batch, lgs_odoo_verdict_t verdict,
                        lgs_problem_kind_t problem, lgs_str_t message, bool doubt);

const lgs_odoo_step_def_t lgs_odoo_load_step = {enter_load, next_load, answer_load};

static lgs_rc_t enter_load(lgs_odoo_plan_t *plan)
{
    lgs_batch_t *last = NULL;

    plan->batches = NULL;
    if (refuse_doubles(plan) != LGS_OK) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->kind == LGS_OP_LOAD && op->state == LGS_OP_OPEN && op->same_as == NULL &&
            !lgs_odoo_chain_broke(op) && add_to_batch(plan, op, &last) != LGS_OK) {
            return LGS_NOMEM;
        }
    }
    return LGS_OK;
}

/* Two that change one record: the second would undo the first, unless that is what it is for. */
static lgs_rc_t refuse_doubles(lgs_odoo_plan_t *plan)
{
    lgs_map_t *changed = lgs_map_create(plan->arena, 16);
    lgs_rc_t rc = changed ? LGS_OK : LGS_NOMEM;

    for (uint32_t i = 0; rc == LGS_OK && i < plan->n; i++) {
        lgs_op_t *op = &plan->ops[i];

        if (op->kind == LGS_OP_LOAD && op->record && op->state == LGS_OP_OPEN) {
            rc = note_change(plan, changed, op);
        }
    }
    return rc;
}

static lgs_rc_t note_change(lgs_odoo_plan_t *plan, lgs_map_t *changed, lgs_op_t *op)
{
    const lgs_find_t *find = lgs_operation_find(op, op->record);
    lgs_str_t key = lgs_arena_printf(plan->arena, "%.*s %lld", LGS_FMT(op->model),
                                     (long long)find->id);
    lgs_op_t *first;

    if (key.data == NULL) {
        return LGS_NOMEM;
    }
    if (find->loaded) {
        return LGS_OK; /* not known yet */
    }
    if (find->id == 0) {
        /* `else: empty` for the very record that is to be changed: load would make a new one */
        return lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE,
                            LGS_STR("the record to change was not found"));
    }
    first = lgs_map_get(changed, key);
    if (first && !is_double(first, op)) {
        op->follows = first->latest;
        first->latest = op;
        return LGS_OK;
    }
    if (first) {
        return lgs_odoo_end(plan, op, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO,
                            LGS_STR("two lines stand for the same record in Odoo; send them as "
                                    "one"));
    }
    op->latest = op;
    return lgs_map_add(changed, key, op);
}

/* Of another partner it is no other line of the same message: one goes after the other. */
static bool is_double(const lgs_op_t *first, const lgs_op_t *op)
{
    for (const lgs_op_t *other = first->latest; other; other = other->follows) {
        if (other->reach == op->reach && !(other->updates && op->updates)) {
            return true;
        }
    }
    return false;
}

/* Records that a batch before this one has made. Without them there is nothing to change. */
static lgs_rc_t take_loaded(lgs_odoo_plan_t *plan, lgs_batch_t *batch)
{
    uint32_t kept = 0;
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; i < batch->n && rc == LGS_OK; i++) {
        lgs_op_t *op = batch->ops[i];
        lgs_find_t *find = op->record ? lgs_operation_find(op, op->record) : NULL;

        if (find && find->loaded) {
            find->id = find->loaded->outcome.id;
        }
        if (find && find->loaded && find->id == 0) {
            rc = lgs_odoo_end(plan, op, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE,
                              LGS_STR("not sent: the record that it is about was not written"));
            continue;
        }
        batch->ops[kept++] = op;
    }
    batch->n = kept;
    return rc;
}

/* Since the batch was made a chain may have broken. One that is in doubt is asked for again whole.
 */
static void drop_broken(lgs_batch_t *batch)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; batch->repeats == 0 && i < batch->n; i++) {
        if (!lgs_odoo_chain_broke(batch->ops[i])) {
            batch->ops[kept++] = batch->ops[i];
        }
    }
    batch->n = batch->repeats ? batch->n : kept;
}

static lgs_rc_t next_load(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;
    lgs_batch_t *batch;

    for (batch = plan->batches; batch; batch = batch->next) {
        if (take_loaded(plan, batch) != LGS_OK) {
            return LGS_NOMEM;
        }
        drop_broken(batch);
        if (batch->n) {
            break;
        }
    }
    plan->batches = batch;
    if (batch == NULL) {
        return LGS_NOT_FOUND;
    }
    plan->call_writes = true;
    lgs_odoo_write_open(&writer, &plan->caller, batch->model, LGS_STR("load"));
    lgs_odoo_write_positional(&writer, "fields");
    lgs_buf_byte(&writer.buf, '[');
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        if (i) {
            lgs_buf_byte(&writer.buf, ',');
        }
        bool is_optional;

        lgs_json_write_string(&writer.buf, lgs_operation_column(batch->columns[i], &is_optional));
    }
    lgs_buf_byte(&writer.buf, ']');
    lgs_odoo_write_positional(&writer, "data");
    write_rows(&writer.buf, batch);
    lgs_odoo_write_named(&writer, LGS_STR("context"));
    write_context(&writer.buf, batch->context);
    return lgs_odoo_write_close(&writer, true, call) ? LGS_OK : LGS_NOMEM;
}

static lgs_rc_t answer_load(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                            const lgs_odoo_answer_t *answer)
{
    lgs_batch_t *batch = plan->batches;
    bool refused = reply->problem == LGS_PROBLEM_REFUSED_BY_ODOO;

    if (reply->problem == LGS_PROBLEM_NONE) {
        return take_result(plan, batch, reply);
    }
    if (reply->problem == LGS_PROBLEM_ODOO_UNCERTAIN) {
        return uncertain(plan, batch, answer, reply->message);
    }
    if (batch->repeats && !refused) {
        /* the first call may have gone through, whatever became of its repeat */
        return end_all(plan, batch, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, reply->message,
                       true);
    }
    if (reply->problem == LGS_PROBLEM_ODOO_AWAY) {
        return LGS_OK; /* nothing was done; the plan gives up */
    }
    if (refused ? batch->n > 1 : is_shared(batch) && reply->problem == LGS_PROBLEM_ODOO_CONTRACT) {
        return split(plan, batch); /* whose fault it is, and what Odoo says of it, is one's own */
    }
    return end_all(plan, batch, refused ? LGS_ODOO_REFUSED : LGS_ODOO_FAILED, reply->problem,
                   reply->message, refused);
}

static lgs_rc_t add_to_batch(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_batch_t **last)
{
    lgs_batch_t like = {.model = op->model, .context = op->context}, *batch;

    if (columns_of(plan, op, &like) != LGS_OK) {
        return LGS_NOMEM;
    }
    for (batch = plan->batches; batch; batch = batch->next) {
        if (takes(batch, &like, op) &&
            (op->follows == NULL || batch->number > op->follows->batch)) {
            return append(plan->arena, batch, op);
        }
    }
    batch = lgs_arena_alloc(plan->arena, sizeof(*batch));
    if (batch == NULL) {
        return LGS_NOMEM;
    }
    *batch = like;
    if (*last) {
        batch->number = (*last)->number + 1;
        (*last)->next = batch;
    } else {
        plan->batches = batch;
    }
    *last = batch;
    return append(plan->arena, batch, op);
}

/* Columns of the record's own row and of all its lines; the signature does not mind their order. */
static lgs_rc_t columns_of(const lgs_odoo_plan_t *plan, const lgs_op_t *op, lgs_batch_t *like)
{
    uint32_t most = op->row->n;

    for (uint32_t i = 0; op->lines && i < op->lines->n; i++) {
        most += op->lines->u.items[i].n;
    }
    like->columns = lgs_arena_array(plan->arena, most, sizeof(lgs_str_t));
    if (like->columns == NULL) {
        return LGS_NOMEM;
    }
    add_columns(plan, like, op->row);
    for (uint32_t i = 0; op->lines && i < op->lines->n; i++) {
        add_columns(plan, like, &op->lines->u.items[i]);
    }
    like->signature += lgs_hash(op->model.data, op->model.len) * 31;
    return LGS_OK;
}

static void add_columns(const lgs_odoo_plan_t *plan, lgs_batch_t *like, const lgs_node_t *row)
{
    for (uint32_t i = 0; i < row->n; i++) {
        lgs_str_t name = lgs_node_text(&row->u.members[i].name);

        if (!has_column(like, name) && !is_left_out(plan, like->model, name)) {
            like->columns[like->n_columns++] = name;
            like->signature += lgs_hash(name.data, name.len);
        }
    }
}

static bool is_left_out(const lgs_odoo_plan_t *plan, lgs_str_t model, lgs_str_t written)
{
    bool is_optional;
    lgs_str_t column = lgs_operation_column(written, &is_optional);

    return is_optional && lgs_odoo_facts_field(plan->facts, model, lgs_operation_field(column)) ==
                              LGS_ODOO_FIELD_ABSENT;
}

static bool has_column(const lgs_batch_t *batch, lgs_str_t name)
{
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        if (lgs_str_eq(batch->columns[i], name)) {
            return true;
        }
    }
    return false;
}

static bool takes(const lgs_batch_t *batch, const lgs_batch_t *like, const lgs_op_t *op)
{
    if (batch->signature != like->signature || batch->n_columns != like->n_columns ||
        batch->n_rows + op->n_rows > LGS_ODOO_LOAD_ROWS || !lgs_str_eq(batch->model, like->model) ||
        (batch->context == NULL) != (like->context == NULL) ||
        (like->context && !lgs_node_equal(batch->context, like->context))) {
        return false;
    }
    for (uint32_t i = 0; i < like->n_columns; i++) {
        if (!has_column(batch, like->columns[i])) {
            return false;
        }
    }
    return true;
}

static lgs_rc_t append(lgs_arena_t *arena, lgs_batch_t *batch, lgs_op_t *op)
{
    if (batch->n == batch->size) {
        uint32_t size = batch->size ? batch->size * 2 : 8;
        lgs_op_t **ops = lgs_arena_grow(arena, batch->ops, batch->size * sizeof(*ops),
                                        size * sizeof(*ops));

        if (ops == NULL) {
            return LGS_NOMEM;
        }
        batch->ops = ops;
        batch->size = size;
    }
    op->batch = batch->number;
    batch->ops[batch->n++] = op;
    batch->n_rows += op->n_rows;
    return LGS_OK;
}

static void write_rows(lgs_buf_t *buf, lgs_batch_t *batch)
{
    batch->n_rows = 0;
    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < batch->n; i++) {
        lgs_op_t *op = batch->ops[i];

        op->first_row = batch->n_rows;
        for (uint32_t line = 0; line < op->n_rows; line++) {
            if (batch->n_rows++) {
                lgs_buf_byte(buf, ',');
            }
            write_row(buf, batch, op, line);
        }
    }
    lgs_buf_byte(buf, ']');
}

/* Odoo takes a row without the parent's columns as one more line of the record above it. */
static void write_row(lgs_buf_t *buf, const lgs_batch_t *batch, const lgs_op_t *op, uint32_t line)
{
    const lgs_node_t *cells = op->lines ? &op->lines->u.items[line] : NULL;

    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        const lgs_node_t *cell = line == 0 ? lgs_node_get(op->row, batch->columns[i]) : NULL;

        if (i) {
            lgs_buf_byte(buf, ',');
        }
        lgs_operation_write_cell(buf, op, cell ? cell : lgs_node_get(cells, batch->columns[i]));
    }
    lgs_buf_byte(buf, ']');
}

/* load reads datetimes in the user's time zone unless told. */
static void write_context(lgs_buf_t *buf, const lgs_node_t *context)
{
    lgs_buf_cstr(buf, "{\"tz\":\"UTC\"");
    for (uint32_t i = 0; context && i < context->n; i++) {
        lgs_str_t name = lgs_node_text(&context->u.members[i].name);

        if (!lgs_str_is(name, "tz")) {
            lgs_buf_byte(buf, ',');
            lgs_json_write_string(buf, name);
            lgs_buf_byte(buf, ':');
            lgs_json_write(buf, &context->u.members[i].value);
        }
    }
    lgs_buf_byte(buf, '}');
}

static lgs_rc_t take_result(lgs_odoo_plan_t *plan, lgs_batch_t *batch,
                            const lgs_odoo_reply_t *reply)
{
    const lgs_node_t *ids = reply->has_result ? lgs_node_at(&reply->result, "ids") : NULL;
    const lgs_node_t *messages = reply->has_result ? lgs_node_at(&reply->result, "messages") : NULL;

    if (ids && ids->type == LGS_ARRAY) {
        take_ids(batch, ids);
        return LGS_OK;
    }
    if (messages && messages->type == LGS_ARRAY) {
        return take_messages(plan, batch, messages);
    }
    return end_all(plan, batch, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN,
                   LGS_STR("Odoo answered a load with something else"), true);
}

static void take_ids(lgs_batch_t *batch, const lgs_node_t *ids)
{
    for (uint32_t i = 0; i < batch->n; i++) {
        int64_t id = 0;

        if (ids->n == batch->n) {
            (void)lgs_node_int(&ids->u.items[i], &id);
        }
        lgs_odoo_end_well(batch->ops[i], LGS_ODOO_WRITTEN, id);
    }
    batch->n = 0;
}

static lgs_rc_t take_messages(lgs_odoo_plan_t *plan, lgs_batch_t *batch, const lgs_node_t *messages)
{
    const lgs_node_t **blamed = lgs_arena_array(plan->arena, batch->n, sizeof(*blamed));
    const lgs_node_t *general = NULL;
    bool any = false, any_busy = false;

    if (blamed == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < messages->n; i++) {
        const lgs_node_t *message = &messages->u.items[i];

        if (lgs_str_is(lgs_node_text(lgs_node_at(message, "type")), "warning")) {
            continue;
        }
        if (blame(batch, message, blamed)) {
            any = true;
        } else {
            general = general ? general : message;
        }
    }
    if (!any) {
        return blame_all(plan, batch, lgs_node_text(lgs_node_at(general, "message")));
    }
    if (take_out(plan, batch, blamed, &any_busy) != LGS_OK) {
        return LGS_NOMEM;
    }
    batch->busy += any_busy;
    if (batch->busy > LGS_ODOO_MAX_BUSY) {
        return end_all(plan, batch, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_BUSY,
                       LGS_STR("others write the same records"), false);
    }
    if (++batch->rounds > LGS_ODOO_MAX_ROUNDS && is_shared(batch)) {
        batch->rounds = 0; /* one's many bad rows are not for the others to bear */
        return split(plan, batch);
    }
    if (batch->rounds > LGS_ODOO_MAX_ROUNDS) {
        return end_all(plan, batch, LGS_ODOO_FAILED, LGS_PROBLEM_REFUSED_BY_ODOO,
                       LGS_STR("not written: too many bad rows were sent along with it"), false);
    }
    return LGS_OK;
}

/* It holds rows of several partners. */
static bool is_shared(const lgs_batch_t *batch)
{
    for (uint32_t i = 1; i < batch->n; i++) {
        if (batch->ops[i]->reach != batch->ops[0]->reach) {
            return true;
        }
    }
    return false;
}

/*
 * Notes the message with every operation that has one of its rows. False: it names no row of ours,
 * or rows of several partners, and then one of them would read what is said of another.
 */
static bool blame(const lgs_batch_t *batch, const lgs_node_t *message, const lgs_node_t **blamed)
{
    const lgs_node_t *rows = lgs_node_at(message, "rows");
    int64_t from = -1, to, record;
    const lgs_op_t *first = NULL;

    if (lgs_node_int(lgs_node_at(rows, "from"), &from) &&
        !lgs_node_int(lgs_node_at(rows, "to"), &to)) {
        to = from;
    }
    if (from < 0) {
        if (lgs_node_int(lgs_node_at(message, "record"), &record) && record >= 0 &&
            record < batch->n) {
            blamed[record] = blamed[record] ? blamed[record] : message;
            return true;
        }
        return false;
    }
    for (uint32_t i = 0; i < batch->n; i++) {
        const lgs_op_t *op = batch->ops[i];

        if (has_row(op, from, to)) {
            if (first && first->reach != op->reach) {
                return false;
            }
            first = first ? first : op;
        }
    }
    for (uint32_t i = 0; first && i < batch->n; i++) {
        if (has_row(batch->ops[i], from, to) && blamed[i] == NULL) {
            blamed[i] = message;
        }
    }
    return first != NULL;
}

static bool has_row(const lgs_op_t *op, int64_t from, int64_t to)
{
    return op->first_row <= to && op->first_row + op->n_rows > from;
}

/* Ends the blamed ones, keeps the others; a row that only lost a race stays for another try. */
static lgs_rc_t take_out(lgs_odoo_plan_t *plan, lgs_batch_t *batch, const lgs_node_t **blamed,
                         bool *any_busy)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < batch->n; i++) {
        lgs_op_t *op = batch->ops[i];
        lgs_problem_kind_t problem =
            blamed[i] ? lgs_odoo_judge_message(lgs_node_text(lgs_node_at(blamed[i], "message")))
                      : LGS_PROBLEM_NONE;

        if (problem == LGS_PROBLEM_NONE || problem == LGS_PROBLEM_ODOO_BUSY) {
            *any_busy |= problem == LGS_PROBLEM_ODOO_BUSY;
            batch->ops[kept++] = op;
        } else if (end_row(plan, op, blamed[i], problem) != LGS_OK) {
            return LGS_NOMEM;
        }
    }
    batch->n = kept;
    return LGS_OK;
}

static lgs_rc_t end_row(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_node_t *message,
                        lgs_problem_kind_t problem)
{
    const lgs_node_t *field = lgs_node_at(message, "field");
    lgs_str_t text = lgs_odoo_clean(plan->arena, lgs_node_text(lgs_node_at(message, "message")));
    bool refused = problem == LGS_PROBLEM_REFUSED_BY_ODOO;
    lgs_rc_t rc = lgs_odoo_end(plan, op, refused ? LGS_ODOO_REFUSED : LGS_ODOO_FAILED, problem,
                               text.len ? text : LGS_STR("Odoo refused the record"));

    if (field && field->type == LGS_ARRAY && field->n) {
        field = &field->u.items[0];
    }
    op->outcome.field = lgs_arena_str(plan->arena, lgs_node_text(field));
    if (refused) {
        /* it may be refused because it is there: posted since, or a note that only admins change */
        lgs_odoo_doubt(op);
    }
    return rc == LGS_OK && op->outcome.field.data ? LGS_OK : LGS_NOMEM;
}

/* A refusal that names no row. */
static lgs_rc_t blame_all(lgs_odoo_plan_t *plan, lgs_batch_t *batch, lgs_str_t message)
{
    lgs_problem_kind_t problem = lgs_odoo_judge_message(message);
    lgs_str_t text = lgs_odoo_clean(plan->arena, message);
    bool refused = problem == LGS_PROBLEM_REFUSED_BY_ODOO;

    if (problem == LGS_PROBLEM_ODOO_BUSY && ++batch->busy <= LGS_ODOO_MAX_BUSY) {
        return LGS_OK;
    }
    if (refused && batch->n > 1) {
        return split(plan, batch);
    }
    return end_all(plan, batch, refused ? LGS_ODOO_REFUSED : LGS_ODOO_FAILED, problem,
                   text.len ? text : LGS_STR("Odoo refused the record without a reason"), refused);
}

/*
 * The call may have been committed. A server that cut the connection is asked again at once,
 * external ids make that safe; one that is too slow to answer is only asked what is there.
 */
static lgs_rc_t uncertain(lgs_odoo_plan_t *plan, lgs_batch_t *batch,
                          const lgs_odoo_answer_t *answer, lgs_str_t message)
{
    bool all_settle = true;
    lgs_rc_t rc;

    for (uint32_t i = 0; i < batch->n; i++) {
        all_settle &= batch->ops[i]->settle.model.len > 0;
    }
    if (batch->repeats == 0 && !(all_settle && answer->failure == LGS_ODOO_TIMED_OUT)) {
        batch->repeats++;
        return LGS_OK;
    }
    rc = end_all(plan, batch, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, message, true);
    if (answer->failure == LGS_ODOO_TIMED_OUT) {
        /* the others would wait as long, and hold one more of its workers each */
        lgs_odoo_abandon(plan, LGS_PROBLEM_ODOO_AWAY,
                         LGS_STR("not sent: Odoo did not answer in time before"));
    }
    return rc;
}

/* Halves a batch that is refused as a whole, until the bad record stands alone. */
static lgs_rc_t split(lgs_odoo_plan_t *plan, lgs_batch_t *batch)
{
    lgs_batch_t *half = lgs_arena_alloc(plan->arena, sizeof(*half));

    if (half == NULL) {
        return LGS_NOMEM;
    }
    *half = *batch;
    half->ops = batch->ops + batch->n / 2;
    half->n = half->size = batch->n - batch->n / 2;
    batch->n = batch->n / 2;
    batch->next = half;
    return LGS_OK;
}

static lgs_rc_t end_all(lgs_odoo_plan_t *plan, lgs_batch_t *batch, lgs_odoo_verdict_t verdict,
                        lgs_problem_kind_t problem, lgs_str_t message, bool doubt)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; i < batch->n; i++) {
        if (lgs_odoo_end(plan, batch->ops[i], verdict, problem, message) != LGS_OK) {
            rc = LGS_NOMEM;
        }
        if (doubt) {
            lgs_odoo_doubt(batch->ops[i]);
        }
    }
    batch->n = 0;
    return rc;
}
