/*
 * The queue in numbers for operators (serve: queue). With ?over=1s the request waits so long
 * between two looks, and says how fast it goes, too.
 */
#include "ngx_http_logistics_ops.h"

#include "../base/datetime.h"
#include "../queue/state.h"

#define MIN_OVER_MS 100u
#define MAX_OVER_MS 10000u

/* Between the two looks. */
struct ngx_http_logistics_look_s {
    ngx_http_request_t *request;
    lgs_queue_state_t *before; /* NULL: the first look is not there yet */
    uint64_t over_ms;          /* 0: one look is enough */
    ngx_event_t timer;
    unsigned is_pausing : 1;
};

static ngx_int_t begin(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool read_over(ngx_http_request_t *r, ngx_http_logistics_look_t *look);
static ngx_int_t ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static lgs_queue_state_t *take(ngx_http_logistics_ctx_t *ctx);
static void on_pause_over(ngx_event_t *ev);
static void on_request_gone(void *data);

ngx_int_t ngx_http_logistics_serve_queue(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_look_t *look = ctx->look;
    lgs_queue_state_t *state;
    lgs_buf_t buf;

    if (look == NULL) {
        return begin(r, ctx);
    }
    if (look->is_pausing) {
        return look->timer.timer_set ? NGX_AGAIN : ask(r, ctx);
    }
    if (ctx->lanes->all.failed) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    state = take(ctx);
    if (state == NULL) {
        return NGX_ERROR;
    }
    if (look->over_ms && look->before == NULL) {
        look->before = state;
        look->is_pausing = 1;
        ngx_add_timer(&look->timer, (ngx_msec_t)look->over_ms);
        return NGX_AGAIN;
    }
    if (look->before && lgs_queue_state_compare(state, look->before) != LGS_OK) {
        return NGX_ERROR;
    }
    lgs_buf_init(&buf, ctx->arena, 8192, 0);
    lgs_queue_state_write(&buf, state);
    return ngx_http_logistics_ops_send(r, ctx, &buf);
}

static ngx_int_t begin(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_logistics_look_t));
    ngx_http_logistics_look_t *look = cleanup ? cleanup->data : NULL;

    if (look == NULL) {
        return NGX_ERROR;
    }
    ngx_memzero(look, sizeof(*look));
    look->request = r;
    look->timer.handler = on_pause_over;
    look->timer.data = look;
    look->timer.log = r->connection->log;
    cleanup->handler = on_request_gone;
    if (!read_over(r, look)) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_BAD_REQUEST, "query",
            "the queue is asked for as it is, or with over, the time between two looks for rates: "
            "100ms to 10s");
    }
    lgs_arena_set_ceiling(ctx->arena, NGX_HTTP_LOGISTICS_OPS_MEMORY);
    ctx->look = look;
    return ask(r, ctx);
}

/* Nothing, or over=1s and nothing else. */
static bool read_over(ngx_http_request_t *r, ngx_http_logistics_look_t *look)
{
    ngx_str_t value;

    if (r->args.len == 0) {
        return true;
    }
    return ngx_http_arg(r, (u_char *)"over", 4, &value) == NGX_OK &&
           r->args.len == sizeof("over=") - 1 + value.len &&
           lgs_duration_read(lgs_str((const char *)value.data, value.len), &look->over_ms) &&
           look->over_ms >= MIN_OVER_MS && look->over_ms <= MAX_OVER_MS;
}

static ngx_int_t ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    static const lgs_str_t looked = LGS_STR_INIT(LGS_QUEUE_LOOKED);

    ctx->look->is_pausing = 0;
    return ngx_http_logistics_ask_lanes(r, "state", UINT64_MAX, &looked, 1, NULL) == NGX_AGAIN
               ? NGX_AGAIN
               : ngx_http_logistics_refuse_away(ctx);
}

/* NULL: no memory. Partners and reasons beyond LGS_MAX_QUEUE_NAMES are left out. */
static lgs_queue_state_t *take(ngx_http_logistics_ctx_t *ctx)
{
    lgs_queue_state_t *state = lgs_arena_alloc(ctx->arena, sizeof(*state));

    if (state == NULL) {
        return NULL;
    }
    lgs_queue_state_init(state, ctx->arena);
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lgs_queue_state_add(state, lane, ctx->lanes->replies[lane].texts,
                                ctx->lanes->replies[lane].n) == LGS_NOMEM) {
            return NULL;
        }
    }
    return state;
}

static void on_pause_over(ngx_event_t *ev)
{
    ngx_http_logistics_look_t *look = ev->data;
    ngx_connection_t *c = look->request->connection;

    ngx_http_core_run_phases(look->request);
    ngx_http_run_posted_requests(c);
}

static void on_request_gone(void *data)
{
    ngx_http_logistics_look_t *look = data;

    if (look->timer.timer_set) {
        ngx_del_timer(&look->timer);
    }
}
