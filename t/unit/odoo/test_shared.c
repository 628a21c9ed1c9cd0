/* Plans of several partners: they share calls, and nothing else. Operations 0, 1, 2 of a test are
 * of the partners that `owners` says. */
#include "notes.h"

#define OURS                                                                                       \
    "{\"stock.picking\":[{\"carrier\":\"$partner.carrier\"},{\"type.house\":\"$partner.houses\"}]" \
    ","                                                                                            \
    "\"mail.message\":\"all\",\"p\":\"all\",\"m\":[{\"carrier\":\"$partner.carrier\",\"open\":"    \
    "true}]}"
#define KNOWN                                                                                      \
    "{\"carrier_tracking_ref\":{\"type\":\"char\"},\"origin\":{\"type\":\"char\"},\"name\":{"      \
    "\"type\":\"char\"},\"carrier\":{\"type\":\"many2one\"},\"type\":{\"type\":\"many2one\"},"     \
    "\"open\":{\"type\":\"boolean\"}}"
#define ROW(id, ref, origin)                                                                       \
    "{\"id\":" #id ",\"carrier_tracking_ref\":\"" ref "\",\"origin\":\"" origin "\",\"name\":"     \
    "\"W\"}"
#define ASK_FIELDS                                                                                 \
    {                                                                                              \
        {"stock.picking/fields_get"}, KNOWN                                                        \
    }
#define BOTH_NOTED                                                                                 \
    {                                                                                              \
        {"mail.message/load", "ev_1", "ev_2"}, IDS("41,42")                                        \
    }

/* Whose an operation is, by a digit each: of carriers 3 and 4, and of whom nothing is known. */
static void of(const char *owners, const char *operations)
{
    stage_open(&stage, LGS_ODOO_JSON2);
    stage.owners = owners;
    stage.reaches[0] = stage_reach(stage.arena, OURS, "{\"carrier\":3}");
    stage.reaches[1] = stage_reach(stage.arena, OURS, "{\"carrier\":4,\"houses\":[8,9]}");
    stage.reaches[2] = stage_reach(stage.arena, OURS, NULL);
    if (stage_plan(&stage, operations) == NULL) {
        unit_show(&stage.errs);
        exit(2);
    }
}

/* One search for both, one that says whose is whose, one load. */
TEST(two_partners_share_three_calls)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    PLAY(&stage, ASK_FIELDS,
         {{"search_read", "[\"carrier_tracking_ref\",\"in\",[\"A\",\"B\"]]",
           ",\"|\",[\"carrier\",\"in\",[3,4]],[\"type.house\",\"in\",[8,9]]]"},
          "[" ROW(7, "A", "x") "," ROW(8, "B", "x") "]"},
         {{"search_read",
           "\"domain\":[\"|\",\"&\",[\"id\",\"in\",[7]],[\"carrier\",\"=\",3],\"&\",[\"id\",\"in\","
           "[8]],\"|\",[\"carrier\",\"=\",4],[\"type.house\",\"in\",[8,9]]]",
           "\"fields\":[\"id\"]"},
          "[{\"id\":7},{\"id\":8}]"},
         {{"mail.message/load", "\"7\"", "\"8\""}, IDS("41,42")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 41, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 42, NULL);
    stage_close(&stage);
}

TEST(the_same_facts_need_no_second_search)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    stage.reaches[1] = stage_reach(stage.arena, OURS, "{\"carrier\":3}");
    PLAY(&stage, ASK_FIELDS,
         {{"search_read", "[\"A\",\"B\"]", ",[\"carrier\",\"=\",3]]"},
          "[" ROW(7, "A", "x") "," ROW(8, "B", "x") "]"},
         BOTH_NOTED);
    stage_close(&stage);
}

/* Both ask for "A", and there is one of each: in two calls, since each row may be either's. */
TEST(equal_numbers_of_two_partners)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "A") "]");
    PLAY(&stage, ASK_FIELDS,
         {{"search_read", "[\"A\",\"A\"]"}, "[" ROW(7, "A", "x") "," ROW(8, "A", "x") "]"},
         {{"[\"id\",\"in\",[7,8]],[\"carrier\",\"=\",3]]"}, "[{\"id\":7}]"},
         {{"\"&\",[\"id\",\"in\",[7,8]],\"|\",[\"carrier\",\"=\",4]"}, "[{\"id\":8}]"},
         {{"mail.message/load", "[\"__logistics__.ev_1\",\"stock.picking\",\"7\"",
           "[\"__logistics__.ev_2\",\"stock.picking\",\"8\""},
          IDS("41,42")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 41, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 42, NULL);
    stage_close(&stage);
}

/* A row of the second partner has the number that the first asks for in another field. */
TEST(a_row_with_numbers_of_both_is_its_owners_alone)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    PLAY(&stage, ASK_FIELDS, {{"search_read"}, "[" ROW(8, "A", "B") "]"},
         {{"[\"id\",\"in\",[8]],[\"carrier\",\"=\",3]]"}, "[]"},
         {{"[\"id\",\"in\",[8]],\"|\",[\"carrier\",\"=\",4]"}, "[{\"id\":8}]"},
         {{"mail.message/load", "[[\"__logistics__.ev_2\",\"stock.picking\",\"8\""}, IDS("42")});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "\"A\"");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 42, NULL);
    stage_close(&stage);
}

/* Whatever a search brings: what is not confirmed, or confirmed for the other, is nobody's. */
TEST(what_nobody_confirms_is_nobodys)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    PLAY(&stage, ASK_FIELDS,
         {{"search_read"}, "[" ROW(7, "A", "x") "," ROW(8, "B", "x") "," ROW(8, "A", "x") "]"},
         {{"search_read"}, "[{\"id\":9},{\"id\":\"7\"},{\"id\":true}]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "\"A\"");
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "\"B\"");
    stage_close(&stage);
}

/* The many of one are counted among his own: the other's of the same number are not there. */
TEST(many_are_ones_own)
{
    of("010", "[" NOTE("1", "A") "," NOTE("2", "A") "," NOTE("3", "C") "]");
    PLAY(&stage, ASK_FIELDS,
         {{"search_read"},
          "[" ROW(5, "A", "x") "," ROW(7, "A", "x") "," ROW(8, "A", "x") "," ROW(9, "C", "x") "]"},
         {{"[\"id\",\"in\",[5,7,8,9]]"}, "[{\"id\":5},{\"id\":7},{\"id\":9}]"},
         {{"[\"id\",\"in\",[5,7,8]]"}, "[{\"id\":8}]"},
         {{"mail.message/load", "ev_1\",\"stock.picking\",\"7\"", "ev_2\",\"stock.picking\",\"8\"",
           "ev_3\",\"stock.picking\",\"9\""},
          IDS("41,42,43")});
    stage_close(&stage);
}

/* Of whom nothing is known nothing is asked; his values are in no search. */
TEST(who_has_no_facts_asks_for_nothing)
{
    of("02", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    PLAY(&stage, ASK_FIELDS,
         {{"search_read", "[\"carrier_tracking_ref\",\"in\",[\"A\"]]", ",[\"carrier\",\"=\",3]]"},
          "[" ROW(7, "A", "B") "]"},
         {{"mail.message/load"}, IDS("41")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 41, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_FORBIDDEN, 0, "stock.picking");
    stage_close(&stage);
}

/* A server without the field of a partner's only way: his rows are nobody's, and none are asked. */
TEST(a_way_without_its_field_is_closed_for_its_partner)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    PLAY(&stage,
         {{"fields_get"}, "{\"origin\":{\"type\":\"char\"},\"type\":{\"type\":\"many2one\"}}"},
         {{"search_read", "[[\"origin\",\"in\",[\"B\"]],[\"type.house\",\"in\",[8,9]]]"},
          "[" ROW(8, "x", "B") "," ROW(9, "x", "A") "]"},
         {{"mail.message/load"}, IDS("42")});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "\"A\"");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 42, NULL);
    stage_close(&stage);
}

#define WRITE(value)                                                                               \
    "{\"op\":\"write\",\"model\":\"m\",\"values\":{\"a\":1},\"record\":{\"find\":\"f\"},\"find\":" \
    "{\"f\":{\"model\":\"m\",\"by\":\"name\",\"value\":\"" value "\"}}}"

/* All conditions of a way hold together, whoever it is of. */
TEST(ways_of_several_conditions)
{
    of("01", "[" WRITE("A") "," WRITE("B") "]");
    PLAY(
        &stage, {{"m/fields_get"}, KNOWN},
        {{"\"domain\":[[\"name\",\"in\",[\"A\",\"B\"]],\"|\",\"&\",[\"carrier\",\"=\",3],[\"open\","
          "\"=\",true],\"&\",[\"carrier\",\"=\",4],[\"open\",\"=\",true]]"},
         "[{\"id\":7,\"name\":\"A\"},{\"id\":8,\"name\":\"B\"}]"},
        {{"\"domain\":[\"|\",\"&\",[\"id\",\"in\",[7]],\"&\",[\"carrier\",\"=\",3],[\"open\",\"=\","
          "true],\"&\",[\"id\",\"in\",[8]],\"&\",[\"carrier\",\"=\",4],[\"open\",\"=\",true]]"},
         "[{\"id\":8}]"},
        {{"m/write", "\"ids\":[8]"}, "true"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "\"A\"");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 8, NULL);
    stage_close(&stage);
}

/* The condition of the finds stands in the second search, too: it may let archived ones through. */
TEST(the_condition_holds_in_both)
{
    of("01", "[" WRITE("A\",\"where\":{\"active\":[true,false]},\"many\":\"first") "," WRITE(
                 "B\",\"where\":{\"active\":[true,false]},\"many\":\"first") "]");
    PLAY(&stage,
         {{"m/fields_get", "\"active\""},
          "{\"name\":{\"type\":\"char\"},\"active\":{\"type\":\"boolean\"},\"carrier\":{\"type\":"
          "\"many2one\"},\"open\":{\"type\":\"boolean\"}}"},
         {{"search_read", "[\"active\",\"in\",[true,false]]"}, "[{\"id\":7,\"name\":\"A\"}]"},
         {{"[\"id\",\"in\",[7]],\"&\",[\"carrier\",\"=\",3],[\"open\",\"=\",true],[\"active\","
           "\"in\","
           "[true,false]]]"},
          "[{\"id\":7}]"},
         {{"m/write", "\"ids\":[7]"}, "true"});
    stage_close(&stage);
}

/* What Odoo refuses of several is asked for each: the fault, and what is said of it, is one's own.
 */
TEST(a_search_that_fails_is_made_apart)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    PLAY(&stage, ASK_FIELDS,
         {{"search_read", "\"A\",\"B\""}, J2_ERROR("builtins.ValueError", "bad 4711"), 0, 500},
         {{"[\"carrier_tracking_ref\",\"in\",[\"A\"]]", ",[\"carrier\",\"=\",3]]"},
          J2_ERROR("builtins.ValueError", "bad 4711"),
          0,
          500},
         {{"[\"carrier_tracking_ref\",\"in\",[\"B\"]]", ",\"|\",[\"carrier\",\"=\",4]"},
          "[" ROW(8, "B", "A") "]"},
         {{"mail.message/load", "ev_2\",\"stock.picking\",\"8\""}, IDS("42")});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CONTRACT, 0, "4711");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 42, NULL);
    stage_close(&stage);
}

TEST(a_second_search_that_fails_is_made_apart)
{
    of("01", "[" NOTE("1", "A") "," NOTE("2", "B") "]");
    PLAY(&stage, ASK_FIELDS, {{"search_read"}, "[" ROW(7, "A", "B") "," ROW(8, "B", "A") "]"},
         {{"\"id\",\"in\""}, J2_ERROR("builtins.ValueError", "bad"), 0, 500},
         {{"[\"A\"]", ",[\"carrier\",\"=\",3]]"}, "[" ROW(7, "A", "B") "]"},
         {{"[\"B\"]", "[\"carrier\",\"=\",4]"}, "[" ROW(8, "B", "A") "]"}, BOTH_NOTED);
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 41, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 42, NULL);
    stage_close(&stage);
}

#define PART(n, id, chain, value)                                                                  \
    "{\"op\":\"load\",\"model\":\"p\",\"chain\":\"" chain "\",\"row\":{\"id\":\"" id               \
    "\",\"name\":"                                                                                 \
    "\"" value "\"}}"

/* Names that two partners give are two things: rows, chains, loads that are found before. */
TEST(names_are_ones_own)
{
    of("01", "[" PART(1, "l.1", "c", "a") "," PART(2, "l.1", "c", "b") "]");
    PLAY(&stage, {{"p/load"}, MESSAGES(BAD(0, 0, "name", "no"))},
         {{"p/load", "[\"l.1\",\"b\"]"}, IDS("9")});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "no");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 9, NULL);
    stage_close(&stage);
    of("01", "[" PART(1, "l.1", "c", "a") ",{\"op\":\"load\",\"model\":\"p\",\"row\":{\".id\":{"
                                          "\"find\":\"f\"},\"name\":\"b\"},"
                                          "\"find\":{\"f\":{\"model\":\"p\",\"by\":\"name\","
                                          "\"value\":\"a\",\"loaded\":true}}}]");
    PLAY(&stage, {{"p/fields_get"}, KNOWN}, {{"p/search_read"}, "[]"}, {{"p/load"}, IDS("9")});
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "\"a\"");
    stage_close(&stage);
    stage_open(&stage, LGS_ODOO_JSON2);
    stage.owners = "01";
    CHECK(stage_plan(
              &stage,
              "[" PART(1, "l.1", "c",
                       "a") ",{\"op\":\"write\",\"model\":\"p\",\"values\":{\"a\":1},\"record\":{"
                            "\"external_id\":\"l.1\"}}]") == NULL);
    stage_close(&stage);
}

#define CHANGE                                                                                     \
    "{\"op\":\"load\",\"model\":\"p\",\"row\":{\".id\":{\"find\":\"f\"},\"name\":\"b\"},\"find\":" \
    "{"                                                                                            \
    "\"f\":{\"model\":\"p\",\"by\":\"name\",\"value\":\"a\"}}}"

/* Of two partners each may change a record that is both's; of one it would be two lines for it. */
TEST(two_partners_change_one_record_in_turn)
{
    of("010", "[" CHANGE "," CHANGE "," CHANGE "]");
    PLAY(&stage, {{"p/fields_get"}, KNOWN}, {{"p/search_read"}, "[{\"id\":7,\"name\":\"a\"}]"},
         {{"p/load", "\"data\":[[\"7\",\"b\"]]"}, IDS("7")},
         {{"p/load", "\"data\":[[\"7\",\"b\"]]"}, IDS("7")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 7, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 7, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "two lines");
    stage_close(&stage);
}

/* A load that fails by a fault of somebody's is made in parts; what Odoo says of it stays there. */
TEST(a_load_that_fails_is_made_in_parts)
{
    of("010",
       "[" PART(1, "l.1", "a", "a") "," PART(2, "l.2", "b", "b") "," PART(3, "l.3", "c", "c") "]");
    PLAY(&stage, {{"p/load"}, J2_ERROR("builtins.ValueError", "bad b"), 0, 500},
         {{"[[\"l.1\",\"a\"]]"}, IDS("1")},
         {{"[[\"l.2\",\"b\"],[\"l.3\",\"c\"]]"}, J2_ERROR("builtins.ValueError", "bad b"), 0, 500},
         {{"[[\"l.2\",\"b\"]]"}, J2_ERROR("builtins.ValueError", "bad b"), 0, 500},
         {{"[[\"l.3\",\"c\"]]"}, IDS("3")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CONTRACT, 0, "bad b");
    stage_outcome(&stage, 2, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 3, NULL);
    CHECK_INT(lgs_odoo_plan_problem_of(stage.plan, 0, 1), LGS_PROBLEM_NONE);
    CHECK_INT(lgs_odoo_plan_problem_of(stage.plan, 1, 2), LGS_PROBLEM_ODOO_CONTRACT);
    stage_close(&stage);
    /* a message of Odoo's that names rows of both is said to neither, until it is one's */
    of("01", "[" PART(1, "l.1", "a", "a") "," PART(2, "l.2", "b", "b") "]");
    PLAY(&stage, {{"p/load"}, MESSAGES(BAD(0, 1, "name", "bad a"))},
         {{"[[\"l.1\",\"a\"]]"}, MESSAGES(BAD(0, 0, "name", "bad a"))},
         {{"[[\"l.2\",\"b\"]]"}, IDS("2")});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad a");
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 2, NULL);
    stage_close(&stage);
}

int main(void)
{
    RUN(two_partners_share_three_calls);
    RUN(the_same_facts_need_no_second_search);
    RUN(equal_numbers_of_two_partners);
    RUN(a_row_with_numbers_of_both_is_its_owners_alone);
    RUN(what_nobody_confirms_is_nobodys);
    RUN(many_are_ones_own);
    RUN(who_has_no_facts_asks_for_nothing);
    RUN(a_way_without_its_field_is_closed_for_its_partner);
    RUN(ways_of_several_conditions);
    RUN(the_condition_holds_in_both);
    RUN(a_search_that_fails_is_made_apart);
    RUN(a_second_search_that_fails_is_made_apart);
    RUN(names_are_ones_own);
    RUN(two_partners_change_one_record_in_turn);
    RUN(a_load_that_fails_is_made_in_parts);
    return DONE();
}
