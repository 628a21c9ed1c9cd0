/*
 * Replay and drop of many dead letters, or resend of many callbacks that were given up, in one
 * request: of ids, or of all that filters find, lane after lane and oldest first. A callback is a
 * letter whose time, reason and state are the callback's. One small call of a script follows the
 * other, so neither Redis nor the worker is held up, however many letters lie there; a request ends
 * after some of them and says where to go on (`next`).
 */
#include "ngx_http_logistics_ops.h"

#define PIECE      16u         /* letters that one call of a script does something to */
#define LOOKED     "500"       /* … that one call tries the filters on */
#define MAX_CALLS  300u        /* of scripts for one request */
#define MAX_BODIES (16u << 20) /* bytes of the messages that fixes were made in */
#define HEAD       3u          /* texts in front of the letters that letters_from finds */
#define MAX_ARGS   (PIECE * NGX_HTTP_LOGISTICS_REPLAY_ARGS)

/* What the reply is that the request waits for. */
typedef enum { STEP_FOUND, STEP_BODY, STEP_TOLD, N_STEPS } step_t;

/* What is done to letters in which state: the script, and what it says of one that it did it to. */
typedef struct {
    const char *script, *deed, *done, *state, *not_state;
} work_t;

/* A letter in hand. */
typedef struct {
    lgs_letter_t letter;
    uint32_t lane;
} picked_t;

struct ngx_http_logistics_many_s {
    ngx_http_logistics_wish_t wish;
    const work_t *work;
    bool is_replay;
    lgs_str_t deed;
    step_t step;
    /* where filters look next: the lane, and in it the time and the last one of that time */
    uint32_t lane, end_lane;
    lgs_str_t from, until, before;
    picked_t *picked;
    uint32_t n, at; /* picked; the first of which nothing is said yet */
    lgs_str_t args[MAX_ARGS];
    uint32_t n_args, n_piece; /* of the letters that something is done to next */
    lgs_fixed_t fixed;        /* the records of the one that is changed */
    uint32_t n_left, n_calls, n_done, n_not;
    size_t n_bytes;
    lgs_buf_t items;
    bool is_stopped; /* Redis did not answer */
};

static const work_t works[LGS_N_SERVES] = {
    [LGS_SERVE_REPLAY] = {"replay", "replay", "replayed", "dead", "not-dead"},
    [LGS_SERVE_DROP] = {"drop", "drop", "dropped", "dead", "not-dead"},
    [LGS_SERVE_RESEND] = {"callback_resend", "resend", "resent", "given-up", "not-given-up"},
};

static ngx_int_t begin(ngx_http_logistics_ctx_t *ctx);
static bool read_next(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_many_t *many);
static ngx_int_t go_on(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool is_over(const ngx_http_logistics_many_t *many);
static ngx_int_t find(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t find_ids(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t take_found(ngx_http_logistics_ctx_t *ctx);
static void take_head(ngx_http_logistics_many_t *many, const lgs_str_t *head);
static void note_absent(ngx_http_logistics_many_t *many);
static ngx_int_t do_next(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t ask_body(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t take_body(ngx_http_logistics_ctx_t *ctx);
static void fill_piece(ngx_http_logistics_many_t *many);
static ngx_int_t take_told(ngx_http_logistics_ctx_t *ctx);
static void end_piece(ngx_http_logistics_many_t *many, uint32_t n);
static ngx_int_t stop(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static void note(ngx_http_logistics_many_t *many, const lgs_letter_t *letter, lgs_str_t outcome,
                 lgs_str_t detail);
static ngx_int_t ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, step_t step,
                     const char *script, uint64_t lanes, const lgs_str_t *args, uint32_t n);
static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_steer_many(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    static ngx_int_t (*const takes[N_STEPS])(ngx_http_logistics_ctx_t *) = {
        [STEP_FOUND] = take_found, [STEP_BODY] = take_body, [STEP_TOLD] = take_told};
    ngx_int_t rc;

    if (ctx->many == NULL) {
        lgs_arena_set_ceiling(ctx->arena, NGX_HTTP_LOGISTICS_OPS_MEMORY);
        rc = begin(ctx);
    } else if (ctx->lanes->all.failed) {
        return stop(r, ctx);
    } else {
        rc = takes[ctx->many->step](ctx);
    }
    return rc == NGX_OK ? go_on(r, ctx) : rc;
}

static ngx_int_t begin(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = lgs_arena_zalloc(ctx->arena, sizeof(*many));
    ngx_int_t rc;

    if (many == NULL) {
        return NGX_ERROR;
    }
    rc = ngx_http_logistics_read_wish(ctx, &many->wish);
    if (rc != NGX_OK) {
        return rc;
    }
    many->is_replay = ctx->route->serve == LGS_SERVE_REPLAY;
    many->work = &works[ctx->route->serve];
    many->deed = ngx_http_logistics_deed(ctx, many->work->deed, &many->wish, LGS_STR(""));
    many->n_left = many->wish.limit;
    many->lane = many->wish.partner.len ? lgs_lane(many->wish.partner) : 0;
    many->end_lane = many->wish.partner.len ? many->lane + 1 : LGS_N_LANES;
    many->from = many->wish.since;
    many->until = many->wish.until;
    many->before = LGS_STR("");
    lgs_buf_init(&many->items, ctx->arena, 4096, 0);
    if (many->deed.len == 0) {
        return NGX_ERROR;
    }
    if (many->wish.next.len && !read_next(ctx, many)) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "ops-next",
                                         "next is what the answer before said, as it is");
    }
    ctx->many = many;
    return NGX_OK;
}

/* LANE-UNTIL-FROM-ID, as answer() writes it. */
static bool read_next(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_many_t *many)
{
    const char *p = many->wish.next.data, *end = p + many->wish.next.len;
    lgs_str_t parts[3];
    uint32_t lane = 0;

    for (size_t i = 0; i < LGS_N(parts); i++) {
        const char *dash = p < end ? memchr(p, '-', (size_t)(end - p)) : NULL;

        if (dash == NULL || dash == p || dash - p > 15) {
            return false;
        }
        parts[i] = lgs_str(p, (size_t)(dash - p));
        for (const char *digit = p; digit < dash; digit++) {
            if (*digit < '0' || *digit > '9') {
                return false;
            }
            lane = i ? lane : lane * 10 + (uint32_t)(*digit - '0');
        }
        p = dash + 1;
    }
    many->until = parts[1];
    many->from = parts[2];
    many->before = lgs_str(p, (size_t)(end - p));
    if (lane < many->lane || lane >= many->end_lane || parts[0].len > 2 ||
        (many->before.len && !lgs_is_correlation_id(many->before))) {
        return false;
    }
    many->lane = lane;
    return true;
}

/* Until a reply is waited for, or all is said. */
static ngx_int_t go_on(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = ctx->many;
    ngx_int_t rc = NGX_OK;

    while (rc == NGX_OK) {
        if (many->at < many->n) {
            rc = do_next(r, ctx);
        } else if (is_over(many)) {
            return answer(r, ctx);
        } else {
            rc = find(r, ctx);
        }
    }
    return rc;
}

static bool is_over(const ngx_http_logistics_many_t *many)
{
    if (many->wish.n_ids) {
        return many->n_calls > 0;
    }
    return many->n_left == 0 || many->lane == many->end_lane || many->n_calls >= MAX_CALLS ||
           many->n_bytes >= MAX_BODIES;
}

/* ---- finding ---- */

static ngx_int_t find(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = ctx->many;
    const ngx_http_logistics_wish_t *wish = &many->wish;
    lgs_str_t args[] = {many->from,   many->until,     wish->partner, wish->reason,
                        LGS_STR("1"), LGS_STR(LOOKED), many->before,  lgs_cstr(many->work->state)};

    if (wish->n_ids) {
        return find_ids(r, ctx);
    }
    if (wish->n_fixes == 0) {
        args[4] = lgs_arena_printf(ctx->arena, "%u", many->n_left < PIECE ? many->n_left : PIECE);
    }
    return args[4].len ? ask(r, ctx, STEP_FOUND, "letters_from", (uint64_t)1 << many->lane, args,
                             LGS_N(args))
                       : NGX_ERROR;
}

static ngx_int_t find_ids(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const ngx_http_logistics_wish_t *wish = &ctx->many->wish;
    lgs_str_t args[1 + NGX_HTTP_LOGISTICS_OPS_IDS] = {lgs_cstr(ctx->many->work->state)};

    ngx_memcpy(&args[1], wish->ids, wish->n_ids * sizeof(*args));
    return ask(r, ctx, STEP_FOUND, "pick", UINT64_MAX, args, 1 + wish->n_ids);
}

/* Of `pick` in all lanes, or of `letters_from` in the lane at hand. */
static ngx_int_t take_found(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = ctx->many;
    uint32_t n_texts = lgs_picked_letters.n_texts, head = many->wish.n_ids ? 0 : HEAD, n = 0;
    const ngx_http_logistics_ask_t *replies = ctx->lanes->replies;

    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        n += replies[lane].n / n_texts;
    }
    many->picked = lgs_arena_array(ctx->arena, n + 1, sizeof(*many->picked));
    many->n = many->at = 0;
    if (many->picked == NULL || (head && replies[many->lane].n < head)) {
        return NGX_ERROR;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        for (uint32_t i = head; i + n_texts <= replies[lane].n; i += n_texts) {
            (void)lgs_picked_letters.take(&many->picked[many->n].letter, &replies[lane].texts[i]);
            many->picked[many->n++].lane = lane;
        }
    }
    many->n_left -= many->n < many->n_left ? many->n : many->n_left;
    if (many->wish.n_ids) {
        note_absent(many);
    } else {
        take_head(many, replies[many->lane].texts);
    }
    return NGX_OK;
}

/* Where it goes on. The first lane says which time it is: letters that die again are not found. */
static void take_head(ngx_http_logistics_many_t *many, const lgs_str_t *head)
{
    many->until = head[0];
    many->from = head[1];
    many->before = head[2];
    if (many->from.len == 0) {
        many->lane++;
        many->from = many->wish.since;
    }
}

static void note_absent(ngx_http_logistics_many_t *many)
{
    for (uint32_t i = 0; i < many->wish.n_ids; i++) {
        const lgs_letter_t absent = {.id = many->wish.ids[i]};
        uint32_t k = 0;

        while (k < many->n && !lgs_str_eq(many->picked[k].letter.id, absent.id)) {
            k++;
        }
        if (k == many->n) {
            note(many, &absent, LGS_STR("unknown"), LGS_STR("there is no such message"));
        }
    }
}

/* ---- doing ---- */

/* NGX_OK: what becomes of the next letter is said, and nothing needs to be asked. */
static ngx_int_t do_next(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = ctx->many;
    const picked_t *picked = &many->picked[many->at];

    if (!lgs_str_is(picked->letter.state, many->work->state)) {
        note(many, &picked->letter, lgs_cstr(many->work->not_state),
             picked->letter.state.len
                 ? lgs_arena_printf(ctx->arena, "it is %.*s", LGS_FMT(picked->letter.state))
                 : LGS_STR("there is none"));
        many->at++;
        return NGX_OK;
    }
    if (many->wish.n_fixes && many->n_piece == 0) {
        return ask_body(r, ctx);
    }
    if (many->wish.is_dry) {
        note(many, &picked->letter, lgs_cstr(many->work->done), LGS_STR(""));
        end_piece(many, 1);
        return NGX_OK;
    }
    if (many->n_piece == 0) {
        fill_piece(many);
    }
    return ask(r, ctx, STEP_TOLD, many->work->script, (uint64_t)1 << picked->lane, many->args,
               many->n_args);
}

static ngx_int_t ask_body(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const picked_t *picked = &ctx->many->picked[ctx->many->at];
    const lgs_str_t args[] = {picked->letter.id, LGS_STR("1")};

    return ask(r, ctx, STEP_BODY, "look", (uint64_t)1 << picked->lane, args, LGS_N(args));
}

/* The letter with its records: when they can be changed, it is a piece by itself. */
static ngx_int_t take_body(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = ctx->many;
    lgs_letter_t *letter = &many->picked[many->at].letter;
    const ngx_http_logistics_ask_t *reply = &ctx->lanes->replies[many->picked[many->at].lane];
    lgs_str_t closed = letter->closed;
    lgs_errs_t errs;
    lgs_rc_t rc;

    if (!lgs_letter_take(letter, letter->id, reply->texts, reply->n) ||
        !lgs_str_eq(closed, letter->closed)) {
        note(many, letter, LGS_STR("changed"), LGS_STR(""));
        many->at++;
        return NGX_OK;
    }
    many->n_bytes += letter->body.len + letter->source.len;
    lgs_errs_init(&errs, ctx->arena, 1);
    rc = ngx_http_logistics_replay_args(ctx, letter, &many->wish, &many->fixed, many->args, &errs);
    if (rc == LGS_OK) {
        many->n_args = NGX_HTTP_LOGISTICS_REPLAY_ARGS;
        many->n_piece = 1;
        return NGX_OK;
    }
    note(many, letter, LGS_STR("not-changed"), errs.first ? errs.first->text : LGS_STR(""));
    many->at++;
    return rc == LGS_NOMEM ? NGX_ERROR : NGX_OK;
}

/* Those that come next in the same lane, as they are. */
static void fill_piece(ngx_http_logistics_many_t *many)
{
    const picked_t *first = &many->picked[many->at];

    many->n_args = 0;
    for (const picked_t *is = first; many->n_piece < PIECE && is < many->picked + many->n; is++) {
        if (is->lane != first->lane || !lgs_str_is(is->letter.state, many->work->state)) {
            return;
        }
        many->args[many->n_args++] = is->letter.id;
        if (many->is_replay) {
            many->args[many->n_args++] = LGS_STR("");
            many->args[many->n_args++] = LGS_STR("");
        }
        many->args[many->n_args++] = many->deed;
        many->args[many->n_args++] = is->letter.closed;
        many->n_piece++;
    }
}

static ngx_int_t take_told(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = ctx->many;
    const picked_t *first = &many->picked[many->at];
    const ngx_http_logistics_ask_t *reply = &ctx->lanes->replies[first->lane];

    for (uint32_t i = 0; i < many->n_piece; i++) {
        note(many, &first[i].letter, i < reply->n ? reply->texts[i] : LGS_STR("unsure"),
             LGS_STR(""));
    }
    end_piece(many, many->n_piece);
    return NGX_OK;
}

static void end_piece(ngx_http_logistics_many_t *many, uint32_t n)
{
    many->at += n;
    many->n_piece = 0;
    many->fixed = (lgs_fixed_t){.body = {NULL, 0}};
}

/* ---- answering ---- */

/*
 * Redis does not answer, or refuses. What was done is said; of the piece that is under way it is
 * not known. When nothing was done the request can simply be made again.
 */
static ngx_int_t stop(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_many_t *many = ctx->many;

    if (many->n_done == 0 || many->wish.is_dry) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    for (uint32_t i = many->at; i < many->n; i++) {
        bool is_sent = many->step == STEP_TOLD && i < many->at + many->n_piece;

        note(many, &many->picked[i].letter, is_sent ? LGS_STR("unsure") : LGS_STR("not-done"),
             is_sent ? LGS_STR("redis did not say what became of it") : LGS_STR(""));
    }
    many->is_stopped = true;
    return answer(r, ctx);
}

static void note(ngx_http_logistics_many_t *many, const lgs_letter_t *letter, lgs_str_t outcome,
                 lgs_str_t detail)
{
    lgs_buf_t *buf = &many->items;
    bool is_done = lgs_str_is(outcome, many->work->done);

    many->n_done += is_done;
    many->n_not += !is_done;
    lgs_buf_cstr(buf, many->n_done + many->n_not > 1 ? ",{\"message\":" : "{\"message\":");
    lgs_json_write_string(buf, letter->id);
    lgs_json_write_member(buf, "partner", letter->partner);
    lgs_json_write_member(buf, "route", letter->route);
    lgs_json_write_member(buf, "closed_at", lgs_letter_time(buf->arena, letter->closed));
    lgs_json_write_member(buf, "reason", letter->reason);
    lgs_json_write_member(buf, "outcome", outcome);
    lgs_json_write_member(buf, "detail", detail);
    if (is_done && many->fixed.changes.len) {
        lgs_buf_cstr(buf, ",\"changes\":");
        lgs_buf_str(buf, many->fixed.changes);
    }
    lgs_buf_byte(buf, '}');
}

static ngx_int_t ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, step_t step,
                     const char *script, uint64_t lanes, const lgs_str_t *args, uint32_t n)
{
    ngx_http_logistics_many_t *many = ctx->many;

    many->step = step;
    many->n_calls++;
    return ngx_http_logistics_ask_lanes(r, script, lanes, args, n, NULL) == NGX_AGAIN
               ? NGX_AGAIN
               : stop(r, ctx);
}

/* {"replayed":2,"not":1,"messages":[…],"more":true,"next":"7-1763737200123-1763737100000-…"} */
static ngx_int_t answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const ngx_http_logistics_many_t *many = ctx->many;
    bool has_more = many->wish.n_ids == 0 && many->lane < many->end_lane;
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, many->items.len + 256, 0);
    lgs_buf_printf(&buf, "{%s\"%s\":%u,\"not\":%u,\"messages\":[",
                   many->wish.is_dry ? "\"dry_run\":true," : "", many->work->done, many->n_done,
                   many->n_not);
    if (many->items.len) {
        lgs_buf_str(&buf, lgs_buf_text(&many->items));
    }
    lgs_buf_printf(&buf, "],\"more\":%s", has_more ? "true" : "false");
    if (many->is_stopped) {
        lgs_buf_cstr(&buf, ",\"stopped\":\"redis does not answer, or refuses: the log says why\"");
    }
    if (has_more) {
        lgs_buf_printf(&buf, ",\"next\":\"%u-%.*s-%.*s-%.*s\"", many->lane, LGS_FMT(many->until),
                       LGS_FMT(many->from), LGS_FMT(many->before));
    }
    lgs_buf_byte(&buf, '}');
    buf.failed |= many->items.failed;
    return ngx_http_logistics_ops_send(r, ctx, &buf);
}
