#include "script.h"

#include "../../../ngx_logistics_module/odoo/bounds.h"

#define BOUNDS                                                                                     \
    "{\"m\":[{\"carrier\":\"$partner.carrier\"},{\"type.house\":\"$partner.houses\",\"open\":"     \
    "true}],\"n\":[{\"owner\":\"$partner.owner\"}],\"p\":\"all\"}"
#define FACTS "{\"carrier\":3,\"houses\":[1,2],\"none\":[]}"
#define FIND(model, more)                                                                          \
    "[{\"op\":\"write\",\"model\":\"" model "\",\"values\":{\"a\":1},\"record\":{\"find\":\"f\"}," \
    "\"find\":{\"f\":{\"model\":\"" model "\",\"by\":\"name\",\"value\":\"X\"" more "}}}]"
#define FIELDS                                                                                     \
    "{\"name\":{\"type\":\"char\"},\"carrier\":{\"type\":\"many2one\"},\"type\":{\"type\":"        \
    "\"many2one\"},\"open\":{\"type\":\"boolean\"},\"owner\":{\"type\":\"many2one\"}}"
#define WITHOUT_CARRIER                                                                            \
    "{\"name\":{\"type\":\"char\"},\"type\":{\"type\":\"many2one\"},\"open\":{\"type\":"           \
    "\"boolean\"}}"

static stage_t stage;

static void setup(const char *facts, const char *operations)
{
    stage_open(&stage, LGS_ODOO_JSON2);
    stage.reach = stage_reach(stage.arena, BOUNDS, facts);
    CHECK(stage_plan(&stage, operations) != NULL);
}

TEST(a_record_is_looked_up_under_its_bounds)
{
    setup(FACTS, FIND("m", ""));
    PLAY(&stage, {{"m/fields_get", "[\"name\",\"carrier\",\"type\",\"open\"]"}, FIELDS},
         {{"m/search_read",
           "[[\"name\",\"in\",[\"X\"]],\"|\",[\"carrier\",\"=\",3],\"&\",[\"type.house\",\"in\","
           "[1,2]],[\"open\",\"=\",true]]"},
          "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "no m with name \"X\"");
    stage_close(&stage);
}

TEST(a_way_without_its_fact_or_field_is_closed)
{
    setup("{\"houses\":1}", FIND("m", ""));
    PLAY(&stage, {{"m/fields_get", "[\"name\",\"type\",\"open\"]"}, FIELDS},
         {{"[[\"name\",\"in\",[\"X\"]],\"&\",[\"type.house\",\"=\",1],[\"open\",\"=\",true]]"},
          "[]"});
    stage_close(&stage);
    setup(FACTS, FIND("m", ""));
    PLAY(&stage, {{"m/fields_get"}, WITHOUT_CARRIER},
         {{"[[\"name\",\"in\",[\"X\"]],\"&\",[\"type.house\",\"in\",[1,2]],[\"open\",\"=\",true]]"},
          "[]"});
    stage_close(&stage);
    setup("{\"carrier\":3}", FIND("m", "")); /* a server that has no field of any way */
    PLAY(&stage, {{"m/fields_get"}, WITHOUT_CARRIER});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "no m with");
    stage_close(&stage);
}

/* No record of the model is asked for; the partner is not told which fact it is. */
TEST(a_partner_without_any_fact_reaches_nothing)
{
    setup(FACTS, FIND("n", ""));
    PLAY(&stage, {{"n/fields_get"}, FIELDS});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_FORBIDDEN, 0, "which records of n");
    CHECK(!stage_holds(lgs_odoo_plan_outcome(stage.plan, 0)->message, LGS_STR(""), "owner"));
    CHECK_STR(lgs_odoo_plan_outcome(stage.plan, 0)->lacks, "owner");
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_FORBIDDEN);
    stage_close(&stage);
    setup(FACTS, FIND("n", ",\"else\":\"skip\""));
    PLAY(&stage, {{"n/fields_get"}, FIELDS});
    stage_outcome(&stage, 0, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, NULL);
    stage_close(&stage);
    setup("{\"owner\":[]}", FIND("n", "")); /* an empty list is no fact */
    PLAY(&stage, {{"n/fields_get"}, FIELDS});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_FORBIDDEN, 0, NULL);
    stage_close(&stage);
}

TEST(a_model_that_nobody_spoke_of_is_not_looked_up)
{
    setup(FACTS, FIND("other", ""));
    PLAY(&stage, {{"other/fields_get"}, FIELDS});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CONTRACT, 0, "records of other");
    stage_close(&stage);
    stage_open(&stage, LGS_ODOO_JSON2);
    stage.reach = (lgs_odoo_reach_t){.bounds = NULL, .is_unbound = true};
    CHECK(stage_plan(&stage, FIND("m", "")) != NULL);
    PLAY(&stage, {{"m/fields_get"}, FIELDS});
    stage_outcome(&stage, 0, LGS_ODOO_FAILED, LGS_PROBLEM_ODOO_CONTRACT, 0, "records of m");
    stage_close(&stage);
}

TEST(who_writes_for_all_has_no_bounds)
{
    setup(NULL, FIND("n", ",\"where\":{\"type\":{\"partner\":\"houses\"}}"));
    stage.reach.is_unbound = true;
    PLAY(&stage, {{"n/fields_get"}, FIELDS}, {{"\"domain\":[[\"name\",\"in\",[\"X\"]]]"}, "[]"});
    stage_close(&stage);
}

TEST(a_find_takes_facts_itself)
{
    setup(FACTS, FIND("p", ",\"where\":{\"type\":{\"partner\":\"houses\"},\"open\":false}"));
    PLAY(&stage, {{"p/fields_get"}, FIELDS},
         {{"[[\"name\",\"in\",[\"X\"]],[\"type\",\"in\",[1,2]],[\"open\",\"=\",false]]"}, "[]"});
    stage_close(&stage);
    setup(FACTS, FIND("p", ",\"where\":{\"type\":{\"partner\":\"other\"}}"));
    stage_play(&stage, NULL, 0);
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_FORBIDDEN, 0, "which records of p");
    CHECK_STR(lgs_odoo_plan_outcome(stage.plan, 0)->lacks, "other");
    stage_close(&stage);
    setup(FACTS, "[{\"op\":\"write\",\"model\":\"p\",\"values\":{},\"record\":{\"find\":\"f\"},"
                 "\"find\":{\"f\":{\"model\":\"p\",\"by\":\"name\",\"value\":{\"partner\":"
                 "\"houses\"},\"many\":\"first\"}}}]");
    PLAY(&stage, {{"p/fields_get"}, FIELDS}, {{"[[\"name\",\"in\",[\"1\",\"2\"]]]"}, "[]"});
    stage_close(&stage);
}

#define HOUSES_AND_TWO                                                                             \
    "[{\"op\":\"write\",\"model\":\"p\",\"values\":{},\"record\":{\"find\":\"f\"},\"find\":{"      \
    "\"f\":{"                                                                                      \
    "\"model\":\"p\",\"by\":\"name\",\"value\":[{\"partner\":\"houses\"},\"X\",\"Y\"]}}}]"

TEST(facts_of_a_find_count_as_its_values)
{
    setup("{\"houses\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}", HOUSES_AND_TWO);
    PLAY(&stage, {{"p/fields_get"}, FIELDS}, {{"\"14\",\"X\",\"Y\"]]]"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, NULL);
    stage_close(&stage);
    setup("{\"houses\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]}", HOUSES_AND_TWO);
    stage_play(&stage, NULL, 0); /* none is left out in silence */
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNTRANSLATABLE, 0,
                  "more than 16 values are to be tried for one p");
    stage_close(&stage);
}

/* Whether it is there already is asked under the same bounds, with the finds filled in. */
TEST(settling_is_bound_too)
{
    setup(FACTS, "[{\"op\":\"create\",\"model\":\"m\",\"values\":{\"a\":1},\"find\":{\"f\":{"
                 "\"model\":\"p\",\"by\":\"name\",\"value\":\"X\"}},\"settle\":{\"model\":\"m\","
                 "\"by\":\"name\",\"value\":\"N\",\"where\":{\"type\":{\"find\":\"f\"}}}}]");
    PLAY(&stage, {{"p/fields_get"}, FIELDS}, {{"p/search_read"}, "[{\"id\":8,\"name\":\"X\"}]"},
         {{"m/fields_get"}, FIELDS},
         {{"m/search_read", "[\"name\",\"in\",[\"N\"]],[\"type\",\"=\",8],\"|\",[\"carrier\","},
          "[{\"id\":4,\"name\":\"N\"}]"});
    stage_outcome(&stage, 0, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 4, NULL);
    stage_close(&stage);
}

TEST(facts_and_bounds_by_themselves)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_odoo_reach_t reach = stage_reach(arena, BOUNDS, FACTS);
    lgs_node_t text = {.type = LGS_STRING, .u.text = "$partner.x", .n = 10};
    lgs_bound_t bound;

    CHECK_STR(lgs_odoo_fact_name(&text), "x");
    text.n = 9;
    CHECK_STR(lgs_odoo_fact_name(&text), "");
    CHECK_STR(lgs_odoo_fact_name(NULL), "");
    CHECK(lgs_odoo_fact(&reach, LGS_STR("carrier")) != NULL);
    CHECK(lgs_odoo_fact(&reach, LGS_STR("none")) == NULL);
    CHECK(lgs_odoo_fact(NULL, LGS_STR("carrier")) == NULL);
    CHECK(lgs_odoo_bound(arena, NULL, LGS_STR("p"), &bound) == LGS_OK);
    CHECK_INT(bound.kind, LGS_BOUND_UNSAID);
    CHECK(lgs_odoo_bound(arena, &reach, LGS_STR("m"), &bound) == LGS_OK);
    CHECK_INT(bound.kind, LGS_BOUND_SOME);
    CHECK_INT(bound.n_ways, 2);
    reach = stage_reach(arena, "{\"m\":[{}]}", FACTS); /* a way for everybody is none */
    CHECK(lgs_odoo_bound(arena, &reach, LGS_STR("m"), &bound) == LGS_OK);
    CHECK_INT(bound.kind, LGS_BOUND_LACKS);
    lgs_arena_destroy(arena);
}

int main(void)
{
    RUN(a_record_is_looked_up_under_its_bounds);
    RUN(a_way_without_its_fact_or_field_is_closed);
    RUN(a_partner_without_any_fact_reaches_nothing);
    RUN(a_model_that_nobody_spoke_of_is_not_looked_up);
    RUN(who_writes_for_all_has_no_bounds);
    RUN(a_find_takes_facts_itself);
    RUN(facts_of_a_find_count_as_its_values);
    RUN(settling_is_bound_too);
    RUN(facts_and_bounds_by_themselves);
    return DONE();
}
