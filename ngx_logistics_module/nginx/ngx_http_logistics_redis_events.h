/* nginx's side of the socket of a hiredis context. */
#ifndef NGX_HTTP_LOGISTICS_REDIS_EVENTS_H
#define NGX_HTTP_LOGISTICS_REDIS_EVENTS_H

#include <hiredis/async.h>

#include "ngx_http_logistics.h"

/* Owned by the link, one for all its contexts: a context that ends lets it go. */
typedef struct {
    ngx_connection_t *connection;
    ngx_log_t *log;
    unsigned corked : 1; /* hiredis must not arm the write event: the link writes itself */
} ngx_http_logistics_events_t;

/* Watches the context's socket. NGX_ERROR: worker_connections are used up. */
ngx_int_t ngx_http_logistics_events_attach(ngx_http_logistics_events_t *events,
                                           redisAsyncContext *ac, ngx_log_t *log);

#endif
