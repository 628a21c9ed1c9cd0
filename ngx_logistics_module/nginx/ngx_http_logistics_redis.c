/*
 * The link to Redis (ngx_http_logistics_redis.h). hiredis 0.14 has no timers of its own, so
 * time-outs of connecting and of replies and the backoff are nginx timers here.
 */
#include "ngx_http_logistics_redis_link.h"

#include "../queue/script.h"

#define CONNECT_MS       2000u
#define REPLY_MS         2000u /* silence while replies are due: the link is given up */
#define BACKOFF_FIRST_MS 100u
#define BACKOFF_LAST_MS  10000u
#define MAX_FIRST        256u /* of those pending the ones that wait for a first connection */

/* A command of requests. */
typedef struct {
    ngx_http_logistics_redis_t *redis;
    ngx_uint_t n_requests;
    ngx_http_logistics_redis_pt done;
    void *data;
} command_t;

static void connect_redis(ngx_http_logistics_redis_t *redis);
static void lost(ngx_http_logistics_redis_t *redis);
static void on_retry(ngx_event_t *ev);
static void on_connect_timeout(ngx_event_t *ev);
static void on_reply_timeout(ngx_event_t *ev);
static bool has_room(const ngx_http_logistics_redis_t *redis, ngx_uint_t n_requests);
static void on_flush(ngx_event_t *ev);
static void count(const ngx_http_logistics_redis_t *redis, ngx_http_logistics_counter_e counter,
                  int64_t by);
static void on_message(redisAsyncContext *ac, void *data, void *privdata);
static void on_send(ngx_event_t *ev);
static bool load(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac,
                 const lgs_script_t *script, redisCallbackFn *done);
static void load_scripts(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac);
static void greet(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac);
static void is_up_now(ngx_http_logistics_redis_t *redis);
static ngx_http_logistics_redis_t *open_link(ngx_cycle_t *cycle,
                                             ngx_http_logistics_main_conf_t *lmcf,
                                             const ngx_http_logistics_ear_t *ear);
static void on_loaded(redisAsyncContext *ac, void *reply, void *data);
static void on_connect(const redisAsyncContext *ac, int status);
static void on_disconnect(const redisAsyncContext *ac, int status);
static void on_script(redisAsyncContext *ac, void *reply, void *data);
static void on_command(redisAsyncContext *ac, void *reply, void *data);

ngx_http_logistics_redis_t *ngx_http_logistics_redis_open(ngx_cycle_t *cycle,
                                                          ngx_http_logistics_main_conf_t *lmcf)
{
    return open_link(cycle, lmcf, NULL);
}

ngx_http_logistics_redis_t *ngx_http_logistics_redis_listen(ngx_cycle_t *cycle,
                                                            ngx_http_logistics_main_conf_t *lmcf,
                                                            const ngx_http_logistics_ear_t *ear)
{
    return open_link(cycle, lmcf, ear);
}

static ngx_http_logistics_redis_t *open_link(ngx_cycle_t *cycle,
                                             ngx_http_logistics_main_conf_t *lmcf,
                                             const ngx_http_logistics_ear_t *ear)
{
    ngx_http_logistics_redis_t *redis = ngx_pcalloc(cycle->pool, sizeof(*redis));

    if (redis == NULL) {
        return NULL;
    }
    redis->lmcf = lmcf;
    redis->ear = ear;
    redis->log = cycle->log;
    redis->backoff = BACKOFF_FIRST_MS;
    ngx_sprintf((u_char *)redis->ttl, "%uL%Z", lgs_policy_trace_keep_s(lmcf->policy));
    redis->retry.handler = on_retry;
    redis->connect_timeout.handler = on_connect_timeout;
    redis->reply_timeout.handler = on_reply_timeout;
    redis->flush.handler = on_flush;
    redis->send.handler = on_send;
    redis->send.data = redis;
    redis->send.log = cycle->log;
    redis->retry.data = redis->connect_timeout.data = redis;
    redis->reply_timeout.data = redis->flush.data = redis;
    redis->retry.log = redis->connect_timeout.log = cycle->log;
    redis->reply_timeout.log = redis->flush.log = cycle->log;
    redis->retry.cancelable = redis->connect_timeout.cancelable = 1;
    redis->reply_timeout.cancelable = 1;
    redis->flush.cancelable = 1; /* closing the link flushes */
    connect_redis(redis);
    return redis;
}

void ngx_http_logistics_redis_close(ngx_http_logistics_redis_t *redis)
{
    redis->closing = 1;
    if (redis->send.posted) {
        ngx_delete_posted_event(&redis->send);
        ngx_http_logistics_redis_write(redis);
    }
    if (redis->state == LINK_UP) {
        ngx_http_logistics_redis_flush(
            redis); /* what is in the socket's buffer arrives without us */
    }
    if (redis->ac) {
        redisAsyncFree(redis->ac); /* on_batch puts items back, which the process' end frees */
    }
    count(redis, NGX_HTTP_LOGISTICS_REDIS_UP, redis->state == LINK_UP ? -1 : 0);
    redis->state = LINK_DOWN;
}

/* What the metrics tell is the link for commands. */
static void count(const ngx_http_logistics_redis_t *redis, ngx_http_logistics_counter_e counter,
                  int64_t by)
{
    if (redis->ear == NULL) {
        ngx_http_logistics_count(redis->lmcf, counter, by);
    }
}

static void on_message(redisAsyncContext *ac, void *data, void *privdata)
{
    ngx_http_logistics_redis_t *redis = privdata;
    const redisReply *reply = data;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        return;
    }
    if (reply->element[2]->type == REDIS_REPLY_STRING) {
        redis->ear->on_news(lgs_str(reply->element[2]->str, reply->element[2]->len));
    } else if (redis->state == LINK_LOADING) { /* what SUBSCRIBE is answered by */
        is_up_now(redis);
    }
}

bool ngx_http_logistics_redis_is_up(const ngx_http_logistics_redis_t *redis)
{
    return redis->state == LINK_UP;
}

bool ngx_http_logistics_redis_is_coming(const ngx_http_logistics_redis_t *redis)
{
    return redis->state != LINK_UP && redis->ac && !redis->was_away;
}

ngx_int_t ngx_http_logistics_redis_command(ngx_http_logistics_redis_t *redis,
                                           const ngx_http_logistics_command_t *is)
{
    command_t *command;
    int rc;

    if (!has_room(redis, is->n_requests)) {
        return NGX_ERROR;
    }
    command = ngx_alloc(sizeof(*command), redis->log);
    if (command == NULL) {
        return NGX_ERROR;
    }
    *command = (command_t){redis, is->n_requests, is->done, is->data};
    redis->events.corked = 1;
    rc = redisAsyncCommandArgv(redis->ac, on_command, command, is->argc, is->argv, is->lens);
    redis->events.corked = 0;
    if (rc != REDIS_OK) {
        ngx_free(command);
        return NGX_ERROR;
    }
    ngx_http_logistics_redis_await(redis, is->n_requests);
    if (!redis->send.posted) {
        ngx_post_event(&redis->send, &ngx_posted_events);
    }
    return NGX_OK;
}

/*
 * The first requests of a worker wait in hiredis for its connection, which takes some milliseconds,
 * or CONNECT_MS and they hear that Redis is away. Once that is known nobody waits for it.
 */
static bool has_room(const ngx_http_logistics_redis_t *redis, ngx_uint_t n_requests)
{
    ngx_uint_t n = redis->pending + redis->reserved + n_requests;

    if (redis->state == LINK_UP) {
        return n <= NGX_HTTP_LOGISTICS_REDIS_MAX_PENDING;
    }
    return ngx_http_logistics_redis_is_coming(redis) && n <= MAX_FIRST;
}

bool ngx_http_logistics_redis_reserve(ngx_http_logistics_redis_t *redis)
{
    bool is_room = has_room(redis, 1);

    redis->reserved += is_room;
    return is_room;
}

void ngx_http_logistics_redis_release(ngx_http_logistics_redis_t *redis, ngx_uint_t n_requests)
{
    redis->reserved -= n_requests;
}

/* What the requests of one turn of the event loop ask goes out in one write. */
static void on_send(ngx_event_t *ev)
{
    ngx_http_logistics_redis_write(ev->data);
}

static void on_command(redisAsyncContext *ac, void *reply, void *data)
{
    command_t *command = data;

    ngx_http_logistics_redis_replied(command->redis, command->n_requests);
    command->done(reply, command->data);
    ngx_free(command);
}

static void on_flush(ngx_event_t *ev)
{
    ngx_http_logistics_redis_flush(ev->data);
}

/* ---- the link ---- */

static void connect_redis(ngx_http_logistics_redis_t *redis)
{
    u_char host[NGX_SOCKADDR_STRLEN];
    struct sockaddr *sa = redis->lmcf->redis->sockaddr;
    redisAsyncContext *ac;
    size_t len;

    if (sa->sa_family == AF_UNIX) {
        ac = redisAsyncConnectUnix(((struct sockaddr_un *)sa)->sun_path);
    } else {
        /* an address, resolved when the configuration was read: hiredis would block on a name */
        len = ngx_sock_ntop(sa, redis->lmcf->redis->socklen, host, NGX_SOCKADDR_STRLEN - 1, 0);
        host[len] = '\0';
        ac = redisAsyncConnect((char *)host, ngx_inet_get_port(sa));
    }
    if (ac == NULL) {
        lost(redis);
        return;
    }
    if (ac->err || ngx_http_logistics_events_attach(&redis->events, ac, redis->log) != NGX_OK) {
        redisAsyncFree(ac);
        lost(redis);
        return;
    }
    ac->data = redis;
    redis->ac = ac;
    redis->state = LINK_CONNECTING;
    /* after attach: it arms the write event */
    redisAsyncSetConnectCallback(ac, on_connect);
    redisAsyncSetDisconnectCallback(ac, on_disconnect);
    ngx_add_timer(&redis->connect_timeout, CONNECT_MS);
    greet(redis, ac);
}

/* Sent before there is a connection: so what commands need is always in front of them. */
static void greet(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac)
{
    if (redis->ear) {
        (void)redisAsyncCommand(ac, on_message, redis, "SUBSCRIBE %s", redis->ear->channel);
        return;
    }
    load_scripts(redis, ac);
    /* replies come in order: when this one is there, all are */
    if (!load(redis, ac, lgs_script_find("traces"), on_script)) {
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "logistics: redis: cannot send");
    }
}

static void on_connect(const redisAsyncContext *ac, int status)
{
    ngx_http_logistics_redis_t *redis = ac->data;

    if (status != REDIS_OK) {
        redis->ac = NULL; /* hiredis frees it on return */
        lost(redis);
        return;
    }
    redis->state = LINK_LOADING;
}

static bool load(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac,
                 const lgs_script_t *script, redisCallbackFn *done)
{
    const char *argv[] = {"SCRIPT", "LOAD", script->text};
    const size_t lens[] = {6, 4, script->len};

    return redisAsyncCommandArgv(ac, done, redis, 3, argv, lens) == REDIS_OK;
}

static void load_scripts(ngx_http_logistics_redis_t *redis, redisAsyncContext *ac)
{
    for (size_t i = 0; i < lgs_n_scripts; i++) {
        (void)load(redis, ac, &lgs_scripts[i], on_loaded);
    }
}

void ngx_http_logistics_redis_reload(ngx_http_logistics_redis_t *redis)
{
    load_scripts(redis, redis->ac);
}

/* A script that is not taken makes what calls it fail; traces go on. */
static void on_loaded(redisAsyncContext *ac, void *data, void *privdata)
{
    ngx_http_logistics_redis_t *redis = privdata;
    const redisReply *reply = data;

    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "logistics: redis does not take a script: %s",
                      reply->str);
    }
}

static void on_script(redisAsyncContext *ac, void *data, void *privdata)
{
    ngx_http_logistics_redis_t *redis = privdata;
    const redisReply *reply = data;

    if (reply == NULL) {
        return; /* on_disconnect follows */
    }
    if (reply->type != REDIS_REPLY_STRING || reply->len != 40) {
        /* loading its data, no rights, a replica: the connect timer runs on and tries again */
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "logistics: redis does not take the script: %s",
                      reply->type == REDIS_REPLY_ERROR ? reply->str : "unexpected reply");
        ngx_http_logistics_count(redis->lmcf, NGX_HTTP_LOGISTICS_REDIS_ERRORS, 1);
        return;
    }
    is_up_now(redis);
    ngx_log_error(NGX_LOG_NOTICE, redis->log, 0, "logistics: redis is up");
    if (redis->lanes_used && !redis->flush.timer_set) {
        ngx_add_timer(&redis->flush, 0);
    }
}

static void is_up_now(ngx_http_logistics_redis_t *redis)
{
    if (redis->connect_timeout.timer_set) {
        ngx_del_timer(&redis->connect_timeout);
    }
    redis->state = LINK_UP;
    redis->backoff = BACKOFF_FIRST_MS;
    count(redis, NGX_HTTP_LOGISTICS_REDIS_UP, 1);
    count(redis, NGX_HTTP_LOGISTICS_REDIS_CONNECTS, 1);
    if (redis->pending && !redis->reply_timeout.timer_set) {
        ngx_add_timer(&redis->reply_timeout, REPLY_MS);
    }
    if (redis->ear) {
        redis->ear->on_turn();
    }
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
    ngx_http_logistics_redis_t *redis = ac->data;

    redis->ac = NULL;
    lost(redis);
}

/* Never reconnects here: hiredis is in the middle of freeing the context. */
static void lost(ngx_http_logistics_redis_t *redis)
{
    if (redis->connect_timeout.timer_set) {
        ngx_del_timer(&redis->connect_timeout);
    }
    if (redis->closing) {
        return;
    }
    if (redis->state == LINK_UP) {
        ngx_log_error(NGX_LOG_WARN, redis->log, 0, "logistics: redis is lost");
        count(redis, NGX_HTTP_LOGISTICS_REDIS_UP, -1);
    }
    count(redis, NGX_HTTP_LOGISTICS_REDIS_LOSSES, 1);
    redis->state = LINK_DOWN;
    redis->was_away = 1;
    if (!redis->retry.timer_set) {
        ngx_add_timer(&redis->retry,
                      redis->backoff / 2 + (ngx_msec_t)ngx_random() % redis->backoff);
    }
    redis->backoff = ngx_min(redis->backoff * 2, BACKOFF_LAST_MS);
    if (redis->ear) {
        redis->ear->on_turn();
    }
}

static void on_retry(ngx_event_t *ev)
{
    ngx_http_logistics_redis_t *redis = ev->data;

    if (redis->ac == NULL && !ngx_exiting) {
        connect_redis(redis);
    }
}

static void on_connect_timeout(ngx_event_t *ev)
{
    ngx_http_logistics_redis_t *redis = ev->data;

    if (redis->ac) {
        redisAsyncContext *ac = redis->ac;

        /* onDisconnect is not called for a connection that never was */
        redis->ac = NULL;
        ac->onDisconnect = NULL;
        redisAsyncFree(ac);
    }
    lost(redis);
}

/*
 * A server that is stopped or paged out keeps its connections and says nothing: what it owes goes
 * back to the buffer, and a new connection finds out whether it is there.
 */
static void on_reply_timeout(ngx_event_t *ev)
{
    ngx_http_logistics_redis_t *redis = ev->data;

    if (redis->ac) {
        ngx_log_error(NGX_LOG_WARN, redis->log, 0, "logistics: redis owes %ui replies for %ui ms",
                      redis->pending, (ngx_uint_t)REPLY_MS);
        redisAsyncFree(redis->ac); /* every callback gets NULL, then on_disconnect */
    }
}

/* Before the link is up its time is the connection's. */
void ngx_http_logistics_redis_await(ngx_http_logistics_redis_t *redis, ngx_uint_t n)
{
    if (redis->pending == 0 && redis->state == LINK_UP) {
        ngx_add_timer(&redis->reply_timeout, REPLY_MS);
    }
    redis->pending += n;
}

/* Every reply gives those behind it their whole time again: the server works. */
void ngx_http_logistics_redis_replied(ngx_http_logistics_redis_t *redis, ngx_uint_t n)
{
    redis->pending -= n;
    if (redis->pending) {
        ngx_add_timer(&redis->reply_timeout, REPLY_MS);
    } else if (redis->reply_timeout.timer_set) {
        ngx_del_timer(&redis->reply_timeout);
    }
}

void ngx_http_logistics_redis_write(ngx_http_logistics_redis_t *redis)
{
    if (redis->ac && redis->state >= LINK_LOADING) {
        redisAsyncHandleWrite(redis->ac);
    }
}
