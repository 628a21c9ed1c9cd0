/* A plan and an Odoo that refuses, is slow, is away or answers what nobody can believe. */
#include "notes.h"

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

TEST(who_says_when_to_come_again_is_asked_once)
{
    static const line_t wait = {{""}, "slow down", 0, 429, "text/plain", true};
    static const line_t found[] = {{{"fields_get"}, FIELDS},
                                   {{"search_read"}, "[" PICKING(7, "A") "]"}};
    static const char two[] = "[" LOAD("0", "") "," LOAD("1", ",\"x\":\"1\"") "]";
    line_t login[] = {wait}, load[] = {wait}, note[] = {found[0], found[1], wait};
    line_t no_when[] = {wait, wait, wait};

    for (size_t i = 0; i < LGS_N(no_when); i++) {
        no_when[i].says_when = false;
    }
    setup(LGS_ODOO_JSONRPC, two);
    stage_play(&stage, login, LGS_N(login));
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_BUSY, 0, "asks to wait");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, two); /* nor is the second load sent */
    stage_play(&stage, load, LGS_N(load));
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_BUSY, 0, "asks to wait");
    stage_outcome(&stage, 1, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_BUSY, 0, "asks to wait");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" NOTE("1", "A") "]");
    stage_play(&stage, note, LGS_N(note));
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_BUSY, 0, "asks to wait");
    stage_close(&stage);
    setup(LGS_ODOO_JSON2, "[" LOAD("0", "") "]");
    stage_play(&stage, no_when, LGS_N(no_when));
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_BUSY, 0, "asks to wait");
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

int main(void)
{
    RUN(bad_rows_are_named_and_the_rest_is_sent_again);
    RUN(warnings_and_rows_that_we_did_not_send_blame_nobody);
    RUN(a_batch_refused_as_a_whole_is_halved);
    RUN(only_administrators_means_already_there);
    RUN(a_refusal_stands_when_settle_finds_nothing);
    RUN(a_refusal_is_in_doubt_when_settle_cannot_ask);
    RUN(rows_that_lost_a_race_are_sent_again);
    RUN(serialization_failures_are_repeated_but_not_for_ever);
    RUN(who_says_when_to_come_again_is_asked_once);
    RUN(a_cut_load_is_repeated_once);
    RUN(a_repeat_that_never_arrives_does_not_make_the_first_one_certain);
    RUN(a_cut_note_whose_repeat_is_refused_is_found);
    RUN(a_slow_server_is_only_asked_what_is_there);
    RUN(odoo_away_ends_everything_at_once);
    RUN(a_settle_that_cannot_be_asked_leaves_the_doubt);
    RUN(an_old_uid_is_renewed_once);
    RUN(wrong_credentials_are_told_without_a_call_more);
    RUN(missing_rights_end_only_what_they_concern);
    RUN(answers_of_another_shape_are_not_believed);
    return DONE();
}
