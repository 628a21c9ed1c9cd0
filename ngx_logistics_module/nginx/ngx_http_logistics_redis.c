/*
 * The link to Redis (ngx_http_logistics_redis.h). hiredis 0.14 has no timers of its own, so
 * time-outs of connecting and of replies and the backoff are nginx timers here. */
#include "ngx_http_logistics_redis.h"

#include "../queue/script.h"
#include "ngx_http_logistics_redis_events.h"
#include "ngx_http_logistics_zone.h"

#define FLUSH_MS         5u /* a trace waits so long for company */
#define CONNECT_MS       2000u
#define REPLY_MS         2000u /* silence while replies are due: the link is given up */
#define BACKOFF_FIRST_MS 100u
#define BACKOFF_LAST_MS  10000u
#define MAX_BUFFERED     (4u << 20) /* bytes of traces a worker holds */
#define MAX_PENDING      4096u      /* requests and traces' calls without reply */
#define MAX_FIRST        256u       /* of them those that wait for a worker's first connection */
#define BATCH            64u        /* traces in one script call */
#define TRACES_A_KEY     "100"      /* requests kept under one correlation id */
#define IDS_A_KEY        "1000"     /* ids kept under a business key, and those of one call */

/*
 * KEYS: for every record its trace key and business keys. ARGV: time to live, traces kept a key,
 * ids kept a key; then for every record: number of business keys, time, correlation id, JSON.
 * Records of one call often share keys (events of one shipment): what is the same for all of them
 * is done once, since every call out of the script costs Redis about a microsecond.
 */
static const char script[] =
    "local ttl, keep, ids, k, i = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), 1, 4\n"
    "local call, kept = redis.call, {}\n"
    "local function once(key)\n"
    "  if kept[key] then return false end\n"
    "  kept[key] = true\n"
    "  return true\n"
    "end\n"
    "while ARGV[i] do\n"
    "  local n = tonumber(ARGV[i])\n"
    "  if call('RPUSH', KEYS[k], ARGV[i + 3]) > keep then\n"
    "    call('LTRIM', KEYS[k], -keep, -1)\n"
    "  end\n"
    "  if once(KEYS[k]) then call('EXPIRE', KEYS[k], ttl) end\n"
    "  for j = k + 1, k + n do\n"
    "    call('ZADD', KEYS[j], ARGV[i + 1], ARGV[i + 2])\n"
    "    if once(KEYS[j]) then\n"
    "      call('ZREMRANGEBYRANK', KEYS[j], 0, -ids - 1)\n"
    "      call('EXPIRE', KEYS[j], ttl)\n"
    "    end\n"
    "  end\n"
    "  k, i = k + n + 1, i + 4\n"
    "end\n"
    "return 'OK'\n";

typedef struct item_s {
    struct item_s *next;
    size_t size;
    uint32_t n_keys;
    lgs_str_t id, record;
    char at[24];
    size_t at_len;
    lgs_str_t keys[]; /* n_keys; the texts follow */
} item_t;

typedef struct {
    item_t *first, *last;
} list_t;

/* One script call on its way; holds its items until Redis said OK. */
typedef struct {
    ngx_http_logistics_redis_t *redis;
    uint32_t lane;
    list_t items;
    uint32_t n;
} batch_t;

/* A command of requests. */
typedef struct {
    ngx_http_logistics_redis_t *redis;
    ngx_uint_t n_requests;
    ngx_http_logistics_redis_pt done;
    void *data;
} command_t;

typedef enum { LINK_DOWN, LINK_CONNECTING, LINK_LOADING, LINK_UP } state_e;

struct ngx_http_logistics_redis_s {
    ngx_http_logistics_main_conf_t *lmcf;
    ngx_log_t *log;
    redisAsyncContext *ac;
    ngx_http_logistics_events_t events; /* of ac's socket */
    state_e state;
    char sha[41];
    char ttl[24];
    ngx_uint_t pending, reserved;
    ngx_msec_t backoff;
    ngx_event_t retry, connect_timeout, reply_timeout, flush, send;
    list_t lanes[LGS_N_LANES];
    uint64_t lanes_used; /* a bit a lane with items */
    size_t buffered;
    unsigned closing : 1;
    unsigned was_away : 1;               /* a connection, or the attempt to get one, has failed */
    const ngx_http_logistics_ear_t *ear; /* this link only hears; NULL: it is for commands */
};

static void connect_redis(ngx_http_logistics_redis_t *redis);
static void lost(ngx_http_logistics_redis_t *redis);
static void on_retry(ngx_event_t *ev);
static void on_connect_timeout(ngx_event_t *ev);
static void on_reply_timeout(ngx_event_t *ev);
static bool has_room(const ngx_http_logistics_redis_t *redis, ngx_uint_t n_requests);
static void await_reply(ngx_http_logistics_redis_t *redis, ngx_uint_t n);
static void note_reply(ngx_http_logistics_redis_t *redis, ngx_uint_t n);
static void on_flush(ngx_event_t *ev);
static void count(const ngx_http_logistics_redis_t *redis, ngx_http_logistics_counter_e counter,
                  int64_t by);
static void on_message(redisAsyncContext *ac, void *data, void *privdata);
static void on_send(ngx_event_t *ev);
static bool load(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac, const char *text,
                 size_t len, redisCallbackFn *done);
static void load_scripts(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac);
static void greet(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac);
static void is_up_now(ngx_http_logistics_redis_t *redis);
static ngx_http_logistics_redis_t *open_link(ngx_cycle_t *cycle,
                                             ngx_http_logistics_main_conf_t *lmcf,
                                             const ngx_http_logistics_ear_t *ear);
static void on_loaded(redisAsyncContext *ac, void *reply, void *data);
static void on_connect(const redisAsyncContext *ac, int status);
static void on_disconnect(const redisAsyncContext *ac, int status);
static void on_script(redisAsyncContext *ac, void *reply, void *data);
static void on_batch(redisAsyncContext *ac, void *reply, void *data);
static void on_command(redisAsyncContext *ac, void *reply, void *data);
static void flush(ngx_http_logistics_redis_t *redis);
static bool send_lane(ngx_http_logistics_redis_t *redis, uint32_t lane);
static void push_back(ngx_http_logistics_redis_t *redis, batch_t *batch);
static void drop(ngx_http_logistics_redis_t *redis, list_t *items);
static void write_now(ngx_http_logistics_redis_t *redis);

ngx_http_logistics_redis_t *ngx_http_logistics_redis_open(ngx_cycle_t *cycle,
                                                          ngx_http_logistics_main_conf_t *lmcf)
{
    return open_link(cycle, lmcf, NULL);
}

ngx_http_logistics_redis_t *ngx_http_logistics_redis_listen(ngx_cycle_t *cycle,
                                                            ngx_http_logistics_main_conf_t *lmcf,
                                                            const ngx_http_logistics_ear_t *ear)
{
    return open_link(cycle, lmcf, ear);
}

static ngx_http_logistics_redis_t *open_link(ngx_cycle_t *cycle,
                                             ngx_http_logistics_main_conf_t *lmcf,
                                             const ngx_http_logistics_ear_t *ear)
{
    ngx_http_logistics_redis_t *redis = ngx_pcalloc(cycle->pool, sizeof(*redis));

    if (redis == NULL) {
        return NULL;
    }
    redis->lmcf = lmcf;
    redis->ear = ear;
    redis->log = cycle->log;
    redis->backoff = BACKOFF_FIRST_MS;
    ngx_sprintf((u_char *)redis->ttl, "%uL%Z", lgs_policy_trace_keep_s(lmcf->policy));
    redis->retry.handler = on_retry;
    redis->connect_timeout.handler = on_connect_timeout;
    redis->reply_timeout.handler = on_reply_timeout;
    redis->flush.handler = on_flush;
    redis->send.handler = on_send;
    redis->send.data = redis;
    redis->send.log = cycle->log;
    redis->retry.data = redis->connect_timeout.data = redis;
    redis->reply_timeout.data = redis->flush.data = redis;
    redis->retry.log = redis->connect_timeout.log = cycle->log;
    redis->reply_timeout.log = redis->flush.log = cycle->log;
    redis->retry.cancelable = redis->connect_timeout.cancelable = 1;
    redis->reply_timeout.cancelable = 1;
    redis->flush.cancelable = 1; /* closing the link flushes */
    connect_redis(redis);
    return redis;
}

void ngx_http_logistics_redis_close(ngx_http_logistics_redis_t *redis)
{
    redis->closing = 1;
    if (redis->send.posted) {
        ngx_delete_posted_event(&redis->send);
        write_now(redis);
    }
    if (redis->state == LINK_UP) {
        flush(redis); /* what is in the socket's buffer arrives without us */
    }
    if (redis->ac) {
        redisAsyncFree(redis->ac); /* on_batch puts items back, which the process' end frees */
    }
    count(redis, NGX_HTTP_LOGISTICS_REDIS_UP, redis->state == LINK_UP ? -1 : 0);
    redis->state = LINK_DOWN;
}

/* What the metrics tell is the link for commands. */
static void count(const ngx_http_logistics_redis_t *redis, ngx_http_logistics_counter_e counter,
                  int64_t by)
{
    if (redis->ear == NULL) {
        ngx_http_logistics_count(redis->lmcf, counter, by);
    }
}

static void on_message(redisAsyncContext *ac, void *data, void *privdata)
{
    ngx_http_logistics_redis_t *redis = privdata;
    const redisReply *reply = data;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        return;
    }
    if (reply->element[2]->type == REDIS_REPLY_STRING) {
        redis->ear->on_news(lgs_str(reply->element[2]->str, reply->element[2]->len));
    } else if (redis->state == LINK_LOADING) { /* what SUBSCRIBE is answered by */
        is_up_now(redis);
    }
}

bool ngx_http_logistics_redis_is_up(const ngx_http_logistics_redis_t *redis)
{
    return redis->state == LINK_UP;
}

bool ngx_http_logistics_redis_is_coming(const ngx_http_logistics_redis_t *redis)
{
    return redis->state != LINK_UP && redis->ac && !redis->was_away;
}

ngx_int_t ngx_http_logistics_redis_command(ngx_http_logistics_redis_t *redis,
                                           const ngx_http_logistics_command_t *is)
{
    command_t *command;
    int rc;

    if (!has_room(redis, is->n_requests)) {
        return NGX_ERROR;
    }
    command = ngx_alloc(sizeof(*command), redis->log);
    if (command == NULL) {
        return NGX_ERROR;
    }
    *command = (command_t){redis, is->n_requests, is->done, is->data};
    redis->events.corked = 1;
    rc = redisAsyncCommandArgv(redis->ac, on_command, command, is->argc, is->argv, is->lens);
    redis->events.corked = 0;
    if (rc != REDIS_OK) {
        ngx_free(command);
        return NGX_ERROR;
    }
    await_reply(redis, is->n_requests);
    if (!redis->send.posted) {
        ngx_post_event(&redis->send, &ngx_posted_events);
    }
    return NGX_OK;
}

/*
 * The first requests of a worker wait in hiredis for its connection, which takes some milliseconds,
 * or CONNECT_MS and they hear that Redis is away. Once that is known nobody waits for it.
 */
static bool has_room(const ngx_http_logistics_redis_t *redis, ngx_uint_t n_requests)
{
    ngx_uint_t n = redis->pending + redis->reserved + n_requests;

    if (redis->state == LINK_UP) {
        return n <= MAX_PENDING;
    }
    return ngx_http_logistics_redis_is_coming(redis) && n <= MAX_FIRST;
}

bool ngx_http_logistics_redis_reserve(ngx_http_logistics_redis_t *redis)
{
    bool is_room = has_room(redis, 1);

    redis->reserved += is_room;
    return is_room;
}

void ngx_http_logistics_redis_release(ngx_http_logistics_redis_t *redis, ngx_uint_t n_requests)
{
    redis->reserved -= n_requests;
}

/* What the requests of one turn of the event loop ask goes out in one write. */
static void on_send(ngx_event_t *ev)
{
    write_now(ev->data);
}

/* ---- traces ---- */

void ngx_http_logistics_redis_trace(ngx_http_logistics_redis_t *redis, uint32_t lane,
                                    const lgs_str_t *keys, uint32_t n_keys, lgs_str_t id,
                                    int64_t at_ms, lgs_str_t record)
{
    size_t size = sizeof(item_t) + n_keys * sizeof(lgs_str_t) + id.len + record.len;
    list_t *list = &redis->lanes[lane];
    item_t *item;
    char *to;

    for (uint32_t i = 0; i < n_keys; i++) {
        size += keys[i].len;
    }
    item = redis->buffered + size > MAX_BUFFERED ? NULL : ngx_alloc(size, redis->log);
    if (item == NULL) {
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_TRACES_DROPPED, 1);
        return;
    }
    item->next = NULL;
    item->size = size;
    item->n_keys = n_keys;
    item->at_len = (size_t)(ngx_sprintf((u_char *)item->at, "%L", at_ms) - (u_char *)item->at);
    to = (char *)&item->keys[n_keys];
    for (uint32_t i = 0; i < n_keys; i++) {
        item->keys[i] = lgs_str(to, keys[i].len);
        to = (char *)ngx_cpymem(to, keys[i].data, keys[i].len);
    }
    item->id = lgs_str(to, id.len);
    to = (char *)ngx_cpymem(to, id.data, id.len);
    item->record = lgs_str(to, record.len);
    ngx_memcpy(to, record.data, record.len);
    if (list->last) {
        list->last->next = item;
    } else {
        list->first = item;
    }
    list->last = item;
    redis->lanes_used |= (uint64_t)1 << lane;
    redis->buffered += size;
    if (redis->state == LINK_UP && !redis->flush.timer_set) {
        ngx_add_timer(&redis->flush, FLUSH_MS);
    }
}

static void on_flush(ngx_event_t *ev)
{
    flush(ev->data);
}

static void flush(ngx_http_logistics_redis_t *redis)
{
    bool is_sending = true;

    if (redis->state != LINK_UP) {
        return;
    }
    redis->events.corked = 1;
    for (uint64_t used = redis->lanes_used; used && is_sending; used &= used - 1) {
        uint32_t lane = (uint32_t)__builtin_ctzll(used);

        while (is_sending && redis->lanes[lane].first && redis->pending < MAX_PENDING) {
            is_sending = send_lane(redis, lane);
        }
        if (redis->lanes[lane].first == NULL) {
            redis->lanes_used &= ~((uint64_t)1 << lane);
        }
    }
    redis->events.corked = 0;
    write_now(redis);
    if (redis->lanes_used && redis->state == LINK_UP && !redis->closing &&
        !redis->flush.timer_set) {
        ngx_add_timer(&redis->flush, FLUSH_MS);
    }
}

/* Takes up to BATCH items off the lane's list and sends them in one call. */
static bool send_lane(ngx_http_logistics_redis_t *redis, uint32_t lane)
{
    enum { HEAD = 3, TAIL = 3, MAX_ARGS = HEAD + TAIL + BATCH * (LGS_MAX_BUSINESS_KEYS + 1 + 4) };
    static const char *argv[MAX_ARGS];
    static size_t lens[MAX_ARGS];
    static char counts[BATCH][12];
    char n_keys_text[12];
    list_t *list = &redis->lanes[lane];
    batch_t *batch = ngx_calloc(sizeof(*batch), redis->log);
    uint32_t n_keys = 0;
    item_t *item;
    int at = HEAD;

    if (batch == NULL) {
        return false;
    }
    batch->redis = redis;
    batch->lane = lane;
    batch->items.first = list->first;
    for (item = list->first; item && batch->n < BATCH; item = item->next, batch->n++) {
        for (uint32_t i = 0; i < item->n_keys; i++, n_keys++) {
            argv[at] = item->keys[i].data;
            lens[at++] = item->keys[i].len;
        }
        batch->items.last = item;
    }
    list->first = item;
    list->last = item ? list->last : NULL;
    batch->items.last->next = NULL;

    argv[0] = "EVALSHA", lens[0] = 7;
    argv[1] = redis->sha, lens[1] = 40;
    argv[2] = n_keys_text;
    lens[2] = (size_t)(ngx_sprintf((u_char *)n_keys_text, "%uD", n_keys) - (u_char *)n_keys_text);
    argv[at] = redis->ttl, lens[at++] = ngx_strlen(redis->ttl);
    argv[at] = TRACES_A_KEY, lens[at++] = sizeof(TRACES_A_KEY) - 1;
    argv[at] = IDS_A_KEY, lens[at++] = sizeof(IDS_A_KEY) - 1;
    item = batch->items.first;
    for (uint32_t i = 0; i < batch->n; i++, item = item->next) {
        argv[at] = counts[i];
        lens[at++] = (size_t)(ngx_sprintf((u_char *)counts[i], "%uD", item->n_keys - 1) -
                              (u_char *)counts[i]);
        argv[at] = item->at, lens[at++] = item->at_len;
        argv[at] = item->id.data, lens[at++] = item->id.len;
        argv[at] = item->record.data, lens[at++] = item->record.len;
    }
    if (redisAsyncCommandArgv(redis->ac, on_batch, batch, at, argv, lens) != REDIS_OK) {
        push_back(redis, batch);
        return false;
    }
    await_reply(redis, 1);
    return true;
}

static void on_batch(redisAsyncContext *ac, void *data, void *privdata)
{
    const redisReply *reply = data;
    batch_t *batch = privdata;
    ngx_http_logistics_redis_t *redis = batch->redis;

    note_reply(redis, 1);
    if (reply == NULL) {
        push_back(redis, batch); /* link lost: again later, at worst twice */
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0) {
        /* SCRIPT FLUSH: what comes behind the scripts finds them */
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_REDIS_ERRORS, 1);
        push_back(redis, batch);
        load_scripts(redis, ac);
        (void)load(redis, ac, script, sizeof(script) - 1, on_loaded);
        if (!redis->flush.timer_set) {
            ngx_add_timer(&redis->flush, FLUSH_MS);
        }
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "logistics: redis refused %uD traces: %s",
                      batch->n, reply->str);
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_REDIS_ERRORS, 1);
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_TRACES_DROPPED, batch->n);
    } else {
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_TRACES_SENT, batch->n);
    }
    drop(redis, &batch->items);
    ngx_free(batch);
}

static void push_back(ngx_http_logistics_redis_t *redis, batch_t *batch)
{
    list_t *list = &redis->lanes[batch->lane];

    batch->items.last->next = list->first;
    list->first = batch->items.first;
    list->last = list->last ? list->last : batch->items.last;
    redis->lanes_used |= (uint64_t)1 << batch->lane;
    ngx_free(batch);
}

static void drop(ngx_http_logistics_redis_t *redis, list_t *items)
{
    for (item_t *item = items->first, *next; item; item = next) {
        next = item->next;
        redis->buffered -= item->size;
        ngx_free(item);
    }
    items->first = items->last = NULL;
}

static void on_command(redisAsyncContext *ac, void *reply, void *data)
{
    command_t *command = data;

    note_reply(command->redis, command->n_requests);
    command->done(reply, command->data);
    ngx_free(command);
}

/* ---- the link ---- */

static void connect_redis(ngx_http_logistics_redis_t *redis)
{
    u_char host[NGX_SOCKADDR_STRLEN];
    struct sockaddr *sa = redis->lmcf->redis->sockaddr;
    redisAsyncContext *ac;
    size_t len;

    if (sa->sa_family == AF_UNIX) {
        ac = redisAsyncConnectUnix(((struct sockaddr_un *)sa)->sun_path);
    } else {
        /* an address, resolved when the configuration was read: hiredis would block on a name */
        len = ngx_sock_ntop(sa, redis->lmcf->redis->socklen, host, NGX_SOCKADDR_STRLEN - 1, 0);
        host[len] = '\0';
        ac = redisAsyncConnect((char *)host, ngx_inet_get_port(sa));
    }
    if (ac == NULL) {
        lost(redis);
        return;
    }
    if (ac->err || ngx_http_logistics_events_attach(&redis->events, ac, redis->log) != NGX_OK) {
        redisAsyncFree(ac);
        lost(redis);
        return;
    }
    ac->data = redis;
    redis->ac = ac;
    redis->state = LINK_CONNECTING;
    /* after attach: it arms the write event */
    redisAsyncSetConnectCallback(ac, on_connect);
    redisAsyncSetDisconnectCallback(ac, on_disconnect);
    ngx_add_timer(&redis->connect_timeout, CONNECT_MS);
    greet(redis, ac);
}

/* Sent before there is a connection: so what commands need is always in front of them. */
static void greet(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac)
{
    if (redis->ear) {
        (void)redisAsyncCommand(ac, on_message, redis, "SUBSCRIBE %s", redis->ear->channel);
        return;
    }
    load_scripts(redis, ac);
    /* replies come in order: when this one is there, all are */
    if (!load(redis, ac, script, sizeof(script) - 1, on_script)) {
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "logistics: redis: cannot send");
    }
}

static void on_connect(const redisAsyncContext *ac, int status)
{
    ngx_http_logistics_redis_t *redis = ac->data;

    if (status != REDIS_OK) {
        redis->ac = NULL; /* hiredis frees it on return */
        lost(redis);
        return;
    }
    redis->state = LINK_LOADING;
}

static bool load(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac, const char *text,
                 size_t len, redisCallbackFn *done)
{
    const char *argv[] = {"SCRIPT", "LOAD", text};
    const size_t lens[] = {6, 4, len};

    return redisAsyncCommandArgv(ac, done, redis, 3, argv, lens) == REDIS_OK;
}

static void load_scripts(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac)
{
    for (size_t i = 0; i < lgs_n_scripts; i++) {
        (void)load(redis, ac, lgs_scripts[i].text, lgs_scripts[i].len, on_loaded);
    }
}

/* A script that is not taken makes what calls it fail; traces go on. */
static void on_loaded(redisAsyncContext *ac, void *data, void *privdata)
{
    ngx_http_logistics_redis_t *redis = privdata;
    const redisReply *reply = data;

    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "logistics: redis does not take a script: %s",
                      reply->str);
    }
}

static void on_script(redisAsyncContext *ac, void *data, void *privdata)
{
    ngx_http_logistics_redis_t *redis = privdata;
    const redisReply *reply = data;

    if (reply == NULL) {
        return; /* on_disconnect follows */
    }
    if (reply->type != REDIS_REPLY_STRING || reply->len != 40) {
        /* loading its data, no rights, a replica: the connect timer runs on and tries again */
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "logistics: redis does not take the script: %s",
                      reply->type == REDIS_REPLY_ERROR ? reply->str : "unexpected reply");
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_REDIS_ERRORS, 1);
        return;
    }
    ngx_memcpy(redis->sha, reply->str, 41);
    is_up_now(redis);
    ngx_log_error(NGX_LOG_NOTICE, redis->log, 0, "logistics: redis is up");
    if (redis->lanes_used && !redis->flush.timer_set) {
        ngx_add_timer(&redis->flush, 0);
    }
}

static void is_up_now(ngx_http_logistics_redis_t *redis)
{
    if (redis->connect_timeout.timer_set) {
        ngx_del_timer(&redis->connect_timeout);
    }
    redis->state = LINK_UP;
    redis->backoff = BACKOFF_FIRST_MS;
    count(redis, NGX_HTTP_LOGISTICS_REDIS_UP, 1);
    count(redis, NGX_HTTP_LOGISTICS_REDIS_CONNECTS, 1);
    if (redis->pending && !redis->reply_timeout.timer_set) {
        ngx_add_timer(&redis->reply_timeout, REPLY_MS);
    }
    if (redis->ear) {
        redis->ear->on_turn();
    }
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
    ngx_http_logistics_redis_t *redis = ac->data;

    redis->ac = NULL;
    lost(redis);
}

/* Never reconnects here: hiredis is in the middle of freeing the context. */
static void lost(ngx_http_logistics_redis_t *redis)
{
    if (redis->connect_timeout.timer_set) {
        ngx_del_timer(&redis->connect_timeout);
    }
    if (redis->closing) {
        return;
    }
    if (redis->state == LINK_UP) {
        ngx_log_error(NGX_LOG_WARN, redis->log, 0, "logistics: redis is lost");
        count(redis, NGX_HTTP_LOGISTICS_REDIS_UP, -1);
    }
    count(redis, NGX_HTTP_LOGISTICS_REDIS_LOSSES, 1);
    redis->state = LINK_DOWN;
    redis->was_away = 1;
    if (!redis->retry.timer_set) {
        ngx_add_timer(&redis->retry,
                      redis->backoff / 2 + (ngx_msec_t)ngx_random() % redis->backoff);
    }
    redis->backoff = ngx_min(redis->backoff * 2, BACKOFF_LAST_MS);
    if (redis->ear) {
        redis->ear->on_turn();
    }
}

static void on_retry(ngx_event_t *ev)
{
    ngx_http_logistics_redis_t *redis = ev->data;

    if (redis->ac == NULL && !ngx_exiting) {
        connect_redis(redis);
    }
}

static void on_connect_timeout(ngx_event_t *ev)
{
    ngx_http_logistics_redis_t *redis = ev->data;

    if (redis->ac) {
        redisAsyncContext *ac = redis->ac;

        /* onDisconnect is not called for a connection that never was */
        redis->ac = NULL;
        ac->onDisconnect = NULL;
        redisAsyncFree(ac);
    }
    lost(redis);
}

/*
 * A server that is stopped or paged out keeps its connections and says nothing: what it owes goes
 * back to the buffer, and a new connection finds out whether it is there.
 */
static void on_reply_timeout(ngx_event_t *ev)
{
    ngx_http_logistics_redis_t *redis = ev->data;

    if (redis->ac) {
        ngx_log_error(NGX_LOG_WARN, redis->log, 0, "logistics: redis owes %ui replies for %ui ms",
                      redis->pending, (ngx_uint_t)REPLY_MS);
        redisAsyncFree(redis->ac); /* every callback gets NULL, then on_disconnect */
    }
}

/* Before the link is up its time is the connection's. */
static void await_reply(ngx_http_logistics_redis_t *redis, ngx_uint_t n)
{
    if (redis->pending == 0 && redis->state == LINK_UP) {
        ngx_add_timer(&redis->reply_timeout, REPLY_MS);
    }
    redis->pending += n;
}

/* Every reply gives those behind it their whole time again: the server works. */
static void note_reply(ngx_http_logistics_redis_t *redis, ngx_uint_t n)
{
    redis->pending -= n;
    if (redis->pending) {
        ngx_add_timer(&redis->reply_timeout, REPLY_MS);
    } else if (redis->reply_timeout.timer_set) {
        ngx_del_timer(&redis->reply_timeout);
    }
}

/*
 * Writes what a flush has queued: saves two epoll_ctl and a turn of the event loop. Before there is
 * a connection the write event waits for it anyway.
 */
static void write_now(ngx_http_logistics_redis_t *redis)
{
    if (redis->ac && redis->state >= LINK_LOADING) {
        redisAsyncHandleWrite(redis->ac);
    }
}
