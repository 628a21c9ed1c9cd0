/*
 * Cursors: where a page ended, so that the next one begins behind it whatever was added before
 * (keyset pagination; an offset would skip and repeat). Signed, not secret: what stands in one is
 * a row's id and the value it is ordered by. One that was made for another partner, read or set
 * of parameters has a wrong signature.
 *
 * base64url of: version, type of the key, id (8 bytes, big end first), key, 16 bytes of HMAC.
 */
#include "internal.h"

#include "../base/base64.h"
#include "../base/digest.h"

#define VERSION     1u
#define HEAD        10u /* bytes before the key */
#define SIGNATURE   16u
#define MAX_CURSOR  2048u /* bytes of one as sent */
#define MAX_ORDERED 1024u /* bytes of a key: a longer one orders nothing sensibly */

static bool sign(const lgs_query_plan_t *plan, lgs_str_t payload, uint8_t out[LGS_SHA256_LEN]);
static lgs_str_t write_args(const lgs_query_plan_t *plan);

lgs_str_t lgs_query_write_cursor(const lgs_query_plan_t *plan, const lgs_query_place_t *place)
{
    uint8_t signature[LGS_SHA256_LEN], bytes[HEAD];
    lgs_buf_t buf;

    lgs_buf_init(&buf, plan->arena, HEAD + place->key.len + SIGNATURE, 0);
    bytes[0] = VERSION;
    bytes[1] = (uint8_t)place->type;
    for (unsigned i = 0; i < 8; i++) {
        bytes[2 + i] = (uint8_t)((uint64_t)place->id >> (56 - 8 * i));
    }
    lgs_buf_add(&buf, (const char *)bytes, HEAD);
    lgs_buf_str(&buf, place->key);
    if (buf.failed || place->key.len > MAX_ORDERED || !sign(plan, lgs_buf_text(&buf), signature)) {
        return lgs_str(NULL, 0);
    }
    lgs_buf_add(&buf, (const char *)signature, SIGNATURE);
    return buf.failed ? lgs_str(NULL, 0)
                      : lgs_base64url_encode(plan->arena, (const uint8_t *)buf.data, buf.len);
}

bool lgs_query_read_cursor(const lgs_query_plan_t *plan, lgs_query_place_t *place)
{
    lgs_str_t cursor = plan->args->cursor;
    uint8_t signature[LGS_SHA256_LEN], *bytes;
    uint64_t id = 0;
    size_t len;

    if (cursor.len > MAX_CURSOR) {
        return false;
    }
    bytes = lgs_arena_alloc(plan->arena, cursor.len + 4);
    if (bytes == NULL || !lgs_base64url_decode(cursor, bytes, &len) || len < HEAD + SIGNATURE) {
        return false;
    }
    len -= SIGNATURE;
    if (!sign(plan, lgs_str((const char *)bytes, len), signature) ||
        !lgs_digest_equal(signature, bytes + len, SIGNATURE) || bytes[0] != VERSION) {
        return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        id = id << 8 | bytes[2 + i];
    }
    *place = (lgs_query_place_t){.is_set = true,
                                 .type = (lgs_type_t)bytes[1],
                                 .key = lgs_str((const char *)bytes + HEAD, len - HEAD),
                                 .id = (int64_t)id};
    return true;
}

/* The key is a secret that all nodes of a gateway share already: that of Odoo's user. */
static bool sign(const lgs_query_plan_t *plan, lgs_str_t payload, uint8_t out[LGS_SHA256_LEN])
{
    const lgs_str_t parts[] = {LGS_STR("lgs-cursor"), plan->query->name, plan->caller.partner,
                               write_args(plan), payload};

    return parts[3].data && lgs_hmac_sha256_parts(plan->target->key, parts, LGS_N(parts), out);
}

/* All but limit and cursor: a page may be of another size than the one before. */
static lgs_str_t write_args(const lgs_query_plan_t *plan)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, plan->arena, 64, 0);
    for (uint32_t i = 0; i < plan->query->n_params; i++) {
        const lgs_query_value_t *value = &plan->args->values[i];

        for (uint32_t k = 0; k < value->n; k++) {
            lgs_query_escape(&buf, value->values[k]);
            lgs_buf_byte(&buf, ',');
        }
        lgs_buf_byte(&buf, '&');
    }
    return lgs_buf_text(&buf);
}
