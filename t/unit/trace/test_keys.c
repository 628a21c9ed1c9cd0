#include "../../../ngx_logistics_module/trace/keys.h"
#include "../../../ngx_logistics_module/formats/json.h"
#include "../unit.h"

static lgs_arena_t *arena;

/* "type=value" of each key, a blank between them, "+n" for those without room. */
static lgs_str_t keys_of(const char *kind, const char *json)
{
    lgs_trace_t trace = {.n_keys = 0};
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_buf_t buf;

    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(&buf, arena, 0, 0);
    if (lgs_json_read(arena, lgs_cstr(json), NULL, &doc, &errs) != LGS_OK) {
        unit_show(&errs);
        return LGS_STR("(not read)");
    }
    lgs_trace_collect(&trace, &doc.root, lgs_cstr(kind));
    for (uint32_t i = 0; i < trace.n_keys; i++) {
        lgs_buf_printf(&buf, "%s%.*s=%.*s", i ? " " : "", LGS_FMT(trace.keys[i].type),
                       LGS_FMT(trace.keys[i].value));
    }
    if (trace.n_more_keys) {
        lgs_buf_printf(&buf, " +%u", trace.n_more_keys);
    }
    return lgs_buf_text(&buf);
}

TEST(numbers_that_a_record_is_known_by)
{
    static const struct {
        const char *kind, *json, *want;
    } cases[] = {
        {"event",
         "{\"refs\":[{\"t\":\"tracking\",\"v\":\"1Z\"},{\"t\":\"pro\",\"v\":\"7\"},"
         "{\"t\":\"tracking\",\"v\":\"1Z\"}],\"equipment\":[{\"kind\":\"vehicle\",\"vin\":\"W1\"},"
         "{\"kind\":\"trailer\"}],\"number\":\"no field of an event\"}",
         "tracking=1Z pro=7 vin=W1"},
        {"order", "{\"number\":\"45\",\"refs\":[{\"t\":\"purchase_order\",\"v\":\"45\"}]}",
         "purchase_order=45 order=45"},
        {"asn",
         "{\"number\":\"D1\",\"orders\":[{\"number\":\"45\"},{\"number\":\"46\"}],\"units\":["
         "{\"sscc\":\"340\",\"tracking\":\"1Z\"},{\"sscc\":\"341\"}]}",
         "asn=D1 order=45 order=46 tracking=1Z sscc=340 sscc=341"},
        {"receipt", "{\"number\":\"R1\",\"against\":{\"order\":\"45\",\"asn\":\"D1\"}}",
         "receipt=R1 order=45 asn=D1"},
        {"invoice", "{\"number\":\"C1\",\"credit_of\":\"I1\"}", "invoice=C1 invoice=I1"},
        {"return", "{\"number\":\"RMA-1\",\"order\":\"S7\"}", "return=RMA-1 order=S7"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(keys_of(cases[i].kind, cases[i].json), cases[i].want);
    }
}

/* They are collected before a record is known to be one. */
TEST(what_is_no_record)
{
    static const char *const cases[] = {
        "null",
        "[]",
        "[1]",
        "\"x\"",
        "{}",
        "{\"refs\":1,\"equipment\":\"x\",\"number\":{}}",
        "{\"refs\":[null,[],{\"t\":1},{\"v\":\"x\"},{\"t\":\"x\",\"v\":\"\"}],\"orders\":[[{}]]}",
        "{\"against\":[],\"units\":{\"sscc\":[]}}",
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(keys_of("asn", cases[i]), "");
    }
}

TEST(only_so_many)
{
    lgs_buf_t buf;
    lgs_str_t got;

    for (unsigned n = LGS_MAX_BUSINESS_KEYS; n <= LGS_MAX_BUSINESS_KEYS + 1; n++) {
        lgs_buf_init(&buf, arena, 0, 0);
        lgs_buf_cstr(&buf, "{\"refs\":[{\"t\":\"a23456789012345678901234567890123\",\"v\":\"x\"}");
        for (unsigned i = 0; i < n; i++) {
            lgs_buf_printf(&buf, ",{\"t\":\"a2345678901234567890123456789012\",\"v\":\"%u\"}", i);
        }
        lgs_buf_cstr(&buf, "]}");
        lgs_buf_byte(&buf, '\0');
        got = keys_of("event", buf.data);
        CHECK(lgs_str_starts(got, LGS_STR("a2345678901234567890123456789012=0 ")));
        CHECK(memcmp(got.data + got.len - 3, n == LGS_MAX_BUSINESS_KEYS ? " +1" : " +2", 3) == 0);
    }
}

TEST(a_slip_of_the_pen_is_known_as_one)
{
    CHECK_STR(lgs_trace_key_meant(LGS_STR("trackng")), "tracking");
    CHECK_STR(lgs_trace_key_meant(LGS_STR("purchaseorder")), "purchase_order");
    CHECK_STR(lgs_trace_key_meant(LGS_STR("vni")), "vin");
    CHECK_STR(lgs_trace_key_meant(LGS_STR("tracking")), "");
    CHECK_STR(lgs_trace_key_meant(LGS_STR("bol")), "");
    CHECK_STR(lgs_trace_key_meant(LGS_STR("own_kind")), "");
    CHECK_STR(lgs_trace_key_meant(LGS_STR("x")), "");
    CHECK_STR(lgs_trace_key_meant(LGS_STR("")), "");
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(numbers_that_a_record_is_known_by);
    RUN(what_is_no_record);
    RUN(only_so_many);
    RUN(a_slip_of_the_pen_is_known_as_one);
    lgs_arena_destroy(arena);
    return DONE();
}
