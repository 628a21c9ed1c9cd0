/*
 * The guard of Odoo's web client (logistics_guard on): what Odoo serves on its port but nobody
 * outside may reach, and browsers of foreign sites on its websocket. facts/odoo.md section 4 tells
 * why: dbfilter does not restrict RPC, and /websocket accepts a user's session from any Origin.
 *
 * nginx has decoded and normalized r->uri, so spellings like //jsonrpc and /json%72pc are seen here
 * as what Odoo would make of them. A request with both Content-Length and Transfer-Encoding is
 * refused by nginx itself (since 1.21.1).
 */
#include "ngx_http_logistics_zone.h"

/* Each closes the path itself and everything below it. */
static const ngx_str_t closed[] = {
    ngx_string("/jsonrpc"),
    ngx_string("/xmlrpc"),
    ngx_string("/json"),
    ngx_string("/web/database"),
};

static bool is_closed(const ngx_str_t *uri);
static bool is_foreign_websocket(ngx_http_request_t *r);
static const ngx_table_elt_t *find_origin(ngx_http_request_t *r);

ngx_int_t ngx_http_logistics_guard(ngx_http_request_t *r)
{
    ngx_http_logistics_loc_conf_t *llcf = ngx_http_get_module_loc_conf(r, ngx_http_logistics_module);
    ngx_http_logistics_main_conf_t *lmcf =
        ngx_http_get_module_main_conf(r, ngx_http_logistics_module);
    ngx_int_t rc = NGX_DECLINED;

    if (!llcf->guard || r != r->main) {
        return NGX_DECLINED;
    }
    if (is_closed(&r->uri)) {
        rc = NGX_HTTP_NOT_FOUND;
    } else if (is_foreign_websocket(r)) {
        rc = NGX_HTTP_FORBIDDEN;
    }
    if (rc != NGX_DECLINED) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "logistics: guard refused \"%V\"",
                      &r->uri);
        ngx_http_logistics_count(lmcf, NGX_HTTP_LOGISTICS_GUARD_REFUSED, 1);
    }
    return rc;
}

/* Runs of slashes count as one, whatever merge_slashes says. */
static bool is_closed(const ngx_str_t *uri)
{
    for (ngx_uint_t i = 0; i < LGS_N(closed); i++) {
        const u_char *want = closed[i].data, *end = want + closed[i].len;
        const u_char *p = uri->data, *last = p + uri->len;

        while (want < end && p < last && *p == *want) {
            while (*want == '/' && p + 1 < last && p[1] == '/') {
                p++;
            }
            p++;
            want++;
        }
        if (want == end && (p == last || *p == '/')) {
            return true;
        }
    }
    return false;
}

/* A browser always sends Origin with a websocket; other clients may leave it out. */
static bool is_foreign_websocket(ngx_http_request_t *r)
{
    const ngx_table_elt_t *origin;
    ngx_str_t host;
    u_char *at;

    if (r->uri.len < 10 || ngx_memcmp(r->uri.data, "/websocket", 10) != 0) {
        return false;
    }
    origin = find_origin(r);
    if (origin == NULL) {
        return false;
    }
    host = origin->value;
    at = host.len > 3 ? ngx_strnstr(host.data, "://", host.len) : NULL;
    if (at == NULL || r->headers_in.host == NULL) {
        return true;
    }
    host.len -= (size_t)(at + 3 - host.data);
    host.data = at + 3;
    return host.len != r->headers_in.host->value.len ||
           ngx_strncasecmp(host.data, r->headers_in.host->value.data, host.len) != 0;
}

static const ngx_table_elt_t *find_origin(ngx_http_request_t *r)
{
    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
        const ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == 6 && ngx_memcmp(header[i].lowcase_key, "origin", 6) == 0) {
                return &header[i];
            }
        }
    }
    return NULL;
}
