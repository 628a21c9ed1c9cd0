/* The CSV reader: rows and cells, headers, character sets, what is refused and where, limits. */
#include "documents.h"

static lgs_csv_t profile;

static lgs_csv_t *fresh(void)
{
    profile = lgs_csv_default;
    return &profile;
}

static lgs_input_t prepared(void)
{
    lgs_csv_prepare(&profile);
    return (lgs_input_t){lgs_input_format(LGS_STR("csv")), &profile};
}

static void reads_bytes(lgs_str_t source, const char *want)
{
    const lgs_input_t input = prepared();

    check_documents(&input, source, false, false, want);
}

static void reads(const char *source, const char *want)
{
    reads_bytes(lgs_cstr(source), want);
}

TEST(rows_are_objects_by_the_header)
{
    fresh();
    reads("a,b\n1,2\n3,4\n", "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n");
    reads("a,b\r\n1,2\r\n3,4", "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n");
    reads("a, b ,\n1, 2 ,3\n", "{\"a\":\"1\",\"b\":\" 2 \",\"3\":\"3\"}\n");
    reads("a\n1\n", "{\"a\":\"1\"}\n");
    reads("a\n1\r", "{\"a\":\"1\"}\n");
    reads("a,b\n", "");
    reads("", "");
    reads("\xef\xbb\xbf"
          "a\n1\n",
          "{\"a\":\"1\"}\n");
}

TEST(quotes)
{
    fresh();
    reads("a,b\n\"1,5\",\"say \"\"no\"\"\"\n", "{\"a\":\"1,5\",\"b\":\"say \\\"no\\\"\"}\n");
    reads("a,b\n\"x\ny\r\nz\",\"\"\n\"\",2", "{\"a\":\"x\\ny\\r\\nz\",\"b\":\"\"}\n"
                                             "{\"a\":\"\",\"b\":\"2\"}\n");
    reads("\"a\",\"b\"\n\"1\",\"2\"", "{\"a\":\"1\",\"b\":\"2\"}\n");
    reads("a\n\"\"\"\"\n", "{\"a\":\"\\\"\"}\n");
    reads("a\n\"x\\y\"\n", "{\"a\":\"x\\\\y\"}\n");
    fresh()->escape = '\\';
    reads("a\n\"x\\\"y\\\\\"\n", "{\"a\":\"x\\\"y\\\\\"}\n");
    fresh()->quote = '\'';
    profile.escape = '\'';
    reads("a\n'it''s'\n\"2\"\n", "{\"a\":\"it's\"}\n{\"a\":\"\\\"2\\\"\"}\n");
    fresh()->quote = 0;
    profile.escape = 0;
    reads("a,b\n1\",\"2\n", "{\"a\":\"1\\\"\",\"b\":\"\\\"2\"}\n");
}

TEST(an_empty_cell_is_null_and_a_row_that_says_nothing_is_none)
{
    fresh();
    reads("a,b\n1,\n,\n\n,2\n", "{\"a\":\"1\",\"b\":null}\n{\"a\":null,\"b\":\"2\"}\n");
    reads("\n\r\na,b\n1,2\n", "{\"a\":\"1\",\"b\":\"2\"}\n");
}

TEST(bad_quotes_are_told_with_their_place_and_the_rows_behind_them_are_read)
{
    fresh();
    reads("a,b\n1,x\"y\n2,z\n", "! csv-quote 2:4\n{\"a\":\"2\",\"b\":\"z\"}\n");
    reads("a,b\n\"1\"x,y\n2,z\n", "! csv-quote 2:4\n{\"a\":\"2\",\"b\":\"z\"}\n");
    reads("a,b\n1,\"2\n3,4\n", "! csv-quote 2:3\n");
    reads("a\n1\rx\n2\n", "! csv-line 2:2\n{\"a\":\"2\"}\n");
}

TEST(ragged_rows)
{
    fresh();
    reads("a,b\n1\n1,2,3\n1,2,\n5,6\n",
          "! csv-columns 2:1\n! csv-columns 3:5\n{\"a\":\"1\",\"b\":\"2\"}\n"
          "{\"a\":\"5\",\"b\":\"6\"}\n");
    profile.missing = profile.extra = LGS_ROW_ALLOW;
    reads("a,b\n1\n1,2,3\n", "{\"a\":\"1\",\"b\":null}\n{\"a\":\"1\",\"b\":\"2\"}\n");
}

TEST(columns_by_number_and_by_name)
{
    static const lgs_str_t names[] = {LGS_STR_INIT("x"), LGS_STR_INIT(""), LGS_STR_INIT("z")};

    fresh()->has_header = false;
    reads("1,2\n3,4,5\n", "{\"1\":\"1\",\"2\":\"2\"}\n{\"1\":\"3\",\"2\":\"4\",\"3\":\"5\"}\n");
    profile.columns = names;
    profile.n_columns = LGS_N(names);
    reads("1,2,3\n", "{\"x\":\"1\",\"2\":\"2\",\"z\":\"3\"}\n");
    profile.has_header = true;
    reads("A,B,C\n1,2,3\n", "{\"x\":\"1\",\"2\":\"2\",\"z\":\"3\"}\n");
}

TEST(what_stands_before_and_between_rows)
{
    fresh()->skip_rows = 2;
    profile.comment = LGS_STR("##");
    reads("Report \"of\nToday\n##x\na,b\n##,\n1,2\n#,3\n##end",
          "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"#\",\"b\":\"3\"}\n");
    reads("one line only", "");
}

TEST(delimiters_and_blanks)
{
    fresh()->delimiter = ';';
    profile.trim = true;
    reads("a ; b\n  1 ;\t\"2 \" \n ;3\n", "{\"a\":\"1\",\"b\":\"2 \"}\n{\"a\":null,\"b\":\"3\"}\n");
    profile.delimiter = '\t';
    reads("a\tb\n 1\t2\n", "{\"a\":\"1\",\"b\":\"2\"}\n");
}

TEST(headers_that_cannot_be_used)
{
    static const lgs_str_t required[] = {LGS_STR_INIT("Plate"), LGS_STR_INIT("Km")};
    lgs_input_t input;

    fresh();
    input = prepared();
    check_documents(
        &input, LGS_STR("a,b,a\n1,2,3\n"), true, false,
        "! csv-header 1:5 the columns 1 and 3 are both called \"a\"; give them names of "
        "their own, or name all with \"columns\"\n");
    profile.required = required;
    profile.n_required = LGS_N(required);
    check_documents(&input, LGS_STR("plate,Qty\n1,2\n3,4\n"), true, false,
                    "! csv-header 1:1 the header has no column \"Plate\" (\"plate\"?), \"Km\", "
                    "which the mapping reads\n");
    check_documents(&input, LGS_STR("Km;Plate\n1;2\n"), true, false,
                    "! csv-header 1:1 the header has no column \"Plate\", \"Km\", which the "
                    "mapping reads; it is one cell: the delimiter agreed on is ,\n");
    check_documents(&input, LGS_STR("Km,Plate\n1,2\n"), true, false,
                    "{\"Km\":\"1\",\"Plate\":\"2\"}\n");
}

TEST(character_sets)
{
    fresh();
    reads("a,b\nM\xc3\xbcller,\xe2\x82\xac\n",
          "{\"a\":\"M\xc3\xbcller\",\"b\":\"\xe2\x82\xac\"}\n");
    reads("a,b\nM\xfcller,x\n1,2\n", "! charset 2:2\n{\"a\":\"1\",\"b\":\"2\"}\n");
    profile.charset = LGS_CHARSET_CP1252;
    reads("K\xf6ln,b\nM\xfcller,\x80\n",
          "{\"K\xc3\xb6ln\":\"M\xc3\xbcller\",\"b\":\"\xe2\x82\xac\"}\n");
    reads("a,b\n\"\"\"\x81\",1\n", "! charset 2:1\n");
    reads("a,b\nx\x81,1\n", "! charset 2:2\n");
    profile.charset = LGS_CHARSET_8859_1;
    reads("a\n\xa4\xfc\n", "{\"a\":\"\xc2\xa4\xc3\xbc\"}\n");
    profile.charset = LGS_CHARSET_8859_15;
    reads("a\n\xa4\xfc\n", "{\"a\":\"\xe2\x82\xac\xc3\xbc\"}\n");
}

TEST(utf16_is_refused_in_plain_words)
{
    lgs_input_t input;

    fresh();
    input = prepared();
    check_documents(&input,
                    LGS_STR("\xff\xfe"
                            "a\0,\0b\0\n\0"),
                    true, false,
                    "! charset 1:1 the file is UTF-16, which is not read; save it as UTF-8\n");
    check_documents(&input, LGS_STR("\0a\0,\0b\0\n"), true, false,
                    "! charset 1:1 the file is UTF-16, which is not read; save it as UTF-8\n");
    check_documents(&input, LGS_STR("ab\n1\0\n2\n"), true, false,
                    "! charset 2:2 a NUL byte; if the file is UTF-16, save it as UTF-8\n"
                    "{\"ab\":\"2\"}\n");
}

TEST(places_are_those_of_the_whole_file)
{
    lgs_input_t input;

    fresh()->comment = LGS_STR("#");
    input = prepared();
    check_documents(&input,
                    LGS_STR("\xef\xbb\xbf"
                            "a,b\n#c\n\"x\ny\",2\n\n3,\"4\"\n"),
                    false, true,
                    "{\"a\":\"x\\ny\",\"b\":\"2\"} @3:1-4:4\n{\"a\":\"3\",\"b\":\"4\"} @6:1-6:3\n");
}

static lgs_str_t wide(char *text, uint32_t n)
{
    size_t at = 0;

    for (uint32_t row = 0; row < 2; row++) {
        for (uint32_t i = 0; i < n; i++) {
            at += (size_t)sprintf(text + at, "%s%u", i ? "," : "", i + 1);
        }
        text[at++] = '\n';
    }
    return lgs_str(text, at);
}

TEST(many_columns)
{
    static const uint32_t counts[] = {33, 500, LGS_MAX_COLUMNS, LGS_MAX_COLUMNS + 1};
    char *text = malloc(2 * 6 * (LGS_MAX_COLUMNS + 2));
    lgs_input_t input;

    fresh();
    input = prepared();
    for (size_t i = 0; i < LGS_N(counts); i++) {
        const lgs_window_t window = {wide(text, counts[i]), true};
        documents_t d = documents_begin();
        lgs_reader_t *reader = lgs_reader_open(&input, NULL, d.arena);
        lgs_doc_t doc;
        lgs_rc_t rc;

        lgs_errs_init(&d.errs, d.arena, 4);
        rc = lgs_reader_next(reader, &window, d.scratch, &doc, &d.errs);
        CHECK_INT(rc, counts[i] > LGS_MAX_COLUMNS ? LGS_LIMIT : LGS_OK);
        CHECK(rc != LGS_OK || (doc.root.flags & LGS_NODE_INDEXED));
        for (uint32_t k = 1; rc == LGS_OK && k <= counts[i]; k += 13) {
            char name[16];

            sprintf(name, "%u", k);
            CHECK_STR(lgs_node_text(lgs_node_at(&doc.root, name)), name);
        }
        documents_end(&d);
    }
    free(text);
}

static lgs_rc_t last_rc(lgs_str_t source, const lgs_tree_limits_t *limits, const char **code,
                        bool *is_cut)
{
    const lgs_input_t input = prepared();
    const lgs_window_t all = {source, true};
    documents_t d = documents_begin();
    lgs_reader_t *reader = lgs_reader_open(&input, limits, d.arena);
    lgs_window_t window = all;
    lgs_rc_t rc = LGS_OK, worst = LGS_OK;
    lgs_doc_t doc;

    *code = "";
    lgs_errs_init(&d.errs, d.arena, 4);
    while (rc != LGS_END) {
        rc = lgs_reader_next(reader, &window, d.scratch, &doc, &d.errs);
        worst = rc != LGS_END && rc != LGS_OK ? rc : worst;
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    *is_cut = lgs_reader_is_cut(reader);
    if (d.errs.first) {
        *code = d.errs.first->code;
    }
    documents_end(&d);
    return worst;
}

TEST(limits_at_and_past)
{
    static const struct {
        size_t cell;
        lgs_rc_t rc;
        const char *code;
        bool is_quoted, is_open;
    } cases[] = {
        {LGS_MAX_CELL, LGS_OK, "", false, false},
        {LGS_MAX_CELL + 1, LGS_LIMIT, "max-text", false, false},
        {LGS_MAX_CELL, LGS_OK, "", true, false},
        {LGS_MAX_CELL + 1, LGS_LIMIT, "max-text", true, false},
        {LGS_MAX_ROW + 10, LGS_LIMIT, "max-bytes", false, false},
        {LGS_MAX_ROW + 10, LGS_LIMIT, "max-bytes", true, true},
    };

    fresh();
    for (size_t i = 0; i < LGS_N(cases); i++) {
        char *text = malloc(cases[i].cell + 32), *to = text;
        const char *code;
        bool is_cut;

        to += sprintf(to, "a\n%s", cases[i].is_quoted ? "\"" : "");
        memset(to, 'x', cases[i].cell);
        to += cases[i].cell;
        to += sprintf(to, "%s\nb\n", cases[i].is_quoted && !cases[i].is_open ? "\"" : "");
        CHECK_INT(last_rc(lgs_str(text, (size_t)(to - text)), NULL, &code, &is_cut), cases[i].rc);
        CHECK_STR(lgs_cstr(code), cases[i].code);
        CHECK_INT(is_cut, strcmp(cases[i].code, "max-bytes") == 0);
        free(text);
    }
}

TEST(the_longest_row_and_one_byte_more)
{
    /* 31 cells, each below its own limit */
    for (size_t more = 0; more < 2; more++) {
        size_t len = LGS_MAX_ROW + more;
        char *text = malloc(len + 8);
        const char *code;
        bool is_cut;

        fresh()->has_header = false;
        memset(text, 'x', len);
        for (size_t at = 40000; at < len; at += 40000) {
            text[at] = ',';
        }
        text[len - 1] = '\n';
        memcpy(text + len, "1\n", 3);
        CHECK_INT(last_rc(lgs_str(text, len + 2), NULL, &code, &is_cut), more ? LGS_LIMIT : LGS_OK);
        free(text);
    }
}

TEST(a_long_comment_or_skipped_line_is_a_row_too_long)
{
    for (int skips = 0; skips < 2; skips++) {
        char *text = malloc(LGS_MAX_ROW + 20);
        const char *code;
        bool is_cut;

        fresh()->comment = LGS_STR("#");
        profile.skip_rows = (uint32_t)skips;
        memset(text, '#', LGS_MAX_ROW + 10);
        memcpy(text + LGS_MAX_ROW + 10, "\na\n1\n", 5);
        CHECK_INT(last_rc(lgs_str(text, LGS_MAX_ROW + 15), NULL, &code, &is_cut), LGS_LIMIT);
        CHECK_STR(lgs_cstr(code), "max-bytes");
        free(text);
    }
}

TEST(limits_of_the_policy)
{
    const lgs_tree_limits_t small = {
        .max_depth = 4, .max_nodes = 3, .max_members = 3, .max_text = 5};
    const char *code;
    bool is_cut;

    fresh();
    CHECK_INT(last_rc(LGS_STR("a,b,c\n12345,2,3\n"), &small, &code, &is_cut), LGS_OK);
    CHECK_INT(last_rc(LGS_STR("a,b,c\n123456,2,3\n"), &small, &code, &is_cut), LGS_LIMIT);
    CHECK_INT(last_rc(LGS_STR("a,b,c,d\n1,2,3,4\n"), &small, &code, &is_cut), LGS_LIMIT);
    CHECK_STR(lgs_cstr(code), "max-members");
}

int main(void)
{
    RUN(rows_are_objects_by_the_header);
    RUN(quotes);
    RUN(an_empty_cell_is_null_and_a_row_that_says_nothing_is_none);
    RUN(bad_quotes_are_told_with_their_place_and_the_rows_behind_them_are_read);
    RUN(ragged_rows);
    RUN(columns_by_number_and_by_name);
    RUN(what_stands_before_and_between_rows);
    RUN(delimiters_and_blanks);
    RUN(headers_that_cannot_be_used);
    RUN(character_sets);
    RUN(utf16_is_refused_in_plain_words);
    RUN(places_are_those_of_the_whole_file);
    RUN(many_columns);
    RUN(limits_at_and_past);
    RUN(the_longest_row_and_one_byte_more);
    RUN(a_long_comment_or_skipped_line_is_a_row_too_long);
    RUN(limits_of_the_policy);
    return DONE();
}
