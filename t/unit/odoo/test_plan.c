/* The calls of a plan when Odoo does as it is told: finds, rows, lines, creates, calls. */
#include "notes.h"

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
    return DONE();
}
