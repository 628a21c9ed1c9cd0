/*
 * Stage 2, authenticate: bearer token → partner and scopes. A token that was verified before is
 * found by its SHA-256 in shared memory; everything else goes through auth/jwt.h.
 *
 * Headers with which a client could claim an identity, or another method or path than those that
 * are checked here, are taken out of the request; the configuration sets ours ($logistics_partner)
 * for whatever stands behind.
 */
#include "ngx_http_logistics_zone.h"

#define SCHEME "Bearer"

static const ngx_str_t identity_headers[] = {
    /* prefixes, lower case */
    ngx_string("x-partner"),     ngx_string("x-logistics-"),      ngx_string("x-odoo-"),
    ngx_string("x-http-method"), ngx_string("x-method-override"), ngx_string("x-original-url"),
    ngx_string("x-rewrite-url"),
};

static ngx_int_t read_bearer(ngx_http_request_t *r, lgs_str_t *token);
static ngx_int_t verify(ngx_http_logistics_ctx_t *ctx, lgs_str_t token,
                        const uint8_t key[LGS_SHA256_LEN]);
static ngx_int_t challenge(ngx_http_logistics_ctx_t *ctx);
static bool is_identity_header(const ngx_table_elt_t *header);
static ngx_int_t strip_identity(ngx_http_request_t *r);

ngx_int_t ngx_http_logistics_authenticate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_seen_t seen;
    uint8_t key[LGS_SHA256_LEN];
    lgs_str_t token;
    ngx_int_t rc;

    if (strip_identity(r) != NGX_OK) {
        return NGX_ERROR;
    }
    if (read_bearer(r, &token) != NGX_OK) {
        (void)ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNAUTHENTICATED, "token-missing",
                                        "%s: send Authorization: Bearer <JWT>",
                                        r->headers_in.authorization
                                            ? "the request's Authorization holds no bearer token"
                                            : "the request has no bearer token");
        return challenge(ctx);
    }
    if (!lgs_sha256(token, key)) {
        return NGX_ERROR;
    }
    switch (ngx_http_logistics_zone_find_token(ctx->conf, key, ngx_time(), ctx->arena, &seen)) {
    case LGS_OK:
        ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_TOKEN_HITS, 1);
        ctx->partner = lgs_policy_partner_at(ctx->conf->policy, seen.partner);
        ctx->scopes = seen.scopes;
        return NGX_OK;
    case LGS_NOT_FOUND:
        break;
    default:
        return NGX_ERROR;
    }
    rc = verify(ctx, token, key);
    return rc == NGX_DECLINED ? challenge(ctx) : rc;
}

static ngx_int_t read_bearer(ngx_http_request_t *r, lgs_str_t *token)
{
    const size_t scheme = sizeof(SCHEME) - 1;
    ngx_str_t value;

    if (r->headers_in.authorization == NULL) {
        return NGX_DECLINED;
    }
    value = r->headers_in.authorization->value;
    if (value.len <= scheme || ngx_strncasecmp(value.data, (u_char *)SCHEME, scheme) != 0 ||
        value.data[scheme] != ' ') {
        return NGX_DECLINED;
    }
    value.data += scheme;
    value.len -= scheme;
    while (value.len && value.data[0] == ' ') {
        value.data++;
        value.len--;
    }
    *token = ngx_http_logistics_str(value);
    return value.len ? NGX_OK : NGX_DECLINED;
}

static ngx_int_t verify(ngx_http_logistics_ctx_t *ctx, lgs_str_t text,
                        const uint8_t key[LGS_SHA256_LEN])
{
    lgs_policy_t *policy = ctx->conf->policy;
    ngx_http_logistics_seen_t seen;
    lgs_token_t token;

    ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_TOKEN_MISSES, 1);
    switch (lgs_jwt_verify(text, ngx_time(), lgs_policy_find_issuer, policy, ctx->arena, &token,
                           &ctx->errs)) {
    case LGS_OK:
        break;
    case LGS_NOMEM:
        return NGX_ERROR;
    default:
        ctx->problem = LGS_PROBLEM_UNAUTHENTICATED;
        return NGX_DECLINED;
    }
    ctx->scopes = token.scopes;
    ctx->partner = lgs_policy_partner(policy, token.issuer->issuer, token.client_id);
    if (ctx->partner == NULL) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_FORBIDDEN, "token-partner",
            "the token is valid, but no partner has the identity \"%.*s\" of issuer \"%.*s\"",
            LGS_FMT(token.client_id), LGS_FMT(token.issuer->issuer));
    }
    seen = (ngx_http_logistics_seen_t){ctx->partner->index, token.expires, token.scopes};
    ngx_http_logistics_zone_add_token(ctx->conf, key, ngx_time(), &seen);
    return NGX_OK;
}

/* RFC 6750 section 3; a missing token gets no error attribute. */
static ngx_int_t challenge(ngx_http_logistics_ctx_t *ctx)
{
    const lgs_err_t *err = ctx->errs.first;
    lgs_buf_t buf;

    if (ctx->problem != LGS_PROBLEM_UNAUTHENTICATED) {
        return NGX_DECLINED;
    }
    lgs_buf_init(&buf, ctx->arena, 128, 1024);
    lgs_buf_cstr(&buf, "Bearer realm=\"logistics\"");
    if (err && ngx_strcmp(err->code, "token-missing") != 0) {
        lgs_buf_cstr(&buf, ", error=\"invalid_token\", error_description=\"");
        for (size_t i = 0; i < err->text.len; i++) {
            char c = err->text.data[i];

            /* RFC 6750: %x20-21 / %x23-5B / %x5D-7E */
            lgs_buf_byte(&buf, c == '"' || c == '\\' || c < 0x20 || c > 0x7e ? '\'' : c);
        }
        lgs_buf_byte(&buf, '"');
    }
    ctx->challenge = lgs_buf_text(&buf);
    return NGX_DECLINED;
}

/* ---- identity headers of clients ---- */

static bool is_identity_header(const ngx_table_elt_t *header)
{
    if (header->key.len == 0 || (header->lowcase_key[0] != 'x')) {
        return false;
    }
    for (ngx_uint_t i = 0; i < LGS_N(identity_headers); i++) {
        if (header->key.len >= identity_headers[i].len &&
            ngx_memcmp(header->lowcase_key, identity_headers[i].data, identity_headers[i].len) ==
                0) {
            return true;
        }
    }
    return false;
}

/*
 * Makes a new list without them. The old one stays as it is: r->headers_in has pointers into it
 * (Host, Content-Length, …).
 */
static ngx_int_t strip_identity(ngx_http_request_t *r)
{
    ngx_list_t *headers = &r->headers_in.headers, kept;
    ngx_uint_t found = 0;

    for (ngx_list_part_t *part = &headers->part; part; part = part->next) {
        ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            found += is_identity_header(&header[i]);
        }
    }
    if (found == 0) {
        return NGX_OK;
    }
    if (ngx_list_init(&kept, r->pool, 20, sizeof(ngx_table_elt_t)) != NGX_OK) {
        return NGX_ERROR;
    }
    for (ngx_list_part_t *part = &headers->part; part; part = part->next) {
        ngx_table_elt_t *header = part->elts, *copy;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (is_identity_header(&header[i])) {
                continue;
            }
            copy = ngx_list_push(&kept);
            if (copy == NULL) {
                return NGX_ERROR;
            }
            *copy = header[i];
        }
    }
    *headers = kept;
    if (kept.last == &kept.part) {
        headers->last = &headers->part;
    }
    return NGX_OK;
}
