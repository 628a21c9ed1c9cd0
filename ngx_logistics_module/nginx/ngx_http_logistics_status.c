/*
 * For those who watch the gateway: /healthz (the worker runs), /readyz (Redis, Odoo, policies) and
 * /metrics. Who may ask is the configuration's business (allow, deny).
 */
#include "../queue/state.h"
#include "ngx_http_logistics_redis.h"
#include "ngx_http_logistics_zone.h"

#define PROBE_KEEP_MS  2000u /* Odoo is asked at most so often by one worker */
#define MAX_METRICS    (16u << 20)
#define PROBE_LIMIT_MS 5000u /* an Odoo that takes longer for its health check serves nobody */

static struct {
    ngx_msec_t at;
    ngx_msec_t asked_at;
    unsigned asked : 1;
    unsigned known : 1;
    unsigned up : 1;
} odoo_probe;

static bool has_odoo(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t send_ready(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t ready(ngx_http_request_t *r);
static bool is_probe_fresh(void);
static void on_probe(ngx_http_request_t *r);
static ngx_int_t metrics(ngx_http_request_t *r);
static void on_queue(ngx_http_request_t *r);
static ngx_int_t send_metrics(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static void write_queue(lgs_buf_t *buf, ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_status(ngx_http_request_t *r)
{
    ngx_http_logistics_loc_conf_t *llcf = ngx_http_get_module_loc_conf(r,
                                                                       ngx_http_logistics_module);

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }
    switch (llcf->status) {
    case NGX_HTTP_LOGISTICS_STATUS_READY:
        return ready(r);
    case NGX_HTTP_LOGISTICS_STATUS_METRICS:
        return metrics(r);
    default:
        return ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json",
                                       LGS_STR("{\"status\":\"pass\"}"));
    }
}

/* Policies without Odoo are allowed: then every route forwards. */
static bool has_odoo(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_loc_conf_t *llcf = ngx_http_get_module_loc_conf(r,
                                                                       ngx_http_logistics_module);

    return llcf->odoo_location.len && lgs_policy_odoo(ctx->conf->policy);
}

/* Asks Odoo's own health check, database included (19; 17 ignores the parameter). */
static ngx_int_t ready(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!has_odoo(r, ctx) || is_probe_fresh()) {
        return send_ready(r, ctx);
    }
    odoo_probe.asked = 1;
    odoo_probe.asked_at = ngx_current_msec;
    ctx->odoo.limit_ms = PROBE_LIMIT_MS;
    ngx_str_set(&ctx->odoo.method, "GET");
    ctx->odoo.call = (lgs_odoo_call_t){.path = LGS_STR("/web/health?db_server_status=1")};
    if (ngx_http_logistics_odoo_send(r, ctx) != NGX_AGAIN) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->write_event_handler = on_probe;
    r->main->count++;
    return NGX_DONE;
}

/*
 * What is known is young enough, or somebody is asking: probes must not pile up before an Odoo that
 * hangs. One whose client left is forgotten after its time.
 */
static bool is_probe_fresh(void)
{
    if (!odoo_probe.known) {
        return false;
    }
    return ngx_current_msec - odoo_probe.at < PROBE_KEEP_MS ||
           (odoo_probe.asked && ngx_current_msec - odoo_probe.asked_at < PROBE_LIMIT_MS);
}

static void on_probe(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);

    if (!ctx->odoo.answered) {
        return;
    }
    r->write_event_handler = ngx_http_request_empty_handler;
    odoo_probe.asked = 0;
    odoo_probe.known = 1;
    odoo_probe.at = ngx_current_msec;
    odoo_probe.up = ctx->odoo.answer.failure == LGS_ODOO_ANSWERED &&
                    ctx->odoo.answer.status == NGX_HTTP_OK;
    ngx_http_finalize_request(r, send_ready(r, ctx));
}

static ngx_int_t send_ready(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const ngx_http_logistics_redis_t *redis = ngx_http_logistics_worker()->redis;
    const char *redis_word = "not-configured", *odoo_word = "not-configured";
    lgs_str_t revision = lgs_policy_revision(ctx->conf->policy);
    bool pass = true;
    lgs_str_t body;

    if (redis) {
        /* without Redis requests go on, but traces wait: worth a look, no reason to stop traffic */
        redis_word = ngx_http_logistics_redis_is_up(redis) ? "up" : "down";
    }
    if (has_odoo(r, ctx)) {
        odoo_word = odoo_probe.up ? "up" : "down";
        pass = odoo_probe.up;
    }
    body = lgs_arena_printf(ctx->arena,
                            "{\"status\":\"%s\",\"redis\":\"%s\",\"odoo\":\"%s\","
                            "\"policy_revision\":\"%.*s\"}",
                            !pass                  ? "fail"
                            : redis_word[0] == 'd' ? "warn"
                                                   : "pass",
                            redis_word, odoo_word, LGS_FMT(revision));
    if (body.data == NULL) {
        return NGX_ERROR;
    }
    return ngx_http_logistics_send(r, pass ? NGX_HTTP_OK : NGX_HTTP_SERVICE_UNAVAILABLE,
                                   "application/json", body);
}

/*
 * The queue's numbers are in Redis: every gateway says the same of them, whichever is asked, and of
 * the relays, which need no port of their own for that.
 */
static ngx_int_t metrics(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    lgs_arena_set_ceiling(ctx->arena, MAX_METRICS);
    if (ngx_http_logistics_ask_lanes(r, "state", UINT64_MAX, NULL, 0, on_queue) != NGX_AGAIN) {
        ctx->lanes = NULL;
        return send_metrics(r, ctx);
    }
    r->main->count++;
    return NGX_DONE;
}

static void on_queue(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, send_metrics(r, ngx_http_logistics_ctx(r)));
}

static ngx_int_t send_metrics(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 16384, 0);
    ngx_http_logistics_zone_metrics(ctx->conf, &buf);
    write_queue(&buf, ctx);
    if (buf.failed) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ngx_http_logistics_send(r, NGX_HTTP_OK, "text/plain; version=0.0.4", lgs_buf_text(&buf));
}

/* Without Redis nothing is known of it; the last numbers would be a lie. */
static void write_queue(lgs_buf_t *buf, ngx_http_logistics_ctx_t *ctx)
{
    lgs_queue_state_t *state = lgs_arena_alloc(ctx->arena, sizeof(*state));
    bool is_known = ctx->lanes && !ctx->lanes->all.failed && state;

    if (is_known) {
        lgs_queue_state_init(state, ctx->arena);
    }
    for (uint32_t lane = 0; is_known && lane < LGS_N_LANES; lane++) {
        is_known = lgs_queue_state_add(state, lane, ctx->lanes->replies[lane].texts,
                                       ctx->lanes->replies[lane].n) != LGS_NOMEM;
    }
    lgs_buf_printf(buf,
                   "# HELP logistics_queue_up Redis said how the queue is\n"
                   "# TYPE logistics_queue_up gauge\nlogistics_queue_up %d\n",
                   is_known);
    if (is_known) {
        lgs_queue_state_metrics(buf, state);
    }
}
