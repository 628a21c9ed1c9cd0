/* The door to readers: JSON texts, records of a JSON text, NDJSON; windows of any size. */
#include "../../../ngx_logistics_module/formats/fixed.h"
#include "documents.h"

static lgs_input_t input_of(const char *name, const void *profile)
{
    return (lgs_input_t){lgs_input_format(lgs_cstr(name)), profile};
}

TEST(formats_are_found_by_their_word)
{
    lgs_str_t names[16];
    size_t n = lgs_input_format_names(names, LGS_N(names));

    CHECK(n >= 3);
    for (size_t i = 0; i < n; i++) {
        const lgs_input_t input = {lgs_input_format(names[i]), NULL};

        CHECK(input.format != NULL);
        CHECK(lgs_str_eq(lgs_input_name(&input), names[i]));
    }
    CHECK_INT(lgs_input_format_names(names, 1), 1);
    CHECK(lgs_input_format(LGS_STR("jso")) == NULL);
    CHECK(lgs_input_format(LGS_STR("")) == NULL);
}

TEST(which_formats_hold_many)
{
    const lgs_json_input_t records = {LGS_STR("/a")}, none = {LGS_STR("")};
    const lgs_input_t inputs[] = {input_of("json", NULL), input_of("json", &none),
                                  input_of("json", &records), input_of("ndjson", NULL),
                                  input_of("csv", &lgs_csv_default)};

    for (size_t i = 0; i < LGS_N(inputs); i++) {
        CHECK_INT(lgs_input_is_batch(&inputs[i]), i >= 2);
    }
}

TEST(json_is_one_document)
{
    const lgs_input_t input = input_of("json", NULL);

    check_documents(&input, LGS_STR(" {\"a\": [1, 2]}\n"), false, false, "{\"a\":[1,2]}\n");
    check_documents(&input, LGS_STR("{\"a\":1}\n{\"a\":2}"), false, false, "! json-syntax 2:1\n");
    check_documents(&input, LGS_STR(""), false, false, "! json-syntax 1:1\n");
}

TEST(json_records_are_documents)
{
    const lgs_json_input_t profile = {LGS_STR("/batch/items")};
    const lgs_input_t input = input_of("json", &profile);

    check_documents(&input,
                    LGS_STR("{\"id\": 7,\n \"batch\": {\"items\": [{\"n\": 1},\n  {\"n\": 2}]}}"),
                    false, true, "{\"n\":1} @2:22-2:28\n{\"n\":2} @3:3-3:9\n");
    check_documents(&input, LGS_STR("{\"batch\":{\"items\":[]}}"), false, false, "");
    check_documents(&input, LGS_STR("{\"batch\":{\"items\":{}}}"), true, false,
                    "! no-records 1:19 the list of records is looked for at /batch/items, where "
                    "there is a value of the type object\n");
    check_documents(&input, LGS_STR("{\"batch\":5}"), true, false,
                    "! no-records 1:1 the list of records is looked for at /batch/items, where "
                    "there is nothing\n");
    check_documents(&input, LGS_STR("{\"batch\":"), false, false, "! json-syntax 1:10\n");
}

TEST(the_rest_of_the_text_is_there_beside_its_records)
{
    const lgs_json_input_t profile = {LGS_STR("/items")};
    const lgs_input_t input = input_of("json", &profile);
    const lgs_window_t window = {LGS_STR("{\"id\":7,\"items\":[{\"n\":1}]}"), true};
    documents_t d = documents_begin();
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, d.arena);
    lgs_doc_t doc;

    lgs_errs_init(&d.errs, d.arena, 4);
    CHECK_INT(lgs_reader_next(reader, &window, d.scratch, &doc, &d.errs), LGS_OK);
    CHECK_STR(lgs_node_text(lgs_node_at(&doc.root, "id")), "7");
    CHECK_STR(lgs_node_text(lgs_node_at(lgs_doc_top(&doc), "n")), "1");
    CHECK_INT(lgs_reader_used(reader), 0);
    CHECK_INT(lgs_reader_next(reader, &window, d.scratch, &doc, &d.errs), LGS_END);
    CHECK_INT(lgs_reader_used(reader), window.bytes.len);
    CHECK_INT(lgs_reader_count(reader), 1);
    documents_end(&d);
}

TEST(ndjson_is_a_document_a_line)
{
    const lgs_input_t input = input_of("ndjson", NULL);

    check_documents(&input, LGS_STR("{\"a\":1}\n\r\n  \n{\"a\":2}\r\n{\"a\":3}"), false, true,
                    "{\"a\":1} @1:1-1:6\n{\"a\":2} @4:1-4:6\n{\"a\":3} @5:1-5:6\n");
    check_documents(&input, LGS_STR("\n\n"), false, false, "");
    check_documents(&input, LGS_STR(""), false, false, "");
}

TEST(a_bad_line_does_not_take_the_others_along)
{
    const lgs_input_t input = input_of("ndjson", NULL);

    check_documents(&input, LGS_STR("{\"a\":1}\n{\"a\":x}\n{\"a\":3,\n{\"a\":4}\n"), false, false,
                    "{\"a\":1}\n! json-syntax 2:6\n! json-syntax 3:8\n{\"a\":4}\n");
}

TEST(the_longest_line)
{
    const lgs_input_t input = input_of("ndjson", NULL);

    for (size_t more = 0; more < 2; more++) {
        size_t len = LGS_MAX_LINE + more;
        char *text = malloc(len + 3);
        const lgs_window_t window = {lgs_str(text, len + 3), true};
        documents_t d = documents_begin();
        lgs_reader_t *reader = lgs_reader_open(&input, NULL, d.arena);
        lgs_doc_t doc;

        memset(text, ' ', len);
        text[len - 1] = '5';
        memcpy(text + len, "\n6\n", 3);
        lgs_errs_init(&d.errs, d.arena, 4);
        CHECK_INT(lgs_reader_next(reader, &window, d.scratch, &doc, &d.errs),
                  more ? LGS_LIMIT : LGS_OK);
        CHECK_INT(lgs_reader_is_cut(reader), more);
        CHECK_INT(d.errs.n, more);
        documents_end(&d);
        free(text);
    }
}

TEST(no_memory_is_an_error_at_every_step)
{
    const lgs_json_input_t profile = {LGS_STR("/items")};
    const lgs_input_t inputs[] = {input_of("json", &profile), input_of("ndjson", NULL),
                                  input_of("csv", &lgs_csv_default)};
    const lgs_str_t sources[] = {LGS_STR("{\"items\":[{\"a\":\"\\n\"},2]}"),
                                 LGS_STR("{\"a\":\"\\n\"}\n5\n"), LGS_STR("a,b,\n1,\"x\"\"y\",\n")};
    lgs_csv_t csv = lgs_csv_default;
    lgs_input_t with_csv = inputs[2];

    lgs_csv_prepare(&csv);
    with_csv.profile = &csv;
    for (size_t i = 0; i < LGS_N(inputs); i++) {
        lgs_rc_t rc = LGS_NOMEM;
        unsigned n_refused = 0;

        for (size_t ceiling = 1; rc == LGS_NOMEM && ceiling < 200000; ceiling += 97) {
            lgs_arena_t *arena = lgs_arena_create(1, ceiling), *errs_arena = lgs_arena_create(0, 0);
            lgs_reader_t *reader =
                arena ? lgs_reader_open(i == 2 ? &with_csv : &inputs[i], NULL, arena) : NULL;
            const lgs_window_t window = {sources[i], true};
            lgs_errs_t errs;
            lgs_doc_t doc;

            lgs_errs_init(&errs, errs_arena, 4);
            rc = reader ? lgs_reader_next(reader, &window, arena, &doc, &errs) : LGS_NOMEM;
            n_refused += rc == LGS_NOMEM;
            CHECK(rc == LGS_OK || rc == LGS_NOMEM);
            lgs_arena_destroy(arena);
            lgs_arena_destroy(errs_arena);
        }
        CHECK_INT(rc, LGS_OK);
        CHECK(n_refused > 0);
    }
}

/* input.h: without a profile a format has its defaults. */
TEST(a_format_without_a_profile_has_its_defaults)
{
    const lgs_input_t csv = input_of("csv", NULL), xml = input_of("xml", NULL),
                      lines = input_of("ndjson", NULL), x12 = input_of("x12", NULL);

    check_documents(&csv, LGS_STR("a,b\r\n1,\"2\r\n3\"\r\n4,5"), false, false,
                    "{\"a\":\"1\",\"b\":\"2\\r\\n3\"}\n{\"a\":\"4\",\"b\":\"5\"}\n");
    check_documents(&csv, LGS_STR("a,b\n1\n"), false, false, "! csv-columns 2:1\n");
    check_documents(&xml, LGS_STR("<a b='1'/>"), false, false, "{\"a\":{\"@b\":\"1\"}}\n");
    check_documents(&lines, LGS_STR("1\n2"), false, false, "1\n2\n");
    check_documents(&x12, LGS_STR("no"), false, false, "! edi-header 1:1\n");
}

/* What a Content-Type says of a body, beside what it is read as. */
TEST(the_named_charset_is_the_one_that_is_read)
{
    static const char xml_1[] = "<?xml version=\"1.0\" encoding='ISO-8859-1'?>\n<a/>";
    lgs_csv_t windows = lgs_csv_default;
    const lgs_fixed_t latin = {.charset = LGS_CHARSET_8859_15};
    const lgs_input_t json = input_of("json", NULL), csv = input_of("csv", NULL),
                      cp1252 = input_of("csv", &windows), fixed = input_of("fixed", &latin),
                      xml = input_of("xml", NULL), x12 = input_of("x12", NULL);
    const struct {
        const lgs_input_t *input;
        const char *source, *named, *read_as;
        bool is;
    } cases[] = {
        {&json, "", "UTF-8", "utf-8", true},
        {&json, "", "utf8", "utf-8", true},
        {&json, "", "us-ascii", "utf-8", true},
        {&json, "", "iso-8859-1", "utf-8", false},
        {&json, "", "", "utf-8", false},
        {&csv, "", "utf-8", "utf-8", true},
        {&csv, "", "windows-1252", "utf-8", false},
        {&cp1252, "", "Windows-1252", "cp1252", true},
        {&cp1252, "", "ISO_8859-1", "cp1252", true},
        {&cp1252, "", "utf-8", "cp1252", false},
        {&fixed, "", "latin9", "iso-8859-15", true},
        {&fixed, "", "iso-8859-1", "iso-8859-15", false},
        {&xml, "<a/>", "utf-8", "utf-8", true},
        {&xml, "<a/>", "iso-8859-1", "utf-8", false},
        {&xml, "<a encoding='x'/>", "utf-8", "utf-8", true},
        {&xml, xml_1, "latin1", "ISO-8859-1", true},
        {&xml, xml_1, "utf-8", "ISO-8859-1", false},
        {&xml, "<?xml encoding=\"cut>", "utf-8", "utf-8", true},
        {&xml, "<?xml encoding>", "utf-8", "utf-8", true},
        {&xml, "<?xml version='1.0'", "utf-8", "utf-8", true},
        {&xml, "", "utf-8", "utf-8", true},
        {&xml, "\xff\xfe<", "utf-16", "utf-16", true},
        {&x12, "ISA", "whatever", "", true},
        {&json, "", "utf-8-and-a-name-that-is-longer-than-any-known", "utf-8", false},
    };

    windows.charset = LGS_CHARSET_CP1252;
    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_str_t read_as;

        CHECK(lgs_input_is_charset(cases[i].input, lgs_cstr(cases[i].source),
                                   lgs_cstr(cases[i].named), &read_as) == cases[i].is);
        CHECK_STR(read_as, cases[i].read_as);
        if (unit_bad) {
            printf("# %s of %s\n", cases[i].named, cases[i].source);
        }
    }
}

TEST(what_begins_like_edi_is_told_from_all_else)
{
    static const char isa[] =
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              "
        "*260314*0930*U*00401*000000007*0*P*>~";
    static const struct {
        const char *format, *source;
        bool takes;
    } cases[] = {
        {"x12", isa, true},       {"edi", isa, true},        {"edifact", isa, false},
        {"fixed", isa, false},    {"json", isa, false},      {"edifact", "UNB+UNOA:3+A+B'", true},
        {"x12", "UNB+UN", false}, {"fixed", "H0001", true},  {"x12", "H0001", false},
        {"edi", "", false},       {"fixed", "", true},       {"tradacoms", "STX=ANA:1+A'", true},
        {"edi", "STX=A'", true},  {"tradacoms", isa, false},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_input_t input = {lgs_input_format(lgs_cstr(cases[i].format)), NULL};

        CHECK(lgs_input_takes(&input, lgs_cstr(cases[i].source)) == cases[i].takes);
        if (unit_bad) {
            printf("# %s of %s\n", cases[i].format, cases[i].source);
        }
    }
}

int main(void)
{
    RUN(what_begins_like_edi_is_told_from_all_else);
    RUN(the_named_charset_is_the_one_that_is_read);
    RUN(a_format_without_a_profile_has_its_defaults);
    RUN(formats_are_found_by_their_word);
    RUN(which_formats_hold_many);
    RUN(json_is_one_document);
    RUN(json_records_are_documents);
    RUN(the_rest_of_the_text_is_there_beside_its_records);
    RUN(ndjson_is_a_document_a_line);
    RUN(a_bad_line_does_not_take_the_others_along);
    RUN(the_longest_line);
    RUN(no_memory_is_an_error_at_every_step);
    return DONE();
}
