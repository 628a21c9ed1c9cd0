/*
 * Stage 11, deliver: by the route's policy either on to an HTTP service that speaks the canonical
 * form (forward), to Odoo now (ngx_http_logistics_now.c), or answered from the traces or from Odoo
 * (ngx_http_logistics_query.c).
 */
#include "ngx_http_logistics.h"

static void set_content_type(ngx_http_request_t *r);
static ngx_int_t set_content_length(ngx_http_request_t *r, size_t len);

ngx_int_t ngx_http_logistics_deliver(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->route->serve == LGS_SERVE_TRACES) {
        return ngx_http_logistics_serve_traces(r, ctx);
    }
    if (ctx->route->serve == LGS_SERVE_ODOO) {
        return ngx_http_logistics_serve_query(r, ctx);
    }
    switch (ctx->route->deliver) {
    case LGS_DELIVER_FORWARD:
        return ngx_http_logistics_forward(r, ctx);
    case LGS_DELIVER_NOW:
        return ngx_http_logistics_deliver_now(r, ctx);
    default:
        return NGX_ERROR; /* the loader lets no other mode through */
    }
}

/*
 * Puts the canonical body in place of the partner's; the location's proxy_pass sends it on and the
 * answer comes back as it is.
 */
ngx_int_t ngx_http_logistics_forward(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_chain_t *cl;
    ngx_buf_t *b;
    lgs_buf_t out;

    lgs_buf_init(&out, ctx->arena, ctx->body.len + 1024, 0);
    lgs_buf_byte(&out, '[');
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        if (i) {
            lgs_buf_byte(&out, ',');
        }
        lgs_json_write(&out, &ctx->records.items[i].node);
    }
    lgs_buf_byte(&out, ']');
    ctx->canonical = lgs_buf_text(&out);
    cl = ngx_alloc_chain_link(r->pool);
    b = ngx_calloc_buf(r->pool);
    if (out.failed) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (cl == NULL || b == NULL) {
        return NGX_ERROR;
    }
    b->start = b->pos = (u_char *)ctx->canonical.data;
    b->end = b->last = b->pos + ctx->canonical.len;
    b->memory = 1;
    b->last_buf = 1;
    cl->buf = b;
    cl->next = NULL;
    r->request_body->bufs = cl;
    r->request_body->temp_file = NULL;
    set_content_type(r);
    if (set_content_length(r, ctx->canonical.len) != NGX_OK) {
        return NGX_ERROR;
    }
    /* proxy_pass sends the path that was checked, not one of its spellings (/x/%2e%2e/v1/...) */
    r->valid_unparsed_uri = 0;
    ctx->forwarded = 1;
    return NGX_OK;
}

/* In the list that proxy_pass reads: r->headers_in.content_type may point into an older one. */
static void set_content_type(ngx_http_request_t *r)
{
    static const ngx_str_t name = ngx_string("content-type");

    for (ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
        ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == name.len &&
                ngx_memcmp(header[i].lowcase_key, name.data, name.len) == 0) {
                ngx_str_set(&header[i].value, "application/json");
            }
        }
    }
}

static ngx_int_t set_content_length(ngx_http_request_t *r, size_t len)
{
    r->headers_in.content_length_n = (off_t)len;
    r->headers_in.chunked = 0;
    if (r->headers_in.content_length) {
        u_char *text = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);

        if (text == NULL) {
            return NGX_ERROR;
        }
        r->headers_in.content_length->value.data = text;
        r->headers_in.content_length->value.len = (size_t)(ngx_sprintf(text, "%uz", len) - text);
    }
    return NGX_OK;
}
