/*
 * hiredis on nginx's events. They are level-triggered: with edge triggering a large reply hangs
 * (hiredis reads once a call).
 */
#include "ngx_http_logistics_redis_events.h"

static void on_readable(ngx_event_t *ev);
static void on_writable(ngx_event_t *ev);
static void add_read(void *data);
static void del_read(void *data);
static void add_write(void *data);
static void del_write(void *data);
static void cleanup(void *data);

ngx_int_t ngx_http_logistics_events_attach(ngx_http_logistics_events_t *events,
                                           redisAsyncContext *ac, ngx_log_t *log)
{
    ngx_connection_t *c = ngx_get_connection(ac->c.fd, log);

    if (c == NULL) {
        return NGX_ERROR;
    }
    c->data = ac;
    c->log = c->read->log = c->write->log = log;
    c->read->handler = on_readable;
    c->write->handler = on_writable;
    events->connection = c;
    events->log = log;
    ac->ev.data = events;
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = cleanup;
    return NGX_OK;
}

static void on_readable(ngx_event_t *ev)
{
    redisAsyncHandleRead(((ngx_connection_t *)ev->data)->data);
}

static void on_writable(ngx_event_t *ev)
{
    redisAsyncHandleWrite(((ngx_connection_t *)ev->data)->data);
}

static void add_read(void *data)
{
    ngx_http_logistics_events_t *events = data;
    ngx_connection_t *c = events->connection;

    if (c && !c->read->active &&
        ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, events->log, 0, "logistics: cannot watch redis for reading");
    }
}

static void del_read(void *data)
{
    ngx_http_logistics_events_t *events = data;
    ngx_connection_t *c = events->connection;

    if (c && c->read->active) {
        (void)ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }
}

static void add_write(void *data)
{
    ngx_http_logistics_events_t *events = data;
    ngx_connection_t *c = events->connection;

    if (events->corked) {
        return;
    }
    if (c && !c->write->active &&
        ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, events->log, 0, "logistics: cannot watch redis for writing");
    }
}

static void del_write(void *data)
{
    ngx_http_logistics_events_t *events = data;
    ngx_connection_t *c = events->connection;

    if (c && c->write->active) {
        (void)ngx_del_event(c->write, NGX_WRITE_EVENT, 0);
    }
}

/* hiredis closes the socket afterwards: nginx must only forget it. */
static void cleanup(void *data)
{
    ngx_http_logistics_events_t *events = data;
    ngx_connection_t *c = events->connection;

    if (c == NULL) {
        return;
    }
    del_read(events);
    del_write(events);
    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }
    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }
    events->connection = NULL;
    ngx_free_connection(c);
    c->fd = (ngx_socket_t)-1;
}
