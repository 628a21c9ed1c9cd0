/*
 * Stage 7, validate: the partner's document against the schema of its format, all errors at once;
 * of EDI also against the guide of its set.
 */
#include "ngx_http_logistics_edi.h"

/* Where the findings of a guide go. */
typedef struct {
    ngx_http_logistics_ctx_t *ctx;
    lgs_errs_t *errs;
} seen_t;

static void add_finding(void *data, const lgs_edi_finding_t *finding);
static void keep_refusal(ngx_http_logistics_ctx_t *ctx, const lgs_edi_finding_t *finding);

ngx_int_t ngx_http_logistics_validate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->batch) { /* each document by itself, later */
        return NGX_OK;
    }
    switch (ngx_http_logistics_validate_document(ctx, &ctx->document, NULL, &ctx->errs)) {
    case LGS_OK:
        return NGX_OK;
    case LGS_NOMEM:
        return ngx_http_logistics_refuse_memory(ctx);
    default:
        ctx->problem = LGS_PROBLEM_INVALID;
        return NGX_DECLINED;
    }
}

lgs_rc_t ngx_http_logistics_validate_document(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                                              const lgs_node_t *item, lgs_errs_t *errs)
{
    const lgs_guide_t *guide = lgs_policy_guide(ctx->conf->policy, ctx->format, doc);
    seen_t seen = {ctx, errs};
    lgs_edi_profile_t profile;
    lgs_rc_t rc = LGS_OK, guided = LGS_OK;

    if (ctx->format->schema) {
        rc = lgs_schema_validate(ctx->format->schema, doc, item, errs);
    }
    if (guide && (rc == LGS_OK || rc == LGS_INVALID)) {
        profile = lgs_policy_edi_profile(ctx->partner, ctx->format);
        guided = lgs_guide_check(guide, doc, &profile, ctx->arena, add_finding, &seen);
    }
    if (guided == LGS_LIMIT) {
        lgs_errs_add(errs, "max-steps", (lgs_pos_t){0}, "the set takes too long to be checked");
    }
    return guided == LGS_OK ? rc : guided;
}

/* What is only warned of refuses nothing: it is told beside the outcome, and by the acknowledgement
 * where that has a word for it. */
static void add_finding(void *data, const lgs_edi_finding_t *finding)
{
    const seen_t *seen = data;
    ngx_http_logistics_ctx_t *ctx = seen->ctx;
    bool is_refused = finding->severity == LGS_EDI_REJECT;
    lgs_err_t *err;

    err = lgs_errs_add(is_refused ? seen->errs : &ctx->warnings,
                       lgs_edi_fault_row(finding->fault)->name, finding->pos, "%.*s",
                       LGS_FMT(finding->text));
    if (err) {
        err->pointer = finding->pointer;
    }
    if (is_refused && ctx->edi) {
        keep_refusal(ctx, finding);
    } else if (ctx->edi) {
        lgs_edi_ack_find(ctx->edi->ack, finding);
    }
    if (!is_refused && err && ctx->batch) {
        err->record = (int)ctx->batch->n_documents;
    }
}

/* Told when the set is refused: the stage may only report. */
static void keep_refusal(ngx_http_logistics_ctx_t *ctx, const lgs_edi_finding_t *finding)
{
    ngx_http_logistics_refusal_t *one = lgs_arena_alloc(ctx->arena, sizeof(*one));

    if (one == NULL) {
        ctx->edi->failed = 1;
        return;
    }
    one->finding = *finding;
    one->next = ctx->edi->refusals;
    ctx->edi->refusals = one;
}
