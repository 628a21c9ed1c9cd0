/*
 * Traces on their way to Redis: copied, kept by lane while it is away, sent some at a time with the
 * next accepts or by a script of their own, and forgotten when Redis said that it has them.
 * What the link lost goes again.
 */
#include "ngx_http_logistics_redis_link.h"

#include "../queue/script.h"

#define FLUSH_MS     5u         /* a trace waits so long for company */
#define MAX_BUFFERED (4u << 20) /* bytes of traces a worker holds */
#define BATCH        NGX_HTTP_LOGISTICS_REDIS_TRACES
#define TRACES_A_KEY "100"  /* requests kept under one correlation id */
#define IDS_A_KEY    "1000" /* ids kept under a business key, and those of one call */

struct ngx_http_logistics_redis_item_s {
    ngx_http_logistics_redis_item_t *next;
    size_t size;
    uint32_t lane, n_keys;
    lgs_str_t id, record;
    char at[24];
    size_t at_len;
    lgs_str_t keys[]; /* n_keys; the texts follow */
};

typedef ngx_http_logistics_redis_item_t item_t;
typedef ngx_http_logistics_redis_list_t list_t;

/* Those of a call on its way: held until Redis said OK. */
struct ngx_http_logistics_redis_traces_s {
    ngx_http_logistics_redis_t *redis;
    list_t items; /* those of a lane one behind the other */
    uint32_t n;
};

typedef ngx_http_logistics_redis_traces_t batch_t;

static bool has_calls(void);
static bool send_lane(ngx_http_logistics_redis_t *redis, uint32_t lane);
static batch_t *take(ngx_http_logistics_redis_t *redis, uint64_t lanes);
static void take_of_lane(list_t *list, batch_t *batch);
static void on_batch(redisAsyncContext *ac, void *reply, void *data);
static void push_back(ngx_http_logistics_redis_t *redis, batch_t *batch);
static void drop(ngx_http_logistics_redis_t *redis, list_t *items);

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
    item->lane = lane;
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
    list->n++;
    redis->lanes_used |= (uint64_t)1 << lane;
    redis->buffered += size;
    if (redis->state == LINK_UP) {
        ngx_http_logistics_redis_flush_soon(redis);
    }
}

void ngx_http_logistics_redis_flush_soon(ngx_http_logistics_redis_t *redis)
{
    if (!redis->flush.timer_set) {
        ngx_add_timer(&redis->flush, FLUSH_MS);
    }
}

void ngx_http_logistics_redis_flush(ngx_http_logistics_redis_t *redis)
{
    bool is_sending = true;

    if (redis->state != LINK_UP) {
        return;
    }
    redis->events.corked = 1;
    for (uint64_t used = redis->lanes_used; used && is_sending; used &= used - 1) {
        uint32_t lane = (uint32_t)__builtin_ctzll(used);

        if (has_calls() && redis->lanes[lane].n <= BATCH && !redis->closing) {
            continue; /* they take them along */
        }
        while (is_sending && redis->lanes[lane].first &&
               redis->pending < NGX_HTTP_LOGISTICS_REDIS_MAX_PENDING) {
            is_sending = send_lane(redis, lane);
        }
        if (redis->lanes[lane].first == NULL) {
            redis->lanes_used &= ~((uint64_t)1 << lane);
        }
    }
    redis->events.corked = 0;
    ngx_http_logistics_redis_write(redis);
    if (redis->lanes_used && redis->state == LINK_UP && !redis->closing) {
        ngx_http_logistics_redis_flush_soon(redis);
    }
}

/* Accepts that wait or are under way: when those have their reply others may come. */
static bool has_calls(void)
{
    const ngx_http_logistics_gather_t *gather = &ngx_http_logistics_worker()->gather;

    return gather->first || gather->under_way;
}

static bool send_lane(ngx_http_logistics_redis_t *redis, uint32_t lane)
{
    enum { HEAD = 4 };
    static const char *argv[HEAD + NGX_HTTP_LOGISTICS_REDIS_TRACES_ARGS];
    static size_t lens[LGS_N(argv)];
    const lgs_script_t *script = lgs_script_find("traces");
    char name[LGS_LANE_LEN];
    uint32_t at = HEAD;
    batch_t *batch;

    lgs_queue_lane_at(lane, name);
    argv[0] = "EVALSHA", lens[0] = 7;
    argv[1] = script->sha, lens[1] = 40;
    argv[2] = "1", lens[2] = 1;
    argv[3] = name, lens[3] = LGS_LANE_LEN;
    batch = ngx_http_logistics_redis_traces_along(redis, (uint64_t)1 << lane, argv, lens, &at);
    if (batch == NULL) {
        return false;
    }
    if (redisAsyncCommandArgv(redis->ac, on_batch, batch, (int)at, argv, lens) != REDIS_OK) {
        push_back(redis, batch);
        return false;
    }
    ngx_http_logistics_redis_await(redis, 1);
    return true;
}

ngx_http_logistics_redis_traces_t *
ngx_http_logistics_redis_traces_along(ngx_http_logistics_redis_t *redis, uint64_t lanes,
                                      const char **argv, size_t *lens, uint32_t *at)
{
    static char counts[BATCH][12];
    batch_t *batch = redis->lanes_used & lanes ? take(redis, redis->lanes_used & lanes) : NULL;
    uint32_t i = *at, k = 0;

    if (batch == NULL) {
        return NULL;
    }
    argv[i] = redis->ttl, lens[i++] = ngx_strlen(redis->ttl);
    argv[i] = TRACES_A_KEY, lens[i++] = sizeof(TRACES_A_KEY) - 1;
    argv[i] = IDS_A_KEY, lens[i++] = sizeof(IDS_A_KEY) - 1;
    for (const item_t *item = batch->items.first; item; item = item->next, k++) {
        argv[i] = item->at, lens[i++] = item->at_len;
        argv[i] = item->id.data, lens[i++] = item->id.len;
        argv[i] = item->record.data, lens[i++] = item->record.len;
        argv[i] = item->keys[0].data, lens[i++] = item->keys[0].len;
        argv[i] = counts[k];
        lens[i++] = (size_t)(ngx_sprintf((u_char *)counts[k], "%uD", item->n_keys - 1) -
                             (u_char *)counts[k]);
        for (uint32_t key = 1; key < item->n_keys; key++) {
            argv[i] = item->keys[key].data, lens[i++] = item->keys[key].len;
        }
    }
    *at = i;
    return batch;
}

/* Up to BATCH items off the lists of lanes, of each oldest first. NULL: no memory, or none. */
static batch_t *take(ngx_http_logistics_redis_t *redis, uint64_t lanes)
{
    batch_t *batch = ngx_calloc(sizeof(*batch), redis->log);
    uint32_t lane = redis->next_lane;

    if (batch == NULL) {
        return NULL;
    }
    batch->redis = redis;
    for (uint32_t i = 0; i < LGS_N_LANES && batch->n < BATCH;
         i++, lane = (lane + 1) % LGS_N_LANES) {
        if (lanes >> lane & 1) {
            take_of_lane(&redis->lanes[lane], batch);
        }
    }
    redis->next_lane = lane; /* no lane waits for those that fill each call */
    if (batch->n == 0) {
        ngx_free(batch);
        return NULL;
    }
    return batch;
}

static void take_of_lane(list_t *list, batch_t *batch)
{
    for (item_t *item = list->first; item && batch->n < BATCH; item = list->first) {
        list->first = item->next;
        list->n--;
        *(batch->items.last ? &batch->items.last->next : &batch->items.first) = item;
        batch->items.last = item;
        batch->n++;
    }
    if (list->first == NULL) {
        list->last = NULL;
    }
    if (batch->items.last) {
        batch->items.last->next = NULL;
    }
}

static void on_batch(redisAsyncContext *ac, void *data, void *privdata)
{
    const redisReply *reply = data;
    batch_t *batch = privdata;
    ngx_http_logistics_redis_t *redis = batch->redis;

    ngx_http_logistics_redis_replied(redis, 1);
    if (reply && reply->type == REDIS_REPLY_ERROR && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0) {
        /* SCRIPT FLUSH: what comes behind the scripts finds them */
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_REDIS_ERRORS, 1);
        push_back(redis, batch);
        ngx_http_logistics_redis_reload(redis);
        ngx_http_logistics_redis_flush_soon(redis);
        return;
    }
    ngx_http_logistics_redis_traces_went(batch, reply);
}

void ngx_http_logistics_redis_traces_went(ngx_http_logistics_redis_traces_t *batch,
                                          const redisReply *reply)
{
    ngx_http_logistics_redis_t *redis = batch->redis;

    if (reply == NULL) {
        push_back(redis, batch); /* again later, at worst twice */
        if (redis->state == LINK_UP && !redis->closing) {
            ngx_http_logistics_redis_flush_soon(redis);
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

/* To the front of each lane's list, in their order. */
static void push_back(ngx_http_logistics_redis_t *redis, batch_t *batch)
{
    item_t *first = batch->items.first, *last, *next;

    for (; first; first = next) {
        list_t *list = &redis->lanes[first->lane];
        uint32_t n = 1;

        for (last = first; last->next && last->next->lane == first->lane; last = last->next) {
            n++;
        }
        next = last->next;
        last->next = list->first;
        list->first = first;
        list->last = list->last ? list->last : last;
        list->n += n;
        redis->lanes_used |= (uint64_t)1 << first->lane;
    }
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
