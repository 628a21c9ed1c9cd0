/* Machines: what each kind of event becomes, and every finding with its place. */
#include "../unit.h"

#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/order/machine.h"

static lgs_arena_t *arena;
static lgs_errs_t errs;

static const char parcel[] =
    "{\"machine\":\"parcel\",\"key\":[\"tracking\",\"pro\"],\"start\":\"none\",\n"
    "\"states\":{\"none\":{\"rank\":0},\"taken\":{\"rank\":10},\"moving\":{\"rank\":20},\n"
    "\"held\":{\"rank\":20},\"there\":{\"rank\":90,\"needs\":[\"taken\"]}},\n"
    "\"events\":{\"take\":{\"to\":\"taken\",\"from\":[\"none\"]},\n"
    "\"scan\":{\"to\":\"moving\",\"repeat\":true},\"hold\":{\"to\":\"held\"},\n"
    "\"give\":{\"to\":\"there\",\"from\":[\"moving\",\"held\"],\"impossible\":\"park\"},\n"
    "\"plan\":{\"to\":\"there\",\"timing\":[\"planned\"],\"duplicate\":\"refuse\"},\n"
    "\"note\":{\"from\":[\"moving\"],\"impossible\":\"refuse\"}},\n"
    "\"park\":{\"for\":\"2h\",\"then\":\"apply\"}}";

static const lgs_machine_t *compile(const char *text)
{
    static const char types_text[] = "[\"take\",\"scan\",\"hold\",\"give\",\"plan\",\"note\"]";
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc)), types;

    lgs_errs_init(&errs, arena, 20);
    if (lgs_json_read(arena, lgs_cstr(text), NULL, doc, &errs) != LGS_OK ||
        lgs_json_read(arena, lgs_cstr(types_text), NULL, &types, &errs) != LGS_OK) {
        unit_show(&errs);
        exit(1);
    }
    return lgs_machine_compile(arena, doc, &types.root, &errs);
}

static lgs_machine_event_t event(const char *type, int64_t at_s)
{
    return (lgs_machine_event_t){
        .type = lgs_cstr(type), .timing = LGS_STR("actual"), .at_s = at_s, .has_time = true};
}

/* "order why from to" */
static lgs_str_t decide(const lgs_machine_t *m, lgs_machine_state_t *state, const char *type,
                        int64_t at_s, bool is_due)
{
    lgs_machine_event_t one = event(type, at_s);
    lgs_machine_decision_t d = lgs_machine_decide(m, state, &one, is_due);
    lgs_str_t from = lgs_machine_state_name(m, d.from), to = lgs_machine_state_name(m, d.to);

    return lgs_arena_printf(arena, "%s %s %.*s %.*s%s", lgs_order_name(d.order),
                            lgs_order_why_name(d.why), LGS_FMT(from), LGS_FMT(to),
                            d.missing ? " missing" : "");
}

TEST(a_thing_moves_by_rank)
{
    const lgs_machine_t *m = compile(parcel);
    lgs_machine_state_t state = lgs_machine_start(m);

    CHECK_STR(decide(m, &state, "take", 1, false), "applied fits none taken");
    CHECK_STR(decide(m, &state, "scan", 5, false), "applied fits taken moving");
    CHECK_STR(decide(m, &state, "scan", 7, false), "applied fits moving moving");
    CHECK_STR(decide(m, &state, "scan", 7, false), "noted duplicate moving moving");
    CHECK_STR(decide(m, &state, "scan", 6, false), "noted late moving moving");
    CHECK_STR(decide(m, &state, "take", 9, false), "noted late moving moving");
    CHECK_STR(decide(m, &state, "give", 9, false), "applied fits moving there");
    CHECK_STR(decide(m, &state, "give", 12, false), "noted duplicate there there");
}

TEST(among_one_rank_the_later_event_decides)
{
    const lgs_machine_t *m = compile(parcel);
    lgs_machine_state_t state = lgs_machine_start(m);

    CHECK_STR(decide(m, &state, "scan", 5, false), "applied fits none moving");
    CHECK_STR(decide(m, &state, "hold", 4, false), "noted late moving moving");
    CHECK_STR(decide(m, &state, "hold", 6, false), "applied fits moving held");
    CHECK_STR(decide(m, &state, "hold", 9, false), "noted duplicate held held");
    CHECK_STR(decide(m, &state, "scan", 8, false), "noted late held held");
    CHECK_STR(decide(m, &state, "scan", 10, false), "applied fits held moving");
}

TEST(what_does_not_fit_becomes_what_the_file_says)
{
    const lgs_machine_t *m = compile(parcel);
    lgs_machine_state_t state = lgs_machine_start(m);
    lgs_machine_event_t plan = event("give", 1);

    CHECK_STR(decide(m, &state, "give", 3, false), "parked impossible none none");
    CHECK_STR(decide(m, &state, "note", 3, false), "refused impossible none none");
    CHECK_STR(decide(m, &state, "other", 3, false), "passed fits none none");
    plan.timing = LGS_STR("planned");
    CHECK_INT(lgs_machine_decide(m, &state, &plan, false).order, LGS_ORDER_PASSED);
    CHECK_STR(decide(m, &state, "plan", 3, false), "passed fits none none");
    CHECK_STR(decide(m, &state, "give", 3, true), "applied impossible none there missing");
    plan.type = LGS_STR("plan");
    CHECK_INT(lgs_machine_decide(m, &state, &plan, false).order, LGS_ORDER_REFUSED);
}

TEST(late_events_count_for_completeness)
{
    const lgs_machine_t *m = compile(parcel);
    lgs_machine_state_t state = lgs_machine_start(m);

    CHECK_STR(decide(m, &state, "scan", 5, false), "applied fits none moving");
    CHECK_STR(decide(m, &state, "take", 1, false), "noted late moving moving");
    CHECK_STR(decide(m, &state, "give", 9, false), "applied fits moving there");
}

TEST(records_have_a_key_and_a_time)
{
    const lgs_machine_t *m = compile(parcel);
    lgs_doc_t doc;

    CHECK_INT(lgs_json_read(arena,
                            LGS_STR("[{\"type\":\"scan\",\"timing\":\"actual\",\"refs\":[{\"t\":"
                                    "\"pro\",\"v\":\"P\"},{\"t\":\"tracking\",\"v\":\"T\"}],"
                                    "\"occurred_at\":\"1970-01-01T01:00:05+01:00\"},"
                                    "{\"occurred_at\":null,\"local\":\"1970-01-02\",\"refs\":[{"
                                    "\"t\":\"x\",\"v\":\"y\"}]},{}]"),
                            NULL, &doc, &errs),
              LGS_OK);
    CHECK_STR(lgs_machine_key(m, &doc.root.u.items[0]), "T");
    CHECK_INT(lgs_machine_event(m, &doc.root.u.items[0]).at_s, 5);
    CHECK_STR(lgs_machine_key(m, &doc.root.u.items[1]), "");
    CHECK_INT(lgs_machine_event(m, &doc.root.u.items[1]).at_s, 86400);
    CHECK(!lgs_machine_event(m, &doc.root.u.items[2]).has_time);
}

/* A machine with one edit, and the findings: "code line:column" with the text's beginning. */
static const struct {
    const char *old, *new, *want;
} findings[] = {
    {"\"start\":\"none\"", "\"start\":\"nine\"",
     "machine-state 1:54 there is no state \"nine\"; did you mean \"none\"?"},
    {"\"give\":{", "\"gift\":{", "machine-event 6:1 there is no event type \"gift\""},
    {"\"to\":\"held\"", "\"to\":\"hold\"",
     "machine-state 5:51 there is no state \"hold\"; did you mean \"held\"?"},
    {"\"hold\":{\"to\":\"held\"}", "\"hold\":{}",
     "machine-unreachable 3:1 no events lead from \"none\" to the state \"held\""},
    {"\"from\":[\"none\"]", "\"from\":[\"there\"]",
     "machine-transition 4:39 \"take\" never leads from \"there\" (rank 90) to \"taken\" (rank "
     "10): it is late there"},
    {"\"from\":[\"none\"]", "\"from\":[\"taken\"]",
     "machine-transition 4:39 \"take\" leads from \"taken\" to itself: leave it out of from; "
     "repeat: true says that it may come again"},
    {"\"park\":{\"for\":\"2h\",\"then\":\"apply\"}", "\"late\":\"note\"",
     "machine-park 6:1 \"give\" may be parked, and nothing says for how long: park: {for: 2h, "
     "then: note}"},
    {"\"impossible\":\"park\"", "\"impossible\":\"note\"",
     "machine-park 9:8 nothing is ever parked: leave park out, or say impossible: park"},
    {"\"for\":\"2h\"", "\"for\":\"2 h\"",
     "machine-park 9:15 \"2 h\" is not a time to wait; write a number with s, m, h or d behind "
     "it: 2h"},
    {"\"for\":\"2h\"", "\"for\":\"0s\"",
     "machine-park 9:15 \"0s\" is not a time to wait; write a number with s, m, h or d behind "
     "it: 2h"},
    {"\"rank\":0}", "\"rank\":0,\"needs\":[\"there\"]}",
     "machine-needs 2:11 \"none\" needs \"there\", which has a higher rank and comes after it"},
    {"\"needs\":[\"taken\"]", "\"needs\":[\"there\"]",
     "machine-needs 3:48 state \"there\" needs itself"},
    {"\"needs\":[\"taken\"]", "\"needs\":[\"took\"]",
     "machine-state 3:48 there is no state \"took\""},
    {"\"note\":{", "\"note\":{\"repeat\":true,",
     "machine-transition 8:18 an event that leads nowhere may come again anyway: leave repeat out"},
};

static const char *edited(const char *old, const char *new)
{
    const char *at = strstr(parcel, old);

    if (at == NULL) {
        printf("# no %s\n", old);
        exit(1);
    }
    return lgs_arena_printf(arena, "%.*s%s%s", (int)(at - parcel), parcel, new, at + strlen(old))
        .data;
}

TEST(every_finding_has_its_place)
{
    for (size_t i = 0; i < LGS_N(findings); i++) {
        const lgs_machine_t *m = compile(edited(findings[i].old, findings[i].new));
        lgs_err_t *err = errs.first;

        CHECK(m == NULL);
        CHECK_INT(errs.n, 1);
        if (err) {
            CHECK_STR(lgs_arena_printf(arena, "%s %u:%u %.*s", err->code, err->pos.line,
                                       err->pos.column, LGS_FMT(err->text)),
                      findings[i].want);
        }
    }
}

/* A machine of n states in a row and as many events. */
static const char *row(unsigned n_states, unsigned n_events, unsigned n_keys)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_buf_cstr(&buf, "{\"machine\":\"row\",\"start\":\"s0\",\"key\":[");
    for (unsigned i = 0; i < n_keys; i++) {
        lgs_buf_printf(&buf, "%s\"k%u\"", i ? "," : "", i);
    }
    lgs_buf_cstr(&buf, "],\"states\":{");
    for (unsigned i = 0; i < n_states; i++) {
        lgs_buf_printf(&buf, "%s\"s%u\":{\"rank\":%u}", i ? "," : "", i, i);
    }
    lgs_buf_cstr(&buf, "},\"events\":{");
    for (unsigned i = 0; i < n_events; i++) {
        lgs_buf_printf(&buf, "%s\"e%u\":{\"to\":\"s%u\"}", i ? "," : "", i,
                       i < n_states && i < 64 ? i : 0);
    }
    lgs_buf_cstr(&buf, "}}");
    lgs_buf_byte(&buf, '\0');
    return lgs_buf_text(&buf).data;
}

static const lgs_machine_t *compile_row(unsigned n_states, unsigned n_events, unsigned n_keys)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));

    lgs_errs_init(&errs, arena, 20);
    CHECK_INT(lgs_json_read(arena, lgs_cstr(row(n_states, n_events, n_keys)), NULL, doc, &errs),
              LGS_OK);
    return lgs_machine_compile(arena, doc, NULL, &errs);
}

TEST(limits)
{
    CHECK(compile_row(64, 256, 16) != NULL);
    CHECK_INT(errs.n, 0);
    CHECK(compile_row(65, 256, 16) == NULL && errs.n == 1);
    CHECK(compile_row(64, 257, 16) == NULL && errs.n == 1);
    CHECK(compile_row(64, 256, 17) == NULL && errs.n == 1);
}

TEST(out_of_memory_is_an_error)
{
    size_t ceiling = 64, n_failed = 0;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 20);
    CHECK_INT(lgs_json_read(arena, lgs_cstr(parcel), NULL, &doc, &errs), LGS_OK);
    for (; ceiling < 1 << 20; ceiling += 256) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);
        bool ok = lgs_machine_compile(small, &doc, NULL, &errs) != NULL;

        n_failed += !ok;
        CHECK(ok || (errs.first && strcmp(errs.first->code, "out-of-memory") == 0));
        lgs_arena_destroy(small);
        lgs_errs_init(&errs, arena, 20);
        if (ok) {
            break;
        }
    }
    CHECK(n_failed > 2 && ceiling < 1 << 20);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(a_thing_moves_by_rank);
    RUN(among_one_rank_the_later_event_decides);
    RUN(what_does_not_fit_becomes_what_the_file_says);
    RUN(late_events_count_for_completeness);
    RUN(records_have_a_key_and_a_time);
    RUN(every_finding_has_its_place);
    RUN(limits);
    RUN(out_of_memory_is_an_error);
    lgs_arena_destroy(arena);
    return DONE();
}
