/*
 * Interchanges of ours that are no acknowledgements: answers to reads, and what is sent on to a
 * service. They are written on trial first and get their control number then, so that what cannot
 * be written uses none up. Numbers count in Redis, those of acknowledgements among them; without
 * Redis there is none, and nothing is sent.
 */
#include "ngx_http_logistics_edi.h"

static bool name_relation(const ngx_http_logistics_ctx_t *ctx, char key[LGS_SHA256_HEX]);

bool ngx_http_logistics_letter_open(ngx_http_logistics_ctx_t *ctx, lgs_edi_t standard)
{
    ngx_http_logistics_letter_t *letter = lgs_arena_zalloc(ctx->arena, sizeof(*letter));

    if (letter == NULL ||
        !lgs_policy_edi_letter(ctx->conf->policy, ctx->partner, standard, &letter->envelope)) {
        return false;
    }
    letter->standard = standard;
    letter->envelope.number = 1;
    letter->envelope.now = LGS_STR("2026-01-01T00:00:00Z"); /* the same for the same */
    ctx->letter = letter;
    return true;
}

ngx_int_t ngx_http_logistics_letter_number(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_letter_t *letter = ctx->letter;
    lgs_str_t args[2];
    char *key;
    ngx_int_t number;

    if (letter->is_numbered) {
        return NGX_OK;
    }
    if (!letter->asked) {
        key = lgs_arena_alloc(ctx->arena, LGS_SHA256_HEX);
        if (key == NULL || !name_relation(ctx, key)) {
            return NGX_ERROR;
        }
        letter->asked = 1;
        args[0] = lgs_str(key, LGS_SHA256_HEX);
        args[1] = LGS_STR("1");
        return ngx_http_logistics_edi_ask(r, ctx, "edi_numbers", args, 2);
    }
    if (!ctx->ask.answered) {
        return NGX_AGAIN; /* woken by something else than the reply */
    }
    number = ctx->ask.failed || ctx->ask.n == 0
                 ? NGX_ERROR
                 : ngx_atoi((u_char *)ctx->ask.texts[0].data, ctx->ask.texts[0].len);
    if (number <= 0) {
        return ngx_http_logistics_edi_away(ctx);
    }
    letter->envelope.number = (uint32_t)number;
    letter->envelope.now = ngx_http_logistics_received_at(ctx);
    letter->is_numbered = 1;
    return NGX_OK;
}

bool ngx_http_logistics_may_edi(const ngx_http_logistics_ctx_t *ctx)
{
    lgs_edi_letter_t letter;

    return lgs_policy_edi_letter(ctx->conf->policy, ctx->partner, LGS_EDI_X12, &letter);
}

ngx_int_t ngx_http_logistics_letter_say(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                        const lgs_mapping_t *mapping, lgs_str_t json,
                                        lgs_str_t *text)
{
    ngx_int_t rc;

    if (ctx->letter == NULL) {
        if (!ngx_http_logistics_letter_open(ctx, lgs_mapping_writes(mapping)->edi->standard)) {
            return NGX_ERROR; /* whether ids are agreed was asked before */
        }
        rc = ngx_http_logistics_letter_write(ctx, &ctx->letter->envelope, mapping, json, text);
        if (rc != NGX_OK || text->len == 0) {
            return rc;
        }
    }
    rc = ngx_http_logistics_letter_number(r, ctx);
    return rc == NGX_OK
               ? ngx_http_logistics_letter_write(ctx, &ctx->letter->envelope, mapping, json, text)
               : rc;
}

ngx_int_t ngx_http_logistics_letter_write(ngx_http_logistics_ctx_t *ctx,
                                          const lgs_edi_letter_t *envelope,
                                          const lgs_mapping_t *mapping, lgs_str_t json,
                                          lgs_str_t *text)
{
    const lgs_mapping_facts_t facts = {
        .partner = ctx->partner->name,
        .timezone = ctx->partner->timezone,
        .received_at = envelope->now,
        .format = LGS_STR("json"),
    };
    lgs_records_t made = {.n = 0};
    lgs_writer_t *writer;
    lgs_rc_t rc;
    lgs_doc_t doc;
    lgs_buf_t out;

    lgs_buf_init(&out, ctx->arena, 1024, 0);
    writer = lgs_writer_open(lgs_mapping_writes(mapping), &out, ctx->arena);
    if (writer == NULL) {
        return NGX_ERROR;
    }
    lgs_writer_send(writer, envelope);
    rc = lgs_json_read(ctx->arena, json, NULL, &doc, &ctx->errs);
    if (rc == LGS_OK) {
        rc = lgs_mapping_run(mapping, &doc, &facts, ctx->arena, &made, NULL, &ctx->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < made.n; i++) {
        rc = lgs_writer_write(writer, &doc, &made.items[i].node, ctx->arena, &ctx->errs);
    }
    if (rc != LGS_OK || lgs_writer_end(writer, &ctx->errs) != LGS_OK || out.failed) {
        return NGX_ERROR; /* the policies' fault: the log has the mapping's reason */
    }
    *text = out.len ? lgs_buf_text(&out) : LGS_STR("");
    return NGX_OK;
}

/* As acknowledgements of what comes the other way count. */
static bool name_relation(const ngx_http_logistics_ctx_t *ctx, char key[LGS_SHA256_HEX])
{
    const lgs_edi_letter_t *envelope = &ctx->letter->envelope;
    const lgs_edi_relation_t incoming = {
        .standard = ctx->letter->standard,
        .sender = envelope->receiver,
        .sender_qualifier = envelope->receiver_qualifier,
        .receiver = envelope->sender,
        .receiver_qualifier = envelope->sender_qualifier,
    };

    return ngx_http_logistics_relation(ctx, &incoming, key);
}
