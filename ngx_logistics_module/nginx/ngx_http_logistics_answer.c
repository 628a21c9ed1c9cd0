/*
 * Answers: JSON and problem documents of our own, and the filters that put the correlation id and
 * the limits on every answer of a partner route and a problem document in place of nginx's pages.
 */
#include "ngx_http_logistics.h"

#define AWAY_RETRY_S "5"   /* what a 503 says when nothing better is known */
#define LOGGED_TEXT  1024u /* bytes of a refusal's reason in the error log */

static ngx_http_output_header_filter_pt next_header_filter;
static ngx_http_output_body_filter_pt next_body_filter;

/* nginx's own refusals (body too large, upstream away) → our words for them. */
static const struct {
    ngx_uint_t status;
    lgs_problem_kind_t kind;
} pages[] = {
    {NGX_HTTP_BAD_REQUEST, LGS_PROBLEM_BAD_REQUEST},
    {NGX_HTTP_FORBIDDEN, LGS_PROBLEM_FORBIDDEN},
    {NGX_HTTP_NOT_FOUND, LGS_PROBLEM_NO_ROUTE},
    {NGX_HTTP_NOT_ALLOWED, LGS_PROBLEM_METHOD},
    {NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, LGS_PROBLEM_TOO_LARGE},
    {NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, LGS_PROBLEM_MEDIA_TYPE},
    {NGX_HTTP_TOO_MANY_REQUESTS, LGS_PROBLEM_RATE},
    {NGX_HTTP_INTERNAL_SERVER_ERROR, LGS_PROBLEM_INTERNAL},
    {NGX_HTTP_BAD_GATEWAY, LGS_PROBLEM_UPSTREAM_AWAY},
    {NGX_HTTP_SERVICE_UNAVAILABLE, LGS_PROBLEM_OVERLOADED},
    {NGX_HTTP_GATEWAY_TIME_OUT, LGS_PROBLEM_UPSTREAM_TIMEOUT},
};

static bool is_ours_early(ngx_http_request_t *r, const lgs_route_t **route);
static bool is_beside_routes(const lgs_policy_t *policy, lgs_str_t path);
static void refuse_early(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                         const lgs_route_t *route);
static ngx_int_t header_filter(ngx_http_request_t *r);
static bool has_no_body(const ngx_http_request_t *r);
static ngx_int_t body_filter(ngx_http_request_t *r, ngx_chain_t *in);
static void replace_page(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t add_id(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t add_rate_headers(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static lgs_str_t rate_text(ngx_http_logistics_ctx_t *ctx, const char *first, uint64_t first_value,
                           const char *second, uint64_t second_value);
static ngx_int_t send_buf(ngx_http_request_t *r, lgs_str_t body);
static lgs_str_t when_again(const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t add_refusal_headers(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx);
static void log_refusal(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx,
                        const lgs_problem_info_t *info);

ngx_int_t ngx_http_logistics_answer_init(ngx_conf_t *cf)
{
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = header_filter;
    next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = body_filter;
    return NGX_OK;
}

ngx_int_t ngx_http_logistics_send_problem(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ngx_http_logistics_send_refusal(r, ctx, "application/problem+json",
                                           (lgs_str_t){NULL, 0});
}

ngx_int_t ngx_http_logistics_send_refusal(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                          const char *type, lgs_str_t body)
{
    const lgs_problem_info_t *info;

    if (ctx->problem == LGS_PROBLEM_NONE) {
        ctx->problem = LGS_PROBLEM_INTERNAL;
    }
    info = lgs_problem_info(ctx->problem);
    if (info->status == NGX_HTTP_SERVICE_UNAVAILABLE && ctx->retry_after.len == 0) {
        ctx->retry_after = when_again(ctx);
    }
    ngx_http_logistics_raise_ceiling(ctx);
    log_refusal(r, ctx, info);
    if (body.data == NULL) {
        body = ngx_http_logistics_problem_text(ctx);
    }
    if (body.data == NULL) {
        body = LGS_STR("{\"title\":\"out of memory\",\"status\":500}");
    }
    if (add_refusal_headers(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }
    return ngx_http_logistics_send(r, (ngx_uint_t)info->status, type, body);
}

/* As Odoo asked. The relay hears nothing else of us: it has a schedule, with jitter. */
static lgs_str_t when_again(const ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->odoo.wait_s) {
        return lgs_arena_printf(ctx->arena, "%lu", (unsigned long)ctx->odoo.wait_s);
    }
    return ctx->relayed ? LGS_STR("") : LGS_STR(AWAY_RETRY_S);
}

static ngx_int_t add_refusal_headers(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx)
{
    const struct {
        const char *name;
        lgs_str_t value;
    } headers[] = {
        {"WWW-Authenticate", ctx->challenge},
        {"Allow", ctx->allow},
        {"Accept-Encoding", ctx->codings}, /* RFC 9110 section 12.5.3 */
        {"Retry-After", ctx->retry_after},
    };

    for (ngx_uint_t i = 0; i < LGS_N(headers); i++) {
        if (headers[i].value.len &&
            ngx_http_logistics_add_header(r, headers[i].name, headers[i].value) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

/*
 * One line a refusal: what partners do is worth a note, what we or Odoo do wrong is worth more.
 * Texts quote paths and payloads: a line end in them must not begin a line of the log.
 */
static void log_refusal(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx,
                        const lgs_problem_info_t *info)
{
    ngx_uint_t level = info->status < 500 ? NGX_LOG_INFO : NGX_LOG_WARN;
    u_char line[LOGGED_TEXT];
    ngx_str_t text = {0, line};

    if (ctx->problem == LGS_PROBLEM_INTERNAL) {
        level = NGX_LOG_ERR;
    }
    if (ctx->errs.first) {
        text.len = ngx_min(ctx->errs.first->text.len, sizeof(line));
    }
    for (size_t i = 0; i < text.len; i++) {
        u_char c = (u_char)ctx->errs.first->text.data[i];

        line[i] = c < 0x20 || c == 0x7f ? '?' : c;
    }
    ngx_log_error(level, r->connection->log, 0, "logistics: %*s: %s: %V", ctx->id_len, ctx->id,
                  info->slug, &text);
}

lgs_str_t ngx_http_logistics_problem_text(ngx_http_logistics_ctx_t *ctx)
{
    lgs_problem_t problem = {
        .kind = ctx->problem,
        .detail = ctx->detail,
        .correlation_id = lgs_str(ctx->id, ctx->id_len),
        .revision = lgs_policy_revision(ctx->conf->policy),
        .partner = ctx->partner ? ctx->partner->name : LGS_STR(""),
        /* our own faults are for the log, not for partners */
        .errs = ctx->problem == LGS_PROBLEM_INTERNAL ? NULL : &ctx->errs,
        .extra = ctx->extra,
    };
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 1024, 0);
    lgs_problem_write(&buf, &problem);
    return lgs_buf_text(&buf);
}

ngx_int_t ngx_http_logistics_send(ngx_http_request_t *r, ngx_uint_t status, const char *type,
                                  lgs_str_t body)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);
    ngx_int_t rc;

    r->expect_tested = 1; /* a body that nobody will read is not invited */
    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }
    /* If-None-Match and the like must not turn "written to Odoo" into 304 or 412 */
    r->disable_not_modified = 1;
    if (ctx) {
        ctx->answered = 1;
        ctx->status = status;
        ngx_http_logistics_resume(ctx);
        ngx_http_logistics_once_end(ctx, status, type, body);
    }
    r->headers_out.status = status;
    if (status == 422) {
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content"); /* not in nginx */
    }
    r->headers_out.content_length_n = (off_t)body.len;
    if (r->method == NGX_HTTP_HEAD && ctx && ctx->letter && !ctx->letter->is_numbered) {
        r->headers_out.content_length_n = -1; /* the number of a GET may have more digits */
    }
    r->headers_out.content_type.data = (u_char *)type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    return send_buf(r, body);
}

ngx_int_t ngx_http_logistics_send_not_modified(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_logistics_ctx(r);
    ngx_int_t rc;

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }
    r->disable_not_modified = 1;
    if (ctx) {
        ctx->answered = 1;
        ctx->status = NGX_HTTP_NOT_MODIFIED;
        ngx_http_logistics_resume(ctx);
    }
    r->headers_out.status = NGX_HTTP_NOT_MODIFIED;
    r->headers_out.content_length_n = -1;
    rc = ngx_http_send_header(r);
    return rc == NGX_ERROR || rc > NGX_OK || r->header_only
               ? rc
               : ngx_http_send_special(r, NGX_HTTP_LAST);
}

static ngx_int_t send_buf(ngx_http_request_t *r, lgs_str_t body)
{
    ngx_chain_t *out = ngx_http_logistics_bufs(r->pool, body);

    return out ? ngx_http_output_filter(r, out) : NGX_ERROR;
}

ngx_chain_t *ngx_http_logistics_bufs(ngx_pool_t *pool, lgs_str_t body)
{
    ngx_chain_t *cl = ngx_alloc_chain_link(pool);
    ngx_buf_t *b = ngx_calloc_buf(pool);

    if (cl == NULL || b == NULL) {
        return NULL;
    }
    b->start = b->pos = (u_char *)body.data;
    b->end = b->last = b->pos + body.len;
    b->memory = body.len != 0;
    b->last_buf = 1;
    b->last_in_chain = 1;
    cl->buf = b;
    cl->next = NULL;
    return cl;
}

ngx_int_t ngx_http_logistics_add_header(ngx_http_request_t *r, const char *name, lgs_str_t value)
{
    ngx_table_elt_t *header;

    if (value.data == NULL) {
        return NGX_ERROR;
    }
    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NGX_ERROR;
    }
    header->hash = 1;
    header->key.data = (u_char *)name;
    header->key.len = ngx_strlen(name);
    header->value = ngx_http_logistics_ngx_str(value);
    return NGX_OK;
}

/* ---- filters ---- */

static ngx_int_t header_filter(ngx_http_request_t *r)
{
    ngx_http_logistics_loc_conf_t *llcf;
    ngx_http_logistics_ctx_t *ctx;
    const lgs_route_t *route = NULL;
    bool is_early;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_logistics_module);
    is_early = is_ours_early(r, &route);
    if (r != r->main || !(llcf->on || llcf->relay || is_early)) {
        return next_header_filter(r);
    }
    ctx = ngx_http_logistics_ctx(r);
    if (ctx == NULL || ngx_http_logistics_correlate(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }
    ngx_http_logistics_resume(ctx);
    if (is_early && r->method == NGX_HTTP_TRACE) {
        refuse_early(r, ctx, route);
    }
    if (r->err_status >= NGX_HTTP_BAD_REQUEST && !ctx->answered) {
        replace_page(r, ctx);
    }
    ctx->status = r->headers_out.status;
    if (add_id(r, ctx) != NGX_OK || add_rate_headers(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }
    if (has_no_body(r)) {
        ngx_http_logistics_limit_release(ctx);
    }
    return next_header_filter(r);
}

static bool has_no_body(const ngx_http_request_t *r)
{
    return r->header_only || r->method == NGX_HTTP_HEAD || r->headers_out.content_length_n == 0 ||
           r->headers_out.status == NGX_HTTP_NO_CONTENT ||
           r->headers_out.status == NGX_HTTP_NOT_MODIFIED;
}

/*
 * What nginx refuses before it looks for a location (TRACE) has none to say that it is ours; the
 * path does: that of a route, or one that begins as routes do ("/v1/").
 */
static bool is_ours_early(ngx_http_request_t *r, const lgs_route_t **route)
{
    const ngx_http_logistics_main_conf_t *conf;
    lgs_str_t path = ngx_http_logistics_str(r->uri);
    lgs_path_params_t params;

    conf = ngx_http_get_module_main_conf(r, ngx_http_logistics_module);
    if (r->err_status < NGX_HTTP_BAD_REQUEST || r->phase_handler != 0 || conf->policy == NULL ||
        path.len == 0) {
        return false;
    }
    *route = lgs_policy_route(conf->policy, path, &params);
    return *route || is_beside_routes(conf->policy, path);
}

static bool is_beside_routes(const lgs_policy_t *policy, lgs_str_t path)
{
    const char *slash = memchr(path.data + 1, '/', path.len - 1);
    lgs_str_t first = lgs_str(path.data, slash ? (size_t)(slash - path.data) + 1 : 0);

    for (uint32_t i = 0; first.len && i < lgs_policy_n_routes(policy); i++) {
        if (lgs_str_starts(lgs_policy_route_at(policy, i)->path, first)) {
            return true;
        }
    }
    return false;
}

static void refuse_early(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                         const lgs_route_t *route)
{
    if (route == NULL) {
        (void)ngx_http_logistics_refuse(ctx, LGS_PROBLEM_METHOD, "method", "TRACE is for no route");
        return;
    }
    ctx->route = route;
    (void)ngx_http_logistics_refuse_method(r, ctx);
    ctx->route = NULL; /* it has not gone its way: nothing counts it as one of the route */
    (void)add_refusal_headers(r, ctx);
}

/* One id an answer: what the service behind a forward route says of its own is taken out. */
static ngx_int_t add_id(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx)
{
    static const ngx_str_t name = ngx_string("X-Correlation-ID");

    for (ngx_list_part_t *part = &r->headers_out.headers.part; part; part = part->next) {
        ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == name.len &&
                ngx_strncasecmp(header[i].key.data, name.data, name.len) == 0) {
                header[i].hash = 0;
            }
        }
    }
    return ngx_http_logistics_add_header(r, (const char *)name.data, lgs_str(ctx->id, ctx->id_len));
}

static void replace_page(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    static const char type[] = "application/problem+json";

    for (ngx_uint_t i = 0; i < LGS_N(pages); i++) {
        if (pages[i].status != r->headers_out.status) {
            continue;
        }
        ctx->problem = pages[i].kind;
        log_refusal(r, ctx, lgs_problem_info(ctx->problem));
        ctx->answer = ngx_http_logistics_problem_text(ctx);
        if (ctx->answer.data == NULL) {
            return;
        }
        ctx->replacing = 1;
        r->headers_out.content_length_n = (off_t)ctx->answer.len;
        if (r->headers_out.content_length) {
            r->headers_out.content_length->hash = 0;
            r->headers_out.content_length = NULL;
        }
        ngx_str_set(&r->headers_out.content_type, type);
        r->headers_out.content_type_len = sizeof(type) - 1;
        r->headers_out.content_type_lowcase = NULL;
        return;
    }
}

/*
 * Who has its answer may send the next request, to another worker: it must not find this one still
 * in flight. So that ends before the last byte goes out, not when nginx has tidied up.
 */
static ngx_int_t body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_logistics_module);
    ngx_chain_t *out;

    if (ctx == NULL || r != r->main) {
        return next_body_filter(r, in);
    }
    for (const ngx_chain_t *cl = in; cl; cl = cl->next) {
        if (cl->buf->last_buf) {
            ngx_http_logistics_limit_release(ctx);
        }
    }
    if (!ctx->replacing) {
        return next_body_filter(r, in);
    }
    for (ngx_chain_t *cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }
    if (ctx->replaced) {
        return next_body_filter(r, NULL);
    }
    out = ngx_http_logistics_bufs(r->pool, ctx->answer);
    if (out == NULL) {
        return NGX_ERROR;
    }
    ctx->replaced = 1;
    return next_body_filter(r, out);
}

/*
 * draft-ietf-httpapi-ratelimit-headers: the limit that has the fewest tokens left. The quota is the
 * policy's rate; what a burst leaves beyond it is not shown, so a client that believes the headers
 * is never refused.
 */
static ngx_int_t add_rate_headers(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_rate_t *rate = ctx->rate_policy;
    uint64_t left, window_s, reset_s;

    if (rate == NULL) {
        return NGX_OK;
    }
    left = ctx->rate.remaining < rate->rate ? ctx->rate.remaining : rate->rate;
    window_s = (rate->window_ns + 999999999u) / 1000000000u;
    reset_s = (ctx->rate.reset_ns + 999999999u) / 1000000000u;
    if (ngx_http_logistics_add_header(
            r, "RateLimit-Policy", rate_text(ctx, ";q=", rate->rate, ";w=", window_s)) != NGX_OK) {
        return NGX_ERROR;
    }
    return ngx_http_logistics_add_header(r, "RateLimit",
                                         rate_text(ctx, ";r=", left, ";t=", reset_s));
}

/* "name" and two parameters: on every answer, so not by printf. */
static lgs_str_t rate_text(ngx_http_logistics_ctx_t *ctx, const char *first, uint64_t first_value,
                           const char *second, uint64_t second_value)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 64, 0);
    lgs_buf_byte(&buf, '"');
    lgs_buf_cstr(&buf, ctx->rate_name);
    lgs_buf_byte(&buf, '"');
    lgs_buf_cstr(&buf, first);
    lgs_buf_u64(&buf, first_value);
    lgs_buf_cstr(&buf, second);
    lgs_buf_u64(&buf, second_value);
    return lgs_buf_text(&buf);
}
