/*
 * Stage 8, translate: document → canonical records by the partner's mapping, each checked against
 * the canonical schema. Their references (tracking number, VIN, …) become the trace's business
 * keys.
 */
#include "../trace/keys.h"
#include "ngx_http_logistics_zone.h"

static ngx_int_t take_nothing(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t make_records(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t take_list(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t verdict(ngx_http_logistics_ctx_t *ctx, lgs_rc_t rc);
static lgs_rc_t check_record(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                             const lgs_records_t *records, uint32_t index, lgs_errs_t *errs);
static lgs_rc_t check_sender(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                             const lgs_node_t *record, lgs_errs_t *errs);
static lgs_rc_t check_type(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                           const lgs_node_t *record, lgs_errs_t *errs);
static bool say_whose(ngx_http_logistics_ctx_t *ctx, lgs_err_t *err);

ngx_int_t ngx_http_logistics_translate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc = make_records(ctx);

    if (rc != NGX_OK) {
        return rc;
    }
    if (ctx->records.n == 0 && ctx->records.ignored.len && !ngx_http_logistics_edi_answers(ctx)) {
        return take_nothing(r, ctx);
    }
    if (ctx->records.n == 0 && !ngx_http_logistics_edi_answers(ctx)) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNTRANSLATABLE, "no-records",
                                         "the document is well-formed, but holds nothing that "
                                         "mapping \"%.*s\" makes a record of",
                                         LGS_FMT(ctx->format->mapping_name));
    }
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        lgs_trace_collect(&ctx->trace, &ctx->records.items[i].node,
                          ngx_http_logistics_route_of(ctx, i)->record);
    }
    ctx->trace.records = ctx->records.n;
    ctx->trace.warnings = ctx->records.n_warnings;
    ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_RECORDS, ctx->records.n);
    if (ctx->records.n_warnings) {
        ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_WARNINGS, ctx->records.n_warnings);
    }
    if (!ctx->batch) { /* of a batch each has been checked with its document */
        rc = verdict(
            ctx, ngx_http_logistics_check_records(ctx, &ctx->document, &ctx->records, &ctx->errs));
    }
    return rc == NGX_OK ? ngx_http_logistics_limit_records(ctx) : rc;
}

/*
 * The mapping says that nothing need be made of it: a sender that repeats until it hears of success
 * (webhooks do) hears of it, and that nothing came of it.
 */
static ngx_int_t take_nothing(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 256, 0);
    lgs_buf_cstr(&buf, "{\"correlation_id\":");
    lgs_json_write_string(&buf, lgs_str(ctx->id, ctx->id_len));
    lgs_buf_cstr(&buf, ",\"status\":\"ignored\",\"accepted\":0,\"detail\":");
    lgs_json_write_string(&buf, ctx->records.ignored);
    lgs_buf_cstr(&buf, ",\"records\":[]}");
    if (buf.failed) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    ctx->trace.verdicts[LGS_STAGE_TRANSLATE] = LGS_VERDICT_PASS;
    ctx->trace.detail = ctx->records.ignored;
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", lgs_buf_text(&buf)));
    return NGX_DONE;
}

/* By the mapping; without one the partner speaks the canonical form: a record or a list of them. */
static ngx_int_t make_records(ngx_http_logistics_ctx_t *ctx)
{
    const lgs_node_t *root = &ctx->document.root;

    if (ctx->batch) {
        return ngx_http_logistics_batch_run(ctx);
    }
    if (ctx->format->mapping) {
        return verdict(ctx, ngx_http_logistics_map(ctx, &ctx->document, ctx->arena, &ctx->records,
                                                   &ctx->errs));
    }
    if (root->type == LGS_ARRAY) {
        return take_list(ctx);
    }
    ctx->records.items = lgs_arena_zalloc(ctx->arena, sizeof(lgs_record_t));
    if (ctx->records.items == NULL) {
        return NGX_ERROR;
    }
    ctx->records.items[0].node = *root;
    ctx->records.n = 1;
    return NGX_OK;
}

/* Each item is a document of its own. */
static ngx_int_t take_list(ngx_http_logistics_ctx_t *ctx)
{
    uint32_t n = ctx->document.root.n;

    if (n > ctx->route->max_records) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNTRANSLATABLE, "max-records",
                                         "%u records are more than the %u that this route takes", n,
                                         ctx->route->max_records);
    }
    return ngx_http_logistics_batch_open(ctx, NULL) == NGX_OK ? ngx_http_logistics_batch_run(ctx)
                                                              : NGX_DECLINED;
}

static ngx_int_t verdict(ngx_http_logistics_ctx_t *ctx, lgs_rc_t rc)
{
    if (rc == LGS_OK) {
        return NGX_OK;
    }
    if (rc == LGS_NOMEM) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    ctx->problem = ctx->format->mapping ? LGS_PROBLEM_UNTRANSLATABLE : LGS_PROBLEM_INVALID;
    return NGX_DECLINED;
}

lgs_rc_t ngx_http_logistics_map(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                                lgs_arena_t *arena, lgs_records_t *records, lgs_errs_t *errs)
{
    const lgs_mapping_facts_t facts = {
        .partner = ctx->partner->name,
        .timezone = ctx->partner->timezone,
        .received_at = ngx_http_logistics_received_at(ctx),
        .format = lgs_input_written_in(&ctx->format->input),
        .max_records = ctx->route->max_records,
    };

    return lgs_mapping_run(ctx->format->mapping, doc, &facts, arena, records, &ctx->warnings, errs);
}

lgs_rc_t ngx_http_logistics_check_records(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                                          const lgs_records_t *records, lgs_errs_t *errs)
{
    lgs_rc_t worst = LGS_OK;

    if (ctx->route->record_schema == NULL) {
        return LGS_OK;
    }
    for (uint32_t i = 0; i < records->n; i++) {
        lgs_rc_t rc = check_record(ctx, doc, records, i, errs);

        if (rc == LGS_NOMEM) {
            return rc;
        }
        worst = rc == LGS_OK ? worst : rc;
    }
    return worst;
}

static lgs_rc_t check_record(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                             const lgs_records_t *records, uint32_t index, lgs_errs_t *errs)
{
    const lgs_node_t *record = &records->items[index].node;
    const lgs_schema_t *rest = records->is_doubtful ? NULL : ctx->format->rest;
    lgs_err_t *before = errs->last;
    lgs_rc_t rc = lgs_schema_validate_rest(ctx->route->record_schema, rest, doc, record, errs);

    if (rc == LGS_OK) {
        rc = check_sender(ctx, doc, record, errs);
    }
    if (rc == LGS_OK) {
        rc = check_type(ctx, doc, record, errs);
    }
    if (rc == LGS_OK || rc == LGS_NOMEM) {
        return rc;
    }
    for (lgs_err_t *err = before ? before->next : errs->first; err; err = err->next) {
        err->record = (int)index;
        if (ctx->format->mapping && !say_whose(ctx, err)) {
            return LGS_NOMEM;
        }
    }
    return rc;
}

/* Whose event it is stands in Odoo and in traces: nobody speaks for another partner. */
static lgs_rc_t check_sender(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                             const lgs_node_t *record, lgs_errs_t *errs)
{
    const lgs_node_t *partner = lgs_node_at(lgs_node_at(record, "src"), "partner");
    lgs_str_t name = lgs_node_text(partner);
    lgs_err_t *err;

    if (partner == NULL || lgs_str_eq(name, ctx->partner->name)) {
        return LGS_OK;
    }
    err = lgs_errs_add(errs, "foreign-partner", lgs_doc_locate(doc, partner->offset),
                       "\"partner\": \"%.*s\" is not who sends this; write \"%.*s\"",
                       (int)ngx_min(name.len, 100), name.data, LGS_FMT(ctx->partner->name));
    err->pointer = LGS_STR("/src/partner");
    return LGS_INVALID;
}

/* A scope opens a route; what may come in by it is the route's to say. */
static lgs_rc_t check_type(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                           const lgs_node_t *record, lgs_errs_t *errs)
{
    const lgs_node_t *type = lgs_node_at(record, "type");
    lgs_err_t *err;

    if (lgs_policy_takes_type(ctx->route, lgs_node_text(type))) {
        return LGS_OK;
    }
    err = lgs_errs_add(
        errs, "type-not-taken", lgs_doc_locate(doc, type ? type->offset : record->offset),
        "this route does not take events of type \"%.*s\"", LGS_FMT(lgs_node_text(type)));
    err->pointer = LGS_STR("/type");
    return LGS_INVALID;
}

/* The names in it are not those of the partner's document. */
static bool say_whose(ngx_http_logistics_ctx_t *ctx, lgs_err_t *err)
{
    lgs_str_t text = lgs_arena_printf(
        ctx->arena, "mapping \"%.*s\": the record made of this is not canonical: %.*s",
        LGS_FMT(ctx->format->mapping_name), LGS_FMT(err->text));

    err->text = text.data ? text : err->text;
    return text.data != NULL;
}

lgs_str_t ngx_http_logistics_received_at(ngx_http_logistics_ctx_t *ctx)
{
    lgs_datetime_t now;
    lgs_str_t text;

    if (ctx->batch && ctx->batch->received_at.len) {
        return ctx->batch->received_at; /* the same for all its documents */
    }
    lgs_datetime_from_epoch(ngx_time(), 0, &now);
    now.nanosecond = (uint32_t)ngx_cached_time->msec * 1000000u;
    text = lgs_datetime_text(ctx->arena, &now);
    if (ctx->batch) {
        ctx->batch->received_at = text;
    }
    return text;
}
