/*
 * Stage 7, validate: the partner's document against the schema of its format, all errors at once.
 */
#include "ngx_http_logistics.h"

ngx_int_t ngx_http_logistics_validate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->format->schema == NULL || ctx->batch) { /* a batch: each document by itself, later */
        return NGX_OK;
    }
    switch (lgs_schema_validate(ctx->format->schema, &ctx->document, NULL, &ctx->errs)) {
    case LGS_OK:
        return NGX_OK;
    case LGS_NOMEM:
        return ngx_http_logistics_refuse_memory(ctx);
    default:
        ctx->problem = LGS_PROBLEM_INVALID;
        return NGX_DECLINED;
    }
}
