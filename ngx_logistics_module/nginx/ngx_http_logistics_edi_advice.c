/*
 * An application advice beside the acknowledgement: with a partner that wants it so, 997 and CONTRL
 * say what could be read, and an 824 or APERAK what Odoo refused of that. It goes the way back, in
 * an interchange of its own, and is kept with the acknowledgement.
 */
#include "../queue/advice.h"
#include "ngx_http_logistics_edi.h"

static lgs_str_t write_document(ngx_http_logistics_ctx_t *ctx, uint32_t interchange);
static const lgs_err_t *find_error(const ngx_http_logistics_ctx_t *ctx, uint32_t set);

bool ngx_http_logistics_edi_is_advised(const ngx_http_logistics_edi_t *edi, uint32_t interchange)
{
    for (uint32_t i = 0; i < edi->n_sets; i++) {
        if (edi->sets[i].interchange == (int)interchange && edi->sets[i].is_advised) {
            return true;
        }
    }
    return false;
}

bool ngx_http_logistics_edi_advise(ngx_http_logistics_ctx_t *ctx, uint32_t interchange,
                                   uint32_t number, lgs_str_t *text)
{
    const lgs_edi_relation_t *about = &ctx->edi->interchanges[interchange].about;
    const lgs_edi_letter_t envelope = {
        .sender = about->receiver,
        .sender_qualifier = about->receiver_qualifier,
        .receiver = about->sender,
        .receiver_qualifier = about->sender_qualifier,
        .is_test = about->is_test,
        .number = number,
        .now = ngx_http_logistics_received_at(ctx),
    };
    lgs_str_t json = write_document(ctx, interchange);

    return json.len &&
           ngx_http_logistics_letter_write(ctx, &envelope, ctx->route->advice[about->standard],
                                           json, text) == NGX_OK;
}

/* Empty: no memory. */
static lgs_str_t write_document(ngx_http_logistics_ctx_t *ctx, uint32_t interchange)
{
    static const lgs_str_t standards[LGS_EDI_N_STANDARDS] = {
        [LGS_EDI_X12] = LGS_STR_INIT("x12"), [LGS_EDI_EDIFACT] = LGS_STR_INIT("edifact")};
    const ngx_http_logistics_edi_t *edi = ctx->edi;
    const lgs_edi_relation_t *about = &edi->interchanges[interchange].about;
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 512, 0);
    lgs_advice_begin(&buf, lgs_str(ctx->id, ctx->id_len), ngx_http_logistics_received_at(ctx));
    for (uint32_t i = 0; i < edi->n_sets && !buf.failed; i++) {
        const ngx_http_logistics_set_t *set = &edi->sets[i];
        const lgs_err_t *err = find_error(ctx, i);

        if (set->interchange != (int)interchange || !set->is_advised) {
            continue;
        }
        lgs_advice_add(&buf, &(lgs_advice_set_t){
                                 .standard = standards[about->standard],
                                 .type = lgs_edi_ack_type(set->kept),
                                 .interchange = about->number,
                                 .group = lgs_edi_ack_group_number(set->kept),
                                 .control = lgs_edi_ack_number(set->kept),
                                 .code = err ? lgs_cstr(err->code) : LGS_STR("refused-by-odoo"),
                                 .detail = err ? err->text : LGS_STR("Odoo refused it")});
    }
    lgs_advice_end(&buf);
    return buf.failed ? LGS_STR("") : lgs_buf_text(&buf);
}

/* The first; NULL: there were too many to keep. */
static const lgs_err_t *find_error(const ngx_http_logistics_ctx_t *ctx, uint32_t set)
{
    for (const lgs_err_t *err = ctx->errs.first; err; err = err->next) {
        if (err->record == (int)set) {
            return err;
        }
    }
    return NULL;
}
