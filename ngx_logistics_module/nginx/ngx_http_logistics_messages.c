/*
 * GET /v1/messages/{id}: what became of a message that was queued. The partner's own only:
 * another's is not there.
 */
#include "ngx_http_logistics_redis.h"

#include "../queue/advice.h"

static ngx_int_t choose_advice(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                               const lgs_mapping_t **advice);
static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_mapping_t *advice);
static bool write_advice(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t send_advice(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                             const lgs_mapping_t *advice);

ngx_int_t ngx_http_logistics_serve_message(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_mapping_t *advice = NULL;
    lgs_str_t args[2];

    if (choose_advice(r, ctx, &advice) != NGX_OK) {
        return NGX_DECLINED;
    }
    if (ctx->letter) {
        return send_advice(r, ctx, advice);
    }
    if (ctx->showing) {
        return ctx->ask.answered ? answer(r, ctx, advice) : NGX_AGAIN;
    }
    if (!lgs_is_correlation_id(ctx->params.values[0])) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "message-id",
                                         "the id of a message is what its 202 said, in Location");
    }
    args[0] = ctx->params.values[0];
    args[1] = LGS_STR("1");
    if (ngx_http_logistics_ask(r, ctx, "show", args, advice ? 2 : 1) != NGX_AGAIN) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    ctx->showing = 1;
    return NGX_AGAIN;
}

/* By Accept: the mapping that writes the answer; NULL: it is JSON. */
static ngx_int_t choose_advice(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                               const lgs_mapping_t **advice)
{
    static const lgs_edi_t standards[] = {LGS_EDI_X12, LGS_EDI_EDIFACT};
    const char *types[LGS_N(standards) + 1] = {"application/json"};
    bool may_edi = ngx_http_logistics_may_edi(ctx);
    uint32_t chosen;

    for (uint32_t i = 0; i < LGS_N(standards); i++) {
        const lgs_mapping_t *mapping = ctx->route->advice[standards[i]];

        types[i + 1] = mapping && may_edi ? lgs_mapping_writes(mapping)->media_type.data : NULL;
    }
    if (ngx_http_logistics_accept(r, ctx, types, LGS_N(types), &chosen) != NGX_OK) {
        return NGX_DECLINED;
    }
    *advice = chosen ? ctx->route->advice[standards[chosen - 1]] : NULL;
    return NGX_OK;
}

static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_mapping_t *advice)
{
    lgs_str_t text;

    if (ctx->ask.failed) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    text = ngx_http_logistics_message_text(ctx, ctx->params.values[0]);
    if (text.len == 0) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_NOT_FOUND, "message-unknown",
            "partner \"%.*s\" has no message \"%.*s\"; what became of one is kept for %llu hours",
            LGS_FMT(ctx->partner->name), LGS_FMT(ctx->params.values[0]),
            (unsigned long long)lgs_policy_queue(ctx->conf->policy)->keep_ms / 3600000);
    }
    if (advice) {
        return write_advice(ctx) ? send_advice(r, ctx, advice) : NGX_ERROR;
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", text));
    return NGX_DONE;
}

/* ctx->answer: what the mapping reads. */
static bool write_advice(ngx_http_logistics_ctx_t *ctx)
{
    lgs_letter_t letter;
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 1024, 0);
    if (!lgs_letter_take(&letter, ctx->params.values[0], ctx->ask.texts, ctx->ask.n) ||
        lgs_advice_of(&letter, ctx->arena, &buf, &ctx->errs) != LGS_OK) {
        return false;
    }
    ctx->answer = lgs_buf_text(&buf);
    return true;
}

/* Nothing to say is said so: nothing of it was refused, or not yet, or it was no EDI. */
static ngx_int_t send_advice(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                             const lgs_mapping_t *advice)
{
    const char *type = lgs_mapping_writes(advice)->media_type.data;
    lgs_str_t text;
    ngx_int_t rc = ngx_http_logistics_letter_say(r, ctx, advice, ctx->answer, &text);

    if (rc != NGX_OK) {
        return rc;
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, text.len ? NGX_HTTP_OK : NGX_HTTP_NO_CONTENT, type, text));
    return NGX_DONE;
}

lgs_str_t ngx_http_logistics_message_text(ngx_http_logistics_ctx_t *ctx, lgs_str_t id)
{
    lgs_letter_t letter;
    lgs_buf_t buf;

    if (ctx->ask.failed || !lgs_letter_take(&letter, id, ctx->ask.texts, ctx->ask.n) ||
        !lgs_str_eq(letter.partner, ctx->partner->name)) {
        return LGS_STR("");
    }
    lgs_buf_init(&buf, ctx->arena, 1024 + letter.outcome.len, 0);
    lgs_buf_byte(&buf, '{');
    lgs_letter_write_own(&buf, &letter);
    lgs_letter_write_callback(&buf, &letter);
    lgs_buf_byte(&buf, '}');
    return lgs_buf_text(&buf);
}
