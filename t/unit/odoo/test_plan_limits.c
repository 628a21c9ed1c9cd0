/* How much one plan asks: rows of a call, rounds, calls, values of a search, memory. */
#include "notes.h"

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
    const lgs_odoo_reach_t *reach = &everything;
    lgs_doc_t doc;
    lgs_errs_t errs;

    lgs_errs_init(&errs, document, 5);
    everything = stage_reach(document, EVERYTHING, NULL);
    CHECK(lgs_json_read(document, LGS_STR("[" NOTE("1", "A") "]"), NULL, &doc, &errs) == LGS_OK);
    for (size_t ceiling = 300; ceiling < 40000; ceiling += 61) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_odoo_facts_t *facts = lgs_odoo_facts_create();
        lgs_odoo_plan_t *plan = lgs_odoo_plan_create(
            arena, &target, facts, &(lgs_odoo_work_t){doc.root.u.items, 1, &reach, LGS_STR("c")},
            &errs);
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
    RUN(a_call_carries_500_rows_and_not_one_more);
    RUN(rounds_of_bad_rows_are_bounded);
    RUN(the_number_of_calls_is_bounded);
    RUN(searches_are_cut_in_parts_of_500_values);
    RUN(short_memory_ends_the_plan);
    return DONE();
}
