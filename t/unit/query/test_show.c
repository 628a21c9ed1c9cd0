#include "../unit.h"
#include "../../../ngx_logistics_module/query/internal.h"

/* Scopes: 1 sees all but note and cost; 2 some events and their type only; 4 beside them the cost.
 */
enum { CARRIER = 1, PORTAL = 2, PRICES = 4 };

static lgs_node_t words[2];
static lgs_show_only_t only[] = {{.scope = PORTAL, .member = LGS_STR_INIT("type")}};
static lgs_show_t event[] = {{.name = LGS_STR_INIT("type"), .whole = CARRIER | PORTAL},
                             {.name = LGS_STR_INIT("text"), .whole = CARRIER}};
static lgs_show_t part[] = {{.name = LGS_STR_INIT("cost"), .whole = PRICES}};
static lgs_show_t members[] = {
    {.name = LGS_STR_INIT("ref"), .whole = CARRIER | PORTAL},
    {.name = LGS_STR_INIT("parts"), .whole = CARRIER, .part = PRICES, .children = part, .n = 1},
    {.name = LGS_STR_INIT("events"),
     .part = CARRIER | PORTAL,
     .children = event,
     .n = 2,
     .only = only,
     .n_only = 1},
};
static lgs_show_t show = {.part = CARRIER | PORTAL | PRICES, .children = members, .n = 3};

static const char *const view =
    "{\"ref\":\"S1\",\"secret\":1,\"parts\":[{\"name\":\"a\",\"cost\":\"9.90\"},{\"name\":\"b\"}],"
    "\"events\":[{\"type\":\"delivered\",\"text\":\"at "
    "5\",\"note\":\"x\"},{\"type\":\"customs\",\"text\":\"held\"},"
    "{\"text\":\"no type\"}]}";

static lgs_str_t shown_of(const char *json, uint32_t mask)
{
    static lgs_arena_t *arena;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_buf_t buf;

    lgs_arena_destroy(arena);
    arena = lgs_arena_create(0, 0);
    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(&buf, arena, 0, 0);
    words[0] = lgs_node_string(LGS_STR("delivered"), 0, 0);
    only[0].values = (lgs_node_t){.u.items = words, .n = 1, .type = LGS_ARRAY};
    if (lgs_json_read(arena, lgs_cstr(json), NULL, &doc, &errs) != LGS_OK) {
        exit(2);
    }
    return lgs_query_show(&buf, &show, mask, &doc.root) ? lgs_buf_text(&buf) : LGS_STR("(nothing)");
}

TEST(what_no_scope_names_is_not_shown)
{
    CHECK_STR(shown_of(view, 0), "(nothing)");
    CHECK_STR(shown_of(view, 8), "(nothing)");
    CHECK_STR(shown_of("{\"secret\":1}", CARRIER), "(nothing)");
}

TEST(a_scope_sees_what_is_listed_for_it)
{
    CHECK_STR(shown_of(view, CARRIER),
              "{\"ref\":\"S1\",\"parts\":[{\"name\":\"a\",\"cost\":\"9.90\"},{\"name\":\"b\"}],"
              "\"events\":[{\"type\":\"delivered\",\"text\":\"at "
              "5\"},{\"type\":\"customs\",\"text\":\"held\"},{\"text\":\"no type\"}]}");
    CHECK_STR(shown_of(view, PRICES), "{\"parts\":[{\"cost\":\"9.90\"}]}");
}

TEST(items_that_a_scope_does_not_see_are_left_out)
{
    CHECK_STR(shown_of(view, PORTAL), "{\"ref\":\"S1\",\"events\":[{\"type\":\"delivered\"}]}");
    CHECK_STR(shown_of("{\"events\":[{\"type\":\"customs\"}]}", PORTAL), "{\"events\":[]}");
}

/* Each item is seen as the sum of those who see it: the portal's rule takes nothing from others. */
TEST(two_scopes_see_the_sum)
{
    CHECK_STR(
        shown_of(view, PORTAL | PRICES),
        "{\"ref\":\"S1\",\"parts\":[{\"cost\":\"9.90\"}],\"events\":[{\"type\":\"delivered\"}]}");
    CHECK_STR(shown_of(view, PORTAL | CARRIER),
              "{\"ref\":\"S1\",\"parts\":[{\"name\":\"a\",\"cost\":\"9.90\"},{\"name\":\"b\"}],"
              "\"events\":[{\"type\":\"delivered\",\"text\":\"at "
              "5\"},{\"type\":\"customs\",\"text\":\"held\"},{\"text\":\"no type\"}]}");
}

TEST(shapes_that_the_rules_do_not_expect)
{
    CHECK_STR(shown_of("{\"events\":\"text\"}", PORTAL), "(nothing)");
    CHECK_STR(shown_of("{\"events\":[\"text\",[1],null]}", PORTAL), "{\"events\":[]}");
    CHECK_STR(shown_of("{\"ref\":{\"a\":[{}]}}", PORTAL), "{\"ref\":{\"a\":[{}]}}");
    CHECK_STR(shown_of("[]", PORTAL), "[]");
    CHECK_STR(shown_of("1", PORTAL), "(nothing)");
}

TEST(entity_tags)
{
    lgs_str_t tag = LGS_STR("\"abc\"");

    CHECK(lgs_etag_matches(LGS_STR("\"abc\""), tag));
    CHECK(lgs_etag_matches(LGS_STR("W/\"abc\""), tag));
    CHECK(lgs_etag_matches(LGS_STR(" \"x\" , \t\"abc\""), tag));
    CHECK(lgs_etag_matches(LGS_STR("*"), tag));
    CHECK(!lgs_etag_matches(LGS_STR("abc"), tag));
    CHECK(!lgs_etag_matches(LGS_STR("\"ab\",\"abcd\""), tag));
    CHECK(!lgs_etag_matches(LGS_STR(""), tag));
    CHECK(!lgs_etag_matches(LGS_STR("W/"), tag));
    CHECK(!lgs_etag_matches(LGS_STR("\""), tag));
    CHECK(!lgs_etag_matches(LGS_STR("\"abc"), tag));
}

int main(void)
{
    RUN(what_no_scope_names_is_not_shown);
    RUN(a_scope_sees_what_is_listed_for_it);
    RUN(items_that_a_scope_does_not_see_are_left_out);
    RUN(two_scopes_see_the_sum);
    RUN(shapes_that_the_rules_do_not_expect);
    RUN(entity_tags);
    return DONE();
}
