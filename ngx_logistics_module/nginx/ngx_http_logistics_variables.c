/*
 * Variables for logs, proxied headers and the internal location of Odoo calls. In a subrequest they
 * speak of its main request.
 */
#include "ngx_http_logistics.h"

static lgs_str_t get_id(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ngx_http_logistics_correlate(r->main, ctx) == NGX_OK ? lgs_str(ctx->id, ctx->id_len)
                                                                : LGS_STR("");
}

static lgs_str_t get_traceparent(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ngx_http_logistics_correlate(r->main, ctx) == NGX_OK
               ? lgs_str(ctx->traceparent, sizeof(ctx->traceparent))
               : LGS_STR("");
}

static lgs_str_t get_partner(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ctx->partner ? ctx->partner->name : LGS_STR("");
}

static lgs_str_t get_route(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ctx->route ? ctx->route->name : LGS_STR("");
}

static lgs_str_t get_outcome(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ctx->problem == LGS_PROBLEM_NONE ? LGS_STR("ok")
                                            : lgs_cstr(lgs_problem_info(ctx->problem)->slug);
}

static lgs_str_t get_revision(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return lgs_policy_revision(ctx->conf->policy);
}

static lgs_str_t get_us(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    uint64_t until = ctx->paused_ns ? ctx->paused_ns : ngx_http_logistics_now_ns();

    return lgs_arena_printf(ctx->arena, "%llu",
                            (unsigned long long)(until - ctx->started_ns - ctx->waited_ns) / 1000);
}

static lgs_str_t get_upstream(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ctx->route ? ctx->route->upstream : LGS_STR("");
}

static bool is_plain(char c)
{
    return c > 0x20 && c < 0x7f;
}

/*
 * For logs: as sent, so that odd spellings are seen, without the query, which may hold secrets.
 * What is no ASCII is escaped, else one strange request would make the log unreadable as UTF-8.
 */
static lgs_str_t get_path(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t sent = ngx_http_logistics_str(r->main->unparsed_uri);
    size_t plain = 0;
    lgs_buf_t buf;

    while (plain < sent.len && sent.data[plain] != '?' && is_plain(sent.data[plain])) {
        plain++;
    }
    if (plain == sent.len || sent.data[plain] == '?') {
        return lgs_str(sent.data, plain);
    }
    lgs_buf_init(&buf, ctx->arena, sent.len + 64, 0);
    for (size_t i = 0; i < sent.len && sent.data[i] != '?'; i++) {
        if (is_plain(sent.data[i])) {
            lgs_buf_byte(&buf, sent.data[i]);
        } else {
            lgs_buf_printf(&buf, "%%%02X", (unsigned char)sent.data[i]);
        }
    }
    return lgs_buf_text(&buf);
}

static lgs_str_t get_odoo_upstream(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_odoo_target_t *odoo = lgs_policy_odoo(ctx->conf->policy);

    return odoo ? odoo->upstream : LGS_STR("");
}

static lgs_str_t get_odoo_path(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ctx->odoo.call.path;
}

static lgs_str_t get_odoo_method(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ngx_http_logistics_str(ctx->odoo.method);
}

static lgs_str_t get_odoo_authorization(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ctx->odoo.call.authorization;
}

static lgs_str_t get_odoo_database(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    return ctx->odoo.call.database;
}

static const struct {
    ngx_str_t name;
    lgs_str_t (*get)(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
} variables[] = {
    {ngx_string("logistics_id"), get_id},
    {ngx_string("logistics_traceparent"), get_traceparent},
    {ngx_string("logistics_partner"), get_partner},
    {ngx_string("logistics_route"), get_route},
    {ngx_string("logistics_outcome"), get_outcome},
    {ngx_string("logistics_revision"), get_revision},
    {ngx_string("logistics_us"), get_us},
    {ngx_string("logistics_upstream"), get_upstream},
    {ngx_string("logistics_path"), get_path},
    {ngx_string("logistics_odoo_upstream"), get_odoo_upstream},
    {ngx_string("logistics_odoo_path"), get_odoo_path},
    {ngx_string("logistics_odoo_method"), get_odoo_method},
    {ngx_string("logistics_odoo_authorization"), get_odoo_authorization},
    {ngx_string("logistics_odoo_database"), get_odoo_database},
};

static ngx_int_t get_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_logistics_main_conf_t *lmcf = ngx_http_get_module_main_conf(r,
                                                                         ngx_http_logistics_module);
    ngx_http_logistics_ctx_t *ctx = lmcf->policy ? ngx_http_logistics_ctx(r) : NULL;
    lgs_str_t value;

    v->not_found = 1;
    if (ctx == NULL) {
        return NGX_OK;
    }
    value = variables[data].get(r, ctx);
    if (value.len) {
        v->data = (u_char *)value.data;
        v->len = (unsigned)value.len;
        v->valid = 1;
        v->not_found = 0;
    }
    return NGX_OK;
}

ngx_int_t ngx_http_logistics_add_variables(ngx_conf_t *cf)
{
    for (ngx_uint_t i = 0; i < LGS_N(variables); i++) {
        ngx_str_t name = variables[i].name;
        ngx_http_variable_t *v = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);

        if (v == NULL) {
            return NGX_ERROR;
        }
        v->get_handler = get_variable;
        v->data = i;
    }
    return NGX_OK;
}
