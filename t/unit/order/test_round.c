/* Rounds: records of one request through their machines, and where their things are afterwards. */
#include "../unit.h"

#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/order/round.h"

static lgs_arena_t *arena;
static lgs_errs_t errs;
static const lgs_machine_t *machine;

static const char machine_text[] =
    "{\"machine\":\"way\",\"key\":[\"k\"],\"start\":\"n\",\"states\":{\"n\":{\"rank\":0},\"a\":{"
    "\"rank\":1},\"b\":{\"rank\":2},\"d\":{\"rank\":9,\"needs\":[\"a\",\"b\"]}},\"events\":{"
    "\"a\":{\"to\":\"a\"},\"b\":{\"to\":\"b\",\"from\":[\"a\"]},\"d\":{\"to\":\"d\"},"
    "\"x\":{\"to\":\"d\",\"from\":[\"b\"],\"impossible\":\"refuse\"},"
    "\"y\":{\"from\":[\"a\"],\"timing\":[\"planned\"]}},"
    "\"impossible\":\"park\",\"park\":{\"for\":\"1h\",\"then\":\"apply\"}}";

static lgs_doc_t read_json(const char *text)
{
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 20);
    if (lgs_json_read(arena, lgs_cstr(text), NULL, &doc, &errs) != LGS_OK) {
        unit_show(&errs);
        exit(1);
    }
    return doc;
}

static void compile(const char *text)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));

    *doc = read_json(text);
    machine = lgs_machine_compile(arena, doc, NULL, &errs);
    unit_show(&errs);
    if (machine == NULL) {
        exit(1);
    }
}

/* "a1 b1 d2": events by type and number. */
static lgs_round_t *round_of(const char *events, bool is_due)
{
    const lgs_round_way_t way = {
        .partner = LGS_STR("acme"), .machine = machine, .keep_ms = 5000, .is_due = is_due};
    uint32_t n = (uint32_t)(strlen(events) + 1) / 3;
    lgs_round_t *round = lgs_round_create(arena, n);

    for (uint32_t i = 0; i < n; i++) {
        lgs_doc_t doc = read_json(
            lgs_arena_printf(arena, "{\"type\":\"%c\",\"refs\":[{\"t\":\"k\",\"v\":\"%c\"}]}%c",
                             events[i * 3], events[i * 3 + 1], 0)
                .data);

        if (lgs_round_add(round, i, &way, &doc.root) != LGS_OK) {
            exit(1);
        }
    }
    return round;
}

static const char *told(lgs_round_t *round, uint32_t n)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 64, 0);
    for (uint32_t i = 0; i < n; i++) {
        lgs_buf_printf(&buf, "%s%s", i ? " " : "",
                       lgs_order_name(lgs_round_at(round, i)->decision.order));
    }
    lgs_buf_byte(&buf, 0);
    return lgs_buf_text(&buf).data;
}

static const char *kept(const lgs_round_t *round, uint32_t thing)
{
    lgs_str_t text = lgs_round_kept(round, thing);

    return lgs_arena_printf(arena, "%.*s%c", LGS_FMT(text), 0).data;
}

TEST(each_record_is_decided_for_its_own_thing)
{
    lgs_round_t *round = round_of("a1 b1 b2 d1", false);
    lgs_buf_t buf;

    CHECK_INT(lgs_round_n_things(round), 2);
    CHECK(lgs_round_thing(round, 0).len == 4 + LGS_THING_DIGITS);
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_STR(lgs_cstr(told(round, 4)), "applied applied parked applied");
    CHECK_INT(lgs_round_settle(round), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "d@-+n,a,b,d");
    CHECK_STR(lgs_cstr(kept(round, 1)), "");
    lgs_buf_init(&buf, arena, 64, 0);
    lgs_round_write_kept(&buf, round, 0);
    lgs_round_write_kept(&buf, round, 1);
    CHECK_STR(lgs_str(lgs_buf_text(&buf).data + 4 + LGS_THING_DIGITS,
                      lgs_buf_text(&buf).len - 4 - LGS_THING_DIGITS),
              " - d@-+n,a,b,d 5000 1\n");
    lgs_round_done(round, 0);
    CHECK_INT(lgs_round_kept(round, 0).len, 0);
    CHECK_INT(lgs_round_count(round, LGS_ORDER_PARKED), 1);
    lgs_buf_init(&buf, arena, 64, 0);
    lgs_round_explain(&buf, lgs_round_at(round, 2));
    CHECK_STR(lgs_buf_text(&buf),
              "way \"2\" is at \"n\": \"b\" is impossible there, and it may come from \"a\"");
    lgs_buf_init(&buf, arena, 64, 0);
    lgs_round_write(&buf, lgs_round_at(round, 3));
    CHECK_STR(lgs_buf_text(&buf),
              "\"machine\":\"way\",\"decision\":\"applied\",\"why\":\"fits\",\"from\":\"b\","
              "\"to\":\"d\"");
}

TEST(what_comes_behind_lets_in_what_waits)
{
    lgs_round_t *round = round_of("b1 a1", false);

    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_STR(lgs_cstr(told(round, 2)), "applied applied");
    round = round_of("b1 x1", true);
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_STR(lgs_cstr(told(round, 2)), "applied applied");
    round = round_of("x1", true);
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_STR(lgs_cstr(told(round, 1)), "refused");
}

TEST(it_begins_where_the_thing_was)
{
    lgs_round_t *round = round_of("b1 a1", false);
    lgs_buf_t buf;

    lgs_round_know(round, 0, LGS_STR("a@-+n,a"));
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_STR(lgs_cstr(told(round, 2)), "applied noted");
    CHECK_INT(lgs_round_settle(round), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "b@-+n,a,b");
    round = round_of("a1", false);
    lgs_round_know(round, 0, LGS_STR("gone@5+n"));
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_STR(lgs_cstr(told(round, 1)), "applied");
    round = round_of("d1", false);
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    lgs_buf_init(&buf, arena, 64, 0);
    lgs_round_write(&buf, lgs_round_at(round, 0));
    CHECK_STR(lgs_buf_text(&buf),
              "\"machine\":\"way\",\"decision\":\"applied\",\"why\":\"fits\",\"from\":\"n\","
              "\"to\":\"d\",\"missing\":[\"a\",\"b\"]");
}

TEST(what_is_not_in_odoo_moves_nothing)
{
    lgs_round_t *round = round_of("a1 b1", false);

    CHECK_INT(lgs_round_decide(round), LGS_OK);
    lgs_round_at(round, 1)->is_undone = true;
    CHECK_INT(lgs_round_settle(round), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "a@-+n,a");
    round = round_of("a1 b1", false);
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    lgs_round_at(round, 0)->is_undone = true;
    CHECK_INT(lgs_round_settle(round), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "b@-+n,b");
    round = round_of("a1", false);
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    lgs_round_at(round, 0)->is_undone = true;
    CHECK_INT(lgs_round_settle(round), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "");
}

TEST(others_may_be_faster)
{
    lgs_round_t *round = round_of("a1 d1", false);
    lgs_buf_t buf;

    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_INT(lgs_round_settle(round), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "d@-+n,a,d");
    CHECK_INT(lgs_round_settle_from(round, 0, LGS_STR("b@-+n,b")), LGS_OK);
    lgs_buf_init(&buf, arena, 64, 0);
    lgs_round_write_kept(&buf, round, 0);
    CHECK_STR(lgs_str(lgs_buf_text(&buf).data + 4 + LGS_THING_DIGITS,
                      lgs_buf_text(&buf).len - 4 - LGS_THING_DIGITS),
              " b@-+n,b d@-+n,a,b,d 5000 1\n");
    CHECK_INT(lgs_round_settle_from(round, 0, LGS_STR("d@-+n,a,b,d")), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "");
}

TEST(what_the_machine_passes_keeps_nothing)
{
    lgs_round_t *round = round_of("y1 q1", false);

    CHECK_INT(lgs_round_n_things(round), 1);
    CHECK_INT(lgs_round_decide(round), LGS_OK);
    CHECK_STR(lgs_cstr(told(round, 2)), "passed passed");
    CHECK_INT(lgs_round_settle(round), LGS_OK);
    CHECK_STR(lgs_cstr(kept(round, 0)), "");
}

TEST(states_as_texts)
{
    static const struct {
        const char *text;
        bool is_good;
        const char *again;
    } rows[] = {
        {"a@-+n,a", true, "a@-+n,a"},
        {"b@1700000000+n,b", true, "b@1700000000+n,b"},
        {"b@-5+b", true, "b@-5+b"},
        {"b@0+b,gone", true, "b@0+b"},
        {"b@0+", true, "b@0"},
        {"", false, "n@-+n"},
        {"b", false, "n@-+n"},
        {"b@1", false, "n@-+n"},
        {"gone@1+b", false, "n@-+n"},
        {"b@x+b", false, "n@-+n"},
        {"b@1x+b", false, "n@-+n"},
        {"b@ 1+b", false, "n@-+n"},
        {"b@123456789012345678901+b", false, "n@-+n"},
        {"b@+b", false, "n@-+n"},
        {"b@999999999999999999+b", true, "b@999999999999999999+b"},
        {"b@1000000000000000000+b", false, "n@-+n"},
        {"b@--5+b", false, "n@-+n"},
    };

    for (size_t i = 0; i < LGS_N(rows); i++) {
        lgs_machine_state_t state;
        lgs_buf_t buf;

        CHECK(lgs_machine_state_read(machine, lgs_cstr(rows[i].text), &state) == rows[i].is_good);
        lgs_buf_init(&buf, arena, 64, 0);
        lgs_machine_state_write(&buf, machine, &state);
        CHECK_STR(lgs_buf_text(&buf), rows[i].again);
    }
}

TEST(a_text_has_8192_bytes_at_most)
{
    char text[LGS_MACHINE_MAX_KEPT + 2];
    lgs_machine_state_t state;

    memset(text, ',', sizeof(text));
    memcpy(text, "b@1+b", 5);
    CHECK(lgs_machine_state_read(machine, lgs_str(text, LGS_MACHINE_MAX_KEPT), &state));
    CHECK(!lgs_machine_state_read(machine, lgs_str(text, LGS_MACHINE_MAX_KEPT + 1), &state));
}

TEST(no_memory_is_an_error)
{
    const lgs_round_way_t way = {.partner = LGS_STR("acme"), .machine = machine};
    lgs_doc_t doc = read_json("{\"type\":\"b\",\"refs\":[{\"t\":\"k\",\"v\":\"1\"}]}");
    bool has_done = false;

    for (size_t ceiling = 64; ceiling < 65536 && !has_done; ceiling += 64) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);
        lgs_round_t *round = small ? lgs_round_create(small, 1) : NULL;

        has_done = round && lgs_round_add(round, 0, &way, &doc.root) == LGS_OK &&
                   lgs_round_decide(round) == LGS_OK && lgs_round_settle(round) == LGS_OK;
        lgs_arena_destroy(small);
    }
    CHECK(has_done);
}

TEST(numbers_of_two_partners_are_two_things)
{
    lgs_round_way_t way = {.partner = LGS_STR("acme"), .machine = machine};
    lgs_round_t *round = lgs_round_create(arena, 3);
    lgs_doc_t doc = read_json("{\"type\":\"b\",\"refs\":[{\"t\":\"k\",\"v\":\"1\"}]}");

    CHECK(lgs_round_add(round, 0, &way, &doc.root) == LGS_OK);
    CHECK(lgs_round_add(round, 1, &way, &doc.root) == LGS_OK);
    way.partner = LGS_STR("other");
    CHECK(lgs_round_add(round, 2, &way, &doc.root) == LGS_OK);
    CHECK_INT(lgs_round_n_things(round), 2);
    CHECK_STR(lgs_round_partner(round, 0), "acme");
    CHECK_STR(lgs_round_partner(round, 1), "other");
    CHECK(!lgs_str_eq(lgs_round_thing(round, 0), lgs_round_thing(round, 1)));
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    compile(machine_text);
    RUN(each_record_is_decided_for_its_own_thing);
    RUN(what_comes_behind_lets_in_what_waits);
    RUN(it_begins_where_the_thing_was);
    RUN(what_is_not_in_odoo_moves_nothing);
    RUN(others_may_be_faster);
    RUN(what_the_machine_passes_keeps_nothing);
    RUN(states_as_texts);
    RUN(a_text_has_8192_bytes_at_most);
    RUN(no_memory_is_an_error);
    RUN(numbers_of_two_partners_are_two_things);
    lgs_arena_destroy(arena);
    return DONE();
}
