/*
 * The guard of Odoo's web client (logistics_guard on): what Odoo serves on its port but nobody
 * outside may reach, and browsers of foreign sites on its websocket, which takes a user's session
 * from any Origin (measured).
 *
 * The path is judged as the client sent it, since that is what proxy_pass hands on: nginx's own
 * reading of it (dots resolved) is not Odoo's. A request with both Content-Length and
 * Transfer-Encoding is refused by nginx itself (since 1.21.1).
 */
#include "ngx_http_logistics_zone.h"

#include "../odoo/paths.h"

static bool is_foreign_websocket(ngx_http_request_t *r);

ngx_int_t ngx_http_logistics_guard(ngx_http_request_t *r)
{
    ngx_http_logistics_loc_conf_t *llcf = ngx_http_get_module_loc_conf(r,
                                                                       ngx_http_logistics_module);
    ngx_http_logistics_main_conf_t *lmcf = ngx_http_get_module_main_conf(r,
                                                                         ngx_http_logistics_module);
    ngx_int_t rc = NGX_DECLINED;

    if (!llcf->guard || r != r->main) {
        return NGX_DECLINED;
    }
    if (lgs_odoo_path_is_closed(ngx_http_logistics_str(r->unparsed_uri))) {
        rc = NGX_HTTP_NOT_FOUND;
    } else if (is_foreign_websocket(r)) {
        rc = NGX_HTTP_FORBIDDEN;
    }
    if (rc != NGX_DECLINED) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "logistics: guard refused \"%V\"",
                      &r->unparsed_uri);
        ngx_http_logistics_count(lmcf, NGX_HTTP_LOGISTICS_GUARD_REFUSED, 1);
    }
    return rc;
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
    origin = ngx_http_logistics_find_header(r, "origin", 6);
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
