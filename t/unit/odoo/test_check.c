#include "script.h"

#include "../../../ngx_logistics_module/odoo/check.h"

#define NOTE                                                                                       \
    "{\"op\":\"load\",\"model\":\"mail.message\",\"find\":{\"t\":{\"model\":\"stock.picking\","    \
    "\"by\":[\"carrier_tracking_ref\",\"origin\"],\"value\":null,\"where\":{\"state\":"            \
    "\"done\"}}},\"row\":{\"id\":null,\"subtype_id/id\":\"mail.mt_note\","                         \
    "\"body\":null},\"settle\":{\"model\":\"mail.message\",\"by\":\"message_id\","                 \
    "\"value\":null}}"
#define VERSION(n)                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"result\":{\"server_version\":\"" #n                                    \
    ".0\",\"server_version_info\":[" #n ",0]}}"
#define USER       "[{\"id\":9,\"login\":\"gateway\",\"email\":\"g@x\"}]"
#define RPC(value) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" value "}"
#define MESSAGE    "{\"subtype_id\":{},\"body\":{},\"message_id\":{}}"
#define PICKING    "{\"state\":{},\"origin\":{}}"
#define NO_METHOD  "{\"name\":\"werkzeug.exceptions.NotFound\",\"arguments\":[\"no method\"]}"

static stage_t stage;
static lgs_odoo_check_t *check;

static void setup(lgs_odoo_api_t api, const char *operation)
{
    lgs_doc_t doc;

    stage_open(&stage, api);
    check = lgs_odoo_check_create(stage.arena, &stage.target, stage.facts);
    CHECK(lgs_json_read(stage.arena, lgs_cstr(operation), NULL, &doc, &stage.errs) == LGS_OK);
    CHECK(lgs_odoo_check_need(check, &doc.root) == LGS_OK);
}

static void play(const line_t *lines, unsigned n)
{
    lgs_odoo_call_t call;
    unsigned i = 0;

    while (lgs_odoo_check_next(check, &call) == LGS_ODOO_CALL && i <= n) {
        if (i == n) {
            unit_bad = 1;
            printf("# not expected: %.*s %.*s\n", LGS_FMT(call.path), LGS_FMT(call.body));
            return;
        }
        for (unsigned e = 0; e < 5 && lines[i].expect[e]; e++) {
            if (!stage_holds(call.path, call.body, lines[i].expect[e])) {
                unit_bad = 1;
                printf("# call %u has no %s: %.*s %.*s\n", i, lines[i].expect[e],
                       LGS_FMT(call.path), LGS_FMT(call.body));
            }
        }
        lgs_odoo_check_answer(
            check, &(lgs_odoo_answer_t){.status = lines[i].status ? lines[i].status : 200,
                                        .content_type = LGS_STR(JSON),
                                        .body = lgs_cstr(lines[i].answer),
                                        .failure = lines[i].failure});
        i++;
    }
    CHECK_INT(i, n);
}

#define LINES(...)                                                                                 \
    do {                                                                                           \
        static const line_t play_lines[] = {__VA_ARGS__};                                          \
        play(play_lines, LGS_N(play_lines));                                                       \
    } while (0)

/* The finding about `what`: its grade and a part of its text. */
static void expect(const char *what, lgs_odoo_grade_t grade, const char *text)
{
    const lgs_odoo_finding_t *finding;

    for (uint32_t i = 0; (finding = lgs_odoo_check_finding(check, i)) != NULL; i++) {
        if (lgs_str_is(finding->what, what)) {
            CHECK_INT(finding->grade, grade);
            if (!stage_holds(finding->text, (lgs_str_t){NULL, 0}, text)) {
                unit_bad = 1;
                printf("# %s: %.*s\n", what, LGS_FMT(finding->text));
            }
            return;
        }
    }
    unit_bad = 1;
    printf("# nothing about %s\n", what);
}

TEST(a_fit_server_by_json2)
{
    setup(LGS_ODOO_JSON2, NOTE);
    LINES({{"/web/webclient/version_info"}, VERSION(19)},
          {{"/json/2/res.users/search_read", "[[\"login\",\"=\",\"gateway\"]]"}, USER},
          {{"/json/2/mail.message/fields_get"}, MESSAGE},
          {{"mail.message/has_access", "{\"ids\":[],\"operation\":\"read\"}"}, "true"},
          {{"\"create\""}, "true"}, {{"\"write\""}, "true"},
          {{"/json/2/stock.picking/fields_get"}, PICKING},
          {{"stock.picking/has_access", "\"read\""}, "true"});
    CHECK_INT(lgs_odoo_check_grade(check), LGS_ODOO_REMARK);
    expect("version", LGS_ODOO_GOOD, "19.0");
    expect("key", LGS_ODOO_GOOD, "accepted");
    expect("mail.message.subtype_id", LGS_ODOO_GOOD, "there");
    expect("stock.picking.state", LGS_ODOO_GOOD, "there");
    expect("stock.picking.carrier_tracking_ref", LGS_ODOO_REMARK, "module stock_delivery");
    expect("mail.message create", LGS_ODOO_GOOD, "allowed");
    stage_close(&stage);
}

TEST(old_servers_are_asked_by_the_old_method)
{
    setup(LGS_ODOO_JSONRPC, "{\"op\":\"create\",\"model\":\"fleet.vehicle\",\"values\":{\"x\":1}}");
    LINES({{"version_info"}, VERSION(17)}, {{"\"authenticate\""}, RPC("10")},
          {{"\"res.users\",\"search_read\""}, RPC("[{\"login\":\"gateway\",\"email\":false}]")},
          {{",10,", "\"fields_get\""}, RPC("{}")},
          {{"\"check_access_rights\",[],{\"operation\":\"create\",\"raise_exception\":false}"},
           RPC("false")});
    CHECK_INT(lgs_odoo_check_grade(check), LGS_ODOO_BAD);
    expect("user", LGS_ODOO_REMARK, "email");
    expect("fleet.vehicle.x", LGS_ODOO_BAD, "not there");
    expect("fleet.vehicle create", LGS_ODOO_BAD, "not allowed");
    stage_close(&stage);
}

TEST(a_missing_method_is_tried_by_its_other_name)
{
    setup(LGS_ODOO_JSON2, "{\"op\":\"create\",\"model\":\"m\",\"values\":{}}");
    LINES({{"version_info"}, VERSION(19)}, {{"res.users"}, "[]"}, {{"fields_get"}, "{}"},
          {{"m/has_access"}, NO_METHOD, 0, 404}, {{"m/check_access_rights"}, "true"});
    expect("m create", LGS_ODOO_GOOD, "allowed");
    expect("user", LGS_ODOO_REMARK, "login");
    stage_close(&stage);
}

TEST(missing_models_name_their_module_and_the_rest_goes_on)
{
    setup(LGS_ODOO_JSON2, NOTE);
    LINES({{"version_info"}, VERSION(19)}, {{"res.users"}, USER},
          {{"mail.message/fields_get"}, NO_METHOD, 0, 404},
          {{"stock.picking/fields_get"}, "{\"state\":{}}"}, {{"has_access"}, "true"});
    expect("mail.message", LGS_ODOO_BAD, "install the module mail");
    expect("stock.picking.origin", LGS_ODOO_BAD, "carrier_tracking_ref or origin");
    stage_close(&stage);
}

TEST(it_ends_where_nothing_more_can_be_learned)
{
    setup(LGS_ODOO_JSON2, NOTE);
    LINES({{"version_info"}, NULL, LGS_ODOO_REFUSED_CONNECTION});
    expect("connection", LGS_ODOO_BAD, "no connection");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, NOTE);
    LINES({{"version_info"}, VERSION(17)});
    expect("version", LGS_ODOO_BAD, "api: jsonrpc");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, NOTE);
    LINES({{"version_info"}, VERSION(19)},
          {{"res.users"},
           "{\"name\":\"werkzeug.exceptions.Unauthorized\",\"arguments\":[\"Invalid apikey\"]}",
           0,
           401});
    expect("key", LGS_ODOO_BAD, "Invalid apikey");
    stage_close(&stage);
    setup(LGS_ODOO_JSONRPC, NOTE);
    LINES({{"version_info"}, VERSION(19)}, {{"authenticate"}, RPC("false")});
    expect("key", LGS_ODOO_BAD, "user or key");
    CHECK_INT(lgs_odoo_check_grade(check), LGS_ODOO_BAD);
    stage_close(&stage);
}

TEST(computed_models_are_left_out)
{
    setup(LGS_ODOO_JSON2, "{\"op\":\"load\",\"model\":null,\"row\":{\"id\":\"x\"}}");
    LINES({{"version_info"}, VERSION(19)}, {{"res.users"}, USER});
    CHECK_INT(lgs_odoo_check_grade(check), LGS_ODOO_GOOD);
    stage_close(&stage);
}

TEST(short_memory_is_a_bad_grade_or_none)
{
    lgs_odoo_target_t target = {.api = LGS_ODOO_JSON2, .key = LGS_STR("k")};
    lgs_arena_t *document = lgs_arena_create(0, 0);
    unsigned short_ones = 0;
    lgs_doc_t doc;
    lgs_errs_t errs;

    lgs_errs_init(&errs, document, 5);
    CHECK(lgs_json_read(document, LGS_STR(NOTE), NULL, &doc, &errs) == LGS_OK);
    for (size_t ceiling = 300; ceiling < 12000; ceiling += 97) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_odoo_facts_t *facts = lgs_odoo_facts_create();
        lgs_odoo_call_t call;
        unsigned n = 0;

        check = lgs_odoo_check_create(arena, &target, facts);
        if (check && lgs_odoo_check_need(check, &doc.root) == LGS_OK) {
            while (n++ < 20 && lgs_odoo_check_next(check, &call) == LGS_ODOO_CALL) {
                lgs_odoo_check_answer(
                    check, &(lgs_odoo_answer_t){.status = 200,
                                                .content_type = LGS_STR(JSON),
                                                .body = lgs_cstr(n == 1 ? VERSION(19) : USER)});
            }
            CHECK(n <= 20);
            short_ones += lgs_odoo_check_grade(check) == LGS_ODOO_BAD;
        }
        lgs_odoo_facts_destroy(facts);
        lgs_arena_destroy(arena);
    }
    CHECK(short_ones > 0);
    lgs_arena_destroy(document);
}

int main(void)
{
    RUN(a_fit_server_by_json2);
    RUN(old_servers_are_asked_by_the_old_method);
    RUN(a_missing_method_is_tried_by_its_other_name);
    RUN(missing_models_name_their_module_and_the_rest_goes_on);
    RUN(it_ends_where_nothing_more_can_be_learned);
    RUN(computed_models_are_left_out);
    RUN(short_memory_is_a_bad_grade_or_none);
    return DONE();
}
