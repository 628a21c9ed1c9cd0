#include "script.h"

#define NOTE_ROW(n)                                                                                \
    "\"row\":{\"id\":\"__logistics__.ev_" n "\",\"model\":\"stock.picking\",\"res_id\":{\"find\":" \
    "\"transfer\"},\"body\":\"b" n "\",\"message_id\":\"<ev_" n "@logistics>\"}"
#define TRANSFER(value)                                                                            \
    "\"find\":{\"transfer\":{\"model\":\"stock.picking\",\"by\":[\"carrier_tracking_ref\","        \
    "\"origin\",\"name\"],\"value\":\"" value "\",\"many\":\"last\"}}"
#define SETTLE(n)                                                                                  \
    "\"settle\":{\"model\":\"mail.message\",\"by\":\"message_id\",\"value\":\"<ev_" n              \
    "@logistics>\"}"
#define NOTE(n, value)                                                                             \
    "{\"op\":\"load\",\"model\":\"mail.message\"," TRANSFER(value) "," NOTE_ROW(n) "," SETTLE(n) "}"
#define LOAD(n, rest)                                                                              \
    "{\"op\":\"load\",\"model\":\"fleet.vehicle.odometer\",\"row\":{\"id\":\"l.o" n                \
    "\",\"value\":\"" n "\"" rest "}}"
#define FIELDS                                                                                     \
    "{\"carrier_tracking_ref\":{\"type\":\"char\"},\"origin\":{\"type\":\"char\"},\"name\":{"      \
    "\"type\":\"char\"}}"
#define PICKING(id, ref)                                                                           \
    "{\"id\":" #id ",\"carrier_tracking_ref\":\"" ref "\",\"origin\":false,\"name\":\"WH/" #id "\"}"
#define RPC(value) "{\"jsonrpc\":\"2.0\",\"id\":\"corr-1\",\"result\":" value "}"
#define RPC_ERROR(name, message)                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":\"corr-1\",\"error\":{\"code\":200,\"message\":\"Odoo Server "    \
    "Error\",\"data\":{\"name\":\"" name "\",\"message\":\"" message                               \
    "\",\"arguments\":[\"" message "\"]}}}"
#define J2_ERROR(name, message) "{\"name\":\"" name "\",\"arguments\":[\"" message "\"]}"
#define IDS(list)               "{\"ids\":[" list "],\"messages\":[],\"nextrow\":0}"
#define BAD(from, to, field, message)                                                              \
    "{\"type\":\"error\",\"rows\":{\"from\":" #from ",\"to\":" #to "},\"record\":" #from           \
    ",\"field\":\"" field "\",\"message\":\"" message "\"}"
#define MESSAGES(list) "{\"ids\":false,\"messages\":[" list "],\"nextrow\":0}"
#define ONLY_ADMINS    "Only administrators can modify 'model' and 'res_id' fields."
#define SERIALIZE      "could not serialize access due to concurrent update"

static stage_t stage;

static void setup(lgs_odoo_api_t api, const char *operations)
{
    stage_open(&stage, api);
    if (stage_plan(&stage, operations) == NULL) {
        unit_show(&stage.errs);
        exit(2);
    }
}

static void expect_calls(unsigned n)
{
    CHECK_INT(lgs_odoo_plan_calls(stage.plan), n);
    stage_close(&stage);
}

TEST(a_note_on_a_transfer_by_json2)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "00340434") "]");
    PLAY(
        &stage,
        {{"/json/2/stock.picking/fields_get",
          "\"allfields\":[\"carrier_tracking_ref\",\"origin\",\"name\"]",
          "\"attributes\":[\"type\"]"},
         FIELDS},
        {{"/json/2/stock.picking/search_read",
          "\"domain\":[\"|\",\"|\",[\"carrier_tracking_ref\",\"in\",[\"00340434\"]],[\"origin\","
          "\"in\",[\"00340434\"]],[\"name\",\"in\",[\"00340434\"]]]",
          "\"fields\":[\"carrier_tracking_ref\",\"origin\",\"name\"]", "\"order\":\"id\"",
          "\"limit\":10000"},
         "[" PICKING(7, "00340434") "]"},
        {{"/json/2/mail.message/load",
          "{\"fields\":[\"id\",\"model\",\"res_id\",\"body\",\"message_id\"]",
          "\"data\":[[\"__logistics__.ev_1\",\"stock.picking\",\"7\",\"b1\",\"<ev_1@logistics>\"]]",
          "\"context\":{\"tz\":\"UTC\"}}"},
         IDS("42")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 42, NULL);
    CHECK_STR(lgs_odoo_plan_outcome(stage.plan, 0)->external_id, "__logistics__.ev_1");
    CHECK_STR(lgs_odoo_plan_outcome(stage.plan, 0)->model, "mail.message");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_NONE);
    expect_calls(3);
}

TEST(by_jsonrpc_it_logs_in_once_and_remembers)
{
    setup(LGS_ODOO_JSONRPC, "[" NOTE("1", "A") "]");
    PLAY(
        &stage,
        {{"/jsonrpc", "\"authenticate\"", "[\"prod\",\"gateway\",\"s3cret\",{}]"}, RPC("9")},
        {{"[\"prod\",9,\"s3cret\",\"stock.picking\",\"fields_get\",[],{\"allfields\":"},
         RPC(FIELDS)},
        {{"\"stock.picking\",\"search_read\",[[\"|\",\"|\",", "]],{\"fields\":["},
         RPC("[" PICKING(7, "A") "]")},
        {{"\"mail.message\",\"load\",[[\"id\",", "{\"context\":{\"tz\":\"UTC\"}}"}, RPC(IDS("5"))});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 5, NULL);
    CHECK(stage_plan(&stage, "[" NOTE("2", "B") "]") != NULL);
    PLAY(&stage, {{"search_read"}, RPC("[" PICKING(8, "B") "]")}, {{"\"load\""}, RPC(IDS("6"))});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 6, NULL);
    expect_calls(2);
}

TEST(all_or_nothing_writes_nothing_when_a_reference_is_unknown)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "," NOTE("2", "NONE") "," LOAD("3", "") "]");
    lgs_odoo_plan_all_or_nothing(stage.plan);
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"});
    stage_outcome(&stage, 0, LGS_ODOO_HELD_BACK, LGS_PROBLEM_NONE, 0, "another record");
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_HELD_BACK, LGS_PROBLEM_NONE, 0, "another record");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_UNKNOWN_REFERENCE);
    expect_calls(2);
}

TEST(all_or_nothing_writes_all_when_all_is_known)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    lgs_odoo_plan_all_or_nothing(stage.plan);
    PLAY(&stage, {{"fields_get"}, FIELDS},
         {{"search_read"}, "[" PICKING(7, "A") "," PICKING(8, "B") "]"},
         {{"load", "\"7\",\"b1\"", "\"8\",\"b2\""}, IDS("1,2")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 2, NULL);
    expect_calls(3);
}

TEST(nothing_to_do_asks_nothing)
{
    setup(LGS_ODOO_JSONRPC, "[]");
    stage_play(&stage, NULL, 0);
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_NONE);
    expect_calls(0);
}

TEST(many_operations_share_their_calls)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "," NOTE("2", "B") "," NOTE("3", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS},
         {{"[\"origin\",\"in\",[\"A\",\"B\"]]"}, "[" PICKING(7, "A") "," PICKING(8, "B") "]"},
         {{"\"7\",\"b1\"", "\"8\",\"b2\"", "\"7\",\"b3\""}, IDS("1,2,3")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 2, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 3, NULL);
    expect_calls(3);
}

TEST(fields_that_the_server_does_not_have_are_left_out)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "S00012") "]");
    PLAY(&stage, {{"fields_get"}, "{\"origin\":{\"type\":\"char\"},\"name\":{\"type\":\"char\"}}"},
         {{"\"domain\":[\"|\",[\"origin\",\"in\",[\"S00012\"]],[\"name\",\"in\",[\"S00012\"]]]",
           "\"fields\":[\"origin\",\"name\"]"},
          "[{\"id\":3,\"origin\":\"S00012\",\"name\":\"x\"}]"},
         {{"load", "\"3\",\"b1\""}, IDS("9")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 9, NULL);
    expect_calls(3);
}

TEST(none_of_the_fields_is_the_policys_fault)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    PLAY(&stage, {{"fields_get"}, "{}"});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CONTRACT, 0, "none of the fields");
    expect_calls(1);
}

TEST(the_first_field_with_a_match_wins)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "X") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS},
         {{"search_read"},
          "[{\"id\":1,\"carrier_tracking_ref\":false,\"origin\":\"X\",\"name\":\"a\"},"
          "{\"id\":2,\"carrier_tracking_ref\":\"X\",\"origin\":false,\"name\":\"b\"},"
          "{\"id\":3,\"carrier_tracking_ref\":\"X\",\"origin\":\"X\",\"name\":\"c\"},"
          "{\"id\":4,\"carrier_tracking_ref\":false,\"origin\":\"X\",\"name\":\"X\"}]"},
         {{"load", "\"3\",\"b1\""}, IDS("9")}); /* many: last */
    expect_calls(3);
}

#define FIND_VEHICLE(many, otherwise)                                                              \
    "[{\"op\":\"load\",\"model\":\"fleet.vehicle.odometer\",\"find\":{\"v\":{\"model\":"           \
    "\"fleet.vehicle\",\"by\":\"vin_sn\",\"value\":\"V1\"" many otherwise                          \
    "}},\"row\":{\"id\":\"l.o1\",\"vehicle_id/.id\":{\"find\":\"v\"},\"value\":12.50}}]"
#define VIN_FIELD "{\"vin_sn\":{\"type\":\"char\"}}"

TEST(several_matches_are_refused_unless_told)
{
    setup(LGS_ODOO_JSON2, FIND_VEHICLE("", ""));
    PLAY(&stage, {{"fields_get"}, VIN_FIELD},
         {{"search_read"}, "[{\"id\":5,\"vin_sn\":\"V1\"},{\"id\":6,\"vin_sn\":\"V1\"}]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "2 records of fleet.vehicle have vin_sn \"V1\"");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, FIND_VEHICLE(",\"many\":\"first\"", ""));
    PLAY(&stage, {{"fields_get"}, VIN_FIELD},
         {{"search_read"}, "[{\"id\":5,\"vin_sn\":\"V1\"},{\"id\":6,\"vin_sn\":\"V1\"}]"},
         {{"load", "[[\"l.o1\",\"5\",\"12.50\"]]"}, IDS("1")});
    stage_close(&stage);
}

TEST(no_match_is_refused_skipped_or_left_empty)
{
    setup(LGS_ODOO_JSON2, FIND_VEHICLE("", ""));
    PLAY(&stage, {{"fields_get"}, VIN_FIELD}, {{"search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "no fleet.vehicle with vin_sn \"V1\"");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_UNKNOWN_REFERENCE);
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, FIND_VEHICLE("", ",\"else\":\"skip\""));
    PLAY(&stage, {{"fields_get"}, VIN_FIELD}, {{"search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, "no fleet.vehicle");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_NONE);
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, FIND_VEHICLE("", ",\"else\":\"empty\""));
    PLAY(&stage, {{"fields_get"}, VIN_FIELD}, {{"search_read"}, "[]"},
         {{"load", "[[\"l.o1\",\"\",\"12.50\"]]"}, IDS("1")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    stage_close(&stage);
}

TEST(a_find_without_a_value_asks_nothing)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "") "]");
    stage_play(&stage, NULL, 0);
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "origin or name) has no value");
    expect_calls(0);
}

TEST(numbers_are_searched_as_numbers_and_conditions_are_kept)
{
    setup(
        LGS_ODOO_JSON2,
        "[{\"op\":\"write\",\"model\":\"stock.picking\",\"record\":{\"find\":\"p\"},\"values\":{"
        "\"a\":1},\"find\":{\"p\":{\"model\":\"stock.picking\",\"by\":[\"partner_id\",\"name\"],"
        "\"value\":\"12\",\"where\":{\"state\":{\"not\":[\"done\",\"cancel\"]},\"x\":true}}}},"
        "{\"op\":\"write\",\"model\":\"stock.picking\",\"record\":{\"find\":\"p\"},\"values\":{"
        "\"a\":1},\"find\":{\"p\":{\"model\":\"stock.picking\",\"by\":[\"partner_id\",\"name\"],"
        "\"value\":\"0012\",\"where\":{\"state\":{\"not\":[\"done\",\"cancel\"]},\"x\":true}}}}]");
    PLAY(&stage,
         {{"fields_get"},
          "{\"partner_id\":{\"type\":\"many2one\"},\"name\":{\"type\":\"char\"},"
          "\"state\":{\"type\":\"selection\"},\"x\":{\"type\":\"boolean\"}}"},
         {{"[\"|\",[\"partner_id\",\"in\",[12]],[\"name\",\"in\",[\"12\",\"0012\"]],[\"state\","
           "\"not in\",[\"done\",\"cancel\"]],[\"x\",\"=\",true]]"},
          "[{\"id\":4,\"partner_id\":[12,\"Acme\"],\"name\":\"n\"}]"},
         {{"stock.picking/write", "\"ids\":[4],\"vals\":{\"a\":1}"}, "true"});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 4, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "0012");
    stage_close(&stage);
}

TEST(cells_have_import_form)
{
    setup(LGS_ODOO_JSON2,
          "[{\"op\":\"load\",\"model\":\"m\",\"context\":{\"tracking_disable\":true,"
          "\"tz\":\"Asia/Tokyo\"},\"row\":{\"id\":\"a.b\",\"n\":12.10,\"t\":true,"
          "\"f\":false,\"z\":null,\"s\":\"a\\\"b\"}}]");
    PLAY(&stage, {{"[[\"a.b\",\"12.10\",\"True\",\"\",\"\",\"a\\\"b\"]]",
                   "\"context\":{\"tz\":\"UTC\",\"tracking_disable\":true}"},
                  IDS("1")});
    stage_close(&stage);
}

TEST(rows_with_other_columns_go_in_another_call)
{
    setup(LGS_ODOO_JSON2,
          "[" LOAD("1", "") "," LOAD("2", ",\"date\":\"d\"") "," LOAD(
              "3", "") ","
                       "{\"op\":\"load\",\"model\":\"fleet.vehicle.odometer\",\"row\":{\"value\":"
                       "\"4\",\"id\":\"l.o4\"}}]");
    PLAY(&stage, {{"[[\"l.o1\",\"1\"],[\"l.o3\",\"3\"],[\"l.o4\",\"4\"]]"}, IDS("1,3,4")},
         {{"[\"id\",\"value\",\"date\"]", "[[\"l.o2\",\"2\",\"d\"]]"}, IDS("2")});
    for (unsigned i = 0; i < 4; i++) {
        stage_outcome(&stage, i, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, i + 1, NULL);
    }
    expect_calls(2);
}

TEST(lines_stand_in_rows_below_their_record)
{
    setup(LGS_ODOO_JSON2,
          "[{\"op\":\"load\",\"model\":\"account.move\",\"row\":{\"id\":\"l.b1\",\"ref\":\"R\"},"
          "\"lines\":[{\"invoice_line_ids/id\":\"l.b1_1\",\"invoice_line_ids/name\":\"Diesel\"},"
          "{\"invoice_line_ids/id\":\"l.b1_2\",\"invoice_line_ids/price_unit\":2}]},"
          "{\"op\":\"load\",\"model\":\"account.move\",\"row\":{\"id\":\"l.b2\",\"ref\":\"S\"},"
          "\"lines\":[{\"invoice_line_ids/id\":\"l.b2_1\",\"invoice_line_ids/name\":\"Toll\","
          "\"invoice_line_ids/price_unit\":3}]},"
          "{\"op\":\"call\",\"model\":\"account.move\",\"method\":\"action_post\",\"record\":"
          "{\"external_id\":\"l.b1\"}},"
          "{\"op\":\"call\",\"model\":\"account.move\",\"method\":\"action_post\",\"record\":"
          "{\"external_id\":\"l.b2\"}}]");
    PLAY(&stage,
         {{"[[\"l.b1\",\"R\",\"l.b1_1\",\"Diesel\",\"\"],[\"\",\"\",\"l.b1_2\",\"\",\"2\"],"
           "[\"l.b2\",\"S\",\"l.b2_1\",\"Toll\",\"3\"]]"},
          MESSAGES(BAD(1, 1, "price_unit", "no price"))},
         {{"[[\"l.b2\",\"S\""}, IDS("31")}, {{"action_post", "\"ids\":[31]"}, "false"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "no price");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 31, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_FAILED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "was not written");
    stage_outcome(&stage, 3, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 31, NULL);
    expect_calls(3);
}

TEST(bad_rows_are_named_and_the_rest_is_sent_again)
{
    setup(LGS_ODOO_JSON2,
          "[" LOAD("0", "") "," LOAD("1", "") "," LOAD("2", "") "," LOAD("3", "") "]");
    PLAY(
        &stage,
        {{"l.o0", "l.o3"},
         MESSAGES(
             BAD(1, 1, "vehicle_id", "No matching record\\nTraceback (most recent call last):") "," BAD(
                 1, 1, "value", "second word") "," BAD(3, 3, "value", "bad 3"))},
        {{"[[\"l.o0\",\"0\"],[\"l.o2\",\"2\"]]"}, IDS("10,12")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 10, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0,
                  "No matching record");
    CHECK_STR(lgs_odoo_plan_outcome(stage.plan, 1)->field, "vehicle_id");
    CHECK_STR(lgs_odoo_plan_outcome(stage.plan, 1)->message, "No matching record");
    stage_outcome(&stage, 2, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 12, NULL);
    stage_outcome(&stage, 3, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad 3");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_REFUSED_BY_ODOO);
    expect_calls(2);
}

TEST(warnings_and_rows_that_we_did_not_send_blame_nobody)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "," LOAD("1", "") "]");
    PLAY(&stage,
         {{"load"},
          MESSAGES("{\"type\":\"warning\",\"record\":0,\"message\":\"found more\"}," BAD(
              1, 999999999999, "value", "bad 1") "," BAD(77, 78, "x", "whose?"))},
         {{"[[\"l.o0\",\"0\"]]"}, IDS("10")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 10, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad 1");
    expect_calls(2);
}

TEST(a_batch_refused_as_a_whole_is_halved)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "," LOAD("1", "") "," LOAD("2", "") "]");
    PLAY(&stage, {{"l.o0", "l.o2"}, J2_ERROR("odoo.exceptions.UserError", "no"), 0, 422},
         {{"[[\"l.o0\",\"0\"]]"}, IDS("10")},
         {{"[[\"l.o1\",\"1\"],[\"l.o2\",\"2\"]]"}, MESSAGES("{\"message\":\"unplaced\"}")},
         {{"[[\"l.o1\",\"1\"]]"}, MESSAGES("")}, {{"[[\"l.o2\",\"2\"]]"}, IDS("12")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 10, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "without a reason");
    stage_outcome(&stage, 2, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 12, NULL);
    expect_calls(5);
}

TEST(only_administrators_means_already_there)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "," NOTE("2", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"},
         {{"load", "ev_1", "ev_2"}, MESSAGES(BAD(0, 0, "", ONLY_ADMINS))},
         {{"load", "ev_2"}, IDS("52")},
         {{"mail.message/search_read", "[[\"message_id\",\"in\",[\"<ev_1@logistics>\"]]]",
           "\"fields\":[\"message_id\"]"},
          "[{\"id\":51,\"message_id\":\"<ev_1@logistics>\"}]"});
    stage_outcome(&stage, 0, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 51, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 52, NULL);
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_NONE);
    expect_calls(5);
}

TEST(a_refusal_stands_when_settle_finds_nothing)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"},
         {{"load"}, MESSAGES(BAD(0, 0, "res_id", ONLY_ADMINS))},
         {{"mail.message/search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0,
                  "Only administrators");
    CHECK_STR(lgs_odoo_plan_outcome(stage.plan, 0)->field, "res_id");
    expect_calls(4);
}

/* Found by t/chaos.t: a note that was there became a dead letter. */
TEST(a_refusal_is_in_doubt_when_settle_cannot_ask)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"},
         {{"load"}, MESSAGES(BAD(0, 0, "res_id", ONLY_ADMINS))},
         {{"mail.message/search_read"}, NULL, LGS_ODOO_TIMED_OUT});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "Only administrators");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"},
         {{"load"}, MESSAGES(BAD(0, 0, "res_id", ONLY_ADMINS))},
         {{"mail.message/search_read"}, "{}"});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "Only administrators");
    expect_calls(4);
}

TEST(rows_that_lost_a_race_are_sent_again)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "," LOAD("1", "") "]");
    PLAY(&stage, {{"l.o0", "l.o1"}, MESSAGES(BAD(0, 0, "", SERIALIZE) "," BAD(1, 1, "x", "bad"))},
         {{"[[\"l.o0\",\"0\"]]"}, MESSAGES("{\"type\":\"error\",\"message\":\"" SERIALIZE "\"}")},
         {{"[[\"l.o0\",\"0\"]]"}, IDS("10")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 10, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad");
    expect_calls(3);
}

TEST(serialization_failures_are_repeated_but_not_for_ever)
{
    static const line_t busy = {{"load"},
                                RPC_ERROR("psycopg2.errors.SerializationFailure", SERIALIZE)};
    line_t lines[] = {{{"authenticate"}, RPC("9")}, busy, busy, {{"load"}, RPC(IDS("1"))}};
    line_t forever[] = {{{"authenticate"}, RPC("9")}, busy, busy, busy};

    setup(LGS_ODOO_JSONRPC, "[" LOAD("0", "") "]");
    stage_play(&stage, lines, LGS_N(lines));
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    stage_close(&stage);
    setup(LGS_ODOO_JSONRPC, "[" LOAD("0", "") "]");
    stage_play(&stage, forever, LGS_N(forever));
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_BUSY, 0, "could not serialize");
    stage_close(&stage);
}

TEST(a_cut_load_is_repeated_once)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "]");
    PLAY(&stage, {{"load"}, NULL, LGS_ODOO_CUT}, {{"load"}, IDS("1")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    CHECK(lgs_str_eq(stage.bodies[0], stage.bodies[1]));
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "]");
    PLAY(&stage, {{"load"}, NULL, LGS_ODOO_CUT}, {{"load"}, NULL, LGS_ODOO_CUT});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "closed");
    stage_close(&stage);
}

TEST(a_repeat_that_never_arrives_does_not_make_the_first_one_certain)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "," LOAD("1", ",\"x\":\"1\"") "]");
    PLAY(&stage, {{"l.o0"}, NULL, LGS_ODOO_CUT}, {{"l.o0"}, NULL, LGS_ODOO_REFUSED_CONNECTION});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "no connection");
    stage_outcome(&stage, 1, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_AWAY, 0, "no connection");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_ODOO_UNCERTAIN);
    stage_close(&stage);
}

TEST(a_cut_note_whose_repeat_is_refused_is_found)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"},
         {{"load"}, NULL, LGS_ODOO_CUT}, {{"load"}, MESSAGES(BAD(0, 0, "", ONLY_ADMINS))},
         {{"mail.message/search_read"}, "[{\"id\":5,\"message_id\":\"<ev_1@logistics>\"}]"});
    stage_outcome(&stage, 0, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 5, NULL);
    stage_close(&stage);
}

TEST(a_slow_server_is_only_asked_what_is_there)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "," LOAD("2", "") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"},
         {{"mail.message/load"}, NULL, LGS_ODOO_TIMED_OUT}, {{"mail.message/search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "in time");
    stage_outcome(&stage, 1, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_AWAY, 0, "not sent");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" LOAD("2", "") "]");
    PLAY(&stage, {{"load"}, NULL, LGS_ODOO_TIMED_OUT}, {{"load"}, NULL, LGS_ODOO_TIMED_OUT});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "in time");
    stage_close(&stage);
}

TEST(odoo_away_ends_everything_at_once)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "," LOAD("2", "") "]");
    PLAY(&stage, {{"fields_get"}, NULL, LGS_ODOO_REFUSED_CONNECTION});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_AWAY, 0, "no connection");
    stage_outcome(&stage, 1, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_AWAY, 0, "no connection");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_ODOO_AWAY);
    expect_calls(1);
    setup(LGS_ODOO_JSON2, "[" LOAD("2", "") "]");
    PLAY(&stage, {{"load"}, "<h1>No database is selected", LGS_ODOO_ANSWERED, 404, "text/html"});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_AWAY, 0, "database is away");
    expect_calls(1);
}

TEST(a_settle_that_cannot_be_asked_leaves_the_doubt)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "[" PICKING(7, "A") "]"},
         {{"load"}, NULL, LGS_ODOO_TIMED_OUT},
         {{"mail.message/search_read"}, NULL, LGS_ODOO_TIMED_OUT});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, NULL);
    stage_close(&stage);
}

TEST(an_old_uid_is_renewed_once)
{
    setup(LGS_ODOO_JSONRPC, "[" LOAD("0", "") "]");
    PLAY(&stage, {{"authenticate"}, RPC("9")},
         {{"load", ",9,"}, RPC_ERROR("odoo.exceptions.AccessDenied", "Access Denied")},
         {{"authenticate"}, RPC("11")}, {{"load", ",11,"}, RPC(IDS("1"))});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    stage_close(&stage);
    setup(LGS_ODOO_JSONRPC, "[" LOAD("0", "") "]");
    PLAY(&stage, {{"authenticate"}, RPC("9")},
         {{"load"}, RPC_ERROR("odoo.exceptions.AccessDenied", "Access Denied")},
         {{"authenticate"}, RPC("9")},
         {{"load"}, RPC_ERROR("odoo.exceptions.AccessDenied", "Access Denied")});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CREDENTIALS, 0, "Access Denied");
    stage_close(&stage);
}

TEST(wrong_credentials_are_told_without_a_call_more)
{
    setup(LGS_ODOO_JSONRPC, "[" LOAD("0", "") "]");
    PLAY(&stage, {{"authenticate"}, RPC("false")});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CREDENTIALS, 0, "user or key");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "]");
    PLAY(&stage, {{"load"},
                  J2_ERROR("werkzeug.exceptions.Unauthorized", "Invalid apikey"),
                  LGS_ODOO_ANSWERED,
                  401});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CREDENTIALS, 0, "Invalid apikey");
    stage_close(&stage);
}

TEST(missing_rights_end_only_what_they_concern)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") ",{\"op\":\"load\",\"model\":\"other\",\"row\":{\"id\":"
                                            "\"a.b\"}}]");
    PLAY(&stage,
         {{"odometer/load"},
          J2_ERROR("odoo.exceptions.AccessError", "You are not allowed to"),
          0,
          403},
         {{"other/load"}, IDS("3")});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CREDENTIALS, 0, "not allowed");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 3, NULL);
    stage_close(&stage);
}

#define CREATE                                                                                     \
    "[{\"op\":\"create\",\"model\":\"res.partner\",\"values\":{\"name\":\"A\",\"w\":12.10,"        \
    "\"l\":[[0,0,{\"p\":{\"find\":\"p\"}}]]},\"find\":{\"p\":{\"model\":\"res.country\",\"by\":"   \
    "\"id\",\"value\":5}},\"settle\":{\"model\":\"res.partner\",\"by\":\"ref\",\"value\":\"R1\"}}" \
    "]"

TEST(create_is_looked_up_before_and_after)
{
    setup(LGS_ODOO_JSON2, CREATE);
    PLAY(&stage, {{"res.country/search_read", "[[\"id\",\"in\",[5]]]"}, "[{\"id\":5}]"},
         {{"res.partner/search_read", "[\"ref\",\"in\",[\"R1\"]]"}, "[]"},
         {{"res.partner/create",
           "{\"vals_list\":[{\"name\":\"A\",\"w\":12.10,\"l\":[[0,0,{\"p\":5}]]}]}"},
          "[77]"});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 77, NULL);
    stage_close(&stage);

    setup(LGS_ODOO_JSON2, CREATE);
    PLAY(&stage, {{"res.country/search_read"}, "[{\"id\":5}]"},
         {{"res.partner/search_read"}, "[{\"id\":70,\"ref\":\"R1\"}]"});
    stage_outcome(&stage, 0, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 70, NULL);
    stage_close(&stage);

    setup(LGS_ODOO_JSON2, CREATE);
    PLAY(&stage, {{"res.country/search_read"}, "[{\"id\":5}]"}, {{"res.partner/search_read"}, "[]"},
         {{"create"}, NULL, LGS_ODOO_CUT},
         {{"res.partner/search_read"}, "[{\"id\":71,\"ref\":\"R1\"}]"});
    stage_outcome(&stage, 0, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 71, NULL);
    stage_close(&stage);

    setup(LGS_ODOO_JSON2, CREATE);
    PLAY(&stage, {{"res.country/search_read"}, "[{\"id\":5}]"}, {{"res.partner/search_read"}, "[]"},
         {{"create"}, NULL, LGS_ODOO_TIMED_OUT}, {{"res.partner/search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "in time");
    stage_close(&stage);
}

TEST(create_is_not_made_when_the_look_before_it_fails)
{
    setup(LGS_ODOO_JSON2, CREATE);
    PLAY(&stage, {{"res.country/search_read"}, "[{\"id\":5}]"},
         {{"res.partner/search_read"}, J2_ERROR("builtins.ValueError", "Invalid field"), 0, 500});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CONTRACT, 0, "Invalid field");
    stage_close(&stage);
}

TEST(an_uncertain_create_without_settle_is_not_repeated)
{
    setup(LGS_ODOO_JSONRPC, "[{\"op\":\"create\",\"model\":\"m\",\"values\":{}}]");
    PLAY(&stage, {{"authenticate"}, RPC("9")},
         {{"\"m\",\"create\",[[{}]],{}]"}, NULL, LGS_ODOO_CUT});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, NULL);
    stage_close(&stage);
}

#define VALIDATE                                                                                   \
    "[{\"op\":\"call\",\"model\":\"stock.picking\",\"method\":\"button_validate\","                \
    "\"find\":{\"it\":{\"model\":\"stock.picking\",\"by\":\"id\",\"value\":\"26\"}},"              \
    "\"record\":{\"find\":\"it\"},\"args\":{\"note\":\"x\"},\"context\":{\"lang\":\"en_US\"}}]"
#define FOUND                                                                                      \
    {                                                                                              \
        {"stock.picking/search_read"}, "[{\"id\":26}]"                                             \
    }

TEST(a_call_without_a_result_is_a_success)
{
    setup(LGS_ODOO_JSONRPC, VALIDATE);
    PLAY(&stage, {{"authenticate"}, RPC("9")}, {{"search_read"}, RPC("[{\"id\":26}]")},
         {{"\"button_validate\",[[26]],{\"note\":\"x\",\"context\":{\"lang\":\"en_US\"}}"},
          "{\"jsonrpc\":\"2.0\",\"id\":\"corr-1\"}"});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 26, NULL);
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, VALIDATE);
    PLAY(&stage, FOUND, {{"/json/2/stock.picking/button_validate", "\"ids\":[26]"}, "null"});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 26, NULL);
    stage_close(&stage);
}

TEST(a_wizard_is_an_unfinished_call)
{
    setup(LGS_ODOO_JSON2, VALIDATE);
    PLAY(&stage, FOUND,
         {{"button_validate"},
          "{\"name\":\"Create Backorder?\",\"type\":\"ir.actions.act_window\",\"res_model\":"
          "\"stock.backorder.confirmation\"}"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 26,
                  "Create Backorder?");
    stage_close(&stage);
}

#define IS_DONE(answer_text)                                                                       \
    do {                                                                                           \
        setup(LGS_ODOO_JSON2, VALIDATE);                                                           \
        PLAY(&stage, FOUND, {{"button_validate"}, answer_text});                                   \
        stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 26, NULL);                    \
        stage_close(&stage);                                                                       \
    } while (0)

/* Odoo opens or prints reports behind a validation that is done. */
TEST(a_report_is_no_question)
{
    IS_DONE("{\"type\":\"ir.actions.client\",\"tag\":\"reception_report\",\"res_model\":"
            "\"report.stock.report_reception\"}");
    IS_DONE("{\"type\":\"ir.actions.client\",\"tag\":\"do_multi_print\",\"params\":{}}");
    IS_DONE("{\"type\":\"ir.actions.act_window_close\",\"res_model\":false}");
}

TEST(a_refused_call_and_a_missing_record)
{
    setup(LGS_ODOO_JSON2, VALIDATE);
    PLAY(&stage, FOUND,
         {{"button_validate"},
          J2_ERROR("odoo.exceptions.UserError", "no quantities are reserved"),
          0,
          422});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 26, "no quantities");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, VALIDATE);
    PLAY(&stage, FOUND,
         {{"button_validate"},
          J2_ERROR("odoo.exceptions.MissingError", "Record does not exist"),
          0,
          404});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 26, "does not exist");
    stage_close(&stage);
}

TEST(an_empty_reference_is_no_record_to_write)
{
    setup(LGS_ODOO_JSON2, "[{\"op\":\"write\",\"model\":\"m\",\"values\":{},\"record\":{\"find\":"
                          "\"f\"},\"find\":{\"f\":{\"model\":\"m\",\"by\":\"id\",\"value\":\"5\","
                          "\"else\":\"empty\"}}}]");
    PLAY(&stage, {{"search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "not found");
    stage_close(&stage);
}

TEST(the_same_row_twice_is_sent_once)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("1", "") "," LOAD("1", "") "]");
    PLAY(&stage, {{"[[\"l.o1\",\"1\"]]"}, IDS("5")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 5, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 5, NULL);
    stage_close(&stage);
    stage_open(&stage, LGS_ODOO_JSON2);
    CHECK(stage_plan(&stage, "[" LOAD("1", "") "," LOAD("1", ",\"x\":\"2\"") "]") != NULL);
    PLAY(&stage, {{"[[\"l.o1\",\"1\"]]"}, IDS("5")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 5, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0,
                  "\"l.o1\" stands for another record");
    stage_close(&stage);
}

TEST(what_odoo_cannot_store_is_not_sent)
{
    setup(LGS_ODOO_JSON2, "[" LOAD("1", "") "," LOAD("2", ",\"x\":\"a\\u0000b\"") "]");
    PLAY(&stage, {{"[[\"l.o1\",\"1\"]]"}, IDS("5")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 5, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "U+0000");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "S\\u0000") "]");
    stage_play(&stage, NULL, 0);
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "U+0000");
    expect_calls(0);
}

TEST(answers_of_another_shape_are_not_believed)
{
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    PLAY(&stage, {{"fields_get"}, FIELDS}, {{"search_read"}, "{\"records\":[]}"});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_AWAY, 0, "something else");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "]");
    PLAY(&stage, {{"load"}, "true"});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_UNCERTAIN, 0, "something else");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "," LOAD("1", "") "]");
    PLAY(&stage, {{"load"}, IDS("1")}); /* written, but whose id is it? */
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 0, NULL);
    stage_close(&stage);
}

/* n loads of distinct external ids. */
static char *many_loads(unsigned n)
{
    char *text = malloc(n * 100 + 3), *at = text;

    *at++ = '[';
    for (unsigned i = 0; i < n; i++) {
        at += sprintf(at, "%s{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"l.o%u\"}}",
                      i ? "," : "", i);
    }
    strcpy(at, "]");
    return text;
}

static char *many_ids(unsigned from, unsigned n)
{
    char *text = malloc(n * 12 + 40), *at = text;

    at += sprintf(at, "{\"ids\":[");
    for (unsigned i = 0; i < n; i++) {
        at += sprintf(at, "%s%u", i ? "," : "", from + i);
    }
    strcpy(at, "],\"messages\":[]}");
    return text;
}

TEST(a_call_carries_500_rows_and_not_one_more)
{
    static const struct {
        unsigned n, calls;
    } cases[] = {{499, 1}, {500, 1}, {501, 2}, {1000, 2}};

    for (size_t c = 0; c < LGS_N(cases); c++) {
        char *text = many_loads(cases[c].n);
        unsigned n = cases[c].n, rest = n > 500 ? n - 500 : 0;
        char *first = many_ids(1, n - rest), *second = many_ids(501, rest);
        line_t lines[] = {{{"m/load"}, first}, {{"\"l.o500\""}, second}};

        setup(LGS_ODOO_JSON2, text);
        stage_play(&stage, lines, cases[c].calls);
        stage_outcome(&stage, n - 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, n, NULL);
        expect_calls(cases[c].calls);
        free(text);
        free(first);
        free(second);
    }
}

TEST(rounds_of_bad_rows_are_bounded)
{
    char *text = many_loads(20);
    line_t lines[9];

    for (size_t i = 0; i < LGS_N(lines); i++) {
        lines[i] = (line_t){{"load"}, MESSAGES(BAD(0, 0, "f", "bad"))};
    }
    setup(LGS_ODOO_JSON2, text);
    stage_play(&stage, lines, LGS_N(lines));
    stage_outcome(&stage, 8, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad");
    stage_outcome(&stage, 19, LGS_ODOO_FAILED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "along with it");
    expect_calls(9);
    free(text);
}

TEST(the_number_of_calls_is_bounded)
{
    static const line_t no = {{"load"}, J2_ERROR("odoo.exceptions.UserError", "no"), 0, 422};
    char *text = many_loads(1000);
    lgs_odoo_call_t call;
    unsigned n = 0;

    setup(LGS_ODOO_JSON2, text);
    while (lgs_odoo_plan_next(stage.plan, &call) == LGS_ODOO_CALL && n < 5000) {
        lgs_odoo_plan_answer(stage.plan, &(lgs_odoo_answer_t){.status = no.status,
                                                              .content_type = LGS_STR(JSON),
                                                              .body = lgs_cstr(no.answer)});
        n++;
    }
    CHECK(n > 1000 && n <= 64 + 2 * 1000);
    CHECK_INT(n, lgs_odoo_plan_calls(stage.plan));
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_REFUSED_BY_ODOO);
    stage_close(&stage);
    free(text);
}

TEST(searches_are_cut_in_parts_of_500_values)
{
    char *text = malloc(200000), *at = text;
    line_t lines[] = {{{"fields_get"}, VIN_FIELD},
                      {{"\"V0\"", "\"V499\"]"}, "[{\"id\":1,\"vin_sn\":\"V499\"}]"},
                      {{"[\"V500\"]"}, "[{\"id\":2,\"vin_sn\":\"V500\"}]"},
                      {{"load", "[[\"l.o499\",\"1\"],[\"l.o500\",\"2\"]]"}, IDS("8,9")}};

    *at++ = '[';
    for (unsigned i = 0; i < 501; i++) {
        at += sprintf(
            at,
            "%s{\"op\":\"load\",\"model\":\"m\",\"find\":{\"v\":{\"model\":\"fleet.vehicle"
            "\",\"by\":\"vin_sn\",\"value\":\"V%u\"}},\"row\":{\"id\":\"l.o%u\",\"v/.id\":"
            "{\"find\":\"v\"}}}",
            i ? "," : "", i, i);
    }
    strcpy(at, "]");
    setup(LGS_ODOO_JSON2, text);
    stage_play(&stage, lines, LGS_N(lines));
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "\"V0\"");
    stage_outcome(&stage, 500, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 9, NULL);
    stage_close(&stage);
    free(text);
}

/* Every ceiling: the plan ends, with an outcome for each operation, and never says "written"
 * falsely. */
TEST(short_memory_ends_the_plan)
{
    static const line_t lines[] = {{{NULL}, FIELDS},
                                   {{NULL}, "[" PICKING(7, "A") "]"},
                                   {{NULL}, MESSAGES(BAD(0, 0, "x", ONLY_ADMINS))},
                                   {{NULL}, "[]"}};
    lgs_odoo_target_t target = {.api = LGS_ODOO_JSON2, .key = LGS_STR("k")};
    lgs_arena_t *document = lgs_arena_create(0, 0);
    unsigned finished = 0, refused = 0;
    lgs_odoo_reach_t everything;
    lgs_doc_t doc;
    lgs_errs_t errs;

    lgs_errs_init(&errs, document, 5);
    everything = stage_reach(document, EVERYTHING, NULL);
    CHECK(lgs_json_read(document, LGS_STR("[" NOTE("1", "A") "]"), NULL, &doc, &errs) == LGS_OK);
    for (size_t ceiling = 300; ceiling < 40000; ceiling += 61) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_odoo_facts_t *facts = lgs_odoo_facts_create();
        lgs_odoo_plan_t *plan = lgs_odoo_plan_create(
            arena, &target, facts,
            &(lgs_odoo_work_t){doc.root.u.items, 1, &everything, LGS_STR("c")}, &errs);
        lgs_odoo_call_t call;
        unsigned i = 0;

        while (plan && i < LGS_N(lines) && lgs_odoo_plan_next(plan, &call) == LGS_ODOO_CALL) {
            lgs_odoo_plan_answer(plan, &(lgs_odoo_answer_t){.status = 200,
                                                            .content_type = LGS_STR(JSON),
                                                            .body = lgs_cstr(lines[i].answer)});
            i++;
        }
        if (plan) {
            const lgs_odoo_outcome_t *outcome;

            CHECK(lgs_odoo_plan_next(plan, &call) == LGS_ODOO_DONE);
            outcome = lgs_odoo_plan_outcome(plan, 0);
            CHECK(outcome->verdict != LGS_ODOO_WRITTEN &&
                  outcome->verdict != LGS_ODOO_ALREADY_THERE);
            CHECK(outcome->problem != LGS_PROBLEM_NONE);
            finished++;
            refused += outcome->verdict == LGS_ODOO_REFUSED && i == LGS_N(lines);
        }
        lgs_odoo_facts_destroy(facts);
        lgs_arena_destroy(arena);
    }
    CHECK(finished > refused && refused > 0);
    lgs_arena_destroy(document);
}

int main(void)
{
    RUN(a_note_on_a_transfer_by_json2);
    RUN(by_jsonrpc_it_logs_in_once_and_remembers);
    RUN(all_or_nothing_writes_nothing_when_a_reference_is_unknown);
    RUN(all_or_nothing_writes_all_when_all_is_known);
    RUN(nothing_to_do_asks_nothing);
    RUN(many_operations_share_their_calls);
    RUN(fields_that_the_server_does_not_have_are_left_out);
    RUN(none_of_the_fields_is_the_policys_fault);
    RUN(the_first_field_with_a_match_wins);
    RUN(several_matches_are_refused_unless_told);
    RUN(no_match_is_refused_skipped_or_left_empty);
    RUN(a_find_without_a_value_asks_nothing);
    RUN(numbers_are_searched_as_numbers_and_conditions_are_kept);
    RUN(cells_have_import_form);
    RUN(rows_with_other_columns_go_in_another_call);
    RUN(lines_stand_in_rows_below_their_record);
    RUN(bad_rows_are_named_and_the_rest_is_sent_again);
    RUN(warnings_and_rows_that_we_did_not_send_blame_nobody);
    RUN(a_batch_refused_as_a_whole_is_halved);
    RUN(only_administrators_means_already_there);
    RUN(a_refusal_stands_when_settle_finds_nothing);
    RUN(a_refusal_is_in_doubt_when_settle_cannot_ask);
    RUN(rows_that_lost_a_race_are_sent_again);
    RUN(serialization_failures_are_repeated_but_not_for_ever);
    RUN(a_cut_load_is_repeated_once);
    RUN(a_repeat_that_never_arrives_does_not_make_the_first_one_certain);
    RUN(a_cut_note_whose_repeat_is_refused_is_found);
    RUN(a_slow_server_is_only_asked_what_is_there);
    RUN(odoo_away_ends_everything_at_once);
    RUN(a_settle_that_cannot_be_asked_leaves_the_doubt);
    RUN(an_old_uid_is_renewed_once);
    RUN(wrong_credentials_are_told_without_a_call_more);
    RUN(missing_rights_end_only_what_they_concern);
    RUN(create_is_looked_up_before_and_after);
    RUN(create_is_not_made_when_the_look_before_it_fails);
    RUN(an_uncertain_create_without_settle_is_not_repeated);
    RUN(a_call_without_a_result_is_a_success);
    RUN(a_wizard_is_an_unfinished_call);
    RUN(a_report_is_no_question);
    RUN(a_refused_call_and_a_missing_record);
    RUN(an_empty_reference_is_no_record_to_write);
    RUN(the_same_row_twice_is_sent_once);
    RUN(what_odoo_cannot_store_is_not_sent);
    RUN(answers_of_another_shape_are_not_believed);
    RUN(a_call_carries_500_rows_and_not_one_more);
    RUN(rounds_of_bad_rows_are_bounded);
    RUN(the_number_of_calls_is_bounded);
    RUN(searches_are_cut_in_parts_of_500_values);
    RUN(short_memory_ends_the_plan);
    return DONE();
}
