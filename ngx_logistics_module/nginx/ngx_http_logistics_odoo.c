/*
 * One call to Odoo: a subrequest in memory to the internal location (logistics_odoo_location),
 * whose proxy_pass, upstream and timeouts are nginx's own. The location takes path, method and
 * credentials from variables; the partner's headers do not reach it.
 */
#include "ngx_http_logistics_zone.h"

#define LONGEST_WAIT_S 86400u /* that a Retry-After may ask for */

/* What is known of Odoo's fields is asked again after ten minutes. */
#define FACTS_KEEP_MS 600000u

static void start_timeout(ngx_http_request_t *sr, ngx_http_logistics_ctx_t *ctx);
static void on_timeout(ngx_event_t *ev);
static ngx_int_t set_body(ngx_http_request_t *sr, lgs_str_t body);
static ngx_int_t on_answer(ngx_http_request_t *sr, void *data, ngx_int_t rc);
static ngx_uint_t read_wait(const ngx_http_request_t *sr);
static ngx_uint_t parse_wait(const ngx_str_t *value);
static void read_answer(ngx_http_request_t *sr, ngx_int_t rc, lgs_odoo_answer_t *answer);

ngx_int_t ngx_http_logistics_odoo_send(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_loc_conf_t *llcf = ngx_http_get_module_loc_conf(r,
                                                                       ngx_http_logistics_module);
    ngx_http_post_subrequest_t *post = ngx_palloc(r->pool, sizeof(*post));
    ngx_http_request_t *sr;

    if (post == NULL || llcf->odoo_location.len == 0) {
        return NGX_ERROR;
    }
    post->handler = on_answer;
    post->data = ctx;
    ctx->odoo.answered = 0;
    ctx->odoo.sent_ns = ngx_http_logistics_now_ns();
    if (ngx_http_subrequest(r, &llcf->odoo_location, NULL, &sr, post,
                            NGX_HTTP_SUBREQUEST_IN_MEMORY | NGX_HTTP_SUBREQUEST_WAITED) != NGX_OK) {
        return NGX_ERROR;
    }
    sr->method = ctx->odoo.method.data[0] == 'G' ? NGX_HTTP_GET : NGX_HTTP_POST;
    sr->method_name = ctx->odoo.method;
    if (set_body(sr, ctx->odoo.call.body) != NGX_OK) {
        return NGX_ERROR;
    }
    start_timeout(sr, ctx);
    ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_ODOO_CALLS, 1);
    return NGX_AGAIN;
}

lgs_odoo_facts_t *ngx_http_logistics_odoo_facts(void)
{
    ngx_http_logistics_worker_t *worker = ngx_http_logistics_worker();

    if (ngx_current_msec - worker->odoo_facts_since > FACTS_KEEP_MS) {
        lgs_odoo_facts_forget(worker->odoo_facts);
        worker->odoo_facts_since = ngx_current_msec;
    }
    return worker->odoo_facts;
}

void ngx_http_logistics_odoo_release(ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->odoo.timeout.timer_set) {
        ngx_del_timer(&ctx->odoo.timeout);
    }
}

/*
 * The policy says how long a whole call may take; proxy_read_timeout only bounds the silence
 * between two reads, and is the same for all.
 */
static void start_timeout(ngx_http_request_t *sr, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_odoo_target_t *target = lgs_policy_odoo(ctx->conf->policy);

    if (target == NULL) {
        return;
    }
    ctx->odoo.subrequest = sr;
    ctx->odoo.timeout.handler = on_timeout;
    ctx->odoo.timeout.data = ctx;
    ctx->odoo.timeout.log = sr->connection->log;
    ngx_add_timer(&ctx->odoo.timeout,
                  ctx->odoo.limit_ms ? ctx->odoo.limit_ms : (ngx_msec_t)target->timeout_ms);
}

/* Ends the call as nginx's own read timer would: only the upstream's code may take it apart. */
static void on_timeout(ngx_event_t *ev)
{
    ngx_http_logistics_ctx_t *ctx = ev->data;
    ngx_http_upstream_t *u = ctx->odoo.subrequest->upstream;

    if (ctx->odoo.answered || u == NULL || u->peer.connection == NULL) {
        return;
    }
    u->peer.connection->read->timedout = 1;
    u->peer.connection->read->handler(u->peer.connection->read);
}

static ngx_int_t set_body(ngx_http_request_t *sr, lgs_str_t body)
{
    ngx_http_request_body_t *rb = ngx_pcalloc(sr->pool, sizeof(*rb));

    sr->headers_in.content_length_n = (off_t)body.len;
    sr->headers_in.content_length = NULL;
    sr->headers_in.chunked = 0;
    if (rb == NULL) {
        return NGX_ERROR;
    }
    sr->request_body = rb;
    if (body.len == 0) {
        return NGX_OK;
    }
    rb->bufs = ngx_http_logistics_bufs(sr->pool, body);
    return rb->bufs ? NGX_OK : NGX_ERROR;
}

static ngx_int_t on_answer(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_http_logistics_ctx_t *ctx = data;
    uint64_t us = (ngx_http_logistics_now_ns() - ctx->odoo.sent_ns) / 1000;
    ngx_uint_t wait_s;

    if (ctx->odoo.answered) {
        return NGX_OK; /* nginx calls it again when the subrequest's connection is closed */
    }
    ngx_http_logistics_odoo_release(ctx);
    read_answer(sr, rc, &ctx->odoo.answer);
    wait_s = read_wait(sr);
    ctx->odoo.answer.says_when = wait_s > 0;
    ctx->odoo.wait_s = ngx_max(ctx->odoo.wait_s, wait_s);
    ctx->odoo.answered = 1;
    ctx->trace.odoo_us += (uint32_t)us;
    ngx_http_logistics_count_time(ctx->conf, NGX_HTTP_LOGISTICS_TIME_ODOO, us);
    /* never nginx's own error page inside the partner's answer */
    return NGX_OK;
}

/* What stands before Odoo says how long it is away: Retry-After of its 503 or 429. */
static ngx_uint_t read_wait(const ngx_http_request_t *sr)
{
    const ngx_table_elt_t *header = ngx_http_logistics_nth_header(&sr->headers_out.headers,
                                                                  "retry-after", 11, 0);

    if (header == NULL || (sr->headers_out.status != NGX_HTTP_SERVICE_UNAVAILABLE &&
                           sr->headers_out.status != NGX_HTTP_TOO_MANY_REQUESTS)) {
        return 0;
    }
    return parse_wait(&header->value);
}

/* Seconds, or a date (RFC 9110 section 10.2.3); 0 where it is neither, or over. */
static ngx_uint_t parse_wait(const ngx_str_t *value)
{
    ngx_int_t s = ngx_atoi(value->data, value->len);
    time_t date;

    if (s == NGX_ERROR) {
        date = ngx_parse_http_time(value->data, value->len);
        s = date == NGX_ERROR ? 0 : (ngx_int_t)(date - ngx_time());
    }
    return s > 0 ? ngx_min((ngx_uint_t)s, LONGEST_WAIT_S) : 0;
}

/* nginx's view of the transport → what the planner must know: did anything reach Odoo? */
static void read_answer(ngx_http_request_t *sr, ngx_int_t rc, lgs_odoo_answer_t *answer)
{
    ngx_http_upstream_state_t *state = NULL;
    ngx_uint_t status = sr->headers_out.status;
    off_t announced = sr->headers_out.content_length_n;

    ngx_memzero(answer, sizeof(*answer));
    if (sr->upstream_states && sr->upstream_states->nelts) {
        state = sr->upstream_states->elts;
        state += sr->upstream_states->nelts - 1;
    }
    if (sr->out && sr->out->buf) {
        answer->body = lgs_str((const char *)sr->out->buf->pos,
                               (size_t)(sr->out->buf->last - sr->out->buf->pos));
    }
    if (rc == NGX_OK && status && (announced < 0 || announced == (off_t)answer->body.len)) {
        answer->failure = LGS_ODOO_ANSWERED;
        answer->status = (int)status;
        answer->content_type = ngx_http_logistics_str(sr->headers_out.content_type);
        return;
    }
    if (state == NULL || state->connect_time == (ngx_msec_t)-1) {
        answer->failure = LGS_ODOO_REFUSED_CONNECTION;
    } else if (rc == NGX_HTTP_GATEWAY_TIME_OUT) {
        answer->failure = LGS_ODOO_TIMED_OUT;
    } else {
        answer->failure = LGS_ODOO_CUT;
    }
}
