/*
 * Stage 13, trace: in the log phase, after the answer, one record with every stage's verdict and
 * time goes into the Redis buffer, and the counters go up. Costs a request no round trip.
 */
#include "../trace/keys.h"
#include "ngx_http_logistics_redis.h"
#include "ngx_http_logistics_zone.h"

static void fill(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static int64_t wall_clock_us(void);
static void write_traces(ngx_http_logistics_ctx_t *ctx);
static void tell_problem(lgs_trace_t *trace, const ngx_http_logistics_ctx_t *ctx,
                         const ngx_http_logistics_message_t *message);
static void write_trace(ngx_http_logistics_ctx_t *ctx, const lgs_trace_t *trace);

ngx_int_t ngx_http_logistics_trace(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_logistics_module);

    if (r->internal || r->filter_finalize) {
        ctx = ctx ? ctx : ngx_http_logistics_ctx(r); /* an error_page has cleared r->ctx */
    }
    if (ctx == NULL || !ctx->started) {
        return NGX_OK;
    }
    ngx_http_logistics_once_end(ctx, 0, "", LGS_STR("")); /* no answer of ours: the key is free */
    ngx_http_logistics_raise_ceiling(ctx);
    fill(r, ctx);
    ngx_http_logistics_count_request(ctx->conf, ctx);
    ngx_http_logistics_count_time(ctx->conf, NGX_HTTP_LOGISTICS_TIME_GATEWAY,
                                  ctx->trace.total_us - (uint32_t)(ctx->waited_ns / 1000));
    write_traces(ctx);
    ngx_http_logistics_limit_release(ctx);
    return NGX_OK;
}

static void fill(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_trace_t *trace = &ctx->trace;

    ngx_http_logistics_resume(ctx);
    ctx->status = r->headers_out.status ? r->headers_out.status : r->err_status;
    trace->correlation_id = lgs_str(ctx->id, ctx->id_len);
    trace->traceparent = lgs_str(ctx->traceparent, sizeof(ctx->traceparent));
    trace->partner = ctx->partner ? ctx->partner->name : LGS_STR("");
    trace->route = ctx->route ? ctx->route->name : LGS_STR("");
    trace->method = ngx_http_logistics_str(r->method_name);
    trace->revision = lgs_policy_revision(ctx->conf->policy);
    trace->client_ip = ngx_http_logistics_str(r->connection->addr_text);
    trace->status = (uint32_t)ctx->status;
    trace->total_us = (uint32_t)((ngx_http_logistics_now_ns() - ctx->started_ns) / 1000);
    trace->received_ms = (wall_clock_us() - trace->total_us) / 1000;
    trace->response_bytes = (uint32_t)(r->connection->sent > (off_t)r->header_size
                                           ? r->connection->sent - (off_t)r->header_size
                                           : 0);
    if (ctx->problem != LGS_PROBLEM_NONE) {
        trace->problem = lgs_cstr(lgs_problem_info(ctx->problem)->slug);
        if (ctx->errs.first) {
            trace->detail = ctx->errs.first->text;
        }
    }
    trace->verdicts[LGS_STAGE_ANSWER] = LGS_VERDICT_PASS;
    trace->verdicts[LGS_STAGE_TRACE] = LGS_VERDICT_PASS;
}

/*
 * nginx' own is as old as this turn of its loop: by that a delivery could have come before the
 * request that it is a part of.
 */
static int64_t wall_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Of a delivery of the relay each message has its own, under the id that its partner was told. */
static void write_traces(ngx_http_logistics_ctx_t *ctx)
{
    if (!ctx->relayed) {
        write_trace(ctx, &ctx->trace);
        return;
    }
    for (uint32_t i = 0; i < ctx->n_messages; i++) {
        const ngx_http_logistics_message_t *message = &ctx->messages[i];
        lgs_trace_t trace = ctx->trace;
        lgs_buf_t outcomes, decisions;

        if (message->partner == NULL) {
            continue; /* nobody is left to read it */
        }
        trace.correlation_id = message->correlation;
        trace.partner = message->partner->name;
        trace.status = (uint32_t)ngx_http_logistics_message_status(ctx, message);
        trace.records = message->n;
        tell_problem(&trace, ctx, message);
        for (uint32_t k = 0; k < message->n; k++) {
            lgs_trace_collect(&trace, &ctx->records.items[message->first + k].node,
                              ctx->route ? ctx->route->record : LGS_STR(""));
        }
        if (trace.order.len) {
            lgs_buf_init(&decisions, ctx->arena, 256, 0);
            ngx_http_logistics_write_decisions(&decisions, ctx, message->first, message->n);
            trace.order = lgs_buf_text(&decisions);
        }
        if (trace.outcomes.len) {
            lgs_buf_init(&outcomes, ctx->arena, 256, 0);
            ngx_http_logistics_write_outcomes(&outcomes, ctx, message->first, message->n);
            trace.outcomes = lgs_buf_text(&outcomes);
        }
        write_trace(ctx, &trace);
    }
}

/* What was said of the delivery as a whole is of one of its messages, not known which. */
static void tell_problem(lgs_trace_t *trace, const ngx_http_logistics_ctx_t *ctx,
                         const ngx_http_logistics_message_t *message)
{
    if (message->is_judged) {
        trace->problem = message->problem == LGS_PROBLEM_NONE
                             ? LGS_STR("")
                             : lgs_cstr(lgs_problem_info(message->problem)->slug);
        trace->detail = message->why;
    } else if (ctx->n_messages > 1) {
        trace->detail = LGS_STR("");
    }
}

static void write_trace(ngx_http_logistics_ctx_t *ctx, const lgs_trace_t *trace)
{
    ngx_http_logistics_redis_t *redis = ngx_http_logistics_worker()->redis;
    lgs_str_t partner = trace->partner.len ? trace->partner : LGS_STR("-");
    lgs_str_t keys[LGS_MAX_BUSINESS_KEYS + 1];
    size_t ends[LGS_MAX_BUSINESS_KEYS + 1];
    lgs_buf_t record, names;

    if (redis == NULL || (ctx->route && ctx->route->stages[LGS_STAGE_TRACE] == LGS_STAGE_OFF)) {
        return;
    }
    lgs_buf_init(&record, ctx->arena, 2048, 0);
    lgs_trace_write(&record, trace);
    lgs_buf_init(&names, ctx->arena, 256, 0);
    lgs_trace_key(&names, partner, trace->correlation_id);
    ends[0] = names.len;
    for (uint32_t i = 0; i < trace->n_keys; i++) {
        lgs_business_key(&names, partner, trace->keys[i]);
        ends[i + 1] = names.len;
    }
    if (record.failed || names.failed) {
        ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_TRACES_DROPPED, 1);
        return;
    }
    for (uint32_t i = 0; i <= trace->n_keys; i++) {
        size_t start = i ? ends[i - 1] : 0;

        keys[i] = lgs_str(names.data + start, ends[i] - start);
    }
    ngx_http_logistics_redis_trace(redis, lgs_lane(partner), keys, trace->n_keys + 1,
                                   trace->correlation_id, trace->received_ms,
                                   lgs_buf_text(&record));
}
