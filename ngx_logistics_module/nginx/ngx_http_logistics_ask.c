/*
 * A script of the queue for one request: sent in the partner's lane, its reply (a list of texts)
 * copied to the request's context, the phases run again. The request may be gone when the reply
 * comes, and the reply may come when the request has gone on without it.
 */
#include "ngx_http_logistics_redis.h"

#include "../queue/script.h"

#define TIMEOUT_MS 5000u /* an fsync on a busy disk takes its time */
#define MAX_ARGS   256u

/* Belongs to the request and to the command: whoever leaves last frees it. */
typedef struct {
    ngx_http_request_t *request; /* NULL: gone, or it does not wait any more */
    ngx_http_logistics_ctx_t *ctx;
    ngx_uint_t users;
    ngx_event_t timer;
    const lgs_script_t *script;
    const lgs_str_t *args; /* in the request's arena */
    uint32_t n;
    unsigned with_text : 1; /* the script itself was sent, not its name */
} wait_t;

static ngx_int_t send_script(const ngx_http_logistics_ctx_t *ctx, const lgs_script_t *script,
                             bool with_text, const lgs_str_t *args, uint32_t n,
                             ngx_http_logistics_redis_pt done, void *data);
static void on_reply(const redisReply *reply, void *data);
static bool is_unknown(const redisReply *reply);
static bool send_text(wait_t *wait);
static void on_told(const redisReply *reply, void *data);
static void on_timeout(ngx_event_t *ev);
static void on_request_gone(void *data);
static void wake(wait_t *wait, const redisReply *reply);
static bool copy_reply(ngx_http_logistics_ctx_t *ctx, const redisReply *reply);
static void leave(wait_t *wait);

ngx_int_t ngx_http_logistics_ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                 const char *script, const lgs_str_t *args, uint32_t n)
{
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, 0);
    lgs_str_t *kept = lgs_arena_array(ctx->arena, n, sizeof(*kept));
    wait_t *wait = cleanup && kept ? ngx_calloc(sizeof(*wait), r->connection->log) : NULL;

    if (wait == NULL) {
        return NGX_ERROR;
    }
    ngx_memcpy(kept, args, n * sizeof(*kept));
    wait->users = 1;
    wait->ctx = ctx;
    wait->script = lgs_script_find(script);
    wait->args = kept;
    wait->n = n;
    cleanup->handler = on_request_gone;
    cleanup->data = wait;
    if (send_script(ctx, wait->script, false, kept, n, on_reply, wait) != NGX_OK) {
        return NGX_ERROR;
    }
    wait->users++;
    wait->request = r;
    wait->timer.handler = on_timeout;
    wait->timer.data = wait;
    wait->timer.log = r->connection->log;
    ngx_add_timer(&wait->timer, TIMEOUT_MS);
    ngx_memzero(&ctx->ask, sizeof(ctx->ask));
    return NGX_AGAIN;
}

void ngx_http_logistics_tell(const ngx_http_logistics_ctx_t *ctx, const char *script,
                             const lgs_str_t *args, uint32_t n)
{
    (void)send_script(ctx, lgs_script_find(script), false, args, n, on_told, NULL);
}

static ngx_int_t send_script(const ngx_http_logistics_ctx_t *ctx, const lgs_script_t *script,
                             bool with_text, const lgs_str_t *args, uint32_t n,
                             ngx_http_logistics_redis_pt done, void *data)
{
    ngx_http_logistics_redis_t *redis = ngx_http_logistics_worker()->redis;
    const char *argv[MAX_ARGS + 4] = {with_text ? "EVAL" : "EVALSHA"};
    size_t lens[MAX_ARGS + 4] = {with_text ? 4 : 7};
    char lane[LGS_LANE_LEN];

    if (redis == NULL || script == NULL || n > MAX_ARGS) {
        return NGX_ERROR;
    }
    lgs_queue_lane(ctx->partner->name, lane);
    argv[1] = with_text ? script->text : script->sha;
    lens[1] = with_text ? script->len : 40;
    argv[2] = "1", lens[2] = 1;
    argv[3] = lane, lens[3] = sizeof(lane);
    for (uint32_t i = 0; i < n; i++) {
        argv[4 + i] = args[i].data ? args[i].data : "";
        lens[4 + i] = args[i].len;
    }
    return ngx_http_logistics_redis_command(redis, (int)n + 4, argv, lens, done, data);
}

static void on_reply(const redisReply *reply, void *data)
{
    wait_t *wait = data;

    if (!is_unknown(reply) || !send_text(wait)) {
        wake(wait, reply);
    }
    leave(wait);
}

/* SCRIPT FLUSH, or a server that took another's place. */
static bool is_unknown(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_ERROR && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0;
}

/* Redis knows it by its name again afterwards. */
static bool send_text(wait_t *wait)
{
    if (wait->request == NULL || wait->with_text ||
        send_script(wait->ctx, wait->script, true, wait->args, wait->n, on_reply, wait) != NGX_OK) {
        return false;
    }
    wait->with_text = 1;
    wait->users++;
    return true;
}

static void on_told(const redisReply *reply, void *data)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "logistics: redis: %s", reply->str);
    }
}

static void on_timeout(ngx_event_t *ev)
{
    wake(ev->data, NULL);
}

/* `reply` NULL: none came, or the link was lost. */
static void wake(wait_t *wait, const redisReply *reply)
{
    ngx_http_request_t *r = wait->request;
    ngx_http_logistics_ctx_t *ctx = wait->ctx;
    ngx_connection_t *c;

    if (wait->timer.timer_set) {
        ngx_del_timer(&wait->timer);
    }
    if (r == NULL) {
        return;
    }
    wait->request = NULL;
    ctx->ask.failed = !copy_reply(ctx, reply);
    ctx->ask.answered = 1;
    c = r->connection;
    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}

static bool copy_reply(ngx_http_logistics_ctx_t *ctx, const redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "logistics: redis refused: %s", reply->str);
    }
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return false;
    }
    ctx->ask.texts = lgs_arena_array(ctx->arena, reply->elements, sizeof(lgs_str_t));
    if (ctx->ask.texts == NULL) {
        return false;
    }
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *item = reply->element[i];

        if (item->type == REDIS_REPLY_STRING) {
            ctx->ask.texts[i] = lgs_arena_str(ctx->arena, lgs_str(item->str, item->len));
            if (ctx->ask.texts[i].data == NULL) {
                return false;
            }
        }
    }
    ctx->ask.n = (uint32_t)reply->elements;
    return true;
}

static void on_request_gone(void *data)
{
    wait_t *wait = data;

    if (wait->timer.timer_set) {
        ngx_del_timer(&wait->timer);
    }
    wait->request = NULL;
    leave(wait);
}

static void leave(wait_t *wait)
{
    if (--wait->users == 0) {
        ngx_free(wait);
    }
}
