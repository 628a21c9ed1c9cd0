/*
 * The readers of flat files: CSV (also of several types of rows), fixed width, NDJSON. The first
 * two bytes choose format and profile, the third the size of windows. What holds for every input:
 *   - windows of any size give the same documents and the same refusals at the same places;
 *   - all bytes are used in the end, no call says AGAIN without a way on, none goes on for ever;
 *   - what the writer of the same profile takes is read again as the same documents;
 *   - each error has a text and a place in the source, each text of a document is UTF-8.
 */
#include "../../ngx_logistics_module/formats/csv.h"
#include "../../ngx_logistics_module/formats/fixed.h"
#include "../../ngx_logistics_module/formats/flat.h"
#include "../../ngx_logistics_module/formats/json.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT     16384u
#define MAX_CALLS     100000u
#define MAX_DOCUMENTS 64u /* that are written again */

#define NAME(literal)                                                                              \
    {                                                                                              \
        .u.text = (literal), .n = sizeof(literal) - 1, .offset = LGS_NO_OFFSET, .type = LGS_STRING \
    }

static lgs_node_t names[] = {NAME("a"), NAME("b"), NAME("c")};
static const lgs_slice_t slices[] = {{1, 3}, {4, 1}, {2, 70}};
static lgs_record_type_t types[] = {
    {LGS_STR_INIT("F"), LGS_ROLE_FILE, NAME("F"), names, slices, 3},
    {LGS_STR_INIT("H"), LGS_ROLE_HEADER, NAME("H"), names, slices, 3},
    {LGS_STR_INIT("D"), LGS_ROLE_DETAIL, NAME("D"), names, slices, 2},
    {LGS_STR_INIT("O"), LGS_ROLE_ONE, NAME("O"), names, slices, 1},
    {LGS_STR_INIT("T"), LGS_ROLE_TRAILER, NAME("T"), names, slices, 1},
    {LGS_STR_INIT("R"), LGS_ROLE_ROW, NAME("R"), names, slices, 1},
    {LGS_STR_INIT("S"), LGS_ROLE_SKIP, NAME("S"), NULL, NULL, 0},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_flat: %s\n", what);
        abort();
    }
}

/* Hashes cannot be written as constants. */
static void hash_names(void)
{
    for (size_t i = 0; i < LGS_N(names); i++) {
        names[i].hash = lgs_hash(names[i].u.text, names[i].n);
    }
    for (size_t i = 0; i < LGS_N(types); i++) {
        types[i].name.hash = lgs_hash(types[i].name.u.text, types[i].name.n);
    }
}

static void choose_group(lgs_group_t *group, unsigned how)
{
    *group = (lgs_group_t){.types = types,
                           .n_types = LGS_N(types),
                           .has_header = (how & 1) == 0,
                           .select = {0, how & 2 ? 0 : 1},
                           .skip_others = (how & 4) != 0};
    if (how & 1) { /* no type that opens a group */
        group->types = &types[2];
        group->n_types = 3;
    }
}

static lgs_csv_t choose_csv(unsigned how, unsigned more, lgs_group_t *group)
{
    static const lgs_str_t columns[] = {LGS_STR_INIT("x"), LGS_STR_INIT(""), LGS_STR_INIT("z")};
    lgs_csv_t csv = lgs_csv_default;

    csv.delimiter = ",;\t|"[how & 3];
    csv.quote = how & 4 ? '\0' : how & 8 ? '\'' : '"';
    csv.escape = csv.quote && (how & 16) ? '\\' : csv.quote;
    csv.trim = (how & 32) != 0;
    csv.missing = csv.extra = how & 64 ? LGS_ROW_ALLOW : LGS_ROW_REFUSE;
    csv.has_header = (more & 1) == 0;
    csv.charset = (lgs_charset_t)(more >> 1 & 3);
    csv.skip_rows = more >> 3 & 1;
    csv.comment = more & 16 ? LGS_STR("#") : LGS_STR("");
    if (more & 32) {
        csv.columns = columns;
        csv.n_columns = LGS_N(columns);
    }
    if (more & 64) {
        choose_group(group, how);
        csv.group = group;
        csv.has_header = false;
        csv.columns = NULL;
    }
    lgs_csv_prepare(&csv);
    return csv;
}

static lgs_fixed_t choose_fixed(unsigned how, unsigned more)
{
    lgs_fixed_t fixed = {.charset = (lgs_charset_t)(more & 3),
                         .length = more & 4 ? 6 : 0,
                         .keep_blanks = (more & 8) != 0,
                         .is_plain = (more & 16) != 0};

    choose_group(&fixed.group, how);
    if (fixed.is_plain) {
        fixed.group = (lgs_group_t){.types = &types[1], .n_types = 1};
    }
    return fixed;
}

static void note_errors(lgs_buf_t *out, const lgs_errs_t *errs, size_t size)
{
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        must(err->pos.offset <= size, "an error outside of the source");
        must(err->pos.line >= 1 && err->pos.column >= 1, "an error without a place");
        must(err->text.len > 0, "an error without a text");
        lgs_buf_printf(out, "!%s %u:%u\n", err->code, err->pos.line, err->pos.column);
    }
}

static void note_document(lgs_buf_t *out, lgs_arena_t *arena, const lgs_doc_t *doc, size_t size)
{
    const lgs_node_t *root = &doc->root;
    size_t start = out->len;
    lgs_doc_t again;

    lgs_json_write(out, root);
    must(!out->failed, "a document that cannot be written");
    must(lgs_json_read(arena, lgs_str(out->data + start, out->len - start), NULL, &again, NULL) ==
             LGS_OK,
         "a document that is no JSON");
    must(lgs_node_equal(root, &again.root), "another document when it is read again");
    for (uint32_t i = 0; root->type == LGS_OBJECT && i < root->n; i++) {
        lgs_pos_t pos = lgs_doc_locate(doc, root->u.members[i].value.offset);

        if (pos.offset != LGS_NO_OFFSET) {
            must(pos.offset <= size && pos.line >= 1, "a value outside of the source");
            lgs_buf_printf(out, " %u:%u", pos.line, pos.column);
        }
    }
    lgs_buf_byte(out, '\n');
}

/* All documents and refusals as a text. Each window lies in memory of its own size. */
static lgs_str_t run(const lgs_input_t *input, lgs_str_t source, size_t step, lgs_arena_t *arena)
{
    lgs_reader_t *reader = lgs_reader_open(input, NULL, arena);
    lgs_arena_t *scratch = lgs_arena_create(0, 0);
    size_t at = 0, have = 0;
    lgs_rc_t rc = LGS_OK;
    lgs_buf_t out;

    must(reader && scratch, "no memory");
    lgs_buf_init(&out, arena, 0, 0);
    for (unsigned n = 0; rc != LGS_END; n++) {
        char *copy = malloc(have ? have : 1);
        const lgs_window_t window = {lgs_str(copy, have), at + have == source.len};
        lgs_errs_t errs;
        lgs_doc_t doc;
        size_t used;

        must(n < MAX_CALLS, "it does not end");
        if (have) {
            memcpy(copy, source.data + at, have);
        }
        lgs_arena_reset(scratch);
        lgs_errs_init(&errs, scratch, LGS_MAX_ERRORS);
        rc = lgs_reader_next(reader, &window, scratch, &doc, &errs);
        used = lgs_reader_used(reader);
        must(used <= have, "more is used than there is");
        must(rc != LGS_AGAIN || (!window.is_last && errs.n == 0), "AGAIN where nothing can come");
        must((rc == LGS_INVALID || rc == LGS_LIMIT) == (errs.n > 0), "a refusal without an error");
        note_errors(&out, &errs, source.len);
        if (rc == LGS_OK) {
            must(used > 0, "a document of nothing");
            note_document(&out, scratch, &doc, source.len);
        }
        free(copy);
        at += used;
        have -= used;
        if (rc == LGS_AGAIN) {
            have += step < source.len - at - have ? step : source.len - at - have;
        }
    }
    must(at == source.len || lgs_reader_is_cut(reader) || have == source.len - at,
         "bytes are left over");
    lgs_arena_destroy(scratch);
    return lgs_buf_text(&out);
}

/* Documents of a source in one window; *n of them, at most `max`. */
static void read_all(const lgs_input_t *input, lgs_str_t source, lgs_arena_t *arena,
                     lgs_node_t *documents, unsigned max, unsigned *n)
{
    lgs_reader_t *reader = lgs_reader_open(input, NULL, arena);
    lgs_window_t window = {source, true};
    lgs_rc_t rc = LGS_OK;

    must(reader != NULL, "no memory");
    for (*n = 0; rc != LGS_END && *n < max;) {
        lgs_doc_t doc;

        rc = lgs_reader_next(reader, &window, arena, &doc, NULL);
        if (rc == LGS_OK) {
            documents[(*n)++] = doc.root;
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
}

static void check_writer(const lgs_input_t *input, lgs_str_t source, lgs_arena_t *arena)
{
    lgs_node_t documents[MAX_DOCUMENTS], written[MAX_DOCUMENTS], again[MAX_DOCUMENTS + 1];
    unsigned n, n_written = 0, n_again;
    lgs_flat_writer_t writer;
    lgs_buf_t buf;

    read_all(input, source, arena, documents, MAX_DOCUMENTS, &n);
    lgs_buf_init(&buf, arena, 0, 0);
    must(lgs_flat_open(&writer, input, &buf, arena) == LGS_OK, "no writer");
    for (unsigned i = 0; i < n; i++) {
        size_t len = buf.len;
        lgs_rc_t rc = lgs_flat_write(&writer, &documents[i], NULL);

        must(rc == LGS_OK || rc == LGS_INVALID, "a document that cannot be written");
        must(rc == LGS_OK || buf.len == len, "half a document");
        if (rc == LGS_OK) {
            written[n_written++] = documents[i];
        }
    }
    read_all(input, buf.len ? lgs_buf_text(&buf) : LGS_STR(""), arena, again, MAX_DOCUMENTS + 1,
             &n_again);
    must(n_again == n_written, "another number of documents is read again");
    for (unsigned i = 0; i < n_written; i++) {
        must(lgs_node_equal(&written[i], &again[i]), "another document is read again");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_str_t source, whole, parts;
    lgs_input_t input;
    lgs_arena_t *arena;
    lgs_group_t group;
    lgs_fixed_t fixed;
    lgs_csv_t csv;

    if (size < 3 || size > MAX_INPUT) {
        return 0;
    }
    hash_names();
    source = lgs_str((const char *)data + 3, size - 3);
    csv = choose_csv(data[0], data[1], &group);
    fixed = choose_fixed(data[0], data[1]);
    input = data[0] & 128   ? (lgs_input_t){lgs_input_format(LGS_STR("fixed")), &fixed}
            : data[1] & 128 ? (lgs_input_t){lgs_input_format(LGS_STR("ndjson")), NULL}
                            : (lgs_input_t){lgs_input_format(LGS_STR("csv")), &csv};
    arena = lgs_arena_create(0, 0);
    must(arena != NULL, "no memory");
    whole = run(&input, source, source.len + 1, arena);
    parts = run(&input, source, data[2] % 64 + 1u, arena);
    must(lgs_str_eq(whole, parts), "other documents by other windows");
    check_writer(&input, source, arena);
    lgs_arena_destroy(arena);
    return 0;
}
