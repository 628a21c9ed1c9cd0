#include "../../../ngx_logistics_module/queue/message.h"
#include "../../../ngx_logistics_module/queue/script.h"
#include "../unit.h"

static lgs_arena_t *arena;

static lgs_claimed_t claimed(const char *id, const char *body, const char *outcome)
{
    const lgs_str_t texts[] = {lgs_cstr(id),           LGS_STR("r1:2"),  LGS_STR("12"),
                               LGS_STR("partner"),     LGS_STR("acme"),  LGS_STR("route"),
                               LGS_STR("events"),      LGS_STR("class"), LGS_STR("bulk"),
                               LGS_STR("correlation"), LGS_STR("c-1"),   LGS_STR("at"),
                               LGS_STR("1"),           LGS_STR("body"),  lgs_cstr(body),
                               LGS_STR("outcome"),     lgs_cstr(outcome)};
    lgs_claimed_t message;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_claimed_take(arena, texts, LGS_N(texts), &message, &errs) != LGS_OK) {
        unit_show(&errs);
        message.records.n = 0;
    }
    return message;
}

TEST(arguments_of_accept)
{
    lgs_message_t message = {.id = LGS_STR("m1"),
                             .once_keep_ms = 60000,
                             .most_open = 9,
                             .records = LGS_STR("[{}]"),
                             .source = LGS_STR("12345"),
                             .partner = LGS_STR("acme")};
    lgs_str_t args[LGS_ACCEPT_ARGS];

    /* records and source, and no field that is empty */
    CHECK_INT(lgs_message_args(&message, args), LGS_ACCEPT_FIRST + 4);
    CHECK_STR(args[0], "m1");
    CHECK_STR(args[3], "60000");
    CHECK_STR(args[4], "9");
    CHECK_STR(args[7], "acme");
    CHECK_STR(args[8], "9"); /* bytes of both */
    CHECK_STR(args[LGS_ACCEPT_FIRST], "body");
    CHECK_STR(args[LGS_ACCEPT_FIRST + 1], "[{}]");
    CHECK_STR(args[LGS_ACCEPT_FIRST + 2], "source");
    message.route = message.correlation = message.revision = message.media = message.notify =
        message.callback = LGS_STR("x");
    CHECK_INT(lgs_message_args(&message, args), LGS_ACCEPT_ARGS);
}

TEST(what_claim_says)
{
    lgs_claimed_t message = claimed("m1", "[{\"id\":\"e1\"}]", "[{\"id\":\"e0\"}]");
    const lgs_str_t few[] = {LGS_STR("m1"), LGS_STR("t"), LGS_STR("1"), LGS_STR("body"),
                             LGS_STR("{}")};
    lgs_errs_t errs;

    CHECK_STR(message.id, "m1");
    CHECK_STR(message.token, "r1:2");
    CHECK_INT(message.attempts, 12);
    CHECK_STR(message.partner, "acme");
    CHECK_STR(message.outcome, "{\"id\":\"e0\"}");
    CHECK_INT(message.records.n, 1);
    lgs_errs_init(&errs, arena, 9);
    CHECK_INT(lgs_claimed_take(arena, few, 2, &message, &errs), LGS_INVALID);
    CHECK_INT(lgs_claimed_take(arena, few, 4, &message, &errs), LGS_INVALID);
    CHECK_INT(lgs_claimed_take(arena, few, 3, &message, &errs), LGS_INVALID);
    CHECK_INT(lgs_claimed_take(arena, few, 5, &message, &errs), LGS_INVALID);
    CHECK_STR(message.id, "m1");
    CHECK_INT(errs.n, 4);
}

TEST(a_message_that_lost_fields)
{
    const lgs_str_t texts[] = {LGS_STR("m1"),         LGS_STR("r1:2"), LGS_STR("1"),
                               LGS_STR("body"),       LGS_STR("[1]"),  LGS_STR("damaged"),
                               LGS_STR("bytes class")};
    lgs_claimed_t message;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 1);
    CHECK_INT(lgs_claimed_take(arena, texts, LGS_N(texts), &message, &errs), LGS_INVALID);
    CHECK_STR(message.id, "m1");
    CHECK_STR(message.token, "r1:2");
    CHECK_STR(errs.first->text, "its \"bytes class\" is gone from Redis");
}

TEST(the_request)
{
    lgs_claimed_t a = claimed("m1", "[{\"id\":\"e1\"}]", ""), b = claimed("m2", "[1,2]", "");
    const lgs_claimed_t *both[] = {&a, &b};
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_delivery_write(&buf, both, 2);
    CHECK_STR(lgs_buf_text(&buf),
              "{\"route\":\"events\",\"messages\":["
              "{\"id\":\"m1\",\"partner\":\"acme\",\"correlation\":\"c-1\",\"records\":[{\"id\":"
              "\"e1\"}]},"
              "{\"id\":\"m2\",\"partner\":\"acme\",\"correlation\":\"c-1\",\"records\":[1,2]}]}");
    lgs_buf_init(&buf, arena, 0, 0);
    b.is_due = true;
    lgs_delivery_write(&buf, &both[1], 1);
    CHECK_STR(lgs_buf_text(&buf),
              "{\"route\":\"events\",\"messages\":[{\"id\":\"m2\",\"partner\":\"acme\","
              "\"correlation\":\"c-1\",\"due\":true,\"records\":[1,2]}]}");
}

static const char words[] = "drap1"; /* done, refused, again, parked, alone */

TEST(answers)
{
    static const struct {
        int status;
        const char *body;
        bool answered;
        const char *verdicts; /* of [e1] and [e2, e3] */
        const char *reason;   /* of the second */
    } cases[] = {
        {0, "connection refused", false, "aa", "gateway-away"},
        {502, "<html>", false, "aa", "gateway-away"},
        {200,
         "{\"records\":[{\"outcome\":\"written\"},{\"outcome\":\"already-there\"},"
         "{\"outcome\":\"skipped\"}]}",
         true, "dd", ""},
        {422,
         "{\"type\":\"https://x/problems/refused-by-odoo\",\"detail\":\"no\",\"messages\":[{},{"
         "\"reason\":\"unknown-reference\",\"error\":\"no transfer\"}],\"records\":[{\"outcome\":"
         "\"written\"},{\"outcome\":\"written\"},{\"outcome\":\"refused\"}]}",
         true, "dr", "unknown-reference"},
        {503,
         "{\"type\":\"https://x/problems/odoo-away\",\"records\":[{\"outcome\":\"written\"},"
         "{\"outcome\":\"refused\"},{\"outcome\":\"failed\"}],\"messages\":[{},{\"reason\":"
         "\"odoo-away\"}]}",
         false, "da", "odoo-away"},
        {503,
         "{\"type\":\"https://x/problems/odoo-busy\",\"records\":[{\"outcome\":\"written\"},"
         "{\"outcome\":\"written\"},{\"outcome\":\"failed\"}]}",
         true, "da", "odoo-busy"},
        {503,
         "{\"type\":\"https://x/problems/odoo-busy\",\"records\":[{\"outcome\":\"failed\"},"
         "{\"outcome\":\"failed\"},{\"outcome\":\"failed\"}]}",
         false, "aa", "odoo-busy"},
        {503, "{\"type\":\"https://x#temporary-reduced-capacity\",\"detail\":\"full\"}", false,
         "aa", "temporary-reduced-capacity"},
        {422, "{\"type\":\"https://x/untranslatable\",\"detail\":\"no place\"}", true, "11",
         "untranslatable"},
        {404, "{\"type\":\"https://x/no-route\"}", true, "11", "no-route"},
        {403, "{\"type\":\"https://x/partner-unknown\"}", true, "11", "partner-unknown"},
        {413, "{\"type\":\"https://x/too-large\"}", true, "11", "too-large"},
        {500, "{\"type\":\"https://x/internal\"}", true, "11", "internal"},
        {502, "{\"type\":\"https://x/odoo-contract\"}", true, "aa", "odoo-contract"},
        {504, "{\"type\":\"https://x/odoo-uncertain\"}", false, "aa", "odoo-uncertain"},
        {200, "{\"records\":[{\"outcome\":\"written\"}]}", true, "aa", "unknown"},
        {200,
         "{\"records\":[{\"outcome\":\"written\"},{\"outcome\":\"written\"},"
         "{\"outcome\":\"parked\"}],\"messages\":[{},{\"waits\":\"s:1 -\\n\"}]}",
         true, "dp", "parked"},
        {409,
         "{\"type\":\"https://x/problems/out-of-order\",\"records\":[{\"outcome\":\"parked\"},"
         "{\"outcome\":\"parked\"},{\"outcome\":\"refused\"}],\"messages\":[{\"waits\":\"s:1 "
         "-\\n\"},"
         "{\"waits\":\"s:1 -\\n\"}]}",
         true, "pp", "parked"},
        {503,
         "{\"type\":\"https://x/problems/odoo-away\",\"records\":[{\"outcome\":\"written\"},"
         "{\"outcome\":\"parked\"},{\"outcome\":\"failed\"}],\"messages\":[{},{\"reason\":"
         "\"odoo-away\"}]}",
         false, "da", "odoo-away"},
        {422,
         "{\"type\":\"https://x/problems/unknown-reference\",\"detail\":\"of "
         "another\",\"records\":["
         "{\"outcome\":\"refused\"},{\"outcome\":\"held-back\"},{\"outcome\":\"refused\"}]}",
         true, "rr", "unknown-reference"},
    };
    lgs_claimed_t a = claimed("m1", "[\"e1\"]", ""),
                  b = claimed("m2", "[\"e2\",\"e3\"]", "[\"e0\"]");
    const lgs_claimed_t *both[] = {&a, &b};

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_delivery_t out[2];

        CHECK_INT(lgs_delivery_read(arena, cases[i].status, lgs_cstr(cases[i].body), both, 2, out),
                  cases[i].answered);
        for (size_t k = 0; k < 2; k++) {
            CHECK_STR(lgs_str(&words[out[k].verdict], 1), ((char[]){cases[i].verdicts[k], '\0'}));
        }
        CHECK_STR(out[1].reason, cases[i].reason);
    }
}

TEST(what_is_left_and_what_was_done)
{
    static const char body[] =
        "{\"type\":\"https://x/odoo-away\",\"detail\":\"away\",\"records\":["
        "{\"outcome\":\"written\",\"id\":1},{\"outcome\":\"refused\",\"odoo\":[{},{\"code\":\"c\","
        "\"detail\":\"d\"},{\"code\":\"e\"}]},{\"outcome\":\"failed\"}],"
        "\"messages\":[{\"reason\":\"odoo-away\",\"error\":\"two\"}]}";
    lgs_claimed_t a = claimed("m1", "[\"e1\",\"e2\",\"e3\"]", "[\"e0\"]");
    const lgs_claimed_t *one[] = {&a};
    lgs_delivery_t out;

    CHECK(!lgs_delivery_read(arena, 503, LGS_STR(body), one, 1, &out));
    CHECK_INT(out.verdict, LGS_DELIVERY_AGAIN);
    CHECK_STR(out.left, "[\"e2\",\"e3\"]");
    CHECK_STR(out.whys, "[{\"code\":\"c\",\"detail\":\"d\"},{}]");
    CHECK_STR(out.outcome, "[\"e0\",{\"outcome\":\"written\",\"id\":1}]");
    CHECK_STR(out.error, "two");
    CHECK(lgs_delivery_read(
        arena, 422, LGS_STR("{\"type\":\"y/untranslatable\",\"detail\":\"no\"}"), one, 1, &out));
    CHECK_INT(out.verdict, LGS_DELIVERY_REFUSED);
    CHECK_STR(out.error, "no");
}

/* The last that begins within 64 KB is kept whole; behind it a record has none. */
TEST(reasons_of_records_have_an_end)
{
    static const struct {
        size_t detail;
        const char *end;
    } cases[] = {{65536 - 28, "\"},{\"code\":\"c\"}]"}, {65536 - 27, "\"},{}]"}};
    lgs_claimed_t a = claimed("m1", "[\"e1\",\"e2\"]", "");
    const lgs_claimed_t *one[] = {&a};

    for (size_t i = 0; i < LGS_N(cases); i++) {
        size_t n = strlen(cases[i].end);
        lgs_delivery_t out;
        lgs_buf_t body;

        lgs_buf_init(&body, arena, 0, 0);
        lgs_buf_cstr(&body, "{\"type\":\"y/refused\",\"records\":[{\"outcome\":\"refused\","
                            "\"odoo\":[{\"code\":\"c\",\"detail\":\"");
        for (size_t k = 0; k < cases[i].detail; k++) {
            lgs_buf_byte(&body, 'x');
        }
        lgs_buf_cstr(&body, "\"}]},{\"outcome\":\"refused\",\"odoo\":[{\"code\":\"c\"}]}]}");
        CHECK(lgs_delivery_read(arena, 422, lgs_buf_text(&body), one, 1, &out));
        CHECK(out.whys.len > n);
        CHECK_STR(lgs_str(out.whys.data + out.whys.len - n, n), cases[i].end);
    }
}

/* Of several messages none hears what was said of all: it may be of another partner's record. */
TEST(what_is_said_of_one_is_not_told_to_others)
{
    static const char whole[] = "{\"type\":\"y/untranslatable\",\"title\":\"no place\",\"detail\":"
                                "\"R-4711 has none\"}",
                      of_records[] = "{\"type\":\"y/unknown-reference\",\"detail\":\"no R-4711\","
                                     "\"records\":[{\"outcome\":\"refused\"},{\"outcome\":"
                                     "\"refused\"}],\"messages\":[{\"reason\":"
                                     "\"unknown-reference\",\"error\":\"no R-4711\"},{}]}";
    lgs_claimed_t a = claimed("m1", "[\"e1\"]", ""), b = claimed("m2", "[\"e2\"]", "");
    const lgs_claimed_t *both[] = {&a, &b};
    lgs_delivery_t out[2];

    CHECK(lgs_delivery_read(arena, 422, LGS_STR(whole), both, 2, out));
    CHECK_STR(out[0].error, "no place");
    CHECK(lgs_delivery_read(arena, 422, LGS_STR(of_records), both, 2, out));
    CHECK_STR(out[0].error, "no R-4711");
    CHECK_STR(out[1].error, "");
    CHECK_STR(out[1].left, "[\"e2\"]");
}

TEST(what_waits_and_where_things_are)
{
    static const char body[] =
        "{\"records\":[{\"outcome\":\"written\",\"id\":1},{\"outcome\":\"parked\"}],"
        "\"messages\":[{\"states\":\"s:1 - there 5 1\\n\",\"waits\":\"s:2 -\\n\",\"park_ms\":"
        "\"7200000\",\"why\":\"not yet\"}]}";
    lgs_claimed_t a = claimed("m1", "[\"e1\",\"e2\"]", "");
    const lgs_claimed_t *one[] = {&a};
    lgs_delivery_t out;

    CHECK(lgs_delivery_read(arena, 200, LGS_STR(body), one, 1, &out));
    CHECK_INT(out.verdict, LGS_DELIVERY_PARKED);
    CHECK_STR(out.left, "[\"e2\"]");
    CHECK_STR(out.outcome, "[{\"outcome\":\"written\",\"id\":1}]");
    CHECK_STR(out.states, "s:1 - there 5 1\n");
    CHECK_STR(out.waits, "s:2 -\n");
    CHECK_STR(out.park_ms, "7200000");
    CHECK_STR(out.error, "not yet");
    CHECK(lgs_delivery_read(
        arena, 200,
        LGS_STR("{\"records\":[{\"outcome\":\"written\"},{\"outcome\":\"written\"}],\"messages\":[{"
                "\"states\":\"s:1 - there 5 1\\n\"},{}]}"),
        one, 1, &out));
    CHECK_STR(out.states, ""); /* told of two messages: not of this delivery */
}

/* It says less, or something else: then the message comes again, or has the reason of all. */
TEST(a_gateway_of_another_version)
{
    static const struct {
        int status;
        const char *body, *verdicts, *reason, *error;
    } cases[] = {
        {422,
         "{\"type\":\"y/"
         "unknown-reference\",\"title\":\"none\",\"records\":[{\"outcome\":\"written\"},"
         "{\"outcome\":\"refused\"}],\"messages\":[{},{\"states\":\"\"}]}",
         "dr", "unknown-reference", "none"},
        {422,
         "{\"type\":\"y/"
         "unknown-reference\",\"title\":\"none\",\"records\":[{\"outcome\":\"written\"},"
         "{\"outcome\":\"refused\"}]}",
         "dr", "unknown-reference", "none"},
        {503,
         "{\"type\":\"y/odoo-away\",\"title\":\"away\",\"records\":[{},{\"outcome\":\"failed\"}]}",
         "aa", "odoo-away", "away"},
        {200, "{\"records\":[{\"outcome\":\"written\"},{\"outcome\":\"a new word\"}]}", "da",
         "unknown", ""},
        {200, "{\"records\":[{\"outcome\":\"written\"},{\"outcome\":\"parked\"}]}", "da", "unknown",
         ""},
        {400, "{\"type\":\"y/bad-request\",\"title\":\"bad\"}", "11", "bad-request", "bad"},
        {200, "[]", "aa", "unknown", ""},
    };
    lgs_claimed_t a = claimed("m1", "[\"e1\"]", ""), b = claimed("m2", "[\"e2\"]", "");
    const lgs_claimed_t *both[] = {&a, &b};

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_delivery_t out[2];

        (void)!lgs_delivery_read(arena, cases[i].status, lgs_cstr(cases[i].body), both, 2, out);
        for (size_t k = 0; k < 2; k++) {
            CHECK_STR(lgs_str(&words[out[k].verdict], 1), ((char[]){cases[i].verdicts[k], '\0'}));
        }
        CHECK_STR(out[1].reason, cases[i].reason);
        CHECK_STR(out[1].error, cases[i].error);
    }
}

TEST(lanes_and_scripts)
{
    char key[LGS_LANE_LEN];
    uint32_t lane = 99;

    lgs_queue_lane_at(7, key);
    CHECK_STR(lgs_str(key, sizeof(key)), "lgs:{L07}");
    CHECK(lgs_queue_lane_read(lgs_str(key, sizeof(key)), &lane));
    CHECK_INT(lane, 7);
    lgs_queue_lane(LGS_STR("acme"), key);
    CHECK(lgs_queue_lane_read(lgs_str(key, sizeof(key)), &lane));
    CHECK(!lgs_queue_lane_read(LGS_STR("lgs:{L64}"), &lane));
    CHECK(!lgs_queue_lane_read(LGS_STR("lgs:{L7}"), &lane));
    CHECK(lgs_script_find("accept") != NULL);
    CHECK(lgs_script_find("common") == NULL);
    CHECK(strncmp(lgs_script_find("accept")->text, "#!lua\n-- What the scripts", 20) == 0);
    CHECK_INT(strlen(lgs_script_find("claim")->text), lgs_script_find("claim")->len);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(arguments_of_accept);
    RUN(what_claim_says);
    RUN(a_message_that_lost_fields);
    RUN(the_request);
    RUN(answers);
    RUN(what_is_left_and_what_was_done);
    RUN(reasons_of_records_have_an_end);
    RUN(what_is_said_of_one_is_not_told_to_others);
    RUN(what_waits_and_where_things_are);
    RUN(a_gateway_of_another_version);
    RUN(lanes_and_scripts);
    lgs_arena_destroy(arena);
    return DONE();
}
