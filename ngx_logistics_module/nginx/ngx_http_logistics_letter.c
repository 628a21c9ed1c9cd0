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
