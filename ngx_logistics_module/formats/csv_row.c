/*
 * A row of CSV → cells (csv_row.h). One table tells for every byte whether it can stand in a cell
 * as it is; cells without doubled quotes are borrowed from the source.
 */
#include "csv_row.h"

#include "scan.h"

#include <stdarg.h>
#include <stdio.h>

/* Classes of bytes: what a cell has seen is their sum; STOP ends the run. */
#define ODD  0x01u /* to be escaped in JSON */
#define HIGH 0x02u /* not ASCII */
#define STOP 0x80u /* delimiter, quote, line end, NUL */

static lgs_rc_t read_cell(lgs_csv_row_t *row);
static lgs_rc_t read_quoted(lgs_csv_row_t *row);
static const char *find_close(lgs_csv_row_t *row, const char *p, unsigned *seen, size_t *n_escapes);
static lgs_rc_t unquote(lgs_csv_row_t *row, lgs_str_t *text);
static lgs_rc_t add_cell(lgs_csv_row_t *row, lgs_str_t text, const char *at, unsigned seen,
                         bool is_quoted);
static lgs_rc_t decode(lgs_csv_row_t *row, const char *at, lgs_str_t *text);
static lgs_rc_t more_cells(lgs_csv_row_t *row);
static bool take_line_end(lgs_csv_row_t *row);
static lgs_rc_t at_end(lgs_csv_row_t *row, const char *opened);
static lgs_rc_t stopped(lgs_csv_row_t *row);

void lgs_csv_prepare(lgs_csv_t *csv)
{
    for (unsigned c = 0; c < 256; c++) {
        csv->classes[c] = c >= 0x80 ? HIGH : c < 0x20 || c == '"' || c == '\\' ? ODD : 0;
    }
    csv->classes['\n'] = csv->classes['\r'] = csv->classes[0] = STOP;
    csv->classes[(unsigned char)csv->delimiter] = STOP;
    if (csv->quote) {
        csv->classes[(unsigned char)csv->quote] = STOP;
    }
}

lgs_rc_t lgs_csv_row(lgs_csv_row_t *row)
{
    row->n = 0;
    row->says = false;
    for (;;) {
        lgs_rc_t rc = read_cell(row);

        if (LGS_UNLIKELY(rc != LGS_OK)) {
            return rc;
        }
        if (LGS_LIKELY(row->p < row->end && *row->p == row->csv->delimiter)) {
            row->p++;
            continue;
        }
        if (row->p == row->end && (!row->is_last || row->is_clipped)) {
            return at_end(row, NULL);
        }
        return take_line_end(row) ? LGS_OK : stopped(row);
    }
}

bool lgs_csv_skip_line(lgs_csv_row_t *row)
{
    const char *feed = row->p < row->end ? memchr(row->p, '\n', (size_t)(row->end - row->p)) : NULL;

    if (feed == NULL && (!row->is_last || row->is_clipped)) {
        return false;
    }
    row->p = feed ? feed + 1 : row->end;
    row->lines += feed != NULL;
    return true;
}

lgs_rc_t lgs_csv_refuse(lgs_csv_row_t *row, const char *at, const char *code, const char *format,
                        ...)
{
    lgs_doc_t doc = *row->doc;
    char text[320];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    doc.source = lgs_str(row->start, (size_t)(row->end - row->start));
    lgs_errs_add(row->errs, code, lgs_doc_locate(&doc, (uint32_t)(at - row->start)), "%s", text);
    return LGS_INVALID;
}

/* ---- cells ---- */

static inline bool is_blank(const lgs_csv_row_t *row, char c)
{
    return c == ' ' || (c == '\t' && row->csv->delimiter != '\t');
}

static inline const char *skip_blanks(const lgs_csv_row_t *row, const char *p)
{
    while (p < row->end && is_blank(row, *p)) {
        p++;
    }
    return p;
}

/* Stops at what ends the cell: a delimiter, a line end, row->end. */
static lgs_rc_t read_cell(lgs_csv_row_t *row)
{
    const unsigned char *classes = row->csv->classes;
    const char *p = row->csv->trim ? skip_blanks(row, row->p) : row->p, *start = p, *end = row->end;
    unsigned seen = 0, class = 0;

    if (p < end && *p == row->csv->quote && row->csv->quote) {
        row->p = p;
        return read_quoted(row);
    }
    while (p < end && !((class = classes[(unsigned char)*p]) & STOP)) {
        seen |= class;
        p++;
    }
    row->p = p;
    if (LGS_UNLIKELY(p < end && *p != row->csv->delimiter && *p != '\n' && *p != '\r')) {
        return stopped(row);
    }
    while (row->csv->trim && p > start && is_blank(row, p[-1])) {
        p--;
    }
    return add_cell(row, lgs_str(start, (size_t)(p - start)), start, seen, false);
}

static lgs_rc_t read_quoted(lgs_csv_row_t *row)
{
    const char *opened = row->p, *close;
    unsigned seen = 0;
    size_t n_escapes = 0;
    lgs_str_t text;

    close = find_close(row, opened + 1, &seen, &n_escapes);
    if (close == NULL) {
        return at_end(row, opened);
    }
    text = lgs_str(opened + 1, (size_t)(close - opened - 1));
    row->p = row->csv->trim ? skip_blanks(row, close + 1) : close + 1;
    if (row->p < row->end && *row->p != row->csv->delimiter && *row->p != '\n' && *row->p != '\r') {
        const char *at = row->p;

        if (!lgs_csv_skip_line(row)) {
            return at_end(row, NULL);
        }
        return lgs_csv_refuse(row, at, "csv-quote",
                              "a delimiter or the row's end must follow the closing quote; a quote "
                              "within a cell is written twice");
    }
    if (n_escapes && unquote(row, &text) != LGS_OK) {
        return lgs_errs_nomem(row->errs);
    }
    return add_cell(row, text, opened, seen, true);
}

/* The quote that closes the cell whose text begins at p; NULL: it is not in what is there. */
static const char *find_close(lgs_csv_row_t *row, const char *p, unsigned *seen, size_t *n_escapes)
{
    const lgs_csv_t *csv = row->csv;
    bool doubles = csv->escape == csv->quote;

    for (; p < row->end; p++) {
        unsigned char c = (unsigned char)*p;

        if (*p == csv->quote) {
            if (!doubles || p + 1 == row->end || p[1] != csv->quote) {
                /* the last byte may be the first half of a doubled quote */
                return doubles && p + 1 == row->end && (!row->is_last || row->is_clipped) ? NULL
                                                                                          : p;
            }
            *seen |= *p == '"' ? ODD : 0;
            (*n_escapes)++;
            p++;
        } else if (*p == csv->escape) {
            *seen |= ODD;
            (*n_escapes)++;
            if (++p == row->end) {
                return NULL;
            }
            row->lines += *p == '\n';
            *seen |= (unsigned char)*p >= 0x80 ? HIGH : 0;
        } else {
            row->lines += c == '\n';
            *seen |= c >= 0x80 ? HIGH : !lgs_scan_is_plain(c) ? ODD : 0;
        }
    }
    return NULL;
}

/* Takes the escapes out; the text becomes shorter. */
static lgs_rc_t unquote(lgs_csv_row_t *row, lgs_str_t *text)
{
    char *start = lgs_arena_alloc(row->arena, text->len), *to = start;

    if (start == NULL) {
        return LGS_NOMEM;
    }
    for (size_t i = 0; i < text->len; i++) {
        i += text->data[i] == row->csv->escape;
        *to++ = text->data[i];
    }
    *text = lgs_str(start, (size_t)(to - start));
    return LGS_OK;
}

/* `at`: where the cell begins in the source, whatever its text became. */
static inline lgs_rc_t add_cell(lgs_csv_row_t *row, lgs_str_t text, const char *at, unsigned seen,
                                bool is_quoted)
{
    lgs_node_t *cell;

    if (LGS_UNLIKELY(row->n == row->room)) {
        lgs_rc_t rc = more_cells(row);

        if (rc != LGS_OK) {
            return rc;
        }
    }
    if (LGS_UNLIKELY(text.len > LGS_MAX_CELL || text.len > row->reader->limits.max_text)) {
        if (!lgs_csv_skip_line(row)) {
            return at_end(row, NULL);
        }
        (void)lgs_csv_refuse(row, at, "max-text", "a cell of %zu bytes; at most %u are taken",
                             text.len, (unsigned)LGS_MAX_CELL);
        return LGS_LIMIT;
    }
    if (LGS_UNLIKELY(seen & HIGH)) {
        lgs_rc_t rc = decode(row, at, &text);

        if (rc != LGS_OK) {
            return rc;
        }
    }
    cell = &row->cells[row->n++];
    cell->u.text = text.data;
    cell->n = (uint32_t)text.len;
    cell->offset = (uint32_t)(at - row->start);
    cell->hash = 0;
    cell->type = text.len || is_quoted ? LGS_STRING : LGS_NULL;
    cell->flags = seen & ODD ? 0 : LGS_NODE_PLAIN;
    row->says |= cell->type == LGS_STRING;
    return LGS_OK;
}

static lgs_rc_t decode(lgs_csv_row_t *row, const char *at, lgs_str_t *text)
{
    lgs_str_t source = *text;
    size_t bad;
    lgs_rc_t rc = lgs_charset_decode(row->csv->charset, row->arena, source, text, &bad);
    bool is_source;

    if (rc == LGS_NOMEM) {
        return lgs_errs_nomem(row->errs);
    }
    if (rc == LGS_OK) {
        return LGS_OK;
    }
    if (!lgs_csv_skip_line(row)) {
        return at_end(row, NULL);
    }
    is_source = source.data >= row->start && source.data < row->end; /* it had no escapes */
    return lgs_csv_refuse(row, is_source ? source.data + bad : at, "charset",
                          "the byte 0x%02x is no character of %.*s; is \"charset\" right?",
                          (unsigned char)source.data[bad],
                          LGS_FMT(lgs_charset_name(row->csv->charset)));
}

static lgs_rc_t more_cells(lgs_csv_row_t *row)
{
    uint32_t room = row->room ? row->room * 2 : 64;
    lgs_node_t *cells;

    if (row->room >= LGS_MAX_COLUMNS || row->room >= row->reader->limits.max_members ||
        row->room >= row->reader->limits.max_nodes) {
        const char *at = row->p;

        if (!lgs_csv_skip_line(row)) {
            return at_end(row, NULL);
        }
        (void)lgs_csv_refuse(row, at, "max-members", "more than %u columns", row->room);
        return LGS_LIMIT;
    }
    room = room < LGS_MAX_COLUMNS ? room : LGS_MAX_COLUMNS;
    room = room < row->reader->limits.max_members ? room : row->reader->limits.max_members;
    room = room < row->reader->limits.max_nodes ? room : row->reader->limits.max_nodes;
    cells = lgs_arena_grow(row->reader->arena, row->cells, row->room * sizeof(*cells),
                           room * sizeof(*cells));
    if (cells == NULL) {
        return lgs_errs_nomem(row->errs);
    }
    row->cells = cells;
    row->room = room;
    return LGS_OK;
}

/* ---- ends ---- */

/* LF, CR LF, a CR at the very end, or the end of the source. */
static bool take_line_end(lgs_csv_row_t *row)
{
    if (row->p < row->end && *row->p == '\r') {
        bool is_end = row->p + 1 == row->end ? row->is_last && !row->is_clipped : row->p[1] == '\n';

        row->p += is_end;
    }
    if (row->p < row->end) {
        if (*row->p != '\n') {
            return false;
        }
        row->p++;
        row->lines++;
    }
    return true;
}

/*
 * The row goes on where the bytes end: more of them are needed, or it is too long, or the source
 * ends within the quotes that were opened at `opened`. In the last two cases nobody can tell where
 * the next row begins.
 */
static lgs_rc_t at_end(lgs_csv_row_t *row, const char *opened)
{
    if (!row->is_clipped && !row->is_last) {
        return LGS_AGAIN;
    }
    if (row->is_clipped) {
        return lgs_csv_too_long(row, opened);
    }
    row->reader->is_over = row->reader->is_cut = true;
    return lgs_csv_refuse(row, opened, "csv-quote", "the quote that is opened here is not closed");
}

lgs_rc_t lgs_csv_too_long(lgs_csv_row_t *row, const char *opened)
{
    row->reader->is_over = row->reader->is_cut = true;
    (void)lgs_csv_refuse(row, opened ? opened : row->start, "max-bytes",
                         "the row has more than %u bytes%s; what comes behind it is not read",
                         (unsigned)LGS_MAX_ROW,
                         opened ? ": the quote that is opened here is not closed" : "");
    return LGS_LIMIT;
}

/* What cannot stand where row->p is. */
static lgs_rc_t stopped(lgs_csv_row_t *row)
{
    const char *at = row->p;
    char c = *at;

    if (c == '\r' && at + 1 == row->end && !row->is_last) {
        return LGS_AGAIN;
    }
    if (!lgs_csv_skip_line(row)) {
        return at_end(row, NULL);
    }
    if (c == '\0') {
        return lgs_csv_refuse(row, at, "charset",
                              "a NUL byte; if the file is UTF-16, save it as UTF-8");
    }
    if (c == '\r') {
        return lgs_csv_refuse(row, at, "csv-line", "a carriage return without a line feed");
    }
    return lgs_csv_refuse(row, at, "csv-quote",
                          "a quote within a cell that does not begin with one; put the cell in "
                          "quotes and write the quote twice, or say \"quote: none\"");
}
