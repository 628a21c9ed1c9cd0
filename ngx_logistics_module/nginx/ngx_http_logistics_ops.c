/*
 * The queue for operators (serve: queue, letters, letter, replay, drop, callbacks, resend): what
 * logisticsctl queue, dead and callbacks do, over HTTP, on routes whose policy says so. Of all
 * partners: their scope is for the house.
 */
#include "ngx_http_logistics_redis.h"

#include "../base/datetime.h"
#include "../queue/letter.h"
#include "../queue/order.h"
#include "../queue/state.h"

#define MAX_ANSWER    (64u << 20)
#define DEFAULT_LIMIT 100u
#define MAX_LIMIT     1000u
#define MAX_LOOKED    "10000" /* letters of a lane that a filter is tried on */

/* What an operator posts: {"why", "set": [{"pointer", "value"}], "dry_run"} */
typedef struct {
    lgs_str_t why;
    lgs_fix_t *fixes;
    uint32_t n_fixes;
    bool is_dry;
} order_t;

typedef struct {
    lgs_str_t partner, reason, since, until, limit;
} filter_t;

static ngx_int_t ask_first(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t answer_queue(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static const lgs_letter_list_t *list_of(const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t ask_letters(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t read_filter(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                             filter_t *filter);
static bool to_ms(ngx_http_logistics_ctx_t *ctx, lgs_str_t *time, const char *none);
static ngx_int_t answer_letters(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool find_letter(const ngx_http_logistics_ctx_t *ctx, lgs_letter_t *letter, uint32_t *lane);
static ngx_int_t answer_letter(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t steer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t read_order(ngx_http_logistics_ctx_t *ctx, order_t *order);
static ngx_int_t read_fixes(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *list, order_t *order);
static ngx_int_t replay(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane, const order_t *order);
static ngx_int_t drop(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                      const lgs_letter_t *letter, uint32_t lane, const order_t *order);
static ngx_int_t resend(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane, const order_t *order);
static ngx_int_t refuse_resend(ngx_http_logistics_ctx_t *ctx, lgs_str_t state);
static ngx_int_t ask_deed(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                          uint32_t lane, const lgs_deed_t *deed, lgs_str_t given_up);
static ngx_int_t answer_dry(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                            const lgs_letter_t *letter, const lgs_fixed_t *fixed);
static ngx_int_t answer_steered(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t send_answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                             const lgs_buf_t *buf);

ngx_int_t ngx_http_logistics_serve_ops(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->lanes == NULL) {
        lgs_arena_set_ceiling(ctx->arena, MAX_ANSWER);
        return ask_first(r, ctx);
    }
    if (!ctx->lanes->all.answered) {
        return NGX_AGAIN;
    }
    if (ctx->lanes->all.failed) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    switch (ctx->route->serve) {
    case LGS_SERVE_QUEUE:
        return answer_queue(r, ctx);
    case LGS_SERVE_LETTERS:
    case LGS_SERVE_CALLBACKS:
        return answer_letters(r, ctx);
    case LGS_SERVE_LETTER:
        return answer_letter(r, ctx);
    default:
        return ctx->steering ? answer_steered(r, ctx) : steer(r, ctx);
    }
}

static ngx_int_t ask_first(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    static const lgs_str_t looked = LGS_STR_INIT(LGS_QUEUE_LOOKED);
    lgs_str_t look[] = {ctx->params.values[0], LGS_STR("1")};
    ngx_int_t rc;

    if (list_of(ctx)) {
        return ask_letters(r, ctx);
    }
    if (ctx->route->serve == LGS_SERVE_QUEUE) {
        rc = ngx_http_logistics_ask_lanes(r, "state", UINT64_MAX, &looked, 1, NULL);
    } else if (!lgs_is_correlation_id(look[0])) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "message-id",
                                         "the id of a message is what its 202 said, in Location");
    } else {
        rc = ngx_http_logistics_ask_lanes(r, "look", UINT64_MAX, look, LGS_N(look), NULL);
    }
    return rc == NGX_AGAIN ? rc : ngx_http_logistics_refuse_away(ctx);
}

static ngx_int_t answer_queue(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_queue_state_t *state = lgs_arena_alloc(ctx->arena, sizeof(*state));
    lgs_buf_t buf;

    if (state == NULL) {
        return NGX_ERROR;
    }
    lgs_queue_state_init(state, ctx->arena);
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lgs_queue_state_add(state, lane, ctx->lanes->replies[lane].texts,
                                ctx->lanes->replies[lane].n) == LGS_NOMEM) {
            return NGX_ERROR;
        }
    }
    lgs_buf_init(&buf, ctx->arena, 8192, 0);
    lgs_queue_state_write(&buf, state);
    return send_answer(r, ctx, &buf);
}

/* ---- letters, and callbacks that were given up ---- */

/* NULL: the route lists nothing. */
static const lgs_letter_list_t *list_of(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->route->serve == LGS_SERVE_LETTERS     ? &lgs_dead_letters
           : ctx->route->serve == LGS_SERVE_CALLBACKS ? &lgs_untold_callbacks
                                                      : NULL;
}

static ngx_int_t ask_letters(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    filter_t filter = {.limit = {NULL, 0}};
    ngx_int_t rc = read_filter(r, ctx, &filter);
    const lgs_str_t args[] = {filter.since,  filter.until, filter.partner,
                              filter.reason, filter.limit, LGS_STR(MAX_LOOKED)};
    uint64_t lanes = filter.partner.len ? (uint64_t)1 << lgs_lane(filter.partner) : UINT64_MAX;

    if (rc != NGX_OK) {
        return rc;
    }
    rc = ngx_http_logistics_ask_lanes(r, list_of(ctx)->script, lanes, args, LGS_N(args), NULL);
    return rc == NGX_AGAIN ? rc : ngx_http_logistics_refuse_away(ctx);
}

static ngx_int_t read_filter(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, filter_t *filter)
{
    const struct {
        ngx_str_t name;
        lgs_str_t *to;
    } known[] = {{ngx_string("partner"), &filter->partner},
                 {ngx_string("reason"), &filter->reason},
                 {ngx_string("since"), &filter->since},
                 {ngx_string("until"), &filter->until},
                 {ngx_string("limit"), &filter->limit}};
    size_t n_chars = 0;
    ngx_int_t limit;

    for (size_t i = 0; i < LGS_N(known); i++) {
        u_char *to, *from;
        ngx_str_t value;

        if (ngx_http_arg(r, known[i].name.data, known[i].name.len, &value) != NGX_OK) {
            continue;
        }
        n_chars += known[i].name.len + 1 + value.len + (n_chars > 0);
        from = value.data;
        to = ngx_pnalloc(r->pool, value.len + 1);
        if (to == NULL) {
            return NGX_ERROR;
        }
        known[i].to->data = (const char *)to;
        ngx_unescape_uri(&to, &from, value.len, 0);
        known[i].to->len = (size_t)(to - (u_char *)known[i].to->data);
    }
    limit = filter->limit.len ? ngx_atoi((u_char *)filter->limit.data, filter->limit.len)
                              : (ngx_int_t)DEFAULT_LIMIT;
    if (n_chars != r->args.len || limit < 1 || limit > (ngx_int_t)MAX_LIMIT ||
        !to_ms(ctx, &filter->since, "-inf") || !to_ms(ctx, &filter->until, "+inf")) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_BAD_REQUEST, "query",
            "%s are asked for by partner, reason, since and until (2026-11-21T10:00:00Z) and "
            "limit (1 to %u), each once",
            list_of(ctx)->name, MAX_LIMIT);
    }
    filter->limit = lgs_arena_printf(ctx->arena, "%d", (int)limit);
    return NGX_OK;
}

static bool to_ms(ngx_http_logistics_ctx_t *ctx, lgs_str_t *time, const char *none)
{
    lgs_dateformat_t *iso = lgs_dateformat_compile(ctx->arena, LGS_STR("iso"), NULL);
    lgs_datetime_t at;

    if (time->len == 0) {
        *time = lgs_cstr(none);
        return true;
    }
    if (iso == NULL || !lgs_is_rfc3339_datetime(*time) || !lgs_datetime_read(iso, *time, &at)) {
        return false;
    }
    *time = lgs_arena_printf(
        ctx->arena, "%lld",
        (long long)(lgs_datetime_to_epoch(&at) * 1000 + at.nanosecond / 1000000));
    return time->data != NULL;
}

/* {"letters": […], "more": true}, or "callbacks": of each lane newest first */
static ngx_int_t answer_letters(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_letter_list_t *list = list_of(ctx);
    const char *comma = "";
    bool has_more = false;
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 8192, 0);
    lgs_buf_printf(&buf, "{\"%s\":[", list->name);
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        const lgs_str_t *texts = ctx->lanes->replies[lane].texts;
        uint32_t n = ctx->lanes->replies[lane].n;

        has_more |= n && texts[0].len;
        for (uint32_t i = 1; i + list->n_texts <= n; i += list->n_texts) {
            lgs_letter_t letter;

            (void)list->take(&letter, &texts[i]);
            lgs_buf_cstr(&buf, comma);
            lgs_letter_write(&buf, &letter);
            comma = ",";
        }
    }
    lgs_buf_printf(&buf, "],\"more\":%s}", has_more ? "true" : "false");
    return send_answer(r, ctx, &buf);
}

static bool find_letter(const ngx_http_logistics_ctx_t *ctx, lgs_letter_t *letter, uint32_t *lane)
{
    for (*lane = 0; *lane < LGS_N_LANES; ++*lane) {
        if (lgs_letter_take(letter, ctx->params.values[0], ctx->lanes->replies[*lane].texts,
                            ctx->lanes->replies[*lane].n)) {
            return true;
        }
    }
    return false;
}

static ngx_int_t answer_letter(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_letter_t letter;
    lgs_buf_t buf;
    uint32_t lane;

    if (!find_letter(ctx, &letter, &lane)) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_NOT_FOUND, "message-unknown",
                                         "there is no message \"%.*s\"",
                                         LGS_FMT(ctx->params.values[0]));
    }
    lgs_buf_init(&buf, ctx->arena, 4096, 0);
    lgs_letter_write(&buf, &letter);
    return send_answer(r, ctx, &buf);
}

/* ---- replay, drop and resend ---- */

static ngx_int_t steer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    bool is_known;
    lgs_letter_t letter;
    order_t order = {.n_fixes = 0};
    uint32_t lane;
    ngx_int_t rc = read_order(ctx, &order);

    if (rc != NGX_OK) {
        return rc;
    }
    is_known = find_letter(ctx, &letter, &lane);
    if (ctx->route->serve == LGS_SERVE_RESEND) {
        return is_known && lgs_str_is(letter.callback_state, "given-up")
                   ? resend(r, ctx, &letter, lane, &order)
                   : refuse_resend(ctx, is_known ? letter.callback_state : LGS_STR(""));
    }
    if (!is_known || !lgs_str_is(letter.state, "dead")) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_NOT_FOUND, "letter-unknown", "there is no dead letter \"%.*s\"%s%.*s",
            LGS_FMT(ctx->params.values[0]), is_known ? ": the message is " : "",
            is_known ? (int)letter.state.len : 0, is_known ? letter.state.data : "");
    }
    return ctx->route->serve == LGS_SERVE_REPLAY ? replay(r, ctx, &letter, lane, &order)
                                                 : drop(r, ctx, &letter, lane, &order);
}

static ngx_int_t refuse_resend(ngx_http_logistics_ctx_t *ctx, lgs_str_t state)
{
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_NOT_FOUND, "callback-unknown",
        "there is no callback of message \"%.*s\" that was given up%s%.*s",
        LGS_FMT(ctx->params.values[0]), state.len ? ": it is " : "", LGS_FMT(state));
}

static ngx_int_t read_order(ngx_http_logistics_ctx_t *ctx, order_t *order)
{
    const lgs_node_t *root = &ctx->document.root;
    bool is_good = true;

    if (lgs_json_read(ctx->arena, ctx->body, lgs_policy_tree_limits(ctx->conf->policy),
                      &ctx->document, &ctx->errs) != LGS_OK) {
        ctx->problem = LGS_PROBLEM_MALFORMED;
        return NGX_DECLINED;
    }
    is_good = root->type == LGS_OBJECT;
    for (uint32_t i = 0; is_good && i < root->n; i++) {
        lgs_str_t name = lgs_node_text(&root->u.members[i].name);
        const lgs_node_t *value = &root->u.members[i].value;

        if (lgs_str_is(name, "why") && value->type == LGS_STRING && value->n <= LGS_MAX_WHY) {
            order->why = lgs_node_text(value);
        } else if (lgs_str_is(name, "dry_run") && value->type == LGS_BOOL) {
            order->is_dry = lgs_node_is_true(value);
        } else if (lgs_str_is(name, "set") && value->type == LGS_ARRAY &&
                   value->n <= LGS_MAX_FIXES && ctx->route->serve == LGS_SERVE_REPLAY) {
            ngx_int_t rc = read_fixes(ctx, value, order);

            if (rc == NGX_ERROR) {
                return rc;
            }
            is_good = rc == NGX_OK;
        } else {
            is_good = false;
        }
    }
    return is_good ? NGX_OK
                   : ngx_http_logistics_refuse(
                         ctx, LGS_PROBLEM_BAD_REQUEST, "ops-body",
                         "a body is an object with why (a text of up to %u bytes), dry_run, and "
                         "for replay set: up to %u of {\"pointer\": \"/0/type\", \"value\": …}",
                         LGS_MAX_WHY, LGS_MAX_FIXES);
}

static ngx_int_t read_fixes(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *list, order_t *order)
{
    order->fixes = lgs_arena_array(ctx->arena, list->n + 1, sizeof(*order->fixes));
    if (order->fixes == NULL) {
        return NGX_ERROR;
    }
    for (uint32_t i = 0; i < list->n; i++) {
        const lgs_node_t *pointer = lgs_node_at(&list->u.items[i], "pointer");
        const lgs_node_t *value = lgs_node_at(&list->u.items[i], "value");

        if (pointer == NULL || value == NULL || list->u.items[i].n != 2) {
            return NGX_DECLINED;
        }
        order->fixes[i] = (lgs_fix_t){lgs_node_text(pointer), *value};
    }
    order->n_fixes = list->n;
    return NGX_OK;
}

static ngx_int_t replay(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane, const order_t *order)
{
    const lgs_route_t *route = lgs_policy_route_by_name(ctx->conf->policy, letter->route);
    lgs_fixed_t fixed = {.body = {NULL, 0}};
    lgs_deed_t deed = {.did = "replay", .by = ctx->partner->name, .why = order->why};
    lgs_str_t args[] = {letter->id, LGS_STR(""), LGS_STR(""), LGS_STR(""), letter->closed};
    lgs_buf_t buf, keys;
    lgs_rc_t rc = lgs_fix_apply(ctx->arena, letter->body, order->fixes, order->n_fixes, &fixed,
                                &ctx->errs);

    if (rc != LGS_OK || (order->n_fixes && route == NULL)) {
        return rc == LGS_NOMEM ? NGX_ERROR
               : rc == LGS_OK
                   ? ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "fix",
                                               "the policies have no route \"%.*s\" any more",
                                               LGS_FMT(letter->route))
                   : (ctx->problem = LGS_PROBLEM_BAD_REQUEST, NGX_DECLINED);
    }
    if (order->is_dry) {
        return answer_dry(r, ctx, letter, &fixed);
    }
    lgs_buf_init(&keys, ctx->arena, 256, 0);
    if (order->n_fixes) {
        /* another tracking number is another line to stand in */
        const lgs_order_kind_t kind = lgs_policy_order_kind(route);

        rc = lgs_order_keys(&keys, letter->partner, &kind, fixed.records.u.items, fixed.records.n,
                            sizeof(lgs_node_t));
        args[1] = fixed.body;
        args[2] = lgs_buf_text(&keys);
        deed.changes = fixed.changes;
    }
    lgs_buf_init(&buf, ctx->arena, 512, 0);
    lgs_deed_write(&buf, &deed);
    args[3] = lgs_buf_text(&buf);
    ctx->steering = 1;
    if (rc != LGS_OK || buf.failed) {
        return NGX_ERROR;
    }
    return ngx_http_logistics_ask_lanes(r, "replay", (uint64_t)1 << lane, args, LGS_N(args),
                                        NULL) == NGX_AGAIN
               ? NGX_AGAIN
               : ngx_http_logistics_refuse_away(ctx);
}

static ngx_int_t drop(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                      const lgs_letter_t *letter, uint32_t lane, const order_t *order)
{
    const lgs_deed_t deed = {.did = "drop", .by = ctx->partner->name, .why = order->why};
    lgs_fixed_t fixed = {.body = letter->body};

    return order->is_dry ? answer_dry(r, ctx, letter, &fixed)
                         : ask_deed(r, ctx, "drop", lane, &deed, letter->closed);
}

static ngx_int_t resend(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane, const order_t *order)
{
    const lgs_deed_t deed = {.did = "resend", .by = ctx->partner->name, .why = order->why};
    lgs_buf_t buf;

    if (!order->is_dry) {
        return ask_deed(r, ctx, "callback_resend", lane, &deed, letter->callback_closed);
    }
    lgs_buf_init(&buf, ctx->arena, 512, 0);
    lgs_buf_cstr(&buf, "{\"message\":");
    lgs_json_write_string(&buf, letter->id);
    lgs_letter_write_callback(&buf, letter);
    lgs_buf_byte(&buf, '}');
    return send_answer(r, ctx, &buf);
}

/* A script that takes id, deed, and when the message was given up that was looked at. */
static ngx_int_t ask_deed(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                          uint32_t lane, const lgs_deed_t *deed, lgs_str_t given_up)
{
    lgs_str_t args[] = {ctx->params.values[0], LGS_STR(""), given_up};
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 512, 0);
    lgs_deed_write(&buf, deed);
    args[1] = lgs_buf_text(&buf);
    ctx->steering = 1;
    if (buf.failed) {
        return NGX_ERROR;
    }
    return ngx_http_logistics_ask_lanes(r, script, (uint64_t)1 << lane, args, LGS_N(args), NULL) ==
                   NGX_AGAIN
               ? NGX_AGAIN
               : ngx_http_logistics_refuse_away(ctx);
}

static ngx_int_t answer_dry(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                            const lgs_letter_t *letter, const lgs_fixed_t *fixed)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, fixed->body.len + 1024, 0);
    lgs_buf_cstr(&buf, "{\"message\":");
    lgs_json_write_string(&buf, letter->id);
    if (fixed->changes.len) {
        lgs_buf_cstr(&buf, ",\"changes\":");
        lgs_buf_str(&buf, fixed->changes);
    }
    lgs_buf_cstr(&buf, ",\"records\":");
    lgs_buf_str(&buf, fixed->body.len ? fixed->body : LGS_STR("[]"));
    lgs_buf_byte(&buf, '}');
    return send_answer(r, ctx, &buf);
}

static ngx_int_t answer_steered(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t word = {NULL, 0};
    lgs_buf_t buf;

    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (ctx->lanes->replies[lane].n) {
            word = ctx->lanes->replies[lane].texts[0];
        }
    }
    if (!lgs_str_is(word, "replayed") && !lgs_str_is(word, "dropped") &&
        !lgs_str_is(word, "resent")) {
        bool is_full = lgs_str_is(word, "full");

        ctx->retry_after = is_full ? LGS_STR("60") : LGS_STR("1");
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_CONFLICT, is_full ? "callbacks-full" : "letter-changed",
            is_full ? "too many callbacks to the partner of \"%.*s\" wait already"
                    : "somebody else changed \"%.*s\" meanwhile: look again",
            LGS_FMT(ctx->params.values[0]));
    }
    lgs_buf_init(&buf, ctx->arena, 256, 0);
    lgs_buf_cstr(&buf, "{\"message\":");
    lgs_json_write_string(&buf, ctx->params.values[0]);
    lgs_buf_cstr(&buf, ",\"outcome\":");
    lgs_json_write_string(&buf, word);
    lgs_buf_byte(&buf, '}');
    return send_answer(r, ctx, &buf);
}

static ngx_int_t send_answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                             const lgs_buf_t *buf)
{
    if (buf->failed) {
        return NGX_ERROR;
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, NGX_HTTP_OK, "application/json", lgs_buf_text(buf)));
    return NGX_DONE;
}
