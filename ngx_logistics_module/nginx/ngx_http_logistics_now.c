/*
 * Deliver now: canonical records → operations by the route's Odoo mapping → the planner of odoo/
 * says what to call → subrequests, one after the other → one answer for the partner.
 *
 * A 2xx means that every record is in Odoo. If one is refused the answer is a problem that names
 * it, and tells of the others that they are there: sending all of them again is harmless.
 */
#include "ngx_http_logistics_zone.h"

#define TRACED_OUTCOMES 65536u /* bytes of them in a trace */

/* A record is said to be what the weightiest of its operations is. */
static const struct {
    const char *word;
    unsigned weight;
} verdicts[] = {
    [LGS_ODOO_SKIPPED] = {"skipped", 0}, [LGS_ODOO_ALREADY_THERE] = {"already-there", 1},
    [LGS_ODOO_WRITTEN] = {"written", 2}, [LGS_ODOO_HELD_BACK] = {"held-back", 3},
    [LGS_ODOO_REFUSED] = {"refused", 4}, [LGS_ODOO_FAILED] = {"failed", 5},
};

static lgs_rc_t add_operations(ngx_http_logistics_ctx_t *ctx, uint32_t record, lgs_errs_t *errs);
static bool make_room(ngx_http_logistics_ctx_t *ctx, uint32_t need);
static ngx_int_t make_plan(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t end(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static uint32_t most_errors(const ngx_http_logistics_ctx_t *ctx);
static lgs_problem_kind_t problem_of(const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t note_outcomes(ngx_http_logistics_ctx_t *ctx, lgs_str_t all);
static void write_outcomes(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx, size_t most);
static void write_range(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx, uint32_t record,
                        uint32_t end_record, size_t most);
static const char *word_of(const ngx_http_logistics_ctx_t *ctx, uint32_t record,
                           const lgs_odoo_verdict_t *heaviest);
static void write_outcome(lgs_buf_t *buf, const lgs_odoo_outcome_t *outcome, bool says_why);
static void add_errors(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static void log_lack(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx,
                     const lgs_partner_t *partner, const lgs_odoo_outcome_t *outcome);

ngx_int_t ngx_http_logistics_deliver_now(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc;

    if (ctx->order.is_settling) {
        return end(r, ctx);
    }
    if (ctx->plan == NULL) {
        rc = ctx->batch ? NGX_OK : ngx_http_logistics_make_all(ctx);
        if (rc == NGX_OK) {
            rc = make_plan(ctx);
        }
        if (rc != NGX_OK) {
            return rc;
        }
    } else if (!ctx->odoo.answered) {
        return NGX_AGAIN; /* woken by something else than the answer */
    } else {
        ctx->odoo.answered = 0;
        lgs_odoo_plan_answer(ctx->plan, &ctx->odoo.answer);
    }
    if (lgs_odoo_plan_next(ctx->plan, &ctx->odoo.call) == LGS_ODOO_CALL) {
        ngx_str_set(&ctx->odoo.method, "POST");
        ngx_http_logistics_edi_hold(ctx);
        return ngx_http_logistics_odoo_send(r, ctx);
    }
    return end(r, ctx);
}

/* What is in Odoo has moved its things: the partner hears of it when that is noted. */
static ngx_int_t end(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc = ngx_http_logistics_order_settle(r, ctx);

    return rc == NGX_OK ? finish(r, ctx) : rc;
}

/* ---- operations ---- */

/* Of a document that is one with its records; of a batch they were made document by document. */
ngx_int_t ngx_http_logistics_make_all(ngx_http_logistics_ctx_t *ctx)
{
    lgs_rc_t rc = LGS_OK;

    ngx_http_logistics_set_ceiling(ctx, ctx->body.len);
    for (uint32_t i = 0; rc != LGS_NOMEM && i < ctx->records.n; i++) {
        lgs_err_t *before = ctx->errs.last;
        lgs_rc_t one = add_operations(ctx, i, &ctx->errs);

        rc = one == LGS_OK ? rc : one; /* go on: the partner hears of all that have no place */
        for (lgs_err_t *err = before ? before->next : ctx->errs.first; err; err = err->next) {
            err->record = (int)i;
        }
    }
    if (rc == LGS_NOMEM) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (rc != LGS_OK) {
        ctx->problem = LGS_PROBLEM_UNTRANSLATABLE;
        return NGX_DECLINED;
    }
    return NGX_OK;
}

ngx_int_t ngx_http_logistics_make_again(ngx_http_logistics_ctx_t *ctx)
{
    const lgs_route_t *route = ctx->route;
    lgs_rc_t rc = LGS_OK;

    ngx_http_logistics_set_ceiling(ctx, ctx->body.len);
    ctx->n_operations = 0;
    for (uint32_t i = 0; rc == LGS_OK && i < ctx->records.n; i++) {
        ctx->route = ngx_http_logistics_route_of(ctx, i);
        rc = add_operations(ctx, i, &ctx->errs);
        ctx->route = route;
    }
    if (rc == LGS_NOMEM) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    ctx->problem = rc == LGS_OK ? ctx->problem : LGS_PROBLEM_UNTRANSLATABLE;
    return rc == LGS_OK ? NGX_OK : NGX_DECLINED;
}

lgs_rc_t ngx_http_logistics_make_operations(ngx_http_logistics_ctx_t *ctx, uint32_t first,
                                            lgs_errs_t *errs)
{
    uint32_t n_before = ctx->n_operations;

    for (uint32_t i = first; i < ctx->records.n; i++) {
        lgs_rc_t rc = add_operations(ctx, i, errs);

        if (rc != LGS_OK) {
            ctx->n_operations = n_before;
            return rc;
        }
    }
    return LGS_OK;
}

static lgs_rc_t add_operations(ngx_http_logistics_ctx_t *ctx, uint32_t record, lgs_errs_t *errs)
{
    lgs_doc_t document = ctx->document; /* same source, so positions stay the partner's */
    const lgs_partner_t *partner = ngx_http_logistics_partner_of(ctx, record);
    lgs_mapping_facts_t facts;
    lgs_records_t made;
    lgs_rc_t rc;

    if (partner == NULL || ngx_http_logistics_order_holds(ctx, record)) {
        return LGS_OK;
    }
    facts = (lgs_mapping_facts_t){
        .partner = partner->name,
        .timezone = partner->timezone,
        .received_at = LGS_STR(""),
        .format = LGS_STR("canonical"),
        .decision = ngx_http_logistics_decision(ctx, record),
    };
    document.root = ctx->records.items[record].node;
    rc = lgs_mapping_run(ctx->route->odoo, &document, &facts, ctx->arena, &made, &ctx->warnings,
                         errs);
    if (rc != LGS_OK) {
        return rc;
    }
    if (!make_room(ctx, ctx->n_operations + made.n)) {
        return lgs_errs_nomem(errs);
    }
    for (uint32_t i = 0; i < made.n; i++) {
        ctx->operations[ctx->n_operations] = made.items[i].node;
        ctx->operation_record[ctx->n_operations++] = record;
    }
    return LGS_OK;
}

static bool make_room(ngx_http_logistics_ctx_t *ctx, uint32_t need)
{
    uint32_t room = ctx->operation_room, size = need * 2 + 8;
    lgs_node_t *nodes;
    uint32_t *owners;

    if (need <= room) {
        return true;
    }
    nodes = lgs_arena_grow(ctx->arena, ctx->operations, room * sizeof(*nodes),
                           size * sizeof(*nodes));
    owners = lgs_arena_grow(ctx->arena, ctx->operation_record, room * sizeof(*owners),
                            size * sizeof(*owners));
    if (nodes == NULL || owners == NULL) {
        return false;
    }
    ctx->operations = nodes;
    ctx->operation_record = owners;
    ctx->operation_room = size;
    return true;
}

static ngx_int_t make_plan(ngx_http_logistics_ctx_t *ctx)
{
    const lgs_odoo_reach_t **reaches = lgs_arena_array(ctx->arena, ctx->n_operations,
                                                       sizeof(const lgs_odoo_reach_t *));
    const lgs_odoo_work_t work = {.operations = ctx->operations,
                                  .n = ctx->n_operations,
                                  .reaches = reaches,
                                  .id = lgs_str(ctx->id, ctx->id_len)};

    if (reaches == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    for (uint32_t i = 0; i < ctx->n_operations; i++) {
        reaches[i] = &ngx_http_logistics_partner_of(ctx, ctx->operation_record[i])->reach;
    }
    ctx->plan = lgs_odoo_plan_create(ctx->arena, lgs_policy_odoo(ctx->conf->policy),
                                     ngx_http_logistics_odoo_facts(), &work, &ctx->errs);
    if (ctx->plan == NULL && ctx->errs.nomem.code) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (ctx->plan && ctx->route->all_or_nothing) {
        lgs_odoo_plan_all_or_nothing(ctx->plan);
    }
    return ctx->plan ? NGX_OK : NGX_ERROR;
}

/* ---- the answer ---- */

static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t buf, outcomes;

    ngx_http_logistics_raise_ceiling(ctx); /* what was written is told, however much it took */
    lgs_buf_init(&outcomes, ctx->arena, 512, 0);
    write_outcomes(&outcomes, ctx, SIZE_MAX);
    ctx->trace.odoo_calls = lgs_odoo_plan_calls(ctx->plan);
    ctx->problem = problem_of(ctx);
    if (outcomes.failed || note_outcomes(ctx, lgs_buf_text(&outcomes)) != NGX_OK) {
        return NGX_ERROR;
    }
    if (ctx->edi && lgs_problem_info(ctx->problem)->status < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        add_errors(r, ctx);
        return ngx_http_logistics_edi_delivered(ctx, lgs_buf_text(&outcomes));
    }
    if (ctx->problem != LGS_PROBLEM_NONE) {
        if (ctx->problem != LGS_PROBLEM_BATCH) { /* the records tell of documents */
            lgs_errs_init(&ctx->errs, ctx->arena, most_errors(ctx));
        }
        add_errors(r, ctx);
    }
    if (ctx->relayed) {
        ngx_http_logistics_relayed_judge(ctx);
    }
    lgs_buf_init(&buf, ctx->arena, outcomes.len + 256, 0);
    if (ctx->problem != LGS_PROBLEM_NONE) {
        lgs_buf_cstr(&buf, "\"records\":");
        lgs_buf_str(&buf, lgs_buf_text(&outcomes));
        if (ctx->relayed) {
            ngx_http_logistics_relayed_write(&buf, ctx);
        }
        ctx->extra = lgs_buf_text(&buf);
        return buf.failed ? NGX_ERROR : NGX_DECLINED;
    }
    lgs_buf_cstr(&buf, "{\"correlation_id\":");
    lgs_json_write_string(&buf, lgs_str(ctx->id, ctx->id_len));
    lgs_buf_cstr(&buf, ",\"status\":\"delivered\",\"records\":");
    lgs_buf_str(&buf, lgs_buf_text(&outcomes));
    if (ctx->relayed) {
        ngx_http_logistics_relayed_write(&buf, ctx);
    }
    if (ctx->warnings.n) {
        lgs_problem_write_warnings(&buf, &ctx->warnings);
    }
    lgs_buf_byte(&buf, '}');
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", lgs_buf_text(&buf)));
    return NGX_DONE;
}

/* Of a delivery each message hears of its own, however many there are. */
static uint32_t most_errors(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->relayed ? ctx->n_operations + ctx->records.n : LGS_MAX_ERRORS;
}

/* Documents that were refused before Odoo was asked, unless there is something to do about Odoo. */
static lgs_problem_kind_t problem_of(const ngx_http_logistics_ctx_t *ctx)
{
    lgs_problem_kind_t of_odoo = lgs_odoo_plan_problem(ctx->plan);
    bool is_message = of_odoo == LGS_PROBLEM_NONE || lgs_problem_info(of_odoo)->status == 422;

    if (ctx->batch && ctx->batch->n_refused && is_message) {
        return LGS_PROBLEM_BATCH;
    }
    return of_odoo == LGS_PROBLEM_NONE && ngx_http_logistics_order_refuses(ctx) ? LGS_PROBLEM_ORDER
                                                                                : of_odoo;
}

/* A trace is told of the first records only: one of megabytes would crowd out everybody's. */
static ngx_int_t note_outcomes(ngx_http_logistics_ctx_t *ctx, lgs_str_t all)
{
    lgs_buf_t first;

    ctx->trace.outcomes = all;
    if (all.len <= TRACED_OUTCOMES) {
        return NGX_OK;
    }
    lgs_buf_init(&first, ctx->arena, TRACED_OUTCOMES + 4096, 0);
    write_outcomes(&first, ctx, TRACED_OUTCOMES);
    ctx->trace.outcomes = lgs_buf_text(&first);
    return first.failed ? NGX_ERROR : NGX_OK;
}

/*
 * [{"id","type","outcome","odoo":[{…}]}], a record's operations side by side; no further record
 * when `most` bytes are written.
 */
static void write_outcomes(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx, size_t most)
{
    write_range(buf, ctx, 0, ctx->records.n, most);
}

void ngx_http_logistics_write_outcomes(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                       uint32_t first, uint32_t n)
{
    write_range(buf, ctx, first, first + n, TRACED_OUTCOMES);
}

static void write_range(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx, uint32_t record,
                        uint32_t end_record, size_t most)
{
    uint32_t op = 0, next_refused = 0;

    while (op < ctx->n_operations && ctx->operation_record[op] < record) {
        op++;
    }
    lgs_buf_byte(buf, '[');
    for (uint32_t i = record; i < end_record && buf->len < most; i++) {
        const lgs_node_t *node = &ctx->records.items[i].node;
        lgs_str_t type = lgs_node_text(lgs_node_at(node, "type")); /* of an event */
        lgs_odoo_verdict_t heaviest = LGS_ODOO_SKIPPED;
        uint32_t end = op;

        for (; end < ctx->n_operations && ctx->operation_record[end] == i; end++) {
            lgs_odoo_verdict_t verdict = lgs_odoo_plan_outcome(ctx->plan, end)->verdict;

            if (verdicts[verdict].weight > verdicts[heaviest].weight) {
                heaviest = verdict;
            }
        }
        if (ctx->batch) {
            ngx_http_logistics_batch_write(buf, ctx, ctx->batch->document[i], &next_refused);
        }
        lgs_buf_cstr(buf, i > record || next_refused ? ",{" : "{");
        if (ctx->batch) {
            lgs_buf_cstr(buf, "\"index\":");
            lgs_buf_u64(buf, ctx->batch->document[i]);
            lgs_buf_byte(buf, ',');
            ngx_http_logistics_edi_write_set(buf, ctx, ctx->batch->document[i]);
        }
        lgs_buf_cstr(buf, "\"id\":");
        lgs_json_write_string(buf, lgs_node_text(lgs_node_at(node, "id")));
        lgs_buf_cstr(buf, ",\"type\":");
        lgs_json_write_string(buf, type.len ? type : ngx_http_logistics_route_of(ctx, i)->record);
        lgs_buf_cstr(buf, ",\"outcome\":");
        lgs_json_write_string(buf, lgs_cstr(word_of(ctx, i, end > op ? &heaviest : NULL)));
        ngx_http_logistics_write_decision(buf, ctx, i);
        lgs_buf_cstr(buf, ",\"odoo\":[");
        for (uint32_t first = op; op < end; op++) {
            if (op > first) {
                lgs_buf_byte(buf, ',');
            }
            write_outcome(buf, lgs_odoo_plan_outcome(ctx->plan, op), ctx->edi || ctx->relayed);
        }
        lgs_buf_cstr(buf, "]}");
    }
    if (buf->len < most) {
        ngx_http_logistics_batch_write(buf, ctx, UINT32_MAX, &next_refused);
    }
    lgs_buf_byte(buf, ']');
}

static const char *word_of(const ngx_http_logistics_ctx_t *ctx, uint32_t record,
                           const lgs_odoo_verdict_t *heaviest)
{
    const char *held = ngx_http_logistics_order_word(ctx, record);

    if (held || ngx_http_logistics_partner_of(ctx, record) == NULL) {
        return held ? held : "failed";
    }
    return heaviest ? verdicts[*heaviest].word : "nothing-to-write";
}

/* Why nothing was written: a problem has its errors, an answer about sets of EDI may have none, and
 * the relay keeps the why of each record. */
static void write_outcome(lgs_buf_t *buf, const lgs_odoo_outcome_t *outcome, bool says_why)
{
    bool is_problem = outcome->problem != LGS_PROBLEM_NONE;

    lgs_buf_cstr(buf, "{\"model\":");
    lgs_json_write_string(buf, outcome->model);
    if (outcome->id) {
        lgs_buf_cstr(buf, ",\"id\":");
        lgs_buf_i64(buf, outcome->id);
    }
    if (outcome->external_id.len) {
        lgs_buf_cstr(buf, ",\"external_id\":");
        lgs_json_write_string(buf, outcome->external_id);
    }
    lgs_buf_cstr(buf, ",\"outcome\":");
    lgs_json_write_string(buf, lgs_cstr(verdicts[outcome->verdict].word));
    if (is_problem && says_why) {
        lgs_buf_printf(buf, ",\"code\":\"%s\"", lgs_problem_info(outcome->problem)->slug);
    }
    if (outcome->message.len && (says_why || !is_problem)) {
        lgs_buf_cstr(buf, ",\"detail\":");
        lgs_json_write_string(buf, outcome->message);
    }
    lgs_buf_byte(buf, '}');
}

/* One problem entry for every operation that is not in Odoo, at the place its record came from. */
static void add_errors(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_partner_t *told = NULL;

    ngx_http_logistics_order_errors(ctx);
    for (uint32_t i = 0; i < ctx->n_operations; i++) {
        const lgs_odoo_outcome_t *outcome = lgs_odoo_plan_outcome(ctx->plan, i);
        uint32_t record = ctx->operation_record[i];
        lgs_pos_t pos;
        lgs_err_t *err;

        if (outcome->problem == LGS_PROBLEM_NONE) {
            continue;
        }
        if (outcome->lacks.len && ngx_http_logistics_partner_of(ctx, record) != told) {
            told = ngx_http_logistics_partner_of(ctx, record);
            log_lack(r, ctx, told, outcome);
        }
        pos = ctx->records.items[record].pos;
        if (pos.line == 0) {
            pos = lgs_doc_locate(&ctx->document, ctx->records.items[record].node.offset);
        }
        err = outcome->field.len
                  ? lgs_errs_add(&ctx->errs, lgs_problem_info(outcome->problem)->slug, pos,
                                 "%.*s, field \"%.*s\": %.*s", LGS_FMT(outcome->model),
                                 LGS_FMT(outcome->field), LGS_FMT(outcome->message))
                  : lgs_errs_add(&ctx->errs, lgs_problem_info(outcome->problem)->slug, pos,
                                 "%.*s: %.*s", LGS_FMT(outcome->model), LGS_FMT(outcome->message));
        err->record = (int)(ctx->batch ? ctx->batch->document[record] : record);
    }
}

/* The partner's trace is the partner's to read: what the operator has to do stands in the log. */
static void log_lack(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx,
                     const lgs_partner_t *partner, const lgs_odoo_outcome_t *outcome)
{
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "logistics: %*s: %*s is not written: partners/%*s.yaml has no odoo.%*s",
                  ctx->id_len, ctx->id, outcome->model.len, outcome->model.data, partner->name.len,
                  partner->name.data, outcome->lacks.len, outcome->lacks.data);
}
