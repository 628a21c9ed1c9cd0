#include "../../../ngx_logistics_module/trace/record.h"
#include "../../../ngx_logistics_module/formats/json.h"
#include "../unit.h"

static lgs_arena_t *arena;

static lgs_str_t written(const lgs_trace_t *trace)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_trace_write(&buf, trace);
    return lgs_buf_text(&buf);
}

static lgs_trace_t full_trace(void)
{
    lgs_trace_t trace = {
        .correlation_id = LGS_STR("abc-1"),
        .traceparent = LGS_STR("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        .partner = LGS_STR("acme-express"),
        .route = LGS_STR("tracking-events"),
        .method = LGS_STR("POST"),
        .revision = LGS_STR("9f8e7d"),
        .client_ip = LGS_STR("127.0.0.1"),
        .problem = LGS_STR("schema-invalid"),
        .detail = LGS_STR("\"weight\" is \"12,5\""),
        .received_ms = 1572734880007,
        .status = 422,
        .request_bytes = 2048,
        .response_bytes = 300,
        .records = 1,
        .warnings = 2,
        .odoo_calls = 3,
        .total_us = 812,
        .odoo_us = 700,
        .keys = {{LGS_STR("tracking"), LGS_STR("1Z\"999")}, {LGS_STR("order"), LGS_STR("SO1")}},
        .n_keys = 2,
        .n_more_keys = 1,
        .outcomes = LGS_STR("[{\"record\":0}]"),
    };

    trace.verdicts[LGS_STAGE_CORRELATE] = LGS_VERDICT_PASS;
    trace.stage_us[LGS_STAGE_CORRELATE] = 1;
    trace.verdicts[LGS_STAGE_VALIDATE] = LGS_VERDICT_REFUSE;
    trace.stage_us[LGS_STAGE_VALIDATE] = 4294967295u;
    trace.verdicts[LGS_STAGE_ORDER] = LGS_VERDICT_OFF;
    return trace;
}

TEST(members_stand_in_their_order)
{
    lgs_trace_t trace = full_trace();

    CHECK_STR(written(&trace),
              "{\"id\":\"abc-1\",\"at\":\"2019-11-02T22:48:00.007Z\",\"partner\":\"acme-express\","
              "\"route\":\"tracking-events\",\"method\":\"POST\",\"status\":422,"
              "\"problem\":\"schema-invalid\",\"detail\":\"\\\"weight\\\" is \\\"12,5\\\"\","
              "\"revision\":\"9f8e7d\","
              "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\","
              "\"client_ip\":\"127.0.0.1\",\"request_bytes\":2048,\"response_bytes\":300,"
              "\"records\":1,\"refused\":0,\"warnings\":2,\"odoo_calls\":3,\"total_us\":812,\"odoo_"
              "us\":700,"
              "\"stages\":{\"correlate\":[\"pass\",1],\"validate\":[\"refuse\",4294967295],"
              "\"order\":[\"off\",0]},\"keys\":[{\"type\":\"tracking\",\"value\":\"1Z\\\"999\"},"
              "{\"type\":\"order\",\"value\":\"SO1\"}],\"more_keys\":1,"
              "\"outcomes\":[{\"record\":0}]}");
}

TEST(empty_members_are_left_out)
{
    lgs_trace_t trace = {.correlation_id = LGS_STR("x"), .received_ms = -1};

    CHECK_STR(written(&trace),
              "{\"id\":\"x\",\"at\":\"1969-12-31T23:59:59.999Z\",\"status\":0,"
              "\"request_bytes\":0,\"response_bytes\":0,\"records\":0,"
              "\"refused\":0,\"warnings\":0,\"odoo_calls\":0,\"total_us\":0,\"odoo_us\":0,"
              "\"stages\":{}}");
}

/* Whatever the texts hold, the gateway's own reader takes it. */
TEST(it_is_json_with_hostile_texts)
{
    lgs_trace_t trace = full_trace();
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 2);
    trace.detail = lgs_str("\0\xff\x80\"\\\n\x7f", 7);
    trace.keys[0].value = trace.detail;
    CHECK(lgs_json_read(arena, written(&trace), NULL, &doc, &errs) == LGS_OK);
    unit_show(&errs);
}

/* A worker hands in late what another was told of meanwhile. */
TEST(records_are_put_in_the_order_of_their_times)
{
    lgs_trace_t trace = {.correlation_id = LGS_STR("x")};
    static const int64_t times[] = {1763740800181, 1763740800180, 1763740801000, 1763740800180};
    static const uint32_t want[] = {1, 3, 0, 2};
    lgs_str_t records[LGS_N(times) + 4], made[LGS_N(times)];
    size_t n = 0;

    lgs_trace_sort(records, 0);
    for (size_t i = 0; i < LGS_N(times); i++) {
        trace.received_ms = times[i];
        trace.status = (uint32_t)i; /* what is of the same time stays as it came */
        records[n++] = made[i] = written(&trace);
        /* what is no record of ours, and one that is cut anywhere, are behind them */
        records[n++] = i == 0   ? LGS_STR("")
                       : i == 1 ? LGS_STR("{\"id\":\"")
                       : i == 2 ? lgs_str(made[0].data, 38)
                                : LGS_STR("{\"id\":\"x\",\"on\":\"2025-11-21T16:00:00.180Z\"}");
    }
    lgs_trace_sort(records, n);
    for (size_t i = 0; i < LGS_N(times); i++) {
        CHECK(records[i].data == made[want[i]].data);
    }
    CHECK_STR(records[LGS_N(times)], "");
}

TEST(keys_are_limited_in_number)
{
    lgs_trace_t trace = {.correlation_id = LGS_STR("x")};
    lgs_doc_t doc;
    const lgs_node_t *keys;
    int64_t more = 0;

    for (unsigned i = 0; i < LGS_MAX_BUSINESS_KEYS; i++) {
        trace.keys[i] = (lgs_business_key_t){LGS_STR("order"), LGS_STR("SO1")};
    }
    trace.n_keys = LGS_MAX_BUSINESS_KEYS + 5; /* a caller's mistake must not read past the array */
    trace.n_more_keys = 2;
    CHECK(lgs_json_read(arena, written(&trace), NULL, &doc, NULL) == LGS_OK);
    keys = lgs_node_at(&doc.root, "keys");
    CHECK(keys && keys->n == LGS_MAX_BUSINESS_KEYS);
    CHECK(lgs_node_int(lgs_node_at(&doc.root, "more_keys"), &more) && more == 7);
}

TEST(long_values_are_cut_between_characters)
{
    char text[LGS_MAX_BUSINESS_VALUE + 2];
    lgs_trace_t trace = {.correlation_id = LGS_STR("x"), .n_keys = 1};
    lgs_doc_t doc;
    const lgs_node_t *value;

    memset(text, 'a', sizeof(text));
    memcpy(text + LGS_MAX_BUSINESS_VALUE - 1, "\xc3\xbc", 2); /* ü across the limit */
    trace.keys[0] = (lgs_business_key_t){LGS_STR("order"), lgs_str(text, sizeof(text))};
    CHECK(lgs_json_read(arena, written(&trace), NULL, &doc, NULL) == LGS_OK);
    value = lgs_node_pointer(&doc.root, LGS_STR("/keys/0/value"));
    CHECK(value && value->n == LGS_MAX_BUSINESS_VALUE - 1);
    trace.keys[0].value = lgs_str(text, LGS_MAX_BUSINESS_VALUE + 1);
    CHECK(lgs_json_read(arena, written(&trace), NULL, &doc, NULL) == LGS_OK);
    value = lgs_node_pointer(&doc.root, LGS_STR("/keys/0/value"));
    CHECK(value && value->n == LGS_MAX_BUSINESS_VALUE - 1);
    memset(text, 'a', sizeof(text));
    trace.keys[0].value = lgs_str(text, LGS_MAX_BUSINESS_VALUE);
    CHECK(lgs_json_read(arena, written(&trace), NULL, &doc, NULL) == LGS_OK);
    value = lgs_node_pointer(&doc.root, LGS_STR("/keys/0/value"));
    CHECK(value && value->n == LGS_MAX_BUSINESS_VALUE);
}

TEST(no_memory_marks_the_buffer)
{
    lgs_trace_t trace = full_trace();
    size_t whole = written(&trace).len;

    /* room for the largest numbers is asked for in front, so a little more than is written */
    for (size_t ceiling = 1; ceiling <= whole + 1024; ceiling++) {
        lgs_buf_t buf;

        lgs_buf_init(&buf, arena, 0, ceiling);
        lgs_trace_write(&buf, &trace);
        CHECK(buf.failed || ceiling >= whole);
        CHECK(!buf.failed || ceiling < whole + 1024);
        CHECK_INT(lgs_buf_text(&buf).len, buf.failed ? 0 : whole);
    }
}

TEST(the_largest_numbers_have_room)
{
    lgs_trace_t trace = {.correlation_id = LGS_STR("x"), .received_ms = INT64_MAX};
    lgs_buf_t buf;

    trace.request_bytes = trace.response_bytes = trace.records = trace.refused = trace.warnings =
        UINT32_MAX;
    trace.odoo_calls = trace.total_us = trace.odoo_us = trace.status = UINT32_MAX;
    trace.n_more_keys = UINT32_MAX;
    for (unsigned i = 0; i < LGS_N_STAGES; i++) {
        trace.verdicts[i] = LGS_VERDICT_REPORT;
        trace.stage_us[i] = UINT32_MAX;
    }
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_trace_write(&buf, &trace);
    CHECK(!buf.failed && buf.len <= buf.size);
    CHECK_INT(lgs_buf_text(&buf).len, 695);
    trace.verdicts[0] = 255; /* a wild one is left out */
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_trace_write(&buf, &trace);
    CHECK(strstr(lgs_arena_str(arena, lgs_buf_text(&buf)).data, "correlate") == NULL);
}

TEST(stages_and_verdicts_have_names)
{
    for (unsigned i = 0; i < LGS_N_STAGES; i++) {
        lgs_stage_t stage = LGS_N_STAGES;

        CHECK(lgs_stage_by_name(lgs_cstr(lgs_stage_name((lgs_stage_t)i)), &stage) && stage == i);
    }
    lgs_stage_t stage;
    CHECK(!lgs_stage_by_name(LGS_STR("Limit"), &stage) && !lgs_stage_by_name(LGS_STR(""), &stage));
    CHECK(strcmp(lgs_stage_name(LGS_N_STAGES), "unknown") == 0);
    CHECK(strcmp(lgs_verdict_name(LGS_VERDICT_REPORT), "report") == 0);
    CHECK(strcmp(lgs_verdict_name(LGS_N_VERDICTS), "unknown") == 0);
}

static lgs_str_t business_key(const char *partner, const char *type, lgs_str_t value)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_business_key(&buf, lgs_cstr(partner), (lgs_business_key_t){lgs_cstr(type), value});
    return lgs_buf_text(&buf);
}

/* What lies in Redis outlives a release: these may never change. */
TEST(keys_in_redis_are_fixed)
{
    char longest[LGS_MAX_BUSINESS_VALUE + 1];
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_trace_key(&buf, LGS_STR("acme-express"), LGS_STR("abc-1"));
    CHECK_STR(lgs_buf_text(&buf), "lgs:{L41}:t:acme-express:abc-1");
    CHECK_STR(business_key("acme-express", "tracking", LGS_STR("1Z999")),
              "lgs:{L41}:k:acme-express:tracking:1Z999");
    CHECK_STR(business_key("", "tracking", LGS_STR("1Z999")), "lgs:{L10}:k:-:tracking:1Z999");
    CHECK_INT(lgs_lane(LGS_STR("")), lgs_lane(LGS_STR("-")));
    memset(longest, 'a', sizeof(longest));
    CHECK_INT(business_key("p", "t", lgs_str(longest, LGS_MAX_BUSINESS_VALUE)).len,
              strlen("lgs:{L00}:k:p:t:") + LGS_MAX_BUSINESS_VALUE);
    lgs_str_t hashed = business_key("p", "t", lgs_str(longest, LGS_MAX_BUSINESS_VALUE + 1));
    CHECK_INT(hashed.len, strlen("lgs:{L00}:k:p:t:sha256:") + 64);
    CHECK(memcmp(hashed.data + strlen("lgs:{L00}:k:p:t:"), "sha256:c12cb024", 15) == 0);
}

TEST(lanes_are_filled_evenly)
{
    unsigned n[LGS_N_LANES] = {0}, low = 10000, high = 0;

    for (unsigned i = 0; i < 10000; i++) {
        char name[32];

        snprintf(name, sizeof(name), "partner-%05u", i);
        n[lgs_lane(lgs_cstr(name))]++;
    }
    for (unsigned i = 0; i < LGS_N_LANES; i++) {
        low = n[i] < low ? n[i] : low;
        high = n[i] > high ? n[i] : high;
    }
    CHECK(low > 100 && high < 220); /* 156 expected */
}

TEST(correlation_ids)
{
    char longest[LGS_MAX_CORRELATION + 1];
    unsigned n = 0;

    memset(longest, 'x', sizeof(longest));
    CHECK(lgs_is_correlation_id(lgs_str(longest, LGS_MAX_CORRELATION)));
    CHECK(!lgs_is_correlation_id(lgs_str(longest, LGS_MAX_CORRELATION + 1)));
    CHECK(lgs_is_correlation_id(LGS_STR("A.b_c-9")));
    CHECK(!lgs_is_correlation_id(LGS_STR("")));
    for (unsigned byte = 0; byte < 256; byte++) {
        char c = (char)byte;

        n += lgs_is_correlation_id(lgs_str(&c, 1));
    }
    CHECK_INT(n, 26 + 26 + 10 + 3);
}

/* RFC 9562 appendix A.6 */
TEST(uuid7_of_the_rfc)
{
    static const uint8_t random[10] = {0xfc, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    char text[36];

    lgs_uuid7(0x017F22E279B0, random, text);
    CHECK_STR(lgs_str(text, 36), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    CHECK(lgs_is_correlation_id(lgs_str(text, 36)));
}

static lgs_str_t continued(const char *parent)
{
    static char out[56];
    static uint8_t random[24];

    for (unsigned i = 0; i < 24; i++) {
        random[i] = (uint8_t)(0xa0 + i);
    }
    lgs_traceparent(lgs_cstr(parent), random, out);
    return lgs_str(out, 55);
}

TEST(traceparents_are_continued)
{
    static const char fresh[] = "00-a0a1a2a3a4a5a6a7a8a9aaabacadaeaf-b0b1b2b3b4b5b6b7-01";
    static const char id[] = "4bf92f3577b34da6a3ce929d0e0e4736";
    static const char *const malformed[] = {
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0G-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
    };
    static const struct {
        const char *parent;
        bool is_sampled;
    } good[] = {
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0b", true},
        {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
        {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what.comes", true},
    };

    for (size_t i = 0; i < LGS_N(malformed); i++) {
        CHECK_STR(continued(malformed[i]), fresh);
    }
    for (size_t i = 0; i < LGS_N(good); i++) {
        lgs_str_t want = lgs_arena_printf(arena, "00-%s-b0b1b2b3b4b5b6b7-0%d", id,
                                          good[i].is_sampled);

        CHECK_STR(continued(good[i].parent), want.data);
    }
}

TEST(ids_of_zeros_are_never_made)
{
    static const uint8_t random[24] = {0};
    char out[55];

    lgs_traceparent(LGS_STR(""), random, out);
    CHECK_STR(lgs_str(out, 55), "00-00000000000000000000000000000001-0000000000000001-01");
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(members_stand_in_their_order);
    RUN(empty_members_are_left_out);
    RUN(it_is_json_with_hostile_texts);
    RUN(records_are_put_in_the_order_of_their_times);
    RUN(keys_are_limited_in_number);
    RUN(long_values_are_cut_between_characters);
    RUN(no_memory_marks_the_buffer);
    RUN(the_largest_numbers_have_room);
    RUN(stages_and_verdicts_have_names);
    RUN(keys_in_redis_are_fixed);
    RUN(lanes_are_filled_evenly);
    RUN(correlation_ids);
    RUN(uuid7_of_the_rfc);
    RUN(traceparents_are_continued);
    RUN(ids_of_zeros_are_never_made);
    lgs_arena_destroy(arena);
    return DONE();
}
