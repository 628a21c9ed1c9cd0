/*
 * Traces on their way to Redis: copied, kept by lane while it is away, sent some at a time by a
 * script, and forgotten when it said that it has them. What the link lost goes again.
 */
#include "ngx_http_logistics_redis_link.h"

#define FLUSH_MS     5u         /* a trace waits so long for company */
#define MAX_BUFFERED (4u << 20) /* bytes of traces a worker holds */
#define BATCH        64u        /* traces in one script call */
#define TRACES_A_KEY "100"      /* requests kept under one correlation id */
#define IDS_A_KEY    "1000"     /* ids kept under a business key, and those of one call */

/*
 * KEYS: for every record its trace key and business keys. ARGV: time to live, traces kept a key,
 * ids kept a key; then for every record: number of business keys, time, correlation id, JSON.
 * Records of one call often share keys (events of one shipment): what is the same for all of them
 * is done once, since every call out of the script costs Redis about a microsecond.
 */
const lgs_str_t ngx_http_logistics_redis_trace_script = LGS_STR_INIT(
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
    "return 'OK'\n");

struct ngx_http_logistics_redis_item_s {
    ngx_http_logistics_redis_item_t *next;
    size_t size;
    uint32_t n_keys;
    lgs_str_t id, record;
    char at[24];
    size_t at_len;
    lgs_str_t keys[]; /* n_keys; the texts follow */
};

typedef ngx_http_logistics_redis_item_t item_t;
typedef ngx_http_logistics_redis_list_t list_t;

/* One script call on its way; holds its items until Redis said OK. */
typedef struct {
    ngx_http_logistics_redis_t *redis;
    uint32_t lane;
    list_t items;
    uint32_t n;
} batch_t;

static bool send_lane(ngx_http_logistics_redis_t *redis, uint32_t lane);
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
    ngx_http_logistics_redis_await(redis, 1);
    return true;
}

static void on_batch(redisAsyncContext *ac, void *data, void *privdata)
{
    const redisReply *reply = data;
    batch_t *batch = privdata;
    ngx_http_logistics_redis_t *redis = batch->redis;

    ngx_http_logistics_redis_replied(redis, 1);
    if (reply == NULL) {
        push_back(redis, batch); /* link lost: again later, at worst twice */
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0) {
        /* SCRIPT FLUSH: what comes behind the scripts finds them */
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_REDIS_ERRORS, 1);
        push_back(redis, batch);
        ngx_http_logistics_redis_reload(redis);
        ngx_http_logistics_redis_flush_soon(redis);
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
