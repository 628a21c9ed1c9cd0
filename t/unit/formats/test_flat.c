/* Writers of NDJSON, CSV and fixed width: what they write, that it is read again as it was, and
 * what they refuse. Documents are given as JSON. */
#include "documents.h"

#include "../../../ngx_logistics_module/formats/fixed.h"
#include "../../../ngx_logistics_module/formats/flat.h"

#define MAX_DOCUMENTS 8

typedef struct {
    lgs_arena_t *arena;
    lgs_errs_t errs;
    lgs_node_t documents[MAX_DOCUMENTS];
    lgs_doc_t whole;
    lgs_rc_t rc;
    lgs_str_t text;
} written_t;

/* A JSON array of documents. */
static written_t write_all(const lgs_input_t *input, const char *json)
{
    written_t t = {.arena = lgs_arena_create(0, 0), .rc = LGS_OK};
    lgs_flat_writer_t writer;
    lgs_buf_t buf;

    lgs_errs_init(&t.errs, t.arena, 8);
    lgs_buf_init(&buf, t.arena, 0, 0);
    CHECK_INT(lgs_json_read(t.arena, lgs_cstr(json), NULL, &t.whole, &t.errs), LGS_OK);
    CHECK_INT(lgs_flat_open(&writer, input, &buf, t.arena), LGS_OK);
    for (uint32_t i = 0; t.rc == LGS_OK && i < t.whole.root.n && i < MAX_DOCUMENTS; i++) {
        t.rc = lgs_flat_write(&writer, &t.whole.root.u.items[i], &t.errs);
    }
    t.text = buf.len ? lgs_buf_text(&buf) : LGS_STR("");
    return t;
}

static void writes(const lgs_input_t *input, const char *json, const char *want)
{
    written_t t = write_all(input, json);
    lgs_window_t window = {t.text, true};
    lgs_reader_t *reader = lgs_reader_open(input, NULL, t.arena);
    lgs_doc_t doc;

    unit_show(&t.errs);
    CHECK_INT(t.rc, LGS_OK);
    CHECK_STR(t.text, want);
    for (uint32_t i = 0; i < t.whole.root.n; i++) {
        CHECK_INT(lgs_reader_next(reader, &window, t.arena, &doc, &t.errs), LGS_OK);
        CHECK(lgs_node_equal(&doc.root, &t.whole.root.u.items[i]));
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    CHECK_INT(lgs_reader_next(reader, &window, t.arena, &doc, &t.errs), LGS_END);
    lgs_arena_destroy(t.arena);
}

/* The last document is refused with a text that has `want` in it. */
static void refuses(const lgs_input_t *input, const char *json, const char *want)
{
    written_t t = write_all(input, json);

    CHECK_INT(t.rc, LGS_INVALID);
    CHECK_INT(t.errs.n, 1);
    CHECK(t.errs.first && strstr(t.errs.first->text.data, want));
    if (t.errs.first && !strstr(t.errs.first->text.data, want)) {
        unit_show(&t.errs);
    }
    lgs_arena_destroy(t.arena);
}

static lgs_csv_t csv;
static lgs_fixed_t fixed;
static lgs_node_t names[3];
static lgs_record_type_t types[5];
static const lgs_slice_t slices[] = {{1, 4}, {5, 3}};
static const lgs_slice_t overlapping[] = {{1, 4}, {3, 3}};

static lgs_input_t csv_input(void)
{
    csv = lgs_csv_default;
    lgs_csv_prepare(&csv);
    return (lgs_input_t){lgs_input_format(LGS_STR("csv")), &csv};
}

static lgs_node_t name_of(lgs_str_t text)
{
    lgs_node_t name = lgs_node_string(text, LGS_NO_OFFSET, 0);

    name.hash = lgs_hash(text.data, text.len);
    return name;
}

static lgs_input_t fixed_input(void)
{
    static const struct {
        lgs_str_t mark;
        lgs_role_t role;
    } rows[] = {{LGS_STR_INIT("T"), LGS_ROLE_TRAILER},
                {LGS_STR_INIT("D"), LGS_ROLE_DETAIL},
                {LGS_STR_INIT("H"), LGS_ROLE_HEADER},
                {LGS_STR_INIT("F"), LGS_ROLE_FILE},
                {LGS_STR_INIT("R"), LGS_ROLE_ROW}};

    names[0] = name_of(LGS_STR("a"));
    names[1] = name_of(LGS_STR("b"));
    for (size_t i = 0; i < LGS_N(rows); i++) {
        types[i] = (lgs_record_type_t){.mark = rows[i].mark,
                                       .role = rows[i].role,
                                       .name = name_of(rows[i].mark),
                                       .fields = names,
                                       .slices = slices,
                                       .n_fields = 2};
    }
    fixed = (lgs_fixed_t){
        .group = {.types = types, .n_types = LGS_N(types), .has_header = true, .select = {0, 1}}};
    return (lgs_input_t){lgs_input_format(LGS_STR("fixed")), &fixed};
}

/* input.h: without a profile CSV is written as it is read, with its defaults. */
TEST(csv_without_a_profile_has_its_defaults)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("csv")), NULL};

    writes(&input, "[{\"a\":\"1\",\"b\":\"x,y\"}]", "a,b\r\n1,\"x,y\"\r\n");
}

TEST(formats_without_documents_side_by_side_have_no_writer)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("json")), NULL};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_flat_writer_t writer;
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    CHECK_INT(lgs_flat_open(&writer, &input, &buf, arena), LGS_NOT_FOUND);
    lgs_arena_destroy(arena);
}

TEST(ndjson)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("ndjson")), NULL};

    writes(&input, "[{\"a\": [1, 2.50]}, {\"b\": \"x\\ny\"}]",
           "{\"a\":[1,2.50]}\n{\"b\":\"x\\ny\"}\n");
}

TEST(csv_rows)
{
    lgs_input_t input = csv_input();

    writes(&input,
           "[{\"a\":\"1\",\"b\":null},{\"a\":\"x,y\",\"b\":\"\"},{\"a\":null,\"b\":\" z\"}]",
           "a,b\r\n1,\r\n\"x,y\",\"\"\r\n,\" z\"\r\n");
    writes(&input, "[{\"a\":\"say \\\"no\\\"\\nor\"}]", "a\r\n\"say \"\"no\"\"\nor\"\r\n");
    writes(&input, "[{\"\\u00e4\":\"\\u00fc\"}]", "\"\xc3\xa4\"\r\n\"\xc3\xbc\"\r\n");
    csv.charset = LGS_CHARSET_CP1252;
    writes(&input, "[{\"a\":\"x\",\"b\":\"\\u20ac\"}]", "a,b\r\nx,\x80\r\n");
    refuses(&input, "[{\"a\":\"\\u4e2d\"}]", "a character that cp1252 does not have");
    csv.escape = '\\';
    writes(&input, "[{\"a\":\"x\\\\,\\\"\"}]", "a\r\n\"x\\\\,\\\"\"\r\n");
    csv.delimiter = ';';
    csv.has_header = false;
    csv.skip_rows = 1;
    lgs_csv_prepare(&csv);
    writes(&input, "[{\"1\":\"x\",\"2\":\"y\"},{\"1\":\"z\"}]", "\r\nx;y\r\nz\r\n");
}

TEST(csv_refusals)
{
    lgs_input_t input = csv_input();

    refuses(&input, "[{\"a\":[1]}]", "\"a\": a cell cannot hold a value of the type array");
    refuses(&input, "[{\"a\":\"1\"},{\"b\":\"1\"}]", "document 1");
    refuses(&input, "[{\"a\":null}]", "a row of nothing");
    refuses(&input, "[{\" a\":\"1\"}]", "no header can name a column so");
    refuses(&input, "[{\"a\":\"x\\u0000\"}]", "no cell can hold");
    refuses(&input, "[5]", "a row is an object");
    csv.quote = csv.escape = 0;
    refuses(&input, "[{\"a\":\"x,y\"}]", "needs quotes");
}

TEST(csv_of_several_types)
{
    lgs_input_t input = csv_input();
    lgs_group_t group;

    (void)fixed_input();
    names[1] = name_of(LGS_STR("b"));
    group = fixed.group;
    group.column = 1;
    csv.group = &group;
    csv.has_header = false;
    writes(&input,
           "[{\"H\":{\"a\":\"1\",\"b\":\"H\"},\"D\":[{\"a\":\"2\",\"b\":\"D\"}],"
           "\"F\":{\"a\":\"x\",\"b\":\"F\"}}]",
           "x,F\r\n1,H\r\n2,D\r\n");
    refuses(&input, "[{\"H\":{\"a\":\"1\",\"c\":\"2\"}}]", "1 members that are no columns");
    refuses(&input, "[{\"H\":{\"a\":\"1\",\"b\":\"D\"}}]", "the type \"H\" stands there");
}

TEST(fixed_width)
{
    lgs_input_t input = fixed_input();

    writes(&input,
           "[{\"H\":{\"a\":\"1\",\"b\":null},\"D\":[{\"a\":\"ab\",\"b\":\"c\"},{\"a\":\"\\u00e4\","
           "\"b\":\"xyz\"}],\"T\":{\"a\":\"end\",\"b\":null}},{\"R\":{\"a\":\"r\",\"b\":null}}]",
           "H1      \nDab  c  \nD\xc3\xa4   xyz\nTend    \nRr      \n");
    writes(&input,
           "[{\"H\":{\"a\":\"1\",\"b\":null},\"F\":{\"a\":\"x\",\"b\":null}},"
           "{\"H\":{\"a\":\"2\",\"b\":null},\"F\":{\"a\":\"x\",\"b\":null}},"
           "{\"H\":{\"a\":\"3\",\"b\":null},\"F\":{\"a\":\"y\",\"b\":null}}]",
           "Fx      \nH1      \nH2      \nFy      \nH3      \n");
    fixed.length = 8;
    writes(&input, "[{\"R\":{\"a\":\"r\",\"b\":\"s\"}},{\"R\":{\"a\":\"t\",\"b\":null}}]",
           "Rr   s  Rt      ");
    refuses(&input, "[{\"R\":{\"a\":\"\\u00e4\",\"b\":null}}]", "a record of 9 bytes, not 8");
    fixed.charset = LGS_CHARSET_8859_1;
    writes(&input, "[{\"R\":{\"a\":\"\\u00e4\",\"b\":null}}]", "R\xe4      ");
}

TEST(fixed_refusals)
{
    lgs_input_t input = fixed_input();

    refuses(&input, "[{\"R\":{\"a\":\"12345\",\"b\":null}}]", "is longer than its 4 characters");
    refuses(&input, "[{\"R\":{\"a\":\" 1\",\"b\":null}}]", "blanks around");
    refuses(&input, "[{\"R\":{\"a\":\"1\\n\",\"b\":null}}]", "a character that no field can hold");
    refuses(&input, "[{\"R\":{\"a\":{},\"b\":null}}]", "cannot hold a value of the type object");
    refuses(&input, "[{\"R\":{\"c\":\"1\"}}]", "1 members that are no fields");
    refuses(&input, "[{\"X\":{\"a\":\"1\"}}]", "no type of record has that name");
    refuses(&input, "[{\"D\":[{\"a\":\"1\"}]}]", "no record would open it");
    refuses(&input, "[{\"H\":5}]", "a record is an object");
    refuses(&input, "[{\"H\":{\"a\":\"1\"},\"F\":{\"a\":\"x\"}},{\"H\":{\"a\":\"2\"}}]",
            "holds for all documents behind it");
    types[4].slices = overlapping;
    refuses(&input, "[{\"R\":{\"a\":\"1234\",\"b\":\"9\"}}]", "another field stands at the same");
    refuses(&input, "[{\"R\":{\"a\":\"1\",\"b\":\"9\"}}]", "another field stands at the same");
}

TEST(no_memory_is_an_error_at_every_step)
{
    lgs_input_t inputs[] = {csv_input(), fixed_input()};
    const char *const sources[] = {"{\"a\":\"x,y\",\"b\":\"z\"}",
                                   "{\"R\":{\"a\":\"x\",\"b\":\"z\"}}"};

    for (size_t i = 0; i < LGS_N(inputs); i++) {
        lgs_arena_t *own = lgs_arena_create(0, 0);
        lgs_rc_t rc = LGS_NOMEM;
        lgs_doc_t doc;

        CHECK_INT(lgs_json_read(own, lgs_cstr(sources[i]), NULL, &doc, NULL), LGS_OK);
        for (size_t ceiling = 1; rc == LGS_NOMEM && ceiling < 20000; ceiling += 13) {
            lgs_arena_t *arena = lgs_arena_create(1, ceiling);
            lgs_flat_writer_t writer;
            lgs_buf_t buf;

            if (arena == NULL) {
                continue;
            }
            lgs_buf_init(&buf, arena, 0, 0);
            CHECK_INT(lgs_flat_open(&writer, &inputs[i], &buf, arena), LGS_OK);
            rc = lgs_flat_write(&writer, &doc.root, NULL);
            CHECK(rc == LGS_OK || rc == LGS_NOMEM);
            lgs_arena_destroy(arena);
        }
        CHECK_INT(rc, LGS_OK);
        lgs_arena_destroy(own);
    }
}

int main(void)
{
    RUN(csv_without_a_profile_has_its_defaults);
    RUN(formats_without_documents_side_by_side_have_no_writer);
    RUN(ndjson);
    RUN(csv_rows);
    RUN(csv_refusals);
    RUN(csv_of_several_types);
    RUN(fixed_width);
    RUN(fixed_refusals);
    RUN(no_memory_is_an_error_at_every_step);
    return DONE();
}
