/*
 * The inside of the link, for the file that is the link (ngx_http_logistics_redis.c) and the one
 * that sends traces over it (ngx_http_logistics_redis_traces.c).
 */
#ifndef NGX_HTTP_LOGISTICS_REDIS_LINK_H
#define NGX_HTTP_LOGISTICS_REDIS_LINK_H

#include "ngx_http_logistics_redis.h"

#include "ngx_http_logistics_redis_events.h"
#include "ngx_http_logistics_zone.h"

#define NGX_HTTP_LOGISTICS_REDIS_MAX_PENDING 4096u /* requests and traces' calls without reply */

/* A trace that waits. */
typedef struct ngx_http_logistics_redis_item_s ngx_http_logistics_redis_item_t;
typedef struct {
    ngx_http_logistics_redis_item_t *first, *last;
    ngx_uint_t n;
} ngx_http_logistics_redis_list_t;

typedef enum { LINK_DOWN, LINK_CONNECTING, LINK_LOADING, LINK_UP } state_e;

struct ngx_http_logistics_redis_s {
    ngx_http_logistics_main_conf_t *lmcf;
    ngx_log_t *log;
    redisAsyncContext *ac;
    ngx_http_logistics_events_t events; /* of ac's socket */
    state_e state;
    char ttl[24];
    ngx_uint_t pending, reserved;
    ngx_msec_t backoff;
    ngx_event_t retry, connect_timeout, reply_timeout, flush, send;
    ngx_http_logistics_redis_list_t lanes[LGS_N_LANES]; /* of traces */
    uint64_t lanes_used;                                /* a bit a lane with items */
    uint32_t next_lane;                                 /* whose traces go along first */
    size_t buffered;
    unsigned closing : 1;
    unsigned was_away : 1;               /* a connection, or the attempt to get one, has failed */
    const ngx_http_logistics_ear_t *ear; /* this link only hears; NULL: it is for commands */
};

/* ---- the link ---- */

/* So many more wait for what has just been sent; have their reply. */
void ngx_http_logistics_redis_await(ngx_http_logistics_redis_t *redis, ngx_uint_t n);
void ngx_http_logistics_redis_replied(ngx_http_logistics_redis_t *redis, ngx_uint_t n);
/*
 * Writes what a flush has queued: saves two epoll_ctl and a turn of the event loop. Before there is
 * a connection the write event waits for it anyway.
 */
void ngx_http_logistics_redis_write(ngx_http_logistics_redis_t *redis);
/* Redis has forgotten its scripts: what is sent behind this finds them. */
void ngx_http_logistics_redis_reload(ngx_http_logistics_redis_t *redis);

/* ---- traces ---- */

/* Sends those that wait, soon; or now. */
void ngx_http_logistics_redis_flush_soon(ngx_http_logistics_redis_t *redis);
void ngx_http_logistics_redis_flush(ngx_http_logistics_redis_t *redis);

#endif
