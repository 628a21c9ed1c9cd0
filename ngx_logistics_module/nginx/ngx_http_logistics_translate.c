/*
 * Stage 8, translate: document → canonical records by the partner's mapping, each checked against
 * the canonical schema. Their references (tracking number, VIN, …) become the trace's business
 * keys.
 */
#include "../trace/keys.h"
#include "ngx_http_logistics_zone.h"

static ngx_int_t run_mapping(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t take_as_is(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t check_records(ngx_http_logistics_ctx_t *ctx);
static lgs_rc_t check_record(ngx_http_logistics_ctx_t *ctx, uint32_t index);
static lgs_rc_t check_sender(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *record);
static bool say_whose(ngx_http_logistics_ctx_t *ctx, lgs_err_t *err);
static lgs_str_t received_at(lgs_arena_t *arena);

ngx_int_t ngx_http_logistics_translate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc = ctx->format->mapping ? run_mapping(ctx) : take_as_is(ctx);

    if (rc != NGX_OK) {
        return rc;
    }
    if (ctx->records.n == 0) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNTRANSLATABLE, "no-records",
                                         "the document is well-formed, but holds nothing that "
                                         "mapping \"%.*s\" makes a record of",
                                         LGS_FMT(ctx->format->mapping_name));
    }
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        lgs_trace_collect(&ctx->trace, &ctx->records.items[i].node, ctx->route->record);
    }
    ctx->trace.records = ctx->records.n;
    ctx->trace.warnings = ctx->records.n_warnings;
    ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_RECORDS, ctx->records.n);
    if (ctx->records.n_warnings) {
        ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_WARNINGS, ctx->records.n_warnings);
    }
    return check_records(ctx);
}

static ngx_int_t run_mapping(ngx_http_logistics_ctx_t *ctx)
{
    const lgs_mapping_facts_t facts = {
        .partner = ctx->partner->name,
        .timezone = ctx->partner->timezone,
        .received_at = received_at(ctx->arena),
        .format = ctx->format->format,
        .max_records = ctx->route->max_records,
    };

    switch (lgs_mapping_run(ctx->format->mapping, &ctx->document, &facts, ctx->arena, &ctx->records,
                            &ctx->warnings, &ctx->errs)) {
    case LGS_OK:
        return NGX_OK;
    case LGS_NOMEM:
        return ngx_http_logistics_refuse_memory(ctx);
    default:
        ctx->problem = LGS_PROBLEM_UNTRANSLATABLE;
        return NGX_DECLINED;
    }
}

/* The partner speaks the canonical form: one record or an array of them. */
static ngx_int_t take_as_is(ngx_http_logistics_ctx_t *ctx)
{
    const lgs_node_t *root = &ctx->document.root;
    uint32_t n = root->type == LGS_ARRAY ? root->n : 1;

    if (n > ctx->route->max_records) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNTRANSLATABLE, "max-records",
                                         "%u records are more than the %u that this route takes", n,
                                         ctx->route->max_records);
    }
    ctx->records.items = lgs_arena_array(ctx->arena, n, sizeof(lgs_record_t));
    if (ctx->records.items == NULL) {
        return NGX_ERROR;
    }
    ctx->records.n = n;
    for (uint32_t i = 0; i < n; i++) {
        ctx->records.items[i].node = root->type == LGS_ARRAY ? root->u.items[i] : *root;
    }
    return NGX_OK;
}

static ngx_int_t check_records(ngx_http_logistics_ctx_t *ctx)
{
    lgs_rc_t worst = LGS_OK;

    if (ctx->route->record_schema == NULL) {
        return NGX_OK;
    }
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        lgs_rc_t rc = check_record(ctx, i);

        if (rc == LGS_NOMEM) {
            return ngx_http_logistics_refuse_memory(ctx);
        }
        worst = rc == LGS_OK ? worst : rc;
    }
    if (worst == LGS_OK) {
        return NGX_OK;
    }
    ctx->problem = ctx->format->mapping ? LGS_PROBLEM_UNTRANSLATABLE : LGS_PROBLEM_INVALID;
    return NGX_DECLINED;
}

static lgs_rc_t check_record(ngx_http_logistics_ctx_t *ctx, uint32_t index)
{
    const lgs_node_t *record = &ctx->records.items[index].node;
    lgs_err_t *before = ctx->errs.last;
    lgs_rc_t rc = lgs_schema_validate(ctx->route->record_schema, &ctx->document, record,
                                      &ctx->errs);

    if (rc == LGS_OK) {
        rc = check_sender(ctx, record);
    }
    if (rc == LGS_OK || rc == LGS_NOMEM) {
        return rc;
    }
    for (lgs_err_t *err = before ? before->next : ctx->errs.first; err; err = err->next) {
        err->record = (int)index;
        if (ctx->format->mapping && !say_whose(ctx, err)) {
            return LGS_NOMEM;
        }
    }
    return rc;
}

/* Whose event it is stands in Odoo and in traces: nobody speaks for another partner. */
static lgs_rc_t check_sender(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *record)
{
    const lgs_node_t *partner = lgs_node_at(lgs_node_at(record, "src"), "partner");
    lgs_str_t name = lgs_node_text(partner);
    lgs_err_t *err;

    if (partner == NULL || lgs_str_eq(name, ctx->partner->name)) {
        return LGS_OK;
    }
    err = lgs_errs_add(&ctx->errs, "foreign-partner",
                       lgs_doc_locate(&ctx->document, partner->offset),
                       "\"partner\": \"%.*s\" is not who sends this; write \"%.*s\"",
                       (int)ngx_min(name.len, 100), name.data, LGS_FMT(ctx->partner->name));
    err->pointer = LGS_STR("/src/partner");
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

static lgs_str_t received_at(lgs_arena_t *arena)
{
    lgs_datetime_t now;

    lgs_datetime_from_epoch(ngx_time(), 0, &now);
    now.nanosecond = (uint32_t)ngx_cached_time->msec * 1000000u;
    return lgs_datetime_text(arena, &now);
}
