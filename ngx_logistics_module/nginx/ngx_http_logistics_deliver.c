/*
 * Stage 11, deliver: by the route's policy either on to an HTTP service
 * (ngx_http_logistics_forward.c), to Odoo now (ngx_http_logistics_now.c), or answered from the
 * traces or from Odoo (ngx_http_logistics_query.c).
 */
#include "ngx_http_logistics.h"

static bool takes_query(const ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_deliver(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (r->args.len && !takes_query(ctx)) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "query",
                                         "%.*s takes no parameters behind a \"?\"",
                                         LGS_FMT(ctx->route->path));
    }
    if (ctx->route->serve == LGS_SERVE_TRACES) {
        return ngx_http_logistics_serve_traces(r, ctx);
    }
    if (ctx->route->serve >= LGS_SERVE_QUEUE) {
        return ngx_http_logistics_serve_ops(r, ctx);
    }
    if (ctx->route->serve == LGS_SERVE_ODOO) {
        return ngx_http_logistics_serve_query(r, ctx);
    }
    if (ngx_http_logistics_edi_answers(ctx) && ctx->records.n == 0) {
        return NGX_OK; /* acknowledgements that go no way, or what came before */
    }
    if (ctx->route->sets) {
        return ngx_http_logistics_deliver_now(r, ctx); /* as all the routes of its sets do */
    }
    if (ctx->route->serve == LGS_SERVE_MESSAGES) {
        return ngx_http_logistics_serve_message(r, ctx);
    }
    if (ngx_http_logistics_is_later(r, ctx)) {
        return ngx_http_logistics_deliver_later(r, ctx);
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

/* What is asked for by its path alone would ignore a filter without a word. */
static bool takes_query(const ngx_http_logistics_ctx_t *ctx)
{
    static const bool by_path[LGS_N_SERVES] = {
        [LGS_SERVE_MESSAGES] = true, [LGS_SERVE_LETTER] = true, [LGS_SERVE_REPLAY] = true,
        [LGS_SERVE_DROP] = true,     [LGS_SERVE_RESEND] = true,
    };

    return !by_path[ctx->route->serve] && !(ctx->route->serve == LGS_SERVE_TRACES && ctx->params.n);
}
