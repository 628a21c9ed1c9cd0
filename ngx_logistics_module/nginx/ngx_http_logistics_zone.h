/*
 * Shared memory of all workers: verified tokens, rates and in-flight numbers, counters.
 *
 * Nothing here takes a lock on a request's path. A rate is one word changed by compare-and-swap; a
 * token entry is guarded by a sequence number; every worker counts in a column of its own, and only
 * a scrape of /metrics adds the columns up.
 */
#ifndef NGX_HTTP_LOGISTICS_ZONE_H
#define NGX_HTTP_LOGISTICS_ZONE_H

#include "ngx_http_logistics.h"

#include "../base/digest.h"

/* Adds the zone to the configuration. */
ngx_int_t ngx_http_logistics_zone_add(ngx_conf_t *cf, ngx_http_logistics_main_conf_t *lmcf);
/*
 * In a worker: takes a column, and frees what a dead worker still held. Where the zone has no room
 * for one more column the worker serves without: it limits exactly, but counts nothing.
 */
void ngx_http_logistics_zone_attach(ngx_http_logistics_main_conf_t *lmcf, ngx_log_t *log);
void ngx_http_logistics_zone_detach(ngx_http_logistics_main_conf_t *lmcf);

/* ---- limits ---- */

typedef enum {
    NGX_HTTP_LOGISTICS_PARTNER,
    NGX_HTTP_LOGISTICS_ROUTE,
    NGX_HTTP_LOGISTICS_N_SUBJECTS
} ngx_http_logistics_subject_e;

/* What a rate counts. */
typedef enum {
    NGX_HTTP_LOGISTICS_UNIT_REQUESTS,
    NGX_HTTP_LOGISTICS_UNIT_RECORDS,
    NGX_HTTP_LOGISTICS_N_UNITS
} ngx_http_logistics_unit_e;

typedef struct {
    ngx_http_logistics_subject_e subject;
    uint32_t index; /* of the partner or route in its policy */
    ngx_http_logistics_unit_e unit;
    const lgs_rate_t *rate;
} ngx_http_logistics_bucket_t;

/* Takes `cost` tokens, all or none. */
lgs_rate_verdict_t ngx_http_logistics_zone_take(const ngx_http_logistics_main_conf_t *lmcf,
                                                const ngx_http_logistics_bucket_t *bucket,
                                                uint32_t cost, uint64_t now_ns);
/* Gives them back: when the other limit refused the same request. */
void ngx_http_logistics_zone_give_back(const ngx_http_logistics_main_conf_t *lmcf,
                                       const ngx_http_logistics_bucket_t *bucket, uint32_t cost);
/* Counts a request in; false (and not counted) when `limit` are in already. */
bool ngx_http_logistics_zone_enter(const ngx_http_logistics_main_conf_t *lmcf,
                                   ngx_http_logistics_subject_e subject, uint32_t index,
                                   uint32_t limit);
void ngx_http_logistics_zone_leave(const ngx_http_logistics_main_conf_t *lmcf,
                                   ngx_http_logistics_subject_e subject, uint32_t index);

/* ---- verified tokens ---- */

typedef struct {
    uint32_t partner; /* index in the policy of this generation */
    int64_t expires;
    lgs_str_t scopes; /* after a find: in the caller's arena */
} ngx_http_logistics_seen_t;

/* LGS_OK, LGS_NOT_FOUND, or LGS_NOMEM. Entries of another generation or past `now_s` are not found.
 */
lgs_rc_t ngx_http_logistics_zone_find_token(const ngx_http_logistics_main_conf_t *lmcf,
                                            const uint8_t key[LGS_SHA256_LEN], int64_t now_s,
                                            lgs_arena_t *arena, ngx_http_logistics_seen_t *seen);
/* Remembers one; what does not fit an entry is not remembered. */
void ngx_http_logistics_zone_add_token(const ngx_http_logistics_main_conf_t *lmcf,
                                       const uint8_t key[LGS_SHA256_LEN], int64_t now_s,
                                       const ngx_http_logistics_seen_t *seen);

/* ---- counters ---- */

typedef enum {
    NGX_HTTP_LOGISTICS_TOKEN_HITS,
    NGX_HTTP_LOGISTICS_TOKEN_MISSES,
    NGX_HTTP_LOGISTICS_TOKEN_EVICTIONS,
    NGX_HTTP_LOGISTICS_TRACES_SENT,
    NGX_HTTP_LOGISTICS_TRACES_DROPPED,
    NGX_HTTP_LOGISTICS_REDIS_CONNECTS,
    NGX_HTTP_LOGISTICS_REDIS_LOSSES,
    NGX_HTTP_LOGISTICS_REDIS_ERRORS,
    NGX_HTTP_LOGISTICS_REDIS_UP, /* 0 or 1 a worker */
    NGX_HTTP_LOGISTICS_ODOO_CALLS,
    NGX_HTTP_LOGISTICS_RECORDS,
    NGX_HTTP_LOGISTICS_WARNINGS,
    NGX_HTTP_LOGISTICS_GUARD_REFUSED,
    NGX_HTTP_LOGISTICS_QUEUED,
    NGX_HTTP_LOGISTICS_REPLAYED,
    NGX_HTTP_LOGISTICS_N_COUNTERS
} ngx_http_logistics_counter_e;

typedef enum {
    NGX_HTTP_LOGISTICS_TIME_GATEWAY,
    NGX_HTTP_LOGISTICS_TIME_ODOO,
    NGX_HTTP_LOGISTICS_N_TIMES
} ngx_http_logistics_time_e;

void ngx_http_logistics_count(const ngx_http_logistics_main_conf_t *lmcf,
                              ngx_http_logistics_counter_e counter, int64_t by);
void ngx_http_logistics_count_time(const ngx_http_logistics_main_conf_t *lmcf,
                                   ngx_http_logistics_time_e time, uint64_t us);
/* The finished request: route, partner, outcome, stage verdicts. */
void ngx_http_logistics_count_request(const ngx_http_logistics_main_conf_t *lmcf,
                                      const ngx_http_logistics_ctx_t *ctx);
/* What a route's machine decided about a record. */
void ngx_http_logistics_count_order(const ngx_http_logistics_main_conf_t *lmcf,
                                    const lgs_route_t *route, lgs_order_t order,
                                    bool is_incomplete);
/* Prometheus text of all columns. */
void ngx_http_logistics_zone_metrics(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf);

#endif
