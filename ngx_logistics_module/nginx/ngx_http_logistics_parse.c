/*
 * Stage 6, parse: content type → format agreed with this partner → document tree.
 */
#include "ngx_http_logistics.h"

#include <stdio.h>

#define MAX_WORDS 5u /* formats of one media type */

/* Formats by the words of policies. Where a type may be several, the body says which. */
static const struct {
    const char *type;
    const char *formats[MAX_WORDS];
} content_types[] = {
    {"application/json", {"json"}},
    {"text/json", {"json"}},
    {"application/x-ndjson", {"ndjson"}},
    {"application/ndjson", {"ndjson"}},
    {"application/jsonl", {"ndjson"}},
    {"text/csv", {"csv"}},
    {"application/csv", {"csv"}},
    {"application/xml", {"xml"}},
    {"text/xml", {"xml"}},
    {"application/edi-x12", {"x12", "edi"}},
    {"application/edifact", {"edifact", "edi"}},
    {"application/edi-consent", {"tradacoms", "x12", "edifact", "edi"}},
    {"text/plain", {"fixed", "x12", "edifact", "tradacoms", "edi"}},
};

/* Structured syntax suffixes (RFC 6839): the rest of the type may be anything. */
static const struct {
    ngx_str_t suffix;
    const char *formats[MAX_WORDS];
} suffixes[] = {
    {ngx_string("+json"), {"json"}},
    {ngx_string("+xml"), {"xml"}},
};

static ngx_int_t read_body(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static const char *const *formats_of(ngx_http_request_t *r, lgs_str_t *type);
static const lgs_format_rule_t *rule_of(ngx_http_logistics_ctx_t *ctx, const char *const *formats);
static const lgs_format_rule_t *agreed_rule(const ngx_http_logistics_ctx_t *ctx,
                                            const char *const *formats);
static ngx_int_t choose_mapping(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t refuse_type(ngx_http_logistics_ctx_t *ctx, lgs_str_t type);
static ngx_int_t check_charset(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static lgs_str_t charset_of(ngx_str_t value);
static lgs_str_t agreed_types(const ngx_http_logistics_ctx_t *ctx, char *text, size_t room);
static bool is_any_agreed(const ngx_http_logistics_ctx_t *ctx, const char *const *formats);

ngx_int_t ngx_http_logistics_parse(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t type;

    ctx->format = rule_of(ctx, formats_of(r, &type));
    if (ctx->format == NULL) {
        return refuse_type(ctx, type);
    }
    if (check_charset(r, ctx) != NGX_OK) {
        return NGX_DECLINED;
    }
    return read_body(r, ctx);
}

/* One document is read here; many are read one after the other, where they are translated. */
static ngx_int_t read_body(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_window_t window = {ctx->body, true};
    lgs_reader_t *reader;

    if (lgs_input_is_edi(&ctx->format->input)) {
        return ngx_http_logistics_edi_open(r, ctx);
    }
    reader = lgs_reader_open(&ctx->format->input, lgs_policy_tree_limits(ctx->conf->policy),
                             ctx->arena);
    if (reader == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (lgs_input_is_batch(&ctx->format->input)) {
        return ngx_http_logistics_batch_open(ctx, reader);
    }
    switch (lgs_reader_next(reader, &window, ctx->arena, &ctx->document, &ctx->errs)) {
    case LGS_OK:
        return choose_mapping(ctx);
    case LGS_NOMEM:
        return ngx_http_logistics_refuse_memory(ctx);
    default:
        ctx->problem = LGS_PROBLEM_MALFORMED;
        return NGX_DECLINED;
    }
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

/* The media type without parameters, and our words for what it may be. */
static const char *const *formats_of(ngx_http_request_t *r, lgs_str_t *type)
{
    static const char *const none[MAX_WORDS] = {NULL};
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
            return content_types[i].formats;
        }
    }
    for (ngx_uint_t i = 0; i < LGS_N(suffixes); i++) {
        const ngx_str_t *suffix = &suffixes[i].suffix;

        if (len > suffix->len &&
            ngx_strncasecmp(value.data + len - suffix->len, suffix->data, suffix->len) == 0) {
            return suffixes[i].formats;
        }
    }
    return none;
}

static const lgs_format_rule_t *rule_of(ngx_http_logistics_ctx_t *ctx, const char *const *formats)
{
    return ctx->route->sets ? ngx_http_logistics_edi_rule(ctx, formats, MAX_WORDS)
                            : agreed_rule(ctx, formats);
}

/* The one that the body begins like; when it begins like none, the first: its reader says why. */
static const lgs_format_rule_t *agreed_rule(const ngx_http_logistics_ctx_t *ctx,
                                            const char *const *formats)
{
    const lgs_format_rule_t *first = NULL, *rule;

    for (ngx_uint_t i = 0; i < MAX_WORDS && formats[i]; i++) {
        rule = lgs_policy_format(ctx->partner, ctx->route, lgs_cstr(formats[i]));
        if (rule && lgs_input_takes(&rule->input, ctx->body)) {
            return rule;
        }
        first = first ? first : rule;
    }
    return first;
}

static ngx_int_t refuse_type(ngx_http_logistics_ctx_t *ctx, lgs_str_t type)
{
    char room[160]; /* the first type of each format */
    lgs_str_t agreed = agreed_types(ctx, room, sizeof(room));

    if (type.len == 0) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MEDIA_TYPE, "content-type",
                                         "the request has no Content-Type; partner \"%.*s\" and "
                                         "route \"%.*s\" have agreed on %.*s",
                                         LGS_FMT(ctx->partner->name), LGS_FMT(ctx->route->name),
                                         LGS_FMT(agreed));
    }
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MEDIA_TYPE, "content-type",
                                     "\"%.*s\" is not agreed with partner \"%.*s\" for route "
                                     "\"%.*s\"; send %.*s",
                                     (int)ngx_min(type.len, 100), type.data,
                                     LGS_FMT(ctx->partner->name), LGS_FMT(ctx->route->name),
                                     LGS_FMT(agreed));
}

/* A body that is not in the character set that the request names would be read with wrong letters.
 */
static ngx_int_t check_charset(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t named = charset_of(r->headers_in.content_type->value), read_as;

    if (named.len == 0 || lgs_input_is_charset(&ctx->format->input, ctx->body, named, &read_as)) {
        return NGX_OK;
    }
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MEDIA_TYPE, "charset",
                                     "the Content-Type says charset \"%.*s\", but the body is read "
                                     "as %.*s, as agreed with partner \"%.*s\" for route \"%.*s\"",
                                     (int)ngx_min(named.len, 40), named.data,
                                     (int)ngx_min(read_as.len, 40), read_as.data,
                                     LGS_FMT(ctx->partner->name), LGS_FMT(ctx->route->name));
}

/* The parameter of a media type (RFC 9110, 8.3.1), without its quotes; empty when there is none. */
static lgs_str_t charset_of(ngx_str_t value)
{
    static const ngx_str_t name = ngx_string("charset=");
    u_char *p = value.data, *end = value.data + value.len, *start;

    while ((p = ngx_strlchr(p, end, ';')) != NULL) {
        for (p++; p < end && (*p == ' ' || *p == '\t'); p++) {
        }
        if ((size_t)(end - p) < name.len || ngx_strncasecmp(p, name.data, name.len) != 0) {
            continue;
        }
        start = p + name.len;
        if (start < end && *start == '"') {
            start++;
        }
        for (p = start; p < end && *p != '"' && *p != ';' && *p != ' '; p++) {
        }
        return lgs_str((const char *)start, (size_t)(p - start));
    }
    return LGS_STR("");
}

/* A type of each format: "application/json, text/csv". */
static lgs_str_t agreed_types(const ngx_http_logistics_ctx_t *ctx, char *text, size_t room)
{
    const char *said = "";
    size_t len = 0;

    for (ngx_uint_t i = 0; i < LGS_N(content_types) && len < room; i++) {
        const char *const *formats = content_types[i].formats;

        if (ngx_strcmp(formats[0], said) != 0 && is_any_agreed(ctx, formats)) {
            len += (size_t)snprintf(text + len, room - len, "%s%s", len ? ", " : "",
                                    content_types[i].type);
        }
        said = formats[0];
    }
    return len ? lgs_str(text, ngx_min(len, room - 1)) : LGS_STR("nothing");
}

static bool is_any_agreed(const ngx_http_logistics_ctx_t *ctx, const char *const *formats)
{
    for (ngx_uint_t i = 0; i < MAX_WORDS && formats[i]; i++) {
        if (ctx->route->sets
                ? ngx_strcmp(formats[i], "edi") == 0
                : lgs_policy_format(ctx->partner, ctx->route, lgs_cstr(formats[i])) != NULL) {
            return true;
        }
    }
    return false;
}
