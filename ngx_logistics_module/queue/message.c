/* What the queue's scripts take and give (message.h). */
#include "message.h"

#include <stdio.h>

static void number(char out[24], uint64_t value);

uint32_t lgs_message_args(lgs_message_t *message, lgs_str_t args[LGS_ACCEPT_ARGS])
{
    number(message->keep, message->once_keep_ms);
    number(message->most, message->most_open);
    number(message->bytes, message->records.len + message->source.len);

    const lgs_str_t first[LGS_ACCEPT_FIRST] = {message->id,
                                               message->once_name,
                                               message->print,
                                               lgs_cstr(message->keep),
                                               lgs_cstr(message->most),
                                               message->class,
                                               message->order_keys,
                                               message->partner,
                                               lgs_cstr(message->bytes),
                                               message->answer};
    const struct {
        const char *name;
        lgs_str_t value;
    } fields[LGS_ACCEPT_FIELDS] = {
        {"route", message->route},       {"correlation", message->correlation},
        {"revision", message->revision}, {"body", message->records},
        {"source", message->source},     {"media", message->media},
        {"notify", message->notify},     {"callback", message->callback},
    };
    uint32_t n = LGS_ACCEPT_FIRST;

    memcpy(args, first, sizeof(first));
    for (size_t i = 0; i < LGS_N(fields); i++) {
        if (fields[i].value.len) {
            args[n++] = lgs_cstr(fields[i].name);
            args[n++] = fields[i].value;
        }
    }
    return n;
}

static void number(char out[24], uint64_t value)
{
    snprintf(out, 24, "%llu", (unsigned long long)value);
}

lgs_rc_t lgs_claimed_take(lgs_arena_t *arena, const lgs_str_t *texts, size_t n,
                          lgs_claimed_t *claimed, lgs_errs_t *errs)
{
    lgs_str_t due = {NULL, 0}, lost = {NULL, 0};
    const struct {
        const char *name;
        lgs_str_t *to;
    } fields[] = {
        {"partner", &claimed->partner},
        {"route", &claimed->route},
        {"class", &claimed->class},
        {"correlation", &claimed->correlation},
        {"body", &claimed->body},
        {"outcome", &claimed->outcome},
        {"due", &due},
        {"damaged", &lost},
    };
    lgs_doc_t doc;
    lgs_rc_t rc;

    *claimed = (lgs_claimed_t){.attempts = 0};
    if (n < 3 || n % 2 == 0) {
        lgs_errs_add(errs, "queue-message", (lgs_pos_t){0}, "a claimed message has %zu texts", n);
        return LGS_INVALID;
    }
    claimed->id = texts[0];
    claimed->token = texts[1];
    for (size_t i = 0; i < texts[2].len && i < 9; i++) {
        claimed->attempts = claimed->attempts * 10 + (uint32_t)(texts[2].data[i] - '0');
    }
    for (size_t i = 3; i < n; i += 2) {
        for (size_t k = 0; k < LGS_N(fields); k++) {
            if (lgs_str_is(texts[i], fields[k].name)) {
                *fields[k].to = texts[i + 1];
            }
        }
    }
    if (lost.len) {
        lgs_errs_add(errs, "queue-message", (lgs_pos_t){0}, "its \"%.*s\" is gone from Redis",
                     LGS_FMT(lost));
        return LGS_INVALID;
    }
    claimed->is_due = due.len > 0;
    if (claimed->outcome.len >= 2) { /* written by us: a JSON array */
        claimed->outcome = lgs_str(claimed->outcome.data + 1, claimed->outcome.len - 2);
    }
    rc = lgs_json_read(arena, claimed->body, NULL, &doc, errs);
    if (rc == LGS_OK && (doc.root.type != LGS_ARRAY || doc.root.n == 0)) {
        lgs_errs_add(errs, "queue-message", (lgs_pos_t){0}, "message %.*s has no records",
                     LGS_FMT(claimed->id));
        rc = LGS_INVALID;
    }
    if (rc == LGS_OK) {
        claimed->records = doc.root;
    }
    return rc;
}
