#include "../../../ngx_logistics_module/queue/letter.h"
#include "../unit.h"

static lgs_arena_t *arena;
static lgs_errs_t errs;

static const char body[] = "[{\"v\":1,\"id\":\"ev_1\",\"refs\":[{\"t\":\"tracking\",\"v\":\"T1\"}],"
                           "\"pieces\":2,\"a/b\":{}}]";

/* The body after changes, or what is said against them. */
static lgs_str_t fixed(const char *const *texts, uint32_t n, lgs_fixed_t *result)
{
    lgs_fix_t fixes[4];

    lgs_errs_init(&errs, arena, 4);
    for (uint32_t i = 0; i < n; i++) {
        if (lgs_fix_read(arena, lgs_cstr(texts[i]), &fixes[i], &errs) != LGS_OK) {
            return errs.first ? errs.first->text : LGS_STR("?");
        }
    }
    if (lgs_fix_apply(arena, lgs_cstr(body), fixes, n, result, &errs) != LGS_OK) {
        return errs.first ? errs.first->text : LGS_STR("?");
    }
    return result->body;
}

static lgs_str_t fixed_by(const char *text)
{
    lgs_fixed_t result;

    return fixed(&text, 1, &result);
}

TEST(fields_are_changed_and_told)
{
    static const char *const texts[] = {"/0/refs/0/v=T=2", "/0/pieces:=3", "/0/note=new"};
    lgs_fixed_t result;

    CHECK_STR(fixed(texts, 3, &result),
              "[{\"v\":1,\"id\":\"ev_1\",\"refs\":[{\"t\":\"tracking\",\"v\":\"T=2\"}],"
              "\"pieces\":3,\"a/b\":{},\"note\":\"new\"}]");
    CHECK_STR(result.changes, "[{\"pointer\":\"/0/refs/0/v\",\"before\":\"T1\",\"after\":\"T=2\"},"
                              "{\"pointer\":\"/0/pieces\",\"before\":2,\"after\":3},"
                              "{\"pointer\":\"/0/note\",\"after\":\"new\"}]");
    CHECK_STR(lgs_node_text(lgs_node_pointer(&result.records, LGS_STR("/0/note"))), "new");
}

TEST(names_with_slashes)
{
    CHECK(strstr(fixed_by("/0/a~1b/c~0d=x").data, "\"a/b\":{\"c~d\":\"x\"}") != NULL);
}

TEST(what_is_no_change_is_refused)
{
    static const char *const identities[] = {"/0/id=x", "/0/v:=2", "/0:={}", "/0={}", "/=x"};
    static const char *const nowhere[] = {"/1/type=x", "/0/refs/1=x", "/type/x=x", "/0/no/such=x",
                                          "/0/=x"};
    static const char *const no_change[] = {"", "=", ":=", "type=x", "/0/type", ":=1"};

    for (size_t i = 0; i < LGS_N(identities); i++) {
        CHECK(strstr(fixed_by(identities[i]).data, "and stays") != NULL);
    }
    for (size_t i = 0; i < LGS_N(nowhere); i++) {
        CHECK(strstr(fixed_by(nowhere[i]).data, "leads to nothing") != NULL);
    }
    for (size_t i = 0; i < LGS_N(no_change); i++) {
        CHECK(strstr(fixed_by(no_change[i]).data, "is no change") != NULL);
    }
    CHECK(fixed_by("/0/pieces:={").len > 0 && errs.n == 1);
}

TEST(a_message_as_operators_see_it)
{
    static const lgs_str_t texts[] = {
        LGS_STR_INIT("state"),          LGS_STR_INIT("dead"),     LGS_STR_INIT("at"),
        LGS_STR_INIT("1763737200123"),  LGS_STR_INIT("attempts"), LGS_STR_INIT("2"),
        LGS_STR_INIT("body"),           LGS_STR_INIT("[1]"),      LGS_STR_INIT("history"),
        LGS_STR_INIT("{\"by\":\"x\"}"), LGS_STR_INIT("secret"),   LGS_STR_INIT("never")};
    lgs_letter_t letter;
    lgs_buf_t buf;

    CHECK(lgs_letter_take(&letter, LGS_STR("m1"), texts, LGS_N(texts)));
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_letter_write(&buf, &letter);
    CHECK_STR(lgs_buf_text(&buf), "{\"message\":\"m1\",\"state\":\"dead\","
                                  "\"accepted_at\":\"2025-11-21T15:00:00.123Z\",\"attempts\":2,"
                                  "\"left\":[1],\"history\":[{\"by\":\"x\"}]}");
    CHECK(!lgs_letter_take(&letter, LGS_STR("m1"), NULL, 0));
}

TEST(a_source_of_other_characters_is_base64)
{
    lgs_letter_t letter = {
        .id = LGS_STR("m1"), .state = LGS_STR("dead"), .source = LGS_STR("caf\xe9;\n")};
    lgs_buf_t buf;
    lgs_doc_t doc;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_letter_write(&buf, &letter);
    CHECK(lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, NULL) == LGS_OK);
    CHECK_STR(lgs_node_text(lgs_node_at(&doc.root, "source_base64")), "Y2Fm6TsK");
    CHECK(lgs_node_at(&doc.root, "source") == NULL);
}

TEST(a_listed_letter)
{
    lgs_str_t texts[11];
    lgs_letter_t letter;

    CHECK_INT(lgs_dead_letters.n_texts, LGS_N(texts));
    CHECK_INT(lgs_picked_letters.n_texts, LGS_N(texts));
    for (size_t i = 0; i < LGS_N(texts); i++) {
        texts[i] = lgs_arena_printf(arena, "t%zu", i);
    }
    CHECK_STR(lgs_dead_letters.take(&letter, texts), "t6");
    CHECK_STR(letter.id, "t0");
    CHECK_STR(letter.partner, "t1");
    CHECK_STR(letter.error, "t9");
    CHECK_STR(letter.state, "t10");
}

TEST(a_listed_callback)
{
    lgs_str_t texts[29];
    lgs_letter_t letter;

    CHECK_INT(lgs_untold_callbacks.n_texts, LGS_N(texts));
    for (size_t i = 0; i < LGS_N(texts); i++) {
        texts[i] = LGS_STR("");
    }
    texts[0] = LGS_STR("m1");
    texts[1] = LGS_STR("state");
    texts[2] = LGS_STR("delivered");
    texts[27] = LGS_STR("callback_closed");
    texts[28] = LGS_STR("1763737200123");
    CHECK_STR(lgs_untold_callbacks.take(&letter, texts), "1763737200123");
    CHECK_STR(letter.id, "m1");
    CHECK_STR(letter.state, "delivered");
}

TEST(times)
{
    CHECK_STR(lgs_letter_time(arena, LGS_STR("0")), "1970-01-01T00:00:00.000Z");
    CHECK_INT(lgs_letter_time(arena, LGS_STR("")).len, 0);
    CHECK_INT(lgs_letter_time(arena, LGS_STR("1x")).len, 0);
    CHECK_INT(lgs_letter_time(arena, LGS_STR("1234567890123456")).len, 0);
}

TEST(deeds)
{
    const lgs_deed_t deed = {"replay", LGS_STR("eva"), LGS_STR("it \"was\" wrong"), LGS_STR("[{}]"),
                             LGS_STR("abc")};
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_deed_write(&buf, &deed);
    CHECK_STR(lgs_buf_text(&buf), "{\"did\":\"replay\",\"by\":\"eva\",\"why\":\"it \\\"was\\\" "
                                  "wrong\",\"revision\":\"abc\",\"changes\":[{}]}");
}

TEST(memory_may_run_out)
{
    unsigned n_failed = 0, n_done = 0;

    for (size_t ceiling = 256; ceiling < 32768; ceiling += 128) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);
        lgs_fixed_t result;
        lgs_fix_t fix = {LGS_STR("/0/note"), lgs_node_string(LGS_STR("x"), LGS_NO_OFFSET, 0)};
        lgs_rc_t rc;

        if (small == NULL) {
            continue;
        }
        lgs_errs_init(&errs, small, 1);
        rc = lgs_fix_apply(small, lgs_cstr(body), &fix, 1, &result, &errs);
        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        n_failed += rc == LGS_NOMEM;
        n_done += rc == LGS_OK;
        lgs_arena_destroy(small);
    }
    CHECK(n_failed > 0);
    CHECK(n_done > 0);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(fields_are_changed_and_told);
    RUN(names_with_slashes);
    RUN(what_is_no_change_is_refused);
    RUN(a_message_as_operators_see_it);
    RUN(a_source_of_other_characters_is_base64);
    RUN(a_listed_letter);
    RUN(a_listed_callback);
    RUN(times);
    RUN(deeds);
    RUN(memory_may_run_out);
    lgs_arena_destroy(arena);
    return DONE();
}
