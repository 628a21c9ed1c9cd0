/*
 * Stage 3, authorize: path → route, method → scope, and the scope must be both in the token and
 * among the partner's grants. Runs after the token is known to be good, so that strangers do not
 * learn which routes there are.
 */
#include "ngx_http_logistics.h"

static const struct {
    ngx_uint_t method;
    lgs_method_t ours;
} methods[] = {
    {NGX_HTTP_GET, LGS_GET}, {NGX_HTTP_HEAD, LGS_HEAD},   {NGX_HTTP_POST, LGS_POST},
    {NGX_HTTP_PUT, LGS_PUT}, {NGX_HTTP_PATCH, LGS_PATCH}, {NGX_HTTP_DELETE, LGS_DELETE},
};

static const char *const method_names[LGS_N_METHODS] = {"GET", "HEAD",  "POST",
                                                        "PUT", "PATCH", "DELETE"};

static bool find_method(ngx_uint_t method, lgs_method_t *ours);
static bool has_method(const lgs_route_t *route, lgs_method_t method);
static ngx_int_t authorize_sets(ngx_http_logistics_ctx_t *ctx);
static bool has_scope(const ngx_http_logistics_ctx_t *ctx, const lgs_scopes_t *scopes);
static ngx_int_t refuse_scope(ngx_http_logistics_ctx_t *ctx, lgs_str_t scope);

ngx_int_t ngx_http_logistics_authorize(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_scopes_t *scopes;

    ctx->path = ngx_http_logistics_str(r->uri);
    ctx->route = lgs_policy_route(ctx->conf->policy, ctx->path, &ctx->params);
    if (ctx->route == NULL) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_NO_ROUTE, "route-unknown", "there is no route \"%.*s\"%s",
            (int)ngx_min(ctx->path.len, 200), ctx->path.data,
            ctx->path.data[ctx->path.len - 1] == '/' ? "; paths have no slash at their end" : "");
    }
    if (!find_method(r->method, &ctx->method) || !has_method(ctx->route, ctx->method)) {
        return ngx_http_logistics_refuse_method(r, ctx);
    }
    if (ctx->route->sets) {
        return authorize_sets(ctx);
    }
    scopes = &ctx->route->scopes[ctx->method];
    return has_scope(ctx, scopes) ? NGX_OK : refuse_scope(ctx, scopes->items[0]);
}

/* A route whose sets go the ways of others takes them by POST, each by the scope of its own. */
static bool has_method(const lgs_route_t *route, lgs_method_t method)
{
    return route->sets ? method == LGS_POST : route->scopes[method].n > 0;
}

/* Whoever may send no set of any kind is told so before anything is read. */
static ngx_int_t authorize_sets(ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t missing = LGS_STR(""), first = LGS_STR("");
    void *route;

    for (size_t i = 0; i < lgs_map_count(ctx->route->sets); i++) {
        lgs_map_at(ctx->route->sets, i, NULL, &route);
        if (ngx_http_logistics_may_post(ctx, route, &missing)) {
            return NGX_OK;
        }
        first = first.len ? first : missing;
    }
    return refuse_scope(ctx, first);
}

bool ngx_http_logistics_may_post(const ngx_http_logistics_ctx_t *ctx, const lgs_route_t *route,
                                 lgs_str_t *missing)
{
    *missing = route->scopes[LGS_POST].items[0];
    return has_scope(ctx, &route->scopes[LGS_POST]) ||
           route->stages[LGS_STAGE_AUTHORIZE] == LGS_REPORT;
}

/* One of them is enough; what it sees is then said by the read's own rules. */
static bool has_scope(const ngx_http_logistics_ctx_t *ctx, const lgs_scopes_t *scopes)
{
    for (size_t i = 0; i < scopes->n; i++) {
        if (lgs_partner_may(ctx->partner, ctx->scopes, scopes->items[i])) {
            return true;
        }
    }
    return false;
}

static bool find_method(ngx_uint_t method, lgs_method_t *ours)
{
    for (ngx_uint_t i = 0; i < LGS_N(methods); i++) {
        if (methods[i].method == method) {
            *ours = methods[i].ours;
            return true;
        }
    }
    return false;
}

ngx_int_t ngx_http_logistics_refuse_method(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t allow;

    lgs_buf_init(&allow, ctx->arena, 64, 0);
    for (ngx_uint_t m = 0; m < LGS_N_METHODS; m++) {
        if (has_method(ctx->route, (lgs_method_t)m)) {
            lgs_buf_printf(&allow, "%s%s", allow.len ? ", " : "", method_names[m]);
        }
    }
    ctx->allow = lgs_buf_text(&allow);
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_METHOD, "method", "%.*s is not for this route, but %.*s",
        (int)ngx_min(r->method_name.len, 32), r->method_name.data, LGS_FMT(lgs_buf_text(&allow)));
}

/* RFC 6750 section 3.1: 403, error and the scope that is missing. */
static ngx_int_t refuse_scope(ngx_http_logistics_ctx_t *ctx, lgs_str_t scope)
{
    bool in_token = lgs_has_scope(ctx->scopes, scope);

    ctx->challenge = lgs_arena_printf(
        ctx->arena, "Bearer realm=\"logistics\", error=\"insufficient_scope\", scope=\"%.*s\"",
        LGS_FMT(scope));
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_FORBIDDEN, in_token ? "scope-not-granted" : "scope-missing",
        in_token ? "partner \"%.*s\" is not granted the scope \"%.*s\""
                 : "the token of partner \"%.*s\" does not carry the scope \"%.*s\"",
        LGS_FMT(ctx->partner->name), LGS_FMT(scope));
}
