/*
 * A script of the queue for a request that waits: sent in the partner's lane, or in many lanes at
 * once, the replies (lists of texts) copied to the request's context. The request may be gone when
 * they come, and they may come when the request has gone on without them.
 */
#include "ngx_http_logistics_redis.h"

#include "../queue/script.h"

#define TIMEOUT_MS 5000u /* an fsync on a busy disk takes its time */
#define MAX_ARGS   256u

typedef struct wait_s wait_t;

/* The script in one lane. */
typedef struct {
    wait_t *wait;
    ngx_http_logistics_ask_t *to; /* where its reply goes */
    uint32_t lane;
    unsigned with_text : 1; /* the script itself was sent, not its name */
} command_t;

/* Belongs to the request and to the commands without reply: whoever leaves last frees it. */
struct wait_s {
    ngx_http_request_t *request; /* NULL: gone, or it does not wait any more */
    ngx_http_logistics_ctx_t *ctx;
    ngx_http_logistics_ask_t *all;    /* what is to be said of all the commands */
    ngx_http_logistics_lanes_pt done; /* NULL: the phases run again */
    ngx_uint_t users, waiting;
    ngx_event_t timer;
    const lgs_script_t *script;
    const lgs_str_t *args; /* in the request's arena */
    uint32_t n;
    command_t commands[];
};

static wait_t *make_wait(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                         const lgs_str_t *args, uint32_t n, ngx_uint_t n_commands);
static ngx_int_t start(ngx_http_request_t *r, wait_t *wait, ngx_uint_t n_commands);
static bool send_command(command_t *command);
static ngx_int_t send_script(const lgs_script_t *script, uint32_t lane, bool with_text,
                             const lgs_str_t *args, uint32_t n, ngx_http_logistics_redis_pt done,
                             void *data);
static void on_reply(const redisReply *reply, void *data);
static bool is_unknown(const redisReply *reply);
static void on_told(const redisReply *reply, void *data);
static void on_timeout(ngx_event_t *ev);
static void on_request_gone(void *data);
static void wake(wait_t *wait);
static bool copy_reply(const command_t *command, const redisReply *reply);
static void leave(wait_t *wait);

ngx_int_t ngx_http_logistics_ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                 const char *script, const lgs_str_t *args, uint32_t n)
{
    wait_t *wait = make_wait(r, ctx, script, args, n, 1);
    ngx_int_t rc;

    if (wait == NULL) {
        return NGX_ERROR;
    }
    wait->all = &ctx->ask;
    wait->commands[0] = (command_t){wait, &ctx->ask, lgs_lane(ctx->partner->name), 0};
    rc = start(r, wait, 1);
    if (rc == NGX_AGAIN) {
        ngx_memzero(&ctx->ask, sizeof(ctx->ask));
    }
    return rc;
}

ngx_int_t ngx_http_logistics_ask_lanes(ngx_http_request_t *r, const char *script, uint64_t lanes,
                                       const lgs_str_t *args, uint32_t n,
                                       ngx_http_logistics_lanes_pt done)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);
    wait_t *wait = make_wait(r, ctx, script, args, n, LGS_N_LANES);
    ngx_uint_t n_commands = 0;

    ctx->lanes = lgs_arena_zalloc(ctx->arena, sizeof(*ctx->lanes));
    if (wait == NULL || ctx->lanes == NULL) {
        return NGX_ERROR;
    }
    wait->all = &ctx->lanes->all;
    wait->done = done;
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lanes >> lane & 1) {
            wait->commands[n_commands++] = (command_t){wait, &ctx->lanes->replies[lane], lane, 0};
        }
    }
    return start(r, wait, n_commands);
}

void ngx_http_logistics_tell(const ngx_http_logistics_ctx_t *ctx, const char *script,
                             const lgs_str_t *args, uint32_t n)
{
    (void)send_script(lgs_script_find(script), lgs_lane(ctx->partner->name), false, args, n,
                      on_told, NULL);
}

/* The request is its first user, until its pool goes. NULL: no memory. */
static wait_t *make_wait(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                         const lgs_str_t *args, uint32_t n, ngx_uint_t n_commands)
{
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, 0);
    lgs_str_t *kept = lgs_arena_array(ctx->arena, n + 1, sizeof(*kept));
    wait_t *wait = cleanup && kept ? ngx_calloc(sizeof(*wait) + n_commands * sizeof(command_t),
                                                r->connection->log)
                                   : NULL;

    if (wait == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        kept[i] = args[i];
    }
    wait->users = 1;
    wait->ctx = ctx;
    wait->script = lgs_script_find(script);
    wait->args = kept;
    wait->n = n;
    cleanup->handler = on_request_gone;
    cleanup->data = wait;
    return wait;
}

static ngx_int_t start(ngx_http_request_t *r, wait_t *wait, ngx_uint_t n_commands)
{
    for (ngx_uint_t i = 0; i < n_commands; i++) {
        if (!send_command(&wait->commands[i])) {
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

static bool send_command(command_t *command)
{
    wait_t *wait = command->wait;

    if (send_script(wait->script, command->lane, command->with_text, wait->args, wait->n, on_reply,
                    command) != NGX_OK) {
        return false;
    }
    wait->users++;
    wait->waiting++;
    return true;
}

static ngx_int_t send_script(const lgs_script_t *script, uint32_t lane, bool with_text,
                             const lgs_str_t *args, uint32_t n, ngx_http_logistics_redis_pt done,
                             void *data)
{
    ngx_http_logistics_redis_t *redis = ngx_http_logistics_worker()->redis;
    const char *argv[MAX_ARGS + 4] = {with_text ? "EVAL" : "EVALSHA"};
    size_t lens[MAX_ARGS + 4] = {with_text ? 4 : 7};
    char name[LGS_LANE_LEN];

    if (redis == NULL || script == NULL || n > MAX_ARGS) {
        return NGX_ERROR;
    }
    lgs_queue_lane_at(lane, name);
    argv[1] = with_text ? script->text : script->sha;
    lens[1] = with_text ? script->len : 40;
    argv[2] = "1", lens[2] = 1;
    argv[3] = name, lens[3] = sizeof(name);
    for (uint32_t i = 0; i < n; i++) {
        argv[4 + i] = args[i].data ? args[i].data : "";
        lens[4 + i] = args[i].len;
    }
    return ngx_http_logistics_redis_command(redis, (int)n + 4, argv, lens, done, data);
}

static void on_reply(const redisReply *reply, void *data)
{
    command_t *command = data;
    wait_t *wait = command->wait;
    bool is_again = is_unknown(reply) && wait->request && !command->with_text;

    if (is_again) {
        command->with_text = 1; /* Redis knows it by its name again afterwards */
        is_again = send_command(command);
    }
    if (!is_again && wait->request && !copy_reply(command, reply)) {
        wait->all->failed = 1;
    }
    if (--wait->waiting == 0) {
        wake(wait);
    }
    leave(wait);
}

/* SCRIPT FLUSH, or a server that took another's place. */
static bool is_unknown(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_ERROR && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0;
}

static void on_told(const redisReply *reply, void *data)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "logistics: redis: %s", reply->str);
    }
}

static void on_timeout(ngx_event_t *ev)
{
    wait_t *wait = ev->data;

    wait->all->failed = 1;
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
    wait->all->answered = 1;
    c = r->connection;
    if (wait->done) {
        wait->done(r);
    } else {
        ngx_http_core_run_phases(r);
    }
    ngx_http_run_posted_requests(c);
}

/* False: there is none, or not one that a script gives. */
static bool copy_reply(const command_t *command, const redisReply *reply)
{
    lgs_arena_t *arena = command->wait->ctx->arena;
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
    command->to->texts = texts;
    command->to->n = texts ? (uint32_t)reply->elements : 0;
    return texts != NULL;
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
