/*
 * Deliver later: the records go into the partner's lane with what came, in one round trip, and the
 * partner is told 202 when Redis has them on the disk. They are translated for Odoo here already,
 * so that what has no place there is refused now and not as a dead letter.
 */
#include "../queue/message.h"
#include "../queue/once.h"
#include "../queue/order.h"
#include "ngx_http_logistics_redis.h"
#include "ngx_http_logistics_zone.h"

#define FULL_RETRY_S   "30"
#define LONGEST_WAIT_S 30u

static bool prefers_later(ngx_http_request_t *r);
static ngx_uint_t wait_s(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx);
static bool find_preference(ngx_http_request_t *r, const char *name, ngx_str_t *value);
static bool find_in_list(const ngx_str_t *list, const char *name, ngx_str_t *value);
static ngx_int_t tell_outcome(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t answer_accepted(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t say_where(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t accept_records(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t fill(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, lgs_message_t *message);
static lgs_str_t write_records(ngx_http_logistics_ctx_t *ctx);
static lgs_str_t write_answer(ngx_http_logistics_ctx_t *ctx);
static lgs_str_t kept_answer(const ngx_http_logistics_ctx_t *ctx, const lgs_message_t *message);
static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

bool ngx_http_logistics_is_later(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->route->deliver == LGS_DELIVER_LATER || ctx->queued) {
        return true;
    }
    return ctx->route->deliver == LGS_DELIVER_NOW && !ctx->relayed && prefers_later(r) &&
           ngx_http_logistics_worker()->redis;
}

ngx_int_t ngx_http_logistics_deliver_later(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc = NGX_OK;

    if (ctx->wait_over || ctx->waiting) {
        return ctx->wait_over ? tell_outcome(r, ctx) : NGX_AGAIN;
    }
    if (ctx->message_id[0] && ctx->ask.answered) {
        return finish(r, ctx);
    }
    if (ctx->message_id[0] || (wait_s(r, ctx) && ngx_http_logistics_wait_to_hear(r, ctx))) {
        return NGX_AGAIN;
    }
    if (!ctx->batch) { /* of a batch they were made document by document */
        rc = ngx_http_logistics_make_all(ctx);
    }
    return rc == NGX_OK ? accept_records(r, ctx) : rc;
}

static ngx_int_t accept_records(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t args[LGS_ACCEPT_ARGS];
    lgs_message_t *message = lgs_arena_alloc(ctx->arena, sizeof(*message));
    ngx_int_t rc;

    if (message == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (!ngx_http_logistics_new_id(ctx->message_id)) {
        return NGX_ERROR;
    }
    if (wait_s(r, ctx) && !ctx->wait_begun && ngx_http_logistics_wait_channel().len &&
        ngx_http_logistics_wait_has_room() && ngx_http_logistics_wait_begin(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }
    rc = fill(r, ctx, message);
    if (rc != NGX_OK) {
        return rc;
    }
    rc = ngx_http_logistics_ask_together(r, ctx, "accept", args, lgs_message_args(message, args));
    return rc == NGX_AGAIN ? rc : ngx_http_logistics_refuse_away(ctx);
}

static ngx_int_t fill(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, lgs_message_t *message)
{
    static const lgs_str_t classes[LGS_N_CLASSES] = {[LGS_CRITICAL] = LGS_STR_INIT("critical"),
                                                     [LGS_STANDARD] = LGS_STR_INIT("standard"),
                                                     [LGS_BULK] = LGS_STR_INIT("bulk")};
    lgs_str_t id = lgs_str(ctx->message_id, sizeof(ctx->message_id));
    const lgs_order_kind_t kind = lgs_policy_order_kind(ctx->route);
    lgs_buf_t keys;
    lgs_rc_t rc;

    lgs_buf_init(&keys, ctx->arena, 256, 0);
    rc = lgs_order_keys(&keys, ctx->partner->name, &kind, &ctx->records.items[0].node,
                        ctx->records.n, sizeof(lgs_record_t));
    ctx->location = lgs_arena_printf(ctx->arena, "/v1/messages/%.*s", LGS_FMT(id));
    ctx->answer = write_answer(ctx);
    *message = (lgs_message_t){
        .id = id,
        /* one that is held keeps the 202 as its answer, as any other */
        .once_name = ctx->once.held ? LGS_STR("") : ctx->once.name,
        .print = lgs_str(ctx->once.print, sizeof(ctx->once.print)),
        .once_keep_ms = ctx->route->once_keep_ms,
        .most_open = lgs_policy_queue(ctx->conf->policy)->most_open,
        .partner = ctx->partner->name,
        .route = ctx->route->name,
        .class = classes[ctx->route->class],
        .correlation = lgs_str(ctx->id, ctx->id_len),
        .order_keys = lgs_buf_text(&keys),
        .revision = lgs_policy_revision(ctx->conf->policy),
        .records = write_records(ctx),
        .source = ctx->body,
        .media = r->headers_in.content_type
                     ? ngx_http_logistics_str(r->headers_in.content_type->value)
                     : LGS_STR(""),
        .notify = ctx->wait_begun ? ngx_http_logistics_wait_channel() : LGS_STR(""),
        .callback = ctx->partner->callback ? ctx->partner->callback->events : LGS_STR(""),
    };
    message->answer = kept_answer(ctx, message);
    if (rc == LGS_LIMIT || message->records.len + message->source.len > LGS_MAX_MESSAGE) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_TOO_LARGE, "message-size",
                                         "more than a queued message holds: %u things that its "
                                         "records are about, %u bytes; send it in parts",
                                         LGS_MAX_ORDER_KEYS, LGS_MAX_MESSAGE);
    }
    if (rc != LGS_OK || message->records.data == NULL || message->answer.data == NULL ||
        ctx->answer.data == NULL || ctx->location.data == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    return NGX_OK;
}

/* What whoever comes with its key again is answered; empty: it has none. */
static lgs_str_t kept_answer(const ngx_http_logistics_ctx_t *ctx, const lgs_message_t *message)
{
    lgs_buf_t buf;

    if (message->once_name.len == 0) {
        return LGS_STR("");
    }
    lgs_buf_init(&buf, ctx->arena, ctx->answer.len + 256, 0);
    lgs_once_answer(&buf, message->print, LGS_STR("202"), LGS_STR("application/json"), ctx->answer,
                    ctx->location);
    return lgs_buf_text(&buf);
}

static lgs_str_t write_records(ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, ctx->body.len + 1024, 0);
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        lgs_buf_byte(&buf, i ? ',' : '[');
        lgs_json_write(&buf, &ctx->records.items[i].node);
    }
    lgs_buf_byte(&buf, ']');
    return lgs_buf_text(&buf);
}

static lgs_str_t write_answer(ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 512, 0);
    lgs_buf_cstr(&buf, "{\"correlation_id\":");
    lgs_json_write_string(&buf, lgs_str(ctx->id, ctx->id_len));
    lgs_buf_byte(&buf, ',');
    ngx_http_logistics_write_accepted(&buf, ctx);
    if (ctx->warnings.n) {
        lgs_problem_write_warnings(&buf, &ctx->warnings);
    }
    lgs_buf_byte(&buf, '}');
    return lgs_buf_text(&buf);
}

void ngx_http_logistics_write_accepted(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx)
{
    uint32_t next_refused = 0;

    lgs_buf_cstr(buf, "\"status\":\"accepted\",\"message\":");
    lgs_json_write_string(buf, lgs_str(ctx->message_id, sizeof(ctx->message_id)));
    lgs_buf_cstr(buf, ",\"records\":[");
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        const lgs_node_t *node = &ctx->records.items[i].node;

        if (ctx->batch) {
            ngx_http_logistics_batch_write(buf, ctx, ctx->batch->document[i], &next_refused);
        }
        lgs_buf_cstr(buf, i || next_refused ? ",{" : "{");
        if (ctx->batch) {
            lgs_buf_cstr(buf, "\"index\":");
            lgs_buf_u64(buf, ctx->batch->document[i]);
            lgs_buf_byte(buf, ',');
        }
        lgs_buf_cstr(buf, "\"id\":");
        lgs_json_write_string(buf, lgs_node_text(lgs_node_at(node, "id")));
        lgs_buf_cstr(buf, ",\"outcome\":\"accepted\"}");
    }
    ngx_http_logistics_batch_write(buf, ctx, UINT32_MAX, &next_refused);
    lgs_buf_byte(buf, ']');
}

static bool prefers_later(ngx_http_request_t *r)
{
    ngx_str_t value;

    return find_preference(r, "respond-async", &value);
}

/* wait=N (RFC 7240 section 4.3); 0: it is not asked for, or the answer is an acknowledgement. */
static ngx_uint_t wait_s(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx)
{
    ngx_str_t value;
    ngx_int_t s;

    if (ngx_http_logistics_edi_answers(ctx) || !find_preference(r, "wait", &value)) {
        return 0;
    }
    s = ngx_atoi(value.data, value.len);
    return s > 0 ? ngx_min((ngx_uint_t)s, LONGEST_WAIT_S) : 0;
}

/* A preference and its value, the first of that name: they may stand in several headers. */
static bool find_preference(ngx_http_request_t *r, const char *name, ngx_str_t *value)
{
    const ngx_table_elt_t *header;

    for (ngx_uint_t n = 0;
         (header = ngx_http_logistics_nth_header(&r->headers_in.headers, "prefer", 6, n)) != NULL;
         n++) {
        if (find_in_list(&header->value, name, value)) {
            return true;
        }
    }
    return false;
}

/* The same of one header, as in "respond-async, wait=10" (RFC 7240). */
static bool find_in_list(const ngx_str_t *list, const char *name, ngx_str_t *value)
{
    u_char *at = list->data, *end = at + list->len;
    size_t len = ngx_strlen(name);

    while (at < end) {
        u_char *comma = ngx_strlchr(at, end, ','), *stop = comma ? comma : end, *equal;

        while (at < stop && (*at == ' ' || *at == '\t')) {
            at++;
        }
        while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t')) {
            stop--;
        }
        equal = ngx_strlchr(at, stop, '=');
        if ((size_t)((equal ? equal : stop) - at) == len &&
            ngx_strncasecmp(at, (u_char *)name, len) == 0) {
            value->data = equal ? equal + 1 : stop;
            value->len = (size_t)(stop - value->data);
            return true;
        }
        at = comma ? comma + 1 : end;
    }
    return false;
}

static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc;

    if (!ctx->ask.failed && ctx->ask.n && lgs_str_is(ctx->ask.texts[0], "full")) {
        ctx->retry_after = LGS_STR(FULL_RETRY_S);
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_OVERLOADED, "queue-full",
                                         "too many messages wait already; nothing was accepted, "
                                         "send it again later");
    }
    rc = ngx_http_logistics_once_found(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }
    ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_QUEUED, 1);
    if (ngx_http_logistics_edi_answers(ctx)) {
        return say_where(r, ctx); /* and then the acknowledgement is written */
    }
    if (!ctx->wait_begun) {
        return answer_accepted(r, ctx);
    }
    if (ngx_http_logistics_wait_for(r, ctx, wait_s(r, ctx))) {
        ctx->wait_over = 1;
        return tell_outcome(r, ctx);
    }
    return NGX_AGAIN;
}

/* The time is over, or the message is decided: then what became of it is asked for. */
static ngx_int_t tell_outcome(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_str_t id = lgs_str(ctx->message_id, sizeof(ctx->message_id));
    lgs_str_t text;

    if (!ctx->told) {
        return answer_accepted(r, ctx);
    }
    if (!ctx->showing) {
        ctx->showing = 1;
        return ngx_http_logistics_ask(r, ctx, "show", &id, 1) == NGX_AGAIN
                   ? NGX_AGAIN
                   : answer_accepted(r, ctx);
    }
    if (!ctx->ask.answered) {
        return NGX_AGAIN;
    }
    text = ngx_http_logistics_message_text(ctx, id);
    if (text.len == 0 || ngx_http_logistics_add_header(r, "Location", ctx->location) != NGX_OK ||
        ngx_http_logistics_add_header(r, "Preference-Applied", LGS_STR("wait")) != NGX_OK) {
        return answer_accepted(r, ctx);
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", text));
    return NGX_DONE;
}

static ngx_int_t answer_accepted(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (say_where(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, NGX_HTTP_ACCEPTED, "application/json", ctx->answer));
    return NGX_DONE;
}

/* Where its outcome will be found. */
static ngx_int_t say_where(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ngx_http_logistics_add_header(r, "Location", ctx->location) != NGX_OK ||
        (ctx->route->deliver != LGS_DELIVER_LATER && !ctx->queued &&
         ngx_http_logistics_add_header(r, "Preference-Applied", LGS_STR("respond-async")) !=
             NGX_OK)) {
        return NGX_ERROR;
    }
    return NGX_OK;
}
