/* Fixed width and files of several types of records: groups, places, what is refused, limits. */
#include "documents.h"

#include "../../../ngx_logistics_module/formats/fixed.h"

#define NAME(literal)                                                                              \
    {                                                                                              \
        .u.text = (literal), .n = sizeof(literal) - 1, .offset = LGS_NO_OFFSET, .type = LGS_STRING \
    }

static lgs_node_t head_fields[] = {NAME("order"), NAME("date")};
static const lgs_slice_t head_slices[] = {{1, 4}, {5, 3}};
static lgs_node_t line_fields[] = {NAME("sku"), NAME("qty")};
static const lgs_slice_t line_slices[] = {{1, 4}, {5, 3}};
static lgs_record_type_t types[] = {
    {LGS_STR_INIT("F"), LGS_ROLE_FILE, NAME("F"), head_fields, head_slices, 2},
    {LGS_STR_INIT("H"), LGS_ROLE_HEADER, NAME("H"), head_fields, head_slices, 2},
    {LGS_STR_INIT("D"), LGS_ROLE_DETAIL, NAME("lines"), line_fields, line_slices, 2},
    {LGS_STR_INIT("O"), LGS_ROLE_ONE, NAME("O"), line_fields, line_slices, 1},
    {LGS_STR_INIT("T"), LGS_ROLE_TRAILER, NAME("T"), line_fields, line_slices, 1},
    {LGS_STR_INIT("R"), LGS_ROLE_ROW, NAME("R"), line_fields, line_slices, 1},
    {LGS_STR_INIT("S"), LGS_ROLE_SKIP, NAME("S"), NULL, NULL, 0},
};
static lgs_fixed_t profile;

static lgs_fixed_t *fresh(void)
{
    profile = (lgs_fixed_t){
        .group = {.types = types, .n_types = LGS_N(types), .has_header = true, .select = {0, 1}}};
    return &profile;
}

static void reads(const char *source, const char *want)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("fixed")), &profile};

    check_documents(&input, lgs_cstr(source), false, false, want);
}

TEST(a_group_is_a_document)
{
    fresh();
    reads("H0001240\nDAB    1\nDCD   12\nT9\nH0002241\r\nDEF    3\r\n",
          "{\"H\":{\"order\":\"0001\",\"date\":\"240\"},\"lines\":[{\"sku\":\"AB\",\"qty\":\"1\"},"
          "{\"sku\":\"CD\",\"qty\":\"12\"}],\"T\":{\"sku\":\"9\"}}\n"
          "{\"H\":{\"order\":\"0002\",\"date\":\"241\"},\"lines\":[{\"sku\":\"EF\",\"qty\":\"3\"}]}"
          "\n");
    reads("H1\nH2\n", "{\"H\":{\"order\":\"1\",\"date\":null}}\n{\"H\":{\"order\":\"2\","
                      "\"date\":null}}\n");
    reads("H1\nO7\nDx\nO8\n", "! record-order 4:1\n");
    reads("R5\nR6\n", "{\"R\":{\"sku\":\"5\"}}\n{\"R\":{\"sku\":\"6\"}}\n");
    reads("H1\nR5\nH2\n", "{\"H\":{\"order\":\"1\",\"date\":null}}\n{\"R\":{\"sku\":\"5\"}}\n"
                          "{\"H\":{\"order\":\"2\",\"date\":null}}\n");
    reads("", "");
    reads("\n  \n\x1a", "");
    reads("Sxx\nS\n", "");
}

TEST(without_headers_the_first_record_opens_a_group)
{
    fresh()->group.has_header = false;
    profile.group.types = &types[2];
    profile.group.n_types = 3;
    reads("Da\nDb\nT1\nDc\n",
          "{\"lines\":[{\"sku\":\"a\",\"qty\":null},{\"sku\":\"b\",\"qty\":null}],"
          "\"T\":{\"sku\":\"1\"}}\n{\"lines\":[{\"sku\":\"c\",\"qty\":null}]}\n");
}

TEST(a_bad_record_takes_its_group_along_and_no_other)
{
    fresh();
    reads("Da\nH1\nX\nDb\nH2\nDc\n", "! record-order 1:1\n! record-type 3:1\n"
                                     "{\"H\":{\"order\":\"2\",\"date\":null},\"lines\":"
                                     "[{\"sku\":\"c\",\"qty\":null}]}\n");
    profile.group.skip_others = true;
    reads("X\nH1\nX\nDb\n", "{\"H\":{\"order\":\"1\",\"date\":null},\"lines\":"
                            "[{\"sku\":\"b\",\"qty\":null}]}\n");
}

TEST(what_the_file_says_is_in_every_document_behind_it)
{
    fresh();
    reads("FACME24A\nH1\nH2\n",
          "{\"H\":{\"order\":\"1\",\"date\":null},\"F\":{\"order\":\"ACME\",\"date\":\"24A\"}}\n"
          "{\"H\":{\"order\":\"2\",\"date\":null},\"F\":{\"order\":\"ACME\",\"date\":\"24A\"}}\n");
    reads("FA\nR1\nFB\nR2\n", "{\"R\":{\"sku\":\"1\"},\"F\":{\"order\":\"A\",\"date\":null}}\n"
                              "{\"R\":{\"sku\":\"2\"},\"F\":{\"order\":\"B\",\"date\":null}}\n");
}

TEST(places)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("fixed")), &profile};
    const lgs_window_t window = {LGS_STR("FACME24A\nH1\nDxy   1\nH2\n"), true};
    documents_t d = documents_begin();
    lgs_reader_t *reader;
    lgs_window_t rest = window;
    const lgs_node_t *node;
    lgs_pos_t pos;
    lgs_doc_t doc;

    fresh();
    check_documents(
        &input, LGS_STR("\xef\xbb\xbfH1\nDxy   1\nH2   24A\n"), false, true,
        "{\"H\":{\"order\":\"1\",\"date\":null},\"lines\":[{\"sku\":\"xy\",\"qty\":\"1\"}]}"
        " @1:1-2:1\n{\"H\":{\"order\":\"2\",\"date\":\"24A\"}} @3:1-3:1\n");
    reader = lgs_reader_open(&input, NULL, d.arena);
    lgs_errs_init(&d.errs, d.arena, 4);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(lgs_reader_next(reader, &rest, d.scratch, &doc, &d.errs), LGS_OK);
        rest.bytes.data += lgs_reader_used(reader);
        rest.bytes.len -= lgs_reader_used(reader);
        node = lgs_node_pointer(&doc.root, LGS_STR("/F/date"));
        CHECK_STR(lgs_node_text(node), "24A");
        pos = lgs_doc_locate(&doc, node ? node->offset : 0);
        CHECK_INT(pos.line, 1);
        CHECK_INT(pos.column, 6);
        CHECK_INT(pos.offset, 5);
        pos = lgs_doc_locate(&doc, lgs_node_pointer(&doc.root, LGS_STR("/H/order"))->offset);
        CHECK_INT(pos.line, i ? 4 : 2);
        CHECK_INT(pos.column, 2);
    }
    documents_end(&d);
}

TEST(records_by_length)
{
    fresh()->length = 8;
    reads("H0001240DAB    1DCD   12",
          "{\"H\":{\"order\":\"0001\",\"date\":\"240\"},\"lines\":[{\"sku\":\"AB\",\"qty\":\"1\"},"
          "{\"sku\":\"CD\",\"qty\":\"12\"}]}\n");
    reads("H0001240\r\nX       \nH0002240",
          "! record-type 2:1\n{\"H\":{\"order\":\"0002\",\"date\":\"240\"}}\n");
    reads("H0001240X0000000Y", "! record-type 1:9\n! record-type 1:17\n");
}

TEST(types_by_the_length_of_lines)
{
    static const lgs_record_type_t by_length[] = {
        {LGS_STR_INIT("3"), LGS_ROLE_HEADER, NAME("H"), line_fields, line_slices, 1},
        {LGS_STR_INIT("5"), LGS_ROLE_DETAIL, NAME("D"), line_fields, line_slices, 1},
    };

    fresh()->group = (lgs_group_t){.types = by_length, .n_types = 2, .has_header = true};
    reads(".ab\n.cdef\n", "{\"H\":{\"sku\":\"ab\"},\"D\":[{\"sku\":\"cdef\"}]}\n");
    reads(".abc\n", "! record-type 1:1\n");
}

TEST(records_that_are_all_alike)
{
    fresh()->is_plain = true;
    profile.group = (lgs_group_t){.types = &types[1], .n_types = 1};
    reads("x0001240\n\nx   2\n", "{\"order\":\"0001\",\"date\":\"240\"}\n"
                                 "{\"order\":\"2\",\"date\":null}\n");
    profile.keep_blanks = true;
    reads("x  1 24 \n", "{\"order\":\"  1 \",\"date\":\"24 \"}\n");
}

TEST(places_count_characters)
{
    fresh()->is_plain = true;
    profile.group = (lgs_group_t){.types = &types[1], .n_types = 1};
    reads("\xc3\xa4"
          "M\xc3\xbcll240\n",
          "{\"order\":\"M\xc3\xbcll\",\"date\":\"240\"}\n");
    reads("xM\xfcll240\nx   2\n", "! charset 1:3\n{\"order\":\"2\",\"date\":null}\n");
    profile.charset = LGS_CHARSET_CP1252;
    reads("xM\xfcll240\n", "{\"order\":\"M\xc3\xbcll\",\"date\":\"240\"}\n");
    reads("xM\x81ll240\n", "! charset 1:3\n");
    reads("\xff\xfex\0", "! charset 1:1\n");
}

TEST(the_longest_record_and_one_byte_more)
{
    for (size_t more = 0; more < 2; more++) {
        const lgs_input_t input = {lgs_input_format(LGS_STR("fixed")), &profile};
        size_t len = LGS_MAX_ROW + more;
        char *text = malloc(len + 4);
        const lgs_window_t window = {lgs_str(text, len + 4), true};
        documents_t d = documents_begin();
        lgs_reader_t *reader;
        lgs_doc_t doc;

        fresh();
        memset(text, 'x', len);
        text[0] = 'R';
        memcpy(text + len, "\nR1\n", 4);
        reader = lgs_reader_open(&input, NULL, d.arena);
        lgs_errs_init(&d.errs, d.arena, 4);
        CHECK_INT(lgs_reader_next(reader, &window, d.scratch, &doc, &d.errs),
                  more ? LGS_LIMIT : LGS_OK);
        CHECK_INT(lgs_reader_is_cut(reader), more);
        documents_end(&d);
        free(text);
    }
}

TEST(the_longest_field_and_one_byte_more)
{
    static const lgs_slice_t slices[] = {{0, LGS_MAX_CELL}, {0, LGS_MAX_CELL + 1}};

    for (size_t i = 0; i < 2; i++) {
        const lgs_record_type_t type = {LGS_STR("x"), LGS_ROLE_ROW, NAME("x"),
                                        line_fields,  &slices[i],   1};
        const lgs_input_t input = {lgs_input_format(LGS_STR("fixed")), &profile};
        char *text = malloc(LGS_MAX_CELL + 2);
        const lgs_window_t window = {lgs_str(text, LGS_MAX_CELL + 1), true};
        documents_t d = documents_begin();
        lgs_reader_t *reader;
        lgs_doc_t doc;

        fresh()->is_plain = true;
        profile.group = (lgs_group_t){.types = &type, .n_types = 1};
        memset(text, 'x', LGS_MAX_CELL + 2);
        reader = lgs_reader_open(&input, NULL, d.arena);
        lgs_errs_init(&d.errs, d.arena, 4);
        CHECK_INT(lgs_reader_next(reader, &window, d.scratch, &doc, &d.errs),
                  i ? LGS_LIMIT : LGS_OK);
        documents_end(&d);
        free(text);
    }
}

TEST(a_group_of_too_many_records)
{
    const lgs_tree_limits_t limits = {
        .max_depth = 4, .max_nodes = 3, .max_members = 9, .max_text = 9};
    const lgs_input_t input = {lgs_input_format(LGS_STR("fixed")), &profile};
    documents_t d = documents_begin();

    fresh();
    CHECK_STR(read_documents(&d, &input, LGS_STR("H1\nDa\nDb\n"), 99, &limits),
              "{\"H\":{\"order\":\"1\",\"date\":null},\"lines\":[{\"sku\":\"a\",\"qty\":null},"
              "{\"sku\":\"b\",\"qty\":null}]}\n");
    CHECK_STR(read_documents(&d, &input, LGS_STR("H1\nDa\nDb\nDc\nH2\n"), 99, &limits),
              "! max-nodes 4:1\n");
    documents_end(&d);
}

TEST(csv_of_several_types)
{
    static const lgs_node_t columns[] = {NAME("type"), NAME("a"), NAME("b")};
    static const lgs_record_type_t csv_types[] = {
        {LGS_STR_INIT("F"), LGS_ROLE_FILE, NAME("F"), columns, NULL, 2},
        {LGS_STR_INIT("H"), LGS_ROLE_HEADER, NAME("H"), columns, NULL, 2},
        {LGS_STR_INIT("D"), LGS_ROLE_DETAIL, NAME("D"), columns, NULL, 3},
    };
    const lgs_group_t group = {.types = csv_types, .n_types = 3, .has_header = true};
    lgs_csv_t csv = lgs_csv_default;
    const lgs_input_t input = {lgs_input_format(LGS_STR("csv")), &csv};

    csv.has_header = false;
    csv.group = &group;
    lgs_csv_prepare(&csv);
    check_documents(&input, LGS_STR("F,acme\nH,1\n\"D\",\"x\ny\",2\n\nH,2\nD,3,4\n"), false, true,
                    "{\"H\":{\"type\":\"H\",\"a\":\"1\"},\"D\":[{\"type\":\"D\",\"a\":\"x\\ny\","
                    "\"b\":\"2\"}],\"F\":{\"type\":\"F\",\"a\":\"acme\"}} @2:1-1:1\n"
                    "{\"H\":{\"type\":\"H\",\"a\":\"2\"},\"D\":[{\"type\":\"D\",\"a\":\"3\","
                    "\"b\":\"4\"}],\"F\":{\"type\":\"F\",\"a\":\"acme\"}} @6:1-1:1\n");
    check_documents(&input, LGS_STR("H,1\nD,2\nD,3,4,5\nX,1\nH,2\n"), false, false,
                    "! csv-columns 2:1\n! csv-columns 3:1\n! record-type 4:1\n"
                    "{\"H\":{\"type\":\"H\",\"a\":\"2\"}}\n");
}

TEST(no_memory_is_an_error_at_every_step)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("fixed")), &profile};
    const lgs_window_t window = {LGS_STR("FA\nH1\nDb\nDb\nDb\nDb\nDb\nDb\nDb\nDb\nDb\nDb\nDb\nDb\n"
                                         "Db\nDb\nDb\nDb\nDb\n"),
                                 true};
    lgs_rc_t rc = LGS_NOMEM;
    unsigned n_refused = 0;

    fresh();
    for (size_t ceiling = 1; rc == LGS_NOMEM && ceiling < 100000; ceiling += 61) {
        lgs_arena_t *arena = lgs_arena_create(1, ceiling), *errs_arena = lgs_arena_create(0, 0);
        lgs_reader_t *reader = arena ? lgs_reader_open(&input, NULL, arena) : NULL;
        lgs_errs_t errs;
        lgs_doc_t doc;

        lgs_errs_init(&errs, errs_arena, 4);
        rc = reader ? lgs_reader_next(reader, &window, arena, &doc, &errs) : LGS_NOMEM;
        n_refused += rc == LGS_NOMEM;
        lgs_arena_destroy(arena);
        lgs_arena_destroy(errs_arena);
    }
    CHECK_INT(rc, LGS_OK);
    CHECK(n_refused > 2);
}

static void hash_name(lgs_node_t *name)
{
    name->hash = lgs_hash(name->u.text, name->n);
}

int main(void)
{
    for (size_t i = 0; i < 2; i++) {
        hash_name(&head_fields[i]);
        hash_name(&line_fields[i]);
    }
    for (size_t i = 0; i < LGS_N(types); i++) {
        hash_name(&types[i].name);
    }
    RUN(a_group_is_a_document);
    RUN(without_headers_the_first_record_opens_a_group);
    RUN(a_bad_record_takes_its_group_along_and_no_other);
    RUN(what_the_file_says_is_in_every_document_behind_it);
    RUN(places);
    RUN(records_by_length);
    RUN(types_by_the_length_of_lines);
    RUN(records_that_are_all_alike);
    RUN(places_count_characters);
    RUN(the_longest_record_and_one_byte_more);
    RUN(the_longest_field_and_one_byte_more);
    RUN(a_group_of_too_many_records);
    RUN(csv_of_several_types);
    RUN(no_memory_is_an_error_at_every_step);
    return DONE();
}
