/*
 * Stage 6, parse: content type → format agreed with this partner → document tree.
 */
#include "ngx_http_logistics.h"

static const struct {
    const char *type;
    const char *format; /* the word of policies */
} content_types[] = {
    {"application/json", "json"},
    {"text/json", "json"},
};

/* One reader a format; each fills ctx->document or ctx->errs. */
static const struct {
    const char *format;
    lgs_rc_t (*read)(lgs_arena_t *arena, lgs_str_t source, const lgs_tree_limits_t *limits,
                     lgs_doc_t *doc, lgs_errs_t *errs);
} readers[] = {
    {"json", lgs_json_read},
};

static lgs_str_t format_of(ngx_http_request_t *r, lgs_str_t *type);
static ngx_int_t choose_mapping(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t refuse_type(ngx_http_logistics_ctx_t *ctx, lgs_str_t type);
static const char *agreed_type(const ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_parse(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t type, format = format_of(r, &type);

    ctx->format = format.len ? lgs_policy_format(ctx->partner, ctx->route, format) : NULL;
    if (ctx->format == NULL) {
        return refuse_type(ctx, type);
    }
    for (ngx_uint_t i = 0; i < LGS_N(readers); i++) {
        if (!lgs_str_is(format, readers[i].format)) {
            continue;
        }
        switch (readers[i].read(ctx->arena, ctx->body, lgs_policy_tree_limits(ctx->conf->policy),
                                &ctx->document, &ctx->errs)) {
        case LGS_OK:
            return choose_mapping(ctx);
        case LGS_NOMEM:
            return ngx_http_logistics_refuse_memory(ctx);
        default:
            ctx->problem = LGS_PROBLEM_MALFORMED;
            return NGX_DECLINED;
        }
    }
    return refuse_type(ctx, type);
}

/* A list of mappings: the first that is for this document. */
static ngx_int_t choose_mapping(ngx_http_logistics_ctx_t *ctx)
{
    switch (lgs_policy_choose(ctx->format, &ctx->document, ctx->partner, ctx->arena, &ctx->format,
                              &ctx->errs)) {
    case LGS_OK:
        return NGX_OK;
    case LGS_NOMEM:
        return ngx_http_logistics_refuse_memory(ctx);
    default:
        ctx->problem = LGS_PROBLEM_UNTRANSLATABLE;
        return NGX_DECLINED;
    }
}

/* The media type without parameters, and our word for it; "+json" types are JSON. */
static lgs_str_t format_of(ngx_http_request_t *r, lgs_str_t *type)
{
    static const ngx_str_t json_suffix = ngx_string("+json");
    ngx_str_t value = ngx_null_string;
    size_t len = 0;

    if (r->headers_in.content_type) {
        value = r->headers_in.content_type->value;
    }
    while (len < value.len && value.data[len] != ';' && value.data[len] != ' ') {
        len++;
    }
    *type = lgs_str((const char *)value.data, len);
    for (ngx_uint_t i = 0; i < LGS_N(content_types); i++) {
        if (len == ngx_strlen(content_types[i].type) &&
            ngx_strncasecmp(value.data, (u_char *)content_types[i].type, len) == 0) {
            return lgs_cstr(content_types[i].format);
        }
    }
    if (len > json_suffix.len && ngx_strncasecmp(value.data + len - json_suffix.len,
                                                 json_suffix.data, json_suffix.len) == 0) {
        return LGS_STR("json");
    }
    return LGS_STR("");
}

static ngx_int_t refuse_type(ngx_http_logistics_ctx_t *ctx, lgs_str_t type)
{
    const char *agreed = agreed_type(ctx);

    if (type.len == 0) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MEDIA_TYPE, "content-type",
                                         "the request has no Content-Type; %s is agreed with "
                                         "partner \"%.*s\" for route \"%.*s\"",
                                         agreed, LGS_FMT(ctx->partner->name),
                                         LGS_FMT(ctx->route->name));
    }
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MEDIA_TYPE, "content-type",
                                     "\"%.*s\" is not agreed with partner \"%.*s\" for route "
                                     "\"%.*s\"; %s is",
                                     (int)ngx_min(type.len, 100), type.data,
                                     LGS_FMT(ctx->partner->name), LGS_FMT(ctx->route->name),
                                     agreed);
}

static const char *agreed_type(const ngx_http_logistics_ctx_t *ctx)
{
    for (ngx_uint_t i = 0; i < LGS_N(content_types); i++) {
        if (lgs_policy_format(ctx->partner, ctx->route, lgs_cstr(content_types[i].format))) {
            return content_types[i].type;
        }
    }
    return "nothing";
}
