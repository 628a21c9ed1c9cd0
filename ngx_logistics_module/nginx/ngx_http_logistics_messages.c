/*
 * GET /v1/messages/{id}: what became of a message that was queued. The partner's own only:
 * another's is not there.
 */
#include "ngx_http_logistics_redis.h"

#include "../queue/letter.h"

static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_serve_message(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->showing) {
        return ctx->ask.answered ? answer(r, ctx) : NGX_AGAIN;
    }
    if (!lgs_is_correlation_id(ctx->params.values[0])) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "message-id",
                                         "the id of a message is what its 202 said, in Location");
    }
    if (ngx_http_logistics_ask(r, ctx, "show", &ctx->params.values[0], 1) != NGX_AGAIN) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    ctx->showing = 1;
    return NGX_AGAIN;
}

static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t text = ngx_http_logistics_message_text(ctx, ctx->params.values[0]);

    if (ctx->ask.failed) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    if (text.len == 0) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_NOT_FOUND, "message-unknown",
            "partner \"%.*s\" has no message \"%.*s\"; what became of one is kept for %llu hours",
            LGS_FMT(ctx->partner->name), LGS_FMT(ctx->params.values[0]),
            (unsigned long long)lgs_policy_queue(ctx->conf->policy)->keep_ms / 3600000);
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", text));
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
