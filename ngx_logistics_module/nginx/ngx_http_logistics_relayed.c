/*
 * What was queued comes back: the relay posts messages of one route and partner with their
 * canonical records (queue/message.h), and they go the rest of the way as if they had just been
 * translated. Only from the unix socket: whoever can open that may write to Odoo in any partner's
 * name.
 */
#include "ngx_http_logistics.h"

#include "../queue/message.h"

#define MAX_BODY (2u * LGS_MAX_MESSAGE) /* a batch ends with its first large message */

static ngx_int_t take_messages(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t take_message(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *message);
static bool make_room(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *messages);
static ngx_int_t refuse_request(ngx_http_logistics_ctx_t *ctx, const char *what);

ngx_int_t ngx_http_logistics_relayed_open(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    static const lgs_route_t relay = {.name = LGS_STR_INIT("relay"), .max_body = MAX_BODY};

    if (r->connection->listening->sockaddr->sa_family != AF_UNIX) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_NO_ROUTE, "no-route",
                                         "there is no such resource");
    }
    if (r->method != NGX_HTTP_POST) {
        ctx->allow = LGS_STR("POST");
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_METHOD, "method", "messages are posted");
    }
    ctx->route = &relay;
    return NGX_OK;
}

ngx_int_t ngx_http_logistics_relayed_parse(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_rc_t rc = lgs_json_read(ctx->arena, ctx->body, lgs_policy_tree_limits(ctx->conf->policy),
                                &ctx->document, &ctx->errs);
    lgs_str_t name;

    if (rc == LGS_NOMEM) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (rc != LGS_OK) {
        ctx->problem = LGS_PROBLEM_MALFORMED;
        return NGX_DECLINED;
    }
    name = lgs_node_text(lgs_node_at(&ctx->document.root, "route"));
    ctx->route = lgs_policy_route_by_name(ctx->conf->policy, name);
    if (ctx->route == NULL || ctx->route->odoo == NULL) {
        ctx->route = NULL;
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_NO_ROUTE, "no-route",
                                         "the policies have no route \"%.*s\" that writes to Odoo",
                                         LGS_FMT(name));
    }
    return take_messages(ctx);
}

static ngx_int_t take_messages(ngx_http_logistics_ctx_t *ctx)
{
    const lgs_node_t *messages = lgs_node_at(&ctx->document.root, "messages");
    ngx_int_t rc = NGX_OK;

    if (messages == NULL || messages->type != LGS_ARRAY || messages->n == 0 ||
        messages->n > LGS_MAX_DELIVERED) {
        return refuse_request(ctx, "\"messages\" is no list of 1 to 500 messages");
    }
    if (!make_room(ctx, messages)) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    for (uint32_t i = 0; rc == NGX_OK && i < messages->n; i++) {
        rc = take_message(ctx, &messages->u.items[i]);
    }
    ctx->trace.records = ctx->records.n;
    return rc;
}

static ngx_int_t take_message(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *message)
{
    const lgs_node_t *records = lgs_node_at(message, "records");
    lgs_str_t name = lgs_node_text(lgs_node_at(message, "partner"));
    const lgs_partner_t *partner = lgs_policy_partner_by_name(ctx->conf->policy, name);

    if (partner == NULL) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_FORBIDDEN, "partner-unknown",
                                         "the policies have no partner \"%.*s\" any more",
                                         LGS_FMT(name));
    }
    if (records == NULL || records->type != LGS_ARRAY || records->n == 0) {
        return refuse_request(ctx, "a message has no list of records");
    }
    if (ctx->partner && ctx->partner != partner) {
        return refuse_request(ctx, "messages of several partners: what each may write to differs");
    }
    ctx->partner = partner;
    ctx->messages[ctx->n_messages++] = (ngx_http_logistics_message_t){
        .correlation = lgs_node_text(lgs_node_at(message, "correlation")),
        .first = ctx->records.n,
        .n = records->n,
        .is_due = lgs_node_is_true(lgs_node_at(message, "due"))};
    for (uint32_t i = 0; i < records->n; i++) {
        ctx->records.items[ctx->records.n++].node = records->u.items[i];
    }
    return NGX_OK;
}

static bool make_room(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *messages)
{
    size_t n = 0;

    for (uint32_t i = 0; i < messages->n; i++) {
        const lgs_node_t *records = lgs_node_at(&messages->u.items[i], "records");

        n += records && records->type == LGS_ARRAY ? records->n : 0;
    }
    ctx->records.items = lgs_arena_array(ctx->arena, n, sizeof(*ctx->records.items));
    ctx->messages = lgs_arena_array(ctx->arena, messages->n, sizeof(*ctx->messages));
    return ctx->records.items && ctx->messages;
}

static ngx_int_t refuse_request(ngx_http_logistics_ctx_t *ctx, const char *what)
{
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "relay", "%s", what);
}
