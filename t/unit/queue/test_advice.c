/* What an application advice is written from: the sets of a message that was given up. */
#include "../../../ngx_logistics_module/queue/advice.h"
#include "../unit.h"

static lgs_arena_t *arena;
static lgs_errs_t errs;

#define X12_SRC(set)                                                                               \
    "\"src\":{\"format\":\"x12\",\"msg\":\"214\",\"ctl\":[\"000000107\",\"12\",\"" set "\"]}"

/* The sets of a message with that body, as JSON. */
static lgs_str_t sets_of(const char *state, const char *body)
{
    const lgs_letter_t letter = {.id = LGS_STR("m"),
                                 .state = lgs_cstr(state),
                                 .closed = LGS_STR("1763633472500"),
                                 .reason = LGS_STR("refused-by-odoo"),
                                 .error = LGS_STR("no \"such\" transfer"),
                                 .body = lgs_cstr(body)};
    lgs_buf_t buf;

    lgs_errs_init(&errs, arena, 4);
    lgs_buf_init(&buf, arena, 64, 0);
    return lgs_advice_of(&letter, arena, &buf, &errs) == LGS_OK ? lgs_buf_text(&buf) : LGS_STR("?");
}

#define HEAD "{\"id\":\"m\",\"at\":\"2025-11-20T10:11:12.500Z\",\"sets\":["
#define WHY  "\"code\":\"refused-by-odoo\",\"detail\":\"no \\\"such\\\" transfer\""

TEST(sets_are_told_once_by_their_numbers)
{
    CHECK_STR(
        sets_of("dead", "[{\"id\":\"1\",\"refs\":[{\"v\":\"A\"}]," X12_SRC(
                            "0001") "},"
                                    "{\"id\":\"2\"," X12_SRC("0001") "},{\"id\":\"3\"," X12_SRC(
                                        "0002") "}]"),
        HEAD "{\"standard\":\"x12\",\"set\":\"214\",\"interchange\":\"000000107\",\"group\":\"12\","
             "\"control\":\"0001\"," WHY ",\"refs\":[{\"v\":\"A\"}]},"
             "{\"standard\":\"x12\",\"set\":\"214\",\"interchange\":\"000000107\",\"group\":\"12\","
             "\"control\":\"0002\"," WHY "}]}");
    CHECK_STR(
        sets_of("dead",
                "[{\"src\":{\"format\":\"edifact\",\"msg\":\"IFTSTA\",\"ctl\":[\"7\",\"1\"]}}]"),
        HEAD
        "{\"standard\":\"edifact\",\"set\":\"IFTSTA\",\"interchange\":\"7\",\"control\":\"1\"," WHY
        "}]}");
    CHECK_STR(
        sets_of("dead", "[{\"src\":{\"format\":\"x12\",\"msg\":\"214\",\"ctl\":[\"0001\"]}}]"),
        HEAD "{\"standard\":\"x12\",\"set\":\"214\",\"control\":\"0001\"," WHY "}]}");
}

/* One record has a reason of its own, of the other none is known. */
TEST(each_set_is_told_its_own_reason)
{
    const lgs_letter_t letter = {
        .id = LGS_STR("m"),
        .state = LGS_STR("dead"),
        .closed = LGS_STR("1763633472500"),
        .reason = LGS_STR("refused-by-odoo"),
        .error = LGS_STR("no \"such\" transfer"),
        .body = LGS_STR("[{" X12_SRC("0001") "},{" X12_SRC("0002") "}]"),
        .whys = LGS_STR("[{},{\"code\":\"unknown-reference\",\"detail\":\"no B\"}]")};
    lgs_buf_t buf;

    lgs_errs_init(&errs, arena, 4);
    lgs_buf_init(&buf, arena, 64, 0);
    CHECK_INT(lgs_advice_of(&letter, arena, &buf, &errs), LGS_OK);
    CHECK_STR(
        lgs_buf_text(&buf), HEAD
        "{\"standard\":\"x12\",\"set\":\"214\",\"interchange\":\"000000107\",\"group\":\"12\","
        "\"control\":\"0001\"," WHY
        "},{\"standard\":\"x12\",\"set\":\"214\",\"interchange\":\"000000107\",\"group\":\"12\","
        "\"control\":\"0002\",\"code\":\"unknown-reference\",\"detail\":\"no B\"}]}");
}

TEST(what_has_no_number_is_not_told)
{
    static const char *const bodies[] = {"[]",
                                         "{}",
                                         "[1, null, {}]",
                                         "[{\"src\":{\"format\":\"json\",\"ctl\":[\"1\"]}}]",
                                         "[{\"src\":{\"format\":\"x12\",\"ctl\":[]}}]",
                                         "[{\"src\":{\"format\":\"x12\",\"ctl\":\"1\"}}]",
                                         ""};

    for (size_t i = 0; i < LGS_N(bodies); i++) {
        CHECK_STR(sets_of("dead", bodies[i]), HEAD "]}");
    }
    CHECK_STR(sets_of("delivered", "[{" X12_SRC("0001") "}]"), HEAD "]}");
    CHECK_STR(sets_of("accepted", "[{" X12_SRC("0001") "}]"), HEAD "]}");
    CHECK_STR(sets_of("dead", "[{"), "?");
}

TEST(memory_runs_out)
{
    static const char body[] = "[{\"refs\":[{\"v\":\"A\"}]," X12_SRC("0001") "},{" X12_SRC(
        "0002") "}]";
    const lgs_letter_t letter = {.id = LGS_STR("m"),
                                 .state = LGS_STR("dead"),
                                 .closed = LGS_STR("1763633472500"),
                                 .body = LGS_STR(body),
                                 .whys = LGS_STR("[{\"code\":\"c\",\"detail\":\"d\"},{}]")};
    lgs_rc_t rc = LGS_NOMEM;
    unsigned n_failed = 0;

    for (size_t ceiling = 64; rc == LGS_NOMEM; ceiling += 64) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);
        lgs_buf_t buf;

        CHECK(small != NULL && ceiling < (1u << 20));
        lgs_errs_init(&errs, small, 1);
        lgs_buf_init(&buf, small, 16, 0);
        rc = lgs_advice_of(&letter, small, &buf, &errs);
        n_failed += rc == LGS_NOMEM;
        lgs_arena_destroy(small);
    }
    CHECK_INT(rc, LGS_OK);
    CHECK(n_failed > 3);
}

int main(void)
{
    arena = lgs_arena_create(4096, 0);
    RUN(sets_are_told_once_by_their_numbers);
    RUN(each_set_is_told_its_own_reason);
    RUN(what_has_no_number_is_not_told);
    RUN(memory_runs_out);
    lgs_arena_destroy(arena);
    return DONE();
}
