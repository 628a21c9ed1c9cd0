/*
 * Deliver forward: what the records are written as goes on in place of the partner's body, by the
 * location's proxy_pass, and the answer comes back as it is. That is the canonical form, or by the
 * route's `as` the service's own format.
 */
#include "ngx_http_logistics.h"

static ngx_int_t take_number(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool write_canonical(ngx_http_logistics_ctx_t *ctx, lgs_buf_t *out);
static ngx_int_t write_as(ngx_http_logistics_ctx_t *ctx, lgs_buf_t *out);
static lgs_rc_t write_record(ngx_http_logistics_ctx_t *ctx, lgs_writer_t *writer, uint32_t index,
                             const lgs_mapping_facts_t *facts);
static lgs_rc_t write_made(ngx_http_logistics_ctx_t *ctx, lgs_writer_t *writer,
                           const lgs_doc_t *document, const lgs_node_t *made);
static ngx_int_t replace_body(ngx_http_request_t *r, lgs_str_t body);
static void set_content_type(ngx_http_request_t *r, lgs_str_t type);
static ngx_int_t set_content_length(ngx_http_request_t *r, size_t len);

ngx_int_t ngx_http_logistics_forward(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_mapping_t *as = ctx->route->as;
    lgs_buf_t out;
    ngx_int_t rc;

    if (as && lgs_mapping_writes(as)->edi) {
        rc = take_number(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }
    lgs_buf_init(&out, ctx->arena, ctx->body.len + 1024, 0);
    rc = as ? write_as(ctx, &out) : NGX_OK;
    if (rc != NGX_OK) {
        return rc;
    }
    if (as == NULL && !write_canonical(ctx, &out)) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    set_content_type(r, as ? lgs_mapping_writes(as)->media_type : LGS_STR("application/json"));
    if (replace_body(r, lgs_buf_text(&out)) != NGX_OK) {
        return NGX_ERROR;
    }
    /* proxy_pass sends the path that was checked, not one of its spellings (/x/%2e%2e/v1/...) */
    r->valid_unparsed_uri = 0;
    ctx->forwarded = 1;
    return NGX_OK;
}

/* What cannot be written is refused before a control number is taken for it. */
static ngx_int_t take_number(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    const lgs_errs_t warnings = ctx->warnings;
    lgs_buf_t trial;
    ngx_int_t rc;

    if (ctx->letter) {
        return ngx_http_logistics_letter_number(r, ctx);
    }
    if (!ngx_http_logistics_letter_open(ctx, lgs_mapping_writes(ctx->route->as)->edi->standard)) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNTRANSLATABLE, "edi-parties",
                                         "nothing can be sent on as EDI: who writes to whom is not "
                                         "agreed, partner \"%.*s\" has no edi.id or no edi.ours",
                                         LGS_FMT(ctx->partner->name));
    }
    lgs_buf_init(&trial, ctx->arena, ctx->body.len + 1024, 0);
    rc = write_as(ctx, &trial);
    if (rc != NGX_OK) {
        return rc;
    }
    ctx->warnings = warnings; /* they come once more with what is sent */
    if (ctx->warnings.last) {
        ctx->warnings.last->next = NULL;
    }
    return ngx_http_logistics_letter_number(r, ctx);
}

/* ---- what is sent ---- */

static bool write_canonical(ngx_http_logistics_ctx_t *ctx, lgs_buf_t *out)
{
    lgs_buf_byte(out, '[');
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        if (i) {
            lgs_buf_byte(out, ',');
        }
        lgs_json_write(out, &ctx->records.items[i].node);
    }
    lgs_buf_byte(out, ']');
    return !out->failed;
}

/* All records or nothing: the partner hears of each that cannot be written. */
static ngx_int_t write_as(ngx_http_logistics_ctx_t *ctx, lgs_buf_t *out)
{
    const lgs_mapping_t *as = ctx->route->as;
    const lgs_mapping_facts_t facts = {
        .partner = ctx->partner->name,
        .timezone = ctx->partner->timezone,
        .received_at = ngx_http_logistics_received_at(ctx),
        .format = LGS_STR("canonical"),
    };
    lgs_writer_t *writer;
    lgs_rc_t rc, worst = LGS_OK;

    ngx_http_logistics_set_ceiling(ctx, ctx->body.len);
    writer = lgs_writer_open(lgs_mapping_writes(as), out, ctx->arena);
    if (writer == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (ctx->letter) {
        lgs_writer_send(writer, &ctx->letter->envelope);
    }
    for (uint32_t i = 0; i < ctx->records.n && worst != LGS_NOMEM; i++) {
        rc = write_record(ctx, writer, i, &facts);
        worst = rc == LGS_OK ? worst : rc;
    }
    if (worst != LGS_NOMEM && lgs_writer_end(writer, &ctx->errs) != LGS_OK) {
        worst = LGS_NOMEM;
    }
    if (worst == LGS_NOMEM) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (worst != LGS_OK) {
        ctx->problem = LGS_PROBLEM_UNTRANSLATABLE;
        return NGX_DECLINED;
    }
    if (lgs_writer_count(writer) == 0) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNTRANSLATABLE, "no-records",
                                         "nothing of this is sent on: mapping \"%.*s\" writes "
                                         "nothing for records like these",
                                         LGS_FMT(lgs_mapping_name(as)));
    }
    return NGX_OK;
}

/* Places stay the partner's: a record's values know where in its document they came from. */
static lgs_rc_t write_record(ngx_http_logistics_ctx_t *ctx, lgs_writer_t *writer, uint32_t index,
                             const lgs_mapping_facts_t *facts)
{
    const lgs_err_t *before = ctx->errs.last;
    lgs_doc_t document = ctx->document;
    lgs_records_t made = {.n = 0};
    lgs_rc_t rc;

    document.root = ctx->records.items[index].node;
    document.item = NULL;
    rc = lgs_mapping_run(ctx->route->as, &document, facts, ctx->arena, &made, &ctx->warnings,
                         &ctx->errs);
    for (uint32_t i = 0; rc == LGS_OK && i < made.n; i++) {
        rc = write_made(ctx, writer, &document, &made.items[i].node);
    }
    for (lgs_err_t *err = before ? before->next : ctx->errs.first; err; err = err->next) {
        err->record = (int)(ctx->batch ? ctx->batch->document[index] : index);
    }
    return rc;
}

static lgs_rc_t write_made(ngx_http_logistics_ctx_t *ctx, lgs_writer_t *writer,
                           const lgs_doc_t *document, const lgs_node_t *made)
{
    lgs_rc_t rc = LGS_OK;

    if (ctx->route->as_schema) {
        rc = lgs_schema_validate(ctx->route->as_schema, document, made, &ctx->errs);
    }
    return rc == LGS_OK ? lgs_writer_write(writer, document, made, ctx->arena, &ctx->errs) : rc;
}

/* ---- the request that proxy_pass sends ---- */

static ngx_int_t replace_body(ngx_http_request_t *r, lgs_str_t body)
{
    ngx_chain_t *bufs = ngx_http_logistics_bufs(r->pool, body);

    if (bufs == NULL) {
        return NGX_ERROR;
    }
    r->request_body->bufs = bufs;
    r->request_body->temp_file = NULL;
    return set_content_length(r, body.len);
}

/* In the list that proxy_pass reads: r->headers_in.content_type may point into an older one. */
static void set_content_type(ngx_http_request_t *r, lgs_str_t type)
{
    static const ngx_str_t name = ngx_string("content-type");

    for (ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
        ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == name.len &&
                ngx_memcmp(header[i].lowcase_key, name.data, name.len) == 0) {
                header[i].value = ngx_http_logistics_ngx_str(type);
            }
        }
    }
}

static ngx_int_t set_content_length(ngx_http_request_t *r, size_t len)
{
    r->headers_in.content_length_n = (off_t)len;
    r->headers_in.chunked = 0;
    if (r->headers_in.content_length) {
        u_char *text = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);

        if (text == NULL) {
            return NGX_ERROR;
        }
        r->headers_in.content_length->value.data = text;
        r->headers_in.content_length->value.len = (size_t)(ngx_sprintf(text, "%uz", len) - text);
    }
    return NGX_OK;
}
