/*
 * Stage 9, once: a message that comes again gets its first answer again. The key is the header
 * Idempotency-Key or, derived, the records themselves. What is answered now takes the key here and
 * keeps its answer when it is sent; what is queued gives the key to the script that accepts it.
 *
 * Only a success is kept: a refusal wrote nothing or not all of it, and to try again is what the
 * partner is told to do.
 */
#include "../queue/once.h"
#include "ngx_http_logistics_redis.h"
#include "ngx_http_logistics_zone.h"

#define HEADER         "Idempotency-Key"
#define LONGEST_ANSWER (1u << 20) /* bytes; a larger one is not kept */
#define RETRY_RUNNING  "1"        /* s */
#define BESIDE_ODOO_MS 30000u     /* of a request's time, for all but one call */

static ngx_int_t read_key(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, lgs_str_t *key);
static ngx_int_t make_name(ngx_http_logistics_ctx_t *ctx, lgs_str_t key);
static ngx_int_t begin(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t replay(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t refuse_unsure(ngx_http_logistics_ctx_t *ctx);
static uint64_t longest_ms(const ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_once(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t key = {NULL, 0};
    ngx_int_t rc;

    if (ctx->once.asked) {
        return ctx->ask.answered ? ngx_http_logistics_once_found(r, ctx) : NGX_AGAIN;
    }
    rc = read_key(r, ctx, &key);
    if (rc != NGX_OK || (key.len == 0 && ctx->route->once != LGS_ONCE_DERIVED)) {
        return rc;
    }
    if (ctx->route->stages[LGS_STAGE_ONCE] == LGS_REPORT) {
        return NGX_OK; /* a missing key is told of; nothing is held back */
    }
    rc = make_name(ctx, key);
    return rc != NGX_OK || ngx_http_logistics_is_later(r, ctx) ? rc : begin(r, ctx);
}

static ngx_int_t read_key(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, lgs_str_t *key)
{
    const ngx_table_elt_t *header;
    const char *why;

    if (ctx->route->once == LGS_ONCE_DERIVED) {
        return NGX_OK;
    }
    header = ngx_http_logistics_find_header(r, "idempotency-key", sizeof(HEADER) - 1);
    if (header == NULL && ctx->route->once == LGS_ONCE_OPTIONAL) {
        return NGX_OK;
    }
    if (header == NULL) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "once-key-missing",
                                         "this route asks for the header " HEADER
                                         ": a text in quotes that you choose, another one for each "
                                         "message, the same when you send it again");
    }
    if (ngx_http_logistics_nth_header(&r->headers_in.headers, HEADER, sizeof(HEADER) - 1, 1)) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "once-key",
                                         HEADER " stands there twice: a message has one key");
    }
    switch (lgs_once_read(ctx->arena, ngx_http_logistics_str(header->value), key, &why)) {
    case LGS_OK:
        return NGX_OK;
    case LGS_NOMEM:
        return ngx_http_logistics_refuse_memory(ctx);
    default:
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "once-key", HEADER " %s",
                                         why);
    }
}

static ngx_int_t make_name(ngx_http_logistics_ctx_t *ctx, lgs_str_t key)
{
    const lgs_str_t print = lgs_str(ctx->once.print, sizeof(ctx->once.print));

    if (lgs_once_print(ctx->arena, &ctx->records.items[0].node, ctx->records.n,
                       sizeof(lgs_record_t), ctx->once.print) != LGS_OK) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (!lgs_once_name(ctx->partner->name, ctx->route->name, key, print, ctx->once.name_text)) {
        return NGX_ERROR;
    }
    ctx->once.name = lgs_str(ctx->once.name_text, sizeof(ctx->once.name_text));
    return NGX_OK;
}

static ngx_int_t begin(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t args[4] = {ctx->once.name, lgs_str(ctx->once.print, sizeof(ctx->once.print)),
                         lgs_str(ctx->once.owner, sizeof(ctx->once.owner))};

    if (!ngx_http_logistics_new_id(ctx->once.owner)) {
        return NGX_ERROR;
    }
    args[3] = lgs_arena_printf(ctx->arena, "%llu", (unsigned long long)longest_ms(ctx));
    if (args[3].data == NULL || ngx_http_logistics_ask(r, ctx, "begin", args, 4) != NGX_AGAIN) {
        return ngx_http_logistics_refuse_away(ctx);
    }
    ctx->once.asked = 1;
    return NGX_AGAIN;
}

ngx_int_t ngx_http_logistics_once_found(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_str_t word = ctx->ask.n ? ctx->ask.texts[0] : LGS_STR("");

    if (ctx->ask.failed) {
        return ctx->ask.unsure ? refuse_unsure(ctx) : ngx_http_logistics_refuse_away(ctx);
    }
    if (lgs_str_is(word, "begun")) {
        ctx->once.held = 1;
        return NGX_OK;
    }
    if (lgs_str_is(word, "accepted")) {
        return NGX_OK;
    }
    if (lgs_str_is(word, "other")) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_KEY_REUSED, "once-other-content",
                                         "this " HEADER
                                         " came with another content before: a new message "
                                         "needs a key of its own");
    }
    if (lgs_str_is(word, "running")) {
        ctx->retry_after = LGS_STR(RETRY_RUNNING);
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_CONFLICT, "once-running",
                                         "the same message is being worked on; ask again for its "
                                         "outcome");
    }
    return lgs_str_is(word, "done") && ctx->ask.n >= 4 ? replay(r, ctx) : NGX_ERROR;
}

static ngx_int_t replay(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_str_t *texts = ctx->ask.texts;
    ngx_int_t status = ngx_atoi((u_char *)texts[1].data, texts[1].len);

    if (status < NGX_HTTP_OK ||
        ngx_http_logistics_add_header(r, "Idempotency-Replayed", LGS_STR("true")) != NGX_OK) {
        return NGX_ERROR;
    }
    if (ctx->ask.n > 4 && texts[4].len &&
        ngx_http_logistics_add_header(r, "Location", texts[4]) != NGX_OK) {
        return NGX_ERROR;
    }
    ngx_http_logistics_count(ctx->conf, NGX_HTTP_LOGISTICS_REPLAYED, 1);
    ctx->trace.verdicts[LGS_STAGE_ONCE] = LGS_VERDICT_PASS;
    ctx->trace.detail = LGS_STR("answered again: the same message came before");
    ngx_http_finalize_request(
        r, ngx_http_logistics_send(r, (ngx_uint_t)status, texts[2].data, texts[3]));
    return NGX_DONE;
}

void ngx_http_logistics_once_end(ngx_http_logistics_ctx_t *ctx, ngx_uint_t status, const char *type,
                                 lgs_str_t body)
{
    bool is_kept = status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE &&
                   body.len <= LONGEST_ANSWER;
    char keep_ms[24], code[8];
    lgs_str_t args[6] = {ctx->once.name, lgs_str(ctx->once.owner, sizeof(ctx->once.owner))};

    if (!ctx->once.held) {
        return;
    }
    ctx->once.held = 0;
    args[2] = lgs_str(keep_ms,
                      (size_t)(ngx_sprintf((u_char *)keep_ms, "%uL", ctx->route->once_keep_ms) -
                               (u_char *)keep_ms));
    args[3] = lgs_str(
        code, is_kept ? (size_t)(ngx_sprintf((u_char *)code, "%ui", status) - (u_char *)code) : 0);
    args[4] = lgs_cstr(type);
    args[5] = is_kept ? body : LGS_STR("");
    ngx_http_logistics_tell(ctx, "finish", args, 6);
}

ngx_int_t ngx_http_logistics_refuse_away(ngx_http_logistics_ctx_t *ctx)
{
    ctx->retry_after = LGS_STR("5");
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_OVERLOADED, "queue-away",
                                     "the store of messages does not take any at the moment; "
                                     "nothing was accepted, send it again");
}

/* Redis may do it when it is there again: whole, and once by its key. */
static ngx_int_t refuse_unsure(ngx_http_logistics_ctx_t *ctx)
{
    ctx->retry_after = LGS_STR("5");
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_OVERLOADED, "queue-unsure",
                                     "the store of messages did not answer in time: it is not "
                                     "known whether this was accepted. Send the same again: "
                                     "under the same " HEADER " it is one message");
}

/* A worker that dies keeps the key from others so long. */
static uint64_t longest_ms(const ngx_http_logistics_ctx_t *ctx)
{
    const lgs_odoo_target_t *odoo = lgs_policy_odoo(ctx->conf->policy);

    return BESIDE_ODOO_MS + (odoo ? odoo->timeout_ms : 0);
}
