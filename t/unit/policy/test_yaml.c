#include "../unit.h"

#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/policy/yaml.h"

/* Reads `text` and writes it as JSON; errors go into *errs. */
static lgs_str_t as_json(lgs_arena_t *arena, lgs_str_t text, lgs_errs_t *errs)
{
    lgs_doc_t doc;
    lgs_buf_t buf;

    lgs_errs_init(errs, arena, LGS_MAX_ERRORS);
    if (lgs_yaml_read(arena, text, LGS_STR("x.yaml"), &doc, errs) != LGS_OK) {
        return LGS_STR("refused");
    }
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write(&buf, &doc.root);
    return lgs_buf_text(&buf);
}

static const struct {
    const char *yaml, *json;
} values[] = {
    {"a: no", "{\"a\":\"no\"}"},
    {"a: [yes, on, off, y, n, No]", "{\"a\":[\"yes\",\"on\",\"off\",\"y\",\"n\",\"No\"]}"},
    {"a: [true, True, TRUE, false, tRue]", "{\"a\":[true,true,true,false,\"tRue\"]}"},
    {"a: [null, ~, Null, NULL, , nUll]", "refused"},
    {"a: [null, ~, Null, NULL, nUll]", "{\"a\":[null,null,null,null,\"nUll\"]}"},
    {"a:", "{\"a\":null}"},
    {"{a, b: 1}", "{\"a\":null,\"b\":1}"},
    {"[0, -0, 12, -12, 12.10, 1e3, 1E-3, -1.5e+2]", "[0,-0,12,-12,12.10,1e3,1E-3,-1.5e+2]"},
    {"[+12, .5, -.5, 5., +5.e1]", "[12,0.5,-0.5,5,5e1]"},
    {"[007, 00, -01, 0.0, 00.5, 0700]", "[\"007\",\"00\",\"-01\",0.0,\"00.5\",\"0700\"]"},
    {"[0x1F, 0o17, 0xffffffffffffffff]", "[31,15,18446744073709551615]"},
    {"[0x, 0o8, 0xg, 0b1, 0x10000000000000000]",
     "[\"0x\",\"0o8\",\"0xg\",\"0b1\",\"0x10000000000000000\"]"},
    {"[1_000, 1:30, 1.2.3, '12', \"12\", 1e, 1 2, -, +, .]",
     "[\"1_000\",\"1:30\",\"1.2.3\",\"12\",\"12\",\"1e\",\"1 2\",\"-\",\"+\",\".\"]"},
    {"[2024-01-01, 12:30:00]", "[\"2024-01-01\",\"12:30:00\"]"},
    {"a: .inf", "refused"},
    {"a: '.nan'", "{\"a\":\".nan\"}"},
    {"no: 1\ntrue: 2\n7: 3", "{\"no\":1,\"true\":2,\"7\":3}"},
    {"a: |\n  x\n  y\n", "{\"a\":\"x\\ny\\n\"}"},
    {"a: >-\n  x\n  y\n", "{\"a\":\"x y\"}"},
    {"a: \"\\u20ac \\x41 \\t\"", "{\"a\":\"\xe2\x82\xac A \\t\"}"},
    {"- - 1\n  - 2\n- {}\n- []", "[[1,2],{},[]]"},
    {"a: 1 # why\n# end\n", "{\"a\":1}"},
    {"%YAML 1.2\n---\na: 1\n...\n", "{\"a\":1}"},
    {"just text", "\"just text\""},
    {"url: https://id.example.com/", "{\"url\":\"https://id.example.com/\"}"},
    {"{issuer: https://id.example.com/, id: a}",
     "{\"issuer\":\"https://id.example.com/\",\"id\":\"a\"}"},
};

TEST(values_are_of_the_core_schema)
{
    for (size_t i = 0; i < LGS_N(values); i++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        lgs_errs_t errs;

        CHECK_STR(as_json(arena, lgs_cstr(values[i].yaml), &errs), values[i].json);
        lgs_arena_destroy(arena);
    }
}

static const struct {
    const char *yaml, *code;
    unsigned line, column;
    const char *part; /* of the text */
} refusals[] = {
    {"", "yaml-empty", 1, 1, "says nothing"},
    {"# only\n", "yaml-empty", 1, 1, "says nothing"},
    {"a: &x 1\n", "yaml-alias", 1, 4, "anchors"},
    {"a: {b: 1}\nc: *x\n", "yaml-alias", 2, 4, "aliases"},
    {"a: !!str 1\n", "yaml-tag", 1, 4, "in quotes"},
    {"a: !secret x\n", "yaml-tag", 1, 4, "tags"},
    {"- !x [1]\n", "yaml-tag", 1, 3, "tags"},
    {"a: 1\n---\nb: 2\n", "yaml-documents", 2, 1, "second document"},
    {"%YAML 1.1\n---\na: 1\n", "yaml-syntax", 1, 1, "YAML 1.2"},
    {"a: 1\nb: 2\na: 3\n", "duplicate-member", 3, 1, "\"a\""},
    {"\xc3\xa4: 1\nb: {c: 1, \xc3\xbc: 2, c: 3}\n", "duplicate-member", 2, 17, "\"c\""},
    {"? [a]\n: 1\n", "yaml-key", 1, 3, "key"},
    {"? {a: 1}\n: 1\n", "yaml-key", 1, 3, "key"},
    {"?\n: 1\n", "yaml-key", 1, 2, "missing"},
    {"a: -.inf\n", "yaml-number", 1, 4, "quotes"},
    {"a: b: c\n", "yaml-syntax", 1, 5, "quote the text"},
    {"a: @x\n", "yaml-syntax", 1, 4, "quote the text"},
    {"a:\n\t- 1\n", "yaml-syntax", 2, 1, "tab"},
    {"a: [1, 2\nb: 2\n", "yaml-syntax", 1, 4, "not closed"},
    {"a: \"x\n", "yaml-syntax", 1, 4, "quote is not closed"},
    {"a: 1\n b: 2\n", "yaml-syntax", 2, 3, "indentation"},
    {"a: \"\xff\"\n", "yaml-syntax", 1, 5, "UTF-8"},
    {"a: \x01\n", "yaml-syntax", 1, 4, "control"},
    {"\xef\xbb\xbf"
     "a: 1\n",
     "yaml-syntax", 1, 1, "byte order mark"},
};

TEST(refusals_have_a_place_and_plain_words)
{
    for (size_t i = 0; i < LGS_N(refusals); i++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        lgs_errs_t errs;

        CHECK_STR(as_json(arena, lgs_cstr(refusals[i].yaml), &errs), "refused");
        CHECK_INT(errs.n, 1);
        if (errs.n == 1) {
            CHECK_STR(lgs_cstr(errs.first->code), refusals[i].code);
            CHECK_STR(errs.first->file, "x.yaml");
            CHECK_INT(errs.first->pos.line, refusals[i].line);
            CHECK_INT(errs.first->pos.column, refusals[i].column);
            CHECK(strstr(errs.first->text.data, refusals[i].part) != NULL);
            if (unit_bad) {
                printf("# case %zu: %s\n", i, refusals[i].yaml);
                unit_show(&errs);
            }
        }
        lgs_arena_destroy(arena);
    }
}

/* Lines, then columns in characters: what an editor shows. */
TEST(every_value_knows_its_place)
{
    static const char text[] = "a: x\r\n\xc3\xa4\xc3\xb6: {k: \xe2\x82\xac, z: 5}\n- no";
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_str_t source = lgs_str(text, strlen(text) - strlen("- no"));
    const lgs_node_t *z, *x;
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    CHECK_INT(lgs_yaml_read(arena, source, LGS_STR("f"), &doc, &errs), LGS_OK);
    x = lgs_node_at(&doc.root, "a");
    z = lgs_node_pointer(&doc.root, LGS_STR("/\xc3\xa4\xc3\xb6/z"));
    CHECK(x && z);
    if (x && z) {
        CHECK_INT(lgs_doc_locate(&doc, x->offset).column, 4);
        CHECK_INT(lgs_doc_locate(&doc, z->offset).line, 2);
        CHECK_INT(lgs_doc_locate(&doc, z->offset).column, 15);
        CHECK(source.data[z->offset] == '5');
    }
    lgs_arena_destroy(arena);
}

static lgs_str_t nested(lgs_arena_t *arena, unsigned depth)
{
    char *text = lgs_arena_alloc(arena, 2 * depth);

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return lgs_str(text, 2 * (size_t)depth);
}

TEST(depth_is_limited)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    CHECK(as_json(arena, nested(arena, LGS_DEFAULT_MAX_DEPTH), &errs).len == 128);
    CHECK_STR(as_json(arena, nested(arena, LGS_DEFAULT_MAX_DEPTH + 1), &errs), "refused");
    CHECK(errs.n == 1 && strcmp(errs.first->code, "max-depth") == 0);
    CHECK(errs.n == 1 && errs.first->pos.column == 65);
    CHECK_STR(as_json(arena, nested(arena, 50000), &errs), "refused");
    lgs_arena_destroy(arena);
}

TEST(a_file_at_the_limit_is_read_and_one_past_it_is_not)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    char *text = lgs_arena_alloc(arena, LGS_MAX_POLICY_FILE + 1);
    lgs_errs_t errs;

    memset(text, ' ', LGS_MAX_POLICY_FILE + 1);
    memcpy(text, "a: 1 #", 6);
    CHECK_STR(as_json(arena, lgs_str(text, LGS_MAX_POLICY_FILE), &errs), "{\"a\":1}");
    CHECK_STR(as_json(arena, lgs_str(text, LGS_MAX_POLICY_FILE + 1), &errs), "refused");
    CHECK(errs.n == 1 && strcmp(errs.first->code, "file-size") == 0);
    lgs_arena_destroy(arena);
}

TEST(a_number_has_a_length)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    char *digits = lgs_arena_alloc(arena, LGS_MAX_NUMBER + 1);
    lgs_errs_t errs;

    memset(digits, '1', LGS_MAX_NUMBER + 1);
    CHECK_INT(as_json(arena, lgs_str(digits, LGS_MAX_NUMBER), &errs).len, LGS_MAX_NUMBER);
    CHECK_STR(as_json(arena, lgs_str(digits, LGS_MAX_NUMBER + 1), &errs), "refused");
    lgs_arena_destroy(arena);
}

/* Every arena that is too small is told so; none crashes. */
TEST(missing_memory_is_an_error)
{
    static const char text[] = "a: [1, two, {b: \"x\\ty\", c: .5}]\nd: |\n  line\n";
    bool fitted = false;

    for (size_t ceiling = 64; ceiling < 65536 && !fitted; ceiling += 16) {
        lgs_arena_t *arena = lgs_arena_create(32, ceiling), *outer = lgs_arena_create(0, 0);
        lgs_errs_t errs;
        lgs_doc_t doc;
        lgs_rc_t rc;

        if (arena) {
            lgs_errs_init(&errs, outer, LGS_MAX_ERRORS);
            rc = lgs_yaml_read(arena, LGS_STR(text), LGS_STR("f"), &doc, &errs);
            CHECK(rc == LGS_OK || rc == LGS_NOMEM);
            CHECK(rc == LGS_OK || strcmp(errs.first->code, "out-of-memory") == 0);
            fitted = rc == LGS_OK;
        }
        lgs_arena_destroy(arena);
        lgs_arena_destroy(outer);
    }
    CHECK(fitted);
}

TEST(without_an_error_list_it_still_refuses)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_doc_t doc;

    CHECK_INT(lgs_yaml_read(arena, LGS_STR("a: b: c"), LGS_STR("f"), &doc, NULL), LGS_INVALID);
    CHECK_INT(lgs_yaml_read(arena, LGS_STR("a: 1\na: 2"), LGS_STR("f"), &doc, NULL), LGS_INVALID);
    lgs_arena_destroy(arena);
}

int main(void)
{
    RUN(values_are_of_the_core_schema);
    RUN(refusals_have_a_place_and_plain_words);
    RUN(every_value_knows_its_place);
    RUN(depth_is_limited);
    RUN(a_file_at_the_limit_is_read_and_one_past_it_is_not);
    RUN(a_number_has_a_length);
    RUN(missing_memory_is_an_error);
    RUN(without_an_error_list_it_still_refuses);
    return DONE();
}
