/*
 * Interchanges once: their control numbers are claimed in Redis before anything is delivered. The
 * same bytes again get the acknowledgement of the first time, other bytes under a number that was
 * used are refused, and what is still in work has to wait. What is refused for its content is asked
 * for, too: that it is a duplicate comes first.
 */
#include "ngx_http_logistics_edi.h"
#include "ngx_http_logistics_redis.h"

#include "../base/digest.h"

#define HEARD_MS "15000"      /* a claim whose reply never came holds a number so long; */
#define LEASE_MS 60000u       /* one of a worker that died so long and as Odoo's timeout is; */
#define HOLD_NS  20000000000u /* … and is held on so often */

#define N_RELATION    6u  /* texts that say who writes to whom */
#define NOTHING_TAKEN '!' /* before an acknowledgement that is kept with an advice alone */

static bool identify(ngx_http_logistics_ctx_t *ctx);
static bool name_one(const ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one);
static void list_relation(const ngx_http_logistics_ctx_t *ctx, const lgs_edi_relation_t *incoming,
                          lgs_str_t parts[]);
static bool has_set(const ngx_http_logistics_edi_t *edi, uint32_t i,
                    ngx_http_logistics_set_e state);
static bool wants_claim(const ngx_http_logistics_edi_t *edi, uint32_t i);
static bool wants_look(const ngx_http_logistics_edi_t *edi, uint32_t i);
static ngx_int_t claim(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static lgs_str_t *write_claims(ngx_http_logistics_ctx_t *ctx, bool is_taken, uint32_t *n);
static lgs_str_t lease_ms(const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t take_claims(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t refuse_running(ngx_http_logistics_ctx_t *ctx, lgs_str_t ms);
static bool take_claim(ngx_http_logistics_ctx_t *ctx, uint32_t i, lgs_str_t word, lgs_str_t stored);
static int first_of(const ngx_http_logistics_edi_t *edi, uint32_t i);
static void refuse_duplicate(ngx_http_logistics_ctx_t *ctx, uint32_t i);
static void forget_content(ngx_http_logistics_ctx_t *ctx, uint32_t i);
static bool replay(ngx_http_logistics_ctx_t *ctx, uint32_t i, lgs_str_t stored);
static lgs_str_t kept_text(const ngx_http_logistics_ctx_t *ctx, uint32_t i);

bool ngx_http_logistics_edi_looks(const ngx_http_logistics_ctx_t *ctx)
{
    const ngx_http_logistics_edi_t *edi = ctx->edi;

    for (uint32_t i = 0; !edi->claims && i < edi->n_interchanges; i++) {
        if (wants_look(edi, i)) {
            return ctx->route->stages[LGS_STAGE_ONCE] == LGS_ENFORCE;
        }
    }
    return false;
}

ngx_int_t ngx_http_logistics_edi_once(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    if (!ctx->edi->claims) {
        ctx->edi->claims = 1;
        if (!identify(ctx)) {
            return NGX_ERROR;
        }
        return claim(r, ctx);
    }
    if (!ctx->ask.answered) {
        return NGX_AGAIN;
    }
    return ctx->ask.failed ? ngx_http_logistics_edi_away(ctx) : take_claims(ctx);
}

/* ---- who is who ---- */

static bool identify(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;

    ngx_memcpy(edi->owner, ctx->id, ctx->id_len);
    edi->owner_len = ctx->id_len;
    edi->owner_len += (size_t)(ngx_sprintf((u_char *)edi->owner + ctx->id_len, "@%P.%uA", ngx_pid,
                                           ctx->started_ns) -
                               (u_char *)edi->owner - ctx->id_len);
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        if (!name_one(ctx, &edi->interchanges[i])) {
            return false;
        }
    }
    return true;
}

static bool name_one(const ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one)
{
    lgs_str_t parts[N_RELATION + 2];
    lgs_str_t bytes = lgs_str(ctx->body.data + one->from, one->to - one->from);
    uint8_t key[LGS_SHA256_LEN], print[LGS_SHA256_LEN];

    while (bytes.len && (unsigned char)bytes.data[bytes.len - 1] <= ' ') {
        bytes.len--; /* what stands between interchanges belongs to none */
    }
    if (!lgs_sha256(bytes, print)) {
        return false;
    }
    list_relation(ctx, &one->about, parts);
    one->print[0] = '?';
    lgs_hex(print, LGS_SHA256_LEN, one->print + 1);
    /* one without a number is known by its bytes */
    parts[N_RELATION] = one->about.number.len ? one->about.number
                                              : lgs_str(one->print + 1, LGS_SHA256_HEX);
    parts[N_RELATION + 1] = lgs_cstr(one->about.is_test ? "test" : "");
    if (!lgs_sha256_parts(parts, LGS_N(parts), key)) {
        return false;
    }
    lgs_hex(key, LGS_SHA256_LEN, one->key);
    return true;
}

bool ngx_http_logistics_relation(const ngx_http_logistics_ctx_t *ctx,
                                 const lgs_edi_relation_t *incoming, char key[LGS_SHA256_HEX])
{
    lgs_str_t parts[N_RELATION];
    uint8_t digest[LGS_SHA256_LEN];

    list_relation(ctx, incoming, parts);
    if (!lgs_sha256_parts(parts, LGS_N(parts), digest)) {
        return false;
    }
    lgs_hex(digest, LGS_SHA256_LEN, key);
    return true;
}

static void list_relation(const ngx_http_logistics_ctx_t *ctx, const lgs_edi_relation_t *incoming,
                          lgs_str_t parts[])
{
    static const char *const standards[] = {"x12", "edifact", "tradacoms"};

    parts[0] = ctx->partner->name;
    parts[1] = lgs_cstr(standards[incoming->standard]);
    parts[2] = incoming->receiver_qualifier;
    parts[3] = incoming->receiver;
    parts[4] = incoming->sender_qualifier;
    parts[5] = incoming->sender;
}

static bool has_set(const ngx_http_logistics_edi_t *edi, uint32_t i, ngx_http_logistics_set_e state)
{
    for (uint32_t k = 0; k < edi->n_sets; k++) {
        if (edi->sets[k].interchange == (int)i && edi->sets[k].state == state) {
            return true;
        }
    }
    return false;
}

/* An interchange of which something may be delivered. */
static bool wants_claim(const ngx_http_logistics_edi_t *edi, uint32_t i)
{
    return !lgs_edi_ack_is_refused(edi->interchanges[i].kept) &&
           has_set(edi, i, NGX_HTTP_LOGISTICS_SET_GOOD);
}

/* One whose content is refused: it holds no number, but may come under that of another. */
static bool wants_look(const ngx_http_logistics_edi_t *edi, uint32_t i)
{
    return !lgs_edi_ack_is_refused(edi->interchanges[i].kept) && !wants_claim(edi, i) &&
           has_set(edi, i, NGX_HTTP_LOGISTICS_SET_REFUSED);
}

/* ---- claims ---- */

static ngx_int_t claim(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    lgs_str_t *args;
    uint32_t n;

    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        edi->interchanges[i].is_asked = wants_claim(edi, i) || wants_look(edi, i);
    }
    args = write_claims(ctx, false, &n);
    if (args == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (n == 2) {
        return ngx_http_logistics_edi_judge(ctx);
    }
    return ngx_http_logistics_edi_ask(r, ctx, "edi_claim", args, n);
}

/* What is asked for; or, once it is taken, what is held on. NULL: no memory. */
static lgs_str_t *write_claims(ngx_http_logistics_ctx_t *ctx, bool is_taken, uint32_t *n)
{
    const ngx_http_logistics_edi_t *edi = ctx->edi;
    lgs_str_t *args = lgs_arena_array(ctx->arena, 2 + 2 * (size_t)edi->n_interchanges,
                                      sizeof(*args));

    *n = 2;
    if (args == NULL) {
        return NULL;
    }
    args[0] = lgs_str(edi->owner, edi->owner_len);
    args[1] = is_taken ? lease_ms(ctx) : LGS_STR(HEARD_MS);
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        const ngx_http_logistics_interchange_t *one = &edi->interchanges[i];

        if (is_taken ? one->is_claimed : one->is_asked) {
            bool is_look = !is_taken && wants_look(edi, i);

            args[(*n)++] = lgs_str(one->key, LGS_SHA256_HEX);
            args[(*n)++] = is_look ? lgs_str(one->print, 1 + LGS_SHA256_HEX)
                                   : lgs_str(one->print + 1, LGS_SHA256_HEX);
        }
    }
    return args;
}

/* Longer than one call to Odoo takes: before each of them it is held on. */
static lgs_str_t lease_ms(const ngx_http_logistics_ctx_t *ctx)
{
    const lgs_odoo_target_t *odoo = lgs_policy_odoo(ctx->conf->policy);

    return lgs_arena_printf(ctx->arena, "%llu",
                            LEASE_MS + (unsigned long long)(odoo ? odoo->timeout_ms : 0));
}

/* Nobody waits for that. */
void ngx_http_logistics_edi_hold(ngx_http_logistics_ctx_t *ctx)
{
    uint64_t now_ns = ngx_http_logistics_now_ns();
    uint32_t n;
    lgs_str_t *args;

    if (ctx->edi == NULL || !ctx->edi->claims || now_ns - ctx->edi->held_ns < HOLD_NS) {
        return;
    }
    ctx->edi->held_ns = now_ns;
    args = write_claims(ctx, true, &n);
    if (args && args[1].len && n > 2) {
        ngx_http_logistics_tell(ctx, "edi_claim", args, n);
    }
}

static ngx_int_t take_claims(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    uint32_t at = 0;

    if (ctx->ask.n && lgs_str_is(ctx->ask.texts[0], "running")) {
        return refuse_running(ctx, ctx->ask.n > 1 ? ctx->ask.texts[1] : LGS_STR(""));
    }
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        if (!edi->interchanges[i].is_asked) {
            continue;
        }
        if (at + 1 >= ctx->ask.n) {
            return ngx_http_logistics_edi_away(ctx);
        }
        if (!take_claim(ctx, i, ctx->ask.texts[at], ctx->ask.texts[at + 1])) {
            return ngx_http_logistics_refuse_memory(ctx);
        }
        at += 2;
    }
    ngx_http_logistics_edi_hold(ctx);
    return ngx_http_logistics_edi_judge(ctx);
}

/* What the script said of one. False: no memory. */
static bool take_claim(ngx_http_logistics_ctx_t *ctx, uint32_t i, lgs_str_t word, lgs_str_t stored)
{
    ngx_http_logistics_interchange_t *one = &ctx->edi->interchanges[i];

    one->is_claimed = lgs_str_is(word, "begun");
    if (lgs_str_is(word, "done")) {
        return replay(ctx, i, stored);
    }
    if (lgs_str_is(word, "again")) {
        one->copy_of = first_of(ctx->edi, i);
        return one->copy_of >= 0 && replay(ctx, i, LGS_STR(""));
    }
    if (lgs_str_is(word, "other")) {
        refuse_duplicate(ctx, i);
    }
    return true;
}

/* Of the same bytes, in this body. */
static int first_of(const ngx_http_logistics_edi_t *edi, uint32_t i)
{
    const ngx_http_logistics_interchange_t *one = &edi->interchanges[i];

    for (uint32_t k = 0; k < i; k++) {
        const ngx_http_logistics_interchange_t *first = &edi->interchanges[k];

        if (first->is_claimed && ngx_memcmp(first->key, one->key, sizeof(one->key)) == 0 &&
            ngx_memcmp(first->print, one->print, sizeof(one->print)) == 0) {
            return (int)k;
        }
    }
    return -1;
}

static void refuse_duplicate(ngx_http_logistics_ctx_t *ctx, uint32_t i)
{
    ngx_http_logistics_interchange_t *one = &ctx->edi->interchanges[i];

    if (lgs_edi_severity(&ctx->edi->profile, LGS_EDI_DUPLICATE) == LGS_EDI_REJECT) {
        forget_content(ctx, i);
    }
    ngx_http_logistics_edi_note(ctx, one, LGS_EDI_DUPLICATE,
                                "the control number %.*s was that of another interchange; a new "
                                "one needs a number of its own",
                                LGS_FMT(one->about.number));
}

/* What was wrong within it is no reason any more; it still stands beside each of its sets. */
static void forget_content(ngx_http_logistics_ctx_t *ctx, uint32_t i)
{
    const ngx_http_logistics_edi_t *edi = ctx->edi;
    lgs_err_t **at = &ctx->errs.first;

    ctx->errs.last = NULL;
    while (*at) {
        lgs_err_t *err = *at;

        if (err->record >= 0 && (uint32_t)err->record < edi->n_sets &&
            edi->sets[err->record].interchange == (int)i) {
            *at = err->next;
            ctx->errs.n--;
        } else {
            ctx->errs.last = err;
            at = &err->next;
        }
    }
}

static ngx_int_t refuse_running(ngx_http_logistics_ctx_t *ctx, lgs_str_t ms)
{
    ngx_int_t left = ngx_atoi((u_char *)ms.data, ms.len);

    /* it takes less than its lease, unless its worker has died */
    ctx->retry_after = left > 0 && left < 30000
                           ? lgs_arena_printf(ctx->arena, "%d", (int)(left / 1000 + 1))
                           : LGS_STR("30");
    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS);
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_CONFLICT, "interchange-running",
                                     "this interchange is in work already; send it again for its "
                                     "acknowledgement");
}

static bool replay(ngx_http_logistics_ctx_t *ctx, uint32_t i, lgs_str_t stored)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;

    edi->interchanges[i].is_replayed = true;
    edi->interchanges[i].is_untaken = stored.len && stored.data[0] == NOTHING_TAKEN;
    edi->interchanges[i].stored = edi->interchanges[i].is_untaken
                                      ? lgs_str(stored.data + 1, stored.len - 1)
                                      : stored;
    if (edi->interchanges[i].is_untaken) {
        (void)lgs_errs_add(&ctx->errs, "replayed", edi->interchanges[i].pos,
                           "nothing of this interchange was taken when it came first; what was "
                           "said of it then is said again");
    }
    for (uint32_t k = 0; k < edi->n_sets; k++) {
        if (edi->sets[k].interchange == (int)i &&
            edi->sets[k].state == NGX_HTTP_LOGISTICS_SET_GOOD) {
            edi->sets[k].state = NGX_HTTP_LOGISTICS_SET_REPLAYED;
            if (!ngx_http_logistics_batch_tell(ctx, k, NULL, "replayed")) {
                return false;
            }
        }
    }
    return true;
}

/* Keeps what was accepted, frees the rest. */
ngx_int_t ngx_http_logistics_edi_end(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                     bool is_kept)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    uint32_t n = 2;
    lgs_str_t *args = lgs_arena_array(ctx->arena, 2 + 2 * (size_t)edi->n_interchanges,
                                      sizeof(*args));

    if (args == NULL) {
        return NGX_ERROR;
    }
    args[0] = lgs_str(edi->owner, edi->owner_len);
    args[1] = lgs_arena_printf(ctx->arena, "%llu", (unsigned long long)edi->terms->keep_s * 1000);
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        const ngx_http_logistics_interchange_t *one = &edi->interchanges[i];

        /* Redis may have run a claim whose reply never came; the owner is compared there */
        if (is_kept ? one->is_claimed : one->is_asked) {
            args[n++] = lgs_str(one->key, LGS_SHA256_HEX);
            args[n++] = is_kept ? kept_text(ctx, i) : LGS_STR("");
        }
    }
    if (n == 2) {
        return NGX_OK;
    }
    if (!is_kept) {
        ngx_http_logistics_tell(ctx, "edi_end", args, n);
        return NGX_OK;
    }
    return ngx_http_logistics_edi_ask(r, ctx, "edi_end", args, n);
}

/* Empty: its number is free again. That there was nothing to say is kept, too. */
static lgs_str_t kept_text(const ngx_http_logistics_ctx_t *ctx, uint32_t i)
{
    const ngx_http_logistics_interchange_t *one = &ctx->edi->interchanges[i];

    if (wants_claim(ctx->edi, i)) {
        return one->text.len ? one->text : LGS_STR(" ");
    }
    return ngx_http_logistics_edi_is_advised(ctx->edi, i)
               ? lgs_arena_printf(ctx->arena, "%c%.*s", NOTHING_TAKEN, LGS_FMT(one->text))
               : LGS_STR("");
}

void ngx_http_logistics_edi_release(ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->edi && ctx->edi->claims && !ctx->edi->is_ended) {
        ctx->edi->is_ended = 1;
        (void)ngx_http_logistics_edi_end(NULL, ctx, false);
    }
}

ngx_int_t ngx_http_logistics_edi_ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                     const char *script, const lgs_str_t *args, uint32_t n)
{
    ngx_int_t rc = ngx_http_logistics_ask(r, ctx, script, args, n);

    return rc == NGX_AGAIN ? rc : ngx_http_logistics_edi_away(ctx);
}

ngx_int_t ngx_http_logistics_edi_away(ngx_http_logistics_ctx_t *ctx)
{
    ctx->retry_after = LGS_STR("5");
    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS);
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_OVERLOADED, "control-numbers-away",
                                     "the store of control numbers does not answer; send the same "
                                     "again in a moment");
}
