/*
 * Stage 4, limit: rate and requests in flight, of the partner and of the route. One compare-and-
 * swap each on a word in shared memory; exact over all workers.
 */
#include "ngx_http_logistics_zone.h"

typedef struct {
    ngx_http_logistics_subject_e subject;
    uint32_t index;
    const lgs_limit_t *limit;
    const char *name; /* in the RateLimit headers and problems */
} subject_limit_t;

static ngx_int_t take_rate(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                           uint64_t now_ns);
static ngx_int_t enter(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of);
static ngx_int_t refuse_rate(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                             const lgs_rate_verdict_t *verdict);
static void set_retry_after(ngx_http_logistics_ctx_t *ctx, uint64_t seconds);

ngx_int_t ngx_http_logistics_limit(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const subject_limit_t partner = {NGX_HTTP_LOGISTICS_PARTNER, ctx->partner->index,
                                     &ctx->partner->limit, "partner"};
    const subject_limit_t route = {NGX_HTTP_LOGISTICS_ROUTE, ctx->route->index, &ctx->route->limit,
                                   "route"};
    uint64_t now_ns = ngx_http_logistics_now_ns();

    if (take_rate(ctx, &partner, now_ns) != NGX_OK) {
        return NGX_DECLINED;
    }
    if (take_rate(ctx, &route, now_ns) != NGX_OK) {
        if (partner.limit->rate.interval_ns) {
            ngx_http_logistics_zone_give_back(ctx->conf, partner.subject, partner.index,
                                              &partner.limit->rate);
        }
        return NGX_DECLINED;
    }
    if (enter(ctx, &partner) != NGX_OK) {
        return NGX_DECLINED;
    }
    ctx->holds_partner = ctx->partner->limit.in_flight != 0;
    if (enter(ctx, &route) != NGX_OK) {
        return NGX_DECLINED;
    }
    ctx->holds_route = ctx->route->limit.in_flight != 0;
    return NGX_OK;
}

void ngx_http_logistics_limit_release(ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->holds_partner) {
        ngx_http_logistics_zone_leave(ctx->conf, NGX_HTTP_LOGISTICS_PARTNER, ctx->partner->index);
    }
    if (ctx->holds_route) {
        ngx_http_logistics_zone_leave(ctx->conf, NGX_HTTP_LOGISTICS_ROUTE, ctx->route->index);
    }
    ctx->holds_partner = 0;
    ctx->holds_route = 0;
}

static ngx_int_t take_rate(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                           uint64_t now_ns)
{
    const lgs_rate_t *rate = &of->limit->rate;
    lgs_rate_verdict_t verdict;

    if (rate->interval_ns == 0) {
        return NGX_OK;
    }
    verdict = ngx_http_logistics_zone_take(ctx->conf, of->subject, of->index, rate, now_ns);
    if (ctx->rate_policy == NULL || !verdict.allowed || verdict.remaining < ctx->rate.remaining) {
        ctx->rate = verdict;
        ctx->rate_policy = rate;
        ctx->rate_name = of->name;
    }
    return verdict.allowed ? NGX_OK : refuse_rate(ctx, of, &verdict);
}

static ngx_int_t enter(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of)
{
    uint32_t limit = of->limit->in_flight;

    if (limit == 0 || ngx_http_logistics_zone_enter(ctx->conf, of->subject, of->index, limit)) {
        return NGX_OK;
    }
    set_retry_after(ctx, 1);
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_OVERLOADED, "in-flight",
                                     "%u requests of this %s are in work already, the most that "
                                     "are allowed at once",
                                     limit, of->name);
}

static ngx_int_t refuse_rate(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                             const lgs_rate_verdict_t *verdict)
{
    uint64_t seconds = (verdict->retry_ns + 999999999u) / 1000000000u;

    set_retry_after(ctx, seconds);
    ctx->extra = lgs_arena_printf(ctx->arena, "\"violated-policies\":[\"%s\"]", of->name);
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_RATE, "rate",
        "the %s's limit of %u requests in %llu s is used up; the next "
        "is free in %llu ms",
        of->name, of->limit->rate.rate,
        (unsigned long long)(of->limit->rate.window_ns / 1000000000u),
        (unsigned long long)((verdict->retry_ns + 999999u) / 1000000u));
}

static void set_retry_after(ngx_http_logistics_ctx_t *ctx, uint64_t seconds)
{
    ctx->retry_after = lgs_arena_printf(ctx->arena, "%llu",
                                        (unsigned long long)(seconds ? seconds : 1));
}
