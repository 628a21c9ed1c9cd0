/*
 * A script of the queue in many lanes for one request, all in one go. The request may be gone when
 * the replies come, and they may come when it has gone on without them.
 */
#include "ngx_http_logistics_redis.h"

#include "../queue/script.h"

#define TIMEOUT_MS 5000u
#define MAX_ARGS   16u

/* Belongs to the request and to the commands without reply: whoever leaves last frees it. */
typedef struct {
    ngx_http_request_t *request; /* NULL: gone, or it does not wait any more */
    ngx_http_logistics_ctx_t *ctx;
    ngx_http_logistics_lanes_t *to;
    ngx_http_logistics_lanes_pt done;
    ngx_uint_t users, waiting;
    ngx_event_t timer;
    const lgs_script_t *script;
    const lgs_str_t *args; /* in the request's arena */
    uint32_t n;
} wait_t;

typedef struct {
    wait_t *wait;
    uint32_t lane;
    unsigned with_text : 1; /* the script itself was sent, not its name */
} command_t;

static bool send_script(command_t *command);
static bool send_one(wait_t *wait, uint32_t lane);
static void on_reply(const redisReply *reply, void *data);
static bool copy_reply(wait_t *wait, uint32_t lane, const redisReply *reply);
static void on_timeout(ngx_event_t *ev);
static void wake(wait_t *wait);
static void on_request_gone(void *data);
static void leave(wait_t *wait);

ngx_int_t ngx_http_logistics_ask_lanes(ngx_http_request_t *r, const char *script, uint64_t lanes,
                                       const lgs_str_t *args, uint32_t n,
                                       ngx_http_logistics_lanes_pt done)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, 0);
    lgs_str_t *kept = lgs_arena_array(ctx->arena, n + 1, sizeof(*kept));
    wait_t *wait;

    ctx->lanes = lgs_arena_zalloc(ctx->arena, sizeof(*ctx->lanes));
    if (cleanup == NULL || kept == NULL || ctx->lanes == NULL || n > MAX_ARGS ||
        ngx_http_logistics_worker()->redis == NULL) {
        return NGX_ERROR;
    }
    wait = ngx_calloc(sizeof(*wait), r->connection->log);
    if (wait == NULL) {
        return NGX_ERROR;
    }
    for (uint32_t i = 0; i < n; i++) {
        kept[i] = args[i];
    }
    *wait = (wait_t){.ctx = ctx,
                     .to = ctx->lanes,
                     .done = done,
                     .users = 1,
                     .script = lgs_script_find(script),
                     .args = kept,
                     .n = n};
    cleanup->handler = on_request_gone;
    cleanup->data = wait;
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if ((lanes >> lane & 1) && !send_one(wait, lane)) {
            return NGX_ERROR; /* the replies to what was sent find nobody who waits */
        }
    }
    wait->request = r;
    wait->timer.handler = on_timeout;
    wait->timer.data = wait;
    wait->timer.log = r->connection->log;
    ngx_add_timer(&wait->timer, TIMEOUT_MS);
    return NGX_AGAIN;
}

static bool send_one(wait_t *wait, uint32_t lane)
{
    command_t *command = ngx_calloc(sizeof(*command), ngx_cycle->log);

    if (command == NULL) {
        return false;
    }
    command->wait = wait;
    command->lane = lane;
    if (!send_script(command)) {
        ngx_free(command);
        return false;
    }
    wait->users++;
    wait->waiting++;
    return true;
}

static bool send_script(command_t *command)
{
    const wait_t *wait = command->wait;
    const char *argv[MAX_ARGS + 4] = {command->with_text ? "EVAL" : "EVALSHA",
                                      command->with_text ? wait->script->text : wait->script->sha,
                                      "1"};
    size_t lens[MAX_ARGS + 4] = {command->with_text ? 4 : 7,
                                 command->with_text ? wait->script->len : 40, 1};
    char lane[LGS_LANE_LEN];

    lgs_queue_lane_at(command->lane, lane);
    argv[3] = lane;
    lens[3] = sizeof(lane);
    for (uint32_t i = 0; i < wait->n; i++) {
        argv[4 + i] = wait->args[i].data ? wait->args[i].data : "";
        lens[4 + i] = wait->args[i].len;
    }
    return ngx_http_logistics_redis_command(ngx_http_logistics_worker()->redis, (int)wait->n + 4,
                                            argv, lens, on_reply, command) == NGX_OK;
}

static void on_reply(const redisReply *reply, void *data)
{
    command_t *command = data;
    wait_t *wait = command->wait;
    bool is_unknown = reply && reply->type == REDIS_REPLY_ERROR &&
                      ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0;

    if (is_unknown && wait->request && !command->with_text) {
        command->with_text = 1; /* SCRIPT FLUSH, or a server that took another's place */
        if (send_script(command)) {
            return;
        }
    }
    if (wait->request && !copy_reply(wait, command->lane, reply)) {
        wait->to->failed = 1;
    }
    ngx_free(command);
    if (--wait->waiting == 0) {
        wake(wait);
    }
    leave(wait);
}

static bool copy_reply(wait_t *wait, uint32_t lane, const redisReply *reply)
{
    lgs_arena_t *arena = wait->ctx->arena;
    lgs_str_t *texts;

    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "logistics: redis refused: %s", reply->str);
    }
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return false;
    }
    texts = lgs_arena_array(arena, reply->elements + 1, sizeof(*texts));
    for (size_t i = 0; texts && i < reply->elements; i++) {
        const redisReply *item = reply->element[i];
        bool is_text = item->type == REDIS_REPLY_STRING;

        texts[i] = lgs_arena_str(arena, is_text ? lgs_str(item->str, item->len) : LGS_STR(""));
        if (texts[i].data == NULL) {
            return false;
        }
    }
    wait->to->replies[lane].texts = texts;
    wait->to->replies[lane].n = texts ? (uint32_t)reply->elements : 0;
    return texts != NULL;
}

static void on_timeout(ngx_event_t *ev)
{
    wait_t *wait = ev->data;

    wait->to->failed = 1;
    wake(wait);
}

static void wake(wait_t *wait)
{
    ngx_http_request_t *r = wait->request;
    ngx_connection_t *c;

    if (wait->timer.timer_set) {
        ngx_del_timer(&wait->timer);
    }
    if (r == NULL) {
        return;
    }
    wait->request = NULL;
    wait->to->answered = 1;
    c = r->connection;
    if (wait->done) {
        wait->done(r);
    } else {
        ngx_http_core_run_phases(r);
    }
    ngx_http_run_posted_requests(c);
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
