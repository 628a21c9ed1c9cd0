/*
 * What comes into the queue from outside: the header Idempotency-Key, and the gateway's answer to a
 * delivery. A key that is taken is printable and within its limit; every message has a verdict, and
 * what is left of it are records of its own.
 */
#include <stdlib.h>

#include "../../ngx_logistics_module/queue/message.h"
#include "../../ngx_logistics_module/queue/once.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(lgs_arena_t *arena, lgs_str_t value)
{
    const char *why = NULL;
    lgs_str_t key;

    if (lgs_once_read(arena, value, &key, &why) != LGS_OK) {
        return;
    }
    if (key.len == 0 || key.len > LGS_MAX_ONCE_KEY || key.len + 2 > value.len) {
        abort();
    }
    for (size_t i = 0; i < key.len; i++) {
        if (key.data[i] < 0x20 || key.data[i] > 0x7e) {
            abort();
        }
    }
}

static void check_answer(lgs_arena_t *arena, int status, lgs_str_t body)
{
    const lgs_str_t texts[] = {LGS_STR("m"), LGS_STR("t"), LGS_STR("1"), LGS_STR("body"),
                               LGS_STR("[1,\"2\"]")};
    lgs_claimed_t message;
    const lgs_claimed_t *messages[] = {&message};
    lgs_delivery_t out;
    lgs_errs_t errs;
    lgs_doc_t left = {.root = {.n = 0}}, whys;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_claimed_take(arena, texts, LGS_N(texts), &message, &errs) != LGS_OK) {
        abort();
    }
    (void)lgs_delivery_read(arena, status, body, messages, 1, &out);
    if (out.verdict > LGS_DELIVERY_ALONE) {
        abort();
    }
    if (out.left.len && (lgs_json_read(arena, out.left, NULL, &left, &errs) != LGS_OK ||
                         left.root.type != LGS_ARRAY || left.root.n > 2)) {
        abort();
    }
    if (out.whys.len && (lgs_json_read(arena, out.whys, NULL, &whys, &errs) != LGS_OK ||
                         whys.root.type != LGS_ARRAY || whys.root.n != left.root.n)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {0, 200, 422, 502, 503};
    lgs_arena_t *arena = lgs_arena_create(0, 64u << 20);
    lgs_str_t text = lgs_str((const char *)data, size);

    if (arena && size) {
        check_key(arena, text);
        check_answer(arena, statuses[data[0] % LGS_N(statuses)],
                     lgs_str(text.data + 1, text.len - 1));
    }
    lgs_arena_destroy(arena);
    return 0;
}
