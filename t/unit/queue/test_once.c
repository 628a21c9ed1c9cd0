#include "../../../ngx_logistics_module/queue/once.h"
#include "../unit.h"

static lgs_arena_t *arena;

static lgs_str_t read_key(const char *value)
{
    lgs_str_t key = {NULL, 0};
    const char *why = "";
    lgs_rc_t rc = lgs_once_read(arena, lgs_cstr(value), &key, &why);

    return rc == LGS_OK ? key : lgs_cstr(why);
}

TEST(keys_are_strings_in_quotes)
{
    static const char quotes[] = "must be a text in double quotes, like \"8e03978e-40d5\"";
    static const struct {
        const char *value, *want;
    } cases[] = {
        {"\"8e03978e\"", "8e03978e"},
        {"\"a b\"", "a b"},
        {"\"a\\\"b\\\\c\"", "a\"b\\c"},
        {"8e03978e", quotes},
        {"", quotes},
        {"\"", quotes},
        {"\"a", quotes},
        {"\"a\"b", quotes},
        {"\"a\\\"", quotes},
        {"'a'", quotes},
        {"\"\"", "must have 1 to 255 characters between its quotes"},
        {"\"\xc3\xa4\"", "has a character that is not printable ASCII"},
        {"\"a\tb\"", "has a character that is not printable ASCII"},
        {"\"a\\nb\"", "has a backslash that stands before neither \" nor \\"},
        {"\"a\\", "has a backslash that stands before neither \" nor \\"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(read_key(cases[i].value), cases[i].want);
    }
}

TEST(a_key_has_255_characters_at_most)
{
    char value[LGS_MAX_ONCE_KEY + 4];

    memset(value, 'k', sizeof(value));
    value[0] = value[LGS_MAX_ONCE_KEY + 1] = '"';
    value[LGS_MAX_ONCE_KEY + 2] = '\0';
    CHECK_INT(read_key(value).len, LGS_MAX_ONCE_KEY);
    CHECK(read_key(value).data[0] == 'k');
    value[LGS_MAX_ONCE_KEY + 1] = 'k';
    value[LGS_MAX_ONCE_KEY + 2] = '"';
    value[LGS_MAX_ONCE_KEY + 3] = '\0';
    CHECK_STR(read_key(value), "must have 1 to 255 characters between its quotes");
}

static lgs_str_t print_of(const char *json)
{
    char *hex = lgs_arena_alloc(arena, LGS_SHA256_HEX);
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_json_read(arena, lgs_cstr(json), NULL, &doc, &errs) != LGS_OK || hex == NULL ||
        lgs_once_print(arena, doc.root.u.items, doc.root.n, sizeof(lgs_node_t), hex) != LGS_OK) {
        unit_show(&errs);
        return LGS_STR("none");
    }
    return lgs_str(hex, LGS_SHA256_HEX);
}

TEST(a_fingerprint_is_of_the_content)
{
    lgs_str_t print = print_of(
        "[{\"id\":\"e1\",\"refs\":[{\"t\":\"pro\",\"v\":\"7\"}],\"n\":1.50}]");

    CHECK_INT(print.len, LGS_SHA256_HEX);
    CHECK(lgs_str_eq(print, print_of("[ {\"n\": 1.50, \"refs\": [{\"v\":\"7\", \"t\":\"pro\"}],\n"
                                     "   \"id\":\"\\u00651\"} ]")));
    CHECK(lgs_str_eq(print, print_of("[{\"id\":\"e1\",\"refs\":[{\"t\":\"pro\",\"v\":\"7\"}],"
                                     "\"n\":1.50,\"received_at\":\"2026-11-21T10:00:00Z\"}]")));
    CHECK(!lgs_str_eq(print, print_of("[{\"id\":\"e1\",\"refs\":[{\"t\":\"pro\",\"v\":\"8\"}],"
                                      "\"n\":1.50}]")));
    CHECK(!lgs_str_eq(print, print_of("[{\"id\":\"e1\",\"refs\":[{\"t\":\"pro\",\"v\":\"7\"}],"
                                      "\"n\":1.5}]")));
    CHECK(!lgs_str_eq(print_of("[{\"a\":1},{\"a\":2}]"), print_of("[{\"a\":2},{\"a\":1}]")));
    CHECK(!lgs_str_eq(print_of("[{\"a\":{\"received_at\":1}}]"),
                      print_of("[{\"a\":{\"received_at\":2}}]")));
}

TEST(names_belong_to_partner_and_route)
{
    const lgs_str_t p = LGS_STR("acme"), r = LGS_STR("events"), k = LGS_STR("k"), none = {NULL, 0};
    const lgs_str_t print = LGS_STR("p1"), other = LGS_STR("p2");
    char name[LGS_SHA256_HEX], again[LGS_SHA256_HEX];

    CHECK(lgs_once_name(p, r, k, print, name));
    CHECK(lgs_once_name(p, r, k, other, again) && memcmp(name, again, sizeof(name)) == 0);
    CHECK(lgs_once_name(r, p, k, print, again) && memcmp(name, again, sizeof(name)) != 0);
    CHECK(lgs_once_name(p, r, none, print, name));
    CHECK(lgs_once_name(p, r, none, other, again) && memcmp(name, again, sizeof(name)) != 0);
}

TEST(answers_are_kept_as_message_pack)
{
    static const struct {
        size_t len;
        const char *head; /* of the body */
    } cases[] = {{0, "\xa0"},       {31, "\xbf"},      {32, "\xd9\x20"},
                 {255, "\xd9\xff"}, {256, "\xda\x01"}, {65535, "\xda\xff\xff"},
                 {65536, "\xdb"}};
    static char body[65537];

    memset(body, 'b', sizeof(body));
    for (size_t i = 0; i < LGS_N(cases); i++) {
        static const char first[] = "\x96\xa5print\xa4"
                                    "done"
                                    "\xa3"
                                    "202\xa4type";
        size_t at = sizeof(first) - 1, head = 1;
        lgs_str_t text;
        lgs_buf_t buf;

        lgs_buf_init(&buf, arena, 64, 0);
        lgs_once_answer(&buf, LGS_STR("print"), LGS_STR("202"), LGS_STR("type"),
                        lgs_str(body, cases[i].len), LGS_STR("/here"));
        text = lgs_buf_text(&buf);
        head += cases[i].len < 32 ? 0 : cases[i].len < 256 ? 1 : cases[i].len < 65536 ? 2 : 4;
        CHECK_INT(text.len, at + head + cases[i].len + 6);
        CHECK(memcmp(text.data, first, at) == 0);
        CHECK(memcmp(text.data + at, cases[i].head, strlen(cases[i].head)) == 0);
        CHECK(memcmp(text.data + text.len - 6, "\xa5/here", 6) == 0);
    }
}

TEST(memory_ends)
{
    static const char json[] = "[{\"b\":[1,2,{\"c\":3}],\"a\":\"text\"}]";
    char hex[LGS_SHA256_HEX];
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc = LGS_NOMEM;

    lgs_errs_init(&errs, arena, 1);
    CHECK(lgs_json_read(arena, lgs_cstr(json), NULL, &doc, &errs) == LGS_OK);
    for (size_t ceiling = 64; rc == LGS_NOMEM; ceiling += 512) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);

        CHECK(ceiling < (1u << 20));
        rc = lgs_once_print(small, doc.root.u.items, doc.root.n, sizeof(lgs_node_t), hex);
        lgs_arena_destroy(small);
        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
    }
    CHECK_INT(rc, LGS_OK);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(keys_are_strings_in_quotes);
    RUN(a_key_has_255_characters_at_most);
    RUN(a_fingerprint_is_of_the_content);
    RUN(names_belong_to_partner_and_route);
    RUN(answers_are_kept_as_message_pack);
    RUN(memory_ends);
    lgs_arena_destroy(arena);
    return DONE();
}
