/*
 * Prefer: wait=N: a request that was accepted for later waits for its outcome. Each worker hears a
 * channel of its own; the script that decides a message names it there (docs/queue.md). Nobody
 * polls.
 */
#include "ngx_http_logistics_redis.h"

typedef struct {
    ngx_queue_t queue;
    ngx_http_request_t *request;
    ngx_http_logistics_ctx_t *ctx;
    ngx_event_t timer;
    unsigned is_early : 1; /* nothing is accepted yet: the worker does not hear */
} waiter_t;

/* Who waits holds a connection: a part of them is for that. */
#define WAITERS_SHARE 4

static void on_news(lgs_str_t id);
static void on_turn(void);
static void leave_early(waiter_t *waiter);
static waiter_t *find_early(const ngx_http_logistics_waiters_t *waiters);
static waiter_t *find_waiter(ngx_http_request_t *r);
static void on_timeout(ngx_event_t *ev);
static void wake(waiter_t *waiter);
static void on_request_gone(void *data);

ngx_int_t ngx_http_logistics_wait_open(ngx_cycle_t *cycle, ngx_http_logistics_main_conf_t *lmcf)
{
    static const char prefix[] = "lgs:w:";
    ngx_http_logistics_waiters_t *waiters = &ngx_http_logistics_worker()->waiters;
    ngx_http_logistics_ear_t *ear = ngx_palloc(cycle->pool, sizeof(*ear));
    bool is_used = false;

    if (ear == NULL) {
        return NGX_ERROR;
    }
    *ear = (ngx_http_logistics_ear_t){waiters->channel, on_news, on_turn};
    ngx_queue_init(&waiters->queue);
    for (uint32_t i = 0; i < lgs_policy_n_routes(lmcf->policy); i++) {
        lgs_deliver_t mode = lgs_policy_route_at(lmcf->policy, i)->deliver;

        /* what answers now is queued, too, by who prefers that */
        is_used |= mode == LGS_DELIVER_LATER || mode == LGS_DELIVER_NOW;
    }
    memcpy(waiters->channel, prefix, sizeof(prefix));
    if (!is_used || !ngx_http_logistics_new_id(waiters->channel + sizeof(prefix) - 1)) {
        return NGX_OK;
    }
    waiters->news = ngx_http_logistics_redis_listen(cycle, lmcf, ear);
    return waiters->news ? NGX_OK : NGX_ERROR;
}

void ngx_http_logistics_wait_close(void)
{
    ngx_http_logistics_waiters_t *waiters = &ngx_http_logistics_worker()->waiters;

    if (waiters->news) {
        ngx_http_logistics_redis_close(waiters->news);
        waiters->news = NULL;
    }
}

lgs_str_t ngx_http_logistics_wait_channel(void)
{
    const ngx_http_logistics_waiters_t *waiters = &ngx_http_logistics_worker()->waiters;

    return waiters->news && ngx_http_logistics_redis_is_up(waiters->news)
               ? lgs_str(waiters->channel, sizeof(waiters->channel) - 1)
               : LGS_STR("");
}

bool ngx_http_logistics_wait_to_hear(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_waiters_t *waiters = &ngx_http_logistics_worker()->waiters;
    const waiter_t *waiter = find_waiter(r);

    if (waiter) {
        return waiter->is_early;
    }
    if (waiters->news == NULL || !ngx_http_logistics_redis_is_coming(waiters->news) ||
        !ngx_http_logistics_wait_has_room() ||
        !ngx_http_logistics_redis_reserve(ngx_http_logistics_worker()->redis)) {
        return false;
    }
    if (ngx_http_logistics_wait_begin(r, ctx) != NGX_OK) {
        ngx_http_logistics_redis_release(ngx_http_logistics_worker()->redis, 1);
        return false;
    }
    find_waiter(r)->is_early = 1;
    waiters->n_early++;
    return true;
}

/* Who waited for that goes on: with an ear, or as one who does not wait. */
static void on_turn(void)
{
    ngx_http_logistics_waiters_t *waiters = &ngx_http_logistics_worker()->waiters;
    waiter_t *waiter;

    while ((waiter = find_early(waiters))) {
        ngx_http_request_t *r = waiter->request;
        ngx_connection_t *c = r->connection;

        leave_early(waiter);
        waiter->ctx->wait_begun = ngx_http_logistics_wait_channel().len > 0;
        ngx_http_core_run_phases(r);
        ngx_http_run_posted_requests(c);
    }
}

static void leave_early(waiter_t *waiter)
{
    if (waiter->is_early) {
        waiter->is_early = 0;
        ngx_http_logistics_worker()->waiters.n_early--;
        ngx_http_logistics_redis_release(ngx_http_logistics_worker()->redis, 1);
    }
}

static waiter_t *find_early(const ngx_http_logistics_waiters_t *waiters)
{
    if (waiters->n_early == 0) {
        return NULL;
    }
    for (ngx_queue_t *q = ngx_queue_head(&waiters->queue); q != ngx_queue_sentinel(&waiters->queue);
         q = ngx_queue_next(q)) {
        waiter_t *waiter = ngx_queue_data(q, waiter_t, queue);

        if (waiter->is_early) {
            return waiter;
        }
    }
    return NULL;
}

bool ngx_http_logistics_wait_has_room(void)
{
    return ngx_http_logistics_worker()->waiters.n < ngx_cycle->connection_n / WAITERS_SHARE;
}

ngx_int_t ngx_http_logistics_wait_begin(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_waiters_t *waiters = &ngx_http_logistics_worker()->waiters;
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, sizeof(waiter_t));
    waiter_t *waiter = cleanup ? cleanup->data : NULL;

    if (waiter == NULL) {
        return NGX_ERROR;
    }
    ngx_memzero(waiter, sizeof(*waiter));
    cleanup->handler = on_request_gone;
    waiter->request = r;
    waiter->ctx = ctx;
    waiter->timer.handler = on_timeout;
    waiter->timer.data = waiter;
    waiter->timer.log = r->connection->log;
    ngx_queue_insert_tail(&waiters->queue, &waiter->queue);
    waiters->n++;
    ctx->wait_begun = 1;
    return NGX_OK;
}

bool ngx_http_logistics_wait_for(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, ngx_uint_t s)
{
    waiter_t *waiter = find_waiter(r);

    if (ctx->told || waiter == NULL) {
        return ctx->told;
    }
    ctx->waiting = 1;
    ngx_add_timer(&waiter->timer, (ngx_msec_t)s * 1000);
    return false;
}

static void on_news(lgs_str_t id)
{
    ngx_queue_t *all = &ngx_http_logistics_worker()->waiters.queue, *next;

    for (ngx_queue_t *q = ngx_queue_head(all); q != ngx_queue_sentinel(all); q = next) {
        waiter_t *waiter = ngx_queue_data(q, waiter_t, queue);

        next = ngx_queue_next(q);
        if (lgs_str_eq(id, lgs_str(waiter->ctx->message_id, sizeof(waiter->ctx->message_id)))) {
            waiter->ctx->told = 1;
            wake(waiter);
            return; /* ids are of one request each, and the list may be another now */
        }
    }
}

static waiter_t *find_waiter(ngx_http_request_t *r)
{
    for (ngx_pool_cleanup_t *c = r->pool->cleanup; c; c = c->next) {
        if (c->handler == on_request_gone) {
            return c->data;
        }
    }
    return NULL;
}

static void on_timeout(ngx_event_t *ev)
{
    wake(ev->data);
}

static void wake(waiter_t *waiter)
{
    ngx_http_request_t *r = waiter->request;
    ngx_connection_t *c = r->connection;

    if (!waiter->ctx->waiting) {
        return; /* the news came before Redis said "accepted" */
    }
    if (waiter->timer.timer_set) {
        ngx_del_timer(&waiter->timer);
    }
    waiter->ctx->waiting = 0;
    waiter->ctx->wait_over = 1;
    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}

static void on_request_gone(void *data)
{
    waiter_t *waiter = data;

    if (waiter->timer.timer_set) {
        ngx_del_timer(&waiter->timer);
    }
    ngx_queue_remove(&waiter->queue);
    ngx_http_logistics_worker()->waiters.n--;
    leave_early(waiter);
}
