/*
 * The CSV reader: what stands before the first row (byte order mark, skipped lines, header), then a
 * document a row. Names of columns are made once and live with the reader; a row's object is the
 * template of names with its cells.
 */
#include "csv_row.h"

#include "../base/buf.h"
#include "../base/map.h"
#include "build_inline.h"
#include "gather.h"
#include "index.h"

#include <stdio.h>

#define MAX_MISSING 5u /* columns that one error names */

typedef enum { AT_START, AT_SKIPPED, AT_HEADER, AT_ROWS } phase_t;

typedef struct {
    const lgs_csv_t *csv;
    phase_t phase;
    uint32_t skipped;
    lgs_node_t *cells; /* of one row, used again for each */
    uint32_t room;
    lgs_member_t *columns; /* names with null values, behind them their order when there are many */
    uint32_t n_columns;    /* 0: none are named; then `columns` are numbers, as many as were seen */
    uint32_t n_numbers;
    uint8_t flags;      /* of an object with all columns */
    lgs_heads_t *heads; /* of rows of several types */
} state_t;

/* Rows of several types, one of which is read next. */
typedef struct {
    lgs_csv_row_t *row;
    const char *window_end;
} typed_t;

static const lgs_csv_t *usual_profile(lgs_arena_t *arena);
static lgs_rc_t prepare(lgs_reader_t *reader, lgs_csv_row_t *row);
static lgs_rc_t start(lgs_reader_t *reader, lgs_csv_row_t *row);
static lgs_rc_t read_header(lgs_csv_row_t *row, state_t *state);
static lgs_rc_t name_columns(lgs_csv_row_t *row, state_t *state, const lgs_node_t *names,
                             uint32_t n);
static lgs_node_t column_name(lgs_arena_t *arena, const lgs_node_t *name, uint32_t index);
static lgs_rc_t check_required(lgs_csv_row_t *row, const state_t *state);
static lgs_rc_t number_columns(lgs_csv_row_t *row, state_t *state);
static lgs_rc_t next_row(lgs_csv_row_t *row);
static lgs_rc_t make_document(lgs_csv_row_t *row, state_t *state, lgs_doc_t *doc);
static lgs_rc_t next_group(lgs_csv_row_t *row, const char *window_end, lgs_doc_t *doc);
static lgs_rc_t read_typed(void *data, lgs_flat_record_t *record);
static lgs_rc_t make_object(lgs_csv_row_t *row, lgs_flat_record_t *record);
static void back(void *data, const lgs_flat_record_t *record);
static const char *where(void *data, uint32_t *lines);
static void restart(void *data);
static lgs_rc_t check_width(lgs_csv_row_t *row, const state_t *state);
static void commit(lgs_reader_t *reader, const lgs_csv_row_t *row, const char *from);
static void move_on(lgs_csv_row_t *row, const char *window_end);

const lgs_csv_t lgs_csv_default = {
    .delimiter = ',', .quote = '"', .escape = '"', .has_header = true};

lgs_rc_t lgs_csv_open(lgs_reader_t *reader)
{
    state_t *state = lgs_arena_zalloc(reader->arena, sizeof(*state));

    reader->state = state;
    if (state == NULL) {
        return LGS_NOMEM;
    }
    state->csv = reader->input->profile ? reader->input->profile : usual_profile(reader->arena);
    if (state->csv && state->csv->group) {
        state->heads = lgs_group_heads(reader->arena, state->csv->group);
    }
    return state->csv && (state->heads || !state->csv->group) ? LGS_OK : LGS_NOMEM;
}

static const lgs_csv_t *usual_profile(lgs_arena_t *arena)
{
    lgs_csv_t *csv = lgs_arena_alloc(arena, sizeof(*csv));

    if (csv) {
        *csv = lgs_csv_default;
        lgs_csv_prepare(csv);
    }
    return csv;
}

lgs_rc_t lgs_csv_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                      lgs_doc_t *doc, lgs_errs_t *errs)
{
    state_t *state = reader->state;
    lgs_errs_mark_t mark = lgs_errs_mark(errs);
    const char *end = window->bytes.data + window->bytes.len;
    lgs_csv_row_t row = {.csv = state->csv,
                         .reader = reader,
                         .arena = arena,
                         .errs = errs,
                         .doc = doc,
                         .p = window->bytes.data,
                         .is_last = window->is_last,
                         .cells = state->cells,
                         .room = state->room};
    lgs_rc_t rc = LGS_OK;

    move_on(&row, end);
    doc->base = reader->base;
    while (rc == LGS_OK && state->phase != AT_ROWS) {
        rc = prepare(reader, &row);
        if (rc == LGS_OK) {
            commit(reader, &row, row.start);
            doc->base = reader->base;
            move_on(&row, end);
        }
    }
    if (rc == LGS_OK && row.csv->group) {
        rc = next_group(&row, end, doc);
        state->cells = row.cells;
        state->room = row.room;
        return rc;
    }
    while (rc == LGS_OK) {
        rc = next_row(&row);
        if (rc != LGS_OK || row.says) {
            break;
        }
        commit(reader, &row, row.start); /* nothing on it: no row */
        doc->base = reader->base;
        move_on(&row, end);
    }
    if (rc == LGS_OK) {
        rc = make_document(&row, state, doc);
    }
    if (rc == LGS_AGAIN && row.is_clipped) {
        rc = lgs_csv_too_long(&row, NULL);
    }
    state->cells = row.cells;
    state->room = row.room;
    if (rc == LGS_AGAIN) {
        lgs_errs_rollback(errs, &mark);
        return rc;
    }
    commit(reader, &row, row.start);
    return rc;
}

/* The next row begins at row->p; it may be LGS_MAX_ROW bytes long. */
static void move_on(lgs_csv_row_t *row, const char *window_end)
{
    row->start = row->p;
    row->lines = 0;
    row->is_clipped = (size_t)(window_end - row->p) > LGS_MAX_ROW;
    row->end = row->is_clipped ? row->p + LGS_MAX_ROW : window_end;
}

/* What stands between `from` and row->p is done with; it ends with a line, or the source does. */
static void commit(lgs_reader_t *reader, const lgs_csv_row_t *row, const char *from)
{
    lgs_reader_take(reader, (size_t)(row->p - from), row->lines, 0);
}

/* ---- before the first row ---- */

static lgs_rc_t prepare(lgs_reader_t *reader, lgs_csv_row_t *row)
{
    state_t *state = reader->state;

    switch (state->phase) {
    case AT_START:
        return start(reader, row);
    case AT_SKIPPED:
        if (state->skipped == row->csv->skip_rows || (row->p == row->end && row->is_last)) {
            state->phase = AT_HEADER;
            return LGS_OK;
        }
        if (!lgs_csv_skip_line(row)) {
            return LGS_AGAIN;
        }
        state->skipped++;
        return LGS_OK;
    case AT_HEADER:
        return read_header(row, state);
    case AT_ROWS:
        break;
    }
    return LGS_OK;
}

/* A byte order mark has no place in the text. */
static lgs_rc_t start(lgs_reader_t *reader, lgs_csv_row_t *row)
{
    state_t *state = reader->state;
    lgs_str_t rest = lgs_str(row->p, (size_t)(row->end - row->p));

    if (rest.len < 3 && !row->is_last) {
        return LGS_AGAIN;
    }
    if (lgs_charset_is_utf16(rest)) {
        reader->is_over = reader->is_cut = true;
        return lgs_csv_refuse(row, row->p, "charset",
                              "the file is UTF-16, which is not read; save it as UTF-8");
    }
    if (rest.len >= 3 && memcmp(rest.data, "\xef\xbb\xbf", 3) == 0) {
        reader->used += 3;
        reader->base.bytes += 3;
        row->start = row->p += 3;
    }
    state->phase = AT_SKIPPED;
    return LGS_OK;
}

static lgs_rc_t read_header(lgs_csv_row_t *row, state_t *state)
{
    const lgs_csv_t *csv = row->csv;
    lgs_rc_t rc = LGS_OK;

    if (csv->has_header) {
        rc = next_row(row);
        if (rc == LGS_OK && !row->says) {
            return LGS_OK; /* it comes further down */
        }
    }
    if (rc == LGS_OK && csv->columns) {
        rc = name_columns(row, state, NULL, csv->n_columns);
    } else if (rc == LGS_OK && csv->has_header) {
        rc = name_columns(row, state, row->cells, row->n);
    }
    if (rc == LGS_OK) {
        rc = check_required(row, state);
    }
    if (rc == LGS_INVALID || rc == LGS_LIMIT) {
        row->reader->is_over = row->reader->is_cut = true; /* no row can be read without it */
    }
    state->phase = rc == LGS_OK ? AT_ROWS : state->phase;
    return rc;
}

/* Names from the header's cells, or from the profile when `names` is NULL. */
static lgs_rc_t name_columns(lgs_csv_row_t *row, state_t *state, const lgs_node_t *names,
                             uint32_t n)
{
    lgs_arena_t *arena = row->reader->arena;
    lgs_map_t *seen = lgs_map_create(row->arena, n);
    lgs_build_t *build = lgs_build_create(arena, row->arena, NULL);
    lgs_node_t root;

    if (seen == NULL || build == NULL ||
        lgs_build_open(build, LGS_OBJECT, 0, row->errs) != LGS_OK) {
        return lgs_errs_nomem(row->errs);
    }
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t configured = lgs_node_string(names ? LGS_STR("") : row->csv->columns[i], 0,
                                                      0);
        lgs_node_t name = column_name(arena, names ? &names[i] : &configured, i);
        lgs_str_t text = lgs_node_text(&name);
        uintptr_t other = text.data ? (uintptr_t)lgs_map_get(seen, text) : 0;

        if (other) {
            return lgs_csv_refuse(row, row->start + (names ? names[i].offset : 0), "csv-header",
                                  "the columns %u and %u are both called \"%.*s\"; give them names "
                                  "of their own, or name all with \"columns\"",
                                  (unsigned)other, i + 1, (int)(text.len < 64 ? text.len : 64),
                                  text.data);
        }
        if (text.data == NULL || lgs_map_add(seen, text, (void *)(uintptr_t)(i + 1)) != LGS_OK ||
            lgs_build_name(build, text, LGS_NO_OFFSET, name.flags, row->errs) != LGS_OK ||
            lgs_build_value(build, lgs_node_null(LGS_NO_OFFSET), row->errs) != LGS_OK) {
            return lgs_errs_nomem(row->errs);
        }
    }
    if (lgs_build_close(build, row->errs) != LGS_OK) {
        return lgs_errs_nomem(row->errs);
    }
    root = lgs_build_root(build);
    state->columns = (lgs_member_t *)root.u.members;
    state->n_columns = n;
    state->flags = root.flags;
    return LGS_OK;
}

/* Without blanks around it; one without a name is called by its number. Data NULL: no memory. */
static lgs_node_t column_name(lgs_arena_t *arena, const lgs_node_t *name, uint32_t index)
{
    lgs_str_t text = lgs_node_text(name);

    while (text.len && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = lgs_str(text.data + 1, text.len - 1);
    }
    while (text.len && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return lgs_node_string(text.len ? lgs_arena_str(arena, text)
                                    : lgs_arena_printf(arena, "%u", index + 1),
                           LGS_NO_OFFSET, name->flags & LGS_NODE_PLAIN);
}

/* All that is missing in one sentence, at the header. */
static lgs_rc_t check_required(lgs_csv_row_t *row, const state_t *state)
{
    const lgs_csv_t *csv = row->csv;
    lgs_str_t words[LGS_MAX_NAMED_COLUMNS], near;
    uint32_t n_words = state->n_columns < LGS_N(words) ? state->n_columns : LGS_N(words);
    lgs_node_t all = {.u.members = state->columns,
                      .n = state->n_columns,
                      .type = LGS_OBJECT,
                      .flags = state->flags};
    const char delimiter[] = {csv->delimiter, '\0'};
    bool is_one = state->n_columns == 1 && csv->n_required > 1;
    uint32_t n = 0;
    lgs_buf_t buf;

    if (state->n_columns == 0) {
        return LGS_OK;
    }
    lgs_buf_init(&buf, row->arena, 0, 0);
    for (uint32_t i = 0; i < n_words; i++) {
        words[i] = lgs_node_text(&state->columns[i].name);
    }
    for (uint32_t i = 0; i < csv->n_required; i++) {
        if (lgs_node_get(&all, csv->required[i]) || n++ >= MAX_MISSING) {
            continue;
        }
        near = lgs_nearest(csv->required[i], words, n_words);
        lgs_buf_printf(&buf, "%s\"%.*s\"", n > 1 ? ", " : "", LGS_FMT(csv->required[i]));
        if (near.len) {
            lgs_buf_printf(&buf, " (\"%.*s\"?)", LGS_FMT(near));
        }
    }
    if (n == 0) {
        return LGS_OK;
    }
    return lgs_csv_refuse(row, row->start, "csv-header",
                          "the header has no column %.*s%s, which the mapping reads%s%s%s",
                          LGS_FMT(lgs_buf_text(&buf)), n > MAX_MISSING ? " and others" : "",
                          is_one ? "; it is one cell: the delimiter agreed on is " : "",
                          is_one && delimiter[0] != '\t' ? delimiter : "",
                          is_one && delimiter[0] == '\t' ? "a tab" : "");
}

/* ---- rows ---- */

/* A comment is a row that says nothing. LGS_END: there is none. */
static lgs_rc_t next_row(lgs_csv_row_t *row)
{
    lgs_str_t comment = row->csv->comment;
    size_t left = (size_t)(row->end - row->p);

    if (left == 0) {
        row->reader->is_over = row->is_last;
        return row->is_last ? LGS_END : LGS_AGAIN;
    }
    if (comment.len == 0) {
        return lgs_csv_row(row);
    }
    if (left < comment.len && !row->is_last) {
        return LGS_AGAIN;
    }
    if (left < comment.len || memcmp(row->p, comment.data, comment.len) != 0) {
        return lgs_csv_row(row);
    }
    row->n = 0;
    row->says = false;
    return lgs_csv_skip_line(row) ? LGS_OK : LGS_AGAIN;
}

static lgs_rc_t make_document(lgs_csv_row_t *row, state_t *state, lgs_doc_t *doc)
{
    uint32_t n = state->n_columns ? state->n_columns : row->n, i;
    uint32_t end = (uint32_t)(row->p - row->start);
    lgs_member_t *members;
    size_t size = n * sizeof(*members) +
                  (state->flags & LGS_NODE_INDEXED ? n * sizeof(uint32_t) : 0);
    lgs_rc_t rc = state->n_columns ? check_width(row, state) : number_columns(row, state);

    if (rc != LGS_OK) {
        return rc;
    }
    members = lgs_arena_alloc(row->arena, size);
    if (members == NULL) {
        return lgs_errs_nomem(row->errs);
    }
    memcpy(members, state->columns, size);
    for (i = 0; i < n && i < row->n; i++) {
        members[i].value = row->cells[i];
    }
    for (; i < n; i++) {
        members[i].value.offset = end;
    }
    doc->root = (lgs_node_t){
        .u.members = members, .n = n, .offset = 0, .type = LGS_OBJECT, .flags = state->flags};
    doc->source = lgs_str(row->start, end);
    doc->n_nodes = n + 1;
    return LGS_OK;
}

static lgs_rc_t check_width(lgs_csv_row_t *row, const state_t *state)
{
    uint32_t n = state->n_columns;

    if (row->n < n && row->csv->missing == LGS_ROW_REFUSE) {
        lgs_str_t name = lgs_node_text(&state->columns[row->n].name);

        return lgs_csv_refuse(row, row->start, "csv-columns",
                              "the row has %u cells for %u columns: \"%.*s\"%s missing; is a "
                              "delimiter or a quote missing?",
                              row->n, n, (int)(name.len < 64 ? name.len : 64), name.data,
                              n - row->n > 1 ? " and what follows it are" : " is");
    }
    for (uint32_t i = n; i < row->n && row->csv->extra == LGS_ROW_REFUSE; i++) {
        if (row->cells[i].type != LGS_NULL) {
            return lgs_csv_refuse(row, row->start + row->cells[i].offset, "csv-columns",
                                  "the row has %u cells for %u columns; is there a delimiter in a "
                                  "cell that is not in quotes?",
                                  row->n, n);
        }
    }
    return LGS_OK;
}

/* Columns "1", "2", … up to the widest row so far. */
static lgs_rc_t number_columns(lgs_csv_row_t *row, state_t *state)
{
    lgs_arena_t *arena = row->reader->arena;
    uint32_t want = row->n < 64 ? 64 : row->n;
    lgs_member_t *columns;

    if (row->n <= state->n_numbers) {
        return LGS_OK;
    }
    columns = lgs_arena_array(arena, want, sizeof(*columns));
    if (columns == NULL) {
        return lgs_errs_nomem(row->errs);
    }
    for (uint32_t i = 0; i < want; i++) {
        lgs_str_t text = lgs_arena_printf(arena, "%u", i + 1);

        if (text.data == NULL) {
            return lgs_errs_nomem(row->errs);
        }
        columns[i].name = lgs_node_string(text, LGS_NO_OFFSET, LGS_NODE_PLAIN);
        columns[i].name.hash = lgs_hash(text.data, text.len);
        columns[i].value = lgs_node_null(LGS_NO_OFFSET);
    }
    state->columns = columns;
    state->n_numbers = want;
    return LGS_OK;
}

/* ---- rows of several types ---- */

static lgs_rc_t next_group(lgs_csv_row_t *row, const char *window_end, lgs_doc_t *doc)
{
    state_t *state = row->reader->state;
    typed_t typed = {row, window_end};
    lgs_gather_t gathering = {.group = row->csv->group,
                              .reader = row->reader,
                              .heads = state->heads,
                              .arena = row->arena,
                              .errs = row->errs,
                              .doc = doc,
                              .start = row->start,
                              .data = &typed,
                              .read = read_typed,
                              .back = back,
                              .where = where,
                              .restart = restart};

    return lgs_group_next(&gathering);
}

/* lgs_gather_t */
static lgs_rc_t read_typed(void *data, lgs_flat_record_t *record)
{
    const typed_t *typed = data;
    lgs_csv_row_t *row = typed->row;
    const lgs_group_t *group = row->csv->group;
    lgs_str_t mark;
    lgs_rc_t rc;

    *record = (lgs_flat_record_t){.at = row->p, .lines = row->lines};
    row->is_clipped = (size_t)(typed->window_end - row->p) > LGS_MAX_ROW;
    row->end = row->is_clipped ? row->p + LGS_MAX_ROW : typed->window_end;
    rc = next_row(row);
    if (rc == LGS_AGAIN && row->is_clipped) {
        return lgs_csv_too_long(row, NULL);
    }
    if (rc != LGS_OK || !row->says) {
        return rc;
    }
    mark = group->column < row->n ? lgs_node_text(&row->cells[group->column]) : LGS_STR("");
    record->type = lgs_group_type(group, mark);
    if (record->type == NULL) {
        return group->skip_others ? LGS_OK
                                  : lgs_csv_refuse(row, record->at, "record-type",
                                                   "\"%s\" is no type of record that is known here",
                                                   lgs_build_word(mark).text);
    }
    return record->type->role == LGS_ROLE_SKIP ? LGS_OK : make_object(row, record);
}

static lgs_rc_t make_object(lgs_csv_row_t *row, lgs_flat_record_t *record)
{
    const lgs_record_type_t *type = record->type;
    lgs_member_t *members = lgs_arena_alloc(row->arena, type->n_fields * sizeof(*members));
    bool is_ragged = (row->n < type->n_fields && row->csv->missing == LGS_ROW_REFUSE) ||
                     (row->n > type->n_fields && row->csv->extra == LGS_ROW_REFUSE &&
                      row->cells[row->n - 1].type != LGS_NULL);

    if (members == NULL) {
        return lgs_errs_nomem(row->errs);
    }
    if (is_ragged) {
        return lgs_csv_refuse(row, record->at, "csv-columns",
                              "the row has %u cells for the %u columns of \"%.*s\"", row->n,
                              type->n_fields, LGS_FMT(type->mark));
    }
    for (uint32_t i = 0; i < type->n_fields; i++) {
        members[i].name = type->fields[i];
        members[i].value = i < row->n ? row->cells[i]
                                      : lgs_node_null((uint32_t)(row->p - row->start));
    }
    record->object = (lgs_node_t){.u.members = members,
                                  .n = type->n_fields,
                                  .offset = (uint32_t)(record->at - row->start),
                                  .type = LGS_OBJECT};
    return LGS_OK;
}

static void back(void *data, const lgs_flat_record_t *record)
{
    lgs_csv_row_t *row = ((const typed_t *)data)->row;

    row->p = record->at;
    row->lines = record->lines;
}

static const char *where(void *data, uint32_t *lines)
{
    const lgs_csv_row_t *row = ((const typed_t *)data)->row;

    *lines = row->lines;
    return row->p;
}

static void restart(void *data)
{
    lgs_csv_row_t *row = ((const typed_t *)data)->row;

    row->start = row->p;
    row->lines = 0;
}
