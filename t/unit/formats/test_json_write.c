#include "reading.h"

#include "../../../ngx_logistics_module/formats/copy.h"

static lgs_str_t quoted(lgs_arena_t *arena, lgs_str_t text)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write_string(&buf, text);
    return lgs_buf_text(&buf);
}

TEST(strings_are_quoted_and_escaped)
{
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {
        {"", "\"\""},
        {"abc", "\"abc\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\001\013\037\177", "\"\\u0001\\u000b\\u001f\177\""},
        {"\303\251\342\202\254\360\237\230\200", "\"\303\251\342\202\254\360\237\230\200\""},
        {"M\374ller", "\"M\357\277\275ller\""}, /* Latin-1 */
        {"\303", "\"\357\277\275\""},
        {"\300\200", "\"\357\277\275\357\277\275\""},
        {"\355\240\200", "\"\357\277\275\357\277\275\357\277\275\""},
        {"0123456789abcdef0123456789abcdef\n0123456789abcdef", "\"0123456789abcdef0123456789abcdef"
                                                               "\\n0123456789abcdef\""},
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(quoted(arena, lgs_cstr(cases[i].text)), cases[i].want);
    }
    CHECK_STR(quoted(arena, lgs_str(NULL, 0)), "\"\"");
    CHECK_STR(quoted(arena, lgs_str("a\0b", 3)), "\"a\\u0000b\"");
    lgs_arena_destroy(arena);
}

TEST(a_member_follows_and_an_empty_one_is_left_out)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write_member(&buf, "a", LGS_STR("x\"y"));
    lgs_json_write_member(&buf, "b", LGS_STR(""));
    lgs_json_write_member(&buf, "c", LGS_STR("z"));
    CHECK_STR(lgs_buf_text(&buf), ",\"a\":\"x\\\"y\",\"c\":\"z\"");
    lgs_arena_destroy(arena);
}

/* Every length from exact memory: the short copies must neither miss nor overrun. */
TEST(plain_text_of_every_length_is_copied)
{
    for (size_t n = 0; n < 80; n++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        char *text = malloc(n ? n : 1);
        lgs_node_t node;
        lgs_str_t got;
        lgs_buf_t buf;

        for (size_t i = 0; i < n; i++) {
            text[i] = (char)('A' + i % 26);
        }
        node = lgs_node_string(lgs_str(text, n), 0, LGS_NODE_PLAIN);
        lgs_buf_init(&buf, arena, 0, 0);
        lgs_json_write(&buf, &node);
        got = lgs_buf_text(&buf);
        CHECK(got.len == n + 2 && got.data[0] == '"' && got.data[n + 1] == '"');
        CHECK(n == 0 || memcmp(got.data + 1, text, n) == 0);
        CHECK(lgs_str_eq(got, quoted(arena, lgs_str(text, n))));
        free(text);
        lgs_arena_destroy(arena);
    }
}

TEST(people_get_lines_and_indentation)
{
    reading_t reading = read_text(
        "{\"a\":[1,{\"x\":[],\"y\":{}}],\"b\":\"c\\n\",\"d\":[[null,true]]}");
    lgs_buf_t buf;

    lgs_buf_init(&buf, reading.arena, 0, 0);
    lgs_json_write_pretty(&buf, &reading.doc.root);
    CHECK_STR(lgs_buf_text(&buf), "{\n"
                                  "  \"a\": [\n"
                                  "    1,\n"
                                  "    {\n"
                                  "      \"x\": [],\n"
                                  "      \"y\": {}\n"
                                  "    }\n"
                                  "  ],\n"
                                  "  \"b\": \"c\\n\",\n"
                                  "  \"d\": [\n"
                                  "    [\n"
                                  "      null,\n"
                                  "      true\n"
                                  "    ]\n"
                                  "  ]\n"
                                  "}");
    drop(&reading);
}

static const char everything[] =
    "{\"a\":[1.50,-0,1e400,null,true,false,\"\\u0000x\\\"\\\\\\n\",\"\303\251\"],\"\":{},"
    "\"n\\n\":[[],[[]]],\"long long long long long long name\":\"0123456789abcdef0123456789\"}";

TEST(writing_is_a_fixed_point)
{
    reading_t first = read_text(everything), second;
    lgs_str_t text = written(&first);

    CHECK_STR(text, everything);
    second = read_limited(text, NULL, 0);
    CHECK(lgs_node_equal(&first.doc.root, &second.doc.root));
    CHECK(lgs_str_eq(written(&second), text));
    drop(&first);
    drop(&second);
}

TEST(a_full_buffer_fails_and_never_overruns)
{
    reading_t reading = read_text(everything);
    size_t len = written(&reading).len;

    for (size_t ceiling = 1; ceiling <= len + 8; ceiling++) {
        lgs_buf_t buf;

        lgs_buf_init(&buf, reading.arena, 0, ceiling);
        lgs_json_write(&buf, &reading.doc.root);
        CHECK(buf.len <= ceiling);
        CHECK(buf.failed == (ceiling < len));
        lgs_buf_init(&buf, reading.arena, 0, ceiling);
        lgs_json_write_pretty(&buf, &reading.doc.root);
        CHECK(buf.failed);
        lgs_json_write(&buf, &reading.doc.root);
        CHECK(lgs_buf_text(&buf).data == NULL);
    }
    drop(&reading);
}

TEST(no_memory_fails_the_buffer)
{
    reading_t reading = read_text(everything);
    bool done = false;

    for (size_t ceiling = 1; !done && ceiling < 4096; ceiling++) {
        lgs_arena_t *arena = lgs_arena_create(16, 0);
        lgs_buf_t buf;

        lgs_arena_set_ceiling(arena, lgs_arena_size(arena) + ceiling);
        lgs_buf_init(&buf, arena, 0, 0);
        lgs_json_write(&buf, &reading.doc.root);
        done = !buf.failed;
        CHECK(!done || lgs_str_is(lgs_buf_text(&buf), everything));
        lgs_arena_destroy(arena);
    }
    CHECK(done);
    drop(&reading);
}

TEST(writing_goes_on_behind_what_is_there)
{
    reading_t reading = read_text("[1]");
    lgs_buf_t buf;

    lgs_buf_init(&buf, reading.arena, 4, 0);
    lgs_buf_cstr(&buf, "{\"a\":");
    lgs_json_write(&buf, &reading.doc.root);
    lgs_buf_cstr(&buf, ",\"b\":");
    lgs_json_write_string(&buf, LGS_STR("x"));
    lgs_buf_byte(&buf, '}');
    CHECK_STR(lgs_buf_text(&buf), "{\"a\":[1],\"b\":\"x\"}");
    drop(&reading);
}

/* No builder makes one, but a wrong mapping might: it must end. */
TEST(a_tree_in_a_circle_fails)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_node_t circle = {.n = 1, .type = LGS_ARRAY};
    lgs_buf_t buf;

    circle.u.items = &circle;
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write(&buf, &circle);
    CHECK(buf.failed);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write_pretty(&buf, &circle);
    CHECK(buf.failed);
    CHECK(!lgs_node_equal(&circle, &circle));
    lgs_arena_destroy(arena);
}

/* Objects with names of every length, made quick to write; one needs an escape. */
static lgs_node_t quick_tree(lgs_arena_t *arena, bool is_quick, lgs_rc_t *rc)
{
    lgs_node_t inner = {.type = LGS_OBJECT}, tree = {.n = 42, .type = LGS_OBJECT};
    lgs_member_t *members = lgs_arena_array(arena, tree.n, sizeof(*members));

    *rc = LGS_OK;
    for (uint32_t i = 0; i < tree.n; i++) {
        lgs_str_t name = lgs_arena_printf(arena, "%.*s", (int)i,
                                          "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop");
        lgs_str_t text = lgs_arena_printf(arena, i % 5 ? "text %u" : "te\\xt %u", i);

        members[i].name = lgs_node_string(i == 7 ? LGS_STR("a\"b") : name, 0, 0);
        members[i].value = i % 7 == 3   ? lgs_node_number(LGS_STR("12.5"), 0)
                           : i % 7 == 4 ? inner
                           : i == 11    ? lgs_node_bool(true, 0)
                                        : lgs_node_string(text, 0, i % 5 ? LGS_NODE_PLAIN : 0);
        if (is_quick && *rc == LGS_OK) {
            *rc = lgs_json_name(arena, &members[i].name);
        }
    }
    tree.u.members = members;
    return tree;
}

TEST(quick_names_are_written_as_others)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0), *other = lgs_arena_create(0, 0);
    lgs_rc_t rc;
    lgs_node_t slow = quick_tree(arena, false, &rc), quick = quick_tree(arena, true, &rc), copy;
    lgs_buf_t want, got;

    CHECK_INT(rc, LGS_OK);
    CHECK(quick.u.members[1].name.flags & LGS_NODE_QUOTED);
    CHECK(!(quick.u.members[7].name.flags & LGS_NODE_QUOTED));
    CHECK(quick.u.members[28].name.flags & LGS_NODE_QUOTED);
    CHECK(!(quick.u.members[29].name.flags & LGS_NODE_QUOTED)); /* too long */
    CHECK(lgs_node_equal(&slow, &quick));
    lgs_buf_init(&want, arena, 0, 0);
    lgs_json_write(&want, &slow);
    for (size_t ceiling = 1; ceiling <= want.len + 64; ceiling++) {
        lgs_buf_init(&got, other, 0, ceiling);
        lgs_json_write(&got, &quick);
        CHECK(got.len <= ceiling && got.failed == (ceiling < want.len));
        CHECK(got.failed || lgs_str_eq(lgs_buf_text(&got), lgs_buf_text(&want)));
    }
    CHECK_INT(lgs_node_copy(other, &quick, &copy), LGS_OK);
    CHECK(!(copy.u.members[1].name.flags & LGS_NODE_QUOTED));
    lgs_buf_init(&got, other, 4096, 0);
    lgs_json_write(&got, &copy);
    CHECK(lgs_str_eq(lgs_buf_text(&got), lgs_buf_text(&want)));
    lgs_arena_destroy(arena);
    lgs_arena_destroy(other);
}

TEST(a_quick_name_needs_memory)
{
    lgs_arena_t *arena = lgs_arena_create(16, 0);
    lgs_node_t name = lgs_node_string(LGS_STR("name"), 0, 0);

    lgs_arena_set_ceiling(arena, lgs_arena_size(arena) + 1);
    CHECK_INT(lgs_json_name(arena, &name), LGS_NOMEM);
    CHECK_STR(lgs_node_text(&name), "name");
    lgs_arena_destroy(arena);
}

TEST(pointers_are_escaped)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_pointer_add(&buf, LGS_STR("a/b~c"));
    lgs_pointer_add_index(&buf, 4294967295u);
    lgs_pointer_add(&buf, lgs_str(NULL, 0));
    lgs_pointer_add(&buf, LGS_STR("~1"));
    CHECK_STR(lgs_buf_text(&buf), "/a~1b~0c/4294967295//~01");
    lgs_arena_destroy(arena);
}

int main(void)
{
    RUN(strings_are_quoted_and_escaped);
    RUN(a_member_follows_and_an_empty_one_is_left_out);
    RUN(plain_text_of_every_length_is_copied);
    RUN(people_get_lines_and_indentation);
    RUN(writing_is_a_fixed_point);
    RUN(a_full_buffer_fails_and_never_overruns);
    RUN(no_memory_fails_the_buffer);
    RUN(writing_goes_on_behind_what_is_there);
    RUN(a_tree_in_a_circle_fails);
    RUN(quick_names_are_written_as_others);
    RUN(a_quick_name_needs_memory);
    RUN(pointers_are_escaped);
    return DONE();
}
