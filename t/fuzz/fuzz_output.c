/*
 * The door to the writers (output.h). The first two bytes choose format and profile, the rest is
 * JSON: a record, or a list of them. What holds for every input:
 *   - a record is written or refused with a reason, and of a refused one nothing is written;
 *   - JSON and NDJSON are read again as the records that were written;
 *   - of every other format what is read again is written as the same bytes and read as the same
 *     trees: all that a format cannot say is gone after once;
 *     (names of XML beyond ASCII are not looked at);
 *   - sets of EDI are read without a finding, one for each record, and the trees that are read are
 *     written as the same bytes;
 *   - what is written can be read in the character set that its media type names.
 */
#include "../../ngx_logistics_module/formats/csv.h"
#include "../../ngx_logistics_module/formats/edi_out.h"
#include "../../ngx_logistics_module/formats/fixed.h"
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/formats/output.h"
#include "../../ngx_logistics_module/formats/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT   16384u
#define MAX_RECORDS 64u

#define NAME(literal)                                                                              \
    {                                                                                              \
        .u.text = (literal), .n = sizeof(literal) - 1, .offset = LGS_NO_OFFSET, .type = LGS_STRING \
    }

typedef struct {
    lgs_node_t items[MAX_RECORDS];
    uint32_t n;
} records_t;

static const lgs_str_t columns[] = {LGS_STR_INIT("a"), LGS_STR_INIT("b"), LGS_STR_INIT("c")};
static lgs_node_t names[] = {NAME("a"), NAME("b"), NAME("c")};
static const lgs_slice_t slices[] = {{2, 3}, {5, 1}, {6, 9}};
static lgs_record_type_t types[] = {
    {LGS_STR_INIT("F"), LGS_ROLE_FILE, NAME("F"), names, slices, 3},
    {LGS_STR_INIT("H"), LGS_ROLE_HEADER, NAME("H"), names, slices, 3},
    {LGS_STR_INIT("D"), LGS_ROLE_DETAIL, NAME("D"), names, slices, 2},
    {LGS_STR_INIT("T"), LGS_ROLE_TRAILER, NAME("T"), names, slices, 1},
};
static const lgs_xml_namespace_t spaces[] = {{LGS_STR_INIT("u"), LGS_STR_INIT("urn:u")},
                                             {LGS_STR_INIT(""), LGS_STR_INIT("urn:d")}};
static const lgs_xml_profile_t xml[] = {{.namespaces = NULL},
                                        {.namespaces = spaces, .n_namespaces = 2}};

static const lgs_str_t x12_versions[] = {LGS_STR_INIT("004010"), LGS_STR_INIT("005010")};
static const lgs_str_t levels[] = {LGS_STR_INIT("UNOA"), LGS_STR_INIT("UNOB"), LGS_STR_INIT("UNOC"),
                                   LGS_STR_INIT("UNOY")};
static lgs_edi_output_t edi;

static lgs_csv_t csv;
static lgs_fixed_t fixed;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_output: %s\n", what);
        abort();
    }
}

static void choose_csv(unsigned how)
{
    csv = lgs_csv_default;
    csv.delimiter = ",;\t|"[how & 3];
    csv.quote = how & 4 ? '\'' : '"';
    csv.escape = how & 8 ? '\\' : csv.quote;
    csv.has_header = (how & 16) != 0;
    csv.charset = (lgs_charset_t)(how >> 5 & 3);
    csv.columns = columns;
    csv.n_columns = LGS_N(columns);
    lgs_csv_prepare(&csv);
}

static void choose_fixed(unsigned how)
{
    for (size_t i = 0; i < LGS_N(names); i++) { /* hashes cannot be written as constants */
        names[i].hash = lgs_hash(names[i].u.text, names[i].n);
    }
    for (size_t i = 0; i < LGS_N(types); i++) {
        types[i].name.hash = lgs_hash(types[i].name.u.text, types[i].name.n);
    }
    fixed = (lgs_fixed_t){
        .charset = (lgs_charset_t)(how & 3),
        .length = how & 4 ? 14 : 0,
        .is_plain = (how & 8) != 0,
        .group = {.types = types, .n_types = LGS_N(types), .has_header = true, .select = {0, 1}}};
    if (fixed.is_plain) {
        fixed.group = (lgs_group_t){.types = &types[1], .n_types = 1};
    }
}

static void choose_edi(lgs_edi_t standard, unsigned how)
{
    edi = (lgs_edi_output_t){
        .standard = standard, .set = LGS_STR("856"), .version = x12_versions[how & 1]};
    if (standard == LGS_EDI_EDIFACT) {
        edi.set = LGS_STR("DESADV");
        edi.version = LGS_STR("D.96A");
        edi.level = levels[how & 3];
    }
    edi.association = how & 4 ? LGS_STR("EAN007") : LGS_STR("");
}

static void choose(lgs_output_t *output, unsigned which, unsigned how)
{
    static const char *const formats[] = {"json", "ndjson", "csv",    "fixed",
                                          "xml",  "x12",    "edifact"};
    lgs_str_t format = lgs_cstr(formats[which % LGS_N(formats)]);

    choose_csv(how);
    choose_fixed(how);
    *output = (lgs_output_t){.format = lgs_output_format(format),
                             .read_by.format = lgs_input_format(format)};
    if (lgs_str_is(format, "json")) {
        output->is_list = how & 1;
    } else if (lgs_str_is(format, "csv")) {
        output->read_by.profile = &csv;
    } else if (lgs_str_is(format, "fixed")) {
        output->read_by.profile = &fixed;
    } else if (lgs_str_is(format, "xml")) {
        output->read_by.profile = &xml[how & 1];
    } else if (lgs_str_is(format, "x12") || lgs_str_is(format, "edifact")) {
        choose_edi(lgs_str_is(format, "x12") ? LGS_EDI_X12 : LGS_EDI_EDIFACT, how);
        output->edi = &edi;
    }
}

/* What was written of the records; *written are those. */
static lgs_str_t write_all(const lgs_output_t *output, lgs_arena_t *arena, const records_t *records,
                           records_t *written)
{
    const lgs_edi_letter_t letter = {.sender = LGS_STR("OURS"),
                                     .receiver = LGS_STR("ACME"),
                                     .number = 7,
                                     .now = LGS_STR("2026-03-14T09:30:00Z")};
    lgs_writer_t *writer;
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    writer = lgs_writer_open(output, &buf, arena);
    must(writer != NULL, "no writer");
    if (output->edi) {
        lgs_writer_send(writer, &letter);
    }
    written->n = 0;
    for (uint32_t i = 0; i < records->n; i++) {
        size_t len = buf.len;
        lgs_errs_t errs;
        lgs_rc_t rc;

        lgs_errs_init(&errs, arena, 5);
        rc = lgs_writer_write(writer, NULL, &records->items[i], arena, &errs);
        must(rc == LGS_OK || rc == LGS_INVALID, "an impossible result");
        must((rc == LGS_OK) == (errs.n == 0), "a refusal without a reason");
        must(rc == LGS_OK || buf.len == len, "half a record");
        must(rc == LGS_OK || errs.first->text.len > 0, "a reason without a text");
        if (rc == LGS_OK) {
            written->items[written->n++] = records->items[i];
        }
    }
    must(lgs_writer_count(writer) == written->n, "another number of records");
    must(lgs_writer_end(writer, NULL) == LGS_OK, "no end can be written");
    return buf.len ? lgs_buf_text(&buf) : LGS_STR("");
}

static void take_list(records_t *records, const lgs_node_t *list)
{
    for (records->n = 0; records->n < list->n; records->n++) {
        records->items[records->n] = list->u.items[records->n];
    }
}

/* How it is read again; all of it. */
static void read_all(const lgs_output_t *output, lgs_arena_t *arena, lgs_str_t text,
                     records_t *records)
{
    lgs_reader_t *reader = lgs_reader_open(&output->read_by, NULL, arena);
    lgs_window_t window = {text, true};
    lgs_errs_t errs;
    lgs_rc_t rc = LGS_OK;

    must(reader != NULL, "no reader");
    lgs_errs_init(&errs, arena, 5);
    for (records->n = 0; rc != LGS_END && records->n < MAX_RECORDS;) {
        lgs_doc_t doc;

        rc = lgs_reader_next(reader, &window, arena, &doc, &errs);
        must(rc == LGS_OK || rc == LGS_END, "what was written is refused");
        if (rc == LGS_OK) {
            records->items[records->n++] = doc.root;
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    if (output->is_list && records->n == 1 && records->items[0].type == LGS_ARRAY) {
        lgs_node_t list = records->items[0];

        take_list(records, &list);
    }
}

static void must_be_equal(const records_t *a, const records_t *b, const char *what)
{
    must(a->n == b->n, what);
    for (uint32_t i = 0; i < a->n; i++) {
        must(lgs_node_equal(&a->items[i], &b->items[i]), what);
    }
}

/* Names beyond ASCII: the writer takes those of XML 1.0's fifth edition, expat those of the fourth.
 */
static bool has_foreign_name(const lgs_node_t *node)
{
    bool found = false;

    for (uint32_t i = 0; node->type == LGS_ARRAY && i < node->n; i++) {
        found |= has_foreign_name(&node->u.items[i]);
    }
    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        lgs_str_t member = lgs_node_text(&node->u.members[i].name);

        for (size_t k = 0; k < member.len; k++) {
            found |= (member.data[k] & 0x80) != 0;
        }
        found |= has_foreign_name(&node->u.members[i].value);
    }
    return found;
}

/* What was read of sets of ours is written as the same bytes. */
static void check_edi(lgs_arena_t *arena, lgs_str_t first, const records_t *written,
                      const records_t *again)
{
    lgs_edi_writer_t *writer;
    lgs_buf_t buf;

    must(again->n == written->n, "another number of sets");
    lgs_buf_init(&buf, arena, 0, 0);
    writer = lgs_edi_writer(arena, &buf, true);
    must(writer != NULL, "no writer of trees");
    for (uint32_t i = 0; i < again->n; i++) {
        must(lgs_edi_write_set(writer, &again->items[i], NULL) == LGS_OK,
             "a set that was read cannot be written");
    }
    must(lgs_edi_write_end(writer, NULL) == LGS_OK, "no end of an interchange");
    must(again->n == 0 || lgs_str_eq(lgs_buf_text(&buf), first), "other bytes");
}

static void check(const lgs_output_t *output, lgs_arena_t *arena, const records_t *records)
{
    lgs_str_t name = lgs_output_name(output), type = lgs_output_media_type(output, arena), charset;
    bool is_exact = lgs_str_is(name, "json") || lgs_str_is(name, "ndjson");
    records_t written, again, rewritten, twice;
    lgs_str_t first = write_all(output, arena, records, &written), second;

    must(type.len > 0, "no media type");
    if (type.len > 8 && memcmp(type.data, "text/", 5) == 0) {
        const char *mark = memchr(type.data, '=', type.len);

        must(mark && lgs_input_is_charset(
                         &output->read_by, first,
                         lgs_str(mark + 1, type.len - (size_t)(mark + 1 - type.data)), &charset),
             "another character set than it says");
    }
    if (lgs_str_is(name, "xml") && written.n && has_foreign_name(&written.items[0])) {
        return;
    }
    if (written.n == 0 && lgs_output_is_single(output)) {
        must(first.len == 0, "a document of nothing");
        return;
    }
    read_all(output, arena, first, &again);
    if (output->edi) {
        check_edi(arena, first, &written, &again);
        return;
    }
    if (is_exact) {
        must_be_equal(&written, &again, "another record is read again");
        return;
    }
    must(again.n <= written.n, "more documents than records");
    second = write_all(output, arena, &again, &rewritten);
    must(rewritten.n == again.n, "what was read cannot be written");
    read_all(output, arena, second, &twice);
    must_be_equal(&again, &twice, "another tree");
    must(lgs_str_eq(second, write_all(output, arena, &twice, &rewritten)), "no fixed point");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    records_t records = {.n = 1};
    lgs_output_t output;
    lgs_arena_t *arena;
    lgs_doc_t doc;

    if (size < 3 || size > MAX_INPUT) {
        return 0;
    }
    arena = lgs_arena_create(0, 0);
    must(arena != NULL, "no memory");
    choose(&output, data[0], data[1]);
    if (lgs_json_read(arena, lgs_str((const char *)data + 2, size - 2), NULL, &doc, NULL) ==
        LGS_OK) {
        records.items[0] = doc.root;
        if (doc.root.type == LGS_ARRAY && doc.root.n <= MAX_RECORDS) {
            take_list(&records, &doc.root);
        }
        check(&output, arena, &records);
    }
    lgs_arena_destroy(arena);
    return 0;
}
