#include "reading.h"

static const lgs_node_t *at(const reading_t *reading, const char *pointer)
{
    return lgs_node_pointer(&reading->doc.root, lgs_cstr(pointer));
}

static bool equal(const char *a, const char *b)
{
    reading_t x = read_text(a), y = read_text(b);
    bool forth = lgs_node_equal(&x.doc.root, &y.doc.root);
    bool back = lgs_node_equal(&y.doc.root, &x.doc.root);

    CHECK_INT(x.rc, LGS_OK);
    CHECK_INT(y.rc, LGS_OK);
    CHECK(forth == back);
    CHECK(lgs_node_equal(&x.doc.root, &x.doc.root));
    drop(&x);
    drop(&y);
    return forth;
}

TEST(members_are_found_by_name)
{
    reading_t reading = read_text("{\"a\":1,\"\":2,\"b\\u0000c\":3,\"long name of a member\":4}");
    const lgs_node_t *root = &reading.doc.root;

    CHECK_STR(lgs_node_text(lgs_node_at(root, "a")), "1");
    CHECK_STR(lgs_node_text(lgs_node_at(root, "")), "2");
    CHECK_STR(lgs_node_text(lgs_node_get(root, lgs_str("b\0c", 3))), "3");
    CHECK_STR(lgs_node_text(lgs_node_at(root, "long name of a member")), "4");
    CHECK(lgs_node_at(root, "A") == NULL);
    CHECK(lgs_node_at(root, "b") == NULL);
    CHECK(lgs_node_at(NULL, "a") == NULL);
    CHECK(lgs_node_at(lgs_node_at(root, "a"), "a") == NULL);
    drop(&reading);
}

TEST(values_are_read_by_type)
{
    reading_t reading = read_text("[true,false,null,\"x\",1.50,[],{}]");
    const lgs_node_t *items = reading.doc.root.u.items;
    static const char *const names[] = {"boolean", "boolean", "null",  "string",
                                        "number",  "array",   "object"};

    CHECK(lgs_node_is_true(&items[0]));
    for (size_t i = 1; i < 7; i++) {
        CHECK(!lgs_node_is_true(&items[i]));
    }
    CHECK(!lgs_node_is_true(NULL));
    CHECK_STR(lgs_node_text(&items[3]), "x");
    CHECK_STR(lgs_node_text(&items[4]), "1.50");
    CHECK_STR(lgs_node_text(&items[5]), "");
    CHECK_STR(lgs_node_text(NULL), "");
    for (size_t i = 0; i < LGS_N(names); i++) {
        CHECK_STR(lgs_cstr(lgs_type_name((lgs_type_t)items[i].type)), names[i]);
    }
    drop(&reading);
}

TEST(integers_are_exact_or_none)
{
    static const struct {
        const char *text;
        bool is_int;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"42", true, 42},
        {"-42", true, -42},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"92233720368547758070", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"\"12\"", false, 0},
        {"null", false, 0},
        {"[1]", false, 0},
    };
    int64_t value;

    for (size_t i = 0; i < LGS_N(cases); i++) {
        reading_t reading = read_text(cases[i].text);

        value = 0;
        CHECK(lgs_node_int(&reading.doc.root, &value) == cases[i].is_int);
        CHECK(value == cases[i].value);
        drop(&reading);
    }
    CHECK(!lgs_node_int(NULL, &value));
}

/* RFC 6901 section 5. */
TEST(pointers_are_followed)
{
    reading_t reading = read_text(
        "{\"foo\":[\"bar\",\"baz\",[7]],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
        "\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9}");

    CHECK(at(&reading, "") == &reading.doc.root);
    CHECK_STR(lgs_node_text(at(&reading, "/foo/0")), "bar");
    CHECK_STR(lgs_node_text(at(&reading, "/foo/2/0")), "7");
    CHECK_STR(lgs_node_text(at(&reading, "/")), "0");
    CHECK_STR(lgs_node_text(at(&reading, "/a~1b")), "1");
    CHECK_STR(lgs_node_text(at(&reading, "/c%d")), "2");
    CHECK_STR(lgs_node_text(at(&reading, "/i\\j")), "5");
    CHECK_STR(lgs_node_text(at(&reading, "/k\"l")), "6");
    CHECK_STR(lgs_node_text(at(&reading, "/ ")), "7");
    CHECK_STR(lgs_node_text(at(&reading, "/m~0n")), "8");
    CHECK_STR(lgs_node_text(at(&reading, "/~01")), "9");
    drop(&reading);
}

TEST(bad_pointers_find_nothing)
{
    static const char *const pointers[] = {"foo",
                                           "/bar",
                                           "/foo/3",
                                           "/foo/-",
                                           "/foo/01",
                                           "/foo/+1",
                                           "/foo/4294967296",
                                           "/foo/99999999999",
                                           "/foo/",
                                           "/foo/0/",
                                           "/foo/0/x",
                                           "/m~2n",
                                           "/m~",
                                           "/m~n",
                                           "//",
                                           "/foo/1a"};
    reading_t reading = read_text("{\"foo\":[1,2,3],\"m~n\":8,\"m~\":1}");

    for (size_t i = 0; i < LGS_N(pointers); i++) {
        CHECK(at(&reading, pointers[i]) == NULL || strcmp(pointers[i], "/m~n") == 0);
    }
    CHECK(at(&reading, "/m~n") == NULL);
    CHECK(lgs_node_pointer(NULL, LGS_STR("/a")) == NULL);
    drop(&reading);
}

TEST(numbers_are_equal_as_numbers)
{
    static const char *const same[][2] = {
        {"1", "1.0"},
        {"1", "1.000"},
        {"100", "1e2"},
        {"100", "1E+2"},
        {"100", "10.0e1"},
        {"0.05", "5e-2"},
        {"0.050", "50e-3"},
        {"12.10", "12.1"},
        {"0", "-0"},
        {"0", "0.000"},
        {"0", "0e99999999999999999999999"},
        {"-1.50", "-15e-1"},
        {"123456789012345678901234567890", "12345678901234567890123456789e1"},
        {"123456789012345678901234567890.0", "1.2345678901234567890123456789e29"},
        {"1e400", "10e399"},
        {"1e400", "1e0400"},
        {"0.001e400", "1e397"},
        {"1e999999999999999999999999999999", "10e999999999999999999999999999998"},
        {"1e1000000000000000000000000000000", "10e999999999999999999999999999999"},
        {"10e-1000000000000000000000000000000", "1e-999999999999999999999999999999"},
        {"10e-1", "1"},
        {"0.1e1", "1"},
        {"1e-5", "0.1e-4"},
    };
    static const char *const different[][2] = {
        {"1", "-1"},
        {"1", "2"},
        {"1", "10"},
        {"1", "1.1"},
        {"12", "1.2"},
        {"0", "1e-999"},
        {"1e2", "1e-2"},
        {"1e400", "1e401"},
        {"123456789012345678901234567890", "123456789012345678901234567891"},
        {"0.1", "0.10000000000000000000000000000000000001"},
        {"1e999999999999999999999999999999", "1e999999999999999999999999999998"},
        {"1e999999999999999999999999999999", "1e-999999999999999999999999999999"},
        {"1e10", "1e100000000000000000000000000000"},
        {"101", "11"},
        {"1.01", "1.1"},
        {"1", "\"1\""},
    };

    for (size_t i = 0; i < LGS_N(same); i++) {
        if (!equal(same[i][0], same[i][1])) {
            unit_bad = 1;
            printf("# %s is %s\n", same[i][0], same[i][1]);
        }
    }
    for (size_t i = 0; i < LGS_N(different); i++) {
        if (equal(different[i][0], different[i][1])) {
            unit_bad = 1;
            printf("# %s is not %s\n", different[i][0], different[i][1]);
        }
    }
}

TEST(trees_are_equal_by_value)
{
    CHECK(equal("{\"a\":1,\"b\":[1,{\"c\":\"x\"}]}",
                " { \"b\" : [1.0,{\"c\":\"\\u0078\"}], \"a\":1e0 }"));
    CHECK(!equal("{\"a\":1}", "{\"a\":2}"));
    CHECK(!equal("{\"a\":1}", "{\"b\":1}"));
    CHECK(!equal("{\"a\":1}", "{\"a\":1,\"b\":1}"));
    CHECK(!equal("{\"a\":1,\"b\":2}", "{\"b\":1,\"a\":2}"));
    CHECK(!equal("[1,2]", "[2,1]"));
    CHECK(!equal("[1]", "[1,1]"));
    CHECK(!equal("[]", "{}"));
    CHECK(!equal("true", "false"));
    CHECK(equal("[null,true,\"\",[],{}]", "[null,true,\"\",[],{}]"));
    CHECK(!equal("\"a\"", "\"b\""));
    CHECK(!equal("null", "false"));
}

/* An object of n members in the given order of numbers; all values are the number. */
static lgs_str_t object_of(unsigned n, bool is_backwards)
{
    size_t size = 32 * (size_t)n + 3, len = 0;
    char *text = malloc(size);

    text[len++] = '{';
    for (unsigned i = 0; i < n; i++) {
        unsigned number = is_backwards ? n - 1 - i : i;

        len += (size_t)snprintf(text + len, size - len, "%s\"n%u\":%u", i ? "," : "", number,
                                number);
    }
    text[len++] = '}';
    return lgs_str(text, len);
}

TEST(large_objects_are_searched_and_compared_by_order)
{
    static const unsigned sizes[] = {31, 32, 33, 34, 63, 64, 65, 1000, LGS_MAX_MEMBERS};

    for (size_t i = 0; i < LGS_N(sizes); i++) {
        lgs_str_t forth = object_of(sizes[i], false), back = object_of(sizes[i], true);
        reading_t a = read_limited(forth, NULL, 0), b = read_limited(back, NULL, 0);
        char name[24];

        CHECK_INT(a.rc, LGS_OK);
        CHECK_INT(a.doc.root.n, sizes[i]);
        for (unsigned member = 0; member < sizes[i]; member++) {
            int64_t value = -1;

            snprintf(name, sizeof(name), "n%u", member);
            CHECK(lgs_node_int(lgs_node_at(&a.doc.root, name), &value) && value == member);
        }
        CHECK(lgs_node_at(&a.doc.root, "n") == NULL);
        CHECK(lgs_node_at(&a.doc.root, "x1") == NULL);
        /* 100,000 members backwards: by pairs this would take minutes under ASan */
        CHECK(lgs_node_equal(&a.doc.root, &b.doc.root));
        drop(&a);
        drop(&b);
        free((void *)(uintptr_t)forth.data);
        free((void *)(uintptr_t)back.data);
    }
}

TEST(positions_are_counted_by_format)
{
    static const char text[] = "a\r\n\303\251b\rc\nd";
    static const struct {
        lgs_format_t format;
        uint32_t offset, line, column;
    } cases[] = {
        {LGS_FORMAT_JSON, 0, 1, 1},
        {LGS_FORMAT_JSON, 2, 1, 3},
        {LGS_FORMAT_JSON, 3, 2, 1},
        {LGS_FORMAT_JSON, 5, 2, 3},
        {LGS_FORMAT_JSON, 7, 2, 5}, /* a lone CR ends no line */
        {LGS_FORMAT_JSON, 9, 3, 1},
        {LGS_FORMAT_JSON, 10, 3, 2}, /* the end */
        {LGS_FORMAT_JSON, 11, 0, 0}, /* past it */
        {LGS_FORMAT_JSON, LGS_NO_OFFSET, 0, 0},
        {LGS_FORMAT_YAML, 0, 1, 1},
        {LGS_FORMAT_YAML, 3, 2, 1},
        {LGS_FORMAT_YAML, 5, 2, 2}, /* characters */
        {LGS_FORMAT_YAML, 7, 3, 1}, /* a lone CR ends a line */
        {LGS_FORMAT_YAML, 9, 4, 1},
        {LGS_FORMAT_XML, 5, 2, 3},
        {LGS_FORMAT_CSV, 5, 2, 3},
        {LGS_FORMAT_FIXED, 5, 2, 3},
        {LGS_FORMAT_X12, 5, 2, 3},
        {LGS_FORMAT_EDIFACT, 5, 2, 3},
        {(lgs_format_t)99, 5, 0, 0},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_doc_t doc = {.source = LGS_STR(text), .format = cases[i].format};
        lgs_pos_t pos = lgs_doc_locate(&doc, cases[i].offset);

        CHECK_INT(pos.offset, cases[i].offset);
        CHECK_INT(pos.line, cases[i].line);
        CHECK_INT(pos.column, cases[i].column);
    }
}

TEST(a_byte_order_mark_has_no_column_and_nothing_has_a_place)
{
    lgs_doc_t doc = {.source = LGS_STR("\357\273\277a: b"), .format = LGS_FORMAT_YAML};

    CHECK_INT(lgs_doc_locate(&doc, 3).column, 1);
    CHECK_INT(lgs_doc_locate(&doc, 6).column, 4);
    doc.format = LGS_FORMAT_XML;
    CHECK_INT(lgs_doc_locate(&doc, 3).column, 1);
    doc.source = lgs_str(NULL, 0);
    CHECK_INT(lgs_doc_locate(&doc, 0).line, 1);
    CHECK_INT(lgs_doc_locate(&doc, 0).column, 1);
    CHECK_INT(lgs_doc_locate(&doc, 1).line, 0);
}

int main(void)
{
    RUN(members_are_found_by_name);
    RUN(values_are_read_by_type);
    RUN(integers_are_exact_or_none);
    RUN(pointers_are_followed);
    RUN(bad_pointers_find_nothing);
    RUN(numbers_are_equal_as_numbers);
    RUN(trees_are_equal_by_value);
    RUN(large_objects_are_searched_and_compared_by_order);
    RUN(positions_are_counted_by_format);
    RUN(a_byte_order_mark_has_no_column_and_nothing_has_a_place);
    return DONE();
}
