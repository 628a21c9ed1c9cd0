/* Writing EDI from trees (edi_write.h). */
#include "edi_write.h"

#include "../base/base64.h"
#include "edi_pen.h"

#include <stdarg.h>
#include <stdio.h>

/* An interchange or a group that is open. */
typedef struct {
    bool is_open;
    lgs_str_t text; /* of its head, as written: what the next one is compared with */
    lgs_str_t number;
    uint32_t n_children;
} level_t;

struct lgs_edi_writer_s {
    lgs_arena_t *arena;   /* for the heads of what is open */
    lgs_arena_t *scratch; /* for a set */
    lgs_buf_t *out;
    lgs_edi_pen_t pen;
    const lgs_edi_standard_t *standard;
    lgs_edi_t which;
    level_t levels[LGS_EDI_SET];
    const char *tag; /* of the segment at hand, for errors */
    uint32_t element;
    uint32_t offset; /* of its value */
};

/* Of BIN and BDS. */
typedef struct {
    lgs_str_t bytes;
    bool is_counted; /* a reader takes as many bytes as its length says */
} data_t;

static lgs_rc_t write_set(lgs_edi_writer_t *w, const lgs_node_t *tree, lgs_errs_t *errs);
static lgs_rc_t write_heads(lgs_edi_writer_t *w, const lgs_node_t *tree, lgs_errs_t *errs);
static bool set_standard(lgs_edi_writer_t *w, const lgs_node_t *tree);
static void set_marks(lgs_edi_writer_t *w, const lgs_node_t *head);
static lgs_rc_t open_level(lgs_edi_writer_t *w, lgs_edi_level_t level, const lgs_node_t *head,
                           lgs_errs_t *errs);
static void close_level(lgs_edi_writer_t *w, lgs_edi_level_t level);
static void write_trailer(lgs_edi_writer_t *w, lgs_edi_level_t level, uint32_t count,
                          lgs_str_t number);
static void write_isa(lgs_edi_writer_t *w, const lgs_node_t *elements);
static lgs_rc_t write_segment(lgs_edi_writer_t *w, lgs_str_t tag, const lgs_node_t *elements,
                              lgs_errs_t *errs);
static void write_element(lgs_edi_writer_t *w, const lgs_node_t *value);
static void write_components(lgs_edi_writer_t *w, const lgs_node_t *value, bool is_repetition);
static const char *take_data(lgs_edi_writer_t *w, uint32_t binary, const lgs_node_t *const *values,
                             uint32_t n, data_t *data);
static bool are_single(const lgs_node_t *const *values, uint32_t n);
static bool read_binary(lgs_edi_writer_t *w, const lgs_node_t *value, lgs_str_t *data);
static void write_data(lgs_edi_writer_t *w, const data_t *data);
static void write_length(lgs_edi_writer_t *w, size_t length);
static lgs_rc_t refuse(lgs_errs_t *errs, const char *format, ...) LGS_PRINTF(2, 3);

static void destroy_arena(void *arena)
{
    lgs_arena_destroy(arena);
}

lgs_edi_writer_t *lgs_edi_writer(lgs_arena_t *arena, lgs_buf_t *out, bool has_lines)
{
    lgs_edi_writer_t *w = lgs_arena_zalloc(arena, sizeof(*w));
    lgs_arena_t *scratch = w ? lgs_arena_create(0, 0) : NULL;

    if (scratch == NULL) {
        return NULL;
    }
    if (lgs_arena_cleanup(arena, destroy_arena, scratch) != LGS_OK) {
        lgs_arena_destroy(scratch);
        return NULL;
    }
    w->arena = arena;
    w->scratch = scratch;
    w->out = out;
    w->pen.buf = out;
    w->pen.scratch = scratch;
    w->pen.has_lines = has_lines;
    return w;
}

/* The first opens the set, the last may close it; no other belongs to an envelope. */
static bool stands_here(const lgs_edi_writer_t *w, lgs_str_t tag, bool is_first, bool is_last)
{
    lgs_edi_level_t level = LGS_EDI_INTERCHANGE;
    lgs_edi_role_t role = lgs_edi_role(w->standard, tag, &level);

    if (is_first) {
        return role == LGS_EDI_OPENS && level == LGS_EDI_SET;
    }
    return (role == LGS_EDI_DATA && !lgs_str_is(tag, "UNA")) ||
           (is_last && role == LGS_EDI_CLOSES && level == LGS_EDI_SET);
}

lgs_rc_t lgs_edi_write_set(lgs_edi_writer_t *w, const lgs_node_t *tree, lgs_errs_t *errs)
{
    const lgs_edi_writer_t before = *w;
    size_t len = w->out->len;
    lgs_rc_t rc;

    lgs_arena_reset(w->scratch);
    w->offset = LGS_NO_OFFSET;
    rc = write_set(w, tree, errs);
    if (rc == LGS_INVALID) { /* no half of a set, and no envelope around nothing */
        uint32_t offset = w->offset;

        *w = before;
        w->offset = offset;
        w->out->len = len;
    }
    return rc;
}

uint32_t lgs_edi_write_offset(const lgs_edi_writer_t *w)
{
    return w->offset;
}

static lgs_rc_t write_set(lgs_edi_writer_t *w, const lgs_node_t *tree, lgs_errs_t *errs)
{
    const lgs_node_t *segments = lgs_node_at(tree, "segments"), *first;
    const lgs_edi_place_t *place;
    lgs_str_t number;
    lgs_rc_t rc;

    if (segments == NULL || segments->type != LGS_ARRAY || segments->n == 0) {
        return refuse(errs, "there are no \"segments\"");
    }
    rc = write_heads(w, tree, errs);
    w->pen.n_segments = 0;
    for (uint32_t i = 0; rc == LGS_OK && i < segments->n; i++) {
        const lgs_node_t *segment = &segments->u.items[i];
        lgs_str_t tag;

        if (segment->type != LGS_OBJECT || segment->n != 1) {
            return refuse(errs, "segment %u is no object with its tag as the one member", i + 1);
        }
        tag = lgs_node_text(&segment->u.members[0].name);
        if (!stands_here(w, tag, i == 0, i + 1 == segments->n)) {
            return refuse(errs, "segment %u, %.*s, does not stand there in a set", i + 1,
                          (int)(tag.len < 16 ? tag.len : 16), tag.data);
        }
        if (i + 1 < segments->n || !lgs_str_is(tag, w->standard->levels[LGS_EDI_SET].close)) {
            rc = write_segment(w, tag, &segment->u.members[0].value, errs);
        }
    }
    if (rc != LGS_OK) {
        return rc;
    }
    first = &segments->u.items[0].u.members[0].value;
    place = &w->standard->levels[LGS_EDI_SET].number;
    number = lgs_edi_tree_text(w->standard, first, place->element, place->component);
    write_trailer(w, LGS_EDI_SET, w->pen.n_segments + 1, number);
    w->levels[w->levels[LGS_EDI_GROUP].is_open ? LGS_EDI_GROUP : LGS_EDI_INTERCHANGE].n_children++;
    return w->out->failed ? lgs_errs_nomem(errs) : LGS_OK;
}

lgs_rc_t lgs_edi_write_end(lgs_edi_writer_t *w, lgs_errs_t *errs)
{
    close_level(w, LGS_EDI_GROUP);
    close_level(w, LGS_EDI_INTERCHANGE);
    return w->out->failed ? lgs_errs_nomem(errs) : LGS_OK;
}

static lgs_rc_t refuse(lgs_errs_t *errs, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    lgs_errs_add(errs, "edi-write", (lgs_pos_t){.offset = LGS_NO_OFFSET}, "%s", text);
    return LGS_INVALID;
}

/* ---- envelopes ---- */

static lgs_rc_t write_heads(lgs_edi_writer_t *w, const lgs_node_t *tree, lgs_errs_t *errs)
{
    lgs_rc_t rc = LGS_OK;

    if (!set_standard(w, tree)) {
        return refuse(errs, "\"message\" must say its \"standard\": x12, edifact, tradacoms");
    }
    if (w->pen.marks.element == 0) {
        set_marks(w, NULL); /* there may be no interchange */
    }
    for (unsigned i = 0; rc == LGS_OK && i < LGS_EDI_SET; i++) {
        const lgs_node_t *head = lgs_node_at(tree, w->standard->levels[i].open);

        if (head && head->type != LGS_OBJECT) {
            return refuse(errs, "%s must be an object of elements", w->standard->levels[i].open);
        }
        if (head) {
            rc = open_level(w, (lgs_edi_level_t)i, head, errs);
        } else if (w->levels[i].is_open) { /* a group may stand in no interchange */
            for (unsigned k = LGS_EDI_SET; k-- > i;) {
                close_level(w, (lgs_edi_level_t)k);
            }
        }
    }
    return rc;
}

static bool set_standard(lgs_edi_writer_t *w, const lgs_node_t *tree)
{
    lgs_str_t name = lgs_node_text(lgs_node_at(lgs_node_at(tree, "message"), "standard"));

    for (unsigned i = 0; i < LGS_EDI_N_STANDARDS; i++) {
        if (!lgs_str_is(name, lgs_edi_standards[i].name)) {
            continue;
        }
        if (w->standard != &lgs_edi_standards[i] && w->standard) {
            close_level(w, LGS_EDI_GROUP);
            close_level(w, LGS_EDI_INTERCHANGE);
            w->pen.marks.element = 0;
        }
        w->standard = &lgs_edi_standards[i];
        w->which = (lgs_edi_t)i;
        return true;
    }
    return false;
}

/* As the reader decides it. */
static bool is_syntax_4(lgs_str_t level, lgs_str_t syntax)
{
    for (size_t i = 0; i < level.len; i++) {
        char c = level.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
            return false;
        }
    }
    return level.len <= 8 && syntax.len && syntax.data[0] >= '4' && syntax.data[0] <= '9';
}

/* The separators that an interchange with this head has, and its character set. */
static void set_marks(lgs_edi_writer_t *w, const lgs_node_t *head)
{
    lgs_str_t level, syntax;

    w->pen.charset = LGS_CHARSET_UTF8;
    if (w->which == LGS_EDI_X12) {
        w->pen.marks = lgs_edi_marks_x12(lgs_edi_tree_text(w->standard, head, 11, 1),
                                         lgs_edi_tree_text(w->standard, head, 12, 1),
                                         lgs_edi_tree_text(w->standard, head, 16, 1));
        return;
    }
    level = lgs_edi_tree_text(w->standard, head, 1, 1);
    syntax = lgs_edi_tree_text(w->standard, head, 1, 2);
    w->pen.marks = lgs_edi_marks_edifact(w->which == LGS_EDI_EDIFACT && is_syntax_4(level, syntax),
                                         w->which == LGS_EDI_TRADACOMS);
    if (w->which == LGS_EDI_EDIFACT) {
        bool says = level.len == 4 && level.data[3] >= 'C' && level.data[3] <= 'K';

        w->pen.charset = says ? lgs_edi_level_charset(level) : LGS_CHARSET_UTF8;
    }
}

/* ISA13 as lgs_edi_pen_isa writes it: nine digits, and no blanks behind them. */
static lgs_str_t padded(lgs_arena_t *arena, lgs_str_t number)
{
    while (number.len && number.data[number.len - 1] == ' ') {
        number.len--;
    }
    return lgs_arena_printf(arena, "%.*s%.*s", (int)(number.len < 9 ? 9 - number.len : 0),
                            "000000000", LGS_FMT(number));
}

/* Which a reader would take for wrapping. */
static bool has_break(const lgs_edi_writer_t *w, lgs_str_t text)
{
    size_t n = text.len - (w->pen.has_lines && text.len ? 1 : 0);

    for (size_t i = 0; i < n; i++) {
        if (text.data[i] == '\n' || text.data[i] == '\r') {
            return true;
        }
    }
    return false;
}

/* Written aside first: the same as that which is open is not written again. */
static lgs_rc_t open_level(lgs_edi_writer_t *w, lgs_edi_level_t level, const lgs_node_t *head,
                           lgs_errs_t *errs)
{
    const lgs_edi_envelope_t *names = &w->standard->levels[level];
    lgs_edi_marks_t before = w->pen.marks;
    level_t *open = &w->levels[level];
    lgs_str_t text;
    lgs_buf_t aside;
    lgs_rc_t rc = LGS_OK;

    if (level == LGS_EDI_INTERCHANGE && w->which != LGS_EDI_X12 &&
        lgs_edi_tree_text(w->standard, head, 1, 1).len == 0) {
        return refuse(errs, "%s has no syntax identifier", names->open);
    }
    lgs_buf_init(&aside, w->scratch, 256, 0);
    w->pen.buf = &aside;
    if (level == LGS_EDI_INTERCHANGE) {
        set_marks(w, head);
    }
    if (level == LGS_EDI_INTERCHANGE && w->which == LGS_EDI_X12) {
        write_isa(w, head);
    } else {
        rc = write_segment(w, lgs_cstr(names->open), head, errs);
    }
    w->pen.buf = w->out;
    if (rc == LGS_OK && w->pen.is_bad) {
        rc = refuse(errs, "%s has %s", names->open, w->pen.why);
        w->pen.is_bad = false;
    }
    text = lgs_buf_text(&aside);
    if (rc == LGS_OK && text.data && level == LGS_EDI_INTERCHANGE && has_break(w, text)) {
        rc = refuse(errs, "%s has a line end within its data", names->open);
    }
    if (rc != LGS_OK || text.data == NULL) {
        w->pen.marks = before;
        return rc != LGS_OK ? rc : lgs_errs_nomem(errs);
    }
    if (open->is_open && lgs_str_eq(open->text, text)) {
        return LGS_OK;
    }
    {
        lgs_edi_marks_t now = w->pen.marks;

        w->pen.marks = open->is_open ? before : now; /* the old one ends as it began */
        for (unsigned k = LGS_EDI_SET; k-- > (unsigned)level;) {
            close_level(w, (lgs_edi_level_t)k);
        }
        w->pen.marks = now;
    }
    lgs_buf_str(w->out, text);
    open->is_open = true;
    open->text = lgs_arena_str(w->arena, text);
    open->n_children = 0;
    open->number = lgs_edi_tree_text(w->standard, head, names->number.element,
                                     names->number.component);
    open->number = w->which == LGS_EDI_X12 && level == LGS_EDI_INTERCHANGE
                       ? padded(w->arena, open->number)
                       : lgs_arena_str(w->arena, open->number);
    w->levels[LGS_EDI_INTERCHANGE].n_children += level == LGS_EDI_GROUP;
    return open->text.data && open->number.data ? LGS_OK : lgs_errs_nomem(errs);
}

static void close_level(lgs_edi_writer_t *w, lgs_edi_level_t level)
{
    level_t *open = &w->levels[level];

    if (open->is_open) {
        write_trailer(w, level, open->n_children, open->number);
        open->is_open = false;
    }
}

static void write_trailer(lgs_edi_writer_t *w, lgs_edi_level_t level, uint32_t count,
                          lgs_str_t number)
{
    char digits[12];
    int n = snprintf(digits, sizeof(digits), "%u", count);

    lgs_edi_pen_tag(&w->pen, lgs_cstr(w->standard->levels[level].close));
    if (w->pen.marks.tag != w->pen.marks.element) {
        lgs_buf_byte(w->pen.buf, w->pen.marks.tag);
        lgs_buf_add(w->pen.buf, digits, (size_t)n);
    } else {
        lgs_edi_pen_element(&w->pen, lgs_str(digits, (size_t)n));
    }
    if (w->standard->levels[level].again.element) {
        lgs_edi_pen_element(&w->pen, number);
    }
    lgs_edi_pen_end(&w->pen);
}

static void write_isa(lgs_edi_writer_t *w, const lgs_node_t *elements)
{
    lgs_str_t texts[16];

    for (uint32_t i = 0; i < 16; i++) {
        texts[i] = lgs_edi_tree_text(w->standard, elements, i + 1, 1);
    }
    texts[15] = lgs_str(&w->pen.marks.component, 1);
    lgs_edi_pen_isa(&w->pen, texts);
}

/* ---- segments ---- */

/* Members by their numbers; false: a name that is none. */
static bool order(const lgs_edi_standard_t *standard, const lgs_node_t *object,
                  const lgs_node_t **values, uint32_t max, uint32_t *n)
{
    uint32_t from = standard->counts_from_zero ? 0 : 1;

    *n = 0;
    memset(values, 0, max * sizeof(*values));
    for (uint32_t i = 0; i < object->n; i++) {
        lgs_str_t name = lgs_node_text(&object->u.members[i].name);
        uint32_t number = 0;

        for (size_t k = 0; k < name.len; k++) {
            if (name.data[k] < '0' || name.data[k] > '9' || number > max) {
                return false;
            }
            number = number * 10 + (uint32_t)(name.data[k] - '0');
        }
        if (name.len == 0 || number < from || number - from >= max || values[number - from]) {
            return false;
        }
        values[number - from] = &object->u.members[i].value;
        *n = number - from + 1 > *n ? number - from + 1 : *n;
    }
    return true;
}

/* Of which nothing is written. Recursion is bounded by the tree's depth. */
static bool is_nothing(const lgs_node_t *value)
{
    if (value == NULL || value->type < LGS_ARRAY) {
        return value == NULL || lgs_node_text(value).len == 0;
    }
    for (uint32_t i = 0; i < value->n; i++) {
        const lgs_node_t *item = value->type == LGS_ARRAY ? &value->u.items[i]
                                                          : &value->u.members[i].value;

        if (!is_nothing(item)) {
            return false;
        }
    }
    return true;
}

static bool is_tag(lgs_str_t tag)
{
    for (size_t i = 0; i < tag.len; i++) {
        char c = tag.data[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return tag.len == 2 || tag.len == 3;
}

static lgs_rc_t write_segment(lgs_edi_writer_t *w, lgs_str_t tag, const lgs_node_t *elements,
                              lgs_errs_t *errs)
{
    const lgs_node_t *values[LGS_EDI_MAX_ELEMENTS];
    data_t data = {.is_counted = false};
    uint32_t n = 0;

    w->offset = elements->offset;
    if (!is_tag(tag) || elements->type != LGS_OBJECT ||
        !order(w->standard, elements, values, LGS_N(values), &n)) {
        return refuse(errs, "\"%.*s\" is no segment of elements by number",
                      (int)(tag.len < 16 ? tag.len : 16), tag.data ? tag.data : "");
    }
    while (n && is_nothing(values[n - 1])) {
        n--; /* what follows binary data without a value would hide that it is the last */
    }
    if (w->which == LGS_EDI_X12 && lgs_edi_binary(tag) && n >= lgs_edi_binary(tag)) {
        const char *why = take_data(w, lgs_edi_binary(tag), values, n, &data);

        if (why) {
            w->offset = values[n - 1]->offset;
            return refuse(errs, "%.*s: its data is %s", LGS_FMT(tag), why);
        }
    }
    lgs_edi_pen_tag(&w->pen, tag);
    for (uint32_t i = 0; i < n && !w->pen.is_bad; i++) {
        w->element = i + 1;
        w->offset = values[i] ? values[i]->offset : elements->offset;
        if (i == 0 && w->pen.marks.tag != w->pen.marks.element) {
            /* what stands behind the tag of TRADACOMS is no separator of elements */
            lgs_buf_byte(w->pen.buf, w->pen.marks.tag);
            write_element(w, values[i]);
        } else if (data.bytes.len && i + 1 == n) {
            write_data(w, &data);
        } else if (data.bytes.len && i + 2 == n) {
            write_length(w, data.bytes.len);
        } else {
            w->pen.elements++;
            write_element(w, values[i]);
        }
    }
    lgs_edi_pen_end(&w->pen);
    if (w->pen.is_bad) {
        w->pen.is_bad = false;
        return refuse(errs, "%.*s, element %u, has %s", LGS_FMT(tag), w->element, w->pen.why);
    }
    return LGS_OK;
}

/* The separator before it was counted already. */
static void write_element(lgs_edi_writer_t *w, const lgs_node_t *value)
{
    w->pen.components = w->pen.repetitions = 0;
    if (value == NULL || value->type == LGS_NULL) {
        return;
    }
    if (value->type != LGS_ARRAY) {
        write_components(w, value, false);
        return;
    }
    for (uint32_t i = 0; i < value->n; i++) {
        write_components(w, &value->u.items[i], i > 0);
    }
    if (value->n && value->u.items[value->n - 1].type == LGS_NULL) {
        w->pen.components = 0; /* an empty one at the end says how many there are */
        lgs_edi_pen_finish(&w->pen);
    }
}

static void write_components(lgs_edi_writer_t *w, const lgs_node_t *value, bool is_repetition)
{
    const lgs_node_t *values[LGS_EDI_MAX_COMPONENTS];
    uint32_t n = 0;

    if (is_repetition) {
        lgs_edi_pen_repetition(&w->pen, LGS_STR(""));
    }
    if (value->type == LGS_NULL) {
        return;
    }
    if (value->type != LGS_OBJECT) {
        lgs_edi_pen_more(&w->pen, lgs_node_text(value));
        return;
    }
    if (!order(w->standard, value, values, LGS_N(values), &n)) {
        w->pen.is_bad = true;
        w->pen.why = "components that have no numbers";
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        w->pen.components += i > 0;
        if (values[i]) {
            lgs_edi_pen_more(&w->pen, lgs_node_text(values[i]));
        }
    }
    if (n == 1 && !w->standard->is_composite && lgs_node_text(values[0]).len) {
        w->pen.components++; /* "x:" is what makes an object of one component */
        lgs_edi_pen_finish(&w->pen);
    }
}

/*
 * Data of BIN and BDS, whose place is element `binary`. What is wrong, or NULL.
 *
 * Where all before it are single texts a reader takes as many bytes as the length says; what is not
 * the last element then would be data or not by what happens to follow.
 */
static const char *take_data(lgs_edi_writer_t *w, uint32_t binary, const lgs_node_t *const *values,
                             uint32_t n, data_t *data)
{
    size_t length;

    data->is_counted = are_single(values, binary - 1);
    if (n == binary) {
        return read_binary(w, values[n - 1], &data->bytes) ? NULL : "no base64url";
    }
    return data->is_counted && lgs_edi_byte_count(lgs_node_text(values[binary - 2]), &length)
               ? "not its last element"
               : NULL;
}

/* Without components and repetitions. */
static bool are_single(const lgs_node_t *const *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (values[i] && values[i]->type >= LGS_ARRAY) {
            return false;
        }
    }
    return true;
}

/* The bytes of BIN and BDS; none where there is no value. */
static bool read_binary(lgs_edi_writer_t *w, const lgs_node_t *value, lgs_str_t *data)
{
    lgs_str_t text = lgs_node_text(value);
    uint8_t *bytes;

    if (value->type == LGS_NULL) {
        return true;
    }
    bytes = lgs_arena_alloc(w->scratch, text.len * 3 / 4 + 3);
    data->data = (const char *)bytes;
    /* one that its length does not fit is read as components */
    return value->type == LGS_STRING && bytes && lgs_base64url_decode(text, bytes, &data->len);
}

static void write_data(lgs_edi_writer_t *w, const data_t *data)
{
    if (data->is_counted) {
        lgs_edi_pen_bytes(&w->pen, data->bytes);
    } else {
        lgs_edi_pen_element(&w->pen, data->bytes); /* it ends at a separator */
    }
}

/* It is counted, as segments are: a wrong one has a reader take other bytes for the data. */
static void write_length(lgs_edi_writer_t *w, size_t length)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%zu", length);

    w->pen.elements++;
    w->pen.components = w->pen.repetitions = 0;
    lgs_edi_pen_more(&w->pen, lgs_str(digits, (size_t)n));
}
