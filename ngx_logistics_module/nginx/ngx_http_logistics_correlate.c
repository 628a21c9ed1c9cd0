/*
 * Stage 1, correlate: the request's id and its place in a distributed trace. A partner's own id is
 * kept when it is well-formed, so that both sides talk of the same thing; else a UUIDv7 is made.
 */
#include "ngx_http_logistics.h"

#include <openssl/rand.h>

#define RANDOM_POOL 4096u /* one call into OpenSSL for some hundred requests */

static bool take_random(uint8_t *out, size_t n);

ngx_int_t ngx_http_logistics_correlate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const ngx_table_elt_t *id = ngx_http_logistics_find_header(r, "x-correlation-id", 16);
    const ngx_table_elt_t *parent = ngx_http_logistics_find_header(r, "traceparent", 11);
    uint8_t random[24];

    if (ctx->id_len) {
        return NGX_OK; /* a variable asked for it before */
    }
    if (id && lgs_is_correlation_id(ngx_http_logistics_str(id->value))) {
        ngx_memcpy(ctx->id, id->value.data, id->value.len);
        ctx->id_len = id->value.len;
    } else {
        if (!ngx_http_logistics_new_id(ctx->id)) {
            return NGX_ERROR;
        }
        ctx->id_len = 36;
    }
    if (!take_random(random, sizeof(random))) {
        return NGX_ERROR;
    }
    lgs_traceparent(parent ? ngx_http_logistics_str(parent->value) : LGS_STR(""), random,
                    ctx->traceparent);
    return NGX_OK;
}

bool ngx_http_logistics_new_id(char out[36])
{
    uint8_t random[10];

    if (!take_random(random, sizeof(random))) {
        return false;
    }
    lgs_uuid7((int64_t)ngx_time() * 1000 + ngx_cached_time->msec, random, out);
    return true;
}

const ngx_table_elt_t *ngx_http_logistics_find_header(ngx_http_request_t *r, const char *name,
                                                      size_t len)
{
    return ngx_http_logistics_nth_header(&r->headers_in.headers, name, len, 0);
}

const ngx_table_elt_t *ngx_http_logistics_nth_header(const ngx_list_t *headers, const char *name,
                                                     size_t len, ngx_uint_t n)
{
    for (const ngx_list_part_t *part = &headers->part; part; part = part->next) {
        const ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == len &&
                ngx_strncasecmp(header[i].key.data, (u_char *)name, len) == 0 && n-- == 0) {
                return &header[i];
            }
        }
    }
    return NULL;
}

static bool take_random(uint8_t *out, size_t n)
{
    static uint8_t pool[RANDOM_POOL];
    static size_t left;
    static ngx_pid_t owner; /* a forked worker must not repeat its parent's bytes */

    if (left < n || owner != ngx_pid) {
        if (RAND_bytes(pool, sizeof(pool)) != 1) {
            return false;
        }
        left = sizeof(pool);
        owner = ngx_pid;
    }
    left -= n;
    ngx_memcpy(out, pool + left, n);
    return true;
}
