/*
 * A body of many documents (NDJSON, CSV, fixed width, EDI, a list of canonical records): each is
 * read, validated and translated by itself, in an arena that the next one uses again; what is kept
 * are the records. A document that is refused is told in the answer and does not keep the others
 * back, unless the route wants all or nothing.
 */
#include "../formats/keep.h"
#include "ngx_http_logistics_edi.h"
#include "ngx_http_logistics_zone.h"

#define SCRATCH_FIRST 65536u /* bytes; a row and its records fit */

static ngx_int_t run(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch);
static lgs_rc_t read_next(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch, lgs_doc_t *doc,
                          lgs_errs_t *errs);
static ngx_int_t take(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch, const lgs_doc_t *doc,
                      lgs_rc_t read, lgs_errs_t *errs);
static lgs_rc_t validate(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc, lgs_errs_t *errs);
static lgs_rc_t keep_records(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                             const lgs_records_t *made);
static bool make_room(ngx_http_logistics_ctx_t *ctx, uint32_t need);
static ngx_int_t refuse_document(ngx_http_logistics_ctx_t *ctx, const lgs_errs_t *errs);
static ngx_int_t refuse_count(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t finish(ngx_http_logistics_ctx_t *ctx);
static void write_told(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                       const ngx_http_logistics_told_t *told);

ngx_int_t ngx_http_logistics_batch_open(ngx_http_logistics_ctx_t *ctx, lgs_reader_t *reader)
{
    ctx->batch = lgs_arena_zalloc(ctx->arena, sizeof(*ctx->batch));
    if (ctx->batch == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    ctx->batch->reader = reader;
    ctx->batch->rules = ctx->format;
    ctx->batch->window = (lgs_window_t){ctx->body, true};
    if (reader == NULL) {
        return NGX_OK; /* ctx->document is there already */
    }
    ctx->document = (lgs_doc_t){.source = ctx->body,
                                .root = lgs_node_null(LGS_NO_OFFSET),
                                .format = lgs_input_positions(&ctx->format->input)};
    return NGX_OK;
}

ngx_int_t ngx_http_logistics_batch_run(ngx_http_logistics_ctx_t *ctx)
{
    lgs_arena_t *scratch = lgs_arena_create(SCRATCH_FIRST, ngx_http_logistics_ceiling(ctx));
    ngx_int_t rc;

    if (scratch == NULL) {
        return NGX_ERROR;
    }
    rc = run(ctx, scratch);
    lgs_arena_destroy(scratch);
    return rc == NGX_OK ? finish(ctx) : rc;
}

static ngx_int_t run(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch)
{
    ngx_http_logistics_batch_t *batch = ctx->batch;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;
    ngx_int_t taken;

    for (;;) {
        lgs_arena_reset(scratch);
        /* only an acknowledgement has a word for each error of a document */
        lgs_errs_init(&errs, ctx->arena, ctx->edi ? LGS_EDI_MAX_NOTES : 1);
        rc = read_next(ctx, scratch, &doc, &errs);
        if (rc == LGS_END) {
            return NGX_OK;
        }
        if (rc == LGS_NOMEM) {
            return ngx_http_logistics_refuse_memory(ctx);
        }
        taken = take(ctx, scratch, &doc, rc, &errs);
        if (taken == NGX_AGAIN) {
            continue;
        }
        if (taken == NGX_DECLINED && ctx->problem == LGS_PROBLEM_NONE) {
            taken = refuse_document(ctx, &errs);
        }
        if (taken != NGX_OK) {
            return taken;
        }
        batch->n_documents++;
        /* told: refused, or ignored; what nothing is made of takes room, too */
        if (ctx->records.n + batch->n_told > ctx->route->max_records) {
            return refuse_count(ctx);
        }
    }
}

static ngx_int_t take(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch, const lgs_doc_t *doc,
                      lgs_rc_t read, lgs_errs_t *errs)
{
    if (ctx->edi) {
        return ngx_http_logistics_edi_take(ctx, scratch, doc, read, errs);
    }
    return read == LGS_OK ? ngx_http_logistics_batch_take(ctx, scratch, doc, errs) : NGX_DECLINED;
}

/* From the body; the items of a list of canonical records have been read already. */
static lgs_rc_t read_next(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch, lgs_doc_t *doc,
                          lgs_errs_t *errs)
{
    ngx_http_logistics_batch_t *batch = ctx->batch;
    lgs_rc_t rc;
    size_t used;

    if (batch->reader == NULL) {
        *doc = ctx->document;
        doc->item = &doc->root.u.items[batch->n_documents];
        return batch->n_documents < doc->root.n ? LGS_OK : LGS_END;
    }
    rc = lgs_reader_next(batch->reader, &batch->window, scratch, doc, errs);
    used = lgs_reader_used(batch->reader);
    batch->window.bytes = lgs_str(batch->window.bytes.data + used, batch->window.bytes.len - used);
    return rc;
}

ngx_int_t ngx_http_logistics_batch_take(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch,
                                        const lgs_doc_t *doc, lgs_errs_t *errs)
{
    lgs_record_t own = {.node = *lgs_doc_top(doc)};
    lgs_records_t made = {.items = &own, .n = 1};
    const lgs_records_t before = ctx->records;
    lgs_rc_t rc = LGS_OK;

    if (ctx->batch->reader) {
        rc = lgs_policy_choose(ctx->batch->rules, doc, ctx->partner, scratch, &ctx->format, errs);
    }
    if (rc == LGS_OK) {
        rc = validate(ctx, doc, errs);
    }
    if (rc == LGS_OK && ctx->format->mapping) {
        rc = ngx_http_logistics_map(ctx, doc, scratch, &made, errs);
    }
    if (rc == LGS_OK) {
        rc = ngx_http_logistics_check_records(ctx, doc, &made, errs);
    }
    if (rc == LGS_OK) {
        rc = keep_records(ctx, doc, &made);
    }
    if (rc == LGS_OK && ctx->route->odoo) {
        rc = ngx_http_logistics_make_operations(ctx, before.n, errs);
    }
    if (rc != LGS_OK) {
        ctx->records.n = before.n;
        ctx->records.n_warnings = before.n_warnings;
    }
    if (rc == LGS_NOMEM) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    return rc == LGS_OK ? NGX_OK : NGX_DECLINED;
}

/* The stage has passed already: its mode is looked at here, for each document. */
static lgs_rc_t validate(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc, lgs_errs_t *errs)
{
    lgs_mode_t mode = ctx->route->stages[LGS_STAGE_VALIDATE];
    lgs_rc_t rc;

    if (mode == LGS_STAGE_OFF) {
        return LGS_OK;
    }
    rc = ngx_http_logistics_validate_document(ctx, doc, doc->item, errs);
    if (rc != LGS_INVALID || mode == LGS_ENFORCE) {
        return rc;
    }
    ctx->trace.verdicts[LGS_STAGE_VALIDATE] = LGS_VERDICT_REPORT;
    if (ctx->trace.detail.len == 0 && errs->first) {
        ctx->trace.detail = errs->first->text;
    }
    lgs_errs_init(errs, ctx->arena, errs->cap);
    return LGS_OK;
}

static lgs_rc_t keep_records(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                             const lgs_records_t *made)
{
    lgs_records_t *records = &ctx->records;

    ngx_http_logistics_set_ceiling(ctx, ctx->body.len);
    if (!make_room(ctx, records->n + made->n)) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < made->n; i++) {
        lgs_record_t *record = &records->items[records->n];
        lgs_rc_t rc = lgs_node_keep(ctx->arena, doc, ctx->body, &made->items[i].node,
                                    &record->node);

        if (rc != LGS_OK) {
            return rc;
        }
        record->pos = lgs_doc_locate(doc, made->items[i].node.offset);
        ctx->batch->document[records->n++] = ctx->batch->n_documents;
    }
    records->n_warnings += made->n_warnings;
    records->ignored = records->ignored.len ? records->ignored : made->ignored;
    return LGS_OK;
}

static bool make_room(ngx_http_logistics_ctx_t *ctx, uint32_t need)
{
    ngx_http_logistics_batch_t *batch = ctx->batch;
    uint32_t room = batch->room ? batch->room : 64;
    lgs_record_t *items;
    uint32_t *document;

    if (need <= batch->room) {
        return true;
    }
    while (room < need) {
        room *= 2;
    }
    items = lgs_arena_grow(ctx->arena, ctx->records.items, batch->room * sizeof(*items),
                           room * sizeof(*items));
    document = lgs_arena_grow(ctx->arena, batch->document, batch->room * sizeof(*document),
                              room * sizeof(*document));
    if (items == NULL || document == NULL) {
        return false;
    }
    ctx->records.items = items;
    batch->document = document;
    batch->room = room;
    return true;
}

static ngx_int_t refuse_document(ngx_http_logistics_ctx_t *ctx, const lgs_errs_t *errs)
{
    ngx_http_logistics_batch_t *batch = ctx->batch;
    lgs_err_t *first = errs->first, *told;

    if (first == NULL) {
        return NGX_ERROR;
    }
    if (!ngx_http_logistics_batch_tell(ctx, batch->n_documents, first, "refused")) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    batch->told[batch->n_told - 1].n_more = errs->n - 1 + errs->more;
    batch->n_refused++;
    first->record = -1;
    told = lgs_errs_add(&ctx->errs, first->code, first->pos, "%.*s", LGS_FMT(first->text));
    if (told) {
        told->pointer = first->pointer;
        told->schema = first->schema;
        told->record = (int)batch->n_documents;
    }
    return NGX_OK;
}

/* In the order of documents: what is told later of an early one goes before the others. */
bool ngx_http_logistics_batch_tell(ngx_http_logistics_ctx_t *ctx, uint32_t document,
                                   lgs_err_t *first, const char *outcome)
{
    ngx_http_logistics_batch_t *batch = ctx->batch;
    uint32_t at = batch->n_told;

    if (batch->n_told == batch->told_room) {
        uint32_t room = batch->told_room ? batch->told_room * 2 : 16;
        ngx_http_logistics_told_t *told = lgs_arena_grow(
            ctx->arena, batch->told, batch->told_room * sizeof(*told), room * sizeof(*told));

        if (told == NULL) {
            return false;
        }
        batch->told = told;
        batch->told_room = room;
    }
    while (at > 0 && batch->told[at - 1].document > document) {
        batch->told[at] = batch->told[at - 1];
        at--;
    }
    batch->told[at] = (ngx_http_logistics_told_t){
        .document = document, .outcome = outcome, .first = first};
    batch->n_told++;
    return true;
}

void ngx_http_logistics_batch_drop(ngx_http_logistics_ctx_t *ctx)
{
    const ngx_http_logistics_set_t *sets = ctx->edi->sets;
    uint32_t n = 0, n_operations = 0, op = 0;

    for (uint32_t i = 0; i < ctx->records.n; i++) {
        uint32_t document = ctx->batch->document[i];
        bool is_good = sets[document].state == NGX_HTTP_LOGISTICS_SET_GOOD;

        for (; op < ctx->n_operations && ctx->operation_record[op] == i; op++) {
            if (is_good) {
                ctx->operations[n_operations] = ctx->operations[op];
                ctx->operation_record[n_operations++] = n;
            }
        }
        if (is_good) {
            ctx->records.items[n] = ctx->records.items[i];
            ctx->batch->document[n++] = document;
        }
    }
    ctx->records.n = n;
    ctx->n_operations = n_operations;
}

static ngx_int_t refuse_count(ngx_http_logistics_ctx_t *ctx)
{
    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS);
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_UNTRANSLATABLE, "max-records",
                                     "more than the %u records that this route takes; send them in "
                                     "parts",
                                     ctx->route->max_records);
}

static ngx_int_t finish(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_batch_t *batch = ctx->batch;
    bool goes_on = batch->n_refused == 0 || (ctx->records.n && !ctx->route->all_or_nothing);
    uint32_t next = 0;
    lgs_buf_t buf;

    if (ctx->edi) {
        return ngx_http_logistics_edi_judge(ctx);
    }
    ctx->trace.refused = batch->n_refused;
    if (goes_on) {
        return NGX_OK;
    }
    if (batch->reader && lgs_reader_is_cut(batch->reader) && batch->n_documents == 1) {
        ctx->problem = LGS_PROBLEM_MALFORMED; /* nothing of it can be read */
        ctx->errs.first->record = -1;
        return NGX_DECLINED;
    }
    lgs_buf_init(&buf, ctx->arena, 1024, 0);
    lgs_buf_cstr(&buf, "\"records\":[");
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        ngx_http_logistics_batch_write(&buf, ctx, batch->document[i], &next);
        lgs_buf_cstr(&buf, i || next ? ",{\"index\":" : "{\"index\":");
        lgs_buf_u64(&buf, batch->document[i]);
        lgs_buf_cstr(&buf, ",\"id\":");
        lgs_json_write_string(&buf, lgs_node_text(lgs_node_at(&ctx->records.items[i].node, "id")));
        lgs_buf_cstr(&buf, ",\"outcome\":\"held-back\"}");
    }
    ngx_http_logistics_batch_write(&buf, ctx, UINT32_MAX, &next);
    lgs_buf_byte(&buf, ']');
    if (buf.failed) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    ctx->extra = lgs_buf_text(&buf);
    ctx->problem = LGS_PROBLEM_BATCH;
    return NGX_DECLINED;
}

void ngx_http_logistics_batch_write(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                    uint32_t before, uint32_t *next)
{
    const ngx_http_logistics_batch_t *batch = ctx->batch;

    for (; batch && *next < batch->n_told && batch->told[*next].document < before; ++*next) {
        if (!buf->failed && buf->data[buf->len - 1] != '[') {
            lgs_buf_byte(buf, ',');
        }
        write_told(buf, ctx, &batch->told[*next]);
    }
}

static void write_told(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                       const ngx_http_logistics_told_t *told)
{
    lgs_buf_cstr(buf, "{\"index\":");
    lgs_buf_u64(buf, told->document);
    lgs_buf_byte(buf, ',');
    ngx_http_logistics_edi_write_set(buf, ctx, told->document);
    lgs_buf_cstr(buf, "\"outcome\":\"");
    lgs_buf_cstr(buf, told->outcome);
    lgs_buf_byte(buf, '"');
    if (told->first) {
        lgs_buf_cstr(buf, ",\"problem\":");
        lgs_problem_write_error(buf, told->first);
    }
    if (told->n_more) {
        lgs_buf_cstr(buf, ",\"more\":");
        lgs_buf_u64(buf, told->n_more);
    }
    lgs_buf_byte(buf, '}');
}
