/*
 * Sets one by one, as the reader gives them: which route and mappings each goes by, what is not for
 * anybody, and what its acknowledgement says of each error.
 */
#include "ngx_http_logistics_edi.h"

static bool is_unread(const ngx_http_logistics_set_t *set, const lgs_doc_t *doc,
                      const lgs_errs_t *errs);
static ngx_int_t ignore(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set);
static ngx_int_t take_nothing(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                              const lgs_doc_t *doc, lgs_errs_t *errs);
static ngx_int_t find_way(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                          const lgs_doc_t *doc, lgs_errs_t *errs);
static bool find_rules(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_doc_t *doc, lgs_errs_t *errs);
static void not_agreed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_pos_t *pos);
static lgs_str_t sets_of(ngx_http_logistics_ctx_t *ctx, const lgs_route_t *door);
static void feed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                 const lgs_doc_t *doc, const lgs_errs_t *errs);
static void tell(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc, const lgs_err_t *err);
static lgs_str_t tag_at(const lgs_doc_t *doc, uint32_t segment);
static lgs_str_t value_at(const lgs_doc_t *doc, const lgs_pos_t *pos);

/* ---- set by set ---- */

ngx_int_t ngx_http_logistics_edi_take(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch,
                                      const lgs_doc_t *doc, lgs_rc_t read, lgs_errs_t *errs)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    const lgs_route_t *door = ctx->route;
    const lgs_records_t before = ctx->records;
    ngx_http_logistics_set_t *set;
    ngx_int_t taken;

    if (edi->failed) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (ngx_http_logistics_edi_is_crowded(edi)) {
        return ngx_http_logistics_edi_refuse_many(ctx); /* before the rest is read */
    }
    if (edi->n_taken == edi->n_sets) {
        ngx_http_logistics_edi_note_envelope(ctx, errs); /* it was about no set */
        return NGX_AGAIN;
    }
    set = &edi->sets[edi->n_taken++];
    edi->refusals = NULL;
    if (read != LGS_OK) {
        lgs_edi_ack_refuse(set->kept); /* why was noted as the reader saw it */
        set->state = NGX_HTTP_LOGISTICS_SET_REFUSED;
        return NGX_DECLINED;
    }
    taken = find_way(ctx, set, doc, errs);
    if (taken == NGX_OK) {
        ctx->records.ignored = LGS_STR(""); /* of a set before, which made records as well */
        ctx->route = set->route;
        taken = ngx_http_logistics_batch_take(ctx, scratch, doc, errs);
        ctx->route = door;
        if (taken == NGX_OK && ctx->records.n == before.n) {
            taken = take_nothing(ctx, set, doc, errs);
        }
        if (taken == NGX_DECLINED && is_unread(set, doc, errs)) {
            lgs_errs_init(errs, errs->arena, errs->cap);
            taken = ignore(ctx, set);
        }
        if (taken == NGX_DECLINED) {
            feed(ctx, set, doc, errs);
        }
    }
    if (taken == NGX_DECLINED) {
        set->state = NGX_HTTP_LOGISTICS_SET_REFUSED;
    }
    return taken == NGX_DONE ? NGX_OK : taken;
}

/* A mapping may say that nothing need be made of it; else it should have made something. */
static ngx_int_t take_nothing(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                              const lgs_doc_t *doc, lgs_errs_t *errs)
{
    if (ctx->records.ignored.len == 0) {
        lgs_errs_add(errs, "no-records", lgs_doc_locate(doc, 0),
                     "mapping \"%.*s\" makes no record of this set",
                     LGS_FMT(ctx->format->mapping_name));
        return NGX_DECLINED;
    }
    return ignore(ctx, set);
}

/* No mapping is for an acknowledgement, which stands in a group of such (CONTRL: in none). */
static bool is_unread(const ngx_http_logistics_set_t *set, const lgs_doc_t *doc,
                      const lgs_errs_t *errs)
{
    const lgs_node_t *group = lgs_node_at(lgs_node_at(&doc->root, "message"), "group_type");

    return lgs_edi_ack_is_acknowledgement(set->kept) &&
           (group == NULL || lgs_str_is(lgs_node_text(group), "FA")) && errs->first &&
           ngx_strcmp(errs->first->code, "mapping-none") == 0;
}

static ngx_int_t ignore(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set)
{
    set->state = NGX_HTTP_LOGISTICS_SET_IGNORED;
    return ngx_http_logistics_batch_tell(ctx, ctx->batch->n_documents, NULL, "ignored")
               ? NGX_OK
               : ngx_http_logistics_refuse_memory(ctx);
}

/* NGX_OK: set->route is its way. NGX_DONE: it needs none. NGX_DECLINED: refused. */
static ngx_int_t find_way(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                          const lgs_doc_t *doc, lgs_errs_t *errs)
{
    const lgs_route_t *door = ctx->route;
    lgs_str_t type = lgs_edi_ack_type(set->kept), scope;
    lgs_pos_t pos = lgs_doc_locate(doc, 0);

    if (lgs_edi_ack_is_refused(set->kept)) {
        lgs_errs_add(errs, "edi-envelope", pos, "refused with its interchange");
        return NGX_DECLINED;
    }
    set->route = door->sets ? lgs_map_get(door->sets, type) : door;
    if (set->route == door) {
        return NGX_OK;
    }
    if (set->route == NULL && lgs_edi_ack_is_acknowledgement(set->kept)) {
        ngx_int_t rc = ignore(ctx, set);

        return rc == NGX_OK ? NGX_DONE : rc;
    }
    if (set->route == NULL) {
        lgs_errs_add(errs, "set-unknown", pos,
                     "no set \"%.*s\" is taken here; those taken are %.*s",
                     NGX_HTTP_LOGISTICS_TOLD(type), LGS_FMT(sets_of(ctx, door)));
    } else if (!ngx_http_logistics_may_post(ctx, set->route, &scope)) {
        bool in_token = lgs_has_scope(ctx->scopes, scope);

        lgs_errs_add(errs, in_token ? "scope-not-granted" : "scope-missing", pos,
                     in_token ? "partner \"%.*s\" is not granted the scope \"%.*s\", which a %.*s "
                                "needs"
                              : "the token of partner \"%.*s\" does not carry the scope \"%.*s\", "
                                "which a %.*s needs",
                     LGS_FMT(ctx->partner->name), LGS_FMT(scope), NGX_HTTP_LOGISTICS_TOLD(type));
    } else if (find_rules(ctx, set, doc, errs)) {
        return NGX_OK;
    }
    not_agreed(ctx, set, &pos);
    return NGX_DECLINED;
}

/* Mappings that may be for the set. */
static bool find_rules(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_doc_t *doc, lgs_errs_t *errs)
{
    lgs_str_t standard = lgs_node_text(lgs_node_at(lgs_node_at(&doc->root, "message"), "standard"));

    ctx->batch->rules = lgs_policy_set_format(ctx->partner, ctx->route, set->route, standard);
    if (ctx->batch->rules == NULL) {
        lgs_errs_add(errs, "mapping-none", lgs_doc_locate(doc, 0),
                     "no mapping of %.*s is agreed with partner \"%.*s\" for route \"%.*s\"",
                     LGS_FMT(standard), LGS_FMT(ctx->partner->name), LGS_FMT(set->route->name));
    }
    return ctx->batch->rules != NULL;
}

static void not_agreed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_pos_t *pos)
{
    lgs_edi_ack_check(ctx->edi->ack, set->kept, LGS_EDI_NOT_AGREED, LGS_EDI_REJECT, pos,
                      LGS_STR(""));
}

/* "204, 214, IFTSTA" */
static lgs_str_t sets_of(ngx_http_logistics_ctx_t *ctx, const lgs_route_t *door)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 128, 0);
    for (size_t i = 0; i < lgs_map_count(door->sets); i++) {
        lgs_str_t set;

        lgs_map_at(door->sets, i, &set, NULL);
        lgs_buf_printf(&buf, "%s%.*s", i ? ", " : "", LGS_FMT(set));
    }
    return buf.failed ? LGS_STR("others") : lgs_buf_text(&buf);
}

/* ---- what acknowledgements say of a set ---- */

/* That it was not for anybody, or each error at its segment. */
static void feed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                 const lgs_doc_t *doc, const lgs_errs_t *errs)
{
    lgs_edi_ack_refuse(set->kept);
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        if (ngx_strcmp(err->code, "mapping-none") == 0) { /* of no mapping's sets and versions */
            not_agreed(ctx, set, &err->pos);
        } else if (err->pos.segment) {
            tell(ctx, doc, err);
        }
    }
}

/* A guide knows which segment is missing there, and the number of an element. */
static void tell(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc, const lgs_err_t *err)
{
    for (const ngx_http_logistics_refusal_t *one = ctx->edi->refusals; one; one = one->next) {
        if (one->finding.pointer.data == err->pointer.data) {
            lgs_edi_ack_find(ctx->edi->ack, &one->finding);
            return;
        }
    }
    lgs_edi_ack_add(ctx->edi->ack, lgs_edi_fault(err->code), &err->pos,
                    tag_at(doc, err->pos.segment), value_at(doc, &err->pos));
}

static lgs_str_t tag_at(const lgs_doc_t *doc, uint32_t segment)
{
    const lgs_node_t *segments = lgs_node_at(&doc->root, "segments");
    const lgs_node_t *found = segments && segment <= segments->n ? &segments->u.items[segment - 1]
                                                                 : NULL;

    return found && found->type == LGS_OBJECT && found->n ? lgs_node_text(&found->u.members[0].name)
                                                          : LGS_STR("");
}

/* From the place of the error to the next separator. */
static lgs_str_t value_at(const lgs_doc_t *doc, const lgs_pos_t *pos)
{
    const lgs_edi_marks_t *marks = &doc->marks;
    size_t from = pos->offset >= doc->base.bytes ? pos->offset - (size_t)doc->base.bytes
                                                 : doc->source.len;
    size_t to = from;

    if (pos->element == 0) {
        return LGS_STR("");
    }
    while (to < doc->source.len) {
        char c = doc->source.data[to];

        if (c == marks->element || c == marks->component || c == marks->terminator[0] ||
            (marks->repetition && c == marks->repetition)) {
            break;
        }
        to++;
    }
    return lgs_str(doc->source.data + from, to - from);
}
