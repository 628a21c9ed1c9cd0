/*
 * The queue for operators (serve: queue, letters, letter, replay, drop, callbacks, resend): what
 * logisticsctl queue, dead and callbacks do, over HTTP, on routes whose policy says so. Of all
 * partners: their scope is for the house.
 */
#include "ngx_http_logistics_ops.h"

#define DEFAULT_LIMIT 100u
#define MAX_LIMIT     NGX_HTTP_LOGISTICS_OPS_LIMIT
#define MAX_LOOKED    "10000" /* letters of a lane that a filter is tried on */

typedef struct {
    lgs_str_t partner, reason, since, until, limit;
} filter_t;

static ngx_int_t ask_first(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static const lgs_letter_list_t *list_of(const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t ask_letters(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t read_filter(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                             filter_t *filter);
static ngx_int_t answer_letters(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool find_letter(const ngx_http_logistics_ctx_t *ctx, lgs_letter_t *letter, uint32_t *lane);
static ngx_int_t answer_letter(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t steer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t replay(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane,
                        const ngx_http_logistics_wish_t *wish);
static ngx_int_t drop(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                      const lgs_letter_t *letter, uint32_t lane,
                      const ngx_http_logistics_wish_t *wish);
static ngx_int_t resend(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane,
                        const ngx_http_logistics_wish_t *wish);
static ngx_int_t refuse_resend(ngx_http_logistics_ctx_t *ctx, lgs_str_t state);
static ngx_int_t ask_deed(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                          uint32_t lane, lgs_str_t deed, lgs_str_t given_up);
static ngx_int_t answer_dry(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                            const lgs_letter_t *letter, const lgs_fixed_t *fixed);
static ngx_int_t answer_steered(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_serve_ops(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->lanes && !ctx->lanes->all.answered) {
        return NGX_AGAIN;
    }
    if (ctx->route->serve == LGS_SERVE_QUEUE) {
        return ngx_http_logistics_serve_queue(r, ctx);
    }
    if (ngx_http_logistics_is_many(ctx)) {
        return ngx_http_logistics_steer_many(r, ctx);
    }
    if (ctx->lanes == NULL) {
        lgs_arena_set_ceiling(ctx->arena, NGX_HTTP_LOGISTICS_OPS_MEMORY);
        return ask_first(r, ctx);
    }
    if (ctx->lanes->all.failed) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    switch (ctx->route->serve) {
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
    lgs_str_t look[] = {ctx->params.values[0], LGS_STR("1")};
    ngx_int_t rc;

    if (list_of(ctx)) {
        return ask_letters(r, ctx);
    }
    if (!lgs_is_correlation_id(look[0])) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "message-id",
                                         "the id of a message is what its 202 said, in Location");
    }
    rc = ngx_http_logistics_ask_lanes(r, "look", UINT64_MAX, look, LGS_N(look), NULL);
    return rc == NGX_AGAIN ? rc : ngx_http_logistics_refuse_away(ctx);
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
        !ngx_http_logistics_ops_ms(ctx, &filter->since, "-inf") ||
        !ngx_http_logistics_ops_ms(ctx, &filter->until, "+inf")) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_BAD_REQUEST, "query",
            "%s are asked for by partner, reason, since and until (2026-11-21T10:00:00Z) and "
            "limit (1 to %u), each once",
            list_of(ctx)->name, MAX_LIMIT);
    }
    filter->limit = lgs_arena_printf(ctx->arena, "%d", (int)limit);
    return NGX_OK;
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
    return ngx_http_logistics_ops_send(r, ctx, &buf);
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
    return ngx_http_logistics_ops_send(r, ctx, &buf);
}

/* ---- replay, drop and resend ---- */

static ngx_int_t steer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    bool is_known;
    lgs_letter_t letter;
    ngx_http_logistics_wish_t wish;
    uint32_t lane;
    ngx_int_t rc = ngx_http_logistics_read_wish(ctx, &wish);

    if (rc != NGX_OK) {
        return rc;
    }
    is_known = find_letter(ctx, &letter, &lane);
    if (ctx->route->serve == LGS_SERVE_RESEND) {
        return is_known && lgs_str_is(letter.callback_state, "given-up")
                   ? resend(r, ctx, &letter, lane, &wish)
                   : refuse_resend(ctx, is_known ? letter.callback_state : LGS_STR(""));
    }
    if (!is_known || !lgs_str_is(letter.state, "dead")) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_NOT_FOUND, "letter-unknown", "there is no dead letter \"%.*s\"%s%.*s",
            LGS_FMT(ctx->params.values[0]), is_known ? ": the message is " : "",
            is_known ? (int)letter.state.len : 0, is_known ? letter.state.data : "");
    }
    return ctx->route->serve == LGS_SERVE_REPLAY ? replay(r, ctx, &letter, lane, &wish)
                                                 : drop(r, ctx, &letter, lane, &wish);
}

static ngx_int_t refuse_resend(ngx_http_logistics_ctx_t *ctx, lgs_str_t state)
{
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_NOT_FOUND, "callback-unknown",
        "there is no callback of message \"%.*s\" that was given up%s%.*s",
        LGS_FMT(ctx->params.values[0]), state.len ? ": it is " : "", LGS_FMT(state));
}

static ngx_int_t replay(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane,
                        const ngx_http_logistics_wish_t *wish)
{
    lgs_fixed_t fixed = {.body = {NULL, 0}};
    lgs_str_t args[NGX_HTTP_LOGISTICS_REPLAY_ARGS];
    lgs_rc_t rc = ngx_http_logistics_replay_args(ctx, letter, wish, &fixed, args, &ctx->errs);

    if (rc == LGS_OK && wish->is_dry && wish->n_fixes == 0) {
        rc = lgs_fix_apply(ctx->arena, letter->body, NULL, 0, &fixed, &ctx->errs);
    }
    if (rc != LGS_OK) {
        ctx->problem = LGS_PROBLEM_BAD_REQUEST;
        return rc == LGS_INVALID ? NGX_DECLINED : NGX_ERROR;
    }
    if (wish->is_dry) {
        return answer_dry(r, ctx, letter, &fixed);
    }
    ctx->steering = 1;
    return ngx_http_logistics_ask_lanes(r, "replay", (uint64_t)1 << lane, args, LGS_N(args),
                                        NULL) == NGX_AGAIN
               ? NGX_AGAIN
               : ngx_http_logistics_refuse_away(ctx);
}

static ngx_int_t drop(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                      const lgs_letter_t *letter, uint32_t lane,
                      const ngx_http_logistics_wish_t *wish)
{
    lgs_fixed_t fixed = {.body = letter->body};

    return wish->is_dry
               ? answer_dry(r, ctx, letter, &fixed)
               : ask_deed(r, ctx, "drop", lane,
                          ngx_http_logistics_deed(ctx, "drop", wish, LGS_STR("")), letter->closed);
}

static ngx_int_t resend(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                        const lgs_letter_t *letter, uint32_t lane,
                        const ngx_http_logistics_wish_t *wish)
{
    lgs_buf_t buf;

    if (!wish->is_dry) {
        return ask_deed(r, ctx, "callback_resend", lane,
                        ngx_http_logistics_deed(ctx, "resend", wish, LGS_STR("")),
                        letter->callback_closed);
    }
    lgs_buf_init(&buf, ctx->arena, 512, 0);
    lgs_buf_cstr(&buf, "{\"message\":");
    lgs_json_write_string(&buf, letter->id);
    lgs_letter_write_callback(&buf, letter);
    lgs_buf_byte(&buf, '}');
    return ngx_http_logistics_ops_send(r, ctx, &buf);
}

/* A script that takes id, deed, and when the message was given up that was looked at. */
static ngx_int_t ask_deed(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, const char *script,
                          uint32_t lane, lgs_str_t deed, lgs_str_t given_up)
{
    const lgs_str_t args[] = {ctx->params.values[0], deed, given_up};

    ctx->steering = 1;
    if (deed.len == 0) {
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
    return ngx_http_logistics_ops_send(r, ctx, &buf);
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
    return ngx_http_logistics_ops_send(r, ctx, &buf);
}

ngx_int_t ngx_http_logistics_ops_send(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
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
