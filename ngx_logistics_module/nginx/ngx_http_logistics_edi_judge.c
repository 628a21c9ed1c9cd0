/*
 * What is said of interchanges once all of the body is read: sets go with the interchange that
 * turned out to be broken, or to be one that came before, and what Odoo refuses is refused. Nothing
 * is delivered before: an interchange whose end says that it is broken leaves nothing behind.
 */
#include "ngx_http_logistics_edi.h"

static ngx_int_t refuse_later(ngx_http_logistics_ctx_t *ctx, uint32_t set);
static ngx_int_t verdict(ngx_http_logistics_ctx_t *ctx);
static bool is_any_taken(const ngx_http_logistics_edi_t *edi);
static const ngx_http_logistics_interchange_t *replay_of(const ngx_http_logistics_edi_t *edi,
                                                         const ngx_http_logistics_set_t *set);
static bool is_alone(const ngx_http_logistics_edi_t *edi, const ngx_http_logistics_set_t *set);
static bool refuse_written(ngx_http_logistics_ctx_t *ctx);
static bool is_advising(const ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set);

ngx_int_t ngx_http_logistics_edi_judge(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;

    if (edi->failed) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (ngx_http_logistics_edi_is_crowded(edi)) {
        return ngx_http_logistics_edi_refuse_many(ctx);
    }
    for (uint32_t i = 0; i < edi->n_sets; i++) {
        if (edi->sets[i].state == NGX_HTTP_LOGISTICS_SET_GOOD &&
            lgs_edi_ack_is_refused(edi->sets[i].kept) && refuse_later(ctx, i) != NGX_OK) {
            return ngx_http_logistics_refuse_memory(ctx);
        }
    }
    ngx_http_logistics_batch_drop(ctx);
    edi->is_judged = 1;
    return verdict(ctx);
}

bool ngx_http_logistics_edi_is_crowded(const ngx_http_logistics_edi_t *edi)
{
    return edi->n_interchanges > NGX_HTTP_LOGISTICS_MAX_INTERCHANGES ||
           edi->n_groups > NGX_HTTP_LOGISTICS_MAX_GROUPS;
}

ngx_int_t ngx_http_logistics_edi_refuse_many(ngx_http_logistics_ctx_t *ctx)
{
    bool by_groups = ctx->edi->n_groups > NGX_HTTP_LOGISTICS_MAX_GROUPS;

    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS);
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_TOO_LARGE, by_groups ? "max-groups" : "max-interchanges",
        "the body has more than %u %s; send them in parts",
        by_groups ? NGX_HTTP_LOGISTICS_MAX_GROUPS : NGX_HTTP_LOGISTICS_MAX_INTERCHANGES,
        by_groups ? "groups" : "interchanges");
}

/* With what it stood in, whose end said so. */
static ngx_int_t refuse_later(ngx_http_logistics_ctx_t *ctx, uint32_t set)
{
    lgs_err_t *err = lgs_arena_zalloc(ctx->arena, sizeof(*err));
    bool with_all = ctx->edi->sets[set].interchange >= 0 &&
                    lgs_edi_ack_is_refused(
                        ctx->edi->interchanges[ctx->edi->sets[set].interchange].kept);

    if (err == NULL) {
        return NGX_ERROR;
    }
    err->code = "edi-envelope";
    err->text = with_all ? LGS_STR("refused with its interchange")
                         : LGS_STR("refused with its group");
    err->record = -1;
    ctx->edi->sets[set].state = NGX_HTTP_LOGISTICS_SET_REFUSED;
    ctx->batch->n_refused++;
    return ngx_http_logistics_batch_tell(ctx, set, err, "refused") ? NGX_OK : NGX_ERROR;
}

/* Goes on when anything is left to do, or to say beside "no". */
static ngx_int_t verdict(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    uint32_t n_refused = 0, n_alone = 0;

    for (uint32_t i = 0; i < edi->n_sets; i++) {
        n_refused += edi->sets[i].state == NGX_HTTP_LOGISTICS_SET_REFUSED;
        n_alone += is_alone(edi, &edi->sets[i]);
    }
    ctx->trace.refused = n_refused;
    ctx->problem = LGS_PROBLEM_NONE; /* what was refused before its number was looked for */
    if (edi->n_interchanges == 0 && edi->n_sets == 0 && ctx->errs.n == 0) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_MALFORMED, "edi-header",
                                         "no interchange begins here: the body holds nothing but "
                                         "blanks");
    }
    if (is_any_taken(edi) && (edi->n_sets > 0 || ctx->errs.n == 0)) {
        return NGX_OK;
    }
    ctx->problem = edi->n_interchanges == 0 && edi->n_sets == 0 ? LGS_PROBLEM_MALFORMED
                   : n_alone                                    ? LGS_PROBLEM_BATCH
                                                                : LGS_PROBLEM_INTERCHANGE;
    return NGX_DECLINED;
}

/*
 * What is ignored, a header of TRADACOMS for example, is none, unless nothing is refused. What came
 * before is taken if it was taken then; in this body, that is said of the first of them.
 */
static bool is_any_taken(const ngx_http_logistics_edi_t *edi)
{
    uint32_t n_refused = 0;

    for (uint32_t i = 0; i < edi->n_sets; i++) {
        const ngx_http_logistics_interchange_t *replay = replay_of(edi, &edi->sets[i]);

        if (replay ? replay->copy_of < 0 && !replay->is_untaken
                   : edi->sets[i].state == NGX_HTTP_LOGISTICS_SET_GOOD) {
            return true;
        }
        n_refused += replay ? replay->is_untaken
                            : edi->sets[i].state == NGX_HTTP_LOGISTICS_SET_REFUSED;
    }
    return n_refused == 0;
}

/* The interchange of a set, when its bytes came before; else NULL. */
static const ngx_http_logistics_interchange_t *replay_of(const ngx_http_logistics_edi_t *edi,
                                                         const ngx_http_logistics_set_t *set)
{
    const ngx_http_logistics_interchange_t *one = set->interchange < 0
                                                      ? NULL
                                                      : &edi->interchanges[set->interchange];

    return one && one->is_replayed ? one : NULL;
}

/* It is not refused with all of its interchange. */
static bool is_alone(const ngx_http_logistics_edi_t *edi, const ngx_http_logistics_set_t *set)
{
    const ngx_http_logistics_interchange_t *replay = replay_of(edi, set);

    if (replay || set->state != NGX_HTTP_LOGISTICS_SET_REFUSED) {
        return replay && replay->is_untaken;
    }
    return set->interchange < 0 ||
           !lgs_edi_ack_is_refused(edi->interchanges[set->interchange].kept);
}

ngx_int_t ngx_http_logistics_edi_delivered(ngx_http_logistics_ctx_t *ctx, lgs_str_t outcomes)
{
    lgs_problem_kind_t of_odoo = lgs_odoo_plan_problem(ctx->plan);

    ctx->edi->outcomes = outcomes;
    ctx->problem = refuse_written(ctx)           ? LGS_PROBLEM_NONE
                   : of_odoo != LGS_PROBLEM_NONE ? of_odoo
                                                 : LGS_PROBLEM_BATCH;
    return ctx->problem == LGS_PROBLEM_NONE ? NGX_OK : NGX_DECLINED;
}

/* A set of which Odoo refused something is refused: its sender must hear of it. */
static bool refuse_written(ngx_http_logistics_ctx_t *ctx)
{
    for (uint32_t i = 0; i < ctx->n_operations; i++) {
        uint32_t document = ctx->batch->document[ctx->operation_record[i]];
        ngx_http_logistics_set_t *set = &ctx->edi->sets[document];

        if (lgs_odoo_plan_outcome(ctx->plan, i)->problem != LGS_PROBLEM_NONE) {
            set->state = NGX_HTTP_LOGISTICS_SET_REFUSED;
            set->is_advised = is_advising(ctx, set);
            if (!set->is_advised) {
                lgs_edi_ack_refuse(set->kept);
            }
        }
    }
    return is_any_taken(ctx->edi);
}

/* What could be read is accepted then, and told of by another set (…_advice.c). */
static bool is_advising(const ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set)
{
    lgs_edi_t standard;

    if (!ctx->edi->terms->advises || set->interchange < 0) {
        return false;
    }
    standard = ctx->edi->interchanges[set->interchange].about.standard;
    return ctx->route->advice[standard] != NULL;
}

/* ---- outcomes ---- */

const lgs_route_t *ngx_http_logistics_route_of(const ngx_http_logistics_ctx_t *ctx, uint32_t record)
{
    return ctx->edi ? ctx->edi->sets[ctx->batch->document[record]].route : ctx->route;
}

void ngx_http_logistics_edi_write_set(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                      uint32_t document)
{
    const ngx_http_logistics_set_t *set;

    if (ctx->edi == NULL || document >= ctx->edi->n_sets) {
        return;
    }
    set = &ctx->edi->sets[document];
    lgs_buf_cstr(buf, "\"set\":");
    lgs_json_write_string(buf, lgs_edi_ack_type(set->kept));
    lgs_buf_cstr(buf, ",\"control\":");
    lgs_json_write_string(buf, lgs_edi_ack_number(set->kept));
    if (set->route && set->route != ctx->route) {
        lgs_buf_cstr(buf, ",\"route\":");
        lgs_json_write_string(buf, set->route->name);
    }
    lgs_buf_byte(buf, ',');
}

/* "interchanges":[{"control","sender","receiver","outcome","problem"}] */
void ngx_http_logistics_edi_write_interchanges(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx)
{
    const ngx_http_logistics_edi_t *edi = ctx->edi;

    lgs_buf_cstr(buf, "\"interchanges\":[");
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        const ngx_http_logistics_interchange_t *one = &edi->interchanges[i];

        lgs_buf_cstr(buf, i ? ",{\"control\":" : "{\"control\":");
        lgs_json_write_string(buf, one->about.number);
        lgs_buf_cstr(buf, ",\"sender\":");
        lgs_json_write_string(buf, one->about.sender);
        lgs_buf_cstr(buf, ",\"receiver\":");
        lgs_json_write_string(buf, one->about.receiver);
        lgs_buf_cstr(buf, one->is_replayed                    ? ",\"outcome\":\"replayed\""
                          : lgs_edi_ack_is_refused(one->kept) ? ",\"outcome\":\"refused\""
                                                              : ",\"outcome\":\"read\"");
        if (one->problem) {
            lgs_buf_cstr(buf, ",\"problem\":");
            lgs_problem_write_error(buf, one->problem);
        }
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_byte(buf, ']');
}
