/*
 * The worker's link to Redis: hiredis async on nginx's events. Traces are buffered and go out in
 * batches; commands of requests that wait for a reply go out at once. Redis away is a normal state:
 * the link comes back by itself, and what was buffered goes out then.
 */
#ifndef NGX_HTTP_LOGISTICS_REDIS_H
#define NGX_HTTP_LOGISTICS_REDIS_H

#include <hiredis/hiredis.h>

#include "ngx_http_logistics.h"

/* Opens the link and starts connecting. NULL only without memory. */
ngx_http_logistics_redis_t *ngx_http_logistics_redis_open(ngx_cycle_t *cycle,
                                                          ngx_http_logistics_main_conf_t *lmcf);
void ngx_http_logistics_redis_close(ngx_http_logistics_redis_t *redis);

bool ngx_http_logistics_redis_is_up(const ngx_http_logistics_redis_t *redis);

/*
 * Buffers one trace for its lane: `keys` NUL-free strings, the trace key first, then business keys;
 * copied. Dropped (and counted) when the buffer is full.
 */
void ngx_http_logistics_redis_trace(ngx_http_logistics_redis_t *redis, uint32_t lane,
                                    const lgs_str_t *keys, uint32_t n_keys, lgs_str_t id,
                                    int64_t at_ms, lgs_str_t record);

typedef void (*ngx_http_logistics_news_pt)(lgs_str_t text);

/* A link of its own that hears one channel and sends nothing. `channel` outlives it. */
ngx_http_logistics_redis_t *ngx_http_logistics_redis_listen(ngx_cycle_t *cycle,
                                                            ngx_http_logistics_main_conf_t *lmcf,
                                                            const char *channel,
                                                            ngx_http_logistics_news_pt on_news);

/* `reply` NULL: the link was lost. The reply is freed on return. */
typedef void (*ngx_http_logistics_redis_pt)(const redisReply *reply, void *data);

/*
 * Sends a command; `done` is called exactly once, later. A worker's first ones wait for its first
 * connection. NGX_ERROR when the link is down or too many commands wait: then it is not called.
 */
ngx_int_t ngx_http_logistics_redis_command(ngx_http_logistics_redis_t *redis, int argc,
                                           const char **argv, const size_t *lens,
                                           ngx_http_logistics_redis_pt done, void *data);

/* ---- waiting for an outcome (ngx_http_logistics_wait.c) ---- */

/* The worker's ear; NGX_ERROR only without memory. */
ngx_int_t ngx_http_logistics_wait_open(ngx_cycle_t *cycle, ngx_http_logistics_main_conf_t *lmcf);
void ngx_http_logistics_wait_close(void);
/* Where news of messages are to be told so that this worker hears them; empty: it hears nothing. */
lgs_str_t ngx_http_logistics_wait_channel(void);
/* One more may hold a connection of this worker. */
bool ngx_http_logistics_wait_has_room(void);
/* From here on news of the request's message are noted: before it is accepted. */
ngx_int_t ngx_http_logistics_wait_begin(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* The phases run again when there are news, or after `s` seconds. True: they are there already. */
bool ngx_http_logistics_wait_for(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                 ngx_uint_t s);

/*
 * A script of the queue for a request, which waits: NGX_AGAIN, then the phases run again and
 * ctx->ask has its reply. NGX_ERROR: Redis is away or takes no more; nothing was sent.
 */
ngx_int_t ngx_http_logistics_ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                 const char *script, const lgs_str_t *args, uint32_t n);
/*
 * A script in many lanes (a bit each): NGX_AGAIN, then ctx->lanes has the replies and `done` is
 * called once, NULL: the phases run again. NGX_ERROR: nothing was sent, or not all.
 */
typedef void (*ngx_http_logistics_lanes_pt)(ngx_http_request_t *r);
ngx_int_t ngx_http_logistics_ask_lanes(ngx_http_request_t *r, const char *script, uint64_t lanes,
                                       const lgs_str_t *args, uint32_t n,
                                       ngx_http_logistics_lanes_pt done);
/* The same as the first with nobody waiting for the reply. */
void ngx_http_logistics_tell(const ngx_http_logistics_ctx_t *ctx, const char *script,
                             const lgs_str_t *args, uint32_t n);

#endif
