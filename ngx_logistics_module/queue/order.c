/*
 * Order keys (order.h): hashes of the partner and a number. The number's type is left out, since
 * what one system calls a tracking number another calls a shipment; a clash of two things only
 * makes them wait for each other.
 */
#include "order.h"

#include "../base/digest.h"
#include "../trace/keys.h"

/* Numbers that many things share which have nothing to do with each other. */
static const char *const shared[] = {
    "customer", "partner", "contract",  "project",         "tag",
    "card",     "fault",   "defect",    "buyer_reference", "account",
    "driver",   "tour",    "reference", "visit",           "fedex_unique"};

/* A truck carries many shipments: it is the key only of what is about nothing else. */
static const char *const vehicles[] = {"vin", "plate", "vehicle", "trailer"};

typedef struct {
    lgs_buf_t *buf;
    lgs_str_t partner;
    char (*seen)[LGS_ORDER_KEY]; /* a hash table of those written, by their first digits */
    uint32_t n, n_slots;         /* a power of two; half of them stay empty */
} keys_t;

#define MAX_SLOTS (LGS_MAX_ORDER_KEYS * 2)

static bool is_one_of(lgs_str_t type, const char *const *words, size_t n);
static lgs_rc_t add_record(keys_t *keys, const lgs_order_kind_t *kind, const lgs_node_t *record);
static bool is_own(const lgs_order_kind_t *kind, lgs_str_t type);
static lgs_rc_t add(keys_t *keys, lgs_str_t value);
static uint32_t slots_for(uint32_t n_records);
static uint32_t slot_of(const char *hex);

lgs_rc_t lgs_order_keys(lgs_buf_t *buf, lgs_str_t partner, const lgs_order_kind_t *kind,
                        const lgs_node_t *records, uint32_t n, size_t stride)
{
    keys_t keys = {.buf = buf, .partner = partner, .n_slots = slots_for(n)};
    const char *at = (const char *)records;
    lgs_rc_t rc = LGS_OK;

    keys.seen = lgs_arena_array(buf->arena, keys.n_slots, sizeof(*keys.seen));
    if (keys.seen == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        rc = add_record(&keys, kind, (const lgs_node_t *)(at + i * stride));
    }
    return rc == LGS_OK && buf->failed ? LGS_NOMEM : rc;
}

/* Most requests bring one record: to clear the largest table was a tenth of their time. */
static uint32_t slots_for(uint32_t n_records)
{
    uint64_t most = 2 * (uint64_t)n_records * (LGS_MAX_BUSINESS_KEYS + 1);
    uint32_t n = 1;

    while (n < most && n < MAX_SLOTS) {
        n *= 2;
    }
    return n;
}

static lgs_rc_t add_record(keys_t *keys, const lgs_order_kind_t *kind, const lgs_node_t *record)
{
    lgs_trace_t trace = {.n_keys = 0};
    uint32_t before = keys->n, n_own = 0;
    lgs_rc_t rc = LGS_OK;

    lgs_trace_collect(&trace, record, kind->record);
    for (uint32_t i = 0; rc == LGS_OK && i < trace.n_keys; i++) {
        if (is_own(kind, trace.keys[i].type)) {
            rc = add(keys, trace.keys[i].value);
            n_own++;
        }
    }
    for (uint32_t i = 0; rc == LGS_OK && n_own == 0 && i < trace.n_keys; i++) {
        if (is_one_of(trace.keys[i].type, vehicles, LGS_N(vehicles))) {
            rc = add(keys, trace.keys[i].value);
        }
    }
    if (rc == LGS_OK && n_own == 0 && keys->n == before) {
        rc = add(keys, lgs_node_text(lgs_node_at(record, "id")));
    }
    return rc;
}

static bool is_own(const lgs_order_kind_t *kind, lgs_str_t type)
{
    for (uint32_t i = 0; i < kind->n_kept; i++) {
        if (lgs_str_eq(kind->kept[i], type)) {
            return true;
        }
    }
    return !is_one_of(type, shared, LGS_N(shared)) && !is_one_of(type, vehicles, LGS_N(vehicles));
}

static bool is_one_of(lgs_str_t type, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lgs_str_is(type, words[i])) {
            return true;
        }
    }
    return false;
}

static lgs_rc_t add(keys_t *keys, lgs_str_t value)
{
    const lgs_str_t parts[] = {keys->partner, value};
    uint8_t digest[LGS_SHA256_LEN];
    char hex[LGS_ORDER_KEY];
    uint32_t slot;

    if (!lgs_sha256_parts(parts, LGS_N(parts), digest)) {
        return LGS_NOMEM;
    }
    lgs_hex(digest, LGS_ORDER_KEY / 2, hex);
    slot = slot_of(hex) % keys->n_slots;
    for (; keys->seen[slot][0]; slot = (slot + 1) % keys->n_slots) {
        if (memcmp(keys->seen[slot], hex, LGS_ORDER_KEY) == 0) {
            return LGS_OK;
        }
    }
    if (keys->n == LGS_MAX_ORDER_KEYS) {
        return LGS_LIMIT;
    }
    memcpy(keys->seen[slot], hex, LGS_ORDER_KEY);
    lgs_buf_cstr(keys->buf, keys->n++ ? " " : "");
    lgs_buf_add(keys->buf, hex, LGS_ORDER_KEY);
    return LGS_OK;
}

static uint32_t slot_of(const char *hex)
{
    uint32_t hash = 0;

    for (unsigned i = 0; i < 8; i++) {
        hash = hash << 4 | (uint32_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    }
    return hash;
}
