#include "../../../ngx_logistics_module/queue/order.h"
#include "../../../ngx_logistics_module/trace/record.h"
#include "../unit.h"

static lgs_arena_t *arena;

static lgs_rc_t keys_into(lgs_buf_t *buf, const char *partner, const char *kind, lgs_str_t json)
{
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(buf, arena, 0, 0);
    if (lgs_json_read(arena, json, NULL, &doc, &errs) != LGS_OK) {
        unit_show(&errs);
        return LGS_INVALID;
    }
    const lgs_order_kind_t of = {.record = lgs_cstr(kind)};

    return lgs_order_keys(buf, lgs_cstr(partner), &of, doc.root.u.items, doc.root.n,
                          sizeof(lgs_node_t));
}

static lgs_str_t keys_of(const char *partner, const char *kind, const char *json)
{
    lgs_buf_t buf;

    return keys_into(&buf, partner, kind, lgs_cstr(json)) == LGS_OK ? lgs_buf_text(&buf)
                                                                    : LGS_STR("none");
}

#define EVENT(refs)      "{\"id\":\"e1\",\"refs\":[" refs "]}"
#define REF(type, value) "{\"t\":\"" type "\",\"v\":\"" value "\"}"

static size_t n_keys(lgs_str_t keys)
{
    return (keys.len + 1) / (LGS_ORDER_KEY + 1);
}

TEST(keys_of_events)
{
    lgs_str_t one = keys_of("acme", "event", "[" EVENT(REF("tracking", "1Z")) "]");

    CHECK_INT(one.len, LGS_ORDER_KEY);
    CHECK(lgs_str_eq(one, keys_of("acme", "event", "[" EVENT(REF("shipment", "1Z")) "]")));
    CHECK(!lgs_str_eq(one, keys_of("dhl", "event", "[" EVENT(REF("tracking", "1Z")) "]")));
    CHECK(!lgs_str_eq(one, keys_of("acme", "event", "[" EVENT(REF("tracking", "2Z")) "]")));
    CHECK(
        lgs_str_eq(one, keys_of("acme", "event",
                                "[" EVENT(REF("tracking", "1Z") "," REF("customer", "C")) "," EVENT(
                                    REF("card", "1") "," REF("tracking", "1Z")) "]")));
    CHECK_INT(
        n_keys(keys_of("acme", "event", "[" EVENT(REF("tracking", "1Z") "," REF("bol", "7")) "]")),
        2);
}

TEST(vehicles_and_ids_stand_in)
{
    lgs_str_t van = keys_of("acme", "event", "[{\"id\":\"e1\",\"equipment\":[{\"vin\":\"W1\"}]}]");
    lgs_str_t id = keys_of("acme", "event", "[{\"id\":\"e1\"}]");

    CHECK(lgs_str_eq(van, keys_of("acme", "event", "[" EVENT(REF("vin", "W1")) "]")));
    CHECK(lgs_str_eq(keys_of("acme", "event", "[" EVENT(REF("tracking", "1Z")) "]"),
                     keys_of("acme", "event",
                             "[{\"id\":\"e2\",\"equipment\":[{\"vin\":\"W1\"}],\"refs\":[" REF(
                                 "tracking", "1Z") "]}]")));
    CHECK_INT(n_keys(id), 1);
    CHECK(!lgs_str_eq(id, van));
    CHECK(!lgs_str_eq(id, keys_of("acme", "event", "[{\"id\":\"e2\"}]")));
    CHECK_INT(n_keys(keys_of("acme", "order", "[{\"id\":\"o1\",\"number\":\"45\"}]")), 1);
}

/* As many as its trace tells apart, of each of a few records. */
TEST(records_full_of_numbers)
{
    lgs_buf_t json, keys;

    lgs_buf_init(&json, arena, 0, 0);
    for (uint32_t i = 0; i < 3 * LGS_MAX_BUSINESS_KEYS; i++) {
        lgs_buf_cstr(&json, i == 0                           ? "[{\"refs\":["
                            : i % LGS_MAX_BUSINESS_KEYS == 0 ? "]},{\"refs\":["
                                                             : ",");
        lgs_buf_printf(&json, "{\"t\":\"tracking\",\"v\":\"%u\"}", i);
    }
    lgs_buf_cstr(&json, "]}]");
    CHECK_INT(keys_into(&keys, "acme", "event", lgs_buf_text(&json)), LGS_OK);
    CHECK_INT(n_keys(lgs_buf_text(&keys)), 3 * LGS_MAX_BUSINESS_KEYS);
}

TEST(numbers_of_a_machine_are_keys)
{
    static const lgs_str_t kinds[] = {LGS_STR_INIT("vin"), LGS_STR_INIT("customer")};
    const lgs_order_kind_t of = {.record = LGS_STR("event"), .kept = kinds, .n_kept = 2};
    lgs_doc_t doc;
    lgs_buf_t buf;

    if (lgs_json_read(arena,
                      LGS_STR("[" EVENT(REF("tracking", "1Z") "," REF("vin", "W1") "," REF(
                          "customer", "C") "," REF("card", "1")) "]"),
                      NULL, &doc, NULL) != LGS_OK) {
        exit(1);
    }
    lgs_buf_init(&buf, arena, 0, 0);
    CHECK_INT(lgs_order_keys(&buf, LGS_STR("acme"), &of, doc.root.u.items, 1, sizeof(lgs_node_t)),
              LGS_OK);
    CHECK_INT(n_keys(lgs_buf_text(&buf)), 3);
}

TEST(a_message_has_4096_keys_at_most)
{
    lgs_buf_t json, keys;

    for (uint32_t n = LGS_MAX_ORDER_KEYS; n <= LGS_MAX_ORDER_KEYS + 1; n++) {
        lgs_buf_init(&json, arena, 0, 0);
        lgs_buf_byte(&json, '[');
        for (uint32_t i = 0; i < n; i++) {
            lgs_buf_printf(&json, "%s{\"id\":\"e%u\"}", i ? "," : "", i);
        }
        lgs_buf_byte(&json, ']');
        CHECK_INT(keys_into(&keys, "acme", "event", lgs_buf_text(&json)),
                  n == LGS_MAX_ORDER_KEYS ? LGS_OK : LGS_LIMIT);
        CHECK_INT(n_keys(lgs_buf_text(&keys)), LGS_MAX_ORDER_KEYS);
    }
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(keys_of_events);
    RUN(vehicles_and_ids_stand_in);
    RUN(records_full_of_numbers);
    RUN(numbers_of_a_machine_are_keys);
    RUN(a_message_has_4096_keys_at_most);
    lgs_arena_destroy(arena);
    return DONE();
}
