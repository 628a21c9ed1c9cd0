/*
 * A script of the queue for a request that waits: sent in the partner's lane, or in many lanes at
 * once, or with those of other requests in one call; the replies (lists of texts) copied to the
 * request's context. The request may be gone when they come, and they may come when the request has
 * gone on without them.
 */
#include "ngx_http_logistics_redis.h"

#include "../queue/script.h"

#define TIMEOUT_MS 5000u /* an fsync on a busy disk takes its time */
#define MAX_ARGS   256u

/* Of one call for many requests: Redis does nothing else until it has done all of it. */
#define MAX_TOGETHER       64u
#define MAX_TOGETHER_ARGS  32u          /* of each */
#define MAX_UNDER_WAY      2u           /* one that Redis works on, one behind it */
#define MAX_TOGETHER_BYTES (256u << 10) /* one request may be more: then it goes alone */
#define HEAD               3u           /* command, script, number of lanes; these follow */

typedef struct wait_s wait_t;

/* The script in one lane. */
typedef struct {
    wait_t *wait;
    ngx_http_logistics_ask_t *to; /* where its reply goes */
    const lgs_str_t *args;        /* in the request's arena */
    uint32_t lane;
    unsigned with_text : 1; /* the script itself was sent, not its name */
    unsigned is_held : 1;   /* in a group that has not gone */
    unsigned is_sent : 1;   /* the link was up: without a reply it may have been done */
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
    const lgs_str_t *args; /* of all commands; each may have its own of them */
    uint32_t n;            /* of a command */
    command_t commands[];
};

/* Requests whose calls go out as one. Belongs to the worker, then to the command. */
struct ngx_http_logistics_group_s {
    ngx_http_logistics_group_t *next;
    const lgs_script_t *script;
    uint32_t n;
    size_t bytes;
    unsigned with_text : 1;
    ngx_http_logistics_redis_traces_t *traces; /* that go with it; NULL: none */
    command_t *commands[MAX_TOGETHER];
};

/* What nobody waits for, with a copy of what is sent: it may have to be sent once more. */
typedef struct {
    const lgs_script_t *script;
    uint32_t lane, n;
    lgs_str_t args[]; /* the texts follow */
} told_t;

typedef bool (*send_pt)(command_t *command);

static ngx_int_t ask_one(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                         const lgs_str_t *args, uint32_t n, send_pt send);
static wait_t *make_wait(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                         const lgs_str_t *args, uint32_t n, ngx_uint_t n_commands);
static ngx_int_t start(ngx_http_request_t *r, wait_t *wait, ngx_uint_t n_commands, send_pt send);
static bool send_command(command_t *command);
static bool is_link_up(void);
static bool join_group(command_t *command);
static ngx_http_logistics_group_t *find_group(ngx_http_logistics_gather_t *gather,
                                              const command_t *command, size_t bytes);
static size_t bytes_of(const wait_t *wait);
static void send_soon(ngx_http_logistics_gather_t *gather);
static void on_gathered(ngx_event_t *ev);
static void send_all(ngx_http_logistics_gather_t *gather);
static void send_group(ngx_http_logistics_group_t *group);
static void keep_present(ngx_http_logistics_group_t *group);
static void sort_by_lane(ngx_http_logistics_group_t *group);
static bool is_next_lane(const ngx_http_logistics_group_t *group, uint32_t i);
static uint32_t put_lanes(const ngx_http_logistics_group_t *group, const char **argv, size_t *lens);
static uint32_t put_calls(const ngx_http_logistics_group_t *group, const char **argv, size_t *lens,
                          uint32_t at);
static void take_traces(ngx_http_logistics_group_t *group, const char **argv, size_t *lens,
                        uint32_t *at);
static void end_traces(ngx_http_logistics_group_t *group, const redisReply *reply);
static void on_group(const redisReply *reply, void *data);
static void end_group(ngx_http_logistics_group_t *group, const redisReply *reply);
static ngx_int_t send_script(const lgs_script_t *script, uint32_t lane, bool with_text,
                             const lgs_str_t *args, uint32_t n, ngx_http_logistics_redis_pt done,
                             void *data);
static void put_head(const char **argv, size_t *lens, const lgs_script_t *script, bool with_text);
static void on_reply(const redisReply *reply, void *data);
static void take_reply(command_t *command, const redisReply *reply);
static bool is_unknown(const redisReply *reply);
static told_t *copy_told(const lgs_script_t *script, uint32_t lane, const lgs_str_t *args,
                         uint32_t n);
static void on_told(const redisReply *reply, void *data);
static void on_told_again(const redisReply *reply, void *data);
static void on_timeout(ngx_event_t *ev);
static void on_request_gone(void *data);
static void wake(wait_t *wait);
static bool copy_reply(const command_t *command, const redisReply *reply);
static void leave(wait_t *wait);

ngx_int_t ngx_http_logistics_ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                 const char *script, const lgs_str_t *args, uint32_t n)
{
    return ask_one(r, ctx, script, args, n, send_command);
}

ngx_int_t ngx_http_logistics_ask_together(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                          const char *script, const lgs_str_t *args, uint32_t n)
{
    return ask_one(r, ctx, script, args, n, join_group);
}

static ngx_int_t ask_one(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                         const lgs_str_t *args, uint32_t n, send_pt send)
{
    wait_t *wait = make_wait(r, ctx, script, args, n, 1);
    ngx_int_t rc;

    if (wait == NULL) {
        return NGX_ERROR;
    }
    wait->all = &ctx->ask;
    wait->commands[0] = (command_t){
        .wait = wait, .to = &ctx->ask, .args = wait->args, .lane = lgs_lane(ctx->partner->name)};
    rc = start(r, wait, 1, send);
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
            wait->commands[n_commands++] = (command_t){
                .wait = wait, .to = &ctx->lanes->replies[lane], .args = wait->args, .lane = lane};
        }
    }
    return start(r, wait, n_commands, send_command);
}

ngx_int_t ngx_http_logistics_ask_each(ngx_http_request_t *r, const char *script, uint64_t lanes,
                                      const lgs_str_t args[LGS_N_LANES])
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);
    wait_t *wait = make_wait(r, ctx, script, args, LGS_N_LANES,
                             (ngx_uint_t)__builtin_popcountll(lanes));
    ngx_uint_t n_commands = 0;

    ctx->lanes = lgs_arena_zalloc(ctx->arena, sizeof(*ctx->lanes));
    if (wait == NULL || ctx->lanes == NULL) {
        return NGX_ERROR;
    }
    wait->n = 1;
    wait->all = &ctx->lanes->all;
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lanes >> lane & 1) {
            wait->commands[n_commands++] = (command_t){.wait = wait,
                                                       .to = &ctx->lanes->replies[lane],
                                                       .args = &wait->args[lane],
                                                       .lane = lane};
        }
    }
    return start(r, wait, n_commands, send_command);
}

void ngx_http_logistics_tell(const ngx_http_logistics_ctx_t *ctx, const char *script,
                             const lgs_str_t *args, uint32_t n)
{
    told_t *told = copy_told(lgs_script_find(script), lgs_lane(ctx->partner->name), args, n);

    if (told &&
        send_script(told->script, told->lane, false, told->args, n, on_told, told) != NGX_OK) {
        ngx_free(told);
    }
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

static ngx_int_t start(ngx_http_request_t *r, wait_t *wait, ngx_uint_t n_commands, send_pt send)
{
    for (ngx_uint_t i = 0; i < n_commands; i++) {
        if (!send(&wait->commands[i])) {
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

    if (send_script(wait->script, command->lane, command->with_text, command->args, wait->n,
                    on_reply, command) != NGX_OK) {
        return false;
    }
    command->is_sent = is_link_up();
    wait->users++;
    wait->waiting++;
    return true;
}

static bool is_link_up(void)
{
    return ngx_http_logistics_redis_is_up(ngx_http_logistics_worker()->redis);
}

static ngx_int_t send_script(const lgs_script_t *script, uint32_t lane, bool with_text,
                             const lgs_str_t *args, uint32_t n, ngx_http_logistics_redis_pt done,
                             void *data)
{
    ngx_http_logistics_redis_t *redis = ngx_http_logistics_worker()->redis;
    const char *argv[HEAD + 1 + MAX_ARGS];
    size_t lens[LGS_N(argv)];
    char name[LGS_LANE_LEN];

    if (redis == NULL || script == NULL || n > MAX_ARGS) {
        return NGX_ERROR;
    }
    lgs_queue_lane_at(lane, name);
    put_head(argv, lens, script, with_text);
    argv[HEAD] = name, lens[HEAD] = sizeof(name);
    for (uint32_t i = 0; i < n; i++) {
        argv[HEAD + 1 + i] = args[i].data ? args[i].data : "";
        lens[HEAD + 1 + i] = args[i].len;
    }
    return ngx_http_logistics_redis_command(
        redis, &(ngx_http_logistics_command_t){(int)(HEAD + 1 + n), argv, lens, 1, done, data});
}

/* In front of one lane. */
static void put_head(const char **argv, size_t *lens, const lgs_script_t *script, bool with_text)
{
    argv[0] = with_text ? "EVAL" : "EVALSHA";
    lens[0] = with_text ? 4 : 7;
    argv[1] = with_text ? script->text : script->sha;
    lens[1] = with_text ? script->len : 40;
    argv[2] = "1", lens[2] = 1;
}

static void on_reply(const redisReply *reply, void *data)
{
    command_t *command = data;

    if (is_unknown(reply) && command->wait->request && !command->with_text) {
        command->with_text = 1; /* Redis knows it by its name again afterwards */
        if (send_command(command)) {
            command->wait->waiting--;
            leave(command->wait);
            return;
        }
    }
    take_reply(command, reply);
}

static void take_reply(command_t *command, const redisReply *reply)
{
    wait_t *wait = command->wait;

    if (wait->request && !copy_reply(command, reply)) {
        wait->all->failed = 1;
        wait->all->unsure |= reply == NULL && command->is_sent;
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

/* ---- many requests in one call ---- */

static bool join_group(command_t *command)
{
    ngx_http_logistics_worker_t *worker = ngx_http_logistics_worker();
    ngx_http_logistics_gather_t *gather = &worker->gather;
    ngx_http_logistics_group_t *group;
    wait_t *wait = command->wait;

    if (worker->redis == NULL || wait->script == NULL || wait->n > MAX_TOGETHER_ARGS ||
        !ngx_http_logistics_redis_reserve(worker->redis)) {
        return false;
    }
    group = find_group(gather, command, bytes_of(wait));
    if (group == NULL) {
        ngx_http_logistics_redis_release(worker->redis, 1);
        return false;
    }
    group->commands[group->n++] = command;
    group->bytes += bytes_of(wait);
    command->is_held = 1;
    wait->users++;
    wait->waiting++;
    send_soon(gather);
    return true;
}

/* The last one, or a new one when that has no room. NULL: no memory. */
static ngx_http_logistics_group_t *find_group(ngx_http_logistics_gather_t *gather,
                                              const command_t *command, size_t bytes)
{
    ngx_http_logistics_group_t *group = gather->last;

    if (group && group->script == command->wait->script && group->n < MAX_TOGETHER &&
        group->bytes + bytes <= MAX_TOGETHER_BYTES) {
        return group;
    }
    group = ngx_calloc(sizeof(*group), ngx_cycle->log);
    if (group == NULL) {
        return NULL;
    }
    group->script = command->wait->script;
    *(gather->last ? &gather->last->next : &gather->first) = group;
    gather->last = group;
    return group;
}

static size_t bytes_of(const wait_t *wait)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < wait->n; i++) {
        bytes += wait->args[i].len;
    }
    return bytes;
}

/* At the end of this turn of the loop, with what else it brings. */
static void send_soon(ngx_http_logistics_gather_t *gather)
{
    if (!gather->send.posted) {
        gather->send.handler = on_gathered;
        gather->send.log = ngx_cycle->log;
        ngx_post_event(&gather->send, &ngx_posted_events);
    }
}

/*
 * While calls enough are under way, what comes waits for a reply and then goes together: Redis
 * would not look at it earlier, and the fewer calls, the less each message costs.
 */
static void on_gathered(ngx_event_t *ev)
{
    ngx_http_logistics_gather_t *gather = &ngx_http_logistics_worker()->gather;

    if (gather->under_way < MAX_UNDER_WAY) {
        send_all(gather);
    }
}

static void send_all(ngx_http_logistics_gather_t *gather)
{
    ngx_http_logistics_group_t *group = gather->first, *next;

    gather->first = gather->last = NULL;
    for (; group; group = next) {
        next = group->next;
        gather->under_way++;
        ngx_http_logistics_redis_release(ngx_http_logistics_worker()->redis, group->n);
        send_group(group);
    }
}

static void send_group(ngx_http_logistics_group_t *group)
{
    static const char *argv[HEAD + MAX_TOGETHER * (1 + 1 + 1 + MAX_TOGETHER_ARGS) + 1 +
                            NGX_HTTP_LOGISTICS_REDIS_TRACES_ARGS];
    static size_t lens[LGS_N(argv)];
    uint32_t at;

    keep_present(group);
    sort_by_lane(group);
    put_head(argv, lens, group->script, group->with_text);
    at = put_calls(group, argv, lens, put_lanes(group, argv, lens));
    take_traces(group, argv, lens, &at);
    if (group->n == 0 || ngx_http_logistics_redis_command(
                             ngx_http_logistics_worker()->redis,
                             &(ngx_http_logistics_command_t){(int)at, argv, lens, group->n,
                                                             on_group, group}) != NGX_OK) {
        end_group(group, NULL);
        return;
    }
    for (uint32_t i = 0; i < group->n; i++) {
        group->commands[i]->is_held = 0;
        group->commands[i]->is_sent = is_link_up();
    }
}

/* Those of one lane stay in the order in which they came. */
static void sort_by_lane(ngx_http_logistics_group_t *group)
{
    for (uint32_t i = 1; i < group->n; i++) {
        command_t *command = group->commands[i];
        uint32_t to = i;

        for (; to > 0 && group->commands[to - 1]->lane > command->lane; to--) {
            group->commands[to] = group->commands[to - 1];
        }
        group->commands[to] = command;
    }
}

static bool is_next_lane(const ngx_http_logistics_group_t *group, uint32_t i)
{
    return i > 0 && group->commands[i]->lane != group->commands[i - 1]->lane;
}

/* The keys of the call; where its texts begin. */
static uint32_t put_lanes(const ngx_http_logistics_group_t *group, const char **argv, size_t *lens)
{
    static char names[LGS_N_LANES][LGS_LANE_LEN], count[NGX_INT32_LEN];
    uint32_t n = 0;

    for (uint32_t i = 0; i < group->n; i++) {
        if (i == 0 || is_next_lane(group, i)) {
            lgs_queue_lane_at(group->commands[i]->lane, names[n]);
            argv[HEAD + n] = names[n], lens[HEAD + n] = LGS_LANE_LEN;
            n++;
        }
    }
    argv[HEAD - 1] = count;
    lens[HEAD - 1] = (size_t)(ngx_sprintf((u_char *)count, "%uD", n) - (u_char *)count);
    return HEAD + n;
}

/* What each asks, with "-" between lanes; where the next text goes. */
static uint32_t put_calls(const ngx_http_logistics_group_t *group, const char **argv, size_t *lens,
                          uint32_t at)
{
    static char counts[MAX_TOGETHER][NGX_INT32_LEN];

    for (uint32_t i = 0; i < group->n; i++) {
        const wait_t *wait = group->commands[i]->wait;

        if (is_next_lane(group, i)) {
            argv[at] = "-", lens[at++] = 1;
        }
        argv[at] = counts[i];
        lens[at++] = (size_t)(ngx_sprintf((u_char *)counts[i], "%uD", wait->n) -
                              (u_char *)counts[i]);
        for (uint32_t k = 0; k < wait->n; k++, at++) {
            argv[at] = wait->args[k].data ? wait->args[k].data : "";
            lens[at] = wait->args[k].len;
        }
    }
    return at;
}

/* Without those whose requests are gone, and with them what they would have sent. */
static void keep_present(ngx_http_logistics_group_t *group)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < group->n; i++) {
        command_t *command = group->commands[i];

        if (command->wait->request) {
            group->commands[n++] = command;
        } else {
            take_reply(command, NULL);
        }
    }
    group->n = n;
}

static void on_group(const redisReply *reply, void *data)
{
    ngx_http_logistics_group_t *group = data;

    if (is_unknown(reply) && !group->with_text) {
        group->with_text = 1;
        end_traces(group, NULL);
        send_group(group);
        return;
    }
    end_group(group, reply);
}

/* Traces of earlier requests, of whatever lanes, go with the next accepts and share the fsync. */
static void take_traces(ngx_http_logistics_group_t *group, const char **argv, size_t *lens,
                        uint32_t *at)
{
    uint32_t behind = *at + 1;

    if (group->n == 0 || !is_link_up()) {
        return;
    }
    group->traces = ngx_http_logistics_redis_traces_along(ngx_http_logistics_worker()->redis,
                                                          UINT64_MAX, argv, lens, &behind);
    if (group->traces) {
        argv[*at] = "0", lens[*at] = 1;
        *at = behind;
    }
}

static void end_traces(ngx_http_logistics_group_t *group, const redisReply *reply)
{
    if (group->traces) {
        ngx_http_logistics_redis_traces_went(group->traces, reply);
        group->traces = NULL;
    }
}

/* Each has its own reply, or there is none, or an error that is everybody's. */
static void end_group(ngx_http_logistics_group_t *group, const redisReply *reply)
{
    ngx_http_logistics_gather_t *gather = &ngx_http_logistics_worker()->gather;
    bool is_list = reply && reply->type == REDIS_REPLY_ARRAY &&
                   reply->elements == group->n + (group->traces != NULL);

    end_traces(group, is_list && group->traces ? reply->element[group->n] : NULL);
    for (uint32_t i = 0; i < group->n; i++) {
        take_reply(group->commands[i], is_list ? reply->element[i] : reply);
    }
    gather->under_way--;
    if (gather->first) {
        send_soon(gather);
    }
    ngx_free(group);
}

/* ---- what nobody waits for ---- */

static told_t *copy_told(const lgs_script_t *script, uint32_t lane, const lgs_str_t *args,
                         uint32_t n)
{
    size_t size = sizeof(told_t) + n * sizeof(lgs_str_t);
    told_t *told;
    char *to;

    for (uint32_t i = 0; i < n; i++) {
        size += args[i].len;
    }
    told = ngx_alloc(size, ngx_cycle->log);
    if (told == NULL) {
        return NULL;
    }
    *told = (told_t){script, lane, n};
    to = (char *)&told->args[n];
    for (uint32_t i = 0; i < n; i++) {
        told->args[i] = lgs_str(to, args[i].len);
        if (args[i].len) {
            to = (char *)ngx_cpymem(to, args[i].data, args[i].len);
        }
    }
    return told;
}

static void on_told(const redisReply *reply, void *data)
{
    told_t *told = data;

    if (!is_unknown(reply) || send_script(told->script, told->lane, true, told->args, told->n,
                                          on_told_again, told) != NGX_OK) {
        on_told_again(reply, told);
    }
}

static void on_told_again(const redisReply *reply, void *data)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "logistics: redis: %s", reply->str);
    }
    ngx_free(data);
}

/* ---- the request ---- */

static void on_timeout(ngx_event_t *ev)
{
    wait_t *wait = ev->data;

    wait->all->failed = 1;
    wait->all->unsure = !wait->commands[0].is_held; /* held: it will not go any more */
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
