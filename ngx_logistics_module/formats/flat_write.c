/* Writers of NDJSON, CSV and fixed width (flat.h). */
#include "flat.h"

#include "build_inline.h"
#include "copy.h"
#include "csv.h"
#include "fixed.h"
#include "json.h"
#include "scan.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct {
    lgs_flat_writer_t *w;
    lgs_errs_t *errs;
    const lgs_record_type_t *type; /* of the record at hand; NULL: the document is one */
    int64_t item;                  /* its place in a list, or -1 */
} write_t;

/* A character of a fixed-width record. */
typedef struct {
    uint32_t code;  /* 0: a blank */
    uint32_t owner; /* start of the field that it belongs to, plus 1; 0: none so far */
    uint32_t len;   /* at a field's start: characters of its text */
} place_t;

static lgs_rc_t write_line(write_t *t, const lgs_node_t *document);
static const lgs_csv_t *csv_of(const lgs_flat_writer_t *writer);
static lgs_rc_t write_csv(write_t *t, const lgs_node_t *document);
static lgs_rc_t write_fixed(write_t *t, const lgs_node_t *document);
static lgs_rc_t write_group(write_t *t, const lgs_group_t *group, const lgs_node_t *document);
static lgs_rc_t write_type(write_t *t, const lgs_group_t *group, uint32_t index,
                           const lgs_node_t *document);
static lgs_rc_t write_records(write_t *t, const lgs_record_type_t *type, const lgs_node_t *value);
static lgs_rc_t check_members(write_t *t, const lgs_group_t *group, const lgs_node_t *document);
static bool is_apart(const write_t *t, const lgs_group_t *group, const lgs_node_t *document);
static lgs_rc_t keep_file(write_t *t, const lgs_group_t *group, const lgs_node_t *document);
static lgs_rc_t take_columns(write_t *t, const lgs_csv_t *csv, const lgs_node_t *document);
static lgs_rc_t write_header(write_t *t, const lgs_csv_t *csv);
static lgs_rc_t write_row(write_t *t, const lgs_csv_t *csv, const lgs_node_t *row);
static lgs_rc_t write_typed_row(write_t *t, const lgs_csv_t *csv, const lgs_record_type_t *type,
                                const lgs_node_t *record);
static lgs_rc_t write_cell(write_t *t, const lgs_csv_t *csv, lgs_str_t name,
                           const lgs_node_t *value, bool is_first);
static bool wants_quotes(const lgs_csv_t *csv, lgs_str_t text, bool is_first);
static lgs_rc_t write_record(write_t *t, const lgs_fixed_t *fixed, const lgs_record_type_t *type,
                             const lgs_node_t *record);
static bool can_stand(const lgs_fixed_t *fixed, const lgs_slice_t *slice, lgs_str_t text);
static lgs_rc_t put(write_t *t, place_t *places, const lgs_slice_t *slice, lgs_str_t name,
                    lgs_str_t text);
static bool claim(place_t *places, const lgs_slice_t *slice, lgs_str_t text);
static lgs_rc_t end_record(write_t *t, const lgs_fixed_t *fixed, const place_t *places, uint32_t n);
static bool text_of(const lgs_node_t *value, lgs_str_t *text);
static lgs_rc_t refuse(write_t *t, lgs_str_t name, const char *format, ...) LGS_PRINTF(3, 4);
static lgs_str_t place_of(const write_t *t, lgs_str_t name);

static const struct {
    const char *format;
    lgs_rc_t (*write)(write_t *t, const lgs_node_t *document);
} writers[] = {
    {"ndjson", write_line},
    {"csv", write_csv},
    {"fixed", write_fixed},
};

lgs_rc_t lgs_flat_open(lgs_flat_writer_t *writer, const lgs_input_t *input, lgs_buf_t *buf,
                       lgs_arena_t *arena)
{
    *writer = (lgs_flat_writer_t){.input = input, .buf = buf, .arena = arena, .scratch = arena};
    for (size_t i = 0; i < LGS_N(writers); i++) {
        if (lgs_str_is(lgs_input_name(input), writers[i].format)) {
            return LGS_OK;
        }
    }
    return LGS_NOT_FOUND;
}

lgs_rc_t lgs_flat_write(lgs_flat_writer_t *writer, const lgs_node_t *document, lgs_errs_t *errs)
{
    write_t t = {.w = writer, .errs = errs, .item = -1};
    size_t start = writer->buf->len;
    lgs_rc_t rc = LGS_INVALID;

    for (size_t i = 0; i < LGS_N(writers); i++) {
        if (lgs_str_is(lgs_input_name(writer->input), writers[i].format)) {
            rc = writers[i].write(&t, document);
        }
    }
    if (writer->buf->failed) {
        return lgs_errs_nomem(errs);
    }
    if (rc != LGS_OK) {
        writer->buf->len = start;
        return rc;
    }
    writer->n++;
    return LGS_OK;
}

lgs_rc_t lgs_flat_end(lgs_flat_writer_t *writer, lgs_errs_t *errs)
{
    const lgs_csv_t *csv = writer->input->profile;
    write_t t = {.w = writer, .errs = errs, .item = -1};
    lgs_rc_t rc = LGS_OK;

    if (writer->n == 0 && lgs_str_is(lgs_input_name(writer->input), "csv") && csv->has_header &&
        csv->columns) {
        writer->columns = csv->columns;
        writer->n_columns = csv->n_columns;
        rc = write_header(&t, csv);
    }
    return writer->buf->failed ? lgs_errs_nomem(errs) : rc;
}

static lgs_rc_t write_line(write_t *t, const lgs_node_t *document)
{
    lgs_json_write(t->w->buf, document);
    lgs_buf_byte(t->w->buf, '\n');
    return LGS_OK;
}

static lgs_rc_t refuse(write_t *t, lgs_str_t name, const char *format, ...)
{
    lgs_err_t *err;
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err = lgs_errs_add(t->errs, "flat-write", (lgs_pos_t){0}, "document %u, \"%s\": %s", t->w->n,
                       lgs_build_word(name).text, text);
    if (err) {
        err->record = (int)t->w->n;
        err->pointer = place_of(t, name);
    }
    return LGS_INVALID;
}

/* A pointer to the member, as far as it is known. */
static lgs_str_t place_of(const write_t *t, lgs_str_t name)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, t->errs->arena, 64, 0);
    if (t->type) {
        lgs_pointer_add(&buf, lgs_node_text(&t->type->name));
    }
    if (t->item >= 0) {
        lgs_pointer_add_index(&buf, (uint32_t)t->item);
    }
    if (name.len && !(t->type && lgs_str_eq(name, t->type->mark))) {
        lgs_pointer_add(&buf, name);
    }
    return buf.len && !buf.failed ? lgs_buf_text(&buf) : LGS_STR("");
}

/* Of a scalar; null has none. False: a list or an object. */
static bool text_of(const lgs_node_t *value, lgs_str_t *text)
{
    *text = lgs_node_text(value);
    if (value && value->type == LGS_BOOL) {
        *text = value->u.truth ? LGS_STR("true") : LGS_STR("false");
    }
    return value == NULL || (value->type != LGS_ARRAY && value->type != LGS_OBJECT);
}

/* ---- documents of several records ---- */

static lgs_rc_t write_group(write_t *t, const lgs_group_t *group, const lgs_node_t *document)
{
    static const unsigned order[] = {
        1u << LGS_ROLE_FILE, 1u << LGS_ROLE_HEADER | 1u << LGS_ROLE_ROW,
        1u << LGS_ROLE_ONE | 1u << LGS_ROLE_DETAIL, 1u << LGS_ROLE_TRAILER};
    lgs_rc_t rc = check_members(t, group, document);

    for (size_t step = 0; step < LGS_N(order); step++) {
        for (uint32_t i = 0; rc == LGS_OK && i < group->n_types; i++) {
            if (order[step] & 1u << group->types[i].role) {
                rc = write_type(t, group, i, document);
            }
        }
    }
    return rc == LGS_OK ? keep_file(t, group, document) : rc;
}

/* What the file says stands already where a document before said the same. */
static lgs_rc_t write_type(write_t *t, const lgs_group_t *group, uint32_t index,
                           const lgs_node_t *document)
{
    const lgs_record_type_t *type = &group->types[index];
    const lgs_node_t *value = lgs_node_get(document, lgs_node_text(&type->name));
    const lgs_node_t *before = t->w->file ? &t->w->file[index] : NULL;

    if (type->role == LGS_ROLE_FILE && before && before->type == LGS_OBJECT &&
        (!value || lgs_node_equal(before, value))) {
        return value ? LGS_OK
                     : refuse(t, lgs_node_text(&type->name),
                              "what a file has said holds for all "
                              "documents behind it");
    }
    return value ? write_records(t, type, value) : LGS_OK;
}

/* Nobody needs the document any more once it is written. */
static lgs_rc_t keep_file(write_t *t, const lgs_group_t *group, const lgs_node_t *document)
{
    t->w->is_closed = false;
    for (uint32_t i = 0; i < group->n_types; i++) {
        const lgs_node_t *value = lgs_node_get(document, lgs_node_text(&group->types[i].name));

        if (value == NULL || group->types[i].role != LGS_ROLE_FILE) {
            t->w->is_closed |= value && group->types[i].role == LGS_ROLE_TRAILER;
            continue;
        }
        if (t->w->file == NULL) {
            t->w->file = lgs_arena_array(t->w->arena, group->n_types, sizeof(*t->w->file));
        }
        if (t->w->file == NULL || (!lgs_node_equal(&t->w->file[i], value) &&
                                   lgs_node_copy(t->w->arena, value, &t->w->file[i]) != LGS_OK)) {
            return lgs_errs_nomem(t->errs);
        }
    }
    return LGS_OK;
}

static lgs_rc_t write_records(write_t *t, const lgs_record_type_t *type, const lgs_node_t *value)
{
    bool is_list = type->role == LGS_ROLE_DETAIL && value->type == LGS_ARRAY;
    uint32_t n = is_list ? value->n : 1;
    lgs_rc_t rc = LGS_OK;

    t->type = type;
    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        const lgs_node_t *record = is_list ? &value->u.items[i] : value;

        t->item = is_list ? (int64_t)i : -1;
        if (record->type != LGS_OBJECT) {
            return refuse(t, type->mark, "a record is an object, not a value of the type %s",
                          lgs_type_name((lgs_type_t)record->type));
        }
        rc = lgs_str_is(lgs_input_name(t->w->input), "csv")
                 ? write_typed_row(t, csv_of(t->w), type, record)
                 : write_record(t, t->w->input->profile, type, record);
    }
    t->type = NULL;
    t->item = -1;
    return rc;
}

static lgs_rc_t check_members(write_t *t, const lgs_group_t *group, const lgs_node_t *document)
{
    bool is_open = false;

    if (document->type != LGS_OBJECT || document->n == 0) {
        return refuse(t, LGS_STR(""), "a document is an object of records");
    }
    for (uint32_t i = 0; i < document->n; i++) {
        lgs_str_t name = lgs_node_text(&document->u.members[i].name);
        uint32_t k = 0;

        while (k < group->n_types && (group->types[k].role == LGS_ROLE_SKIP ||
                                      !lgs_str_eq(name, lgs_node_text(&group->types[k].name)))) {
            k++;
        }
        if (k == group->n_types) {
            return refuse(t, name, "no type of record has that name");
        }
        is_open |= group->types[k].role != LGS_ROLE_FILE;
    }
    return is_open && is_apart(t, group, document)
               ? LGS_OK
               : refuse(t, LGS_STR(""), "no record would open it, or close the one before it");
}

/* A reader must see where the document begins: by a header, or by the trailer of the last one. */
static bool is_apart(const write_t *t, const lgs_group_t *group, const lgs_node_t *document)
{
    bool is_apart = !group->has_header && (t->w->n == 0 || t->w->is_closed);

    for (uint32_t i = 0; i < group->n_types; i++) {
        lgs_str_t name = lgs_node_text(&group->types[i].name);
        lgs_role_t role = group->types[i].role;

        if (role == LGS_ROLE_HEADER || role == LGS_ROLE_ROW) {
            is_apart |= lgs_node_get(document, name) != NULL;
        }
    }
    return is_apart;
}

/* ---- CSV ---- */

static const lgs_csv_t *csv_of(const lgs_flat_writer_t *writer)
{
    return writer->input->profile ? writer->input->profile : &lgs_csv_default;
}

static lgs_rc_t write_csv(write_t *t, const lgs_node_t *document)
{
    const lgs_csv_t *csv = csv_of(t->w);
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; t->w->n == 0 && i < csv->skip_rows; i++) {
        lgs_buf_cstr(t->w->buf, "\r\n");
    }
    if (csv->group) {
        return write_group(t, csv->group, document);
    }
    if (document->type != LGS_OBJECT || document->n == 0) {
        return refuse(t, LGS_STR(""), "a row is an object");
    }
    if (t->w->columns == NULL) {
        rc = take_columns(t, csv, document);
        if (rc == LGS_OK && csv->has_header) {
            rc = write_header(t, csv);
        }
        if (rc != LGS_OK) {
            t->w->columns = NULL;
            return rc;
        }
    }
    rc = write_row(t, csv, document);
    if (rc != LGS_OK && t->w->n == 0) {
        t->w->columns = NULL; /* its header goes, too */
    }
    return rc;
}

static lgs_rc_t take_columns(write_t *t, const lgs_csv_t *csv, const lgs_node_t *document)
{
    lgs_str_t *columns;

    if (csv->columns) {
        t->w->columns = csv->columns;
        t->w->n_columns = csv->n_columns;
        return LGS_OK;
    }
    columns = lgs_arena_array(t->w->arena, document->n, sizeof(*columns));
    if (columns == NULL) {
        return lgs_errs_nomem(t->errs);
    }
    for (uint32_t i = 0; i < document->n; i++) {
        columns[i] = lgs_node_text(&document->u.members[i].name);
    }
    t->w->columns = columns;
    t->w->n_columns = document->n;
    return LGS_OK;
}

static bool has_blanks_around(lgs_str_t text)
{
    return text.len && (text.data[0] == ' ' || text.data[0] == '\t' ||
                        text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t');
}

static lgs_rc_t write_header(write_t *t, const lgs_csv_t *csv)
{
    for (uint32_t i = 0; i < t->w->n_columns; i++) {
        lgs_str_t name = t->w->columns[i];
        const lgs_node_t node = lgs_node_string(name, LGS_NO_OFFSET, 0);
        lgs_rc_t rc;

        if (csv->columns == NULL && (name.len == 0 || has_blanks_around(name))) {
            return refuse(t, name, "no header can name a column so");
        }
        rc = write_cell(t, csv, name, &node, i == 0);
        if (rc != LGS_OK) {
            return rc;
        }
        lgs_buf_cstr(t->w->buf, i + 1 < t->w->n_columns ? (char[]){csv->delimiter, 0} : "\r\n");
    }
    return LGS_OK;
}

static lgs_rc_t write_row(write_t *t, const lgs_csv_t *csv, const lgs_node_t *row)
{
    bool has_names = csv->has_header || csv->columns;
    uint32_t n = has_names ? t->w->n_columns : row->n, n_found = 0, n_said = 0;

    for (uint32_t i = 0; i < n; i++) {
        lgs_str_t name = has_names ? t->w->columns[i] : LGS_STR("");
        char number[16];
        const lgs_node_t *value;
        lgs_rc_t rc;

        if (name.len == 0) { /* called by its number */
            snprintf(number, sizeof(number), "%u", i + 1);
            name = lgs_cstr(number);
        }
        value = lgs_node_get(row, name);
        n_found += value != NULL;
        n_said += value && value->type != LGS_NULL;
        rc = write_cell(t, csv, name, value, i == 0);
        if (rc != LGS_OK) {
            return rc;
        }
        lgs_buf_cstr(t->w->buf, i + 1 < n ? (char[]){csv->delimiter, 0} : "\r\n");
    }
    if (n_found < row->n) {
        return refuse(t, LGS_STR(""), "it has %u members that are no columns", row->n - n_found);
    }
    return n_said ? LGS_OK : refuse(t, LGS_STR(""), "a row of nothing would be no row");
}

static lgs_rc_t write_typed_row(write_t *t, const lgs_csv_t *csv, const lgs_record_type_t *type,
                                const lgs_node_t *record)
{
    uint32_t column = csv->group->column;
    uint32_t n = type->n_fields > column ? type->n_fields : column + 1, n_found = 0;
    const lgs_node_t mark = lgs_node_string(type->mark, LGS_NO_OFFSET, 0);

    for (uint32_t i = 0; i < n; i++) {
        lgs_str_t name = i < type->n_fields ? lgs_node_text(&type->fields[i]) : type->mark;
        const lgs_node_t *value = i < type->n_fields ? lgs_node_get(record, name) : NULL;
        lgs_rc_t rc;

        n_found += value != NULL;
        if (i == column && value && value->type != LGS_NULL && !lgs_node_equal(value, &mark)) {
            return refuse(t, name, "the type \"%.*s\" stands there", LGS_FMT(type->mark));
        }
        rc = write_cell(t, csv, name, i == column ? &mark : value, i == 0);
        if (rc != LGS_OK) {
            return rc;
        }
        lgs_buf_cstr(t->w->buf, i + 1 < n ? (char[]){csv->delimiter, 0} : "\r\n");
    }
    return n_found == record->n ? LGS_OK
                                : refuse(t, type->mark, "it has %u members that are no columns",
                                         record->n - n_found);
}

/* Null is an empty cell, an empty text one in quotes. */
static lgs_rc_t write_cell(write_t *t, const lgs_csv_t *csv, lgs_str_t name,
                           const lgs_node_t *value, bool is_first)
{
    lgs_str_t text, encoded;
    size_t bad;
    lgs_rc_t rc;

    if (!text_of(value, &text)) {
        return refuse(t, name, "a cell cannot hold a value of the type %s",
                      lgs_type_name((lgs_type_t)value->type));
    }
    if (value == NULL || value->type == LGS_NULL) {
        return LGS_OK;
    }
    if (text.len > LGS_MAX_CELL || (text.len && memchr(text.data, '\0', text.len))) {
        return refuse(t, name, "a text that no cell can hold");
    }
    rc = lgs_charset_encode(csv->charset, t->w->scratch, text, &encoded, &bad);
    if (rc != LGS_OK) {
        return rc == LGS_NOMEM ? lgs_errs_nomem(t->errs)
                               : refuse(t, name, "a character that %.*s does not have",
                                        LGS_FMT(lgs_charset_name(csv->charset)));
    }
    if (!wants_quotes(csv, encoded, is_first)) {
        lgs_buf_str(t->w->buf, encoded);
        return LGS_OK;
    }
    if (csv->quote == 0) {
        return refuse(t, name, "a text that needs quotes, but there are none");
    }
    lgs_buf_byte(t->w->buf, csv->quote);
    for (size_t i = 0; i < encoded.len; i++) {
        if (encoded.data[i] == csv->quote || encoded.data[i] == csv->escape) {
            lgs_buf_byte(t->w->buf, csv->escape);
        }
        lgs_buf_byte(t->w->buf, encoded.data[i]);
    }
    lgs_buf_byte(t->w->buf, csv->quote);
    return LGS_OK;
}

/* A byte above ASCII at the very beginning could be taken for a byte order mark. */
static bool wants_quotes(const lgs_csv_t *csv, lgs_str_t text, bool is_first)
{
    if (text.len == 0 || has_blanks_around(text) ||
        (is_first && ((unsigned char)text.data[0] >= 0x80 ||
                      (csv->comment.len && text.data[0] == csv->comment.data[0])))) {
        return true;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == csv->delimiter || c == '\n' || c == '\r' || (csv->quote && c == csv->quote)) {
            return true;
        }
    }
    return false;
}

/* ---- fixed width ---- */

static lgs_rc_t write_fixed(write_t *t, const lgs_node_t *document)
{
    const lgs_fixed_t *fixed = t->w->input->profile;

    if (!fixed->is_plain) {
        return write_group(t, &fixed->group, document);
    }
    if (document->type != LGS_OBJECT) {
        return refuse(t, LGS_STR(""), "a record is an object");
    }
    return write_record(t, fixed, &fixed->group.types[0], document);
}

static uint32_t count_characters(lgs_str_t text)
{
    uint32_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    }
    return n;
}

static size_t blanks_before(lgs_str_t text)
{
    size_t n = 0;

    while (n < text.len && text.data[n] == ' ') {
        n++;
    }
    return n;
}

static uint32_t width_of(const lgs_fixed_t *fixed, const lgs_record_type_t *type)
{
    const lgs_slice_t *select = &fixed->group.select;
    uint32_t n = fixed->is_plain ? 0 : select->start + (uint32_t)type->mark.len;

    if (fixed->length) {
        return fixed->length;
    }
    if (!fixed->is_plain && select->n == 0) { /* the mark is the length */
        n = 0;
        for (size_t i = 0; i < type->mark.len && n < LGS_MAX_ROW; i++) {
            n = n * 10 + (uint32_t)(type->mark.data[i] - '0');
        }
        return n < LGS_MAX_ROW ? n : LGS_MAX_ROW;
    }
    for (uint32_t i = 0; i < type->n_fields; i++) {
        uint32_t end = type->slices[i].start + type->slices[i].n;

        n = end > n ? end : n;
    }
    return n < LGS_MAX_ROW ? n : LGS_MAX_ROW;
}

/* Characters side by side, 0 where nothing was put, until all of them are known. */
static lgs_rc_t write_record(write_t *t, const lgs_fixed_t *fixed, const lgs_record_type_t *type,
                             const lgs_node_t *record)
{
    uint32_t n = width_of(fixed, type), n_found = 0, n_said = 0;
    place_t *places = lgs_arena_array(t->w->scratch, n + 1, sizeof(*places));
    const lgs_slice_t whole = {0, n};
    lgs_rc_t rc = LGS_OK;

    if (places == NULL) {
        return lgs_errs_nomem(t->errs);
    }
    if (!fixed->is_plain && fixed->group.select.n) {
        rc = put(t, places, &fixed->group.select, type->mark, type->mark);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < type->n_fields; i++) {
        lgs_str_t name = lgs_node_text(&type->fields[i]), text;
        const lgs_node_t *value = lgs_node_get(record, name);
        lgs_slice_t slice = type->slices[i];

        n_found += value != NULL;
        n_said += value && value->type != LGS_NULL;
        if (!text_of(value, &text)) {
            return refuse(t, name, "a field cannot hold a value of the type %s",
                          lgs_type_name((lgs_type_t)value->type));
        }
        if (slice.start >= whole.n) {
            slice = (lgs_slice_t){whole.n, 0};
        } else if (slice.n > whole.n - slice.start) {
            slice.n = whole.n - slice.start;
        }
        if (value && value->type != LGS_NULL && !can_stand(fixed, &slice, text)) {
            return refuse(t, name,
                          "a field cannot hold a text of nothing or with blanks around it");
        }
        rc = put(t, places, &slice, name, text);
    }
    if (rc == LGS_OK && n_said == 0 && (fixed->is_plain || fixed->group.select.n == 0)) {
        return refuse(t, type->mark, "a record of nothing would be no record");
    }
    if (rc == LGS_OK && n_found < record->n) {
        return refuse(t, type->mark, "it has %u members that are no fields", record->n - n_found);
    }
    return rc == LGS_OK ? end_record(t, fixed, places, n) : rc;
}

/* Is it read as it was written? With its blanks it must fill its place, without them have none. */
static bool can_stand(const lgs_fixed_t *fixed, const lgs_slice_t *slice, lgs_str_t text)
{
    uint32_t n = count_characters(text);

    if (fixed->keep_blanks) {
        return n == slice->n && n > 0 && blanks_before(text) < text.len;
    }
    return text.len && text.data[0] != ' ' && text.data[text.len - 1] != ' ';
}

static lgs_rc_t put(write_t *t, place_t *places, const lgs_slice_t *slice, lgs_str_t name,
                    lgs_str_t text)
{
    const char *p = text.len ? text.data : "", *end = p + text.len;
    uint32_t at = slice->start, last = slice->start + slice->n;

    if (!claim(places, slice, text)) {
        return refuse(t, name, "another field stands at the same place and says something else");
    }
    while (p < end) {
        size_t n = lgs_utf8_step(p, end);

        if (n == 0 || (unsigned char)*p < 0x20) {
            return refuse(t, name, "a character that no field can hold");
        }
        if (at == last) {
            return refuse(t, name, "\"%s\" is longer than its %u characters",
                          lgs_build_word(text).text, slice->n);
        }
        places[at++].code = lgs_utf8_code(p, n);
        p += n;
    }
    return LGS_OK;
}

/* A field's place is its own, blanks included; at the same start the same may be said twice. */
static bool claim(place_t *places, const lgs_slice_t *slice, lgs_str_t text)
{
    uint32_t len = count_characters(text), owner = slice->start + 1;
    const char *p = text.len ? text.data : "";

    for (uint32_t i = 0; i < slice->n; i++) {
        place_t *place = &places[slice->start + i];
        const place_t *first = place->owner ? &places[place->owner - 1] : NULL;
        size_t n = i < len ? lgs_utf8_step(p, text.data + text.len) : 0;
        bool is_same = first && place->owner == owner && first->len == len &&
                       (i >= len || (n && place->code == lgs_utf8_code(p, n)));

        if (first && !is_same && (len || first->len)) {
            return false;
        }
        place->owner = owner;
        p += n;
    }
    if (slice->n) {
        places[slice->start].len = len;
    }
    return true;
}

static lgs_rc_t end_record(write_t *t, const lgs_fixed_t *fixed, const place_t *places, uint32_t n)
{
    char *text = lgs_arena_alloc(t->w->scratch, 4 * (size_t)n + 1), *to = text;
    lgs_str_t encoded;
    size_t bad;
    lgs_rc_t rc;

    if (text == NULL) {
        return lgs_errs_nomem(t->errs);
    }
    for (uint32_t i = 0; i < n; i++) {
        to = lgs_utf8_put(to, places[i].code ? places[i].code : ' ');
    }
    rc = lgs_charset_encode(fixed->charset, t->w->scratch, lgs_str(text, (size_t)(to - text)),
                            &encoded, &bad);
    if (rc != LGS_OK) {
        return rc == LGS_NOMEM ? lgs_errs_nomem(t->errs)
                               : refuse(t, LGS_STR(""), "a character that %.*s does not have",
                                        LGS_FMT(lgs_charset_name(fixed->charset)));
    }
    if (fixed->length && encoded.len != fixed->length) {
        return refuse(t, LGS_STR(""), "a record of %zu bytes, not %u", encoded.len, fixed->length);
    }
    lgs_buf_str(t->w->buf, encoded);
    if (fixed->length == 0) {
        lgs_buf_byte(t->w->buf, '\n');
    }
    return LGS_OK;
}
