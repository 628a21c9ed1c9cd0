/*
 * The table of input formats (input.h), and the two whose documents are JSON: a whole text (or the
 * items of one array in it), and a line each.
 */
#include "../base/rows.h"
#include "edi_scan.h"
#include "json.h"
#include "reader.h"
#include "scan.h"

static lgs_rc_t open_json(lgs_reader_t *reader);
static lgs_rc_t next_json(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                          lgs_doc_t *doc, lgs_errs_t *errs);
static lgs_rc_t next_line(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                          lgs_doc_t *doc, lgs_errs_t *errs);
static lgs_rc_t next_item(lgs_reader_t *reader, const lgs_window_t *window, lgs_doc_t *doc,
                          lgs_errs_t *errs);
static lgs_rc_t read_items(lgs_reader_t *reader, const lgs_window_t *window, lgs_errs_t *errs);

static const lgs_input_format_t formats[] = {
    {"json", false, open_json, next_json, LGS_FORMAT_JSON, 0},
    {"ndjson", true, NULL, next_line, LGS_FORMAT_JSON, 0},
    {"csv", true, lgs_csv_open, lgs_csv_next, LGS_FORMAT_CSV, 0},
    {"fixed", true, lgs_fixed_open, lgs_fixed_next, LGS_FORMAT_FIXED, 0},
    {"xml", false, NULL, lgs_xml_next, LGS_FORMAT_XML, 0},
    {"x12", true, lgs_edi_open, lgs_edi_next, LGS_FORMAT_X12, LGS_EDI_X12},
    {"edifact", true, lgs_edi_open, lgs_edi_next, LGS_FORMAT_EDIFACT, LGS_EDI_EDIFACT},
    {"tradacoms", true, lgs_edi_open, lgs_edi_next, LGS_FORMAT_EDIFACT, LGS_EDI_TRADACOMS},
    {"edi", true, lgs_edi_open, lgs_edi_next, LGS_FORMAT_X12, LGS_EDI_N_STANDARDS},
};

/* Of a JSON text whose array's items are documents. */
typedef struct {
    lgs_doc_t whole;
    const lgs_node_t *items; /* NULL: not read yet */
    uint32_t n, at;
} items_t;

/* ---- formats ---- */

const lgs_input_format_t *lgs_input_format(lgs_str_t name)
{
    return lgs_rows_find(LGS_ROWS(formats), name);
}

size_t lgs_input_format_names(lgs_str_t *names, size_t max)
{
    return lgs_rows_names(LGS_ROWS(formats), names, max);
}

lgs_str_t lgs_input_name(const lgs_input_t *input)
{
    return lgs_cstr(input->format->name);
}

lgs_str_t lgs_input_written_in(const lgs_input_t *input)
{
    /* the format whose positions it shares is what it is written in */
    return input->format->positions == LGS_FORMAT_JSON ? LGS_STR("json") : lgs_input_name(input);
}

lgs_format_t lgs_input_positions(const lgs_input_t *input)
{
    return input->format->positions;
}

bool lgs_input_is_batch(const lgs_input_t *input)
{
    const lgs_json_input_t *json = input->profile;

    if (input->format->next == next_json) {
        return json && json->records.len;
    }
    return input->format->is_batch;
}

bool lgs_input_is_edi(const lgs_input_t *input)
{
    return input->format->open == lgs_edi_open;
}

bool lgs_input_takes(const lgs_input_t *input, lgs_str_t source)
{
    const lgs_input_format_t *format = input->format;
    bool is_edi = lgs_input_is_edi(input);
    const lgs_edi_profile_t *profile = is_edi ? input->profile : NULL;
    lgs_edi_header_t header;
    const char *why;

    if (lgs_edi_detect(source, true, profile, &header, &why) != LGS_OK) {
        return !is_edi;
    }
    return is_edi &&
           (format->standard == LGS_EDI_N_STANDARDS || format->standard == header.standard);
}

/* ---- readers ---- */

lgs_reader_t *lgs_reader_open(const lgs_input_t *input, const lgs_tree_limits_t *limits,
                              lgs_arena_t *arena)
{
    lgs_reader_t *reader = lgs_arena_zalloc(arena, sizeof(*reader));

    if (reader == NULL) {
        return NULL;
    }
    reader->input = input;
    reader->limits = limits ? *limits : lgs_tree_limits_default;
    reader->arena = arena;
    if (input->format->open && input->format->open(reader) != LGS_OK) {
        return NULL;
    }
    return reader;
}

lgs_rc_t lgs_reader_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                         lgs_doc_t *doc, lgs_errs_t *errs)
{
    const lgs_window_t nothing = {lgs_str("", 0), window->is_last};
    lgs_rc_t rc;

    window = window->bytes.data ? window : &nothing; /* readers count from where it begins */
    reader->used = 0;
    if (reader->is_over) {
        reader->used = window->bytes.len;
        return LGS_END;
    }
    doc->root = lgs_node_null(LGS_NO_OFFSET);
    doc->item = NULL;
    doc->head = NULL;
    doc->marks = (lgs_edi_marks_t){.element = 0};
    doc->file = (lgs_str_t){NULL, 0};
    doc->format = reader->input->format->positions;
    rc = reader->input->format->next(reader, window, arena, doc, errs);
    if (rc != LGS_AGAIN && rc != LGS_END) {
        reader->count++;
    }
    return rc;
}

size_t lgs_reader_used(const lgs_reader_t *reader)
{
    return reader->used;
}

bool lgs_reader_is_cut(const lgs_reader_t *reader)
{
    return reader->is_cut;
}

uint32_t lgs_reader_count(const lgs_reader_t *reader)
{
    return reader->count;
}

void lgs_reader_take(lgs_reader_t *reader, size_t n, uint32_t lines, uint32_t columns)
{
    reader->used += n;
    reader->base.bytes += n;
    reader->base.lines += lines;
    reader->base.columns = lines ? columns : reader->base.columns + (uint32_t)n;
}

void lgs_reader_take_to(lgs_reader_t *reader, const char *start, const char *end, uint32_t lines)
{
    const char *line = lines ? lgs_scan_last_line(start, end) : end;

    lgs_reader_take(reader, (size_t)(end - start), lines, (uint32_t)(end - line));
}

void lgs_reader_move_errors(const lgs_doc_t *doc, lgs_errs_t *errs, const lgs_err_t *last)
{
    for (lgs_err_t *err = last ? last->next : errs->first; err; err = err->next) {
        err->pos = lgs_doc_locate(doc, err->pos.offset);
    }
}

/* ---- JSON: a text ---- */

static lgs_rc_t open_json(lgs_reader_t *reader)
{
    if (!lgs_input_is_batch(reader->input)) {
        return LGS_OK;
    }
    reader->state = lgs_arena_zalloc(reader->arena, sizeof(items_t));
    return reader->state ? LGS_OK : LGS_NOMEM;
}

static lgs_rc_t next_json(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                          lgs_doc_t *doc, lgs_errs_t *errs)
{
    if (!window->is_last) {
        return LGS_AGAIN;
    }
    if (reader->state) {
        return next_item(reader, window, doc, errs);
    }
    reader->is_over = true;
    lgs_reader_take(reader, window->bytes.len, 0, 0);
    return lgs_json_read(arena, window->bytes, &reader->limits, doc, errs);
}

/* The window is held until the last item is out: all of them point into it. */
static lgs_rc_t next_item(lgs_reader_t *reader, const lgs_window_t *window, lgs_doc_t *doc,
                          lgs_errs_t *errs)
{
    items_t *items = reader->state;

    if (items->items == NULL) {
        lgs_rc_t rc = read_items(reader, window, errs);

        if (rc != LGS_OK) {
            reader->is_over = reader->is_cut = true;
            return rc;
        }
    }
    if (items->at == items->n) {
        reader->is_over = true;
        lgs_reader_take(reader, window->bytes.len, 0, 0);
        return LGS_END;
    }
    *doc = items->whole;
    doc->item = &items->items[items->at++];
    return LGS_OK;
}

static lgs_rc_t read_items(lgs_reader_t *reader, const lgs_window_t *window, lgs_errs_t *errs)
{
    const lgs_json_input_t *json = reader->input->profile;
    items_t *items = reader->state;
    const lgs_node_t *array;
    lgs_err_t *err;
    lgs_rc_t rc = lgs_json_read(reader->arena, window->bytes, &reader->limits, &items->whole, errs);

    if (rc != LGS_OK) {
        return rc;
    }
    array = lgs_node_pointer(&items->whole.root, json->records);
    if (array && array->type == LGS_ARRAY) {
        items->items = array->n ? array->u.items : array; /* not read again when it is empty */
        items->n = array->n;
        return LGS_OK;
    }
    err = lgs_errs_add(
        errs, "no-records",
        lgs_doc_locate(&items->whole, array ? array->offset : items->whole.root.offset),
        "the list of records is looked for at %.*s, where there is %s%s", LGS_FMT(json->records),
        array ? "a value of the type " : "nothing",
        array ? lgs_type_name((lgs_type_t)array->type) : "");
    if (err) {
        err->pointer = array ? json->records : LGS_STR("");
    }
    return LGS_INVALID;
}

/* ---- JSON: a line ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static lgs_rc_t refuse_long_line(lgs_reader_t *reader, lgs_doc_t *doc, lgs_errs_t *errs)
{
    doc->source = lgs_str("", 0);
    doc->base = reader->base;
    lgs_errs_add(errs, "max-bytes", lgs_doc_locate(doc, 0),
                 "the line has more than %u bytes; what comes behind it is not read", LGS_MAX_LINE);
    reader->is_over = reader->is_cut = true;
    return LGS_LIMIT;
}

/* Lines with nothing on them are between documents. A line ends in LF, CR LF, or the source's end.
 */
static lgs_rc_t next_line(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                          lgs_doc_t *doc, lgs_errs_t *errs)
{
    for (;;) {
        lgs_str_t rest = lgs_reader_rest(reader, window), line;
        const char *end = rest.len ? memchr(rest.data, '\n', rest.len) : NULL;
        const lgs_err_t *last = errs ? errs->last : NULL;
        lgs_base_t base = reader->base;
        lgs_rc_t rc;

        if ((size_t)((end ? end : rest.data + rest.len) - rest.data) > LGS_MAX_LINE) {
            return refuse_long_line(reader, doc, errs);
        }
        if (end == NULL && !window->is_last) {
            return LGS_AGAIN;
        }
        line = lgs_str(rest.data, end ? (size_t)(end - rest.data) : rest.len);
        lgs_reader_take(reader, line.len + (end != NULL), end != NULL, 0);
        while (line.len && is_blank(line.data[line.len - 1])) {
            line.len--;
        }
        if (line.len) {
            rc = lgs_json_read(arena, line, &reader->limits, doc, errs);
            doc->base = base;
            if (rc != LGS_OK && errs) {
                lgs_reader_move_errors(doc, errs, last);
            }
            return rc;
        }
        if (end == NULL) {
            reader->is_over = true;
            return LGS_END;
        }
    }
}
