/*
 * Stage 5, read: the whole body in one piece of memory, within the route's limit. Only then is
 * Odoo contacted: a body that stalls would occupy one of its workers.
 */
#include "ngx_http_logistics.h"

static ngx_http_request_body_filter_pt next_body_filter;

static ngx_int_t bound_body(ngx_http_request_t *r, ngx_chain_t *in);
static void body_is_read(ngx_http_request_t *r);
static ngx_int_t gather(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ssize_t copy_buf(char *to, size_t room, ngx_buf_t *buf, ngx_log_t *log);
static ngx_int_t refuse_size(ngx_http_logistics_ctx_t *ctx, off_t size);
static ngx_int_t check_encoding(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_read(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc;

    if (!ctx->body_asked) {
        if (r->headers_in.content_length_n > (off_t)ctx->route->max_body) {
            return refuse_size(ctx, r->headers_in.content_length_n);
        }
        if (check_encoding(r, ctx) != NGX_OK) {
            return NGX_DECLINED;
        }
        ctx->body_asked = 1;
        r->request_body_in_single_buf = 1;
        rc = ngx_http_read_client_request_body(r, body_is_read);
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }
        r->main->count--; /* as ngx_http_finalize_request(r, NGX_DONE) would */
        if (rc == NGX_AGAIN) {
            return NGX_AGAIN;
        }
    }
    if (!ctx->body_read) {
        return NGX_AGAIN;
    }
    return gather(r, ctx);
}

ngx_int_t ngx_http_logistics_read_init(ngx_conf_t *cf)
{
    next_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = bound_body;
    return NGX_OK;
}

/*
 * nginx holds a body in chunks against client_max_body_size only, which is the server's. Here it is
 * stopped as soon as it passes the route's limit.
 */
static ngx_int_t bound_body(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_logistics_module);

    if (ctx == NULL || r != r->main || !ctx->body_asked || ctx->body_read) {
        return next_body_filter(r, in);
    }
    for (ngx_chain_t *cl = in; cl; cl = cl->next) {
        ctx->body_bytes += (uint64_t)ngx_buf_size(cl->buf);
    }
    if (ctx->body_bytes <= ctx->route->max_body) {
        return next_body_filter(r, in);
    }
    (void)ngx_http_logistics_refuse(ctx, LGS_PROBLEM_TOO_LARGE, "body-size",
                                    "the body has more than the %llu bytes that this route takes",
                                    (unsigned long long)ctx->route->max_body);
    ctx->trace.verdicts[LGS_STAGE_READ] = LGS_VERDICT_REFUSE;
    return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
}

/* Called by nginx, possibly before ngx_http_read_client_request_body has returned. */
static void body_is_read(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_logistics_module);

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ctx->body_read = 1;
    if (ctx->paused_ns) { /* the way has been left: go on with it */
        ngx_http_core_run_phases(r);
    }
}

static ngx_int_t gather(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_chain_t *first = r->request_body ? r->request_body->bufs : NULL;
    off_t size = 0;
    size_t len = 0;
    char *to;

    for (ngx_chain_t *cl = first; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }
    ctx->trace.request_bytes = (uint32_t)size;
    if (size > (off_t)ctx->route->max_body) {
        return refuse_size(ctx, size);
    }
    if (size == 0) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MALFORMED, "body-empty",
                                         "the request has no body");
    }
    ngx_http_logistics_set_ceiling(ctx, (uint64_t)size);
    if (first->next == NULL && !first->buf->in_file) {
        ctx->body = lgs_str((const char *)first->buf->pos, (size_t)size);
        return NGX_OK;
    }
    to = lgs_arena_alloc(ctx->arena, (size_t)size);
    if (to == NULL) {
        return NGX_ERROR;
    }
    for (ngx_chain_t *cl = first; cl; cl = cl->next) {
        ssize_t n = copy_buf(to + len, (size_t)size - len, cl->buf, r->connection->log);

        if (n < 0) {
            return NGX_ERROR;
        }
        len += (size_t)n;
    }
    ctx->body = lgs_str(to, len);
    return NGX_OK;
}

static ssize_t copy_buf(char *to, size_t room, ngx_buf_t *buf, ngx_log_t *log)
{
    size_t size = (size_t)ngx_buf_size(buf);

    if (size > room) {
        return -1;
    }
    if (size == 0) {
        return 0; /* the mark of the end has no memory */
    }
    if (!buf->in_file) {
        ngx_memcpy(to, buf->pos, size);
        return (ssize_t)size;
    }
    return ngx_read_file(buf->file, (u_char *)to, size, buf->file_pos) == (ssize_t)size
               ? (ssize_t)size
               : -1;
}

static ngx_int_t refuse_size(ngx_http_logistics_ctx_t *ctx, off_t size)
{
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_TOO_LARGE, "body-size",
                                     "the body has %lld bytes; this route takes up to %llu",
                                     (long long)size, (unsigned long long)ctx->route->max_body);
}

/* A coding that is not undone must not reach a parser. */
static ngx_int_t check_encoding(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    static const ngx_str_t name = ngx_string("content-encoding");
    static const ngx_str_t identity = ngx_string("identity");

    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
        const ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == name.len &&
                ngx_memcmp(header[i].lowcase_key, name.data, name.len) == 0 &&
                !(header[i].value.len == identity.len &&
                  ngx_strncasecmp(header[i].value.data, identity.data, identity.len) == 0)) {
                ctx->codings = LGS_STR("identity");
                return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MEDIA_TYPE, "content-encoding",
                                                 "Content-Encoding \"%.*s\" is not taken: send the "
                                                 "body as it is",
                                                 (int)ngx_min(header[i].value.len, 64),
                                                 header[i].value.data);
            }
        }
    }
    return NGX_OK;
}
