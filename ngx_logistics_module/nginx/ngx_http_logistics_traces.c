/*
 * GET /v1/traces/{id} and GET /v1/traces?tracking=…: a partner reads its own traces back. One look-
 * up in Redis by correlation id; by business key first the newest ids, then each of them.
 */
#include "../trace/keys.h"
#include "ngx_http_logistics_redis.h"

#define TIMEOUT_MS   2000u
#define MAX_IDS      50u /* newest first */
#define MAX_KEY_TYPE 32u
#define OF_ONE_ID    "-100" /* newest requests of one correlation id … */
#define OF_MANY_IDS  "-10"  /* … and of each, when there are many ids */
#define MAX_ANSWER   (64u << 20)

typedef struct {
    lgs_str_t id;
    lgs_buf_t requests; /* JSON objects, comma-separated */
} trace_t;

/*
 * Belongs to the request and to the commands that have no reply yet: whoever leaves last frees it.
 */
typedef struct {
    ngx_http_request_t *request; /* NULL: gone */
    ngx_http_logistics_ctx_t *ctx;
    ngx_uint_t users;
    ngx_uint_t waiting; /* replies to come */
    ngx_event_t timer;
    trace_t *traces;
    uint32_t n;
    unsigned by_key : 1;
    unsigned failed : 1;
    unsigned done : 1;
    unsigned woken : 1; /* the request has its answer, even if its client has not read it yet */
} lookup_t;

typedef struct {
    lookup_t *lookup;
    uint32_t index;
} range_t;

static ngx_int_t start(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool read_query(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                       lgs_business_key_t *key);
static ngx_int_t ask_traces(lookup_t *lookup);
static ngx_int_t ask_ids(lookup_t *lookup, lgs_business_key_t key);
static void on_ids(const redisReply *reply, void *data);
static void on_range(const redisReply *reply, void *data);
static bool add_requests(lookup_t *lookup, lgs_buf_t *to, const redisReply *range);
static void on_timeout(ngx_event_t *ev);
static void wake(lookup_t *lookup);
static void on_request_gone(void *data);
static void leave(lookup_t *lookup);
static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, lookup_t *lookup);
static ngx_int_t refuse_away(ngx_http_logistics_ctx_t *ctx);
static lookup_t *find_lookup(ngx_http_request_t *r);

ngx_int_t ngx_http_logistics_serve_traces(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lookup_t *lookup = find_lookup(r);

    if (lookup == NULL) {
        return start(r, ctx);
    }
    if (!lookup->done && !lookup->failed) {
        return NGX_AGAIN;
    }
    if (lookup->timer.timer_set) {
        ngx_del_timer(&lookup->timer);
    }
    return lookup->failed ? refuse_away(ctx) : answer(r, ctx, lookup);
}

static ngx_int_t start(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_pool_cleanup_t *cleanup;
    lgs_business_key_t key;
    lookup_t *lookup;
    ngx_int_t rc;

    if (ctx->params.n && !lgs_is_correlation_id(ctx->params.values[0])) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "correlation-id",
                                         "a correlation id has 1 to 64 of the characters A-Z, a-z, "
                                         "0-9, '.', '_' and '-'");
    }
    if (!ctx->params.n && !read_query(r, ctx, &key)) {
        return NGX_DECLINED;
    }
    if (ngx_http_logistics_worker()->redis == NULL) {
        return refuse_away(ctx);
    }
    lookup = ngx_calloc(sizeof(*lookup), r->connection->log);
    cleanup = lookup ? ngx_pool_cleanup_add(r->pool, 0) : NULL;
    if (cleanup == NULL) {
        ngx_free(lookup);
        return NGX_ERROR;
    }
    cleanup->handler = on_request_gone;
    cleanup->data = lookup;
    lgs_arena_set_ceiling(ctx->arena, MAX_ANSWER);
    lookup->request = r;
    lookup->ctx = ctx;
    lookup->users = 1;
    lookup->timer.handler = on_timeout;
    lookup->timer.data = lookup;
    lookup->timer.log = r->connection->log;
    if (ctx->params.n) {
        lookup->traces = lgs_arena_array(ctx->arena, 1, sizeof(trace_t));
        if (lookup->traces == NULL) {
            return NGX_ERROR;
        }
        lookup->traces[0].id = ctx->params.values[0];
        lookup->n = 1;
        rc = ask_traces(lookup);
    } else {
        lookup->by_key = 1;
        rc = ask_ids(lookup, key);
    }
    if (rc != NGX_OK) {
        return refuse_away(ctx);
    }
    ngx_add_timer(&lookup->timer, TIMEOUT_MS);
    return NGX_AGAIN;
}

/* What other APIs call their parameters: an empty list would look as if nothing had come. */
static bool is_no_key(lgs_str_t name)
{
    static const char *const words[] = {
        "after", "before", "correlation_id", "cursor", "fields", "filter", "from", "id",
        "limit", "offset", "page",           "q",      "since",  "size",   "sort", "status",
        "to",    "type",   "until"};

    for (size_t i = 0; i < LGS_N(words); i++) {
        if (lgs_str_is(name, words[i])) {
            return true;
        }
    }
    return false;
}

/* ?tracking=123: the type is any that records carry (tracking, order, bol, vin, …). */
static bool read_query(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                       lgs_business_key_t *key)
{
    u_char *end = r->args.data + r->args.len, *name = r->args.data, *equal, *to, *from;
    lgs_str_t meant;
    bool is_word;

    equal = r->args.len ? ngx_strlchr(name, end, '=') : NULL;
    is_word = equal && equal > name && (size_t)(equal - name) <= MAX_KEY_TYPE;
    for (u_char *c = name; is_word && c < equal; c++) {
        is_word = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '-';
    }
    to = is_word ? ngx_pnalloc(r->pool, (size_t)(end - equal)) : NULL;
    if (to == NULL || equal + 1 == end || ngx_strlchr(equal, end, '&')) {
        (void)ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_BAD_REQUEST, "query",
            "%sask for one business key: /v1/traces?tracking=<number>, or "
            "order, bol, vin, … ; or for one request: /v1/traces/<id>",
            to == NULL         ? ""
            : equal + 1 == end ? "the key has no value; "
                               : "there is more than one parameter; ");
        return false;
    }
    key->type = lgs_str((const char *)name, (size_t)(equal - name));
    if (is_no_key(key->type)) {
        (void)ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_BAD_REQUEST, "query",
            "there is no parameter \"%.*s\": a business key alone, "
            "/v1/traces?tracking=<number>, shows the newest %u requests",
            LGS_FMT(key->type), MAX_IDS);
        return false;
    }
    meant = lgs_trace_key_meant(key->type);
    if (meant.len) {
        (void)ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "query",
                                        "there is no business key \"%.*s\"; did you mean "
                                        "\"%.*s\"?",
                                        LGS_FMT(key->type), LGS_FMT(meant));
        return false;
    }
    from = equal + 1;
    key->value.data = (const char *)to;
    ngx_unescape_uri(&to, &from, (size_t)(end - from), 0);
    key->value.len = (size_t)(to - (u_char *)key->value.data);
    return true;
}

/* ---- Redis ---- */

static ngx_int_t ask_traces(lookup_t *lookup)
{
    ngx_http_logistics_redis_t *redis = ngx_http_logistics_worker()->redis;
    ngx_http_logistics_ctx_t *ctx = lookup->ctx;

    for (uint32_t i = 0; i < lookup->n; i++) {
        const char *argv[4] = {"LRANGE", NULL, lookup->by_key ? OF_MANY_IDS : OF_ONE_ID, "-1"};
        size_t lens[4] = {6, 0, ngx_strlen(argv[2]), 2};
        range_t *range = ngx_alloc(sizeof(*range), ngx_cycle->log);
        lgs_buf_t name;

        lgs_buf_init(&name, ctx->arena, 128, 0);
        lgs_trace_key(&name, ctx->partner->name, lookup->traces[i].id);
        lgs_buf_init(&lookup->traces[i].requests, ctx->arena, 0, 0);
        argv[1] = name.data;
        lens[1] = name.len;
        if (range == NULL || name.failed) {
            ngx_free(range);
            return NGX_ERROR;
        }
        *range = (range_t){lookup, i};
        if (ngx_http_logistics_redis_command(
                redis, &(ngx_http_logistics_command_t){4, argv, lens, 1, on_range, range}) !=
            NGX_OK) {
            ngx_free(range);
            return NGX_ERROR;
        }
        lookup->users++;
        lookup->waiting++;
    }
    return NGX_OK;
}

static ngx_int_t ask_ids(lookup_t *lookup, lgs_business_key_t key)
{
    ngx_http_logistics_ctx_t *ctx = lookup->ctx;
    const char *argv[4] = {"ZREVRANGE", NULL, "0", "49"};
    size_t lens[4] = {9, 0, 1, 2};
    lgs_buf_t name;

    lgs_buf_init(&name, ctx->arena, 128, 0);
    lgs_business_key(&name, ctx->partner->name, key);
    argv[1] = name.data;
    lens[1] = name.len;
    if (name.failed ||
        ngx_http_logistics_redis_command(
            ngx_http_logistics_worker()->redis,
            &(ngx_http_logistics_command_t){4, argv, lens, 1, on_ids, lookup}) != NGX_OK) {
        return NGX_ERROR;
    }
    lookup->users++;
    lookup->waiting++;
    return NGX_OK;
}

static void on_ids(const redisReply *reply, void *data)
{
    lookup_t *lookup = data;

    lookup->waiting--;
    if (lookup->request && reply && reply->type == REDIS_REPLY_ARRAY) {
        lgs_arena_t *arena = lookup->ctx->arena;

        lookup->traces = lgs_arena_array(arena, reply->elements, sizeof(trace_t));
        for (size_t i = 0; lookup->traces && i < reply->elements && i < MAX_IDS; i++) {
            lgs_str_t id = lgs_str(reply->element[i]->str, reply->element[i]->len);

            lookup->traces[i].id = lgs_arena_str(arena, id);
            lookup->n++;
        }
        lookup->failed = lookup->traces == NULL || ask_traces(lookup) != NGX_OK;
    } else {
        lookup->failed = 1;
    }
    wake(lookup);
    leave(lookup);
}

static void on_range(const redisReply *reply, void *data)
{
    range_t *range = data;
    lookup_t *lookup = range->lookup;

    lookup->waiting--;
    if (lookup->request == NULL || reply == NULL || reply->type != REDIS_REPLY_ARRAY ||
        !add_requests(lookup, &lookup->traces[range->index].requests, reply)) {
        lookup->failed = 1;
    }
    ngx_free(range);
    wake(lookup);
    leave(lookup);
}

static bool add_requests(lookup_t *lookup, lgs_buf_t *to, const redisReply *range)
{
    lgs_str_t *records = lgs_arena_array(lookup->ctx->arena, range->elements + 1, sizeof(*records));

    for (size_t i = 0; records && i < range->elements; i++) {
        records[i] = lgs_str(range->element[i]->str, range->element[i]->len);
    }
    if (records) {
        lgs_trace_sort(records, range->elements);
    }
    for (size_t i = 0; records && i < range->elements; i++) {
        if (to->len) {
            lgs_buf_byte(to, ',');
        }
        lgs_buf_str(to, records[i]);
    }
    return records != NULL;
}

static void on_timeout(ngx_event_t *ev)
{
    lookup_t *lookup = ev->data;

    lookup->failed = 1;
    wake(lookup);
}

/* Runs the request's phases when there is nothing more to wait for. */
static void wake(lookup_t *lookup)
{
    ngx_http_request_t *r = lookup->request;
    ngx_connection_t *c;

    if (lookup->waiting == 0) {
        lookup->done = 1;
    }
    if (r == NULL || lookup->woken || !(lookup->done || lookup->failed)) {
        return;
    }
    lookup->woken = 1;
    c = r->connection;
    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}

static void on_request_gone(void *data)
{
    lookup_t *lookup = data;

    if (lookup->timer.timer_set) {
        ngx_del_timer(&lookup->timer);
    }
    lookup->request = NULL;
    lookup->ctx = NULL;
    leave(lookup);
}

static void leave(lookup_t *lookup)
{
    if (--lookup->users == 0) {
        ngx_free(lookup);
    }
}

static lookup_t *find_lookup(ngx_http_request_t *r)
{
    for (ngx_pool_cleanup_t *c = r->pool->cleanup; c; c = c->next) {
        if (c->handler == on_request_gone) {
            return c->data;
        }
    }
    return NULL;
}

/* ---- answers ---- */

static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, lookup_t *lookup)
{
    uint32_t found = 0;
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 4096, 0);
    lgs_buf_cstr(&buf, lookup->by_key ? "{\"traces\":[" : "");
    for (uint32_t i = 0; i < lookup->n; i++) {
        trace_t *trace = &lookup->traces[i];

        if (trace->requests.len == 0) {
            continue; /* its time is over; the index is cleaned later */
        }
        lgs_buf_cstr(&buf, found++ ? ",{\"correlation_id\":" : "{\"correlation_id\":");
        lgs_json_write_string(&buf, trace->id);
        lgs_buf_cstr(&buf, ",\"requests\":[");
        lgs_buf_str(&buf, lgs_buf_text(&trace->requests));
        lgs_buf_cstr(&buf, "]}");
    }
    lgs_buf_cstr(&buf, lookup->by_key ? "]}" : "");
    if (found == 0 && !lookup->by_key) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_NOT_FOUND, "trace-unknown",
            "partner \"%.*s\" has no trace \"%.*s\"; traces are kept "
            "for %llu hours",
            LGS_FMT(ctx->partner->name), LGS_FMT(ctx->params.values[0]),
            (unsigned long long)lgs_policy_trace_keep_s(ctx->conf->policy) / 3600);
    }
    if (buf.failed) {
        return NGX_ERROR;
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", lgs_buf_text(&buf)));
    return NGX_DONE;
}

static ngx_int_t refuse_away(ngx_http_logistics_ctx_t *ctx)
{
    ctx->retry_after = LGS_STR("5");
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_OVERLOADED, "traces-away",
                                     "the store of traces does not answer; try again in a moment");
}
