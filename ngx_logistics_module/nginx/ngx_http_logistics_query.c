/*
 * A route that reads from Odoo (serve: odoo): parameters and scopes of the request → the planner of
 * query/ says what to ask → subrequests, one after the other → the answer with its entity tag, or
 * 304. What is not there and what is not the partner's are one and the same 404.
 */
#include "ngx_http_logistics.h"

/* What is read may be some thousand rows; an answer of Odoo itself is bounded by nginx. */
#define MAX_MEMORY (64u << 20)

static ngx_int_t start(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t choose_form(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, uint32_t *form);
static bool join_headers(ngx_http_request_t *r, const char *name, size_t len, lgs_buf_t *to);
static ngx_int_t open_letter(ngx_http_logistics_ctx_t *ctx, lgs_query_caller_t *caller);
static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool is_known(ngx_http_request_t *r, lgs_str_t etag);
static ngx_int_t refuse(ngx_http_logistics_ctx_t *ctx, const lgs_query_answer_t *answer);
static ngx_int_t add_headers(ngx_http_request_t *r, const lgs_query_answer_t *answer);

ngx_int_t ngx_http_logistics_serve_query(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_int_t rc;

    if (ctx->query == NULL) {
        rc = start(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    } else if (ctx->letter && ctx->letter->asked) {
        return finish(r, ctx);
    } else if (!ctx->odoo.answered) {
        return NGX_AGAIN; /* woken by something else than the answer */
    } else {
        ctx->odoo.answered = 0;
        lgs_query_plan_answer(ctx->query, &ctx->odoo.answer);
    }
    if (lgs_query_plan_next(ctx->query, &ctx->odoo.call) == LGS_ODOO_CALL) {
        ngx_str_set(&ctx->odoo.method, "POST");
        return ngx_http_logistics_odoo_send(r, ctx);
    }
    return finish(r, ctx);
}

static ngx_int_t start(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_query_t *query = ctx->route->query;
    lgs_query_caller_t caller = {
        .partner = ctx->partner->name,
        .timezone = ctx->partner->timezone,
        .facts = ctx->partner->facts,
        .scopes = lgs_policy_query_scopes(query, ctx->partner, ctx->scopes),
        .id = lgs_str(ctx->id, ctx->id_len),
    };

    if (choose_form(r, ctx, &caller.form) != NGX_OK) {
        return NGX_DECLINED;
    }
    lgs_arena_set_ceiling(ctx->arena, MAX_MEMORY);
    if (open_letter(ctx, &caller) != NGX_OK) {
        return NGX_ERROR;
    }
    ctx->query_args = lgs_arena_alloc(ctx->arena, sizeof(*ctx->query_args));
    if (ctx->query_args == NULL) {
        return NGX_ERROR;
    }
    ctx->problem = LGS_PROBLEM_BAD_REQUEST;
    switch (lgs_query_read_args(query, ctx->arena, ctx->params.names, ctx->params.values,
                                ctx->params.n, ngx_http_logistics_str(r->args), ctx->query_args,
                                &ctx->errs)) {
    case LGS_OK:
        break;
    case LGS_NOMEM:
        return NGX_ERROR;
    default:
        return NGX_DECLINED;
    }
    ctx->query = lgs_query_plan_create(ctx->arena, query, ctx->query_args, &caller,
                                       lgs_policy_odoo(ctx->conf->policy),
                                       ngx_http_logistics_odoo_facts(), &ctx->errs);
    if (ctx->query == NULL) {
        return ctx->errs.first == &ctx->errs.nomem ? NGX_ERROR : NGX_DECLINED;
    }
    ctx->problem = LGS_PROBLEM_NONE;
    return NGX_OK;
}

static ngx_int_t open_letter(ngx_http_logistics_ctx_t *ctx, lgs_query_caller_t *caller)
{
    const lgs_edi_output_t *edi = lgs_query_edi(ctx->route->query, caller->form);

    if (edi == NULL) {
        return NGX_OK;
    }
    if (!ngx_http_logistics_letter_open(ctx, edi->standard)) {
        return NGX_ERROR; /* no memory: that it is agreed was asked when the form was chosen */
    }
    caller->letter = &ctx->letter->envelope;
    return NGX_OK;
}

/* Before Odoo is asked: what would not be taken need not be found. */
static ngx_int_t choose_form(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, uint32_t *form)
{
    const lgs_query_t *query = ctx->route->query;
    const char *types[LGS_QUERY_MAX_FORMS + 1];
    bool may_edi = ngx_http_logistics_may_edi(ctx);

    for (uint32_t i = 0; i <= query->n_forms; i++) {
        types[i] = lgs_query_edi(query, i) && !may_edi ? NULL : lgs_query_media_type(query, i);
    }
    return ngx_http_logistics_accept(r, ctx, types, query->n_forms + 1, form);
}

ngx_int_t ngx_http_logistics_accept(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                    const char *const *types, uint32_t n, uint32_t *chosen)
{
    lgs_buf_t accept, offer;

    lgs_buf_init(&accept, ctx->arena, 128, 0);
    if (!join_headers(r, "accept", 6, &accept)) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (lgs_accept_choose(accept.len ? lgs_buf_text(&accept) : LGS_STR(""), types, n, chosen)) {
        return NGX_OK;
    }
    lgs_buf_init(&offer, ctx->arena, 128, 0);
    for (uint32_t i = 0; i < n; i++) {
        if (types[i]) {
            lgs_buf_cstr(&offer, offer.len ? ", " : "");
            lgs_buf_cstr(&offer, types[i]);
        }
    }
    if (offer.failed) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_NOT_ACCEPTABLE, "accept",
                                     "Accept \"%.*s\" is none of what there is of this: %.*s",
                                     (int)ngx_min(accept.len, 100), accept.data,
                                     LGS_FMT(lgs_buf_text(&offer)));
}

/* All headers of a name are one list (RFC 9110 section 5.3). */
static bool join_headers(ngx_http_request_t *r, const char *name, size_t len, lgs_buf_t *to)
{
    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
        const ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == len && ngx_memcmp(header[i].lowcase_key, name, len) == 0) {
                lgs_buf_cstr(to, to->len ? "," : "");
                lgs_buf_str(to, ngx_http_logistics_str(header[i].value));
            }
        }
    }
    return !to->failed;
}

static ngx_int_t finish(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_letter_t *letter = ctx->letter;
    lgs_query_answer_t answer;
    ngx_uint_t status;
    ngx_int_t rc;

    if (letter && letter->asked) {
        rc = ngx_http_logistics_letter_number(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }
    ctx->trace.odoo_calls = lgs_query_plan_calls(ctx->query);
    lgs_query_plan_finish(ctx->query, &answer, &ctx->errs);
    if (answer.problem != LGS_PROBLEM_NONE) {
        return refuse(ctx, &answer);
    }
    if (letter && !letter->asked) {
        letter->etag = answer.etag;
        if (answer.body.len && r->method != NGX_HTTP_HEAD && !is_known(r, answer.etag)) {
            return ngx_http_logistics_letter_number(r, ctx); /* for what will be read */
        }
    }
    answer.etag = letter ? letter->etag : answer.etag; /* of the trial: the same for the same */
    if (add_headers(r, &answer) != NGX_OK) {
        return NGX_ERROR;
    }
    ctx->trace.verdicts[LGS_STAGE_DELIVER] = LGS_VERDICT_PASS;
    status = letter && answer.body.len == 0 ? NGX_HTTP_NO_CONTENT : NGX_HTTP_OK;
    rc = is_known(r, answer.etag)
             ? ngx_http_logistics_send_not_modified(r)
             : ngx_http_logistics_send(r, status, answer.media_type, answer.body);
    ngx_http_finalize_request(r, rc);
    return NGX_DONE;
}

static bool is_known(ngx_http_request_t *r, lgs_str_t etag)
{
    const ngx_table_elt_t *known = ngx_http_logistics_find_header(r, "if-none-match", 13);

    return known && lgs_etag_matches(ngx_http_logistics_str(known->value), etag);
}

static ngx_int_t refuse(ngx_http_logistics_ctx_t *ctx, const lgs_query_answer_t *answer)
{
    lgs_str_t name = ctx->route->query->name, message = answer->message;

    if (answer->problem == LGS_PROBLEM_NOT_FOUND) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_NOT_FOUND, "unknown",
                                         "there is no %.*s of that reference that partner "
                                         "\"%.*s\" may see",
                                         LGS_FMT(name), LGS_FMT(ctx->partner->name));
    }
    if (answer->problem == LGS_PROBLEM_INTERNAL && ctx->errs.first) {
        ctx->problem = LGS_PROBLEM_INTERNAL; /* the log has the mapping's or the schema's reason */
        return NGX_DECLINED;
    }
    if (answer->problem == LGS_PROBLEM_NOT_ACCEPTABLE) {
        lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS); /* the mapping's, about our rows */
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_NOT_ACCEPTABLE, "accept", "%.*s",
                                         LGS_FMT(message));
    }
    return ngx_http_logistics_refuse(ctx, answer->problem, lgs_problem_info(answer->problem)->slug,
                                     "%.*s", LGS_FMT(message));
}

/*
 * no-cache: it may be kept, but is asked for again each time, which the tag makes cheap; private:
 * by nobody on the way, who has no token.
 */
static ngx_int_t add_headers(ngx_http_request_t *r, const lgs_query_answer_t *answer)
{
    ngx_list_part_t *last;

    if (ngx_http_logistics_add_header(r, "Cache-Control", LGS_STR("private, no-cache")) != NGX_OK ||
        ngx_http_logistics_add_header(r, "Vary", LGS_STR("Accept, Authorization")) != NGX_OK ||
        (answer->link.len && ngx_http_logistics_add_header(r, "Link", answer->link) != NGX_OK) ||
        ngx_http_logistics_add_header(r, "ETag", answer->etag) != NGX_OK) {
        return NGX_ERROR;
    }
    /* known to nginx: its gzip filter makes the tag of what it packs a weak one */
    last = r->headers_out.headers.last;
    r->headers_out.etag = (ngx_table_elt_t *)last->elts + last->nelts - 1;
    return NGX_OK;
}
