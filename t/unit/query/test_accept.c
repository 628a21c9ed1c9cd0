/* Which form of an answer an Accept header gets. */
#include "../unit.h"
#include "../../../ngx_logistics_module/query/query.h"

static const lgs_query_t query = {
    .forms = {{.media_type = "application/x-ndjson"},
              {.media_type = "text/csv; charset=utf-8"},
              {.media_type = "application/xml"}},
    .n_forms = 3,
};

enum { JSON, NDJSON, CSV, XML, NONE };

static const struct {
    const char *accept;
    uint32_t form;
} cases[] = {
    {"", JSON},
    {"*/*", JSON},
    {"application/json", JSON},
    {"text/csv", CSV},
    {"TEXT/CSV", CSV},
    {" text/csv ; charset=\"utf-8, or so\" ", CSV},
    {"text/*", CSV},
    {"application/*", JSON},
    {"application/xml", XML},
    {"application/x-ndjson", NDJSON},
    /* weight, then what is named most exactly, then our order */
    {"text/csv;q=0.5, application/xml;q=0.7", XML},
    {"text/csv, */*", CSV},
    {"text/csv, application/*, */*;q=0.9", CSV},
    {"application/xml, text/csv, application/json", JSON},
    {"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", XML},
    {"application/*;q=0.3, */*;q=0.2, text/csv;q=0.25", JSON},
    /* the most exact range says it, also that it is not wanted */
    {"application/json;q=0, */*", NDJSON},
    {"*/*, application/json;q=0, application/x-ndjson;q=0, text/csv;q=0.001", XML},
    {"application/*;q=0, text/*;q=0.1", CSV},
    {"text/csv;q=0.2;ext=1, text/csv;q=0.9, application/xml;q=0.8", CSV},
    /* Java's HttpURLConnection */
    {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON},
    {"text/csv;q=1.000, application/json;q=0.999", CSV},
    /* what is no range is passed over */
    {",, ,text/csv,,", CSV},
    {"json", JSON},
    {";q=1", JSON},
    {"/", JSON},
    {"\"", JSON},
    {"text/csv;q=2, application/xml;q=0.1", XML},
    {"text/csv;q=1.5, application/xml;q=0.1", XML},
    {"text/csv;q=, application/xml;q=0.1", XML},
    {"text/csv;q=-1, application/xml;q=0.1", XML},
    {"text/csv;q=0.5.5, application/xml;q=0.1", XML},
    {"text/csv;q=10, application/xml;q=0.1", XML},
    /* nothing of it */
    {"text/html", NONE},
    {"application/json;q=0", NONE},
    {"*/*;q=0", NONE},
    {"text/csv;q=0.000, image/*", NONE},
    {"application", JSON},
    {"applicationx/json, text", NONE},
    {"*/csv", NONE},
};

TEST(the_form_that_is_asked_for_most)
{
    for (size_t i = 0; i < LGS_N(cases); i++) {
        uint32_t form = 99;
        bool found = lgs_query_choose(&query, lgs_cstr(cases[i].accept), true, &form);

        if ((found ? form : (uint32_t)NONE) != cases[i].form) {
            printf("# Accept: %s\n", cases[i].accept);
        }
        CHECK_INT(found ? form : (uint32_t)NONE, cases[i].form);
    }
}

TEST(a_read_that_is_said_in_json_only)
{
    static const lgs_query_t json;
    uint32_t form;

    CHECK(lgs_query_choose(&json, LGS_STR("text/csv, */*;q=0.1"), true, &form) && form == 0);
    CHECK(!lgs_query_choose(&json, LGS_STR("text/csv"), true, &form));
    CHECK_INT(strcmp(lgs_query_media_type(&json, 0), "application/json"), 0);
    CHECK_INT(strcmp(lgs_query_media_type(&query, 2), "text/csv; charset=utf-8"), 0);
}

TEST(a_type_that_is_not_offered)
{
    static const char *const types[] = {"application/json", NULL, "application/edifact"};
    uint32_t chosen;

    CHECK(
        lgs_accept_choose(LGS_STR("application/*;q=0.5, application/edifact"), types, 3, &chosen));
    CHECK_INT(chosen, 2);
    CHECK(!lgs_accept_choose(LGS_STR("application/edifact"), types, 2, &chosen));
    CHECK(lgs_accept_choose(LGS_STR(""), types, 3, &chosen));
    CHECK_INT(chosen, 0);
}

int main(void)
{
    RUN(the_form_that_is_asked_for_most);
    RUN(a_read_that_is_said_in_json_only);
    RUN(a_type_that_is_not_offered);
    return DONE();
}
