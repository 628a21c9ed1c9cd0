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
    [LGS_ODOO_WRITTEN] = {"written", 2}, [LGS_ODOO_REFUSED] = {"refused", 3},
    [LGS_ODOO_FAILED] = {"failed", 4},
};

static ngx_int_t make_operations(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t add_operations(ngx_http_logistics_ctx_t *ctx, uint32_t record, lgs_node_t **all,
                                uint32_t *room);
static ngx_int_t make_plan(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t note_outcomes(ngx_http_logistics_ctx_t *ctx, lgs_str_t all);
static void write_outcomes(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx, size_t most);
static void write_outcome(lgs_buf_t *buf, const lgs_odoo_outcome_t *outcome);
static void add_errors(ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_deliver_now(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc;

    if (ctx->plan == NULL) {
        rc = make_operations(ctx);
        if (rc != NGX_OK) {
            return rc;
        }
        if (make_plan(ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    } else if (!ctx->odoo.answered) {
        return NGX_AGAIN; /* woken by something else than the answer */
    } else {
        ctx->odoo.answered = 0;
        lgs_odoo_plan_answer(ctx->plan, &ctx->odoo.answer);
    }
    if (lgs_odoo_plan_next(ctx->plan, &ctx->odoo.call) == LGS_ODOO_CALL) {
        ngx_str_set(&ctx->odoo.method, "POST");
        return ngx_http_logistics_odoo_send(r, ctx);
    }
    return finish(r, ctx);
}

/* ---- operations ---- */

static ngx_int_t make_operations(ngx_http_logistics_ctx_t *ctx)
{
    lgs_node_t *all = NULL;
    uint32_t room = 0;
    ngx_int_t rc = NGX_OK;

    for (uint32_t i = 0; ctx->problem != LGS_PROBLEM_TOO_LARGE && i < ctx->records.n; i++) {
        ngx_int_t one = add_operations(ctx, i, &all, &room);

        rc = one == NGX_OK ? rc : one; /* go on: the partner hears of all that have no place */
    }
    ctx->operations = all;
    return rc;
}

static ngx_int_t add_operations(ngx_http_logistics_ctx_t *ctx, uint32_t record, lgs_node_t **all,
                                uint32_t *room)
{
    lgs_doc_t document = ctx->document; /* same source, so positions stay the partner's */
    const lgs_mapping_facts_t facts = {
        .partner = ctx->partner->name,
        .timezone = ctx->partner->timezone,
        .received_at = LGS_STR(""),
        .format = LGS_STR("canonical"),
    };
    lgs_err_t *before = ctx->errs.last;
    lgs_records_t made;
    uint32_t need;

    document.root = ctx->records.items[record].node;
    switch (lgs_mapping_run(ctx->route->odoo, &document, &facts, ctx->arena, &made, &ctx->warnings,
                            &ctx->errs)) {
    case LGS_OK:
        break;
    case LGS_NOMEM:
        return ngx_http_logistics_refuse_memory(ctx);
    default:
        for (lgs_err_t *err = before ? before->next : ctx->errs.first; err; err = err->next) {
            err->record = (int)record;
        }
        ctx->problem = LGS_PROBLEM_UNTRANSLATABLE;
        return NGX_DECLINED;
    }
    need = ctx->n_operations + made.n;
    if (need > *room) {
        uint32_t size = need * 2 + 8;
        lgs_node_t *nodes = lgs_arena_grow(ctx->arena, *all, *room * sizeof(lgs_node_t),
                                           size * sizeof(lgs_node_t));
        uint32_t *owners = lgs_arena_grow(ctx->arena, ctx->operation_record,
                                          *room * sizeof(uint32_t), size * sizeof(uint32_t));

        if (nodes == NULL || owners == NULL) {
            return ngx_http_logistics_refuse_memory(ctx);
        }
        *all = nodes;
        ctx->operation_record = owners;
        *room = size;
    }
    for (uint32_t i = 0; i < made.n; i++) {
        (*all)[ctx->n_operations] = made.items[i].node;
        ctx->operation_record[ctx->n_operations++] = record;
    }
    return NGX_OK;
}

static ngx_int_t make_plan(ngx_http_logistics_ctx_t *ctx)
{
    ctx->plan = lgs_odoo_plan_create(ctx->arena, lgs_policy_odoo(ctx->conf->policy),
                                     ngx_http_logistics_odoo_facts(), ctx->operations,
                                     ctx->n_operations, lgs_str(ctx->id, ctx->id_len), &ctx->errs);
    return ctx->plan ? NGX_OK : NGX_ERROR;
}

/* ---- the answer ---- */

static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t buf, outcomes;

    lgs_buf_init(&outcomes, ctx->arena, 512, 0);
    write_outcomes(&outcomes, ctx, SIZE_MAX);
    ctx->trace.odoo_calls = lgs_odoo_plan_calls(ctx->plan);
    ctx->problem = lgs_odoo_plan_problem(ctx->plan);
    if (ctx->problem == LGS_PROBLEM_NONE && ctx->batch && ctx->batch->n_refused) {
        ctx->problem = LGS_PROBLEM_BATCH;
    }
    if (outcomes.failed || note_outcomes(ctx, lgs_buf_text(&outcomes)) != NGX_OK) {
        return NGX_ERROR;
    }
    lgs_buf_init(&buf, ctx->arena, outcomes.len + 256, 0);
    if (ctx->problem != LGS_PROBLEM_NONE) {
        lgs_buf_cstr(&buf, "\"records\":");
        lgs_buf_str(&buf, lgs_buf_text(&outcomes));
        ctx->extra = lgs_buf_text(&buf);
        add_errors(ctx);
        return NGX_DECLINED;
    }
    lgs_buf_cstr(&buf, "{\"correlation_id\":");
    lgs_json_write_string(&buf, lgs_str(ctx->id, ctx->id_len));
    lgs_buf_cstr(&buf, ",\"status\":\"delivered\",\"records\":");
    lgs_buf_str(&buf, lgs_buf_text(&outcomes));
    if (ctx->warnings.n) {
        lgs_problem_write_warnings(&buf, &ctx->warnings);
    }
    lgs_buf_byte(&buf, '}');
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", lgs_buf_text(&buf)));
    return NGX_DONE;
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
    uint32_t op = 0, next_refused = 0;

    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < ctx->records.n && buf->len < most; i++) {
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
            ngx_http_logistics_batch_write(buf, ctx->batch, ctx->batch->document[i], &next_refused);
        }
        lgs_buf_cstr(buf, i || next_refused ? ",{" : "{");
        if (ctx->batch) {
            lgs_buf_cstr(buf, "\"index\":");
            lgs_buf_u64(buf, ctx->batch->document[i]);
            lgs_buf_byte(buf, ',');
        }
        lgs_buf_cstr(buf, "\"id\":");
        lgs_json_write_string(buf, lgs_node_text(lgs_node_at(node, "id")));
        lgs_buf_cstr(buf, ",\"type\":");
        lgs_json_write_string(buf, type.len ? type : ctx->route->record);
        lgs_buf_cstr(buf, ",\"outcome\":");
        lgs_json_write_string(buf, end > op ? lgs_cstr(verdicts[heaviest].word)
                                            : LGS_STR("nothing-to-write"));
        lgs_buf_cstr(buf, ",\"odoo\":[");
        for (uint32_t first = op; op < end; op++) {
            if (op > first) {
                lgs_buf_byte(buf, ',');
            }
            write_outcome(buf, lgs_odoo_plan_outcome(ctx->plan, op));
        }
        lgs_buf_cstr(buf, "]}");
    }
    if (buf->len < most) {
        ngx_http_logistics_batch_write(buf, ctx->batch, UINT32_MAX, &next_refused);
    }
    lgs_buf_byte(buf, ']');
}

static void write_outcome(lgs_buf_t *buf, const lgs_odoo_outcome_t *outcome)
{
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
    if (outcome->message.len && outcome->problem == LGS_PROBLEM_NONE) {
        lgs_buf_cstr(buf, ",\"detail\":"); /* why nothing was written; a problem has its errors */
        lgs_json_write_string(buf, outcome->message);
    }
    lgs_buf_byte(buf, '}');
}

/* One problem entry for every operation that is not in Odoo, at the place its record came from. */
static void add_errors(ngx_http_logistics_ctx_t *ctx)
{
    for (uint32_t i = 0; i < ctx->n_operations; i++) {
        const lgs_odoo_outcome_t *outcome = lgs_odoo_plan_outcome(ctx->plan, i);
        uint32_t record = ctx->operation_record[i];
        lgs_pos_t pos;
        lgs_err_t *err;

        if (outcome->problem == LGS_PROBLEM_NONE) {
            continue;
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
