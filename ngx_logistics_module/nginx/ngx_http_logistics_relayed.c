/*
 * What was queued comes back: the relay posts messages of one route with their canonical records
 * (queue/message.h), and they go the rest of the way as if they had just been translated, each in
 * the name of its partner. Only from the unix socket: whoever can open that may write to Odoo in
 * any partner's name.
 */
#include "ngx_http_logistics.h"

#include "../queue/message.h"

#define MAX_BODY (2u * LGS_MAX_MESSAGE) /* a batch ends with its first large message */

static ngx_int_t take_messages(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t take_message(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *message);
static ngx_int_t note_gone(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_message_t *message,
                           lgs_str_t name);
static bool make_room(ngx_http_logistics_ctx_t *ctx, const lgs_node_t *messages);
static ngx_http_logistics_message_t *message_of(const ngx_http_logistics_ctx_t *ctx,
                                                uint32_t record);
static lgs_problem_kind_t problem_of(const ngx_http_logistics_ctx_t *ctx,
                                     const ngx_http_logistics_message_t *message, uint32_t first_op,
                                     uint32_t n_ops);
static void note_why(ngx_http_logistics_ctx_t *ctx, const lgs_err_t *err);
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

    if (records == NULL || records->type != LGS_ARRAY || records->n == 0) {
        return refuse_request(ctx, "a message has no list of records");
    }
    ctx->messages[ctx->n_messages++] = (ngx_http_logistics_message_t){
        .correlation = lgs_node_text(lgs_node_at(message, "correlation")),
        .partner = partner,
        .first = ctx->records.n,
        .n = records->n,
        .is_due = lgs_node_is_true(lgs_node_at(message, "due"))};
    for (uint32_t i = 0; i < records->n; i++) {
        ctx->records.items[ctx->records.n++].node = records->u.items[i];
    }
    return partner ? NGX_OK : note_gone(ctx, &ctx->messages[ctx->n_messages - 1], name);
}

/* Nothing of it is delivered, and the others go on. It comes again: the policies may, too. */
static ngx_int_t note_gone(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_message_t *message,
                           lgs_str_t name)
{
    message->problem = LGS_PROBLEM_FORBIDDEN;
    message->why = lgs_arena_printf(ctx->arena, "the policies have no partner \"%.*s\" any more",
                                    LGS_FMT(name));
    return message->why.data ? NGX_OK : ngx_http_logistics_refuse_memory(ctx);
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

/* ---- which message ---- */

const lgs_partner_t *ngx_http_logistics_partner_of(const ngx_http_logistics_ctx_t *ctx,
                                                   uint32_t record)
{
    return ctx->relayed ? message_of(ctx, record)->partner : ctx->partner;
}

/* They stand in the order of their records, and each has one at least. */
static ngx_http_logistics_message_t *message_of(const ngx_http_logistics_ctx_t *ctx,
                                                uint32_t record)
{
    uint32_t low = 0, high = ctx->n_messages;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (ctx->messages[middle].first <= record) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &ctx->messages[low];
}

/* ---- what became of it ---- */

void ngx_http_logistics_relayed_judge(ngx_http_logistics_ctx_t *ctx)
{
    uint32_t op = 0;

    for (uint32_t i = 0; i < ctx->n_messages; i++) {
        ngx_http_logistics_message_t *message = &ctx->messages[i];
        uint32_t first = op;

        while (op < ctx->n_operations && ctx->operation_record[op] < message->first + message->n) {
            op++;
        }
        message->is_judged = true;
        message->problem = message->partner ? problem_of(ctx, message, first, op - first)
                                            : message->problem;
    }
    for (const lgs_err_t *err = ctx->errs.first; err; err = err->next) {
        note_why(ctx, err);
    }
}

static lgs_problem_kind_t problem_of(const ngx_http_logistics_ctx_t *ctx,
                                     const ngx_http_logistics_message_t *message, uint32_t first_op,
                                     uint32_t n_ops)
{
    lgs_problem_kind_t of_odoo = lgs_odoo_plan_problem_of(ctx->plan, first_op, n_ops);

    for (uint32_t i = 0; of_odoo == LGS_PROBLEM_NONE && i < message->n; i++) {
        const char *word = ngx_http_logistics_order_word(ctx, message->first + i);

        if (word && ngx_strcmp(word, "refused") == 0) {
            return LGS_PROBLEM_ORDER;
        }
    }
    return of_odoo;
}

/* The first that is about the worst problem of its message. */
static void note_why(ngx_http_logistics_ctx_t *ctx, const lgs_err_t *err)
{
    ngx_http_logistics_message_t *message;

    if (err->record < 0 || (uint32_t)err->record >= ctx->records.n) {
        return;
    }
    message = message_of(ctx, (uint32_t)err->record);
    if (message->problem != LGS_PROBLEM_NONE && message->why.len == 0 &&
        ngx_strcmp(err->code, lgs_problem_info(message->problem)->slug) == 0) {
        message->why = err->text;
    }
}

ngx_uint_t ngx_http_logistics_message_status(const ngx_http_logistics_ctx_t *ctx,
                                             const ngx_http_logistics_message_t *message)
{
    if (!message->is_judged) {
        return ctx->status;
    }
    return message->problem == LGS_PROBLEM_NONE
               ? NGX_HTTP_OK
               : (ngx_uint_t)lgs_problem_info(message->problem)->status;
}

void ngx_http_logistics_relayed_write(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx)
{
    lgs_buf_cstr(buf, ",\"messages\":[");
    for (uint32_t i = 0; i < ctx->n_messages; i++) {
        const ngx_http_logistics_message_t *message = &ctx->messages[i];

        lgs_buf_cstr(buf, i ? ",{" : "{");
        if (message->problem != LGS_PROBLEM_NONE) {
            lgs_buf_cstr(buf, "\"reason\":");
            lgs_json_write_string(buf, lgs_cstr(lgs_problem_info(message->problem)->slug));
            lgs_buf_cstr(buf, ",\"error\":");
            lgs_json_write_string(buf, message->why);
            lgs_buf_cstr(buf, message->order.len ? "," : "");
        }
        lgs_buf_str(buf, message->order);
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_byte(buf, ']');
}

static ngx_int_t refuse_request(ngx_http_logistics_ctx_t *ctx, const char *what)
{
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_BAD_REQUEST, "relay", "%s", what);
}
