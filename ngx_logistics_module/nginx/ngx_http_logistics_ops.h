/*
 * What the files of the operators' API share: what an operator posts, and what is made of it for
 * the scripts.
 */
#ifndef NGX_HTTP_LOGISTICS_OPS_H
#define NGX_HTTP_LOGISTICS_OPS_H

#include "../queue/letter.h"
#include "ngx_http_logistics_redis.h"

#define NGX_HTTP_LOGISTICS_OPS_MEMORY (64u << 20) /* of one request and its answer */
#define NGX_HTTP_LOGISTICS_OPS_IDS    100u        /* messages that one request may name */
#define NGX_HTTP_LOGISTICS_OPS_LIMIT  1000u       /* … or find */

typedef struct {
    lgs_str_t why;
    lgs_fix_t *fixes;
    uint32_t n_fixes;
    bool is_dry;
    /* of many: ids or filters */
    lgs_str_t *ids;
    uint32_t n_ids, limit;
    bool is_all;
    lgs_str_t partner, reason, since, until, next;
} ngx_http_logistics_wish_t;

/* The request is about many messages: its path names none. */
bool ngx_http_logistics_is_many(const ngx_http_logistics_ctx_t *ctx);

/* Reads the body; NGX_DECLINED: refused. Times of many are ms since 1970 then, "0" and "" for none.
 */
ngx_int_t ngx_http_logistics_read_wish(ngx_http_logistics_ctx_t *ctx,
                                       ngx_http_logistics_wish_t *wish);

/* A time of RFC 3339 as ms since 1970; `none` for an empty one. False: it is no time. */
bool ngx_http_logistics_ops_ms(ngx_http_logistics_ctx_t *ctx, lgs_str_t *time, const char *none);

#define NGX_HTTP_LOGISTICS_REPLAY_ARGS 5u
/*
 * The arguments of the script replay for one letter, and in `fixed` its records as they go, when
 * there are fixes. LGS_INVALID with errs, LGS_NOMEM.
 */
lgs_rc_t ngx_http_logistics_replay_args(ngx_http_logistics_ctx_t *ctx, const lgs_letter_t *letter,
                                        const ngx_http_logistics_wish_t *wish, lgs_fixed_t *fixed,
                                        lgs_str_t args[NGX_HTTP_LOGISTICS_REPLAY_ARGS],
                                        lgs_errs_t *errs);

/* An entry for the history: the partner of the token did it. Empty: no memory. */
lgs_str_t ngx_http_logistics_deed(ngx_http_logistics_ctx_t *ctx, const char *did,
                                  const ngx_http_logistics_wish_t *wish, lgs_str_t changes);

/* The queue in numbers, with rates when it was asked for (ngx_http_logistics_ops_queue.c). */
ngx_int_t ngx_http_logistics_serve_queue(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

/* Replay or drop of many (ngx_http_logistics_ops_many.c). */
ngx_int_t ngx_http_logistics_steer_many(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

/* 200 with what was written; NGX_DONE. */
ngx_int_t ngx_http_logistics_ops_send(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                      const lgs_buf_t *buf);

#endif
