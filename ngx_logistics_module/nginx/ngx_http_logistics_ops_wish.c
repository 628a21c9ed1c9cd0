/*
 * What an operator posts to replay, drop or resend, of one message or of many; and what becomes of
 * it for the scripts: changed records, and the entry in the history.
 */
#include "ngx_http_logistics_ops.h"

#include <stddef.h>

#include "../base/datetime.h"
#include "../queue/order.h"

#define DEFAULT_LIMIT 100u

/* Whose member it is. */
enum { OF_ALL = 0, OF_MANY = 1, OF_REPLAY = 2 };

typedef ngx_int_t (*take_pt)(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to);

static ngx_int_t take_text(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to);
static ngx_int_t take_flag(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to);
static ngx_int_t take_limit(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to);
static ngx_int_t take_fixes(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to);
static ngx_int_t take_ids(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to);

static const struct {
    const char *name;
    unsigned of;
    take_pt take;
    size_t at; /* in ngx_http_logistics_wish_t */
} members[] = {
    {"why", OF_ALL, take_text, offsetof(ngx_http_logistics_wish_t, why)},
    {"dry_run", OF_ALL, take_flag, offsetof(ngx_http_logistics_wish_t, is_dry)},
    {"set", OF_REPLAY, take_fixes, 0},
    {"ids", OF_MANY, take_ids, 0},
    {"all", OF_MANY, take_flag, offsetof(ngx_http_logistics_wish_t, is_all)},
    {"partner", OF_MANY, take_text, offsetof(ngx_http_logistics_wish_t, partner)},
    {"reason", OF_MANY, take_text, offsetof(ngx_http_logistics_wish_t, reason)},
    {"since", OF_MANY, take_text, offsetof(ngx_http_logistics_wish_t, since)},
    {"until", OF_MANY, take_text, offsetof(ngx_http_logistics_wish_t, until)},
    {"next", OF_MANY, take_text, offsetof(ngx_http_logistics_wish_t, next)},
    {"limit", OF_MANY, take_limit, offsetof(ngx_http_logistics_wish_t, limit)},
};

static ngx_int_t take_member(ngx_http_logistics_ctx_t *ctx, const lgs_member_t *member,
                             ngx_http_logistics_wish_t *wish);
static ngx_int_t refuse_body(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t check_choice(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_wish_t *wish);

bool ngx_http_logistics_is_many(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->route->serve >= LGS_SERVE_REPLAY && ctx->params.n == 0;
}

ngx_int_t ngx_http_logistics_read_wish(ngx_http_logistics_ctx_t *ctx,
                                       ngx_http_logistics_wish_t *wish)
{
    const lgs_node_t *root = &ctx->document.root;

    *wish = (ngx_http_logistics_wish_t){.limit = DEFAULT_LIMIT};
    if (lgs_json_read(ctx->arena, ctx->body, lgs_policy_tree_limits(ctx->conf->policy),
                      &ctx->document, &ctx->errs) != LGS_OK) {
        ctx->problem = LGS_PROBLEM_MALFORMED;
        return NGX_DECLINED;
    }
    if (root->type != LGS_OBJECT) {
        return refuse_body(ctx);
    }
    for (uint32_t i = 0; i < root->n; i++) {
        ngx_int_t rc = take_member(ctx, &root->u.members[i], wish);

        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? refuse_body(ctx) : rc;
        }
    }
    return ngx_http_logistics_is_many(ctx) ? check_choice(ctx, wish) : NGX_OK;
}

static ngx_int_t take_member(ngx_http_logistics_ctx_t *ctx, const lgs_member_t *member,
                             ngx_http_logistics_wish_t *wish)
{
    unsigned is = (ngx_http_logistics_is_many(ctx) ? (unsigned)OF_MANY : 0) |
                  (ctx->route->serve == LGS_SERVE_REPLAY ? (unsigned)OF_REPLAY : 0);

    for (size_t i = 0; i < LGS_N(members); i++) {
        if (lgs_str_is(lgs_node_text(&member->name), members[i].name)) {
            return members[i].of & ~is
                       ? NGX_DECLINED
                       : members[i].take(ctx, &member->value, (char *)wish + members[i].at);
        }
    }
    return NGX_DECLINED;
}

static ngx_int_t refuse_body(ngx_http_logistics_ctx_t *ctx)
{
    if (ngx_http_logistics_is_many(ctx)) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_BAD_REQUEST, "ops-body",
            "a body is an object with ids (up to %u of messages), or with partner, reason, since, "
            "until (2026-11-21T10:00:00Z), limit (1 to %u) and next (of the answer before), or "
            "with all; beside them why (a text of up to %u bytes), dry_run, and for replay set: up "
            "to %u of {\"pointer\": \"/0/type\", \"value\": …}",
            NGX_HTTP_LOGISTICS_OPS_IDS, NGX_HTTP_LOGISTICS_OPS_LIMIT, LGS_MAX_WHY, LGS_MAX_FIXES);
    }
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_BAD_REQUEST, "ops-body",
        "a body is an object with why (a text of up to %u bytes), dry_run, and "
        "for replay set: up to %u of {\"pointer\": \"/0/type\", \"value\": …}",
        LGS_MAX_WHY, LGS_MAX_FIXES);
}

/* Nobody replays everything by leaving something out. */
static ngx_int_t check_choice(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_wish_t *wish)
{
    bool has_filter = wish->is_all || wish->partner.len || wish->reason.len || wish->since.len ||
                      wish->until.len;

    if (has_filter == (wish->n_ids > 0)) {
        return ngx_http_logistics_refuse(
            ctx, LGS_PROBLEM_BAD_REQUEST, "ops-choice", "%s",
            has_filter ? "ids or filters, not both"
                       : "which ones? Name ids, a filter (partner, reason, since, until), or "
                         "\"all\": true");
    }
    return ngx_http_logistics_ops_ms(ctx, &wish->since, "0") &&
                   ngx_http_logistics_ops_ms(ctx, &wish->until, "")
               ? NGX_OK
               : refuse_body(ctx);
}

bool ngx_http_logistics_ops_ms(ngx_http_logistics_ctx_t *ctx, lgs_str_t *time, const char *none)
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

/* ---- members ---- */

static ngx_int_t take_text(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to)
{
    if (value->type != LGS_STRING || value->n > LGS_MAX_WHY) {
        return NGX_DECLINED;
    }
    *(lgs_str_t *)to = lgs_node_text(value);
    return NGX_OK;
}

static ngx_int_t take_flag(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to)
{
    *(bool *)to = lgs_node_is_true(value);
    return value->type == LGS_BOOL ? NGX_OK : NGX_DECLINED;
}

static ngx_int_t take_limit(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to)
{
    int64_t limit;

    if (!lgs_node_int(value, &limit) || limit < 1 || limit > NGX_HTTP_LOGISTICS_OPS_LIMIT) {
        return NGX_DECLINED;
    }
    *(uint32_t *)to = (uint32_t)limit;
    return NGX_OK;
}

static ngx_int_t take_fixes(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to)
{
    ngx_http_logistics_wish_t *wish = to;

    if (value->type != LGS_ARRAY || value->n > LGS_MAX_FIXES) {
        return NGX_DECLINED;
    }
    wish->fixes = lgs_arena_array(ctx->arena, value->n + 1, sizeof(*wish->fixes));
    if (wish->fixes == NULL) {
        return NGX_ERROR;
    }
    for (uint32_t i = 0; i < value->n; i++) {
        const lgs_node_t *pointer = lgs_node_at(&value->u.items[i], "pointer");
        const lgs_node_t *what = lgs_node_at(&value->u.items[i], "value");

        if (pointer == NULL || what == NULL || value->u.items[i].n != 2) {
            return NGX_DECLINED;
        }
        wish->fixes[i] = (lgs_fix_t){lgs_node_text(pointer), *what};
    }
    wish->n_fixes = value->n;
    return NGX_OK;
}

static ngx_int_t take_ids(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *value, void *to)
{
    ngx_http_logistics_wish_t *wish = to;

    if (value->type != LGS_ARRAY || value->n == 0 || value->n > NGX_HTTP_LOGISTICS_OPS_IDS) {
        return NGX_DECLINED;
    }
    wish->ids = lgs_arena_array(ctx->arena, value->n, sizeof(*wish->ids));
    if (wish->ids == NULL) {
        return NGX_ERROR;
    }
    for (uint32_t i = 0; i < value->n; i++) {
        wish->ids[i] = lgs_node_text(&value->u.items[i]);
        if (!lgs_is_correlation_id(wish->ids[i])) {
            return NGX_DECLINED;
        }
    }
    wish->n_ids = value->n;
    return NGX_OK;
}

/* ---- what the scripts take ---- */

lgs_rc_t ngx_http_logistics_replay_args(ngx_http_logistics_ctx_t *ctx, const lgs_letter_t *letter,
                                        const ngx_http_logistics_wish_t *wish, lgs_fixed_t *fixed,
                                        lgs_str_t args[NGX_HTTP_LOGISTICS_REPLAY_ARGS],
                                        lgs_errs_t *errs)
{
    const lgs_route_t *route = lgs_policy_route_by_name(ctx->conf->policy, letter->route);
    lgs_order_kind_t kind;
    lgs_buf_t keys;
    lgs_rc_t rc;

    lgs_buf_init(&keys, ctx->arena, 256, 0);
    if (wish->n_fixes) {
        if (route == NULL) {
            lgs_errs_add(errs, "fix", (lgs_pos_t){0},
                         "the policies have no route \"%.*s\" any more", LGS_FMT(letter->route));
            return LGS_INVALID;
        }
        rc = lgs_fix_apply(ctx->arena, letter->body, wish->fixes, wish->n_fixes, fixed, errs);
        if (rc != LGS_OK) {
            return rc;
        }
        /* another tracking number is another line to stand in */
        kind = lgs_policy_order_kind(route);
        rc = lgs_order_keys(&keys, letter->partner, &kind, fixed->records.u.items, fixed->records.n,
                            sizeof(lgs_node_t));
        if (rc != LGS_OK) {
            return rc;
        }
    }
    args[0] = letter->id;
    args[1] = fixed->body;
    args[2] = wish->n_fixes ? lgs_buf_text(&keys) : LGS_STR("");
    args[3] = ngx_http_logistics_deed(ctx, "replay", wish, fixed->changes);
    args[4] = letter->closed;
    return keys.failed || args[3].len == 0 ? LGS_NOMEM : LGS_OK;
}

lgs_str_t ngx_http_logistics_deed(ngx_http_logistics_ctx_t *ctx, const char *did,
                                  const ngx_http_logistics_wish_t *wish, lgs_str_t changes)
{
    const lgs_deed_t deed = {
        .did = did, .by = ctx->partner->name, .why = wish->why, .changes = changes};
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 512, 0);
    lgs_deed_write(&buf, &deed);
    return lgs_buf_text(&buf);
}
