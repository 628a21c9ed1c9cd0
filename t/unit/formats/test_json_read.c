#include "reading.h"

#include "../../../ngx_logistics_module/formats/scan.h"

/* Accepted, and what is written back. */
static const struct {
    const char *text;
    const char *want;
} accepted[] = {
    {"null", "null"},
    {"true", "true"},
    {"false", "false"},
    {"0", "0"},
    {"-0", "-0"},
    {"-0.0e-0", "-0.0e-0"},
    {"12.10", "12.10"},
    {"1e400", "1e400"},
    {"1E+2", "1E+2"},
    {"123456789012345678901234567890", "123456789012345678901234567890"},
    {"0.000000000000000000000000000000000001", "0.000000000000000000000000000000000001"},
    {"\"\"", "\"\""},
    {"\"a\"", "\"a\""},
    {" \t\r\n[ ] \n", "[]"},
    {"{}", "{}"},
    {"{ }", "{}"},
    {"[[],{},[[]],{\"a\":{}}]", "[[],{},[[]],{\"a\":{}}]"},
    {"[null,true,false,1,\"x\"]", "[null,true,false,1,\"x\"]"},
    {"{\"\":0}", "{\"\":0}"},
    {"{\"a\":1,\"b\":[1,{\"c\":null}],\"A\":2}", "{\"a\":1,\"b\":[1,{\"c\":null}],\"A\":2}"},
    {"{\"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"b\":2}"},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", "\"A\303\251\342\202\254\360\237\230\200\""},
    {"\"\\u0000\"", "\"\\u0000\""},
    {"\"a\\u0000b\"", "\"a\\u0000b\""},
    {"\"\\u001f\\u007f\\u0080\"", "\"\\u001f\177\302\200\""},
    {"\"\\uFFFF\\uDBFF\\uDFFF\"", "\"\357\277\277\364\217\277\277\""},
    {"\"\\\\u0041\"", "\"\\\\u0041\""},
    {"\"\177\"", "\"\177\""},
    {"\"\302\200\337\277\340\240\200\355\237\277\356\200\200\357\277\277\"",
     "\"\302\200\337\277\340\240\200\355\237\277\356\200\200\357\277\277\""},
    {"\"\360\220\200\200\364\217\277\277\"", "\"\360\220\200\200\364\217\277\277\""},
    {"\"\357\273\277\"", "\"\357\273\277\""}, /* U+FEFF within a string is a character */
    {"{\"a\\u0062\":1,\"\\u0000\":2,\"\\u0000\\u0000\":3}",
     "{\"ab\":1,\"\\u0000\":2,\"\\u0000\\u0000\":3}"},
    {"[1e0,1.0E-10,10,100]", "[1e0,1.0E-10,10,100]"},
    {"\"0123456789abcde\\n0123456789abcdef0123456789abcdef\\\"0123\"",
     "\"0123456789abcde\\n0123456789abcdef0123456789abcdef\\\"0123\""},
};

TEST(accepts_what_rfc_8259_accepts)
{
    for (size_t i = 0; i < LGS_N(accepted); i++) {
        reading_t reading = read_text(accepted[i].text);

        CHECK_INT(reading.rc, LGS_OK);
        unit_show(reading.errs);
        if (reading.rc == LGS_OK) {
            CHECK_STR(written(&reading), accepted[i].want);
        }
        drop(&reading);
    }
}

/* Refused, with code, line, column, pointer. */
static const struct {
    const char *text;
    const char *code;
    unsigned line, column;
    const char *pointer;
} refused[] = {
    {"", "json-syntax", 1, 1, ""},
    {" \n ", "json-syntax", 2, 2, ""},
    {"nul", "json-syntax", 1, 1, ""},
    {"nulL", "json-syntax", 1, 1, ""},
    {"True", "json-syntax", 1, 1, ""},
    {"NaN", "json-syntax", 1, 1, ""},
    {"[-Infinity]", "json-syntax", 1, 3, "/0"},
    {"truefalse", "json-syntax", 1, 5, ""},
    {"nullx", "json-syntax", 1, 5, ""},
    {"01", "json-syntax", 1, 1, ""},
    {"-01", "json-syntax", 1, 1, ""},
    {"00", "json-syntax", 1, 1, ""},
    {"-", "json-syntax", 1, 2, ""},
    {"--1", "json-syntax", 1, 2, ""},
    {"+1", "json-syntax", 1, 1, ""},
    {".5", "json-syntax", 1, 1, ""},
    {"-.5", "json-syntax", 1, 2, ""},
    {"1.", "json-syntax", 1, 3, ""},
    {"1.e1", "json-syntax", 1, 3, ""},
    {"1e", "json-syntax", 1, 3, ""},
    {"1e+", "json-syntax", 1, 4, ""},
    {"1e1.5", "json-syntax", 1, 4, ""},
    {"0x1F", "json-syntax", 1, 2, ""},
    {"1_000", "json-syntax", 1, 2, ""},
    {"1 2", "json-syntax", 1, 3, ""},
    {"[", "json-syntax", 1, 2, "/0"},
    {"[ ", "json-syntax", 1, 3, "/0"},
    {"]", "json-syntax", 1, 1, ""},
    {"[1", "json-syntax", 1, 3, ""},
    {"[1,", "json-syntax", 1, 4, "/1"},
    {"[,1]", "json-syntax", 1, 2, "/0"},
    {"[1,,2]", "json-syntax", 1, 4, "/1"},
    {"[1,]", "json-syntax", 1, 4, "/1"},
    {"[1 2]", "json-syntax", 1, 4, ""},
    {"[1}", "json-syntax", 1, 3, ""},
    {"[]]", "json-syntax", 1, 3, ""},
    {"[1],", "json-syntax", 1, 4, ""},
    {"{", "json-syntax", 1, 2, ""},
    {"{\"a\"", "json-syntax", 1, 5, ""},
    {"{\"a\":", "json-syntax", 1, 6, "/a"},
    {"{\"a\":1", "json-syntax", 1, 7, ""},
    {"{\"a\":1,", "json-syntax", 1, 8, ""},
    {"{\"a\":1,}", "json-syntax", 1, 8, ""},
    {"{\"a\":1]", "json-syntax", 1, 7, ""},
    {"{\"a\" 1}", "json-syntax", 1, 6, ""},
    {"{\"a\":1 \"b\":2}", "json-syntax", 1, 8, ""},
    {"{\"a\":}", "json-syntax", 1, 6, "/a"},
    {"{a:1}", "json-syntax", 1, 2, ""},
    {"{'a':1}", "json-syntax", 1, 2, ""},
    {"{1:1}", "json-syntax", 1, 2, ""},
    {"{,}", "json-syntax", 1, 2, ""},
    {"{\"a\",\"b\"}", "json-syntax", 1, 5, ""},
    {"{}{}", "json-syntax", 1, 3, ""},
    {"[1]//x", "json-syntax", 1, 4, ""},
    {"/*x*/1", "json-syntax", 1, 1, ""},
    {"[\f1]", "json-syntax", 1, 2, "/0"},
    {"[\302\2401]", "json-syntax", 1, 2, "/0"},
    {"\357\273\277{}", "json-syntax", 1, 1, ""},
    {"\"", "json-syntax", 1, 1, ""},
    {"\"abc", "json-syntax", 1, 1, ""},
    {"[\n  \"abc", "json-syntax", 2, 3, "/0"},
    {"\"abc\\", "json-syntax", 1, 5, ""},
    {"\"abc\\\"", "json-syntax", 1, 1, ""},
    {"'a'", "json-syntax", 1, 1, ""},
    {"\"a\nb\"", "json-syntax", 1, 3, ""},
    {"\"a\tb\"", "json-syntax", 1, 3, ""},
    {"\"\\n\001\"", "json-syntax", 1, 4, ""},
    {"\"\\x41\"", "json-syntax", 1, 2, ""},
    {"\"\\'\"", "json-syntax", 1, 2, ""},
    {"\"\\u\"", "json-syntax", 1, 2, ""},
    {"\"\\u12\"", "json-syntax", 1, 2, ""},
    {"\"\\u12G4\"", "json-syntax", 1, 2, ""},
    {"\"\\U0041\"", "json-syntax", 1, 2, ""},
    {"\"\\u004", "json-syntax", 1, 2, ""},
    {"\"\\ud800\"", "json-syntax", 1, 2, ""},
    {"\"\\ud800x\"", "json-syntax", 1, 2, ""},
    {"\"\\ud800\\n\"", "json-syntax", 1, 2, ""},
    {"\"\\ud800\\u0041\"", "json-syntax", 1, 2, ""},
    {"\"\\ud800\\ud800\"", "json-syntax", 1, 2, ""},
    {"\"\\udc00\"", "json-syntax", 1, 2, ""},
    {"\"\\udc00\\ud800\"", "json-syntax", 1, 2, ""},
    {"\"\\ud83d\\ude0\"", "json-syntax", 1, 2, ""},
    {"\"\200\"", "json-utf8", 1, 2, ""},
    {"\"\300\200\"", "json-utf8", 1, 2, ""},         /* overlong NUL */
    {"\"\301\277\"", "json-utf8", 1, 2, ""},         /* overlong */
    {"\"\340\237\277\"", "json-utf8", 1, 2, ""},     /* overlong */
    {"\"\355\240\200\"", "json-utf8", 1, 2, ""},     /* surrogate */
    {"\"\355\277\277\"", "json-utf8", 1, 2, ""},     /* surrogate */
    {"\"\360\217\277\277\"", "json-utf8", 1, 2, ""}, /* overlong */
    {"\"\364\220\200\200\"", "json-utf8", 1, 2, ""}, /* above 10FFFF */
    {"\"\365\200\200\200\"", "json-utf8", 1, 2, ""},
    {"\"\377\"", "json-utf8", 1, 2, ""},
    {"\"\303\"", "json-utf8", 1, 2, ""}, /* cut short by the quote */
    {"\"\303", "json-utf8", 1, 2, ""},   /* cut short by the end */
    {"\"\342\202\"", "json-utf8", 1, 2, ""},
    {"\"\\n\342\202\"", "json-utf8", 1, 4, ""},
    {"\"M\374ller\"", "json-utf8", 1, 3, ""}, /* Latin-1 */
    {"\"\303\251\\t\374\"", "json-utf8", 1, 6, ""},
    {"{\"a\":1,\"a\":2}", "duplicate-member", 1, 8, "/a"},
    {"{\"a\":1,\"\\u0061\":2}", "duplicate-member", 1, 8, "/a"},
    {"{\"x\":1,\n \"y\":[{},{\"k/1\":1,\"b\":2,\"k/1\":1}]}", "duplicate-member", 2, 25,
     "/y/1/k~11"},
    {"{\"\":1,\"\":1}", "duplicate-member", 1, 7, "/"},
    {"{\"a\":[1,\r\n{\"b\":\r\n  tru}]}", "json-syntax", 3, 3, "/a/1/b"},
    {"{\"a\":[1,2],\"b\":[1,{\"c\":[0,0,x]}]}", "json-syntax", 1, 29, "/b/1/c/2"},
};

TEST(refuses_the_rest_and_says_where)
{
    for (size_t i = 0; i < LGS_N(refused); i++) {
        reading_t reading = read_text(refused[i].text);
        const lgs_err_t *err = first_error(&reading);

        if (reading.rc != LGS_INVALID || strcmp(err->code, refused[i].code) != 0 ||
            err->pos.line != refused[i].line || err->pos.column != refused[i].column ||
            !lgs_str_is(err->pointer, refused[i].pointer) || reading.errs->n != 1) {
            unit_bad = 1;
            printf("# %s: want %s %u:%u %s\n", refused[i].text, refused[i].code, refused[i].line,
                   refused[i].column, refused[i].pointer);
            unit_show(reading.errs);
        }
        CHECK(err->text.len > 0);
        drop(&reading);
    }
}

TEST(a_nul_byte_is_refused_within_and_without_strings)
{
    reading_t reading = read_limited(lgs_str("[\"a\0\"]", 6), NULL, 0);

    CHECK_STR(first_error(&reading)->text,
              "the control character 0x00 within a string; write it as \\u0000");
    drop(&reading);
    reading = read_limited(lgs_str("1\0", 2), NULL, 0);
    CHECK_INT(reading.rc, LGS_INVALID);
    CHECK_STR(first_error(&reading)->text,
              "nothing may follow the document's value, found the byte 0x00");
    drop(&reading);
}

/* Each text tells its sender what to do. */
static const struct {
    const char *text;
    const char *want;
} explained[] = {
    {"{\"id\":7 x}", "expected ',' or '}' after the member \"id\", found 'x'"},
    {"[7 x]", "expected ',' or ']' after item 0, found 'x'"},
    {"{\"id\" 7}", "expected ':' after the name \"id\", found '7'"},
    {"{\"id\":7,}", "expected a member's name, found '}': remove the comma before it"},
    {"[1,]", "expected a value, found ']': remove the comma before it"},
    {"{\"a\":]}", "expected a value, found ']'"},
    {"[NaN]", "expected a value, found 'N': JSON has no NaN; write null"},
    {"[None]", "expected a value, found 'N': write null"},
    {"<a/>", "expected a value, found '<': this looks like XML or HTML"},
    {"['a']", "expected a value, found \"'\": strings stand in double quotes"},
    {"[\342\200\234a\342\200\235]",
     "expected a value, found '\342\200\234': strings stand in straight double quotes"},
    {"\357\273\277[]", "expected a value, found the byte 0xEF: send it without a byte order mark"},
    {"[007]", "a number has no leading zeros; write a code like this as a string"},
    {"[1.]", "expected a digit after '.' in a number, found ']'"},
    {"\"a\\d\"", "no escape begins with a backslash and 'd'; write a backslash as \\\\"},
    {"\"\\uD800\"", "\\uD800 is one half of a surrogate pair"},
    {"\"\\u00g0\"", "\\u needs four hexadecimal digits"},
    {"\"a\r\n\"", "a line break within a string; write it as \\r"},
    {"\"\374\"", "the byte 0xFC is not UTF-8 here; send the document in UTF-8"},
    {"{\"a\\n\":1,\"a\\n\":2}", "the member \"a?\" stands twice in one object; remove one"},
    {"", "the document is empty, a JSON value was expected"},
};

TEST(error_texts_help)
{
    for (size_t i = 0; i < LGS_N(explained); i++) {
        reading_t reading = read_text(explained[i].text);

        CHECK_STR(first_error(&reading)->text, explained[i].want);
        drop(&reading);
    }
}

TEST(long_names_are_cut_between_characters)
{
    char document[256];
    reading_t reading;

    /* 63 bytes, then a character of two bytes across the cut */
    snprintf(document, sizeof(document), "{\"%.63s\303\251\303\251\" 1}",
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    reading = read_text(document);
    CHECK(strstr(first_error(&reading)->text.data, "aaa...\", found '1'") != NULL);
    drop(&reading);
}

/* ---- limits: at, and one past ---- */

static lgs_rc_t rc_of(lgs_str_t text, lgs_tree_limits_t limits, const char *code,
                      const char *pointer)
{
    reading_t reading = read_limited(text, &limits, 0);
    lgs_rc_t rc = reading.rc;

    if (rc != LGS_OK) {
        CHECK_STR(lgs_cstr(first_error(&reading)->code), code);
        CHECK_STR(first_error(&reading)->pointer, pointer);
        CHECK(first_error(&reading)->pos.line == 1);
    }
    drop(&reading);
    return rc;
}

TEST(limits_hold_and_are_not_early)
{
    lgs_tree_limits_t limits = lgs_tree_limits_default;

    limits.max_depth = 3;
    CHECK_INT(rc_of(LGS_STR("[[{}],[[]]]"), limits, "", ""), LGS_OK);
    CHECK_INT(rc_of(LGS_STR("[0,[{\"a\":[]}]]"), limits, "max-depth", "/1/0/a"), LGS_LIMIT);
    limits.max_depth = 0;
    CHECK_INT(rc_of(LGS_STR("1"), limits, "", ""), LGS_OK);
    CHECK_INT(rc_of(LGS_STR("[]"), limits, "max-depth", ""), LGS_LIMIT);
    limits = lgs_tree_limits_default;
    limits.max_nodes = 4;
    CHECK_INT(rc_of(LGS_STR("{\"a\":[1],\"b\":2}"), limits, "", ""), LGS_OK);
    CHECK_INT(rc_of(LGS_STR("{\"a\":[1],\"b\":[2]}"), limits, "max-nodes", "/b/0"), LGS_LIMIT);
    CHECK_INT(rc_of(LGS_STR("[1,2,3,[]]"), limits, "max-nodes", "/3"), LGS_LIMIT);
    CHECK_INT(rc_of(LGS_STR("[1,2,3,null]"), limits, "max-nodes", "/3"), LGS_LIMIT);
    CHECK_INT(rc_of(LGS_STR("[1,2,3,\"\"]"), limits, "max-nodes", "/3"), LGS_LIMIT);
    limits = lgs_tree_limits_default;
    limits.max_members = 2;
    CHECK_INT(rc_of(LGS_STR("{\"a\":{\"a\":1,\"b\":2},\"b\":2}"), limits, "", ""), LGS_OK);
    CHECK_INT(rc_of(LGS_STR("[{\"a\":1,\"b\":2,\"c\":3}]"), limits, "max-members", "/0"),
              LGS_LIMIT);
    limits = lgs_tree_limits_default;
    limits.max_text = 4;
    CHECK_INT(rc_of(LGS_STR("{\"abcd\":\"a\\nbc\",\"x\":\"\303\251ab\"}"), limits, "", ""), LGS_OK);
    CHECK_INT(rc_of(LGS_STR("{\"x\":\"abcde\"}"), limits, "max-text", "/x"), LGS_LIMIT);
    CHECK_INT(rc_of(LGS_STR("{\"x\":\"abcd\\n\"}"), limits, "max-text", "/x"), LGS_LIMIT);
    CHECK_INT(rc_of(LGS_STR("{\"abcde\":1}"), limits, "max-text", ""), LGS_LIMIT);
}

TEST(default_depth_is_64_and_none_is_above_512)
{
    lgs_tree_limits_t limits = lgs_tree_limits_default;
    char text[2 * 600];

    for (unsigned depth = 60; depth < 600; depth++) {
        unsigned most = depth < 70 ? LGS_DEFAULT_MAX_DEPTH : LGS_MAX_DEPTH;
        reading_t reading;

        limits.max_depth = depth < 70 ? LGS_DEFAULT_MAX_DEPTH : UINT32_MAX;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        reading = read_limited(lgs_str(text, 2 * depth), &limits, 0);
        CHECK_INT(reading.rc, depth <= most ? LGS_OK : LGS_LIMIT);
        if (reading.rc == LGS_OK) {
            CHECK(lgs_str_eq(written(&reading), lgs_str(text, 2 * depth)));
        }
        drop(&reading);
    }
}

TEST(numbers_have_a_limit)
{
    char text[LGS_MAX_NUMBER + 2];
    reading_t reading;

    memset(text, '7', sizeof(text));
    reading = read_limited(lgs_str(text, LGS_MAX_NUMBER), NULL, 0);
    CHECK_INT(reading.rc, LGS_OK);
    CHECK(lgs_str_eq(written(&reading), lgs_str(text, LGS_MAX_NUMBER)));
    drop(&reading);
    reading = read_limited(lgs_str(text, LGS_MAX_NUMBER + 1), NULL, 0);
    CHECK_INT(reading.rc, LGS_LIMIT);
    CHECK_STR(lgs_cstr(first_error(&reading)->code), "max-number");
    drop(&reading);
}

TEST(a_cut_document_is_refused_at_every_byte)
{
    static const char text[] =
        "{\"a\":[1.5e3,\"x\\u00e9\\ud83d\\ude00\\n\",{\"b\":null}],\"\303\251\":true,\"c\":{}}";

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        reading_t reading = read_limited(lgs_str(text, len), NULL, 0);

        CHECK_INT(reading.rc, LGS_INVALID);
        CHECK_INT(reading.errs->n, 1);
        drop(&reading);
    }
}

TEST(no_memory_is_an_error_at_every_ceiling)
{
    lgs_str_t members = repeated("{\"a\":[", "{\"name\":\"x\\ny\",\"n\":1.5}", 120,
                                 "],\"z\":[[[]]]}");
    bool done = false;

    for (size_t ceiling = 1; !done && ceiling < 1000000; ceiling += ceiling < 300 ? 1 : 97) {
        reading_t reading = read_limited(members, NULL, ceiling);

        done = reading.rc == LGS_OK;
        CHECK(done || reading.rc == LGS_NOMEM);
        CHECK(done || strcmp(first_error(&reading)->code, "out-of-memory") == 0);
        drop(&reading);
    }
    CHECK(done);
    free((void *)(uintptr_t)members.data);
}

TEST(no_memory_for_the_error_does_not_lose_the_refusal)
{
    for (size_t ceiling = 1; ceiling < 600; ceiling++) {
        reading_t reading = read_limited(LGS_STR("{\"a\":[1,{\"b\":tru}]}"), NULL, ceiling);

        CHECK(reading.rc == LGS_INVALID || reading.rc == LGS_NOMEM);
        CHECK(reading.errs->n == 1);
        drop(&reading);
    }
}

TEST(errors_may_be_unwanted_or_too_many)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_doc_t doc;

    CHECK_INT(lgs_json_read(arena, LGS_STR("[1,{\"a\":1,\"a\":2}]"), NULL, &doc, NULL),
              LGS_INVALID);
    CHECK_INT(lgs_json_read(arena, LGS_STR("[1"), NULL, &doc, NULL), LGS_INVALID);
    lgs_errs_init(&errs, arena, 1);
    CHECK_INT(lgs_json_read(arena, LGS_STR("[\n1"), NULL, &doc, &errs), LGS_INVALID);
    CHECK_INT(lgs_json_read(arena, LGS_STR("["), NULL, &doc, &errs), LGS_INVALID);
    CHECK_INT(errs.n, 1);
    CHECK_INT(errs.more, 1);
    CHECK_INT(errs.first->pos.line, 2);
    lgs_arena_destroy(arena);
}

TEST(nodes_know_their_place_and_text_is_borrowed)
{
    reading_t reading = read_text("{\"a\": [10, \"b\", \"c\\n\"]}");
    const lgs_node_t *array = lgs_node_at(&reading.doc.root, "a");

    CHECK_INT(reading.doc.root.offset, 0);
    CHECK_INT(reading.doc.root.u.members[0].name.offset, 1);
    CHECK_INT(array->offset, 6);
    CHECK_INT(array->u.items[0].offset, 7);
    CHECK_INT(array->u.items[1].offset, 11);
    CHECK(array->u.items[1].u.text == reading.source + 12);
    CHECK_INT(array->u.items[1].flags, LGS_NODE_PLAIN);
    CHECK_INT(array->u.items[2].flags, 0);
    CHECK_INT(reading.doc.n_nodes, 5);
    CHECK_INT(reading.doc.root.u.members[0].name.hash, lgs_hash("a", 1));
    drop(&reading);
}

TEST(an_escape_of_a_plain_character_stays_plain)
{
    reading_t reading = read_text("[\"a\\/b\",\"\\u00e9\",\"a\\\"\",\"\\u0022x\",\"\\u001fx\"]");
    static const uint8_t want[] = {LGS_NODE_PLAIN, LGS_NODE_PLAIN, 0, 0, 0};

    for (size_t i = 0; i < LGS_N(want); i++) {
        CHECK_INT(reading.doc.root.u.items[i].flags, want[i]);
    }
    drop(&reading);
}

TEST(scanning_agrees_with_a_byte_loop_everywhere)
{
    char *text = malloc(48);

    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 0; at < 48; at++) {
            const char *want;

            memset(text, 'a', 48);
            text[at] = (char)c;
            want = lgs_scan_is_plain((unsigned char)c) ? text + 48 : text + at;
            for (size_t from = 0; from <= at; from += 5) {
                CHECK(lgs_scan_plain(text + from, text + 48) == want);
                CHECK(lgs_scan_plain_portable(text + from, text + 48) == want);
            }
            want = c == ' ' || c == '\t' || c == '\n' || c == '\r' ? text + 48 : text + at;
            memset(text, at % 2 ? ' ' : '\n', 48);
            text[at] = (char)c;
            CHECK(lgs_scan_space(text, text + 48) == want);
        }
    }
    free(text);
}

/* Texts of every length up to several blocks, with line ends at two places. */
TEST(line_ends_are_counted_and_the_last_is_found)
{
    char *text = malloc(100); /* exactly so many bytes: a read past them is found */

    for (size_t n = 0; n <= 100; n++) {
        char *start = text + 100 - n;

        for (size_t first = 0; first < n; first++) {
            for (size_t last = first; last < n; last++) {
                memset(start, 'a', n);
                start[first] = start[last] = '\n';
                CHECK_INT(lgs_scan_lines(start, start + n), first < last ? 2 : 1);
                CHECK(lgs_scan_last_line(start, start + n) == start + last + 1);
            }
        }
        memset(start, 'a', n);
        CHECK_INT(lgs_scan_lines(start, start + n), 0);
        CHECK(lgs_scan_last_line(start, start + n) == start);
        memset(start, '\n', n);
        CHECK_INT(lgs_scan_lines(start, start + n), n);
    }
    free(text);
}

/* All code points, and what is none, by the table of RFC 3629 written another way. */
TEST(utf8_is_exact)
{
    for (uint32_t code = 0; code <= 0x10ffff; code += code < 0x11000 ? 1 : 61) {
        char bytes[4];
        size_t n = (size_t)(lgs_utf8_put(bytes, code) - bytes);
        bool is_surrogate = code >= 0xd800 && code <= 0xdfff;

        CHECK(n == (code < 0x80 ? 1u : code < 0x800 ? 2u : code < 0x10000 ? 3u : 4u));
        CHECK(lgs_utf8_step(bytes, bytes + n) == (is_surrogate ? 0 : n));
        CHECK(n == 1 || lgs_utf8_step(bytes, bytes + n - 1) == 0);
    }
    for (unsigned a = 0x80; a < 0x100; a++) {
        for (unsigned b = 0; b < 0x100; b++) {
            char bytes[4] = {(char)a, (char)b, (char)0x80, (char)0x80};
            bool good = (b & 0xc0) == 0x80 && a >= 0xc2 && a <= 0xf4 && !(a == 0xe0 && b < 0xa0) &&
                        !(a == 0xed && b > 0x9f) && !(a == 0xf0 && b < 0x90) &&
                        !(a == 0xf4 && b > 0x8f);

            CHECK((lgs_utf8_step(bytes, bytes + 4) != 0) == good);
        }
    }
}

int main(void)
{
    RUN(accepts_what_rfc_8259_accepts);
    RUN(refuses_the_rest_and_says_where);
    RUN(a_nul_byte_is_refused_within_and_without_strings);
    RUN(error_texts_help);
    RUN(long_names_are_cut_between_characters);
    RUN(limits_hold_and_are_not_early);
    RUN(default_depth_is_64_and_none_is_above_512);
    RUN(numbers_have_a_limit);
    RUN(a_cut_document_is_refused_at_every_byte);
    RUN(no_memory_is_an_error_at_every_ceiling);
    RUN(no_memory_for_the_error_does_not_lose_the_refusal);
    RUN(errors_may_be_unwanted_or_too_many);
    RUN(nodes_know_their_place_and_text_is_borrowed);
    RUN(an_escape_of_a_plain_character_stays_plain);
    RUN(scanning_agrees_with_a_byte_loop_everywhere);
    RUN(line_ends_are_counted_and_the_last_is_found);
    RUN(utf8_is_exact);
    return DONE();
}
