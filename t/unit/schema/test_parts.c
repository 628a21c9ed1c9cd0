/* The private parts: URIs (RFC 3986 section 5.4) and numbers. */
#include "schema_case.h"
#include "../../../ngx_logistics_module/schema/program.h"

TEST(references_resolve_as_rfc_3986_says)
{
    static const char *const cases[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(lgs_uri_resolve(arena, LGS_STR("http://a/b/c/d;p?q"), lgs_cstr(cases[i][0])),
                  cases[i][1]);
    }
    CHECK_STR(lgs_uri_resolve(arena, LGS_STR("canonical/event.json"), LGS_STR("stop.json")),
              "canonical/stop.json");
    CHECK_STR(lgs_uri_resolve(arena, LGS_STR("event.json"), LGS_STR("stop.json")), "stop.json");
    CHECK_STR(lgs_uri_resolve(arena, LGS_STR("http://a"), LGS_STR("b")), "http://a/b");
    lgs_arena_destroy(arena);
}

static lgs_number_t number(const char *text)
{
    return lgs_number_read(lgs_cstr(text));
}

TEST(numbers_are_ordered_however_they_are_written)
{
    /* ascending; each group of spellings is equal */
    static const char *const groups[][4] = {
        {"-1e999999999999999999999", "-1E+999999999999999999999"},
        {"-100.5", "-1005e-1", "-100.50", "-1.005e2"},
        {"-100"},
        {"-0.001", "-1e-3"},
        {"0", "-0", "0.000", "0e10"},
        {"1e-400", "10e-401"},
        {"0.09"},
        {"0.1", "0.10", "1e-1", "100e-3"},
        {"9"},
        {"10", "1e1", "10.0", "0.1e2"},
        {"10.01"},
        {"10.1"},
        {"123456789012345678901234567890", "1.2345678901234567890123456789e29"},
        {"123456789012345678901234567891"},
        {"1e400", "10e399", "0.01e402"},
    };

    for (size_t i = 0; i < LGS_N(groups); i++) {
        for (size_t j = 0; j < LGS_N(groups); j++) {
            for (size_t k = 0; k < 4 && groups[i][k]; k++) {
                lgs_number_t a = number(groups[i][k]), b = number(groups[j][0]);

                CHECK_INT(lgs_number_compare(&a, &b), i < j ? -1 : i > j);
                CHECK_INT(lgs_number_compare(&b, &a), i < j ? 1 : -(i > j));
                CHECK(i != j || lgs_number_hash(&a) == lgs_number_hash(&b));
            }
        }
    }
}

TEST(counts_and_steps_of_a_run_have_a_ceiling)
{
    run_t run = {.steps = 11, .depth = 1};

    CHECK(lgs_run_enter(&run, 9));
    CHECK(!lgs_run_enter(&run, 0));
    CHECK_INT(run.trouble, LGS_LIMIT);
    CHECK(strcmp(run.reason, "max-depth") == 0);
    lgs_run_leave(&run);
    CHECK_INT(run.steps, 1);
    CHECK(!lgs_run_enter(&run, 1));
    CHECK(strcmp(run.reason, "max-steps") == 0);
}

/* What is left of a schema says yes; all else is the whole one's to say. */
TEST(the_rest_of_a_schema)
{
    static const struct {
        const char *document, *errors;
    } cases[] = {
        {"{\"a\":\"abc\"}", ""},
        {"{\"a\":\"abcd\"}", "/a maxLength"},
        {"{\"a\":\"abcd\",\"b\":1}", "/a maxLength\n/b additionalProperties"},
        {"{\"b\":1}", ""}, /* of this it was said that it never comes */
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_store_t *store = lgs_schema_store_create(arena);
    lgs_schema_t *whole, *other, *rest;
    lgs_doc_t docs[2], doc;
    lgs_errs_t errs;

    CHECK(case_read(arena,
                    "{\"additionalProperties\":false,\"required\":[\"a\"],\"properties\":"
                    "{\"a\":{\"maxLength\":3}}}",
                    &docs[0]));
    CHECK(
        case_read(arena, "{\"properties\":{\"a\":{\"$ref\":\"w.json#/properties/a\"}}}", &docs[1]));
    CHECK(lgs_schema_store_add(store, LGS_STR("w.json"), &docs[0], NULL) == LGS_OK);
    CHECK(lgs_schema_store_add(store, LGS_STR("rest"), &docs[1], NULL) == LGS_OK);
    whole = lgs_schema_compile(store, LGS_STR("w.json"), NULL);
    other = lgs_schema_compile(store, LGS_STR("w.json"), NULL);
    rest = lgs_schema_compile_rest(store, LGS_STR("rest"), whole, NULL);
    for (size_t i = 0; whole && other && rest && i < LGS_N(cases); i++) {
        lgs_rc_t rc;

        lgs_errs_init(&errs, arena, 9);
        CHECK(case_read(arena, cases[i].document, &doc));
        rc = lgs_schema_validate_rest(whole, rest, &doc, NULL, &errs);
        CHECK_STR(case_list(arena, &errs), cases[i].errors);
        CHECK_INT(rc, errs.n ? LGS_INVALID : LGS_OK);
    }
    /* the rest of another schema, or none, says nothing */
    CHECK(rest && lgs_schema_validate_rest(other, rest, &doc, NULL, NULL) == LGS_INVALID);
    CHECK(rest && lgs_schema_validate_rest(whole, NULL, &doc, NULL, NULL) == LGS_INVALID);
    CHECK(lgs_schema_compile_rest(store, LGS_STR("none"), whole, NULL) == NULL);
    lgs_arena_destroy(arena);
}

int main(void)
{
    RUN(references_resolve_as_rfc_3986_says);
    RUN(numbers_are_ordered_however_they_are_written);
    RUN(counts_and_steps_of_a_run_have_a_ceiling);
    RUN(the_rest_of_a_schema);
    return DONE();
}
