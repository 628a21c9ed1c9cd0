/*
 * The reader of fixed width: cuts the source into records (lines, or a number of bytes each), finds
 * the type of each and cuts it into fields. gather.c makes documents of them.
 */
#include "fixed.h"

#include "build_inline.h"
#include "gather.h"
#include "scan.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct {
    const lgs_fixed_t *fixed;
    lgs_reader_t *reader;
    lgs_arena_t *arena;
    lgs_errs_t *errs;
    const lgs_doc_t *doc;
    const char *start; /* of the document's source */
    const char *p, *end;
    uint32_t lines;
    bool is_last;
    lgs_str_t record; /* at hand, without its line end */
    uint32_t *places; /* byte of each character of it; NULL: they are bytes */
    uint32_t n_places;
} cursor_t;

static lgs_rc_t start(cursor_t *c);
static lgs_rc_t next_plain(cursor_t *c, lgs_doc_t *doc);
static lgs_rc_t read_record(void *data, lgs_flat_record_t *record);
static lgs_rc_t cut(cursor_t *c);
static lgs_rc_t cut_line(cursor_t *c);
static lgs_rc_t cut_length(cursor_t *c);
static void pass_line_end(cursor_t *c);
static bool is_nothing(lgs_str_t record);
static lgs_rc_t find_places(cursor_t *c);
static lgs_str_t slice_of(const cursor_t *c, lgs_slice_t slice);
static lgs_str_t without_blanks(lgs_str_t text);
static lgs_rc_t find_type(cursor_t *c, lgs_flat_record_t *record);
static lgs_rc_t read_fields(cursor_t *c, lgs_flat_record_t *record);
static lgs_rc_t read_field(cursor_t *c, lgs_slice_t slice, lgs_node_t *value);
static lgs_rc_t refuse(cursor_t *c, const char *at, const char *code, const char *format, ...)
    LGS_PRINTF(4, 5);
static void back(void *data, const lgs_flat_record_t *record);
static const char *where(void *data, uint32_t *lines);
static void restart(void *data);

lgs_rc_t lgs_fixed_open(lgs_reader_t *reader)
{
    const lgs_fixed_t *fixed = reader->input->profile;

    reader->state = lgs_group_heads(reader->arena, &fixed->group);
    return reader->state ? LGS_OK : LGS_NOMEM;
}

lgs_rc_t lgs_fixed_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                        lgs_doc_t *doc, lgs_errs_t *errs)
{
    cursor_t c = {.fixed = reader->input->profile,
                  .reader = reader,
                  .arena = arena,
                  .errs = errs,
                  .doc = doc,
                  .start = window->bytes.data,
                  .p = window->bytes.data,
                  .end = window->bytes.data + window->bytes.len,
                  .is_last = window->is_last};
    lgs_gather_t gathering = {.group = &c.fixed->group,
                              .reader = reader,
                              .heads = reader->state,
                              .arena = arena,
                              .errs = errs,
                              .doc = doc,
                              .data = &c,
                              .read = read_record,
                              .back = back,
                              .where = where,
                              .restart = restart};
    lgs_rc_t rc = start(&c);

    if (rc != LGS_OK) {
        return rc;
    }
    gathering.start = c.start;
    doc->base = reader->base;
    return c.fixed->is_plain ? next_plain(&c, doc) : lgs_group_next(&gathering);
}

/* At the first byte of the source: a byte order mark is passed, UTF-16 is refused. */
static lgs_rc_t start(cursor_t *c)
{
    lgs_str_t rest = lgs_str(c->p, (size_t)(c->end - c->p));

    if (c->reader->base.bytes) {
        return LGS_OK;
    }
    if (rest.len < 3 && !c->is_last) {
        return LGS_AGAIN;
    }
    if (lgs_charset_is_utf16(rest)) {
        c->reader->is_over = c->reader->is_cut = true;
        return refuse(c, c->p, "charset",
                      "the file is UTF-16, which is not read; save it as UTF-8");
    }
    if (rest.len >= 3 && memcmp(rest.data, "\xef\xbb\xbf", 3) == 0) {
        c->reader->used += 3;
        c->reader->base.bytes += 3;
        c->start = c->p += 3;
    }
    return LGS_OK;
}

/* A document is a record. */
static lgs_rc_t next_plain(cursor_t *c, lgs_doc_t *doc)
{
    lgs_errs_mark_t mark = lgs_errs_mark(c->errs);
    lgs_flat_record_t record = {.type = NULL};
    lgs_rc_t rc;

    do {
        rc = read_record(c, &record);
    } while (rc == LGS_OK && record.type == NULL);
    if (rc == LGS_AGAIN) {
        lgs_errs_rollback(c->errs, &mark);
        return rc;
    }
    if (rc == LGS_OK) {
        doc->root = record.object;
        doc->source = lgs_str(c->start, (size_t)(c->p - c->start));
        doc->n_nodes = record.object.n + 1;
    }
    lgs_reader_take_to(c->reader, c->start, c->p, c->lines);
    return rc;
}

/* ---- records ---- */

/* lgs_gather_t: type NULL for what says nothing. */
static lgs_rc_t read_record(void *data, lgs_flat_record_t *record)
{
    cursor_t *c = data;
    lgs_rc_t rc;

    record->type = NULL;
    record->at = c->p;
    record->lines = c->lines;
    rc = cut(c);
    if (rc != LGS_OK || is_nothing(c->record)) {
        return rc;
    }
    rc = find_places(c);
    if (rc == LGS_OK) {
        rc = find_type(c, record);
    }
    if (rc != LGS_OK || record->type == NULL || record->type->role == LGS_ROLE_SKIP) {
        return rc;
    }
    return read_fields(c, record);
}

/* c->record is the next one, c->p behind its line end. LGS_END: there is none. */
static lgs_rc_t cut(cursor_t *c)
{
    if (c->p == c->end) {
        c->reader->is_over = c->is_last;
        return c->is_last ? LGS_END : LGS_AGAIN;
    }
    return c->fixed->length ? cut_length(c) : cut_line(c);
}

static lgs_rc_t cut_line(cursor_t *c)
{
    size_t left = (size_t)(c->end - c->p), most = left < LGS_MAX_ROW + 1 ? left : LGS_MAX_ROW + 1;
    const char *feed = memchr(c->p, '\n', most);

    if (feed == NULL && left > LGS_MAX_ROW) {
        const char *at = c->p;

        c->reader->is_over = c->reader->is_cut = true;
        (void)refuse(c, at, "max-bytes",
                     "the record has more than %u bytes; what comes behind it is not read",
                     (unsigned)LGS_MAX_ROW);
        return LGS_LIMIT;
    }
    if (feed == NULL && !c->is_last) {
        return LGS_AGAIN;
    }
    c->record = lgs_str(c->p, feed ? (size_t)(feed - c->p) : left);
    c->p = feed ? feed + 1 : c->end;
    c->lines += feed != NULL;
    while (c->record.len && c->record.data[c->record.len - 1] == '\r') {
        c->record.len--;
    }
    return LGS_OK;
}

/* Line ends between such records are passed: some writers put them there. */
static lgs_rc_t cut_length(cursor_t *c)
{
    pass_line_end(c);
    if (c->p == c->end) {
        c->record = lgs_str(c->p, 0);
        return LGS_OK; /* nothing; the next call finds the end */
    }
    if ((size_t)(c->end - c->p) >= c->fixed->length) {
        c->record = lgs_str(c->p, c->fixed->length);
        c->p += c->fixed->length;
        return LGS_OK;
    }
    if (!c->is_last) {
        return LGS_AGAIN;
    }
    c->record = lgs_str(c->p, (size_t)(c->end - c->p));
    c->p = c->end;
    return LGS_OK;
}

static void pass_line_end(cursor_t *c)
{
    while (c->p < c->end && (*c->p == '\r' || *c->p == '\n')) {
        c->lines += *c->p == '\n';
        c->p++;
    }
}

/* Blanks, or the end mark of old systems. */
static bool is_nothing(lgs_str_t record)
{
    for (size_t i = 0; i < record.len; i++) {
        if (record.data[i] != ' ' && record.data[i] != '\t' && record.data[i] != 0x1a) {
            return false;
        }
    }
    return true;
}

/* Where characters are more than a byte, the byte that each begins at. */
static lgs_rc_t find_places(cursor_t *c)
{
    const char *start = c->record.data, *p = start, *end = p + c->record.len;

    c->places = NULL;
    while (p < end && (unsigned char)*p < 0x80) {
        p++;
    }
    if (p == end || c->fixed->charset != LGS_CHARSET_UTF8) {
        return LGS_OK;
    }
    c->places = lgs_arena_alloc(c->arena, (c->record.len + 1) * sizeof(*c->places));
    if (c->places == NULL) {
        return lgs_errs_nomem(c->errs);
    }
    c->n_places = 0;
    for (p = start; p < end;) {
        size_t n = lgs_utf8_step(p, end);

        if (n == 0) {
            return refuse(c, p, "charset",
                          "the byte 0x%02x is no character of utf-8; is \"charset\" right?",
                          (unsigned char)*p);
        }
        c->places[c->n_places++] = (uint32_t)(p - start);
        p += n;
    }
    c->places[c->n_places] = (uint32_t)c->record.len;
    return LGS_OK;
}

/* What of the slice is there: records may end early. */
static lgs_str_t slice_of(const cursor_t *c, lgs_slice_t slice)
{
    uint32_t n = c->places ? c->n_places : (uint32_t)c->record.len;
    uint32_t from = slice.start < n ? slice.start : n;
    uint32_t to = slice.n < n - from ? from + slice.n : n;

    if (c->places) {
        from = c->places[from];
        to = c->places[to];
    }
    return lgs_str(c->record.data + from, to - from);
}

static lgs_str_t without_blanks(lgs_str_t text)
{
    while (text.len && text.data[0] == ' ') {
        text = lgs_str(text.data + 1, text.len - 1);
    }
    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

static lgs_rc_t find_type(cursor_t *c, lgs_flat_record_t *record)
{
    const lgs_group_t *group = &c->fixed->group;
    char length[16];
    lgs_str_t mark;

    if (c->fixed->is_plain) {
        record->type = &group->types[0];
        return LGS_OK;
    }
    if (group->select.n) {
        mark = without_blanks(slice_of(c, group->select));
    } else {
        snprintf(length, sizeof(length), "%zu", c->record.len);
        mark = lgs_cstr(length);
    }
    record->type = lgs_group_type(group, mark);
    if (record->type || group->skip_others) {
        return LGS_OK;
    }
    return refuse(c, c->record.data, "record-type",
                  "\"%s\" is no type of record that is known here", lgs_build_word(mark).text);
}

/* ---- fields ---- */

static lgs_rc_t read_fields(cursor_t *c, lgs_flat_record_t *record)
{
    const lgs_record_type_t *type = record->type;
    lgs_member_t *members = lgs_arena_alloc(c->arena, type->n_fields * sizeof(*members));

    if (members == NULL) {
        return lgs_errs_nomem(c->errs);
    }
    for (uint32_t i = 0; i < type->n_fields; i++) {
        lgs_rc_t rc = read_field(c, type->slices[i], &members[i].value);

        if (rc != LGS_OK) {
            return rc;
        }
        members[i].name = type->fields[i];
    }
    record->object = (lgs_node_t){.u.members = members,
                                  .n = type->n_fields,
                                  .offset = (uint32_t)(c->record.data - c->start),
                                  .type = LGS_OBJECT};
    return LGS_OK;
}

static lgs_rc_t read_field(cursor_t *c, lgs_slice_t slice, lgs_node_t *value)
{
    lgs_str_t text = slice_of(c, slice), bare = without_blanks(text), decoded;
    size_t bad;
    lgs_rc_t rc;

    *value = lgs_node_null((uint32_t)(text.data - c->start));
    if (bare.len == 0) {
        return LGS_OK;
    }
    text = c->fixed->keep_blanks ? text : bare;
    if (text.len > LGS_MAX_CELL || text.len > c->reader->limits.max_text) {
        (void)refuse(c, text.data, "max-text", "a field of %zu bytes", text.len);
        return LGS_LIMIT;
    }
    decoded = text;
    rc = LGS_OK;
    if (c->fixed->charset != LGS_CHARSET_UTF8) {
        rc = lgs_charset_decode(c->fixed->charset, c->arena, text, &decoded, &bad);
    }
    if (rc == LGS_NOMEM) {
        return lgs_errs_nomem(c->errs);
    }
    if (rc != LGS_OK) {
        return refuse(c, text.data + bad, "charset",
                      "the byte 0x%02x is no character of %.*s; is \"charset\" right?",
                      (unsigned char)text.data[bad], LGS_FMT(lgs_charset_name(c->fixed->charset)));
    }
    *value = lgs_node_string(decoded, (uint32_t)(text.data - c->start), 0);
    return LGS_OK;
}

/* ---- the rest ---- */

static lgs_rc_t refuse(cursor_t *c, const char *at, const char *code, const char *format, ...)
{
    lgs_doc_t doc = *c->doc;
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    doc.base = c->reader->base;
    doc.source = lgs_str(c->start, (size_t)(c->end - c->start));
    lgs_errs_add(c->errs, code, lgs_doc_locate(&doc, (uint32_t)(at - c->start)), "%s", text);
    return LGS_INVALID;
}

static void back(void *data, const lgs_flat_record_t *record)
{
    cursor_t *c = data;

    c->p = record->at;
    c->lines = record->lines;
}

static const char *where(void *data, uint32_t *lines)
{
    const cursor_t *c = data;

    *lines = c->lines;
    return c->p;
}

static void restart(void *data)
{
    cursor_t *c = data;

    c->start = c->p;
    c->lines = 0;
}
