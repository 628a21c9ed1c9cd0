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
/* Its first connection is on its way: it will soon be up, or is known to be away. */
bool ngx_http_logistics_redis_is_coming(const ngx_http_logistics_redis_t *redis);

/*
 * Buffers one trace for its lane: `keys` NUL-free strings, the trace key first, then business keys;
 * copied. Dropped (and counted) when the buffer is full.
 */
void ngx_http_logistics_redis_trace(ngx_http_logistics_redis_t *redis, uint32_t lane,
                                    const lgs_str_t *keys, uint32_t n_keys, lgs_str_t id,
                                    int64_t at_ms, lgs_str_t record);

/*
 * Those of these lanes (a bit each) that wait, some of them, as keep_traces takes them
 * (queue/common.lua), into argv behind *at: for a call that goes to Redis anyway. NULL: there are
 * none, or no memory. What became of them is said once; `reply` NULL: it is not known, and they go
 * again.
 */
#define NGX_HTTP_LOGISTICS_REDIS_TRACES 64u
#define NGX_HTTP_LOGISTICS_REDIS_TRACES_ARGS                                                       \
    (3u + NGX_HTTP_LOGISTICS_REDIS_TRACES * (5u + LGS_MAX_BUSINESS_KEYS))
typedef struct ngx_http_logistics_redis_traces_s ngx_http_logistics_redis_traces_t;
ngx_http_logistics_redis_traces_t *
ngx_http_logistics_redis_traces_along(ngx_http_logistics_redis_t *redis, uint64_t lanes,
                                      const char **argv, size_t *lens, uint32_t *at);
void ngx_http_logistics_redis_traces_went(ngx_http_logistics_redis_traces_t *traces,
                                          const redisReply *reply);

typedef struct {
    const char *channel;
    void (*on_news)(lgs_str_t text);
    void (*on_turn)(void); /* it hears now, or no more, or could not be made to */
} ngx_http_logistics_ear_t;

/* A link of its own that hears one channel and sends nothing. `ear` outlives it. */
ngx_http_logistics_redis_t *ngx_http_logistics_redis_listen(ngx_cycle_t *cycle,
                                                            ngx_http_logistics_main_conf_t *lmcf,
                                                            const ngx_http_logistics_ear_t *ear);

/* `reply` NULL: the link was lost. The reply is freed on return. */
typedef void (*ngx_http_logistics_redis_pt)(const redisReply *reply, void *data);

typedef struct {
    int argc;
    const char **argv;
    const size_t *lens;
    ngx_uint_t n_requests; /* that wait for its reply */
    ngx_http_logistics_redis_pt done;
    void *data;
} ngx_http_logistics_command_t;

/*
 * Sends a command; `done` is called exactly once, later. A worker's first ones wait for its first
 * connection. NGX_ERROR when the link is down or too many requests wait: then it is not called.
 */
ngx_int_t ngx_http_logistics_redis_command(ngx_http_logistics_redis_t *redis,
                                           const ngx_http_logistics_command_t *command);
/* Keeps room for the command of a request that is sent later; false: there is none. */
bool ngx_http_logistics_redis_reserve(ngx_http_logistics_redis_t *redis);
/* Right before so many are sent, or when they will not be. */
void ngx_http_logistics_redis_release(ngx_http_logistics_redis_t *redis, ngx_uint_t n_requests);

/* ---- waiting for an outcome (ngx_http_logistics_wait.c) ---- */

/* The worker's ear; NGX_ERROR only without memory. */
ngx_int_t ngx_http_logistics_wait_open(ngx_cycle_t *cycle, ngx_http_logistics_main_conf_t *lmcf);
void ngx_http_logistics_wait_close(void);
/* Where news of messages are to be told so that this worker hears them; empty: it hears nothing. */
lgs_str_t ngx_http_logistics_wait_channel(void);
/*
 * A worker that has just started does not hear yet: true, the request waits for that, and the
 * phases run again. It has a place among those who wait for the link for commands.
 */
bool ngx_http_logistics_wait_to_hear(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
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
 * The same for a script that takes many calls at once (accept): of each the number of its
 * arguments, then these; a reply for each. What requests of one turn of the event loop, and those
 * that come while two such calls are under way, ask in whatever lanes goes out as one call, in
 * their order within each lane.
 */
ngx_int_t ngx_http_logistics_ask_together(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                          const char *script, const lgs_str_t *args, uint32_t n);
/*
 * A script in many lanes (a bit each): NGX_AGAIN, then ctx->lanes has the replies and `done` is
 * called once, NULL: the phases run again. NGX_ERROR: nothing was sent, or not all.
 */
typedef void (*ngx_http_logistics_lanes_pt)(ngx_http_request_t *r);
ngx_int_t ngx_http_logistics_ask_lanes(ngx_http_request_t *r, const char *script, uint64_t lanes,
                                       const lgs_str_t *args, uint32_t n,
                                       ngx_http_logistics_lanes_pt done);
/* The same where each lane has an argument of its own, and the phases run again. */
ngx_int_t ngx_http_logistics_ask_each(ngx_http_request_t *r, const char *script, uint64_t lanes,
                                      const lgs_str_t args[LGS_N_LANES]);
/* The same as the first with nobody waiting for the reply. */
void ngx_http_logistics_tell(const ngx_http_logistics_ctx_t *ctx, const char *script,
                             const lgs_str_t *args, uint32_t n);

#endif
