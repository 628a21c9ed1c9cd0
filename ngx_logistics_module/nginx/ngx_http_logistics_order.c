/*
 * Stage 10, order: the route's state machine decides about each record, by where its thing is in
 * Redis (docs/order.md). It decides where the records are written to Odoo: of what is queued when
 * the relay delivers it, since only then nothing else about the thing is under way.
 *
 * A thing moves when its record is in Odoo. Of a delivery the relay keeps that with what became of
 * the message, in one script; of a request that is answered now this file does it before the
 * answer.
 */
#include "ngx_http_logistics_redis.h"
#include "ngx_http_logistics_zone.h"

#define MAX_TRIES 8u     /* to keep where things are while others move them, too */
#define TRACED    65536u /* bytes of decisions in a trace */

static ngx_int_t make_round(ngx_http_logistics_ctx_t *ctx);
static lgs_rc_t add_records(ngx_http_logistics_ctx_t *ctx, uint32_t first, uint32_t n, bool is_due);
static ngx_int_t ask_states(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool name_things(ngx_http_logistics_ctx_t *ctx, uint32_t lane, lgs_str_t *names);
static bool know_states(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t decide(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool is_reported(const ngx_http_logistics_ctx_t *ctx, uint32_t record);
static ngx_int_t note_decisions(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t refuse_all(ngx_http_logistics_ctx_t *ctx);
static bool changes_operations(const ngx_http_logistics_ctx_t *ctx);
static void mark_undone(ngx_http_logistics_ctx_t *ctx);
static void count(const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t move(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t move_again(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static void log_lost(ngx_http_request_t *r);
static const lgs_round_record_t *decided(const ngx_http_logistics_ctx_t *ctx, uint32_t record);
static ngx_int_t write_messages(ngx_http_logistics_ctx_t *ctx);
static void write_message(lgs_buf_t *buf, ngx_http_logistics_ctx_t *ctx, uint32_t index,
                          uint32_t *seen);

/* ---- the stage ---- */

ngx_int_t ngx_http_logistics_order(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc;

    if (ctx->order.asked) {
        return ctx->lanes->all.answered ? decide(r, ctx) : NGX_AGAIN;
    }
    if (!ctx->relayed && !ctx->route->sets && ngx_http_logistics_is_later(r, ctx)) {
        return NGX_OK;
    }
    rc = make_round(ctx);
    return rc == NGX_OK && ctx->order.round ? ask_states(r, ctx) : rc;
}

bool ngx_http_logistics_decides(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->route->sets ||
           (ctx->route->order && (ctx->relayed || ctx->route->deliver == LGS_DELIVER_NOW));
}

/* No round when no record has a thing. */
static ngx_int_t make_round(ngx_http_logistics_ctx_t *ctx)
{
    lgs_rc_t rc = LGS_OK;

    ctx->order.round = lgs_round_create(ctx->arena, ctx->records.n);
    if (ctx->order.round == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < ctx->n_messages; i++) {
        const ngx_http_logistics_message_t *message = &ctx->messages[i];

        rc = add_records(ctx, message->first, message->n, message->is_due);
    }
    if (!ctx->relayed) {
        /* an acknowledgement has no word for "later" */
        rc = add_records(ctx, 0, ctx->records.n, ctx->edi != NULL);
    }
    if (rc != LGS_OK) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (lgs_round_n_things(ctx->order.round) == 0) {
        ctx->order.round = NULL;
    }
    return NGX_OK;
}

static lgs_rc_t add_records(ngx_http_logistics_ctx_t *ctx, uint32_t first, uint32_t n, bool is_due)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = first; rc == LGS_OK && i < first + n; i++) {
        const lgs_route_t *route = ngx_http_logistics_route_of(ctx, i);
        const lgs_route_order_t *order = route->order;

        const lgs_partner_t *partner = ngx_http_logistics_partner_of(ctx, i);

        if (order && partner && route->stages[LGS_STAGE_ORDER] != LGS_STAGE_OFF) {
            const lgs_round_way_t way = {.partner = partner->name,
                                         .machine = order->machine,
                                         .keys = order->keys,
                                         .n_keys = order->n_keys,
                                         .keep_ms = order->keep_ms,
                                         .is_due = is_due};

            rc = lgs_round_add(ctx->order.round, i, &way, &ctx->records.items[i].node);
        }
    }
    return rc;
}

/* Things of a partner are in its lane. */
static ngx_int_t ask_states(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t names[LGS_N_LANES] = {{NULL, 0}};
    uint64_t lanes = 0;

    for (uint32_t i = 0; i < lgs_round_n_things(ctx->order.round); i++) {
        uint32_t lane = lgs_lane(lgs_round_partner(ctx->order.round, i));

        if ((lanes >> lane & 1) == 0 && !name_things(ctx, lane, &names[lane])) {
            return ngx_http_logistics_refuse_memory(ctx);
        }
        lanes |= (uint64_t)1 << lane;
    }
    if (ngx_http_logistics_ask_each(r, "states", lanes, names) != NGX_AGAIN) {
        ctx->order.round = NULL;
        return ngx_http_logistics_refuse_away(ctx);
    }
    ctx->order.asked = 1;
    return NGX_AGAIN;
}

static bool name_things(ngx_http_logistics_ctx_t *ctx, uint32_t lane, lgs_str_t *names)
{
    const lgs_round_t *round = ctx->order.round;
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 256, 0);
    for (uint32_t i = 0; i < lgs_round_n_things(round); i++) {
        if (lgs_lane(lgs_round_partner(round, i)) == lane) {
            lgs_buf_str(&buf, lgs_round_thing(round, i));
            lgs_buf_byte(&buf, ' ');
        }
    }
    *names = lgs_buf_text(&buf);
    return !buf.failed;
}

/* The reply of each lane, in the order in which its things were asked for. */
static bool know_states(ngx_http_logistics_ctx_t *ctx)
{
    uint32_t n_known[LGS_N_LANES] = {0};

    for (uint32_t i = 0; i < lgs_round_n_things(ctx->order.round); i++) {
        uint32_t lane = lgs_lane(lgs_round_partner(ctx->order.round, i));
        const ngx_http_logistics_ask_t *reply = &ctx->lanes->replies[lane];

        if (n_known[lane] == reply->n) {
            return false;
        }
        lgs_round_know(ctx->order.round, i, reply->texts[n_known[lane]++]);
    }
    return true;
}

static ngx_int_t decide(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_round_t *round = ctx->order.round;
    bool answers = !ctx->relayed && ctx->edi == NULL;

    if (ctx->lanes->all.failed || !know_states(ctx)) {
        ctx->order.round = NULL;
        return ngx_http_logistics_refuse_away(ctx);
    }
    if (lgs_round_decide(round) != LGS_OK || note_decisions(ctx) != NGX_OK) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (answers && !is_reported(ctx, 0) && lgs_round_count(round, LGS_ORDER_PARKED)) {
        ctx->queued = 1; /* what waits does so in the queue, where the relay decides about it */
        ctx->order.round = NULL;
        return NGX_OK;
    }
    if (answers && ctx->route->all_or_nothing && ngx_http_logistics_order_refuses(ctx)) {
        return refuse_all(ctx);
    }
    return ctx->batch && changes_operations(ctx) ? ngx_http_logistics_make_again(ctx) : NGX_OK;
}

/* Decided, and all goes on as if it fitted. */
static bool is_reported(const ngx_http_logistics_ctx_t *ctx, uint32_t record)
{
    return ngx_http_logistics_route_of(ctx, record)->stages[LGS_STAGE_ORDER] == LGS_REPORT;
}

static ngx_int_t note_decisions(ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 256, 0);
    ngx_http_logistics_write_decisions(&buf, ctx, 0, ctx->records.n);
    ctx->trace.order = lgs_buf_text(&buf);
    return buf.failed ? NGX_ERROR : NGX_OK;
}

static ngx_int_t refuse_all(ngx_http_logistics_ctx_t *ctx)
{
    ctx->order.round = NULL; /* nothing moves */
    ngx_http_logistics_order_errors(ctx);
    ctx->problem = LGS_PROBLEM_ORDER;
    return NGX_DECLINED;
}

/* Operations of a batch were made before it was known what becomes of its records. */
static bool changes_operations(const ngx_http_logistics_ctx_t *ctx)
{
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        if (ngx_http_logistics_order_holds(ctx, i) || ngx_http_logistics_decision(ctx, i).len) {
            return true;
        }
    }
    return false;
}

/* ---- what others ask ---- */

static const lgs_round_record_t *decided(const ngx_http_logistics_ctx_t *ctx, uint32_t record)
{
    const lgs_round_record_t *one = ctx->order.round ? lgs_round_at(ctx->order.round, record)
                                                     : NULL;

    return one && one->machine && one->decision.order != LGS_ORDER_PASSED ? one : NULL;
}

bool ngx_http_logistics_order_holds(const ngx_http_logistics_ctx_t *ctx, uint32_t record)
{
    return ngx_http_logistics_order_word(ctx, record) != NULL;
}

const char *ngx_http_logistics_order_word(const ngx_http_logistics_ctx_t *ctx, uint32_t record)
{
    const lgs_round_record_t *one = decided(ctx, record);

    if (one == NULL || ctx->edi || is_reported(ctx, record)) {
        return NULL;
    }
    return one->decision.order == LGS_ORDER_PARKED    ? "parked"
           : one->decision.order == LGS_ORDER_REFUSED ? "refused"
                                                      : NULL;
}

bool ngx_http_logistics_order_refuses(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->order.round && ctx->edi == NULL && !is_reported(ctx, 0) &&
           lgs_round_count(ctx->order.round, LGS_ORDER_REFUSED) > 0;
}

lgs_str_t ngx_http_logistics_decision(const ngx_http_logistics_ctx_t *ctx, uint32_t record)
{
    const lgs_round_record_t *one = decided(ctx, record);

    if (one == NULL || is_reported(ctx, record) || one->decision.order == LGS_ORDER_APPLIED) {
        return LGS_STR("");
    }
    return LGS_STR("noted"); /* what is held has no operations, and of a set it is noted, too */
}

void ngx_http_logistics_write_decision(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                       uint32_t record)
{
    const lgs_round_record_t *one = decided(ctx, record);

    if (one) {
        lgs_buf_cstr(buf, ",\"order\":{");
        lgs_round_write(buf, one);
        lgs_buf_byte(buf, '}');
    }
}

void ngx_http_logistics_write_decisions(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                        uint32_t first, uint32_t n)
{
    bool is_first = true;

    for (uint32_t i = first; i < first + n && buf->len < TRACED; i++) {
        const lgs_round_record_t *one = decided(ctx, i);

        if (one) {
            lgs_buf_cstr(buf, is_first ? "[{\"record\":" : ",{\"record\":");
            lgs_buf_u64(buf, i - first);
            lgs_buf_byte(buf, ',');
            lgs_round_write(buf, one);
            lgs_buf_byte(buf, '}');
            is_first = false;
        }
    }
    lgs_buf_cstr(buf, is_first ? "" : "]");
}

void ngx_http_logistics_order_errors(ngx_http_logistics_ctx_t *ctx)
{
    for (uint32_t i = 0; ngx_http_logistics_order_refuses(ctx) && i < ctx->records.n; i++) {
        const lgs_round_record_t *one = decided(ctx, i);
        lgs_buf_t buf;
        lgs_err_t *err;

        if (one == NULL || one->decision.order != LGS_ORDER_REFUSED) {
            continue;
        }
        lgs_buf_init(&buf, ctx->arena, 256, 0);
        lgs_round_explain(&buf, one);
        err = lgs_errs_add(&ctx->errs, "out-of-order", ctx->records.items[i].pos, "%.*s",
                           LGS_FMT(lgs_buf_text(&buf)));
        err->record = (int)(ctx->batch ? ctx->batch->document[i] : i);
    }
}

/* ---- when Odoo has answered ---- */

ngx_int_t ngx_http_logistics_order_settle(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->order.round == NULL || ctx->order.is_settled) {
        return NGX_OK;
    }
    if (ctx->order.is_settling) {
        return ctx->ask.answered ? move_again(r, ctx) : NGX_AGAIN;
    }
    ngx_http_logistics_raise_ceiling(ctx); /* what is in Odoo is kept, however much it took */
    mark_undone(ctx);
    if (lgs_round_settle(ctx->order.round) != LGS_OK) {
        return NGX_ERROR;
    }
    count(ctx);
    if (ctx->relayed) {
        ctx->order.is_settled = 1;
        return write_messages(ctx);
    }
    ctx->order.is_settling = 1;
    return move(r, ctx);
}

static void mark_undone(ngx_http_logistics_ctx_t *ctx)
{
    for (uint32_t op = 0; op < ctx->n_operations; op++) {
        lgs_odoo_verdict_t verdict = lgs_odoo_plan_outcome(ctx->plan, op)->verdict;

        if (verdict == LGS_ODOO_REFUSED || verdict == LGS_ODOO_FAILED ||
            verdict == LGS_ODOO_HELD_BACK) {
            lgs_round_at(ctx->order.round, ctx->operation_record[op])->is_undone = true;
        }
    }
}

static void count(const ngx_http_logistics_ctx_t *ctx)
{
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        const lgs_round_record_t *one = decided(ctx, i);

        if (one && !one->is_undone) {
            ngx_http_logistics_count_order(ctx->conf, ngx_http_logistics_route_of(ctx, i),
                                           one->decision.order, one->decision.missing != 0);
        }
    }
}

/* Where the things are now, if nobody else has moved them since they were asked for. */
static ngx_int_t move(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_round_t *round = ctx->order.round;
    lgs_str_t lines;
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 256, 0);
    for (uint32_t i = 0; i < lgs_round_n_things(round); i++) {
        lgs_round_write_kept(&buf, round, i);
    }
    lines = lgs_buf_text(&buf);
    if (lines.len && ngx_http_logistics_ask(r, ctx, "move", &lines, 1) == NGX_AGAIN) {
        return NGX_AGAIN;
    }
    if (lines.len) {
        log_lost(r);
    }
    ctx->order.is_settled = 1;
    return NGX_OK;
}

/* Those that others have moved meanwhile go on from there. */
static ngx_int_t move_again(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_round_t *round = ctx->order.round;
    uint32_t line = 0;

    if (ctx->ask.failed || ++ctx->order.n_tries == MAX_TRIES) {
        log_lost(r);
        ctx->order.is_settled = 1;
        return NGX_OK;
    }
    for (uint32_t i = 0; i < lgs_round_n_things(round) && line < ctx->ask.n; i++) {
        lgs_str_t known;

        if (lgs_round_kept(round, i).len == 0) {
            continue;
        }
        known = ctx->ask.texts[line++];
        if (known.len == 0) {
            lgs_round_done(round, i);
        } else if (lgs_round_settle_from(round, i, lgs_str_is(known, "-") ? LGS_STR("") : known) !=
                   LGS_OK) {
            return NGX_ERROR;
        }
    }
    return move(r, ctx);
}

/* The records are in Odoo, and that is what the partner hears. */
static void log_lost(ngx_http_request_t *r)
{
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "logistics: what was written is not noted in Redis: the next event about the "
                  "same thing is decided as if this one had not come");
}

/* ---- what the relay keeps ---- */

/* "states","waits","park_ms","why" of each message of the delivery. */
static ngx_int_t write_messages(ngx_http_logistics_ctx_t *ctx)
{
    uint32_t n = lgs_round_n_things(ctx->order.round);
    uint32_t *seen = lgs_arena_array(ctx->arena, n + 1, sizeof(*seen));

    if (seen == NULL) {
        return NGX_ERROR;
    }
    ngx_memset(seen, 0, n * sizeof(*seen));
    for (uint32_t i = 0; i < ctx->n_messages; i++) {
        lgs_buf_t buf;

        lgs_buf_init(&buf, ctx->arena, 256, 0);
        write_message(&buf, ctx, i, seen);
        ctx->messages[i].order = lgs_buf_text(&buf);
        if (buf.failed) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

/* `seen`: the last message, from 1, that a thing was written for: each once. */
static void write_message(lgs_buf_t *buf, ngx_http_logistics_ctx_t *ctx, uint32_t index,
                          uint32_t *seen)
{
    const ngx_http_logistics_message_t *message = &ctx->messages[index];
    lgs_buf_t lines, names, why;
    uint64_t park_ms = 0;

    lgs_buf_init(&lines, ctx->arena, 128, 0);
    lgs_buf_init(&names, ctx->arena, 64, 0);
    lgs_buf_init(&why, ctx->arena, 128, 0);
    for (uint32_t i = message->first; i < message->first + message->n; i++) {
        const lgs_round_record_t *one = decided(ctx, i);

        if (one && seen[one->thing] != index + 1) {
            seen[one->thing] = index + 1;
            lgs_round_write_kept(&lines, ctx->order.round, one->thing);
        }
        if (one && one->decision.order == LGS_ORDER_PARKED && !is_reported(ctx, i)) {
            lgs_round_write_known(&names, ctx->order.round, one->thing);
            if (why.len == 0) {
                lgs_round_explain(&why, one);
            }
            park_ms = lgs_machine_park_ms(one->machine);
        }
    }
    lgs_buf_cstr(buf, "\"states\":");
    lgs_json_write_string(buf, lgs_buf_text(&lines));
    if (names.len) {
        lgs_buf_cstr(buf, ",\"waits\":");
        lgs_json_write_string(buf, lgs_buf_text(&names));
        lgs_buf_printf(buf, ",\"park_ms\":\"%llu\",\"why\":", (unsigned long long)park_ms);
        lgs_json_write_string(buf, lgs_buf_text(&why));
    }
    buf->failed |= lines.failed || names.failed || why.failed;
}
