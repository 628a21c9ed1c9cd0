/*
 * GET /v1/messages/{id}: what became of a message that was queued. The partner's own only:
 * another's is not there.
 */
#include "ngx_http_logistics_redis.h"

#include "../base/datetime.h"

typedef struct {
    lgs_str_t partner, route, correlation, state, at, attempts, next, closed, reason, error,
        outcome;
} shown_t;

static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static void take(const ngx_http_logistics_ask_t *ask, shown_t *shown);
static void write_message(lgs_buf_t *buf, lgs_str_t id, const shown_t *shown);
static void write_text(lgs_buf_t *buf, const char *name, lgs_str_t value);
static void write_time(lgs_buf_t *buf, const char *name, lgs_str_t ms);

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
    shown_t shown = {.partner = {NULL, 0}};
    lgs_buf_t buf;

    if (ctx->ask.failed) {
        return LGS_STR("");
    }
    take(&ctx->ask, &shown);
    if (!lgs_str_eq(shown.partner, ctx->partner->name)) {
        return LGS_STR("");
    }
    lgs_buf_init(&buf, ctx->arena, 1024 + shown.outcome.len, 0);
    write_message(&buf, id, &shown);
    return lgs_buf_text(&buf);
}

static void take(const ngx_http_logistics_ask_t *ask, shown_t *shown)
{
    const struct {
        const char *name;
        lgs_str_t *to;
    } fields[] = {
        {"partner", &shown->partner},
        {"route", &shown->route},
        {"correlation", &shown->correlation},
        {"state", &shown->state},
        {"at", &shown->at},
        {"attempts", &shown->attempts},
        {"next", &shown->next},
        {"closed", &shown->closed},
        {"reason", &shown->reason},
        {"error", &shown->error},
        {"outcome", &shown->outcome},
    };

    for (uint32_t i = 0; i + 1 < ask->n; i += 2) {
        for (size_t k = 0; k < LGS_N(fields); k++) {
            if (lgs_str_is(ask->texts[i], fields[k].name)) {
                *fields[k].to = ask->texts[i + 1];
            }
        }
    }
}

static void write_message(lgs_buf_t *buf, lgs_str_t id, const shown_t *shown)
{
    lgs_buf_cstr(buf, "{\"message\":");
    lgs_json_write_string(buf, id);
    write_text(buf, "correlation_id", shown->correlation);
    write_text(buf, "route", shown->route);
    write_text(buf, "status", lgs_str_is(shown->state, "dead") ? LGS_STR("failed") : shown->state);
    write_time(buf, "accepted_at", shown->at);
    write_time(buf, "closed_at", shown->closed);
    write_time(buf, "next_attempt_at", shown->next);
    lgs_buf_cstr(buf, ",\"attempts\":");
    lgs_buf_str(buf, shown->attempts.len ? shown->attempts : LGS_STR("0"));
    write_text(buf, "reason", shown->reason);
    write_text(buf, "detail", shown->error);
    if (shown->outcome.len) {
        lgs_buf_cstr(buf, ",\"records\":");
        lgs_buf_str(buf, shown->outcome); /* a JSON array: written by the relay */
    }
    lgs_buf_byte(buf, '}');
}

static void write_text(lgs_buf_t *buf, const char *name, lgs_str_t value)
{
    if (value.len == 0) {
        return;
    }
    lgs_buf_cstr(buf, ",\"");
    lgs_buf_cstr(buf, name);
    lgs_buf_cstr(buf, "\":");
    lgs_json_write_string(buf, value);
}

/* Milliseconds since 1970, by Redis' clock. */
static void write_time(lgs_buf_t *buf, const char *name, lgs_str_t ms)
{
    off_t at = ngx_atoof((u_char *)ms.data, ms.len);
    lgs_datetime_t time;

    if (ms.len == 0 || at == NGX_ERROR) {
        return;
    }
    lgs_datetime_from_epoch((int64_t)at / 1000, 0, &time);
    time.nanosecond = (uint32_t)(at % 1000) * 1000000u;
    write_text(buf, name, lgs_datetime_text(buf->arena, &time));
}
